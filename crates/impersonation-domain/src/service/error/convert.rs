//! From the errors of the domain and of the ports to the answer of a use case.

use super::{Conflict, InvalidInput, Resource, UseCaseError};
use crate::{
    access::NoAccessType,
    email::InvalidEmailAddress,
    grant::{GrantEditError, GrantError},
    message::FileError,
    organization::LimitOutOfRange,
    policy::Denial,
    ports::{Constraint, FileStoreError, RepositoryError},
    role::RoleError,
    secret::UnsuitablePassword,
    text::InvalidText,
    time::EmptyWindow,
};

impl UseCaseError {
    pub(in crate::service) fn from_file_store(error: FileStoreError) -> Self {
        match error {
            FileStoreError::Refused(error) => error.into(),
            FileStoreError::Interrupted(_) => Self::Interrupted,
            FileStoreError::NotFound => Self::NotFound(Resource::File),
            FileStoreError::Unavailable(source) => Self::Unavailable(source),
        }
    }
}

impl From<Denial> for UseCaseError {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<RepositoryError> for UseCaseError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::Duplicate(Constraint::UserEmail) => Conflict::EmailTaken.into(),
            RepositoryError::Duplicate(Constraint::RoleName | Constraint::ChannelName) => {
                Conflict::NameTaken.into()
            }
            // Units of one organization follow each other, so that these come from a store with a
            // weaker isolation.
            RepositoryError::Duplicate(Constraint::GrantPair) | RepositoryError::Stale => {
                Conflict::ChangedMeanwhile.into()
            }
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

impl From<GrantError> for UseCaseError {
    fn from(error: GrantError) -> Self {
        let (field, code) = match error {
            GrantError::SameUser => ("grantee_email", "same_user"),
            GrantError::OtherOrganization => ("grantee_email", "unknown_user"),
            GrantError::GrantorInactive => ("grantor_email", "user_inactive"),
            GrantError::GranteeInactive => ("grantee_email", "user_inactive"),
            GrantError::GrantorProtected => ("grantor_email", "user_protected"),
            GrantError::AlreadyExpired => ("expires_at", "already_expired"),
        };
        InvalidInput::rule(field, code, &error)
    }
}

impl From<GrantEditError> for UseCaseError {
    fn from(error: GrantEditError) -> Self {
        match error {
            GrantEditError::Grant(error) => error.into(),
            GrantEditError::Window(error) => error.into(),
        }
    }
}

impl From<RoleError> for UseCaseError {
    fn from(error: RoleError) -> Self {
        match error {
            RoleError::BuiltIn => InvalidInput::rule("name", "built_in_role", &error),
            RoleError::NotAssignable => {
                InvalidInput::rule("permissions", "permission_not_assignable", &error)
            }
        }
    }
}

impl From<FileError> for UseCaseError {
    fn from(error: FileError) -> Self {
        let code = match error {
            FileError::Name(_) => "invalid_file_name",
            FileError::MediaType(_) => "invalid_file_type",
            FileError::Empty => "file_empty",
            FileError::TooLarge => "file_too_large",
            FileError::TypeMismatch { .. } => "file_type_mismatch",
        };
        InvalidInput::form("file", code, &error)
    }
}

macro_rules! invalid_input {
    ($($error:ty => $field:literal, $code:literal;)+) => {$(
        impl From<$error> for UseCaseError {
            fn from(error: $error) -> Self { InvalidInput::form($field, $code, &error) }
        }
    )+};
}

invalid_input! {
    NoAccessType => "access", "access_required";
    EmptyWindow => "expires_at", "invalid_window";
    InvalidEmailAddress => "email", "invalid_email";
    UnsuitablePassword => "password", "unsuitable_password";
    LimitOutOfRange => "login_session_minutes", "out_of_range";
}

/// Reads a text that a caller sent into the type that checks it.
pub(in crate::service) fn text<T>(
    field: &'static str,
    read: impl FnOnce() -> Result<T, InvalidText>,
) -> Result<T, UseCaseError> {
    read().map_err(|error| InvalidInput::form(field, "invalid_text", &error))
}
