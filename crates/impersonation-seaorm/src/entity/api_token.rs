//! API tokens for programs.

use impersonation_domain::{
    credential::ApiToken, ids::TypedId, ports::RepositoryError, secret::SecretHash, text::Name,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::micros;
use crate::row::Row;

pub(crate) const TABLE: &str = "api_tokens";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub token_hash: Vec<u8>,
    pub created_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The row of a token.
pub(crate) fn write(token: &ApiToken) -> Model {
    Model {
        organization_id: token.organization.uuid(),
        id: token.id.uuid(),
        user_id: token.user.uuid(),
        name: token.name.to_string(),
        token_hash: token.token_hash.as_bytes().to_vec(),
        created_at: micros(token.created_at),
        expires_at: micros(token.expires_at),
        revoked_at: token.revoked_at.map(micros),
    }
}

/// The token of a row.
pub(crate) fn read(result: &QueryResult) -> Result<ApiToken, RepositoryError> {
    let row = Row::of(TABLE, result);
    Ok(ApiToken {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        user: row.id("user_id")?,
        name: row.read("name", |name: String| Name::new(&name))?,
        token_hash: SecretHash::from_bytes(row.hash("token_hash")?),
        created_at: row.moment("created_at")?,
        expires_at: row.moment("expires_at")?,
        revoked_at: row.optional_moment("revoked_at")?,
    })
}
