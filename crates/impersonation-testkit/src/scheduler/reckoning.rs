//! How things stood after each event, reckoned from the log alone: what was permitted must have been
//! justified by what stands before it there, and what was denied must not have been all the while.
//!
//! It shares nothing with the domain's decision but identifiers.

use std::collections::{BTreeMap, BTreeSet};

use impersonation_domain::{
    access::AccessType,
    audit::{Action, Event, FieldValue, Outcome, Snapshot},
    ids::{LoginSessionId, UserId},
    time::Timestamp,
};

/// Grantor and grantee.
type Pair = (UserId, UserId);

/// What a grant gives, and until when.
#[derive(Debug, Clone, Default)]
struct Given {
    access: Vec<String>,
    until: Option<Timestamp>,
}

/// How things stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    has_no_plan: bool,
    inactive: BTreeSet<UserId>,
    protected: BTreeSet<UserId>,
    members: BTreeSet<UserId>,
    grants: BTreeMap<Pair, Given>,
    live: BTreeSet<LoginSessionId>,
}

fn text(snapshot: Option<&Snapshot>, field: &str) -> Option<String> {
    match snapshot?.get(field)? {
        FieldValue::Text(text) => Some(text.clone()),
        FieldValue::Flag(_) | FieldValue::Number(_) | FieldValue::List(_) => None,
    }
}

fn pair(snapshot: Option<&Snapshot>) -> Pair {
    let user = |field| text(snapshot, field)?.parse().ok();
    let read = || Some((user("grantor_id")?, user("grantee_id")?));
    read().expect("a grant's event names its two people")
}

fn given(snapshot: Option<&Snapshot>) -> Given {
    let access = match snapshot.and_then(|snapshot| snapshot.get("access")) {
        Some(FieldValue::List(access)) => access.clone(),
        other => panic!("a grant's event says what it gives, not {other:?}"),
    };
    let until = text(snapshot, "expires_at");
    Given { access, until: until.map(|at| at.parse().expect("a moment")) }
}

impl Standing {
    /// How things stand after each event; the first is before any.
    pub(super) fn after_each(events: &[Event]) -> Vec<Self> {
        let mut all = vec![Self::default()];
        let mut now = Self::default();
        for event in events {
            if event.content.outcome == Outcome::Allowed {
                now.apply(event);
            }
            all.push(now.clone());
        }
        all
    }

    fn apply(&mut self, event: &Event) {
        let content = &event.content;
        let (before, after) = (content.before.as_ref(), content.after.as_ref());
        let on = content.subject.user();
        let put = |set: &mut BTreeSet<UserId>, is_in: bool| {
            let user = on.expect("the event is about a user");
            if is_in {
                set.insert(user)
            } else {
                set.remove(&user)
            };
        };
        match content.action {
            Action::OrganizationSetPlan => {
                self.has_no_plan = text(after, "plan").as_deref() == Some("individual");
            }
            Action::UserDeactivate => put(&mut self.inactive, true),
            Action::UserReactivate => put(&mut self.inactive, false),
            Action::UserProtect => put(&mut self.protected, true),
            Action::UserUnprotect => put(&mut self.protected, false),
            Action::ChannelAddMember => put(&mut self.members, true),
            Action::ChannelRemoveMember => put(&mut self.members, false),
            Action::GrantCreate | Action::GrantEdit => {
                self.grants.insert(pair(after), given(after));
            }
            Action::GrantDelete => drop(self.grants.remove(&pair(before))),
            Action::LoginSessionStart => self.live.extend(content.login_session),
            Action::LoginSessionEnd => {
                let session = content.login_session.expect("the end of a session names it");
                self.live.remove(&session);
            }
            _ => {}
        }
    }

    /// Whether the access is given and nothing else forbids its use.
    pub(super) fn permits(
        &self,
        access: AccessType,
        (grantor, grantee): Pair,
        at: Timestamp,
    ) -> bool {
        let given = self.grants.get(&(grantor, grantee));
        let is_given = given.is_some_and(|given| {
            given.access.iter().any(|name| name == access.as_str())
                && given.until.is_none_or(|until| at < until)
        });
        let in_channel =
            access == AccessType::Login || [grantor, grantee].iter().all(|user| self.is_in(*user));
        let nothing_forbids = !self.has_no_plan
            && !self.inactive.contains(&grantor)
            && !self.inactive.contains(&grantee)
            && !self.protected.contains(&grantor);
        is_given && in_channel && nothing_forbids
    }

    fn is_in(&self, user: UserId) -> bool {
        self.members.contains(&user)
    }

    /// Why what the event says should not have been permitted, as things stood before it.
    pub(super) fn unjustified(&self, event: &Event) -> Option<String> {
        let content = &event.content;
        if content.outcome == Outcome::Refused {
            return None;
        }
        let (Some(actor), Some(subject)) = (content.actor.user(), content.subject.user()) else {
            return None;
        };
        let permits = |access| self.permits(access, (subject, actor), content.at);
        let inside =
            |session: &LoginSessionId| self.live.contains(session) && permits(AccessType::Login);
        let is_justified = match content.action {
            Action::LoginSessionStart => permits(AccessType::Login),
            Action::LoginSessionEnd | Action::LoginSessionShorten => true,
            Action::MessageSend if content.access == Some(AccessType::Send) => {
                permits(AccessType::Send)
            }
            Action::MessageSend => {
                content.login_session.as_ref().is_none_or(inside) && self.is_in(subject)
            }
            _ => content.login_session.as_ref().is_none_or(inside),
        };
        (!is_justified).then(|| {
            format!(
                "R1: event {} ({}) is not justified by what stands before it in the log",
                event.sequence, content.action
            )
        })
    }
}
