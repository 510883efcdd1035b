//! Organizations, each with the end of its audit chain.

use impersonation_domain::{
    audit::{AuditHead, Hash},
    ids::TypedId,
    organization::{LoginSessionLimit, Organization, OrganizationRecord},
    ports::RepositoryError,
    text::Name,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::{key, micros, number, version};
use crate::row::Row;

pub(crate) const TABLE: &str = "organizations";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub name_key: String,
    pub plan: String,
    pub login_session_minutes: i64,
    pub version: i64,
    pub created_at: i64,
    pub audit_sequence: i64,
    pub audit_hash: Vec<u8>,
    pub audit_at: Option<i64>,
    pub policy_revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The row of a new organization. Where its chain ends is written before the commit.
pub(crate) fn write(organization: &Organization) -> Result<Model, RepositoryError> {
    let record = organization.record();
    let head = AuditHead::default();
    Ok(Model {
        id: record.id.uuid(),
        name: record.name.to_string(),
        name_key: key(record.name.as_str()),
        plan: record.plan.to_string(),
        login_session_minutes: i64::from(record.login_session_limit.minutes()),
        version: version(record.version)?,
        created_at: micros(record.created_at),
        audit_sequence: number(head.sequence)?,
        audit_hash: head.hash.0.to_vec(),
        audit_at: head.at.map(micros),
        policy_revision: number(head.policy_revision)?,
    })
}

/// The organization of a row.
pub(crate) fn read(result: &QueryResult) -> Result<Organization, RepositoryError> {
    let row = Row::of(TABLE, result);
    Ok(Organization::from_record(OrganizationRecord {
        id: row.id("id")?,
        name: row.read("name", |name: String| Name::new(&name))?,
        plan: row.parse("plan")?,
        login_session_limit: read_limit(&row)?,
        version: row.version("version")?,
        created_at: row.moment("created_at")?,
    }))
}

fn read_limit(row: &Row<'_>) -> Result<LoginSessionLimit, RepositoryError> {
    let minutes = row.read("login_session_minutes", |minutes: i64| u16::try_from(minutes))?;
    LoginSessionLimit::try_from(minutes)
        .map_err(|error| row.corrupt("login_session_minutes", error))
}

/// Where the audit chain of the row's organization ends.
pub(crate) fn read_head(result: &QueryResult) -> Result<AuditHead, RepositoryError> {
    let row = Row::of(TABLE, result);
    Ok(AuditHead {
        sequence: row.number("audit_sequence")?,
        hash: Hash(row.hash("audit_hash")?),
        at: row.optional_moment("audit_at")?,
        policy_revision: row.number("policy_revision")?,
    })
}
