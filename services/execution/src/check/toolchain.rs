//! Which language, and whether what is installed will do.

use languages::{Availability, Language, Registry, Toolchain};
use semver::{Version, VersionReq};
use wire::FieldError;

use super::quoted;

/// The language with this id or alias, if it can run here and its version fits.
pub(super) fn find<'a>(
    name: &str,
    wanted: Option<&str>,
    languages: &'a Registry,
) -> Result<&'a Language, FieldError> {
    let language = languages.find(name).ok_or_else(|| unknown(name, languages))?;
    let toolchain = match &language.availability {
        Availability::Available(toolchain) => toolchain,
        Availability::Unavailable { reason } => {
            let message = format!("names {}, which cannot run here: {reason}", language.name);
            return Err(FieldError::new("language", message));
        }
    };
    if let Some(wanted) = wanted {
        fits(wanted, language, toolchain)?;
    }
    Ok(language)
}

fn unknown(name: &str, languages: &Registry) -> FieldError {
    let known = languages.all().map(|language| language.id.as_str()).collect::<Vec<_>>().join(", ");
    let hint = match languages.nearest(name) {
        Some(nearest) => format!("did you mean {nearest:?}? "),
        None => String::new(),
    };
    FieldError::new(
        "language",
        format!("names no language known here ({}); {hint}there are {known}", quoted(name)),
    )
}

fn fits(wanted: &str, language: &Language, toolchain: &Toolchain) -> Result<(), FieldError> {
    let error = |message: String| FieldError::new("version", message);
    let requirement = VersionReq::parse(wanted).map_err(|_| {
        error(format!("must be a version requirement such as \">=3.10\" or \"3.11\", not {}", quoted(wanted)))
    })?;
    let fits = lenient_version(&toolchain.version).is_some_and(|version| requirement.matches(&version));
    if fits || requirement == VersionReq::STAR {
        return Ok(());
    }
    let installed = format!("{} is installed ({})", toolchain.version, toolchain.description);
    Err(error(format!("cannot be met: for {}, {installed}", language.name)))
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
}
