//! Unread content tests: each unread part causes a warning with the fix, except content for people and other
//! tools.

use super::{does_not_warn, open, warns};

/// The only warning about these files, beside the least that a package has, is this.
#[track_caller]
fn check(format: &str, files: &[(&str, &str)], says: &str) {
    let (_folder, package) = open(format, files);
    warns(&package, says);
}

const TEST: [(&str, &str); 2] = [("data/secret/1.in", "1\n"), ("data/secret/1.ans", "1\n")];

#[track_caller]
fn check_beside_test(format: &str, files: &[(&str, &str)], says: &str) {
    check(format, &[&TEST[..], files].concat(), says);
}

#[test]
fn tests_that_are_in_no_folder_of_tests_are_told() {
    for (files, says) in [
        (
            &[("data/secrets/2.in", "x"), ("data/secrets/2.ans", "x")][..],
            "data/secrets is not read, with 1 test: move them to data/secret or data/sample",
        ),
        (
            &[("data/hidden/g/2.in", "x"), ("data/hidden/g/3.in", "x")],
            "data/hidden is not read, with 2 tests",
        ),
        (&[("data/Secret/2.IN", "x")], "data/Secret is not read, with 1 test"),
        (
            &[("data/2.in", "x"), ("data/2.ans", "x")],
            "data/2.ans is not read: tests are in data/sample and data/secret (and another one beside it)",
        ),
        (&[("data/testdata.yml", "x: 1")], "data/testdata.yml is not read: rename it to testdata.yaml"),
    ] {
        check("2025-09", files, says);
    }
}

#[test]
fn files_of_tests_in_the_wrong_case_are_told() {
    check_beside_test(
        "legacy",
        &[("data/secret/2.IN", "x")],
        "data/secret/2.IN is not read: rename it to 2.in",
    );
    let many = [("data/secret/2.IN", "x"), ("data/secret/2.ANS", "x"), ("data/secret/3.In", "x")];
    check_beside_test(
        "legacy",
        &many,
        "data/secret/2.ANS is not read: rename it to 2.ans (and 2 others beside it)",
    );
    let text = [("data/secret/2.in.txt", "x")];
    check_beside_test("2025-09", &text, "data/secret/2.in.txt is not read: rename it to 2.in");
}

#[test]
fn files_that_belong_to_no_test_are_told() {
    for (file, says) in [
        ("data/secret/9.yaml", "data/secret/9.yaml is not read, for there is no 9.in"),
        ("data/secret/9.hint", "data/secret/9.hint is not read, for there is no 9.in"),
        ("data/secret/9.in.statement", "data/secret/9.in.statement is not read, for there is no 9.in"),
        ("data/secret/9.files/a.txt", "data/secret/9.files is not read, for there is no 9.in"),
    ] {
        check_beside_test("2025-09", &[(file, "x: 1")], says);
    }
}

#[test]
fn settings_of_groups_under_the_name_of_another_format_are_told() {
    let new = ("data/secret/test_group.yaml", "max_score: 5");
    check_beside_test("legacy", &[new], "test_group.yaml is not read in this format: testdata.yaml is");
    let both = [("data/secret/test_group.yaml", "args: [a]"), ("data/secret/testdata.yaml", "args: [b]")];
    check_beside_test(
        "2025-09",
        &both,
        "data/secret/testdata.yaml is not read, for test_group.yaml is there",
    );
}

#[test]
fn programs_outside_of_the_folders_of_submissions_are_told() {
    let in_folder = ("submissions/accepted/a.py", "x");
    let says = "submissions/w.py is not run, for it is in no folder: move it to submissions/accepted";
    check("legacy", &[in_folder, ("submissions/w.py", "x")], says);
    let list = ("submissions/submissions.yml", "a: {}");
    check(
        "2025-09",
        &[in_folder, list],
        "submissions/submissions.yml is not read: rename it to submissions.yaml",
    );
}

#[test]
fn rules_for_nothing_are_told() {
    let in_folder = ("submissions/accepted/a.py", "x");
    for (rules, says) in [
        ("accepted/b.py: { permitted: [AC] }", "has a rule for accepted/b.py, which is no submission"),
        ("nothing/*: { permitted: [AC] }", "has a rule for nothing/*, which is no submission"),
        (
            "accepted/a.py: { secret/9: { permitted: [AC] } }",
            "has a rule for secret/9, which is no test and no group",
        ),
        (
            "accepted: { sample*: { permitted: [AC] } }",
            "has a rule for sample*, which is no test and no group",
        ),
    ] {
        check("2025-09", &[in_folder, ("submissions/submissions.yaml", rules)], says);
    }
    let rules = "accepted/*: { secret/*: { permitted: [AC] } }\naccepted: { secret: { permitted: [AC] } }\n";
    let (_folder, package) = open("2025-09", &[in_folder, ("submissions/submissions.yaml", rules)]);
    does_not_warn(&package);
}

#[test]
fn a_folder_of_submissions_whose_files_all_have_rules_is_known() {
    let rules = ("submissions/submissions.yaml", "mine/a.{py,cpp}: { permitted: [AC] }");
    let (_folder, package) = open("2025-09", &[("submissions/mine/a.py", "x"), rules]);
    does_not_warn(&package);
    let more = [("submissions/mine/a.py", "x"), ("submissions/mine/b.py", "x"), rules];
    check("2025-09", &more, "submissions/mine is a folder whose name says nothing");
}

#[test]
fn folders_of_the_package_that_are_called_otherwise_are_told() {
    let custom = ("problem.yaml", "validation: custom\n");
    for (format, files, says) in [
        (
            "legacy",
            &[("input_validator/v.py", "x")][..],
            "input_validator is not read: did you mean input_validators?",
        ),
        (
            "2025-09",
            &[("Output_Validator/v.py", "x")],
            "Output_Validator is not read: did you mean output_validator?",
        ),
        (
            "2025-09",
            &[("output_validators/v.py", "x")],
            "output_validators is called output_validator in this format",
        ),
        (
            "legacy",
            &[("output_validator/v.py", "x"), custom],
            "output_validator is called output_validators in this format",
        ),
        (
            "legacy",
            &[("output_validator/v.py", "x"), ("output_validators/v.py", "x"), custom],
            "output_validator is not read, for output_validators is there",
        ),
        (
            "2025-09",
            &[("graders/g.py", "x")],
            "graders is not read: this format gives points by test_group.yaml",
        ),
        ("legacy", &[("static_validator/v.py", "x")], "static_validator is not read"),
        ("legacy", &[("submission/accepted/a.py", "x")], "submission is not read: did you mean submissions?"),
    ] {
        check(format, files, says);
    }
}

#[test]
fn a_package_without_an_input_validator_is_told() {
    for format in ["legacy", "2025-09"] {
        let notes = ("input_validators/README.md", "x");
        check(format, &[notes], "input_validators has no validator, so that nothing shows");
    }
    let (_folder, package) = open("legacy", &[("input_format_validators/v.py", "x")]);
    does_not_warn(&package);
}

#[test]
fn a_text_where_arguments_must_be_a_list_is_told() {
    for (file, text, says) in [
        (
            "data/secret/test_group.yaml",
            "args: hello there",
            "has args in line 1, which must be a list of arguments, as in [hello, there]",
        ),
        ("data/secret/1.yaml", "output_validator_args: -f", "has output_validator_args in line 1"),
        (
            "data/secret/test_group.yaml",
            "\ninput_validator_args: { v: -f }",
            "has input_validator_args.v in line 2",
        ),
    ] {
        check_beside_test("2025-09", &[(file, text)], says);
    }
    // The draft has flags, in one text.
    let flags = [("data/secret/testdata.yaml", "output_validator_flags: float_tolerance 1e-6")];
    let (_folder, package) = open("2023-07-draft", &[&TEST[..], &flags].concat());
    does_not_warn(&package);
}

#[test]
fn what_is_kept_for_people_and_other_tools_is_not_told() {
    let files = [
        ".git/config",
        ".gitignore",
        "README.md",
        "LICENSE",
        "Makefile",
        "problem.yaml~",
        "solution/problem.en.tex",
        "solutions/notes.tex",
        "generator/gen.py",
        "doc/plan.md",
        "answer_validators/v.py",
        "input_visualizer/v.py",
        "problem_slide/problem-slide.en.tex",
        "submission_disabled/accepted/x.py",
        "testing_tool.py",
        "data/README.md",
        "data/gen.py",
        "data/Makefile",
        "data/.gitkeep",
        "data/scripts/gen.sh",
        "data/secret/gen.py",
        "data/secret/Makefile",
        "data/secret/1.desc",
        "data/secret/1.png",
        "data/secret/2.interaction",
        "data/secret/notes.txt",
        "data/secret/1.in.swp",
        "submissions/README",
        "submissions/notes.md",
        "submissions/Makefile",
        "submissions/accepted/a.py",
        "submissions/accepted/b.hs.disabled",
        "submissions/accepted/prolog.disabled/a.pl",
    ];
    let files: Vec<_> = files.into_iter().map(|name| (name, "x")).chain(TEST).collect();
    for format in ["legacy", "2023-07-draft", "2025-09"] {
        let (_folder, package) = open(format, &files);
        does_not_warn(&package);
        assert_eq!(super::submissions(&package), ["accepted/a.py"]);
    }
}

#[test]
fn files_of_a_lesson_that_belong_to_no_test_are_told() {
    for (file, says) in [
        ("tests/2.IN", "tests/2.IN is not read: rename it to 2.in"),
        ("tests/hidden/2.out", "tests/hidden/2.out is not read, for there is no 2.in"),
        ("submissions/w.py", "submissions/w.py is not run, for it is in no folder"),
    ] {
        let files = [("problem.yaml", "title: x\n"), ("tests/1.in", "1"), ("tests/1.out", "1"), (file, "x")];
        let folder = super::folder(&files);
        warns(&package::Package::open(folder.path(), package::Caps::default()).unwrap(), says);
    }
}
