//! After each step: all ways of asking agree with the facts, and the log tells of what was done.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use impersonation_domain::{
    access::AccessType,
    audit::ChainVerifier,
    login_session::LoginSessionState,
    plan::Plan,
    policy::{self, Decision, LogIn, Request, SendAs, Standing},
    ports::{
        ChannelQuery, FactsQuery, GrantQuery, GrantSort, LoginSessionQuery, PageLimit, UnitOfWork,
    },
    service::{GrantListRequest, UseCaseError},
    user::{User, UserStatus},
};

use super::{
    drive::Drive,
    facts::{Facts, Want, home},
    line::Line,
    step::{CHANNELS, ORGANIZATIONS, USERS},
    words::{self, GrantWords, SessionWords},
};
use crate::reference::State;

/// What was found otherwise than it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The invariant, by its number and in words.
    pub(super) rule: &'static str,
    /// What was expected.
    pub(super) expected: String,
    /// What was found.
    pub(super) found: String,
}

impl Broken {
    pub(super) fn new(rule: &'static str, expected: &impl Display, found: &impl Display) -> Self {
        Self { rule, expected: expected.to_string(), found: found.to_string() }
    }
}

fn same<T: PartialEq + Display>(rule: &'static str, expected: &T, found: &T) -> Result<(), Broken> {
    if expected == found { Ok(()) } else { Err(Broken::new(rule, expected, found)) }
}

/// Two sets, of which only what differs is told.
fn same_set(
    rule: &'static str,
    expected: &BTreeSet<String>,
    found: &BTreeSet<String>,
) -> Result<(), Broken> {
    if expected == found {
        return Ok(());
    }
    let tell = |things: Vec<&String>, none: &str| {
        let words: Vec<_> = things.into_iter().map(String::as_str).collect();
        if words.is_empty() { none.to_owned() } else { words.join("\n  ") }
    };
    let missing = tell(expected.difference(found).collect(), "nothing like that");
    let added = tell(found.difference(expected).collect(), "nothing like that");
    Err(Broken::new(rule, &missing, &added))
}

const STORED: &str = "P2: what has been done is there, and what was refused has changed nothing";
const SESSIONS: &str =
    "R2: a login session lives exactly as long as something justifies it, and ends with its cause";
const DECIDED: &str = "D1: exactly one live grant of the pair permits; all else denies";
const LISTED: &str = "G: the list shows every grant, and how it stands";
const ACCOUNTS: &str = "D1: the accounts that are offered are those on which one may act";
const DELEGATES: &str = "S10: whoever is acted for sees who may, and who does";
const ACTING: &str = "R1: the token of a login session works exactly as long as the session lives";
const RECORDED: &str =
    "A1: every change and every decision has exactly one event, and every event one of them";
const CHAINED: &str = "E2: the chain of the audit log is whole";

/// What has been seen of the log so far, organization by organization.
pub(super) struct Seen {
    chains: Vec<ChainVerifier>,
}

impl Seen {
    /// Everything that is there at the beginning.
    pub(super) async fn begin(drive: &Drive) -> Result<Self, Broken> {
        let chains = drive.organizations.iter().map(|id| ChainVerifier::new(*id)).collect();
        let mut seen = Self { chains };
        seen.new_lines(drive).await?;
        Ok(seen)
    }

    /// The events since it was last looked, each in its place in the chain.
    async fn new_lines(&mut self, drive: &Drive) -> Result<Vec<String>, Broken> {
        let mut lines = Vec::new();
        for (organization, chain) in self.chains.iter_mut().enumerate() {
            let mut unit = drive.reading(organization).await;
            let after = chain.verified();
            for event in &read(unit.audit_log().range(after, u16::MAX).await)? {
                chain.check(event).map_err(|fault| {
                    Broken::new(CHAINED, &"every event in its place", &fault.to_string())
                })?;
                lines.push(shown(&drive.line(organization, event)));
            }
            let head = read(unit.audit_log().head().await)?;
            chain.finish(&head).map_err(|fault| {
                Broken::new(CHAINED, &"the last event at the head", &fault.to_string())
            })?;
        }
        lines.sort_unstable();
        Ok(lines)
    }

    /// Whether exactly these events have come.
    pub(super) async fn recorded(&mut self, drive: &Drive, lines: &[Line]) -> Result<(), Broken> {
        let mut expected: Vec<_> = lines.iter().map(shown).collect();
        expected.sort_unstable();
        let found = self.new_lines(drive).await?;
        same(RECORDED, &words::events(&expected), &words::events(&found))
    }
}

fn shown(line: &Line) -> String {
    format!("{}: {line}", ORGANIZATIONS[line.organization])
}

fn read<T, E: ToString>(result: Result<T, E>) -> Result<T, Broken> {
    result.map_err(|error| Broken::new(STORED, &"an answer", &error.to_string()))
}

/// Whether everything that can be seen is as the facts say.
pub(super) async fn check(drive: &Drive, facts: &Facts) -> Result<(), Broken> {
    for organization in 0..ORGANIZATIONS.len() {
        let mut unit = drive.reading(organization).await;
        people(drive, facts, organization, &mut *unit).await?;
        grants(drive, facts, organization, &mut *unit).await?;
        sessions(drive, facts, organization, &mut *unit).await?;
        decisions(drive, facts, organization, &mut *unit).await?;
    }
    let latest: BTreeMap<_, _> =
        facts.sign_ins.iter().enumerate().map(|(number, sign_in)| (sign_in.user, number)).collect();
    for number in latest.into_values() {
        own_session(drive, facts, number).await?;
    }
    for (number, session) in facts.sessions.iter().enumerate() {
        // One that has run out and of which nobody has noticed ends when it is used.
        if session.ended.is_none() && facts.run_out(session).is_some() {
            continue;
        }
        let expected = session.ended.map_or("it works", |_| "login_session_ended");
        let found = match drive.app.live().login_session(&drive.sessions[number].1).await {
            Ok(Some(_)) => "it works",
            Ok(None) => "it is that of no login session",
            Err(error) => error.code(),
        };
        let tell = |answer| format!("the token of login session {number}: {answer}");
        same(ACTING, &tell(expected), &tell(found))?;
    }
    Ok(())
}

async fn people(
    drive: &Drive,
    facts: &Facts,
    organization: usize,
    unit: &mut dyn UnitOfWork,
) -> Result<(), Broken> {
    for user in (0..USERS.len()).filter(|user| home(*user) == organization) {
        let known = read(unit.directory().user(drive.users[user]).await)?;
        let found = known.map(|user| (user.status(), user.is_protected()));
        let person = facts.people[user];
        let state = match person.state {
            State::Active => UserStatus::Active,
            State::Deactivated => UserStatus::Deactivated,
            State::Removed => UserStatus::Removed,
        };
        let expected = words::person(user, Some((state, person.protected)));
        same(STORED, &expected, &words::person(user, found))?;
    }
    let query = ChannelQuery { limit: PageLimit::MAX, ..ChannelQuery::default() };
    let channels = read(unit.directory_store().channels(&query).await)?.items;
    let mut found = BTreeSet::new();
    let mut messages = 0;
    for channel in &channels {
        let number = drive.channels.iter().position(|id| *id == channel.id());
        let members = read(unit.directory_store().members(channel.id()).await)?;
        found.extend(members.iter().map(|user| words::member(number, self::number(drive, user))));
        let page = unit.messages().in_channel(channel.id(), None, PageLimit::MAX).await;
        messages += read(page)?.items.len();
    }
    let here = |channel: usize| CHANNELS[channel].1 == organization;
    let members = facts.members.iter().filter(|(channel, _)| here(*channel));
    let expected = members.map(|(channel, user)| words::member(Some(*channel), Some(*user)));
    same_set(STORED, &expected.collect(), &found)?;
    let sent = facts.messages.iter().filter(|message| here(message.channel)).count();
    same(STORED, &format!("{sent} messages"), &format!("{messages} messages"))
}

fn number(drive: &Drive, user: &User) -> Option<usize> {
    drive.users.iter().position(|id| *id == user.id())
}

async fn grants(
    drive: &Drive,
    facts: &Facts,
    organization: usize,
    unit: &mut dyn UnitOfWork,
) -> Result<(), Broken> {
    let known = read(unit.directory().organization().await)?;
    let plan = known.map(|organization| organization.plan()).unwrap_or(Plan::Individual);
    let query = GrantQuery {
        search: None,
        access: None,
        state: None,
        unused_since: None,
        grantor: None,
        grantee: None,
        sort: GrantSort::default(),
        after: None,
        limit: PageLimit::MAX,
        now: drive.moment(facts.now(organization)),
        plan,
    };
    let page = read(unit.grants().list(&query).await)?;
    let found = page.items.iter().map(|view| {
        let window = view.grant.window();
        GrantWords {
            number: drive.grants.iter().position(|(id, _)| *id == view.grant.id()),
            version: view.grant.version().get(),
            pair: (self::number(drive, &view.grantor), self::number(drive, &view.grantee)),
            login: view.grant.access().contains(AccessType::Login),
            send: view.grant.access().contains(AccessType::Send),
            window: (window.starts_at(), window.expires_at()),
            state: view.state.as_str(),
        }
        .to_string()
    });
    let at = |seconds: Option<i64>| seconds.map(|seconds| drive.moment(seconds));
    let here = facts.grants.iter().filter(|(_, grant)| home(grant.from) == organization);
    let expected = here.map(|(number, grant)| {
        GrantWords {
            number: Some(*number),
            version: grant.version,
            pair: (Some(grant.from), Some(grant.to)),
            login: grant.flags.login,
            send: grant.flags.send,
            window: (at(grant.starts), at(grant.ends)),
            state: facts.state_of(grant),
        }
        .to_string()
    });
    same_set(LISTED, &expected.collect(), &found.collect())
}

async fn sessions(
    drive: &Drive,
    facts: &Facts,
    organization: usize,
    unit: &mut dyn UnitOfWork,
) -> Result<(), Broken> {
    let here = |user: usize| home(user) == organization;
    for (number, session) in facts.sessions.iter().enumerate().filter(|(_, s)| here(s.actor)) {
        let found = read(unit.sessions().session(drive.sessions[number].0).await)?;
        let found = found.map(|session| {
            let record = session.record();
            SessionWords {
                ended: match record.state {
                    LoginSessionState::Live => None,
                    LoginSessionState::Ended { cause, .. } => Some(cause.as_str()),
                },
                expires: record.expires_at,
                seen: record.last_seen_at,
                version: record.grant.version.get(),
            }
        });
        let expected = SessionWords {
            ended: session.ended,
            expires: drive.moment(session.expires),
            seen: drive.moment(session.seen),
            version: session.version,
        };
        let tell = |words| words::session(number, words);
        same(SESSIONS, &tell(Some(expected)), &tell(found))?;
    }
    let query = LoginSessionQuery { limit: PageLimit::MAX, ..LoginSessionQuery::default() };
    let listed = read(unit.sessions().list(&query).await)?.items.len();
    let expected = facts.sessions.iter().filter(|session| here(session.actor)).count();
    // A page has an end; a history does not come near it.
    same(SESSIONS, &format!("{expected} login sessions"), &format!("{listed} login sessions"))
}

/// Every pair and every act, decided from what the store says, as it would be on acting.
async fn decisions(
    drive: &Drive,
    facts: &Facts,
    organization: usize,
    unit: &mut dyn UnitOfWork,
) -> Result<(), Broken> {
    let now = drive.moment(facts.now(organization));
    let here = || (0..USERS.len()).filter(|user| home(*user) == organization);
    // A user of the other organization is a stranger here.
    let stranger = (0..USERS.len()).find(|user| home(*user) != organization);
    let pairs = here().flat_map(|actor| here().chain(stranger).map(move |other| (actor, other)));
    for (actor, subject) in pairs {
        let (who, whom) = (drive.users[actor], drive.users[subject]);
        // Where there is no grant, no channel changes the answer.
        let has_grant = facts.grant_of(subject, actor).is_some();
        let channels =
            (0..CHANNELS.len()).filter(|channel| has_grant && CHANNELS[*channel].1 == organization);
        for channel in std::iter::once(None).chain(channels.map(Some)) {
            let id = channel.map(|channel| drive.channels[channel]);
            let query = FactsQuery { actor: who, subject: whom, channel: id };
            let known = read(unit.facts(&query).await)?;
            let standing = Standing::OwnAccount;
            let found = match id {
                None => {
                    let request = Request { actor: who, subject: whom, standing, act: LogIn };
                    code(&policy::evaluate(&known, &request, now))
                }
                Some(channel) => {
                    let act = SendAs { channel };
                    let request = Request { actor: who, subject: whom, standing, act };
                    code(&policy::evaluate(&known, &request, now))
                }
            };
            let want = channel.map_or(Want::LogIn, Want::Send);
            let expected = facts.answer(organization, actor, subject, false, want);
            let about = |answer| words::decision(actor, subject, channel, answer);
            same(DECIDED, &about(expected), &about(found))?;
        }
    }
    Ok(())
}

fn code<A>(decision: &Decision<A>) -> &'static str {
    match decision {
        Decision::Permit(_) => "permitted",
        Decision::Deny(denial) => denial.code(),
    }
}

/// What somebody sees in their own session: the accounts that they may act on, who may act on
/// theirs, and for an administrator the list of grants.
async fn own_session(drive: &Drive, facts: &Facts, number: usize) -> Result<(), Broken> {
    let (sign_in, credential) = (facts.sign_ins[number], &drive.sign_ins[number]);
    let (user, here) = (sign_in.user, home(sign_in.user));
    let valid = sign_in.open && facts.now(here) < sign_in.expires && facts.is_active(user);
    if !(valid && facts.pays(here)) {
        // Asking would be refused, and for some reasons recorded.
        return Ok(());
    }
    let may = |subject: usize, want| facts.answer(here, user, subject, false, want) == "permitted";
    let expected = (0..USERS.len())
        .filter(|subject| home(*subject) == here)
        .map(|subject| (subject, may(subject, Want::LogIn), may(subject, Want::SendSomewhere)))
        .filter(|(_, login, send)| *login || *send)
        .map(|(subject, login, send)| words::account(Some(subject), login, send));
    let accounts = answered(drive.app.account().accounts(credential).await)?;
    let found = accounts.iter().map(|account| {
        let has = |access| account.access.contains(access);
        let user = self::number(drive, &account.user);
        words::account(user, has(AccessType::Login), has(AccessType::Send))
    });
    same_set(ACCOUNTS, &expected.collect(), &found.collect())?;

    let delegates = answered(drive.app.account().delegates(credential).await)?;
    let found = delegates
        .may_act
        .iter()
        .map(|view| words::delegate(self::number(drive, &view.grantee), view.state.as_str()));
    let on_me = facts.grants.values().filter(|grant| grant.from == user);
    let expected = on_me.map(|grant| words::delegate(Some(grant.to), facts.state_of(grant)));
    same_set(DELEGATES, &expected.collect(), &found.collect())?;
    let live = facts.sessions.iter().filter(|s| s.subject == user && s.ended.is_none()).count();
    same(
        DELEGATES,
        &format!("{live} live login sessions"),
        &format!("{} live login sessions", delegates.live.len()),
    )?;

    if facts.manages(user) {
        let request = GrantListRequest { limit: PageLimit::MAX, ..GrantListRequest::default() };
        let page = answered(drive.app.grants().list(credential, request).await)?;
        let found = page.items.iter().map(|view| {
            let pair = (self::number(drive, &view.grantor), self::number(drive, &view.grantee));
            words::listed(pair, view.state.as_str())
        });
        let here = facts.grants.values().filter(|grant| home(grant.from) == here);
        let expected = here
            .map(|grant| words::listed((Some(grant.from), Some(grant.to)), facts.state_of(grant)));
        same_set(LISTED, &expected.collect(), &found.collect())?;
    }
    Ok(())
}

fn answered<T>(result: Result<T, UseCaseError>) -> Result<T, Broken> {
    result.map_err(|error| Broken::new(ACCOUNTS, &"an answer", &error.code()))
}
