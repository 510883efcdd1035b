//! The rules of a decision, one by one.

use std::cmp::Reverse;

use super::{Act, Facts, GrantFacts, Request, Standing};
use crate::{access::AccessType, ids::UserId, time::Timestamp, user::UserStatus};

/// A condition that must hold for a permit. The order is that in which they are reported: a rule
/// that would reveal something about another person comes after the grant that entitles the actor
/// to know of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The organization's plan includes impersonation (design rule 3.1).
    PlanIncludesImpersonation,
    /// The actor asks from an account of their own (rule 3.4: depth one).
    OwnAccount,
    /// Actor and subject are two different users (rule 3.2).
    DifferentAccounts,
    /// The actor is an active user of the organization.
    ActorActive,
    /// The actor is a member of the channel now (rule 3.5). Only for sending.
    ActorInChannel,
    /// There is a grant from the subject to the actor.
    GrantExists,
    /// The login session's own grant still stands. Only inside a login session.
    SameGrant,
    /// The subject is an active user of the organization.
    SubjectActive,
    /// The subject's account is not protected (rule 3.7).
    SubjectNotProtected,
    /// The grant gives the access type.
    AccessGranted,
    /// The grant's start is not in the future.
    GrantStarted,
    /// The grant's expiry is in the future.
    GrantNotExpired,
    /// The subject is a member of the channel now (rule 3.5). Only for sending.
    SubjectInChannel,
}

/// A rule, and whether it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleOutcome {
    /// Which rule.
    pub rule: Rule,
    /// Whether it held.
    pub holds: bool,
    /// The stable code of the denial that it gives where it does not hold.
    pub code: &'static str,
}

impl Rule {
    /// All rules, in the order in which they are reported.
    pub const ALL: [Self; 13] = [
        Self::PlanIncludesImpersonation,
        Self::OwnAccount,
        Self::DifferentAccounts,
        Self::ActorActive,
        Self::ActorInChannel,
        Self::GrantExists,
        Self::SameGrant,
        Self::SubjectActive,
        Self::SubjectNotProtected,
        Self::AccessGranted,
        Self::GrantStarted,
        Self::GrantNotExpired,
        Self::SubjectInChannel,
    ];

    /// The rule's stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PlanIncludesImpersonation => "plan_includes_impersonation",
            Self::OwnAccount => "own_account",
            Self::DifferentAccounts => "different_accounts",
            Self::ActorActive => "actor_active",
            Self::ActorInChannel => "actor_in_channel",
            Self::GrantExists => "grant_exists",
            Self::SameGrant => "same_grant",
            Self::SubjectActive => "subject_active",
            Self::SubjectNotProtected => "subject_not_protected",
            Self::AccessGranted => "access_granted",
            Self::GrantStarted => "grant_started",
            Self::GrantNotExpired => "grant_not_expired",
            Self::SubjectInChannel => "subject_in_channel",
        }
    }

    /// The stable code of the denial for a request of this kind.
    #[must_use]
    pub fn code<A: Act>(self) -> &'static str {
        match self {
            Self::PlanIncludesImpersonation => "plan_excludes_impersonation",
            Self::OwnAccount => "in_login_session",
            Self::DifferentAccounts => "same_user",
            Self::ActorActive => "actor_inactive",
            Self::ActorInChannel => "channel_not_found",
            Self::GrantExists => "no_grant",
            Self::SameGrant => "grant_replaced",
            Self::SubjectActive => "subject_inactive",
            Self::SubjectNotProtected => "subject_protected",
            Self::AccessGranted => match A::ACCESS {
                AccessType::Login => "login_not_granted",
                AccessType::Send => "send_not_granted",
            },
            Self::GrantStarted => "grant_not_started",
            Self::GrantNotExpired => "grant_expired",
            Self::SubjectInChannel => "subject_not_in_channel",
        }
    }

    /// Whether the rule bears on this act at all.
    pub(super) fn concerns<A: Act>(self, act: &A) -> bool {
        match self {
            Self::ActorInChannel | Self::SubjectInChannel => act.channel().is_some(),
            Self::SameGrant => act.bound_to().is_some(),
            Self::OwnAccount => act.bound_to().is_none(),
            _ => true,
        }
    }

    /// Whether the rule holds. `grant` is what [`best_grant`] chose.
    pub(super) fn holds<A: Act>(
        self,
        facts: &Facts,
        request: &Request<A>,
        grant: Option<&GrantFacts>,
        now: Timestamp,
    ) -> bool {
        #[cfg(planted)]
        if crate::planted::holds_all_the_same(self, facts, request) {
            return true;
        }
        let organization = facts.organization.as_ref();
        match self {
            Self::PlanIncludesImpersonation => {
                organization.is_some_and(|o| o.plan.includes_impersonation())
            }
            Self::OwnAccount => request.standing == Standing::OwnAccount,
            Self::DifferentAccounts => request.actor != request.subject,
            Self::ActorActive => is_active_member(facts, facts.actor.as_ref(), request.actor),
            Self::SubjectActive => is_active_member(facts, facts.subject.as_ref(), request.subject),
            Self::ActorInChannel => in_channel(facts, request, |channel| channel.actor_is_member),
            Self::SubjectInChannel => {
                in_channel(facts, request, |channel| channel.subject_is_member)
            }
            Self::GrantExists => grant.is_some(),
            Self::SameGrant => grant.is_some_and(|g| request.act.bound_to() == Some(g.id)),
            Self::SubjectNotProtected => facts.subject.as_ref().is_some_and(|s| !s.protected),
            Self::AccessGranted => grant.is_some_and(|g| g.access.contains(A::ACCESS)),
            Self::GrantStarted => grant.is_some_and(|g| g.window.has_started(now)),
            Self::GrantNotExpired => grant.is_some_and(|g| !g.window.has_expired(now)),
        }
    }
}

fn is_active_member(facts: &Facts, user: Option<&super::UserFacts>, expected: UserId) -> bool {
    user.is_some_and(|user| {
        user.id == expected
            && user.status == UserStatus::Active
            && facts.organization.as_ref().is_some_and(|o| o.id == user.organization)
    })
}

fn in_channel<A: Act>(
    facts: &Facts,
    request: &Request<A>,
    is_member: impl Fn(&super::ChannelFacts) -> bool,
) -> bool {
    facts.channel.as_ref().is_some_and(|channel| {
        request.act.channel() == Some(channel.id)
            && facts.organization.as_ref().is_some_and(|o| o.id == channel.organization)
            && is_member(channel)
    })
}

/// The one grant that the decision is made by: of the pair's grants, the one that satisfies the
/// most rules in their order; of equals the smallest identifier, then the highest version. Two rows
/// are never combined, and neither order nor duplicates matter.
pub(super) fn best_grant<'a, A: Act>(
    facts: &'a Facts,
    request: &Request<A>,
    now: Timestamp,
) -> Option<&'a GrantFacts> {
    let organization = facts.organization.as_ref()?;
    let is_here = |grant: &GrantFacts| grant.organization == organization.id;
    #[cfg(planted)]
    let is_here = crate::planted::anywhere(is_here);
    facts
        .grants
        .iter()
        .filter(|grant| {
            is_here(grant) && grant.grantor == request.subject && grant.grantee == request.actor
        })
        .max_by_key(|grant| {
            let same = request.act.bound_to().is_none_or(|bound| bound == grant.id);
            let has_access = grant.access.contains(A::ACCESS);
            let (started, open) = (grant.window.has_started(now), !grant.window.has_expired(now));
            let holds = [same, has_access, started, open];
            let satisfied = holds.into_iter().take_while(|holds| *holds).count();
            // The last two only tell apart what no store should hold: one version of one grant with
            // two contents. The earlier end is the safer one.
            let expires_at = grant.window.expires_at().unwrap_or(Timestamp::MAX_UTC);
            (satisfied, Reverse(grant.id), grant.version, holds, Reverse(expires_at))
        })
}
