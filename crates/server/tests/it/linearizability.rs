//! R1 over HTTP: clients change, check and use grants at the same time, at one server on SQLite and
//! at two on one PostgreSQL, while servers are killed and connections cut. What each saw must have
//! an order that explains it, and nothing is permitted after an acknowledged revocation.

mod asking;
mod cache;
mod clients;
mod site;

use std::{panic, sync::Arc};

use impersonation_testkit::{
    figures::{Figures, size},
    history::{Dice, History, Operation, Reply, Verdict, check, report, stale_permits},
};

use self::{
    cache::Cache,
    clients::{Stage, conclude, count, run},
    site::Site,
};
use crate::postgres;

/// How many pairs the clients of one history have: few, so that they meet.
const PAIRS: usize = 3;

/// How much is tried.
struct Sizes {
    histories: u64,
    clients: u64,
    operations: u64,
}

impl Sizes {
    fn new() -> Self {
        Self {
            histories: size("IMP_HISTORIES", 6),
            clients: size("IMP_HISTORY_CLIENTS", 6),
            operations: size("IMP_HISTORY_OPERATIONS", 40),
        }
    }
}

fn seed() -> u64 {
    size("IMP_SEED", 8)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_no_permit_after_an_acknowledged_revocation_on_sqlite() {
    let site = Site::open(None, 1).await;
    explain_all(site, "histories over HTTP on SQLite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r5_no_permit_after_an_acknowledged_revocation_on_two_servers_and_one_postgresql() {
    let name = "histories over HTTP on PostgreSQL";
    if let Some(url) = postgres::new_database(name).await {
        explain_all(Site::open(Some(url), 2).await, name).await;
    }
}

/// Fact 3 of the invariants: a harness that has not caught a planted bug proves nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_decisions_from_a_stale_cache_are_caught() {
    let mut site = Site::open(None, 1).await;
    let mut figures = Figures::of("histories over HTTP with a stale cache").seed(seed());
    let mut dice = Dice::new(seed());
    let mut sizes = Sizes::new();
    // What is caught in a few is caught in many.
    sizes.histories = sizes.histories.min(20);
    let (mut caught, mut caught_by_law, mut caught_blind) = (0, 0, 0);
    for _ in 0..sizes.histories {
        let histories =
            record(&mut site, &sizes, Dice::new(dice.roll()), false, Some(Cache::default())).await;
        let unexplained = |history: &History| matches!(check(history), Verdict::Unexplained(_));
        caught += u64::from(histories.iter().any(unexplained));
        caught_by_law += u64::from(histories.iter().any(|one| !stale_permits(one).is_empty()));
        caught_blind += u64::from(histories.iter().map(without_versions).any(|h| unexplained(&h)));
        figures.count("histories", 1);
    }
    figures.count("caught", caught);
    figures.count("caught by the simple rule", caught_by_law);
    figures.count("caught if replies had no version", caught_blind);
    assert!(caught * 2 > sizes.histories, "{figures}");
    assert!(caught_by_law > 0, "{figures}");
    figures.finish();
}

/// The history as it would be if no permit named its grant.
fn without_versions(history: &History) -> History {
    let blind = |one: &Operation| {
        let reply = match one.reply? {
            Reply::Permitted { .. } => Reply::Permitted { grant: None },
            Reply::Started { session, .. } => Reply::Started { session, grant: None },
            Reply::NotGiven { .. } => Reply::NotGiven { grant: None },
            // A list without versions says no more than that it is not empty.
            Reply::Listed { account: Some(_) } => return None,
            reply => reply,
        };
        Some(reply)
    };
    history.iter().map(|one| Operation { reply: blind(one), ..*one }).collect()
}

async fn explain_all(mut site: Site, name: &str) {
    let sizes = Sizes::new();
    let mut figures = Figures::of(name).seed(seed());
    let mut dice = Dice::new(seed());
    for number in 0..sizes.histories {
        let (seed, with_faults) = (dice.roll(), number % 2 == 1);
        let before = site.faults();
        let histories = record(&mut site, &sizes, Dice::new(seed), with_faults, None).await;
        figures.count("histories", 1);
        for (what, number) in count(&histories) {
            figures.count(what, number);
        }
        figures.count("cuts", site.faults() - before);
        figures.count("kills", u64::from(with_faults));
        for history in &histories {
            if let Some(wrong) = report(history) {
                panic!("history {number} of IMP_SEED={}, {figures}\n{wrong}", self::seed());
            }
        }
    }
    let verified = site.ada().get("/api/v1/audit-events/verify").await.expect(200);
    assert_eq!(verified["valid"], true, "{verified}");
    assert_not_vacuous(&figures, &sizes);
    figures.finish();
}

#[track_caller]
fn assert_not_vacuous(figures: &Figures, sizes: &Sizes) {
    let counted = |what: &str| {
        figures.counts.iter().find(|(known, _)| known == what).map_or(0, |(_, number)| *number)
    };
    let decisions = counted("permits") + counted("refusals");
    assert!(counted("permits") * 5 >= decisions, "less than 20% permits: {figures}");
    assert!(counted("refusals") * 10 >= decisions, "less than 10% refusals: {figures}");
    assert!(counted("acknowledged revocations") >= sizes.histories, "{figures}");
    assert!(counted("decisions that overlap one") >= sizes.histories, "{figures}");
    if sizes.histories > 1 {
        assert!(counted("cuts") > 0 && counted("unknown outcomes") > 0, "{figures}");
    }
}

/// Lets the clients go, with faults or without, and answers what each pair has seen.
async fn record(
    site: &mut Site,
    sizes: &Sizes,
    mut dice: Dice,
    with_faults: bool,
    cache: Option<Cache>,
) -> Vec<History> {
    let stage = Arc::new(Stage::new(site.pairs(PAIRS).await, cache));
    if with_faults {
        site.wear_out(&mut dice);
    }
    let mut running = tokio::task::JoinSet::new();
    for client in 0..sizes.clients {
        let client = usize::try_from(client).unwrap();
        let dice = Dice::new(dice.roll());
        running.spawn(run(stage.clone(), site.ways(), client, sizes.operations, dice));
    }
    if with_faults {
        let all = sizes.clients * sizes.operations;
        let when = all / 4 + dice.below(all / 2);
        let mut done = stage.done.subscribe();
        done.wait_for(|done| *done >= when).await.unwrap();
        let victim = usize::try_from(dice.below(site.count() as u64)).unwrap();
        site.kill_and_restart(victim).await;
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()));
    }
    site.mend();
    let mut ways = site.ways();
    let last = usize::try_from(sizes.clients).unwrap();
    conclude(&stage, &mut ways, last, &mut dice).await;
    stage.pairs.iter().map(|hot| hot.history.lock().unwrap().clone()).collect()
}
