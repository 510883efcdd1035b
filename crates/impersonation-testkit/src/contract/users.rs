//! Users.

use impersonation_domain::{
    audit::Action,
    ids::UserId,
    ports::Constraint,
    user::{User, UserStatus},
};

use super::check::{assert_duplicate, assert_stale, verified_events};
use crate::{
    store::OpenStore,
    world::{World, email, name},
};

async fn found(world: &World, id: UserId) -> Option<User> {
    world.read(async |unit| unit.directory().user(id).await).await
}

async fn by_email(world: &World, address: &str) -> Option<UserId> {
    let address = email(address);
    let found = world.read(async |unit| unit.directory().user_by_email(&address).await).await;
    found.map(|user| user.id())
}

/// The row comes back as it was saved.
pub async fn a_new_user_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let recorded = world.new_user("Bén O'Brien", "Ben.O+x@acme.example");
    let made = recorded.value().clone();
    assert_eq!(world.save(recorded).await, made);
    assert_eq!(found(&world, made.id()).await, Some(made));
    assert_eq!(found(&world, world.id()).await, None);
}

/// Each transition's row and event come back.
pub async fn a_user_is_changed_in_every_way(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let role = world.role("Support lead", &[]).await;
    let mut user = world.user("Ben").await;
    user = world.save(user.rename(name("Benjamin"), &world.stamp())).await;
    user = world.save(user.set_role(role.id(), &world.stamp())).await;
    user = world.save(user.set_protected(true, &world.stamp())).await;
    user = world.save(user.deactivate(&world.stamp())).await;
    let read = found(&world, user.id()).await.unwrap();
    assert_eq!(read, user);
    assert!(read.is_protected());
    assert_eq!((read.status(), read.version().get()), (UserStatus::Deactivated, 5));
    user = world.save(user.set_protected(false, &world.stamp())).await;
    user = world.save(user.reactivate(&world.stamp())).await;
    user = world.save(user.remove(&world.stamp())).await;
    assert_eq!(found(&world, user.id()).await, Some(user.clone()), "a removed user is still found");
    let events = verified_events(&world).await;
    let of_user: Vec<Action> = events
        .iter()
        .filter(|event| event.content.subject.user() == Some(user.id()))
        .map(|event| event.content.action)
        .collect();
    let expected = [
        Action::UserCreate,
        Action::UserRename,
        Action::UserSetRole,
        Action::UserProtect,
        Action::UserDeactivate,
        Action::UserUnprotect,
        Action::UserReactivate,
        Action::UserRemove,
    ];
    assert_eq!(of_user, expected);
}

/// Of two changes of the same version one is refused.
pub async fn g4_a_user_changed_meanwhile_is_stale(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let seen = world.user("Ben").await;
    let renamed = world.save(seen.clone().rename(name("Benno"), &world.stamp())).await;
    assert_stale(world.try_save(seen.clone().deactivate(&world.stamp())).await);
    assert_eq!(found(&world, seen.id()).await, Some(renamed));
}

/// A change of a user who was never saved is refused.
pub async fn a_change_of_a_user_who_is_not_there_is_stale(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (unsaved, _) = world.new_user("Ben", "ben@acme.example").into_parts();
    assert_stale(world.try_save(unsaved.clone().deactivate(&world.stamp())).await);
    assert_eq!(found(&world, unsaved.id()).await, None);
}

/// An address names one user, however its letters are written.
pub async fn d13_an_email_address_is_unique_without_regard_to_case(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.save(world.new_user("Ben", "Ben@acme.example")).await;
    let second = world.new_user("Benno", "bEN@acme.example");
    assert_duplicate(world.try_save(second).await, Constraint::UserEmail);
    for address in ["ben@acme.example", "BEN@acme.example", "Ben@acme.example"] {
        assert_eq!(by_email(&world, address).await, Some(ben.id()), "{address}");
    }
    assert_eq!(by_email(&world, "ben@acme.example.org").await, None);
    let found = world.read(async |unit| unit.directory().user(ben.id()).await).await.unwrap();
    assert_eq!(found.email().as_str(), "Ben@acme.example", "it is shown as it was written");
}

/// Addresses that only look alike, or that a pattern would match, are of different users.
pub async fn d13_addresses_that_only_look_alike_are_of_different_users(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let mut users = Vec::new();
    for local in
        ["bill", "bi11", "b_ll", "b%ll", "bil1", "b.ill", "bill+1", "b-ill", "b*ll", "bi'll"]
    {
        for domain in ["acme.example", "acrne.example", "acme.examp1e"] {
            let address = format!("{local}@{domain}");
            assert_eq!(by_email(&world, &address).await, None, "{address}");
            users.push((world.save(world.new_user("Bill", &address)).await.id(), address));
        }
    }
    for (id, address) in users {
        assert_eq!(by_email(&world, &address).await, Some(id), "{address}");
        assert_eq!(by_email(&world, &address.to_uppercase()).await, Some(id), "{address}");
    }
    for address in ["%@acme.example", "____@acme.example", "bil@acme.example", "ill@acme.example"] {
        assert_eq!(by_email(&world, address).await, None, "{address}");
    }
}

/// The address of a removed user can be given to somebody else; that of a deactivated one cannot.
pub async fn an_email_address_is_free_once_its_user_is_removed(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let ben = world.save(ben.deactivate(&world.stamp())).await;
    assert_eq!(by_email(&world, "ben@acme.example").await, Some(ben.id()));
    let again = world.new_user("Ben", "ben@acme.example");
    assert_duplicate(world.try_save(again).await, Constraint::UserEmail);
    world.save(ben.clone().remove(&world.stamp())).await;
    assert_eq!(by_email(&world, "ben@acme.example").await, None);
    let second = world.save(world.new_user("Ben", "BEN@acme.example")).await;
    assert_eq!(by_email(&world, "ben@acme.example").await, Some(second.id()));
    world.save(second.clone().remove(&world.stamp())).await;
    world.save(world.new_user("Ben", "ben@acme.example")).await;
    assert!(found(&world, ben.id()).await.is_some(), "removed users keep their rows");
    assert!(found(&world, second.id()).await.is_some(), "removed users keep their rows");
}
