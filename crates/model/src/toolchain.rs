//! Toolchains: versions and libraries that workers announce, and version requirements of jobs.

use std::{cmp::Ordering, fmt, str::FromStr};

use semver::{Comparator, Op, Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::LanguageId;

/// A toolchain that a worker has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ToolchainInfo {
    /// Its language.
    pub language: LanguageId,
    /// Its version as it prints it: `3.11.2`.
    pub version: String,
    /// The toolchain as it names itself: `CPython 3.11.2`.
    pub description: String,
    /// The installed libraries beyond its standard library. Absent in announcements of older workers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<Library>,
}

/// A library that programs can use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Library {
    /// Its name: `numpy`.
    pub name: String,
    /// Its version as it prints it: `1.24.2`.
    pub version: String,
}

/// A requirement on the version of a toolchain, with Cargo's syntax and meaning: `>=3.10`, or `3.11` for `>=3.11, <4`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionRequirement(VersionReq);

/// The text is not a version requirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a version requirement: expected one such as \">=3.10\" or \"3.11\"")]
pub struct ParseVersionRequirementError;

/// The three numbers of a version, ordered as versions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionNumbers {
    /// The first.
    pub major: u64,
    /// The second; 0 where there is none.
    pub minor: u64,
    /// The third; 0 where there is none.
    pub patch: u64,
}

/// A half-open range of versions: empty if `end` is not greater than `first`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VersionRange {
    /// The lower bound, inclusive.
    pub first: VersionNumbers,
    /// The upper bound, exclusive; none if unbounded.
    pub end: Option<VersionNumbers>,
}

impl ToolchainInfo {
    /// The numbers of its version, if it can be parsed.
    pub fn version_numbers(&self) -> Option<VersionNumbers> {
        let Version { major, minor, patch, .. } = lenient_version(&self.version)?;
        Some(VersionNumbers::new(major, minor, patch))
    }

    /// Orders toolchains by version; those whose version cannot be parsed come first.
    pub fn cmp_version(&self, other: &Self) -> Ordering {
        let key = |toolchain: &Self| lenient_version(&toolchain.version);
        key(self).cmp(&key(other)).then_with(|| self.cmp(other))
    }
}

impl VersionRequirement {
    /// Whether this version meets the requirement. A version that cannot be parsed meets `*` only.
    pub fn is_met_by(&self, version: &str) -> bool {
        self.0 == VersionReq::STAR || lenient_version(version).is_some_and(|version| self.0.matches(&version))
    }
}

impl VersionRequirement {
    /// Whether any version meets it.
    pub fn is_any(&self) -> bool {
        self.0 == VersionReq::STAR
    }

    /// The versions that meet it, among those that can be parsed.
    pub fn range(&self) -> VersionRange {
        self.0.comparators.iter().map(VersionRange::of).fold(VersionRange::ALL, VersionRange::intersect)
    }
}

impl VersionNumbers {
    const ZERO: Self = Self::new(0, 0, 0);

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
    pub const ALL: Self = Self { first: VersionNumbers::ZERO, end: None };
    const NONE: Self = Self { first: VersionNumbers::ZERO, end: Some(VersionNumbers::ZERO) };

    /// Whether this version is one of them.
    pub fn contains(&self, version: VersionNumbers) -> bool {
        self.first <= version && self.end.is_none_or(|end| version < end)
    }

    fn intersect(self, other: Self) -> Self {
        let end = match (self.end, other.end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { first: self.first.max(other.first), end }
    }

    /// The versions without pre-release that match a comparator, as the crate `semver` evaluates it.
    fn of(part: &Comparator) -> Self {
        let given = VersionNumbers::new(part.major, part.minor.unwrap_or(0), part.patch.unwrap_or(0));
        // The first version after all that begin with the given numbers.
        let after = match (part.minor, part.patch) {
            (None, _) => given.next_major(),
            (Some(_), None) => given.next_minor(),
            (Some(_), Some(_)) => given.next_patch(),
        };
        // Our versions have no pre-release, so none equals one, and a version is greater than all of its own pre-releases.
        let has_prerelease = !part.pre.is_empty();
        match part.op {
            Op::Exact if has_prerelease => Self::NONE,
            Op::Exact | Op::Wildcard => Self { first: given, end: after },
            Op::Greater if has_prerelease => Self { first: given, end: None },
            Op::Greater => after.map_or(Self::NONE, |first| Self { first, end: None }),
            Op::GreaterEq => Self { first: given, end: None },
            Op::Less => Self { first: VersionNumbers::ZERO, end: Some(given) },
            Op::LessEq if has_prerelease => Self { first: VersionNumbers::ZERO, end: Some(given) },
            Op::LessEq => Self { first: VersionNumbers::ZERO, end: after },
            Op::Tilde if part.minor.is_none() => Self { first: given, end: given.next_major() },
            Op::Tilde => Self { first: given, end: given.next_minor() },
            Op::Caret => Self { first: given, end: after_compatible(part, given) },
            // An operator of a later `semver` matches nothing here.
            _ => Self::NONE,
        }
    }
}

/// The first version that is not compatible with these numbers: compatible ones agree up to the first number that is not 0.
const fn after_compatible(part: &Comparator, given: VersionNumbers) -> Option<VersionNumbers> {
    match (given.major, part.minor, part.patch) {
        (1.., ..) | (0, None, _) => given.next_major(),
        (0, Some(1..), _) | (0, Some(0), None) => given.next_minor(),
        (0, Some(0), Some(_)) => given.next_patch(),
    }
}

impl FromStr for VersionRequirement {
    type Err = ParseVersionRequirementError;

    fn from_str(text: &str) -> Result<Self, ParseVersionRequirementError> {
        VersionReq::parse(text).map(Self).map_err(|_| ParseVersionRequirementError)
    }
}

impl fmt::Display for VersionRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The first up to three numbers of a version as toolchains print it: `5.2.15(1)-release` is 5.2.15.
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

    /// Every kind of comparator, with numbers around those of the tested versions.
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
    fn a_requirement_is_met_by_the_versions_of_its_range_and_no_others() {
        comparators().for_each(|one| check_range(&one));
        for one in comparators().filter(|one| !one.contains('*')) {
            for other in [">=0.0.2", "<1.2", "<=0.2", "~0.2", "^1"] {
                check_range(&format!("{one}, {other}"));
            }
        }
    }

    #[test]
    fn versions_are_read_as_toolchains_print_them() {
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
    fn a_requirement_is_met_by_matching_versions() {
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
