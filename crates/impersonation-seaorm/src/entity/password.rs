//! Hashes of passwords.

use std::fmt;

use impersonation_domain::{ports::RepositoryError, secret::PasswordHash};
use sea_orm::{DeriveValueType, QueryResult, entity::prelude::*};

use crate::row::Row;

pub(crate) const TABLE: &str = "passwords";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passwords")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub hash: Phc,
}

/// A hash in PHC string format, which does not show in debug output.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Phc(pub String);

impl fmt::Debug for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phc(redacted)")
    }
}

impl ActiveModelBehavior for ActiveModel {}

/// The hash in a row.
pub(crate) fn read(result: &QueryResult) -> Result<PasswordHash, RepositoryError> {
    Row::of(TABLE, result).keyed("user_id").get("hash").map(PasswordHash::new)
}
