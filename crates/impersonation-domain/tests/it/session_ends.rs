//! What ends a login session, with which cause, and what leaves it alone (design rule 3.3).

use std::collections::BTreeSet;

use impersonation_domain::{
    access::AccessType,
    audit::{Action, FieldValue},
    login_session::EndCause,
    plan::Plan,
    ports::UnitOfWorkFactory,
    role::Permission,
    secret::Password,
    service::{AuditRequest, EditGrant, EditUser},
};

use crate::fixture::{BOTH, Demo, LOGIN, Login, PASSWORD, bearer, scenario};

/// ben on cleo, eli on ben, and eli on cleo: each change must end exactly some of these.
struct Three {
    ben_cleo: Login,
    eli_ben: Login,
    eli_cleo: Login,
}

async fn three(demo: &Demo) -> Three {
    let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
    demo.grant(cleo, ben, BOTH).await;
    demo.grant(ben, eli, BOTH).await;
    demo.grant(cleo, eli, BOTH).await;
    Three {
        ben_cleo: demo.login(ben, cleo).await,
        eli_ben: demo.login(eli, ben).await,
        eli_cleo: demo.login(eli, cleo).await,
    }
}

/// Compares with why each has ended: ben on cleo, eli on ben, eli on cleo.
async fn expect(demo: &Demo, three: &Three, causes: [Option<EndCause>; 3]) {
    for (login, cause) in [&three.ben_cleo, &three.eli_ben, &three.eli_cleo].into_iter().zip(causes)
    {
        assert_eq!(demo.end_of(login.id).await, cause, "at once, in the store");
        assert_eq!(demo.ended(&login.credential).await, cause, "at the next request");
    }
}

fn ends(log: &[String]) -> Vec<&str> {
    let ends = log.iter().filter(|line| line.starts_with("login_session.end"));
    ends.map(String::as_str).collect()
}

#[test]
fn r2_deactivating_a_user_ends_what_they_do_and_what_is_done_to_them() {
    scenario(async |demo| {
        let three = three(demo).await;
        let ben = &demo.acme["ben"];
        let ((), log) = demo.watch(demo.deactivate(ben)).await;
        assert_eq!(
            log,
            [
                "user.deactivate ada>ben",
                "login_session.end ada>cleo (actor_deactivated) login v1 session",
                "login_session.end ada>ben (subject_deactivated) login v1 session",
            ]
        );
        let causes = [Some(EndCause::ActorDeactivated), Some(EndCause::SubjectDeactivated), None];
        expect(demo, &three, causes).await;
        // Undoing the cause revives nothing; the grants are there again.
        demo.reactivate(ben).await;
        expect(demo, &three, causes).await;
        assert!(demo.account.me(&ben.credential).await.is_err(), "their own session is over too");
        demo.login(&demo.acme["eli"], ben).await;
    });
}

#[test]
fn r2_removing_a_user_ends_their_sessions_and_deletes_their_grants() {
    scenario(async |demo| {
        let three = three(demo).await;
        let ((), mut log) = demo.watch(demo.remove(&demo.acme["ben"])).await;
        log.sort();
        assert_eq!(
            log,
            [
                "channel.remove_member ada>ben #deals",
                "channel.remove_member ada>ben #general",
                "grant.delete ada>ben (user_removed) v1",
                "grant.delete ada>cleo (user_removed) v1",
                "login_session.end ada>ben (subject_removed) login v1 session",
                "login_session.end ada>cleo (actor_removed) login v1 session",
                "user.remove ada>ben",
            ]
        );
        let causes = [Some(EndCause::ActorRemoved), Some(EndCause::SubjectRemoved), None];
        expect(demo, &three, causes).await;
    });
}

#[test]
fn r2_protecting_an_account_ends_the_sessions_on_it_but_not_those_of_its_owner() {
    scenario(async |demo| {
        let three = three(demo).await;
        let ben = &demo.acme["ben"];
        let ((), log) = demo.watch(demo.protect(ben, true)).await;
        let end = "login_session.end ada>ben (subject_protected) login v1 session";
        assert_eq!(log, ["user.protect ada>ben", end]);
        let causes = [None, Some(EndCause::SubjectProtected), None];
        expect(demo, &three, causes).await;
        demo.protect(ben, false).await;
        expect(demo, &three, causes).await;
        demo.login(&demo.acme["eli"], ben).await;
    });
}

#[test]
fn r2_a_downgrade_suspends_grants_and_ends_all_sessions_which_an_upgrade_does_not_revive() {
    scenario(async |demo| {
        let three = three(demo).await;
        demo.set_plan(Plan::MultiUser).await;
        expect(demo, &three, [None, None, None]).await;
        let ((), log) = demo.watch(demo.set_plan(Plan::Individual)).await;
        assert_eq!(log[0], "organization.set_plan operator>organization");
        assert_eq!(ends(&log).len(), 3, "{log:?}");
        let causes = [Some(EndCause::PlanChanged); 3];
        expect(demo, &three, causes).await;
        demo.set_plan(Plan::Enterprise).await;
        expect(demo, &three, causes).await;
        let ada = &demo.acme["ada"].credential;
        assert_eq!(demo.grants.list(ada, Default::default()).await.unwrap().items.len(), 3);
        demo.login(&demo.acme["ben"], &demo.acme["cleo"]).await;
    });
}

#[test]
fn g4_a_narrowing_edit_ends_exactly_the_sessions_that_relied_on_it() {
    scenario(async |demo| {
        let three = three(demo).await;
        let ada = &demo.acme["ada"].credential;
        let grants = demo.grants.list(ada, Default::default()).await.unwrap().items;
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let grant = grants
            .iter()
            .find(|view| (view.grantee.id(), view.grantor.id()) == (ben.id, cleo.id))
            .unwrap();
        let id = grant.grant.id();
        let access =
            |access: AccessType| EditGrant { access: Some(vec![access]), ..EditGrant::default() };

        // What does not narrow keeps the session, under whatever version.
        for edit in [
            access(AccessType::Login),
            EditGrant { reason: Some(Some("cover".to_owned())), ..EditGrant::default() },
            EditGrant { access: Some(BOTH.to_vec()), ..EditGrant::default() },
            EditGrant { starts_at: Some(Some(demo.now())), ..EditGrant::default() },
        ] {
            let (_, log) = demo.watch(demo.edit(id, edit)).await;
            assert_eq!(log.len(), 1, "{log:?}");
            expect(demo, &three, [None, None, None]).await;
        }
        let (_, log) = demo.watch(demo.edit(id, access(AccessType::Send))).await;
        let end = "login_session.end ada>cleo (grant_edited) login v1 session";
        assert_eq!(log, ["grant.edit ada>cleo v6", end]);
        let causes = [Some(EndCause::GrantEdited), None, None];
        expect(demo, &three, causes).await;
        demo.edit(id, EditGrant { access: Some(BOTH.to_vec()), ..EditGrant::default() }).await;
        expect(demo, &three, causes).await;
    });
}

#[test]
fn g4_a_start_moved_into_the_future_ends_the_session() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, LOGIN).await.grant;
        let login = demo.login(ben, cleo).await;
        let later = Some(Some(demo.in_minutes(1)));
        demo.edit(grant.id(), EditGrant { starts_at: later, ..EditGrant::default() }).await;
        assert_eq!(demo.end_of(login.id).await, Some(EndCause::GrantEdited));
    });
}

#[test]
fn r2_what_does_not_bear_on_a_session_leaves_it_alone() {
    scenario(async |demo| {
        let three = three(demo).await;
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        demo.give_role(cleo, demo.acme.admin_role).await;
        demo.give_role(ben, demo.support_lead).await;
        demo.give_role(ben, demo.acme.member_role).await;
        let renamed = EditUser { name: Some("Benjamin".to_owned()), ..EditUser::default() };
        demo.change(ben, renamed).await;
        demo.channels
            .remove_member(&ada.credential, demo.acme.channel("deals"), cleo.id)
            .await
            .unwrap();
        demo.deactivate(&demo.acme["dina"]).await;
        let role = demo.roles.get(&ada.credential, demo.support_lead).await.unwrap().role;
        let none = Some(BTreeSet::<Permission>::new());
        demo.roles.edit(&ada.credential, role.id(), role.version(), None, none).await.unwrap();
        demo.set_plan(Plan::MultiUser).await;
        expect(demo, &three, [None, None, None]).await;
    });
}

#[test]
fn s4_signing_out_ends_what_rests_on_that_session_alone() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, LOGIN).await;
        let login = demo.login(ben, cleo).await;
        let mut elsewhere = ben.clone();
        elsewhere.credential = demo.sign_in(ben).await;
        let other = demo.login(&elsewhere, cleo).await;
        let ((), log) = demo.allowed(demo.sign_ins.sign_out(&ben.credential)).await;
        let end = "login_session.end ben>cleo (own_session_ended) login v1 session";
        assert_eq!(log, ["sign_in.end ben>ben", end]);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::OwnSessionEnded));
        assert_eq!(demo.ended(&other.credential).await, None);
        // The owner of the account may sign out and in as they like.
        demo.sign_ins.sign_out(&cleo.credential).await.unwrap();
        assert_eq!(demo.ended(&other.credential).await, None);
    });
}

#[test]
fn r2_a_new_password_ends_the_sessions_of_its_owner() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, LOGIN).await;
        demo.grant(ben, &demo.acme["eli"], LOGIN).await;
        let onto_ben = demo.login(&demo.acme["eli"], ben).await;
        let login = demo.login(ben, cleo).await;
        let elsewhere = demo.sign_in(ben).await;
        let new = Password::new("another-long-one".to_owned()).unwrap();
        let change = demo.account.change_password(&ben.credential, PASSWORD, new);
        let ((), log) = demo.allowed(change).await;
        let end = "login_session.end ben>cleo (own_session_ended) login v1 session";
        assert_eq!(log, ["user.set_password ben>ben", end]);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::OwnSessionEnded));
        assert!(demo.account.me(&elsewhere).await.is_err());
        assert!(demo.account.me(&ben.credential).await.is_ok());

        let login = demo.login(ben, cleo).await;
        let reset = demo.people.set_password(&ada.credential, ben.id, PASSWORD.to_owned());
        let ((), log) = demo.allowed(reset).await;
        let end = "login_session.end ada>cleo (own_session_ended) login v1 session";
        assert_eq!(log, ["user.set_password ada>ben", end]);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::OwnSessionEnded));
        assert!(demo.account.me(&ben.credential).await.is_err());
        assert_eq!(
            demo.ended(&onto_ben.credential).await,
            None,
            "the account is eli's to use still"
        );
    });
}

#[test]
fn r2_a_revoked_token_ends_what_was_started_with_it() {
    scenario(async |demo| {
        let (ada, cleo) = (&demo.acme["ada"], &demo.acme["cleo"]);
        demo.grant(cleo, ada, LOGIN).await;
        let made = demo.tokens.create(&ada.credential, "nightly job", None, None).await;
        let made = made.unwrap().fresh().unwrap();
        let mut program = ada.clone();
        program.credential = bearer(&made.secret);
        let (by_program, by_hand) = (demo.login(&program, cleo).await, demo.login(ada, cleo).await);
        let ((), log) = demo.allowed(demo.tokens.revoke(&ada.credential, made.token.id)).await;
        let end = "login_session.end ada>cleo (own_session_ended) login v1 session";
        assert_eq!(log, ["token.revoke ada>ada", end]);
        assert_eq!(demo.ended(&by_program.credential).await, Some(EndCause::OwnSessionEnded));
        assert_eq!(demo.ended(&by_hand.credential).await, None);
        assert!(demo.account.me(&program.credential).await.is_err());
    });
}

#[test]
fn s6_the_actors_own_session_is_looked_up_at_every_request() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, LOGIN).await;
        let login = demo.login(ben, cleo).await;
        // As a store does that ends own sessions without telling the use cases.
        let mut unit = demo.store.begin(demo.acme.id).await.unwrap();
        unit.credentials().end_all_of(ben.id, None, false, demo.now()).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(demo.end_of(login.id).await, None);
        let (cause, log) = demo.watch(demo.ended(&login.credential)).await;
        assert_eq!(cause, Some(EndCause::OwnSessionEnded));
        assert_eq!(log, ["login_session.end ben>cleo (own_session_ended) login v1 session"]);
    });
}

#[test]
fn a6_the_end_of_a_session_is_found_under_its_actor() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, LOGIN).await;
        let login = demo.login(ben, cleo).await;
        demo.pass(15);
        demo.sessions.end_overdue().await.unwrap();
        let request = AuditRequest { login_session: Some(login.id), ..AuditRequest::default() };
        let ben_again = demo.sign_in(ben).await;
        let seen = demo.audit.events(&ben_again, request).await.unwrap();
        let actions: Vec<_> = seen.items.iter().map(|view| view.event.content.action).collect();
        assert_eq!(actions, [Action::LoginSessionEnd, Action::LoginSessionStart]);
        let end = &seen.items[0].event.content;
        let actor = end.before.as_ref().and_then(|before| before.get("actor_id")).cloned();
        assert_eq!(actor, Some(FieldValue::Text(ben.id.to_string())));
    });
}
