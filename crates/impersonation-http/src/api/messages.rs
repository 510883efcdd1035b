//! Messages and files.

use impersonation_domain::{
    ids::{ChannelId, FileId, MessageId, UserId},
    service::{Answer, MessageView, SendMessage, Upload, UseCaseError},
    time::Timestamp,
};
use poem_openapi::OpenApi;

use super::{BASE, Create, Family, ReadOne};
use crate::{
    download::Download,
    reply::{Items, Made, New, Paged, Refused, Reply},
    request::{Body, Caller, CursorText, FileForm, IdempotencyKey, Limit, List, Path, Query},
    wire::sending::{MessageJson, SendMessageRequest},
};

pub(super) struct Api;

fn made(view: &MessageView) -> Made<MessageJson> {
    let location = format!("{BASE}/channels/{}/messages", view.message.record().channel);
    Made { location, version: None, body: view.into() }
}

/// Sends, and counts the decision where there was one.
async fn send(
    caller: &Caller,
    channel: ChannelId,
    message: SendMessage,
    upload: Option<Upload>,
    (key, digest): (IdempotencyKey, [u8; 32]),
) -> Result<Reply<MessageJson, New>, Refused<Create>> {
    let render = |view: &MessageView| made(view).write_down();
    let repeatable = key.repeatable("send_message", digest, &render);
    let as_other: Option<UserId> = message.send_as;
    let answer = caller
        .service()
        .sending()
        .send(&caller.credential, channel, message, upload, repeatable)
        .await;
    if as_other.is_some() {
        match &answer {
            Ok(Answer::Fresh(_)) => caller.app.settings().metrics.decision("send", true),
            Err(UseCaseError::Denied(_)) => caller.app.settings().metrics.decision("send", false),
            Ok(Answer::Repeated(_)) | Err(_) => {}
        }
    }
    Ok(Reply::<_, New>::made(answer?, |view| made(&view))?)
}

#[OpenApi(prefix_path = BASE, tag = "Family::Channels")]
impl Api {
    /// List the messages of a channel
    ///
    /// The latest come first. `sent_by` and `via` are there only for those who may know.
    #[oai(path = "/channels/:id/messages", method = "get", operation_id = "list_messages")]
    async fn list(
        &self,
        caller: Caller,
        /// Which channel.
        id: Path<ChannelId>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<CursorText>,
        /// How many at most: 1 to 200, 50 if absent.
        limit: Query<Limit>,
        list: List,
    ) -> Result<Reply<Items<MessageJson>, Paged>, Refused<ReadOne>> {
        let page = list.page(&caller, cursor, limit);
        let after = page.after::<(Timestamp, MessageId)>()?;
        let service = caller.service().sending();
        let messages = service.messages(&caller.credential, id.0, after, page.limit()).await?;
        Ok(page.reply(messages, |view| (&view).into(), |next| next))
    }

    /// Send a message
    ///
    /// As oneself; with `send_as` as another user, through Send Access; inside a login session as
    /// the user whose account is used.
    #[oai(path = "/channels/:id/messages", method = "post", operation_id = "send_message")]
    async fn send(
        &self,
        caller: Caller,
        /// Which channel.
        id: Path<ChannelId>,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        body: Body<SendMessageRequest>,
    ) -> Result<Reply<MessageJson, New>, Refused<Create>> {
        send(&caller, id.0, body.value.into(), None, (key, body.digest)).await
    }

    /// Send a file
    ///
    /// At most 25 MiB, with or without a text.
    #[oai(path = "/channels/:id/files", method = "post", operation_id = "send_file")]
    async fn send_file(
        &self,
        caller: Caller,
        /// Which channel.
        id: Path<ChannelId>,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        form: FileForm,
    ) -> Result<Reply<MessageJson, New>, Refused<Create>> {
        send(&caller, id.0, form.message, Some(form.upload), (key, form.digest)).await
    }

    /// Fetch a file
    #[oai(path = "/files/:id", method = "get", operation_id = "get_file")]
    async fn file(
        &self,
        caller: Caller,
        /// Which file.
        id: Path<FileId>,
    ) -> Result<Download, Refused<ReadOne>> {
        let file = caller.service().sending().file(&caller.credential, id.0).await?;
        Ok(Download::new(file))
    }
}
