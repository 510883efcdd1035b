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

/// Makes one test of each case of the contract of [`FileStore`].
///
/// The first argument names the module of the tests; the second is a
/// [`FileStoreFixture`](crate::store::FileStoreFixture), evaluated for each test. The tests bring
/// their own runtime.
///
/// [`FileStore`]: impersonation_domain::ports::FileStore
#[macro_export]
macro_rules! file_contract_suite {
    ($module:ident, $fixture:expr $(,)?) => {
        fn $module() -> impl $crate::store::FileStoreFixture {
            $fixture
        }

        mod $module {
            $crate::__file_contract_cases! { __contract_tests $module }
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
                d13_addresses_that_only_look_alike_are_of_different_users,
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
                d13_names_that_only_look_alike_are_of_different_channels,
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
            login_sessions: run [
                a_new_login_session_is_read_back,
                s2_only_the_exact_token_finds_a_login_session,
                a7_every_cause_of_an_end_is_read_back,
                r3_a_session_that_has_ended_stays_ended,
                s4_a_shortened_session_is_read_back,
                a_use_of_a_session_is_noted,
                r3_a_use_does_not_revive_an_ended_session,
                live_sessions_are_found_by_what_they_rest_on,
                g9_sessions_belong_to_the_very_grant,
                s1_every_kind_of_own_credential_is_kept_apart,
                a7_overdue_sessions_are_those_that_reached_a_limit,
                a_first_read_is_one_for_each_reader_resource_and_minute,
            ]
            login_session_list: run [
                login_sessions_are_listed_from_the_latest_on,
                login_sessions_are_filtered,
                pages_of_login_sessions_stay_in_step_while_sessions_start,
            ]
            messages: run [
                a_new_message_is_read_back,
                every_way_of_sending_is_read_back,
                files_of_a_message_are_read_back_in_their_order,
                messages_of_a_channel_are_listed_from_the_latest_on,
                pages_of_messages_stay_in_step_while_messages_are_sent,
            ]
            credentials: run [
                a_new_own_session_is_read_back,
                an_ended_own_session_is_read_back,
                an_api_token_is_read_back,
                api_tokens_are_listed_from_the_latest_on,
                all_own_sessions_of_a_user_end_at_once,
                a9_a_password_is_set_and_replaced,
            ]
            idempotency: run [
                g7_an_answer_is_found_again,
                g7_keys_of_different_scopes_never_meet,
                the_longest_key_has_room,
                a_later_answer_takes_the_place_of_the_older,
                answers_given_before_a_moment_are_forgotten,
            ]
            audit: run [
                a10_the_sequence_is_dense_and_the_chain_verifies,
                a3_every_field_of_an_event_is_read_back,
                the_policy_revision_rises_once_in_each_altering_transaction,
                a10_time_never_decreases_within_the_sequence,
            ]
            audit_query: run [
                events_are_listed_from_the_latest_on,
                a6_the_filters_answer_exactly_the_events_that_fit,
                a6_pages_of_events_stay_complete_while_events_are_written,
                a_range_of_events_follows_the_sequence,
                a_unit_reads_its_own_events,
                a5_every_action_is_read_back,
                every_kind_of_party_is_read_back,
            ]
            transactions: run [
                p2_a_dropped_unit_leaves_nothing,
                p2_a_unit_given_up_after_a_failure_leaves_nothing,
                r1_a_commit_is_seen_by_every_later_unit,
                a2_a_unit_writes_its_events_with_its_changes,
            ]
            rollback: run [
                p2_every_change_of_the_directory_is_undone_by_a_drop,
                p2_every_change_of_access_is_undone_by_a_drop,
                p2_every_change_of_credentials_is_undone_by_a_drop,
                p2_kept_answers_are_undone_by_a_drop,
                p2_a_new_organization_is_undone_by_a_drop,
            ]
            events: run [
                a1_every_change_of_the_directory_has_one_event,
                a1_every_change_of_access_has_one_event,
                a1_what_changes_nothing_has_no_event,
                a1_an_event_that_belongs_to_no_change_is_written,
                a1_a_refused_change_has_no_event,
            ]
            values: run [
                texts_are_read_back_letter_by_letter,
                moments_are_read_back_to_the_microsecond,
                moments_are_cut_to_whole_microseconds,
                the_longest_texts_have_room,
            ]
            facts: run [
                the_facts_are_what_the_single_ports_tell,
                d8_what_does_not_exist_is_absent_from_the_facts,
                the_facts_include_what_the_unit_itself_has_written,
                d7_the_facts_name_the_version_of_the_grant,
            ]
            tenants: run [
                t1_names_and_addresses_are_free_in_every_organization,
                t1_the_directory_of_another_organization_is_out_of_sight,
                t1_lists_of_the_directory_are_of_one_organization,
                t1_grants_of_another_organization_are_out_of_sight,
                t1_login_sessions_of_another_organization_are_out_of_sight,
                t1_first_reads_are_of_one_organization,
                t1_messages_of_another_organization_are_out_of_sight,
                t1_credentials_of_another_organization_are_out_of_sight,
                t1_kept_answers_are_of_one_organization,
                t1_each_organization_has_an_audit_log_of_its_own,
                t1_the_facts_are_of_one_organization,
                t2_nothing_of_another_organization_changes_what_one_is_told,
            ]
            foreign_rows: run [
                t1_the_directory_of_another_organization_is_out_of_reach,
                t1_a_membership_of_another_organization_is_not_ended,
                t1_access_of_another_organization_is_out_of_reach,
                t1_notes_on_rows_of_another_organization_reach_nothing,
                t1_a_password_of_another_organization_is_not_set,
            ]
            index: run [
                organizations_are_listed_by_name,
                organizations_may_share_a_name,
                an_organization_is_found_by_every_kind_of_token,
                accounts_are_found_by_address_in_every_organization,
                the_store_answers,
            ]
            concurrency: run_on_threads [
                g4_units_of_one_organization_follow_each_other,
                c17_events_written_at_once_are_dense,
                c6_of_grants_made_at_once_for_a_pair_one_is_there,
                c16_who_counts_before_writing_counts_right,
                the_first_organization_is_made_once,
                c14_of_a_key_used_at_once_one_is_carried_out,
                a_first_read_at_once_is_one,
                a_reading_unit_sees_one_consistent_state,
                r1_no_unit_that_begins_later_sees_the_old_state,
                a_dropped_unit_lets_the_next_one_begin,
                p2_an_aborted_task_leaves_nothing_and_lets_the_next_begin,
                who_gives_up_waiting_is_not_waited_for,
                c0_organizations_do_not_mix_under_load,
            ]
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __file_contract_cases {
    ($callback:ident $($argument:tt)*) => {
        $crate::$callback! { $($argument)*
            files: run_on_files [
                content_is_read_back_byte_by_byte,
                empty_content_is_refused,
                the_largest_file_has_room,
                content_that_is_too_large_is_refused_while_it_comes,
                content_of_another_type_is_refused,
                an_interrupted_upload_leaves_nothing,
                an_unknown_file_is_not_found,
                a_deleted_file_is_gone,
                t1_a_file_of_another_organization_is_out_of_reach,
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
        let listed: BTreeSet<&str> =
            list.lines().filter_map(|line| line.trim().strip_suffix(',')).collect();
        let mut written = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for line in text.lines() {
                if let Some(rest) = line.strip_prefix("pub async fn ") {
                    let name = rest.split('(').next().unwrap();
                    assert!(listed.contains(name), "`{name}` is not in the list of cases");
                    written += 1;
                }
            }
        }
        assert!(written >= 20, "the cases were not found");
    }
}
