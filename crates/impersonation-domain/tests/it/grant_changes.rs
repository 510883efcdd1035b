//! Editing and deleting grants, one by one.

use impersonation_domain::{
    access::AccessType,
    grant::GrantState,
    login_session::EndCause,
    service::{CreateGrant, EditGrant, ErrorClass, UseCaseError},
    version::Version,
};

use crate::fixture::{BOTH, LOGIN, SEND, error_text, grant_of, must_fail, scenario};

fn access(access: &[AccessType]) -> EditGrant {
    EditGrant { access: Some(access.to_vec()), ..EditGrant::default() }
}

#[test]
fn g4_each_change_raises_the_version_and_tells_before_and_after() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, BOTH).await.grant;
        let edit = demo.grants.edit(&ada.credential, grant.id(), grant.version(), access(SEND));
        let (edited, log) = demo.allowed(edit).await;
        assert_eq!(log, ["grant.edit ada>cleo v2"]);
        assert_eq!(edited.view.grant.version().get(), 2);
        let event = demo.events(demo.acme.id).await.pop().unwrap().content;
        let (before, after) = (event.before.unwrap(), event.after.unwrap());
        assert_ne!(before.get("access"), after.get("access"));

        // An edit that changes nothing is no change.
        let seen = edited.view.grant.version();
        let edit = demo.grants.edit(&ada.credential, grant.id(), seen, access(SEND));
        let (same, log) = demo.allowed(edit).await;
        assert!(log.is_empty(), "{log:?}");
        assert_eq!(same.view.grant.version(), seen);
    });
}

#[test]
fn g4_a_stale_version_is_refused_and_the_current_one_named() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let old = demo.grant(cleo, ben, BOTH).await.grant;
        demo.edit(old.id(), access(SEND)).await;
        let newer = Version::try_from(3).unwrap();
        for seen in [old.version(), newer] {
            let edit = demo.grants.edit(&ada.credential, old.id(), seen, access(LOGIN));
            demo.refused(edit, "version_mismatch", ErrorClass::VersionMismatch).await;
            let delete = demo.grants.delete(&ada.credential, old.id(), seen);
            demo.refused(delete, "version_mismatch", ErrorClass::VersionMismatch).await;
            let error = must_fail(demo.grants.delete(&ada.credential, old.id(), seen).await);
            assert_eq!(error.current_version().unwrap().get(), 2);
        }
    });
}

#[test]
fn g3_editing_to_nothing_is_refused_with_the_advice_to_delete() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, BOTH).await.grant;
        let edit = || demo.grants.edit(&ada.credential, grant.id(), grant.version(), access(&[]));
        demo.refused(edit(), "access_required", ErrorClass::Invalid).await;
        assert!(must_fail(edit().await).to_string().contains("delete the grant instead"));
    });
}

#[test]
fn d14_an_edit_cannot_put_the_expiry_into_the_past_or_before_the_start() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let request = CreateGrant {
            starts_at: Some(demo.in_minutes(10)),
            expires_at: Some(demo.in_minutes(20)),
            ..grant_of(cleo, ben, BOTH)
        };
        let grant = demo.grant_like(request).await.grant;
        let edit = |edit| demo.grants.edit(&ada.credential, grant.id(), grant.version(), edit);
        let expiry =
            |at| EditGrant { expires_at: Some(Some(demo.in_minutes(at))), ..EditGrant::default() };
        demo.refused(edit(expiry(10)), "invalid_window", ErrorClass::Invalid).await;
        let past = EditGrant { starts_at: Some(None), ..expiry(0) };
        let log = demo.refused(edit(past), "already_expired", ErrorClass::Invalid).await;
        assert_eq!(log, ["refused grant.edit ada>cleo (already_expired) v1"]);
        let open = EditGrant { starts_at: Some(None), expires_at: Some(None), ..expiry(0) };
        let view = demo.edit(grant.id(), EditGrant { expires_at: Some(None), ..open }).await;
        assert_eq!(view.state, GrantState::Live);
    });
}

#[test]
fn r1_a_deleted_grant_is_gone_at_once_and_its_sessions_end() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, BOTH).await.grant;
        let login = demo.login(ben, cleo).await;
        let delete = demo.grants.delete(&ada.credential, grant.id(), grant.version());
        let (ended, log) = demo.allowed(delete).await;
        assert_eq!(ended, 1);
        let end = "login_session.end ada>cleo (grant_deleted) login v1 session";
        assert_eq!(log, ["grant.delete ada>cleo v1", end]);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::GrantDeleted));
        let again = demo.try_login(ben, cleo);
        let log = demo.refused(again, "no_grant", ErrorClass::Forbidden).await;
        assert_eq!(log, ["refused login_session.start ben>cleo (no_grant) login"]);

        // Deleting twice is not deleting something else.
        let again = demo.grants.delete(&ada.credential, grant.id(), grant.version());
        demo.refused(again, "grant_not_found", ErrorClass::NotFound).await;
    });
}

#[test]
fn g9_a_grant_made_anew_has_another_id_and_revives_no_session() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let first = demo.grant(cleo, ben, BOTH).await.grant;
        let login = demo.login(ben, cleo).await;
        demo.grants.delete(&ada.credential, first.id(), first.version()).await.unwrap();
        let second = demo.grant(cleo, ben, BOTH).await.grant;
        assert_ne!(first.id(), second.id());
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::GrantDeleted));
        let error = must_fail(demo.grants.get(&ada.credential, first.id()).await);
        assert!(matches!(error, UseCaseError::NotFound(_)), "{}", error_text(&error));
    });
}

#[test]
fn g1_only_who_manages_impersonation_reads_or_changes_grants() {
    scenario(async |demo| {
        let (ben, cleo, eli) = (&demo.acme["ben"], &demo.acme["cleo"], &demo.acme["eli"]);
        let grant = demo.grant(cleo, ben, BOTH).await.grant;
        let (id, version, me) = (grant.id(), grant.version(), &eli.credential);
        let code = "permission_required";
        let forbidden = ErrorClass::Forbidden;
        let make = demo.grants.create(me, grant_of(ben, eli, BOTH), None);
        let log = demo.refused(make, code, forbidden).await;
        assert_eq!(log, ["refused grant.create eli>eli (permission_required)"]);
        let log = demo.refused(demo.grants.edit(me, id, version, access(SEND)), code, forbidden);
        assert_eq!(log.await, ["refused grant.edit eli>eli (permission_required)"]);
        let log = demo.refused(demo.grants.delete(me, id, version), code, forbidden).await;
        assert_eq!(log, ["refused grant.delete eli>eli (permission_required)"]);
        let log = demo.refused(demo.grants.get(me, id), code, forbidden).await;
        assert_eq!(log, ["refused grant.read eli>eli (permission_required)"]);
        let log = demo.refused(demo.grants.list(me, Default::default()), code, forbidden).await;
        assert_eq!(log, ["refused grant.read eli>eli (permission_required)"]);
        let items = [(id, version)];
        let preview = demo.grants.preview_bulk_delete(me, &items);
        demo.refused(preview, code, forbidden).await;
        demo.refused(demo.grants.bulk_delete(me, &items, "x"), code, forbidden).await;
        demo.refused(demo.grants.import(me, vec![grant_of(ben, eli, BOTH)]), code, forbidden).await;
        // A custom role with the permission may, and being part of a grant is not enough.
        let dina = &demo.acme["dina"].credential;
        demo.grants.create(dina, grant_of(ben, eli, SEND), None).await.unwrap();
        demo.refused(demo.grants.get(&ben.credential, id), code, forbidden).await;
    });
}
