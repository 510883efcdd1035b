//! Login Access: starting, acting, listing, stopping.

use impersonation_domain::{
    access::AccessType,
    audit::Party,
    login_session::{EndCause, MAX_LIVE_PER_ACTOR, MAX_LIVE_PER_PAIR},
    ports::PageLimit,
    service::{CreateGrant, ErrorClass},
};

use crate::fixture::{
    BOTH, LOGIN, Login, Person, SEND, grant_of, must_fail, people::join, scenario,
};

#[test]
fn s1_a_session_names_both_and_is_recorded_with_grant_version_and_session() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, LOGIN).await.grant;
        let reason = Some("cleo is ill".to_owned());
        let start = demo.sessions.start(&ben.credential, cleo.id, reason, None);
        let (started, log) = demo.allowed(start).await;
        assert_eq!(log, ["login_session.start ben>cleo login v1 session"]);
        let started = started.fresh().unwrap();
        let event = demo.events(demo.acme.id).await.pop().unwrap().content;
        assert_eq!(event.grant, Some(grant.reference()));
        assert_eq!(event.login_session, Some(started.session.id()));
        assert_eq!(event.reason.as_deref(), Some("cleo is ill"));
        assert_eq!(event.credential, Some(started.session.record().own_credential));

        let login = crate::fixture::bearer(&started.token);
        let me = demo.account.me(&login).await.unwrap();
        assert_eq!((me.actor.id(), me.subject.id()), (ben.id, cleo.id));
        let current = me.login_session.unwrap();
        assert_eq!(current.session.id(), started.session.id());
        assert_eq!(current.grant, grant.reference());
        assert!(me.permissions.is_empty());
        // Outside of it ben is still ben, and cleo's own session is untouched.
        for person in [ben, cleo] {
            let me = demo.account.me(&person.credential).await.unwrap();
            assert_eq!((me.actor.id(), me.subject.id()), (person.id, person.id));
            assert!(me.login_session.is_none());
        }
    });
}

#[test]
fn d5_send_access_alone_opens_no_session() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, SEND).await;
        let attempt = demo.try_login(ben, cleo);
        let log = demo.refused(attempt, "login_not_granted", ErrorClass::Forbidden).await;
        assert_eq!(log, ["refused login_session.start ben>cleo (login_not_granted) login v1"]);
    });
}

#[test]
fn d1_every_reason_not_to_start_has_its_own_code_and_event() {
    scenario(async |demo| {
        let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        let refused = async |actor: &Person, subject: &Person, code: &str| {
            let attempt = demo.try_login(actor, subject);
            let log = demo.refused(attempt, code, ErrorClass::Forbidden).await;
            assert_eq!(log.len(), 1, "{log:?}");
            assert!(log[0].contains(&format!("({code}) login")), "{log:?}");
        };
        refused(ben, ben, "same_user").await;
        refused(ben, cleo, "no_grant").await;
        demo.grant(ben, cleo, BOTH).await;
        refused(ben, cleo, "no_grant").await; // the other way round
        let request = CreateGrant {
            starts_at: Some(demo.in_minutes(10)),
            expires_at: Some(demo.in_minutes(20)),
            ..grant_of(cleo, ben, LOGIN)
        };
        demo.grant_like(request).await;
        refused(ben, cleo, "grant_not_started").await;
        demo.pass(10);
        demo.login(ben, cleo).await;
        demo.deactivate(cleo).await;
        refused(ben, cleo, "subject_inactive").await;
        demo.reactivate(cleo).await;
        demo.protect(cleo, true).await;
        refused(ben, cleo, "subject_protected").await;
        demo.protect(cleo, false).await;
        demo.pass(9);
        demo.login(ben, cleo).await;
        demo.pass(1);
        refused(ben, cleo, "grant_expired").await;
        // Without a grant nothing is told of the other: not that they are inactive or protected.
        demo.deactivate(eli).await;
        refused(ben, eli, "no_grant").await;
        refused(ben, &demo.birch["pete"], "no_grant").await;
    });
}

#[test]
fn s6_stopping_ends_the_session_and_leads_back_to_ones_own() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        let (first, second) = (demo.login(ben, cleo).await, demo.login(ben, cleo).await);
        let ((), log) = demo.allowed(demo.sessions.end_current(&first.credential)).await;
        assert_eq!(log, ["login_session.end ben>cleo (stopped) login v1 session"]);
        assert_eq!(demo.ended(&first.credential).await, Some(EndCause::Stopped));
        assert_eq!(demo.ended(&second.credential).await, None);
        assert_eq!(demo.account.me(&ben.credential).await.unwrap().subject.id(), ben.id);
        assert_eq!(demo.account.me(&cleo.credential).await.unwrap().subject.id(), cleo.id);
        // What has ended cannot be stopped again, and outside there is nothing to stop.
        let again = demo.sessions.end_current(&first.credential);
        demo.refused(again, "login_session_ended", ErrorClass::Unauthenticated).await;
        let outside = demo.sessions.end_current(&ben.credential);
        demo.refused(outside, "no_login_session", ErrorClass::Conflict).await;
    });
}

#[test]
fn s10_admin_owner_and_actor_end_a_session_each_with_their_cause() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        for (who, cause) in [
            ("ada", EndCause::EndedByAdministrator),
            ("dina", EndCause::EndedByAdministrator),
            ("cleo", EndCause::EndedByOwner),
            ("ben", EndCause::Stopped),
        ] {
            let login = demo.login(ben, cleo).await;
            let end = demo.sessions.end(&demo.acme[who].credential, login.id);
            let ((), log) = demo.allowed(end).await;
            let line = format!(
                "login_session.end {who}>cleo ({cause}) login v1 session",
                cause = cause.as_str()
            );
            assert_eq!(log, [line]);
            assert_eq!(demo.ended(&login.credential).await, Some(cause));
            // Ending it again changes nothing, not even the cause.
            let again = demo.sessions.end(&demo.acme["ada"].credential, login.id);
            let ((), log) = demo.allowed(again).await;
            assert!(log.is_empty(), "{log:?}");
            assert_eq!(demo.end_of(login.id).await, Some(cause));
        }
        let login = demo.login(ben, cleo).await;
        let eli = &demo.acme["eli"].credential;
        let attempt = demo.sessions.end(eli, login.id);
        demo.refused(attempt, "login_session_not_found", ErrorClass::NotFound).await;
    });
}

#[test]
fn s10_sessions_are_listed_to_those_whom_they_concern() {
    scenario(async |demo| {
        let [ada, ben, cleo, eli] = ["ada", "ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        demo.grant(cleo, ben, BOTH).await;
        demo.grant(ben, eli, BOTH).await;
        let one = demo.login(ben, cleo).await;
        demo.pass(1);
        let two = demo.login(eli, ben).await;
        demo.sessions.end_current(&one.credential).await.unwrap();
        let seen = async |person: &Person, live| {
            let limit = PageLimit::default();
            let page = demo.sessions.list(&person.credential, live, None, limit).await.unwrap();
            page.items.iter().map(|view| view.session.id()).collect::<Vec<_>>()
        };
        assert_eq!(seen(ada, None).await, [two.id, one.id]);
        assert_eq!(seen(ben, None).await, [two.id, one.id]);
        assert_eq!(seen(cleo, None).await, [one.id]);
        assert_eq!(seen(eli, None).await, [two.id]);
        assert_eq!(seen(ada, Some(true)).await, [two.id]);
        assert_eq!(seen(ada, Some(false)).await, [one.id]);
        assert!(seen(&demo.birch["olga"], None).await.is_empty());

        let delegates = demo.account.delegates(&ben.credential).await.unwrap();
        assert_eq!(delegates.live[0].session.id(), two.id);
        assert_eq!(delegates.live[0].actor.id(), eli.id);
        assert!(delegates.past.is_empty());
        let delegates = demo.account.delegates(&cleo.credential).await.unwrap();
        assert_eq!(delegates.past[0].session.id(), one.id);
    });
}

#[test]
fn d7_my_accounts_are_exactly_those_on_which_something_is_permitted_now() {
    scenario(async |demo| {
        let [ben, cleo, eli, dina] = ["ben", "cleo", "eli", "dina"].map(|name| &demo.acme[name]);
        demo.grant(cleo, ben, BOTH).await;
        demo.grant(eli, ben, SEND).await;
        let later = Some(demo.in_minutes(5));
        demo.grant_like(CreateGrant { starts_at: later, ..grant_of(dina, ben, LOGIN) }).await;
        let accounts = async || {
            let accounts = demo.account.accounts(&ben.credential).await.unwrap();
            let row = |account: &impersonation_domain::service::Account| {
                (account.user.id(), account.access.iter().collect::<Vec<_>>())
            };
            accounts.iter().map(row).collect::<Vec<_>>()
        };
        let (login, send) = (AccessType::Login, AccessType::Send);
        assert_eq!(accounts().await, [(cleo.id, vec![login, send]), (eli.id, vec![send])]);
        demo.protect(cleo, true).await;
        demo.pass(5);
        assert_eq!(accounts().await, [(eli.id, vec![send]), (dina.id, vec![login])]);
        demo.deactivate(eli).await;
        assert_eq!(accounts().await, [(dina.id, vec![login])]);
    });
}

#[test]
fn s8_live_sessions_are_bounded_by_pair_and_by_actor() {
    scenario(async |demo| {
        let [ben, cleo, eli, dina] = ["ben", "cleo", "eli", "dina"].map(|name| &demo.acme[name]);
        for grantor in [cleo, eli, dina] {
            demo.grant(grantor, ben, LOGIN).await;
        }
        let mut live: Vec<Login> = Vec::new();
        for subject in [cleo, eli] {
            for _ in 0..MAX_LIVE_PER_PAIR {
                live.push(demo.login(ben, subject).await);
            }
            let error = must_fail(demo.try_login(ben, subject).await);
            assert_eq!(error.code(), "too_many_login_sessions");
        }
        assert_eq!(live.len(), MAX_LIVE_PER_ACTOR);
        for subject in [cleo, dina] {
            let attempt = demo.try_login(ben, subject);
            let log = demo.refused(attempt, "too_many_login_sessions", ErrorClass::Conflict).await;
            assert_eq!(log.len(), 1, "{log:?}");
        }
        // What is over makes room: by being stopped, or by having run into a limit.
        demo.sessions.end_current(&live[0].credential).await.unwrap();
        demo.login(ben, cleo).await;
        demo.pass(15);
        demo.login(ben, dina).await;
    });
}

#[test]
fn d13_who_comes_later_under_the_same_address_inherits_nothing() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        demo.remove(ben).await;
        let other = join(&demo.app, &demo.acme, "ada", "ben", &ben.email, None).await;
        assert_ne!(other.id, ben.id);
        let attempt = demo.try_login(&other, cleo);
        demo.refused(attempt, "no_grant", ErrorClass::Forbidden).await;
        assert!(demo.account.accounts(&other.credential).await.unwrap().is_empty());
        let events = demo.events(demo.acme.id).await;
        let start = events.last().unwrap();
        assert_eq!(start.content.actor, Party::User(other.id));
    });
}
