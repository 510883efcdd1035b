//! Making, switching, renaming and deleting roles.

use std::collections::BTreeSet;

use askama::Template;
use impersonation_domain::{
    ids::RoleId,
    role::{Permission, Role},
    service::{Answer, RoleView, UseCaseError},
    version::Version,
};
use poem::{handler, web::Path};

use super::{LIST, name_of, page};
use crate::{
    failure::{Failure, sentence},
    form::Form,
    form_errors::FormErrors,
    format::count,
    reply::{Reply, done, html, html_with},
    shell::Shell,
    visit::Visitor,
    words::permission_words,
};

/// What the page says when somebody else was faster.
const CHANGED: &str =
    "somebody changed this role meanwhile, so nothing was done; this is how it is now";

/// The version that the person saw.
pub(in crate::pages::administration) fn seen(form: &Form) -> Result<Version, Failure> {
    let version = form.parse::<u64>("version").and_then(|number| Version::try_from(number).ok());
    version.ok_or_else(|| Failure::Malformed("the form says no version; open it again".to_owned()))
}

/// Sets one switch of a role. It applies at once.
#[handler]
pub(in crate::pages::administration) async fn switch(
    visitor: Visitor,
    Path(id): Path<RoleId>,
    form: Form,
) -> Reply {
    let roles = visitor.service().roles();
    let RoleView { role, .. } = roles.get(visitor.credential(), id).await?;
    let permission: Permission = form.parse("permission").ok_or(Failure::NotFound)?;
    let is_on = form.text("value") == "on";
    let mut permissions = role.record().permissions.clone();
    if is_on {
        permissions.insert(permission);
    } else {
        permissions.remove(&permission);
    }
    let edited = roles.edit(visitor.credential(), id, seen(&form)?, None, Some(permissions)).await;
    let name = name_of(&role);
    match edited {
        Ok(_) => {
            let words = permission_words(permission);
            let notice = format!("{words} is {} for {name}.", if is_on { "on" } else { "off" });
            finish(&visitor, &notice)
        }
        Err(error) => refused(&visitor, error).await,
    }
}

fn finish(visitor: &Visitor, notice: &str) -> Reply {
    done(LIST, notice, visitor.visit().app().settings().https)
}

/// The page again, with the reason why nothing was done.
async fn refused(visitor: &Visitor, error: UseCaseError) -> Reply {
    let reason = match &error {
        UseCaseError::VersionMismatch { .. } => CHANGED.to_owned(),
        UseCaseError::Conflict(_) | UseCaseError::Invalid(_) => error.to_string(),
        _ => return Err(error.into()),
    };
    let page = page(visitor, Some(sentence(&reason))).await?;
    html_with(Failure::from(error).status(), &page)
}

#[derive(Template)]
#[template(path = "administration/role.html")]
struct RolePage {
    shell: Shell,
    home: &'static str,
    action: String,
    title: String,
    version: Option<u64>,
    name: String,
    manage: bool,
    read: bool,
    errors: FormErrors,
    button: &'static str,
}

impl RolePage {
    fn new_role(visitor: &Visitor) -> Self {
        Self {
            shell: Shell::of(visitor.visit(), "New role"),
            home: LIST,
            action: format!("{LIST}/new"),
            title: "New role".to_owned(),
            version: None,
            name: String::new(),
            manage: false,
            read: false,
            errors: FormErrors::default(),
            button: "Make role",
        }
    }

    fn rename(visitor: &Visitor, role: &Role) -> Self {
        Self {
            shell: Shell::of(visitor.visit(), "Rename role"),
            action: format!("{LIST}/{}/rename", role.id()),
            title: format!("Rename {}", name_of(role)),
            version: Some(role.version().get()),
            name: name_of(role).to_owned(),
            button: "Rename",
            ..Self::new_role(visitor)
        }
    }
}

/// The form for a new role.
#[handler]
pub(in crate::pages::administration) async fn new_form(visitor: Visitor) -> Reply {
    visitor.service().organization().administer(visitor.credential()).await?;
    html(&RolePage::new_role(&visitor))
}

/// Makes a role.
#[handler]
pub(in crate::pages::administration) async fn new(visitor: Visitor, form: Form) -> Reply {
    let mut page = RolePage::new_role(&visitor);
    page.name = form.text("name").to_owned();
    page.manage = form.is_ticked("manage");
    page.read = form.is_ticked("read");
    let chosen =
        [(page.manage, Permission::ManageUserImpersonation), (page.read, Permission::ReadAuditLog)];
    let permissions: BTreeSet<_> =
        chosen.into_iter().filter(|(is_on, _)| *is_on).map(|(_, permission)| permission).collect();
    let roles = visitor.service().roles();
    match roles.create(visitor.credential(), &page.name, permissions, None).await {
        Ok(Answer::Fresh(view)) => {
            finish(&visitor, &format!("The role {} is made.", name_of(&view.role)))
        }
        Ok(Answer::Repeated(_)) => Err(Failure::Internal),
        Err(error) => {
            let failure = page.errors.take(error, &["name"])?;
            html_with(failure.status(), &page)
        }
    }
}

/// The form for another name.
#[handler]
pub(in crate::pages::administration) async fn rename_form(
    visitor: Visitor,
    Path(id): Path<RoleId>,
) -> Reply {
    let view = visitor.service().roles().get(visitor.credential(), id).await?;
    html(&RolePage::rename(&visitor, &view.role))
}

/// Renames a role.
#[handler]
pub(in crate::pages::administration) async fn rename(
    visitor: Visitor,
    Path(id): Path<RoleId>,
    form: Form,
) -> Reply {
    let roles = visitor.service().roles();
    let view = roles.get(visitor.credential(), id).await?;
    let mut page = RolePage::rename(&visitor, &view.role);
    page.name = form.text("name").to_owned();
    let seen = seen(&form)?;
    match roles.edit(visitor.credential(), id, seen, Some(page.name.clone()), None).await {
        Ok(view) => finish(&visitor, &format!("The role is called {} now.", name_of(&view.role))),
        Err(error @ UseCaseError::VersionMismatch { .. }) => {
            let now = name_of(&view.role);
            page.errors.add(
                "form",
                &format!("somebody changed this role meanwhile; it is called {now} now"),
            );
            html_with(Failure::from(error).status(), &page)
        }
        Err(error) => {
            let failure = page.errors.take(error, &["name"])?;
            html_with(failure.status(), &page)
        }
    }
}

#[derive(Template)]
#[template(path = "administration/role_delete.html")]
struct DeletePage {
    shell: Shell,
    home: &'static str,
    action: String,
    name: String,
    version: u64,
    holders: Option<String>,
    see_holders: String,
    error: Option<String>,
}

impl DeletePage {
    fn of(visitor: &Visitor, view: &RoleView, error: Option<String>) -> Self {
        let id = view.role.id();
        Self {
            shell: Shell::of(visitor.visit(), "Delete this role?"),
            home: LIST,
            action: format!("{LIST}/{id}/delete"),
            name: name_of(&view.role).to_owned(),
            version: view.role.version().get(),
            holders: (view.holders > 0).then(|| count(view.holders, "person holds", "people hold")),
            see_holders: format!("/settings/people?role={id}"),
            error,
        }
    }
}

/// What would be deleted.
#[handler]
pub(in crate::pages::administration) async fn delete_form(
    visitor: Visitor,
    Path(id): Path<RoleId>,
) -> Reply {
    let view = visitor.service().roles().get(visitor.credential(), id).await?;
    html(&DeletePage::of(&visitor, &view, None))
}

/// Deletes a role that nobody holds.
#[handler]
pub(in crate::pages::administration) async fn delete(
    visitor: Visitor,
    Path(id): Path<RoleId>,
    form: Form,
) -> Reply {
    let roles = visitor.service().roles();
    let view = roles.get(visitor.credential(), id).await?;
    match roles.delete(visitor.credential(), id, seen(&form)?).await {
        Ok(()) => finish(&visitor, &format!("The role {} is deleted.", name_of(&view.role))),
        Err(error) => {
            let reason = match &error {
                UseCaseError::VersionMismatch { .. } => CHANGED.to_owned(),
                UseCaseError::Conflict(_) | UseCaseError::Invalid(_) => error.to_string(),
                _ => return Err(error.into()),
            };
            let page = DeletePage::of(&visitor, &view, Some(sentence(&reason)));
            html_with(Failure::from(error).status(), &page)
        }
    }
}
