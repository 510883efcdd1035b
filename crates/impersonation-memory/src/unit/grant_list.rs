//! The list of grants.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use impersonation_domain::{
    grant::{Grant, GrantState},
    ids::UserId,
    ports::{GrantCursor, GrantQuery, GrantSort, GrantView, Page, RepositoryError, UnitOfWork},
    user::User,
};

use super::{Unit, directory_store::contains};

impl Unit {
    /// A page of the list. The people come from whichever directory there is; a grant of somebody
    /// whom it does not know is left out.
    pub(super) async fn list_grants(
        &mut self,
        query: &GrantQuery,
    ) -> Result<Page<GrantView, GrantCursor>, RepositoryError> {
        let grants: Vec<Grant> =
            self.tenant.grants.values().filter(|grant| fits(grant, query)).cloned().collect();
        let ids: BTreeSet<UserId> =
            grants.iter().flat_map(|grant| [grant.grantor(), grant.grantee()]).collect();
        let ids: Vec<UserId> = ids.into_iter().collect();
        let people = self.directory().users_by_id(&ids).await?;
        let people: BTreeMap<UserId, User> =
            people.into_iter().map(|user| (user.id(), user)).collect();
        let mut views: Vec<GrantView> = grants
            .into_iter()
            .filter_map(|grant| view(grant, &people, query))
            .filter(|view| query.state.is_none_or(|state| view.state == state))
            .filter(|view| query.search.as_deref().is_none_or(|searched| is_found(view, searched)))
            .filter(|view| {
                query.after.as_ref().is_none_or(|after| {
                    order(query.sort, &view.cursor(query.sort.field), after) == Ordering::Greater
                })
            })
            .collect();
        let field = query.sort.field;
        views.sort_by(|one, other| order(query.sort, &one.cursor(field), &other.cursor(field)));
        Ok(Page::from_surplus(views, query.limit, |view| view.cursor(field)))
    }
}

/// What can be told of the grant without its people.
fn fits(grant: &Grant, query: &GrantQuery) -> bool {
    let record = grant.record();
    query.grantor.is_none_or(|user| record.grantor == user)
        && query.grantee.is_none_or(|user| record.grantee == user)
        && query.access.is_none_or(|access| record.access.contains(access))
        && query.unused_since.is_none_or(|since| {
            record.created_at < since && record.last_used_at.is_none_or(|used| used < since)
        })
}

fn view(grant: Grant, people: &BTreeMap<UserId, User>, query: &GrantQuery) -> Option<GrantView> {
    let grantor = people.get(&grant.grantor())?.clone();
    let grantee = people.get(&grant.grantee())?.clone();
    let state = GrantState::of(&grant, query.plan, &grantor, &grantee, query.now);
    Some(GrantView { grant, grantor, grantee, state })
}

fn is_found(view: &GrantView, searched: &str) -> bool {
    let reason = view.grant.record().reason.as_ref();
    [&view.grantor, &view.grantee].into_iter().any(|user| {
        contains(user.name().as_str(), searched) || contains(user.email().as_str(), searched)
    }) || reason.is_some_and(|reason| contains(reason.as_str(), searched))
}

/// By the sorted value, then by identifier; both turned round when the greatest comes first.
fn order(sort: GrantSort, one: &GrantCursor, other: &GrantCursor) -> Ordering {
    let up = one.key.cmp(&other.key).then_with(|| one.id.cmp(&other.id));
    if sort.descending { up.reverse() } else { up }
}
