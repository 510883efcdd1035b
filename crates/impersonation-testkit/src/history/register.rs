//! What a history is held against: one grant, or none, and the login sessions that rest on it.

use std::collections::BTreeSet;

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::{GrantId, LoginSessionId},
};

use super::{Call, Grant, Operation, Reply};

/// How the pair stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct State {
    pub(super) grant: Option<Held>,
    /// The login sessions that go on: each ends with what it rests on, and never comes back.
    sessions: BTreeSet<LoginSessionId>,
    /// Every identifier that a grant of the pair has had.
    used: BTreeSet<GrantId>,
}

/// The pair's grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Held {
    /// `None` where it was made by an operation whose reply is unknown, and nobody has seen it yet.
    pub(super) id: Option<GrantId>,
    pub(super) version: u64,
    pub(super) access: AccessTypes,
}

/// The rules, for one history.
#[derive(Debug, Default)]
pub(super) struct Register {
    /// The grants of which it is known which operation made them.
    answered: BTreeSet<GrantId>,
}

impl Register {
    pub(super) fn of(history: &[Operation]) -> Self {
        let answered = history.iter().filter_map(|operation| match operation.reply {
            Some(Reply::Created { grant }) => Some(grant.id),
            _ => None,
        });
        Self { answered: answered.collect() }
    }

    /// How the pair stands after the operation took effect, or `None` where it cannot have taken
    /// effect here with this reply.
    pub(super) fn apply(&self, state: &State, operation: &Operation) -> Option<State> {
        let Some(reply) = operation.reply else {
            return self.unknown(state, operation.call);
        };
        match (operation.call, reply) {
            (Call::Create { access }, Reply::Created { grant }) => {
                (state.grant.is_none() && !state.used.contains(&grant.id)).then(|| {
                    let mut next = state.clone();
                    next.used.insert(grant.id);
                    next.hold(Some(grant.id), grant.version, access);
                    next
                })
            }
            (Call::Create { .. }, Reply::Duplicate { existing }) => match existing {
                Some(id) => self.see(state, id).map(|(next, _)| next),
                None => state.grant.map(|_| state.clone()),
            },
            (Call::Edit { seen, access }, Reply::Edited { version }) => {
                self.edit(state, seen, access, version)
            }
            (Call::Delete { seen }, Reply::Deleted) => self.delete(state, seen),
            (Call::Edit { seen, .. } | Call::Delete { seen }, Reply::Stale) => {
                let (next, held) = self.see(state, seen.id)?;
                (held.version != seen.version).then_some(next)
            }
            (Call::Edit { seen, .. } | Call::Delete { seen }, Reply::Missing) => {
                (state.grant.and_then(|held| held.id) != Some(seen.id)).then(|| state.clone())
            }
            (Call::Check { access }, Reply::Permitted { grant }) => {
                self.permit(state, access, grant)
            }
            (Call::Send, Reply::Permitted { grant }) => self.permit(state, AccessType::Send, grant),
            (Call::Act { session }, Reply::Permitted { grant }) => {
                let goes_on = state.sessions.contains(&session);
                goes_on.then(|| self.permit(state, AccessType::Login, grant)).flatten()
            }
            (Call::Start, Reply::Started { session, grant }) => {
                let mut next = self.permit(state, AccessType::Login, grant)?;
                next.sessions.insert(session).then_some(next)
            }
            (Call::Start, Reply::Busy) => self.permit(state, AccessType::Login, None),
            (Call::Check { .. } | Call::Start | Call::Send, Reply::NoGrant) => {
                state.grant.is_none().then(|| state.clone())
            }
            (Call::Check { access }, Reply::NotGiven { grant }) => {
                self.not_given(state, access, grant)
            }
            (Call::Start, Reply::NotGiven { grant }) => {
                self.not_given(state, AccessType::Login, grant)
            }
            (Call::Send, Reply::NotGiven { grant }) => {
                self.not_given(state, AccessType::Send, grant)
            }
            (Call::Act { session } | Call::Stop { session }, Reply::SessionEnded) => {
                (!state.sessions.contains(&session)).then(|| state.clone())
            }
            (Call::Stop { session }, Reply::Stopped) => {
                let mut next = state.clone();
                next.sessions.remove(&session).then_some(next)
            }
            (Call::List, Reply::Listed { account: None }) => {
                state.grant.is_none().then(|| state.clone())
            }
            (Call::List, Reply::Listed { account: Some((grant, access)) }) => {
                let (next, held) = self.see_version(state, grant)?;
                (held.access == access).then_some(next)
            }
            // A reply that does not answer the question explains nothing.
            _ => None,
        }
    }

    /// What an operation does whose reply nobody has: its effect, where it has one.
    fn unknown(&self, state: &State, call: Call) -> Option<State> {
        match call {
            Call::Create { access } if state.grant.is_none() => {
                let mut next = state.clone();
                next.hold(None, 1, access);
                Some(next)
            }
            Call::Edit { seen, access } => {
                let changes = state.grant.is_some_and(|held| held.access != access);
                let version = if changes { seen.version + 1 } else { seen.version };
                self.edit(state, seen, access, version)
            }
            Call::Delete { seen } => self.delete(state, seen),
            Call::Stop { session } => {
                let mut next = state.clone();
                next.sessions.remove(&session).then_some(next)
            }
            _ => None,
        }
    }

    fn edit(&self, state: &State, seen: Grant, access: AccessTypes, version: u64) -> Option<State> {
        let (mut next, held) = self.see_version(state, seen)?;
        // An edit that changes nothing leaves the version as it is; every other one raises it.
        let raised =
            if held.access == access { version == seen.version } else { version > seen.version };
        raised.then(|| {
            next.hold(held.id, version, access);
            next
        })
    }

    fn delete(&self, state: &State, seen: Grant) -> Option<State> {
        let (mut next, _) = self.see_version(state, seen)?;
        next.grant = None;
        next.sessions.clear();
        Some(next)
    }

    fn permit(&self, state: &State, access: AccessType, grant: Option<Grant>) -> Option<State> {
        let (next, held) = self.see_some(state, grant)?;
        held.access.contains(access).then_some(next)
    }

    fn not_given(&self, state: &State, access: AccessType, grant: Option<Grant>) -> Option<State> {
        let (next, held) = self.see_some(state, grant)?;
        (!held.access.contains(access)).then_some(next)
    }

    fn see_some(&self, state: &State, grant: Option<Grant>) -> Option<(State, Held)> {
        match grant {
            Some(grant) => self.see_version(state, grant),
            None => state.grant.map(|held| (state.clone(), held)),
        }
    }

    fn see_version(&self, state: &State, grant: Grant) -> Option<(State, Held)> {
        self.see(state, grant.id).filter(|(_, held)| held.version == grant.version)
    }

    /// Somebody saw a grant with this identifier: that is the pair's grant now. If nobody knew its
    /// identifier, it is known from here on, unless it belongs to another grant.
    fn see(&self, state: &State, id: GrantId) -> Option<(State, Held)> {
        let held = state.grant?;
        if held.id == Some(id) {
            return Some((state.clone(), held));
        }
        let may_be = held.id.is_none() && !self.answered.contains(&id) && !state.used.contains(&id);
        may_be.then(|| {
            let held = Held { id: Some(id), ..held };
            let mut next = State { grant: Some(held), ..state.clone() };
            next.used.insert(id);
            (next, held)
        })
    }
}

impl State {
    fn hold(&mut self, id: Option<GrantId>, version: u64, access: AccessTypes) {
        self.grant = Some(Held { id, version, access });
        if !access.contains(AccessType::Login) {
            self.sessions.clear();
        }
    }
}
