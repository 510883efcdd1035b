//! Users, roles and API tokens.

use std::collections::BTreeSet;

use impersonation_domain::{
    credential::ApiToken,
    ids::{RoleId, TokenId, UserId},
    role::{Permission, Role, RoleKind},
    service::{CreateUser, CreatedToken, EditUser, RoleView, UserView},
    user::UserStatus,
};
use poem_openapi::Object;
use serde::Deserialize;

use crate::{
    request::JsonBody,
    value::{Id, Moment, Word},
};

/// The role of a user.
#[derive(Debug, Object)]
#[oai(rename = "UserRole")]
struct UserRole {
    /// Its identifier.
    id: Id<RoleId>,
    /// What it is called.
    name: String,
    /// Built in or custom.
    kind: Word<RoleKind>,
}

impl From<&Role> for UserRole {
    fn from(role: &Role) -> Self {
        Self {
            id: Id(role.id()),
            name: role.record().name.as_str().to_owned(),
            kind: Word(role.kind()),
        }
    }
}

/// A user.
#[derive(Debug, Object)]
#[oai(rename = "User")]
pub(crate) struct UserJson {
    /// The identifier.
    id: Id<UserId>,
    /// What the person is called.
    name: String,
    /// The email address.
    email: String,
    /// The role.
    role: UserRole,
    /// Whether the account is in use.
    status: Word<UserStatus>,
    /// Whether the account is never to be impersonated.
    protected: bool,
    /// Raised by each change.
    version: u64,
    /// When the user was made.
    created_at: Moment,
}

impl From<&UserView> for UserJson {
    fn from(view: &UserView) -> Self {
        let user = view.user.record();
        Self {
            id: Id(user.id),
            name: user.name.as_str().to_owned(),
            email: user.email.as_str().to_owned(),
            role: (&view.role).into(),
            status: Word(user.status),
            protected: user.protected,
            version: user.version.get(),
            created_at: Moment(user.created_at),
        }
    }
}

/// A new user.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUserRequest {
    /// What the person is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// The email address.
    #[oai(validator(min_length = 3, max_length = 254))]
    email: String,
    /// The role; Member if absent.
    role_id: Option<Id<RoleId>>,
    /// The first password; without one the user cannot sign in until one is set.
    #[oai(validator(min_length = 12, max_length = 256))]
    password: Option<String>,
}
impl JsonBody for CreateUserRequest {}

impl From<CreateUserRequest> for CreateUser {
    fn from(request: CreateUserRequest) -> Self {
        Self {
            name: request.name,
            email: request.email,
            role_id: request.role_id.map(|id| id.0),
            password: request.password,
        }
    }
}

/// What is to change of a user. What is left out stays.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditUserRequest {
    /// What the person is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: Option<String>,
    /// The role.
    role_id: Option<Id<RoleId>>,
    /// `active` or `deactivated`.
    status: Option<Word<UserStatus>>,
    /// Whether the account is never to be impersonated.
    protected: Option<bool>,
}
impl JsonBody for EditUserRequest {}

impl From<EditUserRequest> for EditUser {
    fn from(request: EditUserRequest) -> Self {
        Self {
            name: request.name,
            role_id: request.role_id.map(|id| id.0),
            status: request.status.map(|word| word.0),
            protected: request.protected,
        }
    }
}

/// A new password for somebody else.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPassword {
    /// The password: 12 to 256 characters.
    #[oai(validator(min_length = 12, max_length = 256))]
    pub(crate) new_password: String,
}
impl JsonBody for SetPassword {}

/// A role.
#[derive(Debug, Object)]
#[oai(rename = "Role")]
pub(crate) struct RoleJson {
    /// Its identifier.
    id: Id<RoleId>,
    /// What it is called.
    name: String,
    /// Built in or custom.
    kind: Word<RoleKind>,
    /// What is switched on.
    permissions: Vec<Word<Permission>>,
    /// What its holders may do on the organization's plan.
    effective_permissions: Vec<Word<Permission>>,
    /// How many users hold it.
    holders: u64,
    /// Raised by each change.
    version: u64,
    /// When it was made.
    created_at: Moment,
}

impl From<&RoleView> for RoleJson {
    fn from(view: &RoleView) -> Self {
        let role = view.role.record();
        Self {
            id: Id(role.id),
            name: role.name.as_str().to_owned(),
            kind: Word(role.kind),
            permissions: role.permissions.iter().copied().map(Word).collect(),
            effective_permissions: view.effective.iter().copied().map(Word).collect(),
            holders: view.holders,
            version: role.version.get(),
            created_at: Moment(role.created_at),
        }
    }
}

/// A new role.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateRole {
    /// What it is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub(crate) name: String,
    /// What is switched on.
    pub(crate) permissions: Vec<Word<Permission>>,
}
impl JsonBody for CreateRole {}

/// What is to change of a role. What is left out stays.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditRole {
    /// What it is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub(crate) name: Option<String>,
    /// What is switched on.
    pub(crate) permissions: Option<Vec<Word<Permission>>>,
}
impl JsonBody for EditRole {}

/// The set of the words.
pub(crate) fn permissions(words: Vec<Word<Permission>>) -> BTreeSet<Permission> {
    words.into_iter().map(|word| word.0).collect()
}

/// An API token, without the token itself.
#[derive(Debug, Object)]
#[oai(rename = "Token")]
pub(crate) struct TokenJson {
    /// Its identifier.
    id: Id<TokenId>,
    /// What it is for.
    name: String,
    /// As whom it acts.
    user_id: Id<UserId>,
    /// When it was made.
    created_at: Moment,
    /// When it ends by itself.
    expires_at: Moment,
}

impl From<&ApiToken> for TokenJson {
    fn from(token: &ApiToken) -> Self {
        Self {
            id: Id(token.id),
            name: token.name.as_str().to_owned(),
            user_id: Id(token.user),
            created_at: Moment(token.created_at),
            expires_at: Moment(token.expires_at),
        }
    }
}

/// A new API token.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateToken {
    /// What it is for.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub(crate) name: String,
    /// When it ends by itself: in 90 days if absent, in 366 at most.
    pub(crate) expires_at: Option<Moment>,
}
impl JsonBody for CreateToken {}

/// An API token that has just been made.
#[derive(Object)]
#[oai(rename = "CreatedToken")]
pub(crate) struct CreatedTokenJson {
    /// Its identifier.
    id: Id<TokenId>,
    /// What it is for.
    name: String,
    /// The token, for `Authorization: Bearer`. It is shown this once.
    token: String,
    /// When it ends by itself.
    expires_at: Moment,
}

impl From<&CreatedToken> for CreatedTokenJson {
    fn from(created: &CreatedToken) -> Self {
        Self {
            id: Id(created.token.id),
            name: created.token.name.as_str().to_owned(),
            token: created.secret.reveal().to_owned(),
            expires_at: Moment(created.token.expires_at),
        }
    }
}
