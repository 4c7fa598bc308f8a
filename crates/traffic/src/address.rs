//! Caller keys: one key per subscriber, which is an `IPv4` address or an `IPv6` network.

use std::net::{IpAddr, Ipv6Addr};

/// The key of the caller at this address, the same for all addresses of a subscriber. An `IPv6` subscriber has
/// at least a /64 and could use a new address for each request.
pub fn caller_key(address: IpAddr) -> String {
    match subscriber_network(address) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(network) => format!("{network}/64"),
    }
}

/// The subscriber's address; for `IPv6` the address of its network.
pub fn subscriber_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_subscriber_have_one_caller_key() {
        for (address, caller) in [
            ("203.0.113.5", "203.0.113.5"),
            ("::ffff:203.0.113.5", "203.0.113.5"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
        ] {
            assert_eq!(caller_key(address.parse().expect("an address")), caller);
        }
    }
}
