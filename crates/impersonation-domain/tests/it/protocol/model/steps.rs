//! Which steps can be taken, and what they do.

use stateright::{Model, Property};

use super::{
    Flaw, ONE_END, Operation, PROCESSES, Protocol, R1, R2, R3, Running, Stage, State, Step,
};
use crate::protocol::store::{Asked, Grant, Session, Store};

/// How many sessions there can be, so that the model has an end.
const MOST_SESSIONS: usize = 2;

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            store: Store::new(),
            lock: None,
            processes: [None, None, None],
            left: self.operations,
            taken: [false; 2],
            given: 0,
            broken: None,
            remembered: None,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        for process in 0..PROCESSES.len() {
            match &state.processes[process] {
                None if state.left[process] == 0 => {}
                None => {
                    let all = operations(process, state.store.sessions.len());
                    steps.extend(all.into_iter().map(|operation| Step::Ask(process, operation)));
                }
                Some(running) => steps.extend(self.next(state, process, running)),
            }
        }
        if !state.store.has_time_passed {
            steps.push(Step::TimePasses);
        }
    }

    fn next_state(&self, before: &State, step: Step) -> Option<State> {
        let mut state = before.clone();
        match step {
            Step::TimePasses => state.store.has_time_passed = true,
            Step::Ask(process, operation) => {
                state.left[process] -= 1;
                state.processes[process] = Some(asked(before, operation));
            }
            Step::Lock(process) => {
                state.lock = Some(process);
                if let Some(running) = &mut state.processes[process]
                    && running.stage == Stage::Waits
                {
                    running.stage = Stage::HasLock;
                }
            }
            Step::Read(process) => {
                let mut seen = before.store.clone();
                if self.flaw == Some(Flaw::RemembersFacts) && process == 1 {
                    seen.grant = *state.remembered.get_or_insert(seen.grant);
                }
                let running = state.processes[process].as_mut()?;
                running.stage = Stage::HasRead;
                running.seen = Some(seen);
            }
            Step::Decide(process) => {
                let running = state.processes[process].as_mut()?;
                let may = self.decide(running.operation, running.seen.as_ref()?);
                running.stage = Stage::HasDecided(may);
            }
            Step::Write(process) => {
                let running = state.processes[process].as_mut()?;
                let Stage::HasDecided(may) = running.stage else { return None };
                // A session that turns out to be over is ended; another refusal writes nothing.
                if may || matches!(running.operation, Operation::Act(_)) {
                    running.stage = Stage::HasWritten(may);
                } else {
                    running.stage = Stage::IsOver(false);
                    running.seen = None;
                    state.lock = None;
                }
            }
            Step::Commit(process) => self.commit(&mut state, process)?,
            Step::Answer(process) => answer(&mut state, process)?,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn comes_up(state: &State, wanted: Operation, done: bool) -> bool {
            state
                .processes
                .iter()
                .flatten()
                .any(|running| running.operation == wanted && running.stage == Stage::IsOver(done))
        }
        vec![
            Property::always(R1, |_, state: &State| state.broken != Some(R1)),
            Property::always(R2, |_, state: &State| {
                state.lock.is_some()
                    || state.store.sessions.iter().all(|session| {
                        let act = Asked::Act { grant: session.grant };
                        !session.is_live || state.store.permits_at(act, false)
                    })
            }),
            Property::always(R3, |_, state: &State| state.broken != Some(R3)),
            Property::always(ONE_END, |_, state: &State| {
                let mut sessions = state.store.sessions.iter();
                sessions.all(|session| session.ends == u8::from(!session.is_live))
            }),
            // What is asked about does come up.
            Property::sometimes("a message is sent", |_, state: &State| {
                comes_up(state, Operation::Send, true)
            }),
            Property::sometimes("a send is refused", |_, state: &State| {
                comes_up(state, Operation::Send, false)
            }),
            Property::sometimes("a session is used", |_, state: &State| {
                comes_up(state, Operation::Act(0), true)
            }),
            Property::sometimes("a session that is over is not used", |_, state: &State| {
                comes_up(state, Operation::Act(0), false)
            }),
            Property::sometimes("a revocation ends a session", |_, state: &State| {
                comes_up(state, Operation::Revoke, true)
                    && state.store.sessions.iter().any(|session| session.ends == 1)
            }),
            Property::sometimes("a session follows a new grant", |_, state: &State| {
                state.store.sessions.iter().any(|session| session.grant > 0)
            }),
            Property::sometimes("upkeep ends a session", |_, state: &State| {
                comes_up(state, Operation::Upkeep, true)
                    && state.store.sessions.iter().any(|session| session.ends == 1)
            }),
        ]
    }
}

/// What a process may ask for.
fn operations(process: usize, sessions: usize) -> Vec<Operation> {
    let acts = (0..sessions).map(Operation::Act);
    match process {
        0 => vec![Operation::Revoke, Operation::Narrow, Operation::Grant],
        1 => {
            let stops = (0..sessions).map(Operation::Stop);
            [Operation::Start, Operation::Send].into_iter().chain(acts).chain(stops).collect()
        }
        _ => {
            let own = [Operation::Start, Operation::Send, Operation::Upkeep];
            own.into_iter().chain(acts).collect()
        }
    }
}

fn asked(state: &State, operation: Operation) -> Running {
    let was_taken = match operation {
        Operation::Start | Operation::Act(_) => state.taken[0],
        Operation::Send => state.taken[1],
        _ => false,
    };
    let had_ended = match operation {
        Operation::Act(index) => state.store.sessions[index].was_to_end,
        _ => false,
    };
    Running { operation, stage: Stage::Waits, seen: None, was_taken, given: state.given, had_ended }
}

impl Protocol {
    /// The step that an operation takes next; none while it waits.
    fn next(&self, state: &State, process: usize, running: &Running) -> Option<Step> {
        let has_lock = state.lock == Some(process);
        let lock = state.lock.is_none().then_some(Step::Lock(process));
        let decides_first = self.flaw == Some(Flaw::DecidesBeforeTheLock);
        match running.stage {
            Stage::Waits if decides_first => Some(Step::Read(process)),
            Stage::Waits => lock,
            Stage::HasLock => Some(Step::Read(process)),
            Stage::HasRead => Some(Step::Decide(process)),
            Stage::HasDecided(_) if !has_lock => lock,
            Stage::HasDecided(_) => Some(Step::Write(process)),
            Stage::HasWritten(_) => Some(Step::Commit(process)),
            Stage::IsOver(_) => Some(Step::Answer(process)),
        }
    }

    fn decide(&self, operation: Operation, seen: &Store) -> bool {
        match operation {
            Operation::Revoke => seen.grant.is_some(),
            Operation::Narrow => seen.grant.is_some_and(|grant| grant.gives_login),
            Operation::Grant => seen.grant.is_none_or(|grant| !grant.gives_login),
            Operation::Start => seen.permits(Asked::LogIn) && seen.sessions.len() < MOST_SESSIONS,
            Operation::Send => seen.permits(Asked::Send),
            Operation::Act(index) => {
                let session = seen.sessions[index];
                let grant = match self.flaw {
                    Some(Flaw::BindsToThePair) => seen.grant.map(|grant| grant.number),
                    _ => Some(session.grant),
                };
                let is_justified = grant.is_some_and(|grant| seen.permits(Asked::Act { grant }));
                session.is_live && (is_justified || self.flaw == Some(Flaw::LeavesSessions))
            }
            Operation::Stop(index) => seen.sessions[index].is_live,
            Operation::Upkeep => true,
        }
    }

    /// What was written becomes everybody's, and the lock is free.
    fn commit(&self, state: &mut State, process: usize) -> Option<()> {
        let running = state.processes[process].as_mut()?;
        let Stage::HasWritten(may) = running.stage else { return None };
        let operation = running.operation;
        let seen = running.seen.take()?;
        running.stage = Stage::IsOver(may);
        state.lock = None;
        let store = &mut state.store;
        match operation {
            Operation::Act(index) if !may => store.end(index),
            Operation::Act(_) | Operation::Send => {}
            Operation::Revoke => store.grant = None,
            Operation::Narrow => {
                if let Some(grant) = &mut store.grant {
                    (grant.gives_login, grant.version) = (false, grant.version + 1);
                }
            }
            Operation::Grant => {
                match &mut store.grant {
                    Some(grant) => {
                        (grant.gives_login, grant.version) = (true, grant.version + 1);
                    }
                    None => {
                        let number = store.made;
                        let grant = Grant { number, version: 1, gives_login: true, expires: false };
                        (store.grant, store.made) = (Some(grant), number + 1);
                    }
                }
                (state.taken, state.given) = ([false; 2], state.given + 1);
            }
            Operation::Start => {
                let grant = seen.grant?;
                let (grant, expires) = (grant.number, grant.expires);
                store.sessions.push(Session {
                    grant,
                    expires,
                    is_live: true,
                    ends: 0,
                    was_to_end: false,
                });
            }
            Operation::Stop(index) => store.end(index),
            Operation::Upkeep => {
                for index in 0..store.sessions.len() {
                    if store.sessions[index].expires && store.has_time_passed {
                        store.end(index);
                    }
                }
            }
        }
        if matches!(operation, Operation::Revoke | Operation::Narrow) {
            let leaves = [Some(Flaw::LeavesSessions), Some(Flaw::BindsToThePair)];
            store.end_unjustified(leaves.contains(&self.flaw));
        }
        Some(())
    }
}

/// Whoever asked is told: from here on it counts.
fn answer(state: &mut State, process: usize) -> Option<()> {
    let running = state.processes[process].take()?;
    let Stage::IsOver(may) = running.stage else { return None };
    match running.operation {
        Operation::Revoke if may => state.taken = [true; 2],
        Operation::Narrow if may => state.taken[0] = true,
        Operation::Start | Operation::Send | Operation::Act(_) if may => {
            if running.was_taken && running.given == state.given {
                state.broken = Some(R1);
            } else if running.had_ended {
                state.broken = Some(R3);
            }
        }
        _ => {}
    }
    Some(())
}
