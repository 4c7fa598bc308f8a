//! Workspace: its folder, packages and files of Rust, as cargo lists them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{MetadataCommand, Package};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned()
}

/// All packages of the workspace.
pub(crate) fn packages() -> Vec<Package> {
    let manifest = root().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec();
    metadata.expect("cargo reads the workspace").workspace_packages().into_iter().cloned().collect()
}

/// All files below a folder with an extension, in order; without what npm and cargo put there.
pub(crate) fn files(below: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a readable entry").path();
            match path.extension() {
                _ if path.ends_with("node_modules") || path.ends_with("target") => {}
                _ if path.is_dir() => folders.push(path),
                Some(own) if own == extension => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
