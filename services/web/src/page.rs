//! Page: the template of the build with nonce, metadata and content.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use wire::ProblemDetails;

use crate::{
    head::{self, PageKind},
    locale::Locale,
    origin::Origin,
    policy::{Nonce, policy},
    site::Site,
};

const NONCE: &str = "__CSP_NONCE__";
const HEAD: &str = "<!--head-->";
const CONTENT: &str = "<!--content-->";
/// The language of the template, before it has that of its reader.
const TEMPLATE_LANGUAGE: &str = "<html lang=\"en\"";
/// Pages have a nonce, so none is a copy of another; and they may set a cookie, so no proxy may store them.
const CACHING: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The parts of a request that pages depend on.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) locale: Locale,
    pub(crate) origin: Option<Origin>,
}

impl Reader {
    /// The reader of a request with this parameter `lang`.
    pub(crate) fn of_request(requested: Option<&str>, headers: &HeaderMap) -> Self {
        Self { locale: Locale::of_request(requested, headers), origin: Origin::of_request(headers) }
    }
}

/// A page of this kind. `content` is HTML; without any, the page has that of the build.
pub(crate) fn render(site: &Site, reader: &Reader, kind: PageKind, content: Option<&str>) -> Response {
    let Ok(nonce) = Nonce::generate() else {
        return ProblemDetails::internal().into_response();
    };
    let Reader { locale, origin } = reader;
    let trusted = site.fragment(kind, *locale).unwrap_or_default().replace(NONCE, nonce.as_str());
    let page = site
        .template()
        .replace(NONCE, nonce.as_str())
        .replacen(TEMPLATE_LANGUAGE, &format!("<html lang=\"{}\"", locale.code()), 1)
        .replacen(HEAD, &head::elements(kind, *locale, origin.as_ref()), 1)
        // Last: what is inserted is not searched for placeholders.
        .replacen(CONTENT, content.unwrap_or(&trusted), 1);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy(&nonce, origin.as_ref())),
        (header::CACHE_CONTROL, CACHING),
        (header::VARY, HeaderValue::from_static("accept-language, cookie, accept")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.code())),
    ];
    (StatusCode::OK, headers, Html(page)).into_response()
}

/// Text as HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    const TEMPLATE: &[u8] =
        b"<html lang=\"en\"><head><!--head--><script nonce=\"__CSP_NONCE__\"></script></head>\
        <body><div id=\"root\"><!--content--></div></body></html>";

    async fn page(content: Option<&str>) -> (String, String) {
        let site =
            Site::from_files(&[("index.html", TEMPLATE), ("prerendered/de/index.html", b"<h1>Hallo</h1>")]);
        let reader = Reader { locale: Locale::German, origin: None };
        let response = render(&site, &reader, PageKind::Home, content);
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (String::from_utf8(body.to_vec()).expect("text"), policy)
    }

    #[tokio::test]
    async fn each_response_has_a_nonce_of_its_own_in_page_and_policy() {
        let (first, policy) = page(None).await;
        let nonce = first.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce");
        assert_eq!(nonce.len(), 24);
        assert!(policy.contains(&format!("script-src 'self' 'nonce-{nonce}'")), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!page(None).await.0.contains(nonce), "a nonce is used once");
    }

    #[tokio::test]
    async fn a_page_has_the_content_and_the_language_of_its_reader() {
        let (page, _) = page(None).await;
        assert!(page.contains("<html lang=\"de\">"), "{page}");
        assert!(page.contains("<div id=\"root\"><h1>Hallo</h1></div>"), "{page}");
        assert!(page.contains("<title>Code Runner: Programme schreiben"), "{page}");
    }

    #[tokio::test]
    async fn placeholders_in_content_stay_text() {
        let (page, _) = page(Some("__CSP_NONCE__ <!--head-->")).await;
        assert!(page.contains("__CSP_NONCE__ <!--head-->"), "{page}");
        assert_eq!(escape("<a b='c'>&\""), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;");
    }
}
