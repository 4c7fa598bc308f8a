//! OpenAPI check: every response in a test must match the description of the API.

use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

use crate::response::ApiResponse;

/// The description that is kept with the source; `tests/openapi.rs` compares it with that of a server.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../docs/openapi.json")).expect("docs/openapi.json is JSON")
});

/// Fails if a described route responds with an undescribed status or media type.
pub(crate) fn check(method: &Method, path: &str, answer: &ApiResponse) {
    // Each listener has only some of the routes.
    if answer.status == 404 && String::from_utf8_lossy(&answer.body).contains("\"urn:coderunner:not-found\"")
    {
        return;
    }
    let status = answer.status;
    let method = if *method == Method::HEAD { "get".to_owned() } else { method.as_str().to_lowercase() };
    let Some(operation) = item(path).map(|item| &item[&method]).filter(|operation| operation.is_object())
    else {
        return;
    };
    let response = resolve_reference(&operation["responses"][status.to_string()]);
    assert!(
        response.is_object(),
        "{method} {path} answers {status}, which is not described: a route describes what it answers itself, and \
         services/gateway/src/openapi/layer_errors.rs what layers answer; then make openapi"
    );
    let Some(sent) = answer.header("content-type") else { return };
    let sent = sent.split(';').next().unwrap_or_default();
    let content = response["content"].as_object();
    let is_described = content.is_some_and(|kinds| kinds.keys().any(|kind| kind == "*/*" || kind == sent));
    assert!(is_described, "{method} {path} answers {status} as {sent}, which is not described");
}

/// The target of a reference; any other value unchanged.
fn resolve_reference(part: &'static Value) -> &'static Value {
    let reference = part["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.map_or(part, |pointer| DOCUMENT.pointer(pointer).expect("references lead somewhere"))
}

/// The description of an address: of several matching ones, the one with the most literal segments.
fn item(path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?.iter();
    let fitting = paths.filter(|(pattern, _)| matches_path(pattern, path));
    fitting.min_by_key(|(pattern, _)| pattern.matches('{').count()).map(|(_, item)| item)
}

/// Whether a path matches this pattern. The last parameter of artifacts matches the rest of the path.
fn matches_path(pattern: &str, path: &str) -> bool {
    let takes_rest = pattern.ends_with("/{name}");
    let (wanted, parts) = (pattern.split('/').count(), path.split('/').count());
    let is_as_long = wanted == parts || takes_rest && parts > wanted;
    let is_parameter = |part: &str| part.starts_with('{');
    is_as_long
        && pattern.split('/').zip(path.split('/')).all(|(want, part)| want == part || is_parameter(want))
}
