//! Own sessions, API tokens and passwords.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    credential::{ApiToken, PasswordChange, SignIn},
    ids::{SignInId, TokenId, TypedId, UserId},
    ports::{CredentialRepository, RepositoryError},
    secret::{PasswordHash, SecretHash},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::{Expr, OnConflict},
};

use super::{
    Unit,
    statements::{fresh, select},
};
use crate::{
    entity::{api_token, micros, password, sign_in},
    error::Fault,
};

impl Unit {
    fn all_sign_ins(&self) -> Select<sign_in::Entity> {
        sign_in::Entity::find().filter(sign_in::Column::OrganizationId.eq(self.tenant()))
    }

    fn all_tokens(&self) -> Select<api_token::Entity> {
        api_token::Entity::find().filter(api_token::Column::OrganizationId.eq(self.tenant()))
    }

    async fn write_sign_in(&self, sign_in: &SignIn) -> Result<(), Fault> {
        use sign_in::Column;
        self.own(sign_in.organization)?;
        let row = sign_in::write(sign_in);
        let Some(ended_at) = row.ended_at else {
            return self.insert::<sign_in::Entity, _>(row).await;
        };
        let result = sign_in::Entity::update_many()
            .col_expr(Column::EndedAt, Expr::val(ended_at))
            .filter(Column::OrganizationId.eq(self.tenant()))
            .filter(Column::Id.eq(row.id))
            .filter(Column::EndedAt.is_null())
            .exec(&self.transaction)
            .await?;
        fresh(result.rows_affected)
    }

    async fn write_token(&self, token: &ApiToken) -> Result<(), Fault> {
        use api_token::Column;
        self.own(token.organization)?;
        let row = api_token::write(token);
        let Some(revoked_at) = row.revoked_at else {
            return self.insert::<api_token::Entity, _>(row).await;
        };
        let result = api_token::Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::val(revoked_at))
            .filter(Column::OrganizationId.eq(self.tenant()))
            .filter(Column::Id.eq(row.id))
            .filter(Column::RevokedAt.is_null())
            .exec(&self.transaction)
            .await?;
        fresh(result.rows_affected)
    }

    async fn end_sign_ins(
        &self,
        user: UserId,
        except: Option<SignInId>,
        at: Timestamp,
    ) -> Result<(), Fault> {
        use sign_in::Column;
        let but = except.map(|id| Column::Id.ne(id.uuid()));
        sign_in::Entity::update_many()
            .col_expr(Column::EndedAt, Expr::val(micros(at)))
            .filter(Column::OrganizationId.eq(self.tenant()))
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::EndedAt.is_null())
            .filter(Condition::all().add_option(but))
            .exec(&self.transaction)
            .await?;
        Ok(())
    }

    async fn revoke_tokens(&self, user: UserId, at: Timestamp) -> Result<(), Fault> {
        use api_token::Column;
        api_token::Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::val(micros(at)))
            .filter(Column::OrganizationId.eq(self.tenant()))
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::RevokedAt.is_null())
            .exec(&self.transaction)
            .await?;
        Ok(())
    }

    async fn write_password(&self, change: &PasswordChange) -> Result<(), Fault> {
        use password::Column;
        let row = password::Model {
            organization_id: self.tenant(),
            user_id: change.user.uuid(),
            hash: password::Phc(change.hash.as_str().to_owned()),
        };
        let replace = OnConflict::columns([Column::OrganizationId, Column::UserId])
            .update_column(Column::Hash)
            .to_owned();
        self.insert_unless::<password::Entity, _>(row, replace).await?;
        Ok(())
    }
}

#[async_trait]
impl CredentialRepository for Unit {
    async fn sign_in(&mut self, id: SignInId) -> Result<Option<SignIn>, RepositoryError> {
        let query = select(self.all_sign_ins().filter(sign_in::Column::Id.eq(id.uuid())));
        self.row(&query).await?.as_ref().map(sign_in::read).transpose()
    }

    async fn sign_in_by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<SignIn>, RepositoryError> {
        let token = sign_in::Column::TokenHash.eq(hash.as_bytes().to_vec());
        let query = select(self.all_sign_ins().filter(token));
        self.row(&query).await?.as_ref().map(sign_in::read).transpose()
    }

    async fn save_sign_in(&mut self, sign_in: Recorded<SignIn>) -> Result<SignIn, RepositoryError> {
        self.start()?;
        let done = self.write_sign_in(sign_in.value()).await;
        self.settle(done, sign_in)
    }

    async fn token(&mut self, id: TokenId) -> Result<Option<ApiToken>, RepositoryError> {
        let query = select(self.all_tokens().filter(api_token::Column::Id.eq(id.uuid())));
        self.row(&query).await?.as_ref().map(api_token::read).transpose()
    }

    async fn token_by_hash(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<ApiToken>, RepositoryError> {
        let token = api_token::Column::TokenHash.eq(hash.as_bytes().to_vec());
        let query = select(self.all_tokens().filter(token));
        self.row(&query).await?.as_ref().map(api_token::read).transpose()
    }

    async fn tokens(&mut self) -> Result<Vec<ApiToken>, RepositoryError> {
        let tokens = self
            .all_tokens()
            .filter(api_token::Column::RevokedAt.is_null())
            .order_by_desc(api_token::Column::CreatedAt)
            .order_by_desc(api_token::Column::Id);
        let rows = self.rows(&select(tokens)).await?;
        rows.iter().map(api_token::read).collect()
    }

    async fn save_token(&mut self, token: Recorded<ApiToken>) -> Result<ApiToken, RepositoryError> {
        self.start()?;
        let done = self.write_token(token.value()).await;
        self.settle(done, token)
    }

    async fn end_all_of(
        &mut self,
        user: UserId,
        except: Option<SignInId>,
        tokens: bool,
        at: Timestamp,
    ) -> Result<(), RepositoryError> {
        self.start()?;
        let mut done = self.end_sign_ins(user, except, at).await;
        if tokens && done.is_ok() {
            done = self.revoke_tokens(user, at).await;
        }
        self.finish(done)
    }

    async fn password(&mut self, user: UserId) -> Result<Option<PasswordHash>, RepositoryError> {
        let query = select(password::Entity::find_by_id((self.tenant(), user.uuid())));
        self.row(&query).await?.as_ref().map(password::read).transpose()
    }

    async fn set_password(
        &mut self,
        change: Recorded<PasswordChange>,
    ) -> Result<(), RepositoryError> {
        self.start()?;
        let done = self.write_password(change.value()).await;
        self.settle(done, change).map(|_| ())
    }
}
