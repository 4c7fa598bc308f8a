//! The services of a process, with the problems that they know.

use std::sync::Arc;

use anyhow::Context;
use execution::{Execution, Leaving};
use gateway::{OpenApiRouter, Passage};
use languages::Fleet;
use model::{Bytes, Catalogue};
use problems::{Loaded, Problems};

use super::engine::{Engine, most_waiting};
use crate::{config::Config, roles::Role};

/// Room in the queue above what the service refuses at: for jobs recorded while it filled up.
const HEADROOM: u64 = 100;

/// Those that run here.
pub(super) struct Services {
    pub(super) execution: Option<Execution>,
    problems: Option<Problems>,
    /// How many problems cannot be used.
    pub(super) unusable: usize,
}

impl Services {
    /// For a process that only passes on or only runs programs.
    pub(super) const NONE: Self = Self { execution: None, problems: None, unusable: 0 };

    /// The services of these roles, with the jobs that this engine keeps. Programs may have as much memory.
    pub(super) async fn open(config: &Config, engine: &Engine, fleet: Arc<Fleet>, memory: Bytes) -> Self {
        let has = |role| config.roles.has(role);
        if !has(Role::Execution) && !has(Role::Problems) {
            return Self::NONE;
        }
        let Loaded { catalogue, unusable } = load_problems(config, engine).await;
        let catalogue = Arc::new(catalogue);
        let problems = Problems { catalogue: catalogue.clone(), fleet: fleet.clone() };
        let execution = execution(config, engine, fleet, catalogue, memory);
        Self {
            execution: has(Role::Execution).then_some(execution),
            problems: has(Role::Problems).then_some(problems),
            unusable,
        }
    }

    /// The routes of those that run here, and of those elsewhere that a gateway passes requests on to.
    pub(super) fn routes(&self, config: &Config, passage: &Passage) -> anyhow::Result<OpenApiRouter> {
        let is_gateway = config.roles.has(Role::Gateway);
        let upstreams = |service: &str, servers: &[String]| {
            gateway::Upstreams::new(service, servers, &config.gateway.upstream_settings(), passage.clone())
                .with_context(|| format!("gateway.upstreams.{service}"))
        };
        let known = &config.gateway.upstreams;
        let mut router = OpenApiRouter::new();
        if let Some(execution) = &self.execution {
            router = router.merge(execution::router(execution.clone()));
        } else if is_gateway {
            router =
                router.merge(execution::forwarded(&upstreams("execution", &known.execution)?.forwarding()));
        }
        if let Some(problems) = &self.problems {
            router = router.merge(problems::router(problems.clone()));
        } else if is_gateway {
            router = router.merge(problems::forwarded(&upstreams("problems", &known.problems)?.forwarding()));
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
) -> Execution {
    let settings = execution::Settings {
        most_waiting: most_waiting(config).map_or(u64::MAX, |most| most - HEADROOM),
        pools: config.pools.pools(),
        retention: config.results.keep(),
        attempt_log: config.results.keep_attempts(),
        sessions: config.session.settings(config.worker.slots),
        memory,
        longest_grading: config.grading.longest(),
        ..execution::Settings::default()
    };
    Execution {
        store: engine.store.clone(),
        objects: engine.objects.clone(),
        broker: engine.broker.clone(),
        fleet,
        catalogue,
        settings: Arc::new(settings),
        leaving: Leaving::default(),
    }
}

/// The problems that can be served; none where there is no folder of them.
async fn load_problems(config: &Config, engine: &Engine) -> Loaded {
    match config.content.place() {
        Some(folder) => {
            problems::load(&folder, &engine.store, &engine.objects, config.content.settings()).await
        }
        None => Loaded::default(),
    }
}
