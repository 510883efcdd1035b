//! The list of all cases, and the macros that make tests of it.

/// Makes one test of each case of the contract.
///
/// The first argument names the module of the tests; the second is a
/// [`StoreFixture`](crate::store::StoreFixture), evaluated for each test. The tests bring their own
/// runtime.
///
/// ```
/// use std::sync::Arc;
/// use impersonation_testkit::{contract_suite, store::{OpenStore, StoreFixture}};
///
/// struct MyStore;
///
/// #[async_trait::async_trait]
/// impl StoreFixture for MyStore {
///     async fn open(&self) -> Option<OpenStore> {
///         None // Some(OpenStore { units, index, keep })
///     }
/// }
///
/// contract_suite!(my_store, MyStore);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! contract_suite {
    ($module:ident, $fixture:expr $(,)?) => {
        fn $module() -> impl $crate::store::StoreFixture {
            $fixture
        }

        mod $module {
            $crate::__contract_cases! { __contract_tests $module }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __contract_tests {
    ($module:ident $($group:ident: $run:ident [$($case:ident,)+])+) => {$(
        mod $group {
            $(
                #[test]
                fn $case() {
                    let fixture = super::super::$module();
                    $crate::contract::$run(&fixture, stringify!($case), $crate::contract::$group::$case);
                }
            )+
        }
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __contract_cases {
    ($callback:ident $($argument:tt)*) => {
        $crate::$callback! { $($argument)*
            organizations: run [
                a_new_organization_is_read_back,
                an_unknown_organization_reads_as_none,
                any_organization_tells_whether_the_store_is_empty,
                an_organization_is_changed,
                g4_an_organization_changed_meanwhile_is_stale,
            ]
            users: run [
                a_new_user_is_read_back,
                a_user_is_changed_in_every_way,
                g4_a_user_changed_meanwhile_is_stale,
                a_change_of_a_user_who_is_not_there_is_stale,
                d13_an_email_address_is_unique_without_regard_to_case,
                an_email_address_is_free_once_its_user_is_removed,
            ]
            user_list: run [
                users_are_listed_by_address,
                removed_users_are_left_out_of_the_list,
                users_are_searched_by_name_and_address,
                wildcards_in_a_search_for_users_are_literal,
                users_are_filtered_by_status_and_role,
                pages_of_users_stay_in_step_while_users_come_and_go,
                several_users_are_found_at_once,
            ]
            roles: run [
                a_new_role_is_read_back,
                every_set_of_permissions_is_read_back,
                g4_a_role_edited_meanwhile_is_stale,
                a_role_name_is_unique_without_regard_to_case,
                a_deleted_role_is_gone,
                g4_a_role_deleted_in_another_version_is_stale,
                roles_are_listed_the_built_in_ones_first,
                the_holders_of_a_role_are_counted,
                active_administrators_are_counted,
            ]
            channels: run [
                a_new_channel_is_read_back,
                a_channel_name_is_unique_without_regard_to_case,
                a_membership_begins_and_ends,
                members_are_listed_by_address,
                a_removed_user_is_never_a_member,
                channels_are_listed_by_name,
                channels_are_listed_by_member,
                shared_channels_are_those_of_both,
            ]
            grants: run [
                a_new_grant_is_read_back,
                g2_a_pair_has_at_most_one_grant,
                g9_a_grant_made_again_is_another_one,
                a_grant_is_edited,
                g4_a_grant_edited_meanwhile_is_stale,
                g4_a_grant_deleted_in_another_version_is_stale,
                g9_an_edit_of_a_deleted_grant_is_stale,
                noting_a_use_of_a_grant_is_no_change_of_it,
                grants_are_found_by_who_receives_and_who_gives,
            ]
            grant_list: run [
                a_listed_grant_comes_with_its_people_and_state,
                d14_the_state_filter_is_the_rule_of_the_domain,
                grants_are_filtered_by_access_and_people,
                grants_are_searched_in_all_columns,
                wildcards_in_a_search_for_grants_are_literal,
                grants_unused_since_a_moment_are_found,
            ]
            grant_order: run [
                grants_are_sorted_by_every_field_in_both_directions,
                ties_are_in_the_order_of_identifiers,
                the_newest_grant_comes_first_by_default,
                absent_values_come_after_all_others,
                filters_and_pages_go_together,
                pages_of_grants_stay_in_step_while_grants_come_and_go,
            ]
            audit: run [
                a10_the_sequence_is_dense_and_the_chain_verifies,
                a3_every_field_of_an_event_is_read_back,
                the_policy_revision_rises_once_in_each_altering_transaction,
                a10_time_never_decreases_within_the_sequence,
            ]
            transactions: run [
                p2_a_dropped_unit_leaves_nothing,
                p2_a_unit_given_up_after_a_failure_leaves_nothing,
                r1_a_commit_is_seen_by_every_later_unit,
                a2_a_unit_writes_its_events_with_its_changes,
            ]
            values: run [
                texts_are_read_back_letter_by_letter,
                moments_are_read_back_to_the_microsecond,
                moments_are_cut_to_whole_microseconds,
                the_longest_texts_have_room,
            ]
        }
    };
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    #[test]
    fn every_case_is_in_the_list() {
        // The list calls its callback by a path from the crate's root, so it is read, not expanded.
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract");
        let list = fs::read_to_string(folder.join("suite.rs")).unwrap();
        let listed: BTreeSet<&str> = list
            .lines()
            .filter_map(|line| line.trim().strip_suffix(','))
            .collect();
        let mut written = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for line in text.lines() {
                if let Some(rest) = line.strip_prefix("pub async fn ") {
                    let name = rest.split('(').next().unwrap();
                    assert!(
                        listed.contains(name),
                        "`{name}` is not in the list of cases"
                    );
                    written += 1;
                }
            }
        }
        assert!(written >= 20, "the cases were not found");
    }
}
