//! Channels and their members.

use super::{
    Answer, Capability, Credential, Repeatable, Resource, UseCaseError, error::text, family,
    operation::Operation, people,
};
use crate::{
    channel::Channel,
    ids::{ChannelId, UserId},
    ports::{ChannelCursor, ChannelQuery, Page, PageLimit},
    role::Permission,
    text::Name,
    user::User,
};

family! {
    /// Channels.
    ChannelService
}

/// A channel, and whether the account that is used is in it.
#[derive(Debug, Clone)]
pub struct ChannelView {
    /// The channel.
    pub channel: Channel,
    /// Whether the account is a member now.
    pub is_member: bool,
}

impl ChannelService {
    /// Channels, by name: those that one is in, for administrators all.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn list(
        &self,
        credential: &Credential,
        after: Option<ChannelCursor>,
        limit: PageLimit,
    ) -> Result<Page<ChannelView, ChannelCursor>, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ReadChannels).await?;
        let result = async {
            let subject = op.ctx.caller.subject.id();
            let member = (!op.ctx.has(Permission::AdministerOrganization)).then_some(subject);
            let page =
                op.uow.directory_store().channels(&ChannelQuery { member, after, limit }).await?;
            let mut items = Vec::with_capacity(page.items.len());
            for channel in page.items {
                let is_member = op.uow.directory().is_member(channel.id(), subject).await?;
                items.push(ChannelView { channel, is_member });
            }
            op.record_read("channels", None, None).await?;
            Ok(Page { items, next: page.next })
        }
        .await;
        op.finish(result).await
    }

    /// Channels that one is in, by name: for administrators, too, only those.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn own(
        &self,
        credential: &Credential,
        after: Option<ChannelCursor>,
        limit: PageLimit,
    ) -> Result<Page<Channel, ChannelCursor>, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ReadChannels).await?;
        let result = async {
            let member = Some(op.ctx.caller.subject.id());
            let query = ChannelQuery { member, after, limit };
            let page = op.uow.directory_store().channels(&query).await?;
            op.record_read("channels", None, None).await?;
            Ok(page)
        }
        .await;
        op.finish(result).await
    }

    /// The members of a channel that one is in; for administrators of any.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for a channel that one is not in.
    pub async fn members(
        &self,
        credential: &Credential,
        id: ChannelId,
    ) -> Result<Vec<User>, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ReadChannels).await?;
        let result = async {
            let channel = find(&mut op, id).await?;
            let is_member = op.uow.directory().is_member(id, op.ctx.caller.subject.id()).await?;
            if !is_member && !op.ctx.has(Permission::AdministerOrganization) {
                op.about.channel = Some(id);
                return Err(UseCaseError::Hidden(Resource::Channel));
            }
            op.record_read(&format!("members/{id}"), Some(channel.id()), None).await?;
            Ok(op.uow.directory_store().members(id).await?)
        }
        .await;
        op.finish(result).await
    }

    /// Makes a channel. Whoever makes it is its first member.
    ///
    /// # Errors
    /// [`super::Conflict::NameTaken`] and others.
    pub async fn create(
        &self,
        credential: &Credential,
        name: &str,
        repeatable: Option<Repeatable<'_, ChannelView>>,
    ) -> Result<Answer<ChannelView>, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::CreateChannel).await?;
        let result = async {
            if let Some(body) = op.repeated(repeatable.as_ref()).await? {
                return Ok(Answer::Repeated(body));
            }
            let name = text("name", || Name::new(name))?;
            let stamp = op.ctx.stamp();
            let channel = Channel::create(op.ctx.organization_id(), name, &stamp);
            let channel = op.uow.directory_store().save_channel(channel).await?;
            let first = channel.add_member(op.ctx.caller.actor.id(), &stamp);
            op.uow.directory_store().add_member(first).await?;
            let created = ChannelView { channel, is_member: true };
            op.remember(repeatable.as_ref(), &created).await?;
            Ok(Answer::Fresh(created))
        }
        .await;
        op.finish(result).await
    }

    /// Takes a user into a channel. One who is in it already stays.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn add_member(
        &self,
        credential: &Credential,
        id: ChannelId,
        user: UserId,
    ) -> Result<(), UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::AddMember).await?;
        op.about.channel = Some(id);
        let result = async {
            let channel = find(&mut op, id).await?;
            let user = people::find(&mut op, user).await?;
            if !op.uow.directory().is_member(id, user.id()).await? {
                let joined = channel.add_member(user.id(), &op.ctx.stamp());
                op.uow.directory_store().add_member(joined).await?;
            }
            Ok(())
        }
        .await;
        op.finish(result).await
    }

    /// Takes a user out of a channel. From then on nothing can be sent there by them or as them.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] where the user is not in it, and others.
    pub async fn remove_member(
        &self,
        credential: &Credential,
        id: ChannelId,
        user: UserId,
    ) -> Result<(), UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::RemoveMember).await?;
        op.about.channel = Some(id);
        let result = async {
            let channel = find(&mut op, id).await?;
            if !op.uow.directory().is_member(id, user).await? {
                return Err(UseCaseError::NotFound(Resource::User));
            }
            let left = channel.remove_member(user, &op.ctx.stamp());
            op.uow.directory_store().remove_member(left).await?;
            Ok(())
        }
        .await;
        op.finish(result).await
    }
}

async fn find(op: &mut Operation, id: ChannelId) -> Result<Channel, UseCaseError> {
    op.uow.directory().channel(id).await?.ok_or(UseCaseError::NotFound(Resource::Channel))
}
