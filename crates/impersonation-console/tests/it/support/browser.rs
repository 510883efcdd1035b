//! As much of a browser as the tests need: cookies, forms, and what it says of where they come from.

use std::{collections::BTreeMap, sync::Arc};

use poem::{
    Endpoint, Request, Response,
    endpoint::BoxEndpoint,
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};

/// Where the console is.
pub(crate) const HOST: &str = "console.example";

/// What was answered.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The token of the page's forms.
    #[track_caller]
    pub(crate) fn form_token(&self) -> String {
        let mark = "name=\"form_token\" value=\"";
        let parts = self.text.split_once(mark);
        let (_, rest) = parts.unwrap_or_else(|| panic!("no form: {}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }

    /// The cookies that were set, as they were written.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        let set = self.headers.get_all("set-cookie").iter();
        set.map(|cookie| cookie.to_str().unwrap()).collect()
    }
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    endpoint: Arc<BoxEndpoint<'static, Response>>,
    pub(crate) cookies: BTreeMap<String, String>,
    form_token: Option<String>,
}

impl Browser {
    pub(super) fn new(endpoint: Arc<BoxEndpoint<'static, Response>>) -> Self {
        Self { endpoint, cookies: BTreeMap::new(), form_token: None }
    }

    /// Opens a page.
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let page = self.ask(Method::GET, path, &[("sec-fetch-site", "none")], String::new()).await;
        if page.text.contains("name=\"form_token\"") {
            self.form_token = Some(page.form_token());
        }
        page
    }

    /// Sends a form of a page of the console, with the token of the last page that had one.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.form_token.clone().expect("no page with a form was opened");
        let mut fields = fields.to_vec();
        fields.push(("form_token", &token));
        self.post(path, &fields).await
    }

    /// Sends a form of this origin.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(path, fields, &[("sec-fetch-site", "same-origin"), ("origin", "null")]).await
    }

    /// Sends a form that says this of where it comes from.
    pub(crate) async fn post_from(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        says: &[(&str, &str)],
    ) -> Page {
        let encode =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        headers.extend(says);
        self.ask(Method::POST, path, &headers, body).await
    }

    /// Sends a request as it is. Cookies go with it and are kept from the answer.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Page {
        let mut request = Request::builder().method(method).uri(path.parse().unwrap());
        request = request.header("host", HOST);
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header("cookie", pairs.collect::<Vec<_>>().join("; "));
        }
        let mut request = request.body(body);
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        }
        let response = Endpoint::get_response(&*self.endpoint, request).await;
        let (parts, body) = response.into_parts();
        let text = body.into_string().await.unwrap();
        let page = Page { status: parts.status.as_u16(), headers: parts.headers, text };
        self.keep(&page);
        check(path, &page);
        page
    }

    fn keep(&mut self, page: &Page) {
        for cookie in page.cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// W3, W9: what is true of every answer.
#[track_caller]
fn check(path: &str, page: &Page) {
    let policy = page.header("content-security-policy");
    for part in
        ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"]
    {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), value, "{path}: {name}");
    }
    assert!(!page.header("x-request-id").is_empty(), "{path}");
    if path.starts_with("/assets/") {
        return;
    }
    assert_eq!(page.header("cache-control"), "no-store", "{path}");
    for cookie in page.cookies() {
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict"] {
            assert!(cookie.contains(part), "{path}: {cookie}");
        }
    }
    for internal in ["panicked", "::", "Option<", "src/", "style=", "onclick", "javascript:"] {
        assert!(!page.text.contains(internal), "{path} shows `{internal}`");
    }
}
