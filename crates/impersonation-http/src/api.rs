//! The operations, family by family. They translate: every rule is in the domain.

mod account;
mod audit;
mod bulk;
mod channels;
mod grants;
mod login_sessions;
mod messages;
mod operator;
mod organization;
mod people;
mod roles;
mod sign_in;
mod system;
mod tokens;

use poem_openapi::{LicenseObject, OpenApi, OpenApiService, Tags};

use crate::reply::statuses;

/// Where all but the health checks are.
const BASE: &str = "/api/v1";

/// Families of operations.
#[derive(Tags)]
enum Family {
    /// Signing in, and one's own account.
    Account,
    /// Who may act on whose account.
    Grants,
    /// Being logged in as somebody else.
    #[oai(rename = "Login sessions")]
    LoginSessions,
    /// Channels, messages and files.
    Channels,
    /// What happened, and what would be decided.
    Audit,
    /// Users.
    Users,
    /// Roles.
    Roles,
    /// API tokens for programs.
    Tokens,
    /// The organization and its settings.
    Organization,
    /// The operator of the installation.
    Operator,
    /// The server itself.
    Server,
}

statuses! {
    /// What anybody may ask.
    Public = [400, 500];
    /// What may be read.
    Read = [400, 401, 403, 500, 503];
    /// One thing that may be read.
    ReadOne = [400, 401, 403, 404, 500, 503];
    /// What makes something.
    Create = [400, 401, 403, 404, 409, 413, 415, 422, 500, 503];
    /// A question in a body.
    Ask = [400, 401, 403, 413, 415, 422, 500, 503];
    /// What is done without a body.
    Act = [400, 401, 403, 404, 409, 500, 503];
    /// What changes a version of something.
    Edit = [400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 500, 503];
    /// What deletes a version of something.
    Delete = [400, 401, 403, 404, 409, 412, 422, 428, 500, 503];
    /// Signing in.
    SignIn = [400, 401, 409, 413, 415, 422, 429, 500, 503];
    /// Changing one's password.
    ChangePassword = [400, 401, 403, 413, 415, 422, 429, 500, 503];
    /// Deleting many things at once.
    Bulk = [400, 401, 403, 404, 409, 412, 413, 415, 422, 500, 503];
    /// What the operator reads.
    OperatorRead = [400, 401, 404, 500, 503];
    /// What the operator changes.
    OperatorChange = [400, 401, 404, 409, 413, 415, 422, 500, 503];
    /// What changes the organization.
    EditOne = [400, 401, 403, 412, 413, 415, 422, 428, 500, 503];
    /// What the set-up link says.
    SetUpRead = [400, 404, 500, 503];
    /// What the set-up link does.
    SetUpChange = [400, 404, 413, 415, 422, 500, 503];
}

/// All operations.
pub(crate) fn service() -> OpenApiService<impl OpenApi, ()> {
    let people = (people::Api, roles::Api, tokens::Api, organization::Api, operator::Api);
    let impersonation = (sign_in::Api, account::Api, grants::Api, bulk::Api, login_sessions::Api);
    let work = (channels::Api, messages::Api, audit::Api, system::Api);
    let apis = (impersonation, work, people);
    OpenApiService::new(apis, "Impersonation", env!("CARGO_PKG_VERSION"))
        .description(include_str!("api/description.md"))
        .license(LicenseObject::new("MIT OR Apache-2.0"))
        .server("/")
}
