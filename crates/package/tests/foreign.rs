//! Features of public packages beyond the plainest form: links that leave, left-overs, marks, constants, several validators,
//! scripts, generators. Each is read as its own tools read it, or told by a warning.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path};

use package::{Build, Caps, Content, Made, Package, PackageError, PlannedAnswer, PlannedInput, Test, unmet};

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
    let has_data =
        files.iter().any(|(name, _)| name.starts_with("data/secret") || name.starts_with("generators/"));
    if !has_data {
        all.extend([("data/secret/1.in", "1\n"), ("data/secret/1.ans", "1\n")]);
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

use std::io::Read as _;

/// Input and answer of each test, by its name.
fn tests(package: &Package) -> BTreeMap<String, (String, String)> {
    let each = package.tests.cases().into_iter().map(|case| {
        let Test::Streams { input, answer } = &case.test else { panic!("{case:?}") };
        (case.name.clone(), (text(package, input), text(package, answer)))
    });
    each.collect()
}

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
        let (makefile, object) = (format!("{folder}/Makefile"), format!("{folder}/a.xyz"));
        let files = [(makefile.as_str(), "x"), (object.as_str(), "x"), ("submissions/accepted/a.py", "x")];
        let (_folder, package) = open("legacy", &files);
        warns(&package, "has no file in a language that its name would tell");
        assert_eq!((submissions(&package).len(), package.input_validators.len()), (1, 0));
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
    for file in fs::read_dir(languages).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
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
    let found = unmet(&package.submissions[0].expectations, &result(package::Judgement::CE));
    assert_eq!(found, [""; 0], "a person decides");
}

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
fn byte_order_marks_are_taken_off_tests_answers_and_sources() {
    let mark = "\u{feff}";
    let files = [
        ("data/secret/1.in", format!("{mark}1 2\n")),
        ("data/secret/1.ans", format!("{mark}3\n")),
        ("data/secret/2.in", "4 5\n".to_owned()),
        ("data/secret/2.ans", "9\n".to_owned()),
        ("submissions/accepted/a.py", format!("{mark}print(3)\n")),
    ];
    let files: Vec<_> = files.iter().map(|(name, content)| (*name, content.as_str())).collect();
    let (_folder, package) = open("2025-09", &files);
    warns(&package, "begins with a byte-order mark, which is taken off");
    assert_eq!(tests(&package)["secret/1"], ("1 2\n".to_owned(), "3\n".to_owned()));
    let source = package.tree.source(&package.submissions[0].files[0]).unwrap();
    assert_eq!(source, b"print(3)\n");
    // Of large tests, too, which are read as objects.
    let large = format!("{mark}{}", "7".repeat(100_000));
    let (_folder, package) = open("2025-09", &[("data/secret/1.in", &large), ("data/secret/1.ans", "1\n")]);
    assert_eq!(tests(&package)["secret/1"].0.len(), 100_000);
    let objects = package.suite(None).unwrap().objects;
    assert_eq!(objects[0].0.size().get(), 100_000);
}

#[test]
fn tests_in_utf_16_are_told() {
    let (folder, package) = try_open("2025-09", &[("data/secret/1.in", "1\n"), ("data/secret/1.ans", "1\n")]);
    does_not_warn(&package.unwrap());
    fs::write(folder.path().join("data/secret/1.ans"), b"\xff\xfe1\0\n\0").unwrap();
    let package = Package::open(folder.path(), Caps::default()).unwrap();
    warns(&package, "data/secret/1.ans looks like UTF-16");
}

#[test]
fn line_ends_of_windows_in_tests_are_told() {
    let (_folder, package) =
        open("2025-09", &[("data/secret/1.in", "1\r\n2\r\n"), ("data/secret/1.ans", "1\n")]);
    warns(&package, "data/secret/1.in has line ends of Windows (CR LF)");
    assert_eq!(tests(&package)["secret/1"].0, "1\r\n2\r\n", "they are the test's, and stay");
}

#[test]
fn tests_of_validators_are_told_and_not_judged_by() {
    let (_folder, package) =
        open("2025-09", &[("data/invalid_input/1.in", "x"), ("data/invalid_input/2.in", "y")]);
    warns(&package, "data/invalid_input has 2 tests of the package's validators, which are not tried");
    assert_eq!(tests(&package).len(), 1);
}

#[test]
fn constants_stand_for_their_values_wherever_the_format_says() {
    let yaml = "constants:\n  k: 5\n  limit:\n    value: 1000000\n    tex: 10^6\n";
    let (_folder, package) = open(
        "2025-09",
        &[
            ("problem.yaml", yaml),
            ("data/secret/test_group.yaml", "output_validator_args: ['{{k}}', '{{limit.tex}}']\n"),
            ("data/secret/1.in", "{{k}}\n"),
            ("data/secret/1.ans", "{{k}}\n"),
            ("output_validator/v.py", "x = {{k}}, {{limit}}, {{other}}"),
            ("input_validators/v/v.py", "x = {{k}}"),
            ("include/python/lib.py", "K = {{k}}"),
            ("submissions/accepted/a.py", "print({{k}})"),
        ],
    );
    does_not_warn(&package);
    let source = |file| String::from_utf8(package.tree.source(file).unwrap()).unwrap();
    assert_eq!(source(&package.submissions[0].files[0]), "print(5)");
    assert_eq!(source(&package.input_validators[0].files[0]), "x = 5");
    assert_eq!(tests(&package)["secret/1"].0, "{{k}}\n", "not in tests");
    let suite = package.suite(None).unwrap().suite;
    assert_eq!(suite.included[0].file.content.as_text(), Some("K = 5"));
    let model::Style::Validated(validator) = &suite.style else { panic!("{suite:?}") };
    assert_eq!(validator.files[0].content.as_text(), Some("x = 5, 1000000, {{other}}"));
    assert_eq!(validator.args, ["5", "10^6"]);
}

#[test]
fn a_constant_with_variants_needs_a_value() {
    let (_folder, package) = try_open("2025-09", &[("problem.yaml", "constants:\n  k:\n    tex: 5\n")]);
    assert!(package.unwrap_err().to_string().contains("k needs a value"));
}

#[test]
fn several_validators_become_one_program_that_asks_all() {
    let (_folder, package) = open(
        "legacy",
        &[
            ("problem.yaml", "validation: custom\n"),
            ("output_validators/a.py", "a"),
            ("output_validators/b/b.cpp", "b"),
            ("output_validators/b/b.h", "h"),
            ("output_validators/c/build", "c"),
        ],
    );
    let suite = package.suite(None).unwrap().suite;
    let model::Style::Validated(validator) = &suite.style else { panic!("{suite:?}") };
    assert_eq!(validator.language.as_str(), "bash");
    let names: Vec<_> = validator.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        ["build", "run", "validator0/a.py", "validator1/b.cpp", "validator1/b.h", "validator2/build"]
    );
    let run = validator.files[1].content.as_text().unwrap();
    assert!(run.contains("python3 validator0/a.py") && run.contains("validator2/run"), "{run}");
    // Some languages cannot be asked together.
    let (_folder, package) = open(
        "legacy",
        &[
            ("problem.yaml", "validation: custom\n"),
            ("output_validators/a.py", "a"),
            ("output_validators/b.hs", "b"),
        ],
    );
    let error = package.suite(None).unwrap_err().to_string();
    assert!(error.contains("b.hs stands beside other validators"), "{error}");
}

#[test]
fn a_validator_with_scripts_is_a_program_of_scripts() {
    for (script, build) in [("build", Build::OwnBuild), ("run", Build::OwnRun)] {
        let (name, helper) = (format!("output_validators/v/{script}"), "output_validators/v/lib/x.cc");
        let (_folder, package) =
            open("legacy", &[("problem.yaml", "validation: custom\n"), (&name, "x"), (helper, "y")]);
        let suite = package.suite(None).unwrap().suite;
        let model::Style::Validated(validator) = &suite.style else { panic!("{suite:?}") };
        let names: Vec<_> = validator.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!((validator.language.as_str(), names), ("bash", vec![script, "lib/x.cc"]));
        let package::Validation::Custom(programs) = &package.validation else { panic!() };
        assert_eq!(programs[0].build, build);
    }
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
        let model::Member::Group(secret) = &suite.root.members[0] else { panic!("{suite:?}") };
        let model::Member::Group(group) = &secret.members[0] else { panic!("{suite:?}") };
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
fn what_a_compiler_has_made_of_a_validator_is_no_part_of_it() {
    let binary = "\0".repeat(3_000_000);
    for (source, made) in [
        ("output_validators/v.cc", "output_validators/v"),
        ("output_validators/v/v.cc", "output_validators/v/v"),
    ] {
        let files = [("problem.yaml", "validation: custom\n"), (source, "x"), (made, binary.as_str())];
        let (_folder, package) = open("legacy", &files);
        let suite = package.suite(None).unwrap().suite;
        let model::Style::Validated(validator) = &suite.style else { panic!("{suite:?}") };
        assert_eq!(validator.files.len(), 1, "{made}");
    }
}

#[test]
fn a_header_beside_validators_belongs_to_each() {
    let files =
        [("input_validators/a.cpp", "x"), ("input_validators/b.py", "x"), ("input_validators/lib.h", "x")];
    let (_folder, package) = open("legacy", &files);
    let found: Vec<_> = package
        .input_validators
        .iter()
        .map(|one| (one.name.as_str(), one.language.as_deref(), one.files.len()))
        .collect();
    assert_eq!(found, [("a.cpp", Some("cpp"), 2), ("b.py", Some("python"), 2)]);
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

#[test]
fn a_grader_of_the_packages_own_makes_the_results_of_its_groups() {
    let files = [
        ("problem.yaml", "type: scoring\n"),
        ("data/testdata.yaml", "grading: custom\ngrader_flags: best 2\n"),
        ("data/secret/g/1.in", "1"),
        ("data/secret/g/1.ans", "1"),
        ("data/secret/g/testdata.yaml", "grading: default\n"),
    ];
    let (_folder, package) = open("legacy", &files);
    let error = package.suite(None).unwrap_err().to_string();
    assert!(error.contains("graders is missing"), "{error}");
    let with = [&files[..], &[("graders/grade.py", "x")]].concat();
    let (_folder, package) = open("legacy", &with);
    let grader = package.suite(None).unwrap().suite.grader.unwrap();
    let flags = vec!["best".to_owned(), "2".to_owned()];
    assert_eq!(grader.groups, [(String::new(), flags.clone()), ("secret".to_owned(), flags)]);
    assert_eq!(grader.program.language.as_str(), "python");
}

#[test]
fn a_static_validator_is_a_test_where_a_group_asks_for_it() {
    let validator = ("static_validator/v.py", "x");
    let (_folder, package) = open("2025-09", &[validator]);
    warns(&package, "static_validator is not run");
    assert_eq!(package.suite(None).unwrap().suite.static_validator, None);
    let asks = (
        "data/secret/test_group.yaml",
        "static_validation_score: pass-fail\nstatic_validator_args: [--short]\n",
    );
    let tests = [("data/secret/1.in", "1"), ("data/secret/1.ans", "1")];
    let (_folder, package) = open("2025-09", &[&tests[..], &[asks]].concat());
    warns(&package, "static_validator is missing");
    let (_folder, package) = open("2025-09", &[&tests[..], &[asks, validator]].concat());
    does_not_warn(&package);
    let suite = package.suite(None).unwrap().suite;
    let first = suite.tests().next().unwrap();
    assert_eq!(first.name, "secret/static_validation");
    assert_eq!(first.trial, model::Trial::Sources { args: vec!["--short".to_owned()] });
}

const GENERATORS: &str = "\
solution: /submissions/accepted/sum.py
random_salt: abc
generators:
  tree: [tree.py, lib.py]
data:
  sample:
    data:
      '1': { in: 1 2, ans: '3', desc: the sum }
  secret:
    testdata.yaml:
      output_validator_flags: float_tolerance 1e-6
    data:
      - by-hand: { copy: manual/one }
      - small:
          data:
            a: tree {seed} {count}
            b: manual/two.in
          include: ['1']
      - '': { generate: tree 5 }
";

fn generated(yaml: &str, more: &[(&str, &str)]) -> (tempfile::TempDir, Result<Package, PackageError>) {
    let files = [
        ("generators/generators.yaml", yaml),
        ("generators/tree.py", "print(1)"),
        ("generators/lib.py", ""),
        ("generators/manual/one.in", "5 6\n"),
        ("generators/manual/one.ans", "11\n"),
        ("generators/manual/two.in", "7 8\n"),
        ("submissions/accepted/sum.py", "print(3)"),
    ];
    try_open("legacy", &[&files[..], more].concat())
}

#[test]
fn tests_of_generators_that_need_no_program_are_taken_and_others_are_planned() {
    let (folder, package) = generated(GENERATORS, &[]);
    let package = package.unwrap();
    let found = tests(&package);
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    assert_eq!(names, ["sample/1", "secret/1-by-hand", "secret/2-small/1"]);
    assert_eq!(found["sample/1"], ("1 2\n".to_owned(), "3\n".to_owned()));
    assert_eq!(found["secret/1-by-hand"], ("5 6\n".to_owned(), "11\n".to_owned()));
    let planned: Vec<_> = package.ungenerated.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(planned, ["secret/2-small/a", "secret/2-small/b", "secret/3"]);
    let PlannedInput::Program { program, args } = &package.ungenerated[0].input else { panic!() };
    assert_eq!((program.files.len(), program.language.as_deref(), args.len()), (2, Some("python"), 2));
    assert!(args[0].parse::<u32>().is_ok() && args[1] == "1", "{args:?}");
    assert!(matches!(package.ungenerated[1].input, PlannedInput::File(_)));
    assert!(matches!(&package.ungenerated[1].answer, PlannedAnswer::Solution(one) if one.name == "sum.py"));
    let error = package.suite(None).unwrap_err().to_string();
    assert!(error.contains("3 tests, among them secret/2-small/a, are made by programs"), "{error}");
    // With what the programs have made it is whole.
    let made = planned.iter().flat_map(|name| {
        ["in", "ans"].map(|ending| {
            (format!("data/{name}.{ending}"), Made::Bytes(format!("{ending} of {name}").into_bytes().into()))
        })
    });
    let package = Package::open_with(folder.path(), Caps::default(), made.collect()).unwrap();
    assert!(package.ungenerated.is_empty());
    let found = tests(&package);
    assert_eq!(found.len(), 6);
    assert_eq!(found["secret/2-small/b"], ("7 8\n".to_owned(), "ans of secret/2-small/b".to_owned()));
    assert_eq!(found["secret/3"].0, "in of secret/3");
    let suite = package.suite(None).unwrap().suite;
    let case = suite.tests().find(|test| test.name == "secret/3").unwrap();
    assert!(case.comparison.is_some(), "settings of groups count: {case:?}");
}

#[test]
fn tests_that_are_there_count_and_no_generator_is_run() {
    let data = [("data/secret/1.in", "1\n"), ("data/secret/1.ans", "1\n")];
    let (_folder, package) = generated(GENERATORS, &data);
    let package = package.unwrap();
    warns(&package, "plans 5 tests for data/secret, where 1 are; those count");
    assert!(package.ungenerated.is_empty());
    assert_eq!(tests(&package).len(), 2, "and the sample is taken");
}

#[test]
fn every_form_of_entries_is_understood() {
    let yaml = "\
solution: /submissions/accepted/sum.py
visualizer: /visualizers
version: 2026-01
data:
  sample:
    data:
      '1': ~
  secret:
    unknown_key:
    data:
      by_hand:
      none: {}
      empty: { data: [] }
      nothing: { data: }
      typed: { type: directory, data: { a: tree.py 1 } }
      numbers:
        data:
          - ~: tree.py 2
          - '': tree 3
      counted: { generate: tree.py {count}, count: -1..=1 }
      old: { type: testcase, input: tree.py 4 }
      lines: |
        tree.py
        5 6
      text: { in: '7', out: '8', test_case.yaml: { hint: x } }
unknown_key:
";
    let (_folder, package) =
        generated(&yaml.replace("tree.py {count}, count", "'tree.py {count}', count"), &[]);
    let package = package.unwrap();
    let planned: Vec<_> = package.ungenerated.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(
        planned,
        [
            "secret/typed/a",
            "secret/numbers/1",
            "secret/numbers/2",
            "secret/counted-1",
            "secret/counted-2",
            "secret/counted-3",
            "secret/old",
            "secret/lines",
            "secret/text",
        ]
    );
    let args = |place: usize| match &package.ungenerated[place].input {
        PlannedInput::Program { args, .. } => args.clone(),
        PlannedInput::File(_) => Vec::new(),
    };
    assert_eq!((args(3), args(7)), (vec!["-1".to_owned()], vec!["5".to_owned(), "6".to_owned()]));
    let said: Vec<_> = package.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "two tests by hand are missing: {said:?}");
}

#[test]
fn a_test_that_is_there_without_its_answer_gets_one_by_the_solution() {
    let data = [("data/secret/g/1.in", "1\n"), ("data/secret/2.in", "2\n"), ("data/secret/2.ans", "2\n")];
    let (folder, package) = generated("solution: /submissions/accepted/sum.py\ndata: {}\n", &data);
    let package = package.unwrap();
    let planned = &package.ungenerated[0];
    assert_eq!((planned.name.as_str(), package.ungenerated.len()), ("secret/g/1", 1));
    assert!(matches!(&planned.answer, PlannedAnswer::Solution(one) if one.name == "sum.py"));
    let made = BTreeMap::from([("data/secret/g/1.ans".to_owned(), Made::Bytes(b"3\n".as_slice().into()))]);
    let package = Package::open_with(folder.path(), Caps::default(), made).unwrap();
    assert_eq!(tests(&package)["secret/g/1"], ("1\n".to_owned(), "3\n".to_owned()));
}

#[test]
fn what_generators_cannot_make_is_told() {
    for (yaml, says) in [
        (
            "data: { secret: { data: { a: nothing 5 } } }",
            "runs the generator \"nothing\", which is not in generators/",
        ),
        ("data: { secret: { data: { a: { copy: nowhere } } } }", "generators/nowhere.in is not there"),
        ("data: { secret: { data: { ../a: tree.py } } }", "has a name that no file can have"),
        (
            "data: { secret: { data: { a: { generate: tree.py, count: 1000 } } } }",
            "must be a number up to 100",
        ),
        ("data: { secret: { data: {} } }", "data/secret has no tests"),
        ("data: [1", "generators/generators.yaml, line"),
    ] {
        let (_folder, package) = generated(yaml, &[]);
        let error = package.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(says), "{yaml}: {error}");
    }
}

#[test]
fn plans_that_would_fill_the_memory_end_at_the_cap() {
    let mut yaml = "data:\n  secret:\n    data:\n".to_owned();
    for n in 0..60 {
        yaml.extend([format!(
            "      g{n:02}: {{ data: {{ a{n}: {{ generate: tree.py, count: 100 }} }} }}\n"
        )]);
    }
    let (_folder, package) = generated(&yaml, &[]);
    let error = package.map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("plans more tests than the 5000 that are allowed"), "{error}");
}
