//! How things stand in a scene, in words that are the same whatever the identifiers.

use std::collections::BTreeMap;

use impersonation_domain::{
    audit::{Action, ChainVerifier, Event, Outcome, Party},
    ids::{GrantId, LoginSessionId},
    login_session::{LoginSession, LoginSessionState},
    message::Via,
    policy::{ActAs, Request, Standing, evaluate},
    ports::{Clock as _, FactsQuery, LoginSessionQuery, PageLimit, UnitOfWork},
};

use super::Scene;

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The request that caused it; empty where no request did.
    pub request: String,
    /// What it says.
    pub text: String,
}

/// How things stand, and what was recorded since the scene began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The plan, users, members, grants, sessions and messages.
    pub state: Vec<String>,
    /// What was allowed, in the order of the log.
    pub allowed: Vec<Line>,
    /// What was refused, sorted: a refusal is recorded after it was undone, and others may come in
    /// between.
    pub refused: Vec<Line>,
}

/// Names for identifiers, in the order in which the log mentions them first.
#[derive(Default)]
struct Names {
    grants: BTreeMap<GrantId, usize>,
    sessions: BTreeMap<LoginSessionId, usize>,
}

impl Names {
    fn grant(&mut self, id: GrantId) -> String {
        let next = self.grants.len() + 1;
        format!("g{}", self.grants.entry(id).or_insert(next))
    }

    fn session(&mut self, id: LoginSessionId) -> String {
        let next = self.sessions.len() + 1;
        format!("s{}", self.sessions.entry(id).or_insert(next))
    }
}

impl Scene {
    async fn read(&self) -> Box<dyn UnitOfWork> {
        let unit = self.units.begin_read(self.organization).await;
        unit.expect("the store begins a reading unit")
    }

    /// Everything that was recorded in the organization, in its order.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn events(&self) -> Vec<Event> {
        all_events(&mut *self.read().await).await
    }

    /// How many events there are.
    pub(crate) async fn log_length(&self) -> usize {
        let head = self.read().await.audit_log().head().await.expect("the log has a head");
        usize::try_from(head.sequence).expect("it is small")
    }

    /// Those of these events that were recorded since the scene began.
    pub(crate) fn since_the_beginning<'a>(&self, events: &'a [Event]) -> &'a [Event] {
        let beginning = usize::try_from(self.beginning()).expect("it is small");
        &events[beginning..]
    }

    /// How many messages are in *deals*.
    pub(crate) async fn messages(&self) -> usize {
        let mut unit = self.read().await;
        let page = unit.messages().in_channel(self.deals, None, PageLimit::MAX).await;
        page.expect("messages can be read").items.len()
    }

    /// How things stand.
    ///
    /// # Panics
    /// Where the store fails, or the audit log is not whole.
    pub async fn look(&self) -> Seen {
        let mut unit = self.read().await;
        let events = all_events(&mut *unit).await;
        self.verify(&mut *unit, &events).await;
        let beginning = self.beginning();
        let mut names = Names::default();
        // What is mentioned in what was allowed is named first: its order is that of the changes.
        let (allowed, refused): (Vec<&Event>, Vec<&Event>) =
            events.iter().partition(|event| event.content.outcome == Outcome::Allowed);
        let mut line = |event: &&Event| (event.sequence, self.line(event, &mut names));
        let allowed: Vec<_> = allowed.iter().map(&mut line).collect();
        let refused: Vec<_> = refused.iter().map(&mut line).collect();
        let new = |lines: Vec<(u64, Line)>| -> Vec<Line> {
            lines.into_iter().filter(|(at, _)| *at > beginning).map(|(_, line)| line).collect()
        };
        let mut refused = new(refused);
        refused.sort();
        Seen { state: self.state(&mut *unit, &mut names).await, allowed: new(allowed), refused }
    }

    async fn verify(&self, unit: &mut dyn UnitOfWork, events: &[Event]) {
        let mut verifier = ChainVerifier::new(self.organization);
        for event in events {
            verifier.check(event).expect("the chain is sound");
        }
        let head = unit.audit_log().head().await.expect("the log has a head");
        verifier.finish(&head).expect("the chain ends at its head");
    }

    fn line(&self, event: &Event, names: &mut Names) -> Line {
        let content = &event.content;
        let party = |party: Party| match party {
            Party::User(id) => self.name_of(id),
            Party::Organization(_) => "organization",
            Party::Operator => "operator",
            Party::System => "system",
            Party::Unknown => "unknown",
        };
        let mut text =
            format!("{} {}>{}", content.action, party(content.actor), party(content.subject));
        if let Some(rule) = &content.rule {
            text.push_str(&format!(" ({rule})"));
        }
        if let Some(access) = content.access {
            text.push_str(&format!(" {access}"));
        }
        if let Some(grant) = content.grant {
            text.push_str(&format!(" {} v{}", names.grant(grant.id), grant.version));
        }
        if let Some(session) = content.login_session {
            text.push_str(&format!(" {}", names.session(session)));
        }
        if content.channel.is_some() {
            text.push_str(" in deals");
        }
        if content.batch.is_some() {
            text.push_str(" in a batch");
        }
        Line { request: content.request_id.clone().unwrap_or_default(), text }
    }

    async fn state(&self, unit: &mut dyn UnitOfWork, names: &mut Names) -> Vec<String> {
        const READS: &str = "the store answers";
        let organization = unit.directory().organization().await.expect(READS).expect(READS);
        let mut state = vec![format!("on {}", organization.plan())];
        let people: Vec<_> = self.people.values().map(|person| person.id).collect();
        for user in unit.directory().users_by_id(&people).await.expect(READS) {
            let role = if user.role_id() == self.admin_role { "administrator" } else { "member" };
            let protected = if user.is_protected() { " protected" } else { "" };
            state.push(format!(
                "{} v{} {:?} {role}{protected}",
                self.name_of(user.id()),
                user.version(),
                user.status()
            ));
        }
        for member in unit.directory_store().members(self.deals).await.expect(READS) {
            state.push(format!("{} is in deals", self.name_of(member.id())));
        }
        for grantor in people {
            for grant in unit.grants().granted_by(grantor).await.expect(READS) {
                let record = grant.record();
                let access: Vec<_> = impersonation_domain::access::AccessType::ALL
                    .into_iter()
                    .filter(|access| record.access.contains(*access))
                    .map(|access| access.as_str())
                    .collect();
                state.push(format!(
                    "grant {} v{} {}>{} {access:?} until {:?} used {} because {:?}",
                    names.grant(grant.id()),
                    grant.version(),
                    self.name_of(grant.grantor()),
                    self.name_of(grant.grantee()),
                    record.window.expires_at(),
                    record.last_used_at.is_some(),
                    record.reason.as_ref().map(|reason| reason.as_str().to_owned()),
                ));
            }
        }
        for session in sessions(unit).await {
            let record = session.record();
            let how = match record.state {
                LoginSessionState::Live => format!("live until {}", record.expires_at),
                LoginSessionState::Ended { cause, .. } => format!("ended: {}", cause.as_str()),
            };
            state.push(format!(
                "session {} {}>{} by {} v{} {how}",
                names.session(session.id()),
                self.name_of(session.actor()),
                self.name_of(session.subject()),
                names.grant(session.grant().id),
                session.grant().version,
            ));
        }
        let page = unit.messages().in_channel(self.deals, None, PageLimit::MAX).await;
        for message in page.expect(READS).items {
            let record = message.record();
            let via = match record.via {
                Via::OwnAccount => "from their own account".to_owned(),
                Via::SendAs { grant } => {
                    format!("by {} v{}", names.grant(grant.id), grant.version)
                }
                Via::LoginSession { session, .. } => format!("in {}", names.session(session)),
            };
            let (author, sender) = (self.name_of(record.author), self.name_of(record.sent_by));
            state.push(format!("message of {author} sent by {sender} {via}"));
        }
        state.sort();
        state
    }

    /// What is wrong while nothing is under way: a live session that no grant justifies, or one
    /// whose start and end are not each recorded exactly once.
    ///
    /// # Panics
    /// Where the store fails, or the audit log is not whole.
    pub async fn wrong_at_rest(&self) -> Option<String> {
        let mut unit = self.read().await;
        let events = all_events(&mut *unit).await;
        self.verify(&mut *unit, &events).await;
        let last = events.last().map(|event| event.content.at);
        let now = last.map_or(self.clock.now(), |last| last.max(self.clock.now()));
        for session in sessions(&mut *unit).await {
            let (actor, subject) = (session.actor(), session.subject());
            let who = format!("{} as {}", self.name_of(actor), self.name_of(subject));
            let count = |action: Action| {
                events
                    .iter()
                    .filter(|event| event.content.login_session == Some(session.id()))
                    .filter(|event| event.content.action == action)
                    .filter(|event| event.content.outcome == Outcome::Allowed)
                    .count()
            };
            let ends = usize::from(!session.is_live());
            if (count(Action::LoginSessionStart), count(Action::LoginSessionEnd)) != (1, ends) {
                return Some(format!(
                    "the session of {who} has {} starts and {} ends in the log, and {ends} in the \
                     store",
                    count(Action::LoginSessionStart),
                    count(Action::LoginSessionEnd),
                ));
            }
            if !session.is_live() || session.reached_limit(now).is_some() {
                continue;
            }
            let query = FactsQuery { actor, subject, channel: None };
            let facts = unit.facts(&query).await.expect("the store tells the facts");
            let act = ActAs { grant: session.grant().id };
            let request = Request { actor, subject, standing: Standing::InLoginSession, act };
            if let Err(denial) = evaluate(&facts, &request, now).into_result() {
                return Some(format!("the session of {who} is live, but {}", denial.code()));
            }
        }
        None
    }
}

async fn all_events(unit: &mut dyn UnitOfWork) -> Vec<Event> {
    unit.audit_log().range(0, u16::MAX).await.expect("the log can be read")
}

async fn sessions(unit: &mut dyn UnitOfWork) -> Vec<LoginSession> {
    let query = LoginSessionQuery { limit: PageLimit::MAX, ..LoginSessionQuery::default() };
    unit.sessions().list(&query).await.expect("sessions can be listed").items
}
