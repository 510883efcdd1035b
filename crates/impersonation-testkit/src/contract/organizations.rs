//! Organizations, and finding them.

use impersonation_domain::{
    audit::Action,
    ids::{ChannelId, RoleId, UserId},
    organization::LoginSessionLimit,
    plan::Plan,
    ports::{ChannelQuery, UserQuery},
    text::Name,
};

use super::check::{assert_stale, verified_events};
use crate::{environment::Environment, store::OpenStore, world::World};

async fn organization(world: &World) -> impersonation_domain::organization::Organization {
    let found = world.read(async |unit| unit.directory().organization().await).await;
    found.expect("the organization is there")
}

/// The row comes back as it was saved.
pub async fn a_new_organization_is_read_back(store: &OpenStore) {
    let world =
        World::create(store.units.clone(), Environment::default(), "Acmé", Plan::MultiUser).await;
    let record = organization(&world).await.record().clone();
    assert_eq!(record.id, world.organization);
    assert_eq!(record.name, Name::new("Acmé").unwrap());
    assert_eq!(record.plan, Plan::MultiUser);
    assert_eq!(record.login_session_limit, LoginSessionLimit::default());
    assert_eq!(record.version.get(), 1);
    assert_eq!(record.created_at, world.now());
}

/// An organization that was never made is empty, not an error.
pub async fn an_unknown_organization_reads_as_none(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let unknown = World { organization: world.nowhere(), ..world.clone() };
    let now = world.now();
    for writing in [false, true] {
        let mut unit = if writing {
            unknown.begin().await
        } else {
            store.units.begin_read(unknown.organization).await.unwrap()
        };
        assert!(unit.directory().organization().await.unwrap().is_none());
        assert!(unit.directory().user(world.id::<UserId>()).await.unwrap().is_none());
        assert!(unit.directory().role(world.admin_role).await.unwrap().is_none());
        assert!(unit.directory().role(world.id::<RoleId>()).await.unwrap().is_none());
        assert!(unit.directory().channel(world.id::<ChannelId>()).await.unwrap().is_none());
        let store = unit.directory_store();
        assert!(store.users(&UserQuery::default()).await.unwrap().items.is_empty());
        assert!(store.channels(&ChannelQuery::default()).await.unwrap().items.is_empty());
        assert!(store.roles().await.unwrap().is_empty());
        assert_eq!(store.active_administrators().await.unwrap(), 0);
        let query = super::grants::all(now);
        assert!(unit.grants().list(&query).await.unwrap().items.is_empty());
        assert_eq!(unit.audit_log().head().await.unwrap(), Default::default());
        assert!(unit.audit_log().range(0, 10).await.unwrap().is_empty());
    }
}

/// Whether there is any organization at all is seen from everywhere.
pub async fn any_organization_tells_whether_the_store_is_empty(store: &OpenStore) {
    let somewhere = impersonation_domain::ports::generate(&Environment::default().ids);
    let mut unit = store.units.begin(somewhere).await.unwrap();
    assert!(!unit.directory_store().any_organization().await.unwrap());
    drop(unit);
    let world = World::enterprise(store.units.clone()).await;
    assert!(world.read(async |unit| unit.directory_store().any_organization().await).await);
    let mut unit = store.units.begin(world.nowhere()).await.unwrap();
    assert!(unit.directory_store().any_organization().await.unwrap());
}

/// Name, settings and plan are replaced, each with its event.
pub async fn an_organization_is_changed(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let limit = LoginSessionLimit::try_from(480).unwrap();
    let edited = organization(&world).await.edit(
        Some(Name::new("Acme 2").unwrap()),
        Some(limit),
        &world.stamp(),
    );
    let saved = world.save(edited).await;
    assert_eq!(saved, organization(&world).await);
    assert_eq!(saved.version().get(), 2);
    let saved = world.save(saved.set_plan(Plan::Individual, &world.stamp())).await;
    assert_eq!(saved, organization(&world).await);
    assert_eq!((saved.plan(), saved.login_session_limit()), (Plan::Individual, limit));
    let actions: Vec<Action> =
        verified_events(&world).await.iter().map(|e| e.content.action).collect();
    let last = &actions[actions.len() - 2..];
    assert_eq!(last, [Action::OrganizationEdit, Action::OrganizationSetPlan]);
}

/// Of two changes of the same version one is refused.
pub async fn g4_an_organization_changed_meanwhile_is_stale(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let seen = organization(&world).await;
    world.save(seen.clone().set_plan(Plan::MultiUser, &world.stamp())).await;
    assert_stale(world.try_save(seen.set_plan(Plan::Individual, &world.stamp())).await);
    assert_eq!(organization(&world).await.plan(), Plan::MultiUser);
    verified_events(&world).await;
}
