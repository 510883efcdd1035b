//! A client: what it does, and what it knows.

use std::{collections::BTreeMap, sync::Arc};

use impersonation_testkit::splitmix::SplitMix;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    story::{Access, Asked, Outcome, Parts, Sender, What, seen_grants},
    wire::{Reply, Request, Wire},
};

/// How many login sessions a client has at most.
const SESSIONS: usize = 3;

/// A grant as it is known, or listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) version: u64,
    pub(crate) access: Vec<String>,
    pub(crate) reason: String,
}

impl Held {
    pub(crate) fn of(grant: &Value) -> Self {
        let access = grant["access"].as_array().into_iter().flatten();
        Self {
            id: grant["id"].as_str().unwrap_or_default().to_owned(),
            version: grant["version"].as_u64().unwrap_or_default(),
            access: access.filter_map(|word| word.as_str().map(str::to_owned)).collect(),
            reason: grant["reason"].as_str().unwrap_or_default().to_owned(),
        }
    }

    pub(crate) fn gives(&self, access: &str) -> bool {
        self.access.iter().any(|given| given == access)
    }
}

/// A live login session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) grant: String,
}

/// One client. Nobody else touches its pairs, so that it knows what must be.
pub(crate) struct Client {
    pub(crate) number: usize,
    /// The user receiving access.
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) administrator: String,
    pub(crate) channel: String,
    /// Identifier and address of the user granting access, by pair.
    pub(crate) grantors: Vec<(String, String)>,
    /// The grants, by pair.
    pub(crate) grants: Vec<Option<Held>>,
    pub(crate) sessions: Vec<Session>,
    /// The tokens of all login sessions that there were in this round.
    pub(crate) tokens: BTreeMap<String, String>,
    pub(crate) numbers: SplitMix,
}

impl Client {
    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts {
            own: &self.token,
            administrator: &self.administrator,
            grantee_email: &self.email,
            grantors: &self.grantors,
            channel: &self.channel,
        }
    }

    /// Works until an answer fails to come, or it is told to stop, and tells what it asked for.
    pub(crate) async fn work(
        mut self,
        wire: Wire,
        round: u64,
        acknowledged: Arc<watch::Sender<u64>>,
        stop: watch::Receiver<bool>,
    ) -> (Self, Vec<Asked>) {
        let mut story = Vec::new();
        self.tokens = self.sessions.iter().map(|one| (one.id.clone(), one.token.clone())).collect();
        loop {
            let name = format!("r{round}-c{}-{}", self.number, story.len());
            let Some(what) = self.choose(&wire, &name).await else {
                // The preview of a bulk delete, which changes nothing, was not answered.
                return (self, story);
            };
            let asked = self.ask(&wire, name, what).await;
            let goes_on = matches!(asked.outcome, Outcome::Done(_));
            story.push(asked);
            if !goes_on || *stop.borrow() {
                return (self, story);
            }
            acknowledged.send_modify(|count| *count += 1);
        }
    }

    /// Asks for something, and learns from the answer.
    pub(crate) async fn ask(&mut self, wire: &Wire, name: String, what: What) -> Asked {
        let request = what.request(&name, &self.parts());
        let outcome = match wire.ask(&name, &request).await {
            Reply::Answer(answer) => match answer.status {
                200..=299 => {
                    self.learn(&what, &answer.body);
                    Outcome::Done(answer)
                }
                503 => Outcome::Unknown(format!("503 {}", answer.code())),
                status => Outcome::NotDone(format!("refused with {status} {}", answer.code())),
            },
            Reply::NotSent => Outcome::NotDone("no connection".to_owned()),
            Reply::Nothing(why) => Outcome::Unknown(why),
        };
        Asked { name, client: self.number, what, request, outcome }
    }

    /// What it knows after this was acknowledged.
    pub(crate) fn learn(&mut self, what: &What, body: &Value) {
        match what {
            What::Create { pair, .. } => self.grants[*pair] = Some(Held::of(body)),
            What::Edit { pair, grant, .. } => {
                let held = Held::of(body);
                if !held.gives("login") {
                    self.sessions.retain(|session| session.grant != *grant);
                }
                self.grants[*pair] = Some(held);
            }
            What::Delete { pair, grant, .. } => {
                self.grants[*pair] = None;
                self.sessions.retain(|session| session.grant != *grant);
            }
            What::Bulk { items, .. } => {
                for (pair, grant, _) in items {
                    self.grants[*pair] = None;
                    self.sessions.retain(|session| session.grant != *grant);
                }
            }
            What::Start { pair } => {
                let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                let grant = self.grants[*pair].as_ref().map(|held| held.id.clone());
                let session =
                    Session { id: text("id"), token: text("token"), grant: grant.unwrap() };
                self.tokens.insert(session.id.clone(), session.token.clone());
                self.sessions.push(session);
            }
            What::Stop { session, .. } | What::EndByAdministrator { session } => {
                self.sessions.retain(|one| one.id != *session);
            }
            What::Read { .. } | What::Send { .. } => {}
        }
    }

    /// The next thing to do.
    async fn choose(&mut self, wire: &Wire, name: &str) -> Option<What> {
        loop {
            let what = match self.numbers.below(100) {
                0..26 => self.make_a_grant(name),
                26..44 => self.change_a_grant(name),
                44..52 => self.delete_a_grant(),
                52..57 => match self.delete_several(wire, name).await {
                    Err(()) => return None,
                    Ok(what) => what,
                },
                57..69 => self.log_in(),
                69..75 => self.of_a_session(|session, token| What::Read { session, token }),
                75..80 => self.of_a_session(|session, token| What::Stop { session, token }),
                80..83 => self.of_a_session(|session, _| What::EndByAdministrator { session }),
                _ => self.send(name),
            };
            if what.is_some() {
                return what;
            }
        }
    }

    fn any_access(&mut self) -> Access {
        self.numbers.choose(&[vec!["login"], vec!["send"], vec!["login", "send"]]).clone()
    }

    /// A pair whose grant is like this.
    fn pair(&mut self, fits: impl Fn(&Option<Held>) -> bool) -> Option<usize> {
        let fitting: Vec<usize> =
            (0..self.grants.len()).filter(|pair| fits(&self.grants[*pair])).collect();
        (!fitting.is_empty()).then(|| *self.numbers.choose(&fitting))
    }

    fn make_a_grant(&mut self, name: &str) -> Option<What> {
        let pair = self.pair(Option::is_none)?;
        Some(What::Create { pair, access: self.any_access(), reason: name.to_owned() })
    }

    fn change_a_grant(&mut self, name: &str) -> Option<What> {
        let pair = self.pair(Option::is_some)?;
        let Held { id, version, .. } = self.grants[pair].clone()?;
        let access = self.any_access();
        Some(What::Edit { pair, grant: id, seen: version, access, reason: name.to_owned() })
    }

    fn delete_a_grant(&mut self) -> Option<What> {
        let pair = self.pair(Option::is_some)?;
        let Held { id, version, .. } = self.grants[pair].clone()?;
        Some(What::Delete { pair, grant: id, seen: version })
    }

    /// All grants of the client, with the confirmation of a preview.
    async fn delete_several(&mut self, wire: &Wire, name: &str) -> Result<Option<What>, ()> {
        let held = |(pair, held): (usize, &Option<Held>)| {
            held.as_ref().map(|held| (pair, held.id.clone(), held.version))
        };
        let items: Vec<_> = self.grants.iter().enumerate().filter_map(held).collect();
        if items.len() < 2 {
            return Ok(None);
        }
        let path = "/api/v1/grants/bulk-delete/preview";
        let preview = Request::new(Method::POST, path, &self.administrator)
            .body(json!({"grants": seen_grants(&items)}));
        match wire.ask(&format!("{name}-preview"), &preview).await {
            Reply::Answer(answer) if answer.status != 503 => {
                // Where the preview is refused, so is what follows, and the check will tell.
                let confirmation = answer.body["confirmation"].as_str().unwrap_or_default();
                Ok(Some(What::Bulk { items, confirmation: confirmation.to_owned() }))
            }
            _ => Err(()),
        }
    }

    fn log_in(&mut self) -> Option<What> {
        if self.sessions.len() >= SESSIONS {
            return None;
        }
        let gives = |held: &Option<Held>| held.as_ref().is_some_and(|held| held.gives("login"));
        self.pair(gives).map(|pair| What::Start { pair })
    }

    fn of_a_session(&mut self, what: impl Fn(String, String) -> What) -> Option<What> {
        if self.sessions.is_empty() {
            return None;
        }
        let Session { id, token, .. } = self.numbers.choose(&self.sessions).clone();
        Some(what(id, token))
    }

    fn send(&mut self, name: &str) -> Option<What> {
        let gives = |held: &Option<Held>| held.as_ref().is_some_and(|held| held.gives("send"));
        let from = match self.numbers.below(3) {
            0 => Sender::OwnAccount,
            1 => Sender::As(self.pair(gives)?),
            _ if self.sessions.is_empty() => return None,
            _ => Sender::LoginSession { token: self.numbers.choose(&self.sessions).token.clone() },
        };
        Some(What::Send { from, body: name.to_owned() })
    }
}
