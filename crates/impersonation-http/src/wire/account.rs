//! One's own account.

use impersonation_domain::{
    access::AccessType,
    ids::{GrantId, LoginSessionId, OrganizationId, RoleId},
    plan::Plan,
    role::Permission,
    service::{self, Account, Delegates, Me, SignedIn},
};
use poem_openapi::Object;
use serde::Deserialize;

use super::{PersonJson, grants::GrantJson, login_sessions::LoginSessionJson};
use crate::{
    request::JsonBody,
    value::{Id, Moment, Word},
};

/// Who signs in.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInRequest {
    /// The email address.
    pub(crate) email: String,
    /// The password.
    pub(crate) password: String,
    /// Which organization, where the address has accounts in several.
    pub(crate) organization_id: Option<Id<OrganizationId>>,
}
impl JsonBody for SignInRequest {}

/// A session of one's own.
#[derive(Object)]
#[oai(rename = "SignedIn")]
pub(crate) struct SignedInJson {
    /// The token, for `Authorization: Bearer`. It is shown this once.
    token: String,
    /// When the session ends by itself.
    expires_at: Moment,
    /// Who signed in.
    user: PersonJson,
}

impl From<SignedIn> for SignedInJson {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            token: signed_in.token.reveal().to_owned(),
            expires_at: Moment(signed_in.sign_in.expires_at),
            user: (&signed_in.user).into(),
        }
    }
}

/// A new password of one's own.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    /// The password that one has.
    pub(crate) current_password: String,
    /// The password that one wants: 12 to 256 characters.
    #[oai(validator(min_length = 12, max_length = 256))]
    pub(crate) new_password: String,
}
impl JsonBody for ChangePassword {}

/// Who is asking, and as whom.
#[derive(Object)]
#[oai(rename = "Me")]
pub(crate) struct MeJson {
    /// The person at the keyboard.
    actor: PersonJson,
    /// The account that is used: the person's own, or inside a login session another.
    subject: PersonJson,
    /// The role of that account.
    role: MyRole,
    /// The login session, if this is one.
    login_session: Option<CurrentLoginSession>,
    /// What may be done beyond using the account; nothing inside a login session.
    permissions: Vec<Word<Permission>>,
    /// The organization.
    organization: MyOrganization,
}

/// The role of the account that is used.
#[derive(Object)]
struct MyRole {
    /// Its identifier.
    id: Id<RoleId>,
    /// What it is called.
    name: String,
}

/// The organization, in short.
#[derive(Object)]
struct MyOrganization {
    /// Its identifier.
    id: Id<OrganizationId>,
    /// What it is called.
    name: String,
    /// Its plan.
    plan: Word<Plan>,
}

/// The login session that one is in.
#[derive(Object)]
pub(crate) struct CurrentLoginSession {
    /// Its identifier.
    id: Id<LoginSessionId>,
    /// When it began.
    started_at: Moment,
    /// When it ends by itself at the latest.
    expires_at: Moment,
    /// The grant that allows it.
    grant_id: Id<GrantId>,
    /// The version of the grant that allows it now.
    grant_version: u64,
}

impl From<&service::CurrentLoginSession> for CurrentLoginSession {
    fn from(current: &service::CurrentLoginSession) -> Self {
        let record = current.session.record();
        Self {
            id: Id(record.id),
            started_at: Moment(record.started_at),
            expires_at: Moment(record.expires_at),
            grant_id: Id(current.grant.id),
            grant_version: current.grant.version.get(),
        }
    }
}

impl From<Me> for MeJson {
    fn from(me: Me) -> Self {
        let organization = &me.organization;
        Self {
            actor: (&me.actor).into(),
            subject: (&me.subject).into(),
            role: MyRole { id: Id(me.role.id()), name: me.role.record().name.as_str().to_owned() },
            login_session: me.login_session.as_ref().map(Into::into),
            permissions: me.permissions.iter().copied().map(Word).collect(),
            organization: MyOrganization {
                id: Id(organization.id()),
                name: organization.name().as_str().to_owned(),
                plan: Word(organization.plan()),
            },
        }
    }
}

/// An account that one may act on now.
#[derive(Debug, Object)]
#[oai(rename = "Account")]
pub(crate) struct AccountJson {
    /// The grant that allows it.
    grant_id: Id<GrantId>,
    /// In which version.
    grant_version: u64,
    /// Whose account it is.
    user: PersonJson,
    /// What is allowed now.
    access: Vec<Word<AccessType>>,
}

impl From<Account> for AccountJson {
    fn from(account: Account) -> Self {
        Self {
            grant_id: Id(account.grant.id()),
            grant_version: account.grant.version().get(),
            user: (&account.user).into(),
            access: account.access.iter().map(Word).collect(),
        }
    }
}

/// Who may act on one's account, and who did.
#[derive(Object)]
#[oai(rename = "Delegates")]
pub(crate) struct DelegatesJson {
    /// Every grant on the account, whether or not it holds now.
    may_act: Vec<GrantJson>,
    /// The login sessions on the account that are live.
    live: Vec<LoginSessionJson>,
    /// The latest login sessions on the account that have ended.
    past: Vec<LoginSessionJson>,
}

impl From<Delegates> for DelegatesJson {
    fn from(delegates: Delegates) -> Self {
        Self {
            may_act: delegates.may_act.iter().map(Into::into).collect(),
            live: delegates.live.iter().map(Into::into).collect(),
            past: delegates.past.iter().map(Into::into).collect(),
        }
    }
}
