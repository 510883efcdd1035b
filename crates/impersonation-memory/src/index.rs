//! What is found before the organization is known.

use async_trait::async_trait;
use impersonation_domain::{
    email::EmailAddress,
    ids::{OrganizationId, UserId},
    organization::Organization,
    ports::{OrganizationIndex, RepositoryError, UnitOfWorkFactory},
    secret::SecretHash,
};

use crate::store::InMemory;

/// Where people are kept in a product's own directory, only organizations of which something is
/// kept in here are found.
#[async_trait]
impl OrganizationIndex for InMemory {
    async fn organizations(&self) -> Result<Vec<Organization>, RepositoryError> {
        let mut organizations: Vec<Organization> = Vec::new();
        for (id, _) in self.tenants() {
            organizations.extend(self.begin_read(id).await?.directory().organization().await?);
        }
        organizations
            .sort_by_cached_key(|found| (found.name().as_str().to_ascii_lowercase(), found.id()));
        Ok(organizations)
    }

    async fn by_token(&self, hash: &SecretHash) -> Result<Option<OrganizationId>, RepositoryError> {
        let found = self.tenants().into_iter().find(|(_, tenant)| tenant.knows_token(hash));
        Ok(found.map(|(id, _)| id))
    }

    async fn accounts_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Vec<(OrganizationId, UserId)>, RepositoryError> {
        let mut accounts = Vec::new();
        for (id, _) in self.tenants() {
            let user = self.begin_read(id).await?.directory().user_by_email(email).await?;
            accounts.extend(user.map(|user| (id, user.id())));
        }
        Ok(accounts)
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        Ok(())
    }
}
