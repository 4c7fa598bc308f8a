//! Network faults between the servers and the engines: cuts, delays, partitions and lost data.

use std::time::{Duration, Instant};

use testkit::{Direction, FaultProxy};

use crate::{
    ChaosClients, jobs,
    site::{Network, TestCluster},
};

/// Duration of a network fault: longer than every timeout of a request.
const BAD: Duration = Duration::from_secs(5);
/// Delay of each piece, in each direction.
const SLOW: Duration = Duration::from_millis(20);

impl Network {
    fn proxies(&mut self) -> [&mut FaultProxy; 2] {
        [&mut self.redis, &mut self.postgres]
    }
}

#[tokio::test]
async fn connections_that_are_cut_or_slow_lose_nothing() {
    let mut site = TestCluster::start_behind_proxies().await;
    let mut network = site.network.take().expect("there is one");

    let crowd = ChaosClients::new("connections cut", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for percent in [10, 20, 30, 40, 50, 60, 70] {
                crowd.until_ended(percent).await;
                network.proxies().into_iter().for_each(|proxy| proxy.cut());
                crowd.recovers_from(Instant::now()).await;
            }
        })
        .await;
    crowd.sums_up("all to both engines, 7 times").await;

    let crowd = ChaosClients::new("network slow", jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            crowd.until_ended(10).await;
            network.proxies().into_iter().for_each(|proxy| proxy.delay(SLOW));
            crowd.until_ended(50).await;
            network.proxies().into_iter().for_each(FaultProxy::heal);
            crowd.recovers_from(Instant::now()).await;
        })
        .await;
    crowd.sums_up("20 ms more each way").await;
}

/// Makes the network bad in this way, to one engine after the other, and well again.
async fn check(name: &'static str, bad: impl Fn(&FaultProxy)) {
    let mut site = TestCluster::start_behind_proxies().await;
    let mut network = site.network.take().expect("there is one");
    let crowd = ChaosClients::new(name, jobs(), &site.gateway_addresses());
    crowd
        .run_during(async {
            for (turn, percent) in [10, 30, 50, 70].into_iter().enumerate() {
                crowd.until_ended(percent).await;
                let [redis, postgres] = network.proxies();
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
