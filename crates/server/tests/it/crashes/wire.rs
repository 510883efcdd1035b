//! Requests whose sender can bear that no answer comes.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

/// How long an answer may take. A server that is killed closes its connections; this is for one
/// that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request, so that it can be sent again just as it was.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) token: String,
    /// `Idempotency-Key`.
    pub(crate) key: Option<String>,
    /// `If-Match`.
    pub(crate) seen: Option<u64>,
    pub(crate) body: Option<Value>,
}

impl Request {
    pub(crate) fn new(method: Method, path: impl Into<String>, token: &str) -> Self {
        let (path, token) = (path.into(), token.to_owned());
        Self { method, path, token, key: None, seen: None, body: None }
    }

    pub(crate) fn key(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    pub(crate) fn seen(self, version: u64) -> Self {
        Self { seen: Some(version), ..self }
    }

    pub(crate) fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// An answer, whole.
    Answer(Answer),
    /// Nobody took the connection: the request was never sent.
    NotSent,
    /// None, or half of one: it may have been done, or not.
    Nothing(String),
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whether it says that it was given before.
    pub(crate) replayed: bool,
    pub(crate) body: Value,
}

impl Answer {
    /// The code of a problem.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// Connections to a server.
#[derive(Clone)]
pub(crate) struct Wire {
    http: reqwest::Client,
    base: String,
}

impl Wire {
    pub(crate) fn to(base: &str) -> Self {
        // The client wants a TLS provider, which the other one sets.
        drop(crate::client::Client::new(base));
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self { http, base: base.to_owned() }
    }

    /// Sends a request, which the audit log will know by this name.
    pub(crate) async fn ask(&self, name: &str, request: &Request) -> Reply {
        let address = format!("{}{}", self.base, request.path);
        let mut asking = self.http.request(request.method.clone(), address);
        asking = asking.bearer_auth(&request.token).header("x-request-id", name);
        if let Some(key) = &request.key {
            asking = asking.header("idempotency-key", key);
        }
        if let Some(version) = request.seen {
            asking = asking.header("if-match", format!("\"{version}\""));
        }
        if let Some(body) = &request.body {
            asking = asking.json(body);
        }
        let response = match asking.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Reply::NotSent,
            Err(error) => return Reply::Nothing(error.to_string()),
        };
        let status = response.status().as_u16();
        let replayed = response.headers().contains_key("idempotent-replayed");
        match response.text().await {
            Ok(text) => {
                let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
                Reply::Answer(Answer { status, replayed, body })
            }
            Err(error) => Reply::Nothing(format!("{status}, and then {error}")),
        }
    }

    /// Sends a request that must be answered with this status.
    #[track_caller]
    pub(crate) fn must(
        &self,
        status: u16,
        name: &str,
        request: &Request,
    ) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            match self.ask(name, request).await {
                Reply::Answer(answer) if answer.status == status => answer.body,
                other => panic!("{caller}: {status} was expected of {request:?}: {other:?}"),
            }
        }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Value {
        self.must(200, "check", &Request::new(Method::GET, path, token)).await
    }
}
