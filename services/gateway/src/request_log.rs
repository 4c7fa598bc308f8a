//! Request log, the outermost layer: request id, host check, limit per proxied client, log line, metrics, and
//! error conversion.
//!
//! Bodies and queries are never logged: they may contain code and secrets.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use metrics::Gauge;
use model::{JobId, RequestId};
use tracing::{Instrument as _, info_span};
use wire::ProblemDetails;

use crate::{
    AllowedHosts,
    connections::{ClientSlot, Connection, SlotBody, limit_problem},
    error_responses,
    openapi::RouteMethods,
};

/// The request id's header.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// State of the outermost layer.
#[derive(Clone)]
pub(crate) struct RequestLog {
    /// The methods of each route.
    pub(crate) methods: RouteMethods,
    /// The accepted hosts.
    pub(crate) hosts: AllowedHosts,
}

/// The outermost middleware.
pub(crate) async fn log_request(
    State(RequestLog { methods, hosts }): State<RequestLog>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let _in_flight = InFlight::start();
    let waits = long_poll_label(request.uri().query());
    let (id, header) = request_id(&request);
    let method = request.method().clone();
    let path = model::escape_invisible(request.uri().path()).into_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    request.extensions_mut().insert(id.clone());

    let span = info_span!("request", id = %id);
    let response = match admit(&hosts, &mut request) {
        Ok(None) => next.run(request).instrument(span).await,
        Ok(Some(admitted)) => admitted.hold_until_end(next.run(request).instrument(span).await),
        Err(problem) => problem.into_response(),
    };
    let method_not_allowed = || error_responses::method_not_allowed(&method, methods.of(route));
    let mut response = error_responses::complete(response, method_not_allowed, &id).await;
    response.headers_mut().insert(REQUEST_ID, header);

    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    count_request(&method, route, status);
    record_duration(&method, route, waits, elapsed);
    let ms = (elapsed.as_secs_f64() * 1e4).round() / 10.0;
    if matches!(route, "/health" | "/ready") {
        tracing::debug!(%method, path, status, ms, request_id = %id, "answered");
    } else {
        tracing::info!(%method, path, status, ms, request_id = %id, "answered");
    }
    response
}

/// A request through a trusted proxy, which uses a slot of its client.
struct ProxiedRequest {
    connection: Arc<Connection>,
    slot: ClientSlot,
}

impl ProxiedRequest {
    /// Keeps the client's slot until the response ends; an upgraded connection keeps it.
    fn hold_until_end(self, response: Response) -> Response {
        let Self { connection, slot } = self;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            connection.hold_slot(Some(slot));
            return response;
        }
        response.map(|body| SlotBody::body(body, slot))
    }
}

/// Rejects requests with another host, or above the limit of a proxied client.
fn admit(hosts: &AllowedHosts, request: &mut Request) -> Result<Option<ProxiedRequest>, Box<ProblemDetails>> {
    hosts.check(request)?;
    let Some(connection) = request.extensions_mut().remove::<Arc<Connection>>() else { return Ok(None) };
    let client = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // With a port, it is the proxy's own address.
    let Some(ConnectInfo(client)) = client.filter(|client| client.0.port() == 0) else { return Ok(None) };
    let slot = connection.admit_client(client.ip()).map_err(|full| Box::new(limit_problem(full)))?;
    Ok(slot.map(|slot| ProxiedRequest { connection, slot }))
}

/// The client's request id if it is valid, or a new one.
pub(crate) fn request_id(request: &Request) -> (RequestId, HeaderValue) {
    let sent = request.headers().get(REQUEST_ID);
    if let Some(header) = sent
        && let Ok(text) = header.to_str()
        && is_valid_id(text)
    {
        return (RequestId::new(text), header.clone());
    }
    // The same kind as job ids: unique, and sorted by time.
    let made = JobId::generate().to_string();
    let header = HeaderValue::from_str(&made).expect("a UUID is visible ASCII");
    (RequestId::new(made), header)
}

/// Ids appear in logs and error messages, so they must not contain other characters.
fn is_valid_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// A request in flight, counted until it is dropped; a disconnected client drops it, too.
struct InFlight(Gauge);

impl InFlight {
    fn start() -> Self {
        let gauge = metrics::gauge!("coderunner_http_requests_in_flight");
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Metric label for requests that wait for a result, whose duration says nothing about the server.
fn long_poll_label(query: Option<&str>) -> &'static str {
    let mut asked = query.unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("wait="));
    if asked.any(|seconds| !seconds.is_empty() && seconds != "0") { "yes" } else { "no" }
}

fn count_request(method: &Method, route: &str, status: u16) {
    let labels =
        [("method", method_label(method)), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("coderunner_http_requests_total", &labels).increment(1);
}

fn record_duration(method: &Method, route: &str, waits: &str, elapsed: Duration) {
    let labels = [("method", method_label(method)), ("route", route.to_owned()), ("waits", waits.to_owned())];
    metrics::histogram!("coderunner_http_request_duration_seconds", &labels).record(elapsed.as_secs_f64());
}

/// Metric label of a method. Clients can invent methods, and a label must have few values.
fn method_label(method: &Method) -> String {
    let name = match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_positive_wait_parameter_is_a_long_poll() {
        for (query, waits) in [
            (None, "no"),
            (Some(""), "no"),
            (Some("wait=0"), "no"),
            (Some("wait="), "no"),
            (Some("wait=5"), "yes"),
            (Some("a=b&wait=60"), "yes"),
            (Some("await=5"), "no"),
        ] {
            assert_eq!(long_poll_label(query), waits, "{query:?}");
        }
    }

    #[test]
    fn a_request_id_is_valid_without_special_characters() {
        let longest = "x".repeat(128);
        let too_long = "x".repeat(129);
        for (id, sane) in [
            ("a", true),
            ("0192d3a4-5b6c_7.Z", true),
            (&longest, true),
            (&too_long, false),
            ("", false),
            ("two words", false),
            ("a\"b", false),
            ("a=b", false),
            ("a/b", false),
            ("ü", false),
        ] {
            assert_eq!(is_valid_id(id), sane, "{id}");
        }
    }
}
