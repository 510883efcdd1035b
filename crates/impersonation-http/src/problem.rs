//! Errors on the wire: problem details (RFC 9457) with a stable code.

mod from_poem;
mod from_use_case;

use std::{fmt, ops::Deref};

use poem::{
    Response,
    error::ResponseError,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{Object, types::ToJSON};

pub(crate) use from_poem::{from_poem, from_status};

/// The media type of every error.
pub(crate) const CONTENT_TYPE: &str = "application/problem+json";

/// What is wrong with one value of a request.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "FieldError")]
pub(crate) struct FieldError {
    /// Where it is, as a JSON pointer into the body (RFC 6901).
    pub(crate) pointer: String,
    /// What is wrong, and what to do.
    pub(crate) detail: String,
}

/// An error, as problem details (RFC 9457).
#[derive(Debug, Object)]
#[oai(rename = "Problem", skip_serializing_if_is_none)]
pub(crate) struct ProblemJson {
    /// Always `about:blank`: what distinguishes errors is `code`.
    #[oai(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The rule or fault, stable for programs.
    code: String,
    /// What is wrong, and what to do, for people.
    detail: String,
    /// The values that are wrong, where it is about values of the body.
    errors: Option<Vec<FieldError>>,
    /// The address of the thing that is already there.
    existing: Option<String>,
    /// The version that the thing has now.
    current_version: Option<u64>,
    /// The organizations to choose from.
    organizations: Option<Vec<String>>,
    /// Identifies the request in the logs of the server.
    request_id: Option<String>,
}

/// Why a request is not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem(Box<Details>);

/// What there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) existing: Option<String>,
    pub(crate) current_version: Option<u64>,
    pub(crate) organizations: Vec<String>,
    /// Whether a token was presented, and is not accepted.
    pub(crate) token_refused: bool,
    /// After how many seconds to try again.
    pub(crate) retry_after: Option<u64>,
    /// The methods that the address has.
    pub(crate) allow: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            existing: None,
            current_version: None,
            organizations: Vec::new(),
            token_refused: false,
            retry_after: None,
            allow: None,
        }))
    }

    /// The problem with something more to say.
    pub(crate) fn with(mut self, say: impl FnOnce(&mut Details)) -> Self {
        say(&mut self.0);
        self
    }

    /// A value in the body that cannot be used.
    pub(crate) fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail.clone())
            .at(pointer, detail)
    }

    /// A value in the query, the path or a header that cannot be used.
    pub(crate) fn invalid_parameter(name: &str, detail: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_parameter", format!("`{name}`: {detail}"))
    }

    /// Nobody has said who they are.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "this takes a token; sign in, and send it as `Authorization: Bearer <token>`",
        )
    }

    /// The token is none, or no longer one.
    pub(crate) fn token_refused() -> Self {
        let detail = "the session or token is not valid; sign in again";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            .with(|problem| problem.token_refused = true)
    }

    /// There is nothing at this address.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing at this address; check the path",
        )
    }

    /// Something that we did not think of.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "the server failed; try again, and if it goes on tell the operator the request_id",
        )
    }

    /// The body is larger than it may be.
    pub(crate) fn body_too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {} KiB; send less at once", limit / 1024);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// The problem, naming a value that is wrong.
    pub(crate) fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(FieldError { pointer: pointer.into(), detail: detail.into() });
        self
    }

    /// The problem with pointers into the body as it was sent, where that has other names.
    pub(crate) fn moved(mut self, pointers: &[(&str, &str)]) -> Self {
        for error in &mut self.0.errors {
            if let Some((_, pointer)) = pointers.iter().find(|(from, _)| *from == error.pointer) {
                error.pointer = (*pointer).to_owned();
            }
        }
        self
    }

    /// The response.
    pub(crate) fn into_response(self, request_id: Option<&str>) -> Response {
        let problem = *self.0;
        let status = problem.status;
        let mut response = Response::builder().status(status).content_type(CONTENT_TYPE);
        if status == StatusCode::UNAUTHORIZED {
            let error = if problem.token_refused { ", error=\"invalid_token\"" } else { "" };
            let challenge = format!("Bearer realm=\"impersonation\"{error}");
            response = response.header(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = problem.retry_after {
            response = response.header(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = &problem.allow {
            response = response.header(header::ALLOW, allow);
        }
        let json = ProblemJson {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: problem.code.to_owned(),
            detail: problem.detail,
            errors: Some(problem.errors).filter(|errors| !errors.is_empty()),
            existing: problem.existing,
            current_version: problem.current_version,
            organizations: Some(problem.organizations).filter(|list| !list.is_empty()),
            request_id: request_id.map(ToOwned::to_owned),
        };
        response.body(json.to_json_string())
    }
}

impl Deref for Problem {
    type Target = Details;
    fn deref(&self) -> &Details {
        &self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        self.clone().into_response(None)
    }
}
