//! The list of grants: filters, orders, and where a page goes on.

use impersonation_domain::{
    access::AccessType,
    grant::GrantState,
    ids::TypedId,
    ports::{GrantCursor, GrantQuery, GrantSortField, GrantView, Page, RepositoryError, SortKey},
};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, ExprTrait, Order, QueryResult,
    sea_query::{Expr, JoinType, Query, SelectStatement, Value},
};

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
pub(super) fn statement(unit: &Unit, query: &GrantQuery) -> SelectStatement {
    let mut select = Query::select();
    add_columns::<grant::Entity>(&mut select, "g", "g_");
    add_columns::<user::Entity>(&mut select, "b", "b_");
    add_columns::<user::Entity>(&mut select, "a", "a_");
    select.from_as(grant::Entity, "g");
    for (table, column) in [("b", "grantor_id"), ("a", "grantee_id")] {
        let on = Condition::all()
            .add(Expr::col((table, "organization_id")).equals(("g", "organization_id")))
            .add(Expr::col((table, "id")).equals(("g", column)));
        select.join_as(JoinType::InnerJoin, user::Entity, table, on);
    }
    select.and_where(Expr::col(("g", "organization_id")).eq(unit.tenant()));
    select.cond_where(filters(unit.transaction.get_database_backend(), query));
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
    let here = Expr::tuple([by, Expr::col(("g", "id"))]);
    let there = Expr::tuple([Expr::val(key), Expr::val(after.id.uuid())]);
    Condition::all().add(if query.sort.descending { here.lt(there) } else { here.gt(there) })
}

fn all_or_nothing(all: bool) -> Condition {
    if all { Condition::all() } else { Condition::all().add(Expr::val(1).eq(0)) }
}

fn filters(backend: DbBackend, query: &GrantQuery) -> Condition {
    let search = query.search.as_deref().map(|search| {
        [
            ("a", "name_key"),
            ("a", "email_key"),
            ("b", "name_key"),
            ("b", "email_key"),
            ("g", "reason_key"),
        ]
        .into_iter()
        .fold(Condition::any(), |any, column| any.add(contains(backend, column, search)))
    });
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
        .add_option(search)
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
