//! Changing one's own password.

use askama::Template;
use impersonation_domain::{secret::Password, service::UseCaseError};
use poem::{handler, http::StatusCode};

use crate::{
    failure::{Failure, sentence},
    form::Form,
    reply::{Reply, done, html, html_with},
    shell::Shell,
    visit::Visitor,
};

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    shell: Shell,
    email: String,
    /// What is wrong as a whole, and with each field.
    error: Option<String>,
    current: Option<String>,
    new: Option<String>,
    repeated: Option<String>,
}

impl PasswordPage {
    fn new(visitor: &Visitor) -> Self {
        Self {
            shell: Shell::of(visitor.visit(), "Password"),
            email: visitor.me().actor.email().as_str().to_owned(),
            error: None,
            current: None,
            new: None,
            repeated: None,
        }
    }
}

/// The form.
#[handler]
pub(super) fn show(visitor: Visitor) -> Reply {
    if visitor.login_session().is_some() {
        // The password is the person's own, whatever account they are in.
        return Err(not_here());
    }
    html(&PasswordPage::new(&visitor))
}

fn not_here() -> Failure {
    UseCaseError::Refused(impersonation_domain::service::Refusal::InLoginSession).into()
}

/// Changes it.
#[handler]
pub(super) async fn change(visitor: Visitor, form: Form) -> Reply {
    let mut page = PasswordPage::new(&visitor);
    let invalid = StatusCode::UNPROCESSABLE_ENTITY;
    let (current, new) = (form.text("current_password"), form.text("new_password"));
    let in_session = visitor.login_session().is_some();
    // Inside a login session the use case refuses, and records that it has.
    let password = match Password::new(new.to_owned()) {
        Ok(_) if new != form.text("repeated_password") && !in_session => {
            page.repeated = Some("This is not the same as the new password.".to_owned());
            return html_with(invalid, &page);
        }
        Ok(password) => password,
        Err(_) if in_session => return Err(not_here()),
        Err(error) => {
            page.new = Some(sentence(&UseCaseError::from(error).to_string()));
            return html_with(invalid, &page);
        }
    };
    let settings = visitor.visit().app().settings();
    let source = visitor.visit().origin().source_address.as_deref();
    let source = source.and_then(|address| address.parse().ok());
    if let Err(seconds) = settings.common.count_sign_in(source, &page.email) {
        page.error = Some(format!("Too many attempts. Wait {seconds} seconds and try again."));
        return html_with(StatusCode::TOO_MANY_REQUESTS, &page);
    }
    let account = visitor.service().account();
    match account.change_password(visitor.credential(), current, password).await {
        Ok(()) => {
            let notice = "Your password is changed. Your other sessions have ended.";
            done("/account/password", notice, settings.https)
        }
        Err(error) if error.field() == Some("current_password") => {
            page.current = Some(sentence(&error.to_string()));
            html_with(Failure::from(error).status(), &page)
        }
        Err(error) => Err(error.into()),
    }
}
