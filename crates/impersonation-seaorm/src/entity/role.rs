//! Roles.

use std::collections::BTreeSet;

use impersonation_domain::{
    ids::TypedId,
    ports::RepositoryError,
    role::{Permission, Role, RoleRecord, UnknownPermission},
    text::Name,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::{key, micros, version};
use crate::row::Row;

pub(crate) const TABLE: &str = "roles";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub name_key: String,
    pub kind: String,
    pub permissions: String,
    pub version: i64,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The row of a role.
pub(crate) fn write(role: &Role) -> Result<Model, RepositoryError> {
    let record = role.record();
    let permissions: Vec<&str> =
        record.permissions.iter().map(|permission| permission.as_str()).collect();
    Ok(Model {
        organization_id: record.organization.uuid(),
        id: record.id.uuid(),
        name: record.name.to_string(),
        name_key: key(record.name.as_str()),
        kind: record.kind.as_str().to_owned(),
        permissions: permissions.join(","),
        version: version(record.version)?,
        created_at: micros(record.created_at),
    })
}

/// The role of a row.
pub(crate) fn read(result: &QueryResult) -> Result<Role, RepositoryError> {
    let row = Row::of(TABLE, result);
    Ok(Role::from_record(RoleRecord {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        name: row.read("name", |name: String| Name::new(&name))?,
        kind: row.parse("kind")?,
        permissions: row.read("permissions", |text: String| read_permissions(&text))?,
        version: row.version("version")?,
        created_at: row.moment("created_at")?,
    }))
}

fn read_permissions(text: &str) -> Result<BTreeSet<Permission>, UnknownPermission> {
    if text.is_empty() {
        return Ok(BTreeSet::new());
    }
    text.split(',').map(str::parse).collect()
}
