//! What has happened since somebody last looked: for pages that are to know at once.
//!
//! Looking is no activity. It neither keeps a login session from going idle nor is it recorded,
//! since nothing of the account is shown: only that a page may be out of date.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Credential, UseCaseError,
    authentication::Caller,
    family,
    operation::{self, Operation},
};
use crate::{
    audit::{Action, Event, FieldValue, Outcome, Party},
    ids::{ChannelId, OrganizationId, UserId},
    ports::{ChannelQuery, PageLimit, UnitOfWork},
    role::Permission,
};

/// Whoever is further behind than this is told to look at everything anew.
const MAX_BEHIND: u16 = 1000;

family! {
    /// What has happened since somebody last looked.
    LiveService
}

/// What a page may show that can be out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The list of grants, for those who manage impersonation.
    Grants,
    /// Login sessions: for those who manage impersonation all, for others those that they are part of.
    LoginSessions,
    /// On whose accounts the caller may act, and what else they may do.
    Accounts,
    /// Who may act on the caller's account, and who does.
    Delegates,
    /// Roles and their permissions.
    Roles,
    /// The people of the organization.
    People,
    /// Channels and their members.
    Channels,
    /// The organization itself: its name, plan and settings.
    Organization,
    /// The messages of a channel that the account is in.
    Messages(ChannelId),
    /// The audit log, for those who may read it.
    AuditLog,
}

/// What a look has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The sequence of the organization's last event: from here on the next look is to go on.
    pub head: u64,
    /// What concerns the caller of what has happened since.
    pub topics: BTreeSet<Topic>,
}

impl LiveService {
    /// Whether the caller may go on, and what has happened that concerns them after the event with
    /// the sequence `seen`; of a login session also whether it is still justified.
    ///
    /// # Errors
    /// [`UseCaseError::Unauthenticated`] and [`UseCaseError::LoginSessionEnded`] where it is over.
    pub async fn look(&self, credential: &Credential, seen: u64) -> Result<Look, UseCaseError> {
        let (mut uow, caller) = Operation::begin_look(&self.ports, credential).await?;
        let head = uow.audit_log().head().await?.sequence;
        let viewer = Viewer::of(&caller);
        let topics = match head.checked_sub(seen) {
            Some(0) => BTreeSet::new(),
            Some(behind) if behind <= u64::from(MAX_BEHIND) => {
                let events = uow.audit_log().range(seen, MAX_BEHIND).await?;
                viewer.topics(&mut *uow, &events).await?
            }
            _ => viewer.everything(&mut *uow).await?,
        };
        Ok(Look { head, topics })
    }

    /// The sequence of the organization's last event, for a server that watches it on behalf of many
    /// pages. It says that something has happened, not what: it is not for clients.
    ///
    /// # Errors
    /// [`UseCaseError::Unavailable`].
    pub async fn head(&self, organization: OrganizationId) -> Result<u64, UseCaseError> {
        let mut uow = self.ports.units.begin_read(organization).await?;
        Ok(uow.audit_log().head().await?.sequence)
    }

    /// The organization that a credential belongs to, whether or not it is still valid.
    ///
    /// # Errors
    /// [`UseCaseError::Unauthenticated`] where it belongs to none.
    pub async fn organization_of(
        &self,
        credential: &Credential,
    ) -> Result<OrganizationId, UseCaseError> {
        operation::organization_of(&self.ports, &credential.proof).await
    }
}

/// Whose page it is.
struct Viewer {
    id: UserId,
    permissions: BTreeSet<Permission>,
    in_login_session: bool,
}

impl Viewer {
    fn of(caller: &Caller) -> Self {
        let in_login_session = caller.login.is_some();
        let permissions = if in_login_session {
            BTreeSet::new()
        } else {
            caller.role.permissions_on(caller.organization.plan())
        };
        Self { id: caller.subject.id(), permissions, in_login_session }
    }

    fn has(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    async fn topics(
        &self,
        uow: &mut dyn UnitOfWork,
        events: &[Event],
    ) -> Result<BTreeSet<Topic>, UseCaseError> {
        let mut found = BTreeSet::new();
        let mut memberships = BTreeMap::new();
        for event in events {
            let content = &event.content;
            if self.has(Permission::ReadAuditLog) {
                found.insert(Topic::AuditLog);
            }
            if content.outcome != Outcome::Allowed {
                continue;
            }
            if content.action == Action::MessageSend
                && let Some(channel) = content.channel
            {
                if let std::collections::btree_map::Entry::Vacant(entry) =
                    memberships.entry(channel)
                {
                    entry.insert(uow.directory().is_member(channel, self.id).await?);
                }
                if memberships.get(&channel).is_some_and(|is_member| *is_member) {
                    found.insert(Topic::Messages(channel));
                }
            } else {
                found.extend(self.of_event(event));
            }
        }
        Ok(found.into_iter().filter(|topic| self.may_know(*topic)).collect())
    }

    /// What an event other than a message concerns. Every action has to be decided on here.
    fn of_event(&self, event: &Event) -> Vec<Topic> {
        use Topic::{
            Accounts, Channels, Delegates, Grants, LoginSessions, Organization, People, Roles,
        };
        let is_mine = event.content.subject == Party::User(self.id);
        let is_by_me = event.content.actor == Party::User(self.id);
        match event.content.action {
            Action::OrganizationCreate | Action::OrganizationEdit | Action::OrganizationSetPlan => {
                vec![Organization, Accounts, Grants, Delegates]
            }
            Action::RoleCreate | Action::RoleEdit | Action::RoleDelete => {
                vec![Roles, Accounts, Grants]
            }
            Action::UserCreate
            | Action::UserRename
            | Action::UserSetRole
            | Action::UserDeactivate
            | Action::UserReactivate
            | Action::UserProtect
            | Action::UserUnprotect
            | Action::UserRemove => vec![People, Roles, Accounts, Grants, Delegates],
            Action::ChannelCreate | Action::ChannelAddMember | Action::ChannelRemoveMember => {
                vec![Channels]
            }
            Action::GrantCreate | Action::GrantEdit | Action::GrantDelete => {
                let mut topics = vec![Grants];
                topics.extend(is_mine.then_some(Delegates));
                topics.extend((grantee(event) == Some(self.id)).then_some(Accounts));
                topics
            }
            Action::LoginSessionStart | Action::LoginSessionShorten | Action::LoginSessionEnd => {
                let mut topics = vec![Grants];
                let manages = self.has(Permission::ManageUserImpersonation);
                topics.extend((manages || is_mine || is_by_me).then_some(LoginSessions));
                topics.extend(is_mine.then_some(Delegates));
                topics
            }
            Action::GrantRead
            | Action::LoginSessionRead
            | Action::AccountRead
            | Action::FormSubmit
            | Action::ChannelRead
            | Action::MessageRead
            | Action::FileRead
            | Action::MessageSend
            | Action::UserSetPassword
            | Action::DecisionExplain
            | Action::DirectoryRead
            | Action::AuditRead
            | Action::AuditVerify
            | Action::SignIn
            | Action::SignOut
            | Action::TokenCreate
            | Action::TokenRevoke
            | Action::TokenRead => Vec::new(),
        }
    }

    /// Whether somebody like this sees such a thing at all.
    fn may_know(&self, topic: Topic) -> bool {
        match topic {
            Topic::Channels | Topic::Messages(_) => true,
            Topic::Grants => self.has(Permission::ManageUserImpersonation),
            Topic::AuditLog => self.has(Permission::ReadAuditLog),
            Topic::LoginSessions
            | Topic::Accounts
            | Topic::Delegates
            | Topic::Roles
            | Topic::People
            | Topic::Organization => !self.in_login_session,
        }
    }

    /// All that such a viewer may ever be told of.
    async fn everything(&self, uow: &mut dyn UnitOfWork) -> Result<BTreeSet<Topic>, UseCaseError> {
        let mine = ChannelQuery { member: Some(self.id), after: None, limit: PageLimit::MAX };
        let channels = uow.directory_store().channels(&mine).await?.items;
        let fixed = [
            Topic::Grants,
            Topic::LoginSessions,
            Topic::Accounts,
            Topic::Delegates,
            Topic::Roles,
            Topic::People,
            Topic::Channels,
            Topic::Organization,
            Topic::AuditLog,
        ];
        let all =
            fixed.into_iter().chain(channels.iter().map(|channel| Topic::Messages(channel.id())));
        Ok(all.filter(|topic| self.may_know(*topic)).collect())
    }
}

/// The user receiving access, whom the events of a grant name in what it looks like.
fn grantee(event: &Event) -> Option<UserId> {
    let content = &event.content;
    let snapshots = [content.after.as_ref(), content.before.as_ref()];
    snapshots.into_iter().flatten().find_map(|snapshot| match snapshot.get("grantee_id") {
        Some(FieldValue::Text(id)) => id.parse().ok(),
        _ => None,
    })
}
