//! Program tests: validators and graders, several of them, with scripts of their own, and with compiler
//! left-overs.

use package::Build;

use super::{does_not_warn, open, warns};

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
    let model::JudgingStyle::Validated(validator) = &suite.style else { panic!("{suite:?}") };
    assert_eq!(validator.language.as_str(), "bash");
    let names: Vec<_> = validator.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        ["build", "run", "validator0/a.py", "validator1/b.cpp", "validator1/b.h", "validator2/build"]
    );
    let run = validator.files[1].content.as_text().unwrap();
    assert!(run.contains("python3 validator0/'a.py'") && run.contains("validator2/run"), "{run}");
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
fn names_of_several_validators_mean_nothing_to_a_shell() {
    let (_folder, package) = open(
        "legacy",
        &[
            ("problem.yaml", "validation: custom\n"),
            ("output_validators/$(touch x) a.py", "a"),
            ("output_validators/it's/it's b.cc", "b"),
            ("output_validators/j/A;B.java", "c"),
        ],
    );
    let suite = package.suite(None).unwrap().suite;
    let model::JudgingStyle::Validated(validator) = &suite.style else { panic!("{suite:?}") };
    let [build, run] = [0, 1].map(|n| validator.files[n].content.as_text().unwrap().to_owned());
    assert!(run.contains("python3 validator0/'$(touch x) a.py' \"$@\""), "{run}");
    assert!(build.contains(r"'./it'\''s b.cc'"), "{build}");
    assert!(
        build.contains("javac './A;B.java'") && run.contains("java -cp validator2 'A;B'"),
        "{build}{run}"
    );
}

#[test]
fn a_validator_with_scripts_is_a_program_of_scripts() {
    for (script, build) in [("build", Build::OwnBuild), ("run", Build::OwnRun)] {
        let (name, helper) = (format!("output_validators/v/{script}"), "output_validators/v/lib/x.cc");
        let (_folder, package) =
            open("legacy", &[("problem.yaml", "validation: custom\n"), (&name, "x"), (helper, "y")]);
        let suite = package.suite(None).unwrap().suite;
        let model::JudgingStyle::Validated(validator) = &suite.style else { panic!("{suite:?}") };
        let names: Vec<_> = validator.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!((validator.language.as_str(), names), ("bash", vec![script, "lib/x.cc"]));
        let package::Validation::Custom(programs) = &package.validation else { panic!() };
        assert_eq!(programs[0].build, build);
    }
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
        let model::JudgingStyle::Validated(validator) = &suite.style else { panic!("{suite:?}") };
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
    assert_eq!(first.kind, model::TestKind::Sources { args: vec!["--short".to_owned()] });
}
