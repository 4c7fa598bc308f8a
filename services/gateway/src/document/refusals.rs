//! The refusals of layers: what each layer may answer in the place of a route. All routes below it are described with that; a route
//! itself describes only what it answers by itself.
//!
//! What is missing here is found by tests of the whole system, which look up each answer that they get.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use wire::{PROBLEM_JSON, ProblemType};

use crate::authorization::FOR_MONITORS;

/// The routes that a layer stands in front of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Routes {
    /// All of them.
    All,
    /// All but those that monitors ask.
    ButMonitors,
    /// Those that read a body.
    WithBody,
    /// Those of services, which may run elsewhere.
    OfServices,
}

/// What layers refuse, by the order of the layers, the outermost first.
pub(crate) const REFUSALS: [(Routes, ProblemType); 15] = [
    // Connections: `connections`.
    (Routes::All, ProblemType::TooManyConnections),
    (Routes::All, ProblemType::LimitExceeded),
    (Routes::WithBody, ProblemType::BodyTooSlow),
    (Routes::WithBody, ProblemType::MalformedBody),
    // The header `Host`: `hosts`.
    (Routes::All, ProblemType::BadParameter),
    (Routes::All, ProblemType::HostNotAllowed),
    // A server that starts or stops: `application`.
    (Routes::All, ProblemType::NotReady),
    // Limits of callers, `limits`, answer like those of connections. Pages of other sites: `origin`.
    (Routes::All, ProblemType::OriginNotAllowed),
    // Credentials that mean nothing: `authorization`.
    (Routes::ButMonitors, ProblemType::NotSignedIn),
    // The size of bodies, how they are compressed, and panics: `body_limit`, `encoding`, `errors`.
    (Routes::WithBody, ProblemType::UnsupportedEncoding),
    (Routes::All, ProblemType::BodyTooLarge),
    (Routes::All, ProblemType::Internal),
    // What is passed on to services elsewhere: `upstreams`.
    (Routes::OfServices, ProblemType::UpstreamUnreachable),
    (Routes::OfServices, ProblemType::UpstreamDisconnected),
    (Routes::OfServices, ProblemType::UpstreamTooSlow),
];

/// What is answered to a request whose head cannot be read, before any layer: without a body, and without an id.
const UNREADABLE: [(StatusCode, &str); 2] = [
    (StatusCode::URI_TOO_LONG, "The address is too long."),
    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too many or too large."),
];

/// Adds to each operation what layers may answer, and the headers that they add to all answers.
pub(super) fn add(api: &mut Value) {
    let mut shared = Map::new();
    for (path, operation) in operations(api) {
        let by_layers = refused(path, operation["requestBody"].is_object());
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        for (status, response) in responses.iter_mut() {
            add_headers(response, status);
        }
        for (status, kinds) in by_layers {
            if let Some(own) = responses.get_mut(status.as_str()) {
                mean_besides(own, &kinds);
            } else {
                let response = refer(&kinds, status, &mut shared);
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

/// What layers in front of a route answer, by status.
fn refused(path: &str, has_body: bool) -> BTreeMap<StatusCode, Vec<ProblemType>> {
    let mut refused: BTreeMap<StatusCode, Vec<ProblemType>> = BTreeMap::new();
    for (routes, kind) in REFUSALS {
        let is_behind = match routes {
            Routes::All => true,
            Routes::ButMonitors => !FOR_MONITORS.contains(&path),
            Routes::WithBody => has_body,
            Routes::OfServices => path.starts_with("/api/"),
        };
        let kinds = refused.entry(kind.status()).or_default();
        if is_behind && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    refused.retain(|_, kinds| !kinds.is_empty());
    refused
}

/// Adds to a route's own response what it may mean besides.
fn mean_besides(own: &mut Value, kinds: &[ProblemType]) {
    let told = own["description"].as_str().unwrap_or_default().to_owned();
    let more = kinds.iter().map(|kind| kind.title()).filter(|title| !told.contains(title));
    let description = more.fold(told.clone(), |all, title| format!("{all} Or: {title}."));
    own["description"] = json!(description);
    if own["content"].is_null() {
        own["content"] = problem();
    }
}

/// A reference to a response that routes share.
fn refer(kinds: &[ProblemType], status: StatusCode, shared: &mut Map<String, Value>) -> Value {
    let name = kinds.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>().join("Or");
    let titles = kinds.iter().map(|kind| format!("{}.", kind.title())).collect::<Vec<_>>().join(" Or: ");
    let mut response = json!({"description": titles, "content": problem()});
    add_headers(&mut response, status.as_str());
    let reference = format!("#/components/responses/{name}");
    shared.insert(name, response);
    json!({"$ref": reference})
}

fn problem() -> Value {
    json!({PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}})
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
