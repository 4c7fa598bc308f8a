//! Configuration: defaults, a file, the environment and options; each source overrides those before it.
//!
//! Each setting is a record in a section ([`setting`]): its type, default, check and documentation stand in one place. Loading
//! ([`load`]) takes values of all sources ([`sources`]), checks each by its record, and then their combinations.

mod allowed;
mod checks;
mod connections;
mod engines;
mod gateway;
mod grading;
mod kind;
mod load;
mod machine;
mod options;
pub(crate) mod setting;
mod show;
mod sources;
mod storage;
mod submissions;
mod traffic;
mod validators;
mod webhooks;
mod worker;

use std::{net::SocketAddr, path::PathBuf};

use ::traffic::Plans;
use serde::{Deserialize, Serialize};

use self::setting::settings;
pub(crate) use self::{
    connections::ConnectionsConfig,
    engines::{BrokerConfig, Engines, RecordsConfig, SecretUrl, variables},
    gateway::GatewayConfig,
    grading::{ContentConfig, GradingConfig},
    load::{ConfigError, LoadedConfig},
    options::{ConfigArgs, SettingArgs},
    show::{guide, in_force},
    storage::{
        ArtifactsConfig, CompileCacheConfig, LanguagesConfig, LogConfig, ObjectsConfig, ResultsConfig,
    },
    submissions::SubmissionsConfig,
    traffic::{BreakerConfig, TrafficConfig},
    validators::ValidatorsConfig,
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
        /// Quotas by the names of plans: `submissions`, `api` and `reads` of `anonymous` callers, of accounts (`standard`), of
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
        submissions: SubmissionsConfig,
        webhooks: WebhooksConfig,
        languages: LanguagesConfig,
        log: LogConfig,
    }
}

/// Format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// An object a line.
    Json,
}

/// Whether rate limits are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Throttle {
    /// They are.
    On,
    /// They are not.
    Off,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{load::refuse, *};

    #[test]
    fn sessions_leave_half_of_the_slots_to_others_by_default() {
        let most = |text: &str, slots| Config::parse_valid(text).session.settings(slots).max_sessions;
        assert_eq!([1, 2, 7, 8].map(|slots| most("", slots)), [1, 1, 4, 4]);
        assert_eq!(most("[session]\nmax = 9", 2), 9);
        assert_eq!(most("[session]\nmax = 0", 2), 0, "none at all");
    }

    #[test]
    fn the_usual_limits_on_traffic_are_the_documented_ones() {
        let defaults = Config::default();
        let TrafficConfig { shed_low_above, shed_low_until, shed_normal_above, .. } = defaults.traffic;
        assert_eq!((shed_low_above, shed_low_until, shed_normal_above), (1000, 500, 2000));
        assert_eq!((defaults.traffic.runs_per_minute_per_slot, defaults.breaker.failures), (0, 5));
        assert_eq!((defaults.grading.max_seconds, defaults.content.time_limit_ms), (60, 2000));
        assert_eq!((defaults.content.max_tests, defaults.content.suite_bytes), (1000, 16 * 1024 * 1024));
        let plans = setting::find("plans").and_then(|plans| plans.default.clone()).expect("there are some");
        let submissions = plans["standard"]["submissions"].as_str();
        assert_eq!(submissions, Some("burst 10 at 2/s, 10/min, 100/h, 500/day"));
    }

    #[test]
    fn values_without_sense_are_refused_by_name() {
        for text in [
            "sandbox.first_id = 4294967295",
            "sandbox.first_id = 0",
            "sandbox.memory_mib = 31",
            "sandbox.memory_mib = 9223372036854775807",
            "worker.slots = 0",
            "worker.slots = 1001",
            "worker.canary_seconds = 86401",
            "worker.canary_failures = 0",
            "session.max = 9223372036854775807",
            "session.idle_ms = 0",
            "session.wall_ms = 86400001",
            "content.max_tests = 0",
            "content.max_tests = 100001",
            "content.suite_bytes = 1073741825",
            "content.time_limit_ms = 0",
            "grading.max_seconds = 0",
            "grading.shown_bytes = 268435457",
            "artifacts.max_files = 1001",
            "artifacts.max_bytes = 1073741825",
            "results.keep_days = 0",
            "max_waiting = 99",
        ] {
            let (name, _) = text.split_once(" = ").expect("a setting");
            refuse(text, &format!("c.toml, line 1: {name} must be a whole number "));
        }
    }

    #[test]
    fn whatever_a_configuration_says_can_be_done_or_is_refused() {
        fuzzkit::try_corpus_and_mutations("configuration", |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            let Ok(config) = Config::of_text(text) else { return };
            assert!(config.session.settings(1000).max_sessions <= tokio::sync::Semaphore::MAX_PERMITS);
            assert!(config.session.wall() < Duration::from_hours(25));
            let first_id = config.sandbox.first_id;
            assert!(host::first_id_beside_server(first_id) > first_id);
            assert!(host::first_id_of_many_slots(first_id) > host::first_id_beside_server(first_id));
            let _no_overflow = (config.results.retention(), host::MemoryBudget::of_this_host(&config.host()));
        });
    }
}
