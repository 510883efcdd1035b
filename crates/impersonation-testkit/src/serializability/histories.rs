//! Histories of use cases on a store.

mod client;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use impersonation_domain::{
    audit::{self, Action, EventContent},
    email::EmailAddress,
    ids::{ChannelId, GrantId, OrganizationId, SignInId, UserId},
    organization::Organization,
    ports::{OrganizationIndex, RepositoryError, UnitOfWork, UnitOfWorkFactory},
    secret::SecretHash,
    service::{Impersonation, Ports},
    version::Version,
};
use tokio::runtime::Builder;

use self::client::Client;
use super::{Anomaly, History, Operation, Outcome, Report, Transaction, check};
use crate::{
    figures::{Figures, size},
    splitmix::SplitMix,
    store::{OpenStore, StoreFixture},
    world::World,
};

/// How many clients there are at once, how much each of them does, and how many pairs of users they
/// quarrel about.
const CLIENTS: u64 = 6;
const OPERATIONS: usize = 12;
const PAIRS: usize = 3;

/// Makes histories of concurrent use cases on stores of this kind and checks each of them. How many
/// is said by `IMP_SERIAL_HISTORIES`, or else by `usual`, and where randomness begins by
/// `IMP_SERIAL_SEED`.
///
/// # Panics
/// Where a history cannot be explained, with the seed and what goes round in a circle, in words.
pub fn run(fixture: &dyn StoreFixture, store: &str, usual: u64) {
    let (histories, seed) = (size("IMP_SERIAL_HISTORIES", usual), size("IMP_SERIAL_SEED", 10));
    let mut figures = Figures::of(&format!("serializability on {store}")).seed(seed);
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        for number in 0..histories {
            let Some(open) = fixture.open().await else {
                skipped(store);
                return;
            };
            let seed = seed.wrapping_add(number);
            let report = one(&open, seed).await.unwrap_or_else(|anomaly| {
                panic!("{store}, seed {seed}: no order explains what was seen: {anomaly}")
            });
            figures.count("histories", 1);
            figures.count("transactions", report.transactions);
            figures.count("dependencies", report.dependencies);
        }
        figures.finish();
    });
}

#[expect(clippy::print_stdout, reason = "a suite that was skipped has to say so")]
fn skipped(store: &str) {
    println!("serializability: skipped, as {store} is not available here");
}

/// Runs one history on an empty store and checks it.
async fn one(open: &OpenStore, seed: u64) -> Result<Report, Anomaly> {
    let world = World::enterprise(open.units.clone()).await;
    let scene = Arc::new(Scene::set(open, &world).await);
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        let numbers = SplitMix::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let client = Client::new(scene.clone(), number, numbers);
        clients.spawn(client.work(OPERATIONS));
    }
    let mut done: Vec<Done> = clients.join_all().await.into_iter().flatten().collect();
    done.push(scene.look("the last look").await);
    check(&scene.history(done))
}

/// What the clients have in common.
struct Scene {
    app: Impersonation,
    units: Arc<dyn UnitOfWorkFactory>,
    world: World,
    organization: OrganizationId,
    administrator: UserId,
    people: Vec<(UserId, String)>,
    channel: ChannelId,
    session: SignInId,
    /// The last event before the history.
    before: u64,
    tick: AtomicU64,
    /// Grants that somebody has heard of, with a version that they had.
    known: Mutex<Vec<(GrantId, Version)>>,
}

/// A transaction, and the events as it read them, if it read them.
struct Done {
    transaction: Transaction,
    events: Option<Vec<Seen>>,
    grants: BTreeMap<GrantId, Version>,
}

/// An event as it was read.
#[derive(Clone)]
struct Seen {
    /// The operation that it is of.
    operation: String,
    /// The grant that is gone with it, and the version that stands for that.
    gone: Option<(GrantId, u64)>,
}

impl Scene {
    async fn set(open: &OpenStore, world: &World) -> Self {
        let administrator = world.admin("Ada").await;
        let mut users = Vec::new();
        for number in 0..=PAIRS {
            users.push(world.user(&format!("User {number}")).await);
        }
        let channel = world.channel("general", &users.iter().collect::<Vec<_>>()).await;
        let environment = &world.environment;
        let store = Both { units: open.units.clone(), index: open.index.clone() };
        let ports = Ports::embedded(
            store,
            Arc::new(environment.clock.clone()),
            Arc::new(environment.ids.clone()),
            Arc::new(environment.secrets.clone()),
        );
        let before = world.read(async |unit| unit.audit_log().head().await).await.sequence;
        Self {
            app: Impersonation::new(ports),
            units: open.units.clone(),
            world: world.clone(),
            organization: world.organization,
            administrator: administrator.id(),
            people: users.iter().map(|user| (user.id(), user.email().to_string())).collect(),
            channel: channel.id(),
            session: world.id(),
            before,
            tick: AtomicU64::new(1),
            known: Mutex::default(),
        }
    }

    fn tick(&self) -> u64 {
        self.tick.fetch_add(1, Ordering::SeqCst)
    }

    /// Reads all events and all grants in one transaction.
    async fn look(&self, name: &str) -> Done {
        let began = self.tick();
        let unit = self.units.begin_read(self.organization).await;
        let mut unit = unit.expect("the store begins a reading unit");
        let events = self.events(unit.as_mut()).await;
        let mut grants = BTreeMap::new();
        for (user, _) in &self.people {
            let received = unit.grants().received_by(*user).await.expect("the store answers");
            grants.extend(received.iter().map(|grant| (grant.id(), grant.version())));
        }
        drop(unit);
        let transaction = Transaction {
            name: format!("{name}, a look at everything"),
            began,
            ended: self.tick(),
            outcome: Outcome::Committed,
            operations: Vec::new(),
        };
        Done { transaction, events: Some(events), grants }
    }

    async fn events(&self, unit: &mut dyn UnitOfWork) -> Vec<Seen> {
        let (mut seen, mut after) = (Vec::new(), self.before);
        loop {
            let events = unit.audit_log().range(after, 100).await.expect("the store answers");
            let Some(last) = events.last() else { return seen };
            assert!(last.sequence > after, "event {} comes after event {after}", last.sequence);
            after = last.sequence;
            seen.extend(events.iter().map(|event| {
                let EventContent { action, outcome, grant, request_id, .. } = &event.content;
                let is_end = (*action, *outcome) == (Action::GrantDelete, audit::Outcome::Allowed);
                let gone = grant.filter(|_| is_end);
                Seen {
                    operation: request_id.clone().unwrap_or_default(),
                    gone: gone.map(|grant| (grant.id, grant.version.get() + 1)),
                }
            }));
        }
    }

    /// The history, with lists and registers in the place of events and grants.
    fn history(&self, done: Vec<Done>) -> History {
        let last = done.last().and_then(|done| done.events.clone()).unwrap_or_default();
        let whole: BTreeMap<String, String> =
            in_values(&last).into_iter().map(|value| (operation_of(&value), value)).collect();
        let known: BTreeSet<GrantId> =
            done.iter().flat_map(|done| done.grants.keys().copied()).collect();
        let transaction = |Done { mut transaction, events, grants }: Done| {
            for operation in &mut transaction.operations {
                // How many events an operation has is known when all is done.
                if let Operation::Append { value, .. } = operation
                    && let Some(known) = whole.get(value.as_str())
                {
                    value.clone_from(known);
                }
            }
            if let Some(events) = events {
                let values = in_values(&events);
                transaction.operations.push(Operation::ReadList { list: LIST.to_owned(), values });
                // A grant that is not there was deleted, if the events of the same look say so.
                let gone: BTreeMap<GrantId, u64> =
                    events.iter().filter_map(|seen| seen.gone).collect();
                transaction.operations.extend(known.iter().map(|id| {
                    let there = grants.get(id).map(|version| version.get());
                    let version = there.or(gone.get(id).copied()).unwrap_or_default();
                    Operation::Read { register: register(*id), version }
                }));
            }
            transaction
        };
        History { transactions: done.into_iter().map(transaction).collect() }
    }
}

/// The only list.
const LIST: &str = "the audit log";

fn register(grant: GrantId) -> String {
    format!("grant {grant}")
}

fn operation_of(value: &str) -> String {
    value.split(' ').next().unwrap_or_default().to_owned()
}

/// One value for each operation, with the number of its events: whoever sees some of them only, or
/// others in between, sees another value.
fn in_values(events: &[Seen]) -> Vec<String> {
    let of = |chunk: &[Seen]| format!("{} ({} events)", chunk[0].operation, chunk.len());
    events.chunk_by(|one, other| one.operation == other.operation).map(of).collect()
}

/// A store and its index as one.
struct Both {
    units: Arc<dyn UnitOfWorkFactory>,
    index: Arc<dyn OrganizationIndex>,
}

#[async_trait]
impl UnitOfWorkFactory for Both {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.units.begin(organization).await
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.units.begin_read(organization).await
    }
}

#[async_trait]
impl OrganizationIndex for Both {
    async fn organizations(&self) -> Result<Vec<Organization>, RepositoryError> {
        self.index.organizations().await
    }

    async fn by_token(&self, hash: &SecretHash) -> Result<Option<OrganizationId>, RepositoryError> {
        self.index.by_token(hash).await
    }

    async fn accounts_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Vec<(OrganizationId, UserId)>, RepositoryError> {
        self.index.accounts_by_email(email).await
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        self.index.ping().await
    }
}
