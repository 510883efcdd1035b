//! Requests that are sent twice.

use impersonation_domain::service::{
    Answer, CreateUser, CreatedGrant, ErrorClass, REPEAT_WINDOW, Repeatable, StartedLoginSession,
};

use crate::fixture::{
    BOTH, Demo, LOGIN, bearer, grant_of, must_fail, scenario, scenario_on_threads, text, upload,
};

type Render<T> = dyn Fn(&T) -> Vec<u8> + Send + Sync;

fn key<'a, T>(
    key: &str,
    endpoint: &'static str,
    body: u8,
    render: &'a Render<T>,
) -> Repeatable<'a, T> {
    Repeatable { key: key.to_owned(), endpoint, fingerprint: [body; 32], render }
}

fn grant_body(created: &CreatedGrant) -> Vec<u8> {
    created.view.grant.id().to_string().into_bytes()
}

fn session_body(started: &StartedLoginSession) -> Vec<u8> {
    started.session.id().to_string().into_bytes()
}

fn body<T>(answer: Answer<T>, render: &Render<T>) -> Vec<u8> {
    match answer {
        Answer::Fresh(value) => render(&value),
        Answer::Repeated(body) => body,
    }
}

#[test]
fn g7_the_same_key_and_body_give_the_same_answer_one_effect_and_one_event() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let create = || {
            let repeatable = key("k", "grants", 1, &grant_body);
            demo.grants.create(&ada.credential, grant_of(cleo, ben, BOTH), Some(repeatable))
        };
        let (first, log) = demo.allowed(create()).await;
        assert_eq!(log.len(), 1);
        let before = demo.everything().await;
        let (second, log) = demo.allowed(create()).await;
        assert!(log.is_empty(), "{log:?}");
        assert_eq!(demo.everything().await, before);
        assert!(matches!(second, Answer::Repeated(_)));
        assert_eq!(body(first, &grant_body), body(second, &grant_body));

        let other = key("k", "grants", 2, &grant_body);
        let other = demo.grants.create(&ada.credential, grant_of(ben, cleo, BOTH), Some(other));
        demo.refused(other, "idempotency_key_reused", ErrorClass::Invalid).await;
        // A day later the key is free again.
        demo.clock.advance(REPEAT_WINDOW);
        let mut tomorrow = ada.clone();
        tomorrow.credential = demo.sign_in(ada).await;
        let again = key("k", "grants", 2, &grant_body);
        let request = grant_of(ben, cleo, BOTH);
        let again = demo.grants.create(&tomorrow.credential, request, Some(again)).await.unwrap();
        assert!(matches!(again, Answer::Fresh(_)));
    });
}

#[test]
fn g7_keys_of_other_users_endpoints_and_sessions_never_meet() {
    scenario(async |demo| {
        let [ada, ben, cleo, dina] = ["ada", "ben", "cleo", "dina"].map(|name| &demo.acme[name]);
        let create = async |who: &crate::fixture::Person, grantor, grantee, endpoint| {
            let repeatable = key("k", endpoint, 1, &grant_body);
            let request = grant_of(grantor, grantee, BOTH);
            demo.grants.create(&who.credential, request, Some(repeatable)).await.unwrap()
        };
        assert!(create(ada, cleo, ben, "grants").await.fresh().is_some());
        assert!(create(dina, ben, cleo, "grants").await.fresh().is_some());
        assert!(create(ada, ben, dina, "other").await.fresh().is_some());
        let render = |view: &impersonation_domain::service::MessageView| {
            view.message.id().to_string().into_bytes()
        };
        let (one, two) = (demo.login(ben, cleo).await, demo.login(ben, cleo).await);
        let general = demo.acme.channel("general");
        for credential in [&ben.credential, &one.credential, &two.credential, &cleo.credential] {
            for fresh in [true, false] {
                let repeatable = Some(key("k", "messages", 1, &render));
                let send = demo.sending.send(credential, general, text("hi"), None, repeatable);
                assert_eq!(send.await.unwrap().fresh().is_some(), fresh);
            }
        }
        let olga = &demo.birch["olga"];
        let there = create(olga, &demo.birch["pete"], &demo.birch["quin"], "grants").await;
        assert!(there.fresh().is_some());
    });
}

#[test]
fn g7_a_refusal_is_not_remembered_and_a_lost_right_repeats_nothing() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let start = || {
            let repeatable = key("k", "login-sessions", 1, &session_body);
            demo.sessions.start(&ben.credential, cleo.id, None, Some(repeatable))
        };
        assert_eq!(must_fail(start().await).code(), "no_grant");
        demo.grant(cleo, ben, LOGIN).await;
        let first = start().await.unwrap();
        let Answer::Fresh(started) = first else { panic!("it was not done before") };
        let second = start().await.unwrap();
        let Answer::Repeated(repeated) = second else { panic!("it was done before") };
        assert_eq!(repeated, session_body(&started));
        assert!(!String::from_utf8(repeated).unwrap().contains(started.token.reveal()));
        demo.account.me(&bearer(&started.token)).await.unwrap();
        let create = || {
            let repeatable = key("k", "grants", 1, &grant_body);
            demo.grants.create(&ben.credential, grant_of(ada, ben, BOTH), Some(repeatable))
        };
        demo.give_role(ben, demo.support_lead).await;
        create().await.unwrap();
        demo.give_role(ben, demo.acme.member_role).await;
        assert_eq!(must_fail(create().await).code(), "permission_required");
    });
}

#[test]
fn g7_a_repeated_upload_stores_one_file() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"].credential;
        let general = demo.acme.channel("general");
        let render = |view: &impersonation_domain::service::MessageView| {
            view.message.id().to_string().into_bytes()
        };
        for _ in 0..2 {
            let repeatable = Some(key("k", "files", 1, &render));
            let file = Some(upload("a.txt", "text/plain", b"x"));
            demo.sending.send(ben, general, text("here"), file, repeatable).await.unwrap();
        }
        assert_eq!(demo.files.len(), 1);
        let page = demo.sending.messages(ben, general, None, Default::default()).await.unwrap();
        assert_eq!(page.items.len(), 1);
    });
}

#[test]
fn c14_the_same_key_at_the_same_time_has_one_effect() {
    scenario_on_threads(async |demo| {
        let [ada, ben, cleo] = ["ada", "ben", "cleo"].map(|name| &demo.acme[name]);
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for round in 0..20 {
            let create = || async move {
                let repeatable = key(&format!("k{round}"), "users", 1, &user_body);
                let request = CreateUser {
                    name: "Zoe".to_owned(),
                    email: format!("zoe{round}@acme.example"),
                    ..CreateUser::default()
                };
                let made = demo.people.create(&ada.credential, request, Some(repeatable)).await;
                body(made.unwrap(), &user_body)
            };
            let (first, second) = tokio::join!(create(), create());
            one.push(first);
            two.push(second);
        }
        assert_eq!(one, two);
        let (first, second) = files_at_once(demo).await;
        assert_eq!(first, second);
        assert_eq!(demo.files.len(), 1);
        demo.grant(cleo, ben, BOTH).await;
    });
}

fn user_body(view: &impersonation_domain::service::UserView) -> Vec<u8> {
    view.user.id().to_string().into_bytes()
}

/// Two uploads under one key, really on two threads.
async fn files_at_once(demo: &Demo) -> (Vec<u8>, Vec<u8>) {
    let general = demo.acme.channel("general");
    let both = [0, 1].map(|_| {
        let (sending, credential) = (demo.sending.clone(), demo.acme["ben"].credential.clone());
        tokio::spawn(async move {
            let render = |view: &impersonation_domain::service::MessageView| {
                view.message.id().to_string().into_bytes()
            };
            let repeatable = Some(key("k", "files", 1, &render));
            let file = Some(upload("a.txt", "text/plain", b"x"));
            let sent = sending.send(&credential, general, text("here"), file, repeatable).await;
            body(sent.unwrap(), &render)
        })
    });
    let [first, second] = both;
    (first.await.unwrap(), second.await.unwrap())
}
