//! Engine failures: front servers, Redis and PostgreSQL are killed, frozen and disconnected.

use std::time::{Duration, Instant};

use crate::{ChaosClients, jobs, site::TestCluster};

/// Duration of an outage of an engine.
const AWAY: Duration = Duration::from_secs(2);
/// Duration of a stall: longer than every timeout of its clients.
const FROZEN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn services_that_die_lose_nothing() {
    let mut site = TestCluster::start().await;
    let crowd = ChaosClients::new("API killed", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for (nth, percent) in [10, 25, 40, 55, 70].into_iter().enumerate() {
                crowd.until_ended(percent).await;
                site.api(nth).kill().await;
                let over = Instant::now();
                site.api(nth).relaunch().await;
                crowd.recovers_from(over).await;
            }
        })
        .await;
    crowd.sums_up("5 kills, of one of two").await;
}

#[tokio::test]
async fn a_redis_that_dies_or_freezes_loses_nothing() {
    let mut site = TestCluster::start().await;
    let crowd = ChaosClients::new("Redis killed", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for percent in [15, 40, 65] {
                crowd.until_ended(percent).await;
                site.cluster.redis.kill();
                crowd.until_failing().await;
                tokio::time::sleep(AWAY).await;
                site.cluster.redis.restart().await;
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    crowd.sums_up("3 kills, AOF everysec").await;

    let crowd = ChaosClients::new("Redis frozen", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for percent in [20, 60] {
                crowd.until_ended(percent).await;
                site.cluster.redis.freeze();
                tokio::time::sleep(FROZEN).await;
                site.cluster.redis.thaw();
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    crowd.sums_up("2 times 5 s").await;
}

#[tokio::test]
async fn a_postgres_that_dies_or_breaks_off_loses_nothing() {
    let mut site = TestCluster::start().await;
    let crowd = ChaosClients::new("PostgreSQL backends ended", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for percent in [10, 25, 40, 55, 70] {
                crowd.until_ended(percent).await;
                site.cluster.postgres.terminate_backends();
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    crowd.sums_up("all, 5 times").await;

    let crowd = ChaosClients::new("PostgreSQL killed", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for percent in [15, 40, 65] {
                crowd.until_ended(percent).await;
                site.cluster.postgres.kill();
                crowd.until_failing().await;
                tokio::time::sleep(AWAY).await;
                site.cluster.postgres.restart().await;
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    crowd.sums_up("3 kills").await;
}
