//! Listeners of a server: opened before anything else, so that health checks are answered during a long start, and after a failed one.

use std::{io, net::SocketAddr};

use anyhow::Context;
use execution::Execution;
use gateway::{AllowedHosts, Application, PrometheusHandle, Readiness, Router};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::stop::ServerShutdown;
use crate::{config::Config, show};

/// The task that serves a listener.
type ServeTask = JoinHandle<io::Result<()>>;

/// The listeners with their applications.
pub(super) struct Listeners {
    /// The API; `None` in a process that serves only operators.
    pub(super) api: Option<ServeTask>,
    /// Metrics and health.
    pub(super) operators: ServeTask,
    api_application: Application,
    admin_application: Application,
    metrics: PrometheusHandle,
    admin_hosts: AllowedHosts,
}

impl Listeners {
    /// Opens the configured listeners, and prints their addresses.
    pub(super) async fn open(
        config: &Config,
        readiness: &watch::Sender<Readiness>,
        stop: &ServerShutdown,
    ) -> anyhow::Result<Self> {
        let metrics = gateway::install_metrics()?;
        let api_connections = config.connection_settings(host::process::max_open_files());
        let admin_hosts = config.hosts_at(config.admin_listen)?;
        let api = if config.roles.serve_http() { Some(bind(config.listen).await?) } else { None };
        let admin = bind(config.admin_listen).await?;
        announce(api.as_ref(), &admin)?;
        let early = gateway::startup_routes(&config.gateway_settings()?, readiness.subscribe());
        let api_application = Application::with_startup_routes(early);
        let early = gateway::admin_starting(metrics.clone(), readiness.subscribe(), &admin_hosts);
        let admin_application = Application::with_startup_routes(early);
        let api = api.map(|listener| {
            let served =
                gateway::serve(listener, api_application.clone(), api_connections, stop.stop_accepting());
            tokio::spawn(served)
        });
        let connections = config.admin_connection_settings();
        let served = gateway::serve(admin, admin_application.clone(), connections, stop.shutdown_finished());
        let operators = tokio::spawn(served);
        Ok(Self { api, operators, api_application, admin_application, metrics, admin_hosts })
    }

    /// Serves everything from now on.
    pub(super) fn complete(
        &self,
        app: Router,
        execution: Option<&Execution>,
        readiness: watch::Receiver<Readiness>,
    ) {
        let of_services =
            execution.map_or_else(Router::new, |execution| execution::operators(execution.clone()));
        let operators = gateway::admin(self.metrics.clone(), readiness, &self.admin_hosts, of_services);
        self.api_application.complete(app);
        self.admin_application.complete(operators);
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another address with --listen or --admin-listen")
    })
}

/// Prints the addresses of the server, for people and for programs that read the first lines.
fn announce(api: Option<&TcpListener>, admin: &TcpListener) -> anyhow::Result<()> {
    if let Some(api) = api {
        show::print(&format!("Code Runner listens on http://{}\n", api.local_addr()?))?;
    }
    show::print(&format!("Metrics and health for machines: http://{}\n", admin.local_addr()?))
}
