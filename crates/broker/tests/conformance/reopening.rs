//! What is left after the process has died. What becomes of its leases, each engine says for itself.

use broker::{Abandonment, TicketState};
use model::{JobId, Priority};

use super::{Bench, Engine, claimed, jobs, worker};

pub(crate) async fn reopening_keeps_waiting_tickets_in_order(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([5, 3, 4]).await;
    let mut urgent = bench.ticket(1);
    urgent.priority = Priority::High;
    bench.enqueue(urgent.clone()).await;
    let bench = bench.reopen(engine).await;
    bench.enqueue_all([2]).await;
    let claims = bench.claim(&worker("ada"), 10).await;
    assert_eq!(claimed(&claims), jobs(&[1, 5, 3, 4, 2]));
    urgent.attempts_begun = claims[0].ticket.attempts_begun;
    assert_eq!(claims[0].ticket, urgent, "all of the ticket is kept");
}

pub(crate) async fn reopening_forgets_what_was_settled_or_cancelled(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1, 2, 3]).await;
    let claim = bench.claim_one().await;
    bench.broker.settle(&claim.attempt).await.expect("settles");
    bench.broker.cancel(JobId::from_u128(2)).await.expect("cancels");
    let bench = bench.reopen(engine).await;
    assert_eq!(claimed(&bench.claim(&worker("ada"), 10).await), jobs(&[3]));
}

pub(crate) async fn reopening_reports_the_dead_again(engine: &dyn Engine) {
    let bench = Bench::open_with(engine, |rules| rules.retry.most_attempts = 1).await;
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    bench.broker.abandon(&claim.attempt, Abandonment::Fault("oops".into())).await.expect("abandons");
    assert_eq!(bench.expire().await, jobs(&[1]));
    // Whoever was told may have died before it could do anything about it.
    let bench = bench.reopen(engine).await;
    assert_eq!(bench.expire().await, jobs(&[1]));
    assert_eq!(bench.expire().await, []);
    assert_eq!(bench.broker.ticket(JobId::from_u128(1)).await.expect("asks"), Some(TicketState::Dead));
}

pub(crate) async fn reopening_keeps_delays(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    bench.broker.abandon(&claim.attempt, Abandonment::Fault("oops".into())).await.expect("abandons");
    let bench = bench.reopen(engine).await;
    bench.expire().await;
    bench.nothing_for(&worker("ada")).await;
    bench.sit_out_delays().await;
    assert_eq!(bench.claim_one().await.attempt.number, 2);
}

pub(crate) async fn attempt_numbers_survive_reopening(engine: &dyn Engine) {
    let mut bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    for number in 1..=5 {
        let claim = bench.claim_one().await;
        assert_eq!(claim.attempt.number, number);
        bench.broker.abandon(&claim.attempt, Abandonment::Drained).await.expect("abandons");
        bench = bench.reopen(engine).await;
    }
}
