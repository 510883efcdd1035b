//! The list of grants: what is in it.

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    grant::{Grant, GrantState},
    ids::GrantId,
    plan::Plan,
    ports::{GrantQuery, GrantView, PageLimit},
    user::User,
};

use super::check::Pages;
use super::grants::all;
use crate::{store::OpenStore, world::World};

/// All views on all pages.
pub(super) async fn list(world: &World, query: &GrantQuery) -> Vec<GrantView> {
    let mut query = query.clone();
    let mut views = Vec::new();
    let mut pages = Pages::default();
    loop {
        pages.turn();
        let page = world.read(async |unit| unit.grants().list(&query).await).await;
        assert!(page.items.len() <= usize::from(query.limit.get()), "no page exceeds its limit");
        views.extend(page.items);
        query.after = page.next;
        if query.after.is_none() {
            return views;
        }
    }
}

/// The identifiers on all pages, in pages of two.
async fn ids(world: &World, query: GrantQuery) -> Vec<GrantId> {
    let limit = PageLimit::try_from(2).expect("the limit is allowed");
    let mut ids: Vec<GrantId> = list(world, &GrantQuery { limit, ..query })
        .await
        .iter()
        .map(|view| view.grant.id())
        .collect();
    ids.sort();
    ids
}

fn sorted<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Vec<GrantId> {
    let mut ids: Vec<GrantId> = grants.into_iter().map(Grant::id).collect();
    ids.sort();
    ids
}

/// Each item has the grant, both people as they are now, and the state.
pub async fn a_listed_grant_comes_with_its_people_and_state(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let ben = world.save(ben.rename(crate::world::name("Benno"), &world.stamp())).await;
    let views = list(&world, &all(world.now())).await;
    let state = GrantState::Live;
    assert_eq!(
        views,
        [GrantView { grant: grant.clone(), grantor: cleo.clone(), grantee: ben, state }]
    );
    let cleo = world.save(cleo.deactivate(&world.stamp())).await;
    let views = list(&world, &all(world.now())).await;
    assert_eq!((&views[0].grantor, views[0].state), (&cleo, GrantState::Suspended));
    world.save(grant.delete(&world.stamp())).await;
    assert!(list(&world, &all(world.now())).await.is_empty());
}

/// A world with a grant in every state, for every reason, and combinations of reasons.
async fn mixed(world: &World) -> Vec<GrantId> {
    let mut people: Vec<User> = Vec::new();
    for called in ["Ada", "Ben", "Cleo", "Dina", "Eli", "Fred"] {
        people.push(world.user(called).await);
    }
    let windows = [
        (None, None),
        (Some(-100), None),
        (Some(0), Some(10)),
        (Some(10), None),
        (Some(10), Some(20)),
        (None, Some(5)),
        (Some(-10), Some(1)),
    ];
    let mut made = Vec::new();
    for (place, grantor) in people.iter().enumerate() {
        for (other, grantee) in people.iter().enumerate().filter(|(other, _)| *other != place) {
            let (from, to) = windows[(place * 5 + other) % windows.len()];
            let window = world.window(from, to);
            let access = AccessTypes::BOTH;
            let grant =
                world.save(world.new_grant_of(grantor, grantee, access, window, None)).await;
            made.push(grant.id());
        }
    }
    let mut people = people.into_iter().skip(2);
    let mut next = || people.next().expect("there are enough people");
    world.save(next().deactivate(&world.stamp())).await;
    world.save(next().set_protected(true, &world.stamp())).await;
    world.save(next().remove(&world.stamp())).await;
    made
}

/// The filter by state is the rule of the domain, on every plan and at every moment, the very
/// moments of start and expiry included.
pub async fn d14_the_state_filter_is_the_rule_of_the_domain(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let made = mixed(&world).await;
    let start = world.now();
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for seconds in [-1, 0, 1, 5, 9, 10, 19, 20, 21] {
        let now = start + chrono::TimeDelta::seconds(seconds);
        for plan in Plan::ALL {
            let query = GrantQuery { plan, limit: PageLimit::MAX, ..all(now) };
            let views = list(&world, &query).await;
            assert_eq!(views.len(), made.len(), "without a filter every grant is listed");
            for view in &views {
                let GrantView { grant, grantor, grantee, state } = view;
                assert_eq!(*state, GrantState::of(grant, plan, grantor, grantee, now));
            }
            for state in GrantState::ALL {
                let filtered =
                    ids(&world, GrantQuery { state: Some(state), ..query.clone() }).await;
                let expected = sorted(views.iter().filter(|v| v.state == state).map(|v| &v.grant));
                assert_eq!(filtered, expected, "{state} on {plan} after {seconds} s");
                *seen.entry(state.as_str()).or_default() += expected.len();
            }
        }
    }
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 10), "a mixed world: {seen:?}");
}

/// Access types, grantor and grantee narrow the list, alone and together.
pub async fn grants_are_filtered_by_access_and_people(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo, eli) =
        (world.user("Ben").await, world.user("Cleo").await, world.user("Eli").await);
    let open = world.window(None, None);
    let make = async |grantor: &User, grantee: &User, access| {
        world.save(world.new_grant_of(grantor, grantee, access, open, None)).await
    };
    let login = make(&cleo, &ben, AccessTypes::LOGIN).await;
    let send = make(&eli, &ben, AccessTypes::SEND).await;
    let both = make(&ben, &eli, AccessTypes::BOTH).await;
    let query = || all(world.now());
    let access = |access| GrantQuery { access: Some(access), ..query() };
    assert_eq!(ids(&world, query()).await, sorted([&login, &send, &both]));
    assert_eq!(ids(&world, access(AccessType::Login)).await, sorted([&login, &both]));
    assert_eq!(ids(&world, access(AccessType::Send)).await, sorted([&send, &both]));
    let grantee = GrantQuery { grantee: Some(ben.id()), ..query() };
    assert_eq!(ids(&world, grantee.clone()).await, sorted([&login, &send]));
    let grantor = GrantQuery { grantor: Some(eli.id()), ..query() };
    assert_eq!(ids(&world, grantor).await, sorted([&send]));
    let together =
        GrantQuery { grantor: Some(eli.id()), access: Some(AccessType::Send), ..grantee };
    assert_eq!(ids(&world, together.clone()).await, sorted([&send]));
    let none = GrantQuery { access: Some(AccessType::Login), ..together };
    assert!(ids(&world, none).await.is_empty());
    let nobody = GrantQuery { grantor: Some(world.id()), ..query() };
    assert!(ids(&world, nobody).await.is_empty());
}

/// The search looks into both names, both addresses and the reason, without regard to ASCII case.
pub async fn grants_are_searched_in_all_columns(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let person = async |called, address| world.save(world.new_user(called, address)).await;
    let receiver = person("Rita Needle", "plain1@acme.example").await;
    let receiver_by_address = person("Plain", "x.needle@acme.example").await;
    let giver = person("Giver NEEDLEwork", "plain2@acme.example").await;
    let giver_by_address = person("Plain", "needle2@acme.example").await;
    let (one, other) =
        (person("One", "one@acme.example").await, person("Other", "other@acme.example").await);
    let open = world.window(None, None);
    let make = async |grantor: &User, grantee: &User, why: Option<&str>| {
        world.save(world.new_grant_of(grantor, grantee, AccessTypes::BOTH, open, why)).await
    };
    let found = [
        make(&one, &receiver, None).await,
        make(&one, &receiver_by_address, Some("holiday")).await,
        make(&giver, &one, Some("holiday")).await,
        make(&giver_by_address, &one, None).await,
        make(&one, &other, Some("a nEEdle in a haystack – Ünterlagen")).await,
    ];
    make(&other, &one, Some("need le")).await;
    let search = |text: &str| GrantQuery { search: Some(text.to_owned()), ..all(world.now()) };
    for text in ["needle", "NEEDLE", "nEeDlE", "eedl"] {
        assert_eq!(ids(&world, search(text)).await, sorted(&found), "{text}");
    }
    assert_eq!(ids(&world, search("needle in")).await, sorted([&found[4]]));
    assert_eq!(ids(&world, search("Ünterlagen")).await, sorted([&found[4]]));
    assert!(ids(&world, search("ünterlagen")).await.is_empty(), "only ASCII letters are folded");
    assert!(ids(&world, search("needless")).await.is_empty());
    let narrowed = GrantQuery { grantee: Some(one.id()), ..search("needle") };
    assert_eq!(ids(&world, narrowed).await, sorted([&found[2], &found[3]]));
}

/// The signs that a database takes for wildcards or quotes stand for themselves.
pub async fn wildcards_in_a_search_for_grants_are_literal(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let open = world.window(None, None);
    let signs = ["%", "_", "\\", "'", "*", "\"", "["];
    let mut made = Vec::new();
    for (number, sign) in signs.iter().enumerate() {
        let grantor = world.user(&format!("u{number}")).await;
        let why = format!("a {sign} b");
        let new = world.new_grant_of(&grantor, &ben, AccessTypes::BOTH, open, Some(&why));
        made.push(world.save(new).await);
    }
    for (sign, grant) in signs.iter().zip(&made) {
        for text in [(*sign).to_owned(), format!("a {sign} b")] {
            let query = GrantQuery { search: Some(text.clone()), ..all(world.now()) };
            assert_eq!(ids(&world, query).await, sorted([grant]), "{text}");
        }
    }
    for text in ["a%b", "b_n", "%%", "a _ b%"] {
        let query = GrantQuery { search: Some(text.to_owned()), ..all(world.now()) };
        assert!(ids(&world, query).await.is_empty(), "{text}");
    }
}

/// Unused since a moment are those made before it and not used from it on.
pub async fn grants_unused_since_a_moment_are_found(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let mut grants = Vec::new();
    for number in 0..5 {
        let grantor = world.user(&format!("u{number}")).await;
        grants.push(world.grant(&grantor, &ben).await);
    }
    let moment = world.pass(100);
    let late = world.user("Late").await;
    let made_at_the_moment = world.grant(&late, &ben).await;
    let micro = chrono::TimeDelta::microseconds(1);
    let uses = [None, Some(moment - micro), Some(moment), Some(moment + micro)];
    for (grant, used) in grants.iter().zip(uses) {
        if let Some(at) = used {
            world.write(async |unit| unit.grants().mark_used(grant.id(), at).await).await;
        }
    }
    let since = |since| GrantQuery { unused_since: Some(since), ..all(world.now()) };
    assert_eq!(ids(&world, since(moment)).await, sorted([&grants[0], &grants[1], &grants[4]]));
    let later = ids(&world, since(moment + micro)).await;
    assert_eq!(
        later,
        sorted([&grants[0], &grants[1], &grants[2], &grants[4], &made_at_the_moment])
    );
    let made_at = grants[0].record().created_at;
    assert!(ids(&world, since(made_at)).await.is_empty(), "none was made before that");
}
