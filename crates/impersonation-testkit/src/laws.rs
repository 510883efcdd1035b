//! The laws of a decision, as functions over anything that decides.
//!
//! Each law takes a decision procedure and one case, changes the case in every way that the law is
//! about, and says in words what it expected where the answer is another. They need no model (but for
//! the first, which is the model), and so hold for a decision that is made of other rows than ours.
//!
//! A law speaks of answers. What is about stores, transactions, tokens, records or time that passes
//! between two requests is for the suites that have those.

mod broken;
mod channels;
mod grants;
pub mod lives;
mod people;
mod sessions;
#[cfg(test)]
mod tests;
mod time;
mod totality;
mod vary;

use crate::{
    figures::{Figures, size},
    reference::Answer,
    strategies::{Case, quick, smallest},
};

pub use broken::{Broken, Changed};
pub use channels::n6_both_must_be_in_the_channel_now;
pub use grants::{
    d2_no_two_grants_are_combined, d4_taking_something_away_never_permits,
    d4_what_is_elsewhere_changes_nothing, d5_each_access_type_stands_alone,
    d6_order_and_duplicates_do_not_matter, d7_a_permit_names_the_grant_that_gives_it,
};
pub use people::{
    d7_without_a_grant_nothing_of_the_subject_shows, d8_what_is_not_known_denies,
    d9_nobody_acts_on_their_own_account, d11_a_protected_account_is_never_acted_on,
    d13_identifiers_are_compared_whole, t1_what_is_of_another_organization_gives_nothing,
};
pub use sessions::{
    d10_nothing_is_started_inside_a_session, r1_without_its_grant_nothing_is_permitted,
    r3_a_grant_made_anew_revives_no_session,
};
pub use time::d14_a_grant_holds_from_its_start_until_just_before_its_end;
pub use totality::{
    d1_it_is_as_the_model_says, d3_the_same_question_has_the_same_answer,
    d7_a_denial_has_one_known_reason,
};
pub use vary::{elsewhere, weaker};

/// Anything that decides.
pub type Decide<'a> = dyn Fn(&Case) -> Answer + 'a;

/// Whether a law held.
pub type Held = Result<(), Box<Broken>>;

/// One law.
#[derive(Debug, Clone, Copy)]
pub struct Law {
    /// The name of its function: the number of the invariant and a sentence.
    pub name: &'static str,
    /// Whether a procedure keeps it on a case.
    pub holds: fn(&Decide<'_>, &Case) -> Held,
}

macro_rules! laws {
    ($($name:ident),+ $(,)?) => {
        /// Every law.
        pub const LAWS: &[Law] = &[$(Law { name: stringify!($name), holds: $name }),+];

        /// Makes a test of every law for a decision procedure: a `fn(&Case) -> Answer`, or a closure
        /// like it.
        ///
        /// ```no_run
        /// use impersonation_testkit::{decision_laws, reference::Answer, strategies::Case};
        ///
        /// fn decide(case: &Case) -> Answer {
        ///     // Where you ask your own decision.
        ///     impersonation_testkit::agreement::decide(case)
        /// }
        ///
        /// decision_laws!(mine, decide);
        /// ```
        #[macro_export]
        macro_rules! decision_laws {
            ($module:ident, $decide:expr) => {
                fn $module() -> impl Fn(&$crate::strategies::Case) -> $crate::reference::Answer {
                    $decide
                }

                mod $module {
                    $(
                        #[test]
                        fn $name() {
                            $crate::laws::run(stringify!($name), &super::$module());
                        }
                    )+
                }
            };
        }
    };
}

laws! {
    d1_it_is_as_the_model_says,
    d2_no_two_grants_are_combined,
    d3_the_same_question_has_the_same_answer,
    d4_taking_something_away_never_permits,
    d4_what_is_elsewhere_changes_nothing,
    d5_each_access_type_stands_alone,
    d6_order_and_duplicates_do_not_matter,
    d7_a_permit_names_the_grant_that_gives_it,
    d7_a_denial_has_one_known_reason,
    d7_without_a_grant_nothing_of_the_subject_shows,
    d8_what_is_not_known_denies,
    d9_nobody_acts_on_their_own_account,
    d10_nothing_is_started_inside_a_session,
    d11_a_protected_account_is_never_acted_on,
    d13_identifiers_are_compared_whole,
    d14_a_grant_holds_from_its_start_until_just_before_its_end,
    t1_what_is_of_another_organization_gives_nothing,
    n6_both_must_be_in_the_channel_now,
    r1_without_its_grant_nothing_is_permitted,
    r3_a_grant_made_anew_revives_no_session,
}

impl Law {
    /// Whether the procedure keeps it on so many cases of this seed; if not, the smallest case on
    /// which it does not.
    ///
    /// # Errors
    /// What was expected, and what was answered instead.
    pub fn check(&self, decide: &Decide<'_>, seed: u64, cases: u64) -> Held {
        for number in 0..cases {
            let case = quick::case(seed, number);
            if let Err(broken) = (self.holds)(decide, &case) {
                let still = |case: &Case| (self.holds)(decide, case).err();
                return Err(smallest(&case, broken, still).1);
            }
        }
        Ok(())
    }
}

/// Whether the procedure keeps every law on so many cases of this seed.
///
/// # Errors
/// The first law that it breaks, with the smallest case.
pub fn check_all(decide: &Decide<'_>, seed: u64, cases: u64) -> Held {
    LAWS.iter().try_for_each(|law| law.check(decide, seed, cases))
}

/// Checks the law of this name on as many cases as `IMP_LAW_CASES` says, or else 2,000. For
/// [`decision_laws!`](crate::decision_laws).
///
/// # Panics
/// Where the procedure breaks it, or there is no such law.
pub fn run(name: &str, decide: &Decide<'_>) {
    let law = LAWS.iter().find(|law| law.name == name);
    let law = law.unwrap_or_else(|| panic!("there is no law `{name}`"));
    let (seed, cases) = (size("IMP_LAW_SEED", 1), size("IMP_LAW_CASES", 2_000));
    let mut figures = Figures::of(&format!("law {name}")).seed(seed);
    if let Err(broken) = law.check(decide, seed, cases) {
        panic!("{broken}\nSeed {seed} finds it again (IMP_LAW_SEED, IMP_LAW_CASES).");
    }
    figures.count("cases", cases);
    figures.finish();
}
