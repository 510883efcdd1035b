//! Granting access.

use askama::Template;
use impersonation_domain::{
    grant::GrantState,
    ports::GrantView,
    service::{Answer, CreateGrant},
};
use poem::{handler, http::StatusCode};

use super::{
    LIST, back, back_of,
    fields::{Errors, Typed},
    preview::Preview,
};
use crate::{
    failure::Failure,
    form::{Form, Query},
    reply::{Reply, done, html, html_with},
    shell::Shell,
    visit::Visitor,
};

#[derive(Template)]
#[template(path = "impersonation/new.html")]
struct NewPage {
    shell: Shell,
    back: String,
    grantor_email: String,
    grantee_email: String,
    typed: Typed,
    preview: Preview,
    errors: Errors,
    /// The address of the grant that the two have already.
    existing: Option<String>,
}

impl NewPage {
    fn new(visitor: &Visitor, back: String) -> Self {
        Self {
            shell: Shell::of(visitor.visit(), "Grant Access"),
            back,
            grantor_email: String::new(),
            grantee_email: String::new(),
            typed: Typed::default(),
            preview: Preview::default(),
            errors: Errors::default(),
            existing: None,
        }
    }
}

/// The form. It is refused like the list for whoever may not see that.
#[handler]
pub(super) async fn show(visitor: Visitor, query: Query) -> Reply {
    Preview::of(&visitor, "", "", &[]).await?;
    html(&NewPage::new(&visitor, back(query.get("back"))))
}

/// Makes the grant, or shows once more what it would mean.
#[handler]
pub(super) async fn submit(visitor: Visitor, form: Form) -> Reply {
    let mut page = NewPage::new(&visitor, back_of(&form));
    page.typed = Typed::read(&form, &mut page.errors);
    page.grantor_email = form.text("grantor_email").trim().to_owned();
    page.grantee_email = form.text("grantee_email").trim().to_owned();
    let access = page.typed.access();
    page.preview = Preview::of(&visitor, &page.grantor_email, &page.grantee_email, &access).await?;
    if form.is_ticked("review") {
        return html(&page);
    }
    for (field, text) in
        [("grantor_email", &page.grantor_email), ("grantee_email", &page.grantee_email)]
    {
        if text.is_empty() {
            page.errors.add(field, "type the email address of a person of the organization");
        }
    }
    if access.is_empty() {
        page.errors.add("access", "choose Login Access, Send Access or both");
    }
    if !page.errors.is_empty() {
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let request = CreateGrant {
        grantor_email: page.grantor_email.clone(),
        grantee_email: page.grantee_email.clone(),
        access,
        reason: page.typed.reason(),
        starts_at: page.typed.starts(),
        expires_at: page.typed.expires(),
    };
    match visitor.service().grants().create(visitor.credential(), request, None).await {
        Ok(Answer::Fresh(created)) => {
            let notice = made(&created.view);
            let https = visitor.visit().app().settings().https;
            done(&page.back, &notice, https)
        }
        Ok(Answer::Repeated(_)) => Err(Failure::Internal),
        Err(error) => {
            page.existing = error.existing().map(|id| format!("{LIST}/grants/{id}/edit"));
            page.errors.add_use_case(&error);
            match Failure::from(error) {
                Failure::UseCase(error) if is_about_the_form(&error) => {
                    html_with(Failure::UseCase(error).status(), &page)
                }
                failure => Err(failure),
            }
        }
    }
}

/// What is said of a grant that has just been made.
fn made(view: &GrantView) -> String {
    let (grantee, grantor) = (view.grantee.name().as_str(), view.grantor.name().as_str());
    if view.state == GrantState::Scheduled {
        return format!("{grantee} can act for {grantor} as soon as the access starts.");
    }
    format!("{grantee} can now act for {grantor}.")
}

/// Whether the person can mend it in the form.
pub(super) fn is_about_the_form(error: &impersonation_domain::service::UseCaseError) -> bool {
    use impersonation_domain::service::ErrorClass;
    matches!(error.class(), ErrorClass::Invalid | ErrorClass::Conflict)
}
