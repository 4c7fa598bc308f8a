//! Site: two front servers and two workers on one Redis and one PostgreSQL.

use testkit::{Cluster, FaultProxy, Server, Setup};

use crate::setup;

/// Each process's roles.
const ROLES: [&str; 4] = ["gateway,execution,problems", "gateway,execution,problems", "worker", "worker"];
/// Number of slots per worker.
pub(crate) const SLOTS: u32 = 2;
/// Duration of a lease without renewal: short, so that jobs of a lost worker are requeued soon.
pub(crate) const LEASE_SECONDS: u64 = 6;

/// The processes, and the network between them and the engines, if something can happen to that.
pub(crate) struct TestCluster {
    pub(crate) cluster: Cluster,
    pub(crate) network: Option<Network>,
}

/// Proxies between the processes and the engines.
pub(crate) struct Network {
    pub(crate) redis: FaultProxy,
    pub(crate) postgres: FaultProxy,
}

impl TestCluster {
    /// Starts it, on a network on which nothing happens.
    pub(crate) async fn start() -> Self {
        Self { cluster: Cluster::start_as(&process(), &ROLES).await, network: None }
    }

    /// Starts it with proxies before both engines.
    pub(crate) async fn start_behind_proxies() -> Self {
        let mut cluster = Cluster::engines().await;
        let proxy = |port| FaultProxy::in_front_of(([127, 0, 0, 1], port).into());
        let network =
            Network { redis: proxy(cluster.redis.port()), postgres: proxy(cluster.postgres.port()) };
        let (from, to) = (cluster.postgres.port(), network.postgres.port());
        let urls = [
            ("CODERUNNER_BROKER__URL", format!("redis://{}", network.redis.address())),
            (
                "CODERUNNER_RECORDS__URL",
                cluster.postgres.url().replace(&format!(":{from}/"), &format!(":{to}/")),
            ),
        ];
        let starting = ROLES.map(|roles| {
            let mut setup = cluster.process(process(), roles);
            setup.env.extend(urls.clone());
            setup.start()
        });
        cluster.servers = futures_util::future::join_all(starting).await;
        Self { cluster, network: Some(network) }
    }

    /// Where submissions are taken.
    pub(crate) fn gateway_addresses(&self) -> Vec<String> {
        self.cluster.servers[..2].iter().map(|server| server.client().base().to_owned()).collect()
    }

    /// One of the processes that take submissions.
    pub(crate) fn api(&mut self, nth: usize) -> &mut Server {
        &mut self.cluster.servers[nth % 2]
    }

    /// One of the processes that run jobs.
    pub(crate) fn worker(&mut self, nth: usize) -> &mut Server {
        &mut self.cluster.servers[2 + nth % 2]
    }
}

fn process() -> Setup {
    let mut setup = Setup { slots: SLOTS, prestarted: vec![("any", SLOTS as usize)], ..setup() };
    setup.env.push(("CODERUNNER_BROKER__LEASE_SECONDS", LEASE_SECONDS.to_string()));
    setup
}
