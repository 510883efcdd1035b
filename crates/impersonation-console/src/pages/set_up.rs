//! The first-run page: whoever has the one-time link makes the first organization.

use askama::Template;
use impersonation_domain::{
    plan::Plan,
    secret::Secret,
    service::{Conflict, NewOrganization, UseCaseError},
};
use poem::{handler, web::Path};

use super::sign_in::open_session;
use crate::{
    failure::Failure,
    form::Form,
    form_errors::FormErrors,
    reply::{Reply, html, html_with, see_other},
    shell::Shell,
    visit::Visit,
};

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    shell: Shell,
    organization: String,
    plan: Plan,
    name: String,
    email: String,
    errors: FormErrors,
}

impl SetUpPage {
    fn new(visit: &Visit) -> Self {
        Self {
            shell: Shell::of(visit, "Set up your organization"),
            organization: String::new(),
            plan: Plan::MultiUser,
            name: String::new(),
            email: String::new(),
            errors: FormErrors::default(),
        }
    }

    fn is_plan(&self, plan: &str) -> bool {
        self.plan.as_str() == plan
    }
}

/// Whether the link is the one that was printed and nothing is set up yet. Otherwise there is no such
/// page, whichever it was.
async fn check_link(visit: &Visit, token: &str) -> Result<(), Failure> {
    let presented = Secret::parse(token).ok().map(|token| token.hash());
    let expected = visit.app().settings().set_up_token;
    let is_link = presented.is_some() && presented == expected;
    if is_link && visit.service().operator().is_empty().await? {
        Ok(())
    } else {
        Err(Failure::NotFound)
    }
}

/// The form.
#[handler]
pub(super) async fn show(visit: Visit, Path(token): Path<String>) -> Reply {
    check_link(&visit, &token).await?;
    html(&SetUpPage::new(&visit))
}

/// Makes the organization with its first administrator, who is signed in at once.
#[handler]
pub(super) async fn submit(visit: Visit, Path(token): Path<String>, form: Form) -> Reply {
    check_link(&visit, &token).await?;
    let mut page = SetUpPage::new(&visit);
    page.organization = form.text("organization").to_owned();
    page.name = form.text("name").to_owned();
    page.email = form.text("email").trim().to_owned();
    page.plan = form.parse("plan").unwrap_or(Plan::MultiUser);
    let password = form.text("password");
    let new = NewOrganization {
        name: page.organization.clone(),
        plan: page.plan,
        admin_name: page.name.clone(),
        admin_email: page.email.clone(),
        admin_password: password.to_owned(),
    };
    let operator = visit.service().operator();
    let created = match operator.create_organization(new, true, visit.origin()).await {
        Ok(created) => created,
        // Somebody else was faster: the link is gone.
        Err(UseCaseError::Conflict(Conflict::AlreadySetUp)) => return Err(Failure::NotFound),
        Err(error) => {
            const FIELDS: [&str; 4] = ["name", "admin_name", "email", "password"];
            let failure = page.errors.take(error, &FIELDS)?;
            return html_with(failure.status(), &page);
        }
    };
    let (id, origin) = (created.organization.id(), visit.origin());
    let sign_ins = visit.service().sign_ins();
    let signed_in = sign_ins.sign_in(&page.email, password, Some(id), origin).await?;
    let has_feature = created.organization.plan().includes_impersonation();
    let next = if has_feature { "/settings/user-impersonation" } else { "/settings/people" };
    let mut response = see_other(next)?;
    open_session(&mut response, &signed_in, visit.app().settings().https);
    Ok(response)
}
