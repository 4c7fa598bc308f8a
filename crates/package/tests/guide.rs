//! Guide tests: every example of the guide is complete and loads.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

use std::{collections::BTreeMap, fs, path::Path};

use package::{Caps, Format, Package};

/// The files of the guide's examples, by package.
fn examples() -> BTreeMap<String, Vec<(String, String)>> {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/problem-packages.md");
    let guide = fs::read_to_string(guide).unwrap();
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for block in guide.split("\n```").skip(1).step_by(2) {
        let (head, content) = block.split_once('\n').unwrap();
        let Some((_, path)) = head.split_once("file=") else { continue };
        let package = path.split('/').next().unwrap().to_owned();
        found.entry(package).or_default().push((path.to_owned(), format!("{content}\n")));
    }
    found
}

#[test]
fn every_example_of_the_guide_loads_without_a_warning() {
    let examples = examples();
    assert_eq!(examples.keys().collect::<Vec<_>>(), ["add", "even", "fizz", "hello", "sum"]);
    for (name, files) in examples {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let package = Package::open(&folder.path().join(&name), Caps::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(package.warnings, [], "{name}");
        assert!(!package.tests.cases().is_empty(), "{name}");
        assert_eq!(package.format == Format::V2025, name == "sum");
    }
}
