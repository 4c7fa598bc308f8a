//! Format tests: small packages of each format, read completely.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use package::{
    Aggregation, Caps, Case, Content, Expected, Form, Format, Grading, InputFlags, Margins, OnReject,
    Package, PackageError, Pandoc, Points, Renderer, ScoreMode, StatementError, TestAction, TimeUse,
    Validation, VerdictMode, Visibility, unmet_expectations,
};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages").join(name)
}

fn open(name: &str) -> Package {
    Package::open(&path(name), Caps::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn warnings(package: &Package) -> Vec<String> {
    package.warnings.iter().map(ToString::to_string).collect()
}

fn case<'a>(package: &'a Package, name: &str) -> &'a Case {
    let cases = package.tests.cases();
    let names: Vec<_> = cases.iter().map(|case| case.name.clone()).collect();
    cases.into_iter().find(|case| case.name == name).unwrap_or_else(|| panic!("{name} is not in {names:?}"))
}

fn names(package: &Package) -> Vec<&str> {
    package.tests.cases().into_iter().map(|case| case.name.as_str()).collect()
}

fn content(package: &Package, content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::File(file) => package.tree.text(file, 1024).unwrap(),
    }
}

/// Reads a package of these files.
fn of_files(files: &[(&str, &str)]) -> Result<Package, PackageError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    Package::open(folder.path(), Caps::default())
}

/// A lesson whose `problem.yaml` goes on like this is refused, and the reason says that.
fn lesson_refused(text: &str, expected: &str) {
    let error = of_files(&[("problem.yaml", &format!("title: x\n{text}"))]).unwrap_err().to_string();
    assert!(error.contains(expected), "{error} does not say {expected}");
}

#[test]
fn a_legacy_package_is_read() {
    let package = open("sum");
    assert_eq!(package.format, Format::Legacy);
    assert_eq!(package.name("en"), Some("Sum of Two"));
    assert_eq!(package.about.authors, ["Ada Example", "Bo Example", "Cy Example"]);
    assert_eq!(package.about.tags, ["addition", "warmup"]);
    assert_eq!(names(&package), ["sample/1", "secret/01", "secret/02", "secret/02-large"]);
    assert_eq!(
        warnings(&package),
        ["problem.yaml has a key that is not known, limits.outputs (line 12): did you mean limits.output?"]
    );
    assert_eq!(package.limits.time.fixed, Some(Duration::from_millis(2500)), "from domjudge-problem.ini");
    assert_eq!(package.limits.time.margins, Margins::Legacy { multiplier: 4.0, safety: 2.0 });
    let sample = case(&package, "sample/1");
    assert_eq!(sample.visibility, Visibility::Public);
    assert_eq!(sample.hint.as_deref(), Some("Read both numbers.\n"));
    let linked = case(&package, "secret/01");
    assert_eq!(linked.visibility, Visibility::Hidden);
    assert_eq!(linked.output_flags, ["float_tolerance", "1e-6"]);
    let TestAction::Streams { input, answer } = &linked.test else { panic!("{linked:?}") };
    assert_eq!((content(&package, input), content(&package, answer)), ("1 2\n".into(), "3\n".into()));
    assert_eq!(package.input_validators[0].language.as_deref(), Some("python"));
}

#[test]
fn submissions_are_found_with_what_is_expected_of_them() {
    let package = open("sum");
    let found: Vec<_> =
        package.submissions.iter().map(|s| (s.path.as_str(), s.language.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("accepted/sum.py", Some("python")),
            ("accepted/many", Some("cpp")),
            ("time_limit_exceeded/slow.py", Some("python")),
            ("wrong_answer/minus.c", Some("c")),
        ]
    );
    let slow = &package.submissions[2].expectations;
    assert_eq!(slow.len(), 1, "the line in the source wins over the folder");
    assert_eq!(slow[0].overall.as_ref().unwrap().to_string(), "AC, TLE");
    assert_eq!(package.submissions[0].expectations[0].time, TimeUse::Lower);
}

#[test]
fn a_scoring_legacy_package_inherits_its_settings_downwards() {
    let package = open("groups");
    assert!(package.kind.scoring);
    assert_eq!(warnings(&package), [""; 0]);
    let grader = |name: &str| match &package.tests.group(name).unwrap().settings.grading {
        Grading::Grader(grader) => grader.clone(),
        Grading::Points(_) => panic!("{name}"),
    };
    assert!(grader("").ignore_sample);
    assert!(!grader("secret").ignore_sample && !grader("sample").ignore_sample);
    assert_eq!((grader("secret").range, grader("sample").range), ((0.0, 100.0), (0.0, 100.0)));
    let (one, two) = (grader("secret/group1"), grader("secret/group2"));
    assert_eq!((one.score, one.verdict, one.accept_score), (ScoreMode::Min, VerdictMode::WorstError, 40.0));
    assert_eq!(
        (two.score, two.verdict, two.accept_score),
        (ScoreMode::Average, VerdictMode::FirstError, 60.0)
    );
    assert!(two.accept_if_any_accepted);
    let on_reject = |name: &str| package.tests.group(name).unwrap().settings.on_reject;
    assert_eq!(
        (on_reject("secret/group1"), on_reject("secret/group2")),
        (OnReject::Break, OnReject::Continue)
    );
    let first = case(&package, "secret/group1/a");
    assert_eq!(first.output_flags, ["case_sensitive", "space_change_sensitive"]);
    assert_eq!(first.input_flags, InputFlags::Each(vec!["--max".into(), "10".into()]));
    assert_eq!(case(&package, "secret/group2/a").output_flags, ["case_sensitive"]);
    let partial = package.submissions.iter().find(|s| s.path.starts_with("partially")).unwrap();
    assert!(partial.expectations[0].partial);
}

#[test]
fn a_package_of_2025_is_read() {
    let package = open("points");
    assert_eq!(warnings(&package), [""; 0]);
    assert_eq!((package.name("de"), package.name("fr")), (Some("Punkte"), Some("Points")));
    assert_eq!(package.languages.as_deref(), Some(&["python".to_owned(), "cpp".to_owned()][..]));
    assert_eq!(package.about.sources, ["Example Cup", "Other Cup"]);
    assert_eq!(package.about.authors, ["Ada Example", "Bo Example"]);
    let margins = Margins::Between { ac_to_time_limit: 3.0, time_limit_to_tle: 1.5, resolution: 0.5 };
    assert_eq!(package.limits.time.margins, margins);
    let points = |name: &str| match &package.tests.group(name).unwrap().settings.grading {
        Grading::Points(points) => points.clone(),
        Grading::Grader(_) => panic!("{name}"),
    };
    let expected = |max, aggregation, require: &[&str]| Points {
        max,
        aggregation,
        static_test: None,
        require_pass: require.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(points("secret"), expected(Some(100.0), Aggregation::Sum, &[]));
    assert_eq!(points("secret/group1"), expected(Some(30.0), Aggregation::PassFail, &["sample"]));
    assert_eq!(points("secret/group2"), expected(Some(70.0), Aggregation::Min, &["sample", "secret/group1"]));
    assert_eq!(case(&package, "sample/1").hint.as_deref(), Some("Look at both."));
    assert_eq!(case(&package, "secret/group1/1").output_flags, ["float_tolerance", "1e-9"]);
    let (one, two) = (case(&package, "secret/group2/1"), case(&package, "secret/group2/2"));
    assert_eq!((one.visibility, two.visibility), (Visibility::Hidden, Visibility::WhenFailed));
    assert_eq!((one.output_flags.len(), two.output_flags.len()), (0, 2));
    assert_eq!((one.args.as_slice(), one.files.len()), (&["--large".to_owned()][..], 1));
    assert_eq!(package.includes["python"][0].name(), "helper.py");
    assert_eq!(package.attachments.len(), 1);
    let html = Renderer::default().html(&package, &package.statements[0]).unwrap();
    assert!(html.contains("1000"), "{html}");
}

#[test]
fn submissions_yaml_adds_rules_for_groups() {
    let package = open("points");
    let first = package.submissions.iter().find(|s| s.path == "mixed/first.py").unwrap();
    let about: Vec<_> = first.expectations.iter().map(|rule| rule.cases.as_deref()).collect();
    assert_eq!(about, [None, None, Some("secret/group1"), None], "{:#?}", first.expectations);
    assert_eq!(first.expectations[1].score, Some((0.0, 30.0)));
    let result = package::SubmissionResult {
        cases: vec![package::CaseResult {
            name: "secret/group1/1".into(),
            judgement: package::Judgement::WA,
            time: Duration::ZERO,
            message: String::new(),
        }],
        overall: package::Judgement::WA,
        score: Some(0.0),
        max_score: Some(100.0),
        full_score: None,
        group_scores: Vec::new(),
    };
    let found = unmet_expectations(&first.expectations, &result);
    assert!(found.iter().any(|said| said.contains("secret/group1/1 is WA")), "{found:?}");
}

#[test]
fn an_interactive_package_is_read() {
    let package = open("guess");
    assert_eq!(package.format, Format::LegacyIcpc);
    assert!(package.kind.interactive);
    let Validation::Custom(programs) = &package.validation else { panic!("{:?}", package.validation) };
    assert_eq!((programs[0].name.as_str(), programs.len()), ("talk", 1));
    assert_eq!(package.tests.group("sample").unwrap().interactions.len(), 1);
    assert_eq!(case(&package, "secret/1").output_flags, ["--tries", "10"]);
    assert_eq!(package.limits.time.fixed, Some(Duration::from_secs(3)), "from .timelimit");
}

#[test]
fn a_validator_of_loose_files_is_one_program() {
    let package = open("anyeven");
    let Validation::Custom(programs) = &package.validation else { panic!("{:?}", package.validation) };
    assert_eq!((programs.len(), programs[0].files.len()), (1, 2));
    assert_eq!(programs[0].language.as_deref(), Some("cpp"));
}

#[test]
fn a_lesson_is_read() {
    let package = open("lesson");
    assert_eq!((package.format, package.name("de")), (Format::Lesson, Some("Addiere zwei Zahlen")));
    assert_eq!(warnings(&package), [""; 0]);
    assert_eq!(package.about.age_group.as_deref(), Some("11-14"));
    assert_eq!((package.hints.len(), package.starters.len()), (2, 1));
    assert_eq!(names(&package), ["small/1", "small/2", "odd/1", "odd/2"]);
    let call = |name: &str| match &case(&package, name).test {
        TestAction::Call { function, arguments, expected } => {
            (function.clone(), arguments.clone(), expected.clone())
        }
        TestAction::Streams { .. } => panic!("{name}"),
    };
    let value = |data| Expected::Value(data);
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let list = |text: &str| json(text).as_array().unwrap().clone();
    assert_eq!(call("small/1"), ("add".into(), list("[1, 2]"), value(json("3"))));
    assert_eq!(call("small/2"), ("add".into(), list("[[1], [2]]"), value(json("[1, 2]"))));
    assert_eq!(call("odd/1"), ("add".into(), list("[\"a\", 1]"), Expected::Exception("TypeError".into())));
    assert_eq!(call("odd/2"), ("add".into(), list("[null, {\"a\": [true, 1.5]}]"), value(json("null"))));
    assert_eq!(case(&package, "odd/1").visibility, Visibility::Hidden);
    assert_eq!(case(&package, "small/1").visibility, Visibility::Public);
    assert!(package.kind.scoring);
}

#[test]
fn a_statement_shows_only_the_packages_images() {
    let package = open("lesson");
    let renderer = Renderer { images_at: "/files/".into(), pandoc: None };
    let statement = package.statements.iter().find(|statement| statement.language == "en").unwrap();
    let html = renderer.html(&package, statement).unwrap();
    assert!(html.contains("<img src=\"/files/picture.png\" alt=\"two numbers\""), "{html}");
    assert!(html.contains("not ours") && !html.contains("example.org"), "{html}");
    assert!(html.contains("<math"), "{html}");
}

#[test]
fn a_statement_in_tex_says_what_is_missing() {
    let package = open("sum");
    let tex = package.statements.iter().find(|statement| statement.form == Form::Tex).unwrap();
    let error = Renderer::default().html(&package, tex).unwrap_err();
    assert!(matches!(error, StatementError::NoPandoc), "{error}");
    let absent = Renderer { pandoc: Some(Pandoc::at("/nowhere".into())), ..Renderer::default() };
    assert!(matches!(absent.html(&package, tex), Err(StatementError::Pandoc(_))));
}

#[test]
fn the_name_may_stand_in_the_statement_only() {
    let files = |tex| {
        [
            ("problem.yaml", "source: x\n"),
            ("problem_statement/problem.tex", tex),
            ("data/secret/1.in", ""),
            ("data/secret/1.ans", ""),
        ]
    };
    let named = of_files(&files("\\problemname{A {\\bf B}}")).unwrap();
    assert_eq!(named.name("en"), Some("A {\\bf B}"));
    let plain = of_files(&files("\\problemname{$x^2$}\n%% plainproblemname: x squared\n")).unwrap();
    assert_eq!(plain.name("en"), Some("x squared"));
}

#[test]
fn a_package_that_does_not_fit_together_says_what_to_change() {
    let secret = [("data/secret/1.in", ""), ("data/secret/1.ans", "")];
    for (files, expected) in [
        (vec![("readme", "")], "problem.yaml is missing"),
        (vec![("problem.yaml", "problem_format_version: 1999\n")], "\"1999\" is not known"),
        (vec![("problem.yaml", "name: x\n")], "data is missing"),
        (vec![("problem.yaml", "name: x\n"), ("data/sample/1.txt", "")], "data/secret has no tests"),
        (vec![("problem.yaml", "name: x\n"), ("data/secret/1.in", "")], "add 1.ans"),
        (
            vec![("problem.yaml", "name: x\nvalidation: custom\n"), secret[0], secret[1]],
            "output_validators has none",
        ),
        (
            vec![("problem.yaml", "name: [x]\n"), secret[0], secret[1]],
            "problem.yaml, line 1: name must be text, not a list",
        ),
        (
            vec![("problem.yaml", "limits: {memory: lots}\n"), secret[0], secret[1]],
            "limits.memory must be a number",
        ),
        (vec![("problem.yaml", "type: fun\n"), secret[0], secret[1]], "type must be pass-fail"),
        (
            vec![("problem.yaml", "name: x\n"), (".timelimit", "fast"), secret[0], secret[1]],
            "\"fast\" for a time limit",
        ),
        (
            vec![
                ("problem.yaml", "name: x\n"),
                ("data/secret/testdata.yaml", "range: 5\n"),
                secret[0],
                secret[1],
            ],
            "data/secret/testdata.yaml, line 1: range",
        ),
    ] {
        let error = of_files(&files).unwrap_err().to_string();
        assert!(error.contains(expected), "{error} does not say {expected}");
    }
}

#[test]
fn a_lesson_that_does_not_fit_together_says_what_to_change() {
    for (text, expected) in [
        ("tests: []", "has no tests"),
        ("tests: [{input: x}]", "has no output"),
        ("tests: [{call: add(1}]", "must be a call such as add(1, 2)"),
        ("tests: [{call: 'add(x)', returns: 1}]", "write text in quotes, as in \"x\""),
        ("tests: [{call: 'add(1)'}]", "needs either `returns:` or `raises:`"),
        ("tests: [{args: [1], returns: 1}]", "needs `function: NAME`"),
        ("tests: [{input: x, output: y}]\ndifficulty: impossible", "one of easy, medium, hard"),
        ("tests: [{input: x, output: y}]\nvalidator: gone.py", "which is not in the package"),
        ("tests: [{input: x, output: y}]\ncompare: fuzzy", "one of tokens, exact"),
        ("groups: [{name: a}]", "a group without tests"),
        (
            "groups: [{name: a, tests: [{output: y}]}, {name: a, tests: [{output: y}]}]",
            "names two tests or groups",
        ),
    ] {
        lesson_refused(text, expected);
    }
}

#[test]
fn a_lesson_compares_as_it_says() {
    for (compare, expected) in [
        ("tokens", &[][..]),
        ("exact", &["case_sensitive", "space_change_sensitive"]),
        (
            "{tolerance: 0.001, case: matters, space: ignored}",
            &["case_sensitive", "float_tolerance", "0.001"],
        ),
    ] {
        let text = format!("title: x\ncompare: {compare}\ntests: [{{output: y}}]\n");
        let package = of_files(&[("problem.yaml", &text)]).unwrap();
        assert_eq!(case(&package, "1").output_flags, expected);
    }
}

#[test]
fn each_package_becomes_a_suite() {
    for name in ["sum", "groups", "points", "guess", "anyeven", "lesson"] {
        let package = open(name);
        let suite = package.suite(None).unwrap_or_else(|error| panic!("{name}: {error}")).suite;
        let tests: Vec<_> = suite.tests().map(|test| test.name.as_str()).collect();
        assert_eq!(tests, names(&package), "{name}");
        model::Suite::from_bytes(&suite.to_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_suite_has_the_rules_of_its_package() {
    let suite = |name| open(name).suite(Some(Duration::from_secs(7))).unwrap().suite;
    let sum = suite("sum");
    assert_eq!(sum.limits.cpu, Some(Duration::from_secs(7)));
    let rules = model::TokenRules {
        relative_tolerance: Some(1e-6),
        absolute_tolerance: Some(1e-6),
        ..Default::default()
    };
    assert_eq!(sum.style, model::JudgingStyle::Streams(model::Comparison::Tokens(rules)));
    assert!(suite("groups").root.rules.ignore_sample);
    let points = suite("points");
    assert_eq!((points.scoring, points.root.rules.max_score), (model::Scoring::MorePoints, Some(100.0)));
    assert!(
        matches!(suite("guess").style, model::JudgingStyle::Interactive(validator) if validator.args.len() == 2)
    );
    let model::JudgingStyle::Validated(validator) = suite("anyeven").style else { panic!("no validator") };
    let files: Vec<_> = validator.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!((files, validator.language.as_str()), (vec!["validate.cc", "result.h"], "cpp"));
    let lesson = suite("lesson");
    assert!(matches!(lesson.style, model::JudgingStyle::Calls(_)));
    assert_eq!(lesson.root.rules.max_score, Some(100.0));
}

#[test]
fn a_large_test_becomes_an_object() {
    let large = "1 ".repeat(20_000);
    let package = of_files(&[("problem.yaml", "title: x"), ("tests/1.in", &large), ("tests/1.out", "1")]);
    // The folder is gone by now, and so is the file: what cannot be read is an error and no empty test.
    assert!(package.unwrap().suite(None).is_err());
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    for (name, content) in
        [("problem.yaml", "title: x"), ("tests/1.in", large.as_str()), ("tests/1.out", "1")]
    {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let converted = Package::open(folder.path(), Caps::default()).unwrap().suite(None).unwrap();
    let (data, file) = &converted.objects[0];
    let digest = model::Digest::of(large.as_bytes());
    assert_eq!(data.object_key(), Some(format!("tests/{digest}")));
    assert_eq!((converted.objects.len(), file.path.as_str()), (1, "tests/1.in"));
}

#[test]
fn what_cannot_be_judged_says_so() {
    let lesson = "title: x\nvalidator_args: [a]\ntests: [{output: y}]\n";
    let error = of_files(&[("problem.yaml", lesson)]).unwrap().suite(None).unwrap_err().to_string();
    assert!(error.contains("no flag"), "{error}");
}
