//! What happens to tickets that come back.

use std::time::Duration;

use broker::{Abandoned, Abandonment, Claim, TicketState};
use model::JobId;

use super::{ATTEMPTS, Bench, Engine, LEASE, claimed, jobs, worker};

async fn abandon(bench: &Bench, claim: &Claim, why: Abandonment) -> Abandoned {
    bench.broker.abandon(&claim.attempt, why).await.expect("abandons")
}

fn fault() -> Abandonment {
    Abandonment::Fault("the sandbox did not start".into())
}

/// Fails job 1 until it is dead.
async fn kill(bench: &Bench) {
    for attempt in 1..=ATTEMPTS {
        let claim = bench.claim_one().await;
        let expected = if attempt == ATTEMPTS { Abandoned::Dead } else { Abandoned::Requeued };
        assert_eq!(abandon(bench, &claim, fault()).await, expected, "attempt {attempt}");
        bench.hands.advance(bench.rules.retry.longest_delay);
        if attempt < ATTEMPTS {
            assert_eq!(bench.expire().await, []);
        }
    }
}

pub(crate) async fn a_drained_ticket_goes_back_to_the_head_of_its_queue(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all(1..=3).await;
    let claim = bench.claim_one().await;
    assert_eq!(abandon(&bench, &claim, Abandonment::Drained).await, Abandoned::Requeued);
    assert_eq!(bench.broker.position(claim.ticket.job).await.expect("asks"), Some(1));
    assert_eq!(claimed(&bench.claim(&worker("bob"), 3).await), jobs(&[1, 2, 3]));
}

pub(crate) async fn draining_never_kills_and_never_reuses_a_number(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    for number in 1..=ATTEMPTS * 2 {
        let claim = bench.claim_one().await;
        assert_eq!(claim.attempt.number, number);
        assert_eq!(abandon(&bench, &claim, Abandonment::Drained).await, Abandoned::Requeued);
    }
    assert_eq!(bench.expire().await, []);
}

pub(crate) async fn a_fault_delays_the_next_attempt(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    assert_eq!(abandon(&bench, &claim, fault()).await, Abandoned::Requeued);
    assert_eq!(bench.broker.ticket(claim.ticket.job).await.expect("asks"), Some(TicketState::Waiting));
    bench.expire().await;
    bench.nothing_for(&worker("ada")).await;
    bench.hands.advance(bench.rules.retry.first_delay);
    bench.expire().await;
    assert_eq!(bench.claim_one().await.attempt.number, 2);
}

pub(crate) async fn delays_grow_with_each_fault(engine: &dyn Engine) {
    let bench = Bench::open_with(engine, |rules| rules.retry.most_attempts = 10).await;
    bench.enqueue_all([1]).await;
    for longest in [1_u64, 2, 4, 8, 16, 30, 30].map(Duration::from_secs) {
        let claim = bench.claim_one().await;
        abandon(&bench, &claim, fault()).await;
        // Jitter takes up to half.
        bench.hands.advance(longest * 49 / 100);
        bench.expire().await;
        bench.nothing_for(&worker("ada")).await;
        bench.hands.advance(longest * 51 / 100);
        bench.expire().await;
    }
}

pub(crate) async fn after_its_last_attempt_a_ticket_is_dead_and_reported_once(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1, 2]).await;
    kill(&bench).await;
    assert_eq!(bench.expire().await, jobs(&[1]));
    assert_eq!(bench.expire().await, []);
    assert_eq!(bench.broker.ticket(JobId::from_u128(1)).await.expect("asks"), Some(TicketState::Dead));
    assert_eq!(bench.broker.stats().await.expect("asks").dead_letters, 1);
    assert_eq!(claimed(&bench.claim(&worker("ada"), 5).await), jobs(&[2]));
}

pub(crate) async fn expired_leases_count_as_attempts(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    for attempt in 1..=ATTEMPTS {
        assert_eq!(bench.claim_one().await.attempt.number, attempt);
        bench.hands.advance(LEASE);
        let dead = if attempt == ATTEMPTS { jobs(&[1]) } else { Vec::new() };
        assert_eq!(bench.expire().await, dead);
        bench.hands.advance(bench.rules.retry.longest_delay);
        bench.expire().await;
    }
    bench.nothing_for(&worker("ada")).await;
}

pub(crate) async fn a_dead_ticket_stays_dead_when_enqueued_again(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    kill(&bench).await;
    bench.enqueue_all([1]).await;
    assert_eq!(bench.broker.ticket(JobId::from_u128(1)).await.expect("asks"), Some(TicketState::Dead));
    bench.nothing_for(&worker("ada")).await;
}
