//! Users.

use impersonation_domain::{
    ids::{RoleId, UserId},
    ports::{UserCursor, UserQuery},
    service::UserView,
    user::UserStatus,
};
use poem_openapi::OpenApi;

use super::{BASE, Create, Delete, Edit, Family, Read, ReadOne};
use crate::{
    problem::Problem,
    reply::{Done, Items, Made, NewVersioned, Paged, Refused, Reply, Versioned},
    request::{Body, Caller, CursorText, IdempotencyKey, IfMatch, Limit, List, Path, Query},
    value::{Id, SearchText, Word},
    wire::people::{CreateUserRequest, EditUserRequest, SetPassword, UserJson},
};

pub(super) struct Api;

fn made(view: &UserView) -> Made<UserJson> {
    let location = format!("{BASE}/users/{}", view.user.id());
    Made { location, version: Some(view.user.version()), body: view.into() }
}

#[OpenApi(prefix_path = BASE, tag = "Family::Users")]
impl Api {
    /// List users
    ///
    /// By address. Removed ones are left out.
    #[oai(path = "/users", method = "get", operation_id = "list_users")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn list(
        &self,
        caller: Caller,
        /// Only those whose name or address contains this.
        search: Query<SearchText>,
        /// Only those with this status.
        status: Query<Word<UserStatus>>,
        /// Only those with this role.
        role: Query<Id<RoleId>>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<CursorText>,
        /// How many at most: 1 to 200, 50 if absent.
        limit: Query<Limit>,
        list: List,
    ) -> Result<Reply<Items<UserJson>, Paged>, Refused<Read>> {
        let page = list.page(&caller, cursor, limit);
        let query = UserQuery {
            search: search.0.map(|text| text.0),
            status: status.0.map(|word| word.0),
            role: role.0.map(|id| id.0),
            after: page.after()?.map(|(email_key, id)| UserCursor { email_key, id }),
            limit: page.limit(),
        };
        let users = caller.service().people().list(&caller.credential, query).await?;
        Ok(page.reply(users, |view| (&view).into(), |next| (next.email_key, next.id)))
    }

    /// Make a user
    #[oai(path = "/users", method = "post", operation_id = "create_user")]
    async fn create(
        &self,
        caller: Caller,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        body: Body<CreateUserRequest>,
    ) -> Result<Reply<UserJson, NewVersioned>, Refused<Create>> {
        let render = |view: &UserView| made(view).write_down();
        let repeatable = key.repeatable("create_user", body.digest, &render);
        let service = caller.service().people();
        let answer = service.create(&caller.credential, body.value.into(), repeatable).await?;
        Ok(Reply::<_, NewVersioned>::made(answer, |view| made(&view))?)
    }

    /// Read a user
    #[oai(path = "/users/:id", method = "get", operation_id = "get_user")]
    async fn get(
        &self,
        caller: Caller,
        /// Which user.
        id: Path<UserId>,
    ) -> Result<Reply<UserJson, Versioned>, Refused<ReadOne>> {
        let view = caller.service().people().get(&caller.credential, id.0).await?;
        Ok(Reply::versioned(&(&view).into(), view.user.version()))
    }

    /// Change a user
    ///
    /// Everything that the change no longer justifies ends with it.
    #[oai(path = "/users/:id", method = "patch", operation_id = "edit_user")]
    async fn edit(
        &self,
        caller: Caller,
        /// Which user.
        id: Path<UserId>,
        /// The version that was seen: its `ETag`.
        #[oai(name = "If-Match")]
        seen: IfMatch,
        body: Body<EditUserRequest>,
    ) -> Result<Reply<UserJson, Versioned>, Refused<Edit>> {
        let service = caller.service().people();
        let current = async { Ok(service.get(&caller.credential, id.0).await?.user.version()) };
        let seen = seen.version::<Refused<Edit>>(current).await?;
        let view = service.edit(&caller.credential, id.0, seen, body.value.into()).await?;
        Ok(Reply::versioned(&(&view).into(), view.user.version()))
    }

    /// Remove a user
    ///
    /// For good, with their memberships, grants and sessions. Their messages and the audit log stay.
    #[oai(path = "/users/:id", method = "delete", operation_id = "remove_user")]
    async fn remove(
        &self,
        caller: Caller,
        /// Which user.
        id: Path<UserId>,
        /// The version that was seen: its `ETag`.
        #[oai(name = "If-Match")]
        seen: IfMatch,
    ) -> Result<Done, Refused<Delete>> {
        let service = caller.service().people();
        let current = async { Ok(service.get(&caller.credential, id.0).await?.user.version()) };
        let seen = seen.version::<Refused<Delete>>(current).await?;
        service.remove(&caller.credential, id.0, seen).await?;
        Ok(Done)
    }

    /// Set a user's password
    ///
    /// All their sessions end, and their API tokens are revoked.
    #[oai(path = "/users/:id/password", method = "put", operation_id = "set_user_password")]
    async fn set_password(
        &self,
        caller: Caller,
        /// Which user.
        id: Path<UserId>,
        body: Body<SetPassword>,
    ) -> Result<Done, Refused<Create>> {
        let service = caller.service().people();
        let set = service.set_password(&caller.credential, id.0, body.value.new_password).await;
        set.map_err(|error| Problem::from(error).moved(&[("/password", "/new_password")]))?;
        Ok(Done)
    }
}
