//! Send Access: who may send as whom, where, and who sees who really sent it.

use impersonation_domain::{
    audit::{Action, Party},
    ids::{MessageId, UserId},
    message::Via,
    plan::Plan,
    service::{CreateGrant, Credential, ErrorClass, MessageView},
};

use crate::fixture::{
    BOTH, Demo, LOGIN, Person, SEND, error_text, grant_of, must_fail, scenario, text, text_as,
};

#[test]
fn n1_a_message_sent_as_another_says_who_sent_it_and_by_which_grant() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, SEND).await.grant;
        let send = demo.send(&ben.credential, "deals", text_as("as cleo", cleo.id));
        let (sent, log) = demo.allowed(send).await;
        assert_eq!(log, ["message.send ben>cleo send v1 #deals"]);
        let record = sent.message.record();
        assert_eq!((record.author, record.sent_by), (cleo.id, ben.id));
        assert_eq!(record.via, Via::SendAs { grant: grant.reference() });
        let event = demo.events(demo.acme.id).await.pop().unwrap().content;
        assert_eq!(event.grant, Some(grant.reference()));
        assert_eq!(event.login_session, None);
        let ada = &demo.acme["ada"].credential;
        let used = demo.grants.get(ada, grant.id()).await.unwrap().grant;
        assert_eq!(used.record().last_used_at, Some(demo.now()));
        assert_eq!(used.version(), grant.version());
    });
}

#[test]
fn n1_ones_own_message_and_one_from_a_session_are_recorded_as_what_they_are() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let (own, log) = demo.allowed(demo.send(&ben.credential, "deals", text("mine"))).await;
        assert_eq!(log, ["message.send ben>ben #deals"]);
        assert_eq!(own.message.record().via, Via::OwnAccount);
        assert!(own.disclosed.is_none());
        // Login Access has the full account, sending included (design rule 3.4).
        let grant = demo.grant(cleo, ben, LOGIN).await.grant.reference();
        let login = demo.login(ben, cleo).await;
        let (sent, log) = demo.allowed(demo.send(&login.credential, "deals", text("hers"))).await;
        assert_eq!(log, ["message.send ben>cleo login v1 session #deals"]);
        let record = sent.message.record();
        assert_eq!((record.author, record.sent_by), (cleo.id, ben.id));
        assert_eq!(record.via, Via::LoginSession { session: login.id, grant });
    });
}

#[test]
fn d5_login_access_alone_sends_nothing_from_ones_own_account() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, LOGIN).await;
        let send = demo.send(&ben.credential, "deals", text_as("no", cleo.id));
        let log = demo.refused(send, "send_not_granted", ErrorClass::Forbidden).await;
        assert_eq!(log, ["refused message.send ben>cleo (send_not_granted) send v1 #deals"]);
    });
}

#[test]
fn n6_both_must_be_members_of_the_channel_now() {
    scenario(async |demo| {
        let [ada, ben, cleo, eli] = ["ada", "ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        demo.grant(cleo, ben, BOTH).await;
        demo.grant(cleo, eli, BOTH).await;
        demo.grant(eli, ben, BOTH).await;
        let deals = demo.acme.channel("deals");
        // eli is not in deals: as actor they learn nothing of it, as subject nothing is sent there.
        let send = demo.send(&eli.credential, "deals", text_as("no", cleo.id));
        let log = demo.refused(send, "channel_not_found", ErrorClass::NotFound).await;
        assert_eq!(log, ["refused message.send eli>cleo (channel_not_found) send v1 #deals"]);
        let send = demo.send(&ben.credential, "deals", text_as("no", eli.id));
        let log = demo.refused(send, "subject_not_in_channel", ErrorClass::Forbidden).await;
        assert_eq!(log, ["refused message.send ben>eli (subject_not_in_channel) send v1 #deals"]);
        demo.send(&ben.credential, "deals", text_as("yes", cleo.id)).await.unwrap();

        let leave = demo.channels.remove_member(&ada.credential, deals, cleo.id);
        let ((), log) = demo.allowed(leave).await;
        assert_eq!(log, ["channel.remove_member ada>cleo #deals"]);
        let send = demo.send(&ben.credential, "deals", text_as("no", cleo.id));
        demo.refused(send, "subject_not_in_channel", ErrorClass::Forbidden).await;
        // Neither from inside her account.
        let login = demo.login(ben, cleo).await;
        let send = demo.send(&login.credential, "deals", text("no"));
        demo.refused(send, "channel_not_found", ErrorClass::NotFound).await;
        demo.channels.add_member(&ada.credential, deals, cleo.id).await.unwrap();
        demo.channels.remove_member(&ada.credential, deals, ben.id).await.unwrap();
        let send = demo.send(&ben.credential, "deals", text_as("no", cleo.id));
        demo.refused(send, "channel_not_found", ErrorClass::NotFound).await;
    });
}

#[test]
fn d1_every_reason_not_to_send_has_its_own_code() {
    scenario(async |demo| {
        let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        let refused = async |subject: &Person, code: &str| {
            let send = demo.send(&ben.credential, "general", text_as("no", subject.id));
            let log = demo.refused(send, code, ErrorClass::Forbidden).await;
            assert_eq!(log.len(), 1, "{log:?}");
            assert!(log[0].starts_with("refused message.send ben>"), "{log:?}");
        };
        refused(ben, "same_user").await;
        refused(cleo, "no_grant").await;
        refused(&demo.birch["pete"], "no_grant").await;
        let request = CreateGrant {
            starts_at: Some(demo.in_minutes(5)),
            expires_at: Some(demo.in_minutes(10)),
            ..grant_of(cleo, ben, SEND)
        };
        demo.grant_like(request).await;
        refused(cleo, "grant_not_started").await;
        demo.pass(5);
        demo.protect(cleo, true).await;
        refused(cleo, "subject_protected").await;
        demo.protect(cleo, false).await;
        demo.deactivate(cleo).await;
        refused(cleo, "subject_inactive").await;
        demo.reactivate(cleo).await;
        demo.set_plan(Plan::Individual).await;
        refused(cleo, "plan_excludes_impersonation").await;
        demo.set_plan(Plan::MultiUser).await;
        demo.send(&ben.credential, "general", text_as("yes", cleo.id)).await.unwrap();
        demo.pass(5);
        refused(cleo, "grant_expired").await;
        // One's own messages need no plan.
        demo.set_plan(Plan::Individual).await;
        demo.send(&eli.credential, "general", text("still here")).await.unwrap();
    });
}

#[test]
fn s10_author_sender_and_audit_readers_see_who_sent_it_and_nobody_else_does() {
    scenario(async |demo| {
        let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        demo.grant(cleo, ben, BOTH).await;
        demo.grant(eli, cleo, BOTH).await;
        let by_send = demo.send(&ben.credential, "general", text_as("one", cleo.id)).await.unwrap();
        let login = demo.login(ben, cleo).await;
        let by_login = demo.send(&login.credential, "general", text("two")).await.unwrap();
        let seen = async |viewer: &Credential, message: &MessageView| -> Option<UserId> {
            let view = find(demo, viewer, message.message.id()).await;
            assert_eq!(view.author.id(), cleo.id);
            view.disclosed.map(|(sender, _)| sender.id())
        };
        let as_eli = demo.login(cleo, eli).await;
        for message in [&by_send, &by_login] {
            assert_eq!(seen(&ben.credential, message).await, Some(ben.id));
            assert_eq!(seen(&cleo.credential, message).await, Some(ben.id));
            assert_eq!(seen(&login.credential, message).await, Some(ben.id));
            assert_eq!(seen(&demo.acme["ada"].credential, message).await, Some(ben.id));
            assert_eq!(seen(&eli.credential, message).await, None);
            // dina manages impersonation, but may not read the audit log.
            assert_eq!(seen(&demo.acme["dina"].credential, message).await, None);
            // From inside eli's account cleo sees what eli sees.
            assert_eq!(seen(&as_eli.credential, message).await, None);
        }
        // Inside the account of an audit reader the right to the log is not there.
        demo.grant(&demo.acme["ada"], eli, LOGIN).await;
        let as_ada = demo.login(eli, &demo.acme["ada"]).await;
        assert_eq!(seen(&as_ada.credential, &by_send).await, None);
    });
}

async fn find(demo: &Demo, viewer: &Credential, id: MessageId) -> MessageView {
    let general = demo.acme.channel("general");
    let page = demo.sending.messages(viewer, general, None, Default::default()).await.unwrap();
    page.items.into_iter().find(|view| view.message.id() == id).unwrap()
}

#[test]
fn n1_send_access_gives_no_right_to_read() {
    scenario(async |demo| {
        let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        demo.grant(cleo, eli, SEND).await;
        demo.send(&ben.credential, "deals", text("secret")).await.unwrap();
        let deals = demo.acme.channel("deals");
        let read = demo.sending.messages(&eli.credential, deals, None, Default::default());
        demo.refused(read, "channel_not_found", ErrorClass::NotFound).await;
        let members = demo.channels.members(&eli.credential, deals);
        demo.refused(members, "channel_not_found", ErrorClass::NotFound).await;
        let login = demo.try_login(eli, cleo);
        demo.refused(login, "login_not_granted", ErrorClass::Forbidden).await;
    });
}

#[test]
fn t3_a_channel_one_is_not_in_is_as_if_absent() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"].credential;
        let nowhere = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e".parse().unwrap();
        let mut answers = Vec::new();
        for channel in [demo.acme.channel("board"), demo.birch.channel("general"), nowhere] {
            let send = demo.sending.send(ben, channel, text("no"), None, None);
            let read = demo.sending.messages(ben, channel, None, Default::default());
            let as_cleo = text_as("no", demo.acme["cleo"].id);
            let send_as = demo.sending.send(ben, channel, as_cleo, None, None);
            answers.push([
                error_text(&must_fail(send.await)),
                error_text(&must_fail(read.await)),
                error_text(&must_fail(send_as.await)),
            ]);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
    });
}

#[test]
fn a9_an_empty_or_forbidden_text_is_refused() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"].credential;
        for body in ["", "  \n ", "a\u{1b}[31m", &"x".repeat(20_001)] {
            let log = demo.refused(
                demo.send(ben, "general", text(body)),
                "invalid_text",
                ErrorClass::Invalid,
            );
            assert!(log.await.is_empty());
        }
        let nothing = demo.send(ben, "general", Default::default());
        demo.refused(nothing, "invalid_text", ErrorClass::Invalid).await;
        let events = demo.events(demo.acme.id).await;
        let sent = |event: &&impersonation_domain::audit::Event| {
            event.content.action == Action::MessageSend
                && event.content.actor == Party::User(demo.acme["ben"].id)
        };
        assert_eq!(events.iter().filter(sent).count(), 0);
    });
}
