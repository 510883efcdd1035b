//! The answers to requests with an idempotency key.

use impersonation_domain::ports::{RepositoryError, StoredResponse};
use sea_orm::{QueryResult, entity::prelude::*};

use crate::row::Row;

pub(crate) const TABLE: &str = "idempotency_keys";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_key: String,
    pub fingerprint: Vec<u8>,
    pub body: Vec<u8>,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The answer in a row.
pub(crate) fn read(result: &QueryResult) -> Result<StoredResponse, RepositoryError> {
    let row = Row::of(TABLE, result).keyed("actor_id");
    Ok(StoredResponse {
        fingerprint: row.hash("fingerprint")?,
        body: row.get("body")?,
        created_at: row.moment("created_at")?,
    })
}
