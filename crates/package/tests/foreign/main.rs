//! Features of public packages beyond the plainest form: links that leave, left-overs, marks, constants, several validators,
//! scripts, generators. Each is read as its own tools read it, or told by a warning.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

mod generators;
mod links;
mod programs;
mod settings;
mod submissions;
mod text;
mod unread;

use std::{collections::BTreeMap, fs, io::Read as _, os::unix::fs::symlink};

use package::{Caps, Content, Package, PackageError, TestAction};

/// A folder of these files; a content that begins with `->` makes a link.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match content.strip_prefix("->") {
            Some(target) => symlink(target, path).unwrap(),
            None => fs::write(path, content).unwrap(),
        }
    }
    folder
}

/// A package of these files beside the least that one has.
fn try_open(format: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Package, PackageError>) {
    let yaml = match format {
        "legacy" => "name: x\n".to_owned(),
        other => {
            format!("problem_format_version: {other}\nname: x\nuuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\n")
        }
    };
    let own = files.iter().find(|(name, _)| *name == "problem.yaml").map_or("", |(_, text)| text);
    let yaml = yaml + own;
    let mut all: Vec<(&str, &str)> = vec![("problem.yaml", &yaml), ("statement/problem.en.md", "x")];
    let has = |folder: &str| files.iter().any(|(name, _)| name.starts_with(folder));
    if !has("data/secret/") && !has("generators/") {
        all.extend([("data/secret/1.in", "1\n"), ("data/secret/1.ans", "1\n")]);
    }
    if !has("input_validators") && !has("input_format_validators") {
        all.push(("input_validators/format.py", "x"));
    }
    all.extend(files.iter().filter(|(name, _)| *name != "problem.yaml"));
    let folder = folder(&all);
    let package = Package::open(folder.path(), Caps::default());
    (folder, package)
}

fn open(format: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, Package) {
    let (folder, package) = try_open(format, files);
    (folder, package.unwrap_or_else(|error| panic!("{error}")))
}

/// The only warning says this.
#[track_caller]
fn warns(package: &Package, says: &str) {
    let said: Vec<_> = package.warnings.iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains(says), "{said:#?} does not say {says:?}, and nothing else");
}

#[track_caller]
fn does_not_warn(package: &Package) {
    let said: Vec<_> = package.warnings.iter().map(ToString::to_string).collect();
    assert!(said.is_empty(), "{said:#?}");
}

fn submissions(package: &Package) -> Vec<&str> {
    package.submissions.iter().map(|one| one.path.as_str()).collect()
}

fn text(package: &Package, content: &Content) -> String {
    let mut bytes = Vec::new();
    match content {
        Content::Text(text) => return text.clone(),
        Content::File(file) => package.tree.open(file).unwrap().read_to_end(&mut bytes).unwrap(),
    };
    String::from_utf8(bytes).unwrap()
}

/// Input and answer of each test, by its name.
fn tests(package: &Package) -> BTreeMap<String, (String, String)> {
    let each = package.tests.cases().into_iter().map(|case| {
        let TestAction::Streams { input, answer } = &case.test else { panic!("{case:?}") };
        (case.name.clone(), (text(package, input), text(package, answer)))
    });
    each.collect()
}
