//! Channels, messages and files.

use impersonation_domain::{
    ids::{ChannelId, FileId, GrantId, LoginSessionId, MessageId, UserId},
    message::{StoredFile, Via},
    service::{ChannelView, MessageView, SendMessage},
};
use poem_openapi::Object;
use serde::Deserialize;

use super::PersonJson;
use crate::{
    request::JsonBody,
    value::{Id, Moment},
};

/// A channel.
#[derive(Debug, Object)]
#[oai(rename = "Channel")]
pub(crate) struct ChannelJson {
    /// Its identifier.
    id: Id<ChannelId>,
    /// What it is called.
    name: String,
    /// Whether the account that is used is a member.
    is_member: bool,
    /// When it was made.
    created_at: Moment,
}

impl From<&ChannelView> for ChannelJson {
    fn from(view: &ChannelView) -> Self {
        let channel = view.channel.record();
        Self {
            id: Id(channel.id),
            name: channel.name.as_str().to_owned(),
            is_member: view.is_member,
            created_at: Moment(channel.created_at),
        }
    }
}

/// A new channel.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateChannel {
    /// What it is called.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub(crate) name: String,
}
impl JsonBody for CreateChannel {}

/// A message to be sent.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendMessageRequest {
    /// The text, at most 20,000 characters.
    #[oai(validator(min_length = 1, max_length = 20000))]
    body: String,
    /// As whom to send, through Send Access; as oneself if absent.
    send_as: Option<Id<UserId>>,
}
impl JsonBody for SendMessageRequest {
    /// The longest text, with every character in the longest way to write it.
    const LIMIT: usize = 256 * 1024;
}

impl From<SendMessageRequest> for SendMessage {
    fn from(request: SendMessageRequest) -> Self {
        Self { body: Some(request.body), send_as: request.send_as.map(|id| id.0) }
    }
}

/// A file.
#[derive(Debug, Object)]
#[oai(rename = "File")]
struct FileJson {
    /// Its identifier.
    id: Id<FileId>,
    /// What it is called.
    name: String,
    /// Its size in bytes.
    size: u64,
    /// Its type.
    content_type: String,
}

impl From<&StoredFile> for FileJson {
    fn from(file: &StoredFile) -> Self {
        Self {
            id: Id(file.id),
            name: file.name.as_str().to_owned(),
            size: file.size,
            content_type: file.media_type.as_str().to_owned(),
        }
    }
}

/// How a message was sent on behalf of its author.
#[derive(Debug, Object)]
#[oai(rename = "Via", skip_serializing_if_is_none)]
struct ViaJson {
    /// `send_as` or `login_session`.
    kind: String,
    /// The grant that allowed it.
    grant_id: Id<GrantId>,
    /// In which version.
    grant_version: u64,
    /// The login session inside which it was sent.
    login_session_id: Option<Id<LoginSessionId>>,
}

impl ViaJson {
    fn of(via: Via) -> Option<Self> {
        let (kind, grant, session) = match via {
            Via::OwnAccount => return None,
            Via::SendAs { grant } => ("send_as", grant, None),
            Via::LoginSession { session, grant } => ("login_session", grant, Some(session)),
        };
        Some(Self {
            kind: kind.to_owned(),
            grant_id: Id(grant.id),
            grant_version: grant.version.get(),
            login_session_id: session.map(Id),
        })
    }
}

/// A message.
#[derive(Debug, Object)]
#[oai(rename = "Message")]
pub(crate) struct MessageJson {
    /// Its identifier.
    id: Id<MessageId>,
    /// The channel that it is in.
    channel_id: Id<ChannelId>,
    /// As whom it stands there.
    author: PersonJson,
    /// The text; a file alone has none.
    body: Option<String>,
    /// The files.
    files: Vec<FileJson>,
    /// When it was sent.
    sent_at: Moment,
    /// Who really sent it: only where that was not the author, and only for those who may know.
    #[oai(skip_serializing_if_is_none)]
    sent_by: Option<PersonJson>,
    /// How it was sent, for the same.
    #[oai(skip_serializing_if_is_none)]
    via: Option<ViaJson>,
}

impl From<&MessageView> for MessageJson {
    fn from(view: &MessageView) -> Self {
        let record = view.message.record();
        let disclosed = view.disclosed.as_ref();
        Self {
            id: Id(record.id),
            channel_id: Id(record.channel),
            author: (&view.author).into(),
            body: record.body.as_ref().map(|body| body.as_str().to_owned()),
            files: record.files.iter().map(Into::into).collect(),
            sent_at: Moment(record.sent_at),
            sent_by: disclosed.map(|(sender, _)| sender.into()),
            via: disclosed.and_then(|(_, via)| ViaJson::of(*via)),
        }
    }
}
