//! Deleting many grants at once (design rule 3.9), and making them again.

use impersonation_domain::{
    access::AccessType,
    ids::GrantId,
    login_session::EndCause,
    ports::GrantView,
    service::{CreateGrant, EditGrant, ErrorClass, MAX_BULK_ITEMS, UseCaseError},
    version::Version,
};

use crate::fixture::{BOTH, Demo, LOGIN, SEND, error_text, grant_of, must_fail, scenario};

/// As many as a test can wait for.
const MANY: usize = 1_000;

type Items = Vec<(GrantId, Version)>;

async fn three(demo: &Demo) -> Items {
    let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
    let mut items = Vec::new();
    for (grantor, grantee, access) in [(cleo, ben, BOTH), (ben, eli, SEND), (eli, cleo, LOGIN)] {
        let grant = demo.grant(grantor, grantee, access).await.grant;
        items.push((grant.id(), grant.version()));
    }
    items
}

async fn confirmation(demo: &Demo, items: &Items) -> String {
    let ada = &demo.acme["ada"].credential;
    demo.grants.preview_bulk_delete(ada, items).await.unwrap().confirmation
}

#[test]
fn g6_a_preview_tells_who_and_what_is_affected_and_changes_nothing() {
    scenario(async |demo| {
        let items = three(demo).await;
        demo.login(&demo.acme["ben"], &demo.acme["cleo"]).await;
        demo.login(&demo.acme["ben"], &demo.acme["cleo"]).await;
        let before = demo.everything().await;
        let ada = &demo.acme["ada"].credential;
        let preview = demo.grants.preview_bulk_delete(ada, &items[..2]);
        let (preview, log) = demo.allowed(preview).await;
        assert!(log.is_empty(), "{log:?}");
        assert_eq!(demo.everything().await, before);
        assert_eq!((preview.grants, preview.sessions_ended), (2, 2));
        let people: Vec<_> = preview.people.iter().map(|user| user.email().key()).collect();
        assert_eq!(people, ["ben@acme.example", "cleo@acme.example", "eli@acme.example"]);
    });
}

#[test]
fn g6_a_bulk_delete_is_one_event_a_grant_under_one_batch() {
    scenario(async |demo| {
        let items = three(demo).await;
        let login = demo.login(&demo.acme["ben"], &demo.acme["cleo"]).await;
        let confirmation = confirmation(demo, &items).await;
        let ada = &demo.acme["ada"].credential;
        // The order does not matter.
        let mut turned = items.clone();
        turned.reverse();
        let (deleted, log) =
            demo.allowed(demo.grants.bulk_delete(ada, &turned, &confirmation)).await;
        let mut log_sorted = log.clone();
        log_sorted.sort();
        assert_eq!(
            log_sorted,
            [
                "grant.delete ada>ben v1 batch",
                "grant.delete ada>cleo v1 batch",
                "grant.delete ada>eli v1 batch",
                "login_session.end ada>cleo (grant_deleted) login v1 session",
            ]
        );
        assert_eq!((deleted.grants.len(), deleted.sessions_ended), (3, 1));
        let events = demo.events(demo.acme.id).await;
        let batches: Vec<_> = events.iter().filter_map(|event| event.content.batch).collect();
        assert_eq!(batches, [deleted.batch; 3]);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::GrantDeleted));
        let list = demo.grants.list(ada, Default::default()).await.unwrap();
        assert!(list.items.is_empty());
    });
}

#[test]
fn g6_what_was_deleted_can_be_imported_again() {
    scenario(async |demo| {
        let [ben, cleo] = ["ben", "cleo"].map(|name| &demo.acme[name]);
        let request = CreateGrant {
            reason: Some("cover".to_owned()),
            starts_at: Some(demo.in_minutes(-5)),
            expires_at: Some(demo.in_minutes(600)),
            ..grant_of(cleo, ben, BOTH)
        };
        let grant = demo.grant_like(request).await.grant;
        let items = vec![(grant.id(), grant.version())];
        let confirmation = confirmation(demo, &items).await;
        let ada = &demo.acme["ada"].credential;
        let deleted = demo.grants.bulk_delete(ada, &items, &confirmation).await.unwrap();
        let as_typed = |view: &GrantView| CreateGrant {
            grantor_email: view.grantor.email().to_string(),
            grantee_email: view.grantee.email().to_string(),
            access: view.grant.access().iter().collect(),
            reason: view.grant.record().reason.as_ref().map(ToString::to_string),
            starts_at: view.grant.window().starts_at(),
            expires_at: view.grant.window().expires_at(),
        };
        let rows = deleted.grants.iter().map(as_typed).collect();
        let (made, log) = demo.allowed(demo.grants.import(ada, rows)).await;
        assert_eq!(log, ["grant.create ada>cleo v1"]);
        let (old, new) = (grant.record(), made[0].grant.record());
        assert_ne!(old.id, new.id);
        assert_eq!((&old.reason, old.access, old.window), (&new.reason, new.access, new.window));
    });
}

#[test]
fn g6_the_confirmation_is_bound_to_the_set_the_versions_and_the_person() {
    scenario(async |demo| {
        let items = three(demo).await;
        let confirmation = confirmation(demo, &items).await;
        let (ada, dina) = (&demo.acme["ada"].credential, &demo.acme["dina"].credential);
        let mut other_version = items.clone();
        other_version[0].1 = Version::try_from(2).unwrap();
        let code = "confirmation_mismatch";
        for items in [&items[..2], &other_version[..]] {
            let attempt = demo.grants.bulk_delete(ada, items, &confirmation);
            let log = demo.refused(attempt, code, ErrorClass::Conflict).await;
            assert_eq!(log, ["refused grant.delete ada>ada (confirmation_mismatch)"]);
        }
        let attempt = demo.grants.bulk_delete(dina, &items, &confirmation);
        demo.refused(attempt, code, ErrorClass::Conflict).await;
        let upper = confirmation.to_uppercase();
        let attempt = demo.grants.bulk_delete(ada, &items, &upper);
        demo.refused(attempt, code, ErrorClass::Conflict).await;
        demo.refused(demo.grants.bulk_delete(ada, &items, ""), code, ErrorClass::Conflict).await;
    });
}

#[test]
fn g6_one_stale_missing_or_foreign_grant_refuses_the_whole_set() {
    scenario(async |demo| {
        let mut items = three(demo).await;
        let confirmation = confirmation(demo, &items).await;
        let ada = &demo.acme["ada"].credential;
        let edit = EditGrant { access: Some(vec![AccessType::Send]), ..EditGrant::default() };
        demo.edit(items[0].0, edit).await;
        let stale = ErrorClass::VersionMismatch;
        let preview = demo.grants.preview_bulk_delete(ada, &items);
        demo.refused(preview, "version_mismatch", stale).await;
        let delete = demo.grants.bulk_delete(ada, &items, &confirmation);
        demo.refused(delete, "version_mismatch", stale).await;

        let olga = &demo.birch["olga"];
        let request = grant_of(&demo.birch["pete"], olga, SEND);
        let foreign = demo.grants.create(&olga.credential, request, None).await.unwrap();
        let foreign = foreign.fresh().unwrap().view.grant;
        items[0] = (foreign.id(), foreign.version());
        let preview = demo.grants.preview_bulk_delete(ada, &items);
        demo.refused(preview, "grant_not_found", ErrorClass::NotFound).await;
        let as_foreign = must_fail(demo.grants.preview_bulk_delete(ada, &items).await);
        items[0].0 = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e".parse().unwrap();
        let as_absent = must_fail(demo.grants.preview_bulk_delete(ada, &items).await);
        assert_eq!(error_text(&as_foreign), error_text(&as_absent));
    });
}

#[test]
fn g6_the_size_of_a_set_is_checked_before_anything_else() {
    scenario(async |demo| {
        let items = three(demo).await;
        let ada = &demo.acme["ada"].credential;
        let invalid = ErrorClass::Invalid;
        let twice = vec![items[0], items[1], items[0]];
        let mut many = items.clone();
        for number in 0..MAX_BULK_ITEMS {
            let id = format!("0193e6a0-7d5c-7cc2-9d7e-{number:012}");
            many.push((id.parse().unwrap(), Version::INITIAL));
        }
        for (items, code) in
            [(vec![], "invalid_input"), (twice, "duplicate_item"), (many, "too_many_items")]
        {
            demo.refused(demo.grants.preview_bulk_delete(ada, &items), code, invalid).await;
            demo.refused(demo.grants.bulk_delete(ada, &items, "x"), code, invalid).await;
        }
        let one = grant_of(&demo.acme["dina"], &demo.acme["eli"], BOTH);
        let many = vec![one; MAX_BULK_ITEMS + 1];
        demo.refused(demo.grants.import(ada, many), "invalid_input", invalid).await;
        demo.refused(demo.grants.import(ada, vec![]), "invalid_input", invalid).await;
    });
}

#[test]
fn g6_an_import_makes_all_grants_or_none_and_names_the_row() {
    scenario(async |demo| {
        let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        let ada = &demo.acme["ada"].credential;
        let rows = vec![grant_of(cleo, ben, BOTH), grant_of(ben, ben, BOTH)];
        let log =
            demo.refused(demo.grants.import(ada, rows.clone()), "same_user", ErrorClass::Invalid);
        assert_eq!(log.await, ["refused grant.create ada>ben (same_user)"]);
        let error = must_fail(demo.grants.import(ada, rows).await);
        assert_eq!(error.item(), Some(1), "{error}");
        assert!(error.to_string().starts_with("item 2: "), "{error}");
        let twice = vec![grant_of(cleo, eli, SEND), grant_of(cleo, eli, LOGIN)];
        let import = demo.grants.import(ada, twice);
        demo.refused(import, "duplicate_grant", ErrorClass::Conflict).await;
        assert!(!matches!(
            demo.try_login(eli, cleo).await,
            Ok(_) | Err(UseCaseError::Unavailable(_))
        ));
    });
}

#[test]
fn g6_an_expired_grant_can_be_put_back_but_not_made() {
    scenario(async |demo| {
        let [ben, cleo] = ["ben", "cleo"].map(|name| &demo.acme[name]);
        let ada = &demo.acme["ada"].credential;
        let expires_at = Some(demo.in_minutes(-1));
        let request = CreateGrant { expires_at, ..grant_of(cleo, ben, BOTH) };
        let create = demo.grants.create(ada, request.clone(), None);
        demo.refused(create, "already_expired", ErrorClass::Invalid).await;
        let made = demo.grants.import(ada, vec![request]).await.unwrap();
        assert_eq!(made[0].state, impersonation_domain::grant::GrantState::Expired);
        assert_eq!(must_fail(demo.try_login(ben, cleo).await).code(), "grant_expired");
    });
}

#[test]
fn g6_a_thousand_grants_are_made_and_deleted_at_once() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let mut emails = Vec::new();
        for number in 0..33 {
            let request = impersonation_domain::service::CreateUser {
                name: format!("Number {number}"),
                email: format!("n{number}@acme.example"),
                ..Default::default()
            };
            emails.push(request.email.clone());
            demo.people.create(ada, request, None).await.unwrap();
        }
        let pairs = emails.iter().flat_map(|one| emails.iter().map(move |other| (one, other)));
        let rows: Vec<_> = pairs
            .filter(|(one, other)| one != other)
            .take(MANY)
            .map(|(one, other)| CreateGrant {
                grantor_email: one.clone(),
                grantee_email: other.clone(),
                access: BOTH.to_vec(),
                ..CreateGrant::default()
            })
            .collect();
        assert_eq!(rows.len(), MANY);
        let made = demo.grants.import(ada, rows).await.unwrap();
        let items: Items =
            made.iter().map(|view| (view.grant.id(), view.grant.version())).collect();
        let confirmation = confirmation(demo, &items).await;
        let before = demo.events(demo.acme.id).await.len();
        let deleted = demo.grants.bulk_delete(ada, &items, &confirmation).await.unwrap();
        assert_eq!(deleted.grants.len(), MANY);
        let events = demo.events(demo.acme.id).await.split_off(before);
        assert_eq!(events.len(), MANY);
        assert!(events.iter().all(|event| event.content.batch == Some(deleted.batch)));
        assert!(demo.grants.list(ada, Default::default()).await.unwrap().items.is_empty());
    });
}
