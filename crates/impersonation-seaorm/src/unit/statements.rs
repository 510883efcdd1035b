//! What the statements have in common.

use impersonation_domain::ports::{Constraint, RepositoryError};
use sea_orm::{
    ActiveModelTrait, Condition, DbBackend, EntityTrait, ExprTrait, IdenStatic, IntoActiveModel,
    Iterable, Order, QueryFilter, QueryTrait, Select, SqlErr,
    sea_query::{
        Alias, Expr, Func, IntoColumnRef, OnConflict, Query, SelectStatement, SimpleExpr, UnionType,
    },
};

use super::Unit;
use crate::{entity::key, error::Fault};

/// The rows of this table as a statement.
pub(super) fn select<E: EntityTrait>(select: Select<E>) -> SelectStatement {
    select.into_query()
}

impl Unit {
    /// Inserts a row.
    pub(super) async fn insert<E, M>(&self, model: M) -> Result<(), Fault>
    where
        E: EntityTrait<Model = M>,
        M: IntoActiveModel<E::ActiveModel> + Send,
        E::ActiveModel: Send,
    {
        E::insert(model.into_active_model()).exec_without_returning(&self.transaction).await?;
        Ok(())
    }

    /// Inserts a row unless it would conflict; the answer is whether it was inserted. A statement
    /// that fails would take the whole transaction with it on PostgreSQL.
    pub(super) async fn insert_unless<E, M>(
        &self,
        model: M,
        conflict: OnConflict,
    ) -> Result<bool, Fault>
    where
        E: EntityTrait<Model = M>,
        M: IntoActiveModel<E::ActiveModel> + Send,
        E::ActiveModel: Send,
    {
        let insert = E::insert(model.into_active_model()).on_conflict(conflict);
        Ok(insert.exec_without_returning(&self.transaction).await? > 0)
    }

    /// Replaces the columns of the rows that are meant, but for those that never change.
    pub(super) async fn replace<E, M>(
        &self,
        model: M,
        constant: &[E::Column],
        which: Condition,
    ) -> Result<u64, Fault>
    where
        E: EntityTrait<Model = M>,
        M: IntoActiveModel<E::ActiveModel> + Send,
        E::ActiveModel: Send,
    {
        let active = changes::<E, _>(model, constant);
        let result = E::update_many().set(active).filter(which).exec(&self.transaction).await?;
        Ok(result.rows_affected)
    }

    /// The same, where a rule of uniqueness may be broken. It is tried within a savepoint, for a
    /// statement that fails would take the whole transaction with it on PostgreSQL.
    pub(super) async fn replace_unless_taken<E, M>(
        &self,
        model: M,
        constant: &[E::Column],
        which: Condition,
        constraint: Constraint,
    ) -> Result<u64, Fault>
    where
        E: EntityTrait<Model = M>,
        M: IntoActiveModel<E::ActiveModel> + Send,
        E::ActiveModel: Send,
    {
        let active = changes::<E, _>(model, constant);
        let savepoint = self.transaction.savepoint().await?;
        match E::update_many().set(active).filter(which).exec(&savepoint).await {
            Ok(result) => {
                savepoint.commit().await?;
                Ok(result.rows_affected)
            }
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                savepoint.rollback().await?;
                Err(Fault::Refused(RepositoryError::Duplicate(constraint)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What of a row is to be written over the one that is there.
fn changes<E, M>(model: M, constant: &[E::Column]) -> E::ActiveModel
where
    E: EntityTrait<Model = M>,
    M: IntoActiveModel<E::ActiveModel>,
{
    let mut active = model.into_active_model().reset_all();
    for column in constant {
        active.not_set(*column);
    }
    active
}

/// That exactly the row was there that a change was made from.
pub(super) fn fresh(rows_affected: u64) -> Result<(), Fault> {
    if rows_affected == 0 { Err(Fault::Refused(RepositoryError::Stale)) } else { Ok(()) }
}

/// That a lower-cased column contains what is searched, letter for letter but for ASCII case.
pub(super) fn contains(backend: DbBackend, column: impl IntoColumnRef, search: &str) -> SimpleExpr {
    // No text has such a character, and PostgreSQL takes none.
    if search.contains('\0') {
        return Expr::val(1).eq(0);
    }
    let function = match backend {
        DbBackend::Sqlite => "instr",
        _ => "strpos",
    };
    Func::cust(function).arg(Expr::col(column)).arg(key(search)).gt(0)
}

/// Adds all columns of a joined table to a query, each with a prefix to its name.
pub(super) fn add_columns<E: EntityTrait>(
    query: &mut SelectStatement,
    table: &'static str,
    prefix: &str,
) {
    for column in E::Column::iter() {
        let name = format!("{prefix}{}", column.as_str());
        query.expr_as(Expr::col((table, column)), Alias::new(name));
    }
}

/// What either of two queries finds, once. Each brings its own order and limit, which are short
/// walks along an index each; what they find is put into order by these columns, going down.
pub(super) fn either<E: EntityTrait>(
    queries: [Select<E>; 2],
    descending: &[E::Column],
    limit: u64,
) -> SelectStatement {
    let [mut one, other] = queries.map(|query| {
        let columns = E::Column::iter();
        Query::select().columns(columns).from_subquery(query.into_query(), "part").take()
    });
    one.union(UnionType::Distinct, other);
    for column in descending {
        one.order_by(*column, Order::Desc);
    }
    one.limit(limit);
    one
}
