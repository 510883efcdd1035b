//! Who waits for whom, and what is left when someone gives up.

use std::{
    future::{Future, poll_fn},
    task::Poll,
    time::Duration,
};

use impersonation_domain::{
    ids::TypedId,
    ports::{RepositoryError, UnitOfWorkFactory as _},
    text::Name,
};
use impersonation_seaorm::{ConnectSettings, Store};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use tokio::time::timeout;

use crate::support::{Opened, on_both, run};

on_both! {
    a_unit_that_was_dropped_lets_the_next_one_in_at_once,
    a_unit_whose_future_was_dropped_lets_the_next_one_in,
    p2_a_change_that_was_given_up_is_never_committed,
    p2_a_unit_in_which_a_statement_failed_commits_nothing,
    a_unit_that_only_reads_writes_nothing,
    an_event_without_an_organization_is_refused,
    what_reads_does_not_wait_for_what_writes,
    a_lock_of_another_program_makes_the_store_unavailable_for_a_while,
    many_writers_of_one_organization_all_get_their_turn,
}

const SOON: Duration = Duration::from_secs(3);

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(SOON, future).await.unwrap_or_else(|_| panic!("{what}: it takes too long"))
}

async fn a_unit_that_was_dropped_lets_the_next_one_in_at_once(opened: Opened) {
    let world = opened.world().await;
    for _ in 0..20 {
        let mut unit = soon("begin", world.begin()).await;
        let user = world.new_user("Ben", "ben@acme.example");
        unit.directory_store().save_user(user).await.unwrap();
        drop(unit);
    }
    let head = world.read(async |unit| unit.audit_log().head().await).await;
    assert_eq!(head.sequence, 3, "nothing is left of them");
}

async fn a_unit_whose_future_was_dropped_lets_the_next_one_in(opened: Opened) {
    let world = opened.world().await;
    for patience in 0..40 {
        let patience = Duration::from_micros(patience * 100);
        let work = async {
            let mut unit = world.begin().await;
            for number in 0.. {
                let user = world.new_user("Ben", &format!("ben{number}@acme.example"));
                unit.directory_store().save_user(user).await.unwrap();
            }
        };
        assert!(timeout(patience, work).await.is_err(), "it never ends by itself");
        drop(soon("after a cancelled unit", world.begin()).await);
    }
    let head = world.read(async |unit| unit.audit_log().head().await).await;
    assert_eq!(head.sequence, 3, "nothing is left of them");
}

async fn p2_a_change_that_was_given_up_is_never_committed(opened: Opened) {
    let world = opened.world().await;
    let mut given_up = 0;
    for _ in 0..200 {
        let mut unit = world.begin().await;
        let user = world.new_user("Ben", "ben@acme.example");
        let is_on_its_way = {
            // Asked once, and given up while the statement is on its way.
            let mut save = unit.directory_store().save_user(user);
            poll_fn(|context| Poll::Ready(save.as_mut().poll(context).is_pending())).await
        };
        if is_on_its_way {
            given_up += 1;
            assert!(unit.directory().user(world.id()).await.is_err(), "half of a change is none");
            assert!(unit.commit().await.is_err());
        }
    }
    assert!(given_up > 0, "every statement was answered at once");
    world.user("Cleo").await;
    let head = world.read(async |unit| unit.audit_log().head().await).await;
    assert_eq!(head.sequence, 4);
}

async fn p2_a_unit_in_which_a_statement_failed_commits_nothing(opened: Opened) {
    let world = opened.world().await;
    let ben = world.user("Ben").await;
    let mut unit = world.begin().await;
    let renamed = ben.rename(Name::new("Benno").unwrap(), &world.stamp());
    unit.directory_store().save_user(renamed).await.unwrap();
    // A user whose role does not exist: the database refuses.
    let stray = world.new_user_with_role("Stray", "stray@acme.example", world.id());
    let refused = unit.directory_store().save_user(stray).await;
    assert!(matches!(refused, Err(RepositoryError::Unavailable(_))), "{refused:?}");
    let refused = unit.commit().await;
    assert!(matches!(refused, Err(RepositoryError::Unavailable(_))), "{refused:?}");
    let users =
        world.read(async |unit| unit.directory_store().users(&Default::default()).await).await;
    let names: Vec<&str> = users.items.iter().map(|user| user.name().as_str()).collect();
    assert!(names.contains(&"Ben") && !names.contains(&"Benno"), "{names:?}");
}

async fn a_unit_that_only_reads_writes_nothing(opened: Opened) {
    let world = opened.world().await;
    let mut unit = opened.store.begin_read(world.organization).await.unwrap();
    let user = world.new_user("Ben", "ben@acme.example");
    assert!(unit.directory_store().save_user(user).await.is_err());
    assert!(unit.sessions().first_read(uuid::Uuid::max(), "x", world.now()).await.is_err());
    assert!(
        unit.audit_log().append(world.new_user("B", "b@b.example").event().clone()).await.is_err()
    );
    assert_eq!(unit.directory().organization().await.unwrap().unwrap().id(), world.organization);
}

async fn an_event_without_an_organization_is_refused(opened: Opened) {
    let world = opened.world().await;
    let mut unit = opened.store.begin(world.nowhere()).await.unwrap();
    let event = world.new_user("Ben", "ben@acme.example").event().clone();
    unit.audit_log().append(event).await.unwrap();
    let refused = unit.commit().await;
    assert!(matches!(refused, Err(RepositoryError::Unavailable(_))), "{refused:?}");
}

async fn what_reads_does_not_wait_for_what_writes(opened: Opened) {
    let world = opened.world().await;
    let ben = world.user("Ben").await;
    let mut writing = world.begin().await;
    let renamed = ben.clone().rename(Name::new("Benno").unwrap(), &world.stamp());
    writing.directory_store().save_user(renamed).await.unwrap();
    let mut reading = soon("read", opened.store.begin_read(world.organization)).await.unwrap();
    assert_eq!(reading.directory().user(ben.id()).await.unwrap().as_ref(), Some(&ben));
    writing.commit().await.unwrap();
    let head = reading.audit_log().head().await.unwrap();
    assert_eq!(
        reading.directory().user(ben.id()).await.unwrap(),
        Some(ben),
        "one state to its end"
    );
    assert_eq!(reading.audit_log().range(0, 100).await.unwrap().len() as u64, head.sequence);
}

async fn a_lock_of_another_program_makes_the_store_unavailable_for_a_while(opened: Opened) {
    let world = opened.world().await;
    let hurried =
        ConnectSettings { lock_timeout: Duration::from_millis(300), ..opened.settings.clone() };
    let hurried = Store::connect(&hurried).await.unwrap();
    let raw = opened.raw().await;
    let id = world.organization.uuid().simple().to_string();
    if opened.is_sqlite() {
        run(&raw, "BEGIN IMMEDIATE").await;
        let refused = hurried.begin(world.organization).await.map(|_| ());
        assert!(matches!(refused, Err(RepositoryError::Unavailable(_))), "{refused:?}");
        // Whoever is more patient gets in once the other has ended.
        let (unit, ()) = tokio::join!(opened.store.begin(world.organization), run(&raw, "COMMIT"));
        drop(unit.unwrap());
    } else {
        let transaction = raw.begin().await.unwrap();
        let lock = format!("SELECT 1 FROM organizations WHERE id = '{id}' FOR UPDATE");
        transaction.execute_unprepared(&lock).await.unwrap();
        let refused = hurried.begin(world.organization).await.map(|_| ());
        assert!(matches!(refused, Err(RepositoryError::Unavailable(_))), "{refused:?}");
        let (unit, committed) =
            tokio::join!(opened.store.begin(world.organization), transaction.commit());
        committed.unwrap();
        drop(unit.unwrap());
    }
    drop(soon("afterwards", hurried.begin(world.organization)).await.unwrap());
}

async fn many_writers_of_one_organization_all_get_their_turn(opened: Opened) {
    let world = opened.world().await;
    let mut tasks = Vec::new();
    for number in 0..50 {
        let world = world.clone();
        tasks.push(tokio::spawn(async move { world.user(&format!("User {number}")).await }));
    }
    // Another organization does not wait for all of them.
    let neighbour = soon("a neighbour", world.neighbour()).await;
    soon("a neighbour's user", neighbour.user("Sam")).await;
    for task in tasks {
        task.await.unwrap();
    }
    let head = world.read(async |unit| unit.audit_log().head().await).await;
    assert_eq!(head.sequence, 53);
}
