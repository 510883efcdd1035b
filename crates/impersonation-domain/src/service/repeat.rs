//! Requests that are sent twice.

use chrono::TimeDelta;

use super::{UseCaseError, operation::Operation};
use crate::ports::{IdempotencyScope, StoredResponse};

/// How long the answer to a request with an idempotency key is kept.
pub const REPEAT_WINDOW: TimeDelta = TimeDelta::hours(24);

/// An idempotency key, and how the answer is to be remembered. The same key with the same request
/// gives the same answer with one effect and one event; with another request it is refused.
pub struct Repeatable<'a, T> {
    /// The key that the client chose, 1 to 255 characters.
    pub key: String,
    /// The endpoint, so that keys of different endpoints never meet.
    pub endpoint: &'static str,
    /// The SHA-256 of the request.
    pub fingerprint: [u8; 32],
    /// Writes the answer down. It must leave out tokens: what is remembered is stored.
    pub render: &'a (dyn Fn(&T) -> Vec<u8> + Send + Sync),
}

/// The answer to a request that may be a repetition.
#[derive(Debug)]
pub enum Answer<T> {
    /// It was done now.
    Fresh(T),
    /// It was done before: this is what [`Repeatable::render`] wrote then.
    Repeated(Vec<u8>),
}

impl<T> Answer<T> {
    /// The value, if it was done now.
    #[must_use]
    pub fn fresh(self) -> Option<T> {
        match self {
            Self::Fresh(value) => Some(value),
            Self::Repeated(_) => None,
        }
    }
}

impl Operation {
    fn scope<T>(&self, repeatable: &Repeatable<'_, T>) -> IdempotencyScope {
        let endpoint = match self.ctx.login_session() {
            Some(session) => format!("{} in {session}", repeatable.endpoint),
            None => repeatable.endpoint.to_owned(),
        };
        IdempotencyScope {
            actor: self.ctx.caller.actor.id(),
            endpoint,
            key: repeatable.key.clone(),
        }
    }

    /// What was answered to this request before, if it is a repetition.
    pub(super) async fn repeated<T>(
        &mut self,
        repeatable: Option<&Repeatable<'_, T>>,
    ) -> Result<Option<Vec<u8>>, UseCaseError> {
        let Some(repeatable) = repeatable else {
            return Ok(None);
        };
        let scope = self.scope(repeatable);
        match self.uow.idempotency().find(&scope).await? {
            Some(stored) if stored.created_at + REPEAT_WINDOW <= self.ctx.now => Ok(None),
            Some(stored) if stored.fingerprint == repeatable.fingerprint => Ok(Some(stored.body)),
            Some(_) => Err(UseCaseError::IdempotencyKeyReused),
            None => Ok(None),
        }
    }

    /// Remembers the answer, in the same transaction as the effect.
    pub(super) async fn remember<T>(
        &mut self,
        repeatable: Option<&Repeatable<'_, T>>,
        answer: &T,
    ) -> Result<(), UseCaseError> {
        if let Some(repeatable) = repeatable {
            let scope = self.scope(repeatable);
            let body = (repeatable.render)(answer);
            let response = StoredResponse {
                fingerprint: repeatable.fingerprint,
                body,
                created_at: self.ctx.now,
            };
            self.uow.idempotency().forget_before(self.ctx.now - REPEAT_WINDOW).await?;
            self.uow.idempotency().put(&scope, response).await?;
        }
        Ok(())
    }
}
