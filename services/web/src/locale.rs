//! Locale of a page: the language that its reader prefers, of those that there are pages in.

use axum::http::{HeaderMap, header};

use crate::encoding::preferences;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locale {
    English,
    German,
}

impl Locale {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its code (BCP 47).
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The locale of a request: that of the address (`?lang=de`), the chosen one of the cookie `lang`, or the preferred
    /// one of `Accept-Language`; English for readers of none.
    pub(crate) fn of_request(requested: Option<&str>, headers: &HeaderMap) -> Self {
        let known = requested.and_then(Self::of_tag).or_else(|| Self::chosen(headers));
        known.unwrap_or_else(|| Self::preferred(headers))
    }

    /// The choice that the application stores when its reader changes the language.
    fn chosen(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies = values.flat_map(|value| value.split(';'));
        cookies.find_map(|cookie| Self::of_tag(cookie.trim().strip_prefix("lang=")?))
    }

    fn preferred(headers: &HeaderMap) -> Self {
        let mut best = (Self::English, 0.0);
        for (tag, weight) in preferences(headers, header::ACCEPT_LANGUAGE) {
            // The first of those with the same weight.
            if let Some(locale) = Self::of_tag(&tag).filter(|_| weight > best.1) {
                best = (locale, weight);
            }
        }
        best.0
    }

    /// The locale of a language tag, whatever its region: `de-AT` is German.
    fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|locale| locale.code().eq_ignore_ascii_case(language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(requested: Option<&str>, accept: &str, expected: Locale) {
        let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, accept.parse().expect("a value"))]);
        assert_eq!(Locale::of_request(requested, &headers), expected, "{requested:?} {accept}");
    }

    #[test]
    fn the_language_is_the_preferred_one_of_those_that_there_are() {
        check(None, "de-AT,de;q=0.9,en;q=0.8", Locale::German);
        check(None, "en-GB,de;q=0.9", Locale::English);
        check(None, "fr,de;q=0.3,en;q=0.2", Locale::German);
        check(None, "fr", Locale::English);
        check(None, "de;q=0", Locale::English);
        check(None, "*", Locale::English);
        check(None, "", Locale::English);
    }

    #[test]
    fn the_address_decides_before_the_browser() {
        check(Some("de"), "en", Locale::German);
        check(Some("EN"), "de", Locale::English);
        check(Some("klingon"), "de", Locale::German);
    }

    #[test]
    fn a_choice_that_was_stored_decides_before_the_browser_but_not_before_the_address() {
        let cookie = (header::COOKIE, "a=b; lang=de".parse().expect("a value"));
        let accept = (header::ACCEPT_LANGUAGE, "en".parse().expect("a value"));
        let headers = HeaderMap::from_iter([cookie, accept]);
        assert_eq!(Locale::of_request(None, &headers), Locale::German);
        assert_eq!(Locale::of_request(Some("en"), &headers), Locale::English);
    }
}
