//! What races with what: C1 to C23 of the invariants, as far as they are races of use cases.

mod people;

pub use people::*;

use super::Race;
use crate::scene::{
    Act::{
        self, BulkDelete, Create, CreateOnce, Edit, End, EndOverdue, Expire, Pass, Reword, Send,
        SendAs, SendAsOnce, SendIn, SignOut, Start, StartOnce, Stop, Use,
    },
    BOTH, LOGIN, SEND,
};

/// The grant that lets ben act on cleo's account.
const CLEO_BEN: (&str, &str) = ("cleo", "ben");
/// The one in the other direction.
const BEN_CLEO: (&str, &str) = ("ben", "cleo");
/// The one that lets ben act on eli's account.
const ELI_BEN: (&str, &str) = ("eli", "ben");

const GIVE: Act = Create { by: "ada", pair: CLEO_BEN, access: BOTH, expires_in: None };
const GIVE_TOO: Act = Create { by: "adam", pair: CLEO_BEN, access: LOGIN, expires_in: None };
const GIVE_BACK: Act = Create { by: "ada", pair: BEN_CLEO, access: BOTH, expires_in: None };
const GIVE_ELI: Act = Create { by: "ada", pair: ELI_BEN, access: BOTH, expires_in: None };
const GIVE_FOR_A_MINUTE: Act =
    Create { by: "ada", pair: CLEO_BEN, access: BOTH, expires_in: Some(60) };
const A_MINUTE: Act = Pass { seconds: 60 };
const REVOKE: Act = Act::Revoke { by: "ada", pair: CLEO_BEN };
const START: Act = Start { actor: "ben", subject: "cleo" };
const START_BACK: Act = Start { actor: "cleo", subject: "ben" };
const SEND_AS: Act = SendAs { actor: "ben", subject: "cleo" };
const SEND_IN: Act = SendIn { actor: "ben" };
const USE: Act = Use { actor: "ben" };
const STOP: Act = Stop { actor: "ben" };

const fn race(before: &'static [Act], acts: &'static [Act]) -> Race {
    Race { before, acts }
}

/// No session is live after both have answered.
#[must_use]
pub fn c1_a_revocation_against_a_start_leaves_no_session() -> &'static [Race] {
    const {
        &[
            race(&[GIVE], &[REVOKE, START]),
            race(&[GIVE], &[REVOKE, START, START]),
            race(&[GIVE, START], &[REVOKE, GIVE_TOO, START]),
            race(&[GIVE], &[REVOKE, SEND_AS]),
        ]
    }
}

/// A request in a session is served before the grant goes, or finds the session ended.
#[must_use]
pub fn c2_a_revocation_against_a_request_in_the_session_is_one_order() -> &'static [Race] {
    const {
        &[
            race(&[GIVE, START], &[REVOKE, USE]),
            race(&[GIVE, START], &[REVOKE, SEND_IN]),
            race(&[GIVE, START], &[Edit { pair: CLEO_BEN, access: SEND }, SEND_IN]),
        ]
    }
}

/// What an edit takes away is done before it, or not at all.
#[must_use]
pub fn c3_an_edit_against_what_it_forbids_is_one_order() -> &'static [Race] {
    const {
        &[
            race(&[GIVE], &[Edit { pair: CLEO_BEN, access: LOGIN }, SEND_AS]),
            race(&[GIVE], &[Edit { pair: CLEO_BEN, access: SEND }, START]),
            race(&[GIVE, START], &[Expire { pair: CLEO_BEN, seconds: 30 }, USE]),
        ]
    }
}

/// Of two who saw the same version, one is told that it has moved on.
#[must_use]
pub fn c4_of_two_edits_from_one_version_the_second_looks_again() -> &'static [Race] {
    const {
        &[
            race(
                &[GIVE],
                &[
                    Edit { pair: CLEO_BEN, access: SEND },
                    Reword { pair: CLEO_BEN, reason: "holiday" },
                ],
            ),
            race(&[GIVE], &[Edit { pair: CLEO_BEN, access: LOGIN }, REVOKE]),
            race(&[GIVE], &[REVOKE, Act::Revoke { by: "adam", pair: CLEO_BEN }]),
        ]
    }
}

/// Nothing of what was deleted survives, unless it was made after.
#[must_use]
pub fn c5_a_bulk_delete_against_a_creation_is_one_order() -> &'static [Race] {
    const BULK: Act = BulkDelete { pairs: &[CLEO_BEN, ELI_BEN] };
    const {
        &[
            race(&[GIVE, GIVE_ELI], &[BULK, GIVE_TOO]),
            race(&[GIVE, GIVE_ELI], &[BULK, GIVE_BACK]),
            race(&[GIVE, GIVE_ELI], &[BULK, START]),
            race(&[GIVE, GIVE_ELI], &[BULK, REVOKE]),
        ]
    }
}

/// However many make it.
#[must_use]
pub fn c6_one_pair_gets_one_grant() -> &'static [Race] {
    const { &[race(&[], &[GIVE, GIVE_TOO]), race(&[], &[GIVE, GIVE_TOO, START])] }
}

/// A session that is left serves nothing more.
#[must_use]
pub fn c12_a_return_against_a_request_with_the_token_is_one_order() -> &'static [Race] {
    const {
        &[
            race(&[GIVE, START], &[STOP, USE]),
            race(&[GIVE, START], &[STOP, SEND_IN]),
            race(&[GIVE, START], &[STOP, STOP]),
            race(&[GIVE, START], &[STOP, End { by: "ada", actor: "ben" }]),
            race(&[GIVE, START], &[STOP, REVOKE]),
            race(&[GIVE, START], &[SignOut { actor: "ben" }, USE]),
        ]
    }
}

/// At the moment of the expiry everything is over, whoever notices first.
#[must_use]
pub fn c13_what_happens_at_the_very_expiry_is_one_order() -> &'static [Race] {
    const {
        &[
            race(&[GIVE_FOR_A_MINUTE, START, A_MINUTE], &[EndOverdue, USE]),
            race(&[GIVE_FOR_A_MINUTE, START, A_MINUTE], &[EndOverdue, EndOverdue]),
            race(&[GIVE_FOR_A_MINUTE, START, A_MINUTE], &[REVOKE, SEND_IN]),
            race(&[GIVE_FOR_A_MINUTE, A_MINUTE], &[Expire { pair: CLEO_BEN, seconds: 60 }, START]),
            race(
                &[GIVE_FOR_A_MINUTE, A_MINUTE],
                &[Expire { pair: CLEO_BEN, seconds: 60 }, SEND_AS],
            ),
        ]
    }
}

/// The second is told what the first was told.
#[must_use]
pub fn c14_a_key_that_is_sent_twice_has_one_effect() -> &'static [Race] {
    const CREATE: Act = CreateOnce { pair: CLEO_BEN, access: BOTH, key: "k" };
    const SEND_ONCE: Act = SendAsOnce { actor: "ben", subject: "cleo", key: "k" };
    const START_ONCE: Act = StartOnce { actor: "ben", subject: "cleo", key: "k" };
    const {
        &[
            race(&[], &[CREATE, CREATE]),
            race(&[GIVE], &[SEND_ONCE, SEND_ONCE]),
            race(&[GIVE], &[START_ONCE, START_ONCE]),
            race(&[GIVE], &[SEND_ONCE, SEND_ONCE, REVOKE]),
        ]
    }
}

/// The log has no gap and no fork.
#[must_use]
pub fn c17_what_is_recorded_at_once_is_dense() -> &'static [Race] {
    const {
        &[
            race(&[], &[Send { actor: "ben" }, Send { actor: "cleo" }, Send { actor: "eli" }]),
            race(&[], &[START, Send { actor: "cleo" }]),
            race(&[GIVE], &[SEND_AS, START]),
        ]
    }
}

/// Two who act on each other do not wait for each other.
#[must_use]
pub fn c20_opposite_directions_do_not_lock_each_other_out() -> &'static [Race] {
    const {
        &[
            race(&[], &[GIVE, GIVE_BACK]),
            race(&[GIVE, GIVE_BACK], &[START, START_BACK]),
            race(&[GIVE, GIVE_BACK], &[REVOKE, Act::Revoke { by: "adam", pair: BEN_CLEO }]),
            race(
                &[GIVE, GIVE_BACK],
                &[
                    BulkDelete { pairs: &[CLEO_BEN, BEN_CLEO] },
                    BulkDelete { pairs: &[BEN_CLEO, CLEO_BEN] },
                ],
            ),
            race(
                &[GIVE, GIVE_BACK],
                &[
                    Act::Remove { by: "ada", on: "ben" },
                    Act::Remove { by: "adam", on: "cleo" },
                    START,
                ],
            ),
        ]
    }
}
