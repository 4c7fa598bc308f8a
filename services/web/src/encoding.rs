//! Encoding of a static file: negotiation by `Accept-Encoding` (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, header};

/// A content coding that files are compressed with in advance; the preferred one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    pub(crate) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in headers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The extension of files that are compressed with it.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gz",
        }
    }

    /// Whether a client accepts it. Without the header a client is sent the file as it is.
    pub(crate) fn is_accepted(self, headers: &HeaderMap) -> bool {
        let preferences: Vec<(String, f32)> = preferences(headers, header::ACCEPT_ENCODING).collect();
        let weight = |name: &str| preferences.iter().find(|(own, _)| own == name).map(|(_, weight)| *weight);
        weight(self.name()).or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
    }
}

/// The items of a header with weights (RFC 9110, section 12.4.2), in lower case; an unreadable weight is 0.
pub(crate) fn preferences(
    headers: &HeaderMap,
    name: header::HeaderName,
) -> impl Iterator<Item = (String, f32)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        (name, weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accept: &str, expected: &[Encoding]) {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, accept.parse().expect("a value"))]);
        let accepted: Vec<Encoding> =
            Encoding::ALL.into_iter().filter(|encoding| encoding.is_accepted(&headers)).collect();
        assert_eq!(accepted, expected, "{accept}");
    }

    #[test]
    fn a_client_gets_only_encodings_that_it_accepts() {
        check("gzip, deflate, br, zstd", &[Encoding::Brotli, Encoding::Gzip]);
        check("GZIP;q=0.5", &[Encoding::Gzip]);
        check("br;q=0, *", &[Encoding::Gzip]);
        check("gzip;q=0", &[]);
        check("br;q=nonsense", &[]);
        check("identity", &[]);
        check("", &[]);
        assert!(!Encoding::Gzip.is_accepted(&HeaderMap::new()), "no header");
    }
}
