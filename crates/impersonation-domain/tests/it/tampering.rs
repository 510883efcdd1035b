//! Random logs, and whatever somebody who may write to the table of events can do to them. The head
//! is not theirs: it is in the row of the organization.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use impersonation_domain::{
    access::AccessType,
    audit::{
        Action, AuditHead, ChainFault, Event, EventContent, Hash, Ledger, Outcome, Party, Snapshot,
        hash_event,
    },
    credential::OwnCredentialId,
    ids::{OrganizationId, TypedId},
    policy::GrantRef,
    version::Version,
};
use impersonation_testkit::{
    environment::SequentialIds,
    figures::{Figures, size},
    splitmix::SplitMix,
};

use crate::chain::{alterations, verify};

/// How often each log is tampered with.
const EACH: u64 = 20;

fn id<T: TypedId>(numbers: &mut SplitMix) -> T {
    let number = 1 + numbers.below(1_000_000) as u64;
    T::from_non_nil(SequentialIds::numbered(number).try_into().unwrap())
}

fn maybe<T>(numbers: &mut SplitMix, value: impl FnOnce(&mut SplitMix) -> T) -> Option<T> {
    (numbers.below(2) == 0).then(|| value(numbers))
}

fn word(numbers: &mut SplitMix) -> String {
    (*numbers.choose(&["", "x", "because", "sent\nin \u{202e}error", "ünï", "a longer reason"]))
        .to_owned()
}

fn party(numbers: &mut SplitMix) -> Party {
    match numbers.below(5) {
        0 => Party::Operator,
        1 => Party::System,
        2 => Party::Organization(id(numbers)),
        _ => Party::User(id(numbers)),
    }
}

fn snapshot(numbers: &mut SplitMix) -> Snapshot {
    let flag = numbers.below(2) == 0;
    let list = vec![word(numbers), word(numbers)];
    Snapshot::new().with("flag", flag).with("list", list).with("text", word(numbers))
}

fn content(numbers: &mut SplitMix) -> EventContent {
    let later = TimeDelta::microseconds(numbers.below(1_000_000).try_into().unwrap());
    EventContent {
        id: id(numbers),
        at: DateTime::from_timestamp(1_767_603_600, 0).unwrap() + later,
        action: *numbers.choose(Action::ALL),
        outcome: *numbers.choose(&[Outcome::Allowed, Outcome::Refused]),
        actor: party(numbers),
        subject: party(numbers),
        credential: maybe(numbers, |numbers| OwnCredentialId::SignIn(id(numbers))),
        login_session: maybe(numbers, id),
        access: maybe(numbers, |numbers| *numbers.choose(&AccessType::ALL)),
        grant: maybe(numbers, |numbers| GrantRef { id: id(numbers), version: Version::INITIAL }),
        rule: maybe(numbers, word),
        channel: maybe(numbers, id),
        batch: maybe(numbers, id),
        reason: maybe(numbers, word),
        request_id: maybe(numbers, word),
        source_address: maybe(numbers, word),
        before: maybe(numbers, snapshot),
        after: maybe(numbers, snapshot),
    }
}

/// A log of some events, written in several transactions, and the head that goes with it.
fn log(organization: OrganizationId, numbers: &mut SplitMix) -> (Vec<Event>, AuditHead) {
    let (mut events, mut head) = (Vec::new(), AuditHead::default());
    for _ in 0..=numbers.below(5) {
        let mut ledger = Ledger::new(organization, head);
        for _ in 0..=numbers.below(4) {
            events.push(ledger.seal(content(numbers)));
        }
        head = ledger.head();
    }
    (events, head)
}

/// Gives an event the hash that belongs to what it says now.
fn seal_anew(event: &mut Event) {
    let Event { organization, sequence, policy_revision, ref content, previous_hash, .. } = *event;
    event.hash = hash_event(organization, sequence, policy_revision, content, previous_hash);
}

fn flip(hash: &mut Hash, numbers: &mut SplitMix) {
    hash.0[numbers.below(32)] ^= 1 << numbers.below(8);
}

/// Does something to a log, and says what.
fn tamper(log: &mut Vec<Event>, foreign: &[Event], numbers: &mut SplitMix) -> &'static str {
    if log.is_empty() {
        log.push(numbers.choose(foreign).clone());
        return "an event of another organization was put in";
    }
    let at = numbers.below(log.len());
    let other = numbers.below(log.len());
    match numbers.below(14) {
        0..=2 => {
            log[at].content = numbers.choose(&alterations(&log[at].content)).clone();
            "a field was altered"
        }
        3 => {
            log[at].content = numbers.choose(&alterations(&log[at].content)).clone();
            seal_anew(&mut log[at]);
            "a field was altered and the event sealed anew"
        }
        4 => {
            log[at].content = numbers.choose(&alterations(&log[at].content)).clone();
            for index in at..log.len() {
                if index > at {
                    log[index].previous_hash = log[index - 1].hash;
                }
                seal_anew(&mut log[index]);
            }
            "a field was altered and all events from there on sealed anew"
        }
        5 => {
            log[at].policy_revision = log[at].policy_revision.wrapping_add(1);
            "a policy revision was altered"
        }
        6 => {
            let event = &mut log[at];
            let of = if numbers.below(2) == 0 { &mut event.hash } else { &mut event.previous_hash };
            flip(of, numbers);
            "a bit of a hash was flipped"
        }
        7 => {
            log[at].sequence = log[other].sequence.wrapping_add(u64::from(at == other));
            "a sequence was altered"
        }
        8 => {
            log.remove(at);
            "an event was deleted"
        }
        9 => {
            log.remove(at);
            for (index, event) in log.iter_mut().enumerate().skip(at) {
                event.sequence = index as u64 + 1;
            }
            "an event was deleted and those after it numbered anew"
        }
        10 => {
            let event = log[at].clone();
            log.insert(other, event);
            "an event was doubled"
        }
        11 => {
            log.swap(at, other);
            "two events were swapped"
        }
        12 => {
            let (one, two) = (log[at].content.clone(), log[other].content.clone());
            (log[at].content, log[other].content) = (two, one);
            "the contents of two events were swapped"
        }
        _ => {
            let mut event = numbers.choose(foreign).clone();
            event.sequence = log[at].sequence;
            if numbers.below(2) == 0 {
                event.organization = log[at].organization;
            }
            log[at] = event;
            "an event of another organization was put in the place of one"
        }
    }
}

/// The sequence at which the two begin to differ.
fn first_difference(one: &[Event], other: &[Event]) -> u64 {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    same as u64 + 1
}

#[test]
fn e2_whatever_is_done_to_the_events_once_or_twice_is_reported_at_its_place() {
    let (tamperings, seed) = (size("IMP_TAMPERINGS", 4_000), size("IMP_TAMPERINGS_SEED", 10));
    let mut figures = Figures::of("tamperings with the audit log").seed(seed);
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for number in 0..tamperings.div_ceil(EACH) {
        let numbers = &mut SplitMix::new(seed.wrapping_mul(7_919).wrapping_add(number));
        let [acme, birch] = [id::<OrganizationId>(numbers), id(numbers)];
        let ((events, head), (foreign, _)) = (log(acme, numbers), log(birch, numbers));
        assert_eq!(verify(acme, &events, &head), Ok(()), "seed {seed}: log {number} is clean");
        figures.count("clean logs without an alarm", 1);
        for _ in 0..EACH {
            let mut log = events.clone();
            let mut done = vec![tamper(&mut log, &foreign, numbers)];
            if numbers.below(2) == 0 {
                done.push(tamper(&mut log, &foreign, numbers));
            }
            if log == events {
                figures.count("without effect", 1);
                continue;
            }
            let place = first_difference(&events, &log);
            let told =
                format!("seed {seed}, log {number}: {} at event {place}", done.join(", and "));
            match verify(acme, &log, &head) {
                Ok(()) => panic!("{told}, and nobody noticed"),
                Err(fault) => {
                    // One that is sealed anew is found by the next event, or by the head.
                    let is_sealed = done.iter().any(|one| one.ends_with("sealed anew"));
                    let latest = if is_sealed { log.len() as u64 + 1 } else { place + 1 };
                    let position = fault.position();
                    assert!((place..=latest).contains(&position), "{told}, but reported: {fault}");
                }
            }
            let kind = if done.len() == 1 { "single, reported" } else { "double, reported" };
            figures.count(kind, 1);
            done.into_iter().for_each(|kind| *kinds.entry(kind).or_default() += 1);
        }
    }
    if tamperings >= 1_000 {
        assert!(kinds.len() >= 12, "every kind comes up: {kinds:?}");
    }
    figures.finish();
}

/// The stated limit: there are no signed checkpoints outside of the database. Whoever may write to
/// the organization's row as well can cut off the end, or write the end anew.
#[test]
fn e3_without_checkpoints_an_end_that_is_cut_off_together_with_the_head_is_not_noticed() {
    let numbers = &mut SplitMix::new(10);
    let acme = id(numbers);
    let (events, head) = log(acme, numbers);
    let kept = &events[..events.len() - 1];
    // The events alone do not suffice...
    let found = kept.len() as u64;
    let truncated = ChainFault::Truncated { expected: head.sequence, found };
    assert_eq!(verify(acme, kept, &head), Err(truncated));
    // ...but with the head it is a log like any other.
    let last = kept.last().unwrap();
    let head = AuditHead { sequence: last.sequence, hash: last.hash, ..head };
    assert_eq!(verify(acme, kept, &head), Ok(()));
}
