//! The facts of a decision.

use impersonation_domain::{
    access::AccessTypes,
    channel::Channel,
    ids::{ChannelId, UserId},
    plan::Plan,
    policy::{ChannelFacts, Facts, OrganizationFacts},
    ports::{FactsQuery, RepositoryError, UnitOfWork},
    user::User,
};

use crate::{
    environment::Environment,
    store::OpenStore,
    world::{World, save_in},
};

/// The facts, composed of the single ports: what [`UnitOfWork::facts`] must answer, however it
/// reads them.
async fn gather_facts(
    unit: &mut dyn UnitOfWork,
    query: &FactsQuery,
) -> Result<Facts, RepositoryError> {
    let organization = unit.directory().organization().await?;
    let mut facts = Facts {
        organization: organization.map(|o| OrganizationFacts { id: o.id(), plan: o.plan() }),
        actor: unit.directory().user(query.actor).await?.as_ref().map(Into::into),
        subject: unit.directory().user(query.subject).await?.as_ref().map(Into::into),
        ..Facts::default()
    };
    if let Some(grant) = unit.grants().of_pair(query.subject, query.actor).await? {
        facts.grants.push(grant.facts());
    }
    if let Some(id) = query.channel
        && let Some(channel) = unit.directory().channel(id).await?
    {
        facts.channel = Some(ChannelFacts {
            id,
            organization: channel.organization_id(),
            actor_is_member: unit.directory().is_member(id, query.actor).await?,
            subject_is_member: unit.directory().is_member(id, query.subject).await?,
        });
    }
    Ok(facts)
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}

/// Four users and two channels, with whatever the numbers say between them.
async fn random_world(world: &World, numbers: &mut Numbers) -> (Vec<UserId>, Vec<ChannelId>) {
    let mut people: Vec<User> = Vec::new();
    for called in ["Ben", "Cleo", "Dina", "Eli"] {
        people.push(world.user(called).await);
    }
    for grantor in &people {
        for grantee in &people {
            if grantor.id() != grantee.id() && !numbers.chance(3) {
                let access = [AccessTypes::LOGIN, AccessTypes::SEND, AccessTypes::BOTH];
                let access = access[numbers.below(3) as usize];
                let from = [None, Some(-10), Some(10)][numbers.below(3) as usize];
                let to = [None, Some(20), Some(30)][numbers.below(3) as usize];
                let window = world.window(from, to);
                let grant = world.new_grant_of(grantor, grantee, access, window, None);
                let grant = world.save(grant).await;
                if numbers.chance(4) {
                    world.save(grant.delete(&world.stamp())).await;
                }
            }
        }
    }
    let mut channels: Vec<Channel> = Vec::new();
    for called in ["general", "deals"] {
        let members: Vec<&User> = people.iter().filter(|_| !numbers.chance(3)).collect();
        channels.push(world.channel(called, &members).await);
    }
    let ids = people.iter().map(User::id).collect();
    for user in people {
        match numbers.below(6) {
            0 => drop(world.save(user.deactivate(&world.stamp())).await),
            1 => drop(world.save(user.set_protected(true, &world.stamp())).await),
            2 => drop(world.save(user.remove(&world.stamp())).await),
            _ => {}
        }
    }
    (ids, channels.iter().map(Channel::id).collect())
}

/// The facts are those that the single ports tell, in random small worlds beside each other, for
/// everybody, in every channel, and for those that do not exist.
pub async fn the_facts_are_what_the_single_ports_tell(store: &OpenStore) {
    let environment = Environment::default();
    let mut worlds = Vec::new();
    let (mut users, mut channels) = (Vec::new(), vec![None]);
    for seed in 0..6 {
        let plan = Plan::ALL[seed as usize % 3];
        let world = World::create(store.units.clone(), environment.clone(), "Acme", plan).await;
        let (people, places) = random_world(&world, &mut Numbers(seed)).await;
        // The last of each world are asked about in all the others.
        users.push(people[3]);
        channels.push(Some(places[1]));
        worlds.push((world, people, places));
    }
    let (mut asked, mut with_grant, mut with_channel) = (0, 0, 0);
    for (world, people, places) in &worlds {
        let users: Vec<UserId> = people.iter().chain(&users).copied().chain([world.id()]).collect();
        let channels: Vec<Option<ChannelId>> =
            places.iter().map(|id| Some(*id)).chain(channels.clone()).collect();
        let queries =
            users.iter().flat_map(|actor| users.iter().map(move |subject| (*actor, *subject)));
        let mut unit = store.units.begin_read(world.organization).await.unwrap();
        for (number, (actor, subject)) in queries.enumerate() {
            let channel = channels[number % channels.len()];
            let query = FactsQuery { actor, subject, channel };
            let facts = unit.facts(&query).await.unwrap();
            assert_eq!(facts, gather_facts(unit.as_mut(), &query).await.unwrap(), "{query:?}");
            asked += 1;
            with_grant += usize::from(!facts.grants.is_empty());
            with_channel += usize::from(facts.channel.is_some());
        }
    }
    assert!(
        asked > 600 && with_grant > 20 && with_channel > 100,
        "{asked} {with_grant} {with_channel}"
    );
}

/// Whoever and whatever does not exist is absent from the facts, never made up.
pub async fn d8_what_does_not_exist_is_absent_from_the_facts(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let query = FactsQuery { actor: world.id(), subject: world.id(), channel: Some(world.id()) };
    let facts = world.read(async |unit| unit.facts(&query).await).await;
    let plan = Plan::Enterprise;
    let organization = Some(OrganizationFacts { id: world.organization, plan });
    assert_eq!(facts, Facts { organization, ..Facts::default() });
    let mut unit = store.units.begin(world.nowhere()).await.unwrap();
    assert_eq!(unit.facts(&query).await.unwrap(), Facts::default());
}

/// The facts of a unit are those of the unit: its own writes are in them.
pub async fn the_facts_include_what_the_unit_itself_has_written(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let channel = world.channel("general", &[&ben]).await;
    let query = FactsQuery { actor: ben.id(), subject: cleo.id(), channel: Some(channel.id()) };
    let mut unit = world.begin().await;
    let before = unit.facts(&query).await.unwrap();
    assert!(before.grants.is_empty() && !before.channel.unwrap().subject_is_member);
    let grant = save_in(unit.as_mut(), world.new_grant(&cleo, &ben)).await.unwrap();
    save_in(unit.as_mut(), channel.add_member(cleo.id(), &world.stamp())).await.unwrap();
    save_in(unit.as_mut(), cleo.clone().set_protected(true, &world.stamp())).await.unwrap();
    let after = unit.facts(&query).await.unwrap();
    assert_eq!(after.grants, [grant.facts()]);
    assert!(after.channel.unwrap().subject_is_member && after.subject.unwrap().protected);
    drop(unit);
    assert_eq!(world.read(async |unit| unit.facts(&query).await).await, before);
}

/// The facts have the pair's grant in its present version, in its one direction.
pub async fn d7_the_facts_name_the_version_of_the_grant(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let query = FactsQuery { actor: ben.id(), subject: cleo.id(), channel: None };
    let turned = FactsQuery { actor: cleo.id(), subject: ben.id(), channel: None };
    let edit = impersonation_domain::grant::GrantEdit {
        access: Some(AccessTypes::SEND),
        ..Default::default()
    };
    let edit = grant.edit(edit, &world.stamp()).expect("it is allowed").expect("it changes");
    let grant = world.save(edit).await;
    world
        .read(async |unit| {
            assert_eq!(unit.facts(&query).await?.grants, [grant.facts()]);
            assert!(unit.facts(&turned).await?.grants.is_empty());
            Ok(())
        })
        .await;
    let used = world.pass(1);
    world.write(async |unit| unit.grants().mark_used(grant.id(), used).await).await;
    world.save(grant.clone().delete(&world.stamp())).await;
    assert!(world.read(async |unit| unit.facts(&query).await).await.grants.is_empty());
}
