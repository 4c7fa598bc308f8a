//! Suite of the store: tests of [`Store`] that every engine must pass.
//!
//! An engine implements [`Engine`] and instantiates the suite with `suite!`.

mod attempt_log;
mod attempts;
mod completion;
mod durability;
mod harness;
mod problem_numbers;
mod retention;
mod shares;
mod submitting;
mod versions;
mod webhooks;

use async_trait::async_trait;
use store::Store;

pub(crate) use attempt_log::*;
pub(crate) use attempts::*;
pub(crate) use completion::*;
pub(crate) use durability::*;
pub(crate) use harness::*;
pub(crate) use problem_numbers::*;
pub(crate) use retention::*;
pub(crate) use shares::*;
pub(crate) use submitting::*;
pub(crate) use versions::*;
pub(crate) use webhooks::*;

/// Opens the engine under test.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Opens it on the storage of this value; a second call finds the same data.
    async fn open(&self) -> Store;

    /// Runs a statement directly.
    async fn execute(&self, statement: &str);

    /// Makes writing job 13 an error.
    async fn make_job_13_fail(&self);
}

/// Makes a `#[tokio::test]` of each test of the suite, on the engine of the expression.
macro_rules! suite {
    ($engine:expr) => {
        suite!($engine =>
            // Submitting
            a_submitted_job_reads_back_whole_and_queued,
            a_live_session_reads_back,
            an_unknown_job_has_no_record,
            a_repeated_idempotency_key_returns_the_first_job,
            the_same_job_submitted_again_is_found,
            only_one_of_many_concurrent_submissions_with_one_key_is_new,
            a_submission_is_found_by_its_idempotency_key,
            a_key_lives_as_long_as_its_record,
            // Attempts
            beginning_an_attempt_returns_the_job_and_updates_the_record,
            an_attempt_begins_once_and_only_with_a_higher_number,
            only_one_of_many_concurrent_begins_succeeds,
            no_attempt_begins_for_an_ended_or_missing_job,
            a_requeued_attempt_leaves_the_job_queued,
            // Ends
            a_completion_ends_the_record,
            each_kind_of_end_reads_back,
            only_the_running_attempt_can_complete,
            only_one_of_many_completions_is_recorded,
            a_queued_job_is_cancelled_for_good,
            cancelling_a_running_job_leaves_the_end_to_its_attempt,
            a_requested_cancellation_reaches_the_next_attempt,
            a_cancellation_that_races_with_an_attempt_has_one_outcome,
            cancelling_a_missing_job_returns_missing,
            a_dead_letter_fails_an_unfinished_job,
            a_begin_with_a_lost_reply_is_confirmed_by_its_timestamp,
            a_completion_with_a_lost_reply_is_confirmed_by_its_timestamp,
            // The log of attempts
            an_attempt_is_logged_and_read_back,
            a_repeated_log_replaces_the_earlier_one,
            an_attempt_without_a_log_is_logged_as_lost,
            a_log_of_an_attempt_is_not_replaced_by_its_loss,
            old_logs_are_deleted_and_need_no_record,
            // Shares
            a_share_can_be_read_until_it_expires,
            expired_shares_are_deleted_oldest_first,
            // Webhooks
            a_webhook_is_due_once_its_job_has_ended,
            a_leased_webhook_is_due_again_after_its_lease,
            a_webhook_of_a_missing_job_is_deleted,
            webhooks_are_leased_by_submitters_in_turn,
            // Expanding
            tables_expanded_by_a_newer_version_keep_working,
            // Paging, retention
            unfinished_jobs_are_paged_through_by_id,
            progress_is_read_without_the_record,
            retention_deletes_records_before_the_cutoff_oldest_first,
            only_ended_records_are_deleted_together_with_their_keys,
            // Durability
            acknowledged_writes_survive_the_death_of_the_process,
            closing_completes_queued_writes_and_closes_every_handle,
            an_open_store_answers_a_ping,
            reads_continue_during_many_writes,
            a_failing_write_does_not_fail_others,
            // Other versions
            a_record_of_a_newer_version_is_rejected,
            a_record_of_the_first_version_reads_back,
            a_damaged_record_is_an_error_that_names_the_part,
            // Numbers of problems
            a_problem_keeps_its_number_when_others_are_added,
            concurrently_added_problems_get_distinct_numbers,
        );
    };
    ($engine:expr => $($name:ident,)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                suite::$name(&$engine).await;
            }
        )*
    };
}
pub(crate) use suite;
