//! Many grants at once.

use impersonation_domain::{ids::GrantId, service::CreateGrant, version::Version};
use poem_openapi::OpenApi;

use super::{BASE, Bulk, Create, Family};
use crate::{
    csv,
    problem::Problem,
    reply::{Items, Plain, Refused, Reply},
    request::{Body, Caller},
    value::Id,
    wire::grants::{
        BulkDelete, BulkDeletedJson, BulkPreviewJson, GrantJson, PreviewBulkDelete, SeenGrant,
    },
};

pub(super) struct Api;

/// The grants and versions that the client names.
fn items(grants: &[SeenGrant]) -> Result<Vec<(GrantId, Version)>, Problem> {
    let item = |(index, seen): (usize, &SeenGrant)| {
        let version = Version::try_from(seen.version);
        let version = version.map_err(|error| {
            Problem::invalid_field(format!("/grants/{index}/version"), error.to_string())
        })?;
        Ok((seen.id.0, version))
    };
    grants.iter().enumerate().map(item).collect()
}

#[OpenApi(prefix_path = BASE, tag = "Family::Grants")]
impl Api {
    /// Preview a bulk delete
    ///
    /// Shows what deleting these grants would do, and gives the confirmation for it. Nothing is
    /// changed.
    #[oai(
        path = "/grants/bulk-delete/preview",
        method = "post",
        operation_id = "preview_bulk_delete"
    )]
    async fn preview(
        &self,
        caller: Caller,
        body: Body<PreviewBulkDelete>,
    ) -> Result<Reply<BulkPreviewJson, Plain>, Refused<Bulk>> {
        let items = items(&body.value.grants)?;
        let service = caller.service().grants();
        let preview = service.preview_bulk_delete(&caller.credential, &items).await;
        let preview = preview.map_err(|error| Problem::with_items_in("/grants", error))?;
        Ok(BulkPreviewJson::from(preview).into())
    }

    /// Delete many grants
    ///
    /// All of them or none, with the confirmation of a preview of exactly this set. The answer has
    /// them as a file that can be imported again.
    #[oai(path = "/grants/bulk-delete", method = "post", operation_id = "bulk_delete_grants")]
    async fn delete(
        &self,
        caller: Caller,
        body: Body<BulkDelete>,
    ) -> Result<Reply<BulkDeletedJson, Plain>, Refused<Bulk>> {
        let BulkDelete { grants, confirmation } = body.value;
        let items = items(&grants)?;
        let service = caller.service().grants();
        let deleted = service.bulk_delete(&caller.credential, &items, &confirmation).await;
        let deleted = deleted.map_err(|error| Problem::with_items_in("/grants", error))?;
        let json = BulkDeletedJson {
            batch_id: Id(deleted.batch),
            csv: csv::write(&deleted.grants)?,
            deleted: deleted.grants.iter().map(Into::into).collect(),
            sessions_ended: deleted.sessions_ended,
        };
        Ok(json.into())
    }

    /// Import grants
    ///
    /// All of them or none. The file has the columns `grantor_email`, `grantee_email`, `login`,
    /// `send`, `reason`, `starts_at` and `expires_at`, in any order; only the first four must be
    /// there. `login` and `send` are `true` or `false`. At most 10,000 rows and 4 MiB.
    #[oai(path = "/grants/import", method = "post", operation_id = "import_grants")]
    async fn import(
        &self,
        caller: Caller,
        rows: csv::Rows,
    ) -> Result<Reply<Items<GrantJson>, Plain>, Refused<Create>> {
        let requests: Vec<CreateGrant> = rows.0;
        let grants = caller.service().grants().import(&caller.credential, requests).await?;
        Ok(Items::all(grants.iter().map(Into::into)).into())
    }
}
