//! The plain way: every order of a small history, and every choice of what never happened. It keeps
//! the grant in a variable, and shares nothing with the search.

use std::collections::BTreeSet;

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::{GrantId, LoginSessionId},
};

use super::{Call, Operation, Reply, grant_id};

/// What there is, with identifiers that are known. Where a reply is unknown, every identifier that
/// the history mentions is tried.
#[derive(Clone, Default)]
struct World {
    grant: Option<(GrantId, u64, AccessTypes)>,
    gone: BTreeSet<GrantId>,
    live: BTreeSet<LoginSessionId>,
}

/// Whether any order explains the history.
pub(super) fn has_an_order(history: &[Operation]) -> bool {
    let mut mentioned: BTreeSet<GrantId> = BTreeSet::new();
    for operation in history {
        match operation.call {
            Call::Edit { seen, .. } | Call::Delete { seen } => mentioned.extend([seen.id]),
            _ => {}
        }
        match operation.reply {
            Some(
                Reply::Permitted { grant: Some(grant) }
                | Reply::Started { grant: Some(grant), .. }
                | Reply::NotGiven { grant: Some(grant) }
                | Reply::Listed { account: Some((grant, _)) },
            ) => mentioned.extend([grant.id]),
            Some(Reply::Duplicate { existing: Some(id) }) => mentioned.extend([id]),
            _ => {}
        }
    }
    for operation in history {
        if let Some(Reply::Created { grant }) = operation.reply {
            mentioned.remove(&grant.id);
        }
    }
    // A grant that nobody ever saw.
    mentioned.insert(grant_id(u128::MAX));
    try_all(history, &mentioned, &World::default(), &mut (0..history.len()).collect())
}

fn try_all(
    history: &[Operation],
    mentioned: &BTreeSet<GrantId>,
    world: &World,
    left: &mut BTreeSet<usize>,
) -> bool {
    if left.iter().all(|index| history[*index].reply.is_none()) {
        return true;
    }
    for index in left.clone() {
        let operation = &history[index];
        let must_wait = left.iter().any(|other| {
            history[*other].reply.is_some() && history[*other].returned < operation.invoked
        });
        if must_wait {
            continue;
        }
        left.remove(&index);
        let found = worlds_after(world, operation, mentioned)
            .iter()
            .any(|next| try_all(history, mentioned, next, left));
        left.insert(index);
        if found {
            return true;
        }
    }
    false
}

/// Every world that the operation can leave behind; none where its reply is not possible here.
fn worlds_after(world: &World, operation: &Operation, mentioned: &BTreeSet<GrantId>) -> Vec<World> {
    let mut after = world.clone();
    let reply = operation.reply;
    let holds = |access: AccessType| world.grant.is_some_and(|(_, _, held)| held.contains(access));
    let named = |named: Option<super::Grant>| {
        named.is_none_or(|named| {
            world.grant.is_some_and(|(id, version, _)| (id, version) == (named.id, named.version))
        })
    };
    let asked = match operation.call {
        Call::Check { access } => Some(access),
        Call::Start | Call::Act { .. } => Some(AccessType::Login),
        Call::Send => Some(AccessType::Send),
        _ => None,
    };
    let possible = match (operation.call, reply) {
        (Call::Create { access }, Some(Reply::Created { grant })) => {
            after.grant = Some((grant.id, grant.version, access));
            world.grant.is_none() && !world.gone.contains(&grant.id)
        }
        (Call::Create { access }, None) => {
            if world.grant.is_some() {
                return vec![after];
            }
            let free = mentioned
                .iter()
                .filter(|id| **id == grant_id(u128::MAX) || !world.gone.contains(id));
            return free
                .map(|id| World { grant: Some((*id, 1, access)), ..world.clone() })
                .collect();
        }
        (Call::Create { .. }, Some(Reply::Duplicate { existing })) => {
            world.grant.is_some_and(|(id, _, _)| existing.is_none_or(|existing| existing == id))
        }
        (Call::Edit { seen, access }, Some(Reply::Edited { .. }) | None) => {
            let fits = named(Some(seen)) && world.grant.is_some();
            if fits {
                let changes = world.grant.is_some_and(|(_, _, held)| held != access);
                let version = seen.version + u64::from(changes);
                after.grant = Some((seen.id, version, access));
                if !access.contains(AccessType::Login) {
                    after.live.clear();
                }
                match reply {
                    Some(Reply::Edited { version: told }) if changes => {
                        after.grant = Some((seen.id, told, access));
                        told > seen.version
                    }
                    Some(Reply::Edited { version: told }) => told == version,
                    _ => true,
                }
            } else {
                reply.is_none()
            }
        }
        (Call::Delete { seen }, Some(Reply::Deleted) | None) => {
            let fits = named(Some(seen)) && world.grant.is_some();
            if fits {
                after.gone.insert(seen.id);
                after.grant = None;
                after.live.clear();
            }
            fits || reply.is_none()
        }
        (Call::Edit { seen, .. } | Call::Delete { seen }, Some(Reply::Stale)) => {
            world.grant.is_some_and(|(id, version, _)| id == seen.id && version != seen.version)
        }
        (Call::Edit { seen, .. } | Call::Delete { seen }, Some(Reply::Missing)) => {
            world.grant.is_none_or(|(id, _, _)| id != seen.id)
        }
        (Call::Start, Some(Reply::Started { session, grant })) => {
            after.live.insert(session);
            holds(AccessType::Login) && named(grant) && !world.live.contains(&session)
        }
        (Call::Start, Some(Reply::Busy)) => holds(AccessType::Login),
        (Call::Act { session }, Some(Reply::Permitted { grant })) => {
            world.live.contains(&session) && holds(AccessType::Login) && named(grant)
        }
        (Call::Check { .. } | Call::Send, Some(Reply::Permitted { grant })) => {
            asked.is_some_and(holds) && named(grant)
        }
        (Call::Check { .. } | Call::Send | Call::Start, Some(Reply::NoGrant)) => {
            world.grant.is_none()
        }
        (Call::Check { .. } | Call::Send | Call::Start, Some(Reply::NotGiven { grant })) => {
            world.grant.is_some() && !asked.is_some_and(holds) && named(grant)
        }
        (Call::Act { session } | Call::Stop { session }, Some(Reply::SessionEnded)) => {
            !world.live.contains(&session)
        }
        (Call::Stop { session }, Some(Reply::Stopped)) => after.live.remove(&session),
        (Call::Stop { session }, None) => {
            after.live.remove(&session);
            true
        }
        (Call::List, Some(Reply::Listed { account })) => match account {
            None => world.grant.is_none(),
            Some((grant, access)) => world.grant == Some((grant.id, grant.version, access)),
        },
        (_, None) => true,
        _ => false,
    };
    if possible { vec![after] } else { Vec::new() }
}
