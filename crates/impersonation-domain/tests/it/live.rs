//! What an open page is told of what happens: whatever concerns its user, and nothing else.

use std::collections::BTreeSet;

use futures_util::future::LocalBoxFuture;
use impersonation_domain::{
    access::AccessType,
    ids::ChannelId,
    login_session::{EndCause, IDLE_LIMIT},
    plan::Plan,
    role::Permission,
    service::{Credential, EditGrant, EditUser, ErrorClass, Topic, UseCaseError},
};

use crate::fixture::{BOTH, Demo, LOGIN, Person, SEND, bearer, must_fail, scenario, text, text_as};

/// What everybody may be told of in their own account, whatever their role.
const OWN: [Topic; 7] = [
    Topic::LoginSessions,
    Topic::Accounts,
    Topic::Delegates,
    Topic::Roles,
    Topic::People,
    Topic::Channels,
    Topic::Organization,
];

async fn head(demo: &Demo) -> u64 {
    demo.app.live().head(demo.acme.id).await.unwrap()
}

async fn topics(demo: &Demo, who: &Credential, seen: u64) -> BTreeSet<Topic> {
    demo.app.live().look(who, seen).await.unwrap().topics
}

/// What each is told of something that happens.
fn told<'a, const N: usize>(
    demo: &'a Demo,
    who: [&'a Credential; N],
    happens: impl Future<Output = ()> + 'a,
) -> LocalBoxFuture<'a, [BTreeSet<Topic>; N]> {
    Box::pin(async move {
        let seen = head(demo).await;
        happens.await;
        let mut told = Vec::new();
        for credential in who {
            told.push(topics(demo, credential, seen).await);
        }
        told.try_into().unwrap()
    })
}

/// ada, ben, cleo, dina and eli, in their own accounts.
fn everybody(demo: &Demo) -> [&Credential; 5] {
    ["ada", "ben", "cleo", "dina", "eli"].map(|name| &demo.acme[name].credential)
}

/// Looks with the token of a session that turns out to be over: why, and the events of it.
async fn over(demo: &Demo, me: &Credential) -> (EndCause, Vec<String>) {
    let live = demo.app.live();
    let (look, log) = demo.watch(live.look(me, 0)).await;
    match look {
        Err(UseCaseError::LoginSessionEnded { cause }) => (cause, log),
        other => panic!("{other:?}"),
    }
}

fn set<const N: usize>(topics: [Topic; N]) -> BTreeSet<Topic> {
    BTreeSet::from(topics)
}

fn messages(demo: &Demo, channels: &[&str]) -> BTreeSet<Topic> {
    channels.iter().map(|name| Topic::Messages(demo.acme.channel(name))).collect()
}

fn people(demo: &Demo) -> [&Person; 3] {
    ["ben", "cleo", "eli"].map(|name| &demo.acme[name])
}

#[test]
fn looking_tells_how_far_it_has_got_and_then_nothing_until_something_happens() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"].credential;
        let seen = head(demo).await;
        let look = demo.app.live().look(ben, seen).await.unwrap();
        assert_eq!((look.head, look.topics), (seen, set([])));
        demo.send(ben, "general", text("hello")).await.unwrap();
        let look = demo.app.live().look(ben, seen).await.unwrap();
        assert_eq!((look.head, look.topics), (seen + 1, messages(demo, &["general"])));
        assert_eq!(topics(demo, ben, seen + 1).await, set([]));
    });
}

#[test]
fn a_grant_is_told_to_its_two_people_and_to_whoever_manages_grants_and_to_nobody_else() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        let managers = set([Topic::Grants]);
        let with_log = set([Topic::Grants, Topic::AuditLog]);
        let expected =
            [with_log, set([Topic::Accounts]), set([Topic::Delegates]), managers, set([])];
        let mut grant = None;
        let made = async { grant = Some(demo.grant(cleo, ben, BOTH).await.grant.id()) };
        assert_eq!(told(demo, everybody(demo), made).await, expected);
        let id = grant.unwrap();
        let narrowed = EditGrant { access: Some(SEND.to_vec()), ..EditGrant::default() };
        let edited = async { drop(demo.edit(id, narrowed).await) };
        assert_eq!(told(demo, everybody(demo), edited).await, expected);
        let ada = &demo.acme["ada"].credential;
        let seen = demo.grants.get(ada, id).await.unwrap().grant.version();
        let deleted = async { assert!(demo.grants.delete(ada, id, seen).await.is_ok()) };
        assert_eq!(told(demo, everybody(demo), deleted).await, expected);
    });
}

#[test]
fn a_login_session_is_told_to_its_two_people_and_to_whoever_manages_grants() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        demo.grant(cleo, ben, BOTH).await;
        let expected = [
            set([Topic::Grants, Topic::LoginSessions, Topic::AuditLog]),
            set([Topic::LoginSessions]),
            set([Topic::LoginSessions, Topic::Delegates]),
            set([Topic::Grants, Topic::LoginSessions]),
            set([]),
        ];
        let mut login = None;
        let started = async { login = Some(demo.login(ben, cleo).await) };
        assert_eq!(told(demo, everybody(demo), started).await, expected);
        // Whoever ends it, both are told: its actor, too, who is not the actor of this event.
        let ada = &demo.acme["ada"].credential;
        let id = login.unwrap().id;
        let ended = async { demo.sessions.end(ada, id).await.unwrap() };
        assert_eq!(told(demo, everybody(demo), ended).await, expected);
        let login = demo.login(ben, cleo).await.id;
        let ended = async { demo.sessions.end(&cleo.credential, login).await.unwrap() };
        assert_eq!(told(demo, everybody(demo), ended).await, expected);
    });
}

#[test]
fn a_session_that_is_shortened_is_told_to_its_actor_although_a_manager_did_it() {
    scenario(async |demo| {
        let [ben, cleo, eli] = people(demo).map(|person| &person.credential);
        let [person_ben, person_cleo, _] = people(demo);
        let grant = demo.grant(person_cleo, person_ben, LOGIN).await.grant.id();
        demo.login(person_ben, person_cleo).await;
        let expires_at = Some(Some(demo.in_minutes(20)));
        let edit = EditGrant { expires_at, ..EditGrant::default() };
        let shortened = async { drop(demo.edit(grant, edit).await) };
        let [ben, cleo, eli] = told(demo, [ben, cleo, eli], shortened).await;
        assert_eq!(ben, set([Topic::Accounts, Topic::LoginSessions]));
        assert_eq!(cleo, set([Topic::Delegates, Topic::LoginSessions]));
        assert_eq!(eli, set([]));
    });
}

#[test]
fn messages_are_told_to_the_members_of_the_channel_alone() {
    scenario(async |demo| {
        let cleo = &demo.acme["cleo"].credential;
        let sent = async { drop(demo.send(cleo, "deals", text("a deal")).await.unwrap()) };
        let [ada, ben, cleo, dina, eli] = told(demo, everybody(demo), sent).await;
        assert_eq!(ada, set([Topic::AuditLog]));
        assert_eq!(ben, messages(demo, &["deals"]));
        assert_eq!(cleo, messages(demo, &["deals"]));
        assert_eq!((dina, eli), (set([]), set([])));
    });
}

#[test]
fn whoever_has_left_a_channel_is_not_told_of_its_messages_any_more() {
    scenario(async |demo| {
        let (ada, ben, deals) = (&demo.acme["ada"], &demo.acme["ben"], demo.acme.channel("deals"));
        let seen = head(demo).await;
        demo.send(&ben.credential, "deals", text("a deal")).await.unwrap();
        demo.channels.remove_member(&ada.credential, deals, ben.id).await.unwrap();
        let told = topics(demo, &ben.credential, seen).await;
        assert_eq!(told, set([Topic::Channels, Topic::Accounts]));
    });
}

#[test]
fn sending_as_another_uses_a_grant_and_is_told_to_the_account_and_to_managers() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        demo.grant(cleo, ben, BOTH).await;
        let sent = text_as("for cleo", cleo.id);
        let sent = async { drop(demo.send(&ben.credential, "deals", sent).await.unwrap()) };
        let [ada, told_ben, told_cleo, dina, eli] = told(demo, everybody(demo), sent).await;
        assert_eq!(ada, set([Topic::Grants, Topic::AuditLog]));
        assert_eq!(told_ben, messages(demo, &["deals"]));
        assert_eq!(told_cleo, &messages(demo, &["deals"]) | &set([Topic::Delegates]));
        assert_eq!((dina, eli), (set([Topic::Grants]), set([])));
    });
}

#[test]
fn changes_of_people_roles_channels_and_the_plan_are_told_to_everybody() {
    scenario(async |demo| {
        let (ada, eli) = (&demo.acme["ada"].credential, &demo.acme["eli"]);
        let ben = &demo.acme["ben"].credential;
        let of_people = set([Topic::People, Topic::Roles, Topic::Accounts, Topic::Delegates]);
        let rename = EditUser { name: Some("Elias".to_owned()), ..EditUser::default() };
        for change in [rename, EditUser { role_id: Some(demo.support_lead), ..EditUser::default() }]
        {
            let [told] = told(demo, [ben], async { drop(demo.change(eli, change).await) }).await;
            assert_eq!(told, of_people);
        }
        for protected in [true, false] {
            let [told] = told(demo, [ben], demo.protect(eli, protected)).await;
            assert_eq!(told, of_people);
        }
        let [told_ben] = told(demo, [ben], demo.deactivate(eli)).await;
        assert_eq!(told_ben, of_people);

        let none = BTreeSet::new();
        let made = async { drop(demo.roles.create(ada, "Helper", none, None).await.unwrap()) };
        let [told_ben] = told(demo, [ben], made).await;
        assert_eq!(told_ben, set([Topic::Roles, Topic::People, Topic::Accounts]));

        let made = async { drop(demo.channels.create(ada, "new", None).await.unwrap()) };
        let [told_ben] = told(demo, [ben], made).await;
        assert_eq!(told_ben, set([Topic::Channels, Topic::Accounts]));

        let [told_ben] = told(demo, [ben], demo.set_plan(Plan::MultiUser)).await;
        let of_plan = [Topic::Organization, Topic::Accounts, Topic::Delegates, Topic::Roles];
        assert_eq!(told_ben, set(of_plan));
    });
}

#[test]
fn what_is_refused_read_or_done_with_credentials_is_told_to_those_who_read_the_log_alone() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let refused = async {
            let create = crate::fixture::grant_of(cleo, ben, BOTH);
            let create = demo.grants.create(&ben.credential, create, None);
            demo.refused(create, "permission_required", ErrorClass::Forbidden).await;
            drop(demo.sign_in(cleo).await);
        };
        let [ada, told_ben, told_cleo, dina, eli] = told(demo, everybody(demo), refused).await;
        assert_eq!(ada, set([Topic::AuditLog]));
        assert_eq!([told_ben, told_cleo, dina, eli], [set([]), set([]), set([]), set([])]);
    });
}

#[test]
fn s9_inside_a_login_session_only_channels_and_messages_of_the_account_are_told() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        // Inside the account of an administrator who may do everything.
        demo.grant(ada, cleo, BOTH).await;
        let login = demo.login(cleo, ada).await;
        let me = &login.credential;
        let [told_me] = told(demo, [me], async {
            demo.grant(ada, ben, BOTH).await;
            demo.login(ben, ada).await;
            demo.change(ben, EditUser { name: Some("Benno".into()), ..EditUser::default() }).await;
            demo.send(&ben.credential, "deals", text("cleo is in it, ada is not")).await.unwrap();
            demo.send(&ben.credential, "general", text("hello")).await.unwrap();
            demo.channels.create(&ada.credential, "new", None).await.unwrap();
        })
        .await;
        assert_eq!(told_me, &set([Topic::Channels]) | &messages(demo, &["general"]));
        // Nor is more told when everything is to be looked at anew.
        let new = head(demo).await + 1;
        let all = topics(demo, me, new).await;
        assert!(all.iter().all(|topic| matches!(topic, Topic::Channels | Topic::Messages(_))));
        assert!(!all.contains(&Topic::Messages(demo.acme.channel("deals"))));
    });
}

#[test]
fn w6_whoever_loses_a_permission_is_told_no_more_of_what_it_was_for() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        let (ada, dina) = (&demo.acme["ada"].credential, &demo.acme["dina"].credential);
        let roles = demo.roles.list(ada).await.unwrap();
        let lead = roles.iter().find(|view| view.role.id() == demo.support_lead).unwrap();
        let seen = head(demo).await;
        demo.grant(cleo, ben, BOTH).await;
        let edit = demo.roles.edit(
            ada,
            demo.support_lead,
            lead.role.version(),
            None,
            Some(BTreeSet::from([Permission::ReadAuditLog])),
        );
        edit.await.unwrap();
        let told = topics(demo, dina, seen).await;
        assert!(!told.contains(&Topic::Grants), "{told:?}");
        assert!(told.contains(&Topic::AuditLog), "{told:?}");
        // That the page is out of date, they are told by what everybody is told of.
        assert!(told.contains(&Topic::Roles), "{told:?}");
    });
}

#[test]
fn whoever_is_far_behind_or_ahead_is_told_of_all_that_they_may_ever_be_told_of() {
    scenario(async |demo| {
        let [ada, ben, _, dina, _] = everybody(demo);
        let seen = head(demo).await;
        for _ in 0..1000 {
            demo.send(ada, "board", text("x")).await.unwrap();
        }
        assert_eq!(topics(demo, ben, seen).await, set([]), "a thousand events are looked through");
        demo.send(ada, "board", text("x")).await.unwrap();
        let mut of_ben = &set(OWN) | &messages(demo, &["general", "deals"]);
        for unknown in [0, seen, head(demo).await + 1, u64::MAX] {
            assert_eq!(topics(demo, ben, unknown).await, of_ben, "{unknown}");
        }
        of_ben.remove(&Topic::Messages(demo.acme.channel("deals")));
        let of_dina = &of_ben | &set([Topic::Grants]);
        assert_eq!(topics(demo, dina, 0).await, of_dina);
        let of_ada = &of_dina | &(&messages(demo, &["board"]) | &set([Topic::AuditLog]));
        assert_eq!(topics(demo, ada, 0).await, of_ada);
    });
}

#[test]
fn whoever_is_in_more_channels_than_a_page_holds_is_told_of_all_of_them() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let mut made: Vec<ChannelId> = Vec::new();
        for number in 0..201 {
            let answer = demo.channels.create(ada, &format!("room {number}"), None).await.unwrap();
            made.push(answer.fresh().unwrap().channel.id());
        }
        let told = topics(demo, ada, u64::MAX).await;
        assert!(made.iter().all(|channel| told.contains(&Topic::Messages(*channel))));
    });
}

#[test]
fn t2_another_organization_changes_nothing_of_what_is_told() {
    scenario(async |demo| {
        let olga = &demo.birch["olga"].credential;
        let live = demo.app.live();
        let seen = head(demo).await;
        let of_birch = live.head(demo.birch.id).await.unwrap();
        demo.channels.create(olga, "elsewhere", None).await.unwrap();
        assert!(live.head(demo.birch.id).await.unwrap() > of_birch);
        let look = live.look(&demo.acme["ada"].credential, seen).await.unwrap();
        assert_eq!((look.head, look.topics), (seen, set([])));
        assert_eq!(live.organization_of(olga).await.unwrap(), demo.birch.id);
    });
}

#[test]
fn s4_looking_does_not_keep_a_session_from_going_idle() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        demo.grant(cleo, ben, BOTH).await;
        let me = demo.login(ben, cleo).await;
        for _ in 0..14 {
            demo.pass(1);
            topics(demo, &me.credential, 0).await;
        }
        demo.pass(1);
        let (cause, log) = over(demo, &me.credential).await;
        assert_eq!(cause, EndCause::IdleLimit);
        assert_eq!(log, ["login_session.end ben>cleo (idle_limit) login v1 session"]);
        assert_eq!(demo.end_of(me.id).await, Some(EndCause::IdleLimit));
    });
}

#[test]
fn s4_asking_whether_the_session_goes_on_is_neither_a_use_of_it_nor_recorded() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        demo.grant(cleo, ben, BOTH).await;
        let live = demo.app.live();
        assert!(live.login_session(&ben.credential).await.unwrap().is_none());
        let me = demo.login(ben, cleo).await;
        for _ in 0..14 {
            demo.pass(1);
            let (session, log) = demo.watch(live.login_session(&me.credential)).await;
            assert_eq!(session.unwrap().map(|current| current.session.id()), Some(me.id));
            assert!(log.is_empty(), "{log:?}");
        }
        demo.pass(1);
        let (cause, _) = over(demo, &me.credential).await;
        assert_eq!(cause, EndCause::IdleLimit);
        let asked = must_fail(live.login_session(&me.credential).await);
        assert!(matches!(asked, UseCaseError::LoginSessionEnded { cause: EndCause::IdleLimit }));
    });
}

#[test]
fn a5_looking_is_not_recorded_neither_inside_a_login_session_nor_outside() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        demo.grant(cleo, ben, BOTH).await;
        let me = demo.login(ben, cleo).await;
        for credential in [&me.credential, &ben.credential] {
            let (_, log) = demo.watch(topics(demo, credential, 0)).await;
            assert!(log.is_empty(), "{log:?}");
        }
    });
}

#[test]
fn r4_looking_ends_a_session_that_time_has_overtaken_with_its_event_and_only_once() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        let mut request = crate::fixture::grant_of(cleo, ben, &[AccessType::Login]);
        request.expires_at = Some(demo.in_minutes(10));
        demo.grant_like(request).await;
        let me = demo.login(ben, cleo).await;
        demo.clock.advance(IDLE_LIMIT - chrono::TimeDelta::minutes(5));
        for lines in [1, 0] {
            let (cause, log) = over(demo, &me.credential).await;
            assert_eq!((cause, log.len()), (EndCause::GrantExpired, lines), "{log:?}");
        }
        assert_eq!(demo.end_of(me.id).await, Some(EndCause::GrantExpired));
    });
}

#[test]
fn r4_looking_is_refused_as_soon_as_what_justified_it_is_gone() {
    scenario(async |demo| {
        let [ben, cleo, _] = people(demo);
        demo.grant(cleo, ben, BOTH).await;
        let me = demo.login(ben, cleo).await;
        demo.sign_ins.sign_out(&ben.credential).await.unwrap();
        assert_eq!(over(demo, &me.credential).await.0, EndCause::OwnSessionEnded);
        assert_eq!(demo.end_of(me.id).await, Some(EndCause::OwnSessionEnded));
        let live = demo.app.live();
        let look = live.look(&ben.credential, 0);
        demo.refused(look, "unauthenticated", ErrorClass::Unauthenticated).await;
    });
}

#[test]
fn d12_without_a_valid_credential_there_is_nothing_to_look_at() {
    scenario(async |demo| {
        use impersonation_domain::secret::{Secret, SecretKind};
        let nobody = bearer(&Secret::from_random(SecretKind::SignIn, [7; 32]));
        let live = demo.app.live();
        let (code, class) = ("unauthenticated", ErrorClass::Unauthenticated);
        demo.refused(live.look(&nobody, 0), code, class).await;
        demo.refused(live.organization_of(&nobody), code, class).await;
    });
}
