//! The list of races, as tests.

/// Makes one test of every race of the matrix for a store, in a module of this name.
///
/// The fixture is a [`StoreFixture`](crate::store::StoreFixture). What it opens should be reached as
/// it is in service: where several servers share a database, let each `begin` come from another one.
///
/// Each race runs freely as often as `IMP_RACE_ROUNDS` says, 6 times by default.
#[macro_export]
macro_rules! race_suite {
    ($name:ident, $fixture:expr) => {
        mod $name {
            #[expect(
                unused_imports,
                reason = "the fixture may need nothing of its surroundings"
            )]
            use super::*;

            $crate::__races! { __race_tests ($name, $fixture) }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __race_tests {
    (($name:ident, $fixture:expr) [$($race:ident,)+]) => {
        $(
            #[test]
            fn $race() {
                let races = $crate::races::matrix::$race();
                $crate::races::run(&$fixture, stringify!($name), stringify!($race), races);
            }
        )+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __races {
    ($callback:ident $arguments:tt) => {
        $crate::$callback! { $arguments [
            c1_a_revocation_against_a_start_leaves_no_session,
            c2_a_revocation_against_a_request_in_the_session_is_one_order,
            c3_an_edit_against_what_it_forbids_is_one_order,
            c4_of_two_edits_from_one_version_the_second_looks_again,
            c5_a_bulk_delete_against_a_creation_is_one_order,
            c6_one_pair_gets_one_grant,
            c7_leaving_against_create_login_and_send_is_one_order,
            c8_a_demoted_administrator_grants_only_before,
            c9_a_downgrade_against_create_login_and_send_is_one_order,
            c10_a_deactivation_against_login_and_send_is_one_order,
            c12_a_return_against_a_request_with_the_token_is_one_order,
            c13_what_happens_at_the_very_expiry_is_one_order,
            c14_a_key_that_is_sent_twice_has_one_effect,
            c16_of_two_last_administrators_one_stays,
            c17_what_is_recorded_at_once_is_dense,
            c20_opposite_directions_do_not_lock_each_other_out,
            c22_deactivation_reactivation_and_login_are_one_order,
            c23_a_protection_against_a_start_leaves_no_session,
        ] }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_race_is_in_the_list() {
        let list = include_str!("suite.rs");
        let matrix = concat!(include_str!("matrix.rs"), include_str!("matrix/people.rs"));
        let mut written = 0;
        for rest in matrix.lines().filter_map(|line| line.strip_prefix("pub fn ")) {
            let name = rest.split('(').next().expect("split never comes to nothing");
            assert!(list.contains(&format!("            {name},")), "`{name}` is not in the list");
            written += 1;
        }
        assert_eq!(written, 18);
    }
}
