//! Whatever is killed, nothing that was acknowledged is lost, and no change is without its event.
//!
//! Several clients make, change and delete grants, log in through them, read, stop and send. Then
//! the server is killed, or stopped, or its PostgreSQL is killed. What there is afterwards is
//! compared with what the clients were told and with the audit log; and what was not answered is
//! sent again.

mod again;
mod check;
mod cluster;
mod ledger;
mod moment;
mod people;
mod rounds;
mod story;
mod wire;
mod work;

use std::{path::Path, time::Duration};

use impersonation_testkit::figures::{Figures, size};
use tokio_postgres::NoTls;

use self::{
    cluster::Cluster, moment::Moment, people::start, rounds::Rounds, wire::Request, wire::Wire,
};
use crate::{
    postgres,
    process::{Server, folder},
};

/// Rounds on one folder of data. Then everything is checked, and another one begins.
const ROUNDS_A_FOLDER: u64 = 200;

fn seed() -> u64 {
    size("IMP_KILLS_SEED", 10)
}

/// The seed of each folder of data, and how many rounds it gets.
fn folders(rounds: u64) -> impl Iterator<Item = (u64, u64)> {
    let folders = rounds.div_ceil(ROUNDS_A_FOLDER);
    (0..folders).map(move |folder| {
        let rounds = (rounds - folder * ROUNDS_A_FOLDER).min(ROUNDS_A_FOLDER);
        (seed().wrapping_add(folder), rounds)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_a_killed_server_loses_nothing_on_sqlite() {
    let mut figures = Figures::of("kills of the server on SQLite").seed(seed());
    for (seed, rounds) in folders(size("IMP_KILLS", 15)) {
        let folder = folder();
        let moments = |rounds: &mut Rounds| Moment::on_sqlite(&mut rounds.numbers, folder.path());
        kill_servers(folder.path(), None, (seed, rounds), moments, &mut figures).await;
    }
    figures.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_a_killed_server_loses_nothing_on_postgresql() {
    let mut figures = Figures::of("kills of the server on PostgreSQL").seed(seed());
    for (seed, rounds) in folders(size("IMP_KILLS_ON_POSTGRES", 8)) {
        let folder = folder();
        let Some(url) = postgres::new_database("kills of the server on PostgreSQL").await else {
            return;
        };
        let moments = |rounds: &mut Rounds| Moment::on_postgresql(&mut rounds.numbers);
        kill_servers(folder.path(), Some(&url), (seed, rounds), moments, &mut figures).await;
    }
    figures.finish();
}

async fn kill_servers(
    folder: &Path,
    database: Option<&str>,
    (seed, count): (u64, u64),
    moment: impl Fn(&mut Rounds) -> Moment,
    figures: &mut Figures,
) {
    let mut server = start(folder, database);
    let mut rounds = Rounds::begin(&mut server, seed).await;
    for _ in 0..count {
        let mut work = rounds.work(&server);
        let moment = moment(&mut rounds);
        work.until(moment.after()).await;
        moment.wait();
        server.kill();
        let story = rounds.gather(work).await;
        if let Some(url) = database {
            wait_for_backends(url).await;
        }
        server = start(folder, database);
        rounds.check(&server, story, figures).await;
        figures.count("kills", 1);
    }
    rounds.check_everything(&server, figures).await;
}

/// A server process of PostgreSQL ends what it has begun, also when its client is gone: a commit
/// that was under way may still happen.
async fn wait_for_backends(url: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let others = "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while client.query_one(others, &[]).await.unwrap().get::<_, i64>(0) > 0 {}
    drop(client);
    connection.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p6_a_server_that_is_told_to_stop_loses_nothing_and_ends_well() {
    let mut figures = Figures::of("stops of the server under load").seed(seed());
    for (seed, count) in folders(size("IMP_STOPS", 3)) {
        let folder = folder();
        let mut server = start(folder.path(), None);
        let mut rounds = Rounds::begin(&mut server, seed).await;
        for _ in 0..count {
            let mut work = rounds.work(&server);
            let moment = Moment::on_sqlite(&mut rounds.numbers, folder.path());
            work.until(moment.after()).await;
            moment.wait();
            server.signal("TERM");
            let (status, log) = server.wait();
            assert_eq!(status.code(), Some(0), "{log}");
            let story = rounds.gather(work).await;
            server = start(folder.path(), None);
            rounds.check(&server, story, &mut figures).await;
            figures.count("stops", 1);
        }
        rounds.check_everything(&server, &mut figures).await;
    }
    let cut_off = figures.counts.iter().find(|(what, _)| what == "unanswered and done");
    assert_eq!(cut_off.map_or(0, |(_, count)| *count), 0, "what was done has to be answered");
    figures.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p5_a_killed_postgresql_is_503_until_it_is_back_and_loses_nothing() {
    let mut figures = Figures::of("kills of PostgreSQL").seed(seed());
    for (seed, count) in folders(size("IMP_POSTGRES_KILLS", 3)) {
        let Some(mut cluster) = Cluster::begin("kills of PostgreSQL").await else { return };
        let folder = folder();
        let mut server = start(folder.path(), Some(&cluster.url()));
        let mut rounds = Rounds::begin(&mut server, seed).await;
        let administrator = rounds.administrator().to_owned();
        for round in 0..count {
            let mut work = rounds.work(&server);
            let moment = Moment::on_postgresql(&mut rounds.numbers);
            work.until(moment.after()).await;
            moment.wait();
            cluster.kill();
            work.stop();
            // The first time it stays away for longer than anybody waits for a connection.
            let outage = Outage::begin(&server, &administrator, round == 0).await;
            cluster.start().await;
            let (refused, answered) = outage.end().await;
            let story = rounds.gather(work).await;
            figures.count("answers of 503 while it was down", refused);
            figures.count("answers that came when it was back", answered);
            rounds.check(&server, story, &mut figures).await;
            figures.count("kills", 1);
        }
        rounds.check_everything(&server, &mut figures).await;
        drop(server);
    }
    figures.finish();
}

/// Requests while the store is down.
struct Outage {
    wire: Wire,
    ask: Request,
    waiting: tokio::task::JoinSet<u16>,
    refused: u64,
}

impl Outage {
    /// Asks until one has been refused, or all of them. Those that wait for a connection may be
    /// answered yet.
    async fn begin(server: &Server, token: &str, is_long: bool) -> Self {
        let wire = Wire::to(&server.base);
        let ask = Request::new(reqwest::Method::GET, "/api/v1/grants", token);
        let mut outage = Self { wire, ask, waiting: Default::default(), refused: 0 };
        for path in ["/api/v1/grants", "/api/v1/audit-events", "/readyz", "/api/v1/me"] {
            for _ in 0..6 {
                let (wire, mut ask) = (outage.wire.clone(), outage.ask.clone());
                path.clone_into(&mut ask.path);
                outage.waiting.spawn(async move { status(&wire, &ask).await });
            }
        }
        while let Some(status) = outage.waiting.join_next().await {
            assert_eq!(status.unwrap(), 503, "nothing can be answered without PostgreSQL");
            outage.refused += 1;
            if !is_long {
                break;
            }
        }
        let alive = Request::new(reqwest::Method::GET, "/livez", token);
        assert_eq!(status(&outage.wire, &alive).await, 200);
        outage
    }

    /// How many were refused, and how many were answered once the store was back. The server has
    /// to be found well without having been started again.
    async fn end(mut self) -> (u64, u64) {
        let mut answered = 0;
        while let Some(status) = self.waiting.join_next().await {
            match status.unwrap() {
                200 => answered += 1,
                503 => self.refused += 1,
                other => panic!("{other} was answered while PostgreSQL was down, and not 503"),
            }
        }
        let patience = Duration::from_secs(30);
        let well = async {
            while status(&self.wire, &self.ask).await != 200 {
                self.refused += 1;
            }
        };
        tokio::time::timeout(patience, well).await.expect("the server finds its store again");
        (self.refused, answered)
    }
}

async fn status(wire: &Wire, request: &Request) -> u16 {
    match wire.ask("check", request).await {
        wire::Reply::Answer(answer) => answer.status,
        other => panic!("a server that is up answers: {other:?}"),
    }
}
