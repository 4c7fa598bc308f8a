//! Library detection: query of a toolchain for the libraries that its language file lists.
//!
//! It runs once, in a starting server and in `doctor`. A run does not need it.

use std::path::Path;

use model::Library;

use crate::Host;

/// Library query of a language file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LibraryQuery {
    /// Arguments of the query; the names follow them.
    pub(crate) args: Vec<String>,
    /// Names of the libraries.
    pub(crate) names: Vec<String>,
}

/// Maximum length of a version.
const MAX_VERSION_LENGTH: usize = 100;

impl LibraryQuery {
    /// Asks a toolchain, which is this program, for the libraries. One whose query fails has none.
    pub(crate) fn detect(&self, program: &Path, env: &[(String, String)], host: &dyn Host) -> Vec<Library> {
        let args: Vec<String> = self.args.iter().chain(&self.names).cloned().collect();
        let output = host.output_with(program, &args, env).unwrap_or_default();
        output.lines().filter_map(|line| library(line, &self.names)).collect()
    }
}

/// Parses a line such as `numpy 1.24.2`; `None` for a name that is not listed.
fn library(line: &str, names: &[String]) -> Option<Library> {
    let (name, version) = line.split_once(' ')?;
    let is_sound = !version.is_empty()
        && version.len() <= MAX_VERSION_LENGTH
        && version.chars().all(|c| c.is_ascii_graphic());
    let is_listed = names.iter().any(|listed| listed == name);
    (is_sound && is_listed).then(|| Library { name: name.to_owned(), version: version.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_for_is_believed() {
        let names = ["numpy".to_owned()];
        let numpy = Library { name: "numpy".into(), version: "1.24.2".into() };
        assert_eq!(library("numpy 1.24.2", &names), Some(numpy));
        let long = format!("numpy {}", "1".repeat(MAX_VERSION_LENGTH + 1));
        for line in ["", "numpy", "numpy ", "other 1.0", "numpy 1 2", "Warning: numpy", long.as_str()] {
            assert_eq!(library(line, &names), None, "{line}");
        }
    }
}
