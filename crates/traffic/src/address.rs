//! Whom an address stands for: one of `IPv4` for itself, one of `IPv6` for its network.

use std::net::{IpAddr, Ipv6Addr};

/// The caller at this address, as text: the same for all addresses that one subscriber has. Of `IPv6` that is at least a /64, out of
/// which whoever has it may take a new address for each request.
pub fn caller_at(address: IpAddr) -> String {
    match subscriber_at(address) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(network) => format!("{network}/64"),
    }
}

/// The same as an address: that of the network, for `IPv6`.
pub fn subscriber_at(address: IpAddr) -> IpAddr {
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
    fn addresses_of_one_subscriber_are_one_caller() {
        for (address, caller) in [
            ("203.0.113.5", "203.0.113.5"),
            ("::ffff:203.0.113.5", "203.0.113.5"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
        ] {
            assert_eq!(caller_at(address.parse().expect("an address")), caller);
        }
    }
}
