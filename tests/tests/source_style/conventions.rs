//! Conventions of files: paths, headers and names, checked line by line.
//!
//! The rules are pure functions over paths and texts, tested on invented files first; the last test reads the files of the workspace.

use std::path::{Path, PathBuf};

use crate::workspace;

/// Folders with Rust code of the workspace.
const ROOTS: [&str; 4] = ["coderunner", "crates", "services", "tests"];

/// Words that must not begin the header of a file: a header is "noun: mechanism".
const QUESTION_WORDS: [&str; 7] = ["What", "Who", "How", "Whether", "Where", "When", "Which"];

/// Home-made names that the terminology of STYLE.md has replaced by those of the field.
const REPLACED_NAMES: [&str; 20] = [
    "Umpire",
    "Sitting",
    "furnish",
    "Radio",
    "Tune",
    "Roster",
    "call_roll",
    "Taker",
    "Withheld",
    "Onward",
    "Teller",
    "Unheard",
    "Obstacle",
    "Came",
    "Moments",
    "Twice",
    "Leaving",
    "Intake",
    "Refusal",
    "Trouble",
];

/// The breaches of a source file, with the path as it is below the workspace.
fn breaches(path: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    // Cargo takes every other file directly in `tests/` for a test of its own.
    let is_test = path.split('/').rev().skip(1).any(|folder| folder == "tests");
    if path.ends_with("/mod.rs") && !is_test {
        breaches.push(format!("{path}: name it after its module, beside the folder"));
    }
    if path.ends_with("/tests.rs") && !is_test && !is_module_of_tests(text) {
        breaches.push(format!("{path}: no production file is called tests.rs"));
    }
    let header = text.lines().next().and_then(|line| line.strip_prefix("//! ")).unwrap_or_default();
    let first = header.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    if QUESTION_WORDS.contains(&first) {
        breaches.push(format!("{path}: the header begins with {first:?}; write \"noun: mechanism\""));
    }
    let replaced = REPLACED_NAMES.into_iter().filter(|name| identifiers(text).any(|own| own == *name));
    breaches.extend(
        replaced.map(|name| format!("{path}: {name} has another name, see the terminology of STYLE.md")),
    );
    breaches
}

/// Whether the file holds unit tests of the file around it: these are named after what they are.
fn is_module_of_tests(text: &str) -> bool {
    text.contains("#[test]") || text.contains("#[tokio::test]")
}

/// The identifiers of a source outside of comments and of strings on one line.
fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let outside_strings = code.flat_map(|line| line.split('"').step_by(2));
    outside_strings.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'))
}

/// The folders of crates that have no README.md.
fn without_readme(workspace: &Path) -> Vec<String> {
    let manifests = files(workspace, "toml").into_iter().filter(|path| path.ends_with("Cargo.toml"));
    let folders = manifests.filter_map(|manifest| manifest.parent().map(Path::to_owned));
    let bare = folders.filter(|folder| !folder.join("README.md").is_file());
    bare.map(|folder| format!("{}: write a README.md of about ten lines", folder.display())).collect()
}

fn files(workspace: &Path, extension: &str) -> Vec<PathBuf> {
    ROOTS.iter().flat_map(|root| workspace::files(&workspace.join(root), extension)).collect()
}

#[track_caller]
fn check(path: &str, text: &str, expected: Option<&str>) {
    let found = breaches(path, text);
    match expected {
        None => assert_eq!(found, [""; 0]),
        Some(part) => assert!(found.len() == 1 && found[0].contains(part), "{found:?} is not one {part:?}"),
    }
}

#[test]
fn each_kind_of_breach_is_found() {
    check("crates/a/src/b.rs", "//! Queue: jobs in order.\n", None);
    check("crates/a/src/b.rs", "//! Whatsoever.\n", None);
    check("crates/a/src/b.rs", "//! What waits.\n", Some("begins with \"What\""));
    check("crates/a/src/b/mod.rs", "//! Queue.\n", Some("beside the folder"));
    check("crates/a/tests/common/mod.rs", "//! Fixtures.\n", None);
    check("crates/a/src/tests.rs", "//! Tests of a package.\n", Some("tests.rs"));
    check("crates/a/src/b/tests.rs", "//! Tests.\n#[test]\nfn a() {}\n", None);
    check("crates/a/src/b.rs", "//! Judge.\nstruct Umpire;\n", Some("Umpire"));
    check("crates/a/src/b.rs", "//! Judge.\n// Umpire\nconst A: &str = \"Umpire\";\n", None);
}

#[test]
fn the_workspace_follows_the_style() {
    let workspace = workspace::root();
    let own = Path::new(file!()).file_name().expect("a name");
    let mut found = without_readme(&workspace);
    for path in files(&workspace, "rs").into_iter().filter(|path| path.file_name() != Some(own)) {
        let text = workspace::read(&path);
        let name = path.strip_prefix(&workspace).expect("is below it").to_string_lossy().into_owned();
        found.extend(breaches(&name, &text));
    }
    assert!(found.is_empty(), "STYLE.md is not followed:\n  - {}", found.join("\n  - "));
}
