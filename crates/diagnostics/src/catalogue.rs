//! Catalogue of words: one TOML file per language, with a title, a text and a next step for each kind of mistake.
//!
//! A sentence has placeholders such as `{name}`, which a finding fills. Every language has the same kinds and the same placeholders:
//! a test compares them with English.

use std::{collections::BTreeMap, sync::LazyLock};

use model::Help;
use serde::Deserialize;

use crate::finding::{Finding, Value};

/// A language that the catalogue has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English, in which every entry is written first.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All languages of the catalogue.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The tag of BCP 47.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language of a tag of BCP 47 or a locale of POSIX, whatever its region: `de`, `de-AT`, `de_CH.UTF-8`. None if the
    /// catalogue does not have it.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', '.']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The language of the catalogue that a header `Accept-Language` (RFC 9110, 12.5.4) prefers; English if it has none of them.
    pub fn preferred(accept_language: &str) -> Self {
        let weighted = accept_language.split(',').filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
            Some((Self::of_tag(tag)?, weight))
        });
        let wanted = weighted.filter(|(_, weight)| *weight > 0.0);
        // The first one of equal weight.
        let best = wanted.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(language, _)| language).unwrap_or_default()
    }

    /// The language of a locale, from the environment variables that POSIX gives it by; English if the catalogue does not have it.
    pub fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let values = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
        values
            .into_iter()
            .find(|value| !value.is_empty())
            .and_then(|value| Self::of_tag(&value))
            .unwrap_or_default()
    }

    fn catalogue(self) -> &'static Catalogue {
        static ENGLISH: LazyLock<Catalogue> =
            LazyLock::new(|| Catalogue::read(include_str!("../catalogue/en.toml")));
        static GERMAN: LazyLock<Catalogue> =
            LazyLock::new(|| Catalogue::read(include_str!("../catalogue/de.toml")));
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

/// The words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    /// Names of types, operators and other things that occur in sentences.
    words: BTreeMap<String, String>,
    mistakes: BTreeMap<String, Entry>,
}

/// The words for one kind of mistake.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    title: String,
    text: String,
    next: String,
}

impl Catalogue {
    fn read(text: &str) -> Self {
        toml::from_str(text).expect("the catalogue is part of the program and read by a test")
    }

    fn word<'a>(&'a self, value: &'a Value) -> &'a str {
        match value {
            Value::Verbatim(text) => text,
            Value::Word(key) => self.words.get(key).map_or(key, String::as_str),
        }
    }

    fn fill(&self, template: &str, finding: &Finding) -> String {
        let mut text = String::with_capacity(template.len() + 32);
        let mut rest = template;
        // Filled in one pass: a value may contain braces itself.
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let known = after.split_once('}').and_then(|(name, tail)| {
                let (_, value) = finding.values.iter().find(|(known, _)| *known == name)?;
                Some((value, tail))
            });
            rest = if let Some((value, tail)) = known {
                text.push_str(self.word(value));
                tail
            } else {
                text.push('{');
                after
            };
        }
        text.push_str(rest);
        text
    }
}

/// Puts a finding into words. A kind that the catalogue does not have is a mistake of ours, which a test finds.
pub(crate) fn put_into_words(finding: Finding, file: &str, language: Language) -> Option<Help> {
    let catalogue = language.catalogue();
    let entry = catalogue.mistakes.get(finding.code)?;
    Some(Help {
        code: finding.code,
        file: file.to_owned(),
        place: finding.place,
        title: catalogue.fill(&entry.title, &finding),
        text: catalogue.fill(&entry.text, &finding),
        next: catalogue.fill(&entry.next, &finding),
        related: finding.related,
        lang: language.tag(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Catalogue, Entry, Language};

    fn placeholders(entry: &Entry) -> BTreeSet<&str> {
        [&entry.title, &entry.text, &entry.next]
            .into_iter()
            .flat_map(|text| text.split('{').skip(1))
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
            .filter(|name| {
                !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
            })
            .collect()
    }

    #[test]
    fn every_language_has_the_kinds_and_placeholders_of_english() {
        let english: &Catalogue = Language::English.catalogue();
        for language in Language::ALL {
            let other = language.catalogue();
            assert_eq!(
                english.mistakes.keys().collect::<Vec<_>>(),
                other.mistakes.keys().collect::<Vec<_>>(),
                "{}",
                language.tag()
            );
            assert_eq!(english.words.keys().collect::<Vec<_>>(), other.words.keys().collect::<Vec<_>>());
            for (code, entry) in &english.mistakes {
                let (ours, theirs) = (placeholders(entry), placeholders(&other.mistakes[code]));
                assert_eq!(theirs, ours, "{} {code}", language.tag());
            }
        }
    }

    #[test]
    fn a_language_is_found_by_tags_and_locales() {
        assert_eq!(Language::of_tag("de_CH.UTF-8"), Some(Language::German));
        assert_eq!(Language::of_tag("EN"), Some(Language::English));
        assert_eq!(Language::of_tag("C.UTF-8"), None);
        let variable = |name: &str| (name == "LANG").then(|| "de_DE.UTF-8".to_owned());
        assert_eq!(Language::of_locale(variable), Language::German);
        assert_eq!(Language::of_locale(|_| None), Language::English);
    }

    #[test]
    fn the_language_is_the_one_that_the_header_prefers() {
        let check = |header: &str, expected| assert_eq!(Language::preferred(header), expected, "{header}");
        check("de", Language::German);
        check("de-AT,de;q=0.9,en;q=0.8", Language::German);
        check("en-GB, de;q=0.7", Language::English);
        check("fr, de;q=0.5, en;q=0.4", Language::German);
        check("de;q=0, en", Language::English);
        check("fr;q=1, *", Language::English);
        check("de;q=x", Language::English);
        check("", Language::English);
    }
}
