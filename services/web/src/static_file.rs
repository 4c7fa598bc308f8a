//! Responses with static files: precompressed variants, entity tags and caching.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::{encoding::Encoding, site::StaticFile};

/// Caching of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caching {
    /// Its name changes with its content: it is valid for ever.
    Immutable,
    /// It is asked for again each time, by its entity tag.
    Revalidated,
}

impl Caching {
    const fn header(self) -> HeaderValue {
        match self {
            Self::Immutable => HeaderValue::from_static("public, max-age=31536000, immutable"),
            Self::Revalidated => HeaderValue::from_static("no-cache"),
        }
    }
}

/// The file in the best encoding that the client accepts, or 304 if the client has it.
pub(crate) fn respond(file: &StaticFile, caching: Caching, request: &HeaderMap) -> Response {
    let variant = file.compressed.iter().find(|(encoding, _)| encoding.is_accepted(request));
    let encoding = variant.map(|(encoding, _)| *encoding);
    let tag = entity_tag(file, encoding);
    let is_known = has_tag(request, &tag);
    let (status, body) = match variant {
        _ if is_known => (StatusCode::NOT_MODIFIED, Body::empty()),
        Some((_, content)) => (StatusCode::OK, Body::from(Bytes::from_static(content))),
        None => (StatusCode::OK, Body::from(Bytes::from_static(file.content))),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, caching.header());
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ETAG, HeaderValue::try_from(tag).expect("a digest is visible ASCII"));
    if !is_known {
        headers.insert(header::CONTENT_TYPE, content_type(file));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        }
    }
    response
}

fn content_type(file: &StaticFile) -> HeaderValue {
    HeaderValue::from_str(&file.media_type).expect("a media type is visible ASCII")
}

/// Variants of a file differ in their bytes, so each has a strong tag of its own.
fn entity_tag(file: &StaticFile, encoding: Option<Encoding>) -> String {
    match encoding {
        Some(encoding) => format!("\"{}-{}\"", file.digest, encoding.name()),
        None => format!("\"{}\"", file.digest),
    }
}

/// Whether `If-None-Match` lists the tag. Its comparison is weak (RFC 9110, section 13.1.2).
fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|own| own == "*" || own.trim_start_matches("W/") == tag)
}
