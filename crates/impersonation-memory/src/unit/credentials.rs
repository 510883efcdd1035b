//! Own sessions, API tokens and passwords.

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
use crate::tenant::check_organization;

/// That a credential may be saved: a new one that nothing stands in the way of, or the end of one
/// that has not ended.
fn check_end(
    stored_ended: Option<bool>,
    ends: bool,
    hash_is_taken: bool,
) -> Result<(), RepositoryError> {
    match (stored_ended, ends) {
        (None, false) if hash_is_taken => Err(RepositoryError::Duplicate(Constraint::Other)),
        (None, false) | (Some(false), true) => Ok(()),
        (Some(_), false) => Err(RepositoryError::Duplicate(Constraint::Other)),
        (None | Some(true), true) => Err(RepositoryError::Stale),
    }
}

#[async_trait]
impl CredentialRepository for Unit {
    async fn sign_in(&mut self, id: SignInId) -> Result<Option<SignIn>, RepositoryError> {
        Ok(self.tenant.sign_ins.get(&id).cloned())
    }

    async fn sign_in_by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<SignIn>, RepositoryError> {
        let mut sign_ins = self.tenant.sign_ins.values();
        Ok(sign_ins.find(|sign_in| sign_in.token_hash == *hash).cloned())
    }

    async fn save_sign_in(&mut self, sign_in: Recorded<SignIn>) -> Result<SignIn, RepositoryError> {
        check_organization(self.organization, sign_in.value().organization)?;
        self.record(sign_in, |tenant, sign_in| {
            let stored = tenant.sign_ins.get(&sign_in.id).map(|stored| stored.ended_at.is_some());
            let taken =
                tenant.sign_ins.values().any(|other| other.token_hash == sign_in.token_hash);
            check_end(stored, sign_in.ended_at.is_some(), taken)?;
            tenant.sign_ins.insert(sign_in.id, sign_in);
            Ok(())
        })
    }

    async fn token(&mut self, id: TokenId) -> Result<Option<ApiToken>, RepositoryError> {
        Ok(self.tenant.tokens.get(&id).cloned())
    }

    async fn token_by_hash(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<ApiToken>, RepositoryError> {
        let mut tokens = self.tenant.tokens.values();
        Ok(tokens.find(|token| token.token_hash == *hash).cloned())
    }

    async fn tokens(&mut self) -> Result<Vec<ApiToken>, RepositoryError> {
        let tokens = self.tenant.tokens.values();
        let mut tokens: Vec<ApiToken> =
            tokens.filter(|token| token.revoked_at.is_none()).cloned().collect();
        tokens.sort_by_key(|token| std::cmp::Reverse((token.created_at, token.id)));
        Ok(tokens)
    }

    async fn save_token(&mut self, token: Recorded<ApiToken>) -> Result<ApiToken, RepositoryError> {
        check_organization(self.organization, token.value().organization)?;
        self.record(token, |tenant, token| {
            let stored = tenant.tokens.get(&token.id).map(|stored| stored.revoked_at.is_some());
            let taken = tenant.tokens.values().any(|other| other.token_hash == token.token_hash);
            check_end(stored, token.revoked_at.is_some(), taken)?;
            tenant.tokens.insert(token.id, token);
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
        let sign_ins = tenant.sign_ins.values();
        let ended: Vec<SignIn> = sign_ins
            .filter(|own| own.user == user && own.ended_at.is_none() && Some(own.id) != except)
            .map(|own| SignIn { ended_at: Some(at), ..own.clone() })
            .collect();
        for sign_in in ended {
            tenant.sign_ins.insert(sign_in.id, sign_in);
        }
        let revoked: Vec<ApiToken> = tenant
            .tokens
            .values()
            .filter(|token| tokens && token.user == user && token.revoked_at.is_none())
            .map(|token| ApiToken { revoked_at: Some(at), ..token.clone() })
            .collect();
        for token in revoked {
            tenant.tokens.insert(token.id, token);
        }
        Ok(())
    }

    async fn password(&mut self, user: UserId) -> Result<Option<PasswordHash>, RepositoryError> {
        Ok(self.tenant.passwords.get(&user).cloned())
    }

    async fn set_password(
        &mut self,
        change: Recorded<PasswordChange>,
    ) -> Result<(), RepositoryError> {
        let kept_here = self.external.is_none();
        self.record(change, |tenant, PasswordChange { user, hash }| {
            if kept_here && !tenant.users.contains(&user) {
                return Err(RepositoryError::unavailable("there is no such user"));
            }
            tenant.passwords.insert(user, hash);
            Ok(())
        })?;
        Ok(())
    }
}
