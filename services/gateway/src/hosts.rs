//! The names by which a listener may be called.
//!
//! A page of `http://evil.example` may have its name lead to an address of ours once it is loaded (DNS rebinding). To the browser it
//! then is a page of this server: it may ask and read whatever it likes. Only the header `Host` tells, since a browser writes the
//! page's own name there. So names are taken that nobody else can have lead here: loopback names on a loopback listener; elsewhere
//! addresses and names of one label, which no public server hands out; and those that the configuration lists.

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

/// The names that a listener answers to. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct Hosts(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    names: Vec<Pattern>,
    listener: Reach,
    addresses: Addresses,
}

/// From where a listener can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Loopback,
    Network,
}

/// Which addresses are taken in the place of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Addresses {
    All,
    OwnReach,
}

/// What a listed name allows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// Every name.
    Any,
    /// This one.
    Name(String),
    /// All that end with this, which begins with a dot.
    Below(String),
    /// This address.
    Address(IpAddr),
}

/// Why a listed name is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no name of a host: write it without scheme, port and path, such as \"code.school.example\" or \"*.school.example\""
)]
pub struct BadHost(String);

/// The host that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host<'a> {
    Address(IpAddr),
    Name(&'a str),
}

impl Hosts {
    /// Whatever a request names.
    pub fn any() -> Self {
        Self(Arc::new(Rules {
            names: vec![Pattern::Any],
            listener: Reach::Network,
            addresses: Addresses::All,
        }))
    }

    /// Those of a listener at this address, and these.
    pub fn of(listener: IpAddr, names: &[String]) -> Result<Self, BadHost> {
        let names = names.iter().map(|name| pattern(name)).collect::<Result<_, _>>()?;
        let listener = if listener.to_canonical().is_loopback() { Reach::Loopback } else { Reach::Network };
        Ok(Self(Arc::new(Rules { names, listener, addresses: Addresses::OwnReach })))
    }

    /// The same for a listener that programs of operators call by its address.
    #[must_use]
    pub fn for_operators(&self) -> Self {
        let Rules { names, listener, .. } = self.0.as_ref();
        Self(Arc::new(Rules { names: names.clone(), listener: *listener, addresses: Addresses::All }))
    }

    /// Refuses a request that names another host, or none where it must.
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
        // Balancers look here by address.
        let addresses =
            if matches!(uri.path(), "/health" | "/ready") { Addresses::All } else { self.0.addresses };
        if let Some(authority) = uri.authority() {
            self.check_host(authority.as_str(), addresses)?;
        }
        let mut sent = headers.get_all(header::HOST).iter();
        match (sent.next(), sent.next()) {
            (Some(host), None) => self.check_host(host.to_str().map_err(|_| malformed())?, addresses),
            // No browser is as old as that.
            (None, _) if version < Version::HTTP_11 || uri.authority().is_some() => Ok(()),
            (Some(_), Some(_)) | (None, _) => Err(malformed()),
        }
    }

    fn check_host(&self, text: &str, addresses: Addresses) -> Result<(), Box<ProblemDetails>> {
        let host = Host::parse(text).ok_or_else(malformed)?;
        if self.0.allows(host, addresses) { Ok(()) } else { Err(misdirected(host)) }
    }
}

impl Rules {
    fn allows(&self, host: Host<'_>, addresses: Addresses) -> bool {
        let is_usual = match host {
            Host::Address(address) => {
                address.is_loopback() || self.listener == Reach::Network || addresses == Addresses::All
            }
            Host::Name(name) => {
                is_loopback_name(name) || (self.listener == Reach::Network && !name.contains('.'))
            }
        };
        is_usual || self.names.iter().any(|pattern| pattern.allows(host))
    }
}

impl Pattern {
    fn allows(&self, host: Host<'_>) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Name(listed), Host::Name(name)) => listed.eq_ignore_ascii_case(name),
            (Self::Below(end), Host::Name(name)) => ends_with(name, end),
            (Self::Address(listed), Host::Address(address)) => *listed == address,
            (Self::Name(_) | Self::Below(_), Host::Address(_)) | (Self::Address(_), Host::Name(_)) => false,
        }
    }
}

impl<'a> Host<'a> {
    /// What a `Host` header or an authority names, its port left out; none where it is neither (RFC 9110, section 7.2).
    fn parse(text: &'a str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            // A zone says through which interface, not to whom.
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

/// Nothing, or a colon and digits.
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

fn pattern(text: &str) -> Result<Pattern, BadHost> {
    let bad = || BadHost(text.to_owned());
    if text == "*" {
        return Ok(Pattern::Any);
    }
    let (name, is_below) = text.strip_prefix("*.").map_or((text, false), |name| (name, true));
    // An address of IPv6 may be written as in an address of a page, or without brackets.
    if let Ok(address) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
        return if is_below { Err(bad()) } else { Ok(Pattern::Address(address.to_canonical())) };
    }
    match Host::parse(name) {
        Some(Host::Name(name)) if !text.contains(':') && is_below => Ok(Pattern::Below(format!(".{name}"))),
        Some(Host::Name(name)) if !text.contains(':') => Ok(Pattern::Name(name.to_owned())),
        Some(_) | None => Err(bad()),
    }
}

fn malformed() -> Box<ProblemDetails> {
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

/// The check as middleware, where nothing else comes before the routes.
pub(crate) async fn check(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
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

    fn hosts(listener: IpAddr, names: &[&str]) -> Hosts {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Hosts::of(listener, &names).expect("names")
    }

    /// The status of the refusal of a request for this path, with these hosts; 200 if it is none.
    fn answer(hosts: &Hosts, target: &str, sent: &[&str], version: Version) -> u16 {
        let mut headers = HeaderMap::new();
        for host in sent {
            headers.append(header::HOST, host.parse().expect("a value"));
        }
        let uri: Uri = target.parse().expect("a target");
        hosts.check_parts(&uri, &headers, version).err().map_or(200, |problem| problem.status)
    }

    #[track_caller]
    fn check(hosts: &Hosts, host: &str, status: u16) {
        assert_eq!(answer(hosts, "/api/languages", &[host], Version::HTTP_11), status, "{host}");
    }

    #[test]
    fn a_loopback_listener_answers_to_loopback_names() {
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
    fn a_listener_on_a_network_answers_to_addresses_and_names_that_nobody_hands_out() {
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
    fn names_that_are_listed_are_answered_to() {
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
    fn what_names_no_host_is_refused() {
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
    fn each_place_where_a_request_names_a_host_counts() {
        let hosts = hosts(LOOPBACK, &[]);
        let of = |target, sent: &[&str], version| answer(&hosts, target, sent, version);
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
    fn balancers_and_operators_call_by_any_address() {
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
    fn a_refusal_says_which_setting_to_change() {
        let problem = misdirected(Host::Name("code.example"));
        assert_eq!(problem.status, 421);
        assert!(
            problem.detail.contains("code.example") && problem.detail.contains("gateway.hosts"),
            "{}",
            problem.detail
        );
    }

    #[test]
    fn what_is_listed_has_neither_scheme_nor_port() {
        for text in
            ["http://code.example", "code.example:443", "code.example/", "", "*.", "**", "a b", "*.10.0.0.1"]
        {
            let error = Hosts::of(LOOPBACK, &[text.to_owned()]).expect_err(text);
            assert!(error.to_string().contains("is no name of a host"), "{error}");
        }
    }
}
