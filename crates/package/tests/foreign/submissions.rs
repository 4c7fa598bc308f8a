//! Submission tests: files, languages and expectations of solutions in public packages.

use std::{fs, path::Path};

use package::unmet_expectations;

use super::{does_not_warn, open, submissions, warns};

#[test]
fn what_compilers_and_editors_leave_behind_is_looked_over_with_a_warning() {
    let left = [
        ("submissions/accepted/__pycache__/a.cpython-311.pyc", "left over"),
        ("submissions/accepted/A.class", "left over"),
        ("submissions/accepted/a.py~", "left over"),
        ("submissions/accepted/build/a.o", "is an empty folder"),
        ("submissions/accepted/classes/A.class", "left over"),
    ];
    for (name, says) in left {
        let (_folder, package) = open("legacy", &[("submissions/accepted/a.py", "x"), (name, "\0")]);
        let said: Vec<_> = package.warnings.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|one| one.contains(says)), "{name}: {said:?}");
        assert_eq!(submissions(&package), ["accepted/a.py"], "{name}");
    }
    let (_folder, package) = open(
        "legacy",
        &[
            ("problem.yaml", "validation: custom\n"),
            ("output_validators/v.py", "x"),
            ("output_validators/__pycache__/v.pyc", "\0"),
        ],
    );
    warns(&package, "output_validators/__pycache__ is left over");
    assert!(package.suite(None).is_ok());
}

#[test]
fn a_folder_without_a_source_is_no_submission_and_no_validator() {
    for folder in ["submissions/accepted/build", "input_validators/build"] {
        let validator = ("input_validators/format.py", "x");
        let (makefile, object) = (format!("{folder}/Makefile"), format!("{folder}/a.xyz"));
        let files =
            [(makefile.as_str(), "x"), (object.as_str(), "x"), ("submissions/accepted/a.py", "x"), validator];
        let (_folder, package) = open("legacy", &files);
        warns(&package, "has no file in a language that its name would tell");
        assert_eq!((submissions(&package).len(), package.input_validators.len()), (1, 1));
    }
}

#[test]
fn endings_that_nobody_knows_count_alike_alone_and_in_folders() {
    for name in ["submissions/accepted/a.xyz", "submissions/accepted/a/a.xyz", "submissions/accepted/a/b.xyz"]
    {
        let (_folder, package) = open("legacy", &[(name, "x")]);
        assert!(package.submissions.is_empty(), "{name}");
        warns(&package, "language that its name would tell, and is looked over");
    }
}

#[test]
fn every_ending_of_a_language_that_is_known_here_counts() {
    let languages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../languages");
    let mut seen = 0;
    let files = fs::read_dir(languages).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| file.extension().is_some_and(|ending| ending == "toml")) {
        let text = fs::read_to_string(file).unwrap();
        let line = text.lines().find(|line| line.starts_with("extensions")).unwrap();
        for ending in line.split('"').skip(1).step_by(2) {
            let name = format!("submissions/accepted/a.{ending}");
            let (_folder, package) = open("legacy", &[(&name, "x")]);
            assert_eq!(package.submissions.len(), 1, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn a_file_that_may_be_perl_or_prolog_is_told_apart_by_its_text() {
    for (source, language) in [
        ("#!/usr/bin/perl\nprint <>;", "perl"),
        ("use strict;\nmy $x = <STDIN>;", "perl"),
        ("main :- read(X), write(X).", "prolog"),
    ] {
        let (_folder, package) = open("legacy", &[("submissions/accepted/a.pl", source)]);
        assert_eq!(package.submissions[0].language.as_deref(), Some(language), "{source}");
    }
}

#[test]
fn an_unknown_mark_in_a_source_is_told_and_refuses_nothing() {
    for (mark, says, overall) in [
        ("CHECK-MANUALLY", "whatever comes of it", Some(7)),
        ("SOMETHING-ELSE", "which is no result that is known, and the folder's rule counts", None),
        ("CORRECT, SOMETHING-ELSE", "and the other results count", Some(1)),
    ] {
        let source = format!("# @EXPECTED_RESULTS@: {mark}\n");
        let (_folder, package) = open("legacy", &[("submissions/accepted/a.py", &source)]);
        warns(&package, says);
        let rules = &package.submissions[0].expectations;
        assert_eq!(rules[0].overall.as_ref().map(|overall| overall.0.len()), overall, "{mark}");
    }
    let (_folder, package) =
        open("legacy", &[("submissions/accepted/a.py", "# @EXPECTED_RESULTS@: CHECK-MANUALLY\n")]);
    let result = |overall| package::SubmissionResult {
        cases: Vec::new(),
        overall,
        score: None,
        max_score: None,
        full_score: None,
        group_scores: Vec::new(),
    };
    let found = unmet_expectations(&package.submissions[0].expectations, &result(package::Judgement::CE));
    assert_eq!(found, [""; 0], "a person decides");
}

#[test]
fn answers_may_be_handed_in_where_a_problem_asks_for_them() {
    let (_folder, package) = open(
        "2025-09",
        &[("problem.yaml", "type: submit-answer\n"), ("submissions/accepted/all/1.out", "1\n")],
    );
    does_not_warn(&package);
    let suite = package.suite(None).unwrap().suite;
    assert_eq!(suite.tests().next().unwrap().args, ["secret/1", "1"]);
    assert_eq!(suite.included[0].file.name, "main.sh");
    assert_eq!(
        (submissions(&package), package.languages.clone().unwrap()),
        (vec!["accepted/all"], vec!["bash".to_owned()])
    );
}
