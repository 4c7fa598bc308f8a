//! Settings tests: groups and limits, in the terms of several formats.

use std::fs;

use package::{Caps, Package};

use super::{does_not_warn, open, tests, warns};

#[test]
fn time_limits_that_differ_are_told_with_the_one_that_wins() {
    let yaml = ("problem.yaml", "limits:\n  time_limit: 2\n");
    for format in ["legacy", "2025-09"] {
        let (_folder, package) = open(format, &[yaml, (".timelimit", "1\n")]);
        assert_eq!(package.limits.time.fixed.unwrap().as_secs(), 1);
        if format == "2025-09" {
            warns(&package, ".timelimit says that the time limit is 1 s and wins over 2 s in problem.yaml");
        }
        let three = [yaml, (".timelimit", "1\n"), ("domjudge-problem.ini", "timelimit='5'\n")];
        let (_folder, package) = open(format, &three);
        assert_eq!(package.limits.time.fixed.unwrap().as_secs(), 5);
        let said: Vec<_> = package.warnings.iter().map(ToString::to_string).collect();
        let expected = "domjudge-problem.ini says that the time limit is 5 s and wins over 2 s in problem.yaml and 1 s in .timelimit";
        assert!(said.iter().any(|one| one.contains(expected)), "{said:?}");
    }
    let (_folder, package) = open("2025-09", &[yaml, (".timelimit", "2\n")]);
    does_not_warn(&package);
}

#[test]
fn tests_of_validators_are_told_and_not_judged_by() {
    let (_folder, package) =
        open("2025-09", &[("data/invalid_input/1.in", "x"), ("data/invalid_input/2.in", "y")]);
    does_not_warn(&package);
    let says = "data/invalid_input has 2 tests of the package's validators, which are not tried";
    assert_eq!(package.notes, [says]);
    assert_eq!(tests(&package).len(), 1);
}

#[test]
fn packages_of_the_draft_may_be_graded_as_legacy_is() {
    let files = [
        ("problem.yaml", "type: scoring\n"),
        ("data/testdata.yaml", "on_reject: continue\nrange: 0 100\ngrader_flags: ignore_sample\n"),
        ("data/secret/g/1.in", "1"),
        ("data/secret/g/1.ans", "1"),
        (
            "data/secret/g/testdata.yaml",
            "accept_score: 50\nrange: 0 50\ngrader_flags: min\ninput_validator_flags: n=1\n",
        ),
    ];
    let rules = |format: &str| {
        let (_folder, package) = open(format, &files);
        let told = package.warnings.len();
        let suite = package.suite(None).unwrap().suite;
        let model::GroupMember::Group(secret) = &suite.root.members[0] else { panic!("{suite:?}") };
        let model::GroupMember::Group(group) = &secret.members[0] else { panic!("{suite:?}") };
        (group.rules.clone(), told)
    };
    let (draft, told) = rules("2023-07-draft");
    assert_eq!((draft.clone(), told), (rules("legacy").0, 0));
    assert_eq!(draft.test_score, model::TestScore::Fixed { accept: 50.0, reject: 0.0 });
    // Without such keys, and in the format that came of it, points are meant.
    let (later, told) = rules("2025-09");
    assert!(later != draft && told > 0, "{later:?}");
}

#[test]
fn old_words_and_letters_of_settings_are_understood() {
    let yaml = ("problem.yaml", "type: scoring\nvalidation: custom multipass\ngrading: custom\n");
    let testdata = ("data/secret/testdata.yaml", "on_reject: worst_error\n");
    let validator = ("output_validators/v.py", "x");
    let tests = [("data/secret/1.in", "1"), ("data/secret/1.ans", "1")];
    let (_folder, package) = open("legacy", &[&tests[..], &[yaml, testdata, validator]].concat());
    assert!(package.kind.multi_pass && package.kind.scoring);
    let secret = package.tests.group("secret").unwrap();
    assert_eq!(secret.settings.on_reject, package::OnReject::Continue);
    let (folder, package) = open("legacy", &[]);
    does_not_warn(&package);
    fs::write(folder.path().join("problem.yaml"), b"name: x\nauthor: Bj\xf6rn\n").unwrap();
    let package = Package::open(folder.path(), Caps::default()).unwrap();
    warns(&package, "problem.yaml is not UTF-8 text");
    assert_eq!(package.about.authors, ["Bj\u{fffd}rn"]);
}

#[test]
fn a_problem_file_in_utf_16_is_refused_with_the_encoding_to_choose() {
    let (folder, _) = open("legacy", &[]);
    let text = "name: x\n";
    let encoded = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
    };
    for bytes in [
        encoded(b"\xff\xfe", u16::to_le_bytes),
        encoded(b"\xfe\xff", u16::to_be_bytes),
        encoded(b"", u16::to_le_bytes),
        encoded(b"", u16::to_be_bytes),
    ] {
        fs::write(folder.path().join("problem.yaml"), &bytes).unwrap();
        let error = Package::open(folder.path(), Caps::default()).expect_err("no UTF-8").to_string();
        assert!(error.starts_with("problem.yaml is in UTF-16: save it as UTF-8"), "{bytes:?}: {error}");
    }
}

#[test]
fn a_package_may_have_samples_only() {
    let yaml = "problem_format_version: legacy\nname: x\n";
    let files = [
        ("problem.yaml", yaml),
        ("problem_statement/problem.en.md", "x"),
        ("input_validators/v.py", "x"),
        ("data/sample/1.in", "1\n"),
        ("data/sample/1.ans", "1\n"),
    ];
    let folder = super::folder(&files);
    let package = Package::open(folder.path(), Caps::default()).unwrap();
    warns(&package, "data/secret has no tests, so everybody sees all there are");
    assert_eq!(package.suite(None).unwrap().suite.tests().count(), 1);
}
