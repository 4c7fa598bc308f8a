//! Application of a listener: startup routes until the server is ready, then the complete router, on the same
//! connections.

use std::sync::{Arc, OnceLock};

use axum::{Router, extract::State, response::Response, routing::get};
use tokio::sync::watch;

use crate::{GatewaySettings, Readiness, health, with_outer_layers};

/// Routes that can be completed while they are served. A handle: clones share the application.
#[derive(Debug, Clone)]
pub struct Application {
    startup: Router,
    complete: Arc<OnceLock<Router>>,
}

impl Application {
    /// An application with these routes until it is completed.
    pub fn with_startup_routes(startup: Router) -> Self {
        Self { startup, complete: Arc::default() }
    }

    /// Uses these routes for all later requests. A second call changes nothing.
    pub fn complete(&self, router: Router) {
        let _already_complete = self.complete.set(router);
    }

    /// The current router.
    pub(crate) fn current(&self) -> Router {
        self.complete.get().unwrap_or(&self.startup).clone()
    }
}

impl From<Router> for Application {
    fn from(router: Router) -> Self {
        let application = Self::with_startup_routes(Router::new());
        application.complete(router);
        application
    }
}

/// Routes during the start: `/health`, `/ready`, and 503 with `Retry-After` for all others.
pub fn startup_routes(settings: &GatewaySettings, readiness: watch::Receiver<Readiness>) -> Router {
    let router = Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .fallback(not_started)
        .with_state(readiness);
    with_outer_layers(router, &utoipa::openapi::OpenApi::default(), settings)
}

/// Response of all routes that are not available yet.
pub(crate) async fn not_started(State(readiness): State<watch::Receiver<Readiness>>) -> Response {
    health::unavailable(match &*readiness.borrow() {
        Readiness::NotReady { reason } => reason.clone(),
        Readiness::Ready { .. } => "The server is starting.".to_owned(),
    })
}
