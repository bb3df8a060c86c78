//! What a store must do, as named cases that run on any of them: natively over SQLite, and in the
//! Worker over D1. Each case makes its own workspace, so none needs an empty database.

use std::pin::Pin;
use std::sync::Arc;

use domain::Timestamp;
use domain::ports::{Random, Store};

use crate::database::Database;

mod account_deeds;
mod accounts;
mod audit;
mod event_feed;
mod evidence;
mod gate;
mod guards;
mod hostile;
mod idempotency;
mod integrity;
mod isolation;
mod joining;
mod keys;
mod leases;
mod limits;
mod listing;
mod log;
mod outbox;
mod pages;
mod people;
mod races;
mod replay;
mod sandboxes;
mod sign_in;
mod story;
mod tasks;
pub mod world;

/// What the cases run on.
#[derive(Clone)]
pub struct Bench {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// The database below it, for what no store would write.
    pub database: Arc<dyn Database>,
    /// Randomness that never repeats between two runs over one database.
    pub random: Arc<dyn Random>,
    /// The moment that the cases begin at.
    pub now: Timestamp,
}

/// What came of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Its name, a sentence.
    pub name: &'static str,
    /// What was wrong, if anything.
    pub outcome: Result<(), String>,
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

macro_rules! cases {
    ($bench:expr, $($module:ident :: $name:ident),+ $(,)?) => {
        vec![$((stringify!($name), Box::pin($module::$name($bench)) as Running<'_>)),+]
    };
}

/// Runs every case, one after the other.
pub async fn run_all(bench: &Bench) -> Vec<CaseResult> {
    let cases = cases![
        bench,
        accounts::a_session_gives_its_member_until_sign_out,
        accounts::an_expired_session_reads_nothing,
        accounts::a_lost_membership_reads_nothing,
        sign_in::attempts_are_counted_in_a_window_that_ends,
        sign_in::a_guesser_locks_out_the_guesser_and_nobody_else,
        sign_in::an_office_behind_one_address_signs_in_all_day,
        sign_in::two_hundred_guesses_at_once_count_two_hundred,
        sign_in::guesses_of_the_setup_token_are_limited,
        accounts::of_two_setups_at_once_one_wins,
        accounts::a_taken_email_address_is_refused,
        tasks::a_project_reads_back_and_its_key_is_taken,
        tasks::tasks_are_numbered_and_read_back_by_id_and_key,
        tasks::a_stale_version_conflicts_with_the_present_one,
        tasks::a_mutation_without_outbox_keeps_the_log_dense,
        story::a_task_goes_from_written_to_done,
        story::a_revision_that_fails_its_gate_is_not_done,
        story::a_gate_changed_meanwhile_stops_the_approval,
        gate::a_report_that_was_not_kept_fails_its_gate,
        gate::a_report_beyond_its_bounds_is_none,
        replay::replaying_the_streams_gives_the_rows,
        replay::replaying_a_workspace_gives_its_people_and_agents,
        log::the_log_is_dense_and_chained,
        log::events_after_a_cursor_come_in_order_and_bounded,
        races::of_fifty_approvals_one_wins,
        races::tasks_written_at_once_get_numbers_of_their_own,
        races::of_two_starts_one_wins,
        races::of_two_claims_one_wins,
        idempotency::a_retry_gets_the_first_answer,
        idempotency::duplicates_at_once_make_one_task,
        idempotency::a_key_is_its_users_own,
        idempotency::a_key_answers_no_other_request,
        idempotency::a_key_answers_in_its_own_workspace,
        idempotency::a_project_created_twice_at_once_gets_its_first_answer,
        idempotency::answers_are_forgotten_after_a_day,
        idempotency::a_commit_whose_answer_was_lost_is_not_done_twice,
        guards::a_guard_that_does_not_hold_leaves_nothing,
        guards::whoever_is_let_in_no_longer_writes_nothing,
        guards::claims_at_once_never_exceed_the_slots,
        guards::an_approval_never_follows_a_gate_it_did_not_see,
        guards::a_plan_holds_what_the_project_had_when_it_was_made,
        isolation::another_workspaces_ids_answer_as_missing,
        isolation::without_a_session_nothing_is_read,
        leases::a_lease_is_renewed_by_its_holder_alone,
        leases::an_expired_lease_reads_as_lost_and_frees_its_slot,
        leases::a_renewed_lease_survives_a_late_expiry,
        leases::a_stale_writer_shortens_no_lease,
        leases::a_late_report_is_recorded_once,
        leases::a_lost_run_is_tried_again_once,
        leases::leftover_sandboxes_are_found,
        leases::a_leftover_that_cannot_be_read_hides_no_other,
        outbox::messages_are_due_until_confirmed,
        outbox::dead_letters_are_kept_once,
        outbox::a_message_of_another_version_waits_for_its_reader,
        outbox::a_queue_is_counted_past_what_nobody_can_read,
        outbox::a_feed_tells_what_is_new_and_who_may_hear_it,
        integrity::a_failing_check_leaves_nothing,
        integrity::an_impossible_row_is_internal,
        integrity::an_unguarded_row_is_refused,
        integrity::a_row_too_large_is_refused,
        integrity::limits_hold_and_values_survive,
        hostile::every_filter_of_a_list_is_answered,
        hostile::of_fifty_edits_one_wins_and_the_others_learn_the_version,
        hostile::a_clock_that_goes_back_a_day_changes_no_order,
        hostile::a_zombies_report_changes_nothing,
        hostile::a_run_in_hand_is_claimed_once_however_often_its_message_comes,
        hostile::a_verdict_of_an_old_revision_passes_nothing,
        hostile::a_running_task_is_not_given_up_past_its_run,
        log::the_log_as_stored_is_held_against_its_anchors,
    ];
    let mut results = Vec::with_capacity(cases.len());
    for (name, case) in cases.into_iter().chain(further(bench)) {
        results.push(CaseResult { name, outcome: case.await });
    }
    results
}

/// The cases that came with an area each.
fn further(bench: &Bench) -> impl Iterator<Item = (&'static str, Running<'_>)> {
    [
        about_evidence(bench),
        about_people(bench),
        about_policies(bench),
        about_identity(bench),
        about_sandboxes(bench),
        about_pages(bench),
    ]
    .into_iter()
    .flatten()
}

/// Cases about files that are added to runs, and about the log as programs follow it.
fn about_evidence(bench: &Bench) -> Vec<(&'static str, Running<'_>)> {
    cases![
        bench,
        evidence::people_programs_and_the_run_itself_add_files,
        evidence::a_run_adds_to_itself_alone_and_while_its_lease_holds,
        evidence::a_key_of_one_project_adds_to_no_other,
        evidence::an_added_file_changes_nothing_that_was_judged,
        evidence::the_same_file_is_added_once_however_often_it_comes,
        evidence::a_file_that_may_not_be_added_leaves_nothing,
        event_feed::a_cursor_misses_nothing_and_repeats_nothing,
        event_feed::a_key_of_one_project_reads_that_projects_events,
        event_feed::a_page_holds_no_more_bytes_than_it_may,
        evidence::bytes_that_were_long_on_their_way_are_asked_about_again,
    ]
}

/// The cases about who is in a workspace.
fn about_people(bench: &Bench) -> Vec<(&'static str, Running<'_>)> {
    cases![
        bench,
        people::a_role_is_changed_and_holds_at_once,
        people::nobody_reaches_above_their_own_role,
        people::a_workspace_keeps_an_owner,
        people::a_removed_members_session_and_keys_end,
        people::other_workspaces_people_answer_as_missing,
        people::a_person_founds_switches_and_leaves,
        people::a_workspace_is_named_and_its_origins_kept,
        joining::a_link_lets_one_new_person_in,
        joining::of_two_who_accept_at_once_one_gets_in,
        joining::a_link_that_is_over_tells_nobody_why,
        joining::a_lost_link_is_made_anew,
        joining::an_invitation_for_an_address_is_for_nobody_else,
        joining::whoever_has_an_account_joins_with_it,
        joining::whoever_tries_to_join_is_counted,
        joining::an_invitation_is_shown_once_and_bounded,
    ]
}

/// Cases about what pages show.
fn about_pages(bench: &Bench) -> Vec<(&'static str, Running<'_>)> {
    cases![
        bench,
        pages::a_verdict_by_an_older_gate_is_shown_as_stale,
        pages::every_page_is_one_round_trip,
        pages::my_work_shows_what_waits_for_whom,
        pages::a_list_is_filtered_and_paged,
    ]
}

/// Cases about the limiter's policies.
fn about_policies(bench: &Bench) -> Vec<(&'static str, Running<'_>)> {
    cases![
        bench,
        limits::a_policy_is_the_workspaces_before_everybodys,
        limits::a_policy_beyond_what_an_object_keeps_is_refused,
    ]
}

/// Cases about people's accounts, keys and the audit log.
fn about_identity(bench: &Bench) -> Vec<(&'static str, Running<'_>)> {
    cases![
        bench,
        keys::a_key_acts_for_its_owner_until_it_is_revoked,
        keys::a_key_reads_its_workspace_and_its_project_only,
        keys::a_key_ends_with_its_time_its_owner_and_their_role,
        keys::a_token_is_narrower_than_its_key_and_ends_with_it,
        keys::nobody_gives_a_key_more_than_they_have,
        keys::a_key_ends_no_later_than_the_one_that_made_it,
        keys::a_key_outlives_the_revoking_of_the_one_that_made_it,
        keys::the_fifty_first_key_is_refused,
        keys::keys_of_others_are_an_admins_to_see_and_revoke,
        keys::a_use_is_noted_once_a_minute,
        account_deeds::a_new_password_keeps_the_present_session_alone,
        account_deeds::guesses_of_the_present_password_are_limited,
        account_deeds::a_session_that_was_proved_by_an_older_password_is_not_opened,
        account_deeds::only_ones_own_sessions_are_listed_and_ended,
        account_deeds::a_link_resets_a_password_once,
        account_deeds::a_link_is_void_once_its_reason_is_gone,
        account_deeds::a_link_is_offered_by_those_who_may,
        audit::what_is_done_is_an_entry_with_who_what_and_from_where,
        audit::an_entry_tells_what_its_ids_are_called_and_what_was_given,
        audit::the_log_is_filtered_and_paged_without_a_gap,
        audit::the_log_is_for_admins_of_its_workspace,
        audit::refusals_flood_nothing,
        audit::a_key_that_does_not_hold_leaves_an_entry,
        audit::the_log_refuses_to_be_changed,
    ]
}

/// Cases about sandboxes that no run uses, and about what programs list.
fn about_sandboxes(bench: &Bench) -> Vec<(&'static str, Running<'_>)> {
    cases![
        bench,
        sandboxes::a_sandbox_takes_one_command_after_the_other,
        sandboxes::sandboxes_at_once_never_exceed_their_slots,
        sandboxes::a_sandbox_that_ends_leaves_no_command_open,
        sandboxes::a_sandbox_is_stopped_by_who_may_and_once,
        sandboxes::a_request_for_a_sandbox_or_a_command_is_effected_once,
        sandboxes::what_makes_no_sense_for_a_sandbox_is_refused,
        sandboxes::a_command_past_its_sandboxs_time_is_never_shown_as_running,
        sandboxes::another_workspaces_commands_answer_as_missing,
        listing::lists_come_in_pages_without_a_gap,
        listing::lists_hold_what_the_credential_reaches,
    ]
}

/// Fails with `what` unless it holds.
fn check(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// Fails with both values unless they are the same.
fn same<T: PartialEq + core::fmt::Debug>(got: T, want: T, what: &str) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what}: got {got:?}, not {want:?}")) }
}

/// The value, or what went wrong instead.
fn ok<T, E: core::fmt::Debug>(result: Result<T, E>, what: &str) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error:?}"))
}

/// The value, or that there is none.
fn some<T>(value: Option<T>, what: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("{what}: nothing there"))
}
