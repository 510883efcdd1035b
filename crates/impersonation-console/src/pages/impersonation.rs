//! Settings, User Impersonation: who may act on whose account.

mod bulk;
mod delete;
mod edit;
mod fields;
mod list;
mod new;
mod preview;
mod suggest;

use askama::Template;
use impersonation_domain::{
    ids::GrantId,
    login_session::LoginSession,
    ports::{GrantView, PageLimit},
    service::{LoginSessionView, Resource, UseCaseError},
};
use poem::{get, http::StatusCode, post};

use super::Pages;
use crate::{
    form::Form,
    reply::{Reply, html_with},
    shell::Shell,
    visit::Visitor,
};

/// Says that a grant is gone.
#[derive(Template)]
#[template(path = "impersonation/gone.html")]
struct GonePage {
    shell: Shell,
    back: String,
}

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

/// The grant at an address, or the page that says that it is gone.
async fn find(visitor: &Visitor, id: GrantId, back: &str) -> Result<GrantView, Reply> {
    let found = visitor.service().grants().get(visitor.credential(), id).await;
    found.map_err(|error| or_gone(visitor, error, back))
}

/// What is answered where something cannot be done with a grant: one that is not there has usually
/// been deleted by somebody else meanwhile, and the page says so.
fn or_gone(visitor: &Visitor, error: UseCaseError, back: &str) -> Reply {
    if !matches!(error, UseCaseError::NotFound(Resource::Grant)) {
        return Err(error.into());
    }
    let shell = Shell::of(visitor.visit(), "This relationship is gone");
    html_with(StatusCode::NOT_FOUND, &GonePage { shell, back: back.to_owned() })
}

/// How many pages of live login sessions are looked at: 2,000 sessions.
const LIVE_PAGES: usize = 10;

/// The login sessions that are live now, for those who manage impersonation.
async fn live_sessions(visitor: &Visitor) -> Result<Vec<LoginSessionView>, UseCaseError> {
    let sessions = visitor.service().login_sessions();
    let (mut live, mut after) = (Vec::new(), None);
    for _ in 0..LIVE_PAGES {
        let page = sessions.list(visitor.credential(), Some(true), after, PageLimit::MAX).await?;
        live.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(live)
}

/// Whether the session rests on this grant.
fn rests_on(session: &LoginSession, grant: GrantId) -> bool {
    session.grant().id == grant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_leads_back_to_the_list_and_nowhere_else() {
        assert_eq!(
            back(Some("/settings/user-impersonation?q=a&size=25")),
            format!("{LIST}?q=a&size=25")
        );
        for elsewhere in [
            "https://evil.example/settings/user-impersonation",
            "//evil.example",
            "/settings/user-impersonation-evil",
            "/settings/user-impersonation/grants/new",
            "/settings/user-impersonation@evil.example",
            "",
        ] {
            assert_eq!(back(Some(elsewhere)), LIST, "{elsewhere}");
        }
        assert_eq!(back(None), LIST);
    }
}
