//! Adding a person.

use askama::Template;
use impersonation_domain::{
    role::RoleKind,
    service::{Answer, CreateUser, RoleView},
};
use poem::handler;

use super::{Choice, LIST, back, back_of, choices, finish};
use crate::{
    failure::Failure,
    form::{Form, Query},
    form_errors::FormErrors,
    reply::{Reply, html, html_with},
    shell::Shell,
    visit::Visitor,
};

#[derive(Template)]
#[template(path = "administration/person_new.html")]
struct NewPage {
    shell: Shell,
    back: String,
    action: String,
    name: String,
    email: String,
    role: String,
    roles: Vec<Choice>,
    errors: FormErrors,
}

async fn page(visitor: &Visitor, back: String) -> Result<NewPage, Failure> {
    let roles = visitor.service().roles().list(visitor.credential()).await?;
    let member = |view: &&RoleView| view.role.kind() == RoleKind::Member;
    Ok(NewPage {
        shell: Shell::of(visitor.visit(), "Add a person"),
        back,
        action: format!("{LIST}/new"),
        name: String::new(),
        email: String::new(),
        role: roles.iter().find(member).map(|view| view.role.id().to_string()).unwrap_or_default(),
        roles: choices(visitor, &roles, false),
        errors: FormErrors::default(),
    })
}

/// The form.
#[handler]
pub(in crate::pages::administration) async fn show(visitor: Visitor, query: Query) -> Reply {
    html(&page(&visitor, back(query.get("back"))).await?)
}

/// Adds the person.
#[handler]
pub(in crate::pages::administration) async fn submit(visitor: Visitor, form: Form) -> Reply {
    let mut page = page(&visitor, back_of(&form)).await?;
    page.name = form.text("name").to_owned();
    page.email = form.text("email").trim().to_owned();
    page.role = form.text("role").to_owned();
    let request = CreateUser {
        name: page.name.clone(),
        email: page.email.clone(),
        role_id: form.parse("role"),
        password: Some(form.text("password").to_owned()).filter(|password| !password.is_empty()),
    };
    let has_password = request.password.is_some();
    match visitor.service().people().create(visitor.credential(), request, None).await {
        Ok(Answer::Fresh(view)) => {
            let name = view.user.name().as_str();
            let next = if has_password { "" } else { " They can sign in once a password is set." };
            finish(&visitor, &form, &format!("{name} is added.{next}"))
        }
        Ok(Answer::Repeated(_)) => Err(Failure::Internal),
        Err(error) => {
            let failure = page.errors.take(error, &["name", "email", "role_id", "password"])?;
            html_with(failure.status(), &page)
        }
    }
}
