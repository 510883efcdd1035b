//! What has to be found before the organization is known.

use async_trait::async_trait;
use impersonation_domain::{
    email::EmailAddress,
    ids::{OrganizationId, UserId},
    organization::Organization,
    ports::{OrganizationIndex, RepositoryError},
    secret::SecretHash,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait,
    sea_query::{Query, SelectStatement, UnionType},
};

use crate::{
    entity::{api_token, login_session, organization, sign_in, user},
    error,
    row::Row,
    store::Store,
};

#[async_trait]
impl OrganizationIndex for Store {
    async fn organizations(&self) -> Result<Vec<Organization>, RepositoryError> {
        let query = organization::Entity::find()
            .order_by_asc(organization::Column::NameKey)
            .order_by_asc(organization::Column::Id)
            .into_query();
        let rows = self.reader().query_all(&query).await.map_err(error::repository)?;
        rows.iter().map(organization::read).collect()
    }

    async fn by_token(&self, hash: &SecretHash) -> Result<Option<OrganizationId>, RepositoryError> {
        let query = by_token(hash);
        let row = self.reader().query_one(&query).await.map_err(error::repository)?;
        row.map(|row| Row::of(sign_in::TABLE, &row).keyed("organization_id").id("organization_id"))
            .transpose()
    }

    async fn accounts_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Vec<(OrganizationId, UserId)>, RepositoryError> {
        let query = user::Entity::find()
            .filter(user::Column::EmailKey.eq(email.key()))
            .filter(user::remains())
            .order_by_asc(user::Column::OrganizationId)
            .into_query();
        let rows = self.reader().query_all(&query).await.map_err(error::repository)?;
        rows.iter()
            .map(|row| {
                let row = Row::of(user::TABLE, row);
                Ok((row.id("organization_id")?, row.id("id")?))
            })
            .collect()
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        self.reader().ping().await.map_err(error::repository)
    }
}

fn by_token(hash: &SecretHash) -> SelectStatement {
    let hash = hash.as_bytes().to_vec();
    let mut query = Query::select()
        .column(sign_in::Column::OrganizationId)
        .from(sign_in::Entity)
        .and_where(sign_in::Column::TokenHash.eq(hash.clone()))
        .take();
    for other in [
        Query::select()
            .column(login_session::Column::OrganizationId)
            .from(login_session::Entity)
            .and_where(login_session::Column::TokenHash.eq(hash.clone()))
            .take(),
        Query::select()
            .column(api_token::Column::OrganizationId)
            .from(api_token::Entity)
            .and_where(api_token::Column::TokenHash.eq(hash))
            .take(),
    ] {
        query.union(UnionType::All, other);
    }
    query
}
