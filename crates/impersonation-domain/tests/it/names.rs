//! What others keep in their logs and programs, and what therefore never changes: stable names, and
//! the encoding of an event.

use std::{collections::BTreeSet, fmt::Debug, str::FromStr};

use impersonation_domain::{
    access::AccessType,
    audit::{Action, EventContent, GENESIS_HASH, Hash, Outcome, Party, Snapshot, hash_event},
    credential::OwnCredentialId,
    grant::{GrantState, GrantWarning},
    ids::TypedId,
    policy::{GrantRef, LogIn, Rule},
    time::Timestamp,
    version::Version,
};
use impersonation_testkit::environment::SequentialIds;

/// Each name is a word of its own, and is read back as what it names.
fn read_back<T>(all: &[T], name: impl Fn(T) -> &'static str)
where
    T: Copy + Debug + PartialEq + FromStr,
{
    told_apart(all.iter().map(|one| name(*one)));
    for one in all {
        assert_eq!(name(*one).parse().ok(), Some(*one));
    }
    for unknown in ["", "unheard_of", " ", "GRANT"] {
        assert!(unknown.parse::<T>().is_err(), "{unknown}");
    }
}

fn told_apart(names: impl Iterator<Item = &'static str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.');
        assert!(letters && name.len() > 3, "`{name}`");
        assert!(seen.insert(name), "`{name}` names two things");
    }
}

#[test]
fn a5_every_name_in_the_log_is_read_back_as_what_it_names() {
    read_back(Action::ALL, Action::as_str);
    read_back(&GrantState::ALL, GrantState::as_str);
    assert_eq!(Outcome::Allowed.as_str(), "allowed");
    assert_eq!(Outcome::Refused.as_str(), "refused");
    assert_eq!(Action::GrantEdit.to_string(), "grant.edit");
    assert_eq!(GrantState::Live.to_string(), "live");
}

#[test]
fn d7_every_rule_and_every_denial_has_a_code_of_its_own() {
    told_apart(Rule::ALL.into_iter().map(Rule::name));
    told_apart(Rule::ALL.into_iter().map(Rule::code::<LogIn>));
}

#[test]
fn every_warning_has_a_name_and_a_meaning_of_its_own() {
    let all = [
        (GrantWarning::Reciprocal, "reciprocal"),
        (GrantWarning::Transitive, "transitive"),
        (GrantWarning::ToOneself, "to_oneself"),
        (GrantWarning::AdministratorAccount, "administrator_account"),
        (GrantWarning::NoSharedChannel, "no_shared_channel"),
    ];
    let meanings: BTreeSet<_> = all.iter().map(|(warning, _)| warning.message()).collect();
    assert_eq!(meanings.len(), all.len());
    for (warning, name) in all {
        assert_eq!(warning.as_str(), name);
        assert!(warning.message().split(' ').count() > 4, "{}", warning.message());
    }
}

fn numbered<T: TypedId>(number: u64) -> T {
    T::from_non_nil(SequentialIds::numbered(number).try_into().unwrap())
}

/// The expected hashes were reckoned by another program from the description of the encoding.
#[test]
fn e1_the_encoding_of_an_event_never_changes() {
    let full = EventContent {
        id: numbered(2),
        at: Timestamp::from_timestamp_micros(1_800_000_000_123_456).unwrap(),
        action: Action::GrantEdit,
        outcome: Outcome::Refused,
        actor: Party::User(numbered(3)),
        subject: Party::Organization(numbered(1)),
        credential: Some(OwnCredentialId::Token(numbered(4))),
        login_session: Some(numbered(5)),
        access: Some(AccessType::Send),
        grant: Some(GrantRef { id: numbered(6), version: Version::INITIAL.next() }),
        rule: Some("no_grant".to_owned()),
        channel: Some(numbered(7)),
        batch: Some(numbered(8)),
        reason: Some("Über".to_owned()),
        request_id: Some("r-1".to_owned()),
        source_address: Some("192.0.2.1".to_owned()),
        before: Some(Snapshot::new().with("protected", true).with("members", -3)),
        after: Some(
            Snapshot::new()
                .with("name", "Ben")
                .with("access", vec!["login".to_owned(), "send".to_owned()]),
        ),
    };
    let hash = |content: &EventContent, previous: Hash| {
        hash_event(numbered(1), 7, 3, content, previous).to_hex()
    };
    assert_eq!(
        hash(&full, GENESIS_HASH),
        "faef7c4479fad6a74643a23af8703446fba3bc7147ad3cac17efb3e9a1340b34"
    );
    let bare = EventContent {
        actor: Party::Operator,
        subject: Party::System,
        credential: Some(OwnCredentialId::External(numbered(4))),
        outcome: Outcome::Allowed,
        login_session: None,
        access: None,
        grant: None,
        rule: None,
        channel: None,
        batch: None,
        reason: None,
        request_id: None,
        source_address: None,
        before: None,
        after: None,
        ..full
    };
    assert_eq!(
        hash(&bare, Hash([0xab; 32])),
        "8333e07b4ec50b18818586cacd5038924449be21537e951df54077a28b0f62da"
    );
}
