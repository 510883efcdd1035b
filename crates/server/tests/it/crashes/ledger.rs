//! What the audit log says that there is, and what there is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{wire::Wire, work::Held};

/// The actions that change what clients see.
const CHANGES: [&str; 7] = [
    "grant.create",
    "grant.edit",
    "grant.delete",
    "login_session.start",
    "login_session.shorten",
    "login_session.end",
    "message.send",
];

/// A grant with its two people: who receives access and who grants it.
pub(crate) type Listed = (String, String, Held);

/// What follows from the events so far.
#[derive(Default)]
pub(crate) struct Ledger {
    /// The last event's place and hash.
    pub(crate) last: u64,
    hash: String,
    pub(crate) grants: BTreeMap<String, Listed>,
    /// The live login sessions, with their grants.
    pub(crate) live: BTreeMap<String, String>,
    pub(crate) ended: BTreeSet<String>,
    pub(crate) messages: BTreeSet<String>,
    /// The sessions in which reading was recorded.
    pub(crate) read_in: BTreeSet<String>,
    /// The sessions that ran into a limit.
    pub(crate) at_limit: BTreeSet<String>,
}

pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether it tells of a change that clients see. The end of a session that ran into a limit is
/// nobody's doing.
pub(crate) fn is_change(event: &Value) -> bool {
    text(event, "/result") == "allowed" && CHANGES.contains(&text(event, "/action"))
}

pub(crate) fn is_limit(event: &Value) -> bool {
    text(event, "/action") == "login_session.end"
        && ["absolute_limit", "idle_limit", "own_session_ended"].contains(&text(event, "/rule"))
}

impl Ledger {
    /// Takes the next event, and tells what is wrong with it.
    pub(crate) fn add(&mut self, event: &Value) -> Result<(), String> {
        let sequence = event["sequence"].as_u64().unwrap_or_default();
        let wrong = |what: &str| {
            Err(format!("event {sequence} ({}) {what}: {event}", text(event, "/action")))
        };
        if sequence != self.last + 1 {
            return wrong(&format!("follows event {}", self.last));
        }
        if self.last > 0 && text(event, "/previous_hash") != self.hash {
            return wrong("does not go on from the event before it");
        }
        (self.last, self.hash) = (sequence, text(event, "/hash").to_owned());
        if text(event, "/result") != "allowed" {
            return Ok(());
        }
        let (grant, session) = (text(event, "/grant_id"), text(event, "/login_session_id"));
        let version = event["grant_version"].as_u64().unwrap_or_default();
        match text(event, "/action") {
            "grant.create" | "grant.edit" => {
                let after = &event["after"];
                let mut held = Held::of(after);
                (held.id, held.version) = (grant.to_owned(), version);
                let people = |name: &str| after[name].as_str().unwrap_or_default().to_owned();
                let listed = (people("grantee_id"), people("grantor_id"), held);
                let before = self.grants.insert(grant.to_owned(), listed);
                let expected = before.map_or(1, |(.., held)| held.version + 1);
                let is_new = text(event, "/action") == "grant.create";
                if version != expected || is_new != (expected == 1) {
                    return wrong("is not of the version that comes next");
                }
            }
            "grant.delete" => match self.grants.remove(grant) {
                Some((.., held)) if held.version == version => {}
                Some(_) => return wrong("deletes another version"),
                None => return wrong("deletes what is not there"),
            },
            "login_session.start" => {
                let gives = self.grants.get(grant).is_some_and(|(.., held)| held.gives("login"));
                if self.live.insert(session.to_owned(), grant.to_owned()).is_some() || !gives {
                    return wrong("starts what is live already, or what no grant allows");
                }
            }
            "login_session.end" => {
                if self.live.remove(session).is_none() {
                    return wrong("ends what is not live");
                }
                self.ended.insert(session.to_owned());
                if is_limit(event) {
                    self.at_limit.insert(session.to_owned());
                }
            }
            "message.send" => {
                let is_new = self.messages.insert(text(event, "/after/message_id").to_owned());
                return if is_new { Ok(()) } else { wrong("sends a message a second time") };
            }
            "channel.read" => {
                self.read_in.insert(session.to_owned());
            }
            _ => {}
        }
        Ok(())
    }
}

/// A message as it is listed.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) author: String,
    pub(crate) body: String,
}

/// What the lists of the API show.
pub(crate) struct Lists {
    pub(crate) grants: BTreeMap<String, Listed>,
    /// The live login sessions, with their grants.
    pub(crate) live: BTreeMap<String, String>,
    /// The messages that are new since the ledger was last brought up to date, the latest first.
    pub(crate) messages: Vec<Message>,
}

/// Every item of a list, page by page, for as long as `wanted` says so.
pub(crate) async fn items(
    wire: &Wire,
    token: &str,
    path: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Vec<Value> {
    let mut items = Vec::new();
    let mut page = format!("{path}limit=200");
    loop {
        let found = wire.get(token, &page).await;
        for item in found["items"].as_array().unwrap() {
            if !wanted(item) {
                return items;
            }
            items.push(item.clone());
        }
        match found["next_cursor"].as_str() {
            Some(cursor) => page = format!("{path}limit=200&cursor={cursor}"),
            None => return items,
        }
    }
}

/// The events after this one, in their order.
pub(crate) async fn events_after(wire: &Wire, token: &str, last: u64) -> Vec<Value> {
    let is_new = |event: &Value| event["sequence"].as_u64().unwrap() > last;
    let mut events = items(wire, token, "/api/v1/audit-events?", is_new).await;
    events.reverse();
    events
}

impl Lists {
    pub(crate) async fn read(
        wire: &Wire,
        token: &str,
        channel: &str,
        known: &BTreeSet<String>,
    ) -> Self {
        let any = |_: &Value| true;
        let grants = items(wire, token, "/api/v1/grants?", any).await;
        let live = items(wire, token, "/api/v1/login-sessions?live=true&", any).await;
        let path = format!("/api/v1/channels/{channel}/messages?");
        let is_new = |message: &Value| !known.contains(text(message, "/id"));
        let messages = items(wire, token, &path, is_new).await;
        let own = |value: &Value, pointer: &str| text(value, pointer).to_owned();
        Self {
            grants: grants
                .iter()
                .map(|grant| {
                    let people = (own(grant, "/grantee/id"), own(grant, "/grantor/id"));
                    (own(grant, "/id"), (people.0, people.1, Held::of(grant)))
                })
                .collect(),
            live: live.iter().map(|one| (own(one, "/id"), own(one, "/grant_id"))).collect(),
            messages: messages
                .iter()
                .map(|message| Message {
                    id: own(message, "/id"),
                    author: own(message, "/author/id"),
                    body: own(message, "/body"),
                })
                .collect(),
        }
    }

    /// Where the lists and the events do not agree: a change without its event, or an event without
    /// its change.
    pub(crate) fn differences(&self, ledger: &Ledger, known: &BTreeSet<String>) -> Vec<String> {
        let mut found = Vec::new();
        for (id, listed) in &self.grants {
            if ledger.grants.get(id) != Some(listed) {
                let said = ledger.grants.get(id);
                found.push(format!("grant {id} is {listed:?}, but by its events it is {said:?}"));
            }
        }
        let gone = ledger.grants.keys().filter(|id| !self.grants.contains_key(*id));
        found.extend(gone.map(|id| format!("grant {id} has events, but is not there")));
        for (id, grant) in &self.live {
            if ledger.live.get(id) != Some(grant) {
                found.push(format!("login session {id} is live without the event of its start"));
            }
            let listed = self.grants.get(grant);
            if !listed.is_some_and(|(.., held)| held.gives("login")) {
                found.push(format!(
                    "login session {id} has outlived its grant {grant}, which is {listed:?}"
                ));
            }
        }
        let gone = ledger.live.keys().filter(|id| !self.live.contains_key(*id));
        found.extend(
            gone.map(|id| format!("login session {id} is not live, but no event tells of its end")),
        );
        let there: BTreeSet<_> = self.messages.iter().map(|message| &message.id).collect();
        for id in &there {
            if !ledger.messages.contains(*id) {
                found.push(format!("message {id} is there without its event"));
            }
        }
        let gone = ledger.messages.iter().filter(|id| !known.contains(*id) && !there.contains(id));
        found.extend(gone.map(|id| format!("message {id} has an event, but is not there")));
        found
    }
}
