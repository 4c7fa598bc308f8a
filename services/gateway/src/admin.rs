//! What operators and their machines read, on a listener of its own, never on the public one.

use axum::{Router, http::header, response::IntoResponse as _, routing::get};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;

use crate::{Readiness, application::not_started, errors, health};

/// Upper bounds of the histograms in seconds: from a warm hello world to the longest wait.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// Upper bounds of the histograms in bytes: from what a shell takes to all that a pool may give.
const BYTES: [f64; 9] = [4e6, 8e6, 16e6, 32e6, 64e6, 128e6, 256e6, 512e6, 1024e6];

/// Makes this process collect its metrics; the handle shows them. Once per process, before anything is counted.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES)?
        .install_recorder()
        .inspect(|_| describe())
}

/// The admin listener's routes: `/metrics`, `/health`, `/ready`.
pub fn admin(metrics: PrometheusHandle, readiness: watch::Receiver<Readiness>) -> Router {
    routes(metrics).fallback(errors::nothing_here).with_state(readiness)
}

/// The same while the server starts: what else there will be is answered 503.
pub fn admin_starting(metrics: PrometheusHandle, readiness: watch::Receiver<Readiness>) -> Router {
    routes(metrics).fallback(not_started).with_state(readiness)
}

fn routes(metrics: PrometheusHandle) -> Router<watch::Receiver<Readiness>> {
    let process = metrics_process::Collector::default();
    process.describe();
    let show = move || {
        let (metrics, process) = (metrics.clone(), process.clone());
        async move {
            process.collect();
            // Nobody else drains the histograms' buffers, and a scrape is when they matter.
            metrics.run_upkeep();
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()).into_response()
        }
    };
    Router::new()
        .route("/metrics", get(show))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
}

fn describe() {
    describe_counter!("coderunner_http_requests_total", "Requests answered, by route and status.");
    crate::limits::describe();
    traffic::describe();
    describe_histogram!(
        "coderunner_http_request_duration_seconds",
        Unit::Seconds,
        "Time from a request's head to its answer's head, by route; apart where the client asks to wait for a result."
    );
    describe_gauge!("coderunner_http_requests_in_flight", "Requests that are being answered now.");
}
