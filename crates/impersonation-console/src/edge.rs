//! What happens to every request before and after its page: an identifier, who is asking, whether a
//! form may be accepted, errors as pages, security headers, measurement and one line of log.

mod checks;
mod headers;
mod refused;

pub(crate) use refused::typed;

use std::{panic::AssertUnwindSafe, time::Instant};

use futures_util::FutureExt;
use impersonation_domain::audit::Origin;
use poem::{
    Body, Endpoint, Request, Response, Result,
    error::{MethodNotAllowedError, NotFoundError, ParsePathError},
    http::{HeaderValue, Method, StatusCode, header},
};

use crate::{
    app::App,
    assets, compress,
    cookies::Cookie,
    failure::Failure,
    form::Form,
    pages::{LIVE, Pages},
    reply::add_cookie,
    visit::Visit,
};

/// Identifies a request, in the answer, the log and the audit log.
const REQUEST_ID: &str = "x-request-id";

/// The pages with everything around them that is the same for all.
pub(crate) struct Edge {
    pages: Pages,
    app: App,
}

impl Edge {
    pub(crate) fn new(pages: Pages, app: App) -> Self {
        Self { pages, app }
    }

    async fn answer(&self, request: Request, origin: Origin) -> Response {
        let unknown = Visit::unknown(&self.app, &request, origin.clone());
        if !self.app.settings().common.names_one_host(&request) {
            return refused::page(&unknown, &Failure::NotOneHost, None);
        }
        let visit = match self.visit(&request, origin).await {
            Ok(visit) => visit,
            Err(failure) => return refused::page(&unknown, &failure, None),
        };
        let mut response = self.page(&visit, request).await;
        let https = self.app.settings().https;
        if visit.ended().is_some() {
            add_cookie(&mut response, Cookie::Login.clear(https));
        }
        if visit.notice().is_some() && response.status().is_success() {
            add_cookie(&mut response, Cookie::Notice.clear(https));
        }
        response
    }

    /// The page, or the one that says why it is not shown.
    async fn page(&self, visit: &Visit, mut request: Request) -> Response {
        let mut form = None;
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            match checks::form(visit, &mut request).await {
                Ok(sent) => {
                    request.set_data(sent.clone());
                    form = Some(sent);
                }
                Err((failure, sent)) => return refused::page(visit, &failure, sent.as_ref()),
            }
        }
        if let Some(cause) = visit.ended() {
            return refused::page(visit, &Failure::LoginSessionEnded(cause), form.as_ref());
        }
        request.set_data(visit.clone());
        match AssertUnwindSafe(self.pages.call(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => refused::page(visit, &failure_of(error), form.as_ref()),
            Err(_) => {
                tracing::error!("a page panicked");
                refused::page(visit, &Failure::Internal, form.as_ref())
            }
        }
    }

    async fn visit(&self, request: &Request, origin: Origin) -> Result<Visit, Failure> {
        let https = self.app.settings().https;
        if request.uri().path() == LIVE {
            // An open page is no activity.
            return Ok(Visit::unknown(&self.app, request, origin));
        }
        let notice =
            Cookie::Notice.read(request, https).ok().flatten().filter(|text| !text.is_empty());
        let notice = notice.and_then(|text| {
            Form::decode(&format!("notice={text}")).into_iter().next().map(|(_, text)| text)
        });
        Visit::resolve(&self.app, request, origin, notice).await
    }

    fn request_id(&self, request: &Request) -> String {
        let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let sane =
            |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        let ids = &self.app.settings().ids;
        given.filter(sane).map_or_else(|| ids.next().to_string(), ToOwned::to_owned)
    }
}

fn failure_of(error: poem::Error) -> Failure {
    if error.is::<NotFoundError>() || error.is::<ParsePathError>() {
        return Failure::NotFound;
    }
    if error.is::<MethodNotAllowedError>() {
        return Failure::MethodNotAllowed;
    }
    match error.downcast::<Failure>() {
        Ok(failure) => failure,
        Err(error) => {
            tracing::error!(%error, "a page failed");
            Failure::Internal
        }
    }
}

impl Endpoint for Edge {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        #[expect(
            clippy::disallowed_methods,
            reason = "how long a request took is measured here; it decides nothing"
        )]
        let started = Instant::now();
        let settings = self.app.settings();
        let request_id = self.request_id(&request);
        let origin = Origin {
            request_id: Some(request_id.clone()),
            source_address: settings
                .common
                .client_address(&request)
                .map(|address| address.to_string()),
        };
        let (method, is_head) = (known_method(request.method()), *request.method() == Method::HEAD);
        let takes_gzip = compress::is_accepted(&request);
        let path = request.uri().path().to_owned();
        let is_read = matches!(method, "GET" | "HEAD") && settings.common.names_one_host(&request);
        let asset = assets::serve(&path, takes_gzip).filter(|_| is_read);
        let mut page = if asset.is_some() { "/assets" } else { self.pages.pattern(&path) };
        let mut response = match asset {
            Some(asset) => asset,
            None => compressed(self.answer(request, origin).await, takes_gzip).await,
        };
        let status = response.status();
        if status == StatusCode::NOT_FOUND && page == "/assets" {
            page = "unknown";
        }
        if is_head {
            response.set_body(());
        }
        headers::protect(response.headers_mut(), settings.https);
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let took = started.elapsed();
        settings.common.measure(method, page, status, took);
        let micros = took.as_micros();
        tracing::info!(method, page, status = status.as_u16(), micros, request_id, "request");
        Ok(response)
    }
}

/// The page compressed. A stream stays as it is: it must arrive in parts.
async fn compressed(mut response: Response, takes_gzip: bool) -> Response {
    let is_page = response.content_type().is_some_and(|kind| kind.starts_with("text/html"));
    if !is_page {
        return response;
    }
    let Ok(text) = response.take_body().into_bytes().await else { return response };
    let gzip = if takes_gzip { compress::gzip(&text) } else { None };
    compress::describe(response.headers_mut(), gzip.is_some());
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.set_body(gzip.map_or_else(|| Body::from(text), Body::from));
    response
}

/// The method as a label: one of those that there are, whatever a client makes up.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        _ => "_OTHER",
    }
}
