//! Error page: a browser that navigates gets errors as pages, every other client as problem details.
//!
//! A layer outside of the gateway's, so it sees complete errors and keeps their status and headers. `/api` is for
//! programs and has no pages.

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use serde::Deserialize;

use crate::{
    encoding::preferences,
    head::PageKind,
    locale::Locale,
    page::{Reader, escape, render},
    site::Site,
};

/// More than any problem has.
const MAX_PROBLEM: usize = 64 * 1024;

/// The part of a problem that people read.
#[derive(Debug, Default, Deserialize)]
struct ProblemText {
    title: String,
    #[serde(default)]
    detail: String,
}

/// Shows errors of this application to browsers as pages of this site.
pub fn with_error_pages(application: Router, site: Site) -> Router {
    application.layer(middleware::from_fn_with_state(site, show_errors_as_pages))
}

async fn show_errors_as_pages(State(site): State<Site>, request: Request, next: Next) -> Response {
    if !is_navigation(&request) {
        return next.run(request).await;
    }
    let reader = Reader::of_request(None, request.headers());
    let response = next.run(request).await;
    if !is_problem(&response) {
        return response;
    }
    let (parts, body) = response.into_parts();
    // Without a text the status has to do.
    let problem = to_bytes(body, MAX_PROBLEM).await.ok().and_then(|body| serde_json::from_slice(&body).ok());
    let content = content(parts.status, &problem.unwrap_or_default(), reader.locale);
    let mut page = render(&site, &reader, PageKind::Error, Some(&content));
    *page.status_mut() = parts.status;
    keep_headers(&parts.headers, page.headers_mut());
    page
}

/// A request for a page: one that prefers HTML, outside of the API.
fn is_navigation(request: &Request) -> bool {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    let is_api = path == "/api" || path.starts_with("/api/");
    let accepts_html = preferences(request.headers(), header::ACCEPT)
        .any(|(name, weight)| name == "text/html" && weight > 0.0);
    is_read && !is_api && accepts_html
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == wire::PROBLEM_JSON)
}

/// The headers of an error that do not describe its body or its policy.
fn keep_headers(of_error: &HeaderMap, page: &mut HeaderMap) {
    for (name, value) in of_error {
        let describes_body = matches!(*name, header::CONTENT_LENGTH | header::CONTENT_ENCODING);
        if !describes_body && !page.contains_key(name) {
            page.append(name, value.clone());
        }
    }
}

fn content(status: StatusCode, problem: &ProblemText, locale: Locale) -> String {
    let (title, detail) = match (status, locale) {
        (StatusCode::NOT_FOUND, Locale::English) => (
            "This page does not exist",
            "The address may be mistyped, or the page has been removed.".to_owned(),
        ),
        (StatusCode::NOT_FOUND, Locale::German) => (
            "Diese Seite gibt es nicht",
            "Vielleicht ist die Adresse falsch geschrieben, oder die Seite wurde entfernt.".to_owned(),
        ),
        _ => (problem.title.as_str(), problem.detail.clone()),
    };
    let home = match locale {
        Locale::English => "To the home page",
        Locale::German => "Zur Startseite",
    };
    format!(
        "<main><h1>{}</h1><p>{}</p><p><a href=\"/\">{home}</a></p></main>",
        escape(title),
        escape(&detail)
    )
}
