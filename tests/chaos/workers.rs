//! Worker failures: workers with claimed jobs are killed, or frozen for longer than their leases.

use std::time::{Duration, Instant};

use crate::{
    ChaosClients, jobs,
    site::{LEASE_SECONDS, SLOTS, TestCluster},
};

/// Jobs that take long, so many that each of two workers has one of them.
const MANY: usize = SLOTS as usize + 1;
/// Longer than a lease lasts.
const FROZEN: Duration = Duration::from_secs(LEASE_SECONDS + 3);

#[tokio::test]
async fn workers_that_die_or_freeze_lose_nothing() {
    let mut site = TestCluster::start().await;

    let crowd = ChaosClients::new("workers killed", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for (nth, percent) in [10, 25, 40, 55, 70].into_iter().enumerate() {
                crowd.until_ended(percent).await;
                crowd.occupies(MANY).await;
                site.worker(nth).kill().await;
                let over = Instant::now();
                site.worker(nth).relaunch().await;
                crowd.recovers_from(over).await;
            }
        })
        .await;
    let totals = crowd.sums_up("5 kills").await;
    assert!(totals.attempted_again > 0, "nothing ran when workers were killed: {totals:?}");

    let crowd = ChaosClients::new("workers frozen", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for (nth, percent) in [20, 60].into_iter().enumerate() {
                crowd.until_ended(percent).await;
                crowd.occupies(MANY).await;
                site.worker(nth).freeze();
                tokio::time::sleep(FROZEN).await;
                // It continues attempts that other workers hold now.
                site.worker(nth).thaw();
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    let totals = crowd.sums_up("each frozen past its leases").await;
    assert!(totals.attempted_again > 0, "nothing ran when workers were frozen: {totals:?}");
}
