//! Whoever changes the log behind the store's back is found out.

use impersonation_domain::{
    audit::{AuditHead, ChainFault, ChainVerifier, Event},
    ports::RepositoryError,
};
use impersonation_testkit::world::World;

use crate::support::{Opened, on_both, run};

on_both! {
    an_untouched_log_verifies,
    e2_each_tampering_is_reported_at_its_place,
}

/// Reads and verifies the log in small portions, as the use case does.
async fn verify(world: &World) -> Result<u64, ChainFault> {
    let mut unit = world.units.begin_read(world.organization).await.unwrap();
    let head: AuditHead = unit.audit_log().head().await.unwrap();
    let mut verifier = ChainVerifier::new(world.organization);
    loop {
        let portion: Result<Vec<Event>, RepositoryError> =
            unit.audit_log().range(verifier.verified(), 4).await;
        let portion = portion.map_err(|error| ChainFault::Unreadable {
            sequence: verifier.verified() + 1,
            detail: error.to_string(),
        })?;
        if portion.is_empty() {
            verifier.finish(&head)?;
            return Ok(verifier.verified());
        }
        for event in &portion {
            verifier.check(event)?;
        }
    }
}

pub(crate) async fn world_with_events(opened: &Opened) -> World {
    let world = opened.world().await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    world.grant(&cleo, &ben).await;
    world.log_in(&ben, &cleo).await;
    for number in 0..6 {
        world.user(&format!("User {number}")).await;
    }
    world
}

async fn an_untouched_log_verifies(opened: Opened) {
    let world = world_with_events(&opened).await;
    assert!(verify(&world).await.unwrap() >= 10);
}

async fn e2_each_tampering_is_reported_at_its_place(opened: Opened) {
    let altered = |sequence| ChainFault::Altered { sequence };
    for (tampering, expected) in [
        ("UPDATE audit_events SET happened_at = happened_at + 1 WHERE sequence = 3", altered(3)),
        (
            "UPDATE audit_events SET actor_id = subject_id, actor_kind = 'user' WHERE sequence = 4",
            altered(4),
        ),
        ("UPDATE audit_events SET outcome = 'refused' WHERE sequence = 5", altered(5)),
        ("UPDATE audit_events SET reason = 'because' WHERE sequence = 5", altered(5)),
        ("UPDATE audit_events SET state_after = NULL WHERE sequence = 6", altered(6)),
        ("UPDATE audit_events SET policy_revision = 9 WHERE sequence = 2", altered(2)),
        ("UPDATE audit_events SET grant_version = 7 WHERE sequence = 6", altered(6)),
        ("UPDATE audit_events SET hash = previous_hash WHERE sequence = 2", altered(2)),
        (
            "UPDATE audit_events SET previous_hash = hash WHERE sequence = 2",
            ChainFault::Broken { sequence: 2 },
        ),
        ("DELETE FROM audit_events WHERE sequence = 7", ChainFault::Gap { expected: 7, found: 8 }),
        ("DELETE FROM audit_events WHERE sequence = 1", ChainFault::Gap { expected: 1, found: 2 }),
        (
            "UPDATE organizations SET audit_sequence = audit_sequence - 1",
            ChainFault::Truncated { expected: 0, found: 0 },
        ),
        (
            "DELETE FROM audit_events WHERE sequence > 8",
            ChainFault::Truncated { expected: 0, found: 8 },
        ),
    ] {
        let opened = if opened.is_sqlite() {
            Opened::sqlite().await
        } else {
            Opened::postgres().await.expect("it was there before")
        };
        let world = world_with_events(&opened).await;
        let raw = opened.raw_without_constraints().await;
        run(&raw, tampering).await;
        let fault = verify(&world).await.expect_err(tampering);
        match (&fault, &expected) {
            (ChainFault::Truncated { found, .. }, ChainFault::Truncated { found: last, .. }) => {
                assert!(*last == 0 || found == last, "{tampering}: {fault:?}");
            }
            _ => assert_eq!(fault, expected, "{tampering}"),
        }
    }
}
