//! The threat model names the tests and the attacks that show what it claims: each must be there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Code spans that are names of tests: sentences in words joined by underscores.
fn test_names(text: &str) -> BTreeSet<&str> {
    let is_sentence = |span: &&str| {
        span.matches('_').count() >= 2
            && span
                .chars()
                .all(|letter| letter == '_' || letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    text.split('`').skip(1).step_by(2).filter(is_sentence).collect()
}

/// Code spans that are paths of attacks.
fn attacks(text: &str) -> BTreeSet<&str> {
    let is_attack = |span: &&str| {
        span.starts_with("attacks/") && [".c", ".cpp", ".py", ".sh"].iter().any(|end| span.ends_with(end))
    };
    text.split('`').skip(1).step_by(2).filter(is_attack).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The functions that an attribute makes tests.
fn tests_in(source: &str) -> Vec<String> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let name = |line: &str| {
        let rest = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "))?;
        rest.split_once('(').map(|(name, _)| name.to_owned())
    };
    let is_marked = |at: usize| {
        lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
            .any(|line| line.ends_with("test]"))
    };
    (0..lines.len()).filter(|&at| is_marked(at)).filter_map(|at| name(lines[at])).collect()
}

#[test]
fn each_test_that_the_threat_model_names_is_there() {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/threat-model.md")).expect("the threat model");
    let mut files = Vec::new();
    for folder in ["crates", "services", "coderunner", "tests"] {
        sources(&Path::new(ROOT).join(folder), &mut files);
    }
    let there: BTreeSet<String> =
        files.iter().flat_map(|file| tests_in(&fs::read_to_string(file).expect("a source"))).collect();
    let named = test_names(&text);
    assert!(named.len() > 40, "names are found: {named:?}");
    let missing: Vec<_> = named.into_iter().filter(|name| !there.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/threat-model.md names tests that are not there: {missing:#?}");
}

#[test]
fn each_attack_that_the_threat_model_names_is_there() {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/threat-model.md")).expect("the threat model");
    let named = attacks(&text);
    assert!(named.len() > 20, "attacks are found: {named:?}");
    let missing: Vec<_> =
        named.into_iter().filter(|name| !Path::new(ROOT).join("tests").join(name).exists()).collect();
    assert!(missing.is_empty(), "docs/threat-model.md names attacks that are not there: {missing:#?}");
}
