//! Retries, delays and dead letters.

use std::time::Duration;

use broker::{AbandonOutcome, AbandonReason, Claim, TicketState};
use model::JobId;

use super::{ATTEMPTS, Engine, Harness, LEASE, job_ids, jobs, worker};

async fn abandon(harness: &Harness, claim: &Claim, reason: AbandonReason) -> AbandonOutcome {
    harness.broker.abandon(&claim.attempt, reason).await.expect("abandons")
}

fn fault() -> AbandonReason {
    AbandonReason::Fault("the sandbox did not start".into())
}

/// Fails job 1 until it is dead.
async fn kill(harness: &Harness) {
    for attempt in 1..=ATTEMPTS {
        let claim = harness.claim_one().await;
        let expected = if attempt == ATTEMPTS { AbandonOutcome::Dead } else { AbandonOutcome::Requeued };
        assert_eq!(abandon(harness, &claim, fault()).await, expected, "attempt {attempt}");
        harness.clock.advance(harness.settings.retry.max_delay);
        if attempt < ATTEMPTS {
            assert_eq!(harness.expire_leases().await, []);
        }
    }
}

pub(crate) async fn a_drained_ticket_goes_back_to_the_head_of_its_queue(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all(1..=3).await;
    let claim = harness.claim_one().await;
    assert_eq!(abandon(&harness, &claim, AbandonReason::Drained).await, AbandonOutcome::Requeued);
    assert_eq!(harness.broker.position(claim.ticket.job).await.expect("asks"), Some(1));
    assert_eq!(job_ids(&harness.claim(&worker("bob"), 3).await), jobs(&[1, 2, 3]));
}

pub(crate) async fn draining_never_exhausts_attempts_and_never_reuses_a_number(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    for number in 1..=ATTEMPTS * 2 {
        let claim = harness.claim_one().await;
        assert_eq!(claim.attempt.number, number);
        assert_eq!(abandon(&harness, &claim, AbandonReason::Drained).await, AbandonOutcome::Requeued);
    }
    assert_eq!(harness.expire_leases().await, []);
}

pub(crate) async fn a_fault_delays_the_next_attempt(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    assert_eq!(abandon(&harness, &claim, fault()).await, AbandonOutcome::Requeued);
    assert_eq!(harness.broker.ticket(claim.ticket.job).await.expect("asks"), Some(TicketState::Waiting));
    harness.expire_leases().await;
    harness.assert_nothing_for(&worker("ada")).await;
    harness.clock.advance(harness.settings.retry.first_delay);
    harness.expire_leases().await;
    assert_eq!(harness.claim_one().await.attempt.number, 2);
}

pub(crate) async fn delays_grow_with_each_fault(engine: &dyn Engine) {
    let harness = Harness::open_with(engine, |settings| settings.retry.max_attempts = 10).await;
    harness.enqueue_all([1]).await;
    for longest in [1_u64, 2, 4, 8, 16, 30, 30].map(Duration::from_secs) {
        let claim = harness.claim_one().await;
        abandon(&harness, &claim, fault()).await;
        // Jitter takes up to half.
        harness.clock.advance(longest * 49 / 100);
        harness.expire_leases().await;
        harness.assert_nothing_for(&worker("ada")).await;
        harness.clock.advance(longest * 51 / 100);
        harness.expire_leases().await;
    }
}

pub(crate) async fn after_its_last_attempt_a_ticket_is_dead_and_reported_once(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1, 2]).await;
    kill(&harness).await;
    assert_eq!(harness.expire_leases().await, jobs(&[1]));
    assert_eq!(harness.expire_leases().await, []);
    assert_eq!(harness.broker.ticket(JobId::from_u128(1)).await.expect("asks"), Some(TicketState::Dead));
    assert_eq!(harness.broker.stats().await.expect("asks").dead_letters, 1);
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 5).await), jobs(&[2]));
}

pub(crate) async fn expired_leases_count_as_attempts(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    for attempt in 1..=ATTEMPTS {
        assert_eq!(harness.claim_one().await.attempt.number, attempt);
        harness.clock.advance(LEASE);
        let dead = if attempt == ATTEMPTS { jobs(&[1]) } else { Vec::new() };
        assert_eq!(harness.expire_leases().await, dead);
        harness.clock.advance(harness.settings.retry.max_delay);
        harness.expire_leases().await;
    }
    harness.assert_nothing_for(&worker("ada")).await;
}

pub(crate) async fn a_dead_ticket_stays_dead_when_enqueued_again(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    kill(&harness).await;
    harness.enqueue_all([1]).await;
    assert_eq!(harness.broker.ticket(JobId::from_u128(1)).await.expect("asks"), Some(TicketState::Dead));
    harness.assert_nothing_for(&worker("ada")).await;
}
