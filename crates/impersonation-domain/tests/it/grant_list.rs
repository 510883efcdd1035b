//! The list of grants: search, filters, order, pages.

use impersonation_domain::{
    access::AccessType,
    grant::GrantState,
    ports::{GrantSort, GrantSortField, PageLimit},
    service::{CreateGrant, GrantListRequest},
};

use crate::fixture::{BOTH, Demo, LOGIN, SEND, grant_of, scenario};

/// The receiving and the granting user of each row.
async fn rows(demo: &Demo, request: GrantListRequest) -> Vec<String> {
    let page = demo.grants.list(&demo.acme["ada"].credential, request).await.unwrap();
    let name = |user: &impersonation_domain::user::User| {
        user.email().as_str().split('@').next().unwrap().to_owned()
    };
    let row = |view: &impersonation_domain::ports::GrantView| {
        format!("{}>{}", name(&view.grantee), name(&view.grantor))
    };
    page.items.iter().map(row).collect()
}

async fn fill(demo: &Demo) {
    let [ben, cleo, eli, dina] = ["ben", "cleo", "eli", "dina"].map(|name| &demo.acme[name]);
    let request =
        CreateGrant { reason: Some("Holiday COVER".to_owned()), ..grant_of(cleo, ben, BOTH) };
    demo.grant_like(request).await;
    demo.pass(1);
    let expires_at = Some(demo.in_minutes(30));
    demo.grant_like(CreateGrant { expires_at, ..grant_of(ben, eli, SEND) }).await;
    demo.pass(1);
    let starts_at = Some(demo.in_minutes(60));
    demo.grant_like(CreateGrant { starts_at, ..grant_of(eli, cleo, LOGIN) }).await;
    demo.pass(1);
    demo.grant(dina, eli, BOTH).await;
    demo.protect(dina, true).await;
}

#[test]
fn g1_the_list_is_searched_and_filtered_over_all_columns() {
    scenario(async |demo| {
        fill(demo).await;
        let search = async |text: &str| {
            let search = Some(text.to_owned());
            rows(demo, GrantListRequest { search, ..GrantListRequest::default() }).await
        };
        assert_eq!(search("holiday cover").await, ["ben>cleo"]);
        assert_eq!(search(" CLEO@acme ").await, ["cleo>eli", "ben>cleo"]);
        assert_eq!(search("The dina").await, ["eli>dina"]);
        assert!(search("nothing like it").await.is_empty());
        assert_eq!(search("  ").await.len(), 4);

        let access = async |access| {
            let access = Some(access);
            rows(demo, GrantListRequest { access, ..GrantListRequest::default() }).await
        };
        assert_eq!(access(AccessType::Send).await, ["eli>dina", "eli>ben", "ben>cleo"]);
        assert_eq!(access(AccessType::Login).await, ["eli>dina", "cleo>eli", "ben>cleo"]);

        let by = GrantListRequest { grantor: Some(demo.acme["ben"].id), ..Default::default() };
        assert_eq!(rows(demo, by).await, ["eli>ben"]);
        let to = GrantListRequest { grantee: Some(demo.acme["eli"].id), ..Default::default() };
        assert_eq!(rows(demo, to).await, ["eli>dina", "eli>ben"]);
        let foreign =
            GrantListRequest { grantor: Some(demo.birch["pete"].id), ..Default::default() };
        assert!(rows(demo, foreign).await.is_empty());
    });
}

#[test]
fn d14_the_state_of_a_grant_is_told_for_this_very_moment() {
    scenario(async |demo| {
        fill(demo).await;
        let state = async |state| {
            let state = Some(state);
            rows(demo, GrantListRequest { state, ..GrantListRequest::default() }).await
        };
        assert_eq!(state(GrantState::Live).await, ["eli>ben", "ben>cleo"]);
        assert_eq!(state(GrantState::Scheduled).await, ["cleo>eli"]);
        assert_eq!(state(GrantState::Suspended).await, ["eli>dina"]);
        assert!(state(GrantState::Expired).await.is_empty());
        demo.clock.set(demo.in_minutes(28));
        assert_eq!(state(GrantState::Expired).await, ["eli>ben"]);
        demo.pass(31);
        assert_eq!(state(GrantState::Live).await, ["cleo>eli", "ben>cleo"]);
    });
}

#[test]
fn a6_pages_of_the_list_have_every_grant_once_in_every_order() {
    scenario(async |demo| {
        fill(demo).await;
        let limit = PageLimit::try_from(1).unwrap();
        for field in GrantSortField::ALL {
            for descending in [false, true] {
                let sort = GrantSort { field, descending };
                let whole = rows(demo, GrantListRequest { sort, ..Default::default() }).await;
                let mut paged = Vec::new();
                let mut after = None;
                loop {
                    let request = GrantListRequest { sort, limit, after, ..Default::default() };
                    paged.extend(rows(demo, request.clone()).await);
                    let ada = &demo.acme["ada"].credential;
                    after = demo.grants.list(ada, request).await.unwrap().next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(paged, whole, "{field:?}");
                assert_eq!(whole.len(), 4);
            }
        }
        let sort = GrantSort { field: GrantSortField::GranteeEmail, descending: false };
        let by_email = rows(demo, GrantListRequest { sort, ..Default::default() }).await;
        assert_eq!(by_email[..2], ["ben>cleo", "cleo>eli"]);
    });
}

#[test]
fn g1_a_grant_that_nobody_uses_can_be_found() {
    scenario(async |demo| {
        fill(demo).await;
        demo.login(&demo.acme["ben"], &demo.acme["cleo"]).await;
        let unused = async |days| {
            let request = GrantListRequest { unused_for_days: Some(days), ..Default::default() };
            rows(demo, request).await.len()
        };
        assert_eq!(unused(1).await, 0);
        // Everyone's own sessions are over by then, but for ada's.
        demo.pass(11 * 60);
        assert_eq!(unused(0).await, 4);
        assert_eq!(unused(u32::MAX).await, 0);
    });
}
