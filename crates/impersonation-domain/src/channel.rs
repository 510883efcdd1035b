//! Channels and their members.

use crate::{
    audit::{Action, Party, Recorded, Snapshot, Stamp},
    ids::{ChannelId, OrganizationId, UserId, generate_id},
    text::Name,
    time::Timestamp,
    version::Version,
};

/// A channel as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRecord {
    /// Its identifier.
    pub id: ChannelId,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// What it is called; unique in the organization without regard to case.
    pub name: Name,
    /// Raised by each change.
    pub version: Version,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A channel of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel(ChannelRecord);

/// That a user is, or was, in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Membership {
    /// The channel.
    pub channel: ChannelId,
    /// The user.
    pub user: UserId,
}

impl Channel {
    /// Makes a channel without members.
    pub fn create(organization: OrganizationId, name: Name, stamp: &Stamp<'_>) -> Recorded<Self> {
        let channel = Self(ChannelRecord {
            id: generate_id(stamp),
            organization,
            name,
            version: Version::INITIAL,
            created_at: stamp.at(),
        });
        let mut event = stamp.event(Action::ChannelCreate, Party::Organization(organization));
        event.channel = Some(channel.id());
        event.after = Some(channel.snapshot());
        Recorded::new(channel, event)
    }

    /// The channel as a store read it.
    #[must_use]
    pub fn from_record(record: ChannelRecord) -> Self {
        Self(record)
    }

    /// Everything that is stored of it.
    #[must_use]
    pub fn record(&self) -> &ChannelRecord {
        &self.0
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> ChannelId {
        self.0.id
    }

    /// The organization that it belongs to.
    #[must_use]
    pub fn organization_id(&self) -> OrganizationId {
        self.0.organization
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// Takes the user in.
    pub fn add_member(&self, user: UserId, stamp: &Stamp<'_>) -> Recorded<Membership> {
        self.membership(Action::ChannelAddMember, user, stamp)
    }

    /// Takes the user out.
    pub fn remove_member(&self, user: UserId, stamp: &Stamp<'_>) -> Recorded<Membership> {
        self.membership(Action::ChannelRemoveMember, user, stamp)
    }

    fn membership(&self, action: Action, user: UserId, stamp: &Stamp<'_>) -> Recorded<Membership> {
        let mut event = stamp.event_on(action, user);
        event.channel = Some(self.id());
        event.after = Some(self.snapshot());
        Recorded::new(Membership { channel: self.id(), user }, event)
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::new().with("channel", self.0.name.as_str())
    }
}
