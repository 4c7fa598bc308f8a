//! Who gets what.

use std::{collections::HashSet, sync::Arc, time::Duration};

use broker::{Broker, Ticket};
use model::{
    JobId, LanguageId, PoolKind,
    Priority::{High, Low, Normal},
};
use tokio::{task::JoinSet, time::timeout};

use super::{Bench, Engine, claimed, jobs, offer, soon, worker};

pub(crate) async fn the_urgent_are_claimed_first_and_the_oldest_among_equals(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for (job, priority) in [(1, Low), (2, Normal), (3, High), (4, Normal), (5, High)] {
        let mut ticket = bench.ticket(job);
        ticket.priority = priority;
        bench.enqueue(ticket).await;
    }
    assert_eq!(claimed(&bench.claim(&worker("ada"), 10).await), jobs(&[3, 5, 2, 4, 1]));
}

pub(crate) async fn a_claimant_gets_only_its_pools_and_languages(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let (mut ruby, mut go) = (bench.ticket(1), bench.ticket(2));
    ruby.language = LanguageId::new("ruby");
    (go.language, go.pool) = (LanguageId::new("go"), PoolKind::Microvm);
    for ticket in [ruby, go, bench.ticket(3)] {
        bench.enqueue(ticket).await;
    }
    let mut pythonist = worker("ada");
    pythonist.offers = vec![offer("python", "3.11.2")];
    assert_eq!(claimed(&bench.claim(&pythonist, 10).await), jobs(&[3]));
    let mut gopher = worker("bob");
    gopher.offers.push(offer("go", "1.19.8"));
    gopher.pools = vec![(PoolKind::Microvm, 2)];
    assert_eq!(claimed(&bench.claim(&gopher, 10).await), jobs(&[2]));
    bench.nothing_for(&gopher).await;
    assert_eq!(claimed(&bench.claim(&worker("eve"), 10).await), jobs(&[1]));
}

pub(crate) async fn a_claimant_gets_only_what_its_versions_will_do_for(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for (job, version) in [(1, Some(">=3.12")), (2, Some(">=3.10")), (3, None)] {
        let version = version.map(|text| text.parse().expect("a requirement"));
        bench.enqueue(Ticket { version, ..bench.ticket(job) }).await;
    }
    let mut old = worker("ada");
    assert_eq!(claimed(&bench.claim(&old, 10).await), jobs(&[2, 3]));
    bench.nothing_for(&old).await;
    old.offers.push(offer("python", "3.13.1"));
    let claims = bench.claim(&old, 10).await;
    assert_eq!(claimed(&claims), jobs(&[1]));
    assert_eq!(claims[0].ticket.version.as_ref().map(ToString::to_string).as_deref(), Some(">=3.12"));
}

pub(crate) async fn a_claim_waits_until_a_ticket_comes(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let broker = Arc::clone(&bench.broker);
    let waiting = tokio::spawn(async move { broker.claim(&worker("ada"), 5).await });
    bench.nothing_for(&worker("bob")).await;
    let mut microvm = bench.ticket(1);
    microvm.pool = PoolKind::Microvm;
    bench.enqueue(microvm).await;
    bench.enqueue_all([2]).await;
    let claims = soon(waiting).await.expect("runs").expect("claims");
    assert_eq!(claimed(&claims), jobs(&[2]));
}

pub(crate) async fn a_claim_takes_no_more_than_it_asks_for(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all(1..=5).await;
    assert_eq!(bench.claim(&worker("ada"), 0).await.len(), 0);
    assert_eq!(claimed(&bench.claim(&worker("ada"), 2).await), jobs(&[1, 2]));
    assert_eq!(claimed(&bench.claim(&worker("ada"), 10).await), jobs(&[3, 4, 5]));
}

pub(crate) async fn many_claimants_never_get_the_same_ticket(engine: &dyn Engine) {
    const TICKETS: u128 = 600;
    let bench = Bench::open(engine).await;
    let mut workers = JoinSet::new();
    for name in 0..8 {
        workers.spawn(work_until_idle(Arc::clone(&bench.broker), format!("worker-{name}")));
    }
    let mut submitters = JoinSet::new();
    for part in 0..4 {
        let broker = Arc::clone(&bench.broker);
        let tickets: Vec<_> =
            (1..=TICKETS).filter(|job| job % 4 == part).map(|job| bench.ticket(job)).collect();
        submitters.spawn(async move {
            for ticket in tickets {
                broker.enqueue(ticket).await.expect("enqueues");
            }
        });
    }
    soon(submitters.join_all()).await;
    let done = soon(workers.join_all()).await.concat();
    assert_eq!(done.len(), done.iter().collect::<HashSet<_>>().len(), "some were claimed twice");
    assert_eq!(done.len() as u128, TICKETS);
}

async fn work_until_idle(broker: Arc<dyn Broker>, name: String) -> Vec<JobId> {
    let mut done = Vec::new();
    while let Ok(claims) = timeout(Duration::from_millis(500), broker.claim(&worker(&name), 3)).await {
        for claim in claims.expect("claims") {
            let settled = broker.settle(&claim.attempt).await.expect("settles");
            assert_eq!(settled, broker::Settled::Settled);
            done.push(claim.ticket.job);
        }
    }
    done
}

pub(crate) async fn a_claim_dropped_while_it_waits_takes_nothing(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.nothing_for(&worker("ada")).await;
    bench.enqueue_all([1]).await;
    assert_eq!(bench.claim_one().await.attempt.number, 1);
}

pub(crate) async fn claims_dropped_at_any_moment_lose_nothing(engine: &dyn Engine) {
    const TICKETS: u128 = 40;
    let bench = Bench::open(engine).await;
    let mut fickle = JoinSet::new();
    for name in 0..4_u64 {
        let broker = Arc::clone(&bench.broker);
        fickle.spawn(async move {
            let claimant = worker(&format!("fickle-{name}"));
            for round in 0..150_u64 {
                // From "at once" to "about when the answer comes"; what it gets in time, it drops without a word.
                let wait = Duration::from_micros((round * 37 + name * 11) % 600);
                if let Ok(Ok(claims)) = timeout(wait, broker.claim(&claimant, 2)).await {
                    for claim in claims {
                        broker.abandon(&claim.attempt, broker::Abandonment::Drained).await.expect("abandons");
                    }
                }
            }
        });
    }
    bench.enqueue_all(1..=TICKETS).await;
    soon(fickle.join_all()).await;

    let mut found = HashSet::new();
    while found.len() < usize::try_from(TICKETS).expect("few") {
        found.extend(claimed(&bench.claim(&worker("steady"), 100).await));
    }
    bench.nothing_for(&worker("steady")).await;
}
