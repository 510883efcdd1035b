//! Settings: login sessions, the audit log, roles, people, channels, the organization.

mod audit;
mod sessions;

use poem::get;

use super::Pages;

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    pages
        .page(sessions::HERE, get(sessions::show))
        .page(audit::LIST, get(audit::show))
        .page("/settings/audit-log/export.csv", get(audit::export::csv_file))
        .page("/settings/audit-log/export.ndjson", get(audit::export::ndjson_file))
        .page("/settings/audit-log/sessions/:id", get(audit::session::show))
}
