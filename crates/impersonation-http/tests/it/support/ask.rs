//! Requests.

use std::net::SocketAddr;

use poem::{
    Body, Request,
    http::{HeaderName, HeaderValue, Method, header, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use serde_json::Value;

/// A request that is to be sent.
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Body,
    peer: SocketAddr,
}

pub(crate) fn method(method: &str, path: impl Into<String>) -> Ask {
    Ask {
        method: method.parse().unwrap(),
        path: path.into(),
        headers: Vec::new(),
        body: Body::empty(),
        peer: "192.0.2.1:40000".parse().unwrap(),
    }
}

pub(crate) fn get(path: impl Into<String>) -> Ask {
    method("GET", path)
}

pub(crate) fn post(path: impl Into<String>, body: &Value) -> Ask {
    method("POST", path).json(body)
}

pub(crate) fn put(path: impl Into<String>) -> Ask {
    method("PUT", path)
}

pub(crate) fn patch(path: impl Into<String>, body: &Value) -> Ask {
    method("PATCH", path).json(body)
}

pub(crate) fn delete(path: impl Into<String>) -> Ask {
    method("DELETE", path)
}

impl Ask {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.parse().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        self
    }

    /// Whoever has this token asks.
    pub(crate) fn by(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    pub(crate) fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = peer.parse().unwrap();
        self
    }

    /// A form of these parts: names with what follows them in the header, and contents.
    pub(crate) fn form(self, parts: &[(&str, &[u8])]) -> Self {
        let mut body = Vec::new();
        for (head, content) in parts {
            body.extend_from_slice(
                format!("--XX\r\nContent-Disposition: form-data; name={head}\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--XX--\r\n");
        self.body("multipart/form-data; boundary=XX", body)
    }

    pub(super) fn into_request(self) -> Request {
        let parts = poem::http::Request::builder().method(self.method).uri(self.path);
        let (mut parts, ()) = parts.body(()).unwrap().into_parts();
        parts.headers.insert(header::HOST, "access.example".parse().unwrap());
        for (name, value) in self.headers {
            parts.headers.append(name, value);
        }
        let peer = (parts, LocalAddr::default(), RemoteAddr(self.peer.into()), Scheme::HTTP);
        Request::from_parts(peer.into(), self.body)
    }
}
