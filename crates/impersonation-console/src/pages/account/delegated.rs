//! Who may act on one's account, who does, who did, and what they did.

use askama::Template;
use impersonation_domain::{
    access::AccessType,
    grant::GrantState,
    login_session::LoginSessionState,
    ports::{GrantView, PageLimit},
    service::{Account, AuditRequest, Delegates, EventView, LoginSessionView},
};
use poem::handler;

use super::words::{Names, actor, aside, deed, sentence_of, tone};
use crate::{
    cursor,
    failure::Failure,
    form::Query,
    format::{Moment, Person},
    pages::workspace::own_channels,
    reply::{Reply, html},
    shell::Shell,
    visit::Visitor,
};

/// The address of the page.
const HERE: &str = "/account/delegated-access";
/// How many events of others are shown at once.
const SHOWN: usize = 25;
/// How many pages of events are looked through for them at once. One's own are left out.
const LOOKED_THROUGH: usize = 5;
/// How many past sessions are shown.
const PAST: usize = 20;

/// A grant on the account.
struct Delegate {
    person: Person,
    login: bool,
    send: bool,
    state: (&'static str, &'static str),
    reason: Option<String>,
    expires_at: Option<Moment>,
    last_used_at: Option<Moment>,
}

/// An account that one may act on.
struct Usable {
    person: Person,
    login: bool,
    send: bool,
    expires_at: Option<Moment>,
}

/// A login session on the account.
struct Session {
    id: String,
    person: Person,
    started_at: Moment,
    expires_at: Moment,
    reason: Option<String>,
    lasted: String,
    why: &'static str,
}

/// Something that somebody else did on the account.
struct Deed {
    at: Moment,
    tone: &'static str,
    who: String,
    what: String,
    aside: Option<String>,
    session: Option<String>,
}

#[derive(Template)]
#[template(path = "account/delegated.html")]
struct DelegatedPage {
    shell: Shell,
    here: &'static str,
    in_session: bool,
    delegates: Vec<Delegate>,
    live: Vec<Session>,
    past: Vec<Session>,
    past_is_cut: bool,
    accounts: Vec<Usable>,
    deeds: Vec<Deed>,
    earlier: Option<String>,
    is_latest: bool,
}

/// The page.
#[handler]
pub(super) async fn show(visitor: Visitor, query: Query) -> Reply {
    let found = visitor.service().account().delegates(visitor.credential()).await?;
    let in_session = visitor.login_session().is_some();
    // Inside a login session nobody reads what others did: that is for the owner, in their own.
    let (deeds, earlier) = if in_session {
        (Vec::new(), None)
    } else {
        deeds(&visitor, query.get("before"), &names(&visitor, &found).await?).await?
    };
    html(&DelegatedPage {
        shell: Shell::of(visitor.visit(), "Delegated access"),
        here: HERE,
        in_session,
        delegates: found.may_act.iter().map(Delegate::from).collect(),
        live: found.live.iter().map(Session::from).collect(),
        past: found.past.iter().take(PAST).map(Session::from).collect(),
        past_is_cut: found.past.len() > PAST,
        accounts: visitor.accounts().iter().map(Usable::from).collect(),
        deeds,
        earlier,
        is_latest: query.get("before").is_none(),
    })
}

/// The names of channels and people that the events may be about.
async fn names(visitor: &Visitor, found: &Delegates) -> Result<Names, Failure> {
    let channels = own_channels(visitor).await?.into_iter();
    let grantees = found.may_act.iter().map(|view| &view.grantee);
    let actors = found.live.iter().chain(&found.past).map(|view| &view.actor);
    Ok(Names {
        channels: channels.map(|one| (one.id(), one.name().as_str().to_owned())).collect(),
        people: grantees
            .chain(actors)
            .map(|user| (user.id().to_string(), user.name().as_str().to_owned()))
            .collect(),
    })
}

/// What others did on the account, the latest first, and where that goes on.
async fn deeds(
    visitor: &Visitor,
    before: Option<&str>,
    names: &Names,
) -> Result<(Vec<Deed>, Option<String>), Failure> {
    let list = "events on my account by others";
    let me = visitor.me().subject.id();
    let mut before: Option<u64> =
        before.and_then(|before| cursor::open(visitor.seal(), list, before));
    let mut deeds = Vec::new();
    for _ in 0..LOOKED_THROUGH {
        let request = AuditRequest {
            account: Some(me),
            before_sequence: before,
            limit: PageLimit::default(),
            ..AuditRequest::default()
        };
        let page = visitor.service().audit().events(visitor.credential(), request).await?;
        before = page.next;
        for view in page.items {
            if view.event.content.actor.user() == Some(me) {
                continue;
            }
            if deeds.len() == SHOWN {
                // Back to just after the last one that is shown.
                before = before_last(&deeds).or(before);
                let next = before.and_then(|next| cursor::close(visitor.seal(), list, &next));
                return Ok((finish(deeds), next.as_deref().map(address_of)));
            }
            deeds.push((view.event.sequence, Deed::of(&view, names)));
        }
        if before.is_none() {
            break;
        }
    }
    let next = before.and_then(|next| cursor::close(visitor.seal(), list, &next));
    Ok((finish(deeds), next.as_deref().map(address_of)))
}

fn before_last(deeds: &[(u64, Deed)]) -> Option<u64> {
    deeds.last().map(|(sequence, _)| *sequence)
}

fn finish(deeds: Vec<(u64, Deed)>) -> Vec<Deed> {
    deeds.into_iter().map(|(_, deed)| deed).collect()
}

fn address_of(next: &str) -> String {
    format!("{}#deeds", Query::default().with(HERE, &[("before", Some(next))]))
}

impl Deed {
    fn of(view: &EventView, names: &Names) -> Self {
        let content = &view.event.content;
        Self {
            at: content.at.into(),
            tone: tone(view),
            who: actor(view),
            what: deed(view, names),
            aside: aside(view),
            session: content.login_session.map(|id| id.to_string()),
        }
    }
}

impl From<&GrantView> for Delegate {
    fn from(view: &GrantView) -> Self {
        let record = view.grant.record();
        Self {
            person: (&view.grantee).into(),
            login: record.access.contains(AccessType::Login),
            send: record.access.contains(AccessType::Send),
            state: match view.state {
                GrantState::Live => ("ok", "Active"),
                GrantState::Scheduled => ("info", "Scheduled"),
                GrantState::Expired => ("muted", "Expired"),
                GrantState::Suspended => ("warn", "Suspended"),
            },
            reason: record.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            expires_at: record.window.expires_at().map(Into::into),
            last_used_at: record.last_used_at.map(Into::into),
        }
    }
}

impl From<&Account> for Usable {
    fn from(account: &Account) -> Self {
        Self {
            person: (&account.user).into(),
            login: account.access.contains(AccessType::Login),
            send: account.access.contains(AccessType::Send),
            expires_at: account.grant.window().expires_at().map(Into::into),
        }
    }
}

impl From<&LoginSessionView> for Session {
    fn from(view: &LoginSessionView) -> Self {
        let record = view.session.record();
        let (until, why) = match record.state {
            LoginSessionState::Live => (record.last_seen_at, ""),
            LoginSessionState::Ended { at, cause } => (at, sentence_of(cause)),
        };
        Self {
            id: record.id.to_string(),
            person: (&view.actor).into(),
            started_at: record.started_at.into(),
            expires_at: record.expires_at.into(),
            reason: record.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            lasted: lasted((until - record.started_at).num_seconds()),
            why,
        }
    }
}

/// A duration, for people.
fn lasted(seconds: i64) -> String {
    match seconds {
        ..60 => "under a minute".to_owned(),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        for (seconds, text) in
            [(-1, "under a minute"), (59, "under a minute"), (60, "1 min"), (3_661, "1 h 1 min")]
        {
            assert_eq!(lasted(seconds), text);
        }
    }
}
