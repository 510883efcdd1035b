//! The table: search, filters, order and pages, all in the address.

use std::collections::BTreeSet;

use askama::Template;
use impersonation_domain::{
    access::AccessType,
    grant::GrantState,
    ids::GrantId,
    ports::{GrantCursor, GrantSort, GrantSortField, GrantView, PageLimit},
    service::GrantListRequest,
    text::Reason,
    user::User,
};
use poem::{Request, Response, handler};

use super::{LIST, live_sessions, rests_on};
use crate::{
    cookies::Cookie,
    cursor,
    failure::Failure,
    form::Query,
    format::{Moment, Person, count},
    reply::{Reply, add_cookie, attachment, html},
    shell::Shell,
    visit::Visitor,
};

/// After how many days without use a grant counts as unused.
const UNUSED_DAYS: u32 = 90;
/// How many rows a page may have.
const SIZES: [u16; 4] = [25, 50, 100, 200];
/// How many rows a file may have.
const MAX_EXPORT: usize = 10_000;

/// One row.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) grantee: Person,
    pub(super) grantor: Person,
    pub(super) login: bool,
    pub(super) send: bool,
    state: GrantState,
    is_live: bool,
    starts_at: Option<Moment>,
    expires_at: Option<Moment>,
    created_at: Moment,
    last_used_at: Option<Moment>,
    /// Why it does not hold, where something outside it is in the way.
    obstacle: Option<String>,
    reason: String,
}

impl Row {
    /// Whether a login session rests on it now.
    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    pub(super) fn of(view: &GrantView, is_live: bool) -> Self {
        let record = view.grant.record();
        Self {
            id: record.id.to_string(),
            version: record.version.get(),
            grantee: (&view.grantee).into(),
            grantor: (&view.grantor).into(),
            login: record.access.contains(AccessType::Login),
            send: record.access.contains(AccessType::Send),
            state: view.state,
            is_live,
            starts_at: record.window.starts_at().map(Into::into),
            expires_at: record.window.expires_at().map(Into::into),
            created_at: record.created_at.into(),
            last_used_at: record.last_used_at.map(Into::into),
            obstacle: obstacle(view),
            reason: record.reason.as_ref().map(Reason::as_str).unwrap_or_default().to_owned(),
        }
    }
}

/// What outside a grant keeps it from holding. The plan includes the feature, or there is no list.
fn obstacle(view: &GrantView) -> Option<String> {
    if view.state != GrantState::Suspended {
        return None;
    }
    let name = |user: &User| user.name().as_str().to_owned();
    let inactive = [&view.grantor, &view.grantee].into_iter().find(|user| !user.is_active());
    match inactive {
        Some(user) => Some(format!("{}'s account is deactivated", name(user))),
        None => view
            .grantor
            .is_protected()
            .then(|| format!("{}'s account is protected", name(&view.grantor))),
    }
}

/// A column that the table can be sorted by.
struct Column {
    label: &'static str,
    address: String,
    /// As `aria-sort` has it; empty where it is not sorted by this.
    direction: &'static str,
}

/// What has just been removed.
pub(super) struct Removed {
    pub(super) text: String,
    pub(super) csv: String,
}

#[derive(Template)]
#[template(path = "impersonation/list.html")]
pub(super) struct ListPage {
    shell: Shell,
    address: String,
    rows: Vec<Row>,
    count: String,
    columns: Vec<Column>,
    search: String,
    access: String,
    state: String,
    is_unused: bool,
    sort: String,
    is_filtered: bool,
    size: u16,
    first: Option<String>,
    next: Option<String>,
    export: String,
    removed: Option<Removed>,
}

/// What is asked for, as the address says it.
struct Asked {
    request: GrantListRequest,
    /// Everything that the order of the rows depends on.
    list: String,
    size: u16,
}

impl Asked {
    fn read(visitor: &Visitor, query: &Query, remembered: Option<u16>) -> Self {
        let size = query.parse("size").or(remembered).filter(|size| SIZES.contains(size));
        let size = size.unwrap_or(50);
        let unused = query.get("unused").is_some();
        let list = query.with("grants", &[("after", None), ("size", None)]);
        let after: Option<GrantCursor> =
            query.get("after").and_then(|text| cursor::open(visitor.seal(), &list, text));
        let request = GrantListRequest {
            search: query.get("q").map(ToOwned::to_owned),
            access: query.parse("access"),
            state: query.parse("state"),
            unused_for_days: unused.then_some(UNUSED_DAYS),
            sort: query.parse("sort").unwrap_or_default(),
            after,
            limit: PageLimit::try_from(u64::from(size)).unwrap_or_default(),
            ..GrantListRequest::default()
        };
        Self { request, list, size }
    }
}

fn columns(query: &Query, sort: GrantSort) -> Vec<Column> {
    const COLUMNS: [(&str, GrantSortField); 6] = [
        ("User Receiving Access", GrantSortField::GranteeName),
        ("Email Receiving Access", GrantSortField::GranteeEmail),
        ("User Granting Access", GrantSortField::GrantorName),
        ("Email Granting Access", GrantSortField::GrantorEmail),
        ("Login Access", GrantSortField::Login),
        ("Send Access", GrantSortField::Send),
    ];
    let column = |(label, field): (&'static str, GrantSortField)| {
        let is_current = sort.field == field;
        // Names begin with A, switches with Yes; a second click turns it round.
        let is_flag = matches!(field, GrantSortField::Login | GrantSortField::Send);
        let descending = if is_current { !sort.descending } else { is_flag };
        let name = format!("{}{}", if descending { "-" } else { "" }, field.as_str());
        Column {
            label,
            address: query.with(LIST, &[("sort", Some(&name)), ("after", None)]),
            direction: match (is_current, sort.descending) {
                (false, _) => "",
                (true, false) => "ascending",
                (true, true) => "descending",
            },
        }
    };
    COLUMNS.into_iter().map(column).collect()
}

/// The list as it is now.
pub(super) async fn page(
    visitor: &Visitor,
    query: &Query,
    remembered: Option<u16>,
    removed: Option<Removed>,
) -> Result<ListPage, Failure> {
    let Asked { mut request, list, size } = Asked::read(visitor, query, remembered);
    let sort = request.sort;
    let (access, state) = (request.access, request.state);
    let grants = visitor.service().grants();
    let mut page = grants.list(visitor.credential(), request.clone()).await?;
    if page.items.is_empty() && request.after.is_some() {
        // What was on this page has been deleted.
        request.after = None;
        page = grants.list(visitor.credential(), request.clone()).await?;
    }
    let is_first = request.after.is_none();
    let live: BTreeSet<GrantId> =
        live_sessions(visitor).await?.iter().map(|view| view.session.grant().id).collect();
    let rows: Vec<_> =
        page.items.iter().map(|view| Row::of(view, live.contains(&view.grant.id()))).collect();
    let next = page.next.and_then(|position| cursor::close(visitor.seal(), &list, &position));
    let next = next.map(|after| query.with(LIST, &[("after", Some(&after))]));
    let number = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let is_all = is_first && next.is_none();
    let number = count(number, "relationship", "relationships");
    let without_after = [("after", None)];
    Ok(ListPage {
        shell: Shell::of(visitor.visit(), "User Impersonation"),
        address: query.with(LIST, &[]),
        count: if is_all { number } else { format!("{number} on this page") },
        rows,
        columns: columns(query, sort),
        search: query.get("q").unwrap_or_default().to_owned(),
        access: access.map(|access| access.as_str().to_owned()).unwrap_or_default(),
        state: state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        is_unused: query.get("unused").is_some(),
        sort: query.get("sort").unwrap_or_default().to_owned(),
        is_filtered: ["q", "access", "state", "unused"]
            .iter()
            .any(|name| query.get(name).is_some()),
        size,
        first: (!is_first).then(|| query.with(LIST, &without_after)),
        next,
        export: query.with(&format!("{LIST}/export.csv"), &without_after),
        removed,
    })
}

/// How many rows this person has chosen to see before.
pub(super) fn remembered(visitor: &Visitor, request: &Request) -> Option<u16> {
    let https = visitor.visit().app().settings().https;
    Cookie::Rows.read(request, https).ok().flatten()?.parse().ok()
}

/// The table.
#[handler]
pub(super) async fn show(visitor: Visitor, request: &Request, query: Query) -> Reply {
    let page = page(&visitor, &query, remembered(&visitor, request), None).await?;
    let mut response = html(&page)?;
    if query.get("size").is_some() {
        let https = visitor.visit().app().settings().https;
        let size = page.size.to_string();
        add_cookie(&mut response, Cookie::Rows.set(&size, https, Some(366 * 24 * 3600)));
    }
    Ok(response)
}

/// Every row that the filters leave, as a file that can be imported again.
#[handler]
pub(super) async fn export(visitor: Visitor, query: Query) -> Reply {
    let Asked { mut request, .. } = Asked::read(&visitor, &query, None);
    request.limit = PageLimit::MAX;
    let mut grants = Vec::new();
    loop {
        let page = visitor.service().grants().list(visitor.credential(), request.clone()).await?;
        grants.extend(page.items);
        if page.next.is_none() || grants.len() >= MAX_EXPORT {
            break;
        }
        request.after = page.next;
    }
    file(&visitor, "user-impersonation.csv", &grants)
}

/// These grants as a file.
fn file(visitor: &Visitor, name: &str, grants: &[GrantView]) -> Reply {
    let csv = visitor.visit().app().settings().common.grants_as_csv(grants);
    Ok(csv_file(name, csv.ok_or(Failure::Internal)?))
}

/// A file of values that are separated by commas.
pub(super) fn csv_file(name: &str, csv: String) -> Response {
    attachment(name, "text/csv; charset=utf-8", csv)
}

/// The live sessions that rest on one of these grants, as `Ben as Cleo`.
pub(super) async fn sessions_on(
    visitor: &Visitor,
    grants: &[GrantId],
) -> Result<Vec<(Person, Person, Moment)>, Failure> {
    let sessions = live_sessions(visitor).await?;
    let rest = sessions
        .iter()
        .filter(|view| grants.iter().any(|grant| rests_on(&view.session, *grant)))
        .map(|view| {
            let since = view.session.record().started_at.into();
            ((&view.actor).into(), (&view.subject).into(), since)
        });
    Ok(rest.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_sorts_by_itself_and_a_second_time_the_other_way_round() {
        let shown = |address: &str| {
            let query = Query::of(address);
            columns(&query, query.parse("sort").unwrap_or_default())
        };
        let first = shown("/x?q=a%26b&after=zzz&size=25");
        assert_eq!(first.len(), 6);
        assert!(first.iter().all(|column| column.direction.is_empty()));
        // The search stays, the place in the list does not.
        assert_eq!(first[0].address, format!("{LIST}?q=a%26b&size=25&sort=grantee_name"));
        assert_eq!(first[4].address, format!("{LIST}?q=a%26b&size=25&sort=-login"));
        let up = shown("/x?sort=grantee_name");
        assert_eq!((up[0].direction, up[1].direction), ("ascending", ""));
        assert_eq!(up[0].address, format!("{LIST}?sort=-grantee_name"));
        let down = shown("/x?sort=-login");
        assert_eq!(down[4].direction, "descending");
        assert_eq!(down[4].address, format!("{LIST}?sort=login"));
        assert!(shown("/x?sort=nonsense").iter().all(|column| column.direction.is_empty()));
    }
}
