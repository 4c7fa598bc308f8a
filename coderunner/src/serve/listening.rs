//! The listeners of a server. They open before anything else is done, and answer from then on: a server that takes long to start, or
//! cannot, says so itself.

use std::{io, net::SocketAddr};

use anyhow::Context;
use execution::Execution;
use gateway::{AllowedHosts, Application, PrometheusHandle, Readiness, Router};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::stop::Stop;
use crate::{config::Config, show};

/// A listener that is served.
type Serving = JoinHandle<io::Result<()>>;

/// What listens, and what it serves.
pub(super) struct Listening {
    /// The API; none where nothing is served but what is for operators.
    pub(super) api: Option<Serving>,
    /// What is for operators.
    pub(super) operators: Serving,
    api_application: Application,
    admin_application: Application,
    metrics: PrometheusHandle,
    admin_hosts: AllowedHosts,
}

impl Listening {
    /// Opens the listeners that the configuration asks for, and says where they are.
    pub(super) async fn open(
        config: &Config,
        readiness: &watch::Sender<Readiness>,
        stop: &Stop,
    ) -> anyhow::Result<Self> {
        let metrics = gateway::install_metrics()?;
        let api_connections = config.connection_settings(host::process::max_open_files());
        let admin_hosts = config.hosts_at(config.admin_listen)?;
        let api = if config.roles.serve_http() { Some(bind(config.listen).await?) } else { None };
        let admin = bind(config.admin_listen).await?;
        announce(api.as_ref(), &admin)?;
        let early = gateway::starting(&config.gateway_settings()?, readiness.subscribe());
        let api_application = Application::starting(early);
        let early = gateway::admin_starting(metrics.clone(), readiness.subscribe(), &admin_hosts);
        let admin_application = Application::starting(early);
        let api = api.map(|listener| {
            let served = gateway::serve(listener, api_application.clone(), api_connections, stop.deaf());
            tokio::spawn(served)
        });
        let connections = config.admin_connection_settings();
        let served = gateway::serve(admin, admin_application.clone(), connections, stop.over());
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

/// Says where the server is: to people who started it, and to programs that read the first lines.
fn announce(api: Option<&TcpListener>, admin: &TcpListener) -> anyhow::Result<()> {
    if let Some(api) = api {
        show::print(&format!("Code Runner listens on http://{}\n", api.local_addr()?))?;
    }
    show::print(&format!("Metrics and health for machines: http://{}\n", admin.local_addr()?))
}
