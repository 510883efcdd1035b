//! Channels and their members.

use impersonation_domain::{
    ids::{ChannelId, UserId},
    ports::ChannelCursor,
    service::ChannelView,
};
use poem_openapi::OpenApi;

use super::{Act, BASE, Create, Family, Read, ReadOne};
use crate::{
    reply::{Done, Items, Made, New, Paged, Plain, Refused, Reply},
    request::{Body, Caller, CursorText, IdempotencyKey, Limit, List, Path, Query},
    wire::{
        PersonJson,
        sending::{ChannelJson, CreateChannel},
    },
};

pub(super) struct Api;

fn made(view: &ChannelView) -> Made<ChannelJson> {
    Made {
        location: format!("{BASE}/channels/{}/members", view.channel.id()),
        version: None,
        body: view.into(),
    }
}

#[OpenApi(prefix_path = BASE, tag = "Family::Channels")]
impl Api {
    /// List channels
    ///
    /// By name: those that one is in, for administrators all.
    #[oai(path = "/channels", method = "get", operation_id = "list_channels")]
    async fn list(
        &self,
        caller: Caller,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<CursorText>,
        /// How many at most: 1 to 200, 50 if absent.
        limit: Query<Limit>,
        list: List,
    ) -> Result<Reply<Items<ChannelJson>, Paged>, Refused<Read>> {
        let page = list.page(&caller, cursor, limit);
        let after = page.after()?.map(|(name_key, id)| ChannelCursor { name_key, id });
        let channels =
            caller.service().channels().list(&caller.credential, after, page.limit()).await?;
        Ok(page.reply(channels, |view| (&view).into(), |next| (next.name_key, next.id)))
    }

    /// Make a channel
    ///
    /// Whoever makes it is its first member.
    #[oai(path = "/channels", method = "post", operation_id = "create_channel")]
    async fn create(
        &self,
        caller: Caller,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        body: Body<CreateChannel>,
    ) -> Result<Reply<ChannelJson, New>, Refused<Create>> {
        let render = |view: &ChannelView| made(view).write_down();
        let repeatable = key.repeatable("create_channel", body.digest, &render);
        let service = caller.service().channels();
        let answer = service.create(&caller.credential, &body.value.name, repeatable).await?;
        Ok(Reply::<_, New>::made(answer, |view| made(&view))?)
    }

    /// List the members of a channel
    #[oai(path = "/channels/:id/members", method = "get", operation_id = "list_channel_members")]
    async fn members(
        &self,
        caller: Caller,
        /// Which channel.
        id: Path<ChannelId>,
    ) -> Result<Reply<Items<PersonJson>, Plain>, Refused<ReadOne>> {
        let members = caller.service().channels().members(&caller.credential, id.0).await?;
        Ok(Items::all(members.iter().map(Into::into)).into())
    }

    /// Take a user into a channel
    ///
    /// One who is in it already stays.
    #[oai(
        path = "/channels/:id/members/:user_id",
        method = "put",
        operation_id = "add_channel_member"
    )]
    async fn add_member(
        &self,
        caller: Caller,
        /// Which channel.
        id: Path<ChannelId>,
        /// Which user.
        user_id: Path<UserId>,
    ) -> Result<Done, Refused<Act>> {
        caller.service().channels().add_member(&caller.credential, id.0, user_id.0).await?;
        Ok(Done)
    }

    /// Take a user out of a channel
    ///
    /// From then on nothing can be sent there by them or as them.
    #[oai(
        path = "/channels/:id/members/:user_id",
        method = "delete",
        operation_id = "remove_channel_member"
    )]
    async fn remove_member(
        &self,
        caller: Caller,
        /// Which channel.
        id: Path<ChannelId>,
        /// Which user.
        user_id: Path<UserId>,
    ) -> Result<Done, Refused<Act>> {
        caller.service().channels().remove_member(&caller.credential, id.0, user_id.0).await?;
        Ok(Done)
    }
}
