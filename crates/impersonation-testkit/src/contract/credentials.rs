//! Own sessions, API tokens and passwords.

use chrono::TimeDelta;
use impersonation_domain::{
    audit::Action,
    credential::{ApiToken, PasswordChange, SignIn},
    ids::{SignInId, TokenId, UserId},
    secret::{PasswordHash, SecretKind},
};

use super::check::verified_events;
use crate::{environment::PlainPasswords, store::OpenStore, world::World};

async fn sign_in(world: &World, id: SignInId) -> SignIn {
    let found = world.read(async |unit| unit.credentials().sign_in(id).await).await;
    found.expect("the own session is there")
}

async fn token(world: &World, id: TokenId) -> ApiToken {
    let found = world.read(async |unit| unit.credentials().token(id).await).await;
    found.expect("the token is there")
}

/// The row comes back as it was saved, by identifier and by token.
pub async fn a_new_own_session_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let hash = world.token(SecretKind::SignIn);
    let recorded = SignIn::start(world.organization, ben.id(), hash, &world.stamp());
    let made = recorded.value().clone();
    assert_eq!(world.save(recorded).await, made);
    assert_eq!(sign_in(&world, made.id).await, made);
    let other = world.token(SecretKind::SignIn);
    world
        .read(async |unit| {
            let credentials = unit.credentials();
            assert_eq!(credentials.sign_in_by_token(&hash).await?, Some(made.clone()));
            assert_eq!(credentials.sign_in_by_token(&other).await?, None);
            assert_eq!(credentials.sign_in(world.id()).await?, None);
            assert_eq!(credentials.token_by_hash(&hash).await?, None, "it is no API token");
            assert_eq!(unit.sessions().by_token(&hash).await?, None, "it is no login session");
            Ok(())
        })
        .await;
}

/// An ended one comes back so, and is still found by its token: that it is over is for the rules
/// to say.
pub async fn an_ended_own_session_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let other = world.sign_in(&ben).await;
    let seen = world.sign_in(&ben).await;
    let at = world.pass(30);
    let ended = world.save(seen.end(&world.stamp())).await;
    assert_eq!(ended.ended_at, Some(at));
    assert_eq!(sign_in(&world, ended.id).await, ended);
    assert_eq!(sign_in(&world, other.id).await, other);
    let hash = ended.token_hash;
    let found = world.read(async |unit| unit.credentials().sign_in_by_token(&hash).await).await;
    assert_eq!(found, Some(ended));
    let events = verified_events(&world).await;
    assert_eq!(events.last().map(|event| event.content.action), Some(Action::SignOut));
}

/// The row comes back as it was saved, by identifier and by hash; a revoked one too.
pub async fn an_api_token_is_read_back(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ada = world.admin("Ada").await;
    let made = world.api_token(&ada, "Nightly – „Job“").await;
    assert_eq!(token(&world, made.id).await, made);
    let other = world.token(SecretKind::ApiToken);
    let hash = made.token_hash;
    world
        .read(async |unit| {
            let credentials = unit.credentials();
            assert_eq!(credentials.token_by_hash(&hash).await?, Some(made.clone()));
            assert_eq!(credentials.token_by_hash(&other).await?, None);
            assert_eq!(credentials.token(world.id()).await?, None);
            assert_eq!(credentials.sign_in_by_token(&hash).await?, None, "it is no own session");
            Ok(())
        })
        .await;
    let at = world.pass(30);
    let revoked = world.save(made.revoke(&world.stamp())).await;
    assert_eq!(revoked.revoked_at, Some(at));
    assert_eq!(token(&world, revoked.id).await, revoked);
    let found = world.read(async |unit| unit.credentials().token_by_hash(&hash).await).await;
    assert_eq!(found, Some(revoked));
}

/// The latest comes first; revoked ones are left out, those that have run out are not.
pub async fn api_tokens_are_listed_from_the_latest_on(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ada, eva) = (world.admin("Ada").await, world.admin("Eva").await);
    let first = world.api_token(&ada, "first").await;
    world.pass(1);
    let second = world.api_token(&eva, "second").await;
    world.pass(1);
    let third = world.api_token(&ada, "third").await;
    world.pass(1);
    let fourth = world.api_token(&ada, "fourth").await;
    let tokens = async || world.read(async |unit| unit.credentials().tokens().await).await;
    assert_eq!(tokens().await, [fourth.clone(), third.clone(), second.clone(), first.clone()]);
    world.save(third.revoke(&world.stamp())).await;
    world.environment.clock.advance(TimeDelta::days(400));
    assert_eq!(tokens().await, [fourth, second, first]);
}

/// Everything of the user ends but the exception; of others nothing; API tokens only where that is
/// asked for. There is no event of its own, as that of the change tells of it.
pub async fn all_own_sessions_of_a_user_end_at_once(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ada, ben) = (world.admin("Ada").await, world.user("Ben").await);
    let over = world.sign_in(&ada).await;
    let over = world.save(over.end(&world.stamp())).await;
    let (kept, ended) = (world.sign_in(&ada).await, world.sign_in(&ada).await);
    let of_ben = world.sign_in(&ben).await;
    let api = world.api_token(&ada, "job").await;
    let api_of_ben = world.api_token(&ben, "job").await;
    let revoked = world.api_token(&ada, "old").await;
    let revoked = world.save(revoked.revoke(&world.stamp())).await;
    let events = verified_events(&world).await.len();
    let at = world.pass(60);
    let end = async |except, tokens, at| {
        world
            .write(async |unit| unit.credentials().end_all_of(ada.id(), except, tokens, at).await)
            .await;
    };
    end(Some(kept.id), false, at).await;
    assert_eq!(sign_in(&world, ended.id).await.ended_at, Some(at));
    assert_eq!(sign_in(&world, kept.id).await, kept);
    assert_eq!(sign_in(&world, over.id).await, over, "the first end stays");
    assert_eq!(sign_in(&world, of_ben.id).await, of_ben);
    assert_eq!(token(&world, api.id).await, api);
    let later = world.pass(60);
    end(None, true, later).await;
    assert_eq!(sign_in(&world, kept.id).await.ended_at, Some(later));
    assert_eq!(sign_in(&world, ended.id).await.ended_at, Some(at), "the first end stays");
    assert_eq!(sign_in(&world, of_ben.id).await, of_ben);
    assert_eq!(token(&world, api.id).await.revoked_at, Some(later));
    assert_eq!(token(&world, api_of_ben.id).await, api_of_ben);
    assert_eq!(token(&world, revoked.id).await, revoked);
    assert_eq!(verified_events(&world).await.len(), events);
}

/// A password is absent at first, set, and replaced. Its event has nothing of it.
pub async fn a9_a_password_is_set_and_replaced(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let password = async |user: UserId| -> Option<PasswordHash> {
        world.read(async |unit| unit.credentials().password(user).await).await
    };
    assert_eq!(password(ben.id()).await, None);
    for text in ["first secret", "second secret"] {
        let hash = PlainPasswords::hash_of(text);
        world.save(PasswordChange::record(ben.id(), hash.clone(), &world.stamp())).await;
        assert_eq!(password(ben.id()).await, Some(hash));
    }
    assert_eq!(password(cleo.id()).await, None);
    assert_eq!(password(world.id()).await, None);
    let events = verified_events(&world).await;
    assert!(!format!("{events:?}").contains("secret"));
    let set = events.iter().filter(|event| event.content.action == Action::UserSetPassword);
    assert_eq!(set.count(), 2);
}
