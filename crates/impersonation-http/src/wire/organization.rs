//! Organizations.

use impersonation_domain::{
    ids::OrganizationId,
    organization::Organization,
    plan::Plan,
    service::{CreatedOrganization, NewOrganization},
};
use poem_openapi::Object;
use serde::{Deserialize, Deserializer};

use super::PersonJson;
use crate::{
    request::{JsonBody, Strict},
    value::{Id, Moment, Word},
};

/// An organization.
#[derive(Debug, Object)]
#[oai(rename = "Organization")]
pub(crate) struct OrganizationJson {
    /// Its identifier.
    id: Id<OrganizationId>,
    /// What it is called.
    name: String,
    /// Its plan.
    plan: Word<Plan>,
    /// The longest that a login session may last, in minutes.
    login_session_minutes: u16,
    /// Raised by each change.
    version: u64,
    /// When it was set up.
    created_at: Moment,
}

impl From<&Organization> for OrganizationJson {
    fn from(organization: &Organization) -> Self {
        Self {
            id: Id(organization.id()),
            name: organization.name().as_str().to_owned(),
            plan: Word(organization.plan()),
            login_session_minutes: organization.login_session_limit().minutes(),
            version: organization.version().get(),
            created_at: Moment(organization.record().created_at),
        }
    }
}

/// What is to change of the organization. What is left out stays.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditOrganization {
    /// What it is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub(crate) name: Option<String>,
    /// The longest that a login session may last: 5 to 480 minutes.
    #[oai(validator(minimum(value = "5"), maximum(value = "480")))]
    pub(crate) login_session_minutes: Option<u16>,
}
impl JsonBody for EditOrganization {}

/// The first administrator of an organization.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstAdmin {
    /// What the person is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// The email address.
    #[oai(validator(min_length = 3, max_length = 254))]
    email: String,
    /// The password: 12 to 256 characters.
    #[oai(validator(min_length = 12, max_length = 256))]
    password: String,
}

/// A new organization.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateOrganization {
    /// What it is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// Its plan.
    plan: Word<Plan>,
    /// Its first administrator.
    #[serde(deserialize_with = "object")]
    admin: FirstAdmin,
}
impl JsonBody for CreateOrganization {}

fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Strict::deserialize(deserializer).map(|object| object.0)
}

impl CreateOrganization {
    /// Where the fields of [`NewOrganization`] are in this body.
    pub(crate) const POINTERS: &'static [(&'static str, &'static str)] = &[
        ("/admin_name", "/admin/name"),
        ("/email", "/admin/email"),
        ("/password", "/admin/password"),
    ];
}

impl From<CreateOrganization> for NewOrganization {
    fn from(request: CreateOrganization) -> Self {
        Self {
            name: request.name,
            plan: request.plan.0,
            admin_name: request.admin.name,
            admin_email: request.admin.email,
            admin_password: request.admin.password,
        }
    }
}

/// The plan that an organization is to have.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPlan {
    /// The plan.
    pub(crate) plan: Word<Plan>,
}
impl JsonBody for SetPlan {}

/// The first organization, and its first administrator.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetUp {
    /// What the organization is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    organization_name: String,
    /// Its plan; Enterprise, which has everything, if absent.
    plan: Option<Word<Plan>>,
    /// What the administrator is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    admin_name: String,
    /// The administrator's email address.
    #[oai(validator(min_length = 3, max_length = 254))]
    admin_email: String,
    /// The administrator's password: 12 to 256 characters.
    #[oai(validator(min_length = 12, max_length = 256))]
    admin_password: String,
}
impl JsonBody for SetUp {}

impl SetUp {
    /// Where the fields of [`NewOrganization`] are in this body.
    pub(crate) const POINTERS: &'static [(&'static str, &'static str)] = &[
        ("/name", "/organization_name"),
        ("/email", "/admin_email"),
        ("/password", "/admin_password"),
    ];
}

impl From<SetUp> for NewOrganization {
    fn from(request: SetUp) -> Self {
        Self {
            name: request.organization_name,
            plan: request.plan.map_or(Plan::Enterprise, |word| word.0),
            admin_name: request.admin_name,
            admin_email: request.admin_email,
            admin_password: request.admin_password,
        }
    }
}

/// How to set up the installation.
#[derive(Object)]
pub(crate) struct SetUpInstructions {
    /// What to do.
    detail: String,
    /// An example of what to post here.
    example: SetUpExample,
}

/// An example of what to post.
#[derive(Object)]
struct SetUpExample {
    /// What the organization is called.
    organization_name: String,
    /// Its plan.
    plan: Word<Plan>,
    /// What the administrator is called.
    admin_name: String,
    /// The administrator's email address.
    admin_email: String,
    /// The administrator's password.
    admin_password: String,
}

impl Default for SetUpInstructions {
    fn default() -> Self {
        Self {
            detail: "make the first organization and its administrator: POST an object like `example` to this \
                     address, as application/json; afterwards this address is gone, and the administrator signs in \
                     with POST /api/v1/sign-in"
                .to_owned(),
            example: SetUpExample {
                organization_name: "Acme".to_owned(),
                plan: Word(Plan::Enterprise),
                admin_name: "Ada Lovelace".to_owned(),
                admin_email: "ada@acme.example".to_owned(),
                admin_password: "at least 12 characters".to_owned(),
            },
        }
    }
}

/// An organization that has just been made.
#[derive(Object)]
#[oai(rename = "CreatedOrganization")]
pub(crate) struct CreatedOrganizationJson {
    #[oai(flatten)]
    organization: OrganizationJson,
    /// Its first administrator.
    admin: PersonJson,
}

impl From<&CreatedOrganization> for CreatedOrganizationJson {
    fn from(created: &CreatedOrganization) -> Self {
        Self { organization: (&created.organization).into(), admin: (&created.admin).into() }
    }
}
