//! Users.

use impersonation_domain::{
    ids::TypedId,
    policy::UserFacts,
    ports::RepositoryError,
    text::Name,
    user::{User, UserRecord, UserStatus},
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::{key, micros, version};
use crate::row::Row;

pub(crate) const TABLE: &str = "users";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub name_key: String,
    pub email: String,
    pub email_key: String,
    pub role_id: Uuid,
    pub status: String,
    pub protected: i64,
    pub version: i64,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// That the user is not removed, in the very words of the indexes.
pub(crate) fn remains() -> Expr {
    Expr::cust("status <> 'removed'")
}

/// The row of a user.
pub(crate) fn write(user: &User) -> Result<Model, RepositoryError> {
    let record = user.record();
    Ok(Model {
        organization_id: record.organization.uuid(),
        id: record.id.uuid(),
        name: record.name.to_string(),
        name_key: key(record.name.as_str()),
        email: record.email.to_string(),
        email_key: record.email.key(),
        role_id: record.role.uuid(),
        status: record.status.as_str().to_owned(),
        protected: i64::from(record.protected),
        version: version(record.version)?,
        created_at: micros(record.created_at),
    })
}

/// The user of a row.
pub(crate) fn read(result: &QueryResult) -> Result<User, RepositoryError> {
    read_prefixed(result, "")
}

/// The user of a row in which each name of a column has a prefix.
pub(crate) fn read_prefixed(result: &QueryResult, prefix: &str) -> Result<User, RepositoryError> {
    let row = Row::of(TABLE, result).prefixed(prefix);
    Ok(User::from_record(UserRecord {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        name: row.read("name", |name: String| Name::new(&name))?,
        email: row.parse("email")?,
        role: row.id("role_id")?,
        status: row.parse::<UserStatus>("status")?,
        protected: row.flag("protected")?,
        version: row.version("version")?,
        created_at: row.moment("created_at")?,
    }))
}

/// What a decision needs to know of the user, if there is one in this row of an outer join.
pub(crate) fn read_facts(
    result: &QueryResult,
    prefix: &str,
) -> Result<Option<UserFacts>, RepositoryError> {
    let row = Row::of(TABLE, result).prefixed(prefix);
    if !row.is_there("id")? {
        return Ok(None);
    }
    Ok(Some(UserFacts {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        status: row.parse("status")?,
        protected: row.flag("protected")?,
    }))
}
