//! Channels, settings, and what belongs to the operator.

use impersonation_domain::{
    plan::Plan,
    service::{ErrorClass, NewOrganization},
    version::Version,
};

use crate::fixture::{PASSWORD, error_text, must_fail, origin, scenario};

#[test]
fn a1_channels_and_memberships_are_recorded_and_adding_twice_is_once() {
    scenario(async |demo| {
        let (ada, eli) = (&demo.acme["ada"], &demo.acme["eli"]);
        let me = &ada.credential;
        let (made, log) = demo.allowed(demo.channels.create(me, "plans", None)).await;
        assert_eq!(
            log,
            ["channel.create ada>organization #plans", "channel.add_member ada>ada #plans"]
        );
        let plans = made.fresh().unwrap().channel.id();
        let ((), log) = demo.allowed(demo.channels.add_member(me, plans, eli.id)).await;
        assert_eq!(log, ["channel.add_member ada>eli #plans"]);
        let ((), log) = demo.allowed(demo.channels.add_member(me, plans, eli.id)).await;
        assert!(log.is_empty(), "{log:?}");
        let ((), log) = demo.allowed(demo.channels.remove_member(me, plans, eli.id)).await;
        assert_eq!(log, ["channel.remove_member ada>eli #plans"]);
        let again = demo.channels.remove_member(me, plans, eli.id);
        demo.refused(again, "user_not_found", ErrorClass::NotFound).await;
        let create = demo.channels.create(me, "PLANS", None);
        let log = demo.refused(create, "name_taken", ErrorClass::Conflict).await;
        assert_eq!(log, ["refused channel.create ada>ada (name_taken)"]);
        demo.remove(eli).await;
        let add = demo.channels.add_member(me, plans, eli.id);
        demo.refused(add, "user_not_found", ErrorClass::NotFound).await;
    });
}

#[test]
fn t3_members_see_their_own_channels_alone() {
    scenario(async |demo| {
        let names = async |person: &str| {
            let me = &demo.acme[person].credential;
            let page = demo.channels.list(me, None, Default::default()).await.unwrap();
            page.items.iter().map(|v| v.channel.name().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("ada").await, ["board", "deals", "general"]);
        assert_eq!(names("ben").await, ["deals", "general"]);
        assert_eq!(names("eli").await, ["general"]);
        let eli = &demo.acme["eli"].credential;
        let members = demo.channels.members(eli, demo.acme.channel("general")).await.unwrap();
        assert_eq!(members.len(), 5);
        let hidden = must_fail(demo.channels.members(eli, demo.acme.channel("deals")).await);
        let foreign = must_fail(demo.channels.members(eli, demo.birch.channel("general")).await);
        assert_eq!(error_text(&hidden), error_text(&foreign));
    });
}

#[test]
fn t3_ones_own_channels_are_the_same_whether_or_not_one_administers() {
    scenario(async |demo| {
        let own = async |person: &str| {
            let me = &demo.acme[person].credential;
            let page = demo.channels.own(me, None, Default::default()).await.unwrap();
            page.items.iter().map(|channel| channel.name().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(own("ada").await, ["board", "general"]);
        assert_eq!(own("ben").await, ["deals", "general"]);
        assert_eq!(own("eli").await, ["general"]);
    });
}

#[test]
fn g4_settings_are_changed_in_the_version_that_was_seen() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let stale = Version::try_from(2).unwrap();
        let edit = demo.organization.edit(ada, stale, Some("Acme Ltd".to_owned()), None);
        demo.refused(edit, "version_mismatch", ErrorClass::VersionMismatch).await;
        let edit = demo.organization.edit(ada, Version::INITIAL, Some("Acme Ltd".to_owned()), None);
        let (organization, log) = demo.allowed(edit).await;
        assert_eq!(log, ["organization.edit ada>organization"]);
        assert_eq!(organization.name().as_str(), "Acme Ltd");
        assert_eq!(organization.plan(), Plan::Enterprise);
    });
}

#[test]
fn a1_an_edit_of_the_organization_that_changes_nothing_leaves_no_event() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let organization = demo.organization.get(ada).await.unwrap();
        let seen = organization.version();
        let name = || Some("Acme".to_owned());
        for (name, minutes) in [(None, None), (name(), None), (None, Some(60)), (name(), Some(60))]
        {
            let (same, log) = demo.allowed(demo.organization.edit(ada, seen, name, minutes)).await;
            assert!(log.is_empty(), "{log:?}");
            assert_eq!(same, organization);
        }
        let edit = demo.organization.edit(ada, seen, name(), Some(59));
        let (edited, log) = demo.allowed(edit).await;
        assert_eq!(log, ["organization.edit ada>organization"]);
        assert_eq!(edited.version(), seen.next());
    });
}

#[test]
fn a1_the_plan_is_the_operators_and_setting_it_again_is_no_change() {
    scenario(async |demo| {
        let ((), log) = demo.watch(demo.set_plan(Plan::MultiUser)).await;
        assert_eq!(log, ["organization.set_plan operator>organization"]);
        let ((), log) = demo.watch(demo.set_plan(Plan::MultiUser)).await;
        assert!(log.is_empty(), "{log:?}");
        let nowhere = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e".parse().unwrap();
        let origin = origin();
        let set = demo.operator.set_plan(nowhere, Plan::MultiUser, &origin);
        demo.refused(set, "organization_not_found", ErrorClass::NotFound).await;
        let verify = demo.operator.verify_audit(nowhere);
        demo.refused(verify, "organization_not_found", ErrorClass::NotFound).await;
    });
}

#[test]
fn p2_an_organization_is_founded_whole_or_not_at_all() {
    scenario(async |demo| {
        let new = |name: &str, email: &str, password: &str| NewOrganization {
            name: name.to_owned(),
            plan: Plan::Enterprise,
            admin_name: "Tess".to_owned(),
            admin_email: email.to_owned(),
            admin_password: password.to_owned(),
        };
        let origin = origin();
        let count = async || demo.operator.organizations().await.unwrap().len();
        let before = count().await;
        for (new, code) in [
            (new(" ", "tess@tern.example", PASSWORD), "invalid_text"),
            (new("Tern", "tess", PASSWORD), "invalid_email"),
            (new("Tern", "tess@tern.example", "short"), "unsuitable_password"),
        ] {
            let create = demo.operator.create_organization(new, false, &origin);
            demo.refused(create, code, ErrorClass::Invalid).await;
        }
        let only_first = new("Tern", "tess@tern.example", PASSWORD);
        let create = demo.operator.create_organization(only_first, true, &origin);
        demo.refused(create, "already_set_up", ErrorClass::Conflict).await;
        assert_eq!(count().await, before);
        assert!(!demo.operator.is_empty().await.unwrap());
        let made = new("Tern", "tess@tern.example", PASSWORD);
        let made = demo.operator.create_organization(made, false, &origin).await.unwrap();
        let log = demo.log_of(made.organization.id(), 0).await;
        assert_eq!(
            log,
            [
                "organization.create operator>organization",
                "role.create operator>organization",
                "role.create operator>organization",
                "user.create operator>tess",
                "user.set_password operator>tess",
            ]
        );
    });
}
