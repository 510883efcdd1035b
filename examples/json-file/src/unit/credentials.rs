//! Own sessions, API tokens and passwords.

use std::cmp::Reverse;

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    credential::{ApiToken, PasswordChange, SignIn},
    ids::{SignInId, TokenId, UserId},
    ports::{Constraint, CredentialRepository, RepositoryError},
    secret::{PasswordHash, SecretHash},
    time::{Timestamp, to_microseconds},
};

use super::Unit;
use crate::{
    rows::{PasswordRow, SignInRow, TokenRow},
    tenant::check_organization,
};

/// That a credential may be saved: a new one whose token is nobody else's, or the end of one that
/// has not ended. `stored` says whether the stored one has ended.
fn check_end(stored: Option<bool>, ends: bool, hash_is_taken: bool) -> Result<(), RepositoryError> {
    match (stored, ends) {
        (None, false) if !hash_is_taken => Ok(()),
        (Some(false), true) => Ok(()),
        (_, false) => Err(RepositoryError::Duplicate(Constraint::Other)),
        (_, true) => Err(RepositoryError::Stale),
    }
}

#[async_trait]
impl CredentialRepository for Unit {
    async fn sign_in(&mut self, id: SignInId) -> Result<Option<SignIn>, RepositoryError> {
        Ok(self.tenant.sign_ins.get(&id).map(|row| row.0.clone()))
    }

    async fn sign_in_by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<SignIn>, RepositoryError> {
        let mut sign_ins = self.tenant.sign_ins.values().map(|row| &row.0);
        Ok(sign_ins.find(|sign_in| sign_in.token_hash == *hash).cloned())
    }

    async fn save_sign_in(&mut self, sign_in: Recorded<SignIn>) -> Result<SignIn, RepositoryError> {
        check_organization(self.organization, sign_in.value().organization)?;
        self.record(sign_in, |tenant, sign_in| {
            let stored = tenant.sign_ins.get(&sign_in.id).map(|row| row.0.ended_at.is_some());
            let mut others = tenant.sign_ins.values().map(|row| &row.0);
            let taken = others.any(|other| other.token_hash == sign_in.token_hash);
            check_end(stored, sign_in.ended_at.is_some(), taken)?;
            tenant.sign_ins.insert(sign_in.id, SignInRow(sign_in));
            Ok(())
        })
    }

    async fn token(&mut self, id: TokenId) -> Result<Option<ApiToken>, RepositoryError> {
        Ok(self.tenant.tokens.get(&id).map(|row| row.0.clone()))
    }

    async fn token_by_hash(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<ApiToken>, RepositoryError> {
        let mut tokens = self.tenant.tokens.values().map(|row| &row.0);
        Ok(tokens.find(|token| token.token_hash == *hash).cloned())
    }

    async fn tokens(&mut self) -> Result<Vec<ApiToken>, RepositoryError> {
        let tokens = self.tenant.tokens.values().map(|row| &row.0);
        let mut tokens: Vec<_> =
            tokens.filter(|token| token.revoked_at.is_none()).cloned().collect();
        tokens.sort_by_key(|token| Reverse((token.created_at, token.id)));
        Ok(tokens)
    }

    async fn save_token(&mut self, token: Recorded<ApiToken>) -> Result<ApiToken, RepositoryError> {
        check_organization(self.organization, token.value().organization)?;
        self.record(token, |tenant, token| {
            let stored = tenant.tokens.get(&token.id).map(|row| row.0.revoked_at.is_some());
            let mut others = tenant.tokens.values().map(|row| &row.0);
            let taken = others.any(|other| other.token_hash == token.token_hash);
            check_end(stored, token.revoked_at.is_some(), taken)?;
            tenant.tokens.insert(token.id, TokenRow(token));
            Ok(())
        })
    }

    async fn end_all_of(
        &mut self,
        user: UserId,
        except: Option<SignInId>,
        tokens: bool,
        at: Timestamp,
    ) -> Result<(), RepositoryError> {
        let at = to_microseconds(at);
        let tenant = self.change()?;
        for SignInRow(own) in tenant.sign_ins.values_mut() {
            if own.user == user && own.ended_at.is_none() && Some(own.id) != except {
                own.ended_at = Some(at);
            }
        }
        for TokenRow(token) in tenant.tokens.values_mut() {
            if tokens && token.user == user && token.revoked_at.is_none() {
                token.revoked_at = Some(at);
            }
        }
        Ok(())
    }

    async fn password(&mut self, user: UserId) -> Result<Option<PasswordHash>, RepositoryError> {
        Ok(self.tenant.passwords.get(&user).map(|row| row.0.clone()))
    }

    async fn set_password(
        &mut self,
        change: Recorded<PasswordChange>,
    ) -> Result<(), RepositoryError> {
        self.record(change, |tenant, PasswordChange { user, hash }| {
            if !tenant.users.contains_key(&user) {
                return Err(RepositoryError::unavailable("there is no such user"));
            }
            tenant.passwords.insert(user, PasswordRow(hash));
            Ok(())
        })?;
        Ok(())
    }
}
