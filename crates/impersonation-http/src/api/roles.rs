//! Roles.

use impersonation_domain::{ids::RoleId, service::RoleView};
use poem_openapi::OpenApi;

use super::{BASE, Create, Delete, Edit, Family, Read, ReadOne};
use crate::{
    reply::{Done, Items, Made, NewVersioned, Plain, Refused, Reply, Versioned},
    request::{Body, Caller, IdempotencyKey, IfMatch, Path},
    wire::people::{CreateRole, EditRole, RoleJson, permissions},
};

pub(super) struct Api;

fn made(view: &RoleView) -> Made<RoleJson> {
    let location = format!("{BASE}/roles/{}", view.role.id());
    Made { location, version: Some(view.role.version()), body: view.into() }
}

#[OpenApi(prefix_path = BASE, tag = "Family::Roles")]
impl Api {
    /// List roles
    ///
    /// The built-in ones come first.
    #[oai(path = "/roles", method = "get", operation_id = "list_roles")]
    async fn list(&self, caller: Caller) -> Result<Reply<Items<RoleJson>, Plain>, Refused<Read>> {
        let roles = caller.service().roles().list(&caller.credential).await?;
        Ok(Items::all(roles.iter().map(Into::into)).into())
    }

    /// Make a role
    ///
    /// Custom roles take the Enterprise plan.
    #[oai(path = "/roles", method = "post", operation_id = "create_role")]
    async fn create(
        &self,
        caller: Caller,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        body: Body<CreateRole>,
    ) -> Result<Reply<RoleJson, NewVersioned>, Refused<Create>> {
        let render = |view: &RoleView| made(view).write_down();
        let repeatable = key.repeatable("create_role", body.digest, &render);
        let CreateRole { name, permissions: words } = body.value;
        let service = caller.service().roles();
        let answer =
            service.create(&caller.credential, &name, permissions(words), repeatable).await?;
        Ok(Reply::<_, NewVersioned>::made(answer, |view| made(&view))?)
    }

    /// Read a role
    #[oai(path = "/roles/:id", method = "get", operation_id = "get_role")]
    async fn get(
        &self,
        caller: Caller,
        /// Which role.
        id: Path<RoleId>,
    ) -> Result<Reply<RoleJson, Versioned>, Refused<ReadOne>> {
        let view = caller.service().roles().get(&caller.credential, id.0).await?;
        Ok(Reply::versioned(&(&view).into(), view.role.version()))
    }

    /// Change a role
    ///
    /// Its name, or what is switched on for its holders. It counts from the next request on.
    #[oai(path = "/roles/:id", method = "patch", operation_id = "edit_role")]
    async fn edit(
        &self,
        caller: Caller,
        /// Which role.
        id: Path<RoleId>,
        /// The version that was seen: its `ETag`.
        #[oai(name = "If-Match")]
        seen: IfMatch,
        body: Body<EditRole>,
    ) -> Result<Reply<RoleJson, Versioned>, Refused<Edit>> {
        let service = caller.service().roles();
        let current = async { Ok(service.get(&caller.credential, id.0).await?.role.version()) };
        let seen = seen.version::<Refused<Edit>>(current).await?;
        let EditRole { name, permissions: words } = body.value;
        let view =
            service.edit(&caller.credential, id.0, seen, name, words.map(permissions)).await?;
        Ok(Reply::versioned(&(&view).into(), view.role.version()))
    }

    /// Delete a role
    ///
    /// A custom one that nobody holds.
    #[oai(path = "/roles/:id", method = "delete", operation_id = "delete_role")]
    async fn delete(
        &self,
        caller: Caller,
        /// Which role.
        id: Path<RoleId>,
        /// The version that was seen: its `ETag`.
        #[oai(name = "If-Match")]
        seen: IfMatch,
    ) -> Result<Done, Refused<Delete>> {
        let service = caller.service().roles();
        let current = async { Ok(service.get(&caller.credential, id.0).await?.role.version()) };
        let seen = seen.version::<Refused<Delete>>(current).await?;
        service.delete(&caller.credential, id.0, seen).await?;
        Ok(Done)
    }
}
