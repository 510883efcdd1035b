//! Clients at a register that is atomic because it does one thing after the other.

use std::collections::BTreeSet;

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::LoginSessionId,
};
use uuid::Uuid;

use super::{Call, Dice, Grant, History, Operation, Reply, grant_id};

/// How much there is to be.
#[derive(Clone, Copy)]
pub(super) struct Mix {
    clients: usize,
    operations: usize,
    /// Of a hundred replies, how many get lost.
    lost: u64,
}

impl Mix {
    /// Six clients, seventy operations.
    pub(super) const USUAL: Self = Self { clients: 6, operations: 70, lost: 5 };
    /// Few enough to try every order.
    pub(super) const SMALL: Self = Self { clients: 3, operations: 7, lost: 15 };
}

#[derive(Default)]
struct Atomic {
    grant: Option<(Grant, AccessTypes)>,
    live: BTreeSet<LoginSessionId>,
    made: u128,
}

/// What the clients of such a register see: each takes its turn, asks, and has its reply some time
/// after the moment at which it took effect.
pub(super) fn simulate(dice: &mut Dice, mix: Mix) -> History {
    let mut register = Atomic::default();
    let mut free_at = vec![0_u64; mix.clients];
    let mut history = History::new();
    // What clients may have heard of: (when, what).
    let mut heard: Vec<(u64, Grant)> = Vec::new();
    let mut sessions: Vec<(u64, LoginSessionId)> = Vec::new();
    let mut now = 0;
    while history.len() < mix.operations {
        // Effects come one after the other; a request begins before and a reply is there after.
        now += 1 + dice.below(10);
        let client = usize::try_from(dice.below(mix.clients as u64)).unwrap();
        if free_at[client] >= now {
            continue;
        }
        let invoked = free_at[client] + 1 + dice.below(now - free_at[client]);
        let invoked = invoked.max(now.saturating_sub(30));
        let returned = now + dice.below(30);
        free_at[client] = returned;
        let known: Vec<Grant> =
            heard.iter().filter(|(when, _)| *when < invoked).map(|(_, grant)| *grant).collect();
        let live: Vec<LoginSessionId> =
            sessions.iter().filter(|(when, _)| *when < invoked).map(|(_, id)| *id).collect();
        let call = call(dice, &known, &live);
        let is_lost = dice.percent(mix.lost);
        let takes_effect = !is_lost || dice.percent(50);
        let reply = takes_effect.then(|| register.apply(call));
        let reply = reply.filter(|_| !is_lost);
        if let Some(reply) = reply {
            match reply {
                Reply::Created { grant } | Reply::Permitted { grant: Some(grant) } => {
                    heard.push((returned, grant));
                }
                Reply::Started { session, grant: Some(grant) } => {
                    heard.push((returned, grant));
                    sessions.push((returned, session));
                }
                Reply::Edited { version } => {
                    if let Call::Edit { seen, .. } = call {
                        heard.push((returned, Grant { version, ..seen }));
                    }
                }
                _ => {}
            }
        }
        history.push(Operation { client, invoked, returned, call, reply });
    }
    history
}

fn call(dice: &mut Dice, known: &[Grant], live: &[LoginSessionId]) -> Call {
    let access = dice.choose(&[AccessTypes::LOGIN, AccessTypes::SEND, AccessTypes::BOTH]);
    let seen = match known {
        [.., last] if dice.percent(80) => Some(*last),
        [] => None,
        _ => Some(dice.choose(known)),
    };
    let session = (!live.is_empty()).then(|| dice.choose(live));
    match (dice.below(10), seen, session) {
        (0, Some(seen), _) => Call::Edit { seen, access },
        (1, Some(seen), _) => Call::Delete { seen },
        (0..=2, ..) => Call::Create { access },
        (3, ..) => Call::List,
        (4, ..) => Call::Start,
        (5, _, Some(session)) => Call::Act { session },
        (6, _, Some(session)) if dice.percent(30) => Call::Stop { session },
        (7, ..) => Call::Send,
        _ => Call::Check { access: dice.choose(&AccessType::ALL) },
    }
}

impl Atomic {
    fn apply(&mut self, call: Call) -> Reply {
        let grant = self.grant.map(|(grant, _)| grant);
        let gives = |access| self.grant.is_some_and(|(_, held)| held.contains(access));
        match call {
            Call::Create { .. } if grant.is_some() => {
                Reply::Duplicate { existing: grant.map(|grant| grant.id) }
            }
            Call::Create { access } => {
                self.made += 1;
                let grant = Grant { id: grant_id(self.made), version: 1 };
                self.grant = Some((grant, access));
                Reply::Created { grant }
            }
            Call::Edit { seen, .. } | Call::Delete { seen }
                if grant.map(|grant| grant.id) != Some(seen.id) =>
            {
                Reply::Missing
            }
            Call::Edit { seen, .. } | Call::Delete { seen } if grant != Some(seen) => Reply::Stale,
            Call::Edit { seen, access } => {
                let changes = self.grant.is_some_and(|(_, held)| held != access);
                let version = seen.version + u64::from(changes);
                self.grant = Some((Grant { version, ..seen }, access));
                if !access.contains(AccessType::Login) {
                    self.live.clear();
                }
                Reply::Edited { version }
            }
            Call::Delete { .. } => {
                self.grant = None;
                self.live.clear();
                Reply::Deleted
            }
            Call::Act { session } if self.live.contains(&session) => Reply::Permitted { grant },
            Call::Stop { session } if self.live.remove(&session) => Reply::Stopped,
            Call::Act { .. } | Call::Stop { .. } => Reply::SessionEnded,
            Call::List => Reply::Listed { account: self.grant },
            Call::Check { .. } | Call::Start | Call::Send if grant.is_none() => Reply::NoGrant,
            Call::Check { access } if gives(access) => Reply::Permitted { grant },
            Call::Send if gives(AccessType::Send) => Reply::Permitted { grant },
            Call::Start if gives(AccessType::Login) => {
                self.made += 1;
                let session = LoginSessionId::try_from(Uuid::from_u128(self.made)).unwrap();
                self.live.insert(session);
                Reply::Started { session, grant }
            }
            Call::Check { .. } | Call::Start | Call::Send => Reply::NotGiven { grant },
        }
    }
}
