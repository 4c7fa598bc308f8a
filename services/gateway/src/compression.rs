//! Compression: gzip in requests and responses.
//!
//! A small body can decompress to gigabytes, so the body limit applies to the decompressed bytes, too. Bodies
//! are decompressed as a stream.

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

/// The supported encoding.
const GZIP: &str = "gzip";
/// Smaller responses fit into one packet without compression.
const MIN_SIZE: u64 = 1024;

/// Encoding of a request body.
#[derive(Debug, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Other(String),
}

/// Decompresses a gzip body up to `max` bytes, and rejects other encodings.
pub(crate) async fn decompress_request(
    State(max): State<Bytes>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_read = !matches!(*request.method(), Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS);
    if !is_read || request.body().is_end_stream() {
        return next.run(request).await;
    }
    match request_encoding(request.headers()) {
        Encoding::Identity => next.run(request).await,
        Encoding::Other(name) => unsupported_encoding(&name),
        Encoding::Gzip => {
            request.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(GZIP));
            let inner = service_fn(|request: axum::http::Request<DecompressionBody<Body>>| {
                let request = request.map(|body| Body::new(Limited::new(body, max.as_usize())));
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

/// The encoding according to all headers.
fn request_encoding(headers: &HeaderMap) -> Encoding {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let named = values.flat_map(|value| value.to_str().unwrap_or("unreadable").split(','));
    let named: Vec<String> = named.map(|name| name.trim().to_ascii_lowercase()).collect();
    let mut real = named.iter().filter(|name| !matches!(name.as_str(), "" | "identity"));
    match (real.next().map(String::as_str), real.next()) {
        (None, _) => Encoding::Identity,
        (Some(GZIP | "x-gzip"), None) => Encoding::Gzip,
        // Also bodies that are compressed twice.
        _ => Encoding::Other(named.join(", ")),
    }
}

fn unsupported_encoding(name: &str) -> Response {
    let name: String = name.chars().take(60).collect();
    let detail = format!(
        "The body is compressed in a way that is not taken here: Content-Encoding is {}. Send it in gzip, or as it is.",
        model::escape_invisible(&name)
    );
    let mut response = ProblemDetails::new(ProblemType::UnsupportedEncoding, detail).into_response();
    // The supported encodings (RFC 9110, section 12.5.3).
    response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static(GZIP));
    response
}

/// Predicate of compressed responses.
type CompressionPredicate =
    And<And<DefaultPredicate, SizeAbove>, fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool>;

/// Compresses responses for clients that accept gzip, except small ones, images, event streams and artifacts.
pub(crate) fn compress_responses() -> CompressionLayer<CompressionPredicate> {
    // The entity tag of a file identifies its uncompressed bytes.
    let is_not_file: fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool =
        |_, _, headers, _| !headers.contains_key(header::CONTENT_DISPOSITION);
    let predicate = DefaultPredicate::new().and(SizeAbove::new(MIN_SIZE)).and(is_not_file);
    // CPU time is reserved for programs.
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(predicate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_layer_of_gzip_is_accepted() {
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
            assert_eq!(request_encoding(&headers), expected, "{sent:?}");
        }
    }
}
