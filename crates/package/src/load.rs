//! Package reader: format detection and dispatch to the reader of the format.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use crate::{
    Caps, Format, GeneratedContent, Package, PackageError, Tree, TreeError, Warning, kattis, lesson,
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

    /// Reads a folder or a zip archive with the output of the programs of its [`Package::planned_tests`], by
    /// file name, such as `data/secret/1.in`.
    pub fn open_with_generated(
        path: &Path,
        caps: Caps,
        made: BTreeMap<String, GeneratedContent>,
    ) -> Result<Self, PackageError> {
        Self::read(Tree::open_path(path, caps)?, made)
    }

    /// Reads a package from its files.
    pub fn from_tree(tree: Tree) -> Result<Self, PackageError> {
        Self::read(tree, BTreeMap::new())
    }

    fn read(tree: Tree, made: BTreeMap<String, GeneratedContent>) -> Result<Self, PackageError> {
        const FILE: &str = "problem.yaml";
        let file = tree.file(FILE)?.ok_or(PackageError::NoProblemFile)?;
        let mut warnings = Vec::new();
        let text = match tree.text(&file, tree.caps().settings_bytes) {
            // Old packages are in Latin-1, usually for a letter of a name.
            Err(TreeError::NotText { .. }) => {
                warnings.push(Warning::new(
                    FILE,
                    "is not UTF-8 text, so that some letters are wrong: save it as UTF-8",
                ));
                String::from_utf8_lossy(&tree.read(&file, tree.caps().settings_bytes)?).into_owned()
            }
            text => text?,
        };
        let yaml = settings::parse(FILE, &text, tree.caps(), &mut warnings)?;
        let mut fields = Fields::of_file(FILE, &yaml)?;
        match format(&tree, &mut fields)? {
            Format::Lesson => lesson::read(tree, fields, warnings),
            format => kattis::read(tree, format, kattis::PackageInputs { fields, made }, warnings),
        }
    }
}

/// A version selects a Kattis format. Without one, a title or tests in the file make a lesson, and anything
/// else is legacy.
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
