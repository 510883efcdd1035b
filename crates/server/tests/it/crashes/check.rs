//! Whether what there is after a crash is what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    ledger::{Ledger, Lists, is_change, is_limit, text},
    story::{Asked, Outcome, Sender, What},
    work::{Client, Held},
};

/// The events that each request left, where they tell of a change.
pub(crate) type Traces<'a> = BTreeMap<&'a str, Vec<&'a Value>>;

/// The changes among the events, by the request that made them.
pub(crate) fn traces(events: &[Value]) -> Traces<'_> {
    let mut traces = Traces::new();
    for event in events.iter().filter(|event| is_change(event) && !is_limit(event)) {
        traces.entry(text(event, "/request_id")).or_default().push(event);
    }
    traces
}

/// What each request must have left in the audit log: all of it where it was acknowledged, nothing
/// where it was not done, all or nothing where nobody knows. And nothing without a request.
pub(crate) fn events_and_requests(story: &[Asked], traces: &Traces<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let names: BTreeSet<&str> = story.iter().map(|asked| asked.name.as_str()).collect();
    for (name, events) in traces {
        if !names.contains(name) {
            found.push(format!("`{name}`, which nobody asked for, left {}", in_words(events)));
        }
    }
    let none = Vec::new();
    for asked in story {
        let events = traces.get(asked.name.as_str()).unwrap_or(&none);
        let complaint = match (&asked.outcome, events.is_empty()) {
            (Outcome::NotDone(_) | Outcome::Unknown(_), true) => Ok(()),
            (Outcome::NotDone(_), false) => Err("it was not done, and yet left".to_owned()),
            (Outcome::Done(_), _) => complete(asked, events),
            (Outcome::Unknown(_), false) => {
                complete(asked, events).map_err(|why| format!("it is half done: {why}; it left"))
            }
        };
        if let Err(why) = complaint {
            found.push(format!("{asked}; {why} {}", in_words(events)));
        }
    }
    found
}

fn in_words(events: &[&Value]) -> String {
    let word = |event: &&Value| {
        let (action, sequence) = (text(event, "/action"), &event["sequence"]);
        format!("{action} (event {sequence})")
    };
    if events.is_empty() {
        "no event".to_owned()
    } else {
        events.iter().map(word).collect::<Vec<_>>().join(", ")
    }
}

/// Whether these are exactly the events of this.
fn complete(asked: &Asked, events: &[&Value]) -> Result<(), String> {
    let body = asked.answer();
    let same = |pointer: &str, event: &Value, at: &str| match body {
        Some(body) if text(body, pointer) != text(event, at) => {
            Err(format!("the answer has {} for {pointer}, not", text(body, pointer)))
        }
        _ => Ok(()),
    };
    let (of_grants, others): (Vec<&Value>, Vec<&Value>) =
        events.iter().partition(|event| text(event, "/action").starts_with("grant."));
    let one = |events: &[&Value], action: &str| match events {
        [event] if text(event, "/action") == action => Ok((*event).clone()),
        _ => Err(format!("exactly one {action} was expected, not")),
    };
    // Whatever else there is are the ends of sessions that rest on these grants.
    let only_ends = |grants: &[&str], may: bool| {
        let all = others.iter().all(|event| {
            text(event, "/action") == "login_session.end"
                && grants.contains(&text(event, "/grant_id"))
        });
        let told = body.and_then(|body| body["sessions_ended"].as_u64());
        let right_count = told.is_none_or(|told| told == others.len() as u64);
        if all && right_count && (may || others.is_empty()) {
            Ok(())
        } else {
            Err("other ends of login sessions were expected, not".to_owned())
        }
    };
    match &asked.what {
        What::Create { access, reason, .. } => {
            let event = one(events, "grant.create")?;
            same("/id", &event, "/grant_id")?;
            as_asked(&event, access, reason)
        }
        What::Edit { grant, access, reason, seen, .. } => {
            let event = one(&of_grants, "grant.edit")?;
            if text(&event, "/grant_id") != grant || event["grant_version"] != seen + 1 {
                return Err("another grant or version was expected, not".to_owned());
            }
            as_asked(&event, access, reason)?;
            only_ends(&[grant], !access.contains(&"login"))
        }
        What::Delete { grant, .. } => {
            let event = one(&of_grants, "grant.delete")?;
            if text(&event, "/grant_id") != grant {
                return Err("another grant was expected, not".to_owned());
            }
            only_ends(&[grant], true)
        }
        What::Bulk { items, .. } => {
            let meant: BTreeSet<&str> = items.iter().map(|(_, id, _)| id.as_str()).collect();
            let gone: BTreeSet<&str> =
                of_grants.iter().map(|event| text(event, "/grant_id")).collect();
            if meant != gone || of_grants.len() != items.len() {
                return Err(format!("{} deletions were expected, not", items.len()));
            }
            of_grants.iter().try_for_each(|event| same("/batch_id", event, "/batch_id"))?;
            only_ends(&meant.into_iter().collect::<Vec<_>>(), true)
        }
        What::Start { .. } => {
            let event = one(events, "login_session.start")?;
            same("/id", &event, "/login_session_id")
        }
        What::Stop { session, .. } | What::EndByAdministrator { session } => {
            let event = one(events, "login_session.end")?;
            if text(&event, "/login_session_id") == session {
                Ok(())
            } else {
                Err(format!("the end of {session} was expected, not"))
            }
        }
        What::Send { from, .. } => {
            let event = one(events, "message.send")?;
            same("/id", &event, "/after/message_id")?;
            let access = match from {
                Sender::OwnAccount => "",
                Sender::As(_) => "send",
                Sender::LoginSession { .. } => "login",
            };
            if text(&event, "/access") == access {
                Ok(())
            } else {
                Err(format!("one through `{access}` was expected, not"))
            }
        }
        What::Read { .. } if events.is_empty() => Ok(()),
        What::Read { .. } => Err("reading changes nothing, and yet there is".to_owned()),
    }
}

fn as_asked(event: &Value, access: &[&str], reason: &str) -> Result<(), String> {
    let held = Held::of(&event["after"]);
    if held.access == access && held.reason == reason {
        Ok(())
    } else {
        Err(format!("`{reason}` with {access:?} was expected, not {held:?}; it left"))
    }
}

/// Without a look at the events: whether each client finds what it was told, or what its one
/// unanswered request would have made of it. From here on it knows what there is.
pub(crate) fn acknowledged(
    client: &mut Client,
    story: &[Asked],
    lists: &Lists,
    ledger: &Ledger,
) -> Vec<String> {
    let mut found = Vec::new();
    let mine = || story.iter().filter(|asked| asked.client == client.number);
    let unknown = mine().find(|asked| asked.is_unknown()).map(|asked| &asked.what);
    let there: Vec<Option<Held>> =
        client.grantors.iter().map(|(id, _)| of_pair(lists, &client.id, id)).collect();
    let mut changed = Vec::new();
    for (pair, there) in there.iter().enumerate() {
        let known = &client.grants[pair];
        if there != known {
            changed.push(pair);
            if !unknown.is_some_and(|what| explains(what, pair, there.as_ref())) {
                found.push(format!(
                    "pair {pair} of client {} was acknowledged as {known:?}, and is {there:?}",
                    client.number
                ));
            }
        }
    }
    if let Some(What::Bulk { items, .. }) = unknown
        && !changed.is_empty()
        && changed.len() != items.len()
    {
        found.push(format!("a bulk delete was half done: of {} pairs {changed:?}", items.len()));
    }
    let is_live = |id: &str| lists.live.contains_key(id);
    for session in &client.sessions {
        let ended = unknown.is_some_and(|what| ends(what, &session.id, &session.grant));
        if !is_live(&session.id) && !ended && !ledger.at_limit.contains(&session.id) {
            found.push(format!("login session {} was acknowledged, and is gone", session.id));
        }
    }
    for id in client.tokens.keys() {
        if is_live(id) && !client.sessions.iter().any(|session| session.id == *id) {
            found.push(format!("login session {id} was acknowledged as ended, and is live"));
        }
    }
    for asked in mine() {
        if let (What::Send { body, .. }, Some(answer)) = (&asked.what, asked.answer()) {
            let (id, author) = (text(answer, "/id"), text(answer, "/author/id"));
            let is_it = |message: &&super::ledger::Message| message.id == id;
            match lists.messages.iter().find(is_it) {
                Some(message) if message.body == *body && message.author == author => {}
                other => found.push(format!("{asked}; the channel has {other:?} for it")),
            }
        }
        if let (What::Read { session, .. }, Outcome::Done(_)) = (&asked.what, &asked.outcome)
            && !ledger.read_in.contains(session)
        {
            found.push(format!("{asked}; no event tells of it"));
        }
        if let Outcome::NotDone(why) = &asked.outcome
            && why.starts_with("refused")
            && !why.contains("login_session_ended")
        {
            found.push(format!("{asked}; by what was acknowledged before, it had to be done"));
        }
    }
    client.grants = there;
    client.sessions.retain(|session| is_live(&session.id));
    found
}

fn of_pair(lists: &Lists, grantee: &str, grantor: &str) -> Option<Held> {
    let is_it = |(one, other, _): &&(String, String, Held)| one == grantee && other == grantor;
    lists.grants.values().find(is_it).map(|(.., held)| held.clone())
}

/// Whether the pair would be like this if `what` had been done.
fn explains(what: &What, of: usize, there: Option<&Held>) -> bool {
    match (what, there) {
        (What::Create { pair, access, reason }, Some(held)) => {
            *pair == of && held.version == 1 && held.access == *access && held.reason == *reason
        }
        (What::Edit { pair, grant, seen, access, reason }, Some(held)) => {
            *pair == of
                && (held.id.as_str(), held.version) == (grant, seen + 1)
                && held.access == *access
                && held.reason == *reason
        }
        (What::Delete { pair, .. }, None) => *pair == of,
        (What::Bulk { items, .. }, None) => items.iter().any(|(pair, ..)| *pair == of),
        _ => false,
    }
}

/// Whether `what` would have ended this login session.
fn ends(what: &What, session: &str, grant: &str) -> bool {
    match what {
        What::Edit { grant: edited, access, .. } => edited == grant && !access.contains(&"login"),
        What::Delete { grant: deleted, .. } => deleted == grant,
        What::Bulk { items, .. } => items.iter().any(|(_, deleted, _)| deleted == grant),
        What::Stop { session: meant, .. } | What::EndByAdministrator { session: meant } => {
            meant == session
        }
        _ => false,
    }
}
