//! Users and roles: who may change them, and what is read anew at each use.

use std::collections::BTreeSet;

use impersonation_domain::{
    plan::Plan,
    role::Permission,
    service::{CreateUser, EditUser, ErrorClass},
    user::UserStatus,
    version::Version,
};

use crate::fixture::{
    BOTH, PASSWORD,
    change::{status, to_role},
    grant_of, must_fail, scenario,
};

fn zoe() -> CreateUser {
    CreateUser {
        name: "Zoe".to_owned(),
        email: "zoe@acme.example".to_owned(),
        role_id: None,
        password: Some(PASSWORD.to_owned()),
    }
}

#[test]
fn a1_making_and_changing_a_user_writes_one_event_for_each_change() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let (made, log) = demo.allowed(demo.people.create(ada, zoe(), None)).await;
        assert_eq!(log, ["user.create ada>zoe", "user.set_password ada>zoe"]);
        let user = made.fresh().unwrap().user;
        let edit = EditUser {
            name: Some("Zoe Z.".to_owned()),
            role_id: Some(demo.support_lead),
            status: Some(UserStatus::Deactivated),
            protected: Some(true),
        };
        let edit = demo.people.edit(ada, user.id(), user.version(), edit);
        let (edited, log) = demo.allowed(edit).await;
        let mut log = log;
        log.sort();
        let expected = ["deactivate", "protect", "rename", "set_role"];
        assert_eq!(log, expected.map(|what| format!("user.{what} ada>zoe")));
        assert_eq!(edited.user.version().get(), 5);
        let same = demo.people.edit(ada, user.id(), edited.user.version(), EditUser::default());
        let (_, log) = demo.allowed(same).await;
        assert!(log.is_empty(), "{log:?}");
        let stale = demo.people.edit(ada, user.id(), user.version(), status(UserStatus::Active));
        demo.refused(stale, "version_mismatch", ErrorClass::VersionMismatch).await;
        let stale = demo.people.remove(ada, user.id(), user.version());
        demo.refused(stale, "version_mismatch", ErrorClass::VersionMismatch).await;
    });
}

#[test]
fn d12_a_bad_name_address_password_or_role_makes_no_user() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let id = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e";
        for (request, code) in [
            (CreateUser { name: " ".to_owned(), ..zoe() }, "invalid_text"),
            (CreateUser { email: "zoe".to_owned(), ..zoe() }, "invalid_email"),
            (CreateUser { password: Some("short".to_owned()), ..zoe() }, "unsuitable_password"),
            (CreateUser { role_id: Some(id.parse().unwrap()), ..zoe() }, "role_not_found"),
            (CreateUser { role_id: Some(demo.birch.member_role), ..zoe() }, "role_not_found"),
        ] {
            let create = demo.people.create(ada, request, None);
            demo.refused(create, code, ErrorClass::Invalid).await;
        }
        let taken = CreateUser { email: "BEN@acme.example".to_owned(), ..zoe() };
        let create = demo.people.create(ada, taken, None);
        let log = demo.refused(create, "email_taken", ErrorClass::Conflict).await;
        assert_eq!(log, ["refused user.create ada>ada (email_taken)"]);
        let ben = &demo.acme["ben"];
        let seen = demo.version_of(ben).await;
        let edit = demo.people.edit(ada, ben.id, seen, status(UserStatus::Removed));
        demo.refused(edit, "invalid_input", ErrorClass::Invalid).await;
    });
}

#[test]
fn c16_the_last_active_administrator_stays() {
    scenario(async |demo| {
        let (ada, ben) = (&demo.acme["ada"], &demo.acme["ben"]);
        let seen = demo.version_of(ada).await;
        let code = "last_administrator";
        for (edit, action) in [
            (to_role(demo.acme.member_role), "user.set_role"),
            (to_role(demo.support_lead), "user.set_role"),
            (status(UserStatus::Deactivated), "user.deactivate"),
        ] {
            let edit = demo.people.edit(&ada.credential, ada.id, seen, edit);
            let log = demo.refused(edit, code, ErrorClass::Conflict).await;
            assert_eq!(log, [format!("refused {action} ada>ada ({code})")]);
        }
        let remove = demo.people.remove(&ada.credential, ada.id, seen);
        let log = demo.refused(remove, code, ErrorClass::Conflict).await;
        assert_eq!(log, [format!("refused user.remove ada>ada ({code})")]);
        // A deactivated administrator is none.
        demo.give_role(ben, demo.acme.admin_role).await;
        demo.deactivate(ben).await;
        let remove = demo.people.remove(&ada.credential, ada.id, seen);
        demo.refused(remove, code, ErrorClass::Conflict).await;
        demo.reactivate(ben).await;
        demo.people.remove(&ada.credential, ada.id, seen).await.unwrap();
        let olga = &demo.birch["olga"];
        let seen = demo.people.get(&olga.credential, olga.id).await.unwrap().user.version();
        let remove = demo.people.remove(&olga.credential, olga.id, seen);
        demo.refused(remove, code, ErrorClass::Conflict).await;
    });
}

#[test]
fn c8_a_demoted_administrator_is_refused_at_the_next_call() {
    scenario(async |demo| {
        let [ada, ben, cleo, dina] = ["ada", "ben", "cleo", "dina"].map(|name| &demo.acme[name]);
        demo.give_role(ben, demo.acme.admin_role).await;
        demo.grants.create(&ben.credential, grant_of(cleo, ben, BOTH), None).await.unwrap();
        demo.give_role(ben, demo.acme.member_role).await;
        let create = demo.grants.create(&ben.credential, grant_of(dina, ben, BOTH), None);
        demo.refused(create, "permission_required", ErrorClass::Forbidden).await;
        let users = demo.people.create(&ben.credential, zoe(), None);
        demo.refused(users, "permission_required", ErrorClass::Forbidden).await;

        // The switch of the role counts at once, for Admin too; Admin goes on administering.
        let switch = async |role, on| {
            let seen = demo.roles.get(&ada.credential, role).await.unwrap().role.version();
            let mut permissions = BTreeSet::from([Permission::ReadAuditLog]);
            if on {
                permissions.insert(Permission::ManageUserImpersonation);
            }
            demo.roles.edit(&ada.credential, role, seen, None, Some(permissions)).await.unwrap()
        };
        demo.grants.list(&dina.credential, Default::default()).await.unwrap();
        switch(demo.support_lead, false).await;
        let list = demo.grants.list(&dina.credential, Default::default());
        demo.refused(list, "permission_required", ErrorClass::Forbidden).await;
        let view = switch(demo.acme.admin_role, false).await;
        assert!(view.effective.contains(&Permission::AdministerOrganization));
        let list = demo.grants.list(&ada.credential, Default::default());
        demo.refused(list, "permission_required", ErrorClass::Forbidden).await;
        switch(demo.acme.admin_role, true).await;
        demo.grants.list(&ada.credential, Default::default()).await.unwrap();
    });
}

#[test]
fn c9_on_multi_user_the_admin_role_manages_and_a_custom_role_gives_nothing() {
    scenario(async |demo| {
        let [ada, ben, dina] = ["ada", "ben", "dina"].map(|name| &demo.acme[name]);
        demo.set_plan(Plan::MultiUser).await;
        let list = demo.grants.list(&dina.credential, Default::default());
        demo.refused(list, "permission_required", ErrorClass::Forbidden).await;
        demo.grants.list(&ada.credential, Default::default()).await.unwrap();
        let code = "plan_excludes_custom_roles";
        let me = &ada.credential;
        let create = demo.roles.create(me, "Boss", BTreeSet::new(), None);
        let log = demo.refused(create, code, ErrorClass::Forbidden).await;
        assert_eq!(log, [format!("refused role.create ada>ada ({code})")]);
        let edit = demo.roles.edit(me, demo.acme.admin_role, Version::INITIAL, None, None);
        demo.refused(edit, code, ErrorClass::Forbidden).await;
        let seen = demo.version_of(ben).await;
        let edit = demo.people.edit(me, ben.id, seen, to_role(demo.support_lead));
        let log = demo.refused(edit, code, ErrorClass::Forbidden).await;
        assert_eq!(log, [format!("refused user.set_role ada>ben ({code})")]);
        // Who has one already may be given another role.
        demo.give_role(dina, demo.acme.member_role).await;
    });
}

#[test]
fn c9_on_individual_no_part_of_the_feature_answers() {
    scenario(async |demo| {
        let sam = &demo.solo["sam"];
        let me = &sam.credential;
        let code = "plan_excludes_impersonation";
        let forbidden = ErrorClass::Forbidden;
        demo.refused(demo.account.accounts(me), code, forbidden).await;
        demo.refused(demo.account.delegates(me), code, forbidden).await;
        demo.refused(demo.grants.list(me, Default::default()), code, forbidden).await;
        let create = demo.grants.create(me, grant_of(sam, sam, BOTH), None);
        let log = demo.refused(create, code, forbidden).await;
        assert_eq!(log, [format!("refused grant.create sam>sam ({code})")]);
        demo.refused(demo.grants.import(me, vec![]), code, forbidden).await;
        demo.refused(demo.sessions.start(me, sam.id, None, None), code, forbidden).await;
        demo.refused(demo.sessions.end_current(me), code, forbidden).await;
        let list = demo.sessions.list(me, None, None, Default::default());
        demo.refused(list, code, forbidden).await;
        let question = impersonation_domain::service::ExplainRequest {
            actor: sam.id,
            action: impersonation_domain::access::AccessType::Login,
            subject: sam.id,
            channel: None,
        };
        demo.refused(demo.decisions.explain(me, question), code, forbidden).await;
        // Everything else goes on.
        demo.account.me(me).await.unwrap();
        demo.people
            .create(me, CreateUser { email: "z@solo.example".to_owned(), ..zoe() }, None)
            .await
            .unwrap();
    });
}

#[test]
fn a1_an_edit_of_a_role_that_changes_nothing_leaves_no_event() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let some = BTreeSet::from([Permission::ReadAuditLog]);
        let made = demo.roles.create(ada, "Auditor", some.clone(), None).await.unwrap();
        let role = made.fresh().unwrap().role;
        let name = || Some("Auditor".to_owned());
        for (name, permissions) in
            [(None, None), (name(), None), (None, Some(some.clone())), (name(), Some(some))]
        {
            let edit = demo.roles.edit(ada, role.id(), role.version(), name, permissions);
            let (same, log) = demo.allowed(edit).await;
            assert!(log.is_empty(), "{log:?}");
            assert_eq!(same.role, role);
        }
        // Another case of letters is another name.
        let renamed = Some("auditor".to_owned());
        let edit = demo.roles.edit(ada, role.id(), role.version(), renamed, None);
        let (_, log) = demo.allowed(edit).await;
        assert_eq!(log, ["role.edit ada>organization"]);
        let fewer = Some(BTreeSet::new());
        let seen = role.version().next();
        let (_, log) = demo.allowed(demo.roles.edit(ada, role.id(), seen, None, fewer)).await;
        assert_eq!(log, ["role.edit ada>organization"]);
    });
}

#[test]
fn a1_custom_roles_are_made_renamed_and_deleted_when_nobody_holds_them() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let some = BTreeSet::from([Permission::ReadAuditLog]);
        let (made, log) = demo.allowed(demo.roles.create(ada, "Auditor", some.clone(), None)).await;
        assert_eq!(log, ["role.create ada>organization"]);
        let role = made.fresh().unwrap().role;
        let create = demo.roles.create(ada, "AUDITOR", some.clone(), None);
        demo.refused(create, "name_taken", ErrorClass::Conflict).await;
        let all = BTreeSet::from(Permission::ALL);
        let create = demo.roles.create(ada, "Boss", all.clone(), None);
        demo.refused(create, "permission_not_assignable", ErrorClass::Invalid).await;
        let edit = demo.roles.edit(ada, role.id(), role.version(), None, Some(all));
        demo.refused(edit, "permission_not_assignable", ErrorClass::Invalid).await;
        let stale = Version::try_from(9).unwrap();
        let edit = demo.roles.edit(ada, role.id(), stale, None, None);
        demo.refused(edit, "version_mismatch", ErrorClass::VersionMismatch).await;
        let renamed = Some("Reader".to_owned());
        let edit = demo.roles.edit(ada, role.id(), role.version(), renamed, None);
        let (role, log) = demo.allowed(edit).await;
        assert_eq!(log, ["role.edit ada>organization"]);
        let role = role.role;

        demo.give_role(&demo.acme["eli"], role.id()).await;
        let delete = demo.roles.delete(ada, role.id(), role.version());
        demo.refused(delete, "role_in_use", ErrorClass::Conflict).await;
        demo.give_role(&demo.acme["eli"], demo.acme.member_role).await;
        let delete = demo.roles.delete(ada, role.id(), role.version());
        let ((), log) = demo.allowed(delete).await;
        assert_eq!(log, ["role.delete ada>organization"]);
        for built_in in [demo.acme.admin_role, demo.acme.member_role] {
            let delete = demo.roles.delete(ada, built_in, Version::INITIAL);
            demo.refused(delete, "built_in_role", ErrorClass::Invalid).await;
            let name = Some("Other".to_owned());
            let edit = demo.roles.edit(ada, built_in, Version::INITIAL, name, None);
            demo.refused(edit, "built_in_role", ErrorClass::Invalid).await;
        }
    });
}

#[test]
fn r2_who_is_deactivated_or_removed_is_signed_out_and_stays_so() {
    scenario(async |demo| {
        let (ben, eli) = (&demo.acme["ben"], &demo.acme["eli"]);
        demo.deactivate(ben).await;
        demo.remove(eli).await;
        for person in [ben, eli] {
            let me = demo.account.me(&person.credential);
            demo.refused(me, "unauthenticated", ErrorClass::Unauthenticated).await;
        }
        demo.reactivate(ben).await;
        let me = demo.account.me(&ben.credential);
        demo.refused(me, "unauthenticated", ErrorClass::Unauthenticated).await;
        let ada = &demo.acme["ada"].credential;
        let error = must_fail(demo.people.get(ada, eli.id).await);
        assert_eq!(error.code(), "user_not_found");
    });
}

#[test]
fn g1_members_change_nothing_of_the_organization() {
    scenario(async |demo| {
        let (ben, eli) = (&demo.acme["ben"].credential, &demo.acme["eli"]);
        let one = Version::INITIAL;
        let (code, class) = ("permission_required", ErrorClass::Forbidden);
        let general = demo.acme.channel("general");
        let log = demo.refused(demo.people.create(ben, zoe(), None), code, class).await;
        assert_eq!(log, ["refused user.create ben>ben (permission_required)"]);
        demo.refused(
            demo.people.edit(ben, eli.id, one, status(UserStatus::Deactivated)),
            code,
            class,
        )
        .await;
        demo.refused(demo.people.remove(ben, eli.id, one), code, class).await;
        demo.refused(demo.people.set_password(ben, eli.id, PASSWORD.to_owned()), code, class).await;
        demo.refused(demo.channels.create(ben, "mine", None), code, class).await;
        demo.refused(demo.channels.add_member(ben, general, eli.id), code, class).await;
        demo.refused(demo.channels.remove_member(ben, general, eli.id), code, class).await;
        demo.refused(demo.roles.list(ben), code, class).await;
        demo.refused(demo.tokens.list(ben), code, class).await;
        demo.refused(demo.tokens.create(ben, "mine", None, None), code, class).await;
        demo.refused(demo.organization.edit(ben, one, None, Some(60)), code, class).await;
        demo.refused(demo.audit.verify(ben), code, class).await;
    });
}
