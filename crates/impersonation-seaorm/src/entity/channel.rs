//! Channels.

use impersonation_domain::{
    channel::{Channel, ChannelRecord},
    ids::TypedId,
    ports::RepositoryError,
    text::Name,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::{key, micros, version};
use crate::row::Row;

pub(crate) const TABLE: &str = "channels";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channels")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub name_key: String,
    pub version: i64,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The row of a channel.
pub(crate) fn write(channel: &Channel) -> Result<Model, RepositoryError> {
    let record = channel.record();
    Ok(Model {
        organization_id: record.organization.uuid(),
        id: record.id.uuid(),
        name: record.name.to_string(),
        name_key: key(record.name.as_str()),
        version: version(record.version)?,
        created_at: micros(record.created_at),
    })
}

/// The channel of a row.
pub(crate) fn read(result: &QueryResult) -> Result<Channel, RepositoryError> {
    let row = Row::of(TABLE, result);
    Ok(Channel::from_record(ChannelRecord {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        name: row.read("name", |name: String| Name::new(&name))?,
        version: row.version("version")?,
        created_at: row.moment("created_at")?,
    }))
}
