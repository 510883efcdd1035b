//! Stores with a fault, which the suites must find.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use impersonation_domain::{
    ids::{OrganizationId, UserId},
    policy::Facts,
    ports::{FactsQuery, RepositoryError, UnitOfWork, UnitOfWorkFactory},
};
use impersonation_memory::InMemory;
use impersonation_testkit::{
    races,
    scheduler::{Failure, explore},
    store::{OpenStore, StoreFixture},
    through::{Call, Route, Through},
};

fn open(units: Arc<dyn UnitOfWorkFactory>, store: InMemory) -> Option<OpenStore> {
    Some(OpenStore { units, index: Arc::new(store), keep: Box::new(()) })
}

/// Everything is read, and decided on, before the right to write is taken.
struct LateLock;

#[async_trait]
impl StoreFixture for LateLock {
    async fn open(&self) -> Option<OpenStore> {
        let store = InMemory::new();
        open(Arc::new(LateUnits(store.clone())), store)
    }
}

struct LateUnits(InMemory);

#[async_trait]
impl UnitOfWorkFactory for LateUnits {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let reads = self.0.begin_read(organization).await?;
        let store = self.0.clone();
        Ok(Box::new(Through(LateUnit { store, organization, reads, writes: None })))
    }
}

struct LateUnit {
    store: InMemory,
    organization: OrganizationId,
    reads: Box<dyn UnitOfWork>,
    writes: Option<Box<dyn UnitOfWork>>,
}

#[async_trait]
impl Route for LateUnit {
    async fn unit(&mut self, call: Call) -> Result<&mut dyn UnitOfWork, RepositoryError> {
        if call.writes && self.writes.is_none() {
            self.writes = Some(self.store.begin(self.organization).await?);
        }
        match &mut self.writes {
            Some(writes) => Ok(writes.as_mut()),
            None => Ok(self.reads.as_mut()),
        }
    }

    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        match self.writes {
            Some(writes) => writes.commit().await,
            None => Ok(()),
        }
    }
}

type Remembered = Arc<Mutex<HashMap<(OrganizationId, UserId, UserId), (u8, Facts)>>>;

/// The facts of a pair are remembered for the next few decisions.
struct Forgetless;

#[async_trait]
impl StoreFixture for Forgetless {
    async fn open(&self) -> Option<OpenStore> {
        let store = InMemory::new();
        open(Arc::new(CachingUnits(store.clone(), Arc::default())), store)
    }
}

struct CachingUnits(InMemory, Remembered);

#[async_trait]
impl UnitOfWorkFactory for CachingUnits {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let unit = self.0.begin(organization).await?;
        Ok(Box::new(Through(CachingUnit { unit, organization, remembered: self.1.clone() })))
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.0.begin_read(organization).await
    }
}

struct CachingUnit {
    unit: Box<dyn UnitOfWork>,
    organization: OrganizationId,
    remembered: Remembered,
}

#[async_trait]
impl Route for CachingUnit {
    async fn unit(&mut self, _call: Call) -> Result<&mut dyn UnitOfWork, RepositoryError> {
        Ok(self.unit.as_mut())
    }

    async fn facts(&mut self, query: &FactsQuery) -> Result<Facts, RepositoryError> {
        let key = (self.organization, query.actor, query.subject);
        if let Some((left, facts)) = self.remembered.lock().unwrap().get_mut(&key)
            && *left > 0
            && facts.channel.map(|channel| channel.id) == query.channel
        {
            *left -= 1;
            return Ok(facts.clone());
        }
        let facts = self.unit.facts(query).await?;
        self.remembered.lock().unwrap().insert(key, (2, facts.clone()));
        Ok(facts)
    }

    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        self.unit.commit().await
    }
}

fn found_by_races(fixture: &dyn StoreFixture, races: &[races::Race]) -> String {
    let run = || races::run(fixture, "a faulty store", "planted", races);
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

fn found_by_schedules(fixture: &dyn StoreFixture) -> Failure {
    *explore(fixture, 1, 5_000).unwrap_err()
}

#[test]
fn a_decision_before_the_lock_is_found_by_the_races() {
    use races::matrix::*;
    for races in [
        c1_a_revocation_against_a_start_leaves_no_session(),
        c3_an_edit_against_what_it_forbids_is_one_order(),
        c16_of_two_last_administrators_one_stays(),
        c23_a_protection_against_a_start_leaves_no_session(),
    ] {
        let found = found_by_races(&LateLock, races);
        assert!(found.contains("no order explains"), "{found}");
    }
}

#[test]
fn remembered_facts_are_found_by_the_races() {
    let races = races::matrix::c2_a_revocation_against_a_request_in_the_session_is_one_order();
    let found = found_by_races(&Forgetless, races);
    // So wrong that it needs nothing to happen at the same time.
    assert!(found.contains("even one after the other"), "{found}");
}

#[test]
fn a_decision_before_the_lock_is_found_by_the_schedules() {
    let found = found_by_schedules(&LateLock);
    println!("{found}");
    let turns = found.schedule.lines().filter(|line| line.contains(". ada: ")).count();
    assert!(turns <= 3, "as few turns as still fail: {found}");
}

#[test]
fn remembered_facts_are_found_by_the_schedules() {
    let found = found_by_schedules(&Forgetless);
    println!("{found}");
    assert!(["R1", "R2", "R3"].iter().any(|rule| found.wrong.starts_with(rule)), "{found}");
}
