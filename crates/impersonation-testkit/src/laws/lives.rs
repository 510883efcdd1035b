//! How grants and login sessions live, as laws over whatever changes them.
//!
//! Here is what can be said of one grant or session and one change of it. That a change and its
//! consequences are one transaction, that a pair has one grant in a store, and what a revocation
//! ends, are for the contract suite and the stateful suite.

mod domain;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessTypes,
    login_session::{EndCause, IDLE_LIMIT, LoginSessionRecord, LoginSessionState},
    policy::GrantFacts,
    time::{Timestamp, Window},
};

use crate::{environment::FixedClock, strategies::quick::SplitMix};

pub use domain::OfDomain;

/// What changes grants and login sessions, without a store. All of it is about one pair of active
/// users of one organization whose plan has impersonation.
pub trait Lives {
    /// Makes a grant at this moment; `None` where that is refused.
    fn grant(&self, access: AccessTypes, window: Window, at: Timestamp) -> Option<GrantFacts>;

    /// Changes a grant; `None` where that is refused, or nothing changes.
    fn edit(
        &self,
        grant: &GrantFacts,
        access: AccessTypes,
        window: Window,
        at: Timestamp,
    ) -> Option<GrantFacts>;

    /// Starts a login session by this grant; `None` where that is denied. It may last for `limit`
    /// at most, and no longer than the actor's own session.
    fn start(
        &self,
        grant: &GrantFacts,
        limit: TimeDelta,
        own_session_ends: Timestamp,
        at: Timestamp,
    ) -> Option<LoginSessionRecord>;

    /// Brings the end of a session forward; `None` where it ends before anyway, or has ended.
    fn shorten(
        &self,
        session: &LoginSessionRecord,
        ends: Timestamp,
        at: Timestamp,
    ) -> Option<LoginSessionRecord>;

    /// Ends a session; `None` where it has ended.
    fn end(
        &self,
        session: &LoginSessionRecord,
        cause: EndCause,
        at: Timestamp,
    ) -> Option<LoginSessionRecord>;

    /// Whether a limit of the session has passed.
    fn is_over(&self, session: &LoginSessionRecord, now: Timestamp) -> bool;
}

/// Why a law of [`LIVES`] did not hold: what was done, and what was expected, in words.
pub type Broken = String;

/// One law about lives: its name, and whether it holds for what comes up.
pub type LifeLaw = (&'static str, fn(&dyn Lives, &mut SplitMix) -> Result<(), Broken>);

/// Every law about lives.
pub const LIVES: &[LifeLaw] = &[
    ("g4_a_change_raises_the_version_and_keeps_the_grant", g4_a_change_raises_the_version),
    ("g4_what_changes_nothing_is_no_change", g4_what_changes_nothing_is_no_change),
    ("g9_a_grant_made_anew_is_another", g9_a_grant_made_anew_is_another),
    ("g_no_grant_is_made_or_moved_into_the_past", g_nothing_is_moved_into_the_past),
    ("s1_a_session_is_bound_to_what_it_was_started_by", s1_a_session_is_bound),
    ("s4_a_session_ends_at_the_first_of_its_limits", s4_a_session_ends_at_its_first_limit),
    ("s4_shortening_never_prolongs", s4_shortening_never_prolongs),
    ("r3_what_has_ended_stays_ended", r3_what_has_ended_stays_ended),
];

/// Checks every law about lives on so many lives of this seed.
///
/// # Errors
/// The first that is broken: its name, what was done, and what was expected.
pub fn check_lives(lives: &dyn Lives, seed: u64, times: u64) -> Result<(), Broken> {
    for (name, holds) in LIVES {
        for number in 0..times {
            let mut random = SplitMix::of_case(seed, number);
            holds(lives, &mut random).map_err(|broken| {
                format!("{name} is broken, life {number} of seed {seed}: {broken}")
            })?;
        }
    }
    Ok(())
}

const NOW: Timestamp = FixedClock::START;

fn access(random: &mut SplitMix) -> AccessTypes {
    random.one_of(&[AccessTypes::BOTH, AccessTypes::LOGIN, AccessTypes::SEND])
}

/// A moment some time from now, often one of a few: so that ends fall together.
fn later(random: &mut SplitMix) -> Timestamp {
    let seconds = [1, 60, 899, 900, 901, 3_600, 36_000, 90_000];
    NOW + TimeDelta::seconds(random.one_of(&seconds))
}

fn window(random: &mut SplitMix) -> Window {
    let start = random.chance(50).then(|| NOW - TimeDelta::seconds(random.one_of(&[0, 1, 3_600])));
    let end = random.chance(60).then(|| later(random));
    Window::new(start, end).unwrap_or_default()
}

fn a_grant(lives: &dyn Lives, random: &mut SplitMix) -> Result<GrantFacts, Broken> {
    let (access, window) = (access(random), window(random));
    lives.grant(access, window, NOW).ok_or(format!("no grant was made of {access:?}, {window:?}"))
}

/// A session, with the moment at which it must be over at the latest.
fn a_session(
    lives: &dyn Lives,
    random: &mut SplitMix,
) -> Result<(GrantFacts, LoginSessionRecord, Timestamp), Broken> {
    let window = window(random);
    let grant = lives.grant(AccessTypes::LOGIN, window, NOW);
    let grant = grant.ok_or(format!("no grant was made of {window:?}"))?;
    let limit = TimeDelta::minutes(random.one_of(&[15, 60, 480]));
    let own = later(random);
    let session = lives.start(&grant, limit, own, NOW);
    let session = session.ok_or(format!("no session was started by {grant:?}"))?;
    let limits = [Some(NOW + limit), window.expires_at(), Some(own)];
    let ends = limits.into_iter().flatten().min().unwrap_or(own);
    Ok((grant, session, ends))
}

fn demand(is: bool, expected: impl FnOnce() -> String) -> Result<(), Broken> {
    if is { Ok(()) } else { Err(expected()) }
}

/// G4: a change raises the version; identifier, organization and pair stay.
///
/// # Errors
/// Where that is not so.
pub fn g4_a_change_raises_the_version(
    lives: &dyn Lives,
    random: &mut SplitMix,
) -> Result<(), Broken> {
    let mut grant = a_grant(lives, random)?;
    for _ in 0..4 {
        let (access, window) = (access(random), window(random));
        let Some(changed) = lives.edit(&grant, access, window, NOW) else { continue };
        demand(changed.version > grant.version, || {
            format!("an edit of {grant:?} made {changed:?}, expected a higher version")
        })?;
        let expected = GrantFacts { version: changed.version, access, window, ..grant };
        demand(changed == expected, || {
            format!("an edit of {grant:?} made {changed:?}, expected {expected:?}")
        })?;
        grant = changed;
    }
    Ok(())
}

/// G4: an edit that changes nothing leaves the version as it is.
///
/// # Errors
/// Where it is a change.
pub fn g4_what_changes_nothing_is_no_change(
    lives: &dyn Lives,
    random: &mut SplitMix,
) -> Result<(), Broken> {
    let grant = a_grant(lives, random)?;
    let changed = lives.edit(&grant, grant.access, grant.window, NOW);
    demand(changed.is_none(), || format!("an edit of nothing made {changed:?} of {grant:?}"))
}

/// G9 and G10: a grant that is made anew has another identifier, and begins at version 1.
///
/// # Errors
/// Where it has the same.
pub fn g9_a_grant_made_anew_is_another(
    lives: &dyn Lives,
    random: &mut SplitMix,
) -> Result<(), Broken> {
    let (first, again) = (a_grant(lives, random)?, a_grant(lives, random)?);
    demand(first.id != again.id && again.version.get() == 1, || {
        format!("{first:?} was made anew as {again:?}, expected another identifier and version 1")
    })
}

/// A grant that has ended already is not made, and none is changed to end in the past.
///
/// # Errors
/// Where it is.
pub fn g_nothing_is_moved_into_the_past(
    lives: &dyn Lives,
    random: &mut SplitMix,
) -> Result<(), Broken> {
    let ends = NOW - TimeDelta::microseconds(random.one_of(&[0, 1, 1_000_000]));
    let past = Window::new(None, Some(ends)).unwrap_or_default();
    let made = lives.grant(AccessTypes::BOTH, past, NOW);
    demand(made.is_none(), || format!("{made:?} was made, expected a refusal: it has ended"))?;
    let grant = a_grant(lives, random)?;
    let moved = lives.edit(&grant, grant.access, past, NOW);
    demand(moved.is_none(), || format!("{moved:?} was made of {grant:?}, expected a refusal"))
}

/// S1: a session names the actor, the subject, the organization and the grant in its version.
///
/// # Errors
/// Where it names others.
pub fn s1_a_session_is_bound(lives: &dyn Lives, random: &mut SplitMix) -> Result<(), Broken> {
    let (grant, session, _) = a_session(lives, random)?;
    let names = (session.actor, session.subject, session.organization);
    let expected = (grant.grantee, grant.grantor, grant.organization);
    demand(names == expected, || {
        format!("{session:?} names {names:?}, expected {expected:?} of its grant")
    })?;
    demand((session.grant.id, session.grant.version) == (grant.id, grant.version), || {
        format!("{session:?} names another grant than {grant:?}")
    })
}

/// S4: a session ends at the first of its limit, the end of its grant and that of the actor's own
/// session, and sooner where it is not used; at the very moment it is over.
///
/// # Errors
/// Where it ends at another time.
pub fn s4_a_session_ends_at_its_first_limit(
    lives: &dyn Lives,
    random: &mut SplitMix,
) -> Result<(), Broken> {
    let (_, mut session, ends) = a_session(lives, random)?;
    let over = |session: &_, at, is: bool, why: &str| {
        demand(lives.is_over(session, at) == is, || {
            let expected = if is { "over" } else { "not over" };
            format!("at {at} {session:?} should be {expected}: {why}")
        })
    };
    let tick = TimeDelta::microseconds(1);
    // As long as it is used all the time.
    session.last_seen_at = ends - tick;
    over(&session, ends - tick, false, "it is just before the first of its limits")?;
    over(&session, ends, true, "it is the first of its limits")?;
    session.last_seen_at = NOW;
    let idle = NOW + IDLE_LIMIT;
    if idle < ends {
        over(&session, idle - tick, false, "it was used within the time that it may rest")?;
        over(&session, idle, true, "it was not used")?;
    }
    Ok(())
}

/// S4: the end of a session is only ever brought forward.
///
/// # Errors
/// Where it is put off.
pub fn s4_shortening_never_prolongs(
    lives: &dyn Lives,
    random: &mut SplitMix,
) -> Result<(), Broken> {
    let (_, session, _) = a_session(lives, random)?;
    let ends = later(random);
    let shortened = lives.shorten(&session, ends, NOW);
    let is = shortened.as_ref().map_or(session.expires_at <= ends, |shortened| {
        shortened.expires_at == ends && ends < session.expires_at
    });
    demand(is, || format!("{session:?} was to end at {ends} at the latest, and is {shortened:?}"))
}

/// R3: a session that has ended is not ended again, shortened, or in use.
///
/// # Errors
/// Where something changes it.
pub fn r3_what_has_ended_stays_ended(
    lives: &dyn Lives,
    random: &mut SplitMix,
) -> Result<(), Broken> {
    let (_, session, _) = a_session(lives, random)?;
    let cause = random.one_of(EndCause::ALL);
    let ended = lives.end(&session, cause, NOW);
    let ended = ended.ok_or(format!("{session:?} is live, and could not be ended"))?;
    let expected = LoginSessionState::Ended { at: NOW, cause };
    demand(ended.state == expected, || format!("ended: {ended:?}, expected {expected:?}"))?;
    let again = lives.end(&ended, EndCause::Stopped, NOW);
    demand(again.is_none(), || format!("{ended:?} was ended again: {again:?}"))?;
    let shortened = lives.shorten(&ended, NOW, NOW);
    demand(shortened.is_none(), || format!("{ended:?} was shortened: {shortened:?}"))
}
