//! Grants.

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    grant::{Grant, GrantRecord},
    ids::TypedId,
    ports::RepositoryError,
    text::Reason,
    time::Window,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::{key, micros, version};
use crate::row::Row;

pub(crate) const TABLE: &str = "grants";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub grantor_id: Uuid,
    pub grantee_id: Uuid,
    pub login: i64,
    pub send: i64,
    pub starts_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub reason: Option<String>,
    pub reason_key: Option<String>,
    pub version: i64,
    pub created_at: i64,
    pub created_by: Uuid,
    pub last_used_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The row of a grant.
pub(crate) fn write(grant: &Grant) -> Result<Model, RepositoryError> {
    let record = grant.record();
    let reason = record.reason.as_ref().map(Reason::as_str);
    Ok(Model {
        organization_id: record.organization.uuid(),
        id: record.id.uuid(),
        grantor_id: record.grantor.uuid(),
        grantee_id: record.grantee.uuid(),
        login: i64::from(record.access.contains(AccessType::Login)),
        send: i64::from(record.access.contains(AccessType::Send)),
        starts_at: record.window.starts_at().map(micros),
        expires_at: record.window.expires_at().map(micros),
        reason: reason.map(str::to_owned),
        reason_key: reason.map(key),
        version: version(record.version)?,
        created_at: micros(record.created_at),
        created_by: record.created_by.uuid(),
        last_used_at: record.last_used_at.map(micros),
    })
}

/// The grant of a row.
pub(crate) fn read(result: &QueryResult) -> Result<Grant, RepositoryError> {
    read_prefixed(result, "")
}

/// The grant of a row in which each name of a column has a prefix.
pub(crate) fn read_prefixed(result: &QueryResult, prefix: &str) -> Result<Grant, RepositoryError> {
    let row = Row::of(TABLE, result).prefixed(prefix);
    let access = AccessTypes::from_flags(row.flag("login")?, row.flag("send")?)
        .map_err(|error| row.corrupt("login", error))?;
    let window = Window::new(row.optional_moment("starts_at")?, row.optional_moment("expires_at")?)
        .map_err(|error| row.corrupt("expires_at", error))?;
    let record = GrantRecord {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        grantor: row.id("grantor_id")?,
        grantee: row.id("grantee_id")?,
        access,
        window,
        reason: row.optional("reason", |reason: String| Reason::new(&reason))?,
        version: row.version("version")?,
        created_at: row.moment("created_at")?,
        created_by: row.id("created_by")?,
        last_used_at: row.optional_moment("last_used_at")?,
    };
    Grant::from_record(record).map_err(|error| row.corrupt("grantee_id", error))
}

/// The grant, if there is one in this row of an outer join.
pub(crate) fn read_joined(
    result: &QueryResult,
    prefix: &str,
) -> Result<Option<Grant>, RepositoryError> {
    let is_there = Row::of(TABLE, result).prefixed(prefix).is_there("id")?;
    if is_there { read_prefixed(result, prefix).map(Some) } else { Ok(None) }
}
