//! What is passed on of a request's and an answer's headers, and what is added: who asks, and under which id.

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
};
use model::RequestId;

use crate::arrival::REQUEST_ID;

/// What two neighbours say to each other, and to nobody beyond (RFC 9110, section 7.6.1).
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

/// Makes a client's headers those of the request that goes on.
pub(super) fn pass_on(parts: &mut Parts) {
    let upgrade = upgrade(&parts.headers);
    drop_hops(&mut parts.headers);
    // The name by which the client calls the gateway; the server has its own.
    parts.headers.remove(header::HOST);
    if let Some(protocol) = upgrade {
        ask_to_upgrade(&mut parts.headers, protocol);
    }
    if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
        name_caller(&mut parts.headers, *peer);
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

/// The protocol that one side wants to go over to.
pub(super) fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let connection = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let wants =
        connection.flat_map(|value| value.split(',')).any(|it| it.trim().eq_ignore_ascii_case("upgrade"));
    headers.get(header::UPGRADE).filter(|_| wants).cloned()
}

pub(super) fn ask_to_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, protocol);
}

/// Removes what was meant for the neighbour only, the headers that it names included.
pub(super) fn drop_hops(headers: &mut HeaderMap) {
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

/// Says who asks. The address is the one that was found out at the arrival, so nothing that a client claims goes on.
fn name_caller(headers: &mut HeaderMap, peer: SocketAddr) {
    let address = peer.ip().to_canonical().to_string();
    let address = HeaderValue::from_str(&address).expect("an address is visible ASCII");
    headers.insert(REAL_IP, address.clone());
    headers.insert(FORWARDED_FOR, address);
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn passed_on(request: axum::http::request::Builder) -> HeaderMap {
        let mut parts = request.body(()).expect("a request").into_parts().0;
        parts.extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4000))));
        parts.extensions.insert(RequestId::new("r1"));
        pass_on(&mut parts);
        parts.headers
    }

    #[test]
    fn what_is_meant_for_the_neighbour_stays_there() {
        let headers = passed_on(
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
    fn who_asks_is_told_and_cannot_be_made_up() {
        let claim = Request::get("/").header("x-real-ip", "198.51.100.1").header("x-forwarded-for", "a, b");
        let headers = passed_on(claim.header("x-request-id", "another"));
        assert_eq!(headers["x-real-ip"], "192.0.2.7");
        assert_eq!(headers["x-forwarded-for"], "192.0.2.7");
        assert_eq!(headers["x-request-id"], "r1");
    }

    #[test]
    fn a_connection_that_goes_over_to_another_protocol_says_so_to_the_end() {
        let asked = Request::get("/").header("connection", "Upgrade").header("upgrade", "websocket");
        let headers = passed_on(asked);
        assert_eq!(
            (&headers["connection"], &headers["upgrade"]),
            (&"upgrade".parse().expect("a value"), &"websocket".parse().expect("a value"))
        );
    }

    #[test]
    fn a_post_can_be_sent_twice_by_the_key_that_it_has_or_gets() {
        assert!(!passed_on(Request::get("/")).contains_key("idempotency-key"));
        let made = passed_on(Request::post("/"));
        assert_ne!(made["idempotency-key"], passed_on(Request::post("/"))["idempotency-key"]);
        assert_eq!(passed_on(Request::post("/").header("idempotency-key", "own"))["idempotency-key"], "own");
    }
}
