//! Proxy headers: forwarded and removed headers, client address and request id.

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
};
use model::RequestId;

use crate::request_log::REQUEST_ID;

/// Hop-by-hop headers (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "trailer",
];
pub(super) const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Converts a client's headers to those of the forwarded request.
pub(super) fn prepare_request(parts: &mut Parts) {
    let upgrade = upgrade(&parts.headers);
    remove_hop_by_hop(&mut parts.headers);
    // It is the gateway's host; the server has its own.
    parts.headers.remove(header::HOST);
    if let Some(protocol) = upgrade {
        set_upgrade(&mut parts.headers, protocol);
    }
    if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
        set_client_address(&mut parts.headers, *peer);
    }
    let id = parts.extensions.get::<RequestId>().and_then(|id| HeaderValue::from_str(&id.to_string()).ok());
    if let Some(id) = id {
        parts.headers.insert(REQUEST_ID, id);
    }
    if parts.method == Method::POST && !parts.headers.contains_key(IDEMPOTENCY_KEY) {
        let key = HeaderValue::from_str(&uuid::Uuid::now_v7().to_string());
        parts.headers.insert(IDEMPOTENCY_KEY, key.expect("a UUID is visible ASCII"));
    }
}

/// The protocol of a requested upgrade.
pub(super) fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let connection = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let wants =
        connection.flat_map(|value| value.split(',')).any(|it| it.trim().eq_ignore_ascii_case("upgrade"));
    headers.get(header::UPGRADE).filter(|_| wants).cloned()
}

pub(super) fn set_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, protocol);
}

/// Removes hop-by-hop headers, including those named by `Connection`.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove(header::UPGRADE);
}

/// Sets the client's address, as determined by `client_address.rs`, so that no claim of the client is
/// forwarded.
fn set_client_address(headers: &mut HeaderMap, peer: SocketAddr) {
    let address = peer.ip().to_canonical().to_string();
    let address = HeaderValue::from_str(&address).expect("an address is visible ASCII");
    headers.insert(REAL_IP, address.clone());
    headers.insert(FORWARDED_FOR, address);
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn prepare_headers(request: axum::http::request::Builder) -> HeaderMap {
        let mut parts = request.body(()).expect("a request").into_parts().0;
        parts.extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4000))));
        parts.extensions.insert(RequestId::new("r1"));
        prepare_request(&mut parts);
        parts.headers
    }

    #[test]
    fn hop_by_hop_headers_are_removed() {
        let headers = prepare_headers(
            Request::get("/")
                .header("connection", "keep-alive, x-private")
                .header("x-private", "1")
                .header("te", "trailers")
                .header("transfer-encoding", "chunked")
                .header("upgrade", "h2c")
                .header("accept", "*/*"),
        );
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "x-forwarded-for", "x-real-ip", "x-request-id"]);
    }

    #[test]
    fn the_client_address_is_set_and_cannot_be_forged() {
        let claim = Request::get("/").header("x-real-ip", "198.51.100.1").header("x-forwarded-for", "a, b");
        let headers = prepare_headers(claim.header("x-request-id", "another"));
        assert_eq!(headers["x-real-ip"], "192.0.2.7");
        assert_eq!(headers["x-forwarded-for"], "192.0.2.7");
        assert_eq!(headers["x-request-id"], "r1");
    }

    #[test]
    fn an_upgrade_is_forwarded() {
        let asked = Request::get("/").header("connection", "Upgrade").header("upgrade", "websocket");
        let headers = prepare_headers(asked);
        assert_eq!(
            (&headers["connection"], &headers["upgrade"]),
            (&"upgrade".parse().expect("a value"), &"websocket".parse().expect("a value"))
        );
    }

    #[test]
    fn a_post_has_an_idempotency_key() {
        assert!(!prepare_headers(Request::get("/")).contains_key("idempotency-key"));
        let made = prepare_headers(Request::post("/"));
        assert_ne!(made["idempotency-key"], prepare_headers(Request::post("/"))["idempotency-key"]);
        assert_eq!(
            prepare_headers(Request::post("/").header("idempotency-key", "own"))["idempotency-key"],
            "own"
        );
    }
}
