//! A bug that is put in on purpose: see `impersonation_domain::planted`.

use impersonation_domain::ports::RepositoryError;

use super::{Refusal, Unit};
use crate::{bounded::Pool, error};

impl Unit {
    /// The same, knowing its pool.
    pub(crate) fn on(mut self, pool: &Pool) -> Self {
        self.pool = Some(pool.clone());
        self
    }

    /// Commits what was changed, and then, in another transaction, the events of it.
    pub(super) async fn commit_before_its_events(self) -> Result<(), RepositoryError> {
        let Self { transaction, organization, exists, log, _turn, pool, .. } = self;
        let pool = pool.ok_or(Refusal::ReadOnly)?;
        transaction.commit().await.map_err(error::repository)?;
        let transaction = pool.begin().await.map_err(error::repository)?;
        let mut rest =
            Self { transaction, organization, exists, log, broken: false, _turn, pool: None };
        rest.write_log().await?;
        rest.transaction.commit().await.map_err(error::repository)
    }
}
