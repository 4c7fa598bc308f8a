//! What holds for whatever headers a request has. Called by `fuzz/targets` and by the test below.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
};

use crate::{arrival, body_limit, origin};

/// A request without its body: the first line is the address, each further one a header.
///
/// # Panics
/// When something does not hold.
pub fn parameters(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let address = lines.next().unwrap_or_default();
    let headers: HeaderMap = lines.filter_map(header).collect();
    let Ok(mut request) = Request::get(address).body(Body::empty()) else { return };
    *request.headers_mut() = headers;
    let (id, answered) = arrival::identify(&request);
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    assert!((1..=128).contains(&id.as_str().len()) && id.as_str().bytes().all(safe), "{id}");
    assert_eq!(answered.as_bytes(), id.as_str().as_bytes());
    let _none_will_do = body_limit::announced(request.headers());
    foreign(&request);
}

/// A page may open a `WebSocket` only where the browser says that it is the server's own.
fn foreign(request: &Request) {
    let is_foreign = origin::is_foreign(&origin::Allowed::new(&[]), request);
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let (false, Some(upgrade), true) =
        (is_foreign, text(header::UPGRADE), request.headers().contains_key(header::ORIGIN))
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
    fn whatever_headers_say_a_request_has_a_sane_id_and_a_known_origin() {
        fuzzkit::try_corpus_and_mutations("parameters", super::parameters);
    }
}
