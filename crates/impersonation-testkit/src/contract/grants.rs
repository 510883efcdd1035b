//! Single grants.

use impersonation_domain::{
    access::AccessTypes,
    audit::Action,
    grant::{Grant, GrantEdit},
    ids::GrantId,
    plan::Plan,
    ports::{Constraint, GrantQuery, GrantSort, PageLimit},
    time::Timestamp,
};

use super::check::{assert_duplicate, assert_stale, verified_events};
use crate::{store::OpenStore, world::World};

/// The query for all grants, the newest first.
pub(super) fn all(now: Timestamp) -> GrantQuery {
    GrantQuery {
        search: None,
        access: None,
        state: None,
        unused_since: None,
        grantor: None,
        grantee: None,
        sort: GrantSort::default(),
        after: None,
        limit: PageLimit::default(),
        now,
        plan: Plan::Enterprise,
    }
}

async fn found(world: &World, id: GrantId) -> Option<Grant> {
    world.read(async |unit| unit.grants().grant(id).await).await
}

fn to(access: AccessTypes) -> GrantEdit {
    GrantEdit { access: Some(access), ..GrantEdit::default() }
}

/// The row comes back as it was saved, by identifier and by pair.
pub async fn a_new_grant_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let window = world.window(Some(60), Some(3600));
    let recorded =
        world.new_grant_of(&cleo, &ben, AccessTypes::SEND, window, Some("on leave – „Urlaub“"));
    let made = recorded.value().clone();
    assert_eq!(world.save(recorded).await, made);
    assert_eq!(found(&world, made.id()).await, Some(made.clone()));
    world
        .read(async |unit| {
            let grants = unit.grants();
            assert_eq!(grants.of_pair(cleo.id(), ben.id()).await?, Some(made.clone()));
            assert_eq!(grants.of_pair(ben.id(), cleo.id()).await?, None, "a pair has a direction");
            assert_eq!(grants.grant(world.id()).await?, None);
            Ok(())
        })
        .await;
}

/// The store itself refuses a second grant for the same pair.
pub async fn g2_a_pair_has_at_most_one_grant(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let first = world.grant(&cleo, &ben).await;
    assert_duplicate(world.try_save(world.new_grant(&cleo, &ben)).await, Constraint::GrantPair);
    world.grant(&ben, &cleo).await;
    let pair = world.read(async |unit| unit.grants().of_pair(cleo.id(), ben.id()).await).await;
    assert_eq!(pair, Some(first));
    verified_events(&world).await;
}

/// A pair whose grant was deleted can have another, with another identifier.
pub async fn g9_a_grant_made_again_is_another_one(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let first = world.grant(&cleo, &ben).await;
    world.save(first.clone().delete(&world.stamp())).await;
    let second = world.grant(&cleo, &ben).await;
    assert_ne!(first.id(), second.id());
    assert_eq!(found(&world, first.id()).await, None);
    assert_eq!(found(&world, second.id()).await, Some(second));
}

/// Every field that can change does.
pub async fn a_grant_is_edited(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let window = world.window(Some(-5), Some(500));
    let edit = GrantEdit {
        access: Some(AccessTypes::LOGIN),
        reason: Some(Some(crate::world::reason("50% of the time"))),
        starts_at: Some(window.starts_at()),
        expires_at: Some(window.expires_at()),
    };
    let edited = world.save(grant.edit(edit, &world.stamp()).unwrap().unwrap()).await;
    assert_eq!(edited.version().get(), 2);
    assert_eq!(found(&world, edited.id()).await, Some(edited.clone()));
    let cleared = GrantEdit {
        access: None,
        reason: Some(None),
        starts_at: Some(None),
        expires_at: Some(None),
    };
    let cleared = world.save(edited.edit(cleared, &world.stamp()).unwrap().unwrap()).await;
    assert_eq!(found(&world, cleared.id()).await, Some(cleared));
}

/// Of two edits of the same version one is refused, and nothing of it is left.
pub async fn g4_a_grant_edited_meanwhile_is_stale(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let seen = world.grant(&cleo, &ben).await;
    let first = seen.clone().edit(to(AccessTypes::LOGIN), &world.stamp()).unwrap().unwrap();
    let second = seen.edit(to(AccessTypes::SEND), &world.stamp()).unwrap().unwrap();
    let first = world.save(first).await;
    assert_stale(world.try_save(second).await);
    assert_eq!(found(&world, first.id()).await, Some(first));
    let edits = verified_events(&world).await;
    assert_eq!(edits.iter().filter(|e| e.content.action == Action::GrantEdit).count(), 1);
}

/// A delete names the version that it saw.
pub async fn g4_a_grant_deleted_in_another_version_is_stale(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let seen = world.grant(&cleo, &ben).await;
    let edit = seen.clone().edit(to(AccessTypes::LOGIN), &world.stamp()).unwrap().unwrap();
    let edited = world.save(edit).await;
    assert_stale(world.try_save(seen.delete(&world.stamp())).await);
    assert_eq!(found(&world, edited.id()).await, Some(edited.clone()));
    world.save(edited.clone().delete(&world.stamp())).await;
    assert_eq!(found(&world, edited.id()).await, None);
    assert_stale(world.try_save(edited.delete(&world.stamp())).await);
    let events = verified_events(&world).await;
    assert_eq!(events.iter().filter(|e| e.content.action == Action::GrantDelete).count(), 1);
}

/// An edit of a deleted grant does not bring it back.
pub async fn g9_an_edit_of_a_deleted_grant_is_stale(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let seen = world.grant(&cleo, &ben).await;
    world.save(seen.clone().delete(&world.stamp())).await;
    let edit = seen.clone().edit(to(AccessTypes::LOGIN), &world.stamp()).unwrap().unwrap();
    assert_stale(world.try_save(edit).await);
    assert_eq!(found(&world, seen.id()).await, None);
    let pair = world.read(async |unit| unit.grants().of_pair(cleo.id(), ben.id()).await).await;
    assert_eq!(pair, None);
}

/// Noting a use changes neither the version nor anything else, and writes no event.
pub async fn noting_a_use_of_a_grant_is_no_change_of_it(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let before = verified_events(&world).await.len();
    let at = world.pass(60);
    world.write(async |unit| unit.grants().mark_used(grant.id(), at).await).await;
    let used = found(&world, grant.id()).await.unwrap();
    let mut expected = grant.record().clone();
    expected.last_used_at = Some(at);
    assert_eq!(*used.record(), expected);
    assert_eq!(verified_events(&world).await.len(), before);
    let edit = used.edit(to(AccessTypes::LOGIN), &world.stamp()).unwrap().unwrap();
    assert_eq!(world.save(edit).await.record().last_used_at, Some(at));
    assert_eq!(found(&world, grant.id()).await.unwrap().record().last_used_at, Some(at));
}

/// What a user receives and gives, in the order of identifiers.
pub async fn grants_are_found_by_who_receives_and_who_gives(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo, eli) =
        (world.user("Ben").await, world.user("Cleo").await, world.user("Eli").await);
    let one = world.grant(&cleo, &ben).await;
    let two = world.grant(&eli, &ben).await;
    let three = world.grant(&ben, &eli).await;
    world
        .read(async |unit| {
            let grants = unit.grants();
            assert_eq!(grants.received_by(ben.id()).await?, [one.clone(), two.clone()]);
            assert_eq!(grants.received_by(eli.id()).await?, std::slice::from_ref(&three));
            assert!(grants.received_by(cleo.id()).await?.is_empty());
            assert_eq!(grants.granted_by(ben.id()).await?, std::slice::from_ref(&three));
            assert_eq!(grants.granted_by(cleo.id()).await?, std::slice::from_ref(&one));
            assert!(grants.granted_by(world.id()).await?.is_empty());
            Ok(())
        })
        .await;
}
