//! API description: `/openapi.json` for programs and `/docs` for people, both usable offline.
//!
//! Routes and types describe themselves. [`schemas`] makes their schemas exact, and [`layer_errors`] adds the
//! errors of layers to every route.

mod layer_errors;
mod links;
mod schemas;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Extension, Router,
    body::Bytes,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use utoipa::{
    OpenApi,
    openapi::{OpenApi as Api, PathItem},
};
use utoipa_swagger_ui::{Config, SwaggerUi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Code Runner",
        version = env!("CARGO_PKG_VERSION"),
        description = "Runs programs safely: send a program, get its output.\n\n\
            Bodies are JSON; times are RFC 3339; units are in names (`wallMs`, `memoryBytes`). Every answer carries \
            `X-Request-ID`, yours if you sent a sane one. Errors are RFC 9457 problems (`application/problem+json`): \
            `type` is stable, `detail` says what to change, `errors` names each field. Unknown fields in a request are \
            refused by name; new fields in answers may appear at any time. A browser that opens an address outside of `/api` \
            (`Accept: text/html`) gets an error as a page.\n\n\
            Each address that takes GET takes HEAD, too. Another method than those listed is answered with 405, whose header \
            `Allow` has those that are taken. A body may come in gzip (`Content-Encoding: gzip`), with the same limit on what \
            is unpacked.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "Running code", description = "Submit a program, follow it, read its result, stop it."),
        (name = "Problems", description = "What there is to solve."),
        (name = "Operating", description = "For those who keep it running."),
    )
)]
struct Description;

/// The part of the description that is independent of routes.
pub(crate) fn description() -> Api {
    Description::openapi()
}

/// The complete description.
fn complete_description(api: &Api) -> Value {
    let mut api = serde_json::to_value(api).expect("a description is plain data, which always serializes");
    schemas::complete(&mut api);
    links::add(&mut api);
    layer_errors::add(&mut api);
    api
}

/// The document, serialized once.
#[derive(Clone)]
pub(crate) struct Document(Bytes);

impl Document {
    pub(crate) fn new(api: &Api) -> Self {
        let text = serde_json::to_string_pretty(&complete_description(api));
        Self(Bytes::from(text.expect("a description is plain data, which always serializes") + "\n"))
    }
}

/// The methods of each route by its pattern.
#[derive(Clone)]
pub(crate) struct RouteMethods(Arc<HashMap<String, String>>);

impl RouteMethods {
    pub(crate) fn new(api: &Api) -> Self {
        let named = |item: &PathItem| {
            let taken =
                [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch)];
            let taken = taken.into_iter().chain([("DELETE", &item.delete)]);
            taken
                .filter(|(_, operation)| operation.is_some())
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let paths = api.paths.paths.iter();
        Self(Arc::new(paths.map(|(path, item)| (path.clone(), named(item))).collect()))
    }

    /// The methods of a route; an undescribed route is a page.
    pub(crate) fn of(&self, route: &str) -> &str {
        self.0.get(route).map_or("GET", String::as_str)
    }
}

/// The documentation page.
pub(crate) fn pages() -> Router {
    // The validator would send the document to an external server.
    let config = Config::from("/openapi.json").validator_url("none").try_it_out_enabled(true);
    SwaggerUi::new("/docs").config(config).into()
}

/// This document.
///
/// The description of the API in the OpenAPI format, for generators of clients. `/docs` shows it as a page.
#[utoipa::path(
    get, path = "/openapi.json", tag = "Operating", operation_id = "openapi",
    responses((status = 200, description = "An OpenAPI 3.1 document.", body = Object, content_type = "application/json"))
)]
pub(crate) async fn openapi(Extension(Document(text)): Extension<Document>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
