//! What the decision should be, as the set of grants that justify it.

use std::collections::BTreeSet;

use impersonation_domain::{
    ids::GrantId,
    plan::Plan,
    policy::{GrantRef, Standing, UserFacts},
    user::UserStatus,
};

use super::worlds::{Question, World};

/// A set of grants, comparable by identifier and version.
#[derive(Debug)]
pub(crate) struct Justifying(BTreeSet<(GrantId, u64)>);

impl Justifying {
    pub(crate) fn contains(&self, grant: &GrantRef) -> bool {
        self.0.contains(&(grant.id, grant.version.get()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The grants g of which all of this is true: g is in the organization of the question, from its
/// subject to its actor, gives what the act needs, has begun and not ended; and everything around
/// it is as it must be. None of the code under test is used.
pub(crate) fn justifying(world: &World) -> Justifying {
    let facts = &world.facts;
    let set = facts
        .organization
        .iter()
        .filter(|organization| matches!(organization.plan, Plan::MultiUser | Plan::Enterprise))
        .flat_map(|organization| facts.grants.iter().map(move |grant| (organization, grant)))
        .filter(|_| world.actor != world.subject)
        .filter(|(organization, grant)| {
            let in_use = |user: &Option<UserFacts>, id| {
                user.iter().any(|user| {
                    user.id == id
                        && user.organization == organization.id
                        && user.status == UserStatus::Active
                })
            };
            grant.organization == organization.id
                && in_use(&facts.actor, grant.grantee)
                && in_use(&facts.subject, grant.grantor)
        })
        .filter(|(_, grant)| grant.grantee == world.actor && grant.grantor == world.subject)
        .filter(|_| !facts.subject.iter().any(|subject| subject.protected))
        .filter(|(organization, grant)| match world.question {
            Question::LogIn => world.standing == Standing::OwnAccount,
            Question::ActAs(bound) => grant.id == bound,
            Question::SendAs(channel) => {
                world.standing == Standing::OwnAccount
                    && facts.channel.iter().any(|facts| {
                        facts.id == channel
                            && facts.organization == organization.id
                            && facts.actor_is_member
                            && facts.subject_is_member
                    })
            }
        })
        .filter(|(_, grant)| grant.access.iter().any(|access| access == world.question.needs()))
        .filter(|(_, grant)| {
            let (start, end) = (grant.window.starts_at(), grant.window.expires_at());
            start.iter().all(|start| *start <= world.now) && end.iter().all(|end| world.now < *end)
        })
        .map(|(_, grant)| (grant.id, grant.version.get()))
        .collect();
    Justifying(set)
}
