//! Where an organization's audit log ends: read under the lock, written last of all.

use impersonation_domain::{
    audit::AuditHead,
    ids::{OrganizationId, TypedId},
    ports::RepositoryError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, LockType},
};

use super::{Log, Refusal, Unit, statements::select};
use crate::{
    bounded::Transaction,
    entity::{
        micros, number,
        organization::{self, Column},
    },
    error::{self, Fault},
};

/// Whether to lock the organization's row until the end of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Others wait.
    Row,
    /// There is no need to, or the whole database is locked anyway.
    Nothing,
}

/// Where the organization's log ends, if there is an organization.
pub(crate) async fn read_head(
    transaction: &Transaction,
    organization: OrganizationId,
    lock: Lock,
) -> Result<Option<AuditHead>, RepositoryError> {
    let mut query = select(organization::Entity::find_by_id(organization.uuid()));
    if lock == Lock::Row {
        query.lock(LockType::Update);
    }
    let row = transaction.query_one(&query).await.map_err(error::repository)?;
    row.as_ref().map(organization::read_head).transpose()
}

impl Unit {
    /// Writes what is left of the log, and then, last of all, where it ends.
    pub(super) async fn write_log(&mut self) -> Result<(), RepositoryError> {
        let Log::Writing { ledger, at_first, .. } = &self.log else { return Ok(()) };
        let head = ledger.head();
        if head == *at_first {
            return Ok(());
        }
        // Without an organization there is no log, and what cannot be recorded does not happen.
        if !self.exists {
            return Err(Refusal::NoOrganization.into());
        }
        self.flush().await?;
        self.start()?;
        let done = self.write_head(&head).await;
        self.finish(done)
    }

    async fn write_head(&self, head: &AuditHead) -> Result<(), Fault> {
        let result = organization::Entity::update_many()
            .col_expr(Column::AuditSequence, Expr::val(number(head.sequence)?))
            .col_expr(Column::AuditHash, Expr::val(head.hash.0.to_vec()))
            .col_expr(Column::AuditAt, Expr::val(head.at.map(micros)))
            .col_expr(Column::PolicyRevision, Expr::val(number(head.policy_revision)?))
            .filter(Column::Id.eq(self.tenant()))
            .exec(&self.transaction)
            .await?;
        if result.rows_affected == 1 {
            Ok(())
        } else {
            Err(Fault::Failed(Refusal::NoOrganization.into()))
        }
    }
}
