//! Pages that say why something was not done. What was typed is never lost.

use askama::Template;
use poem::{IntoResponse, Response, http::StatusCode};

use crate::{
    failure::Failure,
    form::Form,
    pages::{login_sessions, sign_in},
    reply::{Reply, html_with},
    shell::Shell,
    visit::Visit,
};

/// The page for a failure.
pub(super) fn page(visit: &Visit, failure: &Failure, form: Option<&Form>) -> Response {
    let page = match failure {
        Failure::SignInNeeded => sign_in::needed(visit, form),
        Failure::LoginSessionEnded(cause) => login_sessions::ended(visit, *cause, form),
        failure => error(visit, failure, form),
    };
    page.unwrap_or_else(|_| {
        (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong; try again.").into_response()
    })
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    status: u16,
    title: &'static str,
    sentence: String,
    typed: Vec<(String, String)>,
}

fn error(visit: &Visit, failure: &Failure, form: Option<&Form>) -> Reply {
    let page = ErrorPage {
        shell: Shell::of(visit, failure.title()),
        status: failure.status().as_u16(),
        title: failure.title(),
        sentence: failure.sentence(),
        typed: form.map(|form| typed(form.fields())).unwrap_or_default(),
    };
    html_with(failure.status(), &page)
}

/// What a person has typed: not what a page has put into the form.
pub(crate) fn typed(fields: &[(String, String)]) -> Vec<(String, String)> {
    const SHOWN: [&str; 6] = ["body", "reason", "name", "email", "grantor_email", "grantee_email"];
    let is_shown = |(name, value): &&(String, String)| {
        SHOWN.contains(&name.as_str()) && !value.trim().is_empty()
    };
    fields.iter().filter(is_shown).cloned().collect()
}
