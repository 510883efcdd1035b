//! What time does: limits of sessions, windows of grants, a clock that is set back.

use impersonation_domain::{
    credential::SIGN_IN_LIMIT,
    login_session::{EndCause, IDLE_LIMIT},
    service::{CreateGrant, EditGrant, ErrorClass},
};

use crate::fixture::{BOTH, Demo, LOGIN, Login, bearer, grant_of, scenario};

async fn session(demo: &Demo) -> Login {
    let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
    demo.grant(cleo, ben, BOTH).await;
    demo.login(ben, cleo).await
}

/// Uses the session every ten minutes.
async fn keep_busy(demo: &Demo, login: &Login, minutes: i64) {
    for _ in 0..minutes / 10 {
        demo.pass(10);
        assert_eq!(demo.ended(&login.credential).await, None);
    }
    demo.pass(minutes % 10);
}

#[test]
fn s4_a_session_ends_at_its_absolute_limit_however_busy_it_is() {
    scenario(async |demo| {
        let login = session(demo).await;
        assert_eq!(login.expires_at, demo.in_minutes(60));
        keep_busy(demo, &login, 59).await;
        assert_eq!(demo.ended(&login.credential).await, None);
        demo.pass(1);
        let (cause, log) = demo.watch(demo.ended(&login.credential)).await;
        assert_eq!(cause, Some(EndCause::AbsoluteLimit));
        assert_eq!(log, ["login_session.end ben>cleo (absolute_limit) login v1 session"]);
        // It is recorded once.
        let (_, log) = demo.watch(demo.ended(&login.credential)).await;
        assert!(log.is_empty(), "{log:?}");
    });
}

#[test]
fn s4_a_session_ends_after_fifteen_idle_minutes() {
    scenario(async |demo| {
        let login = session(demo).await;
        demo.clock.advance(IDLE_LIMIT - chrono::TimeDelta::microseconds(1));
        assert_eq!(demo.ended(&login.credential).await, None);
        demo.clock.advance(IDLE_LIMIT);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::IdleLimit));
    });
}

#[test]
fn s4_what_is_refused_does_not_keep_a_session_awake() {
    scenario(async |demo| {
        let login = session(demo).await;
        demo.pass(14);
        assert!(demo.roles.list(&login.credential).await.is_err());
        demo.pass(1);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::IdleLimit));
    });
}

#[test]
fn s4_the_organization_sets_the_limit_for_sessions_that_start_afterwards() {
    scenario(async |demo| {
        let old = session(demo).await;
        let ada = &demo.acme["ada"].credential;
        let set = async |minutes| {
            let seen = demo.organization.get(ada).await.unwrap().version();
            demo.organization.edit(ada, seen, None, Some(minutes)).await
        };
        for refused in [4, 481] {
            let log = demo.refused(set(refused), "out_of_range", ErrorClass::Invalid).await;
            assert!(log.is_empty(), "{log:?}");
        }
        set(5).await.unwrap();
        let new = demo.login(&demo.acme["ben"], &demo.acme["cleo"]).await;
        demo.pass(5);
        assert_eq!(demo.ended(&new.credential).await, Some(EndCause::AbsoluteLimit));
        assert_eq!(demo.ended(&old.credential).await, None);
        set(480).await.unwrap();
        let long = demo.login(&demo.acme["ben"], &demo.acme["cleo"]).await;
        assert_eq!(long.expires_at, demo.in_minutes(480));
    });
}

#[test]
fn s4_a_session_never_outlasts_the_grant() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let expires_at = Some(demo.in_minutes(12));
        demo.grant_like(CreateGrant { expires_at, ..grant_of(cleo, ben, LOGIN) }).await;
        let login = demo.login(ben, cleo).await;
        assert_eq!(Some(login.expires_at), expires_at);
        demo.pass(12);
        let (cause, log) = demo.watch(demo.ended(&login.credential)).await;
        assert_eq!(cause, Some(EndCause::GrantExpired));
        assert_eq!(log, ["login_session.end ben>cleo (grant_expired) login v1 session"]);
    });
}

#[test]
fn g4_a_shorter_expiry_shortens_the_session_and_a_longer_one_does_not_stretch_it() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, LOGIN).await.grant;
        let login = demo.login(ben, cleo).await;
        let expires = |minutes| EditGrant {
            expires_at: Some(Some(demo.in_minutes(minutes))),
            ..EditGrant::default()
        };
        let (_, log) = demo.watch(demo.edit(grant.id(), expires(90))).await;
        assert_eq!(log, ["grant.edit ada>cleo v2"]);
        let (_, log) = demo.watch(demo.edit(grant.id(), expires(10))).await;
        let shorten = "login_session.shorten ada>cleo login v1 session";
        assert_eq!(log, ["grant.edit ada>cleo v3", shorten]);
        // The event says what it was, and what it is.
        let events = demo.events(demo.acme.id).await;
        let event = &events.last().unwrap().content;
        let told = [&event.before, &event.after]
            .map(|snapshot| snapshot.as_ref().and_then(|s| s.get("expires_at")).cloned());
        let ends = [60, 10].map(|minutes| Some(demo.in_minutes(minutes).to_rfc3339().into()));
        assert_eq!(told, ends);
        let (_, log) = demo.watch(demo.edit(grant.id(), expires(90))).await;
        assert_eq!(log, ["grant.edit ada>cleo v4"]);
        demo.pass(10);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::GrantExpired));
    });
}

#[test]
fn s4_a_session_never_outlasts_ones_own() {
    scenario(async |demo| {
        let (ada, cleo) = (&demo.acme["ada"], &demo.acme["cleo"]);
        demo.grant(cleo, ada, LOGIN).await;
        let soon = Some(demo.in_minutes(7));
        let made = demo.tokens.create(&ada.credential, "short", soon, None).await.unwrap();
        let mut program = ada.clone();
        program.credential = bearer(&made.fresh().unwrap().secret);
        let login = demo.login(&program, cleo).await;
        assert_eq!(Some(login.expires_at), soon);
        demo.pass(7);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::OwnSessionEnded));

        demo.clock.advance(SIGN_IN_LIMIT - chrono::TimeDelta::minutes(27));
        let login = demo.login(ada, cleo).await;
        assert_eq!(login.expires_at, demo.in_minutes(20));
        demo.pass(20);
        let me = demo.account.me(&ada.credential);
        demo.refused(me, "unauthenticated", ErrorClass::Unauthenticated).await;
    });
}

#[test]
fn a7_overdue_sessions_get_their_end_without_a_request() {
    scenario(async |demo| {
        let login = session(demo).await;
        assert_eq!(demo.sessions.end_overdue().await.unwrap(), 0);
        demo.pass(15);
        let (ended, log) = demo.watch(demo.sessions.end_overdue()).await;
        assert_eq!(ended.unwrap(), 1);
        assert_eq!(log, ["login_session.end ben>cleo (idle_limit) login v1 session"]);
        assert_eq!(demo.end_of(login.id).await, Some(EndCause::IdleLimit));
        assert_eq!(demo.sessions.end_overdue().await.unwrap(), 0);
    });
}

#[test]
fn d14_a_clock_that_is_set_back_revives_neither_grant_nor_session() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let start = demo.now();
        let expires_at = Some(demo.in_minutes(10));
        demo.grant_like(CreateGrant { expires_at, ..grant_of(cleo, ben, BOTH) }).await;
        let login = demo.login(ben, cleo).await;
        demo.pass(10);
        let attempt = demo.try_login(ben, cleo);
        demo.refused(attempt, "grant_expired", ErrorClass::Forbidden).await;
        demo.clock.set(start);
        let attempt = demo.try_login(ben, cleo);
        demo.refused(attempt, "grant_expired", ErrorClass::Forbidden).await;
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::GrantExpired));
        // Time in the log never goes back.
        let events = demo.events(demo.acme.id).await;
        assert!(events.is_sorted_by_key(|event| event.content.at));
    });
}
