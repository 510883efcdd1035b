//! What handlers answer, and how that is described.

mod made;
mod refused;

use std::marker::PhantomData;

use impersonation_domain::version::Version;
use poem::{
    IntoResponse, Response,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::{ParseFromJSON, ToJSON, Type},
};
use serde_json::Value;

pub(crate) use made::{Made, Remembered};
pub(crate) use refused::{Refused, Statuses, statuses};

use crate::request::etag;

/// The media type of answers in JSON.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// A page of a list, or the whole of it.
#[derive(Debug, Object)]
pub(crate) struct Items<T: Type + ParseFromJSON + ToJSON> {
    /// What is on the page, in order.
    pub(crate) items: Vec<T>,
    /// Where the next page begins: the value for `cursor`, with the same query. Absent on the last.
    pub(crate) next_cursor: Option<String>,
}

impl<T: Type + ParseFromJSON + ToJSON> Items<T> {
    /// A list that is not cut into pages.
    pub(crate) fn all(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), next_cursor: None }
    }
}

/// A kind of successful answer with a body.
pub(crate) trait Kind: Send + Sync + 'static {
    const STATUS: u16;
    const DESCRIPTION: &'static str;
    /// Header names, and what they say.
    const HEADERS: &'static [(&'static str, &'static str)];
}

/// Here it is.
pub(crate) struct Plain;
/// Here it is, in this version.
pub(crate) struct Versioned;
/// Here is a page of it.
pub(crate) struct Paged;
/// It has been made.
pub(crate) struct New;
/// It has been made, in this version.
pub(crate) struct NewVersioned;

const ETAG: (&str, &str) = ("ETag", "The version, for `If-Match`.");
const LOCATION: (&str, &str) = ("Location", "Where it is.");
const REPLAYED: (&str, &str) = (
    "Idempotent-Replayed",
    "`true` where the request was answered before, under the same `Idempotency-Key`.",
);

impl Kind for Plain {
    const STATUS: u16 = 200;
    const DESCRIPTION: &'static str = "Here it is.";
    const HEADERS: &'static [(&'static str, &'static str)] = &[];
}

impl Kind for Versioned {
    const STATUS: u16 = 200;
    const DESCRIPTION: &'static str = "Here it is, as it is now.";
    const HEADERS: &'static [(&'static str, &'static str)] = &[ETAG];
}

impl Kind for Paged {
    const STATUS: u16 = 200;
    const DESCRIPTION: &'static str = "Here is a page of it.";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("Link", "The next page, as `rel=\"next\"`, if there is one.")];
}

impl Kind for New {
    const STATUS: u16 = 201;
    const DESCRIPTION: &'static str = "It has been made.";
    const HEADERS: &'static [(&'static str, &'static str)] = &[LOCATION, REPLAYED];
}

impl Kind for NewVersioned {
    const STATUS: u16 = 201;
    const DESCRIPTION: &'static str = "It has been made.";
    const HEADERS: &'static [(&'static str, &'static str)] = &[ETAG, LOCATION, REPLAYED];
}

/// A successful answer of some kind with a body.
pub(crate) struct Reply<T, K> {
    body: Value,
    headers: Vec<(HeaderName, HeaderValue)>,
    of: PhantomData<fn() -> (T, K)>,
}

impl<T: ToJSON, K: Kind> Reply<T, K> {
    fn with_body(body: Value) -> Self {
        Self { body, headers: Vec::new(), of: PhantomData }
    }

    fn of(value: &T) -> Self {
        Self::with_body(value.to_json().unwrap_or_default())
    }

    /// The answer with one header more. A value that no header can have is left out.
    fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }
}

impl<T: ToJSON> From<T> for Reply<T, Plain> {
    fn from(value: T) -> Self {
        Self::of(&value)
    }
}

impl<T: ToJSON> Reply<T, Versioned> {
    /// The thing in its version.
    pub(crate) fn versioned(value: &T, version: Version) -> Self {
        Self::of(value).header(header::ETAG, &etag(version))
    }
}

impl<T: Type + ParseFromJSON + ToJSON> Reply<Items<T>, Paged> {
    /// A page, and the address of the next.
    pub(crate) fn paged(items: &Items<T>, next: Option<&str>) -> Self {
        let reply = Self::of(items);
        match next {
            Some(next) => reply.header(header::LINK, &format!("<{next}>; rel=\"next\"")),
            None => reply,
        }
    }
}

impl<T, K: Kind> IntoResponse for Reply<T, K> {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(K::STATUS).unwrap_or(StatusCode::OK);
        let mut response =
            Response::builder().status(status).content_type(JSON).body(self.body.to_string());
        response.headers_mut().extend(self.headers);
        response
    }
}

impl<T: Type, K: Kind> ApiResponse for Reply<T, K> {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }];
        let headers =
            K::HEADERS.iter().map(|(name, description)| describe_header(name, description));
        let response = MetaResponse {
            description: K::DESCRIPTION,
            status: Some(K::STATUS),
            status_range: None,
            content,
            headers: headers.collect(),
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// How a header of an answer is described.
pub(crate) fn describe_header(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}

/// It is done, and there is nothing to say.
pub(crate) struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        Response::builder().status(StatusCode::NO_CONTENT).finish()
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        let response = MetaResponse {
            description: "It is done.",
            status: Some(204),
            status_range: None,
            content: vec![],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}
