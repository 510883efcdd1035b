//! The list of grants: filters, orders, and where a page goes on.

use impersonation_domain::{
    access::AccessType,
    grant::GrantState,
    ids::TypedId,
    ports::{GrantCursor, GrantQuery, GrantSortField, GrantView, Page, RepositoryError, SortKey},
};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, ExprTrait, Order, QueryResult,
    sea_query::{Expr, Query, SelectStatement, TableRef, Value},
};
use uuid::Uuid;

use super::{
    Unit,
    statements::{add_columns, contains},
};
use crate::entity::{grant, micros, micros_up, user};

/// A page of the list.
pub(super) async fn page(
    unit: &mut Unit,
    query: &GrantQuery,
) -> Result<Page<GrantView, GrantCursor>, RepositoryError> {
    let statement = statement(unit, query);
    let rows = unit.rows(&statement).await?;
    let views = rows.iter().map(|row| read(row, query)).collect::<Result<_, _>>()?;
    let field = query.sort.field;
    Ok(Page::from_surplus(views, query.limit, |view: &GrantView| view.cursor(field)))
}

fn read(row: &QueryResult, query: &GrantQuery) -> Result<GrantView, RepositoryError> {
    let grant = grant::read_prefixed(row, "g_")?;
    let grantor = user::read_prefixed(row, "b_")?;
    let grantee = user::read_prefixed(row, "a_")?;
    let state = GrantState::of(&grant, query.plan, &grantor, &grantee, query.now);
    Ok(GrantView { grant, grantor, grantee, state })
}

/// The query for a page. `g` is the grant, `b` the user granting, `a` the user receiving access.
fn statement(unit: &Unit, query: &GrantQuery) -> SelectStatement {
    let backend = unit.transaction.get_database_backend();
    let mut select = Query::select();
    add_columns::<grant::Entity>(&mut select, "g", "g_");
    add_columns::<user::Entity>(&mut select, "b", "b_");
    add_columns::<user::Entity>(&mut select, "a", "a_");
    join(&mut select, walk(query));
    for table in ["g", "b", "a"] {
        select.and_where(Expr::col((table, "organization_id")).eq(unit.tenant()));
    }
    select
        .and_where(Expr::col(("b", "id")).equals(("g", "grantor_id")))
        .and_where(Expr::col(("a", "id")).equals(("g", "grantee_id")))
        .cond_where(filters(query));
    if let Some(search) = &query.search {
        select.cond_where(found(unit.tenant(), backend, search));
    }
    let order = if query.sort.descending { Order::Desc } else { Order::Asc };
    let by = sort_expression(query.sort.field);
    if let Some(after) = &query.after {
        select.cond_where(going_on(query, after, by.clone()));
    }
    select
        .order_by_expr(by, order.clone())
        .order_by(("g", "id"), order)
        .limit(u64::from(query.limit.get()).saturating_add(1));
    select
}

/// In which order to walk through the tables: along the order of the list, so that a page ends the
/// walk; but from the grants of one person, which are few, where only those are wanted.
fn walk(query: &GrantQuery) -> [&'static str; 3] {
    if query.grantor.is_some() || query.grantee.is_some() {
        return ["g", "b", "a"];
    }
    match query.sort.field {
        GrantSortField::GranteeName | GrantSortField::GranteeEmail => ["a", "g", "b"],
        GrantSortField::GrantorName | GrantSortField::GrantorEmail => ["b", "g", "a"],
        GrantSortField::CreatedAt
        | GrantSortField::Login
        | GrantSortField::Send
        | GrantSortField::ExpiresAt
        | GrantSortField::LastUsedAt => ["g", "b", "a"],
    }
}

/// Joins the tables. SQLite, which knows little of how many rows there are, takes cross joins as an
/// order to walk in; PostgreSQL knows better, and finds the way itself.
fn join(select: &mut SelectStatement, [first, second, third]: [&'static str; 3]) {
    let table = |name: &'static str| {
        let table = if name == "g" { grant::TABLE } else { user::TABLE };
        TableRef::from(table).alias(name)
    };
    select.from(table(first)).cross_join(table(second)).cross_join(table(third));
}

/// That a grant, or one of its people, is found by a search: the people first, as they are fewer.
fn found(tenant: Uuid, backend: DbBackend, search: &str) -> Condition {
    let people =
        Query::select()
            .column(user::Column::Id)
            .from(user::Entity)
            .and_where(Expr::col(user::Column::OrganizationId).eq(tenant))
            .cond_where(
                Condition::any()
                    .add(contains(backend, user::Column::NameKey, search))
                    .add(contains(backend, user::Column::EmailKey, search)),
            )
            .take();
    Condition::any()
        .add(Expr::col(("g", "grantee_id")).in_subquery(people.clone()))
        .add(Expr::col(("g", "grantor_id")).in_subquery(people))
        .add(contains(backend, ("g", "reason_key"), search))
}

/// The expression by which a list is sorted, word for word as in the indexes.
fn sort_expression(field: GrantSortField) -> Expr {
    match field {
        GrantSortField::CreatedAt => Expr::col(("g", "created_at")),
        GrantSortField::GranteeName => Expr::col(("a", "name_key")),
        GrantSortField::GranteeEmail => Expr::col(("a", "email_key")),
        GrantSortField::GrantorName => Expr::col(("b", "name_key")),
        GrantSortField::GrantorEmail => Expr::col(("b", "email_key")),
        GrantSortField::Login => Expr::col(("g", "login")),
        GrantSortField::Send => Expr::col(("g", "send")),
        GrantSortField::ExpiresAt => {
            Expr::cust("COALESCE(\"g\".\"expires_at\", 9223372036854775807)")
        }
        GrantSortField::LastUsedAt => {
            Expr::cust("COALESCE(\"g\".\"last_used_at\", 9223372036854775807)")
        }
    }
}

/// What kind of value a field has, and a cursor's key is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Flag,
    Moment,
    Text,
}

/// That a grant comes after the last one of the page before.
fn going_on(query: &GrantQuery, after: &GrantCursor, by: Expr) -> Condition {
    let (kind, may_be_absent) = match query.sort.field {
        GrantSortField::Login | GrantSortField::Send => (Kind::Flag, false),
        GrantSortField::CreatedAt => (Kind::Moment, false),
        GrantSortField::ExpiresAt | GrantSortField::LastUsedAt => (Kind::Moment, true),
        GrantSortField::GranteeName
        | GrantSortField::GranteeEmail
        | GrantSortField::GrantorName
        | GrantSortField::GrantorEmail => (Kind::Text, false),
    };
    let (key_kind, key): (Kind, Value) = match &after.key {
        SortKey::Flag(flag) => (Kind::Flag, i64::from(*flag).into()),
        SortKey::At(at) => (Kind::Moment, micros(*at).into()),
        SortKey::Text(text) => (Kind::Text, text.clone().into()),
        SortKey::Absent if may_be_absent => (Kind::Moment, i64::MAX.into()),
        // After every value.
        SortKey::Absent => return all_or_nothing(query.sort.descending),
    };
    if key_kind != kind {
        // The key of another order: kinds are in an order, too, as in `SortKey`.
        return all_or_nothing((kind > key_kind) != query.sort.descending);
    }
    let here = Expr::tuple([by.clone(), Expr::col(("g", "id"))]);
    let there = Expr::tuple([Expr::val(key.clone()), Expr::val(after.id.uuid())]);
    // The first of the two follows from the second, but where the names are of another table
    // PostgreSQL does not see it, and would walk through all names before.
    if query.sort.descending {
        Condition::all().add(by.lte(key)).add(here.lt(there))
    } else {
        Condition::all().add(by.gte(key)).add(here.gt(there))
    }
}

fn all_or_nothing(all: bool) -> Condition {
    if all { Condition::all() } else { Condition::all().add(Expr::val(1).eq(0)) }
}

fn filters(query: &GrantQuery) -> Condition {
    let access = query.access.map(|access| match access {
        AccessType::Login => Expr::col(("g", "login")).eq(1),
        AccessType::Send => Expr::col(("g", "send")).eq(1),
    });
    let unused = query.unused_since.map(|moment| {
        let moment = micros_up(moment);
        let used_before = Expr::col(("g", "last_used_at"));
        Condition::all()
            .add(Condition::any().add(used_before.clone().is_null()).add(used_before.lt(moment)))
            .add(Expr::col(("g", "created_at")).lt(moment))
    });
    Condition::all()
        .add_option(access)
        .add_option(query.state.map(|state| state_condition(query, state)))
        .add_option(unused)
        .add_option(query.grantor.map(|user| Expr::col(("g", "grantor_id")).eq(user.uuid())))
        .add_option(query.grantee.map(|user| Expr::col(("g", "grantee_id")).eq(user.uuid())))
}

/// That a grant is in this state, as [`GrantState::of`] says.
fn state_condition(query: &GrantQuery, state: GrantState) -> Condition {
    let now = micros(query.now);
    let expired = || Expr::col(("g", "expires_at")).lte(now);
    let not_expired = || {
        Condition::any()
            .add(Expr::col(("g", "expires_at")).is_null())
            .add(Expr::col(("g", "expires_at")).gt(now))
    };
    let suspended = || {
        Condition::any()
            .add(Expr::col(("b", "status")).ne("active"))
            .add(Expr::col(("b", "protected")).eq(1))
            .add(Expr::col(("a", "status")).ne("active"))
    };
    let included = query.plan.includes_impersonation();
    let open =
        || Condition::all().add(not_expired()).add(suspended().not()).add(all_or_nothing(included));
    let starts_at = || Expr::col(("g", "starts_at"));
    match state {
        GrantState::Expired => Condition::all().add(expired()),
        GrantState::Suspended if !included => not_expired(),
        GrantState::Suspended => Condition::all().add(not_expired()).add(suspended()),
        GrantState::Live => {
            open().add(Condition::any().add(starts_at().is_null()).add(starts_at().lte(now)))
        }
        GrantState::Scheduled => open().add(starts_at().gt(now)),
    }
}
