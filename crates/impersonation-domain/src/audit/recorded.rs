//! A change together with its event.

use super::{Action, EventContent, Outcome, Party};
use crate::{
    credential::OwnCredentialId,
    ids::{LoginSessionId, UserId},
    ports::{IdGenerator, generate},
    time::{Timestamp, to_microseconds},
};

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The identifier of the request, for finding it in the logs of the server.
    pub request_id: Option<String>,
    /// The network address of the client.
    pub source_address: Option<String>,
}

/// Who acts, when, and from where: what all events of one operation have in common.
#[derive(Clone, Copy)]
pub struct Stamp<'a> {
    at: Timestamp,
    actor: Party,
    credential: Option<OwnCredentialId>,
    login_session: Option<LoginSessionId>,
    origin: &'a Origin,
    ids: &'a dyn IdGenerator,
}

impl<'a> Stamp<'a> {
    /// The stamp of an operation by `actor`.
    #[must_use]
    pub fn new(at: Timestamp, actor: Party, origin: &'a Origin, ids: &'a dyn IdGenerator) -> Self {
        Self { at: to_microseconds(at), actor, credential: None, login_session: None, origin, ids }
    }

    /// The stamp, naming the session or token that the actor used.
    #[must_use]
    pub fn with_credential(self, credential: OwnCredentialId) -> Self {
        Self { credential: Some(credential), ..self }
    }

    /// The stamp, naming the login session inside which the operation is done.
    #[must_use]
    pub fn in_login_session(self, login_session: LoginSessionId) -> Self {
        Self { login_session: Some(login_session), ..self }
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Who.
    #[must_use]
    pub fn actor(&self) -> Party {
        self.actor
    }

    /// Makes identifiers for what the operation creates.
    #[must_use]
    pub fn ids(&self) -> &'a dyn IdGenerator {
        self.ids
    }

    /// An event of this operation, allowed unless it is changed.
    #[must_use]
    pub fn event(&self, action: Action, subject: Party) -> EventContent {
        EventContent {
            id: generate(self.ids),
            at: self.at,
            action,
            outcome: Outcome::Allowed,
            actor: self.actor,
            subject,
            credential: self.credential,
            login_session: self.login_session,
            access: None,
            grant: None,
            rule: None,
            channel: None,
            batch: None,
            reason: None,
            request_id: self.origin.request_id.clone(),
            source_address: self.origin.source_address.clone(),
            before: None,
            after: None,
        }
    }

    /// An event about a user's account.
    #[must_use]
    pub fn event_on(&self, action: Action, subject: UserId) -> EventContent {
        self.event(action, Party::User(subject))
    }

    /// The event that the operation was refused by this rule.
    #[must_use]
    pub fn refusal(&self, action: Action, subject: Party, rule: &str) -> EventContent {
        EventContent {
            outcome: Outcome::Refused,
            rule: Some(rule.to_owned()),
            ..self.event(action, subject)
        }
    }
}

/// The new state of a thing and the event that tells of the change. Repositories save nothing else,
/// so no change can be asked for without its event.
///
/// ```compile_fail
/// use impersonation_domain::{audit::{EventContent, Recorded}, grant::Grant};
/// fn smuggle(grant: Grant, event: EventContent) -> Recorded<Grant> {
///     Recorded::new(grant, event) // only the transitions of the domain make one
/// }
/// ```
#[must_use = "a change that is not saved does not happen"]
#[derive(Debug, Clone)]
pub struct Recorded<T> {
    value: T,
    event: EventContent,
}

impl<T> Recorded<T> {
    pub(crate) fn new(value: T, event: EventContent) -> Self {
        Self { value, event }
    }

    /// The new state.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The event.
    #[must_use]
    pub fn event(&self) -> &EventContent {
        &self.event
    }

    /// Both, for the adapter that stores them in one transaction.
    #[must_use]
    pub fn into_parts(self) -> (T, EventContent) {
        (self.value, self.event)
    }

    /// The same change, its event naming the bulk operation that it is part of.
    pub(crate) fn in_batch(mut self, batch: crate::ids::BatchId) -> Self {
        self.event.batch = Some(batch);
        self
    }

    /// The same change, its event naming what caused it.
    pub(crate) fn because(mut self, cause: &str) -> Self {
        self.event.rule = Some(cause.to_owned());
        self
    }
}
