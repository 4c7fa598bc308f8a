//! Package discovery: finds the folders with a `problem.yaml` below the content folder, and derives slugs from their names.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Maximum depth of a package: `content/problems/algebra/sum`.
const MAX_DEPTH: usize = 4;

/// Maximum length of a slug.
const MAX_SLUG_LENGTH: usize = 64;

/// The folders of packages, sorted by name, so that new problems get their numbers in the same order on every machine.
pub(crate) fn find_packages(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    visit_folder(folder, MAX_DEPTH, &mut found)?;
    found.sort_by(|a, b| (a.file_name(), a).cmp(&(b.file_name(), b)));
    Ok(found)
}

fn visit_folder(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_hidden || !path.is_dir() {
            continue;
        }
        if path.join("problem.yaml").exists() {
            found.push(path);
        } else if depth > 1 {
            visit_folder(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

/// The slug of the package in this folder, or a sentence on what to change.
pub(crate) fn slug_of(folder: &Path) -> Result<String, &'static str> {
    const RULE: &str = "the folder's name must have 1 to 64 of a-z, A-Z, 0-9, - and _, and not only digits, since it is the problem's name in addresses: rename it";
    let name = folder.file_name().and_then(|name| name.to_str()).ok_or(RULE)?;
    let sound = (1..=MAX_SLUG_LENGTH).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !name.bytes().all(|byte| byte.is_ascii_digit());
    if sound { Ok(name.to_owned()) } else { Err(RULE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_found_at_any_sensible_depth_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in ["b", "deep/er/a", "x/.git/c", "too/deep/to/be/d", "deep/er/a/inner", "notes"] {
            fs::create_dir_all(folder.path().join(path)).expect("a folder");
            if path != "notes" {
                fs::write(folder.path().join(path).join("problem.yaml"), "").expect("a file");
            }
        }
        let found = find_packages(folder.path()).expect("reads");
        let names: Vec<_> = found.iter().map(|path| slug_of(path).expect("a slug")).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(find_packages(&folder.path().join("missing")).is_err());
    }

    #[test]
    fn a_slug_is_fit_for_an_address_and_no_number() {
        for (name, sound) in [
            ("add-two", true),
            ("Fizz_2", true),
            ("42", false),
            ("two words", false),
            ("é", false),
            ("a.b", false),
        ] {
            assert_eq!(slug_of(Path::new("/content").join(name).as_path()).is_ok(), sound, "{name}");
        }
        assert!(slug_of(Path::new(&"a".repeat(65))).is_err());
        assert!(slug_of(Path::new("/")).is_err());
    }
}
