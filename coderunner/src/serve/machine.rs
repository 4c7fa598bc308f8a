//! What a process needs that runs programs: toolchains, and sandboxes that are made ahead.

use std::{sync::Arc, time::Duration};

use gateway::Readiness;
use languages::Registry;
use model::{Bytes, LanguageId, PoolKind, WorkerName};
use sandbox::{Pool, SandboxError, ShownFolder};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;
use worker::{CompileCache, CompileCacheSettings, Grader, Parts, Runner, Shelf, Worker, WorkerSettings};

use super::{canary::Canary, engine::Engine};
use crate::{
    config::{CompileCacheConfig, Config},
    host::{self, Ids},
    prepared::{self, Missing},
};

/// Between two tries to start sandboxes, at first and at most: a try that fails may leave a process behind that cannot be ended.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Whether a launcher did not answer, rather than say what is wrong.
fn is_stuck(error: &anyhow::Error) -> bool {
    let is = |error: &SandboxError| matches!(error, SandboxError::LauncherStuck { .. });
    error.chain().filter_map(|cause| cause.downcast_ref()).any(is)
}

/// This machine, ready to run programs.
pub(super) struct Machine {
    pub(super) languages: Arc<Registry>,
    pub(super) grader: Grader,
    ids: Ids,
    pool: Pool,
    /// What toolchains have yet to make.
    missing: Missing,
}

impl Machine {
    /// Looks for toolchains, and starts the sandboxes.
    pub(super) async fn prepare(config: &Config) -> anyhow::Result<Self> {
        let languages = Arc::new(host::languages_and_libraries(config)?);
        let missing = prepared::begin(config, &languages);
        let warm = host::warm(config, &languages)?;
        let ids = Ids::claim(config.sandbox.first_id)?;
        let pool = host::pool(host::Room::of_a_server(config, &ids), warm, &languages).await?;
        let runner = Runner::new(pool.clone(), languages.clone())
            .keeping(config.artifacts.limits())
            .excluding(config.grading.exclusion());
        let grader = Grader::new(with_cache(runner, &config.compile_cache))
            .with_validators(config.grading.validators.limits());
        Ok(Self { languages, grader, ids, pool, missing })
    }

    /// The same; where sandboxes do not start though nothing forbids it, tries again until they do, and says so meanwhile.
    pub(super) async fn prepare_with_retries(
        config: &Config,
        readiness: &watch::Sender<Readiness>,
    ) -> anyhow::Result<Self> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match Self::prepare(config).await {
                Err(error) if is_stuck(&error) => error,
                prepared => return prepared,
            };
            tracing::error!(error = format!("{error:#}"), again_in = ?pause, "sandboxes do not start");
            let reason = format!("Sandboxes do not start: {error:#}. They are tried again.");
            readiness.send_replace(Readiness::NotReady { reason });
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// As much memory as its programs have together.
    pub(super) fn memory(&self) -> Bytes {
        self.grader.runner().memory()
    }

    /// Its work on the jobs that this engine keeps.
    pub(super) fn work(self, config: &Config, engine: &Engine, canary: Canary) -> Work {
        let Engine { store, objects, broker, .. } = engine;
        let Self { grader, ids, languages, pool, missing } = self;
        let most_shown = Bytes(config.grading.shown_bytes);
        let slots = grader.runner().slots();
        let settings =
            WorkerSettings { most_shown, ..WorkerSettings::new(name(), PoolKind::Container, slots) };
        let shelf = Shelf::new(objects.clone(), &config.data, config.grading.shelf());
        let (store, objects, broker) = (store.clone(), objects.clone(), broker.clone());
        let worker = Worker::new(Parts { store, objects, broker, grader, shelf }, settings);
        let toolchains =
            Toolchains { config: config.clone(), languages, pool, missing, changed: canary.preparing() };
        let worker = worker.on_duty_when(canary.duty()).offering_anew_when(toolchains.changed.subscribe());
        Work { worker, canary, toolchains, _ids: ids }
    }
}

fn with_cache(runner: Runner, config: &CompileCacheConfig) -> Runner {
    if config.bytes == 0 {
        return runner;
    }
    let settings = CompileCacheSettings { total: Bytes(config.bytes), each: Bytes(config.entry_bytes) };
    runner.with_compile_cache(CompileCache::new(settings))
}

/// Unique among all that share a queue, and with the host's name, for whoever reads it.
fn name() -> WorkerName {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    WorkerName::new(format!("{host}-{}", uuid::Uuid::now_v7()))
}

/// Toolchains that have something to make once, while programs of others run.
struct Toolchains {
    config: Config,
    languages: Arc<Registry>,
    pool: Pool,
    missing: Missing,
    /// Told after each.
    changed: watch::Sender<()>,
}

impl Toolchains {
    async fn prepare(self) {
        let Self { config, languages, pool, missing, changed } = self;
        let over = |language: &LanguageId, folder: Option<ShownFolder>| {
            let source = folder.as_ref().map(|folder| folder.source.clone());
            // Before any command names it.
            if let Some(folder) = folder {
                pool.show(folder);
            }
            languages.set_prepared(language, source);
            changed.send_replace(());
        };
        missing.make(&config, &languages, over).await;
    }
}

/// The worker's side of a server.
pub(super) struct Work {
    worker: Worker,
    canary: Canary,
    toolchains: Toolchains,
    _ids: Ids,
}

impl Work {
    /// Runs the canary until it passes, then claims jobs, for as long as it goes on passing, until told to stop; then ends what
    /// runs, and gives it back when told that it takes too long.
    pub(super) async fn until(self, stop: CancellationToken, give_back: CancellationToken) {
        let Self { worker, mut canary, toolchains, _ids } = self;
        if stop.run_until_cancelled(canary.until_it_passes(&stop)).await.is_none() {
            return;
        }
        let until_told = stop.clone();
        if !toolchains.missing.is_empty() {
            let stop = stop.clone();
            tokio::spawn(async move { stop.run_until_cancelled(toolchains.prepare()).await });
        }
        tokio::spawn(async move { stop.run_until_cancelled(canary.go_on(&stop)).await });
        worker.giving_back_when(give_back).work(until_told).await;
    }
}
