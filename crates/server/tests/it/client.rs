//! Somebody who talks to a server.

use std::{sync::Once, time::Duration};

use reqwest::{Method, StatusCode, header::HeaderMap, multipart};
use serde_json::{Value, json};

/// A client with a token, or without one.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Makes sure that it is this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// Makes sure that it is a refusal with this status and code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
    }
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        static PROVIDER: Once = Once::new();
        // The client wants a TLS provider also where it speaks plain HTTP.
        PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
        Self { http: reqwest::Client::new(), base: base.to_owned(), token: None }
    }

    /// The token.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The same with another token.
    pub(crate) fn with(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same at another server.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// The same, signed in with the password that everyone has here.
    pub(crate) async fn sign_in(&self, email: &str) -> Self {
        let body = json!({"email": email, "password": "impersonate-me"});
        let answer = self.post("/api/v1/sign-in", &body).await.expect(200);
        self.with(answer["token"].as_str().unwrap())
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        prepare: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Answer {
        self.try_send(method, path, prepare).await.unwrap()
    }

    /// The answer, if there is one: the server may be killed meanwhile, or the line cut.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        prepare: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> reqwest::Result<Answer> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = prepare(request).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, headers, body })
    }

    /// The same with connections of its own, and that waits this long for an answer.
    pub(crate) fn anew(&self, patience: Duration) -> Self {
        let http = reqwest::Client::builder().timeout(patience).build().unwrap();
        Self { http, ..self.clone() }
    }

    /// The status of the answer, if there is one: the server may be killed meanwhile.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> Option<StatusCode> {
        let request = self.http.post(format!("{}{path}", self.base)).json(body);
        let request = request.bearer_auth(self.token());
        let response = request.send().await.ok()?;
        let status = response.status();
        response.bytes().await.ok().map(|_| status)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, |request| request).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, |request| request.json(body)).await
    }

    pub(crate) async fn put(&self, path: &str) -> Answer {
        self.send(Method::PUT, path, |request| request).await
    }

    pub(crate) async fn delete(&self, path: &str, version: &str) -> Answer {
        self.send(Method::DELETE, path, |request| request.header("if-match", version)).await
    }

    pub(crate) async fn patch(&self, path: &str, version: &str, body: &Value) -> Answer {
        let prepare = |request: reqwest::RequestBuilder| request.header("if-match", version);
        self.send(Method::PATCH, path, |request| prepare(request).json(body)).await
    }

    pub(crate) async fn upload(
        &self,
        path: &str,
        name: &str,
        content: &[u8],
        fields: &[(&str, &str)],
    ) -> Answer {
        let file = multipart::Part::bytes(content.to_vec())
            .file_name(name.to_owned())
            .mime_str("text/plain")
            .unwrap();
        let mut form = multipart::Form::new();
        for (field, value) in fields {
            form = form.text((*field).to_owned(), (*value).to_owned());
        }
        let form = form.part("file", file);
        self.send(Method::POST, path, |request| request.multipart(form)).await
    }
}

/// A text in an answer, by the names that lead to it.
#[track_caller]
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
        .to_owned()
}
