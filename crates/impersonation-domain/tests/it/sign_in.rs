//! Signing in, API tokens, and credentials that are none.

use impersonation_domain::{
    credential::{MAX_TOKEN_LIFETIME, SIGN_IN_LIMIT},
    ids::OrganizationId,
    plan::Plan,
    secret::{Password, Secret, SecretKind},
    service::{
        Conflict, CreateGrant, CreateUser, Credential, ErrorClass, SendMessage, UseCaseError,
    },
};

use crate::fixture::{
    Demo, PASSWORD, bearer, error_text, must_fail, origin, people::found_as, scenario,
};

async fn attempt(
    demo: &Demo,
    email: &str,
    password: &str,
    organization: Option<OrganizationId>,
) -> Result<Credential, UseCaseError> {
    let signed_in = demo.sign_ins.sign_in(email, password, organization, &origin()).await?;
    Ok(bearer(&signed_in.token))
}

#[test]
fn w6_unknown_wrong_inactive_and_foreign_are_answered_alike() {
    scenario(async |demo| {
        demo.deactivate(&demo.acme["eli"]).await;
        demo.remove(&demo.acme["dina"]).await;
        let mut answers = Vec::new();
        for (email, password, organization, refusals) in [
            ("nobody@acme.example", PASSWORD, None, 0),
            ("no address at all", PASSWORD, None, 0),
            ("ben@acme.example", "wrong", None, 1),
            ("ben@acme.example", "", None, 1),
            ("eli@acme.example", PASSWORD, None, 1),
            ("dina@acme.example", PASSWORD, None, 0),
            ("ben@acme.example", PASSWORD, Some(demo.birch.id), 0),
        ] {
            let before = demo.everything().await;
            let (answer, log) = demo.watch(attempt(demo, email, password, organization)).await;
            answers.push(error_text(&must_fail(answer)));
            assert_eq!(log.len(), refusals, "{email}: {log:?}");
            assert_eq!(demo.everything().await, before);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let (_, log) = demo.watch(attempt(demo, "ben@acme.example", "wrong", None)).await;
        assert_eq!(log, ["refused sign_in.create unknown>ben (wrong_credentials)"]);
    });
}

#[test]
fn d13_an_address_is_the_same_in_any_case() {
    scenario(async |demo| {
        let (credential, log) =
            demo.allowed(attempt(demo, " BEN@Acme.Example ", PASSWORD, None)).await;
        assert_eq!(log, ["sign_in.create ben>ben"]);
        assert_eq!(demo.account.me(&credential).await.unwrap().actor.id(), demo.acme["ben"].id);
    });
}

#[test]
fn t4_with_accounts_in_several_organizations_the_password_or_the_person_chooses() {
    scenario(async |demo| {
        let email = "ben@acme.example";
        let other = found_as(&demo.app, "Twin", Plan::Enterprise, "ben", email).await;
        let error = must_fail(attempt(demo, email, PASSWORD, None).await);
        let UseCaseError::Conflict(Conflict::ChooseOrganization { mut organizations }) = error
        else {
            panic!("{}", error_text(&error));
        };
        organizations.sort();
        assert_eq!(organizations, [demo.acme.id, other.id]);
        for (id, person) in [(demo.acme.id, &demo.acme["ben"]), (other.id, &other["ben"])] {
            let credential = attempt(demo, email, PASSWORD, Some(id)).await.unwrap();
            let me = demo.account.me(&credential).await.unwrap();
            assert_eq!((me.actor.id(), me.organization.id()), (person.id, id));
        }
        let new = "different-password";
        let change = Password::new(new.to_owned()).unwrap();
        demo.account.change_password(&other["ben"].credential, PASSWORD, change).await.unwrap();
        let credential = attempt(demo, email, new, None).await.unwrap();
        assert_eq!(demo.account.me(&credential).await.unwrap().organization.id(), other.id);
        let error = must_fail(attempt(demo, email, new, Some(demo.acme.id)).await);
        assert_eq!(error.code(), "wrong_credentials");
    });
}

#[test]
fn s4_a_session_of_ones_own_lasts_twelve_hours_at_most() {
    scenario(async |demo| {
        let credential = attempt(demo, "ben@acme.example", PASSWORD, None).await.unwrap();
        demo.clock.advance(SIGN_IN_LIMIT - chrono::TimeDelta::microseconds(1));
        demo.account.me(&credential).await.unwrap();
        demo.clock.advance(chrono::TimeDelta::microseconds(1));
        let me = demo.account.me(&credential);
        demo.refused(me, "unauthenticated", ErrorClass::Unauthenticated).await;
    });
}

#[test]
fn s6_after_signing_out_the_token_is_worth_nothing() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"].credential;
        demo.sign_ins.sign_out(ben).await.unwrap();
        let again = demo.sign_ins.sign_out(ben);
        demo.refused(again, "unauthenticated", ErrorClass::Unauthenticated).await;
        let accounts = demo.account.accounts(ben);
        demo.refused(accounts, "unauthenticated", ErrorClass::Unauthenticated).await;
    });
}

#[test]
fn d12_an_unknown_token_or_a_missing_identity_is_nobody() {
    scenario(async |demo| {
        let unknown = bearer(&Secret::from_random(SecretKind::ApiToken, [7; 32]));
        let ben = demo.acme["ben"].id;
        let session = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e".parse().unwrap();
        let asserted =
            |org, user, at| Credential::asserted(org, user, session, demo.in_minutes(at), origin());
        for nobody in [
            unknown,
            asserted(demo.birch.id, ben, 60),
            asserted(demo.acme.id, demo.birch["pete"].id, 60),
            asserted("0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2f".parse().unwrap(), ben, 60),
            asserted(demo.acme.id, ben, 0),
        ] {
            let me = demo.account.me(&nobody);
            let log = demo.refused(me, "unauthenticated", ErrorClass::Unauthenticated).await;
            assert!(log.is_empty(), "{log:?}");
            let create = demo.channels.create(&nobody, "mine", None);
            demo.refused(create, "unauthenticated", ErrorClass::Unauthenticated).await;
        }
        demo.account.me(&asserted(demo.acme.id, ben, 60)).await.unwrap();
    });
}

#[test]
fn s4_a_product_that_keeps_its_own_sessions_ends_what_rests_on_them() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, crate::fixture::LOGIN).await;
        let session = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e".parse().unwrap();
        let mut outside = ben.clone();
        outside.credential =
            Credential::asserted(demo.acme.id, ben.id, session, demo.in_minutes(30), origin());
        let login = demo.login(&outside, cleo).await;
        assert_eq!(login.expires_at, demo.in_minutes(30));
        let own = demo.login(ben, cleo).await;
        let origin = origin();
        let end = demo.sessions.end_resting_on(demo.acme.id, session, &origin);
        let (ended, log) = demo.allowed(end).await;
        assert_eq!(ended, 1);
        assert_eq!(log, ["login_session.end system>cleo (own_session_ended) login v1 session"]);
        assert!(demo.ended(&login.credential).await.is_some());
        assert!(demo.ended(&own.credential).await.is_none());
    });
}

#[test]
fn s2_api_tokens_expire_are_revoked_and_act_with_what_their_maker_may_do_now() {
    scenario(async |demo| {
        let (ada, ben) = (&demo.acme["ada"], &demo.acme["ben"]);
        let create = |at| demo.tokens.create(&ada.credential, "job", Some(at), None);
        let too_late = demo.now() + MAX_TOKEN_LIFETIME + chrono::TimeDelta::microseconds(1);
        for at in [demo.now(), demo.in_minutes(-1), too_late] {
            demo.refused(create(at), "out_of_range", ErrorClass::Invalid).await;
        }
        let (made, log) = demo.allowed(create(demo.in_minutes(30))).await;
        assert_eq!(log, ["token.create ada>ada"]);
        let made = made.fresh().unwrap();
        let program = bearer(&made.secret);
        demo.grants.list(&program, Default::default()).await.unwrap();
        demo.give_role(ben, demo.acme.admin_role).await;
        let seen = demo.version_of(&demo.acme["ada"]).await;
        let demoted = crate::fixture::change::to_role(demo.acme.member_role);
        demo.people.edit(&ben.credential, ada.id, seen, demoted).await.unwrap();
        let list = demo.grants.list(&program, Default::default());
        demo.refused(list, "permission_required", ErrorClass::Forbidden).await;
        demo.account.me(&program).await.unwrap();
        demo.pass(30);
        let me = demo.account.me(&program);
        demo.refused(me, "unauthenticated", ErrorClass::Unauthenticated).await;

        let (ben, id) = (&ben.credential, made.token.id);
        let ((), log) = demo.allowed(demo.tokens.revoke(ben, id)).await;
        assert_eq!(log, ["token.revoke ben>ada"]);
        let again = demo.tokens.revoke(ben, id);
        demo.refused(again, "token_not_found", ErrorClass::NotFound).await;
    });
}

#[test]
fn w6_a_wrong_current_password_changes_nothing_and_is_recorded() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"];
        let new = Password::new("another-long-one".to_owned()).unwrap();
        let change = demo.account.change_password(&ben.credential, "wrong", new);
        let log = demo.refused(change, "wrong_password", ErrorClass::Invalid).await;
        assert_eq!(log, ["refused user.set_password ben>ben (wrong_password)"]);
        demo.sign_in(ben).await;
    });
}

#[test]
fn w6_who_may_not_ask_at_all_is_told_so_before_what_they_sent_is_looked_at() {
    scenario(async |demo| {
        let nobody = bearer(&Secret::from_random(SecretKind::SignIn, [7; 32]));
        let bad = || CreateUser { email: "no address".to_owned(), ..CreateUser::default() };
        let empty = SendMessage::default;
        let general = demo.acme.channel("general");
        let (code, class) = ("unauthenticated", ErrorClass::Unauthenticated);
        demo.refused(demo.people.create(&nobody, bad(), None), code, class).await;
        demo.refused(demo.sending.send(&nobody, general, empty(), None, None), code, class).await;
        demo.refused(demo.channels.create(&nobody, "", None), code, class).await;
        let create = demo.grants.create(&nobody, CreateGrant::default(), None);
        demo.refused(create, code, class).await;
        let ben = &demo.acme["ben"].credential;
        let create = demo.people.create(ben, bad(), None);
        let log = demo.refused(create, "permission_required", ErrorClass::Forbidden).await;
        assert_eq!(log, ["refused user.create ben>ben (permission_required)"]);
        let board = demo.acme.channel("board");
        let send = demo.sending.send(ben, board, empty(), None, None);
        demo.refused(send, "channel_not_found", ErrorClass::NotFound).await;
    });
}

#[test]
fn s6_a_program_with_a_token_has_nothing_to_sign_out_of() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let made = demo.tokens.create(ada, "job", None, None).await.unwrap().fresh().unwrap();
        let program = bearer(&made.secret);
        let out = demo.sign_ins.sign_out(&program);
        let log = demo.refused(out, "not_signed_in", ErrorClass::Conflict).await;
        assert_eq!(log, ["refused sign_in.end ada>ada (not_signed_in)"]);
        demo.account.me(&program).await.unwrap();
    });
}
