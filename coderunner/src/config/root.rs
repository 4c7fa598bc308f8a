//! Root of the configuration: settings before the first section of a file, and all sections.
//!
//! What several sections decide together is in files of its own, such as `traffic_limits` and `engines`.

use std::{net::SocketAddr, path::PathBuf};

use ::traffic::Plans;

use super::{
    broker::BrokerConfig,
    choice::Throttle,
    connections::ConnectionsConfig,
    gateway::GatewayConfig,
    grading::{ContentConfig, GradingConfig},
    records::RecordsConfig,
    setting::settings,
    storage::{
        ArtifactsConfig, CompileCacheConfig, LanguagesConfig, LogConfig, ObjectsConfig, ResultsConfig,
        SharesConfig,
    },
    submissions::SubmissionsConfig,
    traffic::{BreakerConfig, TrafficConfig},
    webhooks::WebhooksConfig,
    worker::{PoolsConfig, SandboxConfig, SessionConfig, WorkerConfig},
};
use crate::roles::Roles;

settings! {
    /// Settings before the first section of a file.
    pub(crate) struct Config {
        /// The roles of this process.
        roles: Roles = Roles::default();
        /// The address of the API. With port 0 the system picks a free one.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080));
        /// The address of metrics and health checks. It must not be reachable from outside.
        admin_listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 9090));
        /// The folder of records and queue. It is created if it does not exist.
        data: PathBuf = "data".into();
        /// Whether too many requests, connections or waiting jobs are refused. `off` is for benchmarks and closed networks.
        limits: Throttle = Throttle::On;
        /// Maximum number of waiting jobs; more submissions are refused.
        #[former = "most_waiting"]
        max_waiting: u64 = 5_000, 100..;
        /// Time that a shutdown waits for running programs, in seconds.
        drain_seconds: u64 = 30, ..=86_400;
        /// Origins whose pages may use the API from a browser, such as `https://school.example`; `*` allows all.
        cors_origins: Vec<String> = Vec::new();
        /// Quotas by the names of plans: `submissions`, `reads`, `inputs`, `drafts`, `shares` and `api` of browsers (`device`), of
        /// all browsers behind an address (`network`, with `devices`), of other `anonymous` callers, of accounts (`standard`), of
        /// trusted programs (`service`), and of your own plans. Quotas that a plan omits keep their defaults.
        plans: Plans = Plans::default();
    }
    sections {
        gateway: GatewayConfig,
        connections: ConnectionsConfig,
        broker: BrokerConfig,
        records: RecordsConfig,
        objects: ObjectsConfig,
        traffic: TrafficConfig,
        breaker: BreakerConfig,
        pools: PoolsConfig,
        worker: WorkerConfig,
        sandbox: SandboxConfig,
        session: SessionConfig,
        compile_cache: CompileCacheConfig,
        artifacts: ArtifactsConfig,
        content: ContentConfig,
        grading: GradingConfig,
        results: ResultsConfig,
        shares: SharesConfig,
        submissions: SubmissionsConfig,
        webhooks: WebhooksConfig,
        languages: LanguagesConfig,
        log: LogConfig,
    }
}
