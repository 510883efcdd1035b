//! The people of the organization.

pub(super) mod edit;
pub(super) mod new;
pub(super) mod password;
pub(super) mod remove;

use askama::Template;
use impersonation_domain::{
    ports::{PageLimit, UserCursor, UserQuery},
    role::RoleKind,
    service::{RoleView, UserView},
    user::UserStatus,
};
use poem::handler;

use crate::{
    cursor,
    failure::Failure,
    form::{Form, Query},
    format::{Person, count},
    reply::{Reply, done, html},
    shell::Shell,
    visit::Visitor,
};

/// The address of the list.
pub(super) const LIST: &str = "/settings/people";

/// One person.
struct Row {
    person: Person,
    role: String,
    is_active: bool,
    is_protected: bool,
    is_self: bool,
}

/// A role that can be chosen.
struct Choice {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "administration/people.html")]
struct PeoplePage {
    shell: Shell,
    here: String,
    rows: Vec<Row>,
    count: String,
    roles: Vec<Choice>,
    search: String,
    role: String,
    state: String,
    is_filtered: bool,
    first: Option<String>,
    next: Option<String>,
}

/// The list that a dialog was opened from, with its filters; nothing but that list.
fn back(address: Option<&str>) -> String {
    let is_list = |address: &&str| {
        address.strip_prefix(LIST).is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
    };
    address.filter(is_list).unwrap_or(LIST).to_owned()
}

fn back_of(form: &Form) -> String {
    back(form.filled("back"))
}

/// Back to the list, which says what was done.
fn finish(visitor: &Visitor, form: &Form, notice: &str) -> Reply {
    done(&back_of(form), notice, visitor.visit().app().settings().https)
}

/// The roles that somebody can be given: custom ones only where the plan has them.
fn choices(visitor: &Visitor, views: &[RoleView], all: bool) -> Vec<Choice> {
    let has_custom = visitor.me().organization.plan().has_custom_roles();
    let can_be_chosen =
        |view: &&RoleView| all || has_custom || view.role.kind() != RoleKind::Custom;
    let choice = |view: &RoleView| Choice {
        id: view.role.id().to_string(),
        name: view.role.record().name.as_str().to_owned(),
    };
    views.iter().filter(can_be_chosen).map(choice).collect()
}

impl Row {
    fn of(visitor: &Visitor, view: &UserView) -> Self {
        Self {
            person: (&view.user).into(),
            role: view.role.record().name.as_str().to_owned(),
            is_active: view.user.is_active(),
            is_protected: view.user.is_protected(),
            is_self: view.user.id() == visitor.me().actor.id(),
        }
    }
}

/// The list.
#[handler]
pub(super) async fn show(visitor: Visitor, query: Query) -> Reply {
    let page = page(&visitor, &query).await?;
    html(&page)
}

async fn page(visitor: &Visitor, query: &Query) -> Result<PeoplePage, Failure> {
    let service = visitor.service();
    service.organization().administer(visitor.credential()).await?;
    let roles = service.roles().list(visitor.credential()).await?;
    let list = query.with("people", &[("after", None)]);
    let after: Option<(String, _)> =
        query.get("after").and_then(|text| cursor::open(visitor.seal(), &list, text));
    let is_first = after.is_none();
    let status: Option<UserStatus> =
        query.parse("state").filter(|status| *status != UserStatus::Removed);
    let asked = UserQuery {
        search: query.get("q").map(ToOwned::to_owned),
        role: query.parse("role"),
        status,
        after: after.map(|(email_key, id)| UserCursor { email_key, id }),
        limit: PageLimit::default(),
    };
    let role = asked.role.map(|role| role.to_string()).unwrap_or_default();
    let found = service.people().list(visitor.credential(), asked).await?;
    let next = found.next.and_then(|UserCursor { email_key, id }| {
        cursor::close(visitor.seal(), &list, &(email_key, id))
    });
    let rows: Vec<_> = found.items.iter().map(|view| Row::of(visitor, view)).collect();
    let number = count(u64::try_from(rows.len()).unwrap_or(u64::MAX), "person", "people");
    let is_all = is_first && next.is_none();
    Ok(PeoplePage {
        shell: Shell::of(visitor.visit(), "People"),
        here: query.with(LIST, &[]),
        count: if is_all { number } else { format!("{number} on this page") },
        rows,
        roles: choices(visitor, &roles, true),
        search: query.get("q").unwrap_or_default().to_owned(),
        role,
        state: status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        is_filtered: ["q", "role", "state"].iter().any(|name| query.get(name).is_some()),
        first: (!is_first).then(|| query.with(LIST, &[("after", None)])),
        next: next.map(|after| query.with(LIST, &[("after", Some(&after))])),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_goes_back_to_this_list_alone() {
        assert_eq!(back(Some("/settings/people?q=ben")), "/settings/people?q=ben");
        for other in [None, Some("/settings/people/x"), Some("//evil.example"), Some("/channels")] {
            assert_eq!(back(other), LIST);
        }
    }
}
