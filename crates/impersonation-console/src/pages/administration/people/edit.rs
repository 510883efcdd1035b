//! Changing a person.

use askama::Template;
use impersonation_domain::{
    ids::{RoleId, UserId},
    service::{EditUser, UseCaseError, UserView},
    user::UserStatus,
};
use poem::{handler, web::Path};

use super::{super::roles::seen, Choice, LIST, back, back_of, choices, finish};
use crate::{
    failure::Failure,
    form::{Form, Query},
    form_errors::FormErrors,
    format::Person,
    reply::{Reply, html, html_with},
    shell::Shell,
    visit::Visitor,
};

/// What can be changed of a person, as it is or as it was typed.
#[derive(Clone, PartialEq, Eq)]
struct Fields {
    name: String,
    role: String,
    is_active: bool,
    is_protected: bool,
}

impl Fields {
    fn of(view: &UserView) -> Self {
        Self {
            name: view.user.name().as_str().to_owned(),
            role: view.role.id().to_string(),
            is_active: view.user.is_active(),
            is_protected: view.user.is_protected(),
        }
    }

    fn read(form: &Form) -> Self {
        Self {
            name: form.text("name").to_owned(),
            role: form.text("role").to_owned(),
            is_active: form.text("state") != "deactivated",
            is_protected: form.is_ticked("protected"),
        }
    }
}

#[derive(Template)]
#[template(path = "administration/person_edit.html")]
struct EditPage {
    shell: Shell,
    back: String,
    action: String,
    user: Person,
    version: u64,
    typed: Fields,
    roles: Vec<Choice>,
    errors: FormErrors,
    /// What somebody else has made of it meanwhile: names and values, mine and theirs.
    compared: Vec<Compared>,
}

/// A field that two people have changed at the same time.
struct Compared {
    label: &'static str,
    theirs: String,
    yours: String,
}

impl EditPage {
    async fn of(
        visitor: &Visitor,
        view: &UserView,
        back: String,
        typed: Fields,
    ) -> Result<Self, Failure> {
        let roles = visitor.service().roles().list(visitor.credential()).await?;
        let mut roles = choices(visitor, &roles, false);
        let role = &view.role;
        if !roles.iter().any(|choice| choice.id == role.id().to_string()) {
            // A custom role from before the plan was changed is still theirs.
            let name = role.record().name.as_str().to_owned();
            roles.push(Choice { id: role.id().to_string(), name });
        }
        Ok(Self {
            shell: Shell::of(visitor.visit(), "Edit person"),
            back,
            action: format!("{LIST}/{}/edit", view.user.id()),
            user: (&view.user).into(),
            version: view.user.version().get(),
            typed,
            roles,
            errors: FormErrors::default(),
            compared: Vec::new(),
        })
    }

    fn role_name(&self, id: &str) -> String {
        let role = self.roles.iter().find(|choice| choice.id == id);
        role.map(|choice| choice.name.clone()).unwrap_or_default()
    }

    fn compare(&self, theirs: &Fields) -> Vec<Compared> {
        let yours = &self.typed;
        let state = |is_active: bool| if is_active { "Active" } else { "Deactivated" }.to_owned();
        let yes = |is: bool| if is { "Yes" } else { "No" }.to_owned();
        vec![
            Compared { label: "Name", theirs: theirs.name.clone(), yours: yours.name.clone() },
            Compared {
                label: "Role",
                theirs: self.role_name(&theirs.role),
                yours: self.role_name(&yours.role),
            },
            Compared {
                label: "State",
                theirs: state(theirs.is_active),
                yours: state(yours.is_active),
            },
            Compared {
                label: "Protected",
                theirs: yes(theirs.is_protected),
                yours: yes(yours.is_protected),
            },
        ]
    }
}

/// The form.
#[handler]
pub(in crate::pages::administration) async fn show(
    visitor: Visitor,
    Path(id): Path<UserId>,
    query: Query,
) -> Reply {
    let view = visitor.service().people().get(visitor.credential(), id).await?;
    html(&EditPage::of(&visitor, &view, back(query.get("back")), Fields::of(&view)).await?)
}

/// Changes the person. Where somebody else has changed them meanwhile, both states are shown.
#[handler]
pub(in crate::pages::administration) async fn submit(
    visitor: Visitor,
    Path(id): Path<UserId>,
    form: Form,
) -> Reply {
    let people = visitor.service().people();
    let view = people.get(visitor.credential(), id).await?;
    let typed = Fields::read(&form);
    let mut page = EditPage::of(&visitor, &view, back_of(&form), typed.clone()).await?;
    let seen = seen(&form)?;
    let status = if typed.is_active { UserStatus::Active } else { UserStatus::Deactivated };
    let edit = EditUser {
        name: Some(typed.name),
        role_id: typed.role.parse::<RoleId>().ok(),
        status: Some(status),
        protected: Some(typed.is_protected),
    };
    match people.edit(visitor.credential(), id, seen, edit).await {
        Ok(view) => {
            let name = view.user.name().as_str();
            finish(&visitor, &form, &format!("{name} is changed."))
        }
        Err(error @ UseCaseError::VersionMismatch { .. }) => {
            page.compared = page.compare(&Fields::of(&view));
            html_with(Failure::from(error).status(), &page)
        }
        Err(error) => {
            page.version = seen.get();
            let failure = page.errors.take(error, &["name", "role_id", "status"])?;
            html_with(failure.status(), &page)
        }
    }
}
