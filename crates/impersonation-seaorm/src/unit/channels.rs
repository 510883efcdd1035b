//! Channels and their members. A removed user is never a member.

use impersonation_domain::{
    channel::{Channel, Membership},
    ids::{ChannelId, TypedId, UserId},
    ports::{ChannelCursor, ChannelQuery, Constraint, Page, RepositoryError},
    user::User,
    version::Version,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, OnConflict, Query, SelectStatement},
};

use super::{
    Unit,
    statements::{fresh, select},
};
use crate::{
    entity::{channel, channel_member, key, user, version},
    error::Fault,
};

impl Unit {
    /// The identifiers of a channel's members.
    pub(super) fn members_of(&self, channel: ChannelId) -> SelectStatement {
        Query::select()
            .column(channel_member::Column::UserId)
            .from(channel_member::Entity)
            .and_where(channel_member::Column::OrganizationId.eq(self.tenant()))
            .and_where(channel_member::Column::ChannelId.eq(channel.uuid()))
            .take()
    }

    /// The identifiers of the channels that a user is in.
    fn channels_of(&self, user: UserId) -> SelectStatement {
        let remaining = Query::select()
            .column(user::Column::Id)
            .from(user::Entity)
            .and_where(user::Column::OrganizationId.eq(self.tenant()))
            .and_where(user::Column::Id.eq(user.uuid()))
            .and_where(user::remains())
            .take();
        Query::select()
            .column(channel_member::Column::ChannelId)
            .from(channel_member::Entity)
            .and_where(channel_member::Column::OrganizationId.eq(self.tenant()))
            .and_where(channel_member::Column::UserId.in_subquery(remaining))
            .take()
    }

    fn all_channels(&self) -> Select<channel::Entity> {
        channel::Entity::find()
            .filter(channel::Column::OrganizationId.eq(self.tenant()))
            .order_by_asc(channel::Column::NameKey)
            .order_by_asc(channel::Column::Id)
    }

    pub(super) async fn list_channels(
        &mut self,
        query: &ChannelQuery,
    ) -> Result<Page<Channel, ChannelCursor>, RepositoryError> {
        let after = query.after.as_ref().map(|after| {
            Expr::tuple([Expr::col(channel::Column::NameKey), Expr::col(channel::Column::Id)])
                .gt(Expr::tuple([Expr::val(after.name_key.clone()), Expr::val(after.id.uuid())]))
        });
        let member =
            query.member.map(|user| channel::Column::Id.in_subquery(self.channels_of(user)));
        let channels = self
            .all_channels()
            .filter(Condition::all().add_option(after).add_option(member))
            .limit(u64::from(query.limit.get()).saturating_add(1));
        let rows = self.rows(&select(channels)).await?;
        let channels = rows.iter().map(channel::read).collect::<Result<_, _>>()?;
        Ok(Page::from_surplus(channels, query.limit, |channel: &Channel| ChannelCursor {
            name_key: key(channel.name().as_str()),
            id: channel.id(),
        }))
    }

    pub(super) async fn list_members(
        &mut self,
        channel: ChannelId,
    ) -> Result<Vec<User>, RepositoryError> {
        let members = self
            .all_users()
            .filter(user::remains())
            .filter(user::Column::Id.in_subquery(self.members_of(channel)))
            .order_by_asc(user::Column::EmailKey)
            .order_by_asc(user::Column::Id);
        let rows = self.rows(&select(members)).await?;
        rows.iter().map(user::read).collect()
    }

    pub(super) async fn channels_of_both(
        &mut self,
        one: UserId,
        other: UserId,
    ) -> Result<Vec<Channel>, RepositoryError> {
        let channels = self
            .all_channels()
            .filter(channel::Column::Id.in_subquery(self.channels_of(one)))
            .filter(channel::Column::Id.in_subquery(self.channels_of(other)));
        let rows = self.rows(&select(channels)).await?;
        rows.iter().map(channel::read).collect()
    }

    pub(super) async fn write_channel(&self, channel: &Channel) -> Result<(), Fault> {
        let row = channel::write(channel)?;
        if channel.record().version == Version::INITIAL {
            self.own(channel.organization_id())?;
            let name =
                OnConflict::columns([channel::Column::OrganizationId, channel::Column::NameKey])
                    .do_nothing()
                    .to_owned();
            return match self.insert_unless::<channel::Entity, _>(row, name).await? {
                true => Ok(()),
                false => Err(Fault::Refused(RepositoryError::Duplicate(Constraint::ChannelName))),
            };
        }
        let which = Condition::all()
            .add(channel::Column::OrganizationId.eq(self.tenant()))
            .add(channel::Column::Id.eq(row.id))
            .add(channel::Column::Version.eq(version(channel.record().version)?.saturating_sub(1)));
        let constant =
            [channel::Column::OrganizationId, channel::Column::Id, channel::Column::CreatedAt];
        let replaced = self.replace_unless_taken::<channel::Entity, _>(
            row,
            &constant,
            which,
            Constraint::ChannelName,
        );
        fresh(replaced.await?)
    }

    pub(super) async fn write_member(&self, membership: &Membership) -> Result<(), Fault> {
        let row = channel_member::Model {
            organization_id: self.tenant(),
            channel_id: membership.channel.uuid(),
            user_id: membership.user.uuid(),
        };
        let twice = OnConflict::columns([
            channel_member::Column::OrganizationId,
            channel_member::Column::ChannelId,
            channel_member::Column::UserId,
        ])
        .do_nothing()
        .to_owned();
        match self.insert_unless::<channel_member::Entity, _>(row, twice).await? {
            true => Ok(()),
            false => Err(Fault::Refused(RepositoryError::Duplicate(Constraint::Other))),
        }
    }

    pub(super) async fn delete_member(&self, membership: &Membership) -> Result<(), Fault> {
        let key = (self.tenant(), membership.channel.uuid(), membership.user.uuid());
        let result = channel_member::Entity::delete_by_id(key).exec(&self.transaction).await?;
        fresh(result.rows_affected)
    }
}
