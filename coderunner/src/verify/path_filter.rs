//! Path filter: selects submissions or tests by patterns.

use anyhow::Context;
use globset::{GlobBuilder, GlobMatcher};

/// Patterns of paths; without any, all.
#[derive(Debug)]
pub(super) struct PathFilter(Vec<GlobMatcher>);

impl PathFilter {
    /// Reads the patterns. In them `*` goes on past `/`, so that `*.py` means all Python programs.
    pub(super) fn new(option: &str, patterns: &[String]) -> anyhow::Result<Self> {
        let read = |pattern: &String| {
            let trimmed = pattern.trim_start_matches("submissions/").trim_start_matches("data/");
            let trimmed = trimmed.trim_end_matches('/');
            let glob = GlobBuilder::new(trimmed).literal_separator(false).build();
            glob.map(|glob| glob.compile_matcher())
                .with_context(|| format!("{option} {pattern:?} is no pattern"))
        };
        Ok(Self(patterns.iter().map(read).collect::<anyhow::Result<_>>()?))
    }

    /// Whether it asks for everything.
    pub(super) const fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it asks for this submission or test, or for a folder that it is in.
    pub(super) fn matches(&self, path: &str) -> bool {
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
