//! Values that are easily bent on their way to a store and back.

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessType,
    audit::{Action, EventContent, Outcome, Party, Snapshot},
    credential::OwnCredentialId,
    policy::GrantRef,
    user::User,
};

use crate::world::World;

/// An event with a value in every field.
pub(super) fn full_event(
    world: &World,
    actor: &User,
    subject: &User,
    grant: GrantRef,
) -> EventContent {
    EventContent {
        id: world.id(),
        at: world.now() + TimeDelta::microseconds(123_457),
        action: Action::MessageSend,
        outcome: Outcome::Refused,
        actor: Party::User(actor.id()),
        subject: Party::User(subject.id()),
        credential: Some(OwnCredentialId::Token(world.id())),
        login_session: Some(world.id()),
        access: Some(AccessType::Send),
        grant: Some(grant),
        rule: Some("subject_not_in_channel".to_owned()),
        channel: Some(world.id()),
        batch: Some(world.id()),
        reason: Some("„because“ 🦀 '; --".to_owned()),
        request_id: Some("request-2".to_owned()),
        source_address: Some("2001:db8::1".to_owned()),
        before: Some(
            Snapshot::new()
                .with("flag", true)
                .with("number", i64::MIN)
                .with("text", ""),
        ),
        after: Some(
            Snapshot::new()
                .with("flag", false)
                .with("number", i64::MAX)
                .with("text", "ä\u{0301}\t\"\\")
                .with("list", vec!["one".to_owned(), String::new()])
                .with("empty", Vec::<String>::new()),
        ),
    }
}
