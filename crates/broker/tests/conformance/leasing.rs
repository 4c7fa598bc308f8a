//! Leases: expiry, renewal and fencing.

use std::time::Duration;

use broker::{AbandonOutcome, AbandonReason, Attempt, RenewOutcome, SettleOutcome, TicketState};
use model::{JobId, WorkerName};

use super::{ALMOST, Engine, Harness, LEASE, attempts, job_ids, jobs, worker};

/// Claims a ticket, lets its lease expire, and returns the attempt.
async fn expired_attempt(harness: &Harness) -> Attempt {
    let claim = harness.claim_one().await;
    harness.clock.advance(LEASE);
    assert_eq!(harness.expire_leases().await, []);
    claim.attempt
}

pub(crate) async fn a_renewed_lease_outlasts_its_lease_time(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    for _ in 0..5 {
        harness.clock.advance(ALMOST);
        let renewed = harness.broker.renew(std::slice::from_ref(&claim.attempt)).await.expect("renews");
        assert_eq!(renewed, [RenewOutcome::Renewed]);
        assert_eq!(harness.expire_leases().await, []);
    }
    assert_eq!(harness.broker.settle(&claim.attempt).await.expect("settles"), SettleOutcome::Settled);
}

pub(crate) async fn a_ticket_with_an_expired_lease_waits_again(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    harness.clock.advance(ALMOST);
    harness.expire_leases().await;
    let state = harness.broker.ticket(claim.ticket.job).await.expect("asks");
    assert_eq!(state, Some(TicketState::Leased), "a second too early");
    harness.clock.advance(Duration::from_secs(1));
    harness.expire_leases().await;
    assert_eq!(harness.broker.ticket(claim.ticket.job).await.expect("asks"), Some(TicketState::Waiting));
    harness.advance_past_delays().await;
    assert_eq!(harness.claim_one().await.attempt.number, 2);
}

pub(crate) async fn a_renewal_after_expiry_is_lost(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1, 2]).await;
    let claims = harness.claim(&worker("ada"), 2).await;
    harness.clock.advance(LEASE / 2);
    harness.broker.renew(&[claims[1].attempt.clone()]).await.expect("renews");
    harness.clock.advance(LEASE / 2);
    harness.expire_leases().await;
    let renewed = harness.broker.renew(&attempts(&claims)).await.expect("renews");
    assert_eq!(renewed, [RenewOutcome::Lost, RenewOutcome::Renewed]);
}

pub(crate) async fn a_zombie_attempt_cannot_affect_its_successor(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let zombie = expired_attempt(&harness).await;
    let lost = async || {
        assert_eq!(harness.broker.settle(&zombie).await.expect("settles"), SettleOutcome::Lost);
        let renewed = harness.broker.renew(std::slice::from_ref(&zombie)).await.expect("renews");
        assert_eq!(renewed, [RenewOutcome::Lost]);
        for reason in [AbandonReason::Drained, AbandonReason::Fault("woke up late".into())] {
            assert_eq!(
                harness.broker.abandon(&zombie, reason).await.expect("abandons"),
                AbandonOutcome::Lost
            );
        }
    };
    lost().await;
    harness.advance_past_delays().await;
    // The same worker has the ticket again; only the number distinguishes the attempts.
    let successor = harness.claim_one().await;
    assert_eq!((successor.attempt.number, &successor.attempt.worker), (2, &zombie.worker));
    lost().await;
    assert_eq!(harness.broker.settle(&successor.attempt).await.expect("settles"), SettleOutcome::Settled);
}

pub(crate) async fn a_forged_attempt_is_rejected(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    let forged = [
        Attempt { worker: WorkerName::new("mallory"), ..claim.attempt.clone() },
        Attempt { number: 2, ..claim.attempt.clone() },
        Attempt { number: 0, ..claim.attempt.clone() },
        Attempt { job: JobId::from_u128(9), ..claim.attempt.clone() },
    ];
    for attempt in &forged {
        assert_eq!(
            harness.broker.settle(attempt).await.expect("settles"),
            SettleOutcome::Lost,
            "{attempt:?}"
        );
    }
    assert_eq!(harness.broker.settle(&claim.attempt).await.expect("settles"), SettleOutcome::Settled);
}

pub(crate) async fn a_settled_ticket_is_deleted(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    assert_eq!(harness.broker.settle(&claim.attempt).await.expect("settles"), SettleOutcome::Settled);
    assert_eq!(harness.broker.settle(&claim.attempt).await.expect("settles"), SettleOutcome::Lost);
    assert_eq!(harness.broker.ticket(claim.ticket.job).await.expect("asks"), None);
    harness.clock.advance(LEASE * 2);
    assert_eq!(harness.expire_leases().await, []);
    harness.assert_nothing_for(&worker("bob")).await;
}

pub(crate) async fn a_settled_job_can_be_enqueued_again_with_higher_attempt_numbers(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    // As the reconciler does for a record whose ticket was lost: the record contains attempt 4.
    let mut rebuilt = harness.ticket(1);
    rebuilt.attempts_begun = 4;
    harness.enqueue(rebuilt.clone()).await;
    let claim = harness.claim_one().await;
    assert_eq!(claim.attempt.number, 5);
    let drained = harness.broker.abandon(&claim.attempt, AbandonReason::Drained).await.expect("abandons");
    assert_eq!(drained, AbandonOutcome::Requeued);
    // And for a ticket that has lost its last attempts.
    rebuilt.attempts_begun = 7;
    harness.enqueue(rebuilt).await;
    let claims = harness.claim(&worker("ada"), 5).await;
    assert_eq!(job_ids(&claims), jobs(&[1]));
    assert_eq!(claims[0].attempt.number, 8);
}
