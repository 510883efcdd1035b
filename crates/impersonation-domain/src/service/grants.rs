//! Grants: who may act on whose account.

mod bulk;
mod create;

pub use bulk::{BulkDeleted, BulkPreview, MAX_BULK_ITEMS};
pub use create::{CreateGrant, CreatedGrant, GrantPreview};

use chrono::TimeDelta;

use super::{
    Capability, Credential, Resource, UseCaseError, error::text, family, operation::Operation,
    upkeep::end_unjustified,
};
use crate::{
    access::{AccessType, AccessTypes},
    grant::{Grant, GrantEdit, GrantState},
    ids::{GrantId, UserId},
    ports::{GrantCursor, GrantQuery, GrantSort, GrantView, LiveSessions, Page, PageLimit},
    text::Reason,
    time::Timestamp,
    version::Version,
};

family! {
    /// Grants.
    GrantService
}

/// Which grants to list.
#[derive(Debug, Clone, Default)]
pub struct GrantListRequest {
    /// Only those of which a name, an address or the reason contains this.
    pub search: Option<String>,
    /// Only those that give this.
    pub access: Option<AccessType>,
    /// Only those in this state.
    pub state: Option<GrantState>,
    /// Only those that have not been used for this many days.
    pub unused_for_days: Option<u32>,
    /// Only those of this user granting access.
    pub grantor: Option<UserId>,
    /// Only those of this user receiving access.
    pub grantee: Option<UserId>,
    /// In which order.
    pub sort: GrantSort,
    /// Where to go on.
    pub after: Option<GrantCursor>,
    /// How many at most.
    pub limit: PageLimit,
}

/// What is to change of a grant. `None` leaves a field as it is; `Some(None)` clears it.
#[derive(Debug, Clone, Default)]
pub struct EditGrant {
    /// The access types; an empty list is refused.
    pub access: Option<Vec<AccessType>>,
    /// The reason.
    pub reason: Option<Option<String>>,
    /// The start.
    pub starts_at: Option<Option<Timestamp>>,
    /// The expiry.
    pub expires_at: Option<Option<Timestamp>>,
}

/// A grant that has been changed.
#[derive(Debug, Clone)]
pub struct EditedGrant {
    /// The grant as it is now.
    pub view: GrantView,
    /// How many login sessions ended with the change.
    pub sessions_ended: u64,
}

impl GrantService {
    /// A page of the list.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn list(
        &self,
        credential: &Credential,
        request: GrantListRequest,
    ) -> Result<Page<GrantView, GrantCursor>, UseCaseError> {
        let mut op = Operation::begin_read(&self.ports, credential, Capability::ReadGrants).await?;
        let now = op.ctx.now;
        let query = GrantQuery {
            search: request
                .search
                .map(|search| search.trim().to_owned())
                .filter(|search| !search.is_empty()),
            access: request.access,
            state: request.state,
            unused_since: request
                .unused_for_days
                .map(|days| now - TimeDelta::days(i64::from(days.min(36_500)))),
            grantor: request.grantor,
            grantee: request.grantee,
            sort: request.sort,
            after: request.after,
            limit: request.limit,
            now,
            plan: op.ctx.caller.organization.plan(),
        };
        let result = op.uow.grants().list(&query).await.map_err(UseCaseError::from);
        op.finish(result).await
    }

    /// One grant.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn get(
        &self,
        credential: &Credential,
        id: GrantId,
    ) -> Result<GrantView, UseCaseError> {
        let mut op = Operation::begin_read(&self.ports, credential, Capability::ReadGrants).await?;
        let result = async {
            let grant = find(&mut op, id).await?;
            view(&mut op, grant).await
        }
        .await;
        op.finish(result).await
    }

    /// Changes a grant. A login session that it no longer justifies ends.
    ///
    /// # Errors
    /// [`UseCaseError::VersionMismatch`] where it is no longer in the version that the caller saw,
    /// and others.
    pub async fn edit(
        &self,
        credential: &Credential,
        id: GrantId,
        seen: Version,
        edit: EditGrant,
    ) -> Result<EditedGrant, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::EditGrant).await?;
        let result = self::edit(&mut op, id, seen, edit).await;
        op.finish(result).await
    }

    /// Deletes a grant. Its live login sessions end; the answer is how many.
    ///
    /// # Errors
    /// [`UseCaseError::VersionMismatch`] where it is no longer in the version that the caller saw,
    /// and others.
    pub async fn delete(
        &self,
        credential: &Credential,
        id: GrantId,
        seen: Version,
    ) -> Result<u64, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::DeleteGrant).await?;
        let result = async {
            let grant = find_version(&mut op, id, seen).await?;
            op.about.subject = Some(grant.grantor());
            let stamp = op.ctx.stamp();
            op.uow.grants().delete(grant.delete(&stamp)).await?;
            #[cfg(planted)]
            if crate::planted::Bug::NoCascade.is_active() {
                return Ok(0);
            }
            end_unjustified(&mut *op.uow, sessions_of(id), &stamp).await
        }
        .await;
        op.finish(result).await
    }
}

async fn edit(
    op: &mut Operation,
    id: GrantId,
    seen: Version,
    edit: EditGrant,
) -> Result<EditedGrant, UseCaseError> {
    let grant = find_version(op, id, seen).await?;
    op.about.subject = Some(grant.grantor());
    op.about.grant = Some(grant.reference());
    let edit = GrantEdit {
        access: edit.access.map(AccessTypes::new).transpose()?,
        reason: match edit.reason {
            Some(Some(reason)) => Some(Some(text("reason", || Reason::new(&reason))?)),
            Some(None) => Some(None),
            None => None,
        },
        starts_at: edit.starts_at,
        expires_at: edit.expires_at,
    };
    let stamp = op.ctx.stamp();
    let unchanged = grant.clone();
    let (grant, sessions_ended) = match grant.edit(edit, &stamp)? {
        None => (unchanged, 0),
        Some(edited) => {
            let grant = op.uow.grants().save(edited).await?;
            #[cfg(planted)]
            if crate::planted::Bug::NarrowingKeepsSessions.is_active() {
                return Ok(EditedGrant { view: view(op, grant).await?, sessions_ended: 0 });
            }
            (grant, end_unjustified(&mut *op.uow, sessions_of(id), &stamp).await?)
        }
    };
    Ok(EditedGrant { view: view(op, grant).await?, sessions_ended })
}

fn sessions_of(grant: GrantId) -> LiveSessions {
    LiveSessions { grant: Some(grant), ..LiveSessions::default() }
}

async fn find(op: &mut Operation, id: GrantId) -> Result<Grant, UseCaseError> {
    op.uow.grants().grant(id).await?.ok_or(UseCaseError::NotFound(Resource::Grant))
}

async fn find_version(
    op: &mut Operation,
    id: GrantId,
    seen: Version,
) -> Result<Grant, UseCaseError> {
    let grant = find(op, id).await?;
    if grant.version() == seen {
        Ok(grant)
    } else {
        Err(UseCaseError::VersionMismatch { current: grant.version() })
    }
}

/// The grant with its two people and its state.
async fn view(op: &mut Operation, grant: Grant) -> Result<GrantView, UseCaseError> {
    let missing = || UseCaseError::NotFound(Resource::User);
    let grantor = op.uow.directory().user(grant.grantor()).await?.ok_or_else(missing)?;
    let grantee = op.uow.directory().user(grant.grantee()).await?.ok_or_else(missing)?;
    let state =
        GrantState::of(&grant, op.ctx.caller.organization.plan(), &grantor, &grantee, op.ctx.now);
    Ok(GrantView { grant, grantor, grantee, state })
}
