//! The organization and its settings.

use super::{Capability, Credential, UseCaseError, error::text, family, operation::Operation};
use crate::{
    organization::{LoginSessionLimit, Organization},
    text::Name,
    version::Version,
};

family! {
    /// The organization and its settings.
    OrganizationService
}

impl OrganizationService {
    /// The organization that one belongs to.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn get(&self, credential: &Credential) -> Result<Organization, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ReadOrganization).await?;
        let result = op.record_read("organization", None, None).await;
        let organization = op.ctx.caller.organization.clone();
        op.finish(result.map(|()| organization)).await
    }

    /// Makes sure that the caller may administer the organization, before a page is shown that is for
    /// administrators alone. That nobody else sees it is recorded like any refusal.
    ///
    /// # Errors
    /// [`super::Refusal`] and others.
    pub async fn administer(&self, credential: &Credential) -> Result<(), UseCaseError> {
        Operation::admit(&self.ports, credential, Capability::Administer).await
    }

    /// Changes name and settings. The plan is the operator's to change.
    ///
    /// # Errors
    /// [`UseCaseError::VersionMismatch`] and others.
    pub async fn edit(
        &self,
        credential: &Credential,
        seen: Version,
        name: Option<String>,
        login_session_minutes: Option<u16>,
    ) -> Result<Organization, UseCaseError> {
        let mut op =
            Operation::begin(&self.ports, credential, Capability::EditOrganization).await?;
        let result = async {
            let organization = op.ctx.caller.organization.clone();
            if organization.version() != seen {
                return Err(UseCaseError::VersionMismatch { current: organization.version() });
            }
            let name = name.map(|name| text("name", || Name::new(&name))).transpose()?;
            let limit = login_session_minutes.map(LoginSessionLimit::try_from).transpose()?;
            let edited = organization.clone().edit(name, limit, &op.ctx.stamp());
            if edited.value().has_same_settings(&organization) {
                return Ok(organization);
            }
            Ok(op.uow.directory_store().save_organization(edited).await?)
        }
        .await;
        op.finish(result).await
    }
}
