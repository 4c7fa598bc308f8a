//! Who is behind a proxy: the address of the client, where a proxy that is trusted stands in between.
//!
//! Whoever is no such proxy may claim what it likes: its own address counts. Services read the address where axum puts that of
//! the peer, so they need to know nothing of proxies.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

/// The networks whose word on a client's address is taken.
#[derive(Debug, Clone)]
pub(crate) struct Trusted(Arc<[IpNet]>);

impl Trusted {
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// The last address in `X-Forwarded-For` that is not that of a proxy; where there is no such header, `X-Real-IP`.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let told = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let told: Vec<&str> = told.flat_map(|value| value.split(',')).collect();
        let mut nearest = peer;
        for address in told.iter().rev() {
            // Behind what is no address there is nothing to be believed.
            let Ok(address) = address.trim().parse() else { return nearest };
            if !self.trusts(address) {
                return address;
            }
            nearest = address;
        }
        let real = headers.get("x-real-ip").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        real.filter(|_| told.is_empty()).unwrap_or(nearest)
    }
}

/// Puts the client's address where the peer's was.
pub(crate) async fn find(State(trusted): State<Trusted>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = trusted.client(peer.ip(), request.headers());
        if client != peer.ip() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, told: &[(&'static str, &str)]) -> String {
        let networks =
            ["127.0.0.0/8", "10.0.0.0/8", "::1/128"].map(|network| network.parse().expect("a network"));
        let mut headers = HeaderMap::new();
        for (name, value) in told {
            headers.append(*name, value.parse().expect("a value"));
        }
        Trusted::new(&networks).client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn a_client_is_who_the_nearest_trusted_proxy_says_it_is() {
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
    fn the_real_address_counts_where_nothing_else_is_told() {
        assert_eq!(client("127.0.0.1", &[("x-real-ip", "203.0.113.5")]), "203.0.113.5");
        assert_eq!(client("203.0.113.77", &[("x-real-ip", "198.51.100.1")]), "203.0.113.77");
        let both = [("x-real-ip", "198.51.100.1"), ("x-forwarded-for", "203.0.113.5")];
        assert_eq!(client("127.0.0.1", &both), "203.0.113.5");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
    }
}
