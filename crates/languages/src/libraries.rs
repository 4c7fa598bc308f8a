//! The libraries that a toolchain has beyond those of its language, as far as its file asks for some.
//!
//! Looked for once, by who wants to tell: a server that starts, and `doctor`. A run does not need to know.

use model::Library;

use crate::{Host, Language, Registry};

/// How a toolchain is asked, as a language file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Libraries {
    /// The arguments that make it tell; the names follow them.
    pub(crate) args: Vec<String>,
    /// Those that are asked for.
    pub(crate) names: Vec<String>,
}

/// The beginning of a name or version is enough.
const LONGEST: usize = 100;

impl Registry {
    /// Finds out which libraries there are on this host for the languages whose files ask for some. A toolchain that does not tell
    /// has none.
    pub fn find_libraries(&mut self, host: &dyn Host) {
        for language in &mut self.languages {
            language.found_libraries = found(language, host);
        }
    }
}

fn found(language: &Language, host: &dyn Host) -> Vec<Library> {
    let (Some(wanted), Some(toolchain)) = (&language.libraries, language.toolchain()) else {
        return Vec::new();
    };
    let args: Vec<String> = wanted.args.iter().chain(&wanted.names).cloned().collect();
    let told = host.output_with(&toolchain.program, &args, &language.env).unwrap_or_default();
    told.lines().filter_map(|line| library(line, &wanted.names)).collect()
}

/// `numpy 1.24.2`, if that was asked for.
fn library(line: &str, names: &[String]) -> Option<Library> {
    let (name, version) = line.split_once(' ')?;
    let is_sound =
        !version.is_empty() && version.len() <= LONGEST && version.chars().all(|c| c.is_ascii_graphic());
    let is_asked_for = names.iter().any(|asked| asked == name);
    (is_sound && is_asked_for).then(|| Library { name: name.to_owned(), version: version.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_for_is_believed() {
        let names = ["numpy".to_owned()];
        let numpy = Library { name: "numpy".into(), version: "1.24.2".into() };
        assert_eq!(library("numpy 1.24.2", &names), Some(numpy));
        let long = format!("numpy {}", "1".repeat(LONGEST + 1));
        for line in ["", "numpy", "numpy ", "other 1.0", "numpy 1 2", "Warning: numpy", long.as_str()] {
            assert_eq!(library(line, &names), None, "{line}");
        }
    }
}
