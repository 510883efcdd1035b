//! Whose page it is, and what of the events concerns them.

use std::collections::BTreeSet;

use super::Topic;
use crate::{
    access::AccessType,
    audit::{Action, Event, FieldValue, Outcome},
    ids::UserId,
    ports::{ChannelQuery, PageLimit, UnitOfWork},
    role::Permission,
    service::{UseCaseError, authentication::Caller},
};

/// Whose page it is.
pub(super) struct Viewer {
    account: UserId,
    permissions: BTreeSet<Permission>,
    in_login_session: bool,
}

impl Viewer {
    pub(super) fn of(caller: &Caller) -> Self {
        Self {
            account: caller.subject.id(),
            permissions: caller.permissions(),
            in_login_session: caller.login.is_some(),
        }
    }

    /// What these events concern of what such a viewer may know of.
    pub(super) async fn topics(
        &self,
        uow: &mut dyn UnitOfWork,
        events: &[Event],
    ) -> Result<BTreeSet<Topic>, UseCaseError> {
        let mut topics: BTreeSet<Topic> =
            events.iter().flat_map(|event| self.concerned_by(event)).collect();
        topics.retain(|topic| self.may_know(*topic));
        for topic in topics.clone() {
            if let Topic::Messages(channel) = topic
                && !uow.directory().is_member(channel, self.account).await?
            {
                topics.remove(&topic);
            }
        }
        Ok(topics)
    }

    /// All that such a viewer may ever be told of.
    pub(super) async fn everything(
        &self,
        uow: &mut dyn UnitOfWork,
    ) -> Result<BTreeSet<Topic>, UseCaseError> {
        let mut topics = BTreeSet::from([
            Topic::Grants,
            Topic::LoginSessions,
            Topic::Accounts,
            Topic::Delegates,
            Topic::Roles,
            Topic::People,
            Topic::Channels,
            Topic::Organization,
            Topic::AuditLog,
        ]);
        topics.retain(|topic| self.may_know(*topic));
        let mut query =
            ChannelQuery { member: Some(self.account), after: None, limit: PageLimit::MAX };
        loop {
            let page = uow.directory_store().channels(&query).await?;
            topics.extend(page.items.iter().map(|channel| Topic::Messages(channel.id())));
            if page.next.is_none() {
                return Ok(topics);
            }
            query.after = page.next;
        }
    }

    /// What an event concerns, whether or not the viewer may know of it. Every action has to be
    /// decided on here. Only the log shows what was refused.
    fn concerned_by(&self, event: &Event) -> Vec<Topic> {
        use Topic::{
            Accounts, AuditLog, Channels, Delegates, Grants, LoginSessions, Messages, Organization,
            People, Roles,
        };
        let content = &event.content;
        if content.outcome != Outcome::Allowed {
            return vec![AuditLog];
        }
        let delegates = (content.subject.user() == Some(self.account)).then_some(Delegates);
        let mut topics = vec![AuditLog];
        match content.action {
            Action::OrganizationCreate | Action::OrganizationEdit | Action::OrganizationSetPlan => {
                topics.extend([Organization, Roles, Accounts, Delegates, Grants]);
            }
            Action::RoleCreate | Action::RoleEdit | Action::RoleDelete => {
                topics.extend([Roles, People, Accounts, Grants]);
            }
            Action::UserCreate
            | Action::UserRename
            | Action::UserSetRole
            | Action::UserDeactivate
            | Action::UserReactivate
            | Action::UserProtect
            | Action::UserUnprotect
            | Action::UserRemove => topics.extend([People, Roles, Accounts, Delegates, Grants]),
            Action::ChannelCreate | Action::ChannelAddMember | Action::ChannelRemoveMember => {
                topics.extend([Channels, Accounts]);
            }
            Action::GrantCreate | Action::GrantEdit | Action::GrantDelete => {
                topics.push(Grants);
                topics.extend(delegates);
                topics.extend(self.is_named(event, "grantee_id").then_some(Accounts));
            }
            // A grant shows when it was last used.
            Action::LoginSessionStart | Action::LoginSessionShorten | Action::LoginSessionEnd => {
                topics.push(Grants);
                topics.extend(delegates);
                // Whoever was logged in is not the actor of the event when somebody else ends it.
                let is_mine = delegates.is_some() || self.is_named(event, "actor_id");
                let manages = self.permissions.contains(&Permission::ManageUserImpersonation);
                topics.extend((is_mine || manages).then_some(LoginSessions));
            }
            Action::MessageSend => {
                topics.extend(content.channel.map(Messages));
                if content.access == Some(AccessType::Send) {
                    topics.push(Grants);
                    topics.extend(delegates);
                }
            }
            Action::GrantRead
            | Action::LoginSessionRead
            | Action::AccountRead
            | Action::FormSubmit
            | Action::ChannelRead
            | Action::MessageRead
            | Action::FileRead
            | Action::UserSetPassword
            | Action::DecisionExplain
            | Action::DirectoryRead
            | Action::AuditRead
            | Action::AuditVerify
            | Action::SignIn
            | Action::SignOut
            | Action::TokenCreate
            | Action::TokenRevoke
            | Action::TokenRead => {}
        }
        topics
    }

    /// Whether what the event is about names the viewer's account in this field.
    fn is_named(&self, event: &Event, field: &str) -> bool {
        let snapshots = [event.content.before.as_ref(), event.content.after.as_ref()];
        let account = FieldValue::Text(self.account.to_string());
        snapshots.into_iter().flatten().any(|snapshot| snapshot.get(field) == Some(&account))
    }

    /// Whether somebody like this sees such a thing at all. Of messages, membership decides as well.
    fn may_know(&self, topic: Topic) -> bool {
        match topic {
            Topic::Channels | Topic::Messages(_) => true,
            Topic::Grants => self.permissions.contains(&Permission::ManageUserImpersonation),
            Topic::AuditLog => self.permissions.contains(&Permission::ReadAuditLog),
            Topic::LoginSessions
            | Topic::Accounts
            | Topic::Delegates
            | Topic::Roles
            | Topic::People
            | Topic::Organization => !self.in_login_session,
        }
    }
}
