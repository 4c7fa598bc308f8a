//! Server slots: the open requests of each server of a service, and their results.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::uri::Authority;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    load_balancer::{LoadBalancer, ServerState},
    replayable_body::BodyReplay,
};
use crate::Forwarding;

/// The servers of one service, shared by the handles.
pub(super) struct UpstreamsInner {
    /// Name of the service for messages.
    pub(super) service: String,
    pub(super) servers: Vec<Authority>,
    pub(super) load_balancer: Mutex<LoadBalancer>,
    pub(super) client: Client<HttpConnector, BodyReplay>,
    pub(super) answer: Duration,
    pub(super) forwarding: Forwarding,
}

impl UpstreamsInner {
    /// A slot at a server that has not been tried, if there is one.
    pub(super) fn slot(self: &Arc<Self>, tried: &[usize]) -> Option<ServerSlot> {
        let server = self.load_balancer().choose(tried, Instant::now())?;
        Some(ServerSlot { shared: self.clone(), server, _tracked: self.forwarding.track() })
    }

    fn load_balancer(&self) -> MutexGuard<'_, LoadBalancer> {
        // The counts are usable after a panic, too.
        self.load_balancer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's slot at a server, counted until it is dropped.
pub(super) struct ServerSlot {
    pub(super) shared: Arc<UpstreamsInner>,
    pub(super) server: usize,
    _tracked: TaskTrackerToken,
}

impl ServerSlot {
    pub(super) fn address(&self) -> &Authority {
        &self.shared.servers[self.server]
    }

    pub(super) fn record_success(&self) {
        self.shared.load_balancer().record_success(self.server);
    }

    pub(super) fn record_failure(&self) {
        let state = self.shared.load_balancer().record_failure(self.server, Instant::now());
        let (service, server) = (&self.shared.service, self.address());
        metrics::counter!("coderunner_gateway_upstream_failures_total", "service" => service.clone())
            .increment(1);
        if state == ServerState::Excluded {
            tracing::warn!(service, %server, "a server failed again and again, and is left out for a while");
        }
    }
}

impl Drop for ServerSlot {
    fn drop(&mut self) {
        self.shared.load_balancer().request_ended(self.server);
    }
}
