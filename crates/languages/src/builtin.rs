//! Built-in files: language files, and modules of ours for their programs, embedded in the program.

use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../languages");

/// The language files that are part of the program, as (name, text).
pub fn builtin_files() -> Vec<(String, String)> {
    let files = BUILTIN.files().filter(|file| has_extension(file.path(), "toml"));
    files
        .map(|file| {
            let name = file.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, String::from_utf8_lossy(file.contents()).into_owned())
        })
        .collect()
}

/// The files of a built-in folder with modules that have this extension: path below the folder, and text. `None` if there is no such folder.
pub(crate) fn modules(folder: &str, extension: &str) -> Option<Vec<(PathBuf, String)>> {
    let folder = BUILTIN.get_dir(folder)?;
    let mut modules = Vec::new();
    collect(folder, folder.path(), extension, &mut modules);
    modules.sort();
    Some(modules)
}

fn collect(folder: &Dir<'_>, base: &Path, extension: &str, modules: &mut Vec<(PathBuf, String)>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(inner, base, extension, modules),
            DirEntry::File(file) if has_extension(file.path(), extension) => {
                let path = file.path().strip_prefix(base).unwrap_or(file.path());
                modules.push((path.to_owned(), String::from_utf8_lossy(file.contents()).into_owned()));
            }
            DirEntry::File(_) => {}
        }
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_listed_by_their_paths_below_their_folder() {
        let modules = modules("python", "py").expect("is a folder");
        let paths: Vec<_> = modules.iter().map(|(path, _)| path.to_string_lossy().into_owned()).collect();
        for path in ["turtle.py", "_coderunner_pictures/canvas.py"] {
            assert!(paths.iter().any(|one| one == path), "{paths:?}");
        }
        assert!(modules.iter().all(|(path, _)| has_extension(path, "py")), "{paths:?}");
        assert_eq!(super::modules("no-such-folder", "py"), None);
    }
}
