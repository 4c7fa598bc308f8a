//! Toolchains that workers have, and what jobs want of them.

use std::{cmp::Ordering, fmt, str::FromStr};

use semver::{Comparator, Op, Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::LanguageId;

/// A toolchain that a worker has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Offer {
    /// Of which language.
    pub language: LanguageId,
    /// Its version, as it tells it: `3.11.2`.
    pub version: String,
    /// The toolchain as it names itself: `CPython 3.11.2`.
    pub description: String,
    /// The libraries that are there for it beyond its own. Offers of before these were told have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<Library>,
}

/// A library that programs can use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Library {
    /// Its name: `numpy`.
    pub name: String,
    /// Its version, as it tells it: `1.24.2`.
    pub version: String,
}

/// Which versions of a language's toolchain will do: `>=3.10`, or `3.11` for any of that major version from there on, as
/// Cargo reads it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionRequirement(VersionReq);

/// The text was not a version requirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a version requirement: expected one such as \">=3.10\" or \"3.11\"")]
pub struct ParseVersionRequirement;

/// The three numbers of a version, in the order of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionNumbers {
    /// The first.
    pub major: u64,
    /// The second; 0 where there is none.
    pub minor: u64,
    /// The third; 0 where there is none.
    pub patch: u64,
}

/// Consecutive versions: none if `end` is not after `first`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VersionRange {
    /// The first of them.
    pub first: VersionNumbers,
    /// The first that is past them; none where there is no last one.
    pub end: Option<VersionNumbers>,
}

impl Offer {
    /// The numbers of its version, if that can be read.
    pub fn numbers(&self) -> Option<VersionNumbers> {
        let Version { major, minor, patch, .. } = lenient_version(&self.version)?;
        Some(VersionNumbers::new(major, minor, patch))
    }

    /// Orders toolchains by their versions, as far as these can be read.
    pub fn cmp_age(&self, other: &Self) -> Ordering {
        let key = |offer: &Self| lenient_version(&offer.version);
        key(self).cmp(&key(other)).then_with(|| self.cmp(other))
    }
}

impl VersionRequirement {
    /// Whether a toolchain of this version will do. One whose version cannot be read only will where any does.
    pub fn is_met_by(&self, version: &str) -> bool {
        self.0 == VersionReq::STAR || lenient_version(version).is_some_and(|version| self.0.matches(&version))
    }
}

impl VersionRequirement {
    /// Whether any version will do.
    pub fn is_any(&self) -> bool {
        self.0 == VersionReq::STAR
    }

    /// The versions that will do, among those that can be read.
    pub fn range(&self) -> VersionRange {
        self.0.comparators.iter().map(VersionRange::of).fold(VersionRange::ALL, VersionRange::and)
    }
}

impl VersionNumbers {
    const LEAST: Self = Self::new(0, 0, 0);

    /// These numbers.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch }
    }

    /// The next version with the same first two numbers, if there is one.
    const fn next_patch(self) -> Option<Self> {
        match self.patch.checked_add(1) {
            Some(patch) => Some(Self { patch, ..self }),
            None => self.next_minor(),
        }
    }

    const fn next_minor(self) -> Option<Self> {
        match self.minor.checked_add(1) {
            Some(minor) => Some(Self::new(self.major, minor, 0)),
            None => self.next_major(),
        }
    }

    const fn next_major(self) -> Option<Self> {
        match self.major.checked_add(1) {
            Some(major) => Some(Self::new(major, 0, 0)),
            None => None,
        }
    }
}

impl VersionRange {
    /// All versions.
    pub const ALL: Self = Self { first: VersionNumbers::LEAST, end: None };
    const NONE: Self = Self { first: VersionNumbers::LEAST, end: Some(VersionNumbers::LEAST) };

    /// Whether this version is one of them.
    pub fn contains(&self, version: VersionNumbers) -> bool {
        self.first <= version && self.end.is_none_or(|end| version < end)
    }

    fn and(self, other: Self) -> Self {
        let end = match (self.end, other.end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { first: self.first.max(other.first), end }
    }

    /// The versions, all of them without a pre-release, that a part of a requirement takes: as the crate `semver` evaluates it.
    fn of(part: &Comparator) -> Self {
        let given = VersionNumbers::new(part.major, part.minor.unwrap_or(0), part.patch.unwrap_or(0));
        // What comes right after all versions that begin with the given numbers.
        let after = match (part.minor, part.patch) {
            (None, _) => given.next_major(),
            (Some(_), None) => given.next_minor(),
            (Some(_), Some(_)) => given.next_patch(),
        };
        // No version has a pre-release, so none is exactly one, and the version itself is above all of its own.
        let is_pre = !part.pre.is_empty();
        match part.op {
            Op::Exact if is_pre => Self::NONE,
            Op::Exact | Op::Wildcard => Self { first: given, end: after },
            Op::Greater if is_pre => Self { first: given, end: None },
            Op::Greater => after.map_or(Self::NONE, |first| Self { first, end: None }),
            Op::GreaterEq => Self { first: given, end: None },
            Op::Less => Self { first: VersionNumbers::LEAST, end: Some(given) },
            Op::LessEq if is_pre => Self { first: VersionNumbers::LEAST, end: Some(given) },
            Op::LessEq => Self { first: VersionNumbers::LEAST, end: after },
            Op::Tilde if part.minor.is_none() => Self { first: given, end: given.next_major() },
            Op::Tilde => Self { first: given, end: given.next_minor() },
            Op::Caret => Self { first: given, end: after_compatible(part, given) },
            // A part of another kind is one of a later `semver`, and takes nothing here.
            _ => Self::NONE,
        }
    }
}

/// The first version after those that are compatible with these numbers: those that agree up to the first number that is not 0.
const fn after_compatible(part: &Comparator, given: VersionNumbers) -> Option<VersionNumbers> {
    match (given.major, part.minor, part.patch) {
        (1.., ..) | (0, None, _) => given.next_major(),
        (0, Some(1..), _) | (0, Some(0), None) => given.next_minor(),
        (0, Some(0), Some(_)) => given.next_patch(),
    }
}

impl FromStr for VersionRequirement {
    type Err = ParseVersionRequirement;

    fn from_str(text: &str) -> Result<Self, ParseVersionRequirement> {
        VersionReq::parse(text).map(Self).map_err(|_| ParseVersionRequirement)
    }
}

impl fmt::Display for VersionRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The first up to three numbers of a version as toolchains tell it: `5.2.15(1)-release` is 5.2.15.
fn lenient_version(text: &str) -> Option<Version> {
    let numeric = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = numeric.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(numeric.len());
    let mut numbers = numeric[..end].split('.').map(str::parse::<u64>);
    let major = numbers.next()?.ok()?;
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
    Some(Version::new(major, next(), next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every comparator there is, with numbers around those of the versions that are tried.
    fn comparators() -> impl Iterator<Item = String> {
        const NUMBERS: [&str; 9] = [
            "0",
            "1",
            "0.0",
            "0.2",
            "1.2",
            "0.0.1",
            "0.2.1",
            "1.0.2",
            "18446744073709551615.18446744073709551615",
        ];
        const SIGNS: [&str; 7] = ["=", ">", ">=", "<", "<=", "~", "^"];
        let plain =
            SIGNS.iter().flat_map(|sign| NUMBERS.iter().map(move |numbers| format!("{sign}{numbers}")));
        let pre =
            SIGNS.iter().flat_map(|sign| ["0.0.1", "1.0.2"].map(|numbers| format!("{sign}{numbers}-rc.1")));
        plain.chain(pre).chain(["1.*".into(), "0.2.*".into(), "0.*".into(), "*".into()])
    }

    fn check_range(requirement: &str) {
        const NUMBERS: [u64; 5] = [0, 1, 2, 3, u64::MAX];
        let wanted: VersionRequirement = requirement.parse().expect(requirement);
        for major in NUMBERS {
            for (minor, patch) in NUMBERS.iter().flat_map(|minor| NUMBERS.map(|patch| (*minor, patch))) {
                let version = VersionNumbers::new(major, minor, patch);
                let met = wanted.is_met_by(&format!("{major}.{minor}.{patch}"));
                assert_eq!(wanted.range().contains(version), met, "{requirement} of {version:?}");
            }
        }
    }

    #[test]
    fn a_requirement_takes_the_versions_of_its_range_and_no_others() {
        comparators().for_each(|one| check_range(&one));
        for one in comparators().filter(|one| !one.contains('*')) {
            for other in [">=0.0.2", "<1.2", "<=0.2", "~0.2", "^1"] {
                check_range(&format!("{one}, {other}"));
            }
        }
    }

    #[test]
    fn versions_are_read_as_toolchains_tell_them() {
        for (text, version) in [
            ("3.11.2", Some(Version::new(3, 11, 2))),
            ("12", Some(Version::new(12, 0, 0))),
            ("v20.11.1", Some(Version::new(20, 11, 1))),
            ("3.13.0rc1", Some(Version::new(3, 13, 0))),
            ("5.2.15(1)-release", Some(Version::new(5, 2, 15))),
            ("1.2.3.4", Some(Version::new(1, 2, 3))),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(lenient_version(text), version, "{text}");
        }
    }

    #[test]
    fn a_requirement_is_met_by_what_it_says() {
        for (requirement, version, met) in [
            (">=3.10", "3.11.2", true),
            (">=3.12", "3.11.2", false),
            ("3.9", "3.11.2", true),
            ("^2", "3.11.2", false),
            ("*", "nobody knows", true),
            (">=1", "nobody knows", false),
        ] {
            let wanted: VersionRequirement = requirement.parse().expect("a requirement");
            assert_eq!(wanted.is_met_by(version), met, "{requirement} of {version}");
        }
        assert!("three".parse::<VersionRequirement>().is_err());
    }

    #[test]
    fn a_requirement_is_stored_as_it_is_written() {
        let wanted: VersionRequirement = ">=3.10, <4".parse().expect("a requirement");
        let stored = serde_json::to_string(&wanted).expect("is written");
        assert_eq!(stored, "\">=3.10, <4\"");
        assert_eq!(serde_json::from_str::<VersionRequirement>(&stored).expect("is read"), wanted);
    }
}
