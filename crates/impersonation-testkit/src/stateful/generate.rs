//! Draws histories: mostly steps that are about what there is, many of them by whoever may.

use proptest::{option, prelude::*, sample::select, strategy::Union};
use proptest_state_machine::ReferenceStateMachine;

use super::{
    facts::{ABSOLUTE, Facts, IDLE, SIGN_IN, SignIn, home},
    step::{By, CHANNELS, Change, Flags, ORGANIZATIONS, Step, USERS},
};
use crate::reference::{Plan, State};

/// The life of two organizations.
#[derive(Debug)]
pub(super) struct Life;

impl ReferenceStateMachine for Life {
    type State = Facts;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Facts> {
        Just(Facts::beginning()).boxed()
    }

    fn transitions(facts: &Facts) -> BoxedStrategy<Step> {
        Union::new_weighted(steps(facts)).boxed()
    }

    fn apply(mut facts: Facts, step: &Step) -> Facts {
        facts.take(step);
        facts
    }

    /// What a step names must have been made: shrinking takes steps away.
    fn preconditions(facts: &Facts, step: &Step) -> bool {
        let is_there = |by: By| match by {
            By::Own(number) => number < facts.sign_ins.len(),
            By::Session(number) => number < facts.sessions.len(),
        };
        let names_a_session = match step {
            Step::End { session, .. } => *session < facts.sessions.len(),
            _ => true,
        };
        step.by().is_none_or(is_there)
            && step.grants().iter().all(|grant| *grant < facts.grants_made)
            && names_a_session
    }
}

/// A step of one kind, and how often it is wanted.
type Weighted = (u32, BoxedStrategy<Step>);

fn steps(facts: &Facts) -> Vec<Weighted> {
    let mut steps = vec![
        (if facts.grants.len() < 4 { 24 } else { 6 }, grant(facts)),
        (14, start(facts)),
        (12, send(facts)),
        (6, explain(facts)),
        (5, person(facts)),
        (4, membership(facts)),
        (if valid(facts, |user| home(user) == 0).len() < 4 { 12 } else { 2 }, sign_in(facts)),
        (1, own(facts).prop_map(|by| Step::SignOut { by }).boxed()),
        (if facts.pays(0) { 2 } else { 12 }, plan(facts)),
        (6, pass(facts)),
        (2, Just(Step::EndOverdue).boxed()),
    ];
    if facts.grants_made > 0 {
        steps.extend([(8, edit(facts)), (4, delete(facts)), (1, delete_all(facts))]);
    }
    if !facts.sessions.is_empty() {
        steps.extend([(12, inside(facts)), (3, end(facts))]);
    }
    steps
}

/// Indices, with the latest the likeliest.
fn latest(count: usize) -> BoxedStrategy<usize> {
    let near = count.saturating_sub(3)..count;
    prop_oneof![3 => near, 1 => 0..count].boxed()
}

/// Own sessions that are valid, of those who are wanted.
fn valid(facts: &Facts, wanted: impl Fn(usize) -> bool) -> Vec<By> {
    let is_valid = |sign_in: &SignIn| {
        sign_in.open
            && facts.now(home(sign_in.user)) < sign_in.expires
            && facts.is_active(sign_in.user)
    };
    let known = facts.sign_ins.iter().enumerate();
    known
        .filter(|(_, sign_in)| wanted(sign_in.user) && is_valid(sign_in))
        .map(|(number, _)| By::Own(number))
        .collect()
}

/// A valid own session of somebody who is wanted, where there is one.
fn own_of(facts: &Facts, wanted: impl Fn(usize) -> bool) -> BoxedStrategy<By> {
    let theirs = valid(facts, wanted);
    if theirs.is_empty() { own(facts) } else { select(theirs).boxed() }
}

fn own(facts: &Facts) -> BoxedStrategy<By> {
    (0..facts.sign_ins.len()).prop_map(By::Own).boxed()
}

/// Whoever may administer, or now and then somebody else, or from inside a login session.
fn administrator(facts: &Facts) -> BoxedStrategy<By> {
    let of_acme = |user: usize| facts.people[user].administrator && home(user) == 0;
    let administrators = prop_oneof![
        9 => own_of(facts, of_acme),
        1 => own_of(facts, |user| facts.people[user].administrator),
    ];
    let anybody = own(facts);
    match facts.sessions.len() {
        0 => prop_oneof![9 => administrators, 1 => anybody].boxed(),
        sessions => prop_oneof![
            16 => administrators,
            2 => anybody,
            1 => (0..sessions).prop_map(By::Session),
        ]
        .boxed(),
    }
}

/// A user, mostly of Acme.
fn user() -> BoxedStrategy<usize> {
    prop_oneof![12 => 0..4_usize, 1 => 4..USERS.len()].boxed()
}

fn flags() -> BoxedStrategy<Flags> {
    let flags = |login, send| Flags { login, send };
    prop_oneof![
        6 => Just(flags(true, true)),
        4 => Just(flags(true, false)),
        4 => Just(flags(false, true)),
        1 => Just(flags(false, false)),
    ]
    .boxed()
}

/// An end of a window, in seconds from now; the ends of other limits among them.
fn moment() -> BoxedStrategy<i64> {
    prop_oneof![
        Just(0),
        Just(1),
        Just(-1),
        Just(60),
        Just(IDLE),
        Just(1_800),
        Just(SIGN_IN + 1),
        -100..4_000_i64,
    ]
    .boxed()
}

fn starts() -> BoxedStrategy<Option<i64>> {
    option::weighted(0.15, moment()).boxed()
}

fn ends() -> BoxedStrategy<Option<i64>> {
    option::weighted(0.35, prop_oneof![3 => 1..4_000_i64, 1 => moment()]).boxed()
}

/// Somebody signs in, mostly one who may and has no valid session.
fn sign_in(facts: &Facts) -> BoxedStrategy<Step> {
    let without = (0..USERS.len())
        .filter(|user| facts.is_active(*user) && valid(facts, |other| other == *user).is_empty());
    let without: Vec<_> = without.collect();
    let any = (0..USERS.len()).boxed();
    let user =
        if without.is_empty() { any } else { prop_oneof![6 => select(without), 1 => any].boxed() };
    user.prop_map(|user| Step::SignIn { user }).boxed()
}

/// Two users, mostly such that access can be granted.
fn pair(facts: &Facts) -> BoxedStrategy<(usize, usize)> {
    let users = || 0..USERS.len();
    let pairs = users().flat_map(|from| users().map(move |to| (from, to)));
    let free: Vec<_> = pairs
        .filter(|(from, to)| from != to && home(*from) == home(*to))
        .filter(|(from, to)| facts.is_active(*from) && facts.is_active(*to))
        .filter(|(from, _)| !facts.people[*from].protected)
        .filter(|(from, to)| facts.grant_of(*from, *to).is_none())
        .collect();
    let any = (user(), user()).boxed();
    if free.is_empty() { any } else { prop_oneof![5 => select(free), 1 => any].boxed() }
}

fn grant(facts: &Facts) -> BoxedStrategy<Step> {
    (administrator(facts), pair(facts), flags(), starts(), ends())
        .prop_map(|(by, (from, to), flags, starts, ends)| Step::Grant {
            by,
            from,
            to,
            flags,
            starts,
            ends,
        })
        .boxed()
}

/// A grant, mostly one that there is.
fn some_grant(facts: &Facts) -> BoxedStrategy<usize> {
    let there: Vec<_> = facts.grants.keys().copied().collect();
    let any = (0..facts.grants_made).boxed();
    if there.is_empty() { any } else { prop_oneof![6 => select(there), 1 => any].boxed() }
}

fn seldom() -> BoxedStrategy<bool> {
    prop::bool::weighted(0.08).boxed()
}

fn edit(facts: &Facts) -> BoxedStrategy<Step> {
    let by = administrator(facts);
    let changes = (
        option::weighted(0.7, flags()),
        option::weighted(0.2, starts()),
        option::weighted(0.3, ends()),
    );
    (by, some_grant(facts), seldom(), changes)
        .prop_map(|(by, grant, stale, (flags, starts, ends))| Step::Edit {
            by,
            grant,
            stale,
            flags,
            starts,
            ends,
        })
        .boxed()
}

fn delete(facts: &Facts) -> BoxedStrategy<Step> {
    (administrator(facts), some_grant(facts), seldom())
        .prop_map(|(by, grant, stale)| Step::Delete { by, grant, stale })
        .boxed()
}

fn delete_all(facts: &Facts) -> BoxedStrategy<Step> {
    (administrator(facts), prop::collection::btree_set(some_grant(facts), 0..4))
        .prop_map(|(by, grants)| Step::DeleteAll { by, grants: grants.into_iter().collect() })
        .boxed()
}

/// A pair of which the first may mostly do something on the account of the second.
fn delegate(facts: &Facts) -> BoxedStrategy<(By, usize)> {
    let mut granted = Vec::new();
    for grant in facts.grants.values() {
        let theirs = valid(facts, |user| user == grant.to);
        granted.extend(theirs.into_iter().map(|by| (by, grant.from)));
    }
    let any = (own(facts), user()).boxed();
    let mut choice = vec![(1, any)];
    if !granted.is_empty() {
        choice.push((9, select(granted).boxed()));
    }
    if !facts.sessions.is_empty() {
        let inside = (0..facts.sessions.len()).prop_map(By::Session);
        choice.push((1, (inside, user()).boxed()));
    }
    Union::new_weighted(choice).boxed()
}

fn start(facts: &Facts) -> BoxedStrategy<Step> {
    delegate(facts).prop_map(|(by, subject)| Step::Start { by, subject }).boxed()
}

fn channel() -> BoxedStrategy<usize> {
    prop_oneof![6 => Just(0_usize), 4 => Just(1), 1 => 2..CHANNELS.len()].boxed()
}

fn send(facts: &Facts) -> BoxedStrategy<Step> {
    let as_another = (delegate(facts), channel()).prop_map(|((by, subject), channel)| Step::Send {
        by,
        channel,
        on_behalf_of: Some(subject),
    });
    let as_oneself = (own_of(facts, |_| true), channel()).prop_map(|(by, channel)| Step::Send {
        by,
        channel,
        on_behalf_of: None,
    });
    prop_oneof![4 => as_another, 1 => as_oneself].boxed()
}

/// What is done with the token of a login session.
fn inside(facts: &Facts) -> BoxedStrategy<Step> {
    let live: Vec<_> = (0..facts.sessions.len())
        .filter(|number| facts.sessions[*number].ended.is_none())
        .map(By::Session)
        .collect();
    let any = latest(facts.sessions.len()).prop_map(By::Session).boxed();
    let by = if live.is_empty() { any } else { prop_oneof![3 => select(live), 1 => any].boxed() };
    let by = prop_oneof![30 => by, 1 => own_of(facts, |_| true)];
    (by, 0..10_u8, channel())
        .prop_map(|(by, what, channel)| match what {
            0..5 => Step::LookAround { by },
            5..8 => Step::Send { by, channel, on_behalf_of: None },
            _ => Step::Stop { by },
        })
        .boxed()
}

fn end(facts: &Facts) -> BoxedStrategy<Step> {
    (own_of(facts, |_| true), latest(facts.sessions.len()))
        .prop_map(|(by, session)| Step::End { by, session })
        .boxed()
}

fn explain(facts: &Facts) -> BoxedStrategy<Step> {
    let mut pairs: Vec<_> = facts.grants.values().map(|grant| (grant.to, grant.from)).collect();
    pairs.push((0, 1));
    let pair = prop_oneof![4 => select(pairs), 1 => (user(), user())];
    (administrator(facts), pair, option::of(channel()))
        .prop_map(|(by, (actor, subject), channel)| Step::Explain { by, actor, subject, channel })
        .boxed()
}

fn person(facts: &Facts) -> BoxedStrategy<Step> {
    // What undoes an earlier change comes up often, and whoever is in a login session.
    let mut undoing = vec![(0, Change::MakeMember)];
    for (user, person) in facts.people.iter().enumerate() {
        undoing.extend((person.state == State::Deactivated).then_some((user, Change::Reactivate)));
        undoing.extend(person.protected.then_some((user, Change::Unprotect)));
    }
    let changes = vec![
        Change::Deactivate,
        Change::Reactivate,
        Change::Protect,
        Change::Unprotect,
        Change::MakeAdministrator,
        Change::MakeMember,
    ];
    let change = prop_oneof![12 => select(changes), 1 => Just(Change::Remove)];
    let mut involved: Vec<_> = facts
        .sessions
        .iter()
        .filter(|session| session.ended.is_none())
        .flat_map(|session| [session.actor, session.subject])
        .collect();
    involved.extend(0..4);
    let who = prop_oneof![3 => select(involved), 1 => user()];
    let change = prop_oneof![2 => (who, change), 1 => select(undoing)];
    (administrator(facts), change)
        .prop_map(|(by, (user, change))| Step::Person { by, user, change })
        .boxed()
}

fn membership(facts: &Facts) -> BoxedStrategy<Step> {
    (administrator(facts), channel(), user(), any::<bool>())
        .prop_map(|(by, channel, user, joins)| {
            if joins { Step::Join { by, channel, user } } else { Step::Leave { by, channel, user } }
        })
        .boxed()
}

fn plan(facts: &Facts) -> BoxedStrategy<Step> {
    if !facts.pays(0) {
        return Just(Step::SetPlan { organization: 0, plan: Plan::Enterprise }).boxed();
    }
    let plans = prop_oneof![
        2 => Just(Plan::Individual),
        3 => Just(Plan::MultiUser),
        5 => Just(Plan::Enterprise),
    ];
    let organization = prop_oneof![6 => Just(0_usize), 1 => 1..ORGANIZATIONS.len()];
    (organization, plans)
        .prop_map(|(organization, plan)| Step::SetPlan { organization, plan })
        .boxed()
}

fn pass(facts: &Facts) -> BoxedStrategy<Step> {
    // Exactly until a grant begins or ends, in Acme.
    let ends = facts.grants.values().filter(|grant| home(grant.from) == 0);
    let ends = ends.flat_map(|grant| [grant.starts, grant.ends]).flatten();
    let mut exact: Vec<_> = ends.map(|at| at - facts.clock).filter(|left| *left > 0).collect();
    exact.push(1);
    prop_oneof![
        4 => select(exact),
        6 => 1..120_i64,
        3 => Just(IDLE - 1),
        2 => Just(IDLE),
        2 => 1_000..4_000_i64,
        1 => Just(ABSOLUTE - IDLE + 1),
        1 => Just(SIGN_IN),
        1 => -4_000..-1_i64,
    ]
    .prop_map(|seconds| Step::Pass { seconds })
    .boxed()
}
