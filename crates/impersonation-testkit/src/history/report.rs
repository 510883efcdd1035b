//! A history that cannot be explained, for people.

use std::fmt::Write as _;

use impersonation_domain::{
    access::AccessTypes,
    ids::{GrantId, LoginSessionId},
};

use super::{Call, Grant, History, Operation, Reply, Verdict, check, stale_permits};

/// The shortest beginning of the history that cannot be explained, without the questions that have
/// nothing to do with it. `None` where the history can be explained.
#[must_use]
pub fn shortest_unexplained(history: &[Operation]) -> Option<History> {
    let fails = |history: &[Operation]| matches!(check(history), Verdict::Unexplained(_));
    if !fails(history) {
        return None;
    }
    let mut replies: Vec<u64> = history
        .iter()
        .filter(|operation| operation.reply.is_some())
        .map(|operation| operation.returned)
        .collect();
    replies.sort_unstable();
    // What cannot be explained after one reply cannot be explained after a later one either.
    let first = replies.partition_point(|until| !fails(&beginning(history, *until)));
    let mut short = beginning(history, replies[first]);
    short.sort_by_key(|operation| operation.invoked);
    let mut index = short.len();
    while index > 0 {
        index -= 1;
        // What others can notice stays: without it, what came of it could not be explained.
        if !short[index].is_write() && !matches!(short[index].call, Call::Start) {
            let mut without = short.clone();
            without.remove(index);
            if fails(&without) {
                short = without;
            }
        }
    }
    Some(short)
}

/// The history as it was known at that moment.
fn beginning(history: &[Operation], until: u64) -> History {
    let begun = history.iter().filter(|operation| operation.invoked <= until);
    let known = begun.map(|operation| Operation {
        reply: operation.reply.filter(|_| operation.returned <= until),
        ..*operation
    });
    known.collect()
}

/// Why a history is wrong, with the shortest beginning of it as a timeline. `None` where nothing is.
#[must_use]
pub fn report(history: &[Operation]) -> Option<String> {
    let mut text = String::new();
    for stale in stale_permits(history) {
        let two = [history[stale.revocation], history[stale.permit]];
        text.push_str("R1: permitted after access was taken away:\n");
        text.push_str(&timeline(history, &two));
    }
    match check(history) {
        Verdict::Explained => {}
        Verdict::Undecided => {
            text.push_str("the search gave up: the history has too many unknown outcomes\n");
        }
        Verdict::Unexplained(_) => {
            let short = shortest_unexplained(history)?;
            text.push_str("R1: no order of these operations explains all replies:\n");
            text.push_str(&timeline(history, &short));
            if let Verdict::Unexplained(how_far) = check(&short) {
                let mut names = Names::of(history);
                let mut stands = how_far.stands;
                for id in names.grants.clone() {
                    stands = stands.replace(&id.to_string(), &names.grant(id));
                }
                let left: Vec<String> = short
                    .iter()
                    .enumerate()
                    .filter(|(index, one)| one.reply.is_some() && !how_far.order.contains(index))
                    .map(|(_, one)| format!("client {} {}", one.client, names.words(one)))
                    .collect();
                writeln!(text, "as far as it can be explained, {stands}; then these do not fit:")
                    .expect("a string takes it");
                text.push_str(&left.join("\n"));
                text.push('\n');
            }
        }
    }
    (!text.is_empty()).then_some(text)
}

/// Operations of a history, one a line, with times in milliseconds since the history began.
fn timeline(history: &[Operation], shown: &[Operation]) -> String {
    let zero = history.iter().map(|operation| operation.invoked).min().unwrap_or(0);
    let mut names = Names::of(history);
    let mut shown = shown.to_vec();
    shown.sort_by_key(|operation| operation.invoked);
    let lines = shown.iter().map(|operation| {
        let (from, to) = (operation.invoked - zero, operation.returned - zero);
        let end = if operation.reply.is_some() { millis(to) } else { "?".to_owned() };
        format!(
            "{:>12} .. {end:>12} ms  client {}  {}\n",
            millis(from),
            operation.client,
            names.words(operation)
        )
    });
    lines.collect()
}

fn millis(nanoseconds: u64) -> String {
    format!("{}.{:03}", nanoseconds / 1_000_000, nanoseconds / 1_000 % 1_000)
}

/// Short names for long identifiers.
struct Names {
    grants: Vec<GrantId>,
    sessions: Vec<LoginSessionId>,
}

impl Names {
    /// The names that everything in the history has, in the order in which it came.
    fn of(history: &[Operation]) -> Self {
        let mut names = Self { grants: Vec::new(), sessions: Vec::new() };
        let mut sorted = history.to_vec();
        sorted.sort_by_key(|operation| operation.returned);
        for operation in &sorted {
            names.words(operation);
        }
        names
    }

    fn grant(&mut self, id: GrantId) -> String {
        format!("g{}", place(&mut self.grants, id))
    }

    fn version(&mut self, grant: Grant) -> String {
        format!("{} version {}", self.grant(grant.id), grant.version)
    }

    fn session(&mut self, id: LoginSessionId) -> String {
        format!("s{}", place(&mut self.sessions, id))
    }

    fn words(&mut self, operation: &Operation) -> String {
        let call = match operation.call {
            Call::Create { access } => format!("makes a grant of {}", types(access)),
            Call::Edit { seen, access } => {
                format!("edits {} to {}", self.version(seen), types(access))
            }
            Call::Delete { seen } => format!("deletes {}", self.version(seen)),
            Call::Check { access } => format!("asks whether {access} is permitted"),
            Call::List => "lists the accounts".to_owned(),
            Call::Start => "starts a login session".to_owned(),
            Call::Act { session } => format!("uses login session {}", self.session(session)),
            Call::Stop { session } => format!("stops login session {}", self.session(session)),
            Call::Send => "sends a message".to_owned(),
        };
        let reply = match operation.reply {
            None => "outcome unknown".to_owned(),
            Some(reply) => self.reply(reply),
        };
        format!("{call}: {reply}")
    }

    fn reply(&mut self, reply: Reply) -> String {
        match reply {
            Reply::Created { grant } => format!("made {}", self.version(grant)),
            Reply::Duplicate { existing: Some(id) } => format!("there is {}", self.grant(id)),
            Reply::Duplicate { existing: None } => "there is one".to_owned(),
            Reply::Edited { version } => format!("version {version} now"),
            Reply::Deleted => "deleted".to_owned(),
            Reply::Stale => "it is in another version".to_owned(),
            Reply::Missing => "there is no such grant".to_owned(),
            Reply::Permitted { grant } => format!("permitted{}", self.by(grant)),
            Reply::Started { session, grant } => {
                format!("started {}{}", self.session(session), self.by(grant))
            }
            Reply::Busy => "too many are live".to_owned(),
            Reply::NoGrant => "denied, no grant".to_owned(),
            Reply::NotGiven { grant } => format!("denied, not given{}", self.by(grant)),
            Reply::SessionEnded => "denied, it has ended".to_owned(),
            Reply::Stopped => "stopped".to_owned(),
            Reply::Listed { account: None } => "not in the list".to_owned(),
            Reply::Listed { account: Some((grant, access)) } => {
                format!("{} gives {}", self.version(grant), types(access))
            }
        }
    }

    fn by(&mut self, grant: Option<Grant>) -> String {
        grant.map_or_else(String::new, |grant| format!(" by {}", self.version(grant)))
    }
}

fn place<T: PartialEq>(known: &mut Vec<T>, one: T) -> usize {
    let found = known.iter().position(|other| *other == one);
    found.unwrap_or_else(|| {
        known.push(one);
        known.len() - 1
    }) + 1
}

fn types(access: AccessTypes) -> String {
    let names: Vec<&str> = access.iter().map(|access| access.as_str()).collect();
    names.join(" and ")
}
