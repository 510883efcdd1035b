//! Deleting many grants at once (design rule 3.9).

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::{GrantService, find_version};
use crate::{
    grant::{Grant, GrantState},
    ids::{BatchId, GrantId, TypedId},
    login_session::LoginSession,
    ports::{GrantView, LiveSessions, generate},
    service::{
        Capability, Conflict, Credential, InvalidInput, Resource, UseCaseError,
        operation::Operation, upkeep::decide_anew,
    },
    user::User,
    version::Version,
};

/// How many grants can be deleted, or imported, at once.
pub const MAX_BULK_ITEMS: usize = 10_000;

/// What a bulk delete would do.
#[derive(Debug, Clone)]
pub struct BulkPreview {
    /// What is to be sent back to confirm exactly this set.
    pub confirmation: String,
    /// How many grants would be deleted.
    pub grants: u64,
    /// The users who would lose access, or whose account would lose a delegate, by address.
    pub people: Vec<User>,
    /// How many live login sessions would end.
    pub sessions_ended: u64,
}

/// What a bulk delete has done.
#[derive(Debug, Clone)]
pub struct BulkDeleted {
    /// What its events have in common.
    pub batch: BatchId,
    /// The grants as they were.
    pub grants: Vec<GrantView>,
    /// How many live login sessions ended.
    pub sessions_ended: u64,
}

impl GrantService {
    /// Shows what deleting these grants would do, and makes the confirmation for it.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn preview_bulk_delete(
        &self,
        credential: &Credential,
        items: &[(GrantId, Version)],
    ) -> Result<BulkPreview, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::DeleteGrant).await?;
        let result = preview(&mut op, items).await;
        op.finish(result).await
    }

    /// Deletes these grants: all of them or none. The confirmation is that of a preview of exactly
    /// this set, by the same person.
    ///
    /// # Errors
    /// [`Conflict::ConfirmationMismatch`], [`UseCaseError::VersionMismatch`] and others.
    pub async fn bulk_delete(
        &self,
        credential: &Credential,
        items: &[(GrantId, Version)],
        confirmation: &str,
    ) -> Result<BulkDeleted, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::DeleteGrant).await?;
        let result = delete(&mut op, items, confirmation).await;
        op.finish(result).await
    }
}

async fn preview(
    op: &mut Operation,
    items: &[(GrantId, Version)],
) -> Result<BulkPreview, UseCaseError> {
    let grants = find_all(op, items).await?;
    let mut live = live_sessions_of(op, &grants).await?;
    live.retain(|session| session.reached_limit(op.ctx.now).is_none());
    let sessions_ended = live.len();
    let mut people = BTreeMap::new();
    for view in views(op, grants.clone()).await? {
        for user in [view.grantor, view.grantee] {
            people.insert(user.email().key(), user);
        }
    }
    Ok(BulkPreview {
        confirmation: confirmation_for(op, items),
        grants: count(grants.len()),
        people: people.into_values().collect(),
        sessions_ended: count(sessions_ended),
    })
}

async fn delete(
    op: &mut Operation,
    items: &[(GrantId, Version)],
    confirmation: &str,
) -> Result<BulkDeleted, UseCaseError> {
    check_size(items)?;
    if confirmation != confirmation_for(op, items) {
        return Err(Conflict::ConfirmationMismatch.into());
    }
    let grants = find_all(op, items).await?;
    let batch: BatchId = generate(op.ctx.stamp().ids());
    let views = views(op, grants.clone()).await?;
    let live = live_sessions_of(op, &grants).await?;
    let stamp = op.ctx.stamp();
    for grant in grants {
        op.uow.grants().delete(grant.delete(&stamp).in_batch(batch)).await?;
    }
    let sessions_ended = decide_anew(&mut *op.uow, live, &stamp).await?;
    Ok(BulkDeleted { batch, grants: views, sessions_ended })
}

/// The grants with their people, each of whom is read once.
async fn views(op: &mut Operation, grants: Vec<Grant>) -> Result<Vec<GrantView>, UseCaseError> {
    let (plan, now) = (op.ctx.caller.organization.plan(), op.ctx.now);
    let ids: BTreeSet<_> =
        grants.iter().flat_map(|grant| [grant.grantor(), grant.grantee()]).collect();
    let mut people = BTreeMap::new();
    for id in ids {
        people.extend(op.uow.directory().user(id).await?.map(|user| (id, user)));
    }
    let view = |grant: Grant| {
        let grantor = people.get(&grant.grantor())?.clone();
        let grantee = people.get(&grant.grantee())?.clone();
        let state = GrantState::of(&grant, plan, &grantor, &grantee, now);
        Some(GrantView { grant, grantor, grantee, state })
    };
    let views: Option<Vec<_>> = grants.into_iter().map(view).collect();
    views.ok_or(UseCaseError::NotFound(Resource::User))
}

/// The live login sessions that rest on these grants.
async fn live_sessions_of(
    op: &mut Operation,
    grants: &[Grant],
) -> Result<Vec<LoginSession>, UseCaseError> {
    let ids: BTreeSet<_> = grants.iter().map(Grant::id).collect();
    let mut live = op.uow.sessions().live(&LiveSessions::default()).await?;
    live.retain(|session| ids.contains(&session.grant().id));
    Ok(live)
}

fn check_size(items: &[(GrantId, Version)]) -> Result<(), UseCaseError> {
    if items.is_empty() {
        return Err(InvalidInput::form("grants", "invalid_input", &"name at least one grant"));
    }
    if items.len() > MAX_BULK_ITEMS {
        let message = format!(
            "at most {MAX_BULK_ITEMS} grants can be deleted at once; these are {}",
            items.len()
        );
        return Err(InvalidInput::form("grants", "too_many_items", &message));
    }
    let distinct: BTreeSet<_> = items.iter().map(|(id, _)| id).collect();
    if distinct.len() != items.len() {
        return Err(InvalidInput::form(
            "grants",
            "duplicate_item",
            &"the same grant is named more than once",
        ));
    }
    Ok(())
}

async fn find_all(
    op: &mut Operation,
    items: &[(GrantId, Version)],
) -> Result<Vec<Grant>, UseCaseError> {
    check_size(items)?;
    let mut grants = Vec::with_capacity(items.len());
    for (index, (id, version)) in items.iter().enumerate() {
        let found = find_version(op, *id, *version).await;
        grants.push(found.map_err(|error| UseCaseError::InItem { index, error: Box::new(error) })?);
    }
    Ok(grants)
}

/// Bound to the organization, the person and exactly this set of grants in these versions.
fn confirmation_for(op: &Operation, items: &[(GrantId, Version)]) -> String {
    let mut sorted = items.to_vec();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(b"impersonation/bulk-delete/v1\n");
    hash.update(op.ctx.organization_id().uuid().as_bytes());
    hash.update(op.ctx.caller.actor.id().uuid().as_bytes());
    for (id, version) in sorted {
        hash.update(id.uuid().as_bytes());
        hash.update(version.get().to_be_bytes());
    }
    hex::encode(hash.finalize())
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
