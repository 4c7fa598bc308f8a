//! Races: concurrent and reordered operations.

use std::{collections::HashSet, sync::Arc};

use broker::{
    AbandonOutcome, AbandonReason, CancelOutcome, Control, Delivery, RenewOutcome, SettleOutcome, TicketState,
};
use model::JobId;
use tokio::task::JoinSet;

use super::{ATTEMPTS, Engine, Harness, LEASE, job_ids, jobs, with_timeout, worker};

const JOB: JobId = JobId::from_u128(1);

pub(crate) async fn one_of_two_waiting_claimants_gets_the_ticket(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for job in 1..=50 {
        let mut waiting = JoinSet::new();
        for name in ["ada", "bob"] {
            let broker = Arc::clone(&harness.broker);
            waiting.spawn(async move { broker.claim(&worker(name), 1).await.expect("claims") });
        }
        tokio::task::yield_now().await;
        harness.enqueue_all([job]).await;
        let first = with_timeout(waiting.join_next()).await.expect("one").expect("runs");
        assert_eq!(job_ids(&first), jobs(&[job]));
        harness.enqueue_all([job + 1_000]).await;
        let second = with_timeout(waiting.join_next()).await.expect("the other").expect("runs");
        assert_eq!(job_ids(&second), jobs(&[job + 1_000]));
    }
}

pub(crate) async fn a_late_settle_of_a_zombie_does_not_remove_the_ticket_of_its_successor(
    engine: &dyn Engine,
) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let zombie = harness.claim_one().await;
    harness.clock.advance(LEASE);
    harness.expire_leases().await;
    harness.advance_past_delays().await;
    let successor = harness.claim(&worker("bob"), 1).await.remove(0);
    assert_eq!(harness.broker.settle(&zombie.attempt).await.expect("settles"), SettleOutcome::Lost);
    assert_eq!(harness.broker.ticket(JOB).await.expect("asks"), Some(TicketState::Leased));
    assert_eq!(harness.broker.settle(&successor.attempt).await.expect("settles"), SettleOutcome::Settled);
    assert_eq!(harness.broker.settle(&zombie.attempt).await.expect("settles"), SettleOutcome::Lost);
}

pub(crate) async fn an_overdue_lease_is_valid_until_it_is_expired(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let sleeper = harness.claim_one().await.attempt;
    harness.clock.advance(LEASE * 2);
    let renewed = harness.broker.renew(std::slice::from_ref(&sleeper)).await.expect("renews");
    assert_eq!(renewed, [RenewOutcome::Renewed]);
    assert_eq!(harness.expire_leases().await, []);
    assert_eq!(harness.broker.settle(&sleeper).await.expect("settles"), SettleOutcome::Settled);
}

pub(crate) async fn a_late_renewal_does_not_extend_the_lease_of_the_successor(engine: &dyn Engine) {
    let harness = Harness::open_with(engine, |settings| settings.retry.max_attempts = 10).await;
    harness.enqueue_all([1]).await;
    let zombie = harness.claim_one().await.attempt;
    harness.clock.advance(LEASE);
    harness.expire_leases().await;
    harness.advance_past_delays().await;
    let successor = harness.claim(&worker("ada"), 1).await.remove(0).attempt;
    harness.clock.advance(LEASE / 2);
    let renewed = harness.broker.renew(&[zombie]).await.expect("renews");
    assert_eq!(renewed, [RenewOutcome::Lost]);
    harness.clock.advance(LEASE / 2);
    harness.expire_leases().await;
    assert_eq!(
        harness.broker.settle(&successor).await.expect("settles"),
        SettleOutcome::Lost,
        "it ran out in its time"
    );
}

pub(crate) async fn only_one_of_settling_and_expiring_takes_effect(engine: &dyn Engine) {
    let harness = Harness::open_with(engine, |settings| settings.retry.max_attempts = 10).await;
    for job in 1..=50 {
        harness.enqueue_all([job]).await;
        let attempt = harness.claim_one().await.attempt;
        harness.clock.advance(LEASE);
        let (settler, expirer) = (Arc::clone(&harness.broker), Arc::clone(&harness.broker));
        let settled = tokio::spawn(async move { settler.settle(&attempt).await.expect("settles") });
        let expired = tokio::spawn(async move { expirer.expire_leases().await.expect("expires") });
        let settled = with_timeout(settled).await.expect("runs");
        assert_eq!(with_timeout(expired).await.expect("runs"), []);
        let left = harness.broker.ticket(JobId::from_u128(job)).await.expect("asks");
        match settled {
            SettleOutcome::Settled => assert_eq!(left, None),
            SettleOutcome::Lost => assert_eq!(left, Some(TicketState::Waiting)),
        }
        harness.broker.cancel(JobId::from_u128(job)).await.expect("cancels");
    }
}

pub(crate) async fn cancelling_races_with_claiming_consistently(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for job in 1..=50 {
        harness.enqueue_all([job, job + 1_000]).await;
        let (canceller, claimer) = (Arc::clone(&harness.broker), Arc::clone(&harness.broker));
        let cancelled =
            tokio::spawn(async move { canceller.cancel(JobId::from_u128(job)).await.expect("cancels") });
        let claims = tokio::spawn(async move { claimer.claim(&worker("ada"), 5).await.expect("claims") });
        let mut claims = with_timeout(claims).await.expect("runs");
        match with_timeout(cancelled).await.expect("runs") {
            CancelOutcome::Dequeued => assert_eq!(job_ids(&claims), jobs(&[job + 1_000])),
            CancelOutcome::Signalled => {
                assert_eq!(job_ids(&claims), jobs(&[job, job + 1_000]));
                assert_eq!(with_timeout(claims[0].control.recv()).await, Some(Control::Cancel));
            }
            CancelOutcome::Unknown => panic!("it was there"),
        }
        for claim in claims {
            assert_eq!(harness.broker.settle(&claim.attempt).await.expect("settles"), SettleOutcome::Settled);
        }
    }
}

pub(crate) async fn repeated_cancellation_signals_an_attempt_once_and_its_successor_never(
    engine: &dyn Engine,
) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let mut first = harness.claim_one().await;
    for _ in 0..3 {
        assert_eq!(harness.broker.cancel(JOB).await.expect("cancels"), CancelOutcome::Signalled);
    }
    assert_eq!(harness.broker.control(JOB, Control::Eof).await.expect("sends"), Delivery::Delivered);
    assert_eq!(with_timeout(first.control.recv()).await, Some(Control::Cancel));
    assert_eq!(with_timeout(first.control.recv()).await, Some(Control::Eof));
    harness.broker.abandon(&first.attempt, AbandonReason::Drained).await.expect("abandons");
    let mut second = harness.claim_one().await;
    assert_eq!(harness.broker.control(JOB, Control::KeepAlive).await.expect("sends"), Delivery::Delivered);
    assert_eq!(with_timeout(second.control.recv()).await, Some(Control::KeepAlive));
}

pub(crate) async fn only_one_of_many_concurrent_abandons_takes_effect(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let attempt = harness.claim_one().await.attempt;
    let mut givers = JoinSet::new();
    for _ in 0..8 {
        let (broker, attempt) = (Arc::clone(&harness.broker), attempt.clone());
        givers.spawn(async move {
            broker.abandon(&attempt, AbandonReason::Fault("oops".into())).await.expect("abandons")
        });
    }
    let counted = with_timeout(givers.join_all())
        .await
        .into_iter()
        .filter(|one| *one == AbandonOutcome::Requeued)
        .count();
    assert_eq!(counted, 1);
    // If two had counted, the next fault would exhaust the attempts.
    harness.advance_past_delays().await;
    for left in (1..ATTEMPTS).rev() {
        let claim = harness.claim_one().await;
        let abandoned = harness.broker.abandon(&claim.attempt, AbandonReason::Fault("oops".into())).await;
        let expected = if left == 1 { AbandonOutcome::Dead } else { AbandonOutcome::Requeued };
        assert_eq!(abandoned.expect("abandons"), expected);
        harness.advance_past_delays().await;
    }
}

pub(crate) async fn concurrent_enqueues_of_one_job_make_one_ticket(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let mut senders = JoinSet::new();
    for _ in 0..16 {
        let (broker, ticket) = (Arc::clone(&harness.broker), harness.ticket(1));
        senders.spawn(async move { broker.enqueue(ticket).await.expect("enqueues") });
    }
    assert_eq!(with_timeout(senders.join_all()).await, [1; 16]);
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 10).await), jobs(&[1]));
    harness.assert_nothing_for(&worker("bob")).await;
}

pub(crate) async fn concurrent_enqueues_respect_the_cap(engine: &dyn Engine) {
    let harness = Harness::open_with(engine, |settings| settings.max_waiting = Some(10)).await;
    let mut senders = JoinSet::new();
    for job in 1..=40 {
        let (broker, ticket) = (Arc::clone(&harness.broker), harness.ticket(job));
        senders.spawn(async move { broker.enqueue(ticket).await.is_ok() });
    }
    let entered = with_timeout(senders.join_all()).await.into_iter().filter(|entered| *entered).count();
    assert_eq!(entered, 10);
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 40).await).iter().collect::<HashSet<_>>().len(), 10);
}
