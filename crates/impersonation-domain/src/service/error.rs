//! What a use case answers when it does not do what it was asked.

mod convert;

pub(super) use convert::text;

use thiserror::Error;

use super::Refusal;
use crate::{
    ids::{GrantId, OrganizationId},
    login_session::EndCause,
    policy::{Denial, Rule},
    version::Version,
};

/// A kind of thing that is looked for by its identifier. Another organization's is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A grant.
    Grant,
    /// A login session.
    LoginSession,
    /// A user.
    User,
    /// A role.
    Role,
    /// A channel.
    Channel,
    /// A file.
    File,
    /// An API token.
    Token,
    /// An organization.
    Organization,
}

impl Resource {
    /// The code of its not being found.
    #[must_use]
    pub fn not_found_code(self) -> &'static str {
        match self {
            Self::Grant => "grant_not_found",
            Self::LoginSession => "login_session_not_found",
            Self::User => "user_not_found",
            Self::Role => "role_not_found",
            Self::Channel => "channel_not_found",
            Self::File => "file_not_found",
            Self::Token => "token_not_found",
            Self::Organization => "organization_not_found",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::LoginSession => "login session",
            Self::User => "user",
            Self::Role => "role",
            Self::Channel => "channel",
            Self::File => "file",
            Self::Token => "API token",
            Self::Organization => "organization",
        }
    }
}

/// What stands in the way of a change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Conflict {
    /// Design rule 3.2.
    #[error("there is already a grant for these two people; edit it instead")]
    DuplicateGrant {
        /// The grant that is there.
        existing: GrantId,
    },
    /// The address is in use in the organization.
    #[error("another user has this email address; use another address, or edit that user")]
    EmailTaken,
    /// The name is in use in the organization.
    #[error("the name is already in use; choose another")]
    NameTaken,
    /// An organization keeps at least one.
    #[error("this is the last active administrator; give another person the Admin role first")]
    LastAdministrator,
    /// Somebody still has the role.
    #[error("the role is still held by {holders} user(s); give them another role first")]
    RoleInUse {
        /// By how many.
        holders: u64,
    },
    /// Too many login sessions at once.
    #[error("you have {limit} live login sessions already; end one first")]
    TooManyLoginSessions {
        /// How many are allowed.
        limit: usize,
    },
    /// The bulk set is not that of the preview.
    #[error(
        "the confirmation does not belong to this set of grants; ask for a new preview and confirm that"
    )]
    ConfirmationMismatch,
    /// The same address has accounts in several organizations, and the password opens more than one.
    #[error("this address has accounts in several organizations; send `organization_id` as well")]
    ChooseOrganization {
        /// The organizations that the password opens.
        organizations: Vec<OrganizationId>,
    },
    /// The caller is not inside a login session.
    #[error("you are in your own account, not in a login session; there is nothing to stop")]
    NoLoginSession,
    /// The caller uses an API token.
    #[error("you are using an API token, which is not signed in; revoke it to end it")]
    NotSignedIn,
    /// Somebody else changed the same thing at the same moment.
    #[error("this has just been changed by someone else; read it again and decide")]
    ChangedMeanwhile,
    /// Setting up happens once.
    #[error("the installation has been set up already; sign in instead")]
    AlreadySetUp,
}

/// A value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct InvalidInput {
    /// The field.
    pub field: &'static str,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
    /// Whether a rule refused it, rather than its form. Refusals by a rule are recorded.
    pub by_rule: bool,
}

impl InvalidInput {
    pub(in crate::service) fn form(
        field: &'static str,
        code: &'static str,
        error: &impl ToString,
    ) -> UseCaseError {
        UseCaseError::Invalid(Self { field, code, message: error.to_string(), by_rule: false })
    }

    pub(in crate::service) fn rule(
        field: &'static str,
        code: &'static str,
        error: &impl ToString,
    ) -> UseCaseError {
        UseCaseError::Invalid(Self { field, code, message: error.to_string(), by_rule: true })
    }
}

/// A use case did not do what it was asked, and changed nothing.
#[derive(Debug, Error)]
pub enum UseCaseError {
    /// There is no valid session or token.
    #[error("the session or token is not valid; sign in again")]
    Unauthenticated,
    /// The login session is over.
    #[error("the login session has ended ({}); return to your own account", cause.as_str())]
    LoginSessionEnded {
        /// Why.
        cause: EndCause,
    },
    /// Unknown address, wrong password, or an account that is not in use: never told which.
    #[error("the email address or the password is wrong; check both and try again")]
    WrongCredentials,
    /// The caller may not do this.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The decision was no.
    #[error("{}", explain_denial(.0))]
    Denied(Denial),
    /// There is no such thing in the organization.
    #[error("there is no such {}; check the identifier", .0.noun())]
    NotFound(Resource),
    /// There is one, but the caller may not know of it: to them it is not found. Other than a thing
    /// that does not exist, this is recorded as a refusal.
    #[error("there is no such {}; check the identifier", .0.noun())]
    Hidden(Resource),
    /// Something stands in the way.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The thing has been changed since the caller looked.
    #[error(
        "this has been changed meanwhile (it is at version {current}); read it again and decide"
    )]
    VersionMismatch {
        /// The version that it has now.
        current: Version,
    },
    /// A value cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// One of several things cannot be done, so that none is.
    #[error("item {}: {error}", index.saturating_add(1))]
    InItem {
        /// Which one, counted from 0.
        index: usize,
        /// Why.
        error: Box<UseCaseError>,
    },
    /// The idempotency key was used for something else.
    #[error("this idempotency key was used for another request; choose a new key")]
    IdempotencyKeyReused,
    /// An upload broke off.
    #[error("the upload was interrupted; send the file again")]
    Interrupted,
    /// A store failed. Nothing is known to have changed.
    #[error("the service is not available; try again")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What kind of answer an error is. The edge maps this to its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Who is asking is not known.
    Unauthenticated,
    /// They may not.
    Forbidden,
    /// There is no such thing for them.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// It has been changed meanwhile.
    VersionMismatch,
    /// A value cannot be used.
    Invalid,
    /// The content is too large.
    TooLarge,
    /// The request broke off.
    Interrupted,
    /// A store failed.
    Unavailable,
}

impl UseCaseError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::LoginSessionEnded { .. } => "login_session_ended",
            Self::WrongCredentials => "wrong_credentials",
            Self::Refused(refusal) => refusal.code(),
            Self::Denied(denial) => denial.code(),
            Self::NotFound(resource) | Self::Hidden(resource) => resource.not_found_code(),
            Self::Conflict(conflict) => match conflict {
                Conflict::DuplicateGrant { .. } => "duplicate_grant",
                Conflict::EmailTaken => "email_taken",
                Conflict::NameTaken => "name_taken",
                Conflict::LastAdministrator => "last_administrator",
                Conflict::RoleInUse { .. } => "role_in_use",
                Conflict::TooManyLoginSessions { .. } => "too_many_login_sessions",
                Conflict::ConfirmationMismatch => "confirmation_mismatch",
                Conflict::ChooseOrganization { .. } => "choose_organization",
                Conflict::NoLoginSession => "no_login_session",
                Conflict::NotSignedIn => "not_signed_in",
                Conflict::ChangedMeanwhile => "changed_meanwhile",
                Conflict::AlreadySetUp => "already_set_up",
            },
            Self::VersionMismatch { .. } => "version_mismatch",
            Self::Invalid(invalid) => invalid.code,
            Self::InItem { error, .. } => error.code(),
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::Interrupted => "upload_interrupted",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// What kind of answer it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Unauthenticated | Self::LoginSessionEnded { .. } | Self::WrongCredentials => {
                ErrorClass::Unauthenticated
            }
            // Whoever is not in a channel does not learn whether it exists.
            Self::Denied(denial) if denial.rule() == Rule::ActorInChannel => ErrorClass::NotFound,
            Self::Refused(_) | Self::Denied(_) => ErrorClass::Forbidden,
            Self::NotFound(_) | Self::Hidden(_) => ErrorClass::NotFound,
            Self::Conflict(_) => ErrorClass::Conflict,
            Self::VersionMismatch { .. } => ErrorClass::VersionMismatch,
            Self::Invalid(invalid) if invalid.code == "file_too_large" => ErrorClass::TooLarge,
            Self::Invalid(_) | Self::IdempotencyKeyReused => ErrorClass::Invalid,
            Self::InItem { error, .. } => error.class(),
            Self::Interrupted => ErrorClass::Interrupted,
            Self::Unavailable(_) => ErrorClass::Unavailable,
        }
    }

    /// The field that is wrong, where it is one.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid(invalid) => Some(invalid.field),
            Self::InItem { error, .. } => error.field(),
            _ => None,
        }
    }

    /// The grant that is already there, for [`Conflict::DuplicateGrant`].
    #[must_use]
    pub fn existing(&self) -> Option<GrantId> {
        match self {
            Self::Conflict(Conflict::DuplicateGrant { existing }) => Some(*existing),
            Self::InItem { error, .. } => error.existing(),
            _ => None,
        }
    }

    /// Which of several things it is about, counted from 0.
    #[must_use]
    pub fn item(&self) -> Option<usize> {
        match self {
            Self::InItem { index, .. } => Some(*index),
            _ => None,
        }
    }

    /// The version that the thing has now, for [`UseCaseError::VersionMismatch`].
    #[must_use]
    pub fn current_version(&self) -> Option<Version> {
        match self {
            Self::VersionMismatch { current } => Some(*current),
            Self::InItem { error, .. } => error.current_version(),
            _ => None,
        }
    }

    /// Whether a rule refused it, so that it is recorded in the audit log.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Denied(_) | Self::Hidden(_) | Self::Conflict(_) => true,
            Self::Invalid(invalid) => invalid.by_rule,
            Self::InItem { error, .. } => error.is_refusal(),
            _ => false,
        }
    }
}

fn explain_denial(denial: &Denial) -> &'static str {
    match denial.rule() {
        Rule::PlanIncludesImpersonation => {
            "the organization's plan does not include user impersonation"
        }
        Rule::OwnAccount => {
            "this cannot be done inside a login session; return to your own account first"
        }
        Rule::DifferentAccounts => "that is your own account; no access is needed",
        Rule::ActorActive => "the acting account is not active",
        Rule::ActorInChannel => "there is no such channel; check the identifier",
        Rule::GrantExists => "no grant gives this access; ask whoever manages user impersonation",
        Rule::SameGrant => "the grant of this session is no more; start a new session",
        Rule::SubjectActive => "the account is not active",
        Rule::SubjectNotProtected => "the account is protected and can never be impersonated",
        Rule::AccessGranted => {
            "the grant does not give this type of access; ask whoever manages user impersonation"
        }
        Rule::GrantStarted => "the grant has not started yet",
        Rule::GrantNotExpired => "the grant has expired; ask whoever manages user impersonation",
        Rule::SubjectInChannel => {
            "the account is not a member of this channel, so nothing can be sent there in its name"
        }
    }
}
