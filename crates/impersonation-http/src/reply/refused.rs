//! Errors of operations, with the statuses that each can have.

use std::marker::PhantomData;

use impersonation_domain::service::UseCaseError;
use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type,
};

use super::describe_header;
use crate::problem::{CONTENT_TYPE, Problem, ProblemJson};

/// Which errors an operation can answer with.
pub(crate) trait Statuses: Send + Sync + 'static {
    const LIST: &'static [u16];
}

/// Names sets of statuses.
macro_rules! statuses {
    ($($(#[$meta:meta])* $name:ident = [$($status:literal),+];)+) => {$(
        $(#[$meta])*
        pub(crate) struct $name;

        impl $crate::reply::Statuses for $name {
            const LIST: &'static [u16] = &[$($status),+];
        }
    )+};
}
pub(crate) use statuses;

/// An error of an operation.
pub(crate) struct Refused<S>(Problem, PhantomData<fn() -> S>);

impl<S> From<Problem> for Refused<S> {
    fn from(problem: Problem) -> Self {
        Self(problem, PhantomData)
    }
}

impl<S> From<UseCaseError> for Refused<S> {
    fn from(error: UseCaseError) -> Self {
        Problem::from(error).into()
    }
}

impl<S> From<Refused<S>> for poem::Error {
    fn from(refused: Refused<S>) -> Self {
        refused.0.into()
    }
}

impl<S: Statuses> ApiResponse for Refused<S> {
    fn meta() -> MetaResponses {
        let describe = |status: u16| MetaResponse {
            description: meaning(status),
            status: Some(status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: CONTENT_TYPE,
                schema: ProblemJson::schema_ref(),
            }],
            headers: headers(status),
        };
        MetaResponses { responses: S::LIST.iter().copied().map(describe).collect() }
    }

    fn register(registry: &mut Registry) {
        ProblemJson::register(registry);
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be understood, or has two credentials.",
        401 => "There is no token, or it is not valid.",
        403 => "The caller may not do this.",
        404 => "There is no such thing for this caller.",
        409 => "Something stands in the way.",
        412 => "It has been changed since.",
        413 => "The body is too large.",
        415 => "The body is of another type than this takes.",
        422 => "A value cannot be used.",
        428 => "The version that was seen is not named.",
        429 => "There were too many attempts.",
        503 => "The service is not available, or not ready.",
        _ => "The server failed.",
    }
}

fn headers(status: u16) -> Vec<MetaHeader> {
    match status {
        401 => vec![describe_header("WWW-Authenticate", "How to authenticate (RFC 6750).")],
        429 | 503 => vec![describe_header("Retry-After", "After how many seconds to try again.")],
        _ => vec![],
    }
}
