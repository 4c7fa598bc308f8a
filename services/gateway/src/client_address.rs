//! Client address behind trusted proxies, from `X-Forwarded-For` or `X-Real-IP`.
//!
//! Other peers may send these headers, too, but their own address counts. Services read the address from axum's
//! `ConnectInfo`, so they need not know about proxies. `X-Forwarded-Proto` of other peers is removed: what is left
//! of it is true.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

/// Scheme of the request that a proxy received.
pub(crate) const FORWARDED_SCHEME: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Networks of trusted proxies.
#[derive(Debug, Clone)]
pub(crate) struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// The last address in `X-Forwarded-For` that is not a trusted proxy; without that header, `X-Real-IP`.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.contains(peer) {
            return peer;
        }
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let forwarded: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
        let mut nearest = peer;
        for address in forwarded.iter().rev() {
            // Entries before an invalid address cannot be trusted.
            let Ok(address) = address.trim().parse() else { return nearest };
            if !self.contains(address) {
                return address;
            }
            nearest = address;
        }
        let real = headers.get("x-real-ip").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        real.filter(|_| forwarded.is_empty()).unwrap_or(nearest)
    }
}

/// Replaces the peer's address with the client's.
pub(crate) async fn resolve(
    State(trusted): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = trusted.client(peer.ip(), request.headers());
        if !trusted.contains(peer.ip()) {
            request.headers_mut().remove(FORWARDED_SCHEME);
        }
        if client != peer.ip() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[(&'static str, &str)]) -> String {
        let networks =
            ["127.0.0.0/8", "10.0.0.0/8", "::1/128"].map(|network| network.parse().expect("a network"));
        let mut headers = HeaderMap::new();
        for (name, value) in forwarded {
            headers.append(*name, value.parse().expect("a value"));
        }
        TrustedProxies::new(&networks).client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn the_client_is_the_nearest_untrusted_forwarded_address() {
        let forwarded = |list| [("x-forwarded-for", list)];
        for (peer, list, expected) in [
            ("127.0.0.1", "203.0.113.5", "203.0.113.5"),
            ("127.0.0.1", "198.51.100.9, 203.0.113.5", "203.0.113.5"),
            ("127.0.0.1", "203.0.113.5, 10.1.2.3", "203.0.113.5"),
            ("::ffff:127.0.0.1", "203.0.113.5", "203.0.113.5"),
            ("10.0.0.1", "10.0.0.9, 10.0.0.2", "10.0.0.9"),
            ("127.0.0.1", "203.0.113.5, nonsense", "127.0.0.1"),
            ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
            ("203.0.113.77", "198.51.100.9", "203.0.113.77"),
        ] {
            assert_eq!(client(peer, &forwarded(list)), expected, "{peer}: {list}");
        }
    }

    #[test]
    fn the_real_ip_header_counts_without_forwarded_addresses() {
        assert_eq!(client("127.0.0.1", &[("x-real-ip", "203.0.113.5")]), "203.0.113.5");
        assert_eq!(client("203.0.113.77", &[("x-real-ip", "198.51.100.1")]), "203.0.113.77");
        let both = [("x-real-ip", "198.51.100.1"), ("x-forwarded-for", "203.0.113.5")];
        assert_eq!(client("127.0.0.1", &both), "203.0.113.5");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
    }
}
