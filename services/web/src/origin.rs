//! Origin of a request: scheme and host by which the client reached this server, for absolute addresses in pages.
//!
//! The gateway removes `X-Forwarded-Proto` of peers that are no trusted proxies.

use axum::http::{HeaderMap, header};

const FORWARDED_SCHEME: &str = "x-forwarded-proto";

/// Scheme and host of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: &'static str,
    /// With the port; safe to insert in HTML, XML and headers.
    host: String,
}

impl Origin {
    /// `None` for a request without a host, or with one that would need escaping.
    pub(crate) fn of_request(headers: &HeaderMap) -> Option<Self> {
        let host = headers.get(header::HOST)?.to_str().ok().filter(|host| is_plain(host))?;
        let is_secure = headers.get(FORWARDED_SCHEME).is_some_and(|scheme| scheme == "https");
        Some(Self { scheme: if is_secure { "https" } else { "http" }, host: host.to_owned() })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The absolute address of a path.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host)
    }
}

fn is_plain(host: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'[' | b']');
    !host.is_empty() && host.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(header::HeaderName, &str)]) -> Option<String> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().expect("a value")));
        Origin::of_request(&headers.collect()).map(|origin| origin.address("/s"))
    }

    #[test]
    fn the_origin_has_the_scheme_of_the_proxy_and_the_host_of_the_request() {
        let proto = header::HeaderName::from_static(FORWARDED_SCHEME);
        assert_eq!(of(&[(header::HOST, "[::1]:8080")]).as_deref(), Some("http://[::1]:8080/s"));
        let secure = [(header::HOST, "code.school.example"), (proto, "https")];
        assert_eq!(of(&secure).as_deref(), Some("https://code.school.example/s"));
    }

    #[test]
    fn a_host_that_would_need_escaping_is_none() {
        for host in ["<script>", "a\"b", "a b", ""] {
            assert_eq!(of(&[(header::HOST, host)]), None, "{host}");
        }
        assert_eq!(of(&[]), None);
    }
}
