//! The audit log: sequence, chain, revision, time.

use chrono::TimeDelta;
use impersonation_domain::{
    audit::{Action, GENESIS_HASH},
    policy::GrantRef,
};

use super::check::{head, verified_events};
use crate::{
    store::OpenStore,
    world::{World, name, save_in},
};

/// The sequence begins at 1 and has no gaps; each event goes on from the one before.
pub async fn a10_the_sequence_is_dense_and_the_chain_verifies(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    for number in 0..5 {
        world.user(&format!("Ben {number}")).await;
    }
    let events = verified_events(&world).await;
    let sequences: Vec<u64> = events.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (1..=8).collect::<Vec<u64>>());
    assert_eq!(events[0].previous_hash, GENESIS_HASH);
    assert_eq!(head(&world).await.sequence, 8);
}

/// Every field of an event comes back, and with it the hash.
pub async fn a3_every_field_of_an_event_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let content = super::values::full_event(&world, &ben, &cleo, GrantRef { ..grant.reference() });
    let expected = content.clone();
    let event = world.write(async |unit| unit.audit_log().append(content).await).await;
    assert_eq!(event.content, expected);
    assert_eq!(event.organization, world.organization);
    assert_eq!(verified_events(&world).await.last(), Some(&event));
}

/// The revision rises once in each transaction that can alter a decision, and in no other.
pub async fn the_policy_revision_rises_once_in_each_altering_transaction(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let at_first = head(&world).await.policy_revision;
    assert_eq!(at_first, 1, "the three events of the set-up were one transaction");
    let user = world.user("Ben").await;
    assert_eq!(head(&world).await.policy_revision, 2);
    let user = world.save(user.rename(name("Benno"), &world.stamp())).await;
    assert_eq!(head(&world).await.policy_revision, 2, "a name decides nothing");
    let refusal = world.stamp().refusal(Action::GrantCreate, user_party(user.id()), "no_grant");
    world.write(async |unit| unit.audit_log().append(refusal).await).await;
    assert_eq!(head(&world).await.policy_revision, 2, "a refusal alters nothing");
    world
        .write(async |unit| {
            let user = save_in(unit, user.deactivate(&world.stamp())).await?;
            let user = save_in(unit, user.reactivate(&world.stamp())).await?;
            save_in(unit, user.set_protected(true, &world.stamp())).await
        })
        .await;
    assert_eq!(head(&world).await.policy_revision, 3);
    let revisions: Vec<u64> =
        verified_events(&world).await.iter().map(|event| event.policy_revision).collect();
    assert_eq!(revisions, [1, 1, 1, 2, 2, 2, 3, 3, 3]);
}

fn user_party(id: impersonation_domain::ids::UserId) -> impersonation_domain::audit::Party {
    impersonation_domain::audit::Party::User(id)
}

/// A clock that was set back does not make an event earlier than the one before it.
pub async fn a10_time_never_decreases_within_the_sequence(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    world.user("Ben").await;
    let latest = world.pass(100);
    world.user("Cleo").await;
    world.environment.clock.advance(TimeDelta::seconds(-3600));
    world.user("Eli").await;
    let events = verified_events(&world).await;
    assert!(events.windows(2).all(|pair| pair[0].content.at <= pair[1].content.at));
    assert_eq!(events.last().unwrap().content.at, latest);
    world.environment.clock.advance(TimeDelta::seconds(7200));
    world.user("Dina").await;
    assert_eq!(verified_events(&world).await.last().unwrap().content.at, world.now());
}
