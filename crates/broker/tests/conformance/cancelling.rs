//! Stopping jobs, and talking to those that run.

use std::sync::Arc;

use broker::{Abandonment, Cancel, Claim, Control, Delivery, Settled};
use model::{JobId, SessionSignal, TerminalSize};

use super::{ATTEMPTS, Bench, Engine, never, soon, worker};

const JOB: JobId = JobId::from_u128(1);

async fn cancel(bench: &Bench) -> Cancel {
    bench.broker.cancel(JOB).await.expect("cancels")
}

async fn send(bench: &Bench, message: Control) -> Delivery {
    soon(bench.broker.control(JOB, message)).await.expect("sends")
}

async fn heard(claim: &mut Claim) -> Option<Control> {
    soon(claim.control.recv()).await
}

fn typed(n: u16) -> Control {
    Control::Stdin(n.to_string().into_bytes())
}

pub(crate) async fn cancelling_takes_a_waiting_ticket_out(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    assert_eq!(cancel(&bench).await, Cancel::Dequeued);
    assert_eq!(bench.broker.ticket(JOB).await.expect("asks"), None);
    bench.nothing_for(&worker("ada")).await;
    assert_eq!(cancel(&bench).await, Cancel::Unknown);
}

pub(crate) async fn cancelling_takes_a_delayed_ticket_out(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    bench.broker.abandon(&claim.attempt, Abandonment::Fault("oops".into())).await.expect("abandons");
    assert_eq!(cancel(&bench).await, Cancel::Dequeued);
    bench.sit_out_delays().await;
    bench.nothing_for(&worker("ada")).await;
}

pub(crate) async fn cancelling_a_running_job_tells_its_attempt(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let mut claim = bench.claim_one().await;
    assert_eq!(cancel(&bench).await, Cancel::Signalled);
    assert_eq!(heard(&mut claim).await, Some(Control::Cancel));
    assert_eq!(cancel(&bench).await, Cancel::Signalled, "asking twice is harmless");
    assert_eq!(bench.broker.settle(&claim.attempt).await.expect("settles"), Settled::Settled);
    assert_eq!(cancel(&bench).await, Cancel::Unknown);
}

pub(crate) async fn a_cancellation_is_heard_though_the_inbox_is_full(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let mut claim = bench.claim_one().await;
    let broker = Arc::clone(&bench.broker);
    // More than any inbox holds, from somebody who does not stop typing.
    let typist = tokio::spawn(async move {
        for n in 0..1_000 {
            if broker.control(JOB, typed(n)).await.expect("sends") == Delivery::NotRunning {
                break;
            }
        }
    });
    never(std::future::pending::<()>()).await;
    assert_eq!(soon(cancel(&bench)).await, Cancel::Signalled);
    while heard(&mut claim).await.expect("more to come") != Control::Cancel {}
    drop(claim);
    soon(typist).await.expect("stops");
}

pub(crate) async fn cancelling_what_the_queue_does_not_have_is_unknown(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    assert_eq!(cancel(&bench).await, Cancel::Unknown);
    bench.enqueue_all([1]).await;
    for _ in 0..ATTEMPTS {
        let claim = bench.claim_one().await;
        bench.broker.abandon(&claim.attempt, Abandonment::Fault("oops".into())).await.expect("abandons");
        bench.sit_out_delays().await;
    }
    assert_eq!(cancel(&bench).await, Cancel::Unknown, "dead letters cannot be cancelled");
}

pub(crate) async fn cancelling_races_with_settling_and_both_are_right(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for _ in 0..100 {
        bench.enqueue_all([1]).await;
        let claim = bench.claim_one().await;
        let (canceller, settler) = (Arc::clone(&bench.broker), Arc::clone(&bench.broker));
        let attempt = claim.attempt.clone();
        let cancelled = tokio::spawn(async move { canceller.cancel(JOB).await.expect("cancels") });
        let settled = tokio::spawn(async move { settler.settle(&attempt).await.expect("settles") });
        assert_eq!(soon(settled).await.expect("runs"), Settled::Settled);
        let cancelled = soon(cancelled).await.expect("runs");
        assert!(matches!(cancelled, Cancel::Signalled | Cancel::Unknown), "{cancelled:?}");
        assert_eq!(bench.broker.ticket(JOB).await.expect("asks"), None);
    }
}

pub(crate) async fn messages_reach_the_running_attempt_in_order(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let mut claim = bench.claim_one().await;
    let messages = [
        typed(1),
        Control::Resize(TerminalSize { cols: 80, rows: 24 }),
        Control::KeepAlive,
        Control::Stdin(vec![0xff, 0x00]),
        Control::Signal(SessionSignal::Int),
        typed(2),
        Control::Eof,
        Control::Cancel,
    ];
    for message in messages.clone() {
        assert_eq!(send(&bench, message).await, Delivery::Delivered);
    }
    for message in messages {
        assert_eq!(heard(&mut claim).await, Some(message));
    }
}

pub(crate) async fn messages_to_what_does_not_run_are_not_delivered(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for message in [Control::Eof, Control::KeepAlive, Control::Cancel] {
        assert_eq!(send(&bench, message).await, Delivery::NotRunning, "unknown");
    }
    bench.enqueue_all([1]).await;
    for message in [Control::Eof, Control::KeepAlive, Control::Cancel] {
        assert_eq!(send(&bench, message).await, Delivery::NotRunning, "waiting");
    }
    let mut claim = bench.claim_one().await;
    claim.control.close();
    assert_eq!(send(&bench, Control::Eof).await, Delivery::NotRunning, "nobody listens");
    bench.broker.settle(&claim.attempt).await.expect("settles");
    assert_eq!(send(&bench, Control::Eof).await, Delivery::NotRunning, "settled");
}

pub(crate) async fn messages_reach_the_attempt_that_runs_now_and_no_earlier_one(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let mut first = bench.claim_one().await;
    bench.broker.abandon(&first.attempt, Abandonment::Fault("oops".into())).await.expect("abandons");
    assert_eq!(send(&bench, typed(1)).await, Delivery::NotRunning, "between attempts");
    bench.sit_out_delays().await;
    let mut second = bench.claim_one().await;
    assert_eq!(send(&bench, typed(2)).await, Delivery::Delivered);
    assert_eq!(heard(&mut second).await, Some(typed(2)));
    assert_eq!(heard(&mut first).await, None, "its inbox is closed");
}

pub(crate) async fn a_full_inbox_slows_the_sender_down(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let mut claim = bench.claim_one().await;
    let broker = Arc::clone(&bench.broker);
    let mut typist = tokio::spawn(async move {
        for n in 0..500 {
            assert_eq!(broker.control(JOB, typed(n)).await.expect("sends"), Delivery::Delivered);
        }
    });
    never(&mut typist).await;
    for n in 0..500 {
        assert_eq!(heard(&mut claim).await, Some(typed(n)));
    }
    soon(typist).await.expect("all sent");
}
