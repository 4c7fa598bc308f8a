//! Entry names: rules for rejected, ignored and accepted names.

use super::TreeError;

/// The decision about an entry's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NameDecision {
    /// It is part of the package.
    Counts,
    /// Ignored, as the format requires: `.git`, `.DS_Store`, `-notes`.
    LookedOver,
}

/// Checks one component of a path.
pub(super) fn check_name(part: &str, whole: &str) -> Result<NameDecision, TreeError> {
    let refuse = |problem| Err(TreeError::Name { name: whole.to_owned(), problem });
    match part {
        "" | "." | ".." => refuse("leads round inside the package or out of it: rename it"),
        _ if part.len() > 255 => refuse("is longer than 255 bytes: rename it"),
        _ if part.contains('\\') => refuse(
            "has a backslash, where folders are parted by /: rename it, or pack the folder with another zip program",
        ),
        _ if !model::is_all_visible(part) => refuse("has characters that cannot be seen: rename it"),
        // A time limit; the only hidden file that judges read.
        ".timelimit" => Ok(NameDecision::Counts),
        "__MACOSX" => Ok(NameDecision::LookedOver),
        _ if part.starts_with(['.', '-']) => Ok(NameDecision::LookedOver),
        _ => Ok(NameDecision::Counts),
    }
}

/// The checked components of an archive name; `None` if one of them is ignored.
pub(super) fn components(name: &str) -> Result<Option<Vec<&str>>, TreeError> {
    if name.starts_with('/') {
        return Err(TreeError::Name {
            name: name.to_owned(),
            problem: "is absolute: pack the folder by its own name",
        });
    }
    let mut counts = true;
    let parts: Vec<&str> = name.trim_end_matches('/').split('/').collect();
    for part in &parts {
        counts &= check_name(part, name)? == NameDecision::Counts;
    }
    Ok(counts.then_some(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_astray_are_refused() {
        for name in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            "a/./b",
            "..",
            "a\\b",
            "a\nb",
            "a\0b",
            "",
            "a\u{202e}b",
            "a\u{2028}b",
            "a\u{200b}",
        ] {
            assert!(components(name).is_err(), "{name:?}");
        }
        assert!(components(&"x".repeat(256)).is_err());
    }

    #[test]
    fn hidden_files_are_looked_over_but_the_time_limit() {
        for name in [".git/config", "data/.DS_Store", "-notes/x", "__MACOSX/data/1.in"] {
            assert_eq!(components(name).unwrap(), None, "{name}");
        }
        for name in [".timelimit", "data/secret/1.in", "data/", "submissions/accepted/a b.py", "naïve.py"] {
            assert!(components(name).unwrap().is_some(), "{name}");
        }
    }
}
