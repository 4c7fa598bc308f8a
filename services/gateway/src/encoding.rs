//! Compression: requests may come in gzip, answers go out in it where that pays.
//!
//! A small body can unpack to gigabytes, so what is unpacked has the same cap as what comes as it is, and is cut off there. It is
//! unpacked as it is read, never kept as a whole here.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http_body::Body as _;
use http_body_util::Limited;
use model::Bytes;
use tower::{ServiceExt as _, service_fn};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{And, DefaultPredicate, Predicate as _, SizeAbove},
    },
    decompression::{DecompressionBody, RequestDecompression},
};
use wire::{ProblemDetails, ProblemType};

/// The one encoding that is taken and given.
const GZIP: &str = "gzip";
/// A smaller answer fits into one packet as it is.
const WORTH_COMPRESSING: u64 = 1024;

/// How a request's body is encoded.
#[derive(Debug, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Other(String),
}

/// Unpacks a body in gzip, up to `most` bytes, and refuses any other encoding.
pub(crate) async fn unpack(State(most): State<Bytes>, mut request: Request, next: Next) -> Response {
    let is_read = !matches!(*request.method(), Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS);
    if !is_read || request.body().is_end_stream() {
        return next.run(request).await;
    }
    match encoding(request.headers()) {
        Encoding::Identity => next.run(request).await,
        Encoding::Other(name) => refused(&name),
        Encoding::Gzip => {
            request.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(GZIP));
            let inner = service_fn(|request: axum::http::Request<DecompressionBody<Body>>| {
                let request = request.map(|body| Body::new(Limited::new(body, most.as_usize())));
                let next = next.clone();
                async move { Ok::<_, std::convert::Infallible>(next.run(request).await) }
            });
            match RequestDecompression::new(inner).oneshot(request).await {
                Ok(response) => response.map(Body::new),
                Err(never) => match never {},
            }
        }
    }
}

/// What all the headers say together.
fn encoding(headers: &HeaderMap) -> Encoding {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let named = values.flat_map(|value| value.to_str().unwrap_or("unreadable").split(','));
    let named: Vec<String> = named.map(|name| name.trim().to_ascii_lowercase()).collect();
    let mut real = named.iter().filter(|name| !matches!(name.as_str(), "" | "identity"));
    match (real.next().map(String::as_str), real.next()) {
        (None, _) => Encoding::Identity,
        (Some(GZIP | "x-gzip"), None) => Encoding::Gzip,
        // Also a body that is compressed twice.
        _ => Encoding::Other(named.join(", ")),
    }
}

fn refused(name: &str) -> Response {
    let name: String = name.chars().take(60).collect();
    let detail = format!(
        "The body is compressed in a way that is not taken here: Content-Encoding is {}. Send it in gzip, or as it is.",
        model::escape_invisible(&name)
    );
    let mut response = ProblemDetails::new(ProblemType::UnsupportedEncoding, detail).into_response();
    // What would be taken (RFC 9110, section 12.5.3).
    response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(GZIP));
    response
}

/// Which answers are worth it.
type Worthwhile =
    And<And<DefaultPredicate, SizeAbove>, fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool>;

/// Compresses answers for clients that take gzip: none that is small, an image, a stream of events or a file of a program's.
pub(crate) fn compression() -> CompressionLayer<Worthwhile> {
    // Also what a file is named by, its tag, stays that of its bytes as they are.
    let is_no_file: fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool =
        |_, _, headers, _| !headers.contains_key(header::CONTENT_DISPOSITION);
    let worthwhile = DefaultPredicate::new().and(SizeAbove::new(WORTH_COMPRESSING)).and(is_no_file);
    // The processors are for programs.
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_layer_of_gzip_is_taken_and_nothing_else() {
        let other = |name: &str| Encoding::Other(name.to_owned());
        for (sent, expected) in [
            (&[][..], Encoding::Identity),
            (&["identity"], Encoding::Identity),
            (&["gzip"], Encoding::Gzip),
            (&["GZip"], Encoding::Gzip),
            (&["x-gzip"], Encoding::Gzip),
            (&["gzip, identity"], Encoding::Gzip),
            (&["gzip, gzip"], other("gzip, gzip")),
            (&["gzip", "gzip"], other("gzip, gzip")),
            (&["br"], other("br")),
            (&["deflate"], other("deflate")),
            (&["zstd"], other("zstd")),
            (&["gzip, br"], other("gzip, br")),
        ] {
            let mut headers = HeaderMap::new();
            for value in sent {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(encoding(&headers), expected, "{sent:?}");
        }
    }
}
