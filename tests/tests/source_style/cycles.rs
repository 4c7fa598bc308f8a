//! Import cycles between files: the imports of each crate form a directed acyclic graph.
//!
//! `mod child;` and re-exports are not imports, but any other use of a child's name in its parent is.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::{
    imports::{Imports, imports},
    module_tree::ModuleTree,
    workspace,
};

/// The imports of a crate that are part of a cycle, as lines `file -> file: names`.
fn cyclic_imports(tree: &ModuleTree, workspace: &Path) -> Vec<String> {
    let imports = imports(tree);
    let name = |file: usize| {
        let path = &tree.files[file];
        path.strip_prefix(workspace).unwrap_or(path).display().to_string()
    };
    let cyclic = imports.iter().filter(|((from, to), _)| reachable(&imports, *to).contains(from));
    cyclic
        .map(|((from, to), names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{} -> {}: {}", name(*from), name(*to), names.join(", "))
        })
        .collect()
}

/// The files that a file imports from, directly or not.
fn reachable(imports: &Imports, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for (_, to) in imports.keys().filter(|(from, _)| *from == file) {
            if reached.insert(*to) {
                open.push(*to);
            }
        }
    }
    reached
}

/// The cyclic imports of an invented crate, whose first file is its root.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let read = |path: &Path| {
        files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
    };
    cyclic_imports(&ModuleTree::load(Path::new(files[0].0), &read), Path::new("src"))
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(found(files), expected);
}

/// A crate of a root with these modules.
fn check_modules(a: &str, b: &str, expected: &[&str]) {
    check(&[("src/lib.rs", "mod a; mod b;"), ("src/a.rs", a), ("src/b.rs", b)], expected);
}

#[test]
fn imports_in_both_directions_are_a_cycle() {
    let both = ["a.rs -> b.rs: B", "b.rs -> a.rs: A"];
    check_modules("use crate::b::B; pub struct A;", "use super::a::A; pub struct B;", &both);
    check_modules("struct A(crate::b::B);", "use crate::{a::{self, A}}; struct B;", &both);
    check_modules(
        "struct A; use crate::b; fn f() -> b::B {}",
        "struct B; fn f() { vec![super::a::A] }",
        &both,
    );
    check_modules("use crate::b::B; struct A;", "struct B;", &[]);
}

#[test]
fn a_cycle_may_have_any_length() {
    let files = [
        ("src/main.rs", "mod a; mod b; mod c; mod d;"),
        ("src/a.rs", "use crate::b::b; pub fn a() {}"),
        ("src/b.rs", "use crate::c::{c as other}; pub fn b() {}"),
        ("src/c.rs", "use crate::{a::a, d::d}; pub fn c() {}"),
        ("src/d.rs", "pub fn d() {}"),
    ];
    check(&files, &["a.rs -> b.rs: b", "b.rs -> c.rs: c", "c.rs -> a.rs: a"]);
}

#[test]
fn reexports_lead_to_the_file_that_defines_the_name() {
    let lib = "mod a; pub use a::A; pub use a::inner::*;";
    check(
        &[
            ("src/lib.rs", lib),
            ("src/a.rs", "pub(crate) mod inner; pub struct A;"),
            ("src/a/inner.rs", "use crate::A; pub struct I;"),
        ],
        &[],
    );
    let a = "mod inner; pub use inner::I; pub struct A(I);";
    let cycle = ["a.rs -> a/inner.rs: I", "a/inner.rs -> a.rs: A"];
    check(&[("src/lib.rs", lib), ("src/a.rs", a), ("src/a/inner.rs", "use crate::A; pub struct I;")], &cycle);
}

#[test]
fn names_of_other_crates_may_come_through_a_parent() {
    let a = "mod inner; pub use other::Name; fn f(i: inner::I) {}";
    check(
        &[("src/lib.rs", "mod a;"), ("src/a.rs", a), ("src/a/inner.rs", "use super::Name; struct I;")],
        &[],
    );
}

#[test]
fn global_names_and_unit_tests_are_no_imports() {
    check_modules(
        "use crate::b::B; pub struct A;",
        "use ::a::A; struct B; #[cfg(test)] mod tests { use crate::a::A; } #[cfg(test)] fn f(a: crate::a::A) {}",
        &[],
    );
    check_modules(
        "use crate::b::B; struct A;",
        "//! crate::a::A\nstruct B; const A: &str = \"crate::a::A\";",
        &[],
    );
}

#[test]
fn serde_attributes_and_macros_import_by_paths() {
    let both = ["a.rs -> b.rs: B", "b.rs -> a.rs: a"];
    check_modules("use crate::b::B; fn a() {}", r#"#[serde(default = "crate::a::a")] struct B;"#, &both);
    check_modules(
        "use crate::b::B; fn a() {}",
        "macro_rules! m { () => { $crate::a::a() } } struct B;",
        &both,
    );
}

#[test]
fn inline_modules_belong_to_their_file() {
    check_modules(
        "pub mod deep { use super::super::b::B; } struct A;",
        "use crate::a::deep::A; struct B;",
        &["a.rs -> b.rs: B", "b.rs -> a.rs: A"],
    );
    check_modules("mod deep { use super::A; } struct A; fn f(d: deep::D) {}", "", &[]);
}

#[test]
fn no_crate_has_an_import_cycle() {
    let read = |path: &Path| path.is_file().then(|| workspace::read(path));
    let roots = workspace::packages().into_iter().flat_map(|package| package.targets);
    let trees = roots.map(|target| ModuleTree::load(&PathBuf::from(target.src_path), &read));
    let found: Vec<String> = trees.flat_map(|tree| cyclic_imports(&tree, &workspace::root())).collect();
    assert!(
        found.is_empty(),
        "files import from each other; move what both need to a file below them:\n  - {}",
        found.join("\n  - ")
    );
}
