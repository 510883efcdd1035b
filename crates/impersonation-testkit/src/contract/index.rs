//! What is found before the organization is known.

use std::collections::BTreeSet;

use impersonation_domain::{
    ids::{OrganizationId, UserId},
    login_session::EndCause,
    plan::Plan,
    secret::SecretKind,
};

use crate::{
    store::OpenStore,
    world::{World, email},
};

/// All organizations are listed, by name, as they are now.
pub async fn organizations_are_listed_by_name(store: &OpenStore) {
    assert!(store.index.organizations().await.unwrap().is_empty());
    let world = World::enterprise(store.units.clone()).await;
    for called in ["Cedar", "Aspen", "Birch"] {
        let environment = world.environment.clone();
        World::create(store.units.clone(), environment, called, Plan::MultiUser).await;
    }
    let found = store.index.organizations().await.unwrap();
    let names: Vec<&str> = found.iter().map(|organization| organization.name().as_str()).collect();
    assert_eq!(names, ["Acme", "Aspen", "Birch", "Cedar"]);
    assert_eq!(found[0].id(), world.organization);
    let changed = found[0].clone().set_plan(Plan::Individual, &world.stamp());
    let changed = world.save(changed).await;
    assert_eq!(store.index.organizations().await.unwrap()[0], changed);
}

/// Two organizations may have the same name.
pub async fn organizations_may_share_a_name(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let environment = world.environment.clone();
    let second = World::create(store.units.clone(), environment, "Acme", Plan::Enterprise).await;
    assert_ne!(world.organization, second.organization);
    assert_eq!(store.index.organizations().await.unwrap().len(), 2);
}

/// The organization of every kind of token is found, of those that are over too.
pub async fn an_organization_is_found_by_every_kind_of_token(store: &OpenStore) {
    let acme = World::enterprise(store.units.clone()).await;
    let birch = acme.neighbour().await;
    for world in [&acme, &birch] {
        let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
        world.grant(&cleo, &ben).await;
        let own = world.sign_in(&ben).await;
        let api = world.api_token(&ben, "job").await;
        let session = world.log_in(&ben, &cleo).await;
        let hashes = [own.token_hash, api.token_hash, session.record().token_hash];
        for over in [false, true] {
            for hash in &hashes {
                let found = store.index.by_token(hash).await.unwrap();
                assert_eq!(found, Some(world.organization), "over: {over}");
            }
            if !over {
                world.save(own.clone().end(&world.stamp())).await;
                world.save(api.clone().revoke(&world.stamp())).await;
                world.end(session.clone(), EndCause::Stopped).await;
            }
        }
    }
    for kind in [SecretKind::SignIn, SecretKind::LoginSession, SecretKind::ApiToken] {
        assert_eq!(store.index.by_token(&acme.token(kind)).await.unwrap(), None);
    }
}

/// The accounts of an address are found in every organization, without regard to ASCII case;
/// deactivated ones too, removed ones not.
pub async fn accounts_are_found_by_address_in_every_organization(store: &OpenStore) {
    let acme = World::enterprise(store.units.clone()).await;
    let birch = acme.neighbour().await;
    let accounts = async |address: &str| -> BTreeSet<(OrganizationId, UserId)> {
        let found = store.index.accounts_by_email(&email(address)).await.unwrap();
        let set: BTreeSet<_> = found.iter().copied().collect();
        assert_eq!(set.len(), found.len(), "each account once");
        set
    };
    assert!(accounts("ben@acme.example").await.is_empty());
    let one = acme.save(acme.new_user("Ben", "Ben@acme.example")).await;
    let two = birch.save(birch.new_user("Ben", "bEN@acme.example")).await;
    acme.user("Benno").await;
    let both = BTreeSet::from([(acme.organization, one.id()), (birch.organization, two.id())]);
    assert_eq!(accounts("BEN@acme.example").await, both);
    let one = acme.save(one.deactivate(&acme.stamp())).await;
    assert_eq!(accounts("ben@acme.example").await, both);
    acme.save(one.remove(&acme.stamp())).await;
    let left = BTreeSet::from([(birch.organization, two.id())]);
    assert_eq!(accounts("ben@acme.example").await, left);
    let again = acme.user("Ben").await;
    assert!(accounts("ben@acme.example").await.contains(&(acme.organization, again.id())));
}

/// The store answers.
pub async fn the_store_answers(store: &OpenStore) {
    store.index.ping().await.unwrap();
}
