//! Settings: login sessions, the audit log, roles, people, channels, the organization.

mod audit;
mod channels;
mod organization;
mod people;
mod roles;
mod sessions;

use poem::{get, post};

use super::Pages;

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    let pages = pages
        .page(sessions::HERE, get(sessions::show))
        .page(audit::LIST, get(audit::show))
        .page("/settings/audit-log/export.csv", get(audit::export::csv_file))
        .page("/settings/audit-log/export.ndjson", get(audit::export::ndjson_file))
        .page("/settings/audit-log/sessions/:id", get(audit::session::show))
        .page(organization::HERE, get(organization::show).post(organization::submit));
    let pages = pages
        .page(roles::LIST, get(roles::show))
        .page("/settings/roles/new", get(roles::new_form).post(roles::new))
        .page("/settings/roles/:id", post(roles::switch))
        .page("/settings/roles/:id/rename", get(roles::rename_form).post(roles::rename))
        .page("/settings/roles/:id/delete", get(roles::delete_form).post(roles::delete));
    let pages = pages
        .page(people::LIST, get(people::show))
        .page("/settings/people/new", get(people::new::show).post(people::new::submit))
        .page("/settings/people/:id/edit", get(people::edit::show).post(people::edit::submit))
        .page(
            "/settings/people/:id/password",
            get(people::password::show).post(people::password::submit),
        )
        .page(
            "/settings/people/:id/remove",
            get(people::remove::show).post(people::remove::submit),
        );
    pages
        .page(channels::LIST, get(channels::show))
        .page("/settings/channels/new", get(channels::new_form).post(channels::new))
        .page("/settings/channels/:id", get(channels::show_members).post(channels::add))
        .page("/settings/channels/:id/members/:user/remove", post(channels::remove))
}
