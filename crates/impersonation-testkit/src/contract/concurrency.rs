//! Units of work beside each other. These cases run on several threads.

use std::{sync::Arc, time::Duration};

use impersonation_domain::{
    audit::Action,
    ids::{GrantId, OrganizationId},
    organization::Organization,
    plan::Plan,
    ports::{
        Constraint, FactsQuery, IdempotencyScope, RepositoryError, StoredResponse, UnitOfWork,
    },
    user::User,
};
use tokio::{
    sync::{Barrier, oneshot},
    task::JoinHandle,
};

use super::check::{head, verified_events};
use crate::{
    store::OpenStore,
    world::{World, name, save_in},
};

/// How many tasks there are at once.
const TASKS: u64 = 8;

/// Runs the tasks at once, and answers what they answer.
async fn together<T, F>(count: u64, task: impl Fn(u64) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(usize::try_from(count).expect("a small number")));
    let tasks: Vec<JoinHandle<T>> = (0..count)
        .map(|number| {
            let (barrier, task) = (barrier.clone(), task(number));
            tokio::spawn(async move {
                barrier.wait().await;
                task.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no task panics"));
    }
    answers
}

async fn begin(world: &World) -> Box<dyn UnitOfWork> {
    world.units.begin(world.organization).await.expect("the store begins a unit of work")
}

/// Who reads, reckons and writes in one unit loses no update, and nobody is ever told that a row
/// has changed meanwhile.
pub async fn g4_units_of_one_organization_follow_each_other(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let rounds = 5;
    together(TASKS, |_| {
        let world = world.clone();
        async move {
            for _ in 0..rounds {
                let mut unit = begin(&world).await;
                let organization = unit.directory().organization().await.unwrap().unwrap();
                let counted: u64 = organization.name().as_str().parse().unwrap_or(0);
                tokio::task::yield_now().await;
                let edited =
                    organization.edit(Some(name(&(counted + 1).to_string())), None, &world.stamp());
                save_in(unit.as_mut(), edited).await.unwrap();
                unit.commit().await.unwrap();
            }
        }
    })
    .await;
    let organization =
        world.read(async |unit| unit.directory().organization().await).await.unwrap();
    assert_eq!(organization.name().as_str(), (TASKS * rounds).to_string());
    assert_eq!(organization.version().get(), TASKS * rounds + 1);
    let head = head(&world).await;
    assert_eq!(head.policy_revision, TASKS * rounds + 1, "one step for each transaction");
    verified_events(&world).await;
}

/// Events that are written at once stand one after the other: no gap, no fork.
pub async fn c17_events_written_at_once_are_dense(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await.id();
    let before = head(&world).await.sequence;
    together(TASKS, |_| {
        let world = world.clone();
        async move {
            for number in 0..5_u64 {
                let mut unit = begin(&world).await;
                for _ in 0..=number % 3 {
                    let content = world.stamp_of(ben).event_on(Action::MessageSend, ben);
                    unit.audit_log().append(content).await.unwrap();
                }
                if number % 2 == 0 {
                    unit.commit().await.unwrap();
                }
            }
        }
    })
    .await;
    let events = verified_events(&world).await;
    assert_eq!(events.len() as u64, before + TASKS * (1 + 3 + 2));
}

/// Of two who make a grant for one pair at once, one succeeds.
pub async fn c6_of_grants_made_at_once_for_a_pair_one_is_there(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let answers = together(TASKS, |_| {
        let (world, ben, cleo) = (world.clone(), ben.clone(), cleo.clone());
        async move {
            let mut unit = begin(&world).await;
            let made = save_in(unit.as_mut(), world.new_grant(&cleo, &ben)).await?;
            unit.commit().await?;
            Ok::<GrantId, RepositoryError>(made.id())
        }
    })
    .await;
    let mut made = Vec::new();
    for answer in answers {
        match answer {
            Ok(id) => made.push(id),
            Err(RepositoryError::Duplicate(Constraint::GrantPair)) => {}
            Err(other) => panic!("nothing else is wrong, but {other:?}"),
        }
    }
    assert_eq!(made.len(), 1);
    let pair = world.read(async |unit| unit.grants().of_pair(cleo.id(), ben.id()).await).await;
    assert_eq!(pair.map(|grant| grant.id()), made.first().copied());
    let events = verified_events(&world).await;
    let created = events.iter().filter(|event| event.content.action == Action::GrantCreate);
    assert_eq!(created.count(), 1);
}

/// Of two last administrators who go at once, one stays.
pub async fn c16_who_counts_before_writing_counts_right(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let mut admins = Vec::new();
    for number in 0..TASKS {
        admins.push(world.admin(&format!("Admin {number}")).await);
    }
    together(TASKS, |number| {
        let (world, admin) = (world.clone(), admins[number as usize].clone());
        async move {
            let mut unit = begin(&world).await;
            if unit.directory_store().active_administrators().await.unwrap() > 1 {
                tokio::task::yield_now().await;
                save_in(unit.as_mut(), admin.deactivate(&world.stamp())).await.unwrap();
                unit.commit().await.unwrap();
            }
        }
    })
    .await;
    let left = world.read(async |unit| unit.directory_store().active_administrators().await).await;
    assert_eq!(left, 1);
}

/// Of two who set up the first organization at once, one does.
pub async fn the_first_organization_is_made_once(store: &OpenStore) {
    let shared = World::empty(store.units.clone());
    let made = together(TASKS, |_| {
        let world = shared.clone();
        async move {
            let id: OrganizationId = world.nowhere();
            let mut unit = world.units.begin(id).await.unwrap();
            if unit.directory_store().any_organization().await.unwrap() {
                return false;
            }
            tokio::task::yield_now().await;
            let new = Organization::create(id, name("Acme"), Plan::Enterprise, &world.stamp());
            save_in(unit.as_mut(), new).await.unwrap();
            unit.commit().await.unwrap();
            true
        }
    })
    .await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    assert_eq!(store.index.organizations().await.unwrap().len(), 1);
}

/// Of the same request sent twice at once, one is carried out.
pub async fn c14_of_a_key_used_at_once_one_is_carried_out(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let actor = world.user("Ben").await.id();
    let scope = IdempotencyScope { actor, endpoint: "POST".to_owned(), key: "one".to_owned() };
    let done = together(TASKS, |number| {
        let (world, scope) = (world.clone(), scope.clone());
        async move {
            let mut unit = begin(&world).await;
            if unit.idempotency().find(&scope).await.unwrap().is_some() {
                return false;
            }
            tokio::task::yield_now().await;
            let user = world.new_user("Eli", &format!("eli{number}@acme.example"));
            save_in(unit.as_mut(), user).await.unwrap();
            let created_at = world.now();
            let answer = StoredResponse { fingerprint: [0; 32], body: Vec::new(), created_at };
            unit.idempotency().put(&scope, answer).await.unwrap();
            unit.commit().await.unwrap();
            true
        }
    })
    .await;
    assert_eq!(done.iter().filter(|done| **done).count(), 1);
}

/// Of those who read a resource first at once, one does.
pub async fn a_first_read_at_once_is_one(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let minute = world.now();
    let answers = together(TASKS, |_| {
        let world = world.clone();
        async move {
            let mut unit = begin(&world).await;
            let reader = uuid::Uuid::nil();
            let first = unit.sessions().first_read(reader, "channel:a", minute).await.unwrap();
            unit.commit().await.unwrap();
            first
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|first| **first).count(), 1);
}

/// A unit that only reads sees one state of everything, however much is written meanwhile.
pub async fn a_reading_unit_sees_one_consistent_state(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("0").await;
    let rename = world.read(async |unit| unit.directory().organization().await).await.unwrap();
    world.save(rename.edit(Some(name("0")), None, &world.stamp())).await;
    let rounds = 30;
    let consistent = together(4, |number| {
        let (world, id) = (world.clone(), ben.id());
        async move {
            for round in 0..rounds {
                if number == 0 {
                    let mut unit = begin(&world).await;
                    let next = name(&(round + 1).to_string());
                    let organization = unit.directory().organization().await.unwrap().unwrap();
                    let user = unit.directory().user(id).await.unwrap().unwrap();
                    let edited = organization.edit(Some(next.clone()), None, &world.stamp());
                    save_in(unit.as_mut(), edited).await.unwrap();
                    tokio::task::yield_now().await;
                    save_in(unit.as_mut(), user.rename(next, &world.stamp())).await.unwrap();
                    unit.commit().await.unwrap();
                } else {
                    let mut unit = world.units.begin_read(world.organization).await.unwrap();
                    let organization = unit.directory().organization().await.unwrap().unwrap();
                    tokio::task::yield_now().await;
                    let user = unit.directory().user(id).await.unwrap().unwrap();
                    let head = unit.audit_log().head().await.unwrap();
                    let events = unit.audit_log().range(head.sequence - 1, 10).await.unwrap();
                    assert_eq!(events.len(), 1, "the log ends at its head");
                    assert_eq!(organization.name(), user.name());
                }
            }
            true
        }
    })
    .await;
    assert!(consistent.into_iter().all(|consistent| consistent));
}

/// Once a commit has answered, every unit that begins later, by anybody, sees it.
pub async fn r1_no_unit_that_begins_later_sees_the_old_state(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let query = FactsQuery { actor: ben.id(), subject: cleo.id(), channel: None };
    for round in 0..20 {
        let grant = world.grant(&cleo, &ben).await;
        world.save(grant.delete(&world.stamp())).await;
        let seen = together(4, |number| {
            let world = world.clone();
            async move {
                let unit = if number % 2 == 0 {
                    world.units.begin_read(world.organization).await
                } else {
                    world.units.begin(world.organization).await
                };
                unit.unwrap().facts(&query).await.unwrap().grants.len()
            }
        })
        .await;
        assert_eq!(seen, [0; 4], "in round {round}");
    }
}

/// A unit that is dropped lets the next one begin.
pub async fn a_dropped_unit_lets_the_next_one_begin(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let mut unit = begin(&world).await;
    save_in(unit.as_mut(), world.new_user("Ben", "ben@acme.example")).await.unwrap();
    let waiting = tokio::spawn({
        let world = world.clone();
        async move { world.user("Ben").await }
    });
    tokio::task::yield_now().await;
    drop(unit);
    let ben: User = waiting.await.unwrap();
    let found = world.read(async |unit| unit.directory().user(ben.id()).await).await;
    assert_eq!(found, Some(ben));
    verified_events(&world).await;
}

/// A task that is aborted in the middle of its unit leaves nothing, and lets the next one begin.
pub async fn p2_an_aborted_task_leaves_nothing_and_lets_the_next_begin(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let before = head(&world).await;
    let (written, has_written) = oneshot::channel();
    let task = tokio::spawn({
        let world = world.clone();
        async move {
            let mut unit = begin(&world).await;
            save_in(unit.as_mut(), world.new_user("Ben", "ben@acme.example")).await.unwrap();
            written.send(()).unwrap();
            std::future::pending::<()>().await;
            drop(unit);
        }
    });
    has_written.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(head(&world).await, before);
    world.user("Ben").await;
    verified_events(&world).await;
}

/// Who gives up waiting for their turn does not stand in the way of those behind.
pub async fn who_gives_up_waiting_is_not_waited_for(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let unit = begin(&world).await;
    for _ in 0..3 {
        let impatient = world.units.begin(world.organization);
        let waited = tokio::time::timeout(Duration::from_millis(20), impatient).await;
        assert!(waited.is_err(), "the unit before has not ended");
    }
    drop(unit);
    world.user("Ben").await;
    verified_events(&world).await;
}

/// Organizations do not get into each other's chains, however much is written at once.
pub async fn c0_organizations_do_not_mix_under_load(store: &OpenStore) {
    let acme = World::enterprise(store.units.clone()).await;
    let birch = acme.neighbour().await;
    let worlds = [acme, birch];
    together(TASKS, |number| {
        let world = worlds[number as usize % 2].clone();
        async move {
            for round in 0..5 {
                let called = format!("u{number} {round}");
                let mut unit = begin(&world).await;
                let new = world.new_user(&called, &format!("u{number}.{round}@acme.example"));
                let id = new.value().id();
                save_in(unit.as_mut(), new).await.unwrap();
                tokio::task::yield_now().await;
                let user = unit.directory().user(id).await.unwrap().unwrap();
                assert_eq!(user.organization_id(), world.organization);
                unit.commit().await.unwrap();
            }
        }
    })
    .await;
    for world in &worlds {
        let events = verified_events(world).await;
        assert_eq!(events.len() as u64, 3 + TASKS / 2 * 5);
    }
}
