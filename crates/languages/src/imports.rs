//! Import syntax of a language, and the names that a source imports by it.

/// Import syntax of a language.
#[derive(Debug, Clone, Default)]
pub(crate) struct Imports {
    /// Text right before an imported name.
    pub(crate) before: Vec<String>,
    /// Modules of the toolchain itself.
    pub(crate) standard: Vec<String>,
}

/// The names that a source imports, in order, without the toolchain's own modules.
pub(crate) fn imported_names(imports: &Imports, source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in source.lines() {
        let positions =
            imports.before.iter().filter_map(|before| Some((line.find(before.as_str())?, before.len())));
        let Some((at, length)) = positions.min() else { continue };
        names.extend(line[at + length..].split(',').filter_map(plain_name));
    }
    names.retain(|name| !imports.standard.contains(name));
    names
}

/// The file or module at the beginning of a text, if it is a plain name.
fn plain_name(text: &str) -> Option<String> {
    let text = text.trim_start().trim_start_matches("./");
    let end = text.find(|c: char| !c.is_alphanumeric() && !"_-.$".contains(c)).unwrap_or(text.len());
    let name = text[..end].trim_end_matches('.');
    (!name.is_empty()).then(|| name.to_owned())
}
