//! Submissions that try to pass without knowing the answer. Each file says at its top what it tries.
//!
//! They are judged like the honest one beside them, which passes. What they try to forge is never what they could just as
//! well return: an exception that a test expects may be raised by anybody.

use std::{fs, path::Path};

use model::Verdict;

use crate::bench::{CallFixture, Test};

/// The honest one returns the longest word and the mean length of all.
const TESTS: [Test; 2] = [
    (
        r#"{"function":"longest","arguments":[["sandbox","runs","judge"]]}"#,
        r#"{"value":{"word":"sandbox","mean":5.333333333333333}}"#,
    ),
    (
        r#"{"function":"longest","arguments":[["to","be","or","not"]]}"#,
        r#"{"value":{"word":"not","mean":2.25}}"#,
    ),
];

/// Tries all files in the folder of the language; there must be this many forgeries.
async fn check(language: &str, at_least: usize) {
    let bench = CallFixture::of(language).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls/forgeries").join(language);
    let mut forgeries = 0;
    let mut passed = Vec::new();
    for file in fs::read_dir(&folder).expect("a folder of submissions") {
        let path = file.expect("a file").path();
        let code = fs::read_to_string(&path).expect("text");
        let verdicts = bench.judge_calls(&[(&bench.language.main_file, &code)], &TESTS).await;
        if path.file_stem().is_some_and(|name| name == "honest") {
            assert_eq!(verdicts, [Verdict::Accepted; 2], "the honest one must pass");
        } else {
            forgeries += 1;
            passed.extend(verdicts.contains(&Verdict::Accepted).then_some(path));
        }
    }
    assert!(passed.is_empty(), "passed: {passed:#?}");
    assert!(forgeries >= at_least, "only {forgeries} in {}", folder.display());
}

#[tokio::test]
async fn no_forgery_in_python_passes() {
    check("python", 30).await;
}

#[tokio::test]
async fn no_forgery_in_javascript_passes() {
    check("javascript", 12).await;
}

#[tokio::test]
async fn no_forgery_in_ruby_passes() {
    check("ruby", 5).await;
}

#[tokio::test]
async fn no_forgery_in_php_passes() {
    check("php", 5).await;
}
