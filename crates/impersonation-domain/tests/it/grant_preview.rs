//! What a grant would mean, before it is made.

use impersonation_domain::{
    grant::GrantWarning,
    service::{ErrorClass, GrantPreview},
};

use crate::fixture::{BOTH, Demo, LOGIN, Person, SEND, grant_of, scenario};

/// What the preview of a grant between these two says, to Ada.
async fn preview(demo: &Demo, grantor: &Person, grantee: &Person) -> Option<GrantPreview> {
    let request = grant_of(grantor, grantee, BOTH);
    let ada = &demo.acme["ada"].credential;
    demo.grants.preview(ada, &request.grantor_email, &request.grantee_email, BOTH).await.unwrap()
}

#[test]
fn a_preview_warns_of_what_the_grant_would_warn_of_and_leaves_no_trace() {
    scenario(async |demo| {
        let everyone = ["ada", "ben", "cleo", "dina", "eli"].map(|name| &demo.acme[name]);
        demo.grant(&demo.acme["eli"], &demo.acme["ben"], LOGIN).await;
        for grantor in everyone {
            for grantee in everyone.into_iter().filter(|other| other.id != grantor.id) {
                let (before, events) = (demo.everything().await, demo.events(demo.acme.id).await);
                let preview = preview(demo, grantor, grantee).await.unwrap();
                assert_eq!(demo.everything().await, before);
                assert_eq!(demo.events(demo.acme.id).await.len(), events.len());
                assert_eq!((preview.grantor.id(), preview.grantee.id()), (grantor.id, grantee.id));
                if let Some(existing) = preview.existing {
                    assert_eq!((existing.grantor(), existing.grantee()), (grantor.id, grantee.id));
                    continue;
                }
                let ada = &demo.acme["ada"].credential;
                let made = demo.grants.create(ada, grant_of(grantor, grantee, BOTH), None).await;
                let made = made.unwrap().fresh().unwrap();
                assert_eq!(made.warnings, preview.warnings);
                let (id, version) = (made.view.grant.id(), made.view.grant.version());
                demo.grants.delete(ada, id, version).await.unwrap();
            }
        }
    });
}

#[test]
fn a_preview_of_nobody_is_nothing_and_not_recorded() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let olga = demo.birch["olga"].email.as_str();
        let before = demo.events(demo.acme.id).await.len();
        for (grantor, grantee) in [
            ("", ""),
            ("cleo@acme.example", ""),
            ("cleo@acme.example", "nobody@acme.example"),
            ("cleo@acme.example", "cleo@acme.example"),
            ("not an address", "ben@acme.example"),
            // Somebody of another organization is nobody here.
            (olga, "ben@acme.example"),
            ("ben@acme.example", olga),
        ] {
            let preview = demo.grants.preview(ada, grantor, grantee, BOTH).await.unwrap();
            assert!(preview.is_none(), "{grantor} {grantee}");
        }
        assert_eq!(demo.events(demo.acme.id).await.len(), before);
    });
}

#[test]
fn a_preview_names_only_the_channels_that_its_reader_may_know_of() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let names = |preview: &GrantPreview| {
            let channels = preview.shared_channels.iter();
            channels.map(|channel| channel.name().as_str().to_owned()).collect::<Vec<_>>()
        };
        let to_ada = preview(demo, cleo, ben).await.unwrap();
        assert_eq!((to_ada.shared_channel_count, names(&to_ada).len()), (2, 2));
        // Dina manages impersonation, but is not in the channel that only these two share.
        let dina = &demo.acme["dina"].credential;
        let request = grant_of(cleo, ben, SEND);
        let (grantor, grantee) = (&request.grantor_email, &request.grantee_email);
        let to_dina = demo.grants.preview(dina, grantor, grantee, SEND).await.unwrap().unwrap();
        assert_eq!(
            (to_dina.shared_channel_count, names(&to_dina)),
            (2, vec!["general".to_owned()])
        );
    });
}

#[test]
fn only_who_may_make_a_grant_may_ask_what_it_would_mean() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let request = grant_of(cleo, ben, SEND);
        let (grantor, grantee) = (&request.grantor_email, &request.grantee_email);
        let attempt = demo.grants.preview(&ben.credential, grantor, grantee, SEND);
        let log = demo.refused(attempt, "permission_required", ErrorClass::Forbidden).await;
        assert_eq!(log, ["refused grant.create ben>ben (permission_required)"]);
    });
}

#[test]
fn a_preview_tells_of_access_that_goes_both_ways() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(ben, cleo, SEND).await;
        let preview = preview(demo, cleo, ben).await.unwrap();
        assert!(preview.warnings.contains(&GrantWarning::Reciprocal));
        assert!(preview.existing.is_none());
    });
}
