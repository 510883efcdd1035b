//! One login session: from its start to its end, with everything that was done in it.

use askama::Template;
use chrono::TimeDelta;
use impersonation_domain::{
    audit::{Action, FieldValue, Outcome, Snapshot},
    ids::LoginSessionId,
    login_session::{EndCause, LoginSessionState},
    policy::GrantRef,
    ports::PageLimit,
    role::Permission,
    service::{AuditRequest, EventView, LoginSessionView},
    time::Timestamp,
};
use poem::{handler, web::Path};

use super::{
    LIST,
    event::{Row, name_of},
    names,
};
use crate::{
    failure::Failure,
    format::{Moment, Person, count},
    pages::administration::sessions::lasted,
    reply::{Reply, html},
    shell::Shell,
    visit::Visitor,
    words::cause_words,
};

/// How many pages of events are shown: 2,000 events.
const PAGES: usize = 10;

#[derive(Template)]
#[template(path = "administration/session.html")]
struct SessionPage {
    shell: Shell,
    here: String,
    id: String,
    title: String,
    actor: Option<Person>,
    actor_name: String,
    subject: Option<Person>,
    subject_name: String,
    started_at: Option<Moment>,
    expires_at: Option<Moment>,
    ended_at: Option<Moment>,
    lasted: Option<String>,
    cause: Option<&'static str>,
    ended_by: Option<String>,
    is_live: bool,
    may_end: bool,
    reason: Option<String>,
    grant: Option<String>,
    acts: String,
    reads: String,
    refusals: String,
    steps: Vec<Step>,
    is_cut: bool,
    all: String,
    reads_all: bool,
}

/// One event of the session.
struct Step {
    row: Row,
    tone: &'static str,
    is_milestone: bool,
}

/// The page. Whoever may know of nothing in the session is told that there is none.
#[handler]
pub(in crate::pages::administration) async fn show(
    visitor: Visitor,
    Path(id): Path<LoginSessionId>,
) -> Reply {
    let (events, is_cut) = events(&visitor, id).await?;
    let first = events.first().ok_or(Failure::NotFound)?;
    let start = events.iter().find(|view| view.event.content.action == Action::LoginSessionStart);
    let named = start.unwrap_or(first);
    let started_at = start.map(|view| view.event.content.at);
    let session = match started_at {
        Some(at) => session(&visitor, id, at).await?,
        None => None,
    };
    let end = end_of(&events, session.as_ref());
    let expires_at =
        session.as_ref().map(|view| view.session.record().expires_at).or_else(|| limit(&events));
    let counted = |is: fn(&EventView) -> bool, one, many| {
        let number = events.iter().filter(|view| is(view)).count();
        count(u64::try_from(number).unwrap_or(u64::MAX), one, many)
    };
    let names = names(&visitor, &events).await?;
    let content = &named.event.content;
    let (actor, subject) = (named.actor.as_ref(), named.subject.as_ref());
    let (actor_name, subject_name) =
        (name_of(content.actor, actor), name_of(content.subject, subject));
    let has_feature = visitor.me().organization.plan().includes_impersonation();
    let me = visitor.me().actor.id();
    let is_part = [content.actor.user(), content.subject.user()].contains(&Some(me));
    let is_live = end.is_none() && has_feature;
    let title = format!("{actor_name} as {subject_name}");
    html(&SessionPage {
        shell: Shell::of(visitor.visit(), &title),
        here: format!("{LIST}/sessions/{id}"),
        id: id.to_string(),
        title,
        actor: actor.map(Into::into),
        actor_name,
        subject: subject.map(Into::into),
        subject_name,
        started_at: started_at.map(Into::into),
        expires_at: expires_at.map(Into::into),
        ended_at: end.as_ref().map(|end| end.at.into()),
        lasted: end.as_ref().zip(started_at).map(|(end, at)| lasted(end.at - at)),
        cause: end.as_ref().and_then(|end| end.cause).map(cause_words),
        ended_by: end.and_then(|end| end.by),
        is_live,
        may_end: is_live && (is_part || visitor.may(Permission::ManageUserImpersonation)),
        reason: content.reason.clone(),
        grant: content.grant.map(|GrantRef { id, version }| format!("{id}, version {version}")),
        acts: counted(is_act, "act", "acts"),
        reads: counted(is_read, "read", "reads"),
        refusals: counted(is_refusal, "refusal", "refusals"),
        steps: events.iter().map(|view| Step::of(Row::of(view, &names), view)).collect(),
        is_cut,
        all: format!("{LIST}?session={id}"),
        reads_all: visitor.may(Permission::ReadAuditLog),
    })
}

/// The events of the session that concern the caller, the first one first.
async fn events(visitor: &Visitor, id: LoginSessionId) -> Result<(Vec<EventView>, bool), Failure> {
    let mut request =
        AuditRequest { login_session: Some(id), limit: PageLimit::MAX, ..AuditRequest::default() };
    let mut events = Vec::new();
    for _ in 0..PAGES {
        let audit = visitor.service().audit();
        let page = audit.events(visitor.credential(), request.clone()).await?;
        events.extend(page.items);
        request.before_sequence = page.next;
        if page.next.is_none() {
            break;
        }
    }
    events.reverse();
    Ok((events, request.before_sequence.is_some()))
}

/// The session itself, for those who may know of it beside its events: who ended it may be
/// somebody whose event is not the caller's to see.
async fn session(
    visitor: &Visitor,
    id: LoginSessionId,
    started_at: Timestamp,
) -> Result<Option<LoginSessionView>, Failure> {
    if !visitor.me().organization.plan().includes_impersonation() {
        return Ok(None);
    }
    // The list goes from the latest start on: this is just before the one that is looked for.
    let after = Some((started_at + TimeDelta::microseconds(1), id));
    let sessions = visitor.service().login_sessions();
    let page = sessions.list(visitor.credential(), None, after, PageLimit::default()).await?;
    Ok(page.items.into_iter().find(|view| view.session.id() == id))
}

/// How a session ended.
struct End {
    at: Timestamp,
    cause: Option<EndCause>,
    by: Option<String>,
}

fn end_of(events: &[EventView], session: Option<&LoginSessionView>) -> Option<End> {
    let is_end = |view: &&EventView| {
        let content = &view.event.content;
        content.action == Action::LoginSessionEnd && content.outcome == Outcome::Allowed
    };
    if let Some(view) = events.iter().find(is_end) {
        let content = &view.event.content;
        let cause = content.rule.as_deref().and_then(|rule| rule.parse().ok());
        let by = name_of(content.actor, view.actor.as_ref());
        return Some(End { at: content.at, cause, by: Some(by) });
    }
    match session?.session.record().state {
        LoginSessionState::Live => None,
        LoginSessionState::Ended { at, cause } => Some(End { at, cause: Some(cause), by: None }),
    }
}

/// When the session was to end at the latest, as its last event of that kind says.
fn limit(events: &[EventView]) -> Option<Timestamp> {
    let of = |snapshot: &Snapshot| match snapshot.get("expires_at")? {
        FieldValue::Text(text) => text.parse().ok(),
        FieldValue::Flag(_) | FieldValue::Number(_) | FieldValue::List(_) => None,
    };
    let frames = |action| matches!(action, Action::LoginSessionStart | Action::LoginSessionShorten);
    let framing = events.iter().rev().filter(|view| frames(view.event.content.action));
    framing.filter_map(|view| view.event.content.after.as_ref()).find_map(of)
}

fn is_milestone(action: Action) -> bool {
    matches!(
        action,
        Action::LoginSessionStart | Action::LoginSessionShorten | Action::LoginSessionEnd
    )
}

fn is_refusal(view: &EventView) -> bool {
    view.event.content.outcome == Outcome::Refused
}

fn is_read(view: &EventView) -> bool {
    let reads = matches!(
        view.event.content.action,
        Action::AccountRead | Action::ChannelRead | Action::MessageRead | Action::FileRead
    );
    reads && !is_refusal(view)
}

fn is_act(view: &EventView) -> bool {
    !is_read(view) && !is_refusal(view) && !is_milestone(view.event.content.action)
}

impl Step {
    fn of(row: Row, view: &EventView) -> Self {
        let action = view.event.content.action;
        let tone = match action {
            _ if is_refusal(view) => "danger",
            Action::LoginSessionStart => "info",
            Action::LoginSessionEnd | Action::LoginSessionShorten => "warn",
            _ => "",
        };
        Self { row, tone, is_milestone: is_milestone(action) }
    }
}
