//! The suite that every engine of the queue must pass, as tests against [`Broker`] alone.
//!
//! An engine brings an [`Engine`] that opens it, and lists the suite with `conformance!`.

mod bench;
mod cancelling;
mod claiming;
mod enqueueing;
mod events;
mod fairness;
mod leasing;
mod races;
mod reopening;
mod retrying;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use broker::{Broker, Clock, RetryPolicy};

pub(crate) use bench::*;
pub(crate) use cancelling::*;
pub(crate) use claiming::*;
pub(crate) use enqueueing::*;
pub(crate) use events::*;
pub(crate) use fairness::*;
pub(crate) use leasing::*;
pub(crate) use races::*;
pub(crate) use reopening::*;
pub(crate) use retrying::*;

/// Opens the engine under test.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Opens it on storage that belongs to this value: opened again, it finds what it left.
    async fn open(&self, rules: Rules) -> Arc<dyn Broker>;
}

/// What a test wants of the engine.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) clock: Clock,
    pub(crate) lease_time: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) most_waiting: Option<u64>,
    pub(crate) aging: u32,
    pub(crate) keep_finished_events: Duration,
    pub(crate) most_event_bytes_per_job: u64,
}

/// One `#[tokio::test]` for each test of the suite, on the engine that the expression makes.
macro_rules! conformance {
    ($engine:expr) => {
        conformance!($engine =>
            // Enqueueing
            a_ticket_enqueued_twice_is_claimed_once,
            enqueueing_tells_the_position,
            the_position_counts_the_more_urgent_and_the_older_of_the_pool,
            only_a_waiting_ticket_has_a_position,
            past_the_hard_cap_of_its_kind_a_ticket_is_refused,
            without_a_cap_nothing_is_refused,
            the_statistics_count_what_waits_and_what_runs,
            the_statistics_count_each_queue_over_all_pools,
            the_workers_that_are_about_say_what_they_have,
            a_worker_counts_while_it_claims_or_renews,
            many_tickets_are_looked_up_in_one_call,
            a_process_leads_until_it_resigns,
            // Claiming
            the_urgent_are_claimed_first_and_the_oldest_among_equals,
            a_claimant_gets_only_its_pools_and_languages,
            a_claimant_gets_only_what_its_versions_will_do_for,
            ten_thousand_versions_that_clients_ask_for_hold_nobody_up,
            what_waits_for_a_version_goes_to_the_first_worker_that_brings_it,
            what_comes_back_goes_to_a_version_that_came_meanwhile,
            a_ticket_filed_anew_keeps_its_place_and_can_be_cancelled,
            a_claim_waits_until_a_ticket_comes,
            a_claim_takes_no_more_than_it_asks_for,
            many_claimants_never_get_the_same_ticket,
            a_claim_dropped_while_it_waits_takes_nothing,
            claims_dropped_at_any_moment_lose_nothing,
            // Leasing
            a_renewed_lease_outlasts_its_time,
            a_lease_that_ran_out_makes_the_ticket_wait_again,
            a_renewal_after_expiry_is_lost,
            a_zombie_can_do_nothing_to_its_successor,
            nobody_else_can_use_an_attempt,
            a_settled_ticket_is_gone,
            a_settled_job_can_be_enqueued_again_with_higher_attempt_numbers,
            // Retrying
            a_drained_ticket_goes_back_to_the_head_of_its_queue,
            draining_never_kills_and_never_reuses_a_number,
            a_fault_delays_the_next_attempt,
            delays_grow_with_each_fault,
            after_its_last_attempt_a_ticket_is_dead_and_reported_once,
            expired_leases_count_as_attempts,
            a_dead_ticket_stays_dead_when_enqueued_again,
            // Cancelling and controlling
            cancelling_takes_a_waiting_ticket_out,
            cancelling_takes_a_delayed_ticket_out,
            cancelling_a_running_job_tells_its_attempt,
            a_cancellation_is_heard_though_the_inbox_is_full,
            cancelling_what_the_queue_does_not_have_is_unknown,
            cancelling_races_with_settling_and_both_are_right,
            messages_reach_the_running_attempt_in_order,
            messages_to_what_does_not_run_are_not_delivered,
            messages_reach_the_attempt_that_runs_now_and_no_earlier_one,
            a_full_inbox_slows_the_sender_down,
            // Fairness and aging
            ten_thousand_jobs_of_one_tenant_delay_the_single_job_of_another_by_few,
            tenants_take_turns_however_much_each_has_sent,
            turns_are_taken_across_languages,
            who_was_served_while_alone_is_not_made_to_wait_for_it,
            what_waits_for_a_worker_that_is_not_there_costs_no_turns,
            a_low_priority_is_never_starved,
            a_normal_priority_gives_way_for_as_many_turns_as_aging_says,
            by_default_the_urgent_of_one_tenant_go_first_for_fifty_turns,
            the_urgent_job_that_just_came_is_next_however_much_waits,
            what_comes_back_stands_where_it_stood,
            the_turns_of_cancelled_jobs_are_not_held_against_a_tenant,
            turns_survive_reopening,
            // Races
            of_two_claimants_that_wait_one_gets_the_ticket,
            a_zombie_that_settles_late_does_not_take_the_ticket_from_its_successor,
            who_wakes_up_before_anybody_looked_still_holds_its_lease,
            a_renewal_after_reclaiming_does_not_prolong_the_lease_of_the_successor,
            settling_races_with_expiring_and_one_of_them_counts,
            cancelling_races_with_claiming_and_both_agree,
            cancelling_an_attempt_twice_tells_it_once_and_the_next_one_not_at_all,
            of_many_who_give_an_attempt_up_one_counts,
            many_who_enqueue_the_same_job_make_one_ticket,
            of_many_who_enqueue_no_more_than_the_cap_get_in,
            // Reopening
            reopening_keeps_waiting_tickets_in_order,
            reopening_forgets_what_was_settled_or_cancelled,
            reopening_reports_the_dead_again,
            reopening_keeps_delays,
            attempt_numbers_survive_reopening,
            // Events
            a_late_watcher_gets_all_events,
            events_resume_after_a_place,
            events_arrive_as_they_are_published,
            events_end_with_finished,
            thousands_of_watchers_are_all_told,
            late_events_of_an_older_attempt_are_dropped,
            finished_is_never_too_late,
            past_the_cap_the_oldest_output_is_dropped,
            an_unknown_job_is_silent_until_something_happens,
            the_events_of_a_finished_job_are_dropped_after_a_while,
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
