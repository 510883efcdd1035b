//! What the operator of the installation does, and setting it up.

use impersonation_domain::{
    ids::OrganizationId,
    secret::Secret,
    service::{Conflict, CreatedOrganization, NewOrganization, UseCaseError},
};
use poem_openapi::OpenApi;

use super::{BASE, Family, OperatorChange, OperatorRead, SetUpChange, SetUpRead};
use crate::{
    problem::Problem,
    reply::{Items, Made, New, Plain, Refused, Reply},
    request::{Anyone, Body, LastPart, Operator, Path},
    wire::organization::{
        CreateOrganization, CreatedOrganizationJson, OrganizationJson, SetPlan, SetUp,
        SetUpInstructions,
    },
};

pub(super) struct Api;

fn made(created: &CreatedOrganization) -> Made<CreatedOrganizationJson> {
    let location = format!("{BASE}/operator/organizations/{}", created.organization.id());
    Made { location, version: None, body: created.into() }
}

/// Whether the link is the one that was printed, and there is still nothing set up.
async fn check_link(anyone: &Anyone, token: &LastPart) -> Result<(), Problem> {
    let presented = Secret::parse(&token.0).ok().map(|token| token.hash());
    let is_link = presented.is_some_and(|hash| anyone.app.settings().set_up_token == Some(hash));
    if is_link && anyone.app.service().operator().is_empty().await? {
        Ok(())
    } else {
        Err(Problem::not_found())
    }
}

#[OpenApi(prefix_path = BASE, tag = "Family::Operator")]
impl Api {
    /// List organizations
    #[oai(path = "/operator/organizations", method = "get", operation_id = "list_organizations")]
    async fn list(
        &self,
        operator: Operator,
    ) -> Result<Reply<Items<OrganizationJson>, Plain>, Refused<OperatorRead>> {
        let organizations = operator.app.service().operator().organizations().await?;
        Ok(Items::all(organizations.iter().map(Into::into)).into())
    }

    /// Make an organization
    ///
    /// With its built-in roles and its first administrator.
    #[oai(path = "/operator/organizations", method = "post", operation_id = "create_organization")]
    async fn create(
        &self,
        operator: Operator,
        body: Body<CreateOrganization>,
    ) -> Result<Reply<CreatedOrganizationJson, New>, Refused<OperatorChange>> {
        let service = operator.app.service().operator();
        let created = service.create_organization(body.value.into(), false, &operator.origin).await;
        let created =
            created.map_err(|error| Problem::from(error).moved(CreateOrganization::POINTERS))?;
        Ok(Reply::<_, New>::new(&made(&created)))
    }

    /// Change an organization's plan
    ///
    /// On Individual its grants are suspended and every login session ends; nothing is deleted.
    #[oai(
        path = "/operator/organizations/:id",
        method = "patch",
        operation_id = "set_organization_plan"
    )]
    async fn set_plan(
        &self,
        operator: Operator,
        /// Which organization.
        id: Path<OrganizationId>,
        body: Body<SetPlan>,
    ) -> Result<Reply<OrganizationJson, Plain>, Refused<OperatorChange>> {
        let service = operator.app.service().operator();
        let organization = service.set_plan(id.0, body.value.plan.0, &operator.origin).await?;
        Ok(OrganizationJson::from(&organization).into())
    }

    /// How to set up the installation
    ///
    /// The link is printed when the server starts on an empty store, and works once.
    #[oai(path = "/set-up/:token", method = "get", operation_id = "get_set_up")]
    async fn explain_set_up(
        &self,
        anyone: Anyone,
        /// The token in the link.
        token: LastPart,
    ) -> Result<Reply<SetUpInstructions, Plain>, Refused<SetUpRead>> {
        check_link(&anyone, &token).await?;
        Ok(SetUpInstructions::default().into())
    }

    /// Set up the installation
    ///
    /// Makes the first organization and its administrator. Afterwards the link is gone.
    #[oai(path = "/set-up/:token", method = "post", operation_id = "set_up")]
    async fn set_up(
        &self,
        anyone: Anyone,
        /// The token in the link.
        token: LastPart,
        body: Body<SetUp>,
    ) -> Result<Reply<CreatedOrganizationJson, New>, Refused<SetUpChange>> {
        check_link(&anyone, &token).await?;
        let new: NewOrganization = body.value.into();
        let service = anyone.app.service().operator();
        let created = service.create_organization(new, true, &anyone.context.origin()).await;
        let created = created.map_err(|error| match error {
            // Somebody else was faster: the link is gone.
            UseCaseError::Conflict(Conflict::AlreadySetUp) => Problem::not_found(),
            error => Problem::from(error).moved(SetUp::POINTERS),
        })?;
        Ok(Reply::<_, New>::new(&made(&created)))
    }
}
