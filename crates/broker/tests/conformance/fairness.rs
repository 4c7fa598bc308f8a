//! Fairness between tenants and priorities.

use broker::{AGING, AbandonReason, Claim};
use model::{
    JobId, LanguageId,
    Priority::{self, High, Low, Normal},
    Tenant,
};

use super::{Engine, Harness, job_ids, jobs, worker};

/// Enqueues these jobs of a tenant, one after the other.
async fn send(harness: &Harness, tenant: &str, priority: Priority, jobs: impl IntoIterator<Item = u128>) {
    for job in jobs {
        let mut ticket = harness.ticket(job);
        (ticket.tenant, ticket.priority) = (Tenant::new(tenant), priority);
        harness.enqueue(ticket).await;
    }
}

async fn position(harness: &Harness, job: u128) -> u64 {
    harness.broker.position(JobId::from_u128(job)).await.expect("asks").expect("it waits")
}

/// Claims and settles tickets until this one is claimed. Returns the number before it.
async fn claimed_before(harness: &Harness, job: u128) -> u64 {
    for before in 0.. {
        let claim = harness.claim_one().await;
        harness.broker.settle(&claim.attempt).await.expect("settles");
        if claim.ticket.job == JobId::from_u128(job) {
            return before;
        }
    }
    unreachable!("there is an end to all tickets")
}

fn tenants(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.ticket.tenant.as_str()).collect()
}

pub(crate) async fn ten_thousand_jobs_of_one_tenant_hardly_delay_a_single_job_of_another(
    engine: &dyn Engine,
) {
    let harness = Harness::open_with(engine, |settings| settings.max_waiting = None).await;
    send(&harness, "rush", Normal, 1..=10_000).await;
    for _ in 0..20 {
        assert_eq!(harness.claim(&worker("ada"), 100).await.len(), 100);
    }
    send(&harness, "single", Normal, [20_000]).await;
    assert!(position(&harness, 20_000).await <= 3);
    assert!(claimed_before(&harness, 20_000).await <= 2);
}

pub(crate) async fn tenants_take_turns_independent_of_their_load(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    send(&harness, "a", Normal, 1..=6).await;
    send(&harness, "b", Normal, 11..=13).await;
    send(&harness, "c", Normal, [21]).await;
    let claims = harness.claim(&worker("ada"), 20).await;
    assert_eq!(tenants(&claims), ["a", "b", "c", "a", "b", "a", "b", "a", "a", "a"]);
}

pub(crate) async fn tenants_take_turns_across_languages(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    send(&harness, "rush", Normal, 1..=50).await;
    let mut ruby = harness.ticket(60);
    (ruby.tenant, ruby.language) = (Tenant::new("single"), LanguageId::new("ruby"));
    harness.enqueue(ruby).await;
    assert_eq!(position(&harness, 60).await, 2);
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 3).await), jobs(&[1, 60, 2]));
}

pub(crate) async fn a_tenant_served_while_alone_is_not_penalized_later(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    send(&harness, "early", Normal, 1..=40).await;
    assert_eq!(harness.claim(&worker("ada"), 20).await.len(), 20);
    send(&harness, "late", Normal, 101..=120).await;
    let claims = harness.claim(&worker("ada"), 20).await;
    let early = tenants(&claims).iter().filter(|tenant| **tenant == "early").count();
    assert!((9..=11).contains(&early), "{early} of 20");
}

pub(crate) async fn tickets_without_a_matching_worker_cost_no_turns(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for job in 1..=30 {
        let mut go = harness.ticket(job);
        go.language = LanguageId::new("go");
        harness.enqueue(go).await;
    }
    send(&harness, "other", Normal, 101..=105).await;
    harness.enqueue_all([200]).await;
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 2).await), jobs(&[101, 200]));
}

pub(crate) async fn a_low_priority_is_never_starved(engine: &dyn Engine) {
    const TURNS: u128 = 8;
    let harness = Harness::open_with(engine, |settings| settings.aging = 4).await;
    send(&harness, "patient", Low, [1]).await;
    // High-priority jobs are enqueued faster than they are claimed.
    send(&harness, "urgent", High, 1_000..1_010).await;
    for before in 0.. {
        send(&harness, "urgent", High, [2_000 + 2 * before, 2_001 + 2 * before]).await;
        let claim = harness.claim_one().await;
        if claim.ticket.job == JobId::from_u128(1) {
            assert_eq!(before, TURNS + 1, "twice the aging, and the turn that they share");
            return;
        }
        assert!(before < 100, "starved");
    }
}

pub(crate) async fn normal_priority_yields_for_the_number_of_turns_set_by_aging(engine: &dyn Engine) {
    for aging in [0, 3] {
        let harness = Harness::open_with(engine, |settings| settings.aging = aging).await;
        // New tenants in each round: a reopened engine may know the turns of the old ones.
        let (base, urgent) = (u128::from(aging) * 1_000, format!("urgent-{aging}"));
        send(&harness, "patient", Normal, [base + 1]).await;
        send(&harness, &urgent, High, base + 100..base + 120).await;
        assert_eq!(position(&harness, base + 1).await, u64::from(aging) + 2);
        assert_eq!(claimed_before(&harness, base + 1).await, u64::from(aging) + 1);
        for claim in harness.claim(&worker("ada"), 100).await {
            harness.broker.settle(&claim.attempt).await.expect("settles");
        }
    }
}

pub(crate) async fn high_priority_goes_first_for_fifty_turns_by_default(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let aging = u64::from(AGING);
    send(&harness, "patient", Normal, [1]).await;
    send(&harness, "urgent", High, 100..200).await;
    assert_eq!(position(&harness, 1).await, aging + 2);
}

pub(crate) async fn a_new_high_priority_job_is_next_independent_of_load(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    send(&harness, "training", Low, 1..=300).await;
    send(&harness, "class", Normal, 1_001..=1_300).await;
    assert_eq!(harness.claim(&worker("ada"), 200).await.len(), 200);
    send(&harness, "student", High, [5_000]).await;
    assert_eq!(position(&harness, 5_000).await, 1);
    assert_eq!(claimed_before(&harness, 5_000).await, 0);
}

pub(crate) async fn a_requeued_ticket_keeps_its_position(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    send(&harness, "a", Normal, 1..=4).await;
    send(&harness, "b", Normal, 11..=14).await;
    let claims = harness.claim(&worker("ada"), 2).await;
    assert_eq!(job_ids(&claims), jobs(&[1, 11]));
    for claim in &claims {
        harness.broker.abandon(&claim.attempt, AbandonReason::Drained).await.expect("abandons");
    }
    assert_eq!(job_ids(&harness.claim(&worker("ada"), 8).await), jobs(&[1, 11, 2, 12, 3, 13, 4, 14]));
}

pub(crate) async fn cancelled_jobs_cost_a_tenant_no_turns(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    send(&harness, "hasty", Normal, 1..=20).await;
    for job in (1..=20).rev() {
        harness.broker.cancel(JobId::from_u128(job)).await.expect("cancels");
    }
    send(&harness, "other", Normal, 101..=110).await;
    send(&harness, "hasty", Normal, [30]).await;
    assert_eq!(position(&harness, 30).await, 2);
}

pub(crate) async fn turns_survive_reopening(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    send(&harness, "a", Normal, 1..=5).await;
    send(&harness, "b", Normal, 11..=12).await;
    let claim = harness.claim_one().await;
    harness.broker.settle(&claim.attempt).await.expect("settles");
    let harness = harness.reopen(engine).await;
    send(&harness, "c", Normal, [21]).await;
    let claims = harness.claim(&worker("ada"), 10).await;
    assert_eq!(tenants(&claims)[..4].iter().filter(|tenant| **tenant == "c").count(), 1, "{claims:?}");
    assert_eq!(claims.len(), 7);
}
