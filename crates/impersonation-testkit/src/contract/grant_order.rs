//! The list of grants: its order and its pages.

use impersonation_domain::{
    access::AccessTypes,
    grant::Grant,
    ids::GrantId,
    plan::Plan,
    ports::{GrantQuery, GrantSort, GrantSortField, GrantView, PageLimit, SortKey},
};

use super::check::Pages;
use super::{grant_list::list, grants::all};
use crate::{
    environment::{Environment, SequentialIds},
    store::OpenStore,
    world::World,
};

const EVERY_ACCESS: [AccessTypes; 3] = [AccessTypes::LOGIN, AccessTypes::SEND, AccessTypes::BOTH];

fn limit(items: u64) -> PageLimit {
    PageLimit::try_from(items).expect("the limit is allowed")
}

/// A world whose identifiers run against the order in which things are made.
async fn backwards(store: &OpenStore) -> World {
    let environment = Environment { ids: SequentialIds::descending(), ..Environment::default() };
    World::create(store.units.clone(), environment, "Acme", Plan::Enterprise).await
}

/// Twelve grants with ties, absent values and names that trip up collations.
async fn tricky(world: &World) {
    let names = ["ab", "a b", "A-b", "_a", "Zoe", "zoe", "Émile", "emile", "[x", "\u{1F980}"];
    let mut people = Vec::new();
    for (number, called) in names.iter().enumerate() {
        let address = format!("{}{}@acme.example", ["B", "a", "C_"][number % 3], number / 2 * 7);
        people.push(world.save(world.new_user(called, &format!("{number}.{address}"))).await);
    }
    for number in 0..people.len() {
        let grantor = &people[number];
        let grantee = &people[(number + 1 + number % 3) % people.len()];
        let expires = [None, Some(500), Some(500), Some(20)][number % 4];
        let window = world.window(None, expires);
        let access = EVERY_ACCESS[number % 3];
        let grant = world.save(world.new_grant_of(grantor, grantee, access, window, None)).await;
        if number % 2 == 0 {
            let at = world.now() + chrono::TimeDelta::seconds([5, 1, 5][number % 3]);
            world.write(async |unit| unit.grants().mark_used(grant.id(), at).await).await;
        }
        if number % 3 != 0 {
            world.pass(1);
        }
    }
    let (first, last) = (&people[0], &people[9]);
    world.save(world.new_grant(first, last)).await;
    world.save(world.new_grant(&people[4], last)).await;
}

fn expected(mut views: Vec<GrantView>, sort: GrantSort) -> Vec<GrantId> {
    let place = |view: &GrantView| (view.sort_key(sort.field), view.grant.id());
    views.sort_by_key(place);
    if sort.descending {
        views.reverse();
    }
    views.iter().map(|view| view.grant.id()).collect()
}

async fn every_order_holds(world: &World) {
    let everything = list(world, &all(world.now())).await;
    assert_eq!(everything.len(), 12);
    for field in GrantSortField::ALL {
        for descending in [false, true] {
            let sort = GrantSort { field, descending };
            for items in [1, 2, 5, 11, 12, 13] {
                let query = GrantQuery { sort, limit: limit(items), ..all(world.now()) };
                let found: Vec<GrantId> =
                    list(world, &query).await.iter().map(|view| view.grant.id()).collect();
                let expected = expected(everything.clone(), sort);
                assert_eq!(found, expected, "by {sort:?} in pages of {items}");
            }
        }
    }
}

/// By every field, up and down, in pages of any size, each grant comes once and in its place.
pub async fn grants_are_sorted_by_every_field_in_both_directions(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    tricky(&world).await;
    every_order_holds(&world).await;
}

/// Equal values are in the order of identifiers, not in that in which they were made.
pub async fn ties_are_in_the_order_of_identifiers(store: &OpenStore) {
    let world = backwards(store).await;
    tricky(&world).await;
    every_order_holds(&world).await;
}

/// If nothing is said, the newest comes first.
pub async fn the_newest_grant_comes_first_by_default(store: &OpenStore) {
    let world = backwards(store).await;
    let ben = world.user("Ben").await;
    let mut made: Vec<Grant> = Vec::new();
    for number in 0..4 {
        let grantor = world.user(&format!("u{number}")).await;
        made.insert(0, world.grant(&grantor, &ben).await);
        world.pass(1);
    }
    let found: Vec<Grant> =
        list(&world, &all(world.now())).await.into_iter().map(|view| view.grant).collect();
    assert_eq!(found, made);
}

/// What is absent comes last going up and first going down.
pub async fn absent_values_come_after_all_others(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    tricky(&world).await;
    for field in [GrantSortField::ExpiresAt, GrantSortField::LastUsedAt] {
        for descending in [false, true] {
            let sort = GrantSort { field, descending };
            let query = GrantQuery { sort, limit: limit(1), ..all(world.now()) };
            let mut keys: Vec<SortKey> =
                list(&world, &query).await.iter().map(|view| view.sort_key(field)).collect();
            if descending {
                keys.reverse();
            }
            let present = keys.iter().take_while(|key| **key != SortKey::Absent).count();
            assert!((1..12).contains(&present), "some have the value and some have not");
            assert!(keys[present..].iter().all(|key| *key == SortKey::Absent));
        }
    }
}

/// Filters hold on every page.
pub async fn filters_and_pages_go_together(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    tricky(&world).await;
    for field in GrantSortField::ALL {
        let sort = GrantSort { field, descending: true };
        let access = Some(impersonation_domain::access::AccessType::Send);
        let query = GrantQuery { sort, access, limit: limit(1), ..all(world.now()) };
        let one_by_one = list(&world, &query).await;
        let at_once = list(&world, &GrantQuery { limit: limit(200), ..query }).await;
        assert_eq!(one_by_one, at_once);
        let wanted = |view: &GrantView| {
            view.grant.access().contains(impersonation_domain::access::AccessType::Send)
        };
        assert!(at_once.len() > 4 && at_once.iter().all(wanted));
    }
}

/// Each grant that stays is on exactly one page, whatever is made and deleted meanwhile; a cursor
/// whose grant is gone still tells where to go on.
pub async fn pages_of_grants_stay_in_step_while_grants_come_and_go(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let mut made = Vec::new();
    for number in 10..20 {
        let grantor = world.user(&format!("u{number}")).await;
        made.push(world.grant(&grantor, &ben).await);
    }
    let sort = GrantSort { field: GrantSortField::GrantorName, descending: false };
    let mut query = GrantQuery { sort, limit: limit(3), ..all(world.now()) };
    let page = world.read(async |unit| unit.grants().list(&query).await).await;
    let mut seen: Vec<GrantView> = page.items;
    query.after = page.next;
    world.save(made[2].clone().delete(&world.stamp())).await;
    world.save(made[5].clone().delete(&world.stamp())).await;
    for called in ["u00", "u165"] {
        let grantor = world.user(called).await;
        world.grant(&grantor, &ben).await;
    }
    let mut pages = Pages::default();
    while query.after.is_some() {
        pages.turn();
        let page = world.read(async |unit| unit.grants().list(&query).await).await;
        seen.extend(page.items);
        query.after = page.next;
    }
    let names: Vec<&str> = seen.iter().map(|view| view.grantor.name().as_str()).collect();
    assert_eq!(names, ["u10", "u11", "u12", "u13", "u14", "u16", "u165", "u17", "u18", "u19"]);
}
