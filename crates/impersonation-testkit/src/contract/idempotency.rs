//! Answers to repeated requests.

use chrono::TimeDelta;
use impersonation_domain::{
    ids::UserId,
    ports::{IdempotencyScope, StoredResponse},
};

use super::check::head;
use crate::{store::OpenStore, world::World};

fn scope(actor: UserId, endpoint: &str, key: &str) -> IdempotencyScope {
    IdempotencyScope { actor, endpoint: endpoint.to_owned(), key: key.to_owned() }
}

fn response(world: &World, body: &[u8]) -> StoredResponse {
    StoredResponse { fingerprint: [7; 32], body: body.to_vec(), created_at: world.now() }
}

async fn find(world: &World, scope: &IdempotencyScope) -> Option<StoredResponse> {
    world.read(async |unit| unit.idempotency().find(scope).await).await
}

async fn put(world: &World, scope: &IdempotencyScope, response: StoredResponse) {
    world.write(async |unit| unit.idempotency().put(scope, response).await).await;
}

/// The answer comes back byte by byte, whatever the bytes, and is no event.
pub async fn g7_an_answer_is_found_again(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await.id();
    let before = head(&world).await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let long = b"{\"long\": \"answer\"}".repeat(5_000);
    for (number, body) in [&every_byte[..], b"", b"{}", &long].into_iter().enumerate() {
        let scope = scope(ben, "POST /grants", &format!("key {number} – 🦀"));
        assert_eq!(find(&world, &scope).await, None);
        let mut response = response(&world, body);
        response.fingerprint = std::array::from_fn(|place| 255 - place as u8);
        put(&world, &scope, response.clone()).await;
        assert_eq!(find(&world, &scope).await, Some(response));
    }
    assert_eq!(head(&world).await, before);
}

/// Keys of different users and endpoints never meet, however they are put together.
pub async fn g7_keys_of_different_scopes_never_meet(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await.id(), world.user("Cleo").await.id());
    let kept = scope(ben, "POST /grants", "one");
    put(&world, &kept, response(&world, b"kept")).await;
    for other in [
        scope(cleo, "POST /grants", "one"),
        scope(ben, "POST /grants", "One"),
        scope(ben, "POST /grants", "one "),
        scope(ben, "POST /grant", "sone"),
        scope(ben, "POST /grantso", "ne"),
        scope(ben, "post /grants", "one"),
        scope(ben, "POST /channels", "one"),
    ] {
        assert_eq!(find(&world, &other).await, None, "{other:?}");
        put(&world, &other, response(&world, b"other")).await;
    }
    assert_eq!(find(&world, &kept).await.map(|found| found.body), Some(b"kept".to_vec()));
}

/// A key of 255 characters, the longest there is, has room.
pub async fn the_longest_key_has_room(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await.id();
    let endpoint = format!("POST /grants in {}", world.id::<UserId>());
    let long = scope(ben, &endpoint, &"\u{1F980}".repeat(255));
    put(&world, &long, response(&world, b"kept")).await;
    assert!(find(&world, &long).await.is_some());
}

/// A later answer under the same key takes the place of the older one.
pub async fn a_later_answer_takes_the_place_of_the_older(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let scope = scope(world.user("Ben").await.id(), "POST /grants", "one");
    put(&world, &scope, response(&world, b"old")).await;
    world.pass(60);
    let new = StoredResponse { fingerprint: [9; 32], ..response(&world, b"new") };
    put(&world, &scope, new.clone()).await;
    assert_eq!(find(&world, &scope).await, Some(new));
}

/// Answers given before the moment are forgotten; one given at it is not.
pub async fn answers_given_before_a_moment_are_forgotten(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await.id();
    let moment = world.now();
    let micro = TimeDelta::microseconds(1);
    let scopes: Vec<IdempotencyScope> =
        (0..4).map(|number| scope(ben, "POST /grants", &format!("key {number}"))).collect();
    let times = [moment - TimeDelta::hours(1), moment - micro, moment, moment + micro];
    for (scope, created_at) in scopes.iter().zip(times) {
        put(&world, scope, StoredResponse { created_at, ..response(&world, b"answer") }).await;
    }
    world.write(async |unit| unit.idempotency().forget_before(moment).await).await;
    let mut left = Vec::new();
    for scope in &scopes {
        left.push(find(&world, scope).await.is_some());
    }
    assert_eq!(left, [false, false, true, true]);
}
