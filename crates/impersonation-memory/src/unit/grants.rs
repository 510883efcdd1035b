//! Grants, one by one.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    grant::{Grant, GrantRecord},
    ids::{GrantId, UserId},
    ports::{
        Constraint, GrantCursor, GrantQuery, GrantRepository, GrantView, Page, RepositoryError,
    },
    time::{Timestamp, to_microseconds},
};

use super::Unit;
use crate::tenant::{check_organization, check_version};

#[async_trait]
impl GrantRepository for Unit {
    async fn grant(&mut self, id: GrantId) -> Result<Option<Grant>, RepositoryError> {
        Ok(self.tenant.grants.get(&id).cloned())
    }

    async fn of_pair(
        &mut self,
        grantor: UserId,
        grantee: UserId,
    ) -> Result<Option<Grant>, RepositoryError> {
        let mut grants = self.tenant.grants.values();
        let found = grants.find(|grant| grant.grantor() == grantor && grant.grantee() == grantee);
        Ok(found.cloned())
    }

    async fn received_by(&mut self, grantee: UserId) -> Result<Vec<Grant>, RepositoryError> {
        let grants = self.tenant.grants.values();
        Ok(grants.filter(|grant| grant.grantee() == grantee).cloned().collect())
    }

    async fn granted_by(&mut self, grantor: UserId) -> Result<Vec<Grant>, RepositoryError> {
        let grants = self.tenant.grants.values();
        Ok(grants.filter(|grant| grant.grantor() == grantor).cloned().collect())
    }

    async fn list(
        &mut self,
        query: &GrantQuery,
    ) -> Result<Page<GrantView, GrantCursor>, RepositoryError> {
        self.list_grants(query).await
    }

    async fn save(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError> {
        check_organization(self.organization, grant.value().record().organization)?;
        self.record(grant, |tenant, grant| {
            check_version(tenant.grants.get(&grant.id()).map(Grant::version), grant.version())?;
            let taken = tenant.grants.values().any(|other| {
                other.id() != grant.id()
                    && other.grantor() == grant.grantor()
                    && other.grantee() == grant.grantee()
            });
            if taken {
                return Err(RepositoryError::Duplicate(Constraint::GrantPair));
            }
            tenant.grants.insert(grant.id(), grant);
            Ok(())
        })
    }

    async fn delete(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError> {
        self.record(grant, |tenant, grant| {
            if tenant.grants.get(&grant.id()).map(Grant::version) != Some(grant.version()) {
                return Err(RepositoryError::Stale);
            }
            tenant.grants.remove(&grant.id());
            Ok(())
        })
    }

    async fn mark_used(&mut self, id: GrantId, at: Timestamp) -> Result<(), RepositoryError> {
        let tenant = self.change()?;
        let Some(record) = tenant.grants.get(&id).map(|grant| grant.record().clone()) else {
            return Ok(());
        };
        let record = GrantRecord { last_used_at: Some(to_microseconds(at)), ..record };
        let used = Grant::from_record(record)
            .map_err(|source| RepositoryError::corrupt("grants", "grantee", &id, source))?;
        tenant.grants.insert(id, used);
        Ok(())
    }
}
