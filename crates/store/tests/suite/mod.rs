//! What records must be on every engine, as tests against [`Store`] alone.
//!
//! An engine brings an [`Engine`] that opens it, and lists the suite with `suite!`.

mod attempts;
mod bench;
mod durability;
mod ends;
mod keeping;
mod logs;
mod numbers;
mod others;
mod submitting;
mod webhooks;

use async_trait::async_trait;
use store::Store;

pub(crate) use attempts::*;
pub(crate) use bench::*;
pub(crate) use durability::*;
pub(crate) use ends::*;
pub(crate) use keeping::*;
pub(crate) use logs::*;
pub(crate) use numbers::*;
pub(crate) use others::*;
pub(crate) use submitting::*;
pub(crate) use webhooks::*;

/// Opens the engine under test.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Opens it on storage that belongs to this value: opened again, it finds what it left.
    async fn open(&self) -> Store;

    /// Runs a statement beside the store.
    async fn execute(&self, statement: &str);

    /// Makes writing job 13 an error.
    async fn set_trap(&self);
}

/// One `#[tokio::test]` for each test of the suite, on the engine that the expression makes.
macro_rules! suite {
    ($engine:expr) => {
        suite!($engine =>
            // Submitting
            a_submitted_job_reads_back_whole_and_queued,
            a_live_session_is_remembered_as_one,
            an_unknown_job_has_no_record,
            sending_twice_with_a_key_gives_the_first_job,
            the_very_same_job_submitted_again_is_found,
            of_many_sent_at_once_with_one_key_one_is_new,
            what_was_sent_before_is_found_by_its_key,
            a_key_lives_as_long_as_its_record,
            // Attempts
            an_attempt_begins_with_the_job_and_marks_the_record,
            an_attempt_begins_once_and_only_forward,
            of_many_that_begin_the_same_attempt_one_does,
            no_attempt_begins_at_what_has_ended_or_never_was,
            an_attempt_given_back_leaves_the_job_queued,
            // Ends
            a_completion_ends_the_record,
            each_kind_of_end_reads_back,
            only_the_running_attempt_can_complete,
            of_many_completions_one_counts,
            a_queued_job_is_cancelled_for_good,
            cancelling_a_running_job_leaves_the_end_to_its_attempt,
            the_wish_to_cancel_reaches_the_next_attempt,
            a_cancellation_that_races_with_an_attempt_has_one_outcome,
            cancelling_what_never_was_says_so,
            a_dead_letter_fails_whatever_is_unfinished,
            a_beginning_whose_answer_was_lost_is_known_by_its_moment,
            a_completion_whose_answer_was_lost_is_known_by_its_moment,
            // The log of attempts
            an_attempt_is_logged_and_read_back,
            what_is_logged_again_replaces_what_was_there,
            an_attempt_that_was_never_heard_of_again_is_noted_as_lost,
            what_an_attempt_said_itself_is_not_replaced_by_its_loss,
            old_logs_are_forgotten_and_need_no_record,
            // Webhooks
            a_webhook_is_due_once_its_job_has_ended,
            a_webhook_that_is_taken_comes_again_only_after_its_term,
            a_webhook_of_a_job_that_never_was_is_forgotten,
            submitters_take_turns_with_their_webhooks,
            // Expanding
            a_newer_version_that_expanded_the_tables_does_not_disturb,
            // Paging, retention
            unfinished_jobs_are_paged_through_by_id,
            progress_is_told_without_the_record,
            retention_forgets_what_ended_before_the_cutoff_oldest_first,
            only_what_has_ended_is_deleted_and_its_key_with_it,
            // Durability
            what_was_answered_is_there_after_a_death,
            closing_writes_what_waits_and_ends_every_handle,
            an_open_store_answers_a_ping,
            reading_goes_on_while_much_is_written,
            a_failing_write_fails_alone,
            // Other versions
            a_record_of_a_newer_version_is_refused_by_name,
            a_record_of_the_first_version_reads_back,
            a_damaged_record_is_an_error_that_names_the_part,
            // Numbers of problems
            a_problem_keeps_its_number_whatever_comes_beside_it,
            many_problems_that_come_at_once_get_a_number_each,
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
