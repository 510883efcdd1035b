//! Files of messages. Their content is elsewhere.

use impersonation_domain::{
    ids::{MessageId, TypedId},
    message::{FileError, FileName, MAX_FILE_SIZE, MediaType, Message, StoredFile},
    ports::RepositoryError,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::number;
use crate::row::Row;

pub(crate) const TABLE: &str = "message_files";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_files")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub message_id: Uuid,
    pub position: i64,
    pub name: String,
    pub size: i64,
    pub media_type: String,
    pub sha256: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of a message's files.
pub(crate) fn write(message: &Message) -> Result<Vec<Model>, RepositoryError> {
    let record = message.record();
    let files = record.files.iter().zip(0_i64..);
    files
        .map(|(file, position)| {
            Ok(Model {
                organization_id: record.organization.uuid(),
                id: file.id.uuid(),
                message_id: record.id.uuid(),
                position,
                name: file.name.as_str().to_owned(),
                size: number(file.size)?,
                media_type: file.media_type.as_str().to_owned(),
                sha256: file.sha256.to_vec(),
            })
        })
        .collect()
}

/// The file of a row, and the message that it belongs to.
pub(crate) fn read(result: &QueryResult) -> Result<(MessageId, StoredFile), RepositoryError> {
    let row = Row::of(TABLE, result);
    let file = StoredFile {
        id: row.id("id")?,
        name: row.read("name", |name: String| FileName::new(&name))?,
        size: read_size(&row)?,
        media_type: row.read("media_type", |media_type: String| MediaType::new(&media_type))?,
        sha256: row.hash("sha256")?,
    };
    Ok((row.id("message_id")?, file))
}

fn read_size(row: &Row<'_>) -> Result<u64, RepositoryError> {
    match row.number("size")? {
        0 => Err(row.corrupt("size", FileError::Empty)),
        size if size > MAX_FILE_SIZE => Err(row.corrupt("size", FileError::TooLarge)),
        size => Ok(size),
    }
}
