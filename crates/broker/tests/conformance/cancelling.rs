//! Cancelling and control messages.

use std::sync::Arc;

use broker::{AbandonReason, CancelOutcome, Claim, Control, Delivery, SettleOutcome};
use model::{JobId, SessionSignal, TerminalSize};

use super::{ATTEMPTS, Engine, Harness, assert_pending, with_timeout, worker};

const JOB: JobId = JobId::from_u128(1);

async fn cancel(harness: &Harness) -> CancelOutcome {
    harness.broker.cancel(JOB).await.expect("cancels")
}

async fn send(harness: &Harness, message: Control) -> Delivery {
    with_timeout(harness.broker.control(JOB, message)).await.expect("sends")
}

async fn next_control(claim: &mut Claim) -> Option<Control> {
    with_timeout(claim.control.recv()).await
}

fn stdin(n: u16) -> Control {
    Control::Stdin(n.to_string().into_bytes())
}

pub(crate) async fn cancelling_removes_a_waiting_ticket(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    assert_eq!(cancel(&harness).await, CancelOutcome::Dequeued);
    assert_eq!(harness.broker.ticket(JOB).await.expect("asks"), None);
    harness.assert_nothing_for(&worker("ada")).await;
    assert_eq!(cancel(&harness).await, CancelOutcome::Unknown);
}

pub(crate) async fn cancelling_removes_a_delayed_ticket(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    harness.broker.abandon(&claim.attempt, AbandonReason::Fault("oops".into())).await.expect("abandons");
    assert_eq!(cancel(&harness).await, CancelOutcome::Dequeued);
    harness.advance_past_delays().await;
    harness.assert_nothing_for(&worker("ada")).await;
}

pub(crate) async fn cancelling_a_running_job_signals_its_attempt(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let mut claim = harness.claim_one().await;
    assert_eq!(cancel(&harness).await, CancelOutcome::Signalled);
    assert_eq!(next_control(&mut claim).await, Some(Control::Cancel));
    assert_eq!(cancel(&harness).await, CancelOutcome::Signalled, "asking twice is harmless");
    assert_eq!(harness.broker.settle(&claim.attempt).await.expect("settles"), SettleOutcome::Settled);
    assert_eq!(cancel(&harness).await, CancelOutcome::Unknown);
}

pub(crate) async fn a_cancellation_is_delivered_to_a_full_inbox(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let mut claim = harness.claim_one().await;
    let broker = Arc::clone(&harness.broker);
    // More than any inbox holds.
    let typist = tokio::spawn(async move {
        for n in 0..1_000 {
            if broker.control(JOB, stdin(n)).await.expect("sends") == Delivery::NotRunning {
                break;
            }
        }
    });
    assert_pending(std::future::pending::<()>()).await;
    assert_eq!(with_timeout(cancel(&harness)).await, CancelOutcome::Signalled);
    while next_control(&mut claim).await.expect("more to come") != Control::Cancel {}
    drop(claim);
    with_timeout(typist).await.expect("stops");
}

pub(crate) async fn cancelling_an_unknown_job_returns_unknown(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    assert_eq!(cancel(&harness).await, CancelOutcome::Unknown);
    harness.enqueue_all([1]).await;
    for _ in 0..ATTEMPTS {
        let claim = harness.claim_one().await;
        harness.broker.abandon(&claim.attempt, AbandonReason::Fault("oops".into())).await.expect("abandons");
        harness.advance_past_delays().await;
    }
    assert_eq!(cancel(&harness).await, CancelOutcome::Unknown, "dead letters cannot be cancelled");
}

pub(crate) async fn cancelling_races_with_settling_consistently(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for _ in 0..100 {
        harness.enqueue_all([1]).await;
        let claim = harness.claim_one().await;
        let (canceller, settler) = (Arc::clone(&harness.broker), Arc::clone(&harness.broker));
        let attempt = claim.attempt.clone();
        let cancelled = tokio::spawn(async move { canceller.cancel(JOB).await.expect("cancels") });
        let settled = tokio::spawn(async move { settler.settle(&attempt).await.expect("settles") });
        assert_eq!(with_timeout(settled).await.expect("runs"), SettleOutcome::Settled);
        let cancelled = with_timeout(cancelled).await.expect("runs");
        assert!(matches!(cancelled, CancelOutcome::Signalled | CancelOutcome::Unknown), "{cancelled:?}");
        assert_eq!(harness.broker.ticket(JOB).await.expect("asks"), None);
    }
}

pub(crate) async fn messages_reach_the_running_attempt_in_order(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let mut claim = harness.claim_one().await;
    let messages = [
        stdin(1),
        Control::Resize(TerminalSize { cols: 80, rows: 24 }),
        Control::KeepAlive,
        Control::Stdin(vec![0xff, 0x00]),
        Control::Signal(SessionSignal::Int),
        stdin(2),
        Control::Eof,
        Control::Cancel,
    ];
    for message in messages.clone() {
        assert_eq!(send(&harness, message).await, Delivery::Delivered);
    }
    for message in messages {
        assert_eq!(next_control(&mut claim).await, Some(message));
    }
}

pub(crate) async fn messages_to_a_job_that_does_not_run_are_not_delivered(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for message in [Control::Eof, Control::KeepAlive, Control::Cancel] {
        assert_eq!(send(&harness, message).await, Delivery::NotRunning, "unknown");
    }
    harness.enqueue_all([1]).await;
    for message in [Control::Eof, Control::KeepAlive, Control::Cancel] {
        assert_eq!(send(&harness, message).await, Delivery::NotRunning, "waiting");
    }
    let mut claim = harness.claim_one().await;
    claim.control.close();
    assert_eq!(send(&harness, Control::Eof).await, Delivery::NotRunning, "nobody listens");
    harness.broker.settle(&claim.attempt).await.expect("settles");
    assert_eq!(send(&harness, Control::Eof).await, Delivery::NotRunning, "settled");
}

pub(crate) async fn messages_reach_only_the_current_attempt(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let mut first = harness.claim_one().await;
    harness.broker.abandon(&first.attempt, AbandonReason::Fault("oops".into())).await.expect("abandons");
    assert_eq!(send(&harness, stdin(1)).await, Delivery::NotRunning, "between attempts");
    harness.advance_past_delays().await;
    let mut second = harness.claim_one().await;
    assert_eq!(send(&harness, stdin(2)).await, Delivery::Delivered);
    assert_eq!(next_control(&mut second).await, Some(stdin(2)));
    assert_eq!(next_control(&mut first).await, None, "its inbox is closed");
}

pub(crate) async fn a_full_inbox_slows_the_sender(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all([1]).await;
    let mut claim = harness.claim_one().await;
    let broker = Arc::clone(&harness.broker);
    let mut typist = tokio::spawn(async move {
        for n in 0..500 {
            assert_eq!(broker.control(JOB, stdin(n)).await.expect("sends"), Delivery::Delivered);
        }
    });
    assert_pending(&mut typist).await;
    for n in 0..500 {
        assert_eq!(next_control(&mut claim).await, Some(stdin(n)));
    }
    with_timeout(typist).await.expect("all sent");
}
