//! Roles.

use std::collections::BTreeSet;

use impersonation_domain::{
    ids::RoleId,
    ports::Constraint,
    role::{Permission, Role, RoleKind},
};

use super::check::{assert_duplicate, assert_stale, verified_events};
use crate::{
    store::OpenStore,
    world::{World, name},
};

async fn found(world: &World, id: RoleId) -> Option<Role> {
    world.read(async |unit| unit.directory().role(id).await).await
}

async fn names(world: &World) -> Vec<String> {
    let roles = world.read(async |unit| unit.directory_store().roles().await).await;
    roles.iter().map(|role| role.record().name.to_string()).collect()
}

fn renamed(role: Role, to: &str, world: &World) -> impersonation_domain::audit::Recorded<Role> {
    role.edit(Some(name(to)), None, &world.stamp()).expect("a custom role can be renamed")
}

/// The row comes back as it was saved, and so do the built-in ones.
pub async fn a_new_role_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let role = world.role("Support lead", &[Permission::ManageUserImpersonation]).await;
    assert_eq!(found(&world, role.id()).await, Some(role));
    assert_eq!(found(&world, world.id()).await, None);
    let admin = found(&world, world.admin_role).await.expect("the built-in Admin is there");
    assert_eq!(admin.kind(), RoleKind::Admin);
    assert_eq!(admin.record().permissions, BTreeSet::from(Permission::ALL));
    let member = found(&world, world.member_role).await.expect("the built-in Member is there");
    assert_eq!((member.kind(), member.record().permissions.len()), (RoleKind::Member, 0));
}

/// No set of permissions is bent on its way.
pub async fn every_set_of_permissions_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (manage, read) = (Permission::ManageUserImpersonation, Permission::ReadAuditLog);
    let mut role = world.role("Support lead", &[]).await;
    for permissions in [&[manage, read][..], &[read], &[manage], &[]] {
        let set: BTreeSet<Permission> = permissions.iter().copied().collect();
        let edited = role.edit(None, Some(set.clone()), &world.stamp()).expect("it is assignable");
        role = world.save(edited).await;
        assert_eq!(found(&world, role.id()).await, Some(role.clone()));
        assert_eq!(role.record().permissions, set);
    }
}

/// Of two edits of the same version one is refused.
pub async fn g4_a_role_edited_meanwhile_is_stale(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let seen = world.role("Support lead", &[]).await;
    let first = world.save(renamed(seen.clone(), "Lead", &world)).await;
    assert_stale(world.try_save(renamed(seen, "Chief", &world)).await);
    assert_eq!(found(&world, first.id()).await, Some(first));
}

/// A name stands for one role, however its ASCII letters are written; the built-in ones included.
pub async fn a_role_name_is_unique_without_regard_to_case(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let make = |called: &str| {
        Role::create(world.organization, name(called), BTreeSet::new(), &world.stamp())
            .expect("the role is assignable")
    };
    world.role("Support Lead", &[]).await;
    for taken in ["support lEAD", "ADMIN", "member"] {
        assert_duplicate(world.try_save(make(taken)).await, Constraint::RoleName);
    }
    let other = world.role("Auditor", &[]).await;
    let refused = world.try_save(renamed(other.clone(), "SUPPORT LEAD", &world)).await;
    assert_duplicate(refused, Constraint::RoleName);
    world.save(renamed(other, "AUDITOR", &world)).await;
    world.role("Ärzte", &[]).await;
    world.role("ärzte", &[]).await;
    verified_events(&world).await;
}

/// A deleted role is gone, and its name can be used again.
pub async fn a_deleted_role_is_gone(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let role = world.role("Support lead", &[]).await;
    world.save(role.clone().delete(&world.stamp()).expect("it is custom")).await;
    assert_eq!(found(&world, role.id()).await, None);
    assert_eq!(names(&world).await, ["Admin", "Member"]);
    let again = world.role("support lead", &[]).await;
    assert_ne!(again.id(), role.id());
}

/// A delete names the version that it saw.
pub async fn g4_a_role_deleted_in_another_version_is_stale(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let seen = world.role("Support lead", &[]).await;
    let edited = world.save(renamed(seen.clone(), "Lead", &world)).await;
    assert_stale(world.try_save(seen.delete(&world.stamp()).expect("it is custom")).await);
    assert_eq!(found(&world, edited.id()).await, Some(edited.clone()));
    let delete = || edited.clone().delete(&world.stamp()).expect("it is custom");
    world.save(delete()).await;
    assert_stale(world.try_save(delete()).await);
    assert_stale(world.try_save(renamed(edited.clone(), "Chief", &world)).await);
    assert_eq!(found(&world, edited.id()).await, None);
}

/// The built-in roles come first, the others by name.
pub async fn roles_are_listed_the_built_in_ones_first(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    for called in ["Zebra", "Auditor", "Aardvark"] {
        world.role(called, &[]).await;
    }
    assert_eq!(names(&world).await, ["Admin", "Member", "Aardvark", "Auditor", "Zebra"]);
}

/// Everybody who is not removed counts as a holder.
pub async fn the_holders_of_a_role_are_counted(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let role = world.role("Support lead", &[]).await;
    let count = async || {
        world.read(async |unit| unit.directory_store().role_holders(role.id()).await).await
    };
    assert_eq!(count().await, 0);
    let ben = world.user("Ben").await;
    let cleo = world.user("Cleo").await;
    let ben = world.save(ben.set_role(role.id(), &world.stamp())).await;
    let cleo = world.save(cleo.set_role(role.id(), &world.stamp())).await;
    assert_eq!(count().await, 2);
    world.save(ben.deactivate(&world.stamp())).await;
    assert_eq!(count().await, 2, "a deactivated user may come back");
    world.save(cleo.remove(&world.stamp())).await;
    assert_eq!(count().await, 1);
}

/// Only active users with the built-in Admin role count as administrators.
pub async fn active_administrators_are_counted(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let count = async || {
        world.read(async |unit| unit.directory_store().active_administrators().await).await
    };
    assert_eq!(count().await, 0);
    let ada = world.admin("Ada").await;
    let ben = world.admin("Ben").await;
    let lead = world.role("Lead", &[Permission::ManageUserImpersonation]).await;
    world.save(world.new_user_with_role("Dina", "dina@acme.example", lead.id())).await;
    world.user("Cleo").await;
    assert_eq!(count().await, 2);
    let ben = world.save(ben.deactivate(&world.stamp())).await;
    assert_eq!(count().await, 1);
    let ben = world.save(ben.reactivate(&world.stamp())).await;
    assert_eq!(count().await, 2);
    world.save(ben.remove(&world.stamp())).await;
    world.save(ada.set_role(world.member_role, &world.stamp())).await;
    assert_eq!(count().await, 0);
}
