//! Grants.

use std::cmp::Ordering;

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    grant::{Grant, GrantRecord, GrantState},
    ids::{GrantId, UserId},
    ports::{
        Constraint, GrantCursor, GrantQuery, GrantRepository, GrantSort, GrantView, Page,
        RepositoryError,
    },
    text::Reason,
    time::{Timestamp, to_microseconds},
    user::User,
};

use super::Unit;
use crate::{
    rows::GrantRow,
    tenant::{check_organization, check_version, key},
};

impl Unit {
    /// Those that fit, in the order of their identifiers. The domain looks at each of them: a row
    /// that it does not accept is an error, and no grant.
    fn grants_that(
        &self,
        fit: impl Fn(&GrantRecord) -> bool,
    ) -> Result<Vec<Grant>, RepositoryError> {
        let records = self.tenant.grants.values().map(|row| &row.0);
        let grant = |record: &GrantRecord| {
            Grant::from_record(record.clone())
                .map_err(|source| RepositoryError::corrupt("grants", "grantee", &record.id, source))
        };
        records.filter(|record| fit(record)).map(grant).collect()
    }

    /// The grant as the list shows it, with the two people.
    fn view(&self, grant: Grant, query: &GrantQuery) -> Result<GrantView, RepositoryError> {
        let user = |id: UserId| {
            let row = self.tenant.users.get(&id).ok_or_else(|| {
                RepositoryError::corrupt("grants", "grantor or grantee", &grant.id(), "nobody")
            })?;
            Ok::<_, RepositoryError>(User::from_record(row.0.clone()))
        };
        let (grantor, grantee) = (user(grant.grantor())?, user(grant.grantee())?);
        let state = GrantState::of(&grant, query.plan, &grantor, &grantee, query.now);
        Ok(GrantView { grant, grantor, grantee, state })
    }
}

fn fits(grant: &GrantRecord, query: &GrantQuery) -> bool {
    query.grantor.is_none_or(|user| grant.grantor == user)
        && query.grantee.is_none_or(|user| grant.grantee == user)
        && query.access.is_none_or(|access| grant.access.contains(access))
        && query.unused_since.is_none_or(|since| {
            grant.created_at < since && grant.last_used_at.is_none_or(|used| used < since)
        })
}

fn is_shown(view: &GrantView, query: &GrantQuery) -> bool {
    let mut texts = vec![view.grantor.name().as_str(), view.grantor.email().as_str()];
    texts.extend([view.grantee.name().as_str(), view.grantee.email().as_str()]);
    texts.extend(view.grant.record().reason.as_ref().map(Reason::as_str));
    let has = |searched: &String| texts.iter().any(|text| key(text).contains(&key(searched)));
    let is_after = |after: &GrantCursor| {
        order(query.sort, &view.cursor(query.sort.field), after) == Ordering::Greater
    };
    query.state.is_none_or(|state| view.state == state)
        && query.search.as_ref().is_none_or(has)
        && query.after.as_ref().is_none_or(is_after)
}

/// By the sorted value, then by identifier; both turned round where the greatest comes first.
fn order(sort: GrantSort, one: &GrantCursor, other: &GrantCursor) -> Ordering {
    let up = one.key.cmp(&other.key).then(one.id.cmp(&other.id));
    if sort.descending { up.reverse() } else { up }
}

#[async_trait]
impl GrantRepository for Unit {
    async fn grant(&mut self, id: GrantId) -> Result<Option<Grant>, RepositoryError> {
        Ok(self.grants_that(|grant| grant.id == id)?.pop())
    }

    async fn of_pair(
        &mut self,
        grantor: UserId,
        grantee: UserId,
    ) -> Result<Option<Grant>, RepositoryError> {
        Ok(self.grants_that(|grant| grant.grantor == grantor && grant.grantee == grantee)?.pop())
    }

    async fn received_by(&mut self, grantee: UserId) -> Result<Vec<Grant>, RepositoryError> {
        self.grants_that(|grant| grant.grantee == grantee)
    }

    async fn granted_by(&mut self, grantor: UserId) -> Result<Vec<Grant>, RepositoryError> {
        self.grants_that(|grant| grant.grantor == grantor)
    }

    async fn list(
        &mut self,
        query: &GrantQuery,
    ) -> Result<Page<GrantView, GrantCursor>, RepositoryError> {
        let grants = self.grants_that(|grant| fits(grant, query))?.into_iter();
        let views: Result<Vec<_>, _> = grants.map(|grant| self.view(grant, query)).collect();
        let mut views = views?;
        views.retain(|view| is_shown(view, query));
        let cursor = |view: &GrantView| view.cursor(query.sort.field);
        views.sort_by(|one, other| order(query.sort, &cursor(one), &cursor(other)));
        Ok(Page::from_surplus(views, query.limit, cursor))
    }

    async fn save(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError> {
        check_organization(self.organization, grant.value().record().organization)?;
        self.record(grant, |tenant, grant| {
            let record = grant.record();
            check_version(tenant.grants.get(&record.id).map(|row| row.0.version), record.version)?;
            let taken = tenant.grants.values().any(|GrantRow(other)| {
                other.id != record.id
                    && (other.grantor, other.grantee) == (record.grantor, record.grantee)
            });
            if taken {
                return Err(RepositoryError::Duplicate(Constraint::GrantPair));
            }
            tenant.grants.insert(record.id, GrantRow(record.clone()));
            Ok(())
        })
    }

    async fn delete(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError> {
        self.record(grant, |tenant, grant| {
            let stored = tenant.grants.get(&grant.id()).map(|row| row.0.version);
            if stored != Some(grant.version()) {
                return Err(RepositoryError::Stale);
            }
            tenant.grants.remove(&grant.id());
            Ok(())
        })
    }

    async fn mark_used(&mut self, id: GrantId, at: Timestamp) -> Result<(), RepositoryError> {
        if let Some(grant) = self.change()?.grants.get_mut(&id) {
            grant.0.last_used_at = Some(to_microseconds(at));
        }
        Ok(())
    }
}
