//! `coderunner serve`: gateway, execution and worker in one process.
//!
//! Starts in the order in which parts need each other, and stops in the reverse: nothing new comes in, what runs ends,
//! what waits stays in the queue on disk.

mod canary;
mod log;
mod notes;
pub(crate) mod signals;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use broker::{EmbeddedBroker, EmbeddedSettings};
use execution::{Execution, Reconciler};
use gateway::{GatewaySettings, Readiness};
use languages::Fleet;
use model::{Bytes, PoolKind, WorkerName};
use problems::{Loaded, Problems};
use store::{DataLock, Objects, Store};
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use worker::{CompileCache, CompileCacheSettings, Grader, Parts, Runner, Shelf, Worker, WorkerSettings};

use self::canary::Canary;
use crate::{
    cli::ServeArgs,
    config::{CompileCacheConfig, Config, Throttle},
    files, host, prepared,
};

/// Room in the queue above what the service refuses at: for jobs recorded while it filled up.
const HEADROOM: u64 = 100;

/// How long clients that were sent away may take to read their answers.
const GOODBYE: Duration = Duration::from_secs(2);

pub(crate) fn command(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let config = Config::for_serving(args)?;
    log::init(&config.log)?;
    // Before it hides: who hides may not write its own files in /proc.
    kernel::be_spared_for_memory();
    kernel::hide_from_peers().context("the server cannot keep its secrets from other processes")?;
    // Before there are other threads: what serves many waits for none of their programs.
    kernel::take_short_turns();
    files::allow_many();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async { Server::start(config).await?.run().await })?;
    Ok(ExitCode::SUCCESS)
}

/// A started server.
struct Server {
    config: Config,
    engine: Engine,
    execution: Execution,
    problems: Problems,
    unusable: usize,
    grader: Grader,
    readiness: watch::Sender<Readiness>,
    listener: TcpListener,
    admin: TcpListener,
    metrics: gateway::PrometheusHandle,
}

/// What keeps the jobs. Closed last.
struct Engine {
    store: Store,
    objects: Objects,
    broker: Arc<EmbeddedBroker>,
    _lock: DataLock,
}

impl Engine {
    async fn open(config: &Config) -> anyhow::Result<Self> {
        let lock = DataLock::take(&config.data)?;
        let store = Store::open(&config.data).await?;
        let objects = objects(config)?;
        let settings = EmbeddedSettings { most_waiting: most_waiting(config), ..EmbeddedSettings::default() };
        let broker = EmbeddedBroker::open(&config.data, settings).await?;
        Ok(Self { store, objects, broker: Arc::new(broker), _lock: lock })
    }
}

/// Where files are kept that programs leave behind: beside the records, unless the configuration says otherwise.
fn objects(config: &Config) -> anyhow::Result<Objects> {
    match &config.objects.url {
        Some(url) => Objects::at(url, std::env::vars()).context("objects.url"),
        None => Ok(Objects::in_folder(&config.data.join("objects"))?),
    }
}

fn most_waiting(config: &Config) -> Option<u64> {
    match config.limits {
        Throttle::On => Some(config.most_waiting),
        Throttle::Off => None,
    }
}

impl Server {
    async fn start(config: Config) -> anyhow::Result<Self> {
        let metrics = gateway::install_metrics()?;
        let listener = listen(config.listen).await?;
        let admin = listen(config.admin_listen).await?;
        let engine = Engine::open(&config).await.context("the data folder cannot be used")?;
        let mut languages = host::languages(&config)?;
        prepared::make_what_is_missing(&config, &mut languages).await;
        let languages = Arc::new(languages);
        let warm = host::warm(&config, &languages)?;
        let pool = host::pool(host::Room::of_a_server(&config), warm, &languages).await?;
        let settings = execution::Settings {
            most_waiting: most_waiting(&config).map_or(u64::MAX, |most| most - HEADROOM),
            pools: config.pools.pools(),
            retention: config.results.keep(),
            sessions: config.session.settings(config.worker.slots),
            memory: pool.memory(),
            longest_grading: config.grading.longest(),
            ..execution::Settings::default()
        };
        let fleet = Arc::new(Fleet::of_this_host(languages.as_ref().clone()));
        let loaded = load_problems(&config, &engine).await;
        let catalogue = Arc::new(loaded.catalogue);
        let execution = Execution {
            store: engine.store.clone(),
            objects: engine.objects.clone(),
            broker: engine.broker.clone(),
            fleet: fleet.clone(),
            catalogue: catalogue.clone(),
            settings: Arc::new(settings),
            closing: CancellationToken::new(),
        };
        let reason = "The first test run has not finished yet.".to_owned();
        let (readiness, _) = watch::channel(Readiness::NotReady { reason });
        let problems = Problems { catalogue, fleet };
        let unusable = loaded.unusable;
        let runner = Runner::new(pool, languages).keeping(config.artifacts.limits());
        let grader = Grader::new(with_cache(runner, &config.compile_cache));
        Ok(Self {
            config,
            engine,
            execution,
            problems,
            unusable,
            grader,
            readiness,
            listener,
            admin,
            metrics,
        })
    }

    /// Serves until a signal says stop.
    async fn run(self) -> anyhow::Result<()> {
        let (stop, drained) = (CancellationToken::new(), CancellationToken::new());
        let reconciler = Reconciler::new(self.execution.clone());
        // Before anybody claims or submits.
        reconciler.rebuild().await;
        let tasks = TaskTracker::new();
        tasks.spawn(reconciler.run(drained.clone()));
        let settings =
            GatewaySettings { body: Bytes::mib(4), cors_origins: self.config.cors_origins.clone() };
        let services = execution::router(self.execution.clone()).merge(problems::router(self.problems));
        let app = gateway::app(services, &settings, self.readiness.subscribe());
        let admin = gateway::admin(self.metrics.clone(), self.readiness.subscribe());
        announce(&self.listener, &self.admin)?;
        let api = tokio::spawn(gateway::serve(self.listener, app, stop.clone()));
        let admin = tokio::spawn(gateway::serve(self.admin, admin, drained.clone()));
        let runner = self.grader.runner().clone();
        let mut notes = notes::notes(&runner, &self.execution.settings.pools, &self.config);
        notes.extend(notes::note_on_problems(self.unusable));
        let canary = Canary::new(runner, &self.config.worker, self.readiness.clone(), notes);
        let work = Work {
            config: self.config.clone(),
            grader: self.grader,
            execution: self.execution.clone(),
            canary,
        };
        let work = tokio::spawn(work.until(stop.clone()));

        signals::wait_for_stop().await?;
        tracing::info!("stopping: finishing what runs, keeping what waits");
        // From here on the canary says nothing any more.
        stop.cancel();
        self.readiness
            .send_replace(Readiness::NotReady { reason: "The server is shutting down.".to_owned() });
        let drain = Duration::from_secs(self.config.drain_seconds);
        if timeout(drain, work).await.is_err() {
            tracing::warn!(?drain, "some programs did not end in time; they are run again at the next start");
        }
        self.execution.closing.cancel();
        if timeout(GOODBYE, api).await.is_err() {
            tracing::warn!("some clients did not hang up in time");
        }
        drained.cancel();
        tasks.close();
        tasks.wait().await;
        let _still_scraping = timeout(GOODBYE, admin).await;
        self.engine.broker.close().await;
        self.engine.store.close().await;
        tracing::info!("stopped");
        Ok(())
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

fn with_cache(runner: Runner, config: &CompileCacheConfig) -> Runner {
    if config.bytes == 0 {
        return runner;
    }
    let settings = CompileCacheSettings { total: Bytes(config.bytes), each: Bytes(config.entry_bytes) };
    runner.with_compile_cache(CompileCache::new(settings))
}

/// The worker's side of a server.
struct Work {
    config: Config,
    grader: Grader,
    execution: Execution,
    canary: Canary,
}

impl Work {
    /// Runs the canary until it passes, then claims jobs, for as long as it goes on passing, until told to stop.
    async fn until(self, stop: CancellationToken) {
        let Self { config, grader, execution, mut canary } = self;
        if stop.run_until_cancelled(canary.until_it_passes(&stop)).await.is_none() {
            return;
        }
        let duty = canary.duty();
        let until_told = stop.clone();
        tokio::spawn(async move { stop.run_until_cancelled(canary.go_on(&stop)).await });
        let name = WorkerName::new(format!("local-{}", uuid::Uuid::now_v7()));
        let most_shown = Bytes(config.grading.shown_bytes);
        let slots = grader.runner().slots();
        let settings = WorkerSettings { most_shown, ..WorkerSettings::new(name, PoolKind::Container, slots) };
        let Execution { store, objects, broker, .. } = execution;
        let shelf = Shelf::new(objects.clone(), &config.data, config.grading.shelf());
        let parts = Parts { store, objects, broker, grader, shelf };
        Worker::new(parts, settings).on_duty_when(duty).work(until_told).await;
    }
}

async fn listen(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another address with --listen or --admin-listen")
    })
}

/// Says where the server is: to people who started it, and to programs that read the first line.
fn announce(listener: &TcpListener, admin: &TcpListener) -> anyhow::Result<()> {
    println!("Code Runner listens on http://{}", listener.local_addr()?);
    println!("Metrics and health for machines: http://{}", admin.local_addr()?);
    Ok(())
}
