//! Page of a shared program: readable without JavaScript, with the content that the API returns.
//!
//! The program is read through the routes of the API, whose service may be in another process.

use std::fmt::Write as _;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
    response::{IntoResponse as _, Response},
};
use tower::ServiceExt as _;
use wire::{Encoding, FileBody, ProblemDetails, ProblemType, SharedProgramBody};

use crate::{
    head::PageKind,
    locale::Locale,
    page::{Reader, escape, render},
    site::Site,
};

/// More than a share may have; a larger one is read by the application alone.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// The page of the share with this key; the error of the API if there is none.
pub(crate) async fn page(site: &Site, api: &Router, reader: &Reader, key: &str) -> Response {
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return not_found();
    }
    let Ok(request) = Request::get(format!("/api/shares/{key}")).body(Body::empty()) else {
        return not_found();
    };
    let response = match api.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.status() != StatusCode::OK {
        return response;
    }
    let body = to_bytes(response.into_body(), MAX_BODY).await.unwrap_or_default();
    match serde_json::from_slice::<SharedProgramBody>(&body) {
        Ok(program) => render(site, reader, PageKind::Share, Some(&content(&program, reader.locale))),
        Err(error) => {
            tracing::error!(%error, "a shared program cannot be read");
            ProblemDetails::internal().into_response()
        }
    }
}

fn not_found() -> Response {
    ProblemDetails::new(ProblemType::ShareNotFound, "There is no shared program with this key.")
        .into_response()
}

/// The words of the page.
struct Words {
    title: &'static str,
    language: &'static str,
    input: &'static str,
    binary: &'static str,
}

const fn words(locale: Locale) -> Words {
    match locale {
        Locale::English => Words {
            title: "A shared program",
            language: "Language",
            input: "Input",
            binary: "This file is not text.",
        },
        Locale::German => Words {
            title: "Ein geteiltes Programm",
            language: "Sprache",
            input: "Eingabe",
            binary: "Diese Datei ist kein Text.",
        },
    }
}

fn content(program: &SharedProgramBody, locale: Locale) -> String {
    let words = words(locale);
    let mut html =
        format!("<main><h1>{}</h1><p>{}: {}</p>", words.title, words.language, escape(&program.language));
    if let Some(code) = &program.code {
        write!(html, "<pre><code>{}</code></pre>", escape(code)).expect("a string takes all");
    }
    for FileBody { name, content, encoding } in &program.files {
        let shown = match encoding.unwrap_or_default() {
            Encoding::Utf8 => format!("<pre><code>{}</code></pre>", escape(content)),
            Encoding::Base64 => format!("<p>{}</p>", words.binary),
        };
        write!(html, "<h2>{}</h2>{shown}", escape(name)).expect("a string takes all");
    }
    if let Some(stdin) = program.stdin.as_ref().filter(|stdin| !stdin.is_empty()) {
        write!(html, "<h2>{}</h2><pre>{}</pre>", words.input, escape(stdin)).expect("a string takes all");
    }
    html + "</main>"
}
