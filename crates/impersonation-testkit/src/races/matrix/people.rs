//! What people, roles and plans race with.

use impersonation_domain::plan::Plan;

use super::{CLEO_BEN, GIVE, REVOKE, SEND_AS, SEND_IN, START, USE, race};
use crate::{
    races::Race,
    scene::Act::{self, Create, Leave, Protect, Reactivate, Remove, SetActive, SetPlan, SetRole},
    scene::LOGIN,
};

const DOWNGRADE: Act = SetPlan(Plan::Individual);
const PROTECT: Act = Protect { on: "cleo", protected: true };
const BY_ADAM: Act = Create { by: "adam", pair: CLEO_BEN, access: LOGIN, expires_in: None };

const DEACTIVATE_ADAM: Act = SetActive { by: "ada", on: "adam", active: false };
const DEACTIVATE_BEN: Act = SetActive { by: "ada", on: "ben", active: false };
const DEACTIVATE_CLEO: Act = SetActive { by: "ada", on: "cleo", active: false };
const REMOVE_BEN: Act = Remove { by: "ada", on: "ben" };
const REMOVE_CLEO: Act = Remove { by: "ada", on: "cleo" };

/// Who receives access, who grants it, or either of them in the channel.
#[must_use]
pub fn c7_leaving_against_create_login_and_send_is_one_order() -> &'static [Race] {
    const {
        &[
            race(&[], &[REMOVE_BEN, GIVE]),
            race(&[], &[REMOVE_CLEO, GIVE]),
            race(&[GIVE], &[REMOVE_BEN, START]),
            race(&[GIVE], &[REMOVE_CLEO, START]),
            race(&[GIVE], &[REMOVE_BEN, SEND_AS]),
            race(&[GIVE], &[REMOVE_CLEO, SEND_AS]),
            race(&[GIVE, START], &[REMOVE_CLEO, USE]),
            race(&[GIVE], &[Leave { on: "ben" }, SEND_AS]),
            race(&[GIVE], &[Leave { on: "cleo" }, SEND_AS]),
            race(&[GIVE, START], &[Leave { on: "cleo" }, SEND_IN]),
        ]
    }
}

/// The grant is made only where it comes first.
#[must_use]
pub fn c8_a_demoted_administrator_grants_only_before() -> &'static [Race] {
    const DEMOTE: Act = SetRole { by: "ada", on: "adam", admin: false };
    const {
        &[
            race(&[], &[DEMOTE, BY_ADAM]),
            race(&[], &[DEACTIVATE_ADAM, BY_ADAM]),
            race(&[GIVE], &[DEMOTE, Act::Revoke { by: "adam", pair: CLEO_BEN }]),
        ]
    }
}

/// To a plan without impersonation. The organization itself is never deleted, so this stands for C11
/// as well.
#[must_use]
pub fn c9_a_downgrade_against_create_login_and_send_is_one_order() -> &'static [Race] {
    const {
        &[
            race(&[], &[DOWNGRADE, GIVE]),
            race(&[GIVE], &[DOWNGRADE, START]),
            race(&[GIVE], &[DOWNGRADE, SEND_AS]),
            race(&[GIVE, START], &[DOWNGRADE, USE]),
            race(&[GIVE, START], &[DOWNGRADE, REVOKE]),
            race(&[GIVE, START], &[DOWNGRADE, SetPlan(Plan::MultiUser), START]),
        ]
    }
}

/// Of either of the two.
#[must_use]
pub fn c10_a_deactivation_against_login_and_send_is_one_order() -> &'static [Race] {
    const {
        &[
            race(&[GIVE], &[DEACTIVATE_BEN, START]),
            race(&[GIVE], &[DEACTIVATE_CLEO, START]),
            race(&[GIVE], &[DEACTIVATE_BEN, SEND_AS]),
            race(&[GIVE], &[DEACTIVATE_CLEO, SEND_AS]),
            race(&[GIVE, START], &[DEACTIVATE_CLEO, USE]),
            race(&[], &[DEACTIVATE_CLEO, GIVE]),
        ]
    }
}

/// Whatever the two do to each other.
#[must_use]
pub fn c16_of_two_last_administrators_one_stays() -> &'static [Race] {
    const {
        &[
            race(
                &[],
                &[
                    SetRole { by: "ada", on: "adam", admin: false },
                    SetRole { by: "adam", on: "ada", admin: false },
                ],
            ),
            race(
                &[],
                &[
                    SetActive { by: "ada", on: "adam", active: false },
                    SetActive { by: "adam", on: "ada", active: false },
                ],
            ),
            race(
                &[],
                &[
                    Remove { by: "ada", on: "adam" },
                    SetRole { by: "adam", on: "ada", admin: false },
                ],
            ),
        ]
    }
}

/// What was ended by a deactivation stays ended.
#[must_use]
pub fn c22_deactivation_reactivation_and_login_are_one_order() -> &'static [Race] {
    const {
        &[
            race(&[GIVE], &[DEACTIVATE_CLEO, Reactivate { by: "adam", on: "cleo" }, START]),
            race(&[GIVE, START], &[DEACTIVATE_CLEO, Reactivate { by: "adam", on: "cleo" }, USE]),
            race(&[GIVE], &[DEACTIVATE_BEN, Reactivate { by: "adam", on: "ben" }, START]),
        ]
    }
}

/// No session is live on an account that is protected.
#[must_use]
pub fn c23_a_protection_against_a_start_leaves_no_session() -> &'static [Race] {
    const {
        &[
            race(&[GIVE], &[PROTECT, START]),
            race(&[GIVE], &[PROTECT, SEND_AS]),
            race(&[GIVE, START], &[PROTECT, USE]),
            race(&[], &[PROTECT, GIVE]),
        ]
    }
}
