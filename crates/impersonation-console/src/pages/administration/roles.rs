//! Manage Roles: what each role may do, and who holds it.

mod change;

use askama::Template;
use impersonation_domain::{
    plan::Plan,
    ports::{PageLimit, UserQuery},
    role::{Permission, Role, RoleKind},
    service::RoleView,
};
use poem::handler;

pub(super) use change::{delete, delete_form, new, new_form, rename, rename_form, seen, switch};

use crate::{
    failure::Failure,
    format::{Person, count},
    reply::{Reply, html},
    shell::Shell,
    visit::Visitor,
    words::permission_words,
};

/// The address of the page.
pub(super) const LIST: &str = "/settings/roles";

/// How many holders of a role are named.
const NAMED: u64 = 3;

/// One role.
pub(super) struct Row {
    id: String,
    name: String,
    version: u64,
    is_built_in: bool,
    switches: Vec<Switch>,
    administers: bool,
    holders: Vec<Person>,
    holders_text: String,
    is_held: bool,
}

/// A permission that can be switched.
struct Switch {
    name: &'static str,
    words: &'static str,
    is_on: bool,
}

/// The permissions that a role can be given. Administering belongs to the built-in Admin alone.
const SWITCHES: [Permission; 2] = [Permission::ManageUserImpersonation, Permission::ReadAuditLog];

#[derive(Template)]
#[template(path = "administration/roles.html")]
pub(super) struct RolesPage {
    shell: Shell,
    rows: Vec<Row>,
    switches: Vec<&'static str>,
    has_custom_roles: bool,
    plan: &'static str,
    error: Option<String>,
}

/// What a role is called.
fn name_of(role: &Role) -> &str {
    role.record().name.as_str()
}

/// What a plan is called.
pub(super) fn plan_words(plan: Plan) -> &'static str {
    match plan {
        Plan::Individual => "Individual",
        Plan::MultiUser => "Multi-user",
        Plan::Enterprise => "Enterprise",
    }
}

impl Row {
    fn of(view: &RoleView, holders: Vec<Person>) -> Self {
        let switches = SWITCHES.into_iter().map(|permission| Switch {
            name: permission.as_str(),
            words: permission_words(permission),
            is_on: view.effective.contains(&permission),
        });
        let named: Vec<String> = holders.iter().map(|person| person.name.clone()).collect();
        let more = view.holders.saturating_sub(u64::try_from(named.len()).unwrap_or(u64::MAX));
        Self {
            id: view.role.id().to_string(),
            name: name_of(&view.role).to_owned(),
            version: view.role.version().get(),
            is_built_in: view.role.kind() != RoleKind::Custom,
            switches: switches.collect(),
            administers: view.effective.contains(&Permission::AdministerOrganization),
            holders_text: holders_text(named, more),
            is_held: view.holders > 0,
            holders,
        }
    }
}

/// `Ada`, `Ada and Ben`, `Ada, Ben, Cleo and 4 more`.
fn holders_text(mut names: Vec<String>, more: u64) -> String {
    if names.is_empty() && more == 0 {
        return "Nobody".to_owned();
    }
    if names.is_empty() {
        return count(more, "person", "people");
    }
    if more > 0 {
        names.push(format!("{more} more"));
    }
    crate::format::list(&names)
}

/// The page as it is now.
pub(super) async fn page(visitor: &Visitor, error: Option<String>) -> Result<RolesPage, Failure> {
    let views = visitor.service().roles().list(visitor.credential()).await?;
    let mut rows = Vec::with_capacity(views.len());
    for view in &views {
        let query = UserQuery {
            role: Some(view.role.id()),
            limit: PageLimit::try_from(NAMED).unwrap_or_default(),
            ..UserQuery::default()
        };
        let holders = visitor.service().people().list(visitor.credential(), query).await?.items;
        rows.push(Row::of(view, holders.iter().map(|view| (&view.user).into()).collect()));
    }
    let plan = visitor.me().organization.plan();
    Ok(RolesPage {
        shell: Shell::of(visitor.visit(), "Manage Roles"),
        rows,
        switches: SWITCHES.into_iter().map(permission_words).collect(),
        has_custom_roles: plan.has_custom_roles(),
        plan: plan_words(plan),
        error,
    })
}

/// The page.
#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    html(&page(&visitor, None).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_named_as_far_as_there_is_room() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(holders_text(names(&[]), 0), "Nobody");
        assert_eq!(holders_text(names(&[]), 2), "2 people");
        assert_eq!(holders_text(names(&["Ada"]), 0), "Ada");
        assert_eq!(holders_text(names(&["Ada", "Ben", "Cleo"]), 4), "Ada, Ben, Cleo and 4 more");
    }
}
