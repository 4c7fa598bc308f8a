//! Engine failures: front servers, Redis and PostgreSQL are killed, frozen and disconnected.

use std::time::{Duration, Instant};

use crate::{Crowd, jobs, site::Site};

/// How long an engine is away.
const AWAY: Duration = Duration::from_secs(2);
/// How long it is there and says nothing: longer than anybody waits for it.
const FROZEN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn services_that_die_lose_nothing() {
    let mut site = Site::start().await;
    let crowd = Crowd::new("API killed", jobs(), &site.entrances());
    crowd
        .works(async {
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
    let mut site = Site::start().await;
    let crowd = Crowd::new("Redis killed", jobs(), &site.entrances());
    crowd
        .works(async {
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

    let crowd = Crowd::new("Redis frozen", jobs(), &site.entrances());
    crowd
        .works(async {
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
    let mut site = Site::start().await;
    let crowd = Crowd::new("PostgreSQL backends ended", jobs(), &site.entrances());
    crowd
        .works(async {
            for percent in [10, 25, 40, 55, 70] {
                crowd.until_ended(percent).await;
                site.cluster.postgres.terminate_backends();
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    crowd.sums_up("all, 5 times").await;

    let crowd = Crowd::new("PostgreSQL killed", jobs(), &site.entrances());
    crowd
        .works(async {
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
