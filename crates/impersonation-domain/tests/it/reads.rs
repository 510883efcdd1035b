//! What is read inside a login session is recorded: once for each session, resource and minute.

use impersonation_domain::{
    access::AccessType,
    ids::ChannelId,
    service::{Credential, SendMessage, Upload},
};

use crate::fixture::{BOTH, Demo, scenario, text, upload};

async fn messages(demo: &Demo, me: &Credential, channel: ChannelId) -> usize {
    let page = demo.sending.messages(me, channel, None, Default::default()).await.unwrap();
    page.items.len()
}

#[test]
fn a5_reading_is_recorded_once_a_minute_for_each_session_and_resource() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        let (first, second) = (demo.login(ben, cleo).await, demo.login(ben, cleo).await);
        let (general, deals) = (demo.acme.channel("general"), demo.acme.channel("deals"));
        let ((), log) = demo
            .watch(async {
                for channel in [general, general, deals] {
                    messages(demo, &first.credential, channel).await;
                }
                messages(demo, &second.credential, general).await;
            })
            .await;
        let on = |channel| format!("message.read ben>cleo login v1 session #{channel}");
        assert_eq!(log, [on("general"), on("deals"), on("general")]);
        let events = demo.events(demo.acme.id).await;
        let [.., one, _, two] = events.as_slice() else { panic!() };
        assert_eq!(one.content.login_session, Some(first.id));
        assert_eq!(two.content.login_session, Some(second.id));
        assert_eq!(one.content.channel, Some(general));

        demo.pass(1);
        let (_, log) = demo.watch(messages(demo, &first.credential, general)).await;
        assert_eq!(log, [on("general")]);
    });
}

#[test]
fn a5_every_way_of_reading_has_its_event() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        let file =
            demo.send_file(&cleo.credential, "deals", upload("plan.txt", "text/plain", b"x"));
        let file = file.await.unwrap().message.record().files[0].id;
        let login = demo.login(ben, cleo).await;
        let me = &login.credential;
        let deals = demo.acme.channel("deals");
        let (_, log) = demo.allowed(demo.account.me(me)).await;
        assert_eq!(log, ["account.read ben>cleo login v1 session"]);
        let (_, log) = demo.allowed(demo.account.delegates(me)).await;
        assert_eq!(log, ["account.read ben>cleo login v1 session"]);
        let (_, log) = demo.allowed(demo.organization.get(me)).await;
        assert_eq!(log, ["account.read ben>cleo login v1 session"]);
        let (_, log) = demo.allowed(demo.channels.list(me, None, Default::default())).await;
        assert_eq!(log, ["channel.read ben>cleo login v1 session"]);
        let (_, log) = demo.allowed(demo.channels.members(me, deals)).await;
        assert_eq!(log, ["channel.read ben>cleo login v1 session #deals"]);
        let (_, log) = demo.allowed(demo.sending.file(me, file)).await;
        assert_eq!(log, ["file.read ben>cleo login v1 session #deals"]);
        let event = demo.events(demo.acme.id).await.pop().unwrap().content;
        assert_eq!(event.access, Some(AccessType::Login));
        let id = impersonation_domain::audit::FieldValue::Text(file.to_string());
        assert_eq!(event.after.unwrap().get("file_id"), Some(&id));
    });
}

#[test]
fn a5_reading_ones_own_account_is_not_recorded() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"].credential;
        let ((), log) = demo
            .watch(async {
                demo.account.me(ben).await.unwrap();
                demo.account.accounts(ben).await.unwrap();
                demo.account.delegates(ben).await.unwrap();
                demo.people.list(ben, Default::default()).await.unwrap();
                messages(demo, ben, demo.acme.channel("general")).await;
            })
            .await;
        assert!(log.is_empty(), "{log:?}");
    });
}

#[test]
fn a9_no_text_of_a_message_and_no_secret_gets_into_the_log() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        let login = demo.login(ben, cleo).await;
        demo.send(&login.credential, "deals", text("the word is swordfish")).await.unwrap();
        let upload: Upload = upload("swordfish.txt", "text/plain", b"swordfish");
        let message = SendMessage::default();
        demo.sending
            .send(&cleo.credential, demo.acme.channel("deals"), message, Some(upload), None)
            .await
            .unwrap();
        let ada = &demo.acme["ada"].credential;
        let token = demo.tokens.create(ada, "job", None, None).await.unwrap().fresh().unwrap();
        let log = format!("{:?}", demo.events(demo.acme.id).await);
        let secret = token.secret.reveal();
        for word in ["swordfish", "imp_", secret, crate::fixture::PASSWORD] {
            assert!(!log.contains(word), "`{word}` is in the log");
        }
    });
}
