//! The application of a listener that answers from the first moment on: while the server starts only health, and readiness with
//! the reason why not; everything afterwards. A connection that is opened early stays good.

use std::sync::{Arc, OnceLock};

use axum::{Router, extract::State, response::Response, routing::get};
use tokio::sync::watch;

use crate::{GatewaySettings, Readiness, health, received};

/// Routes that can be completed while they are served. A handle: cloning it is cheap and gives the same application.
#[derive(Debug, Clone)]
pub struct Application {
    early: Router,
    complete: Arc<OnceLock<Router>>,
}

impl Application {
    /// An application that is served with these routes until it is completed.
    pub fn starting(early: Router) -> Self {
        Self { early, complete: Arc::default() }
    }

    /// Serves all requests from now on by these routes. A second call changes nothing.
    pub fn complete(&self, router: Router) {
        let _completed_before = self.complete.set(router);
    }

    /// What answers a request that comes now.
    pub(crate) fn current(&self) -> Router {
        self.complete.get().unwrap_or(&self.early).clone()
    }
}

impl From<Router> for Application {
    fn from(router: Router) -> Self {
        let application = Self::starting(Router::new());
        application.complete(router);
        application
    }
}

/// What the API answers while the server starts: `/health`, `/ready`, and 503 with `Retry-After` for everything else.
pub fn starting(settings: &GatewaySettings, readiness: watch::Receiver<Readiness>) -> Router {
    let router = Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .fallback(not_started)
        .with_state(readiness);
    received(router, &utoipa::openapi::OpenApi::default(), settings)
}

/// The answer to all that needs what is not there yet.
pub(crate) async fn not_started(State(readiness): State<watch::Receiver<Readiness>>) -> Response {
    health::unavailable(match &*readiness.borrow() {
        Readiness::NotReady { reason } => reason.clone(),
        Readiness::Ready { .. } => "The server is starting.".to_owned(),
    })
}
