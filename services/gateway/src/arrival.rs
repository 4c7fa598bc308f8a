//! What happens to every request: it gets an id, is refused where it names another host or its client has too many open, is logged in
//! one line and counted, and its error, if it ends in one, is made a problem that carries the id.
//!
//! Bodies and queries are never logged: they may hold code and secrets.

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
    Hosts,
    connections::{ClientPlace, Connection, Placed, problem},
    document::Methods,
    errors,
};

/// The header of the request's id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the outermost middleware looks at.
#[derive(Clone)]
pub(crate) struct Arrival {
    /// The methods that each route takes.
    pub(crate) methods: Methods,
    /// The names that the listener answers to.
    pub(crate) hosts: Hosts,
}

/// The outermost middleware.
pub(crate) async fn receive(
    State(Arrival { methods, hosts }): State<Arrival>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let _in_flight = InFlight::one();
    let waits = waits(request.uri().query());
    let (id, header) = identify(&request);
    let method = request.method().clone();
    let path = model::escape_invisible(request.uri().path()).into_owned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    request.extensions_mut().insert(id.clone());

    let span = info_span!("request", id = %id);
    let response = match admit(&hosts, &mut request) {
        Ok(None) => next.run(request).instrument(span).await,
        Ok(Some(admitted)) => admitted.until_over(next.run(request).instrument(span).await),
        Err(problem) => problem.into_response(),
    };
    let wrong_method = || errors::wrong_method(&method, methods.on(route));
    let mut response = errors::completed(response, wrong_method, &id).await;
    response.headers_mut().insert(REQUEST_ID, header);

    let status = response.status().as_u16();
    let took = began.elapsed();
    count(&method, route, status);
    time(&method, route, waits, took);
    let ms = (took.as_secs_f64() * 1e4).round() / 10.0;
    if matches!(route, "/health" | "/ready") {
        tracing::debug!(%method, path, status, ms, request_id = %id, "answered");
    } else {
        tracing::info!(%method, path, status, ms, request_id = %id, "answered");
    }
    response
}

/// A request through a trusted proxy, which counts as a connection of its client's.
struct Admitted {
    connection: Arc<Connection>,
    place: ClientPlace,
}

impl Admitted {
    /// The answer, with which the client's place is given back; one that changes the protocol holds it with the connection.
    fn until_over(self, response: Response) -> Response {
        let Self { connection, place } = self;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            connection.hold(Some(place));
            return response;
        }
        response.map(|body| Placed::body(body, place))
    }
}

/// Refuses what names another host, and what is one too many of a client behind a proxy.
fn admit(hosts: &Hosts, request: &mut Request) -> Result<Option<Admitted>, Box<ProblemDetails>> {
    hosts.check(request)?;
    let Some(connection) = request.extensions_mut().remove::<Arc<Connection>>() else { return Ok(None) };
    let client = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // With a port it is the proxy's own address.
    let Some(ConnectInfo(client)) = client.filter(|client| client.0.port() == 0) else { return Ok(None) };
    let place = connection.admit_client(client.ip()).map_err(|full| Box::new(problem(full)))?;
    Ok(place.map(|place| Admitted { connection, place }))
}

/// The id that the client sent, if it is a sane one, else a new one.
pub(crate) fn identify(request: &Request) -> (RequestId, HeaderValue) {
    let sent = request.headers().get(REQUEST_ID);
    if let Some(header) = sent
        && let Ok(text) = header.to_str()
        && is_sane(text)
    {
        return (RequestId::new(text), header.clone());
    }
    // An id of the same kind as a job's: unique, and sorted by time.
    let made = JobId::generate().to_string();
    let header = HeaderValue::from_str(&made).expect("a UUID is visible ASCII");
    (RequestId::new(made), header)
}

/// Ids go into logs and error messages, so they must not be able to look like anything else there.
fn is_sane(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// A request that is being answered, for as long as this lives: a client that hangs up ends it, too.
struct InFlight(Gauge);

impl InFlight {
    fn one() -> Self {
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

/// Whether the answer may be held back until something has ended, so that its time says nothing about us; as a label.
fn waits(query: Option<&str>) -> &'static str {
    let mut asked = query.unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("wait="));
    if asked.any(|seconds| !seconds.is_empty() && seconds != "0") { "yes" } else { "no" }
}

fn count(method: &Method, route: &str, status: u16) {
    let labels = [("method", name(method)), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("coderunner_http_requests_total", &labels).increment(1);
}

fn time(method: &Method, route: &str, waits: &str, took: Duration) {
    let labels = [("method", name(method)), ("route", route.to_owned()), ("waits", waits.to_owned())];
    metrics::histogram!("coderunner_http_request_duration_seconds", &labels).record(took.as_secs_f64());
}

/// The method, for a label. Clients can make methods up, and a label must not have endlessly many values.
fn name(method: &Method) -> String {
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
    fn only_who_asks_for_seconds_asks_to_wait() {
        for (query, waits) in [
            (None, "no"),
            (Some(""), "no"),
            (Some("wait=0"), "no"),
            (Some("wait="), "no"),
            (Some("wait=5"), "yes"),
            (Some("a=b&wait=60"), "yes"),
            (Some("await=5"), "no"),
        ] {
            assert_eq!(super::waits(query), waits, "{query:?}");
        }
    }

    #[test]
    fn an_id_is_sane_when_it_can_be_nothing_but_an_id() {
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
            assert_eq!(is_sane(id), sane, "{id}");
        }
    }
}
