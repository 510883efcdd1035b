//! Why a page is not shown as it was asked for.

use impersonation_domain::{
    login_session::EndCause,
    service::{ErrorClass, Refusal, UseCaseError},
};
use poem::{error::ResponseError, http::StatusCode};
use thiserror::Error;

use crate::words::permission_words;

/// Why a page is not shown as it was asked for.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// Somebody has to sign in first.
    #[error("sign in to go on")]
    SignInNeeded,
    /// The login session is over.
    #[error("the login session has ended")]
    LoginSessionEnded(EndCause),
    /// There is no such page.
    #[error("there is no such page")]
    NotFound,
    /// The page is there, but not this way.
    #[error("this page cannot be used in this way")]
    MethodNotAllowed,
    /// More than one credential, or one twice.
    #[error(
        "the request has more than one credential; clear the cookies of this site and try again"
    )]
    TwoCredentials,
    /// Not one host.
    #[error("the request does not say for which host it is, or says it twice")]
    NotOneHost,
    /// A form cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// A form is too large.
    #[error("{0}")]
    TooLarge(String),
    /// A use case refused.
    #[error(transparent)]
    UseCase(UseCaseError),
    /// Something of ours went wrong.
    #[error("something went wrong; try again")]
    Internal,
}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        Self::status(self)
    }
}

impl From<UseCaseError> for Failure {
    fn from(error: UseCaseError) -> Self {
        match error {
            UseCaseError::Unauthenticated => Self::SignInNeeded,
            UseCaseError::LoginSessionEnded { cause } => Self::LoginSessionEnded(cause),
            error => Self::UseCase(error),
        }
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page cannot be rendered");
        Self::Internal
    }
}

impl Failure {
    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignInNeeded => StatusCode::UNAUTHORIZED,
            Self::LoginSessionEnded(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TwoCredentials | Self::NotOneHost | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UseCase(error) => match error.class() {
                ErrorClass::Unauthenticated => StatusCode::UNAUTHORIZED,
                ErrorClass::Forbidden => StatusCode::FORBIDDEN,
                ErrorClass::NotFound => StatusCode::NOT_FOUND,
                ErrorClass::Conflict => StatusCode::CONFLICT,
                ErrorClass::VersionMismatch => StatusCode::PRECONDITION_FAILED,
                ErrorClass::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
                ErrorClass::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                ErrorClass::Interrupted => StatusCode::BAD_REQUEST,
                ErrorClass::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            },
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the page is headed with.
    pub(crate) fn title(&self) -> &'static str {
        match self.status() {
            StatusCode::UNAUTHORIZED => "Sign in",
            StatusCode::FORBIDDEN => "This is not allowed",
            StatusCode::NOT_FOUND => "There is nothing here",
            StatusCode::METHOD_NOT_ALLOWED => "This address takes no such request",
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => "This has changed",
            StatusCode::PAYLOAD_TOO_LARGE => "This is too large",
            StatusCode::SERVICE_UNAVAILABLE => "The service is not available",
            StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong",
            _ => "This cannot be done",
        }
    }

    /// The sentence on the page. A failure of a store is told without its cause.
    pub(crate) fn sentence(&self) -> String {
        if let Self::UseCase(UseCaseError::Refused(Refusal::PermissionRequired(permission))) = self
        {
            let permission = permission_words(*permission);
            return format!(
                "Your role does not allow this: it takes the permission \"{permission}\". Ask an administrator for it."
            );
        }
        sentence(&self.to_string())
    }
}

/// An error message as a sentence: with a capital letter and a full stop.
pub(crate) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    let text = format!("{}{}", first.unwrap_or_default(), letters.as_str());
    if text.ends_with(['.', '?', '!']) || text.is_empty() { text } else { format!("{text}.") }
}
