//! One event for each change, in the same transaction.

use impersonation_domain::{
    access::AccessTypes,
    audit::{Action, Event, EventContent, Recorded},
    channel::Channel,
    credential::PasswordChange,
    grant::{Grant, GrantEdit},
    login_session::EndCause,
    plan::Plan,
    ports::AuditLog,
};

use super::check::verified_events;
use crate::{
    environment::PlainPasswords,
    store::OpenStore,
    world::{Save, World, name, save_in},
};

/// Saves the change, and checks that exactly its own event came of it: none before the commit is
/// seen elsewhere, one is there afterwards, with what the transition said.
async fn saved<T: Save>(world: &World, recorded: Recorded<T>) -> T {
    let before = verified_events(world).await;
    let said = recorded.event().clone();
    let mut unit = world.begin().await;
    let value = save_in(unit.as_mut(), recorded).await.expect("the change is allowed");
    let sequence = before.len() as u64 + 1;
    let inside = unit.audit_log().range(before.len() as u64, 10).await.expect("the log answers");
    assert_eq!(inside.len(), 1, "{}: one event as soon as it is saved", said.action);
    unit.commit().await.expect("the commit succeeds");
    let after = verified_events(world).await;
    assert_eq!(after.len() as u64, sequence, "{}: exactly one event", said.action);
    let written = after.last().map(|event: &Event| event.content.clone());
    assert_eq!(written, Some(said));
    assert_eq!(after[..before.len()], before[..], "older events stay as they are");
    value
}

/// Every change of organizations, users, roles and channels has exactly its one event.
pub async fn a1_every_change_of_the_directory_has_one_event(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let organization = world.read(async |unit| unit.directory().organization().await).await;
    let organization = organization.expect("the organization is there");
    let organization =
        saved(&world, organization.edit(Some(name("A")), None, &world.stamp())).await;
    saved(&world, organization.set_plan(Plan::MultiUser, &world.stamp())).await;
    let permissions = std::collections::BTreeSet::new();
    let role = impersonation_domain::role::Role::create(
        world.organization,
        name("Lead"),
        permissions,
        &world.stamp(),
    );
    let role = saved(&world, role.expect("the role is assignable")).await;
    let edited = role.edit(Some(name("Chief")), None, &world.stamp()).expect("it is custom");
    let role = saved(&world, edited).await;
    let user = saved(&world, world.new_user("Ben", "ben@acme.example")).await;
    let user = saved(&world, user.rename(name("Benno"), &world.stamp())).await;
    let user = saved(&world, user.set_role(role.id(), &world.stamp())).await;
    let user = saved(&world, user.set_role(world.member_role, &world.stamp())).await;
    let user = saved(&world, user.set_protected(true, &world.stamp())).await;
    let user = saved(&world, user.set_protected(false, &world.stamp())).await;
    let user = saved(&world, user.deactivate(&world.stamp())).await;
    let user = saved(&world, user.reactivate(&world.stamp())).await;
    let channel = Channel::create(world.organization, name("general"), &world.stamp());
    let channel = saved(&world, channel).await;
    saved(&world, channel.add_member(user.id(), &world.stamp())).await;
    saved(&world, channel.remove_member(user.id(), &world.stamp())).await;
    saved(&world, user.remove(&world.stamp())).await;
    saved(&world, role.delete(&world.stamp()).expect("it is custom")).await;
}

/// Every change of grants, login sessions, messages and credentials has exactly its one event.
pub async fn a1_every_change_of_access_has_one_event(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let channel = world.channel("general", &[&ben, &cleo]).await;
    let grant = saved(&world, world.new_grant(&cleo, &ben)).await;
    let session = saved(&world, world.new_login_session(&ben, &cleo).await).await;
    let sooner = world.now() + chrono::TimeDelta::minutes(5);
    let shorter = session.shorten(sooner, &world.stamp()).expect("it is shorter");
    let session = saved(&world, shorter).await;
    let end = session.end(EndCause::Stopped, &world.stamp()).expect("it is live");
    saved(&world, end).await;
    saved(&world, world.new_message(&ben, &channel, "hello")).await;
    let edit = GrantEdit { access: Some(AccessTypes::SEND), ..GrantEdit::default() };
    let edit = grant.edit(edit, &world.stamp()).expect("it is allowed").expect("it changes");
    let grant = saved(&world, edit).await;
    saved(&world, grant.delete(&world.stamp())).await;
    let own = world.sign_in(&ben).await;
    saved(&world, own.end(&world.stamp())).await;
    let api = world.api_token(&ben, "job").await;
    saved(&world, api.revoke(&world.stamp())).await;
    let hash = PlainPasswords::hash_of("correct horse");
    saved(&world, PasswordChange::record(ben.id(), hash, &world.stamp())).await;
}

/// What is no change of the organization's things writes no event: reading, noting, keeping
/// answers, and a commit of nothing.
pub async fn a1_what_changes_nothing_has_no_event(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let session = world.log_in(&ben, &cleo).await;
    let before = verified_events(&world).await;
    world.write(async |_| Ok(())).await;
    let now = world.now();
    world
        .write(async |unit| {
            unit.directory().user(ben.id()).await?;
            unit.grants().mark_used(grant.id(), now).await?;
            unit.sessions().touch(session.id(), now).await?;
            unit.sessions().first_read(uuid::Uuid::nil(), "channel:a", now).await?;
            unit.credentials().end_all_of(ben.id(), None, true, now).await?;
            unit.idempotency().forget_before(now).await
        })
        .await;
    assert_eq!(verified_events(&world).await, before);
}

/// A refusal, a read, a question: an event alone.
pub async fn a1_an_event_that_belongs_to_no_change_is_written(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let before = verified_events(&world).await.len();
    let said: Vec<EventContent> = [Action::GrantCreate, Action::MessageRead, Action::AuditRead]
        .map(|action| world.stamp_of(ben.id()).event_on(action, ben.id()))
        .into();
    for content in &said {
        let append = async |log: &mut dyn AuditLog| log.append(content.clone()).await;
        world.write(async |unit| append(unit.audit_log()).await).await;
    }
    let events = verified_events(&world).await;
    let written: Vec<EventContent> =
        events.into_iter().skip(before).map(|event| event.content).collect();
    assert_eq!(written, said);
}

/// A change that the store refused has no event, even where its unit is committed all the same.
pub async fn a1_a_refused_change_has_no_event(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let stale = ben.clone();
    let ben = world.save(ben.rename(name("Benno"), &world.stamp())).await;
    let before = verified_events(&world).await;
    for number in 0..4 {
        let mut unit = world.begin().await;
        let refused = match number {
            0 => save_in(unit.as_mut(), stale.clone().deactivate(&world.stamp())).await.is_err(),
            1 => save_in(unit.as_mut(), world.new_grant(&cleo, &ben)).await.is_err(),
            2 => save_in(unit.as_mut(), world.new_user("B", "BEN@acme.example")).await.is_err(),
            _ => {
                let edit = GrantEdit { access: Some(AccessTypes::SEND), ..GrantEdit::default() };
                let edit = |grant: Grant| {
                    grant.edit(edit.clone(), &world.stamp()).expect("allowed").expect("it changes")
                };
                let unsaved = edit(grant.clone()).into_parts().0;
                save_in(unit.as_mut(), unsaved.delete(&world.stamp())).await.is_err()
            }
        };
        assert!(refused);
        // A store may refuse to commit a unit in which something has failed, or commit the rest.
        drop(unit.commit().await);
        assert_eq!(verified_events(&world).await, before);
    }
    world.save(ben.deactivate(&world.stamp())).await;
    verified_events(&world).await;
}
