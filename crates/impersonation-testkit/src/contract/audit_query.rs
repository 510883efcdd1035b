//! Reading the audit log.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use impersonation_domain::{
    audit::{Action, Event, EventContent, Outcome, Party},
    ids::{LoginSessionId, UserId},
    ports::{AuditQuery, PageLimit},
};

use super::check::{Pages, events, verified_events};
use crate::{store::OpenStore, world::World};

async fn query(world: &World, query: &AuditQuery) -> Vec<Event> {
    let mut query = query.clone();
    let mut found = Vec::new();
    let mut pages = Pages::default();
    loop {
        pages.turn();
        let page = world.read(async |unit| unit.audit_log().query(&query).await).await;
        assert!(page.items.len() <= usize::from(query.limit.get()), "no page exceeds its limit");
        found.extend(page.items);
        if page.next.is_none() {
            return found;
        }
        query.before_sequence = page.next;
    }
}

fn limited(items: u64) -> AuditQuery {
    AuditQuery {
        limit: PageLimit::try_from(items).expect("the limit is allowed"),
        ..AuditQuery::default()
    }
}

/// A log in which four people do this and that to each other, a second apart.
async fn lively(world: &World) -> ([UserId; 4], LoginSessionId) {
    let mut people = Vec::new();
    for called in ["Ben", "Cleo", "Dina", "Eli"] {
        people.push(world.user(called).await.id());
    }
    let session: LoginSessionId = world.id();
    let actions = [Action::MessageSend, Action::MessageRead, Action::GrantRead];
    for number in 0..40_usize {
        world.pass(1);
        let (actor, subject) = (people[number % 4], people[number / 4 % 4]);
        let mut content = world.stamp_of(actor).event_on(actions[number % 3], subject);
        if number % 5 == 0 {
            content.outcome = Outcome::Refused;
        }
        if number % 4 == 1 {
            content.login_session = Some(session);
        }
        if number % 11 == 0 {
            content.actor = Party::System;
        }
        world.write(async |unit| unit.audit_log().append(content).await).await;
    }
    (people.try_into().expect("there are four"), session)
}

/// The latest event comes first, in pages of any size, each event once.
pub async fn events_are_listed_from_the_latest_on(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    lively(&world).await;
    let mut expected = verified_events(&world).await;
    expected.reverse();
    for items in [1, 7, 46, 47, 48, 200] {
        assert_eq!(query(&world, &limited(items)).await, expected, "in pages of {items}");
    }
}

/// Every filter, alone and with others, answers exactly the events that fit, on all pages.
pub async fn a6_the_filters_answer_exactly_the_events_that_fit(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let start = world.now();
    let ([ben, cleo, dina, _], session) = lively(&world).await;
    let all = events(&world).await;
    let second = |seconds| Some(start + TimeDelta::seconds(seconds));
    let base = || limited(3);
    let queries = [
        AuditQuery { account: Some(ben), ..base() },
        AuditQuery { actor: Some(ben), ..base() },
        AuditQuery { involving: Some(ben), ..base() },
        AuditQuery { account: Some(ben), actor: Some(cleo), ..base() },
        AuditQuery { involving: Some(ben), actor: Some(dina), ..base() },
        AuditQuery { action: Some(Action::MessageRead), ..base() },
        AuditQuery { outcome: Some(Outcome::Refused), ..base() },
        AuditQuery { outcome: Some(Outcome::Allowed), action: Some(Action::GrantRead), ..base() },
        AuditQuery { login_session: Some(session), ..base() },
        AuditQuery { login_session: Some(session), account: Some(cleo), ..base() },
        AuditQuery { since: second(10), ..base() },
        AuditQuery { until: second(10), ..base() },
        AuditQuery { since: second(10), until: second(20), involving: Some(dina), ..base() },
        AuditQuery { since: second(10), until: second(10), ..base() },
        AuditQuery { before_sequence: Some(20), actor: Some(cleo), ..base() },
        AuditQuery { before_sequence: Some(1), ..base() },
        AuditQuery { account: Some(world.id()), ..base() },
    ];
    for wanted in queries {
        let fits = |event: &&Event| {
            let EventContent { actor, subject, action, outcome, at, login_session, .. } =
                &event.content;
            let is = |party: &Party, user| *party == Party::User(user);
            wanted.account.is_none_or(|user| is(subject, user))
                && wanted.actor.is_none_or(|user| is(actor, user))
                && wanted.involving.is_none_or(|user| is(actor, user) || is(subject, user))
                && wanted.action.is_none_or(|wanted| *action == wanted)
                && wanted.outcome.is_none_or(|wanted| *outcome == wanted)
                && wanted.login_session.is_none_or(|wanted| *login_session == Some(wanted))
                && wanted.since.is_none_or(|since| *at >= since)
                && wanted.until.is_none_or(|until| *at < until)
                && wanted.before_sequence.is_none_or(|before| event.sequence < before)
        };
        let expected: Vec<Event> = all.iter().rev().filter(fits).cloned().collect();
        assert_eq!(query(&world, &wanted).await, expected, "{wanted:?}");
    }
}

/// Who reads page after page gets every event that there was at the first page, once, while others
/// are being written.
pub async fn a6_pages_of_events_stay_complete_while_events_are_written(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ([ben, ..], _) = lively(&world).await;
    let mut wanted = AuditQuery { involving: Some(ben), ..limited(4) };
    let expected = query(&world, &wanted).await;
    let mut found = Vec::new();
    let mut pages = Pages::default();
    loop {
        pages.turn();
        let page = world.read(async |unit| unit.audit_log().query(&wanted).await).await;
        found.extend(page.items);
        let content = world.stamp_of(ben).event_on(Action::MessageSend, ben);
        world.write(async |unit| unit.audit_log().append(content).await).await;
        if page.next.is_none() {
            break;
        }
        wanted.before_sequence = page.next;
    }
    assert_eq!(found, expected);
    assert!(found.len() > 12);
}

/// A range begins after its start, is no longer than its limit, and ends with the log.
pub async fn a_range_of_events_follows_the_sequence(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    lively(&world).await;
    let all = verified_events(&world).await;
    let last = all.len() as u64;
    for (after, limit) in [(0, 1), (0, 5), (3, 4), (last - 2, 10), (last - 1, 1), (0, 1_000)] {
        let range = world.read(async |unit| unit.audit_log().range(after, limit).await).await;
        let expected: Vec<Event> =
            all.iter().skip(after as usize).take(usize::from(limit)).cloned().collect();
        assert_eq!(range, expected, "after {after}, at most {limit}");
    }
    for after in [last, last + 1, u64::try_from(i64::MAX).expect("it is positive")] {
        let range = world.read(async |unit| unit.audit_log().range(after, 10).await).await;
        assert!(range.is_empty());
    }
}

/// A unit of work finds the events that it has just written.
pub async fn a_unit_reads_its_own_events(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await.id();
    let before = events(&world).await.len() as u64;
    let mut unit = world.begin().await;
    let content = world.stamp_of(ben).event_on(Action::MessageSend, ben);
    let event = unit.audit_log().append(content).await.unwrap();
    assert_eq!(event.sequence, before + 1);
    let head = unit.audit_log().head().await.unwrap();
    assert_eq!(
        (head.sequence, head.hash, head.at),
        (event.sequence, event.hash, Some(event.content.at))
    );
    let range = unit.audit_log().range(before, 10).await.unwrap();
    assert_eq!(range, std::slice::from_ref(&event));
    let wanted = AuditQuery { actor: Some(ben), ..limited(10) };
    assert_eq!(unit.audit_log().query(&wanted).await.unwrap().items, [event]);
}

/// Every action comes back, allowed and refused.
pub async fn a5_every_action_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await.id();
    let written = world
        .write(async |unit| {
            let mut written = Vec::new();
            for action in Action::ALL {
                let allowed = world.stamp_of(ben).event_on(*action, ben);
                let refused = world.stamp_of(ben).refusal(*action, Party::User(ben), "no_grant");
                written.push(unit.audit_log().append(allowed).await?);
                written.push(unit.audit_log().append(refused).await?);
            }
            Ok(written)
        })
        .await;
    let read = verified_events(&world).await;
    assert!(read.ends_with(&written));
    let actions: BTreeSet<Action> = written.iter().map(|event| event.content.action).collect();
    assert_eq!(actions.len(), Action::ALL.len());
    for action in Action::ALL {
        let wanted =
            AuditQuery { action: Some(*action), outcome: Some(Outcome::Refused), ..limited(10) };
        assert_eq!(query(&world, &wanted).await.len(), 1, "{action}");
    }
}

/// Every kind of actor and subject comes back; who is no user is found under none.
pub async fn every_kind_of_party_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await.id();
    let parties = [
        Party::User(ben),
        Party::Organization(world.organization),
        Party::Operator,
        Party::System,
        Party::Unknown,
    ];
    for actor in parties {
        for subject in parties {
            let content = EventContent { actor, ..world.stamp().event(Action::SignIn, subject) };
            let event = world.write(async |unit| unit.audit_log().append(content).await).await;
            assert_eq!((event.content.actor, event.content.subject), (actor, subject));
        }
    }
    verified_events(&world).await;
    let sign_ins = AuditQuery { action: Some(Action::SignIn), ..limited(10) };
    let by = AuditQuery { actor: Some(ben), ..sign_ins.clone() };
    let on = AuditQuery { account: Some(ben), ..sign_ins.clone() };
    let involving = AuditQuery { involving: Some(ben), ..sign_ins };
    assert_eq!(query(&world, &by).await.len(), 5);
    assert_eq!(query(&world, &on).await.len(), 5);
    assert_eq!(query(&world, &involving).await.len(), 9);
}
