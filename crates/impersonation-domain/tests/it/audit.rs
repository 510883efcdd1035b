//! Who reads the audit log, what is found in it, and how it is verified.

use impersonation_domain::{
    audit::{Action, Event, GENESIS_HASH, Outcome, Party},
    ids::EventId,
    ports::PageLimit,
    service::{AuditRequest, ErrorClass},
};

use crate::fixture::{BOTH, Demo, Login, Person, scenario, text, text_as};

/// Whether an event is meant.
type Test = fn(&Event, &Demo, &Login) -> bool;

async fn find(demo: &Demo, reader: &Person, request: AuditRequest) -> Vec<Event> {
    let request = AuditRequest { limit: PageLimit::MAX, ..request };
    let page = demo.audit.events(&reader.credential, request).await.unwrap();
    page.items.into_iter().map(|view| view.event).collect()
}

async fn some_history(demo: &Demo) -> Login {
    let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
    demo.grant(cleo, ben, BOTH).await;
    let login = demo.login(ben, cleo).await;
    demo.send(&login.credential, "deals", text("one")).await.unwrap();
    demo.pass(2);
    demo.send(&ben.credential, "deals", text_as("two", cleo.id)).await.unwrap();
    assert!(demo.try_login(eli, cleo).await.is_err());
    demo.sessions.end_current(&login.credential).await.unwrap();
    login
}

#[test]
fn a8_everyone_sees_what_they_did_and_what_was_done_to_them_and_readers_see_all() {
    scenario(async |demo| {
        some_history(demo).await;
        for name in ["ben", "cleo", "eli", "dina"] {
            let me = &demo.acme[name];
            let mine = Party::User(me.id);
            let all = demo.events(demo.acme.id).await;
            let involving =
                |event: &&Event| event.content.actor == mine || event.content.subject == mine;
            let mut expected: Vec<_> = all.iter().filter(involving).cloned().collect();
            expected.reverse();
            let (seen, log) = demo.watch(find(demo, me, AuditRequest::default())).await;
            assert_eq!(seen, expected, "{name}");
            assert!(log.is_empty(), "{log:?}");
            // Nor does asking for another's account show more.
            let of_ada = AuditRequest { account: Some(demo.acme["ada"].id), ..Default::default() };
            let seen = find(demo, me, of_ada).await;
            assert!(seen.iter().all(|event| involving(&event)), "{name}");
            let verify = demo.audit.verify(&me.credential);
            let log = demo.refused(verify, "permission_required", ErrorClass::Forbidden).await;
            assert_eq!(log, [format!("refused audit.verify {name}>{name} (permission_required)")]);
        }
        let ada = &demo.acme["ada"];
        let mut all = demo.events(demo.acme.id).await;
        all.reverse();
        let (seen, log) = demo.watch(find(demo, ada, AuditRequest::default())).await;
        assert_eq!(seen, all);
        assert_eq!(log, ["audit.read ada>organization"]);
        // Reading is recorded once a minute.
        let (_, log) = demo.watch(find(demo, ada, AuditRequest::default())).await;
        assert!(log.is_empty(), "{log:?}");
        demo.pass(1);
        let (_, log) = demo.watch(find(demo, ada, AuditRequest::default())).await;
        assert_eq!(log.len(), 1);
    });
}

#[test]
fn a6_an_event_is_found_by_account_actor_action_outcome_session_and_time() {
    scenario(async |demo| {
        let login = some_history(demo).await;
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let all = demo.events(demo.acme.id).await;
        let (ben, cleo) = (ben.id, cleo.id);
        let middle = demo.in_minutes(-1);
        let cases: [(AuditRequest, Test); 7] = [
            (AuditRequest { account: Some(cleo), ..Default::default() }, |e, d, _| {
                e.content.subject == Party::User(d.acme["cleo"].id)
            }),
            (AuditRequest { actor: Some(ben), ..Default::default() }, |e, d, _| {
                e.content.actor == Party::User(d.acme["ben"].id)
            }),
            (
                AuditRequest { action: Some(Action::MessageSend), ..Default::default() },
                |e, _, _| e.content.action == Action::MessageSend,
            ),
            (AuditRequest { outcome: Some(Outcome::Refused), ..Default::default() }, |e, _, _| {
                e.content.outcome == Outcome::Refused
            }),
            (AuditRequest { login_session: Some(login.id), ..Default::default() }, |e, _, l| {
                e.content.login_session == Some(l.id)
            }),
            (AuditRequest { since: Some(middle), ..Default::default() }, |e, d, _| {
                e.content.at >= d.in_minutes(-1)
            }),
            (AuditRequest { until: Some(middle), ..Default::default() }, |e, d, _| {
                e.content.at < d.in_minutes(-1)
            }),
        ];
        for (request, fits) in cases {
            let mut expected: Vec<_> =
                all.iter().filter(|event| fits(event, demo, &login)).cloned().collect();
            expected.reverse();
            assert!(!expected.is_empty());
            let mut seen = find(demo, ada, request.clone()).await;
            // The reading itself is an event of this minute.
            seen.retain(|event| event.content.action != Action::AuditRead);
            assert_eq!(seen, expected, "{request:?}");
        }
        // Inside the session: start, its message, its end; the sending as another is outside.
        let session = AuditRequest { login_session: Some(login.id), ..Default::default() };
        let actions: Vec<_> =
            find(demo, ada, session).await.iter().map(|event| event.content.action).collect();
        let expected = [Action::LoginSessionEnd, Action::MessageSend, Action::LoginSessionStart];
        assert_eq!(actions, expected);
    });
}

#[test]
fn a6_pages_are_complete_and_stable_while_events_are_added() {
    scenario(async |demo| {
        some_history(demo).await;
        let all = demo.events(demo.acme.id).await;
        let ada = &demo.acme["ada"].credential;
        let limit = PageLimit::try_from(3).unwrap();
        let mut seen = Vec::new();
        let mut before_sequence = None;
        loop {
            let request = AuditRequest { limit, before_sequence, ..AuditRequest::default() };
            let page = demo.audit.events(ada, request).await.unwrap();
            seen.extend(page.items.into_iter().map(|view| view.event.sequence));
            before_sequence = page.next;
            if before_sequence.is_none() {
                break;
            }
            demo.send(ada, "general", text("meanwhile")).await.unwrap();
        }
        seen.reverse();
        let expected: Vec<_> = all.iter().map(|event| event.sequence).collect();
        assert_eq!(seen, expected);
    });
}

#[test]
fn a10_the_sequence_is_dense_the_hashes_are_linked_and_no_event_is_there_twice() {
    scenario(async |demo| {
        some_history(demo).await;
        let events = demo.events(demo.acme.id).await;
        let mut previous = GENESIS_HASH;
        let mut revision = 0;
        let mut ids: Vec<EventId> = Vec::new();
        for (event, expected) in events.iter().zip(1..) {
            assert_eq!((event.sequence, event.previous_hash), (expected, previous));
            assert!(event.policy_revision >= revision);
            (previous, revision) = (event.hash, event.policy_revision);
            ids.push(event.content.id);
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), events.len());
        let ada = &demo.acme["ada"].credential;
        let (verification, log) = demo.allowed(demo.audit.verify(ada)).await;
        assert!(verification.is_valid());
        assert_eq!(verification.events, u64::try_from(events.len()).unwrap());
        assert_eq!(verification.head, previous);
        assert_eq!(log, ["audit.verify ada>organization"]);
        let operators = demo.operator.verify_audit(demo.acme.id).await.unwrap();
        assert_eq!(operators.events, verification.events + 1);
    });
}

#[test]
fn a1_the_policy_revision_rises_with_what_can_alter_a_decision_and_with_nothing_else() {
    scenario(async |demo| {
        let [ada, ben, cleo] = ["ada", "ben", "cleo"].map(|name| &demo.acme[name]);
        let revision = async || demo.events(demo.acme.id).await.last().unwrap().policy_revision;
        let start = revision().await;
        demo.send(&ada.credential, "general", text("hi")).await.unwrap();
        assert!(demo.try_login(ben, cleo).await.is_err());
        demo.audit.verify(&ada.credential).await.unwrap();
        assert_eq!(revision().await, start);
        demo.grant(cleo, ben, BOTH).await;
        assert_eq!(revision().await, start + 1);
        // One transaction raises it once, however much it changes.
        demo.login(ben, cleo).await;
        demo.remove(ben).await;
        assert_eq!(revision().await, start + 3);
    });
}

#[test]
fn a7_every_start_of_a_session_has_exactly_one_end() {
    scenario(async |demo| {
        let [ben, cleo] = ["ben", "cleo"].map(|name| &demo.acme[name]);
        demo.grant(cleo, ben, BOTH).await;
        let (one, two, three) =
            (demo.login(ben, cleo).await, demo.login(ben, cleo).await, demo.login(ben, cleo).await);
        demo.sessions.end_current(&one.credential).await.unwrap();
        demo.sessions.end(&cleo.credential, two.id).await.unwrap();
        demo.sessions.end(&cleo.credential, one.id).await.unwrap();
        demo.deactivate(ben).await;
        demo.remove(cleo).await;
        demo.pass(120);
        demo.sessions.end_overdue().await.unwrap();
        let events = demo.events(demo.acme.id).await;
        for login in [one, two, three] {
            let count = |action| {
                let of = |event: &&Event| {
                    event.content.login_session == Some(login.id) && event.content.action == action
                };
                events.iter().filter(of).count()
            };
            assert_eq!((count(Action::LoginSessionStart), count(Action::LoginSessionEnd)), (1, 1));
        }
    });
}
