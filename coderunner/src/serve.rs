//! `coderunner serve`: gateway, execution, problems and worker, in one process or each in its own.
//!
//! Parts start in the order of their dependencies, and stop in reverse: no new requests are accepted, running programs end, and waiting
//! jobs stay in the queue. A process without the role worker needs no sandboxes. A process with no other role serves only the routes for
//! operators.

mod device_key;
mod engine;
mod listeners;
mod machine;
mod notes;
mod services;
pub(crate) mod signals;
mod stop;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use execution::Reconciler;
use gateway::{Forwarding, Readiness, Router};
use host::process;
use languages::Fleet;
use model::Bytes;
use tokio::{sync::watch, time::timeout};
use tokio_util::task::TaskTracker;

use self::{
    engine::Engine,
    listeners::Listeners,
    machine::Machine,
    notes::ReadinessNotes,
    services::Services,
    stop::{RunningParts, ServerShutdown},
};
use crate::{
    cli::{self, ServeArgs},
    config::{Config, LoadedConfig, LogFormat},
    log,
    roles::Role,
};

/// The time limit for a scrape of metrics that has begun.
const SCRAPE: Duration = Duration::from_secs(1);

pub(crate) fn command(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    // Before anything is written.
    process::keep_files_private();
    let LoadedConfig { config, warnings, .. } = Config::for_serving(&args.settings)?;
    log::init(&config.log)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let format = config.log.format;
    match serve(config) {
        // A reader of JSON gets an object for this, too.
        Err(error) if format == LogFormat::Json => {
            tracing::error!(error = format!("{error:#}"), "the server cannot go on");
            Ok(ExitCode::from(cli::INTERNAL_ERROR))
        }
        ended => ended.map(|()| ExitCode::SUCCESS),
    }
}

fn serve(config: Config) -> anyhow::Result<()> {
    notes::warn_of_public_listeners(&config);
    process::protect_server().context("the server cannot keep its secrets from other processes")?;
    process::allow_many_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async { Server::start(config).await?.run().await })
}

/// A started server.
struct Server {
    config: Config,
    engine: Option<Engine>,
    services: Services,
    machine: Option<Machine>,
    readiness: watch::Sender<Readiness>,
    stop: ServerShutdown,
    listeners: Listeners,
}

impl Server {
    async fn start(config: Config) -> anyhow::Result<Self> {
        let (readiness, _) = watch::channel(readiness_during("the queue and the records are being opened"));
        let stop = ServerShutdown::new(readiness.clone());
        // Before all that can take long, or never end.
        let listeners = Listeners::open(&config, &readiness, &stop).await?;
        let engine = Engine::open(&config, &readiness).await?;
        readiness.send_replace(readiness_during("toolchains and sandboxes are being prepared"));
        let is_worker = config.roles.has(Role::Worker);
        let machine =
            if is_worker { Some(Machine::prepare_with_retries(&config, &readiness).await?) } else { None };
        readiness.send_replace(readiness_during("problems are being loaded"));
        let services = match &engine {
            Some(engine) => open_services(&config, engine, machine.as_ref()).await?,
            None => Services::NONE,
        };
        Ok(Self { config, engine, services, machine, readiness, stop, listeners })
    }

    /// Serves until a signal stops it.
    async fn run(self) -> anyhow::Result<()> {
        let Self { config, engine, services, machine, readiness, stop, listeners } = self;
        let forwarding = Forwarding::default();
        let background = TaskTracker::new();
        if let (Some(execution), Some(engine)) = (&services.execution, &engine) {
            let reconciler = Reconciler::new(execution.clone());
            if !engine.is_shared() {
                // Before the first claim or submission. With shared engines other processes already claim, so periodic rounds are enough.
                reconciler.rebuild().await;
            }
            background.spawn(reconciler.run(stop.shutdown_finished()));
        } else if let (Some(problems), Some(engine)) = (&services.problems, &engine) {
            let broker = engine.broker.clone();
            background.spawn(services::poll_workers(
                problems.fleet.clone(),
                broker,
                stop.shutdown_finished(),
            ));
        }
        if let (Some(_), Some(engine), Some(settings)) =
            (&services.execution, &engine, config.webhooks.settings()?)
        {
            let sender = webhooks::Sender::new(&settings, Arc::new(webhooks::SystemResolver))
                .context("webhooks cannot be sent")?;
            let deliverer = webhooks::Deliverer::new(engine.store.clone(), sender, settings);
            background.spawn(deliverer.run(stop.shutdown_finished()));
        }
        let app = gateway::close_connections_on(
            application(&config, &services, &forwarding, &readiness)?,
            stop.shutdown_started(),
        );
        listeners.complete(app, services.execution.as_ref(), readiness.subscribe());
        // Only now: when readiness changes, all routes are served.
        let reason = "The first test run has not finished yet.".to_owned();
        readiness.send_replace(Readiness::NotReady { reason });
        let notes: Vec<String> = notes::rejected_problems_note(services.unusable).into_iter().collect();
        let work = if let (Some(machine), Some(engine)) = (machine, &engine) {
            let notes = machine_notes(&config, &machine, notes);
            let work = machine.work(&config, engine, (readiness, notes), stop.shutdown_started());
            Some(tokio::spawn(work.run_until(stop.shutdown_started(), stop.abandon_attempts())))
        } else {
            readiness.send_replace(Readiness::Ready { notes });
            None
        };
        signals::wait_for_stop().await?;
        let Listeners { api, operators, .. } = listeners;
        stop.run(&config, RunningParts { work, api, execution: services.execution, forwarding }).await;
        background.close();
        background.wait().await;
        let _still_scraping = timeout(SCRAPE, operators).await;
        if let Some(engine) = engine {
            engine.close().await;
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// The services of this process. One without sandboxes learns from workers which languages can be run.
async fn open_services(
    config: &Config,
    engine: &Engine,
    machine: Option<&Machine>,
) -> anyhow::Result<Services> {
    let (fleet, memory) = match machine {
        Some(machine) => (Fleet::with_local_toolchains(machine.languages.as_ref().clone()), machine.memory()),
        None => {
            (Fleet::without_local_toolchains(host::language_definitions(&config.host())?), Bytes(u64::MAX))
        }
    };
    Services::open(config, engine, Arc::new(fleet), memory).await
}

/// The application: with the pages and the middleware of a gateway, or without, behind a gateway in another process.
fn application(
    config: &Config,
    services: &Services,
    forwarding: &Forwarding,
    readiness: &watch::Sender<Readiness>,
) -> anyhow::Result<Router> {
    let routes = services.routes(config, forwarding)?;
    let mut settings = config.gateway_settings()?;
    if !config.roles.has(Role::Gateway) {
        return Ok(gateway::router_behind_gateway(routes, &settings, readiness.subscribe()));
    }
    device_key::provide(&mut settings, config)?;
    let site = web::Site::embedded();
    let (api, _) = routes.clone().split_for_parts();
    let routes = routes.merge(web::router(site.clone(), api));
    Ok(web::with_error_pages(gateway::app(routes, &settings, readiness.subscribe()), site))
}

/// The notes of a machine that runs programs.
fn machine_notes(config: &Config, machine: &Machine, more: Vec<String>) -> ReadinessNotes {
    let mut weaker = host::limitations(machine.grader.runner(), &config.host());
    weaker.extend(more);
    ReadinessNotes {
        limitations: weaker,
        consequences: notes::missing_pool_note(&config.pools.pools()).into_iter().collect(),
    }
}

/// The readiness during this step of the start.
fn readiness_during(step: &str) -> Readiness {
    Readiness::NotReady { reason: format!("The server is starting: {step}.") }
}
