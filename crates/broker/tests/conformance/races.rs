//! What happens at the same time, or in the wrong order.

use std::{collections::HashSet, sync::Arc};

use broker::{Abandoned, Abandonment, Cancel, Control, Delivery, Renewal, Settled, TicketState};
use model::JobId;
use tokio::task::JoinSet;

use super::{ATTEMPTS, Bench, Engine, LEASE, claimed, jobs, soon, worker};

const JOB: JobId = JobId::from_u128(1);

pub(crate) async fn of_two_claimants_that_wait_one_gets_the_ticket(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for job in 1..=50 {
        let mut waiting = JoinSet::new();
        for name in ["ada", "bob"] {
            let broker = Arc::clone(&bench.broker);
            waiting.spawn(async move { broker.claim(&worker(name), 1).await.expect("claims") });
        }
        tokio::task::yield_now().await;
        bench.enqueue_all([job]).await;
        let first = soon(waiting.join_next()).await.expect("one").expect("runs");
        assert_eq!(claimed(&first), jobs(&[job]));
        bench.enqueue_all([job + 1_000]).await;
        let second = soon(waiting.join_next()).await.expect("the other").expect("runs");
        assert_eq!(claimed(&second), jobs(&[job + 1_000]));
    }
}

pub(crate) async fn a_zombie_that_settles_late_does_not_take_the_ticket_from_its_successor(
    engine: &dyn Engine,
) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let zombie = bench.claim_one().await;
    bench.hands.advance(LEASE);
    bench.expire().await;
    bench.sit_out_delays().await;
    let successor = bench.claim(&worker("bob"), 1).await.remove(0);
    assert_eq!(bench.broker.settle(&zombie.attempt).await.expect("settles"), Settled::Lost);
    assert_eq!(bench.broker.ticket(JOB).await.expect("asks"), Some(TicketState::Leased));
    assert_eq!(bench.broker.settle(&successor.attempt).await.expect("settles"), Settled::Settled);
    assert_eq!(bench.broker.settle(&zombie.attempt).await.expect("settles"), Settled::Lost);
}

pub(crate) async fn who_wakes_up_before_anybody_looked_still_holds_its_lease(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let sleeper = bench.claim_one().await.attempt;
    bench.hands.advance(LEASE * 2);
    let renewed = bench.broker.renew(std::slice::from_ref(&sleeper)).await.expect("renews");
    assert_eq!(renewed, [Renewal::Renewed]);
    assert_eq!(bench.expire().await, []);
    assert_eq!(bench.broker.settle(&sleeper).await.expect("settles"), Settled::Settled);
}

pub(crate) async fn a_renewal_after_reclaiming_does_not_prolong_the_lease_of_the_successor(
    engine: &dyn Engine,
) {
    let bench = Bench::open_with(engine, |rules| rules.retry.most_attempts = 10).await;
    bench.enqueue_all([1]).await;
    let zombie = bench.claim_one().await.attempt;
    bench.hands.advance(LEASE);
    bench.expire().await;
    bench.sit_out_delays().await;
    let successor = bench.claim(&worker("ada"), 1).await.remove(0).attempt;
    bench.hands.advance(LEASE / 2);
    let renewed = bench.broker.renew(&[zombie]).await.expect("renews");
    assert_eq!(renewed, [Renewal::Lost]);
    bench.hands.advance(LEASE / 2);
    bench.expire().await;
    assert_eq!(
        bench.broker.settle(&successor).await.expect("settles"),
        Settled::Lost,
        "it ran out in its time"
    );
}

pub(crate) async fn settling_races_with_expiring_and_one_of_them_counts(engine: &dyn Engine) {
    let bench = Bench::open_with(engine, |rules| rules.retry.most_attempts = 10).await;
    for job in 1..=50 {
        bench.enqueue_all([job]).await;
        let attempt = bench.claim_one().await.attempt;
        bench.hands.advance(LEASE);
        let (settler, expirer) = (Arc::clone(&bench.broker), Arc::clone(&bench.broker));
        let settled = tokio::spawn(async move { settler.settle(&attempt).await.expect("settles") });
        let expired = tokio::spawn(async move { expirer.expire().await.expect("expires") });
        let settled = soon(settled).await.expect("runs");
        assert_eq!(soon(expired).await.expect("runs"), []);
        let left = bench.broker.ticket(JobId::from_u128(job)).await.expect("asks");
        match settled {
            Settled::Settled => assert_eq!(left, None),
            Settled::Lost => assert_eq!(left, Some(TicketState::Waiting)),
        }
        bench.broker.cancel(JobId::from_u128(job)).await.expect("cancels");
    }
}

pub(crate) async fn cancelling_races_with_claiming_and_both_agree(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for job in 1..=50 {
        bench.enqueue_all([job, job + 1_000]).await;
        let (canceller, claimer) = (Arc::clone(&bench.broker), Arc::clone(&bench.broker));
        let cancelled =
            tokio::spawn(async move { canceller.cancel(JobId::from_u128(job)).await.expect("cancels") });
        let claims = tokio::spawn(async move { claimer.claim(&worker("ada"), 5).await.expect("claims") });
        let mut claims = soon(claims).await.expect("runs");
        match soon(cancelled).await.expect("runs") {
            Cancel::Dequeued => assert_eq!(claimed(&claims), jobs(&[job + 1_000])),
            Cancel::Signalled => {
                assert_eq!(claimed(&claims), jobs(&[job, job + 1_000]));
                assert_eq!(soon(claims[0].control.recv()).await, Some(Control::Cancel));
            }
            Cancel::Unknown => panic!("it was there"),
        }
        for claim in claims {
            assert_eq!(bench.broker.settle(&claim.attempt).await.expect("settles"), Settled::Settled);
        }
    }
}

pub(crate) async fn cancelling_an_attempt_twice_tells_it_once_and_the_next_one_not_at_all(
    engine: &dyn Engine,
) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let mut first = bench.claim_one().await;
    for _ in 0..3 {
        assert_eq!(bench.broker.cancel(JOB).await.expect("cancels"), Cancel::Signalled);
    }
    assert_eq!(bench.broker.control(JOB, Control::Eof).await.expect("sends"), Delivery::Delivered);
    assert_eq!(soon(first.control.recv()).await, Some(Control::Cancel));
    assert_eq!(soon(first.control.recv()).await, Some(Control::Eof));
    bench.broker.abandon(&first.attempt, Abandonment::Drained).await.expect("abandons");
    let mut second = bench.claim_one().await;
    assert_eq!(bench.broker.control(JOB, Control::KeepAlive).await.expect("sends"), Delivery::Delivered);
    assert_eq!(soon(second.control.recv()).await, Some(Control::KeepAlive));
}

pub(crate) async fn of_many_who_give_an_attempt_up_one_counts(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    bench.enqueue_all([1]).await;
    let attempt = bench.claim_one().await.attempt;
    let mut givers = JoinSet::new();
    for _ in 0..8 {
        let (broker, attempt) = (Arc::clone(&bench.broker), attempt.clone());
        givers.spawn(async move {
            broker.abandon(&attempt, Abandonment::Fault("oops".into())).await.expect("abandons")
        });
    }
    let counted = soon(givers.join_all()).await.into_iter().filter(|one| *one == Abandoned::Requeued).count();
    assert_eq!(counted, 1);
    // Had two counted, one fault more would kill it.
    bench.sit_out_delays().await;
    for left in (1..ATTEMPTS).rev() {
        let claim = bench.claim_one().await;
        let abandoned = bench.broker.abandon(&claim.attempt, Abandonment::Fault("oops".into())).await;
        let expected = if left == 1 { Abandoned::Dead } else { Abandoned::Requeued };
        assert_eq!(abandoned.expect("abandons"), expected);
        bench.sit_out_delays().await;
    }
}

pub(crate) async fn many_who_enqueue_the_same_job_make_one_ticket(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let mut senders = JoinSet::new();
    for _ in 0..16 {
        let (broker, ticket) = (Arc::clone(&bench.broker), bench.ticket(1));
        senders.spawn(async move { broker.enqueue(ticket).await.expect("enqueues") });
    }
    assert_eq!(soon(senders.join_all()).await, [1; 16]);
    assert_eq!(claimed(&bench.claim(&worker("ada"), 10).await), jobs(&[1]));
    bench.nothing_for(&worker("bob")).await;
}

pub(crate) async fn of_many_who_enqueue_no_more_than_the_cap_get_in(engine: &dyn Engine) {
    let bench = Bench::open_with(engine, |rules| rules.most_waiting = Some(10)).await;
    let mut senders = JoinSet::new();
    for job in 1..=40 {
        let (broker, ticket) = (Arc::clone(&bench.broker), bench.ticket(job));
        senders.spawn(async move { broker.enqueue(ticket).await.is_ok() });
    }
    let entered = soon(senders.join_all()).await.into_iter().filter(|entered| *entered).count();
    assert_eq!(entered, 10);
    assert_eq!(claimed(&bench.claim(&worker("ada"), 40).await).iter().collect::<HashSet<_>>().len(), 10);
}
