//! The API described: `/openapi.json` for programs, `/docs` for people. Both work without a network.
//!
//! Routes and types describe themselves. [`schemas`] makes their schemas exact, and [`refusals`] adds to every route what the layers in
//! front of it may answer.

mod links;
mod refusals;
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
            refused by name; new fields in answers may appear at any time.\n\n\
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

/// What the document says of the API as a whole.
pub(crate) fn description() -> Api {
    Description::openapi()
}

/// The whole description.
fn complete(api: &Api) -> Value {
    let mut api = serde_json::to_value(api).expect("a description is plain data, which always serializes");
    schemas::settle(&mut api);
    links::add(&mut api);
    refusals::add(&mut api);
    api
}

/// The document, written once.
#[derive(Clone)]
pub(crate) struct Document(Bytes);

impl Document {
    pub(crate) fn of(api: &Api) -> Self {
        let text = serde_json::to_string_pretty(&complete(api));
        Self(Bytes::from(text.expect("a description is plain data, which always serializes") + "\n"))
    }
}

/// The methods that each route takes, by its pattern.
#[derive(Clone)]
pub(crate) struct Methods(Arc<HashMap<String, String>>);

impl Methods {
    pub(crate) fn of(api: &Api) -> Self {
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

    /// What the route takes; what is not described is a page.
    pub(crate) fn on(&self, route: &str) -> &str {
        self.0.get(route).map_or("GET", String::as_str)
    }
}

/// The page for people.
pub(crate) fn pages() -> Router {
    // The validator would send the document to a server elsewhere.
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
