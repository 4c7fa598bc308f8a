//! The gateway in front of a test service.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, Response, StatusCode, header},
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use gateway::{AllowedHosts, Authorization, GatewaySettings, Readiness, RequestLimits, app};
use http_body_util::BodyExt as _;
use model::{Bytes, RequestId};
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt as _;
use traffic::{Limiter, Plans};
use utoipa_axum::{router::OpenApiRouter, routes};
use wire::Json;

#[utoipa::path(get, path = "/api/panic", responses((status = 200)))]
async fn panicking_handler() {
    panic!("secret internals");
}

#[utoipa::path(post, path = "/api/echo", request_body = String, responses((status = 200)))]
async fn echo(body: String) -> String {
    body
}

#[utoipa::path(get, path = "/api/teapot", responses((status = 418)))]
async fn teapot() -> (StatusCode, &'static str) {
    (StatusCode::IM_A_TEAPOT, "Only tea here.")
}

#[utoipa::path(get, path = "/api/broken", responses((status = 500)))]
async fn internal_error() -> (StatusCode, &'static str) {
    (StatusCode::BAD_GATEWAY, "password=hunter2")
}

#[utoipa::path(get, path = "/api/id", responses((status = 200)))]
async fn id(axum::Extension(id): axum::Extension<RequestId>) -> Json<Value> {
    Json(json!(id.as_str()))
}

#[utoipa::path(get, path = "/api/large", responses((status = 200)))]
async fn large_response() -> Json<Vec<u32>> {
    Json((0..2000).collect())
}

fn service() -> OpenApiRouter {
    OpenApiRouter::default()
        .routes(routes!(large_response))
        .routes(routes!(panicking_handler))
        .routes(routes!(echo))
        .routes(routes!(teapot))
        .routes(routes!(internal_error))
        .routes(routes!(id))
}

fn gateway_with(settings: &GatewaySettings) -> (Router, watch::Sender<Readiness>) {
    let (sender, readiness) =
        watch::channel(Readiness::NotReady { reason: "The first test run is under way.".into() });
    (app(service(), settings, readiness), sender)
}

async fn ask(request: Request<Body>) -> Response<Body> {
    let settings = GatewaySettings { max_body: Bytes(1000), ..GatewaySettings::default() };
    gateway_with(&settings).0.oneshot(request).await.expect("infallible")
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

async fn body(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&bytes)))
}

/// Sends a request, asserts a problem of this kind with the request id, and returns it.
async fn assert_problem(request: Request<Body>, status: u16, kind: &str) -> (HeaderMap, Value) {
    let shown = format!("{} {}", request.method(), request.uri());
    let response = ask(request).await;
    let headers = response.headers().clone();
    assert_eq!(response.status().as_u16(), status, "{shown}");
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json", "{shown}");
    let problem = body(response).await;
    assert_eq!((&problem["type"], &problem["status"]), (&json!(kind), &json!(status)), "{shown}");
    assert_eq!(problem["requestId"], headers["x-request-id"].to_str().expect("text"), "{shown}");
    (headers, problem)
}

#[tokio::test]
async fn every_error_is_a_problem_with_the_request_id() {
    let not_found = "urn:coderunner:not-found";
    assert_problem(get("/nothing"), 404, not_found).await;
    assert_problem(get("/api/nothing"), 404, not_found).await;
    assert_problem(get("/docs/nothing.js"), 404, not_found).await;
    let (_, problem) = assert_problem(get("/api/teapot"), 418, "about:blank").await;
    assert_eq!(problem["detail"], "Only tea here.");
}

#[tokio::test]
async fn a_wrong_method_gets_the_allowed_ones() {
    let request = Request::delete("/api/echo").body(Body::empty()).expect("a request");
    let (headers, problem) = assert_problem(request, 405, "urn:coderunner:method-not-allowed").await;
    assert_eq!(headers[header::ALLOW], "POST");
    assert_eq!(problem["detail"], "DELETE does not go with this address; it takes POST.");
}

#[tokio::test]
async fn a_panic_and_a_failure_reveal_no_internals() {
    for (path, status) in [("/api/panic", 500), ("/api/broken", 502)] {
        let (_, problem) = assert_problem(get(path), status, "urn:coderunner:internal").await;
        assert!(
            !problem.to_string().contains("secret") && !problem.to_string().contains("hunter2"),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_body_above_the_limit_is_rejected_with_or_without_content_length() {
    let large = vec![b'x'; 1001];
    let announced = Request::post("/api/echo").header(header::CONTENT_LENGTH, large.len());
    let request = announced.body(Body::from(large.clone())).expect("a request");
    let (_, problem) = assert_problem(request, 413, "urn:coderunner:body-too-large").await;
    assert!(problem["detail"].as_str().expect("text").contains("at most 1000 bytes"), "{problem}");

    let silent = Request::post("/api/echo").body(Body::from(large)).expect("a request");
    assert_eq!(ask(silent).await.status(), StatusCode::PAYLOAD_TOO_LARGE);

    let fits = Request::post("/api/echo").body(Body::from(vec![b'x'; 1000])).expect("a request");
    assert_eq!(ask(fits).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_valid_request_id_is_kept_and_an_invalid_one_replaced() {
    for (sent, kept) in [("abc-1.2_3", true), ("two words", false), ("<script>", false), ("", false)] {
        let request =
            Request::get("/api/id").header("X-Request-ID", sent).body(Body::empty()).expect("a request");
        let response = ask(request).await;
        let echoed = response.headers()["x-request-id"].to_str().expect("text").to_owned();
        assert_eq!(echoed == sent, kept, "{sent}: {echoed}");
        assert_eq!(body(response).await, json!(echoed), "services see the same id");
    }
}

#[tokio::test]
async fn every_response_has_security_headers() {
    for path in ["/", "/health", "/docs/", "/nothing", "/api/panic"] {
        let response = ask(get(path)).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(response.headers()[name], value, "{path}");
        }
        assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY), "{path}");
    }
}

#[tokio::test]
async fn only_configured_origins_may_call_the_api() {
    let preflight = |origin: &str| {
        Request::builder()
            .method(Method::OPTIONS)
            .uri("/api/echo")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .body(Body::empty())
            .expect("a request")
    };
    let allowed = |response: &Response<Body>| response.headers().get("access-control-allow-origin").cloned();
    assert_eq!(allowed(&ask(preflight("https://school.example")).await), None);

    let settings =
        GatewaySettings { cors_origins: vec!["https://school.example".into()], ..GatewaySettings::default() };
    for (origin, expected) in [("https://school.example", true), ("https://evil.example", false)] {
        let response = gateway_with(&settings).0.oneshot(preflight(origin)).await.expect("infallible");
        assert_eq!(allowed(&response).is_some_and(|value| value == origin), expected, "{origin}");
    }
}

#[tokio::test]
async fn readiness_follows_the_watch_channel() {
    let (app, sender) = gateway_with(&GatewaySettings::default());
    let ask = |path: &'static str| {
        let app = app.clone();
        async move { app.oneshot(get(path)).await.expect("infallible") }
    };
    assert_eq!(ask("/health").await.status(), StatusCode::OK);
    let response = ask("/ready").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body(response).await["detail"], "The first test run is under way.");

    sender.send_replace(Readiness::Ready { notes: vec!["no KVM".into()] });
    assert_eq!(body(ask("/ready").await).await, json!({"status": "ready", "notes": ["no KVM"]}));
}

#[tokio::test]
async fn the_documentation_is_served() {
    assert!(ask(get("/docs")).await.status().is_redirection());
    for path in
        ["/docs/", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/swagger-initializer.js"]
    {
        assert_eq!(ask(get(path)).await.status(), StatusCode::OK, "{path}");
    }
    let script = ask(get("/docs/swagger-initializer.js")).await.into_body().collect().await.expect("a body");
    assert!(String::from_utf8_lossy(&script.to_bytes()).contains("/openapi.json"));
}

#[tokio::test]
async fn the_description_has_every_route_and_no_dangling_reference() {
    let (app, _sender) = gateway_with(&GatewaySettings::default());
    // The router reveals its list of routes only in its debug format.
    let shown = format!("{app:?}");
    let routed: BTreeSet<&str> = shown
        .split('"')
        .skip(1)
        .step_by(2)
        // axum's own route of the fallback is "/".
        .filter(|text| {
            text.starts_with('/')
                && *text != "/"
                && !text.starts_with("/docs")
                && !text.contains("__private__")
        })
        .collect();
    let document = body(ask(get("/openapi.json")).await).await;
    let described: BTreeSet<&str> =
        document["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
    assert!(described.contains("/api/teapot") && described.contains("/ready"), "{described:?}");
    assert_eq!(routed, described);
    assert_resolves(&document, &document);
}

#[tokio::test]
async fn every_route_is_described_with_the_errors_of_layers() {
    let document = body(ask(get("/openapi.json")).await).await;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let mut statuses = vec!["400", "403", "413", "414", "421", "429", "431", "500", "503"];
            if operation["requestBody"].is_object() {
                statuses.push("408");
            }
            if path.starts_with("/api/") {
                statuses.extend(["502", "504"]);
            }
            for status in statuses {
                let response = &operation["responses"][status];
                let shared = response["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
                let response =
                    shared.map_or(response, |pointer| document.pointer(pointer).expect("a response"));
                assert!(response["description"].is_string(), "{method} {path} {status}");
                let is_problem = response["content"]["application/problem+json"].is_object();
                // These are sent before any layer runs.
                assert!(is_problem || matches!(status, "414" | "431"), "{method} {path} {status}");
                let id = &response["headers"]["X-Request-ID"];
                assert!(id.is_object() || matches!(status, "414" | "431"), "{method} {path} {status}");
            }
        }
    }
}

fn assert_resolves(part: &Value, document: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').expect("a local reference");
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            fields.values().for_each(|part| assert_resolves(part, document));
        }
        Value::Array(parts) => parts.iter().for_each(|part| assert_resolves(part, document)),
        _ => {}
    }
}

#[tokio::test]
async fn only_the_admin_listener_serves_metrics() {
    let (_sender, readiness) = watch::channel(Readiness::Ready { notes: Vec::new() });
    let admin = gateway::admin(
        gateway::install_metrics().expect("the first recorder"),
        readiness,
        &AllowedHosts::any(),
        Router::new(),
    );
    assert_eq!(ask(get("/metrics")).await.status(), StatusCode::NOT_FOUND);
    ask(get("/api/teapot")).await;
    let response = admin.clone().oneshot(get("/metrics")).await.expect("infallible");
    let text = response.into_body().collect().await.expect("a body").to_bytes();
    let text = String::from_utf8_lossy(&text);
    for line in [
        "coderunner_http_requests_total{method=\"GET\",route=\"/api/teapot\",status=\"418\"} 1",
        "coderunner_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "coderunner_http_request_duration_seconds_bucket{method=\"GET\",route=\"/api/teapot\",waits=\"no\",le=\"0.001\"}",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert_eq!(admin.oneshot(get("/ready")).await.expect("infallible").status(), StatusCode::OK);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("into memory");
    encoder.finish().expect("into memory")
}

fn encoded_request(encoding: &str, bytes: Vec<u8>) -> Request<Body> {
    let request = Request::post("/api/echo").header(header::CONTENT_ENCODING, encoding);
    request.header(header::CONTENT_TYPE, "text/plain").body(Body::from(bytes)).expect("a request")
}

#[tokio::test]
async fn a_gzip_body_is_decompressed() {
    let response = ask(encoded_request("gzip", gzip("naïve".as_bytes()))).await;
    assert_eq!(response.status(), 200);
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    assert_eq!(bytes, "naïve");
}

#[tokio::test]
async fn the_body_limit_applies_to_decompressed_bodies() {
    let fits = ask(encoded_request("gzip", gzip(&[b'x'; 1000]))).await;
    assert_eq!(fits.status(), 200);
    // A thousand times the compressed size, or more.
    for size in [1001, 10_000_000] {
        let bomb = gzip(&vec![b'x'; size]);
        assert!(size == 1001 || bomb.len() > 1000, "it is a test of what is unpacked");
        let settings = GatewaySettings { max_body: Bytes(100_000), ..GatewaySettings::default() };
        let cap = if size == 1001 { 1000 } else { 100_000 };
        let settings = GatewaySettings { max_body: Bytes(cap), ..settings };
        let answer =
            gateway_with(&settings).0.oneshot(encoded_request("gzip", bomb)).await.expect("infallible");
        assert_eq!(answer.status(), 413, "{size}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}

#[tokio::test]
async fn invalid_gzip_is_a_client_error() {
    let whole = gzip(&[b'x'; 900]);
    for broken in [b"no gzip at all".to_vec(), whole[..whole.len() - 9].to_vec(), Vec::new()] {
        let response = ask(encoded_request("gzip", broken)).await;
        assert!(response.status().as_u16() < 500, "{:?}", response.status());
    }
}

#[tokio::test]
async fn other_encodings_are_rejected_with_the_accepted_ones() {
    for encoding in ["br", "deflate", "zstd", "gzip, gzip"] {
        let request = encoded_request(encoding, b"whatever".to_vec());
        let (headers, problem) = assert_problem(request, 415, "urn:coderunner:unsupported-encoding").await;
        assert_eq!(headers[header::ACCEPT_ENCODING], "gzip", "{encoding}");
        let detail = problem["detail"].as_str().expect("text");
        assert!(detail.contains(encoding) && detail.contains("Send it in gzip, or as it is"), "{detail}");
    }
}

#[tokio::test]
async fn a_large_response_is_compressed_for_clients_that_accept_gzip() {
    let asked = |path, accepted| {
        Request::get(path).header(header::ACCEPT_ENCODING, accepted).body(Body::empty()).expect("a request")
    };
    let response = ask(asked("/api/large", "gzip, deflate, br")).await;
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    let packed = response.into_body().collect().await.expect("a body").to_bytes();
    let mut text = String::new();
    GzDecoder::new(packed.as_ref()).read_to_string(&mut text).expect("gzip");
    assert!(text.starts_with("[0,1,2,") && text.ends_with("1999]\n") && packed.len() < text.len());
    for (path, accepted) in [("/api/large", "identity"), ("/api/large", "br"), ("/health", "gzip")] {
        let response = ask(asked(path, accepted)).await;
        assert_eq!(response.headers().get(header::CONTENT_ENCODING), None, "{path} {accepted}");
    }
    // An error body is rewritten with the request id and compressed as a whole.
    let long = format!("/{}", "x".repeat(3000));
    assert_problem(asked(&long, "gzip"), 404, "urn:coderunner:not-found").await;
}

#[tokio::test]
async fn json_responses_and_problems_end_with_a_newline() {
    for path in ["/health", "/ready", "/openapi.json", "/api/id", "/nothing", "/api/teapot"] {
        let response = ask(get(path)).await;
        let media_type = response.headers()[header::CONTENT_TYPE].to_str().expect("text").to_owned();
        assert!(media_type.ends_with("json"), "{path}: {media_type}");
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        assert!(
            bytes.ends_with(b"}\n") || bytes.ends_with(b"\"\n"),
            "{path}: {}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

fn with_credentials(path: &str, credentials: &str) -> Request<Body> {
    Request::get(path).header(header::AUTHORIZATION, credentials).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn unknown_credentials_are_rejected_and_not_ignored() {
    for credentials in ["Bearer abc", "Basic dXNlcjpwYXNz", "", "nonsense"] {
        let request = with_credentials("/api/id", credentials);
        let (headers, problem) = assert_problem(request, 401, "urn:coderunner:not-signed-in").await;
        let challenge = headers[header::WWW_AUTHENTICATE].to_str().expect("text");
        assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
        assert!(problem["detail"].as_str().expect("text").contains("There are no accounts"), "{problem}");
        assert!(credentials.is_empty() || !problem.to_string().contains(credentials), "{problem}");
    }
    assert_problem(with_credentials("/nothing", "Bearer abc"), 401, "urn:coderunner:not-signed-in").await;
}

#[tokio::test]
async fn monitors_and_authenticated_clients_may_send_credentials() {
    assert_eq!(ask(with_credentials("/health", "Bearer abc")).await.status(), 200);
    assert_eq!(
        ask(with_credentials("/ready", "Bearer abc")).await.status(),
        503,
        "the first test run is under way"
    );
    let mut request = with_credentials("/api/id", "Bearer abc");
    request.extensions_mut().insert(model::Principal::Account("ada".to_owned()));
    assert_eq!(ask(request).await.status(), 200, "somebody in front knows who it is");
    let settings = GatewaySettings { authorization: Authorization::Ignore, ..GatewaySettings::default() };
    let answer = gateway_with(&settings).0.oneshot(with_credentials("/api/id", "Basic x")).await;
    assert_eq!(answer.expect("infallible").status(), 200);
}

#[utoipa::path(post, path = "/api/execution/batch", request_body = String, responses((status = 200)))]
async fn batches(_: String) -> &'static str {
    "taken"
}

/// Regression test: a service that takes larger batches than its gateway counts got all of one for the price of
/// one.
#[tokio::test]
async fn a_batch_above_the_gateway_limit_does_not_reach_the_service() {
    let limits = RequestLimits {
        limiter: Arc::new(Limiter::local(10)),
        plans: Arc::new(Plans::default()),
        exempt: Arc::new([]),
        device_key: None,
    };
    let settings = GatewaySettings { max_batch: 2, limits: Some(limits), ..GatewaySettings::default() };
    let (_sender, readiness) = watch::channel(Readiness::NotReady { reason: String::new() });
    let gateway = app(OpenApiRouter::default().routes(routes!(batches)), &settings, readiness);
    let send = async |body: &'static str| {
        let request = Request::post("/api/execution/batch").header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(body)).expect("a request");
        gateway.clone().oneshot(request).await.expect("infallible")
    };
    for passes in [r#"{"submissions":[1,2]}"#, "no batch"] {
        assert_eq!(send(passes).await.status(), 200, "{passes}");
    }
    let rejected = send(r#"{"submissions":[1,2,3]}"#).await;
    assert_eq!(rejected.status(), 422);
    let problem = body(rejected).await;
    assert_eq!(problem["detail"], "submissions must have between 1 and 2 entries; there are 3.");
}
