//! Reading a package, in whatever format it is.

use std::{path::Path, sync::Arc};

use crate::{
    Caps, Format, Package, PackageError, Tree, kattis, lesson,
    settings::{self, Fields},
};

/// Versions as `problem_format_version` names them.
const VERSIONS: [(&str, Format); 7] = [
    ("legacy", Format::Legacy),
    ("legacy-icpc", Format::LegacyIcpc),
    ("2023-07-draft", Format::Draft2023),
    ("2023-07", Format::Draft2023),
    ("draft", Format::Draft2023),
    ("2025-09", Format::V2025),
    ("2025-09-draft", Format::V2025),
];

impl Package {
    /// Reads a folder or a zip archive.
    pub fn open(path: &Path, caps: Caps) -> Result<Self, PackageError> {
        Self::from_tree(Tree::open_path(path, caps)?)
    }

    /// Reads a zip archive that is in memory.
    pub fn from_zip(bytes: Arc<[u8]>, caps: Caps) -> Result<Self, PackageError> {
        Self::from_tree(Tree::from_zip(bytes, caps)?)
    }

    /// Reads a package from its files.
    pub fn from_tree(tree: Tree) -> Result<Self, PackageError> {
        const FILE: &str = "problem.yaml";
        let file = tree.file(FILE)?.ok_or(PackageError::NoProblemFile)?;
        let text = tree.text(&file, tree.caps().settings_bytes)?;
        let mut warnings = Vec::new();
        let yaml = settings::parse(FILE, &text, tree.caps(), &mut warnings)?;
        let mut fields = Fields::of_file(FILE, &yaml)?;
        match format(&tree, &mut fields)? {
            Format::Lesson => lesson::read(tree, fields, warnings),
            format => kattis::read(tree, format, fields, warnings),
        }
    }
}

/// A version names a Kattis format. Without one, a title or tests in the file make a lesson, and anything else is legacy.
fn format(tree: &Tree, fields: &mut Fields<'_>) -> Result<Format, PackageError> {
    if let Some(field) = fields.get("problem_format_version") {
        let version = field.text()?;
        let found = VERSIONS.iter().find(|(name, _)| *name == version).map(|(_, format)| *format);
        let unknown = || PackageError::Version {
            version: version.to_owned(),
            known: VERSIONS.map(|(name, _)| name).join(", "),
        };
        return found.ok_or_else(unknown);
    }
    let in_file = ["title", "tests", "hidden_tests", "groups"].iter().any(|key| fields.has(key));
    let beside = tree.folder("data")?.is_none() && tree.folder("tests")?.is_some();
    Ok(if in_file || beside { Format::Lesson } else { Format::Legacy })
}
