//! The audit log: what happened, the latest first.

pub(super) mod event;
pub(super) mod export;
mod filter;
pub(super) mod session;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use impersonation_domain::{
    audit::Action,
    ids::{ChannelId, UserId},
    ports::PageLimit,
    role::Permission,
    service::{AuditRequest, EventView, UseCaseError, Verification},
    time::Timestamp,
};
use poem::handler;
use serde::{Deserialize, Serialize};

use crate::{
    cursor,
    failure::Failure,
    form::Query,
    format::{Moment, thousands},
    reply::{Reply, html, see_other},
    shell::Shell,
    visit::Visitor,
    words::action_words,
};
use event::{Names, Row, named_people};
use filter::Filter;

/// The address of the list.
pub(super) const LIST: &str = "/settings/audit-log";

/// What the verification has found, as the address carries it: sealed, so that nobody can write it.
#[derive(Serialize, Deserialize)]
struct Found {
    events: u64,
    fault: Option<String>,
    at: Option<Timestamp>,
}

/// The same, as the page shows it.
struct Chain {
    events: String,
    fault: Option<String>,
    at: Option<Moment>,
}

#[derive(Template)]
#[template(path = "administration/audit.html")]
struct AuditPage {
    shell: Shell,
    filter: Filter,
    /// Names and words of every action, for the choice.
    actions: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
    csv: String,
    ndjson: String,
    newest: u64,
    reads_all: bool,
    chain: Option<Chain>,
    /// The sealed finding, so that filtering keeps it.
    verified: Option<String>,
    verify: String,
}

/// The list.
#[handler]
pub(super) async fn show(visitor: Visitor, query: Query) -> Reply {
    if query.get("verify").is_some() {
        return verify(&visitor, &query).await;
    }
    let filter = Filter::read(&visitor, &query).await?;
    let list = query.with("events", &[("after", None), ("verified", None)]);
    let before: Option<u64> =
        query.get("after").and_then(|text| cursor::open(visitor.seal(), &list, text));
    let request = AuditRequest { before_sequence: before, ..filter.request.clone() };
    // What cannot be understood is not left out of the question: nothing is shown.
    let (views, next) = if filter.errors.is_empty() {
        let page = visitor.service().audit().events(visitor.credential(), request).await?;
        (page.items, page.next)
    } else {
        (Vec::new(), None)
    };
    let names = names(&visitor, &views).await?;
    let next = next.and_then(|position| cursor::close(visitor.seal(), &list, &position));
    let export = |kind: &str| {
        query.with(&format!("{LIST}/export.{kind}"), &[("after", None), ("verified", None)])
    };
    let verified = query.get("verified").map(ToOwned::to_owned);
    let chain = verified.as_deref().and_then(|text| opened(&visitor, text));
    html(&AuditPage {
        shell: Shell::of(visitor.visit(), "Audit log"),
        actions: actions(),
        rows: views.iter().map(|view| Row::of(view, &names)).collect(),
        first: before.is_some().then(|| query.with(LIST, &[("after", None)])),
        next: next.map(|after| query.with(LIST, &[("after", Some(&after))])),
        csv: export("csv"),
        ndjson: export("ndjson"),
        newest: visitor.head(),
        reads_all: visitor.may(Permission::ReadAuditLog),
        verified: verified.filter(|_| chain.is_some()),
        chain,
        verify: query.with(LIST, &[("verified", None), ("verify", Some("1"))]),
        filter,
    })
}

fn actions() -> Vec<(&'static str, &'static str)> {
    let mut actions: Vec<_> =
        Action::ALL.iter().map(|action| (action.as_str(), action_words(*action).done)).collect();
    actions.sort_by_key(|(_, words)| *words);
    actions
}

/// The names of what these events are about, as far as the caller may know of it. Whoever has been
/// removed has none any more.
pub(super) async fn names(visitor: &Visitor, views: &[EventView]) -> Result<Names, Failure> {
    let mut names = Names::default();
    if views.iter().any(|view| view.event.content.channel.is_some()) {
        names.channels = channels(visitor).await?;
    }
    for user in views.iter().flat_map(|view| view.actor.iter().chain(&view.subject)) {
        names.people.insert(user.id(), user.name().as_str().to_owned());
    }
    let others: BTreeSet<UserId> = views.iter().flat_map(named_people).collect();
    for id in others {
        if names.people.contains_key(&id) {
            continue;
        }
        match visitor.service().people().get(visitor.credential(), id).await {
            Ok(view) => names.people.insert(id, view.user.name().as_str().to_owned()),
            Err(UseCaseError::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        };
    }
    Ok(names)
}

async fn channels(visitor: &Visitor) -> Result<BTreeMap<ChannelId, String>, Failure> {
    let mut channels = BTreeMap::new();
    let mut after = None;
    loop {
        let service = visitor.service().channels();
        let page = service.list(visitor.credential(), after, PageLimit::MAX).await?;
        let named = page.items.iter().map(|view| &view.channel);
        channels.extend(named.map(|channel| (channel.id(), channel.name().as_str().to_owned())));
        after = page.next;
        if after.is_none() {
            return Ok(channels);
        }
    }
}

/// Verifies the whole chain, and goes back to the list with what was found. It is not done by the
/// list itself, which pages show again by themselves.
async fn verify(visitor: &Visitor, query: &Query) -> Reply {
    let audit = visitor.service().audit();
    let Verification { events, fault, .. } = audit.verify(visitor.credential()).await?;
    // The verification is the latest of its kind in the log: that is when it was.
    let request = AuditRequest {
        action: Some(Action::AuditVerify),
        limit: PageLimit::try_from(1).unwrap_or_default(),
        ..AuditRequest::default()
    };
    let latest = audit.events(visitor.credential(), request).await?.items;
    let at = latest.first().map(|view| view.event.content.at);
    let found = Found { events, fault: fault.map(|fault| fault.to_string()), at };
    let sealed = cursor::close(visitor.seal(), CHAIN, &found).ok_or(Failure::Internal)?;
    see_other(&query.with(LIST, &[("verify", None), ("verified", Some(&sealed))]))
}

const CHAIN: &str = "the chain of the audit log";

fn opened(visitor: &Visitor, text: &str) -> Option<Chain> {
    let Found { events, fault, at } = cursor::open(visitor.seal(), CHAIN, text)?;
    Some(Chain {
        events: thousands(events),
        fault: fault.as_deref().map(crate::failure::sentence),
        at: at.map(Into::into),
    })
}
