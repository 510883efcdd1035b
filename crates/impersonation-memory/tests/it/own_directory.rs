//! A product that keeps its people itself.

use std::sync::Arc;

use impersonation_domain::{
    access::AccessTypes,
    channel::{Channel, ChannelRecord},
    grant::{Grant, GrantState, NewGrant},
    ids::{OrganizationId, UserId},
    plan::Plan,
    policy::{LogIn, Request, Standing, evaluate},
    ports::{
        Clock, Directory, FactsQuery, GrantQuery, GrantSort, OrganizationIndex, PageLimit,
        RepositoryError, UnitOfWork, UnitOfWorkFactory, UserQuery, generate,
    },
    role::RoleKind,
    text::Name,
    time::Window,
    user::User,
    version::Version,
};
use impersonation_memory::{InMemory, People};
use impersonation_testkit::{environment::Environment, world::World};

/// The product: Ada is an administrator, Ben and Cleo are not, all in the channel *general*.
fn product(environment: &Environment, organization: OrganizationId) -> (People, [UserId; 3]) {
    let ids = &environment.ids;
    let users: [UserId; 3] = [generate(ids), generate(ids), generate(ids)];
    let [ada, ben, cleo] = users;
    let mut people = People::new(organization, "Shop", Plan::MultiUser, ids)
        .unwrap()
        .with_user(ada, "Ada", "ada@shop.example", RoleKind::Admin)
        .unwrap()
        .with_user(ben, "Ben", "ben@shop.example", RoleKind::Member)
        .unwrap()
        .with_user(cleo, "Cleo", "Cleo@shop.example", RoleKind::Member)
        .unwrap();
    let general = Channel::from_record(ChannelRecord {
        id: generate(ids),
        organization,
        name: Name::new("general").unwrap(),
        version: Version::INITIAL,
        created_at: environment.clock.now(),
    });
    people.members.extend(users.map(|user| (general.id(), user)));
    people.channels.push(general);
    (people, users)
}

fn world(people: &People, environment: Environment) -> (InMemory, World) {
    let people = people.clone();
    let organization = people.organization.id();
    let store = InMemory::with_directory(move |_| Box::new(people.clone()));
    let units = Arc::new(store.clone());
    (store, World { environment, organization, ..World::empty(units) })
}

async fn user(unit: &mut dyn UnitOfWork, id: UserId) -> User {
    unit.directory().user(id).await.unwrap().unwrap()
}

async fn grant(world: &World, grantor: UserId, grantee: UserId) -> Grant {
    let mut unit = world.begin().await;
    let (grantor, grantee) =
        (user(unit.as_mut(), grantor).await, user(unit.as_mut(), grantee).await);
    let new = NewGrant {
        created_by: grantor.id(),
        grantor: &grantor,
        grantee: &grantee,
        access: AccessTypes::LOGIN,
        window: Window::default(),
        reason: None,
        may_have_expired: false,
    };
    let grant = unit.grants().save(Grant::create(new, &world.stamp()).unwrap()).await.unwrap();
    unit.commit().await.unwrap();
    grant
}

fn all(world: &World, search: Option<&str>) -> GrantQuery {
    GrantQuery {
        search: search.map(str::to_owned),
        access: None,
        state: None,
        unused_since: None,
        grantor: None,
        grantee: None,
        sort: GrantSort::default(),
        after: None,
        limit: PageLimit::default(),
        now: world.now(),
        plan: Plan::MultiUser,
    }
}

#[tokio::test]
async fn people_come_from_the_product_and_grants_are_kept_here() {
    let environment = Environment::default();
    let (people, [ada, ben, cleo]) = product(&environment, generate(&environment.ids));
    let (_, world) = world(&people, environment);
    let grant = grant(&world, cleo, ben).await;
    let channel = Some(people.channels[0].id());
    let query = FactsQuery { actor: ben, subject: cleo, channel };
    let facts = world.read(async |unit| unit.facts(&query).await).await;
    assert_eq!(facts.grants, [grant.facts()]);
    assert!(facts.channel.unwrap().subject_is_member);
    let request =
        |actor| Request { actor, subject: cleo, standing: Standing::OwnAccount, act: LogIn };
    assert!(evaluate(&facts, &request(ben), world.now()).is_permit());
    assert!(!evaluate(&facts, &request(ada), world.now()).is_permit());
}

#[tokio::test]
async fn the_list_of_grants_asks_the_product_for_people() {
    let environment = Environment::default();
    let (people, [ada, ben, cleo]) = product(&environment, generate(&environment.ids));
    let (_, world) = world(&people, environment);
    let kept = grant(&world, cleo, ben).await;
    grant(&world, ada, ben).await;
    let found =
        world.read(async |unit| unit.grants().list(&all(&world, Some("CLEO@"))).await).await;
    assert_eq!(found.items.len(), 1);
    assert_eq!((&found.items[0].grant, found.items[0].state), (&kept, GrantState::Live));
    assert_eq!(found.items[0].grantor.email().as_str(), "Cleo@shop.example");
    let found = world.read(async |unit| unit.grants().list(&all(&world, None)).await).await;
    assert_eq!(found.items.len(), 2);
}

#[tokio::test]
async fn a_grant_of_somebody_the_product_no_longer_knows_is_left_out() {
    let environment = Environment::default();
    let (mut people, [ada, ben, cleo]) = product(&environment, generate(&environment.ids));
    let gone = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut without_cleo = people.clone();
    without_cleo.users.retain(|user| user.id() != cleo);
    people.users.sort_by_key(User::id);
    let organization = people.organization.id();
    let switch = gone.clone();
    let store = InMemory::with_directory(move |_| {
        let gone = switch.load(std::sync::atomic::Ordering::Relaxed);
        Box::new(if gone { without_cleo.clone() } else { people.clone() })
    });
    let world = World { environment, organization, ..World::empty(Arc::new(store)) };
    grant(&world, cleo, ben).await;
    let kept = grant(&world, ada, ben).await;
    gone.store(true, std::sync::atomic::Ordering::Relaxed);
    let found = world.read(async |unit| unit.grants().list(&all(&world, None)).await).await;
    assert_eq!(found.items.iter().map(|view| &view.grant).collect::<Vec<_>>(), [&kept]);
    let query = FactsQuery { actor: ben, subject: cleo, channel: None };
    let facts = world.read(async |unit| unit.facts(&query).await).await;
    assert!(facts.subject.is_none(), "and nothing is permitted on their account");
}

#[tokio::test]
async fn the_management_of_people_is_the_product_s_own() {
    let environment = Environment::default();
    let (people, [_, ben, _]) = product(&environment, generate(&environment.ids));
    let (_, world) = world(&people, environment);
    let mut unit = world.begin().await;
    let ben = user(unit.as_mut(), ben).await;
    let changed = ben.deactivate(&world.stamp());
    let refused = unit.directory_store().save_user(changed).await;
    assert!(matches!(refused, Err(RepositoryError::Unavailable(_))));
    let refused = unit.directory_store().users(&UserQuery::default()).await;
    assert!(matches!(refused, Err(RepositoryError::Unavailable(_))));
    assert!(unit.directory_store().any_organization().await.unwrap());
    assert_eq!(unit.audit_log().head().await.unwrap().sequence, 0, "nothing was recorded");
}

#[tokio::test]
async fn organizations_of_which_something_is_kept_are_found() {
    let environment = Environment::default();
    let (people, [_, ben, cleo]) = product(&environment, generate(&environment.ids));
    let (store, world) = world(&people, environment);
    assert!(store.organizations().await.unwrap().is_empty());
    grant(&world, cleo, ben).await;
    let session = world.log_in(&people.users[1], &people.users[2]).await;
    let token = session.record().token_hash;
    assert_eq!(store.by_token(&token).await.unwrap(), Some(world.organization));
    assert_eq!(store.organizations().await.unwrap(), std::slice::from_ref(&people.organization));
    let email = "BEN@shop.example".parse().unwrap();
    assert_eq!(store.accounts_by_email(&email).await.unwrap(), [(world.organization, ben)]);
}

#[tokio::test]
async fn a_unit_that_only_reads_writes_nothing_and_waits_for_nobody() {
    let store = InMemory::new();
    let world = World::enterprise(Arc::new(store.clone())).await;
    let writing = world.begin().await;
    let mut reading = store.begin_read(world.organization).await.unwrap();
    let new = world.new_user("Ben", "ben@acme.example");
    let refused = reading.directory_store().save_user(new).await;
    assert!(matches!(refused, Err(RepositoryError::Unavailable(_))));
    drop(writing);
    world.user("Ben").await;
    let email = "ben@acme.example".parse().unwrap();
    assert_eq!(reading.directory().user_by_email(&email).await.unwrap(), None, "its state stays");
}

#[tokio::test]
async fn a_directory_of_values_answers_as_the_store_s_own() {
    let environment = Environment::default();
    let (mut people, [ada, ben, _]) = product(&environment, generate(&environment.ids));
    assert_eq!(people.shared_channels(ada, ben).await.unwrap(), people.channels);
    assert!(people.shared_channels(ada, generate(&environment.ids)).await.unwrap().is_empty());
    let email = "CLEO@shop.example".parse().unwrap();
    assert!(people.user_by_email(&email).await.unwrap().is_some());
    let (role, channel) = (people.roles[0].id(), people.channels[0].id());
    assert_eq!(people.role(role).await.unwrap().unwrap().kind(), RoleKind::Admin);
    assert!(people.channel(channel).await.unwrap().is_some());
    assert!(people.is_member(channel, ben).await.unwrap());
}
