//! The facts of a decision, in one query.

use impersonation_domain::{
    grant::Grant,
    ids::{ChannelId, TypedId, UserId},
    policy::{ChannelFacts, Facts},
    ports::{FactsQuery, RepositoryError},
};
use sea_orm::{
    Condition, ExprTrait, QueryResult,
    sea_query::{Expr, JoinType, Query, SelectStatement},
};

use super::{Unit, statements::add_columns};
use crate::{
    entity::{channel, channel_member, grant, organization, user},
    row::Row,
};

/// Reads the facts of a decision.
pub(super) async fn read(unit: &mut Unit, query: &FactsQuery) -> Result<Facts, RepositoryError> {
    let statement = statement(unit, query);
    // Where there is no organization, there is nobody and nothing in it.
    let Some(row) = unit.row(&statement).await? else { return Ok(Facts::default()) };
    let grant = grant::read_joined(&row, "g_")?;
    let (actor, subject) = (user::read_facts(&row, "a_")?, user::read_facts(&row, "s_")?);
    Ok(Facts {
        organization: Some((&organization::read(&row)?).into()),
        actor,
        subject,
        grants: grant.iter().map(Grant::facts).collect(),
        channel: query.channel.map(|id| read_channel(&row, id)).transpose()?.flatten(),
    })
}

fn statement(unit: &Unit, query: &FactsQuery) -> SelectStatement {
    let same = |table: &'static str, column: &'static str| {
        Expr::col((table, column)).equals((organization::TABLE, "id"))
    };
    let mut select = Query::select();
    select
        .column((organization::TABLE, sea_orm::sea_query::Asterisk))
        .from(organization::Entity)
        .and_where(Expr::col((organization::TABLE, "id")).eq(unit.tenant()));
    for (table, prefix, id) in [("a", "a_", query.actor), ("s", "s_", query.subject)] {
        add_columns::<user::Entity>(&mut select, table, prefix);
        let on = Condition::all()
            .add(same(table, "organization_id"))
            .add(Expr::col((table, "id")).eq(id.uuid()));
        select.join_as(JoinType::LeftJoin, user::Entity, table, on);
    }
    add_columns::<grant::Entity>(&mut select, "g", "g_");
    let on = Condition::all()
        .add(same("g", "organization_id"))
        .add(Expr::col(("g", "grantor_id")).eq(query.subject.uuid()))
        .add(Expr::col(("g", "grantee_id")).eq(query.actor.uuid()));
    select.join_as(JoinType::LeftJoin, grant::Entity, "g", on);
    if let Some(channel) = query.channel {
        join_channel(&mut select, query, channel);
    }
    select
}

fn join_channel(select: &mut SelectStatement, query: &FactsQuery, channel: ChannelId) {
    add_columns::<channel::Entity>(select, "c", "c_");
    let on = Condition::all()
        .add(Expr::col(("c", "organization_id")).equals((organization::TABLE, "id")))
        .add(Expr::col(("c", "id")).eq(channel.uuid()));
    select.join_as(JoinType::LeftJoin, channel::Entity, "c", on);
    let mut membership = |table: &'static str, column: &'static str, user: UserId| {
        let on = Condition::all()
            .add(Expr::col((table, "organization_id")).equals((organization::TABLE, "id")))
            .add(Expr::col((table, "channel_id")).eq(channel.uuid()))
            .add(Expr::col((table, "user_id")).eq(user.uuid()));
        select.join_as(JoinType::LeftJoin, channel_member::Entity, table, on);
        select.expr_as(Expr::col((table, "user_id")), column);
    };
    membership("am", "am_user_id", query.actor);
    membership("sm", "sm_user_id", query.subject);
}

fn read_channel(row: &QueryResult, id: ChannelId) -> Result<Option<ChannelFacts>, RepositoryError> {
    let channel = Row::of(channel::TABLE, row).prefixed("c_");
    if !channel.is_there("id")? {
        return Ok(None);
    }
    let remains = |prefix: &str| {
        let facts = user::read_facts(row, prefix)?;
        Ok::<_, RepositoryError>(
            facts
                .is_some_and(|user| user.status != impersonation_domain::user::UserStatus::Removed),
        )
    };
    let members = Row::of("channel_members", row);
    Ok(Some(ChannelFacts {
        id,
        organization: channel.id("organization_id")?,
        actor_is_member: members.is_there("am_user_id")? && remains("a_")?,
        subject_is_member: members.is_there("sm_user_id")? && remains("s_")?,
    }))
}
