//! Link tests: links inside a package, and links that leave it.

use super::{open, submissions, warns};

#[test]
fn links_that_leave_the_package_are_passed_over_and_named() {
    for target in ["->/etc/passwd", "->../../../outside", "->../accepted/../../../outside"] {
        let (_folder, package) =
            open("legacy", &[("submissions/accepted/link.py", target), ("submissions/accepted/a.py", "x")]);
        warns(&package, "submissions/accepted/link.py is a link that leaves the package");
        assert_eq!(submissions(&package), ["accepted/a.py"], "{target}");
    }
    // Nothing can be read through one, and what leads to one leaves, too.
    let (_folder, package) =
        open("legacy", &[("a/out", "->/etc"), ("a/in", "->out/passwd"), ("submissions/accepted/a.py", "x")]);
    assert_eq!(package.warnings.len(), 2, "{:?}", package.warnings);
    assert_eq!(package.tree.file("a/in").unwrap(), None);
    assert_eq!(package.tree.file("a/out/passwd").unwrap(), None);
}
