//! People while an address is being typed.

use impersonation_domain::{
    ports::{PageLimit, UserQuery},
    service::UserView,
};
use poem::{Response, handler};
use serde::Serialize;

use crate::{failure::Failure, form::Query, format::Person, reply::Reply, visit::Visitor};

/// How many are offered.
const OFFERED: u64 = 8;

#[derive(Serialize)]
struct Suggestion {
    name: String,
    email: String,
    initials: String,
    tone: u8,
    note: &'static str,
}

impl From<&UserView> for Suggestion {
    fn from(view: &UserView) -> Self {
        let Person { name, email, initials, tone, .. } = (&view.user).into();
        let note = match (view.user.is_active(), view.user.is_protected()) {
            (false, _) => "Deactivated",
            (true, true) => "Protected",
            (true, false) => "",
        };
        Self { name, email, initials, tone, note }
    }
}

/// The people whose name or address contains what was typed.
#[handler]
pub(super) async fn show(visitor: Visitor, query: Query) -> Reply {
    let search = query.get("q").map(ToOwned::to_owned);
    let limit = PageLimit::try_from(OFFERED).unwrap_or_default();
    let asked = UserQuery { search, limit, ..UserQuery::default() };
    let people = visitor.service().people().list(visitor.credential(), asked).await?;
    let people: Vec<Suggestion> = people.items.iter().map(Into::into).collect();
    let body = serde_json::to_string(&people).map_err(|_| Failure::Internal)?;
    Ok(Response::builder().content_type("application/json").body(body))
}
