//! Path filter: selects submissions or tests by patterns.

use globset::{GlobBuilder, GlobMatcher};

/// A pattern that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{option} {pattern:?} is no pattern")]
pub struct InvalidPattern {
    /// The option that it was given to.
    option: String,
    /// The pattern.
    pattern: String,
    /// Why.
    source: globset::Error,
}

/// Patterns of paths; without any, all.
#[derive(Debug)]
pub struct PathFilter(Vec<GlobMatcher>);

impl PathFilter {
    /// Reads the patterns of an option. In them `*` goes on past `/`, so that `*.py` means all Python programs.
    pub fn new(option: &str, patterns: &[String]) -> Result<Self, InvalidPattern> {
        let read = |pattern: &String| {
            let trimmed = pattern.trim_start_matches("submissions/").trim_start_matches("data/");
            let trimmed = trimmed.trim_end_matches('/');
            let glob = GlobBuilder::new(trimmed).literal_separator(false).build();
            glob.map(|glob| glob.compile_matcher()).map_err(|source| InvalidPattern {
                option: option.to_owned(),
                pattern: pattern.clone(),
                source,
            })
        };
        Ok(Self(patterns.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// Whether it asks for everything.
    pub const fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it asks for this submission or test, or for a folder that it is in.
    pub fn matches(&self, path: &str) -> bool {
        let mut ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        self.0.is_empty() || ends.any(|end| self.0.iter().any(|glob| glob.is_match(&path[..end])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(patterns: &[&str], path: &str, asked: bool) {
        let patterns: Vec<_> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let only = PathFilter::new("--only", &patterns).expect("patterns");
        assert_eq!(only.matches(path), asked, "{patterns:?} {path}");
    }

    #[test]
    fn patterns_ask_for_paths_and_folders() {
        check(&[], "accepted/a.py", true);
        check(&["accepted"], "accepted/a.py", true);
        check(&["submissions/accepted/"], "accepted/a.py", true);
        check(&["*.py"], "accepted/a.py", true);
        check(&["*.py"], "accepted/a.cpp", false);
        check(&["accepted/*", "*.cpp"], "wrong_answer/b.cpp", true);
        check(&["accept"], "accepted/a.py", false);
        assert!(PathFilter::new("--only", &["a{".to_owned()]).is_err());
    }
}
