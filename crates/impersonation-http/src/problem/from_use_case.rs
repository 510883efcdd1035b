//! What use cases refuse, as problems.

use impersonation_domain::service::{Conflict, ErrorClass, UseCaseError};
use poem::http::StatusCode;

use super::Problem;

impl From<UseCaseError> for Problem {
    fn from(error: UseCaseError) -> Self {
        if let UseCaseError::Unavailable(source) = &error {
            tracing::error!(cause = %chain(source.as_ref()), "a use case failed");
        }
        let detail = error.to_string();
        let mut problem = Self::new(status(error.class()), error.code(), detail.clone());
        let item = error.item().map(|index| format!("/{index}"));
        let field = error.field().map(|field| format!("/{}", field.replace('.', "/")));
        if item.is_some() || field.is_some() {
            problem = problem.at(item.unwrap_or_default() + &field.unwrap_or_default(), detail);
        }
        problem.with(|problem| {
            problem.existing = error.existing().map(|id| format!("/api/v1/grants/{id}"));
            problem.current_version = error.current_version().map(u64::from);
            if let UseCaseError::Conflict(Conflict::ChooseOrganization { organizations }) = &error {
                problem.organizations = organizations.iter().map(ToString::to_string).collect();
            }
            problem.token_refused = matches!(
                error,
                UseCaseError::Unauthenticated | UseCaseError::LoginSessionEnded { .. }
            );
            problem.retry_after = (problem.status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        })
    }
}

impl Problem {
    /// The problem where the use case got its items from this part of the body.
    pub(crate) fn with_items_in(pointer: &str, error: UseCaseError) -> Self {
        let is_item = error.item().is_some();
        Self::from(error).with(|problem| {
            for error in problem.errors.iter_mut().filter(|_| is_item) {
                error.pointer.insert_str(0, pointer);
            }
        })
    }
}

fn status(class: ErrorClass) -> StatusCode {
    match class {
        ErrorClass::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorClass::Forbidden => StatusCode::FORBIDDEN,
        ErrorClass::NotFound => StatusCode::NOT_FOUND,
        ErrorClass::Conflict => StatusCode::CONFLICT,
        ErrorClass::VersionMismatch => StatusCode::PRECONDITION_FAILED,
        ErrorClass::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorClass::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorClass::Interrupted => StatusCode::BAD_REQUEST,
        ErrorClass::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The error and what caused it, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
