//! Login sessions.

use impersonation_domain::{
    ids::{GrantId, LoginSessionId, UserId},
    login_session::{EndCause, LoginSessionState},
    service::{LoginSessionView, StartedLoginSession},
};
use poem_openapi::Object;
use serde::Deserialize;

use super::PersonJson;
use crate::{
    request::JsonBody,
    value::{Id, Moment, Word},
};

/// As whom to log in.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartLoginSession {
    /// The user whose account is to be used.
    pub(crate) subject_id: Id<UserId>,
    /// Why.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub(crate) reason: Option<String>,
}
impl JsonBody for StartLoginSession {}

/// A login session that has just been started.
#[derive(Object)]
#[oai(rename = "StartedLoginSession")]
pub(crate) struct StartedLoginSessionJson {
    /// Its identifier.
    id: Id<LoginSessionId>,
    /// Its token, for `Authorization: Bearer`. It is shown this once.
    token: String,
    /// When it ends by itself at the latest.
    expires_at: Moment,
    /// Whose account it is.
    subject: PersonJson,
    /// The grant that allowed it.
    grant_id: Id<GrantId>,
    /// In which version.
    grant_version: u64,
}

impl From<&StartedLoginSession> for StartedLoginSessionJson {
    fn from(started: &StartedLoginSession) -> Self {
        Self {
            id: Id(started.session.id()),
            token: started.token.reveal().to_owned(),
            expires_at: Moment(started.session.record().expires_at),
            subject: (&started.subject).into(),
            grant_id: Id(started.session.grant().id),
            grant_version: started.session.grant().version.get(),
        }
    }
}

/// A login session: one user logged in as another.
#[derive(Debug, Object)]
#[oai(rename = "LoginSession")]
pub(crate) struct LoginSessionJson {
    /// Its identifier.
    id: Id<LoginSessionId>,
    /// Who acts.
    actor: PersonJson,
    /// Whose account is acted on.
    subject: PersonJson,
    /// The grant that allowed it.
    grant_id: Id<GrantId>,
    /// The version of the grant at the start.
    grant_version: u64,
    /// Why it was started.
    reason: Option<String>,
    /// When it began.
    started_at: Moment,
    /// When it was last used.
    last_seen_at: Moment,
    /// When it ends by itself at the latest.
    expires_at: Moment,
    /// Whether it is live.
    live: bool,
    /// When it ended.
    ended_at: Option<Moment>,
    /// Why it ended.
    end_cause: Option<Word<EndCause>>,
}

impl From<&LoginSessionView> for LoginSessionJson {
    fn from(view: &LoginSessionView) -> Self {
        let record = view.session.record();
        let (ended_at, end_cause) = match record.state {
            LoginSessionState::Live => (None, None),
            LoginSessionState::Ended { at, cause } => (Some(Moment(at)), Some(Word(cause))),
        };
        Self {
            id: Id(record.id),
            actor: (&view.actor).into(),
            subject: (&view.subject).into(),
            grant_id: Id(record.grant.id),
            grant_version: record.grant.version.get(),
            reason: record.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            started_at: Moment(record.started_at),
            last_seen_at: Moment(record.last_seen_at),
            expires_at: Moment(record.expires_at),
            live: view.session.is_live(),
            ended_at,
            end_cause,
        }
    }
}
