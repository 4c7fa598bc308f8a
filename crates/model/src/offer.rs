//! What workers have, and what jobs want of it.

use std::{cmp::Ordering, fmt, str::FromStr};

use semver::{Version, VersionReq};
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

impl Offer {
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
