//! Fuzz target of request headers: invariants for any headers. Called by `fuzz/targets` and by the test below.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
};

use crate::{body_limit, request_log, websocket_origin};

/// A request without body: the first line is the address, each further one a header.
///
/// # Panics
/// If an invariant is violated.
pub fn parameters(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let address = lines.next().unwrap_or_default();
    let headers: HeaderMap = lines.filter_map(header).collect();
    let Ok(mut request) = Request::get(address).body(Body::empty()) else { return };
    *request.headers_mut() = headers;
    let (id, answered) = request_log::request_id(&request);
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    assert!((1..=128).contains(&id.as_str().len()) && id.as_str().bytes().all(safe), "{id}");
    assert_eq!(answered.as_bytes(), id.as_str().as_bytes());
    let _none_will_do = body_limit::content_length(request.headers());
    check_origin(&request);
}

/// A page may open a `WebSocket` only from the server's own origin.
fn check_origin(request: &Request) {
    let is_cross_origin =
        websocket_origin::is_cross_origin(&websocket_origin::AllowedOrigins::new(&[]), request);
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let (false, Some(upgrade), true) =
        (is_cross_origin, text(header::UPGRADE), request.headers().contains_key(header::ORIGIN))
        && upgrade.eq_ignore_ascii_case("websocket")
    {
        let origin = text(header::ORIGIN).expect("an origin that is let in is text").to_ascii_lowercase();
        let host = text(header::HOST).or_else(|| request.uri().authority().map(Authority::as_str));
        let host = host.unwrap_or_default().to_ascii_lowercase();
        assert!(origin.ends_with(&format!("://{host}")), "{origin} at {host}");
    }
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((HeaderName::from_bytes(&line[..colon]).ok()?, HeaderValue::from_bytes(&line[colon + 1..]).ok()?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn any_headers_give_a_valid_id_and_a_checked_origin() {
        fuzzkit::try_corpus_and_mutations("parameters", super::parameters);
    }
}
