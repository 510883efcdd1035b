//! All or nothing.

use impersonation_domain::{audit::Action, ports::RepositoryError};

use super::check::{head, verified_events};
use crate::{
    store::OpenStore,
    world::{World, save_in},
};

/// Nothing of a unit that was dropped is left: no row, no event, no higher revision.
pub async fn p2_a_dropped_unit_leaves_nothing(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let before = head(&world).await;
    let recorded = world.new_grant(&cleo, &ben);
    let id = recorded.value().id();
    let mut unit = world.begin().await;
    save_in(unit.as_mut(), recorded).await.unwrap();
    assert!(unit.grants().grant(id).await.unwrap().is_some(), "a unit sees its own writes");
    assert_eq!(unit.audit_log().head().await.unwrap().sequence, before.sequence + 1);
    drop(unit);
    assert!(world.read(async |unit| unit.grants().grant(id).await).await.is_none());
    assert_eq!(head(&world).await, before);
    verified_events(&world).await;
}

/// A unit whose write failed can be given up, and the next one finds everything as it was.
pub async fn p2_a_unit_given_up_after_a_failure_leaves_nothing(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    world.grant(&cleo, &ben).await;
    let before = head(&world).await;
    let result: Result<(), RepositoryError> = world
        .attempt(async |unit| {
            save_in(unit, world.new_user("Eli", "eli@acme.example")).await?;
            save_in(unit, world.new_grant(&cleo, &ben)).await?;
            Ok(())
        })
        .await;
    assert!(result.is_err());
    assert_eq!(head(&world).await, before);
    world.user("Eli").await;
    verified_events(&world).await;
}

/// What one unit has committed, every unit that begins later sees.
pub async fn r1_a_commit_is_seen_by_every_later_unit(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    for _ in 0..10 {
        let grant = world.grant(&cleo, &ben).await;
        let mut reading = store.units.begin_read(world.organization).await.unwrap();
        assert!(reading.grants().grant(grant.id()).await.unwrap().is_some());
        drop(reading);
        world.save(grant.clone().delete(&world.stamp())).await;
        let mut reading = store.units.begin_read(world.organization).await.unwrap();
        assert!(reading.grants().grant(grant.id()).await.unwrap().is_none());
        drop(reading);
        let mut writing = world.begin().await;
        assert!(writing.grants().of_pair(cleo.id(), ben.id()).await.unwrap().is_none());
    }
}

/// Several changes of one unit stand or fall together, one event each, in their order.
pub async fn a2_a_unit_writes_its_events_with_its_changes(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let before = head(&world).await.sequence;
    let (ben, cleo) =
        (world.new_user("Ben", "ben@acme.example"), world.new_user("Cleo", "cleo@acme.example"));
    let grant = world.new_grant(cleo.value(), ben.value());
    world
        .write(async |unit| {
            save_in(unit, ben).await?;
            save_in(unit, cleo).await?;
            save_in(unit, grant).await
        })
        .await;
    let events = verified_events(&world).await;
    let new: Vec<Action> =
        events.iter().filter(|e| e.sequence > before).map(|e| e.content.action).collect();
    assert_eq!(new, [Action::UserCreate, Action::UserCreate, Action::GrantCreate]);
}
