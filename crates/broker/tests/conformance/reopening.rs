//! Reopening: the state after the death of a process. The treatment of leases is tested per engine.

use broker::{AbandonReason, TicketState};
use model::{JobId, Priority};

use super::{Engine, Harness, job_ids, jobs, worker};

pub(crate) async fn reopening_keeps_waiting_tickets_in_order(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([5, 3, 4]).await;
    let mut urgent = harness.ticket(1);
    urgent.priority = Priority::High;
    harness.enqueue(urgent.clone()).await;
    let harness = harness.reopen(engine).await;
    harness.enqueue_all([2]).await;
    let claims = harness.claim(&worker("ada"), 10).await;
    assert_eq!(job_ids(&claims), jobs(&[1, 5, 3, 4, 2]));
    urgent.attempts_begun = claims[0].ticket.attempts_begun;
    assert_eq!(claims[0].ticket, urgent, "all of the ticket is kept");
}

pub(crate) async fn reopening_does_not_restore_settled_or_cancelled_tickets(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1, 2, 3]).await;
    let claim = harness.claim_one().await;
    harness.broker.settle(&claim.attempt).await.expect("settles");
    harness.broker.cancel(JobId::from_u128(2)).await.expect("cancels");
    let harness = harness.reopen(engine).await;
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 10).await), jobs(&[3]));
}

pub(crate) async fn reopening_reports_dead_letters_again(engine: &dyn Engine) {
    let harness = Harness::open_with(engine, |settings| settings.retry.max_attempts = 1).await;
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    harness.broker.abandon(&claim.attempt, AbandonReason::Fault("oops".into())).await.expect("abandons");
    assert_eq!(harness.expire_leases().await, jobs(&[1]));
    // The process that received the report may have died before it handled it.
    let harness = harness.reopen(engine).await;
    assert_eq!(harness.expire_leases().await, jobs(&[1]));
    assert_eq!(harness.expire_leases().await, []);
    assert_eq!(harness.broker.ticket(JobId::from_u128(1)).await.expect("asks"), Some(TicketState::Dead));
}

pub(crate) async fn reopening_keeps_delays(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    harness.broker.abandon(&claim.attempt, AbandonReason::Fault("oops".into())).await.expect("abandons");
    let harness = harness.reopen(engine).await;
    harness.expire_leases().await;
    harness.assert_nothing_for(&worker("ada")).await;
    harness.advance_past_delays().await;
    assert_eq!(harness.claim_one().await.attempt.number, 2);
}

pub(crate) async fn attempt_numbers_survive_reopening(engine: &dyn Engine) {
    let mut harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    for number in 1..=5 {
        let claim = harness.claim_one().await;
        assert_eq!(claim.attempt.number, number);
        harness.broker.abandon(&claim.attempt, AbandonReason::Drained).await.expect("abandons");
        harness = harness.reopen(engine).await;
    }
}
