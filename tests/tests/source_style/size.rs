//! Size of crates: none holds so much of the code that its layers are no longer layers of crates.

use std::path::Path;

use crate::workspace;

/// The most that one crate may hold of all lines in `src`, in percent.
const MAX_PERCENT: usize = 12;

/// A crate with the lines of its `src`.
struct Size {
    name: String,
    lines: usize,
}

/// The crates that hold more than their part, as sentences.
fn too_large(sizes: &[Size]) -> Vec<String> {
    let all: usize = sizes.iter().map(|size| size.lines).sum();
    let large = sizes.iter().filter(|size| size.lines * 100 > all * MAX_PERCENT);
    large
        .map(|Size { name, lines }| {
            format!("{name} has {lines} of {all} lines, more than {MAX_PERCENT} %: split it into crates")
        })
        .collect()
}

fn lines(source: &Path) -> usize {
    workspace::files(source, "rs").iter().map(|path| workspace::read(path).lines().count()).sum()
}

#[test]
fn a_crate_above_the_maximum_is_found() {
    let size = |name: &str, lines| Size { name: name.to_owned(), lines };
    assert_eq!(too_large(&[size("large", 12), size("rest", 88)]).len(), 1, "only the rest is too large");
    let found = too_large(&[size("large", 13), size("a", 12), size("b", 12), size("c", 12), size("d", 51)]);
    assert!(found[0].starts_with("large has 13 of 100 lines"), "{found:?}");
}

#[test]
fn no_crate_holds_more_than_its_part_of_the_code() {
    let packages = workspace::packages().into_iter();
    let sizes: Vec<Size> = packages
        .map(|package| {
            let folder = package.manifest_path.parent().expect("a manifest is in a folder").join("src");
            Size { name: package.name.to_string(), lines: lines(folder.as_std_path()) }
        })
        .collect();
    let found = too_large(&sizes);
    assert!(found.is_empty(), "crates are too large:\n  - {}", found.join("\n  - "));
}
