//! `coderunner verify` with packages on which other judges, and this one, have been wrong: the smallest that show it.

use std::{fs, path::Path, time::Duration};

use serde_json::Value;
use testkit::{CommandOutput, Invocation};

type Files<'a> = &'a [(&'a str, &'a str)];

/// Verifies a package of these files.
async fn verify(files: Files<'_>, options: &[&str]) -> CommandOutput {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), files);
    let args: Vec<&str> = ["verify"].into_iter().chain(options.iter().copied()).chain(["problem"]).collect();
    Invocation::new(&args).in_folder(folder.path()).output().await
}

fn write(folder: &Path, files: Files<'_>) {
    for (name, content) in files {
        let path = folder.join("problem").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
}

/// Both, as one package.
fn merge_files<'a>(one: Files<'a>, other: Files<'a>) -> Vec<(&'a str, &'a str)> {
    one.iter().chain(other).copied().collect()
}

/// Expected result: the exit code, and parts of the output.
async fn check(files: Files<'_>, options: &[&str], code: i32, says: &[&str]) {
    let ended = verify(files, options).await;
    assert_eq!(ended.code, Some(code), "{options:?}\n{}\n{}", ended.stdout, ended.stderr);
    let said = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in says {
        assert!(said.contains(part), "{part:?} is not said:\n{}", ended.stdout);
    }
}

/// A package of 2025-09 whose task is to print the input, with one correct submission.
const ECHO: Files<'_> = &[
    (
        "problem.yaml",
        "problem_format_version: 2025-09\nname: Echo\nuuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\n\
         license: cc by\ncredits: A B\nlimits: {time_limit: 1}\n",
    ),
    ("statement/problem.en.md", "x"),
    ("input_validators/number.py", "import sys\nsys.exit(42 if sys.stdin.read().strip().isdigit() else 43)"),
    ("data/sample/1.in", "1\n"),
    ("data/sample/1.ans", "1\n"),
    ("data/secret/2.in", "2\n"),
    ("data/secret/2.ans", "2\n"),
    ("submissions/accepted/a.py", "print(input())"),
];

#[tokio::test]
async fn a_wrong_answer_that_crashes_in_a_later_test_is_flagged() {
    let files = [("submissions/wrong_answer/w.py", "n = int(input())\nif n == 2: 1 / 0\nprint(7)")];
    let files = merge_files(ECHO, &files);
    let says = ["secret/2 is RTE, but the folder wrong_answer permits AC, WA only"];
    check(&files, &[], 1, &says).await;
    check(&files, &["--lazy"], 0, &["2 of 2 submissions as expected"]).await;
}

#[tokio::test]
async fn a_rule_about_a_later_test_is_held_against_it() {
    let list = ("submissions/submissions.yaml", "wrong_answer/two.py:\n  secret/2:\n    required: [AC]\n");
    let right = ("submissions/wrong_answer/two.py", "print(2)");
    check(&merge_files(ECHO, &[list, right]), &[], 0, &["2 of 2 submissions as expected"]).await;
    let wrong = ("submissions/wrong_answer/two.py", "print(3)");
    check(&merge_files(ECHO, &[list, wrong]), &[], 1, &["no test is AC"]).await;
}

#[tokio::test]
async fn a_package_without_an_accepted_submission_is_flagged() {
    let wrong = ("submissions/wrong_answer/w.py", "print(7)");
    let without: Vec<_> = ECHO[..ECHO.len() - 1].iter().copied().chain([wrong]).collect();
    check(&without, &[], 1, &["no submission must be accepted"]).await;
    // Which ones are asked for is another matter.
    check(&merge_files(ECHO, &[wrong]), &["--only", "wrong_answer"], 0, &[]).await;
}

#[tokio::test]
async fn an_accepted_submission_without_all_points_is_flagged() {
    let scoring = |version: &'static str, group: &'static str| {
        let settings = format!(
            "problem_format_version: {version}\nname: Echo\ntype: scoring\nuuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\n\
             license: cc by\ncredits: A B\nlimits: {{time_limit: 1}}\n"
        );
        (settings, group)
    };
    for ((settings, group), code) in [
        (scoring("2025-09", "max_score: 0\n"), 1),
        (scoring("2025-09", "max_score: 100\n"), 0),
        // The keys of the legacy format mean nothing there, and must not make it right by accident.
        (scoring("2023-07-draft", "grading: custom\naccept_score: 100\nrange: 0 100\n"), 1),
    ] {
        let files = [
            ("problem.yaml", settings.as_str()),
            ("statement/problem.en.md", "x"),
            ("data/sample/1.in", "5\n"),
            ("data/sample/1.ans", "5\n"),
            ("data/secret/g1/1.in", "1\n"),
            ("data/secret/g1/1.ans", "1\n"),
            ("data/secret/g1/test_group.yaml", group),
            ("submissions/accepted/a.py", "print(input())"),
        ];
        let ended = verify(&files, &[]).await;
        if code == 0 {
            assert_eq!(ended.code, Some(0), "{group}: {}\n{}", ended.stdout, ended.stderr);
        } else {
            assert_ne!(ended.code, Some(0), "{group}: {}\n{}", ended.stdout, ended.stderr);
        }
    }
}

#[tokio::test]
async fn much_on_standard_error_is_no_output_limit_in_a_legacy_package() {
    const TALKS: (&str, &str) =
        ("submissions/accepted/a.py", "import sys\nsys.stderr.write('x' * 9_000_000)\nprint(input())");
    let legacy = [
        ("problem.yaml", "name: Echo\n"),
        ("problem_statement/problem.en.tex", "x"),
        ("data/secret/1.in", "1\n"),
        ("data/secret/1.ans", "1\n"),
        TALKS,
    ];
    check(&legacy, &[], 0, &["1 of 1 submission as expected"]).await;
    check(&merge_files(&ECHO[..ECHO.len() - 1], &[TALKS]), &[], 1, &["output limit"]).await;
}

#[tokio::test]
async fn a_score_beside_a_rejection_is_a_wrong_answer_in_a_legacy_package() {
    let validator = "import sys\nright = sys.stdin.read().split() == ['1']\n\
                     open(sys.argv[3] + '/score.txt', 'w').write('100\\n' if right else '0\\n')\n\
                     sys.exit(42 if right else 43)\n";
    let files = [
        ("problem.yaml", "name: K\ntype: scoring\nvalidation: custom\n"),
        ("problem_statement/problem.en.tex", "x"),
        (".timelimit", "9\n"),
        ("data/testdata.yaml", "on_reject: continue\ngrader_flags: sum\n"),
        ("data/secret/1.in", "1\n"),
        ("data/secret/1.ans", "1\n"),
        ("output_validators/v.py", validator),
        ("submissions/accepted/a.py", "print(1)"),
        ("submissions/wrong_answer/b.py", "print(2)"),
    ];
    check(&files, &[], 0, &["2 of 2 submissions as expected"]).await;
}

#[tokio::test]
async fn an_interactor_may_say_ten_megabytes() {
    let interactor = "import sys\nn = int(open(sys.argv[1]).read())\nprint(n)\n\
                      print('\\n'.join(['123456789'] * n), flush=True)\n\
                      sys.exit(42 if sys.stdin.readline().split() == [str(123456789 * n)] else 43)\n";
    let files = [
        ("problem.yaml", "name: L\nvalidation: custom interactive\n"),
        ("problem_statement/problem.en.tex", "x"),
        (".timelimit", "20\n"),
        ("data/secret/1.in", "1000000\n"),
        ("data/secret/1.ans", "\n"),
        ("output_validators/v.py", interactor),
        (
            "submissions/accepted/a.py",
            "import sys\nn = int(input())\nprint(sum(int(input()) for _ in range(n)))",
        ),
    ];
    check(&files, &[], 0, &["1 of 1 submission as expected"]).await;
}

#[tokio::test]
async fn a_validator_may_write_ten_megabytes() {
    let validator = "import sys\nsys.stderr.write('x' * 10_000_000)\nprint('y' * 10_000_000)\n\
                     open(sys.argv[3] + '/judgemessage.txt', 'w').write('z' * 10_000_000)\n\
                     sys.exit(42 if sys.stdin.read().split() == ['1'] else 43)\n";
    let files = [
        ("problem.yaml", "name: L\nvalidation: custom\n"),
        ("problem_statement/problem.en.tex", "x"),
        (".timelimit", "9\n"),
        ("data/secret/1.in", "1\n"),
        ("data/secret/1.ans", "1\n"),
        ("output_validators/v.py", validator),
        ("submissions/accepted/a.py", "print(1)"),
    ];
    check(&files, &[], 0, &["1 of 1 submission as expected"]).await;
}

#[tokio::test]
async fn writing_on_to_a_validator_that_has_accepted_is_the_same_in_all_languages() {
    let validator = "import sys\nsys.exit(42 if sys.stdin.readline() == 'right\\n' else 43)\n";
    let files = [
        ("problem.yaml", "name: Gone\nvalidation: custom interactive\n"),
        ("problem_statement/problem.en.tex", "x"),
        (".timelimit", "9\n"),
        ("data/secret/1.in", "1\n"),
        ("data/secret/1.ans", "\n"),
        ("output_validators/v.py", validator),
        ("submissions/accepted/a.py", "print('right', flush=True)\nfor i in range(20000): print('x' * 100)"),
        (
            "submissions/accepted/b.cpp",
            "#include <iostream>\nint main() { std::cout << \"right\" << std::endl; for (int i = 0; i < 20000; i++) std::cout << std::string(100, 'x') << std::endl; }",
        ),
        (
            "submissions/accepted/c.js",
            "console.log('right'); const s = 'x'.repeat(100) + '\\n'; for (let i = 0; i < 20000; i++) process.stdout.write(s);",
        ),
        (
            "submissions/accepted/i.php",
            "<?php echo \"right\\n\"; for ($i = 0; $i < 20000; $i++) echo str_repeat('x', 100), \"\\n\";",
        ),
        // It fails by itself, and not because of unread output.
        (
            "submissions/run_time_error/z.py",
            "print('right', flush=True)\nimport time\ntime.sleep(1)\nexit(3)",
        ),
    ];
    check(&files, &[], 0, &["5 of 5 submissions as expected"]).await;
}

#[tokio::test]
async fn an_exact_answer_without_an_end_of_its_line_is_that_of_the_settings() {
    let files = [
        ("problem.yaml", "title: Exact\nstatement: x\ncompare: exact\n"),
        ("tests/1.in", "3\n"),
        ("tests/1.out", "Fizz"),
        ("submissions/accepted/a.py", "print('Fizz')"),
        ("submissions/wrong_answer/b.py", "print('Fizz ')"),
    ];
    check(&files, &[], 0, &["2 of 2 submissions as expected"]).await;
}

#[tokio::test]
async fn a_program_that_sleeps_is_too_slow_after_twice_its_limit_and_a_second() {
    let files = [
        ("problem.yaml", "title: T\nstatement: x\nlimits:\n  time: 1\ntests:\n  - {input: a, output: a}\n"),
        ("submissions/accepted/a.py", "import time\ntime.sleep(1.5)\nprint('a')"),
        ("submissions/time_limit_exceeded/b.py", "import time\ntime.sleep(8)\nprint('a')"),
    ];
    check(&files, &[], 0, &["2 of 2 submissions as expected"]).await;
}

#[tokio::test]
async fn tests_can_be_asked_for_and_each_has_its_message() {
    let files = merge_files(ECHO, &[("submissions/wrong_answer/w.py", "print(1)")]);
    check(&files, &["--test", "secret"], 0, &["Echo (2025-09, 1 test)"]).await;
    check(&files, &["--test", "data/sample/*"], 0, &["Echo (2025-09, 1 test)", "1 of 1"]).await;
    let ended = verify(&files, &["--test", "nothing"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("--test matches no test; there are: sample/1, secret/2"),
        "{}",
        ended.stderr
    );
    let json = verify(&files, &["--json"]).await.json();
    let wrong = &json["packages"][0]["submissions"][1]["testResults"][1];
    assert_eq!(wrong["message"], "Line 1, column 1: expected \"2\", got \"1\"", "{json:#}");
}

#[tokio::test]
async fn warnings_count_where_that_is_asked_for() {
    let files = merge_files(ECHO, &[("data/secret/3.in", "2\n"), ("data/secret/3.ans", "2\n")]);
    check(&files, &[], 0, &["warning: secret/3 asks the same as secret/2"]).await;
    check(&files, &["--werror"], 1, &[]).await;
    check(ECHO, &["--werror"], 0, &[]).await;
}

#[tokio::test]
async fn the_last_output_of_a_failed_program_is_shown() {
    let files = merge_files(ECHO, &[("submissions/accepted/z.py", "def f(): raise ValueError('deep')\nf()")]);
    check(&files, &[], 1, &["in f", "ValueError: deep"]).await;
}

/// A package with a validator of its own in Python, and an answer to its sample.
fn package_with_validator(
    validator: &'static str,
    answer: &'static str,
) -> Vec<(&'static str, &'static str)> {
    let files = [("output_validator/v.py", validator), ("data/sample/1.ans", answer)];
    ECHO.iter().filter(|(name, _)| *name != "data/sample/1.ans").copied().chain(files).collect()
}

/// Parses the input as a number, and fails otherwise.
const NUMBERS: &str =
    "import sys\nsys.exit(42 if int(sys.stdin.read()) == int(open(sys.argv[1]).read()) else 43)";
/// The same, but calls it wrong.
const CAREFUL: &str = "import sys\nsys.exit(42 if sys.stdin.buffer.read().split() == open(sys.argv[1], 'rb').read().split() else 43)";

#[tokio::test]
async fn a_validator_is_tried_on_answers_and_on_junk() {
    let good = verify(&package_with_validator(CAREFUL, "1\n"), &[]).await;
    assert_eq!(good.code, Some(0), "{}", good.stdout);
    assert!(!good.stdout.contains("warning"), "{}", good.stdout);
    check(
        &package_with_validator(NUMBERS, "1\n"),
        &[],
        0,
        &["the output validator fails on no output in sample/1"],
    )
    .await;
    let takes_all = "import sys\nsys.exit(42)";
    check(
        &package_with_validator(takes_all, "1\n"),
        &[],
        0,
        &["the output validator accepts no output in 2 of 2 tests"],
    )
    .await;
    let says = ["sample/1 has an answer that the package's own validator rejects"];
    check(&package_with_validator(CAREFUL, "9\n"), &[], 1, &says).await;
    check(&package_with_validator(CAREFUL, "9\n"), &["--skip-answers"], 0, &[]).await;
    let hints = [("data/secret/2.ans", "two"), ("data/secret/3.in", "3\n"), ("data/secret/3.ans", "3\n")];
    let says = ["warning: secret/2 has an answer that the package's own validator rejects"];
    check(&merge_files(&package_with_validator(CAREFUL, "1\n"), &hints), &[], 0, &says).await;
    let all = ("data/secret/3.ans", "three");
    let ended =
        verify(&merge_files(&package_with_validator(CAREFUL, "1\n"), &[hints[0], hints[1], all]), &[]).await;
    assert!(ended.code == Some(0) && !ended.stdout.contains("has an answer"), "{}", ended.stdout);
}

#[tokio::test]
async fn ctrl_c_prints_the_finished_results() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = merge_files(ECHO, &[("submissions/mixed/slow.py", "while True: pass")]);
    write(folder.path(), &files);
    write(folder.path(), &[("problem.yaml", &ECHO[0].1.replace("time_limit: 1", "time_limit: 30"))]);
    let args = ["verify", "--json", "problem"];
    let command = Invocation::new(args).in_folder(folder.path());
    let ended = command.with_interrupt_after(Duration::from_secs(15)).output().await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    let json: Value = ended.json();
    assert_eq!((&json["interrupted"], &json["ok"]), (&true.into(), &false.into()), "{json:#}");
    let submissions = json["packages"][0]["submissions"].as_array().expect("a list").clone();
    let got: Vec<_> = submissions.iter().map(|one| one["got"].clone()).collect();
    assert_eq!(got, [Value::from("accepted"), Value::Null], "{json:#}");
}

/// The same package with this for its only input validator.
fn with_input_validator(name: &'static str, content: &'static str) -> Vec<(&'static str, &'static str)> {
    let others = ECHO.iter().filter(|(name, _)| !name.starts_with("input_validators/")).copied();
    others.chain([(name, content)]).collect()
}

#[tokio::test]
async fn an_input_validator_that_is_broken_is_a_problem_of_the_package() {
    let two_languages = ("input_validators/v/b.java", "class B {}");
    for (file, more, says) in [
        (("input_validators/v.ctd", "INT(1\n"), None, "v.ctd is broken: it cannot be read: line"),
        (("input_validators/v.c", "int main( {\n"), None, "v.c is broken: it does not compile: v.c:1"),
        (("input_validators/v/build", "#!/bin/sh\nexit 1\n"), None, "v is broken: it does not compile"),
        (
            ("input_validators/v/a.py", "x"),
            Some(two_languages),
            "v is broken: its files' names do not tell one",
        ),
    ] {
        let mut files = with_input_validator(file.0, file.1);
        files.extend(more);
        check(&files, &[], 1, &[says, "1 of 1 submission as expected, 1 input validator broken"]).await;
        let json = verify(&files, &["--json"]).await.json();
        let inputs = &json["packages"][0]["inputs"];
        assert_eq!(inputs["broken"].as_array().map(Vec::len), Some(1), "{says}: {inputs:#}");
        assert_eq!(
            (&inputs["checked"], &inputs["rejected"]),
            (&0.into(), &serde_json::json!([])),
            "{inputs:#}"
        );
    }
}

#[tokio::test]
async fn an_input_validator_in_a_missing_language_is_reported_in_the_last_line() {
    let files = with_input_validator("input_validators/v.hs", "main = return ()\n");
    let says = ["v.hs was not run: haskell", "1 of 1 submission as expected, 1 input validator not run"];
    check(&files, &[], 0, &says).await;
}

#[tokio::test]
async fn checking_inputs_ends_with_the_timeout() {
    // Some days of steps, and a program that does not end.
    let steps = "REP(1000000) REP(1000000) SET(a = 1) END END NEWLINE\n";
    for (name, content) in
        [("input_validators/v.ctd", steps), ("input_validators/v.py", "while True: pass\n")]
    {
        let files = with_input_validator(name, content);
        let began = std::time::Instant::now();
        let says = ["2 inputs not checked, sample/1 first: all together took longer than --timeout"];
        check(&files, &["--timeout", "4"], 2, &says).await;
        // Besides, submissions are judged and the server's parts begin and end.
        assert!(began.elapsed() < Duration::from_secs(25), "{name}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn what_is_tried_on_a_validator_ends_with_the_timeout() {
    let slow =
        "import sys, time\ntime.sleep(0 if sys.stdin.read().strip() in ('1', '2') else 30)\nsys.exit(42)";
    let began = std::time::Instant::now();
    let says = ["the output validator was not tried on no output to the end", "longer than --timeout"];
    check(&package_with_validator(slow, "1\n"), &["--timeout", "5"], 0, &says).await;
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_statement_that_cannot_be_rendered_is_reported() {
    let deep = ">".repeat(1000);
    let links = "[a](".repeat(50_000);
    for (text, says) in [
        (
            deep.as_str(),
            "warning: statement/problem.de.md cannot be shown: the statement has too many quotations",
        ),
        (links.as_str(), "warning: statement/problem.de.md cannot be shown: the statement has a paragraph"),
    ] {
        check(&merge_files(ECHO, &[("statement/problem.de.md", text)]), &[], 0, &[says]).await;
    }
}

#[tokio::test]
async fn a_program_for_python_2_counts_where_python_3_runs_it() {
    let old = ("submissions/accepted/b.py", "#!/usr/bin/env python2\nprint raw_input()\n");
    let says = ["b.py: it asks for Python 2", "1 of 2 submissions as expected, 1 could not be run here"];
    check(&merge_files(ECHO, &[old]), &[], 2, &says).await;
    let both = ("submissions/accepted/b.py", "#!/usr/bin/env python2\nprint(input())\n");
    check(&merge_files(ECHO, &[both]), &[], 0, &["2 of 2 submissions as expected"]).await;
}

#[tokio::test]
async fn validators_with_odd_names_are_run_as_they_are_named() {
    let accepts =
        "import sys\nsys.exit(42 if sys.stdin.read().split() == open(sys.argv[2]).read().split() else 43)";
    let in_c = "#include <stdio.h>\nint main(int n, char **arguments) { return n == 4 ? 42 : 1; }\n";
    let files = [
        ("problem.yaml", "name: Echo\nvalidation: custom\n"),
        ("problem_statement/problem.en.md", "x"),
        ("output_validators/$(touch hacked) a.py", accepts),
        ("output_validators/it's `b`/it's c;d.c", in_c),
        ("submissions/wrong_answer/w.py", "print(7)"),
    ];
    let own = ECHO.iter().filter(|(name, _)| !matches!(*name, "problem.yaml" | "statement/problem.en.md"));
    let files: Vec<_> = own.copied().chain(files).collect();
    check(&files, &[], 0, &["2 of 2 submissions as expected"]).await;
}
