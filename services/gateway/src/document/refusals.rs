//! The refusals of layers: each layer that may answer in the place of a route says so here, and all routes below it are described
//! with it.
//!
//! A route itself describes only what it answers by itself.

use axum::http::StatusCode;
use serde_json::{Value, json};
use wire::{PROBLEM_JSON, ProblemKind};

/// The routes that a layer stands in front of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Routes {
    /// All of them.
    All,
    /// Those that read a body.
    WithBody,
    /// Those of services, which may run elsewhere.
    OfServices,
}

/// What layers refuse, by the order of the layers, the outermost first.
pub(crate) const REFUSALS: [(Routes, ProblemKind); 17] = [
    // Connections: `connections`.
    (Routes::All, ProblemKind::TooManyConnections),
    (Routes::All, ProblemKind::LimitExceeded),
    (Routes::WithBody, ProblemKind::BodyTooSlow),
    (Routes::WithBody, ProblemKind::MalformedBody),
    // The header `Host`: `hosts`.
    (Routes::All, ProblemKind::BadParameter),
    (Routes::All, ProblemKind::HostNotAllowed),
    // A server that starts or stops: `application`.
    (Routes::All, ProblemKind::NotReady),
    // Limits of callers, `limits`, answer like those of connections. Pages of other sites: `origin`.
    (Routes::All, ProblemKind::OriginNotAllowed),
    // The size of bodies, and panics: `body_limit`, `errors`.
    (Routes::All, ProblemKind::BodyTooLarge),
    (Routes::All, ProblemKind::Internal),
    // What is passed on to services elsewhere, `upstreams`; and what services need themselves.
    (Routes::OfServices, ProblemKind::UpstreamUnreachable),
    (Routes::OfServices, ProblemKind::UpstreamBrokeOff),
    (Routes::OfServices, ProblemKind::UpstreamTooSlow),
    (Routes::OfServices, ProblemKind::NotReady),
    (Routes::OfServices, ProblemKind::Internal),
    (Routes::OfServices, ProblemKind::BodyTooLarge),
    (Routes::OfServices, ProblemKind::BadParameter),
];

/// What is answered to a request whose head cannot be read, before any layer: without a body, and without an id.
const UNREADABLE: [(StatusCode, &str); 2] = [
    (StatusCode::URI_TOO_LONG, "The address is too long."),
    (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too many or too large."),
];

/// Adds to each operation what layers may answer, and the headers that they add to all answers.
pub(super) fn add(api: &mut Value) {
    for (path, operation) in operations(api) {
        let has_body = operation["requestBody"].is_object();
        let responses = &mut operation["responses"];
        for (routes, kind) in REFUSALS {
            if is_behind(routes, path, has_body) {
                add_refusal(responses, kind);
            }
        }
        for (status, response) in responses.as_object_mut().into_iter().flatten() {
            add_headers(response, status, path.starts_with("/api/"));
        }
        for (status, description) in UNREADABLE {
            responses[status.as_str()] = json!({"description": description});
        }
    }
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

fn is_behind(routes: Routes, path: &str, has_body: bool) -> bool {
    match routes {
        Routes::All => true,
        Routes::WithBody => has_body,
        Routes::OfServices => path.starts_with("/api/"),
    }
}

/// Adds a response, or to one that is there what it may mean besides.
fn add_refusal(responses: &mut Value, kind: ProblemKind) {
    let title = format!("{}.", kind.title());
    let response = &mut responses[kind.status().as_str()];
    let description = match response["description"].as_str() {
        None => title,
        Some(told) if told.contains(&title) => told.to_owned(),
        Some(told) => format!("{told} Or: {title}"),
    };
    response["description"] = json!(description);
    if !response["content"].is_object() {
        response["content"] = json!({PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}});
    }
}

fn add_headers(response: &mut Value, status: &str, is_counted: bool) {
    let mut names = vec![("X-Request-ID", "RequestId")];
    if is_counted {
        names.extend([("RateLimit-Policy", "RateLimitPolicy"), ("RateLimit", "RateLimit")]);
    }
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
