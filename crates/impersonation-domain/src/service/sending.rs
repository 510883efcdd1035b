//! Messages and files: as oneself, as another user through a grant, inside a login session.

use super::{
    Answer, Capability, Credential, InvalidInput, Repeatable, Resource, UseCaseError, error::text,
    family, operation::Operation,
};
use crate::{
    access::AccessType,
    audit::{Recorded, Snapshot},
    channel::Channel,
    ids::{ChannelId, FileId, MessageId, UserId},
    message::{Content, FileName, MediaType, Message, StoredFile, Via},
    policy::{self, Permit, Request, SendAs},
    ports::{ByteStream, FactsQuery, Page, PageLimit, generate},
    role::Permission,
    text::MessageBody,
    time::Timestamp,
    user::User,
};

family! {
    /// Messages and files.
    SendingService
}

/// What is to be sent.
#[derive(Debug, Clone, Default)]
pub struct SendMessage {
    /// The text. It may only be absent where a file is sent.
    pub body: Option<String>,
    /// As whom to send, through Send Access; as oneself if absent.
    pub send_as: Option<UserId>,
}

/// A file that is on its way in.
pub struct Upload {
    /// What it is called.
    pub name: String,
    /// What it says that it is.
    pub media_type: String,
    /// Its content.
    pub content: ByteStream,
}

/// A message as this viewer may see it.
#[derive(Debug, Clone)]
pub struct MessageView {
    /// The message.
    pub message: Message,
    /// As whom it stands in the channel.
    pub author: User,
    /// Who really sent it, and how: only where it was not the author from their own account, and
    /// only for those who may know (design rule 3.6).
    pub disclosed: Option<(User, Via)>,
}

/// A file on its way out.
pub struct FileDownload {
    /// What it is.
    pub file: StoredFile,
    /// Its content.
    pub content: ByteStream,
}

impl SendingService {
    /// The messages of a channel that one is in, the latest first.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for a channel that one is not in.
    pub async fn messages(
        &self,
        credential: &Credential,
        channel: ChannelId,
        after: Option<(Timestamp, MessageId)>,
        limit: PageLimit,
    ) -> Result<Page<MessageView, (Timestamp, MessageId)>, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ReadMessages).await?;
        let result = async {
            own_channel(&mut op, channel).await?;
            let page = op.uow.messages().in_channel(channel, after, limit).await?;
            let mut items = Vec::with_capacity(page.items.len());
            for message in page.items {
                items.push(view(&mut op, message).await?);
            }
            op.record_read(&format!("messages/{channel}"), Some(channel), None).await?;
            Ok(Page { items, next: page.next })
        }
        .await;
        op.finish(result).await
    }

    /// Sends a message, a file, or both.
    ///
    /// The content of a file is stored before the transaction that sends it, and deleted again where
    /// that fails; whether it may be sent is decided before and in that transaction.
    ///
    /// # Errors
    /// [`UseCaseError::Denied`] where the decision is no, and others.
    pub async fn send(
        &self,
        credential: &Credential,
        channel: ChannelId,
        message: SendMessage,
        upload: Option<Upload>,
        repeatable: Option<Repeatable<'_, MessageView>>,
    ) -> Result<Answer<MessageView>, UseCaseError> {
        let SendMessage { body, send_as } = message;
        let repeatable = repeatable.as_ref();
        let Some(upload) = upload else {
            let parts = (body, None);
            return self.commit_send(credential, channel, send_as, parts, repeatable).await;
        };
        let mut op = Operation::begin(&self.ports, credential, Capability::Send).await?;
        let organization = op.ctx.organization_id();
        let result = async {
            if let Some(body) = op.repeated(repeatable).await? {
                return Ok(Err(body));
            }
            sender(&mut op, channel, send_as).await?;
            check_body(body.as_deref(), true)?;
            Ok(Ok((FileName::new(&upload.name)?, MediaType::new(&upload.media_type)?)))
        }
        .await;
        let (name, media_type) = match op.finish(result).await? {
            Ok(checked) => checked,
            Err(body) => return Ok(Answer::Repeated(body)),
        };
        let id: FileId = generate(&*self.ports.ids);
        let stored = self.ports.files.put(organization, id, &media_type, upload.content).await;
        let stored = stored.map_err(UseCaseError::from_file_store)?;
        let file = StoredFile { id, name, size: stored.size, media_type, sha256: stored.sha256 };
        let parts = (body, Some(file));
        let answer = self.commit_send(credential, channel, send_as, parts, repeatable).await;
        if !matches!(answer, Ok(Answer::Fresh(_)) | Err(UseCaseError::Unavailable(_))) {
            // Nothing refers to the content: it was not sent. (Where the outcome is unknown it stays.)
            self.ports
                .files
                .delete(organization, id)
                .await
                .map_err(UseCaseError::from_file_store)?;
        }
        answer
    }

    async fn commit_send(
        &self,
        credential: &Credential,
        channel: ChannelId,
        send_as: Option<UserId>,
        (body, file): (Option<String>, Option<StoredFile>),
        repeatable: Option<&Repeatable<'_, MessageView>>,
    ) -> Result<Answer<MessageView>, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::Send).await?;
        let result = async {
            if let Some(body) = op.repeated(repeatable).await? {
                return Ok(Answer::Repeated(body));
            }
            let sender = sender(&mut op, channel, send_as).await?;
            let body = check_body(body.as_deref(), file.is_some())?;
            let content = Content { body, files: file.into_iter().collect() };
            let recorded = sender.message(&op, content)?;
            let message = op.uow.messages().save(recorded).await?;
            if let Via::SendAs { grant } = message.record().via {
                op.uow.grants().mark_used(grant.id, op.ctx.now).await?;
            }
            let sent = view(&mut op, message).await?;
            op.remember(repeatable, &sent).await?;
            Ok(Answer::Fresh(sent))
        }
        .await;
        op.finish(result).await
    }

    /// A file of a channel that one is in.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for a file of a channel that one is not in.
    pub async fn file(
        &self,
        credential: &Credential,
        id: FileId,
    ) -> Result<FileDownload, UseCaseError> {
        let mut op = Operation::begin_read(&self.ports, credential, Capability::ReadFile).await?;
        let organization = op.ctx.organization_id();
        let result = find_file(&mut op, id).await;
        let file = op.finish(result).await?;
        let content =
            self.ports.files.get(organization, id).await.map_err(UseCaseError::from_file_store)?;
        Ok(FileDownload { file, content })
    }
}

/// The text of a message: it may be absent, or empty, only beside a file.
fn check_body(body: Option<&str>, has_file: bool) -> Result<Option<MessageBody>, UseCaseError> {
    match body {
        Some(body) if !has_file || !body.trim().is_empty() => {
            text("body", || MessageBody::new(body)).map(Some)
        }
        None if !has_file => {
            let message = "the message is empty; send a `body`";
            Err(InvalidInput::form("body", "invalid_text", &message))
        }
        Some(_) | None => Ok(None),
    }
}

async fn find_file(op: &mut Operation, id: FileId) -> Result<StoredFile, UseCaseError> {
    let not_found = || UseCaseError::NotFound(Resource::File);
    let message = op.uow.messages().with_file(id).await?.ok_or_else(not_found)?;
    let channel = message.record().channel;
    op.about.channel = Some(channel);
    if !op.uow.directory().is_member(channel, op.ctx.caller.subject.id()).await? {
        return Err(UseCaseError::Hidden(Resource::File));
    }
    let file =
        message.record().files.iter().find(|file| file.id == id).cloned().ok_or_else(not_found)?;
    let what = Snapshot::new().with("file_id", id.to_string()).with("name", file.name.as_str());
    op.record_read(&format!("file/{id}"), Some(channel), Some(what)).await?;
    Ok(file)
}

/// As whom a message is sent, and by what right.
enum Sender {
    OwnAccount(Channel),
    LoginSession(Channel),
    As(Permit<SendAs>, Channel),
}

impl Sender {
    fn message(self, op: &Operation, content: Content) -> Result<Recorded<Message>, UseCaseError> {
        let stamp = op.ctx.stamp();
        let channel_gone = UseCaseError::NotFound(Resource::Channel);
        match (self, op.ctx.caller.login.as_ref()) {
            (Self::OwnAccount(channel), None) => {
                Ok(Message::own(&op.ctx.caller.actor, &channel, content, &stamp))
            }
            (Self::LoginSession(channel), Some(login)) => Ok(Message::in_login_session(
                &login.permit,
                login.session.id(),
                &channel,
                content,
                &stamp,
            )),
            (Self::As(permit, channel), None) => {
                Message::send_as(permit, &channel, content, &stamp).ok_or(channel_gone)
            }
            // Not reachable: `sender` has chosen by where the caller stands. Closed all the same.
            _ => Err(UseCaseError::Unauthenticated),
        }
    }
}

/// Decides as whom the caller sends.
async fn sender(
    op: &mut Operation,
    channel: ChannelId,
    send_as: Option<UserId>,
) -> Result<Sender, UseCaseError> {
    op.about.channel = Some(channel);
    let Some(subject) = send_as else {
        let channel = own_channel(op, channel).await?;
        let in_session = op.ctx.caller.login.is_some();
        return Ok(if in_session {
            Sender::LoginSession(channel)
        } else {
            Sender::OwnAccount(channel)
        });
    };
    op.about.access = Some(AccessType::Send);
    op.about.subject = Some(subject);
    let actor = op.ctx.caller.actor.id();
    let facts = op.uow.facts(&FactsQuery { actor, subject, channel: Some(channel) }).await?;
    let request = Request { actor, subject, standing: op.ctx.standing(), act: SendAs { channel } };
    let permit = policy::evaluate(&facts, &request, op.ctx.now).into_result()?;
    let channel = op
        .uow
        .directory()
        .channel(channel)
        .await?
        .ok_or(UseCaseError::NotFound(Resource::Channel))?;
    Ok(Sender::As(permit, channel))
}

/// The channel, if the account that is used is a member of it now.
async fn own_channel(op: &mut Operation, id: ChannelId) -> Result<Channel, UseCaseError> {
    op.about.channel = Some(id);
    let subject = op.ctx.caller.subject.id();
    let channel = op.uow.directory().channel(id).await?;
    match channel {
        Some(channel) if op.uow.directory().is_member(id, subject).await? => Ok(channel),
        Some(_) => Err(UseCaseError::Hidden(Resource::Channel)),
        None => Err(UseCaseError::NotFound(Resource::Channel)),
    }
}

/// The message as the caller may see it.
async fn view(op: &mut Operation, message: Message) -> Result<MessageView, UseCaseError> {
    let missing = || UseCaseError::NotFound(Resource::User);
    let record = message.record();
    let author = op.uow.directory().user(record.author).await?.ok_or_else(missing)?;
    let may_read_audit_log = op.ctx.has(Permission::ReadAuditLog);
    let is_delegated = record.via != Via::OwnAccount;
    let disclosed = if is_delegated
        && message.discloses_sender_to(op.ctx.caller.subject.id(), may_read_audit_log)
    {
        let sender = op.uow.directory().user(record.sent_by).await?.ok_or_else(missing)?;
        Some((sender, record.via))
    } else {
        None
    };
    Ok(MessageView { message, author, disclosed })
}
