//! Own sessions, opened by signing in.

use impersonation_domain::{
    credential::SignIn, ids::TypedId, ports::RepositoryError, secret::SecretHash,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::micros;
use crate::row::Row;

pub(crate) const TABLE: &str = "sign_ins";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_ins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub token_hash: Vec<u8>,
    pub created_at: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The row of an own session.
pub(crate) fn write(sign_in: &SignIn) -> Model {
    Model {
        organization_id: sign_in.organization.uuid(),
        id: sign_in.id.uuid(),
        user_id: sign_in.user.uuid(),
        token_hash: sign_in.token_hash.as_bytes().to_vec(),
        created_at: micros(sign_in.created_at),
        expires_at: micros(sign_in.expires_at),
        ended_at: sign_in.ended_at.map(micros),
    }
}

/// The own session of a row.
pub(crate) fn read(result: &QueryResult) -> Result<SignIn, RepositoryError> {
    let row = Row::of(TABLE, result);
    Ok(SignIn {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        user: row.id("user_id")?,
        token_hash: SecretHash::from_bytes(row.hash("token_hash")?),
        created_at: row.moment("created_at")?,
        expires_at: row.moment("expires_at")?,
        ended_at: row.optional_moment("ended_at")?,
    })
}
