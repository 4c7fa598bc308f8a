//! Layer errors: the errors that layers may return instead of a route, added to the description of every route
//! behind them. A route describes only its own responses.
//!
//! System tests find missing entries: they look up every response that they receive.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use wire::{PROBLEM_JSON, ProblemType};

use crate::authorization::MONITOR_PATHS;

/// The routes behind a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Routes {
    /// All of them.
    All,
    /// All except those of monitors.
    ExceptMonitors,
    /// Those with a request body.
    WithBody,
    /// Those of services, which may be upstream.
    Services,
}

/// Errors of layers, the outermost layer first.
pub(crate) const LAYER_ERRORS: [(Routes, ProblemType); 15] = [
    // Connections: `connections`.
    (Routes::All, ProblemType::TooManyConnections),
    (Routes::All, ProblemType::LimitExceeded),
    (Routes::WithBody, ProblemType::BodyTooSlow),
    (Routes::WithBody, ProblemType::MalformedBody),
    // The `Host` header: `allowed_hosts`.
    (Routes::All, ProblemType::BadParameter),
    (Routes::All, ProblemType::HostNotAllowed),
    // Start and shutdown: `application`.
    (Routes::All, ProblemType::NotReady),
    // The rate limit (`rate_limit`) has the same error as connections. Other sites: `websocket_origin`.
    (Routes::All, ProblemType::OriginNotAllowed),
    // Credentials: `authorization`.
    (Routes::ExceptMonitors, ProblemType::NotSignedIn),
    // Bodies, compression and panics: `body_limit`, `compression`, `error_responses`.
    (Routes::WithBody, ProblemType::UnsupportedEncoding),
    (Routes::All, ProblemType::BodyTooLarge),
    (Routes::All, ProblemType::Internal),
    // Upstream services: `upstreams`.
    (Routes::Services, ProblemType::UpstreamUnreachable),
    (Routes::Services, ProblemType::UpstreamDisconnected),
    (Routes::Services, ProblemType::UpstreamTooSlow),
];

/// Responses to unreadable request heads, before any layer: without body and request id.
const UNREADABLE: [(StatusCode, &str); 2] = [
    (StatusCode::URI_TOO_LONG, "The address is too long."),
    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too many or too large."),
];

/// Adds the errors of layers to each operation, and the headers that layers add to all responses.
pub(super) fn add(api: &mut Value) {
    let mut shared = Map::new();
    for (path, operation) in operations(api) {
        let body =
            if operation["requestBody"].is_object() { RequestBody::Present } else { RequestBody::Absent };
        let by_layers = errors_of(path, body);
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        for (status, response) in responses.iter_mut() {
            add_headers(response, status);
        }
        for (status, kinds) in by_layers {
            if let Some(own) = responses.get_mut(status.as_str()) {
                extend_response(own, &kinds);
            } else {
                let response = shared_response(&kinds, status, &mut shared);
                responses.insert(status.as_str().to_owned(), response);
            }
        }
        for (status, description) in UNREADABLE {
            responses.insert(status.as_str().to_owned(), json!({"description": description}));
        }
    }
    api["components"]["responses"] = json!(shared);
    api["components"]["headers"] = headers();
}

fn operations(api: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    let paths = api["paths"].as_object_mut().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let path: &String = path;
        let operations = item.as_object_mut().into_iter().flatten();
        operations
            .filter(|(_, operation)| operation["responses"].is_object())
            .map(move |(_, one)| (path, one))
    })
}

/// Whether the requests of an operation have a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RequestBody {
    Present,
    Absent,
}

/// Errors of the layers in front of a route, by status.
fn errors_of(path: &str, body: RequestBody) -> BTreeMap<StatusCode, Vec<ProblemType>> {
    let mut errors: BTreeMap<StatusCode, Vec<ProblemType>> = BTreeMap::new();
    for (routes, kind) in LAYER_ERRORS {
        let applies = match routes {
            Routes::All => true,
            Routes::ExceptMonitors => !MONITOR_PATHS.contains(&path),
            Routes::WithBody => body == RequestBody::Present,
            Routes::Services => path.starts_with("/api/"),
        };
        let kinds = errors.entry(kind.status()).or_default();
        if applies && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    errors.retain(|_, kinds| !kinds.is_empty());
    errors
}

/// Adds further meanings to a route's own response.
fn extend_response(own: &mut Value, kinds: &[ProblemType]) {
    let existing = own["description"].as_str().unwrap_or_default().to_owned();
    let more = kinds.iter().map(|kind| kind.title()).filter(|title| !existing.contains(title));
    let description = more.fold(existing.clone(), |all, title| format!("{all} Or: {title}."));
    own["description"] = json!(description);
    if own["content"].is_null() {
        own["content"] = problem();
    }
}

/// A reference to a shared response.
fn shared_response(kinds: &[ProblemType], status: StatusCode, shared: &mut Map<String, Value>) -> Value {
    let name = kinds.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>().join("Or");
    let titles = kinds.iter().map(|kind| format!("{}.", kind.title())).collect::<Vec<_>>().join(" Or: ");
    let mut response = json!({"description": titles, "content": problem()});
    add_headers(&mut response, status.as_str());
    let reference = format!("#/components/responses/{name}");
    shared.insert(name, response);
    json!({"$ref": reference})
}

fn problem() -> Value {
    json!({PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}})
}

fn add_headers(response: &mut Value, status: &str) {
    let mut names = vec![
        ("X-Request-ID", "RequestId"),
        ("RateLimit-Policy", "RateLimitPolicy"),
        ("RateLimit", "RateLimit"),
    ];
    if matches!(status, "429" | "503") {
        names.push(("Retry-After", "RetryAfter"));
    }
    for (name, component) in names {
        response["headers"][name] = json!({"$ref": format!("#/components/headers/{component}")});
    }
}

fn headers() -> Value {
    let text = |description: &str, required: bool| json!({"description": description, "required": required, "schema": {"type": "string"}});
    json!({
        "RequestId": text("The id of the request: yours if you sent a sane one.", true),
        "RateLimitPolicy": text("The limits that hold for the caller (draft-ietf-httpapi-ratelimit-headers).", false),
        "RateLimit": text("What is left of them.", false),
        "RetryAfter": {"description": "Seconds after which to try again.", "required": false,
            "schema": {"type": "integer", "minimum": 0}},
    })
}
