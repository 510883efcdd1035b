//! Making grants: what is refused, and what is recorded.

use impersonation_domain::{
    access::AccessType,
    audit::{Action, FieldValue, Party},
    grant::{GrantState, GrantWarning},
    service::{CreateGrant, ErrorClass},
};

use crate::fixture::{BOTH, Demo, LOGIN, SEND, grant_of, must_fail, scenario};

async fn refused(demo: &Demo, request: CreateGrant, code: &str) -> Vec<String> {
    let ada = &demo.acme["ada"].credential;
    let attempt = demo.grants.create(ada, request, None);
    demo.refused(attempt, code, ErrorClass::Invalid).await
}

#[test]
fn g5_a_grant_is_made_by_two_addresses_and_recorded_with_its_version() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let request = CreateGrant {
            grantor_email: " CLEO@ACME.example ".to_owned(),
            reason: Some("holiday cover".to_owned()),
            ..grant_of(cleo, ben, BOTH)
        };
        let (created, log) = demo.allowed(demo.grants.create(&ada.credential, request, None)).await;
        assert_eq!(log, ["grant.create ada>cleo v1"]);
        let view = created.fresh().unwrap().view;
        assert_eq!((view.grantor.id(), view.grantee.id()), (cleo.id, ben.id));
        assert_eq!(view.state, GrantState::Live);
        assert_eq!(view.grant.record().created_by, ada.id);

        let event = demo.events(demo.acme.id).await.pop().unwrap().content;
        assert_eq!(event.grant.unwrap().id, view.grant.id());
        assert_eq!((event.actor, event.subject), (Party::User(ada.id), Party::User(cleo.id)));
        assert_eq!(event.reason.as_deref(), Some("holiday cover"));
        assert_eq!(event.request_id.as_deref(), Some("request-7"));
        assert_eq!(event.source_address.as_deref(), Some("192.0.2.7"));
        assert!(event.credential.is_some() && event.before.is_none());
        let after = event.after.unwrap();
        let access = FieldValue::List(vec!["login".to_owned(), "send".to_owned()]);
        assert_eq!(after.get("access"), Some(&access));
        assert_eq!(after.get("granted_to_oneself"), None);
    });
}

#[test]
fn g2_a_second_grant_for_the_pair_is_refused_and_names_the_first() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let first = demo.grant(cleo, ben, LOGIN).await.grant.id();
        let again = grant_of(cleo, ben, SEND);
        let attempt = demo.grants.create(&ada.credential, again.clone(), None);
        let log = demo.refused(attempt, "duplicate_grant", ErrorClass::Conflict).await;
        assert_eq!(log, ["refused grant.create ada>cleo (duplicate_grant) v1"]);
        let error = must_fail(demo.grants.create(&ada.credential, again, None).await);
        assert_eq!(error.existing(), Some(first));
        // The other way round is another pair.
        demo.grant(ben, cleo, SEND).await;
    });
}

#[test]
fn d9_nobody_is_granted_access_to_their_own_account() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"];
        let log = refused(demo, grant_of(ben, ben, BOTH), "same_user").await;
        assert_eq!(log, ["refused grant.create ada>ben (same_user)"]);
    });
}

#[test]
fn g3_a_grant_of_nothing_is_refused() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        refused(demo, grant_of(cleo, ben, &[]), "access_required").await;
        let twice = [AccessType::Send, AccessType::Send];
        let view = demo.grant(cleo, ben, &twice).await;
        assert!(!view.grant.access().contains(AccessType::Login));
    });
}

#[test]
fn g5_an_unknown_or_foreign_address_is_refused_alike() {
    scenario(async |demo| {
        let (ben, pete) = (&demo.acme["ben"], &demo.birch["pete"]);
        let mut nobody = pete.clone();
        nobody.email = "nobody@birch.example".to_owned();
        for person in [pete, &nobody] {
            let log = refused(demo, grant_of(person, ben, BOTH), "unknown_user").await;
            assert_eq!(log, ["refused grant.create ada>ada (unknown_user)"]);
            let log = refused(demo, grant_of(ben, person, BOTH), "unknown_user").await;
            assert_eq!(log, ["refused grant.create ada>ben (unknown_user)"]);
        }
        let mut typo = ben.clone();
        typo.email = "ben at acme".to_owned();
        assert!(refused(demo, grant_of(&typo, ben, BOTH), "invalid_email").await.is_empty());
    });
}

#[test]
fn g5_an_inactive_removed_or_protected_account_gets_no_grant() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.deactivate(ben).await;
        for request in [grant_of(ben, cleo, BOTH), grant_of(cleo, ben, BOTH)] {
            let log = refused(demo, request, "user_inactive").await;
            assert!(log[0].ends_with("(user_inactive)"), "{log:?}");
        }
        demo.reactivate(ben).await;
        demo.protect(ben, true).await;
        refused(demo, grant_of(ben, cleo, BOTH), "user_protected").await;
        // Being protected does not keep one from receiving access.
        demo.grant(cleo, ben, BOTH).await;
        demo.remove(&demo.acme["eli"]).await;
        refused(demo, grant_of(&demo.acme["eli"], ben, BOTH), "unknown_user").await;
    });
}

#[test]
fn d14_a_window_must_have_a_moment_in_it_that_is_still_to_come() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let window = |start: Option<i64>, end: Option<i64>| CreateGrant {
            starts_at: start.map(|minutes| demo.in_minutes(minutes)),
            expires_at: end.map(|minutes| demo.in_minutes(minutes)),
            ..grant_of(cleo, ben, BOTH)
        };
        refused(demo, window(Some(10), Some(10)), "invalid_window").await;
        refused(demo, window(Some(10), Some(5)), "invalid_window").await;
        let log = refused(demo, window(None, Some(0)), "already_expired").await;
        assert_eq!(log, ["refused grant.create ada>cleo (already_expired)"]);
        refused(demo, window(Some(-20), Some(-10)), "already_expired").await;
        let view = demo.grant_like(window(Some(1), Some(2))).await;
        assert_eq!(view.state, GrantState::Scheduled);
    });
}

#[test]
fn a9_a_reason_with_a_direction_mark_is_refused() {
    scenario(async |demo| {
        let request = CreateGrant {
            reason: Some("ok\u{202E}ko".to_owned()),
            ..grant_of(&demo.acme["cleo"], &demo.acme["ben"], BOTH)
        };
        refused(demo, request, "invalid_text").await;
    });
}

#[test]
fn g1_access_to_oneself_is_flagged_in_the_log_and_told_to_the_owner() {
    scenario(async |demo| {
        let (ada, cleo) = (&demo.acme["ada"], &demo.acme["cleo"]);
        let request = grant_of(cleo, ada, LOGIN);
        let created = demo.grants.create(&ada.credential, request, None).await;
        let created = created.unwrap().fresh().unwrap();
        assert_eq!(created.warnings, [GrantWarning::ToOneself]);
        let event = demo.events(demo.acme.id).await.pop().unwrap().content;
        assert_eq!(event.action, Action::GrantCreate);
        let after = event.after.unwrap();
        assert_eq!(after.get("granted_to_oneself"), Some(&FieldValue::Flag(true)));
        let delegates = demo.account.delegates(&cleo.credential).await.unwrap();
        assert_eq!(delegates.may_act[0].grantee.id(), ada.id);
    });
}

#[test]
fn g1_reciprocal_transitive_and_useless_grants_are_allowed_with_a_warning() {
    scenario(async |demo| {
        let [ada, ben, cleo, eli] = ["ada", "ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        let warnings = async |request| {
            let made = demo.grants.create(&ada.credential, request, None).await;
            made.unwrap().fresh().unwrap().warnings
        };
        assert_eq!(warnings(grant_of(cleo, ben, BOTH)).await, []);
        assert_eq!(warnings(grant_of(ben, cleo, LOGIN)).await, [GrantWarning::Reciprocal]);
        assert_eq!(warnings(grant_of(ben, eli, LOGIN)).await, [GrantWarning::Transitive]);
        let onto_admin = warnings(grant_of(ada, eli, LOGIN)).await;
        assert_eq!(onto_admin, [GrantWarning::AdministratorAccount]);
        let general = demo.acme.channel("general");
        let channels = &demo.channels;
        channels.remove_member(&ada.credential, general, eli.id).await.unwrap();
        let silent = warnings(grant_of(cleo, eli, SEND)).await;
        assert!(silent.contains(&GrantWarning::NoSharedChannel), "{silent:?}");
    });
}
