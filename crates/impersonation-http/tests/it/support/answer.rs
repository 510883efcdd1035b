//! Answers.

use bytes::Bytes;
use poem::{
    Response,
    http::{HeaderMap, Method, StatusCode},
};
use serde_json::Value;

use super::DOCUMENT;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    pub(crate) body: Value,
}

impl Answer {
    pub(super) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.into_bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status: parts.status.as_u16(), headers: parts.headers, bytes, body }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn etag(&self) -> &str {
        self.header("etag")
    }

    pub(crate) fn code(&self) -> &str {
        self.text("code")
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    pub(crate) fn items(&self) -> &[Value] {
        self.body["items"].as_array().unwrap()
    }

    /// The answer, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:#}", self.body);
        self
    }

    /// The answer, if it is this problem.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{:#}", self.body);
        self
    }

    /// What is true of every answer.
    #[track_caller]
    pub(super) fn check(&self, method: &Method, path: &str) {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(self.header(name), value, "{method} {path}: {name}");
        }
        let policy = self.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!self.header("x-request-id").is_empty(), "{method} {path}: no request id");
        if self.status >= 400 && *method != Method::HEAD && !path.starts_with("/readyz") {
            self.check_problem();
        }
        assert_eq!(self.status == 401, self.headers.contains_key("www-authenticate"));
        assert_eq!(self.status == 405, self.headers.contains_key("allow"));
        self.check_documented(method, path);
    }

    #[track_caller]
    fn check_problem(&self) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{:?}", self.bytes);
        let title = StatusCode::from_u16(self.status).unwrap().canonical_reason().unwrap();
        assert_eq!(self.text("type"), "about:blank");
        assert_eq!(self.text("title"), title);
        assert_eq!(self.body["status"], self.status);
        assert_eq!(self.text("request_id"), self.header("x-request-id"));
        assert!(!self.code().is_empty());
        let detail = self.text("detail");
        assert!(detail.len() > 10, "{detail}");
        for internal in ["param0", "struct ", "Option<", "::", "panicked"] {
            assert!(!detail.contains(internal), "{detail}");
        }
    }

    /// W13: the status is one that the description of the operation has.
    #[track_caller]
    fn check_documented(&self, method: &Method, path: &str) {
        let path = path.split('?').next().unwrap();
        let wanted: Vec<&str> = path.split('/').collect();
        let matches = |pattern: &str| {
            let parts: Vec<&str> = pattern.split('/').collect();
            parts.len() == wanted.len()
                && parts
                    .iter()
                    .zip(&wanted)
                    .all(|(part, text)| part.starts_with('{') || part == text)
        };
        let item =
            DOCUMENT["paths"].as_object().unwrap().iter().filter(|(pattern, _)| matches(pattern));
        // A fixed part wins over one that varies.
        let item =
            item.min_by_key(|(pattern, _)| pattern.matches('{').count()).map(|(_, item)| item);
        let method =
            if *method == Method::HEAD { "get".to_owned() } else { method.as_str().to_lowercase() };
        match item.and_then(|item| item.get(&method)) {
            Some(operation) => {
                let status = self.status.to_string();
                assert!(
                    operation["responses"].get(&status).is_some(),
                    "{method} {path}: {status} is not described"
                );
            }
            None => {
                assert!(matches!(self.status, 400 | 404 | 405), "{method} {path}: {}", self.status);
            }
        }
    }
}
