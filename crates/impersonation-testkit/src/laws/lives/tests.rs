//! Every law about lives catches something, and the domain breaks none.

use super::*;
use crate::figures::{Figures, size};

/// What is wrong with the way in which grants and sessions change.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flaw {
    VersionStays,
    NothingIsAChange,
    IdentifierStays,
    ThePastIsFine,
    OtherVersion,
    GrantMayEndFirst,
    HoldsAtItsEnd,
    NeverIdle,
    Prolongs,
    EndsTwice,
}

const ALL: [(Flaw, &str); 10] = [
    (Flaw::VersionStays, "g4_a_change_raises"),
    (Flaw::NothingIsAChange, "g4_what_changes_nothing"),
    (Flaw::IdentifierStays, "g9_"),
    (Flaw::ThePastIsFine, "g_no_grant"),
    (Flaw::OtherVersion, "s1_"),
    (Flaw::GrantMayEndFirst, "s4_a_session"),
    (Flaw::HoldsAtItsEnd, "s4_a_session"),
    (Flaw::NeverIdle, "s4_a_session"),
    (Flaw::Prolongs, "s4_shortening"),
    (Flaw::EndsTwice, "r3_"),
];

/// The domain with something wrong.
struct Wrong(OfDomain, Flaw);

impl Lives for Wrong {
    fn grant(&self, access: AccessTypes, window: Window, at: Timestamp) -> Option<GrantFacts> {
        let past = window.has_expired(at) && self.1 == Flaw::ThePastIsFine;
        let mut grant = self.0.grant(access, if past { Window::default() } else { window }, at)?;
        if self.1 == Flaw::IdentifierStays {
            grant.id = crate::strategies::id(1);
        }
        Some(grant)
    }

    fn edit(
        &self,
        grant: &GrantFacts,
        access: AccessTypes,
        window: Window,
        at: Timestamp,
    ) -> Option<GrantFacts> {
        let edited = self.0.edit(grant, access, window, at);
        match self.1 {
            Flaw::VersionStays => edited.map(|it| GrantFacts { version: grant.version, ..it }),
            Flaw::NothingIsAChange if (access, window) == (grant.access, grant.window) => {
                Some(GrantFacts { version: grant.version.next(), ..*grant })
            }
            _ => edited,
        }
    }

    fn start(
        &self,
        grant: &GrantFacts,
        limit: TimeDelta,
        own: Timestamp,
        at: Timestamp,
    ) -> Option<LoginSessionRecord> {
        let mut session = self.0.start(grant, limit, own, at)?;
        match self.1 {
            Flaw::OtherVersion => session.grant.version = session.grant.version.next(),
            Flaw::GrantMayEndFirst => session.expires_at = own.min(at + limit),
            _ => {}
        }
        Some(session)
    }

    fn shorten(
        &self,
        session: &LoginSessionRecord,
        ends: Timestamp,
        at: Timestamp,
    ) -> Option<LoginSessionRecord> {
        if self.1 == Flaw::Prolongs {
            return Some(LoginSessionRecord { expires_at: ends, ..session.clone() });
        }
        self.0.shorten(session, ends, at)
    }

    fn end(
        &self,
        session: &LoginSessionRecord,
        cause: EndCause,
        at: Timestamp,
    ) -> Option<LoginSessionRecord> {
        let state = LoginSessionState::Ended { at, cause };
        match self.1 {
            Flaw::EndsTwice => Some(LoginSessionRecord { state, ..session.clone() }),
            _ => self.0.end(session, cause, at),
        }
    }

    fn is_over(&self, session: &LoginSessionRecord, now: Timestamp) -> bool {
        let mut session = session.clone();
        match self.1 {
            Flaw::HoldsAtItsEnd => session.expires_at += TimeDelta::microseconds(1),
            Flaw::NeverIdle => session.last_seen_at = now,
            _ => {}
        }
        self.0.is_over(&session, now)
    }
}

#[test]
fn a_broken_life_is_caught_by_the_law_that_it_breaks() {
    for (flaw, law) in ALL {
        let broken = check_lives(&Wrong(OfDomain::default(), flaw), 1, 500);
        let broken = broken.expect_err(&format!("nothing catches {flaw:?}"));
        assert!(broken.starts_with(law), "{flaw:?} should be caught by {law}: {broken}");
    }
    for (name, _) in LIVES {
        assert!(ALL.iter().any(|(_, law)| name.starts_with(law)), "{name} catches nothing");
    }
}

#[test]
fn g_s_r_the_lives_of_the_domain_keep_the_laws() {
    let (seed, times) = (size("IMP_LAW_SEED", 1), size("IMP_LAW_CASES", 2_000));
    let mut figures = Figures::of("laws about lives").seed(seed);
    check_lives(&OfDomain::default(), seed, times).unwrap();
    figures.count("laws", LIVES.len() as u64);
    figures.count("lives for each", times);
    figures.finish();
}
