//! Allowed hosts: the host names that a listener accepts, as a defence against DNS rebinding.
//!
//! A page of `http://evil.example` can make its name resolve to an address of this server after it was loaded.
//! To the browser it is then a page of this server and may send and read every request. Only the `Host` header
//! reveals it, because a browser puts the page's own name there. Accepted names are therefore those that an
//! attacker cannot control: loopback names on a loopback listener; on other listeners addresses and
//! single-label names, which no public DNS server resolves; and the configured ones.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Uri, Version, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use wire::{ProblemDetails, ProblemType};

/// The host names that a listener accepts. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct AllowedHosts(Arc<HostRules>);

#[derive(Debug)]
struct HostRules {
    names: Vec<Pattern>,
    listener: Exposure,
    addresses: Addresses,
}

/// Where a listener can be reached from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exposure {
    Loopback,
    Network,
}

/// The addresses that are accepted as hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Addresses {
    All,
    OwnExposure,
}

/// A configured host.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// Every name.
    Any,
    /// This name.
    Name(String),
    /// All names with this suffix, which begins with a dot.
    Subdomains(String),
    /// This address.
    Address(IpAddr),
}

/// Error: a configured host is invalid.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no name of a host: write it without scheme, port and path, such as \"code.school.example\" or \"*.school.example\""
)]
pub struct InvalidHost(String);

/// The host in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host<'a> {
    Address(IpAddr),
    Name(&'a str),
}

impl AllowedHosts {
    /// Accepts every host.
    pub fn any() -> Self {
        Self(Arc::new(HostRules {
            names: vec![Pattern::Any],
            listener: Exposure::Network,
            addresses: Addresses::All,
        }))
    }

    /// The hosts of a listener at this address, and the configured ones.
    pub fn for_listener(listener: IpAddr, names: &[String]) -> Result<Self, InvalidHost> {
        let names = names.iter().map(|name| parse_pattern(name)).collect::<Result<_, _>>()?;
        let listener =
            if listener.to_canonical().is_loopback() { Exposure::Loopback } else { Exposure::Network };
        Ok(Self(Arc::new(HostRules { names, listener, addresses: Addresses::OwnExposure })))
    }

    /// The same for a listener that operators' programs call by address.
    #[must_use]
    pub fn for_operators(&self) -> Self {
        let HostRules { names, listener, .. } = self.0.as_ref();
        Self(Arc::new(HostRules { names: names.clone(), listener: *listener, addresses: Addresses::All }))
    }

    /// Rejects a request with another host, or without a required one.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Box<ProblemDetails>> {
        self.check_parts(request.uri(), request.headers(), request.version())
    }

    fn check_parts(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        version: Version,
    ) -> Result<(), Box<ProblemDetails>> {
        if self.0.names == [Pattern::Any] {
            return Ok(());
        }
        // Load balancers check these paths by address.
        let addresses =
            if matches!(uri.path(), "/health" | "/ready") { Addresses::All } else { self.0.addresses };
        if let Some(authority) = uri.authority() {
            self.check_host(authority.as_str(), addresses)?;
        }
        let mut host_headers = headers.get_all(header::HOST).iter();
        match (host_headers.next(), host_headers.next()) {
            (Some(host), None) => self.check_host(host.to_str().map_err(|_| malformed_host())?, addresses),
            // Browsers send HTTP/1.1 with a host.
            (None, _) if version < Version::HTTP_11 || uri.authority().is_some() => Ok(()),
            (Some(_), Some(_)) | (None, _) => Err(malformed_host()),
        }
    }

    fn check_host(&self, text: &str, addresses: Addresses) -> Result<(), Box<ProblemDetails>> {
        let host = Host::parse(text).ok_or_else(malformed_host)?;
        if self.0.allows(host, addresses) { Ok(()) } else { Err(misdirected(host)) }
    }
}

impl HostRules {
    fn allows(&self, host: Host<'_>, addresses: Addresses) -> bool {
        let is_default = match host {
            Host::Address(address) => {
                address.is_loopback() || self.listener == Exposure::Network || addresses == Addresses::All
            }
            Host::Name(name) => {
                is_loopback_name(name) || (self.listener == Exposure::Network && !name.contains('.'))
            }
        };
        is_default || self.names.iter().any(|pattern| pattern.allows(host))
    }
}

impl Pattern {
    fn allows(&self, host: Host<'_>) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Name(listed), Host::Name(name)) => listed.eq_ignore_ascii_case(name),
            (Self::Subdomains(end), Host::Name(name)) => ends_with(name, end),
            (Self::Address(listed), Host::Address(address)) => *listed == address,
            (Self::Name(_) | Self::Subdomains(_), Host::Address(_)) | (Self::Address(_), Host::Name(_)) => {
                false
            }
        }
    }
}

impl<'a> Host<'a> {
    /// Parses a `Host` header or an authority without its port; `None` if it is invalid (RFC 9110, section
    /// 7.2).
    fn parse(text: &'a str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            // A zone selects an interface and not a host.
            let address = address.split('%').next().unwrap_or(address);
            let address: Ipv6Addr = address.parse().ok()?;
            return is_port(port).then(|| Self::Address(IpAddr::from(address).to_canonical()));
        }
        let (name, port) = text.find(':').map_or((text, ""), |colon| text.split_at(colon));
        let name = name.strip_suffix('.').unwrap_or(name);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || !name.bytes().all(is_plain) || !is_port(port) {
            return None;
        }
        Some(name.parse::<Ipv4Addr>().map_or(Self::Name(name), |address| Self::Address(address.into())))
    }
}

/// Empty, or a colon and digits.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || ends_with(name, ".localhost")
}

fn ends_with(name: &str, end: &str) -> bool {
    name.len() > end.len() && name.as_bytes()[name.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
}

fn parse_pattern(text: &str) -> Result<Pattern, InvalidHost> {
    let invalid = || InvalidHost(text.to_owned());
    if text == "*" {
        return Ok(Pattern::Any);
    }
    let (name, is_wildcard) = text.strip_prefix("*.").map_or((text, false), |name| (name, true));
    // An IPv6 address may be written with or without brackets.
    if let Ok(address) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
        return if is_wildcard { Err(invalid()) } else { Ok(Pattern::Address(address.to_canonical())) };
    }
    match Host::parse(name) {
        Some(Host::Name(name)) if !text.contains(':') && is_wildcard => {
            Ok(Pattern::Subdomains(format!(".{name}")))
        }
        Some(Host::Name(name)) if !text.contains(':') => Ok(Pattern::Name(name.to_owned())),
        Some(_) | None => Err(invalid()),
    }
}

fn malformed_host() -> Box<ProblemDetails> {
    let detail = "A request must have one Host header, with the name or address of this server and, if need be, a port.";
    Box::new(ProblemDetails::new(ProblemType::BadParameter, detail))
}

fn misdirected(host: Host<'_>) -> Box<ProblemDetails> {
    let named = match host {
        Host::Address(address) => format!("at the address {address}"),
        Host::Name(name) => format!("to the name {}", name.chars().take(100).collect::<String>()),
    };
    let detail = format!(
        "This server does not answer {named}. To allow it, add it to gateway.hosts in the server's configuration."
    );
    Box::new(ProblemDetails::new(ProblemType::HostNotAllowed, detail))
}

/// Middleware for routers without other layers.
pub(crate) async fn check(State(hosts): State<AllowedHosts>, request: Request, next: Next) -> Response {
    match hosts.check(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const EVERYWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

    fn hosts(listener: IpAddr, names: &[&str]) -> AllowedHosts {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        AllowedHosts::for_listener(listener, &names).expect("names")
    }

    /// Status of the error for a request with these hosts; 200 if it is accepted.
    fn answer(hosts: &AllowedHosts, target: &str, host_headers: &[&str], version: Version) -> u16 {
        let mut headers = HeaderMap::new();
        for host in host_headers {
            headers.append(header::HOST, host.parse().expect("a value"));
        }
        let uri: Uri = target.parse().expect("a target");
        hosts.check_parts(&uri, &headers, version).err().map_or(200, |problem| problem.status)
    }

    #[track_caller]
    fn check(hosts: &AllowedHosts, host: &str, status: u16) {
        assert_eq!(answer(hosts, "/api/languages", &[host], Version::HTTP_11), status, "{host}");
    }

    #[test]
    fn a_loopback_listener_accepts_loopback_names() {
        let hosts = hosts(LOOPBACK, &[]);
        for host in [
            "localhost",
            "LocalHost:8080",
            "localhost.",
            "localhost.:1",
            "a.b.localhost",
            "127.0.0.1",
            "127.9.8.7:80",
            "[::1]",
            "[::1]:8080",
            "[::ffff:127.0.0.1]",
            "[0:0:0:0:0:0:0:1]",
            "localhost:",
        ] {
            check(&hosts, host, 200);
        }
        for host in [
            "evil.example",
            "evil.example:23301",
            "localhost.evil.example",
            "notlocalhost",
            "localhost..",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[fe80::1%25eth0]",
            "[2001:db8::1]:80",
            "coderunner",
            "2130706433",
            "127.1",
            ".localhost",
        ] {
            check(&hosts, host, 421);
        }
    }

    #[test]
    fn a_network_listener_accepts_addresses_and_single_label_names() {
        let hosts = hosts(EVERYWHERE, &[]);
        for host in [
            "10.0.0.1:8080",
            "[2001:db8::1]",
            "[fe80::1%25eth0]:80",
            "coderunner",
            "execution-1:8080",
            "localhost",
        ] {
            check(&hosts, host, 200);
        }
        for host in ["evil.example", "coderunner.evil.example:8080", "printer.local"] {
            check(&hosts, host, 421);
        }
    }

    #[test]
    fn configured_names_are_accepted() {
        for listener in [LOOPBACK, EVERYWHERE] {
            let listed =
                hosts(listener, &["code.School.example", "*.lab.example", "192.0.2.7", "[2001:db8::7]"]);
            for host in ["code.school.EXAMPLE.:443", "a.b.lab.example", "192.0.2.7", "[2001:db8::7]"] {
                check(&listed, host, 200);
            }
            for host in
                ["school.example", "lab.example", "evillab.example", "code.school.example.evil.example"]
            {
                check(&listed, host, 421);
            }
            check(&hosts(listener, &["*"]), "evil.example", 200);
        }
    }

    #[test]
    fn malformed_hosts_are_rejected() {
        let hosts = hosts(EVERYWHERE, &["code.example"]);
        for host in [
            "",
            " ",
            ":80",
            "user@localhost",
            "localhost:80:80",
            "localhost:x",
            "localhost/",
            "[::1",
            "::1",
            "[::1]x",
            "[::1]:x",
            "[127.0.0.1]",
            "loc alhost",
            "localhost,evil.example",
            ".",
            "[]",
            "local%68ost",
            "localhost:80@evil.example",
        ] {
            check(&hosts, host, 400);
        }
    }

    #[test]
    fn the_request_target_and_the_host_header_are_checked() {
        let hosts = hosts(LOOPBACK, &[]);
        let of = |target, host_headers: &[&str], version| answer(&hosts, target, host_headers, version);
        assert_eq!(of("/", &["localhost", "localhost"], Version::HTTP_11), 400, "twice");
        assert_eq!(of("/", &["localhost", "evil.example"], Version::HTTP_11), 400);
        assert_eq!(of("/", &[], Version::HTTP_11), 400, "none");
        assert_eq!(of("/", &[], Version::HTTP_10), 200, "an old probe");
        assert_eq!(of("/", &["evil.example"], Version::HTTP_10), 421);
        assert_eq!(of("http://localhost/", &[], Version::HTTP_11), 200, "in the target alone");
        assert_eq!(of("http://evil.example/", &["localhost"], Version::HTTP_11), 421);
        assert_eq!(of("http://localhost/", &["evil.example"], Version::HTTP_11), 421);
        assert_eq!(of("http://user@localhost/", &["localhost"], Version::HTTP_11), 400);
    }

    #[test]
    fn health_checks_and_operators_may_use_any_address() {
        let hosts = hosts(LOOPBACK, &[]);
        for path in ["/health", "/ready", "/ready?x=y"] {
            assert_eq!(answer(&hosts, path, &["10.0.0.7:8080"], Version::HTTP_11), 200, "{path}");
            assert_eq!(answer(&hosts, path, &["evil.example"], Version::HTTP_11), 421, "{path}");
        }
        let operators = hosts.for_operators();
        assert_eq!(answer(&operators, "/metrics", &["10.0.0.7:9090"], Version::HTTP_11), 200);
        assert_eq!(answer(&operators, "/metrics", &["evil.example:9090"], Version::HTTP_11), 421);
    }

    #[test]
    fn an_error_names_the_setting_to_change() {
        let problem = misdirected(Host::Name("code.example"));
        assert_eq!(problem.status, 421);
        assert!(
            problem.detail.contains("code.example") && problem.detail.contains("gateway.hosts"),
            "{}",
            problem.detail
        );
    }

    #[test]
    fn configured_names_have_neither_scheme_nor_port() {
        for text in
            ["http://code.example", "code.example:443", "code.example/", "", "*.", "**", "a b", "*.10.0.0.1"]
        {
            let error = AllowedHosts::for_listener(LOOPBACK, &[text.to_owned()]).expect_err(text);
            assert!(error.to_string().contains("is no name of a host"), "{error}");
        }
    }
}
