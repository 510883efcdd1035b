//! Grants, one by one.

use impersonation_domain::{
    access::AccessType,
    grant::GrantState,
    ids::{GrantId, UserId},
    ports::{GrantCursor, SortKey},
    service::{CreatedGrant, GrantListRequest},
};
use poem_openapi::OpenApi;

use super::{BASE, Create, Delete, Edit, Family, Read, ReadOne};
use crate::{
    reply::{Done, Items, Made, NewVersioned, Paged, Refused, Reply, Versioned},
    request::{Body, Caller, CursorText, IdempotencyKey, IfMatch, Limit, List, Path, Query},
    value::{Id, SearchText, Sort, Word},
    wire::grants::{
        CreateGrantRequest, CreatedGrantJson, EditGrantRequest, EditedGrantJson, GrantJson,
    },
};

pub(super) struct Api;

/// Where a grant is.
pub(super) fn location(id: GrantId) -> String {
    format!("{BASE}/grants/{id}")
}

fn made(created: &CreatedGrant) -> Made<CreatedGrantJson> {
    let grant = &created.view.grant;
    Made { location: location(grant.id()), version: Some(grant.version()), body: created.into() }
}

#[OpenApi(prefix_path = BASE, tag = "Family::Grants")]
impl Api {
    /// List grants
    #[oai(path = "/grants", method = "get", operation_id = "list_grants")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn list(
        &self,
        caller: Caller,
        /// Only those of which a name, an address or the reason contains this.
        search: Query<SearchText>,
        /// Only those that give this.
        access: Query<Word<AccessType>>,
        /// Only those that stand like this now.
        state: Query<Word<GrantState>>,
        /// Only those of this user granting access.
        grantor: Query<Id<UserId>>,
        /// Only those of this user receiving access.
        grantee: Query<Id<UserId>>,
        /// Only those that have not been used for this many days.
        unused_for_days: Query<u32>,
        /// The order: one of `created_at`, `grantee_name`, `grantee_email`, `grantor_name`,
        /// `grantor_email`, `login`, `send`, `expires_at`, `last_used_at`, with `-` in front for
        /// descending. The newest come first if it is absent.
        sort: Query<Sort>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<CursorText>,
        /// How many at most: 1 to 200, 50 if absent.
        limit: Query<Limit>,
        list: List,
    ) -> Result<Reply<Items<GrantJson>, Paged>, Refused<Read>> {
        let page = list.page(&caller, cursor, limit);
        let request = GrantListRequest {
            search: search.0.map(|text| text.0),
            access: access.0.map(|word| word.0),
            state: state.0.map(|word| word.0),
            unused_for_days: unused_for_days.0,
            grantor: grantor.0.map(|id| id.0),
            grantee: grantee.0.map(|id| id.0),
            sort: sort.0.map(|sort| sort.0).unwrap_or_default(),
            after: page.after::<(SortKey, GrantId)>()?.map(|(key, id)| GrantCursor { key, id }),
            limit: page.limit(),
        };
        let grants = caller.service().grants().list(&caller.credential, request).await?;
        Ok(page.reply(grants, |view| (&view).into(), |next| (next.key, next.id)))
    }

    /// Make a grant
    ///
    /// Both people are named by email. The answer carries warnings, none of which forbids the grant.
    #[oai(path = "/grants", method = "post", operation_id = "create_grant")]
    async fn create(
        &self,
        caller: Caller,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        body: Body<CreateGrantRequest>,
    ) -> Result<Reply<CreatedGrantJson, NewVersioned>, Refused<Create>> {
        let render = |created: &CreatedGrant| made(created).write_down();
        let repeatable = key.repeatable("create_grant", body.digest, &render);
        let service = caller.service().grants();
        let answer = service.create(&caller.credential, body.value.into(), repeatable).await?;
        Ok(Reply::<_, NewVersioned>::made(answer, |created| made(&created))?)
    }

    /// Read a grant
    #[oai(path = "/grants/:id", method = "get", operation_id = "get_grant")]
    async fn get(
        &self,
        caller: Caller,
        /// Which grant.
        id: Path<GrantId>,
    ) -> Result<Reply<GrantJson, Versioned>, Refused<ReadOne>> {
        let view = caller.service().grants().get(&caller.credential, id.0).await?;
        Ok(Reply::versioned(&(&view).into(), view.grant.version()))
    }

    /// Change a grant
    ///
    /// Login sessions that it no longer justifies end at once.
    #[oai(path = "/grants/:id", method = "patch", operation_id = "edit_grant")]
    async fn edit(
        &self,
        caller: Caller,
        /// Which grant.
        id: Path<GrantId>,
        /// The version that was seen: its `ETag`.
        #[oai(name = "If-Match")]
        seen: IfMatch,
        body: Body<EditGrantRequest>,
    ) -> Result<Reply<EditedGrantJson, Versioned>, Refused<Edit>> {
        let service = caller.service().grants();
        let current = async { Ok(service.get(&caller.credential, id.0).await?.grant.version()) };
        let seen = seen.version::<Refused<Edit>>(current).await?;
        let edited = service.edit(&caller.credential, id.0, seen, body.value.into()).await?;
        Ok(Reply::versioned(&(&edited).into(), edited.view.grant.version()))
    }

    /// Delete a grant
    ///
    /// Its live login sessions end at once.
    #[oai(path = "/grants/:id", method = "delete", operation_id = "delete_grant")]
    async fn delete(
        &self,
        caller: Caller,
        /// Which grant.
        id: Path<GrantId>,
        /// The version that was seen: its `ETag`.
        #[oai(name = "If-Match")]
        seen: IfMatch,
    ) -> Result<Done, Refused<Delete>> {
        let service = caller.service().grants();
        let current = async { Ok(service.get(&caller.credential, id.0).await?.grant.version()) };
        let seen = seen.version::<Refused<Delete>>(current).await?;
        service.delete(&caller.credential, id.0, seen).await?;
        Ok(Done)
    }
}
