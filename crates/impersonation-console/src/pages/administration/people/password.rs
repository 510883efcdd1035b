//! Setting another person's password.

use askama::Template;
use impersonation_domain::{ids::UserId, service::UserView};
use poem::{handler, web::Path};

use super::{LIST, back, back_of, finish};
use crate::{
    form::{Form, Query},
    form_errors::FormErrors,
    format::Person,
    reply::{Reply, html, html_with},
    shell::Shell,
    visit::Visitor,
};

#[derive(Template)]
#[template(path = "administration/person_password.html")]
struct PasswordPage {
    shell: Shell,
    back: String,
    action: String,
    user: Person,
    errors: FormErrors,
}

fn page(visitor: &Visitor, view: &UserView, back: String) -> PasswordPage {
    PasswordPage {
        shell: Shell::of(visitor.visit(), "Set password"),
        back,
        action: format!("{LIST}/{}/password", view.user.id()),
        user: (&view.user).into(),
        errors: FormErrors::default(),
    }
}

/// The form for a new password.
#[handler]
pub(in crate::pages::administration) async fn show(
    visitor: Visitor,
    Path(id): Path<UserId>,
    query: Query,
) -> Reply {
    visitor.service().organization().administer(visitor.credential()).await?;
    let view = visitor.service().people().get(visitor.credential(), id).await?;
    html(&page(&visitor, &view, back(query.get("back"))))
}

/// Sets another person's password. All their sessions end.
#[handler]
pub(in crate::pages::administration) async fn submit(
    visitor: Visitor,
    Path(id): Path<UserId>,
    form: Form,
) -> Reply {
    let people = visitor.service().people();
    let view = people.get(visitor.credential(), id).await?;
    let mut page = page(&visitor, &view, back_of(&form));
    let password = form.text("password").to_owned();
    match people.set_password(visitor.credential(), id, password).await {
        Ok(()) => {
            let name = view.user.name().as_str();
            finish(
                &visitor,
                &form,
                &format!("The password of {name} is set. Their sessions ended."),
            )
        }
        Err(error) => {
            let failure = page.errors.take(error, &["password"])?;
            html_with(failure.status(), &page)
        }
    }
}
