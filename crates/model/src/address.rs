//! Address rule: filter for the addresses that the server calls on behalf of a client (protection against SSRF).
//!
//! The sender of a job may name a webhook address. Without a filter the server would give access to its own network: to the
//! metadata service of a cloud, to its admin listener, to a database beside it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Allowed addresses: the public internet, and the networks that the installation names. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRule {
    allowed: Arc<[IpNet]>,
}

impl AddressRule {
    /// A rule that allows public addresses and these networks.
    pub fn allowing(networks: &[IpNet]) -> Self {
        Self { allowed: networks.into() }
    }

    /// Whether this address may be called.
    pub fn permits(&self, address: IpAddr) -> bool {
        is_public(address) || self.allowed.iter().any(|network| network.contains(&address))
    }
}

/// Whether an address belongs to the public internet. Reserved and multicast addresses do not, nor those that embed another address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            PUBLIC_V6.contains(&address) && !SPECIAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// IANA's registry of special-purpose addresses, multicast and reserved blocks, and one public address that a cloud uses internally.
const SPECIAL_V4: [Ipv4Net; 18] = [
    // This host, private networks, shared ones behind a carrier's translation, loopback, link-local with the metadata of clouds.
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
    // Of protocols, documentation, measurements.
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 52, 193, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 175, 48, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    // Multicast, and reserved with broadcast.
    v4(224, 0, 0, 0, 3),
    // Azure's, through which a virtual machine talks to its host.
    v4(168, 63, 129, 16, 32),
];

/// The block of global unicast addresses. Loopback, mapped `IPv4`, `NAT64`, private, link-local and multicast addresses lie outside.
const PUBLIC_V6: Ipv6Net = v6(0x2000, 0, 3);

const SPECIAL_V6: [Ipv6Net; 4] = [
    // Of protocols, with Teredo; documentation; 6to4, which embeds an IPv4 address.
    v6(0x2001, 0, 23),
    v6(0x2001, 0xdb8, 32),
    v6(0x2002, 0, 16),
    v6(0x3fff, 0, 20),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn addresses_of_the_public_internet_are_public() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "223.255.255.255",
            "168.63.129.17",
            "2606:4700:4700::1111",
            "2a00:1450:4001:82f::200e",
        ] {
            assert!(is_public(address(public)), "{public}");
        }
    }

    #[test]
    fn nothing_of_a_servers_own_network_is_public() {
        for own in [
            // Loopback, this host.
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "::1",
            "::",
            // Private, shared, link-local, metadata of clouds.
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "192.0.0.192",
            "168.63.129.16",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            // IPv4 embedded in IPv6: mapped, compatible, NAT64, 6to4, Teredo.
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            // Multicast, broadcast, reserved, documentation.
            "224.0.0.1",
            "239.255.255.255",
            "255.255.255.255",
            "240.0.0.1",
            "ff02::1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "2001:db8::1",
            "3fff::1",
            "5f00::1",
            "100::1",
        ] {
            assert!(!is_public(address(own)), "{own}");
        }
    }

    #[test]
    fn an_installation_may_allow_networks_of_its_own_and_no_more() {
        let network: IpNet = "10.1.0.0/16".parse().expect("a network");
        let rule = AddressRule::allowing(&[network]);
        assert!(rule.permits(address("10.1.2.3")) && rule.permits(address("1.1.1.1")));
        for refused in ["10.2.0.1", "127.0.0.1", "::ffff:10.1.2.3"] {
            assert!(!rule.permits(address(refused)), "{refused}");
        }
        assert!(!AddressRule::default().permits(address("10.1.2.3")));
    }
}
