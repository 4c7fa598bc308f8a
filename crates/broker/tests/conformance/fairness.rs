//! Whose turn it is, between tenants and between priorities.

use broker::{AGING, Abandonment, Claim};
use model::{
    JobId, LanguageId,
    Priority::{self, High, Low, Normal},
    Tenant,
};

use super::{Bench, Engine, claimed, jobs, worker};

/// Enqueues these jobs of a tenant, one after the other.
async fn send(bench: &Bench, tenant: &str, priority: Priority, jobs: impl IntoIterator<Item = u128>) {
    for job in jobs {
        let mut ticket = bench.ticket(job);
        (ticket.tenant, ticket.priority) = (Tenant::new(tenant), priority);
        bench.enqueue(ticket).await;
    }
}

async fn position(bench: &Bench, job: u128) -> u64 {
    bench.broker.position(JobId::from_u128(job)).await.expect("asks").expect("it waits")
}

/// Claims tickets one by one until this one comes, and settles them. Returns how many came before.
async fn claimed_before(bench: &Bench, job: u128) -> u64 {
    for before in 0.. {
        let claim = bench.claim_one().await;
        bench.broker.settle(&claim.attempt).await.expect("settles");
        if claim.ticket.job == JobId::from_u128(job) {
            return before;
        }
    }
    unreachable!("there is an end to all tickets")
}

fn tenants(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.ticket.tenant.as_str()).collect()
}

pub(crate) async fn ten_thousand_jobs_of_one_tenant_delay_the_single_job_of_another_by_few(
    engine: &dyn Engine,
) {
    let bench = Bench::open_with(engine, |rules| rules.most_waiting = None).await;
    send(&bench, "rush", Normal, 1..=10_000).await;
    for _ in 0..20 {
        assert_eq!(bench.claim(&worker("ada"), 100).await.len(), 100);
    }
    send(&bench, "single", Normal, [20_000]).await;
    assert!(position(&bench, 20_000).await <= 3);
    assert!(claimed_before(&bench, 20_000).await <= 2);
}

pub(crate) async fn tenants_take_turns_however_much_each_has_sent(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    send(&bench, "a", Normal, 1..=6).await;
    send(&bench, "b", Normal, 11..=13).await;
    send(&bench, "c", Normal, [21]).await;
    let claims = bench.claim(&worker("ada"), 20).await;
    assert_eq!(tenants(&claims), ["a", "b", "c", "a", "b", "a", "b", "a", "a", "a"]);
}

pub(crate) async fn turns_are_taken_across_languages(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    send(&bench, "rush", Normal, 1..=50).await;
    let mut ruby = bench.ticket(60);
    (ruby.tenant, ruby.language) = (Tenant::new("single"), LanguageId::new("ruby"));
    bench.enqueue(ruby).await;
    assert_eq!(position(&bench, 60).await, 2);
    assert_eq!(claimed(&bench.claim(&worker("ada"), 3).await), jobs(&[1, 60, 2]));
}

pub(crate) async fn who_was_served_while_alone_is_not_made_to_wait_for_it(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    send(&bench, "early", Normal, 1..=40).await;
    assert_eq!(bench.claim(&worker("ada"), 20).await.len(), 20);
    send(&bench, "late", Normal, 101..=120).await;
    let claims = bench.claim(&worker("ada"), 20).await;
    let early = tenants(&claims).iter().filter(|tenant| **tenant == "early").count();
    assert!((9..=11).contains(&early), "{early} of 20");
}

pub(crate) async fn what_waits_for_a_worker_that_is_not_there_costs_no_turns(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for job in 1..=30 {
        let mut go = bench.ticket(job);
        go.language = LanguageId::new("go");
        bench.enqueue(go).await;
    }
    send(&bench, "other", Normal, 101..=105).await;
    bench.enqueue_all([200]).await;
    assert_eq!(claimed(&bench.claim(&worker("ada"), 2).await), jobs(&[101, 200]));
}

pub(crate) async fn a_low_priority_is_never_starved(engine: &dyn Engine) {
    const TURNS: u128 = 8;
    let bench = Bench::open_with(engine, |rules| rules.aging = 4).await;
    send(&bench, "patient", Low, [1]).await;
    // Urgent jobs keep coming, faster than they are claimed.
    send(&bench, "urgent", High, 1_000..1_010).await;
    for before in 0.. {
        send(&bench, "urgent", High, [2_000 + 2 * before, 2_001 + 2 * before]).await;
        let claim = bench.claim_one().await;
        if claim.ticket.job == JobId::from_u128(1) {
            assert_eq!(before, TURNS + 1, "twice the aging, and the turn that they share");
            return;
        }
        assert!(before < 100, "starved");
    }
}

pub(crate) async fn a_normal_priority_gives_way_for_as_many_turns_as_aging_says(engine: &dyn Engine) {
    for aging in [0, 3] {
        let bench = Bench::open_with(engine, |rules| rules.aging = aging).await;
        // Of other tenants each time: an engine that is opened again may know who had their turns.
        let (base, urgent) = (u128::from(aging) * 1_000, format!("urgent-{aging}"));
        send(&bench, "patient", Normal, [base + 1]).await;
        send(&bench, &urgent, High, base + 100..base + 120).await;
        assert_eq!(position(&bench, base + 1).await, u64::from(aging) + 2);
        assert_eq!(claimed_before(&bench, base + 1).await, u64::from(aging) + 1);
        for claim in bench.claim(&worker("ada"), 100).await {
            bench.broker.settle(&claim.attempt).await.expect("settles");
        }
    }
}

pub(crate) async fn by_default_the_urgent_of_one_tenant_go_first_for_fifty_turns(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let aging = u64::from(AGING);
    send(&bench, "patient", Normal, [1]).await;
    send(&bench, "urgent", High, 100..200).await;
    assert_eq!(position(&bench, 1).await, aging + 2);
}

pub(crate) async fn the_urgent_job_that_just_came_is_next_however_much_waits(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    send(&bench, "training", Low, 1..=300).await;
    send(&bench, "class", Normal, 1_001..=1_300).await;
    assert_eq!(bench.claim(&worker("ada"), 200).await.len(), 200);
    send(&bench, "student", High, [5_000]).await;
    assert_eq!(position(&bench, 5_000).await, 1);
    assert_eq!(claimed_before(&bench, 5_000).await, 0);
}

pub(crate) async fn what_comes_back_stands_where_it_stood(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    send(&bench, "a", Normal, 1..=4).await;
    send(&bench, "b", Normal, 11..=14).await;
    let claims = bench.claim(&worker("ada"), 2).await;
    assert_eq!(claimed(&claims), jobs(&[1, 11]));
    for claim in &claims {
        bench.broker.abandon(&claim.attempt, Abandonment::Drained).await.expect("abandons");
    }
    assert_eq!(claimed(&bench.claim(&worker("ada"), 8).await), jobs(&[1, 11, 2, 12, 3, 13, 4, 14]));
}

pub(crate) async fn the_turns_of_cancelled_jobs_are_not_held_against_a_tenant(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    send(&bench, "hasty", Normal, 1..=20).await;
    for job in (1..=20).rev() {
        bench.broker.cancel(JobId::from_u128(job)).await.expect("cancels");
    }
    send(&bench, "other", Normal, 101..=110).await;
    send(&bench, "hasty", Normal, [30]).await;
    assert_eq!(position(&bench, 30).await, 2);
}

pub(crate) async fn turns_survive_reopening(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    send(&bench, "a", Normal, 1..=5).await;
    send(&bench, "b", Normal, 11..=12).await;
    let claim = bench.claim_one().await;
    bench.broker.settle(&claim.attempt).await.expect("settles");
    let bench = bench.reopen(engine).await;
    send(&bench, "c", Normal, [21]).await;
    let claims = bench.claim(&worker("ada"), 10).await;
    assert_eq!(tenants(&claims)[..4].iter().filter(|tenant| **tenant == "c").count(), 1, "{claims:?}");
    assert_eq!(claims.len(), 7);
}
