//! Routes of the pages and of their files.

use axum::{
    Router,
    extract::{FromRef, Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use wire::ProblemDetails;

use crate::{
    head::{PageKind, home_address},
    locale::Locale,
    origin::Origin,
    page::{Reader, render},
    share_page,
    site::Site,
    static_file::{Caching, respond},
};

/// Files of the build beside the assets, which keep their names.
const ROOT_FILES: [&str; 4] =
    ["/favicon.ico", "/favicon.svg", "/apple-touch-icon.png", "/manifest.webmanifest"];

/// State of the routes.
#[derive(Clone)]
struct Pages {
    site: Site,
    api: Router,
}

impl FromRef<Pages> for Site {
    fn from_ref(pages: &Pages) -> Self {
        pages.site.clone()
    }
}

/// The routes of the pages of this site. Pages of data read it through these routes of the API.
pub fn router(site: Site, api: Router) -> OpenApiRouter {
    let mut router = OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(share))
        .route("/assets/{*path}", get(asset))
        .route("/robots.txt", get(robots))
        .route("/sitemap.xml", get(sitemap));
    for path in ROOT_FILES {
        router = router.route(
            path,
            get(async move |State(site): State<Site>, headers: HeaderMap| root_file(&site, &headers, path)),
        );
    }
    router.with_state(Pages { site, api })
}

/// Parameters of a page.
#[derive(Debug, Deserialize, IntoParams)]
struct PageQuery {
    /// The language, `en` or `de`; by default the one that the browser prefers.
    lang: Option<String>,
}

/// The home page.
///
/// The web application, with an editor to try a program. Its content is readable without JavaScript.
#[utoipa::path(
    get, path = "/", tag = "Operating", operation_id = "home",
    responses((status = 200, description = "A page for people.", body = String, content_type = "text/html"))
)]
async fn home(State(site): State<Site>, Query(query): Query<PageQuery>, headers: HeaderMap) -> Response {
    let reader = Reader::of_request(query.lang.as_deref(), &headers);
    let content = (!site.has_build()).then(|| home_without_build(reader.origin.as_ref()));
    render(&site, &reader, PageKind::Home, content.as_deref())
}

/// The page of a shared program.
///
/// The web application with the program, which is readable without JavaScript.
#[utoipa::path(
    get, path = "/s/{key}", tag = "Operating", operation_id = "sharePage",
    params(("key" = String, Path, description = "The key of the shared program.")),
    responses(
        (status = 200, description = "A page for people.", body = String, content_type = "text/html"),
        (status = 404, description = "There is no such share, or it has expired.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
async fn share(
    State(Pages { site, api }): State<Pages>,
    Path(key): Path<String>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    let reader = Reader::of_request(query.lang.as_deref(), &headers);
    share_page::page(&site, &api, &reader, &key).await
}

fn home_without_build(origin: Option<&Origin>) -> String {
    const PATH: &str = "/api/submit?wait=10";
    let address =
        origin.map_or_else(|| format!("http://127.0.0.1:8080{PATH}"), |origin| origin.address(PATH));
    include_str!("without_build_home.html").replace("{address}", &address)
}

async fn asset(State(site): State<Site>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&site, &format!("assets/{path}"), Caching::Immutable, &headers)
}

fn root_file(site: &Site, headers: &HeaderMap, path: &'static str) -> Response {
    let name = path.trim_start_matches('/');
    // Browsers ask for the icon by this name, whatever its format.
    let name = if name == "favicon.ico" && site.file(name).is_none() { "favicon.svg" } else { name };
    file(site, name, Caching::Revalidated, headers)
}

fn file(site: &Site, path: &str, caching: Caching, headers: &HeaderMap) -> Response {
    match site.file(path) {
        Some(file) => respond(file, caching, headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn robots(headers: HeaderMap) -> Response {
    let sitemap = Origin::of_request(&headers)
        .map(|origin| format!("\nSitemap: {}\n", origin.address("/sitemap.xml")))
        .unwrap_or_default();
    let text = format!("User-agent: *\nDisallow: /api/\nDisallow: /s/\n{sitemap}");
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn sitemap(headers: HeaderMap) -> Response {
    let Some(origin) = Origin::of_request(&headers) else { return StatusCode::NOT_FOUND.into_response() };
    let pages = Locale::ALL.map(|locale| format!("<url><loc>{}</loc></url>", home_address(&origin, locale)));
    let pages = pages.concat();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{pages}</urlset>\n"
    );
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}
