//! What there should be, as the events tell it.

use std::collections::{BTreeMap, BTreeSet};

use impersonation_domain::{
    audit::{Action, EventContent, FieldValue, Snapshot},
    ids::{ChannelId, GrantId, LoginSessionId, UserId},
};

use super::difference;

/// What is in an organization.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// Version, the two people, and the access types.
    pub(super) grants: BTreeMap<GrantId, (u64, Vec<String>)>,
    /// Whether it is live, and its grant.
    pub(super) login_sessions: BTreeMap<LoginSessionId, (bool, GrantId)>,
    pub(super) messages: BTreeSet<String>,
    pub(super) users: BTreeSet<UserId>,
    pub(super) channels: BTreeMap<ChannelId, BTreeSet<UserId>>,
}

impl Told {
    /// Takes in what this event tells.
    pub(super) fn take(&mut self, event: &EventContent) {
        match (event.action, event.grant, event.login_session) {
            (Action::GrantCreate | Action::GrantEdit, Some(grant), _) => {
                let parts = event.after.as_ref().map(parts).unwrap_or_default();
                self.grants.insert(grant.id, (grant.version.get(), parts));
            }
            (Action::GrantDelete, Some(grant), _) => {
                self.grants.remove(&grant.id);
            }
            (Action::LoginSessionStart, Some(grant), Some(session)) => {
                self.login_sessions.insert(session, (true, grant.id));
            }
            (Action::LoginSessionEnd, Some(grant), Some(session)) => {
                self.login_sessions.insert(session, (false, grant.id));
            }
            _ => self.take_other(event),
        }
    }

    fn take_other(&mut self, event: &EventContent) {
        let (user, channel) = (event.subject.user(), event.channel);
        match event.action {
            Action::MessageSend => {
                let id = event.after.as_ref().and_then(|after| after.get("message_id"));
                self.messages.insert(id.map(texts).unwrap_or_default().concat());
            }
            Action::UserCreate => self.users.extend(user),
            Action::UserRemove => {
                self.users.retain(|one| Some(*one) != user);
                for members in self.channels.values_mut() {
                    members.retain(|one| Some(*one) != user);
                }
            }
            Action::ChannelCreate => {
                self.channels.extend(channel.map(|channel| (channel, BTreeSet::new())));
            }
            Action::ChannelAddMember => {
                let members = channel.map(|channel| self.channels.entry(channel).or_default());
                if let (Some(members), Some(user)) = (members, user) {
                    members.insert(user);
                }
            }
            Action::ChannelRemoveMember => {
                let members = channel.and_then(|channel| self.channels.get_mut(&channel));
                if let (Some(members), Some(user)) = (members, user) {
                    members.remove(&user);
                }
            }
            _ => {}
        }
    }

    /// Compares it with what there is.
    pub(super) fn compare(&self, found: &Self) -> Result<(), String> {
        for (id, (live, grant)) in &found.login_sessions {
            if *live && !found.grants.contains_key(grant) {
                return Err(format!(
                    "the login session {id} is live, but its grant {grant} is gone"
                ));
            }
        }
        let set = |ids: &BTreeSet<String>| ids.iter().map(|id| (id.clone(), ())).collect();
        let users = |ids: &BTreeSet<UserId>| ids.iter().map(|id| (*id, ())).collect();
        difference("grant", &self.grants, &found.grants)?;
        difference("login session", &self.login_sessions, &found.login_sessions)?;
        difference("message", &set(&self.messages), &set(&found.messages))?;
        difference("user", &users(&self.users), &users(&found.users))?;
        difference("channel", &self.channels, &found.channels)
    }
}

fn parts(after: &Snapshot) -> Vec<String> {
    let fields = ["grantor_id", "grantee_id", "access"].into_iter();
    fields.flat_map(|field| after.get(field).map(texts).unwrap_or_default()).collect()
}

fn texts(value: &FieldValue) -> Vec<String> {
    match value {
        FieldValue::Text(text) => vec![text.clone()],
        FieldValue::List(texts) => texts.clone(),
        FieldValue::Flag(_) | FieldValue::Number(_) => Vec::new(),
    }
}
