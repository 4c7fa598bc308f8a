//! Network faults between the servers and the engines: cuts, delays, partitions and lost data.

use std::time::{Duration, Instant};

use testkit::{Direction, FaultProxy};

use crate::{
    Crowd, jobs,
    site::{Network, Site},
};

/// How long a network is bad: longer than anybody waits for an answer.
const BAD: Duration = Duration::from_secs(5);
/// What each piece is held back by, each way.
const SLOW: Duration = Duration::from_millis(20);

impl Network {
    fn both(&mut self) -> [&mut FaultProxy; 2] {
        [&mut self.redis, &mut self.postgres]
    }
}

#[tokio::test]
async fn connections_that_are_cut_or_slow_lose_nothing() {
    let mut site = Site::start_behind_proxies().await;
    let mut network = site.network.take().expect("there is one");

    let crowd = Crowd::new("connections cut", jobs(), &site.entrances());
    crowd
        .works(async {
            for percent in [10, 20, 30, 40, 50, 60, 70] {
                crowd.until_ended(percent).await;
                network.both().into_iter().for_each(|proxy| proxy.cut());
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    crowd.sums_up("all to both engines, 7 times").await;

    let crowd = Crowd::new("network slow", jobs(), &site.entrances());
    crowd
        .works(async {
            crowd.until_ended(10).await;
            network.both().into_iter().for_each(|proxy| proxy.delay(SLOW));
            crowd.until_ended(50).await;
            network.both().into_iter().for_each(FaultProxy::heal);
            crowd.recovers_from(Instant::now()).await;
        })
        .await;
    crowd.sums_up("20 ms more each way").await;
}

/// Makes the network bad in this way, to one engine after the other, and well again.
async fn check(name: &'static str, bad: impl Fn(&FaultProxy)) {
    let mut site = Site::start_behind_proxies().await;
    let mut network = site.network.take().expect("there is one");
    let crowd = Crowd::new(name, jobs(), &site.entrances());
    crowd
        .works(async {
            for (turn, percent) in [10, 30, 50, 70].into_iter().enumerate() {
                crowd.until_ended(percent).await;
                let [redis, postgres] = network.both();
                let proxy = if turn % 2 == 0 { redis } else { postgres };
                bad(proxy);
                tokio::time::sleep(BAD).await;
                proxy.heal();
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    crowd.sums_up("each engine twice, 5 s").await;
}

#[tokio::test]
async fn answers_that_never_arrive_lose_nothing() {
    check("answers swallowed", |proxy| proxy.drop_bytes(Direction::ToClient)).await;
}

#[tokio::test]
async fn a_parted_network_loses_nothing() {
    check("network parted", |proxy| proxy.stall(Direction::Both)).await;
}
