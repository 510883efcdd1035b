//! Files: what is refused leaves nothing behind.

use futures_util::{StreamExt, stream};
use impersonation_domain::{
    message::MAX_FILE_SIZE,
    ports::FileStoreError,
    service::{ErrorClass, SendMessage, Upload, UseCaseError},
};

use crate::fixture::{BOTH, PASSWORD, SEND, must_fail, scenario, text_as, upload};

#[test]
fn n1_a_file_is_sent_as_another_and_fetched_by_members_alone() {
    scenario(async |demo| {
        let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        demo.grant(cleo, ben, SEND).await;
        let file = upload("Q3 plan.txt", "text/plain; charset=utf-8", b"numbers");
        let message = SendMessage { send_as: Some(cleo.id), body: None };
        let deals = demo.acme.channel("deals");
        let send = demo.sending.send(&ben.credential, deals, message, Some(file), None);
        let (sent, log) = demo.allowed(send).await;
        assert_eq!(log, ["message.send ben>cleo send v1 #deals"]);
        let message = sent.fresh().unwrap().message;
        let [file] = message.record().files.as_slice() else { panic!("one file") };
        assert_eq!((file.name.as_str(), file.size), ("Q3 plan.txt", 7));
        assert_eq!(file.media_type.as_str(), "text/plain");
        let mut download = demo.sending.file(&cleo.credential, file.id).await.unwrap();
        assert_eq!(&download.content.next().await.unwrap().unwrap()[..], b"numbers");

        let fetch = demo.sending.file(&eli.credential, file.id);
        demo.refused(fetch, "file_not_found", ErrorClass::NotFound).await;
        let fetch = demo.sending.file(&demo.birch["pete"].credential, file.id);
        demo.refused(fetch, "file_not_found", ErrorClass::NotFound).await;
    });
}

#[test]
fn p2_refused_content_leaves_nothing_in_the_store() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"].credential;
        let png = b"\x89PNG\r\n\x1a\n0000";
        let elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let big: Vec<u8> = vec![b'x'; usize::try_from(MAX_FILE_SIZE).unwrap() + 1];
        for (file, code, class) in [
            (upload("a.txt", "text/plain", b""), "file_empty", ErrorClass::Invalid),
            (upload("a.jpg", "image/jpeg", png), "file_type_mismatch", ErrorClass::Invalid),
            (
                upload("a.pdf", "application/pdf", b"hello"),
                "file_type_mismatch",
                ErrorClass::Invalid,
            ),
            (upload("a.txt", "text/plain", elf), "file_type_mismatch", ErrorClass::Invalid),
            (upload("../a", "text/plain", b"x"), "invalid_file_name", ErrorClass::Invalid),
            (upload("a.txt", "text", b"x"), "invalid_file_type", ErrorClass::Invalid),
            (upload("a.txt", "text/plain", &big), "file_too_large", ErrorClass::TooLarge),
        ] {
            let log = demo.refused(demo.send_file(ben, "general", file), code, class).await;
            assert!(log.is_empty(), "{log:?}");
        }
        let broken = stream::iter([
            Ok(bytes::Bytes::from_static(b"half")),
            Err(FileStoreError::Interrupted("gone".into())),
        ]);
        let file = Upload { content: broken.boxed(), ..upload("a.txt", "text/plain", b"") };
        let send = demo.send_file(ben, "general", file);
        demo.refused(send, "upload_interrupted", ErrorClass::Interrupted).await;
        assert!(demo.files.is_empty());
    });
}

#[test]
fn n1_a_file_that_may_not_be_sent_is_not_even_read() {
    scenario(async |demo| {
        let [ben, cleo] = ["ben", "cleo"].map(|name| &demo.acme[name]);
        let unread = || Upload {
            content: stream::poll_fn(|_| panic!("the content was read")).boxed(),
            ..upload("a.txt", "text/plain", b"")
        };
        let deals = demo.acme.channel("deals");
        let send =
            demo.sending.send(&ben.credential, deals, text_as("no", cleo.id), Some(unread()), None);
        let log = demo.refused(send, "no_grant", ErrorClass::Forbidden).await;
        assert_eq!(log, ["refused message.send ben>cleo (no_grant) send #deals"]);
        let eli = &demo.acme["eli"].credential;
        let send = demo.send_file(eli, "deals", unread());
        demo.refused(send, "channel_not_found", ErrorClass::NotFound).await;
        let mut nobody = demo.acme["eli"].clone();
        demo.sign_ins.sign_out(&nobody.credential).await.unwrap();
        let send = demo.send_file(&nobody.credential, "general", unread());
        demo.refused(send, "unauthenticated", ErrorClass::Unauthenticated).await;
        nobody.email.clear();
    });
}

#[test]
fn n6_a_right_that_goes_during_the_upload_is_gone_and_so_is_the_file() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, BOTH).await.grant;
        // The content itself waits until the grant has been deleted.
        let (grants, credential) = (demo.grants.clone(), ada.credential.clone());
        let content = stream::once(async move {
            grants.delete(&credential, grant.id(), grant.version()).await.unwrap();
            Ok(bytes::Bytes::from_static(b"late"))
        });
        let file = Upload { content: content.boxed(), ..upload("a.txt", "text/plain", b"") };
        let deals = demo.acme.channel("deals");
        let message = text_as("too late", cleo.id);
        let send = demo.sending.send(&ben.credential, deals, message, Some(file), None);
        let (answer, log) = demo.watch(send).await;
        assert_eq!(must_fail(answer).code(), "no_grant");
        let refusal = "refused message.send ben>cleo (no_grant) send #deals";
        assert_eq!(log, ["grant.delete ada>cleo v1", refusal]);
        assert!(demo.files.is_empty());
        let page = demo.sending.messages(&ben.credential, deals, None, Default::default()).await;
        assert!(page.unwrap().items.is_empty());
    });
}

#[test]
fn r1_a_session_that_ends_during_the_upload_sends_nothing() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        let login = demo.login(ben, cleo).await;
        let (people, ada, id) = (demo.people.clone(), demo.acme["ada"].credential.clone(), ben.id);
        let content = stream::once(async move {
            people.set_password(&ada, id, PASSWORD.to_owned()).await.unwrap();
            Ok(bytes::Bytes::from_static(b"late"))
        });
        let file = Upload { content: content.boxed(), ..upload("a.txt", "text/plain", b"") };
        let answer = demo.send_file(&login.credential, "deals", file).await;
        let error = must_fail(answer);
        assert!(matches!(error, UseCaseError::LoginSessionEnded { .. }), "{error}");
        assert!(demo.files.is_empty());
    });
}
