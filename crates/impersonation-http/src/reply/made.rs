//! Answers to requests that make something, and may be sent twice.

use impersonation_domain::{service::Answer, version::Version};
use poem::http::{HeaderName, header};
use poem_openapi::types::ToJSON;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, New, NewVersioned, Reply};
use crate::{problem::Problem, request::etag};

/// What was made, and how that is answered.
pub(crate) struct Made<T> {
    /// Where it is.
    pub(crate) location: String,
    /// Its version, where it has one.
    pub(crate) version: Option<Version>,
    /// How it is shown.
    pub(crate) body: T,
}

/// An answer as it is remembered.
#[derive(Serialize, Deserialize)]
pub(crate) struct Remembered {
    location: String,
    etag: Option<String>,
    body: Value,
}

impl<T: ToJSON> Made<T> {
    fn remembered(&self) -> Remembered {
        Remembered {
            location: self.location.clone(),
            etag: self.version.map(etag),
            body: self.body.to_json().unwrap_or_default(),
        }
    }

    /// The answer as it is to be remembered.
    pub(crate) fn write_down(&self) -> Vec<u8> {
        serde_json::to_vec(&self.remembered()).unwrap_or_default()
    }
}

impl Remembered {
    fn read(bytes: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(bytes).map_err(|error| {
            tracing::error!(%error, "a remembered answer cannot be read");
            Problem::internal()
        })
    }

    fn reply<T: ToJSON, K: Kind>(self, replayed: bool) -> Reply<T, K> {
        let mut reply = Reply::with_body(self.body).header(header::LOCATION, &self.location);
        if let Some(etag) = &self.etag {
            reply = reply.header(header::ETAG, etag);
        }
        if replayed {
            reply.header(HeaderName::from_static("idempotent-replayed"), "true")
        } else {
            reply
        }
    }

    /// What was made before, where it was shown with a secret that is not shown again.
    pub(crate) fn location(bytes: &[u8]) -> Result<String, Problem> {
        Self::read(bytes).map(|remembered| remembered.location)
    }
}

fn reply<T: ToJSON, K: Kind, V>(
    answer: Answer<V>,
    made: impl FnOnce(V) -> Made<T>,
) -> Result<Reply<T, K>, Problem> {
    match answer {
        Answer::Fresh(value) => Ok(made(value).remembered().reply(false)),
        Answer::Repeated(bytes) => Ok(Remembered::read(&bytes)?.reply(true)),
    }
}

impl<T: ToJSON> Reply<T, New> {
    /// What was made now, or what was answered before.
    pub(crate) fn made<V>(
        answer: Answer<V>,
        made: impl FnOnce(V) -> Made<T>,
    ) -> Result<Self, Problem> {
        reply(answer, made)
    }

    /// What was made now.
    pub(crate) fn new(made: &Made<T>) -> Self {
        made.remembered().reply(false)
    }
}

impl<T: ToJSON> Reply<T, NewVersioned> {
    /// What was made now, or what was answered before.
    pub(crate) fn made<V>(
        answer: Answer<V>,
        made: impl FnOnce(V) -> Made<T>,
    ) -> Result<Self, Problem> {
        reply(answer, made)
    }
}
