//! The rule itself, without any search: no permit that began after an acknowledged revocation and
//! before the next grant (R1).

use impersonation_domain::access::{AccessType, AccessTypes};

use super::{Call, Grant, Operation, Reply};

/// A permit that should not have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StalePermit {
    /// The revocation, by its place in the history.
    pub revocation: usize,
    /// The permit, by its place in the history.
    pub permit: usize,
}

/// Every permit that was asked for after the reply to a revocation, and rests on what was revoked.
///
/// It knows much less than [`super::check`], on purpose: it compares two operations at a time.
#[must_use]
pub fn stale_permits(history: &[Operation]) -> Vec<StalePermit> {
    let mut found = Vec::new();
    for (revocation, revoked) in history.iter().enumerate().filter(|(_, one)| one.is_revocation()) {
        for (permit, permitted) in history.iter().enumerate() {
            if permitted.invoked > revoked.returned && rests_on(permitted, revoked, history) {
                found.push(StalePermit { revocation, permit });
            }
        }
    }
    found
}

fn rests_on(permit: &Operation, revoked: &Operation, history: &[Operation]) -> bool {
    let Some((grant, access)) = permit_of(permit) else {
        return false;
    };
    match (revoked.call, revoked.reply) {
        (Call::Delete { seen }, _) => {
            grant.is_some_and(|grant| grant.id == seen.id)
                || !history.iter().any(|other| may_grant_between(other, revoked, permit))
        }
        (Call::Edit { seen, access: left }, Some(Reply::Edited { version })) => {
            let takes = |access: &AccessType| !left.contains(*access);
            let same = grant.is_some_and(|grant| grant.id == seen.id && grant.version <= version);
            same && access.iter().any(|access| takes(&access))
        }
        _ => false,
    }
}

/// What a permit gives, and by which grant.
fn permit_of(operation: &Operation) -> Option<(Option<Grant>, AccessTypes)> {
    match (operation.call, operation.reply?) {
        (Call::Check { access }, Reply::Permitted { grant }) => {
            Some((grant, AccessTypes::new([access]).ok()?))
        }
        (Call::Send, Reply::Permitted { grant }) => Some((grant, AccessTypes::SEND)),
        (Call::Act { .. }, Reply::Permitted { grant })
        | (Call::Start, Reply::Started { grant, .. }) => Some((grant, AccessTypes::LOGIN)),
        (Call::List, Reply::Listed { account: Some((grant, access)) }) => {
            Some((Some(grant), access))
        }
        _ => None,
    }
}

/// Whether this made a grant, or may have, after the one and before the other.
fn may_grant_between(operation: &Operation, revoked: &Operation, permit: &Operation) -> bool {
    let made = matches!(operation.reply, None | Some(Reply::Created { .. }));
    let over_before = operation.reply.is_some() && operation.returned < revoked.invoked;
    matches!(operation.call, Call::Create { .. })
        && made
        && !over_before
        && operation.invoked <= permit.returned
}
