//! Pages and files of a site, as a client sees them.

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
    response::IntoResponse as _,
    routing::get,
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use web::Site;
use wire::{Encoding, FileBody, Json, ProblemDetails, ProblemType, SharedProgramBody};

const TEMPLATE: &[u8] =
    b"<!doctype html><html lang=\"en\"><head><!--head--></head><body><!--content--></body></html>";
const FILES: [(&str, &[u8]); 7] = [
    ("index.html", TEMPLATE),
    ("prerendered/en/index.html", b"<h1>Write a program</h1>"),
    ("assets/app-1a2b.js", b"let long = 1;"),
    ("assets/app-1a2b.js.br", b"brotli"),
    ("assets/app-1a2b.js.gz", b"gzip"),
    ("assets/plain-1.css", b"a {}"),
    ("favicon.svg", b"<svg/>"),
];

fn shared_program() -> SharedProgramBody {
    let file = |name: &str, content: &str, encoding| FileBody {
        name: name.to_owned(),
        content: content.to_owned(),
        encoding: Some(encoding),
    };
    SharedProgramBody {
        language: "python".to_owned(),
        code: Some("print('<script>' + input())".to_owned()),
        files: vec![file("a.txt", "1 < 2", Encoding::Utf8), file("b.bin", "AAE=", Encoding::Base64)],
        stdin: Some("<!--content-->".to_owned()),
        created_at: String::new(),
        expires_at: String::new(),
    }
}

/// The site with a fallback and a refused route, as the gateway has them.
fn application(files: &[(&'static str, &'static [u8])]) -> Router {
    let site = Site::from_files(files);
    let api = Router::new()
        .route("/api/shares/hello", get(|| async { Json(shared_program()) }))
        .fallback(|| async { ProblemDetails::new(ProblemType::ShareNotFound, "Nothing.").into_response() });
    let (router, _) = web::router(site.clone(), api).split_for_parts();
    let busy = || async {
        ProblemDetails::new(ProblemType::LimitExceeded, "Wait <1> s.").retry_after(1).into_response()
    };
    let router = router
        .route("/busy", get(busy))
        .route("/api/busy", get(busy))
        .fallback(|| async { ProblemDetails::new(ProblemType::RouteNotFound, "Nothing.").into_response() });
    web::with_error_pages(router, site)
}

async fn ask(path: &str, headers: &[(header::HeaderName, &str)]) -> Response<Body> {
    let mut request = Request::get(path).header(header::HOST, "code.example:8080");
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    application(&FILES).oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible")
}

async fn text(response: Response<Body>) -> String {
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(body.to_vec()).expect("text")
}

const HTML: (header::HeaderName, &str) = (header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test]
async fn the_home_page_is_readable_without_javascript_and_names_its_versions() {
    let response = ask("/", &[HTML]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "private, no-cache");
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
    assert!(
        policy.contains("connect-src 'self' ws://code.example:8080 wss://code.example:8080;"),
        "{policy}"
    );
    let page = text(response).await;
    for part in [
        "<h1>Write a program</h1>",
        "<title>Code Runner: write and run programs</title>",
        "<link rel=\"canonical\" href=\"http://code.example:8080/?lang=en\">",
        "hreflang=\"de\" href=\"http://code.example:8080/?lang=de\"",
        "hreflang=\"x-default\" href=\"http://code.example:8080/\"",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[tokio::test]
async fn a_shared_program_is_readable_without_javascript_and_is_text() {
    let page = text(ask("/s/hello", &[HTML]).await).await;
    for part in [
        "<code>print(&#39;&lt;script&gt;&#39; + input())</code>",
        "<h2>a.txt</h2><pre><code>1 &lt; 2</code></pre>",
        "<h2>b.bin</h2><p>This file is not text.</p>",
        "<h2>Input</h2><pre>&lt;!--content--&gt;</pre>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("<script>") && !page.contains("AAE="), "{page}");
}

#[tokio::test]
async fn an_unknown_share_is_not_found() {
    for path in ["/s/unknown", "/s/a%2Fb", "/s/%3Cscript%3E"] {
        let page = ask(path, &[HTML]).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(text(page).await.contains("This page does not exist"), "{path}");
    }
}

#[tokio::test]
async fn the_page_of_a_share_is_not_for_search_engines() {
    let page = text(ask("/s/hello", &[HTML, (header::ACCEPT_LANGUAGE, "de")]).await).await;
    assert!(page.contains("<html lang=\"de\">") && page.contains("content=\"noindex\""), "{page}");
}

/// Asks for the script with this `Accept-Encoding` and compares encoding and content.
async fn check_encoding(accepted: &str, encoding: Option<&str>, content: &str) {
    let response = ask("/assets/app-1a2b.js", &[(header::ACCEPT_ENCODING, accepted)]).await;
    let headers = response.headers();
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(headers[header::VARY], "accept-encoding");
    assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    let sent = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().expect("text").to_owned());
    assert_eq!(sent.as_deref(), encoding, "{accepted}");
    assert_eq!(text(response).await, content, "{accepted}");
}

#[tokio::test]
async fn an_asset_is_sent_in_the_best_encoding_that_its_client_accepts() {
    check_encoding("gzip, br", Some("br"), "brotli").await;
    check_encoding("gzip", Some("gzip"), "gzip").await;
    check_encoding("br;q=0, gzip", Some("gzip"), "gzip").await;
    check_encoding("identity", None, "let long = 1;").await;
}

#[tokio::test]
async fn a_file_that_the_client_has_is_not_sent_again() {
    for (path, accepted) in
        [("/assets/app-1a2b.js", "br"), ("/assets/app-1a2b.js", "identity"), ("/favicon.svg", "br")]
    {
        let first = ask(path, &[(header::ACCEPT_ENCODING, accepted)]).await;
        let tag = first.headers()[header::ETAG].to_str().expect("text").to_owned();
        let known = format!("\"other\", W/{tag}");
        let again = ask(path, &[(header::ACCEPT_ENCODING, accepted), (header::IF_NONE_MATCH, &known)]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(text(again).await, "");
        let changed =
            ask(path, &[(header::ACCEPT_ENCODING, accepted), (header::IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!(changed.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn variants_of_a_file_have_different_tags() {
    let mut tags = Vec::new();
    for accepted in ["br", "gzip", "identity"] {
        let response = ask("/assets/app-1a2b.js", &[(header::ACCEPT_ENCODING, accepted)]).await;
        tags.push(response.headers()[header::ETAG].clone());
    }
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
}

#[tokio::test]
async fn only_files_of_the_build_are_served() {
    for path in [
        "/assets/index.html",
        "/assets/../index.html",
        "/assets/app-1a2b.js.br",
        "/assets/%2e%2e/index.html",
        "/prerendered/en/index.html",
        "/manifest.webmanifest",
    ] {
        assert_eq!(ask(path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_browser_gets_errors_as_pages_and_other_clients_as_problems() {
    let page = ask("/nothing", &[HTML, (header::ACCEPT_LANGUAGE, "de")]).await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(text(page).await.contains("Diese Seite gibt es nicht"));

    for (path, accept) in [
        ("/nothing", "*/*"),
        ("/nothing", "application/json"),
        ("/api/busy", HTML.1),
        ("/nothing", "text/html;q=0"),
    ] {
        let problem = ask(path, &[(header::ACCEPT, accept)]).await;
        assert_eq!(problem.headers()[header::CONTENT_TYPE], wire::PROBLEM_JSON, "{path} {accept}");
    }
}

#[tokio::test]
async fn a_page_of_an_error_keeps_its_status_its_headers_and_its_words() {
    let page = ask("/busy", &[HTML]).await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(page.headers()[header::RETRY_AFTER], "1");
    assert!(page.headers().contains_key(header::CONTENT_SECURITY_POLICY));
    let page = text(page).await;
    assert!(page.contains("<p>Wait &lt;1&gt; s.</p>"), "{page}");
}

#[tokio::test]
async fn robots_and_sitemap_name_the_pages_by_the_address_of_the_request() {
    let secure = (header::HeaderName::from_static("x-forwarded-proto"), "https");
    let robots = text(ask("/robots.txt", &[secure]).await).await;
    assert!(robots.contains("Disallow: /s/\n"), "{robots}");
    assert!(robots.contains("Sitemap: https://code.example:8080/sitemap.xml"), "{robots}");
    let sitemap = text(ask("/sitemap.xml", &[]).await).await;
    assert!(sitemap.contains("<loc>http://code.example:8080/?lang=de</loc>"), "{sitemap}");
}

#[tokio::test]
async fn a_server_without_a_build_has_a_page_that_says_how_to_get_one() {
    let request =
        Request::get("/").header(header::HOST, "code.example").body(Body::empty()).expect("a request");
    let response = application(&[]).oneshot(request).await.expect("infallible");
    let page = text(response).await;
    assert!(page.contains("<code>make run</code>"), "{page}");
    assert!(page.contains("curl -s 'http://code.example/api/submit?wait=10'"), "{page}");
    let hostile = Request::get("/").header(header::HOST, "<script>").body(Body::empty()).expect("a request");
    let response = application(&[]).oneshot(hostile).await.expect("infallible");
    assert!(!text(response).await.contains("<script>"));
}
