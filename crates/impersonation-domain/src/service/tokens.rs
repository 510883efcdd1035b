//! API tokens.

use super::{
    Answer, Capability, Credential, InvalidInput, Repeatable, Resource, UseCaseError, error::text,
    family, operation::Operation, upkeep::end_resting_on,
};
use crate::{
    credential::{ApiToken, DEFAULT_TOKEN_LIFETIME, MAX_TOKEN_LIFETIME, OwnCredentialId},
    ids::TokenId,
    secret::{Secret, SecretKind},
    text::Name,
    time::{Timestamp, to_microseconds},
};

family! {
    /// API tokens.
    TokenService
}

/// An API token that has just been made.
#[derive(Debug)]
pub struct CreatedToken {
    /// The token's record.
    pub token: ApiToken,
    /// The token itself, to be shown once.
    pub secret: Secret,
}

impl TokenService {
    /// The organization's API tokens that are not revoked, the latest first.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn list(&self, credential: &Credential) -> Result<Vec<ApiToken>, UseCaseError> {
        let mut op = Operation::begin_read(&self.ports, credential, Capability::ReadTokens).await?;
        let result = op.uow.credentials().tokens().await.map_err(UseCaseError::from);
        op.finish(result).await
    }

    /// Makes a token with which a program acts as the caller. It lasts 90 days if nothing is said,
    /// 366 at most.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn create(
        &self,
        credential: &Credential,
        name: &str,
        expires_at: Option<Timestamp>,
        repeatable: Option<Repeatable<'_, CreatedToken>>,
    ) -> Result<Answer<CreatedToken>, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::CreateToken).await?;
        let secret = self.ports.secrets.next(SecretKind::ApiToken);
        let result = async {
            if let Some(body) = op.repeated(repeatable.as_ref()).await? {
                return Ok(Answer::Repeated(body));
            }
            let name = text("name", || Name::new(name))?;
            let now = op.ctx.now;
            let expires_at = expires_at.map_or(now + DEFAULT_TOKEN_LIFETIME, to_microseconds);
            if expires_at <= now || expires_at > now + MAX_TOKEN_LIFETIME {
                let message = "a token expires in the future, at most 366 days from now; send another `expires_at`";
                return Err(InvalidInput::form("expires_at", "out_of_range", &message));
            }
            let (organization, user) = (op.ctx.organization_id(), op.ctx.caller.actor.id());
            let token = ApiToken::create(organization, user, name, secret.hash(), expires_at, &op.ctx.stamp());
            let token = op.uow.credentials().save_token(token).await?;
            let created = CreatedToken { token, secret };
            op.remember(repeatable.as_ref(), &created).await?;
            Ok(Answer::Fresh(created))
        }
        .await;
        op.finish(result).await
    }

    /// Revokes a token, and ends every login session that was started with it.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for one that is revoked already, and others.
    pub async fn revoke(&self, credential: &Credential, id: TokenId) -> Result<(), UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::RevokeToken).await?;
        let result = async {
            let token =
                op.uow.credentials().token(id).await?.filter(|token| token.revoked_at.is_none());
            let token = token.ok_or(UseCaseError::NotFound(Resource::Token))?;
            let stamp = op.ctx.stamp();
            op.uow.credentials().save_token(token.revoke(&stamp)).await?;
            end_resting_on(&mut *op.uow, OwnCredentialId::Token(id), &stamp).await?;
            Ok(())
        }
        .await;
        op.finish(result).await
    }
}
