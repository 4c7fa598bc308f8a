//! Who gets what.

use std::{collections::HashSet, sync::Arc, time::Duration};

use broker::{Abandonment, Broker, Cancel, Claimant, Ticket};
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

/// A ticket that wants such a version.
fn wanting(bench: &Bench, job: u128, version: &str) -> Ticket {
    Ticket { version: Some(version.parse().expect("a requirement")), ..bench.ticket(job) }
}

/// A worker with these versions of Python.
fn with_python(name: &str, versions: &[&str]) -> Claimant {
    Claimant { offers: versions.iter().map(|version| offer("python", version)).collect(), ..worker(name) }
}

pub(crate) async fn ten_thousand_versions_that_clients_ask_for_hold_nobody_up(engine: &dyn Engine) {
    const TICKETS: u128 = 10_000;
    let bench = Bench::open_with(engine, |rules| rules.most_waiting = None).await;
    // Every other one wants a version that nobody has.
    for job in 1..=TICKETS {
        let major = if job % 2 == 0 { 2 } else { 4 };
        let position = bench.enqueue(wanting(&bench, job, &format!(">={major}.0.{job}"))).await;
        assert_eq!(u128::from(position), job);
    }
    let mut old = claimed(&bench.claim(&with_python("old", &["3.11.2"]), 60).await);
    old.extend(claimed(&bench.claim(&with_python("old", &["3.11.2"]), 40).await));
    assert_eq!(old, (1..=100).map(|n| JobId::from_u128(2 * n)).collect::<Vec<_>>());
    let new = claimed(&bench.claim(&with_python("new", &["5.0.1"]), 50).await);
    let first = (1..=TICKETS).filter(|job| job % 2 == 1 || *job > 200).map(JobId::from_u128).take(50);
    assert_eq!(new, first.collect::<Vec<_>>());
}

pub(crate) async fn what_waits_for_a_version_goes_to_the_first_worker_that_brings_it(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for (job, version) in [(1, ">=3.10"), (2, "~3.12"), (3, "<3.10"), (4, "*"), (5, ">=3.9, <3.12")] {
        bench.enqueue(wanting(&bench, job, version)).await;
    }
    let (old, new) = (with_python("old", &["3.9.1"]), with_python("new", &["3.12.4", "3.14.0"]));
    assert_eq!(claimed(&bench.claim(&old, 1).await), jobs(&[3]));
    // Filed for 3.9 by now, although 3.10 would do as well.
    let middle = with_python("middle", &["3.10.0"]);
    assert_eq!(claimed(&bench.claim(&middle, 2).await), jobs(&[1, 4]));
    assert_eq!(claimed(&bench.claim(&middle, 10).await), jobs(&[5]));
    bench.nothing_for(&middle).await;
    assert_eq!(claimed(&bench.claim(&new, 10).await), jobs(&[2]));
    bench.enqueue(wanting(&bench, 6, ">=3.9, <3.12")).await;
    bench.nothing_for(&new).await;
    assert_eq!(claimed(&bench.claim(&old, 10).await), jobs(&[6]));
}

pub(crate) async fn what_comes_back_goes_to_a_version_that_came_meanwhile(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue(wanting(&bench, 1, ">=3.10")).await;
    bench.enqueue(wanting(&bench, 2, ">=3.10")).await;
    let claims = bench.claim(&with_python("old", &["3.11.2"]), 10).await;
    let new = with_python("new", &["3.12.4"]);
    bench.nothing_for(&new).await;
    bench.broker.abandon(&claims[0].attempt, Abandonment::Drained).await.expect("abandons");
    bench.broker.abandon(&claims[1].attempt, Abandonment::Fault("oops".into())).await.expect("abandons");
    assert_eq!(claimed(&bench.claim(&new, 10).await), jobs(&[1]));
    bench.sit_out_delays().await;
    assert_eq!(claimed(&bench.claim(&new, 10).await), jobs(&[2]));
}

pub(crate) async fn a_ticket_filed_anew_keeps_its_place_and_can_be_cancelled(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for (job, version) in [(1, ">=3.12"), (2, ">=3.10"), (3, ">=3.12"), (4, ">=3.12")] {
        bench.enqueue(wanting(&bench, job, version)).await;
    }
    let both = with_python("both", &["3.11.2", "3.12.4"]);
    assert_eq!(claimed(&bench.claim(&both, 1).await), jobs(&[1]));
    let position = async |job| bench.broker.position(JobId::from_u128(job)).await.expect("asks");
    assert_eq!((position(2).await, position(3).await, position(4).await), (Some(1), Some(2), Some(3)));
    assert_eq!(bench.broker.cancel(JobId::from_u128(3)).await.expect("cancels"), Cancel::Dequeued);
    assert_eq!(position(4).await, Some(2));
    assert_eq!(claimed(&bench.claim(&both, 10).await), jobs(&[2, 4]));
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
                        broker.abandon(&claim.attempt, Abandonment::Drained).await.expect("abandons");
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
