//! Putting tickets in, and looking at the queue.

use std::time::Duration;

use broker::{Abandonment, BrokerError, Claimant, Ticket, TicketState};
use model::{JobId, JobKind, LanguageId, PoolKind, Priority, QueueLengths, QueueLengthsByKind};

use super::{ALMOST, Bench, Engine, LEASE, claimed, jobs, offer, worker};

pub(crate) async fn a_ticket_enqueued_twice_is_claimed_once(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    assert_eq!(bench.enqueue(bench.ticket(1)).await, 1);
    assert_eq!(bench.enqueue(bench.ticket(1)).await, 1);
    assert_eq!(claimed(&bench.claim(&worker("ada"), 10).await), jobs(&[1]));
    bench.enqueue(bench.ticket(1)).await;
    assert_eq!(bench.broker.ticket(JobId::from_u128(1)).await.expect("asks"), Some(TicketState::Leased));
    bench.nothing_for(&worker("bob")).await;
}

pub(crate) async fn enqueueing_tells_the_position(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for position in 1..=3 {
        assert_eq!(bench.enqueue(bench.ticket(u128::from(position))).await, position);
    }
}

pub(crate) async fn the_position_counts_the_more_urgent_and_the_older_of_the_pool(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let mut low = bench.ticket(1);
    low.priority = Priority::Low;
    let mut urgent = bench.ticket(3);
    urgent.priority = Priority::High;
    let mut elsewhere = bench.ticket(4);
    elsewhere.pool = PoolKind::Microvm;
    let mut ruby = bench.ticket(5);
    ruby.language = LanguageId::new("ruby");
    for ticket in [low, bench.ticket(2), urgent, elsewhere, ruby] {
        bench.enqueue(ticket).await;
    }
    for (job, position) in [(3, 1), (2, 2), (5, 3), (1, 4), (4, 1)] {
        let found = bench.broker.position(JobId::from_u128(job)).await.expect("asks");
        assert_eq!(found, Some(position), "of job {job}");
    }
}

pub(crate) async fn only_a_waiting_ticket_has_a_position(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let job = JobId::from_u128(1);
    assert_eq!(bench.broker.position(job).await.expect("asks"), None);
    assert_eq!(bench.broker.ticket(job).await.expect("asks"), None);
    bench.enqueue_all([1]).await;
    assert_eq!(bench.broker.position(job).await.expect("asks"), Some(1));
    assert_eq!(bench.broker.ticket(job).await.expect("asks"), Some(TicketState::Waiting));
    let _claim = bench.claim_one().await;
    assert_eq!(bench.broker.position(job).await.expect("asks"), None);
}

pub(crate) async fn past_the_hard_cap_of_its_kind_a_ticket_is_refused(engine: &dyn Engine) {
    let bench = Bench::open_with(engine, |rules| rules.most_waiting = Some(2)).await;
    bench.enqueue_all([1, 2]).await;
    let refused = bench.broker.enqueue(bench.ticket(3)).await;
    assert!(matches!(refused, Err(BrokerError::Full { waiting: 2, most: 2 })), "{refused:?}");
    assert_eq!(bench.enqueue(bench.ticket(2)).await, 2, "one that waits already is not refused");

    let mut grading = bench.ticket(4);
    grading.kind = JobKind::Grade;
    bench.enqueue(grading).await;

    let claim = bench.claim_one().await;
    bench.enqueue(bench.ticket(3)).await;
    let drained = Abandonment::Drained;
    bench.broker.abandon(&claim.attempt, drained).await.expect("abandons");
    assert_eq!(
        bench.broker.position(JobId::from_u128(1)).await.expect("asks"),
        Some(1),
        "given back past the cap"
    );
}

pub(crate) async fn without_a_cap_nothing_is_refused(engine: &dyn Engine) {
    let bench = Bench::open_with(engine, |rules| rules.most_waiting = None).await;
    bench.enqueue_all(1..=200).await;
    assert_eq!(bench.broker.position(JobId::from_u128(200)).await.expect("asks"), Some(200));
}

pub(crate) async fn the_statistics_count_what_waits_and_what_runs(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let mut urgent = bench.ticket(1);
    urgent.priority = Priority::High;
    bench.enqueue(urgent).await;
    bench.enqueue_all([2, 3]).await;
    let mut low = bench.ticket(4);
    (low.priority, low.pool) = (Priority::Low, PoolKind::Microvm);
    bench.enqueue(low).await;
    let _claim = bench.claim_one().await;
    bench.hands.advance(Duration::from_secs(5));

    let stats = bench.broker.stats().await.expect("asks");
    let [container, microvm] = stats.pools.as_slice() else { panic!("{stats:?}") };
    assert_eq!((container.pool, microvm.pool), (PoolKind::Container, PoolKind::Microvm));
    assert_eq!(container.waiting, QueueLengths { high: 0, normal: 2, low: 0 });
    assert_eq!((container.running, container.oldest_wait_ms), (1, 5_000));
    assert_eq!((container.workers, container.slots), (1, 8));
    assert_eq!(microvm.waiting, QueueLengths { high: 0, normal: 0, low: 1 });
    assert_eq!((microvm.running, microvm.workers), (0, 0));
    assert_eq!(stats.dead_letters, 0);
}

pub(crate) async fn the_statistics_count_each_queue_over_all_pools(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all(1..=3).await;
    let elsewhere = Ticket { pool: PoolKind::Microvm, ..bench.ticket(4) };
    let gradings = [5, 6].map(|job| Ticket { kind: JobKind::Grade, ..bench.ticket(job) });
    for ticket in gradings.into_iter().chain([elsewhere]) {
        bench.enqueue(ticket).await;
    }
    let claim = bench.claim_one().await;
    let waiting = async || bench.broker.stats().await.expect("asks").waiting;
    assert_eq!(waiting().await, QueueLengthsByKind { runs: 3, gradings: 2 });
    bench.broker.abandon(&claim.attempt, Abandonment::Fault("oops".into())).await.expect("abandons");
    bench.broker.cancel(JobId::from_u128(6)).await.expect("cancels");
    assert_eq!(waiting().await, QueueLengthsByKind { runs: 4, gradings: 1 }, "what is delayed waits, too");
}

pub(crate) async fn many_tickets_are_looked_up_in_one_call(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all((1..=600).rev()).await;
    let claim = bench.claim_one().await;
    let jobs: Vec<JobId> = (0..=601).map(JobId::from_u128).collect();
    let states = bench.broker.tickets(&jobs).await.expect("asks");
    for (job, state) in jobs.into_iter().zip(states) {
        let expected = match job.as_u128() {
            0 | 601 => None,
            _ if job == claim.ticket.job => Some(TicketState::Leased),
            _ => Some(TicketState::Waiting),
        };
        assert_eq!(state, expected, "{job}");
    }
    assert_eq!(bench.broker.tickets(&[]).await.expect("asks"), []);
}

pub(crate) async fn a_process_leads_until_it_resigns(engine: &dyn Engine) {
    const TERM: Duration = Duration::from_secs(10);
    let bench = Bench::open(engine).await;
    for _ in 0..3 {
        assert!(bench.broker.lead(TERM).await.expect("asks"));
        bench.hands.advance(TERM / 2);
    }
    bench.broker.resign().await.expect("resigns");
    bench.broker.resign().await.expect("resigns");
    assert!(bench.broker.lead(TERM).await.expect("asks"));
}

pub(crate) async fn the_workers_that_are_about_say_what_they_have(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let workers = async || bench.broker.workers().await.expect("asks");
    assert_eq!(workers().await, []);
    bench.enqueue_all([1, 2, 3]).await;
    let (ada, bob) = (worker("ada"), Claimant { offers: vec![offer("python", "3.13.1")], ..worker("bob") });
    for claimant in [&bob, &ada] {
        assert_eq!(bench.claim(claimant, 1).await.len(), 1);
    }
    assert_eq!(workers().await, [ada, bob.clone()]);

    let (microvm, newer) = (vec![(PoolKind::Microvm, 2)], vec![offer("python", "3.14.0")]);
    let to_come = vec![offer("cpp", "12.2.0")];
    let updated = Claimant { pools: microvm, offers: newer, to_come, ..bob };
    let microvm = Ticket { pool: PoolKind::Microvm, ..bench.ticket(4) };
    bench.enqueue(microvm).await;
    bench.hands.advance(ALMOST);
    assert_eq!(bench.claim(&updated, 1).await.len(), 1);
    let pools = vec![(PoolKind::Container, 8), (PoolKind::Microvm, 2)];
    assert_eq!(workers().await[1], Claimant { pools, ..updated.clone() }, "it is one worker");
    bench.hands.advance(Duration::from_secs(2));
    assert_eq!(workers().await, [updated], "what it has not claimed for is no longer its");
}

pub(crate) async fn a_worker_counts_while_it_claims_or_renews(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let workers = async || {
        let stats = bench.broker.stats().await.expect("asks");
        stats.pools.iter().map(|pool| pool.workers).sum::<u64>()
    };
    bench.enqueue_all([1]).await;
    let claim = bench.claim_one().await;
    assert_eq!(workers().await, 1);
    bench.hands.advance(LEASE / 2);
    bench.broker.renew(&[claim.attempt]).await.expect("renews");
    bench.hands.advance(LEASE / 2 + Duration::from_secs(1));
    assert_eq!(workers().await, 1, "it has renewed");
    bench.hands.advance(LEASE);
    assert_eq!(workers().await, 0, "it has done nothing for a lease time");

    let ada = worker("ada");
    let waiting = bench.broker.claim(&ada, 1);
    let mut waiting = std::pin::pin!(waiting);
    super::never(&mut waiting).await;
    bench.hands.advance(LEASE * 3);
    assert_eq!(workers().await, 1, "it waits in a claim");
}
