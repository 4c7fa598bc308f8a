//! Services of a process, with the catalogue of problems.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use broker::Broker;
use execution::{AdmissionControl, Execution, ExecutionParts, Shutdown};
use gateway::{Forwarding, OpenApiRouter};
use languages::Fleet;
use model::{Bytes, Catalogue, Limits, Timestamp};
use problems::{LoadedProblems, Problems};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::engine::{Engine, most_waiting};
use crate::{config::Config, roles::Role};

/// Capacity of the queue above the limit of the service, for jobs that are recorded while it fills up.
const HEADROOM: u64 = 100;

/// The interval at which the toolchains of workers are read.
const INTERVAL: Duration = Duration::from_secs(2);

/// The services that run here.
pub(super) struct Services {
    pub(super) execution: Option<Execution>,
    pub(super) problems: Option<Problems>,
    /// The number of rejected problem packages.
    pub(super) unusable: usize,
}

impl Services {
    /// The services of a gateway or a worker: none.
    pub(super) const NONE: Self = Self { execution: None, problems: None, unusable: 0 };

    /// The services of these roles, with the jobs that this engine keeps. Programs may have as much memory.
    pub(super) async fn open(
        config: &Config,
        engine: &Engine,
        fleet: Arc<Fleet>,
        memory: Bytes,
    ) -> anyhow::Result<Self> {
        let has = |role| config.roles.has(role);
        if !has(Role::Execution) && !has(Role::Problems) {
            return Ok(Self::NONE);
        }
        let LoadedProblems { catalogue, rejected: unusable } = load_problems(config, engine).await;
        let catalogue = Arc::new(catalogue);
        let problems = Problems { catalogue: catalogue.clone(), fleet: fleet.clone() };
        let execution = execution(config, engine, fleet, catalogue, memory)?;
        Ok(Self {
            execution: has(Role::Execution).then_some(execution),
            problems: has(Role::Problems).then_some(problems),
            unusable,
        })
    }

    /// The routes of those that run here, and of those elsewhere that a gateway passes requests on to.
    pub(super) fn routes(&self, config: &Config, forwarding: &Forwarding) -> anyhow::Result<OpenApiRouter> {
        let is_gateway = config.roles.has(Role::Gateway);
        let upstreams = |service: &str, servers: &[String]| {
            gateway::Upstreams::new(service, servers, &config.gateway.upstream_settings(), forwarding.clone())
                .with_context(|| format!("gateway.upstreams.{service}"))
        };
        let known = &config.gateway.upstreams;
        let mut router = OpenApiRouter::new();
        if let Some(execution) = &self.execution {
            router = router.merge(execution::router(execution.clone()));
        } else if is_gateway {
            router = router.merge(execution::forwarding_routes(
                &upstreams("execution", &known.execution)?.forwarding_route(),
                &config.submissions.limits(),
            ));
        }
        if let Some(problems) = &self.problems {
            router = router.merge(problems::router(problems.clone()));
        } else if is_gateway {
            router = router.merge(problems::forwarding_routes(
                &upstreams("problems", &known.problems)?.forwarding_route(),
            ));
        }
        Ok(router)
    }
}

fn execution(
    config: &Config,
    engine: &Engine,
    fleet: Arc<Fleet>,
    catalogue: Arc<Catalogue>,
    memory: Bytes,
) -> anyhow::Result<Execution> {
    let usual = execution::Settings::default();
    let settings = execution::Settings {
        limits: Limits { cpus: config.sandbox.cpus, ..usual.limits },
        ceilings: usual.ceilings.with_cpus(config.sandbox.max_cpus),
        max_waiting: most_waiting(config).map_or(u64::MAX, |most| most - HEADROOM),
        pools: config.pools.pools(),
        retention: config.results.retention(),
        attempt_log: config.results.keep_attempts(),
        sessions: config.session.settings(config.sessions()),
        memory,
        runs_per_minute_per_slot: config.runs_per_minute_per_slot(),
        retry_after: Duration::from_secs(config.traffic.retry_after_seconds),
        max_grading: config.grading.max_duration(),
        problem_memory: Bytes::mib(config.grading.max_memory_mib),
        problem_output: Bytes(config.grading.max_output_bytes),
        submissions: config.submissions.limits(),
        shares: config.shares.settings(),
        webhooks: config.webhooks.rules(),
        ..usual
    };
    Ok(Execution::from(ExecutionParts {
        store: engine.store.clone(),
        objects: engine.objects.clone(),
        broker: engine.broker.clone(),
        fleet,
        catalogue,
        settings: Arc::new(settings),
        admission: Arc::new(AdmissionControl::new(config.shedding(), config.capacity_limiter()?)),
        shutdown: Shutdown::default(),
    }))
}

/// Updates the fleet from the workers, in a process without a reconciler.
pub(super) async fn poll_workers(fleet: Arc<Fleet>, broker: Arc<dyn Broker>, until: CancellationToken) {
    let mut turns = interval(INTERVAL);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while until.run_until_cancelled(turns.tick()).await.is_some() {
        match broker.workers().await {
            Ok(workers) => {
                fleet.announce(workers.into_iter().flat_map(|worker| worker.offers), Timestamp::now());
            }
            Err(error) => tracing::warn!(%error, "the queue cannot tell which workers are about"),
        }
    }
}

/// The catalogue of problems; empty without a folder of packages.
async fn load_problems(config: &Config, engine: &Engine) -> LoadedProblems {
    match config.content.place() {
        Some(folder) => {
            problems::load(&folder, &engine.store, &engine.objects, config.content.settings()).await
        }
        None => LoadedProblems::default(),
    }
}
