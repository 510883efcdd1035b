//! The organization and its settings.

use poem_openapi::OpenApi;

use super::{BASE, EditOne, Family, Read};
use crate::{
    reply::{Refused, Reply, Versioned},
    request::{Body, Caller, IfMatch},
    wire::organization::{EditOrganization, OrganizationJson},
};

pub(super) struct Api;

#[OpenApi(prefix_path = BASE, tag = "Family::Organization")]
impl Api {
    /// Read the organization
    #[oai(path = "/organization", method = "get", operation_id = "get_organization")]
    async fn get(
        &self,
        caller: Caller,
    ) -> Result<Reply<OrganizationJson, Versioned>, Refused<Read>> {
        let organization = caller.service().organization().get(&caller.credential).await?;
        Ok(Reply::versioned(&(&organization).into(), organization.version()))
    }

    /// Change the organization's settings
    ///
    /// The plan is the operator's to change. Sessions that run keep the limit that they started with.
    #[oai(path = "/organization", method = "patch", operation_id = "edit_organization")]
    async fn edit(
        &self,
        caller: Caller,
        /// The version that was seen: its `ETag`.
        #[oai(name = "If-Match")]
        seen: IfMatch,
        body: Body<EditOrganization>,
    ) -> Result<Reply<OrganizationJson, Versioned>, Refused<EditOne>> {
        let service = caller.service().organization();
        let current = async { Ok(service.get(&caller.credential).await?.version()) };
        let seen = seen.version::<Refused<EditOne>>(current).await?;
        let EditOrganization { name, login_session_minutes } = body.value;
        let organization =
            service.edit(&caller.credential, seen, name, login_session_minutes).await?;
        Ok(Reply::versioned(&(&organization).into(), organization.version()))
    }
}
