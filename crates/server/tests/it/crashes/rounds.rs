//! Rounds on one folder of data: clients work, something is killed, and what is left is checked.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc, time::Duration};

use impersonation_testkit::{figures::Figures, splitmix::SplitMix};
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet, time::timeout};

use super::{
    again::{ask_again, tokens},
    check::{acknowledged, events_and_requests, traces},
    ledger::{Ledger, Lists, events_after, items, text},
    people,
    story::{Asked, Outcome},
    wire::Wire,
    work::Client,
};
use crate::process::Server;

/// How long clients may take for what they are to get acknowledged before something is killed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What goes on from one round to the next.
pub(crate) struct Rounds {
    seed: u64,
    round: u64,
    clients: Vec<Client>,
    ledger: Ledger,
    /// Requests that were sent after the last check.
    before: Vec<Asked>,
    pub(crate) numbers: SplitMix,
}

/// Clients at work.
pub(crate) struct Work {
    clients: JoinSet<(Client, Vec<Asked>)>,
    acknowledged: watch::Receiver<u64>,
    stop: watch::Sender<bool>,
}

impl Work {
    /// Waits until so many requests have been acknowledged, or nobody works any more.
    pub(crate) async fn until(&mut self, count: u64) {
        let enough = self.acknowledged.wait_for(|acknowledged| *acknowledged >= count);
        // An error means that every client has stopped: the check will say why.
        let waited = timeout(PATIENCE, enough).await;
        assert!(waited.is_ok(), "only some of {count} requests were answered in time");
    }

    /// Has everybody stop after what they have begun.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until all have noticed.
    async fn end(self) -> (Vec<Client>, Vec<Asked>) {
        let mut all = self.clients.join_all().await;
        all.sort_by_key(|(client, _)| client.number);
        let (clients, stories): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        (clients, stories.into_iter().flatten().collect())
    }
}

impl Rounds {
    /// Begins on an empty store.
    pub(crate) async fn begin(server: &mut Server, seed: u64) -> Self {
        let mut rounds = Self {
            seed,
            round: 0,
            clients: people::set_up(server, seed).await,
            ledger: Ledger::default(),
            before: Vec::new(),
            numbers: SplitMix::new(seed),
        };
        let wire = Wire::to(&server.base);
        for event in events_after(&wire, rounds.administrator(), 0).await {
            rounds.ledger.add(&event).unwrap();
        }
        rounds
    }

    pub(crate) fn administrator(&self) -> &str {
        &self.clients[0].administrator
    }

    /// Sets everybody to work.
    pub(crate) fn work(&mut self, server: &Server) -> Work {
        self.round += 1;
        let (told, acknowledged) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let told = Arc::new(told);
        let mut clients = JoinSet::new();
        for client in self.clients.drain(..) {
            let wire = Wire::to(&server.base);
            clients.spawn(client.work(wire, self.round, Arc::clone(&told), stopped.clone()));
        }
        Work { clients, acknowledged, stop }
    }

    /// Waits until everybody has noticed, and takes down what they were told.
    pub(crate) async fn gather(&mut self, work: Work) -> Vec<Asked> {
        let (clients, story) = work.end().await;
        self.clients = clients;
        story
    }

    /// Checks what the round has left, and sends again what was not answered.
    ///
    /// The names are those of the figures, which count what was seen.
    pub(crate) async fn check(
        &mut self,
        server: &Server,
        story: Vec<Asked>,
        figures: &mut Figures,
    ) {
        let wire = Wire::to(&server.base);
        let (administrator, channel) =
            (self.administrator().to_owned(), self.clients[0].channel.clone());
        let events = events_after(&wire, &administrator, self.ledger.last).await;
        let known = self.ledger.messages.clone();
        let mut found: Vec<String> =
            events.iter().filter_map(|event| self.ledger.add(event).err()).collect();
        let lists = Lists::read(&wire, &administrator, &channel, &known).await;
        found.extend(lists.differences(&self.ledger, &known));
        let mut whole = std::mem::take(&mut self.before);
        whole.extend(story.iter().cloned());
        let traces = traces(&events);
        found.extend(events_and_requests(&whole, &traces));
        for client in &mut self.clients {
            found.extend(acknowledged(client, &whole, &lists, &self.ledger));
            found.extend(tokens(&wire, client).await);
        }
        if found.is_empty() {
            let (again, wrong) = ask_again(&wire, &mut self.clients, &story, &traces).await;
            count(figures, &story, &traces, events.len(), again.len());
            self.before = again;
            found = wrong;
        }
        self.must_be_right(&found, &whole, &events);
    }

    /// P1 at the end: everything from the first event on, and the chain.
    pub(crate) async fn check_everything(&mut self, server: &Server, figures: &mut Figures) {
        self.check(server, Vec::new(), figures).await;
        let wire = Wire::to(&server.base);
        let administrator = self.administrator().to_owned();
        let events = events_after(&wire, &administrator, 0).await;
        let (mut ledger, none) = (Ledger::default(), BTreeSet::new());
        let mut found: Vec<String> =
            events.iter().filter_map(|event| ledger.add(event).err()).collect();
        let channel = self.clients[0].channel.clone();
        let lists = Lists::read(&wire, &administrator, &channel, &none).await;
        found.extend(lists.differences(&ledger, &none));
        let over = items(&wire, &administrator, "/api/v1/login-sessions?live=false&", |_| true);
        let over: BTreeSet<String> =
            over.await.iter().map(|session| text(session, "/id").to_owned()).collect();
        if over != ledger.ended {
            found.push(format!(
                "{} login sessions are listed as ended, and {} have the event of their end",
                over.len(),
                ledger.ended.len()
            ));
        }
        let verified = wire.get(&administrator, "/api/v1/audit-events/verify").await;
        if verified["valid"] != true || verified["events"] != ledger.last {
            found.push(format!("of {} events: {verified}", ledger.last));
        }
        figures.count("events verified", ledger.last);
        self.must_be_right(&found, &[], &[]);
    }

    /// A round in which something is wrong is told in words.
    fn must_be_right(&self, found: &[String], story: &[Asked], events: &[Value]) {
        if found.is_empty() {
            return;
        }
        let mut told = format!("seed {}, round {}:\n", self.seed, self.round);
        for one in found {
            writeln!(told, "- {one}").unwrap();
        }
        told.push_str("\nWhat was asked, and what was answered:\n");
        for asked in story {
            writeln!(told, "  {asked}").unwrap();
        }
        told.push_str("\nThe audit log since the round before:\n");
        for event in events {
            let of = |pointer: &str| text(event, pointer).to_owned();
            let subject = [of("/grant_id"), of("/login_session_id"), of("/after/message_id")];
            let (sequence, action, by) = (&event["sequence"], of("/action"), of("/request_id"));
            writeln!(told, "  {sequence} {action} {} by {by}", subject.join(" ")).unwrap();
        }
        panic!("{told}");
    }
}

fn count(
    figures: &mut Figures,
    story: &[Asked],
    traces: &super::check::Traces<'_>,
    events: usize,
    again: usize,
) {
    let acknowledged = story.iter().filter(|asked| matches!(asked.outcome, Outcome::Done(_)));
    figures.count("changes acknowledged", acknowledged.count() as u64);
    let is_done = |asked: &&&Asked| traces.contains_key(asked.name.as_str());
    let unknown: Vec<&Asked> = story.iter().filter(|asked| asked.is_unknown()).collect();
    let done = unknown.iter().filter(is_done).count();
    figures.count("unanswered and done", done as u64);
    figures.count("unanswered and not done", (unknown.len() - done) as u64);
    figures.count("asked again", again as u64);
    figures.count("events compared", events as u64);
}
