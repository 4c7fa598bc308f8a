//! Conformance suite of the queue: tests of the [`Broker`] contract that every engine must pass.
//!
//! An engine implements [`Engine`] and instantiates the suite with `conformance!`.

mod cancelling;
mod claiming;
mod enqueueing;
mod events;
mod fairness;
mod harness;
mod leasing;
mod races;
mod reopening;
mod retrying;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use broker::{Broker, Clock, RetryPolicy};

pub(crate) use cancelling::*;
pub(crate) use claiming::*;
pub(crate) use enqueueing::*;
pub(crate) use events::*;
pub(crate) use fairness::*;
pub(crate) use harness::*;
pub(crate) use leasing::*;
pub(crate) use races::*;
pub(crate) use reopening::*;
pub(crate) use retrying::*;

/// Opens the engine under test.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Opens it on the storage of this value; a second call finds the same data.
    async fn open(&self, settings: EngineSettings) -> Arc<dyn Broker>;
}

/// Settings of the engine under test.
#[derive(Clone)]
pub(crate) struct EngineSettings {
    pub(crate) clock: Clock,
    pub(crate) lease_time: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_waiting: Option<u64>,
    pub(crate) aging: u32,
    pub(crate) keep_finished_events: Duration,
    pub(crate) max_event_bytes_per_job: u64,
}

/// Makes a `#[tokio::test]` of each test of the suite, on the engine of the expression.
macro_rules! conformance {
    ($engine:expr) => {
        conformance!($engine =>
            // Enqueueing
            a_ticket_enqueued_twice_is_claimed_once,
            enqueueing_returns_the_position,
            the_position_counts_more_urgent_and_older_tickets_of_the_pool,
            only_a_waiting_ticket_has_a_position,
            a_ticket_past_the_cap_of_its_kind_is_rejected,
            without_a_cap_no_ticket_is_rejected,
            the_statistics_count_waiting_and_running_tickets,
            the_statistics_count_each_queue_over_all_pools,
            active_workers_are_listed_with_pools_and_toolchains,
            a_worker_counts_while_it_claims_or_renews,
            many_tickets_are_looked_up_in_one_call,
            a_process_leads_until_it_resigns,
            // Claiming
            tickets_are_claimed_by_priority_and_then_by_age,
            a_claimant_gets_only_its_pools_and_languages,
            a_claimant_gets_only_tickets_that_accept_its_versions,
            ten_thousand_version_requirements_block_no_claim,
            a_ticket_waits_for_the_first_worker_with_its_version,
            a_requeued_ticket_is_claimed_by_a_newly_offered_version,
            a_ticket_moved_to_another_lane_keeps_its_position_and_can_be_cancelled,
            a_claim_waits_for_a_ticket,
            a_claim_takes_at_most_max_tickets,
            many_claimants_never_get_the_same_ticket,
            a_claim_dropped_while_waiting_takes_no_ticket,
            claims_dropped_at_any_moment_lose_no_ticket,
            // Leasing
            a_renewed_lease_outlasts_its_lease_time,
            a_ticket_with_an_expired_lease_waits_again,
            a_renewal_after_expiry_is_lost,
            a_zombie_attempt_cannot_affect_its_successor,
            a_forged_attempt_is_rejected,
            a_settled_ticket_is_deleted,
            a_settled_job_can_be_enqueued_again_with_higher_attempt_numbers,
            // Retrying
            a_drained_ticket_goes_back_to_the_head_of_its_queue,
            draining_never_exhausts_attempts_and_never_reuses_a_number,
            a_fault_delays_the_next_attempt,
            delays_grow_with_each_fault,
            after_its_last_attempt_a_ticket_is_dead_and_reported_once,
            expired_leases_count_as_attempts,
            a_dead_ticket_stays_dead_when_enqueued_again,
            // Cancelling and controlling
            cancelling_removes_a_waiting_ticket,
            cancelling_removes_a_delayed_ticket,
            cancelling_a_running_job_signals_its_attempt,
            a_cancellation_is_delivered_to_a_full_inbox,
            cancelling_an_unknown_job_returns_unknown,
            cancelling_races_with_settling_consistently,
            messages_reach_the_running_attempt_in_order,
            messages_to_a_job_that_does_not_run_are_not_delivered,
            messages_reach_only_the_current_attempt,
            a_full_inbox_slows_the_sender,
            // Fairness and aging
            ten_thousand_jobs_of_one_tenant_hardly_delay_a_single_job_of_another,
            tenants_take_turns_independent_of_their_load,
            tenants_take_turns_across_languages,
            a_tenant_served_while_alone_is_not_penalized_later,
            tickets_without_a_matching_worker_cost_no_turns,
            a_low_priority_is_never_starved,
            normal_priority_yields_for_the_number_of_turns_set_by_aging,
            high_priority_goes_first_for_fifty_turns_by_default,
            a_new_high_priority_job_is_next_independent_of_load,
            a_requeued_ticket_keeps_its_position,
            cancelled_jobs_cost_a_tenant_no_turns,
            turns_survive_reopening,
            // Races
            one_of_two_waiting_claimants_gets_the_ticket,
            a_late_settle_of_a_zombie_does_not_remove_the_ticket_of_its_successor,
            an_overdue_lease_is_valid_until_it_is_expired,
            a_late_renewal_does_not_extend_the_lease_of_the_successor,
            only_one_of_settling_and_expiring_takes_effect,
            cancelling_races_with_claiming_consistently,
            repeated_cancellation_signals_an_attempt_once_and_its_successor_never,
            only_one_of_many_concurrent_abandons_takes_effect,
            concurrent_enqueues_of_one_job_make_one_ticket,
            concurrent_enqueues_respect_the_cap,
            // Reopening
            reopening_keeps_waiting_tickets_in_order,
            reopening_does_not_restore_settled_or_cancelled_tickets,
            reopening_reports_dead_letters_again,
            reopening_keeps_delays,
            attempt_numbers_survive_reopening,
            // Events
            a_late_subscriber_gets_all_events,
            events_resume_after_a_sequence_number,
            events_arrive_as_they_are_published,
            events_end_with_finished,
            thousands_of_subscribers_get_all_events,
            late_events_of_an_older_attempt_are_dropped,
            a_finished_event_is_never_dropped_as_late,
            past_the_cap_the_oldest_output_is_dropped,
            an_unknown_job_has_no_events_until_one_is_published,
            the_events_of_a_finished_job_are_dropped_after_their_retention,
        );
    };
    ($engine:expr => $($name:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                conformance::$name(&$engine).await;
            }
        )*
    };
}
pub(crate) use conformance;
