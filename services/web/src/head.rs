//! Metadata of a page: title, description, and the addresses of its versions in other languages.

use std::fmt::Write as _;

use crate::{locale::Locale, origin::Origin};

/// A kind of page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageKind {
    Home,
    /// A shared program.
    Share,
    /// An error: nothing is found, or the request is refused.
    Error,
}

impl PageKind {
    /// The name of its prerendered content below the folder of a language.
    pub(crate) const fn fragment(self) -> &'static str {
        match self {
            Self::Home => "index",
            Self::Share => "share",
            Self::Error => "error",
        }
    }

    const fn title(self, locale: Locale) -> &'static str {
        match (self, locale) {
            (Self::Home, Locale::English) => "Code Runner: write and run programs",
            (Self::Home, Locale::German) => "Code Runner: Programme schreiben und ausführen",
            (Self::Share, Locale::English) => "A shared program – Code Runner",
            (Self::Share, Locale::German) => "Ein geteiltes Programm – Code Runner",
            (Self::Error, Locale::English) => "Not available – Code Runner",
            (Self::Error, Locale::German) => "Nicht verfügbar – Code Runner",
        }
    }

    const fn description(self, locale: Locale) -> Option<&'static str> {
        match (self, locale) {
            (Self::Home, Locale::English) => Some(
                "Write a program, run it, and see its output at once, in the browser and without an account.",
            ),
            (Self::Home, Locale::German) => Some(
                "Ein Programm schreiben, ausführen und die Ausgabe sofort sehen, im Browser und ohne Konto.",
            ),
            (Self::Share | Self::Error, _) => None,
        }
    }
}

/// The elements for `<head>`. Only the home page is for search engines: the others belong to one reader.
pub(crate) fn elements(kind: PageKind, locale: Locale, origin: Option<&Origin>) -> String {
    let mut head = format!("<title>{}</title>", kind.title(locale));
    if let Some(description) = kind.description(locale) {
        write!(head, "<meta name=\"description\" content=\"{description}\">").expect("a string takes all");
    }
    match (kind, origin) {
        (PageKind::Home, Some(origin)) => head.push_str(&alternates(origin, locale)),
        (PageKind::Home, None) => {}
        (PageKind::Share | PageKind::Error, _) => head.push_str("<meta name=\"robots\" content=\"noindex\">"),
    }
    head
}

fn alternates(origin: &Origin, locale: Locale) -> String {
    let mut links = format!("<link rel=\"canonical\" href=\"{}\">", home_address(origin, locale));
    for locale in Locale::ALL {
        let (code, address) = (locale.code(), home_address(origin, locale));
        write!(links, "<link rel=\"alternate\" hreflang=\"{code}\" href=\"{address}\">")
            .expect("a string takes all");
    }
    write!(links, "<link rel=\"alternate\" hreflang=\"x-default\" href=\"{}\">", origin.address("/"))
        .expect("a string takes all");
    links
}

/// The address of the home page in a language, whatever the browser prefers.
pub(crate) fn home_address(origin: &Origin, locale: Locale) -> String {
    origin.address(&format!("/?lang={}", locale.code()))
}
