//! The framework's errors as problems. Their own texts are dropped: they name internals.

use poem::{
    Error,
    http::{Method, StatusCode},
};

use super::Problem;

/// The problem that an error amounts to. `allow` are the methods that the address has.
pub(crate) fn from_poem(error: &Error, method: &Method, allow: Option<&str>) -> Problem {
    if let Some(problem) = error.downcast_ref::<Problem>() {
        return problem.clone();
    }
    from_status(error.status(), method, allow)
}

/// The problem for a status that came without one.
pub(crate) fn from_status(status: StatusCode, method: &Method, allow: Option<&str>) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = allow.unwrap_or_default();
            let detail = format!("`{method}` is not possible here; use one of {allow}");
            Problem::new(status, "method_not_allowed", detail)
                .with(|problem| problem.allow = Some(allow.to_owned()))
        }
        StatusCode::UNAUTHORIZED => Problem::unauthenticated(),
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(status, "body_too_large", "the body is too large; send less at once")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
            status,
            "unsupported_media_type",
            "the body is of another type than this takes; check `Content-Type`",
        ),
        status if status.is_client_error() => Problem::new(
            status,
            "malformed_request",
            "the request cannot be read; check it against the description of the API",
        ),
        _ => Problem::internal(),
    }
}
