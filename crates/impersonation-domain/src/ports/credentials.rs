//! Own sessions, API tokens, passwords, and the answers to repeated requests.

use async_trait::async_trait;

use super::RepositoryError;
use crate::{
    audit::Recorded,
    credential::{ApiToken, PasswordChange, SignIn},
    ids::{SignInId, TokenId, UserId},
    secret::{PasswordHash, SecretHash},
    time::Timestamp,
};

/// Own sessions, API tokens and passwords of the unit of work's organization.
#[async_trait]
pub trait CredentialRepository: Send {
    /// An own session.
    async fn sign_in(&mut self, id: SignInId) -> Result<Option<SignIn>, RepositoryError>;
    /// The own session with this token.
    async fn sign_in_by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<SignIn>, RepositoryError>;
    /// Saves an own session: a new one is inserted, an ended one replaced.
    async fn save_sign_in(&mut self, sign_in: Recorded<SignIn>) -> Result<SignIn, RepositoryError>;
    /// An API token, revoked ones included.
    async fn token(&mut self, id: TokenId) -> Result<Option<ApiToken>, RepositoryError>;
    /// The API token with this token.
    async fn token_by_hash(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<ApiToken>, RepositoryError>;
    /// All API tokens that are not revoked, the latest first.
    async fn tokens(&mut self) -> Result<Vec<ApiToken>, RepositoryError>;
    /// Saves an API token: a new one is inserted, a revoked one replaced.
    async fn save_token(&mut self, token: Recorded<ApiToken>) -> Result<ApiToken, RepositoryError>;
    /// Ends all own sessions of a user but `except`, and revokes their API tokens where `tokens` is
    /// set, as part of a change whose event tells of it.
    async fn end_all_of(
        &mut self,
        user: UserId,
        except: Option<SignInId>,
        tokens: bool,
        at: Timestamp,
    ) -> Result<(), RepositoryError>;
    /// The hash of a user's password.
    async fn password(&mut self, user: UserId) -> Result<Option<PasswordHash>, RepositoryError>;
    /// Sets a user's password.
    async fn set_password(
        &mut self,
        change: Recorded<PasswordChange>,
    ) -> Result<(), RepositoryError>;
}

/// Whose repetition of what: keys of different users, sessions or endpoints never meet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyScope {
    /// The actor.
    pub actor: UserId,
    /// The endpoint, and the login session where there is one.
    pub endpoint: String,
    /// The key that the client chose, 1 to 255 characters.
    pub key: String,
}

/// The answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The SHA-256 of the request.
    pub fingerprint: [u8; 32],
    /// The answer as the adapter at the edge wrote it. It never has a token in it.
    pub body: Vec<u8>,
    /// When it was given.
    pub created_at: Timestamp,
}

/// The answers to requests with an idempotency key.
#[async_trait]
pub trait Idempotency: Send {
    /// The answer given under this key, if there is one.
    async fn find(
        &mut self,
        scope: &IdempotencyScope,
    ) -> Result<Option<StoredResponse>, RepositoryError>;
    /// Keeps the answer, in place of an older one under the same key.
    async fn put(
        &mut self,
        scope: &IdempotencyScope,
        response: StoredResponse,
    ) -> Result<(), RepositoryError>;
    /// Forgets the answers given before this moment.
    async fn forget_before(&mut self, moment: Timestamp) -> Result<(), RepositoryError>;
}
