//! Worker of a server: toolchains, sandboxes, canary and the worker's loop.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use gateway::Readiness;
use host::{Canary, CanaryStatus, IdClaim, PendingPreparations, Pool, PoolBudget};
use languages::Registry;
use model::{Bytes, PoolKind, WorkerName};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;
use worker::{CompileCache, Grader, Runner, TestDataCache, Worker, WorkerParts, WorkerSettings};

use super::{engine::Engine, notes::ReadinessNotes};
use crate::config::{CompileCacheConfig, Config};

/// The first and the longest pause between two attempts to start sandboxes: a failed one may leave a process that cannot be ended.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// This machine, ready to run programs.
pub(super) struct Machine {
    pub(super) languages: Arc<Registry>,
    pub(super) grader: Grader,
    ids: IdClaim,
    pool: Pool,
    preparations: PendingPreparations,
}

impl Machine {
    /// Looks for toolchains, and starts the sandboxes.
    pub(super) async fn prepare(config: &Config) -> anyhow::Result<Self> {
        let host = config.host();
        let languages = Arc::new(host::languages_with_libraries(&host)?);
        let preparations = PendingPreparations::begin(&host, &languages);
        let warm = host::warm_sandboxes(&host, &languages).context("sandbox.warm")?;
        let ids = IdClaim::claim(host.first_id)?;
        let pool = host::start_pool(PoolBudget::for_server(&host, &ids), warm, &languages).await?;
        let runner = Runner::new(pool.clone(), languages.clone())
            .with_artifacts(config.artifacts.limits())
            .with_exclusion(config.grading.exclusion());
        let grader = Grader::new(with_cache(runner, &config.compile_cache))
            .with_validators(config.grading.validators.limits());
        Ok(Self { languages, grader, ids, pool, preparations })
    }

    /// The same; if sandboxes do not start for a temporary reason, tries again until they do, and reports it meanwhile.
    pub(super) async fn prepare_with_retries(
        config: &Config,
        readiness: &watch::Sender<Readiness>,
    ) -> anyhow::Result<Self> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match Self::prepare(config).await {
                Err(error) if host::is_launcher_stuck(error.as_ref()) => error,
                prepared => return prepared,
            };
            tracing::error!(error = format!("{error:#}"), again_in = ?pause, "sandboxes do not start");
            let reason = format!("Sandboxes do not start: {error:#}. They are tried again.");
            readiness.send_replace(Readiness::NotReady { reason });
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// The memory of all its programs together.
    pub(super) fn memory(&self) -> Bytes {
        self.grader.runner().memory()
    }

    /// Its work on the jobs that this engine keeps. Until `stopping` the canary decides on the readiness, with these notes while it
    /// passes.
    pub(super) fn work(
        self,
        config: &Config,
        engine: &Engine,
        (readiness, notes): (watch::Sender<Readiness>, ReadinessNotes),
        stopping: CancellationToken,
    ) -> WorkerTasks {
        let Engine { store, objects, broker, .. } = engine;
        let Self { grader, ids, languages, pool, preparations } = self;
        let runner = grader.runner().clone();
        let max_details = Bytes(config.grading.shown_bytes);
        let settings = WorkerSettings {
            max_details,
            waiting_sessions: runner.waiting_sessions(),
            ..WorkerSettings::new(name(), PoolKind::Container, runner.slots())
        };
        let test_data = TestDataCache::new(objects.clone(), &config.data, config.grading.test_data_cache());
        let (store, objects, broker) = (store.clone(), objects.clone(), broker.clone());
        let worker = Worker::new(WorkerParts { store, objects, broker, grader, test_data }, settings);
        let weaker = notes.limitations.clone();
        let canary = Canary::new(runner, config.worker.canary(), report(readiness, notes, stopping));
        let toolchains = Toolchains {
            settings: config.host(),
            languages,
            pool,
            preparations,
            changed: canary.toolchains_changed(),
        };
        let worker = worker
            .with_claim_state(canary.claim_state())
            .with_toolchain_changes(toolchains.changed.subscribe());
        WorkerTasks { worker, canary, limitations: weaker, toolchains, _ids: ids }
    }
}

/// Publishes each status of the canary as the readiness of the server, until the stop begins: then the stop decides on it.
fn report(
    readiness: watch::Sender<Readiness>,
    notes: ReadinessNotes,
    stopping: CancellationToken,
) -> impl Fn(CanaryStatus) + Send + Sync {
    move |status| {
        readiness.send_if_modified(|readiness| {
            let is_running = !stopping.is_cancelled();
            if is_running {
                *readiness = match status {
                    CanaryStatus::Passing => Readiness::Ready { notes: notes.all() },
                    CanaryStatus::Preparing(reason) | CanaryStatus::Failing(reason) => {
                        Readiness::NotReady { reason }
                    }
                };
            }
            is_running
        });
    }
}

fn with_cache(runner: Runner, config: &CompileCacheConfig) -> Runner {
    if config.bytes == 0 {
        return runner;
    }
    runner.with_compile_cache(CompileCache::new(config.settings()))
}

/// Unique among all workers of a queue; contains the host's name, for operators.
fn name() -> WorkerName {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    WorkerName::new(format!("{host}-{}", uuid::Uuid::now_v7()))
}

/// Toolchains to prepare while programs in other languages run.
struct Toolchains {
    settings: host::Settings,
    languages: Arc<Registry>,
    pool: Pool,
    preparations: PendingPreparations,
    /// Notified after each.
    changed: watch::Sender<()>,
}

impl Toolchains {
    async fn prepare(self) {
        let Self { settings, languages, pool, preparations, changed } = self;
        preparations.make(&settings, &languages, &pool, &changed).await;
    }
}

/// The worker's side of a server.
pub(super) struct WorkerTasks {
    worker: Worker,
    canary: Canary,
    /// Limitations of this machine, logged when the canary first passes.
    limitations: Vec<String>,
    toolchains: Toolchains,
    _ids: IdClaim,
}

impl WorkerTasks {
    /// Runs the canary until it passes, then claims jobs while it keeps passing, until `stop`; then waits for the running attempts,
    /// and abandons them on `requeue`.
    pub(super) async fn run_until(self, stop: CancellationToken, requeue: CancellationToken) {
        let Self { worker, mut canary, limitations: weaker, toolchains, _ids } = self;
        if stop.run_until_cancelled(canary.wait_until_healthy()).await.is_none() {
            return;
        }
        for limitation in weaker {
            tracing::warn!("{limitation}");
        }
        let until_told = stop.clone();
        if !toolchains.preparations.is_empty() {
            let stop = stop.clone();
            tokio::spawn(async move { stop.run_until_cancelled(toolchains.prepare()).await });
        }
        tokio::spawn(async move { stop.run_until_cancelled(canary.run()).await });
        worker.with_requeue_token(requeue).work(until_told).await;
    }
}
