//! What things look like on the wire. The only place that knows.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod grants;
pub(crate) mod login_sessions;
pub(crate) mod organization;
pub(crate) mod people;
pub(crate) mod sending;

use impersonation_domain::{ids::UserId, user::User};
use poem_openapi::Object;

use crate::value::Id;

/// A person, as others see them.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Person")]
pub(crate) struct PersonJson {
    /// The user's identifier.
    id: Id<UserId>,
    /// What the person is called.
    name: String,
    /// The email address.
    email: String,
}

impl From<&User> for PersonJson {
    fn from(user: &User) -> Self {
        Self {
            id: Id(user.id()),
            name: user.name().as_str().to_owned(),
            email: user.email().as_str().to_owned(),
        }
    }
}
