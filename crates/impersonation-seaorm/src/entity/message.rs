//! Messages.

use impersonation_domain::{
    ids::TypedId,
    message::{Message, MessageRecord, StoredFile, Via},
    policy::GrantRef,
    ports::RepositoryError,
    text::MessageBody,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::{micros, version};
use crate::row::Row;

pub(crate) const TABLE: &str = "messages";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub channel_id: Uuid,
    pub author_id: Uuid,
    pub sent_by: Uuid,
    pub via: String,
    pub grant_id: Option<Uuid>,
    pub grant_version: Option<i64>,
    pub login_session_id: Option<Uuid>,
    pub body: Option<String>,
    pub sent_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The row of a message.
pub(crate) fn write(message: &Message) -> Result<Model, RepositoryError> {
    let record = message.record();
    let (via, grant, session) = match record.via {
        Via::OwnAccount => ("own_account", None, None),
        Via::SendAs { grant } => ("send_as", Some(grant), None),
        Via::LoginSession { session, grant } => ("login_session", Some(grant), Some(session)),
    };
    Ok(Model {
        organization_id: record.organization.uuid(),
        id: record.id.uuid(),
        channel_id: record.channel.uuid(),
        author_id: record.author.uuid(),
        sent_by: record.sent_by.uuid(),
        via: via.to_owned(),
        grant_id: grant.map(|grant| grant.id.uuid()),
        grant_version: grant.map(|grant| version(grant.version)).transpose()?,
        login_session_id: session.map(TypedId::uuid),
        body: record.body.as_ref().map(ToString::to_string),
        sent_at: micros(record.sent_at),
    })
}

/// The message of a row, with its files.
pub(crate) fn read(
    result: &QueryResult,
    files: Vec<StoredFile>,
) -> Result<Message, RepositoryError> {
    let row = Row::of(TABLE, result);
    Ok(Message::from_record(MessageRecord {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        channel: row.id("channel_id")?,
        author: row.id("author_id")?,
        sent_by: row.id("sent_by")?,
        via: read_via(&row)?,
        body: row.optional("body", |body: String| MessageBody::new(&body))?,
        files,
        sent_at: row.moment("sent_at")?,
    }))
}

fn read_via(row: &Row<'_>) -> Result<Via, RepositoryError> {
    let grant = || {
        Ok::<_, RepositoryError>(GrantRef {
            id: row.id("grant_id")?,
            version: row.version("grant_version")?,
        })
    };
    let via: String = row.get("via")?;
    match via.as_str() {
        "own_account" => Ok(Via::OwnAccount),
        "send_as" => Ok(Via::SendAs { grant: grant()? }),
        "login_session" => {
            Ok(Via::LoginSession { session: row.id("login_session_id")?, grant: grant()? })
        }
        _ => Err(row.contradiction("via")),
    }
}
