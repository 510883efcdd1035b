//! Messages and files, and on whose behalf they were sent.

mod file;

pub use file::{FileError, FileName, MAX_FILE_SIZE, MediaType, StoredFile};

use crate::{
    access::AccessType,
    audit::{Action, Recorded, Snapshot, Stamp},
    channel::Channel,
    ids::{ChannelId, LoginSessionId, MessageId, OrganizationId, UserId, generate_id},
    policy::{ActAs, GrantRef, Permit, SendAs},
    text::MessageBody,
    time::Timestamp,
    user::User,
};

/// How a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// By the author, from their own account.
    OwnAccount,
    /// By another user, through Send Access.
    SendAs {
        /// The grant that allowed it.
        grant: GrantRef,
    },
    /// By another user, logged in as the author.
    LoginSession {
        /// The session.
        session: LoginSessionId,
        /// The session's grant.
        grant: GrantRef,
    },
}

/// A message as it is stored. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// Its identifier.
    pub id: MessageId,
    /// The organization.
    pub organization: OrganizationId,
    /// The channel.
    pub channel: ChannelId,
    /// As whom it stands in the channel.
    pub author: UserId,
    /// Who really sent it.
    pub sent_by: UserId,
    /// How.
    pub via: Via,
    /// The text; a message of files alone has none.
    pub body: Option<MessageBody>,
    /// The files.
    pub files: Vec<StoredFile>,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// A message in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(MessageRecord);

/// What is to be sent: a text, files, or both.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The text.
    pub body: Option<MessageBody>,
    /// The files, already in the file store.
    pub files: Vec<StoredFile>,
}

impl Message {
    /// A user's own message. That they are a member of the channel is for the caller to make sure of.
    pub fn own(
        author: &User,
        channel: &Channel,
        content: Content,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        Self::make(channel, author.id(), author.id(), Via::OwnAccount, content, stamp)
    }

    /// A message sent as the permit's subject by its actor (design rule 3.5).
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used up by what it allows")]
    pub fn send_as(
        permit: Permit<SendAs>,
        channel: &Channel,
        content: Content,
        stamp: &Stamp<'_>,
    ) -> Option<Recorded<Self>> {
        let via = Via::SendAs { grant: permit.grant() };
        (permit.act().channel == channel.id())
            .then(|| Self::make(channel, permit.subject(), permit.actor(), via, content, stamp))
    }

    /// A message of the permit's subject, sent inside a login session. That the subject is a member
    /// of the channel is for the caller to make sure of.
    pub fn in_login_session(
        permit: &Permit<ActAs>,
        session: LoginSessionId,
        channel: &Channel,
        content: Content,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let via = Via::LoginSession { session, grant: permit.grant() };
        Self::make(channel, permit.subject(), permit.actor(), via, content, stamp)
    }

    fn make(
        channel: &Channel,
        author: UserId,
        sent_by: UserId,
        via: Via,
        content: Content,
        stamp: &Stamp<'_>,
    ) -> Recorded<Self> {
        let message = Self(MessageRecord {
            id: generate_id(stamp),
            organization: channel.organization_id(),
            channel: channel.id(),
            author,
            sent_by,
            via,
            body: content.body,
            files: content.files,
            sent_at: stamp.at(),
        });
        let mut event = stamp.event_on(Action::MessageSend, author);
        event.channel = Some(channel.id());
        (event.access, event.grant) = match via {
            Via::OwnAccount => (None, None),
            Via::SendAs { grant } => (Some(AccessType::Send), Some(grant)),
            Via::LoginSession { grant, .. } => (Some(AccessType::Login), Some(grant)),
        };
        let files = message.0.files.iter().map(|file| file.id.to_string()).collect::<Vec<_>>();
        let after = Snapshot::new().with("message_id", message.0.id.to_string());
        event.after = Some(if files.is_empty() { after } else { after.with("file_ids", files) });
        Recorded::new(message, event)
    }

    /// The message as a store read it.
    #[must_use]
    pub fn from_record(record: MessageRecord) -> Self {
        Self(record)
    }

    /// Everything that is stored of it.
    #[must_use]
    pub fn record(&self) -> &MessageRecord {
        &self.0
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> MessageId {
        self.0.id
    }

    /// Whether the viewer may know who really sent it, and how: the author, the sender, and those
    /// who may read the audit log (design rule 3.6).
    #[must_use]
    pub fn discloses_sender_to(&self, viewer: UserId, may_read_audit_log: bool) -> bool {
        viewer == self.0.author || viewer == self.0.sent_by || may_read_audit_log
    }
}
