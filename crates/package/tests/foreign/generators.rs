//! Generator tests: plans from `generators.yaml`.

use std::collections::BTreeMap;

use package::{Caps, GeneratedContent, Package, PackageError, PlannedAnswer, PlannedInput};

use super::{open, tests, try_open, warns};

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
    let planned: Vec<_> = package.planned_tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(planned, ["secret/2-small/a", "secret/2-small/b", "secret/3"]);
    let PlannedInput::Program { program, args } = &package.planned_tests[0].input else { panic!() };
    assert_eq!((program.files.len(), program.language.as_deref(), args.len()), (2, Some("python"), 2));
    assert!(args[0].parse::<u32>().is_ok() && args[1] == "1", "{args:?}");
    assert!(matches!(package.planned_tests[1].input, PlannedInput::File(_)));
    assert!(matches!(&package.planned_tests[1].answer, PlannedAnswer::Solution(one) if one.name == "sum.py"));
    let error = package.suite(None).unwrap_err().to_string();
    assert!(error.contains("3 tests, among them secret/2-small/a, are made by programs"), "{error}");
    // With what the programs have made it is whole.
    let made = planned.iter().flat_map(|name| {
        ["in", "ans"].map(|ending| {
            (
                format!("data/{name}.{ending}"),
                GeneratedContent::Bytes(format!("{ending} of {name}").into_bytes().into()),
            )
        })
    });
    let package = Package::open_with_generated(folder.path(), Caps::default(), made.collect()).unwrap();
    assert!(package.planned_tests.is_empty());
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
    assert!(package.planned_tests.is_empty());
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
    let planned: Vec<_> = package.planned_tests.iter().map(|test| test.name.as_str()).collect();
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
    let args = |place: usize| match &package.planned_tests[place].input {
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
    let planned = &package.planned_tests[0];
    assert_eq!((planned.name.as_str(), package.planned_tests.len()), ("secret/g/1", 1));
    assert!(matches!(&planned.answer, PlannedAnswer::Solution(one) if one.name == "sum.py"));
    let made = BTreeMap::from([(
        "data/secret/g/1.ans".to_owned(),
        GeneratedContent::Bytes(b"3\n".as_slice().into()),
    )]);
    let package = Package::open_with_generated(folder.path(), Caps::default(), made).unwrap();
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

#[test]
fn arguments_are_those_that_a_shell_makes_and_constants_are_put_in() {
    let yaml = "data: { secret: { data: { a: \"tree.py 't' {{k}} {{k.word}} 'a b'\" } } }";
    let constants = ("problem.yaml", "constants: { k: { value: 5, word: five } }\n");
    let files = [constants, ("generators/generators.yaml", yaml), ("generators/tree.py", "x")];
    let (_folder, package) = open("2025-09", &files);
    let PlannedInput::Program { args, .. } = &package.planned_tests[0].input else { panic!() };
    assert_eq!(args, &["t", "5", "five", "a b"]);
}

#[test]
fn a_file_of_a_test_may_be_the_same_as_another() {
    let yaml = "data: { secret: { data: { a: { in: '1', ans: '2', in.download: { link: in }, out: { link: ans } } } } }";
    let (_folder, package) = generated(yaml, &[]);
    let package = package.unwrap();
    let shown = &package.tests.cases()[0].shown;
    assert_eq!(shown.answer.as_ref().map(|file| file.path.as_str()), Some("data/secret/a.out"));
    assert_eq!(tests(&package)["secret/a"], ("1\n".to_owned(), "2\n".to_owned()));
}

#[test]
fn settings_at_the_top_are_those_of_all_groups() {
    let yaml = "test_group.yaml: { output_validator_args: [case_sensitive] }\ndata: { secret: { data: { a: { in: '1', ans: '2' } } } }";
    let files = [("generators/generators.yaml", yaml)];
    let (_folder, package) = open("2025-09", &files);
    assert_eq!(package.tests.cases()[0].output_flags, ["case_sensitive"]);
    let own = ("data/test_group.yaml", "output_validator_args: [space_change_sensitive]");
    let (_folder, package) = open("2025-09", &[files[0], own]);
    assert_eq!(package.tests.cases()[0].output_flags, ["space_change_sensitive"]);
}
