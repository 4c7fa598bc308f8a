//! The routes of the service and their description for people and programs.

mod artifact;
mod attempts;
mod batch;
mod cancel;
mod delete;
mod grade;
mod languages;
mod queue;
mod result;
mod results;
mod session;
mod stream;
mod submit;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use artifact::{described, has_it};
pub use attempts::operators;
use axum::{
    Extension, http::HeaderValue, http::header, middleware, response::Response, routing::MethodRouter,
};
use utoipa::{OpenApi, openapi::Paths};
use utoipa_axum::{router::OpenApiRouter, routes};
use wire::{ClientFrame, ServerFrame, StreamEvent, WebhookMessage};

use crate::{Execution, SubmissionLimits, counts, document::describe_limits, session::Sessions};

/// The events of streams and the frames of sessions, which no operation names as a body of its own.
#[derive(OpenApi)]
#[openapi(components(schemas(StreamEvent, ServerFrame, ClientFrame, WebhookMessage)))]
struct EventData;

/// All routes, ready to be merged into an application. Serve it with the peer's address as `ConnectInfo`.
pub fn router(execution: Execution) -> OpenApiRouter {
    counts::describe();
    let sessions = Sessions::new(&execution.settings.sessions);
    let limits = execution.settings.submissions;
    let mut router = routes()
        .route_layer(middleware::map_response(never_cached))
        .layer(Extension(sessions))
        .with_state(execution);
    complete(router.get_openapi_mut(), &limits);
    router
}

/// The same addresses with the same description, all answered by whoever this passes them on to, which has these limits.
pub fn forwarded(to: &MethodRouter, limits: &SubmissionLimits) -> OpenApiRouter {
    let (_, mut api) = routes().split_for_parts();
    let addresses: Vec<String> = api.paths.paths.keys().cloned().collect();
    complete(&mut api, limits);
    let router = OpenApiRouter::with_openapi(api);
    addresses.iter().fold(router, |router, address| router.route(address, to.clone()))
}

fn routes() -> OpenApiRouter<Execution> {
    OpenApiRouter::with_openapi(EventData::openapi())
        .routes(routes!(submit::submit))
        .routes(routes!(submit::submit_alias))
        .routes(routes!(grade::grade))
        .routes(routes!(grade::grade_alias))
        .routes(routes!(result::result, delete::delete))
        .routes(routes!(batch::batch))
        .routes(routes!(results::results))
        .routes(routes!(artifact::artifact))
        .routes(routes!(stream::stream))
        .routes(routes!(cancel::cancel))
        .routes(routes!(session::session))
        .routes(routes!(queue::stats))
        .routes(routes!(languages::list))
}

/// Makes a description whole that was put together of routes and types.
fn complete(api: &mut utoipa::openapi::OpenApi, limits: &SubmissionLimits) {
    name_as_documents_do(&mut api.paths);
    describe_limits(api, limits);
}

/// A parameter that takes the rest of the address is `{*name}` to the router and `{name}` in a document.
fn name_as_documents_do(paths: &mut Paths) {
    paths.paths = std::mem::take(&mut paths.paths)
        .into_iter()
        .map(|(path, item)| (path.replace("{*", "{"), item))
        .collect();
}

/// Results change until they are final, and they are somebody's own.
async fn never_cached(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
