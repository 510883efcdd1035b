//! Login sessions: who is logged in as somebody else now, and who was.

use askama::Template;
use chrono::TimeDelta;
use impersonation_domain::{
    ids::LoginSessionId, login_session::LoginSessionState, ports::PageLimit,
    service::LoginSessionView, time::Timestamp,
};
use poem::handler;

use crate::{
    cursor,
    form::Query,
    format::{Moment, Person},
    reply::{Reply, html},
    shell::Shell,
    visit::Visitor,
    words::cause_words,
};

/// The address of the page.
pub(super) const HERE: &str = "/settings/sessions";

/// One session.
struct Session {
    id: String,
    actor: Person,
    subject: Person,
    started_at: Moment,
    expires_at: Moment,
    reason: Option<String>,
    lasted: String,
    cause: &'static str,
}

impl From<&LoginSessionView> for Session {
    fn from(view: &LoginSessionView) -> Self {
        let record = view.session.record();
        let (until, cause) = match record.state {
            LoginSessionState::Live => (record.last_seen_at, ""),
            LoginSessionState::Ended { at, cause } => (at, cause_words(cause)),
        };
        Self {
            id: record.id.to_string(),
            actor: (&view.actor).into(),
            subject: (&view.subject).into(),
            started_at: record.started_at.into(),
            expires_at: record.expires_at.into(),
            reason: record.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            lasted: lasted(until - record.started_at),
            cause,
        }
    }
}

#[derive(Template)]
#[template(path = "administration/sessions.html")]
struct SessionsPage {
    shell: Shell,
    here: String,
    live: Vec<Session>,
    past: Vec<Session>,
    first: Option<String>,
    next: Option<String>,
}

/// The page.
#[handler]
pub(super) async fn show(visitor: Visitor, query: Query) -> Reply {
    let sessions = visitor.service().login_sessions();
    let credential = visitor.credential();
    let after: Option<(Timestamp, LoginSessionId)> =
        query.get("after").and_then(|text| cursor::open(visitor.seal(), HERE, text));
    let mut live = Vec::new();
    let mut position = None;
    loop {
        let page = sessions.list(credential, Some(true), position, PageLimit::MAX).await?;
        live.extend(page.items.iter().map(Session::from));
        position = page.next;
        if position.is_none() {
            break;
        }
    }
    let past = sessions.list(credential, Some(false), after, PageLimit::default()).await?;
    let next = past.next.and_then(|next| cursor::close(visitor.seal(), HERE, &next));
    html(&SessionsPage {
        shell: Shell::of(visitor.visit(), "Login sessions"),
        here: query.with(HERE, &[]),
        live,
        past: past.items.iter().map(Session::from).collect(),
        first: after.map(|_| HERE.to_owned()),
        next: next.map(|next| query.with(HERE, &[("after", Some(&next))])),
    })
}

/// A duration, for people.
pub(super) fn lasted(time: TimeDelta) -> String {
    match time.num_seconds() {
        ..60 => "Under a minute".to_owned(),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_long_as_people_say() {
        let text = |seconds| lasted(TimeDelta::seconds(seconds));
        assert_eq!([text(-1), text(59), text(61)], ["Under a minute", "Under a minute", "1 min"]);
        assert_eq!(text(3600 + 120), "1 h 2 min");
    }
}
