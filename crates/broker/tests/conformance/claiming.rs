//! Claiming: pools, languages, versions, waiting and dropped claims.

use std::{collections::HashSet, sync::Arc, time::Duration};

use broker::{AbandonReason, Broker, CancelOutcome, Claimant, Ticket};
use model::{
    JobId, LanguageId, PoolKind,
    Priority::{High, Low, Normal},
};
use tokio::{task::JoinSet, time::timeout};

use super::{Engine, Harness, job_ids, jobs, offer, with_timeout, worker};

pub(crate) async fn tickets_are_claimed_by_priority_and_then_by_age(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for (job, priority) in [(1, Low), (2, Normal), (3, High), (4, Normal), (5, High)] {
        let mut ticket = harness.ticket(job);
        ticket.priority = priority;
        harness.enqueue(ticket).await;
    }
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 10).await), jobs(&[3, 5, 2, 4, 1]));
}

pub(crate) async fn a_claimant_gets_only_its_pools_and_languages(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let (mut ruby, mut go) = (harness.ticket(1), harness.ticket(2));
    ruby.language = LanguageId::new("ruby");
    (go.language, go.pool) = (LanguageId::new("go"), PoolKind::Microvm);
    for ticket in [ruby, go, harness.ticket(3)] {
        harness.enqueue(ticket).await;
    }
    let mut pythonist = worker("ada");
    pythonist.offers = vec![offer("python", "3.11.2")];
    assert_eq!(job_ids(&harness.claim(&pythonist, 10).await), jobs(&[3]));
    let mut gopher = worker("bob");
    gopher.offers.push(offer("go", "1.19.8"));
    gopher.pools = vec![(PoolKind::Microvm, 2)];
    assert_eq!(job_ids(&harness.claim(&gopher, 10).await), jobs(&[2]));
    harness.assert_nothing_for(&gopher).await;
    assert_eq!(job_ids(&harness.claim(&worker("eve"), 10).await), jobs(&[1]));
}

pub(crate) async fn a_claimant_gets_only_tickets_that_accept_its_versions(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for (job, version) in [(1, Some(">=3.12")), (2, Some(">=3.10")), (3, None)] {
        let version = version.map(|text| text.parse().expect("a requirement"));
        harness.enqueue(Ticket { version, ..harness.ticket(job) }).await;
    }
    let mut old = worker("ada");
    assert_eq!(job_ids(&harness.claim(&old, 10).await), jobs(&[2, 3]));
    harness.assert_nothing_for(&old).await;
    old.offers.push(offer("python", "3.13.1"));
    let claims = harness.claim(&old, 10).await;
    assert_eq!(job_ids(&claims), jobs(&[1]));
    assert_eq!(claims[0].ticket.version.as_ref().map(ToString::to_string).as_deref(), Some(">=3.12"));
}

/// A ticket with a version requirement.
fn ticket_for_version(harness: &Harness, job: u128, version: &str) -> Ticket {
    Ticket { version: Some(version.parse().expect("a requirement")), ..harness.ticket(job) }
}

/// A worker with these versions of Python.
fn with_python(name: &str, versions: &[&str]) -> Claimant {
    Claimant { offers: versions.iter().map(|version| offer("python", version)).collect(), ..worker(name) }
}

pub(crate) async fn ten_thousand_version_requirements_block_no_claim(engine: &dyn Engine) {
    const TICKETS: u128 = 10_000;
    let harness = Harness::open_with(engine, |settings| settings.max_waiting = None).await;
    // Every other ticket requires a version that is not offered.
    for job in 1..=TICKETS {
        let major = if job % 2 == 0 { 2 } else { 4 };
        let position =
            harness.enqueue(ticket_for_version(&harness, job, &format!(">={major}.0.{job}"))).await;
        assert_eq!(u128::from(position), job);
    }
    let mut old = job_ids(&harness.claim(&with_python("old", &["3.11.2"]), 60).await);
    old.extend(job_ids(&harness.claim(&with_python("old", &["3.11.2"]), 40).await));
    assert_eq!(old, (1..=100).map(|n| JobId::from_u128(2 * n)).collect::<Vec<_>>());
    let new = job_ids(&harness.claim(&with_python("new", &["5.0.1"]), 50).await);
    let first = (1..=TICKETS).filter(|job| job % 2 == 1 || *job > 200).map(JobId::from_u128).take(50);
    assert_eq!(new, first.collect::<Vec<_>>());
}

pub(crate) async fn a_ticket_waits_for_the_first_worker_with_its_version(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for (job, version) in [(1, ">=3.10"), (2, "~3.12"), (3, "<3.10"), (4, "*"), (5, ">=3.9, <3.12")] {
        harness.enqueue(ticket_for_version(&harness, job, version)).await;
    }
    let (old, new) = (with_python("old", &["3.9.1"]), with_python("new", &["3.12.4", "3.14.0"]));
    assert_eq!(job_ids(&harness.claim(&old, 1).await), jobs(&[3]));
    // In the bucket of 3.9 now, although 3.10 is accepted, too.
    let middle = with_python("middle", &["3.10.0"]);
    assert_eq!(job_ids(&harness.claim(&middle, 2).await), jobs(&[1, 4]));
    assert_eq!(job_ids(&harness.claim(&middle, 10).await), jobs(&[5]));
    harness.assert_nothing_for(&middle).await;
    assert_eq!(job_ids(&harness.claim(&new, 10).await), jobs(&[2]));
    harness.enqueue(ticket_for_version(&harness, 6, ">=3.9, <3.12")).await;
    harness.assert_nothing_for(&new).await;
    assert_eq!(job_ids(&harness.claim(&old, 10).await), jobs(&[6]));
}

pub(crate) async fn a_requeued_ticket_is_claimed_by_a_newly_offered_version(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue(ticket_for_version(&harness, 1, ">=3.10")).await;
    harness.enqueue(ticket_for_version(&harness, 2, ">=3.10")).await;
    let claims = harness.claim(&with_python("old", &["3.11.2"]), 10).await;
    let new = with_python("new", &["3.12.4"]);
    harness.assert_nothing_for(&new).await;
    harness.broker.abandon(&claims[0].attempt, AbandonReason::Drained).await.expect("abandons");
    harness.broker.abandon(&claims[1].attempt, AbandonReason::Fault("oops".into())).await.expect("abandons");
    assert_eq!(job_ids(&harness.claim(&new, 10).await), jobs(&[1]));
    harness.advance_past_delays().await;
    assert_eq!(job_ids(&harness.claim(&new, 10).await), jobs(&[2]));
}

pub(crate) async fn a_ticket_moved_to_another_lane_keeps_its_position_and_can_be_cancelled(
    engine: &dyn Engine,
) {
    let harness = Harness::open(engine).await;
    for (job, version) in [(1, ">=3.12"), (2, ">=3.10"), (3, ">=3.12"), (4, ">=3.12")] {
        harness.enqueue(ticket_for_version(&harness, job, version)).await;
    }
    let both = with_python("both", &["3.11.2", "3.12.4"]);
    assert_eq!(job_ids(&harness.claim(&both, 1).await), jobs(&[1]));
    let position = async |job| harness.broker.position(JobId::from_u128(job)).await.expect("asks");
    assert_eq!((position(2).await, position(3).await, position(4).await), (Some(1), Some(2), Some(3)));
    assert_eq!(harness.broker.cancel(JobId::from_u128(3)).await.expect("cancels"), CancelOutcome::Dequeued);
    assert_eq!(position(4).await, Some(2));
    assert_eq!(job_ids(&harness.claim(&both, 10).await), jobs(&[2, 4]));
}

pub(crate) async fn a_claim_waits_for_a_ticket(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let broker = Arc::clone(&harness.broker);
    let waiting = tokio::spawn(async move { broker.claim(&worker("ada"), 5).await });
    harness.assert_nothing_for(&worker("bob")).await;
    let mut microvm = harness.ticket(1);
    microvm.pool = PoolKind::Microvm;
    harness.enqueue(microvm).await;
    harness.enqueue_all([2]).await;
    let claims = with_timeout(waiting).await.expect("runs").expect("claims");
    assert_eq!(job_ids(&claims), jobs(&[2]));
}

pub(crate) async fn a_claim_takes_at_most_max_tickets(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.enqueue_all(1..=5).await;
    assert_eq!(harness.claim(&worker("ada"), 0).await.len(), 0);
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 2).await), jobs(&[1, 2]));
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 10).await), jobs(&[3, 4, 5]));
}

pub(crate) async fn many_claimants_never_get_the_same_ticket(engine: &dyn Engine) {
    const TICKETS: u128 = 600;
    let harness = Harness::open(engine).await;
    let mut workers = JoinSet::new();
    for name in 0..8 {
        workers.spawn(work_until_idle(Arc::clone(&harness.broker), format!("worker-{name}")));
    }
    let mut submitters = JoinSet::new();
    for part in 0..4 {
        let broker = Arc::clone(&harness.broker);
        let tickets: Vec<_> =
            (1..=TICKETS).filter(|job| job % 4 == part).map(|job| harness.ticket(job)).collect();
        submitters.spawn(async move {
            for ticket in tickets {
                broker.enqueue(ticket).await.expect("enqueues");
            }
        });
    }
    with_timeout(submitters.join_all()).await;
    let done = with_timeout(workers.join_all()).await.concat();
    assert_eq!(done.len(), done.iter().collect::<HashSet<_>>().len(), "some were claimed twice");
    assert_eq!(done.len() as u128, TICKETS);
}

async fn work_until_idle(broker: Arc<dyn Broker>, name: String) -> Vec<JobId> {
    let mut done = Vec::new();
    while let Ok(claims) = timeout(Duration::from_millis(500), broker.claim(&worker(&name), 3)).await {
        for claim in claims.expect("claims") {
            let settled = broker.settle(&claim.attempt).await.expect("settles");
            assert_eq!(settled, broker::SettleOutcome::Settled);
            done.push(claim.ticket.job);
        }
    }
    done
}

pub(crate) async fn a_claim_dropped_while_waiting_takes_no_ticket(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    harness.assert_nothing_for(&worker("ada")).await;
    harness.enqueue_all([1]).await;
    assert_eq!(harness.claim_one().await.attempt.number, 1);
}

pub(crate) async fn claims_dropped_at_any_moment_lose_no_ticket(engine: &dyn Engine) {
    const TICKETS: u128 = 40;
    let harness = Harness::open(engine).await;
    let mut fickle = JoinSet::new();
    for name in 0..4_u64 {
        let broker = Arc::clone(&harness.broker);
        fickle.spawn(async move {
            let claimant = worker(&format!("fickle-{name}"));
            for round in 0..150_u64 {
                // From "immediately" to "about when the reply comes"; claims received in time are dropped.
                let wait = Duration::from_micros((round * 37 + name * 11) % 600);
                if let Ok(Ok(claims)) = timeout(wait, broker.claim(&claimant, 2)).await {
                    for claim in claims {
                        broker.abandon(&claim.attempt, AbandonReason::Drained).await.expect("abandons");
                    }
                }
            }
        });
    }
    harness.enqueue_all(1..=TICKETS).await;
    with_timeout(fickle.join_all()).await;

    let mut found = HashSet::new();
    while found.len() < usize::try_from(TICKETS).expect("few") {
        found.extend(job_ids(&harness.claim(&worker("steady"), 100).await));
    }
    harness.assert_nothing_for(&worker("steady")).await;
}
