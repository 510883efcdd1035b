//! What the clients asked for, what they were told, and what of it the audit log must say.

use std::fmt;

use reqwest::Method;
use serde_json::{Value, json};

use super::wire::{Answer, Request};

/// What a grant gives, in the order in which the server tells it.
pub(crate) type Access = Vec<&'static str>;

/// Something that a client does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    Create { pair: usize, access: Access, reason: String },
    Edit { pair: usize, grant: String, seen: u64, access: Access, reason: String },
    Delete { pair: usize, grant: String, seen: u64 },
    Bulk { items: Vec<(usize, String, u64)>, confirmation: String },
    Start { pair: usize },
    Read { session: String, token: String },
    Stop { session: String, token: String },
    EndByAdministrator { session: String },
    Send { from: Sender, body: String },
}

/// How a message is sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sender {
    OwnAccount,
    /// As the user of this pair who grants access.
    As(usize),
    LoginSession {
        token: String,
    },
}

/// What became of it, as far as the client can tell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// It was acknowledged.
    Done(Answer),
    /// It was refused, was never sent, or had been done before.
    NotDone(String),
    /// Nobody knows: the connection broke, or the store did.
    Unknown(String),
}

/// Something that a client asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The name of the request, in the audit log, too.
    pub(crate) name: String,
    pub(crate) client: usize,
    pub(crate) what: What,
    pub(crate) request: Request,
    pub(crate) outcome: Outcome,
}

impl Asked {
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.outcome, Outcome::Unknown(_))
    }

    /// The answer, where it was acknowledged.
    pub(crate) fn answer(&self) -> Option<&Value> {
        match &self.outcome {
            Outcome::Done(answer) => Some(&answer.body),
            _ => None,
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.name, self.what)?;
        match &self.outcome {
            Outcome::Done(answer) => write!(f, "acknowledged with {}", answer.status)?,
            Outcome::NotDone(why) => write!(f, "not done: {why}")?,
            Outcome::Unknown(why) => write!(f, "no answer ({why})")?,
        }
        if let Some(id) = self.answer().and_then(|body| body["id"].as_str()) {
            write!(f, ", which made {id}")?;
        }
        Ok(())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { pair, access, .. } => {
                write!(f, "makes a grant of {} for pair {pair}", access.join(" and "))
            }
            Self::Edit { pair, grant, seen, access, .. } => write!(
                f,
                "changes grant {grant} of pair {pair} at version {seen} to {}",
                access.join(" and ")
            ),
            Self::Delete { pair, grant, seen } => {
                write!(f, "deletes grant {grant} of pair {pair} at version {seen}")
            }
            Self::Bulk { items, .. } => write!(f, "deletes {} grants at once", items.len()),
            Self::Start { pair } => write!(f, "logs in through pair {pair}"),
            Self::Read { session, .. } => write!(f, "reads in login session {session}"),
            Self::Stop { session, .. } => write!(f, "stops login session {session}"),
            Self::EndByAdministrator { session } => write!(f, "has login session {session} ended"),
            Self::Send { from, body } => match from {
                Sender::OwnAccount => write!(f, "sends `{body}`"),
                Sender::As(pair) => write!(f, "sends `{body}` through pair {pair}"),
                Sender::LoginSession { .. } => write!(f, "sends `{body}` in a login session"),
            },
        }
    }
}

/// What a request is made of beside what it asks for.
pub(crate) struct Parts<'a> {
    /// The client's own token.
    pub(crate) own: &'a str,
    /// The administrator's.
    pub(crate) administrator: &'a str,
    pub(crate) grantee_email: &'a str,
    /// Identifier and address of the user granting access, by pair.
    pub(crate) grantors: &'a [(String, String)],
    pub(crate) channel: &'a str,
}

impl What {
    /// The request for it. What may be repeated has the name for its key.
    pub(crate) fn request(&self, name: &str, parts: &Parts<'_>) -> Request {
        let admin = |method, path: String| Request::new(method, path, parts.administrator);
        match self {
            Self::Create { pair, access, reason } => {
                let body = json!({
                    "grantor_email": parts.grantors[*pair].1,
                    "grantee_email": parts.grantee_email,
                    "access": access, "reason": reason,
                });
                admin(Method::POST, "/api/v1/grants".to_owned()).key(name).body(body)
            }
            Self::Edit { grant, seen, access, reason, .. } => {
                let body = json!({"access": access, "reason": reason});
                admin(Method::PATCH, format!("/api/v1/grants/{grant}")).seen(*seen).body(body)
            }
            Self::Delete { grant, seen, .. } => {
                admin(Method::DELETE, format!("/api/v1/grants/{grant}")).seen(*seen)
            }
            Self::Bulk { items, confirmation } => {
                let body = json!({"grants": seen_grants(items), "confirmation": confirmation});
                admin(Method::POST, "/api/v1/grants/bulk-delete".to_owned()).body(body)
            }
            Self::Start { pair } => {
                let body = json!({"subject_id": parts.grantors[*pair].0});
                Request::new(Method::POST, "/api/v1/login-sessions", parts.own).key(name).body(body)
            }
            Self::Read { token, .. } => Request::new(Method::GET, "/api/v1/channels", token),
            Self::Stop { token, .. } => {
                Request::new(Method::DELETE, "/api/v1/login-sessions/current", token)
            }
            Self::EndByAdministrator { session } => {
                admin(Method::DELETE, format!("/api/v1/login-sessions/{session}"))
            }
            Self::Send { from, body } => {
                let path = format!("/api/v1/channels/{}/messages", parts.channel);
                let (token, body) = match from {
                    Sender::OwnAccount => (parts.own, json!({"body": body})),
                    Sender::As(pair) => {
                        (parts.own, json!({"body": body, "send_as": parts.grantors[*pair].0}))
                    }
                    Sender::LoginSession { token } => (token.as_str(), json!({"body": body})),
                };
                Request::new(Method::POST, path, token).key(name).body(body)
            }
        }
    }

    /// Whether the key of the request makes it safe to send it again.
    pub(crate) fn has_key(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Start { .. } | Self::Send { .. })
    }
}

/// Grants with versions, as bulk deletes take them.
pub(crate) fn seen_grants(items: &[(usize, String, u64)]) -> Value {
    items.iter().map(|(_, id, version)| json!({"id": id, "version": version})).collect()
}
