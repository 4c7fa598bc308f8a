//! Who may still act on a ticket.

use std::time::Duration;

use broker::{Abandoned, Abandonment, Attempt, Renewal, Settled, TicketState};
use model::{JobId, WorkerName};

use super::{ALMOST, Bench, Engine, LEASE, attempts, claimed, jobs, worker};

/// Claims one ticket, lets its lease run out, and returns the attempt that lost it.
async fn zombie(bench: &Bench) -> Attempt {
    let claim = bench.claim_one().await;
    bench.hands.advance(LEASE);
    assert_eq!(bench.expire().await, []);
    claim.attempt
}

pub(crate) async fn a_renewed_lease_outlasts_its_time(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    for _ in 0..5 {
        bench.hands.advance(ALMOST);
        let renewed = bench.broker.renew(std::slice::from_ref(&claim.attempt)).await.expect("renews");
        assert_eq!(renewed, [Renewal::Renewed]);
        assert_eq!(bench.expire().await, []);
    }
    assert_eq!(bench.broker.settle(&claim.attempt).await.expect("settles"), Settled::Settled);
}

pub(crate) async fn a_lease_that_ran_out_makes_the_ticket_wait_again(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    bench.hands.advance(ALMOST);
    bench.expire().await;
    let state = bench.broker.ticket(claim.ticket.job).await.expect("asks");
    assert_eq!(state, Some(TicketState::Leased), "a second too early");
    bench.hands.advance(Duration::from_secs(1));
    bench.expire().await;
    assert_eq!(bench.broker.ticket(claim.ticket.job).await.expect("asks"), Some(TicketState::Waiting));
    bench.sit_out_delays().await;
    assert_eq!(bench.claim_one().await.attempt.number, 2);
}

pub(crate) async fn a_renewal_after_expiry_is_lost(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1, 2]).await;
    let claims = bench.claim(&worker("ada"), 2).await;
    bench.hands.advance(LEASE / 2);
    bench.broker.renew(&[claims[1].attempt.clone()]).await.expect("renews");
    bench.hands.advance(LEASE / 2);
    bench.expire().await;
    let renewed = bench.broker.renew(&attempts(&claims)).await.expect("renews");
    assert_eq!(renewed, [Renewal::Lost, Renewal::Renewed]);
}

pub(crate) async fn a_zombie_can_do_nothing_to_its_successor(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let zombie = zombie(&bench).await;
    let lost = async || {
        assert_eq!(bench.broker.settle(&zombie).await.expect("settles"), Settled::Lost);
        let renewed = bench.broker.renew(std::slice::from_ref(&zombie)).await.expect("renews");
        assert_eq!(renewed, [Renewal::Lost]);
        for why in [Abandonment::Drained, Abandonment::Fault("woke up late".into())] {
            assert_eq!(bench.broker.abandon(&zombie, why).await.expect("abandons"), Abandoned::Lost);
        }
    };
    lost().await;
    bench.sit_out_delays().await;
    // The same worker has it again; only the number tells the attempts apart.
    let successor = bench.claim_one().await;
    assert_eq!((successor.attempt.number, &successor.attempt.worker), (2, &zombie.worker));
    lost().await;
    assert_eq!(bench.broker.settle(&successor.attempt).await.expect("settles"), Settled::Settled);
}

pub(crate) async fn nobody_else_can_use_an_attempt(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    let forged = [
        Attempt { worker: WorkerName::new("mallory"), ..claim.attempt.clone() },
        Attempt { number: 2, ..claim.attempt.clone() },
        Attempt { number: 0, ..claim.attempt.clone() },
        Attempt { job: JobId::from_u128(9), ..claim.attempt.clone() },
    ];
    for attempt in &forged {
        assert_eq!(bench.broker.settle(attempt).await.expect("settles"), Settled::Lost, "{attempt:?}");
    }
    assert_eq!(bench.broker.settle(&claim.attempt).await.expect("settles"), Settled::Settled);
}

pub(crate) async fn a_settled_ticket_is_gone(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    assert_eq!(bench.broker.settle(&claim.attempt).await.expect("settles"), Settled::Settled);
    assert_eq!(bench.broker.settle(&claim.attempt).await.expect("settles"), Settled::Lost);
    assert_eq!(bench.broker.ticket(claim.ticket.job).await.expect("asks"), None);
    bench.hands.advance(LEASE * 2);
    assert_eq!(bench.expire().await, []);
    bench.nothing_for(&worker("bob")).await;
}

pub(crate) async fn a_settled_job_can_be_enqueued_again_with_higher_attempt_numbers(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    // As the reconciler does for a record whose ticket was lost: the record has seen attempt 4.
    let mut rebuilt = bench.ticket(1);
    rebuilt.attempts_begun = 4;
    bench.enqueue(rebuilt.clone()).await;
    let claim = bench.claim_one().await;
    assert_eq!(claim.attempt.number, 5);
    let drained = bench.broker.abandon(&claim.attempt, Abandonment::Drained).await.expect("abandons");
    assert_eq!(drained, Abandoned::Requeued);
    // And for a ticket that is there but has forgotten its last attempts.
    rebuilt.attempts_begun = 7;
    bench.enqueue(rebuilt).await;
    let claims = bench.claim(&worker("ada"), 5).await;
    assert_eq!(claimed(&claims), jobs(&[1]));
    assert_eq!(claims[0].attempt.number, 8);
}
