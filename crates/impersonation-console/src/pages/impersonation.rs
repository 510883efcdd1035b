//! Settings, User Impersonation: who may act on whose account.

mod bulk;
mod delete;
mod edit;
mod fields;
mod list;
mod new;
mod preview;
mod suggest;

use impersonation_domain::{
    ids::GrantId,
    login_session::LoginSession,
    ports::PageLimit,
    service::{LoginSessionView, UseCaseError},
};
use poem::{get, post};

use super::Pages;
use crate::{form::Form, visit::Visitor};

/// The address of the list.
const LIST: &str = "/settings/user-impersonation";

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    pages
        .page(LIST, get(list::show))
        .page("/settings/user-impersonation/export.csv", get(list::export))
        .page("/settings/user-impersonation/grants/new", get(new::show).post(new::submit))
        .page("/settings/user-impersonation/grants/preview", post(preview::show))
        .page("/settings/user-impersonation/grants/:id/edit", get(edit::show).post(edit::submit))
        .page(
            "/settings/user-impersonation/grants/:id/delete",
            get(delete::show).post(delete::submit),
        )
        .page("/settings/user-impersonation/bulk-delete", get(bulk::show).post(bulk::submit))
        .page("/settings/user-impersonation/removed.csv", post(bulk::removed))
        .page("/people/suggest", get(suggest::show))
}

/// The list that a dialog was opened from, with its filters; nothing but that list.
fn back(address: Option<&str>) -> String {
    let is_list = |address: &&str| {
        address.strip_prefix(LIST).is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
    };
    address.filter(is_list).unwrap_or(LIST).to_owned()
}

/// The list that a form goes back to.
fn back_of(form: &Form) -> String {
    back(form.filled("back"))
}

/// The login sessions that are live now, for those who manage impersonation.
async fn live_sessions(visitor: &Visitor) -> Result<Vec<LoginSessionView>, UseCaseError> {
    let sessions = visitor.service().login_sessions();
    Ok(sessions.list(visitor.credential(), Some(true), None, PageLimit::MAX).await?.items)
}

/// Whether the session rests on this grant.
fn rests_on(session: &LoginSession, grant: GrantId) -> bool {
    session.grant().id == grant
}
