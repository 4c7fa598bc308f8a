//! Admin listener: metrics and health for operators, separate from the public listener.

use axum::{Router, http::header, middleware, response::IntoResponse as _, routing::get};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;

use crate::{AllowedHosts, Readiness, allowed_hosts, application::not_started, error_responses, health};

/// Histogram buckets in seconds: from a warm hello-world program to the longest wait.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// Histogram buckets in bytes: from the memory of a shell to that of a whole pool.
const BYTES: [f64; 9] = [4e6, 8e6, 16e6, 32e6, 64e6, 128e6, 256e6, 512e6, 1024e6];

/// Installs the metrics recorder of this process; the handle renders the metrics. Call it once, before any
/// metric is used.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES)?
        .install_recorder()
        .inspect(|_| describe())
}

/// Routes of the admin listener: `/metrics`, `/health`, `/ready`, and those of services for operators. It
/// accepts these host names and all addresses.
pub fn admin(
    metrics: PrometheusHandle,
    readiness: watch::Receiver<Readiness>,
    hosts: &AllowedHosts,
    extra: Router,
) -> Router {
    let router = routes(metrics).fallback(error_responses::not_found).with_state(readiness).merge(extra);
    with_host_check(router, hosts)
}

/// The same during the start; all other routes return 503.
pub fn admin_starting(
    metrics: PrometheusHandle,
    readiness: watch::Receiver<Readiness>,
    hosts: &AllowedHosts,
) -> Router {
    with_host_check(routes(metrics).fallback(not_started).with_state(readiness), hosts)
}

fn with_host_check(router: Router, hosts: &AllowedHosts) -> Router {
    router.layer(middleware::from_fn_with_state(hosts.for_operators(), allowed_hosts::check))
}

fn routes(metrics: PrometheusHandle) -> Router<watch::Receiver<Readiness>> {
    let process = metrics_process::Collector::default();
    process.describe();
    let show = move || {
        let (metrics, process) = (metrics.clone(), process.clone());
        async move {
            process.collect();
            // A scrape drains the histograms' buffers; no other task does.
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
    crate::rate_limit::describe();
    crate::connections::describe();
    traffic::describe();
    describe_histogram!(
        "coderunner_http_request_duration_seconds",
        Unit::Seconds,
        "Time from a request's head to its answer's head, by route; apart where the client asks to wait for a result."
    );
    describe_gauge!("coderunner_http_requests_in_flight", "Requests that are being answered now.");
}
