//! Enqueueing, positions, statistics and leadership.

use std::time::Duration;

use broker::{AbandonReason, BrokerError, Claimant, Ticket, TicketState};
use model::{JobId, JobKind, LanguageId, PoolKind, Priority, QueueLengths, QueueLengthsByKind};

use super::{ALMOST, Engine, Harness, LEASE, job_ids, jobs, offer, worker};

pub(crate) async fn a_ticket_enqueued_twice_is_claimed_once(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    assert_eq!(harness.enqueue(harness.ticket(1)).await, 1);
    assert_eq!(harness.enqueue(harness.ticket(1)).await, 1);
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 10).await), jobs(&[1]));
    harness.enqueue(harness.ticket(1)).await;
    assert_eq!(harness.broker.ticket(JobId::from_u128(1)).await.expect("asks"), Some(TicketState::Leased));
    harness.assert_nothing_for(&worker("bob")).await;
}

pub(crate) async fn enqueueing_returns_the_position(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for position in 1..=3 {
        assert_eq!(harness.enqueue(harness.ticket(u128::from(position))).await, position);
    }
}

pub(crate) async fn the_position_counts_more_urgent_and_older_tickets_of_the_pool(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let mut low = harness.ticket(1);
    low.priority = Priority::Low;
    let mut urgent = harness.ticket(3);
    urgent.priority = Priority::High;
    let mut elsewhere = harness.ticket(4);
    elsewhere.pool = PoolKind::Microvm;
    let mut ruby = harness.ticket(5);
    ruby.language = LanguageId::new("ruby");
    for ticket in [low, harness.ticket(2), urgent, elsewhere, ruby] {
        harness.enqueue(ticket).await;
    }
    for (job, position) in [(3, 1), (2, 2), (5, 3), (1, 4), (4, 1)] {
        let found = harness.broker.position(JobId::from_u128(job)).await.expect("asks");
        assert_eq!(found, Some(position), "of job {job}");
    }
}

pub(crate) async fn only_a_waiting_ticket_has_a_position(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let job = JobId::from_u128(1);
    assert_eq!(harness.broker.position(job).await.expect("asks"), None);
    assert_eq!(harness.broker.ticket(job).await.expect("asks"), None);
    harness.enqueue_all([1]).await;
    assert_eq!(harness.broker.position(job).await.expect("asks"), Some(1));
    assert_eq!(harness.broker.ticket(job).await.expect("asks"), Some(TicketState::Waiting));
    let _claim = harness.claim_one().await;
    assert_eq!(harness.broker.position(job).await.expect("asks"), None);
}

pub(crate) async fn a_ticket_past_the_cap_of_its_kind_is_rejected(engine: &dyn Engine) {
    let harness = Harness::open_with(engine, |settings| settings.max_waiting = Some(2)).await;
    harness.enqueue_all([1, 2]).await;
    let refused = harness.broker.enqueue(harness.ticket(3)).await;
    assert!(matches!(refused, Err(BrokerError::Full { waiting: 2, max: 2 })), "{refused:?}");
    assert_eq!(harness.enqueue(harness.ticket(2)).await, 2, "one that waits already is not refused");

    let mut grading = harness.ticket(4);
    grading.kind = JobKind::Grade;
    harness.enqueue(grading).await;

    let claim = harness.claim_one().await;
    harness.enqueue(harness.ticket(3)).await;
    let drained = AbandonReason::Drained;
    harness.broker.abandon(&claim.attempt, drained).await.expect("abandons");
    assert_eq!(
        harness.broker.position(JobId::from_u128(1)).await.expect("asks"),
        Some(1),
        "requeued past the cap"
    );
}

pub(crate) async fn without_a_cap_no_ticket_is_rejected(engine: &dyn Engine) {
    let harness = Harness::open_with(engine, |settings| settings.max_waiting = None).await;
    harness.enqueue_all(1..=200).await;
    assert_eq!(harness.broker.position(JobId::from_u128(200)).await.expect("asks"), Some(200));
}

pub(crate) async fn the_statistics_count_waiting_and_running_tickets(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let mut urgent = harness.ticket(1);
    urgent.priority = Priority::High;
    harness.enqueue(urgent).await;
    harness.enqueue_all([2, 3]).await;
    let mut low = harness.ticket(4);
    (low.priority, low.pool) = (Priority::Low, PoolKind::Microvm);
    harness.enqueue(low).await;
    let _claim = harness.claim_one().await;
    harness.clock.advance(Duration::from_secs(5));

    let stats = harness.broker.stats().await.expect("asks");
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
    let harness = Harness::open(engine).await;
    harness.enqueue_all(1..=3).await;
    let elsewhere = Ticket { pool: PoolKind::Microvm, ..harness.ticket(4) };
    let gradings = [5, 6].map(|job| Ticket { kind: JobKind::Grade, ..harness.ticket(job) });
    for ticket in gradings.into_iter().chain([elsewhere]) {
        harness.enqueue(ticket).await;
    }
    let claim = harness.claim_one().await;
    let waiting = async || harness.broker.stats().await.expect("asks").waiting;
    assert_eq!(waiting().await, QueueLengthsByKind { runs: 3, gradings: 2 });
    harness.broker.abandon(&claim.attempt, AbandonReason::Fault("oops".into())).await.expect("abandons");
    harness.broker.cancel(JobId::from_u128(6)).await.expect("cancels");
    assert_eq!(waiting().await, QueueLengthsByKind { runs: 4, gradings: 1 }, "what is delayed waits, too");
}

pub(crate) async fn many_tickets_are_looked_up_in_one_call(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all((1..=600).rev()).await;
    let claim = harness.claim_one().await;
    let jobs: Vec<JobId> = (0..=601).map(JobId::from_u128).collect();
    let states = harness.broker.tickets(&jobs).await.expect("asks");
    for (job, state) in jobs.into_iter().zip(states) {
        let expected = match job.as_u128() {
            0 | 601 => None,
            _ if job == claim.ticket.job => Some(TicketState::Leased),
            _ => Some(TicketState::Waiting),
        };
        assert_eq!(state, expected, "{job}");
    }
    assert_eq!(harness.broker.tickets(&[]).await.expect("asks"), []);
}

pub(crate) async fn a_process_leads_until_it_resigns(engine: &dyn Engine) {
    const TERM: Duration = Duration::from_secs(10);
    let harness = Harness::open(engine).await;
    for _ in 0..3 {
        assert!(harness.broker.lead(TERM).await.expect("asks"));
        harness.clock.advance(TERM / 2);
    }
    harness.broker.resign().await.expect("resigns");
    harness.broker.resign().await.expect("resigns");
    assert!(harness.broker.lead(TERM).await.expect("asks"));
}

pub(crate) async fn active_workers_are_listed_with_pools_and_toolchains(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let workers = async || harness.broker.workers().await.expect("asks");
    assert_eq!(workers().await, []);
    harness.enqueue_all([1, 2, 3]).await;
    let (ada, bob) = (worker("ada"), Claimant { offers: vec![offer("python", "3.13.1")], ..worker("bob") });
    for claimant in [&bob, &ada] {
        assert_eq!(harness.claim(claimant, 1).await.len(), 1);
    }
    assert_eq!(workers().await, [ada, bob.clone()]);

    let (microvm, newer) = (vec![(PoolKind::Microvm, 2)], vec![offer("python", "3.14.0")]);
    let preparing = vec![offer("cpp", "12.2.0")];
    let updated = Claimant { pools: microvm, offers: newer, preparing, ..bob };
    let microvm = Ticket { pool: PoolKind::Microvm, ..harness.ticket(4) };
    harness.enqueue(microvm).await;
    harness.clock.advance(ALMOST);
    assert_eq!(harness.claim(&updated, 1).await.len(), 1);
    let pools = vec![(PoolKind::Container, 8), (PoolKind::Microvm, 2)];
    assert_eq!(workers().await[1], Claimant { pools, ..updated.clone() }, "it is one worker");
    harness.clock.advance(Duration::from_secs(2));
    assert_eq!(workers().await, [updated], "what it has not claimed for is no longer its");
}

pub(crate) async fn a_worker_counts_while_it_claims_or_renews(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let workers = async || {
        let stats = harness.broker.stats().await.expect("asks");
        stats.pools.iter().map(|pool| pool.workers).sum::<u64>()
    };
    harness.enqueue_all([1]).await;
    let claim = harness.claim_one().await;
    assert_eq!(workers().await, 1);
    harness.clock.advance(LEASE / 2);
    harness.broker.renew(&[claim.attempt]).await.expect("renews");
    harness.clock.advance(LEASE / 2 + Duration::from_secs(1));
    assert_eq!(workers().await, 1, "it has renewed");
    harness.clock.advance(LEASE);
    assert_eq!(workers().await, 0, "it has done nothing for a lease time");

    let ada = worker("ada");
    let waiting = harness.broker.claim(&ada, 1);
    let mut waiting = std::pin::pin!(waiting);
    super::assert_pending(&mut waiting).await;
    harness.clock.advance(LEASE * 3);
    assert_eq!(workers().await, 1, "it waits in a claim");
}
