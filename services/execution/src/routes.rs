//! Router of the service: its routes, aliases and their OpenAPI description.

mod attempts;
mod languages;
mod queue_stats;

pub use attempts::operators;
use axum::{
    Extension,
    http::{HeaderValue, header},
    middleware,
    response::Response,
    routing::{MethodRouter, post},
};
use utoipa::{OpenApi, openapi::Paths};
use utoipa_axum::{router::OpenApiRouter, routes};
use wire::{ClientFrame, ServerFrame, StreamEvent, WebhookMessage};

use crate::{
    Execution, SubmissionLimits, cancel,
    document::describe_limits,
    live_sessions::{InputOrder, SessionLimit, active_session, http_input, http_start},
    results, service_metrics, shares, stream, submit,
};

/// Events of streams and frames of sessions, which are not the body of any operation.
#[derive(OpenApi)]
#[openapi(components(schemas(StreamEvent, ServerFrame, ClientFrame, WebhookMessage)))]
struct EventData;

/// All routes, ready to be merged into an application. Serve it with the peer's address as `ConnectInfo`.
pub fn router(execution: Execution) -> OpenApiRouter {
    service_metrics::describe();
    let sessions = SessionLimit::new(&execution.settings().sessions);
    let limits = execution.settings().submissions;
    let mut router = routes()
        .route_layer(middleware::map_response(disable_caching))
        .layer(Extension(sessions))
        .layer(Extension(InputOrder::default()))
        .with_state(execution);
    complete_description(router.get_openapi_mut(), &limits);
    router
}

/// The same routes with the same description, all forwarded to this handler; the service behind it has these limits.
pub fn forwarding_routes(to: &MethodRouter, limits: &SubmissionLimits) -> OpenApiRouter {
    let (_, mut api) = routes().split_for_parts();
    let addresses: Vec<String> = api.paths.paths.keys().cloned().collect();
    complete_description(&mut api, limits);
    let router = OpenApiRouter::with_openapi(api);
    addresses.iter().fold(router, |router, address| router.route(address, to.clone()))
}

fn routes() -> OpenApiRouter<Execution> {
    let router = OpenApiRouter::with_openapi(EventData::openapi())
        .routes(routes!(submit::run::submit))
        .routes(routes!(submit::grade::grade))
        .routes(routes!(submit::batch::batch))
        .routes(routes!(results::single::result, results::delete::delete))
        .routes(routes!(results::many::results))
        .routes(routes!(results::artifact::artifact))
        .routes(routes!(stream::stream))
        .routes(routes!(cancel::cancel))
        .routes(routes!(active_session::session, http_start::start_session))
        .routes(routes!(http_input::stdin))
        .routes(routes!(http_input::eof))
        .routes(routes!(http_input::signal))
        .routes(routes!(http_input::resize))
        .routes(routes!(shares::share))
        .routes(routes!(shares::shared_program))
        .routes(routes!(queue_stats::stats))
        .routes(routes!(languages::list));
    let router =
        alias(router, ("/api/submit", post(submit::run::submit)), ("/api/execution/submit", "submitAlias"));
    alias(
        router,
        ("/api/submit/grade", post(submit::grade::grade)),
        ("/api/execution/submit/grade", "gradeAlias"),
    )
}

/// Adds a shorter path of a `POST` route: same handler, same description, another operation id.
fn alias(
    mut router: OpenApiRouter<Execution>,
    (path, handler): (&str, MethodRouter<Execution>),
    (original, operation_id): (&str, &str),
) -> OpenApiRouter<Execution> {
    let paths = &mut router.get_openapi_mut().paths.paths;
    let mut item = paths.get(original).cloned().expect("the original route is registered before its alias");
    if let Some(operation) = &mut item.post {
        operation.operation_id = Some(operation_id.to_owned());
        operation.description = Some(format!("The same as `POST {original}`."));
        let summary = operation.summary.take().unwrap_or_default();
        operation.summary = Some(format!("{}, by a shorter address.", summary.trim_end_matches('.')));
    }
    paths.insert(path.to_owned(), item);
    router.route(path, handler)
}

/// Completes a description that was assembled from routes and types.
fn complete_description(api: &mut utoipa::openapi::OpenApi, limits: &SubmissionLimits) {
    rename_wildcards(&mut api.paths);
    describe_limits(api, limits);
}

/// A parameter for the rest of the path is `{*name}` in the router and `{name}` in OpenAPI.
fn rename_wildcards(paths: &mut Paths) {
    paths.paths = std::mem::take(&mut paths.paths)
        .into_iter()
        .map(|(path, item)| (path.replace("{*", "{"), item))
        .collect();
}

/// Responses are private and change until a job is final, so they are not cached.
async fn disable_caching(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
