//! What the cases check again and again.

use std::fmt::Debug;

use impersonation_domain::{
    audit::{AuditHead, ChainVerifier, Event},
    ports::{Constraint, RepositoryError},
};

use crate::world::World;

/// Counts the pages of one list, which must come to an end.
#[derive(Default)]
pub(super) struct Pages(u32);

impl Pages {
    /// Another page is wanted.
    pub(super) fn turn(&mut self) {
        self.0 += 1;
        assert!(self.0 < 500, "the pages have no end");
    }
}

/// The head of the world's audit log.
pub(super) async fn head(world: &World) -> AuditHead {
    world.read(async |unit| unit.audit_log().head().await).await
}

/// Every event of the world, in the order of the sequence.
pub(super) async fn events(world: &World) -> Vec<Event> {
    world
        .read(async |unit| {
            let mut all: Vec<Event> = Vec::new();
            let mut pages = Pages::default();
            loop {
                pages.turn();
                let after = all.last().map_or(0, |event| event.sequence);
                let more = unit.audit_log().range(after, 100).await?;
                if more.is_empty() {
                    return Ok(all);
                }
                all.extend(more);
            }
        })
        .await
}

/// Verifies the world's chain from its first event to its head, and answers the events.
pub(super) async fn verified_events(world: &World) -> Vec<Event> {
    let (events, head) = (events(world).await, head(world).await);
    let mut verifier = ChainVerifier::new(world.organization);
    for event in &events {
        verifier.check(event).expect("the chain is sound");
    }
    verifier.finish(&head).expect("the chain ends at its head");
    let last = events.last();
    assert_eq!(head.at, last.map(|event| event.content.at), "the head names the last moment");
    if let Some(last) = last {
        assert_eq!(head.policy_revision, last.policy_revision, "the head names the revision");
    }
    events
}

/// That the store refused because the row has moved on.
#[track_caller]
pub(super) fn assert_stale<T: Debug>(result: Result<T, RepositoryError>) {
    assert!(matches!(result, Err(RepositoryError::Stale)), "stale, but {result:?}");
}

/// That the store refused because of this constraint.
#[track_caller]
pub(super) fn assert_duplicate<T: Debug>(result: Result<T, RepositoryError>, of: Constraint) {
    let refused = matches!(&result, Err(RepositoryError::Duplicate(found)) if *found == of);
    assert!(refused, "a duplicate of {of:?}, but {result:?}");
}
