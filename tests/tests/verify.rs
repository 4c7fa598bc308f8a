//! `coderunner verify`, `judge` and `new`, with packages written for the purpose.

use std::{fs, io::Write as _, path::Path, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{CommandOutput, Invocation};

/// A folder in which packages are.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }

    /// A package of these files.
    fn package(&self, name: &str, files: &[(&str, &str)]) {
        for (file, content) in files {
            self.write(&format!("{name}/{file}"), content);
        }
    }

    fn command(&self, args: &[&str]) -> Invocation {
        Invocation::new(args).in_folder(self.path())
    }

    async fn run(&self, args: &[&str]) -> CommandOutput {
        self.command(args).output().await
    }

    /// Runs it and checks the exit code, and that standard output contains all of these texts.
    async fn check(&self, args: &[&str], code: i32, says: &[&str]) -> CommandOutput {
        let ended = self.run(args).await;
        assert_eq!(ended.code, Some(code), "{args:?}\n{}\n{}", ended.stdout, ended.stderr);
        for part in says {
            let said = unspaced(&ended.stdout);
            assert!(
                said.contains(part),
                "{args:?} does not say {part:?}:\n{}\n{}",
                ended.stdout,
                ended.stderr
            );
        }
        ended
    }

    async fn check_refused(&self, args: &[&str], says: &str) {
        let ended = self.check(args, 2, &[]).await;
        assert!(ended.stderr.contains(says), "{args:?} does not say {says:?}: {}", ended.stderr);
    }
}

/// With runs of spaces reduced to one: the width of tables depends on their content.
fn unspaced(text: &str) -> String {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// The submission of this path in the only package.
fn submission<'a>(json: &'a Value, path: &str) -> &'a Value {
    let all = json["packages"][0]["submissions"].as_array().expect("a list");
    all.iter().find(|one| one["path"] == path).unwrap_or_else(|| panic!("{path} is not in {json:#}"))
}

const SUM: &str = "print(sum(map(int, input().split())))";

/// The sum of two numbers, legacy.
const LEGACY: &[(&str, &str)] = &[
    ("problem.yaml", "name: Sum\n"),
    ("problem_statement/problem.en.tex", "\\problemname{Sum}\nAdd.\n"),
    ("data/sample/1.in", "1 2\n"),
    ("data/sample/1.ans", "3\n"),
    ("data/secret/2.in", "-5 3\n"),
    ("data/secret/2.ans", "-2\n"),
    ("submissions/accepted/sum.py", SUM),
];

/// Beside it, one of each kind.
const OF_EACH_KIND: &[(&str, &str)] = &[
    (
        "submissions/accepted/sum.cc",
        "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << std::endl; }\n",
    ),
    ("submissions/wrong_answer/abs.py", "a, b = map(int, input().split())\nprint(abs(a) + abs(b))\n"),
    ("submissions/run_time_error/crash.py", "print(int(input()))\n"),
    ("submissions/time_limit_exceeded/loop.py", "while True: pass\n"),
];

#[tokio::test]
async fn a_legacy_package_with_all_four_folders_verifies() {
    let folder = Folder::new();
    folder.package("sum", LEGACY);
    folder.package("sum", OF_EACH_KIND);
    let says = [
        "sum: Sum (legacy, 2 tests)",
        "Time limit: 1 s (the slowest accepted test took",
        "What must be too slow was given 2 s",
        "accepted/sum.cc cpp accepted accepted 2 of 2",
        "accepted/sum.py python accepted accepted 2 of 2",
        "run_time_error/crash.py python runtime error runtime error 0 of 2",
        "time_limit_exceeded/loop.py python time limit time limit 0 of 2",
        "wrong_answer/abs.py python wrong answer wrong answer 1 of 2",
        "5 of 5 submissions as expected",
    ];
    let ended = folder.check(&["verify", "sum"], 0, &says).await;
    assert!(
        ended.stderr.is_empty() && !ended.stdout.contains('\x1b'),
        "no bar and no colours here: {ended:?}"
    );
}

#[tokio::test]
async fn a_failed_expectation_is_described_in_a_sentence() {
    let folder = Folder::new();
    folder.package("sum", LEGACY);
    folder.package(
        "sum",
        &[
            ("submissions/wrong_answer/right.py", SUM),
            ("submissions/accepted/wrong.py", "print(3)"),
            ("submissions/accepted/broken.c", "int main( {}"),
        ],
    );
    let says = [
        "3 submissions",
        "wrong_answer/right.py: expected wrong answer, got accepted (2 of 2 tests)",
        "no test is WA, as the folder wrong_answer requires",
        "accepted/wrong.py: expected accepted, got wrong answer (1 of 2 tests)",
        "secret/2: wrong answer after",
        "expected \"-2\", got \"3\"",
        "accepted/broken.c: expected accepted, got compile error",
        "broken.c:1:",
        "1 of 4 submissions as expected, 3 not as expected",
    ];
    folder.check(&["verify", "sum"], 1, &says[1..]).await;
    let json = folder.check(&["verify", "--json", "sum"], 1, &[]).await.json();
    assert_eq!(json["ok"], false);
    let wrong = submission(&json, "accepted/wrong.py");
    assert_eq!((&wrong["status"], &wrong["got"]), (&"unexpected".into(), &"wrongAnswer".into()));
    assert!(wrong["problems"][0].as_str().expect("a sentence").starts_with("accepted/wrong.py: expected"));
    assert!(
        submission(&json, "accepted/broken.c")["compileOutput"].as_str().expect("text").contains("error")
    );
}

#[tokio::test]
async fn groups_of_a_legacy_package_give_points() {
    let folder = Folder::new();
    let group = |points: u32| {
        format!("accept_score: {points}\nrange: 0 {points}\ngrader_flags: min\non_reject: break\n")
    };
    folder.package(
        "echo",
        &[
            ("problem.yaml", "name: Echo\ntype: scoring\n"),
            ("problem_statement/problem.en.tex", "Echo."),
            ("data/testdata.yaml", "on_reject: continue\nrange: 0 100\ngrader_flags: ignore_sample\n"),
            ("data/sample/1.in", "1\n"),
            ("data/sample/1.ans", "1\n"),
            (
                "data/secret/testdata.yaml",
                "on_reject: continue\nrange: 0 100\ngrader_flags: first_error accept_if_any_accepted\n",
            ),
            ("data/secret/group1/testdata.yaml", &group(40)),
            ("data/secret/group1/1.in", "7\n"),
            ("data/secret/group1/1.ans", "7\n"),
            ("data/secret/group2/testdata.yaml", &group(60)),
            ("data/secret/group2/1.in", "12\n"),
            ("data/secret/group2/1.ans", "12\n"),
            ("submissions/accepted/echo.py", "print(input())"),
            ("submissions/partially_accepted/digit.py", "print(input()[0])"),
            ("submissions/wrong_answer/nothing.py", "pass"),
        ],
    );
    let says = [
        "accepted/echo.py python accepted accepted 3 of 3 100 of 100",
        "partially_accepted/digit.py python not all points partly accepted 2 of 3 40 of 100",
        "3 of 3 submissions as expected",
    ];
    folder.check(&["verify", "echo"], 0, &says).await;
    folder.package("echo", &[("submissions/partially_accepted/all.py", "print(input())")]);
    folder
        .check(&["verify", "echo"], 1, &["it has all points, but the folder partially_accepted says"])
        .await;
}

#[tokio::test]
async fn points_of_a_lesson_are_kept_though_a_group_fails() {
    let folder = Folder::new();
    let groups = "groups:\n  - {name: small, points: 30, tests: [{input: \"1\", output: \"1\"}]}\n  - {name: large, points: 70, tests: [{input: \"12\", output: \"12\"}]}\n";
    folder.package(
        "echo",
        &[
            ("problem.yaml", &format!("title: Echo\n{groups}")),
            ("submissions/accepted/echo.py", "print(input())"),
            ("submissions/partially_accepted/digit.py", "print(input()[0])"),
            ("submissions/wrong_answer/nothing.py", "pass"),
            ("submissions/submissions.yaml", "partially_accepted/digit.py:\n  score: 30\n"),
        ],
    );
    let says = [
        "accepted/echo.py python accepted accepted 2 of 2 100 of 100",
        "partially_accepted/digit.py python not all points partly accepted 1 of 2 30 of 100",
        "wrong_answer/nothing.py python wrong answer wrong answer 0 of 2 0 of 100",
        "3 of 3 submissions as expected",
    ];
    folder.check(&["verify", "echo"], 0, &says).await;
}

const V2025: &[(&str, &str)] = &[
    (
        "problem.yaml",
        "problem_format_version: 2025-09\nname: Sum\nuuid: 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11\nlimits:\n  time_limit: 1\n",
    ),
    ("statement/problem.en.md", "Add."),
    ("data/sample/1.in", "1 2\n"),
    ("data/sample/1.ans", "3\n"),
    ("data/secret/2-negative.in", "-5 3\n"),
    ("data/secret/2-negative.ans", "-2\n"),
    ("submissions/accepted/sum.py", SUM),
    ("submissions/mixed/abs.py", "a, b = map(int, input().split())\nprint(abs(a) + abs(b))\n"),
    (
        "submissions/submissions.yaml",
        "mixed/abs.py:\n  permitted: [AC, WA]\n  required: [WA]\n  sample:\n    permitted: [AC]\n  secret/*-negative:\n    permitted: [WA]\n",
    ),
];

#[tokio::test]
async fn a_package_of_2025_is_held_against_its_list_of_submissions() {
    let folder = Folder::new();
    folder.package("sum", V2025);
    let says =
        ["(2025-09, 2 tests)", "Time limit: 1 s (as the package says)", "2 of 2 submissions as expected"];
    folder.check(&["verify", "sum"], 0, &says).await;
    folder.write("sum/submissions/submissions.yaml", "mixed/abs.py:\n  sample:\n    permitted: [WA]\n");
    folder
        .check(&["verify", "sum"], 1, &["sample/1 is AC, but submissions.yaml (mixed/abs.py), sample"])
        .await;
}

#[tokio::test]
async fn margins_of_2025_are_asked_for() {
    let folder = Folder::new();
    folder.package("sum", V2025);
    let problem = V2025[0].1.replace("time_limit: 1", "time_limit: 0.4");
    folder.write("sum/problem.yaml", &problem);
    // Most of the limit, of which it may take half.
    let slow = "import time\nwhile time.process_time() < 0.25: pass\nprint(sum(map(int, input().split())))";
    folder.write("sum/submissions/accepted/slow.py", slow);
    let says =
        "the time limit of 400 ms is too short: the slowest submission to be accepted asks for at least";
    folder.check(&["verify", "sum"], 1, &[says]).await;
    folder.check(&["verify", "--time-limit", "0.4", "sum"], 0, &["Time limit: 400 ms (--time-limit)"]).await;
}

#[tokio::test]
async fn a_zip_is_as_good_as_a_folder() {
    let folder = Folder::new();
    let large = "7 ".repeat(20_000);
    let mut zip = zip::ZipWriter::new(fs::File::create(folder.path().join("sum.zip")).expect("a file"));
    for (name, content) in
        LEGACY.iter().chain([&("data/secret/3.in", large.as_str()), &("data/secret/3.ans", "140000")])
    {
        zip.start_file(format!("sum/{name}"), zip::write::SimpleFileOptions::default()).expect("begun");
        zip.write_all(content.as_bytes()).expect("written");
    }
    zip.finish().expect("finished");
    folder.check(&["verify", "sum.zip"], 0, &["accepted/sum.py python accepted accepted 3 of 3"]).await;
}

#[tokio::test]
async fn a_language_that_is_missing_is_counted_apart() {
    let folder = Folder::new();
    folder.package("sum", LEGACY);
    folder.package("sum", &[("submissions/accepted/sum.kt", "fun main() {}")]);
    let says = [
        "accepted/sum.kt kotlin accepted not run not here",
        "accepted/sum.kt: kotlin is not known here",
        "1 of 2 submissions as expected, 1 could not be run here",
    ];
    folder.check(&["verify", "sum"], 2, &says).await;
    folder.check(&["verify", "--skip-unavailable", "sum"], 0, &says).await;
    let json = folder.check(&["verify", "--json", "sum"], 2, &[]).await.json();
    assert_eq!(json["packages"][0]["counts"]["unavailable"], 1);
    let missing = submission(&json, "accepted/sum.kt");
    assert_eq!(
        (&missing["ok"], &missing["status"], &missing["got"]),
        (&false.into(), &"unavailable".into(), &Value::Null)
    );
}

#[tokio::test]
async fn several_packages_are_summed_up_and_one_that_is_broken_spoils_it() {
    let folder = Folder::new();
    folder.package("good", LEGACY);
    folder.package("broken", &[("problem.yaml", "name: Sum\nlimits:\n  memory: much\n")]);
    let ended = folder
        .check(&["verify", "good", "broken"], 2, &["1 of 2 packages verified", "good 1 1 0 0 yes"])
        .await;
    assert!(ended.stderr.contains("problem.yaml, line 3: limits.memory"), "{}", ended.stderr);
    let json = folder.check(&["verify", "--json", "good", "broken"], 2, &[]).await.json();
    assert_eq!((&json["ok"], &json["packages"][0]["ok"]), (&false.into(), &true.into()));
    assert!(json["packages"][1]["error"].as_str().expect("a sentence").contains("line 3"));
}

#[tokio::test]
async fn a_folder_that_is_no_package_is_reported_and_not_run() {
    let folder = Folder::new();
    folder.write("empty/readme.txt", "");
    folder.write("file.zip", "no zip");
    folder.check_refused(&["verify", "nowhere"], "nowhere").await;
    folder.check_refused(&["verify", "empty"], "problem.yaml is missing").await;
    folder.check_refused(&["verify", "file.zip"], "file.zip").await;
    folder.check_refused(&["verify"], "PACKAGE").await;
    folder.package("sum", LEGACY);
    folder
        .check_refused(
            &["verify", "--only", "*.rs", "sum"],
            "matches no submission; there are: accepted/sum.py",
        )
        .await;
    folder.check_refused(&["verify", "--time-limit", "0", "sum"], "seconds from 0.001").await;
    folder.package("none", &LEGACY[..6]);
    folder.check(&["verify", "none"], 2, &["it has no submissions"]).await;
}

#[tokio::test]
async fn only_some_can_be_asked_for_and_others_are_run_for_the_time_limit() {
    let folder = Folder::new();
    folder.package("sum", LEGACY);
    folder.package("sum", &OF_EACH_KIND[1..3]);
    let note = "1 submission beyond --only ran too, to find the time limit";
    let ended =
        folder.check(&["verify", "--only", "wrong_answer", "sum"], 0, &[note, "1 of 1 submission as"]).await;
    assert!(!ended.stdout.contains("accepted/sum.py"), "{}", ended.stdout);
    let args = ["verify", "--only", "*.py", "--only", "x", "--time-limit", "2", "sum"];
    let ended = folder.check(&args, 0, &["3 of 3 submissions as expected"]).await;
    assert!(!ended.stdout.contains("beyond --only"), "{}", ended.stdout);
}

#[tokio::test]
async fn inputs_are_held_against_their_validators() {
    let folder = Folder::new();
    folder.package("sum", LEGACY);
    let validator =
        "import re, sys\nassert re.fullmatch(r'\\d+ \\d+\\n', sys.stdin.read()), 'two numbers'\nsys.exit(42)";
    folder.write("sum/input_validators/digits.py", validator);
    folder.write("sum/input_validators/format.ctd", "INT(0, 9) SPACE INT(0, 9) NEWLINE");
    let says = [
        "Inputs: 2 inputs checked by digits.py, format.ctd, not all valid",
        "NO secret/2: digits.py: exit code 1 instead of 42: Traceback",
        "NO secret/2: format.ctd: line 1, column 1: -5 is not in 0..9",
        "1 of 1 submission as expected, 1 input not valid",
    ];
    folder.check(&["verify", "sum"], 1, &says).await;
    folder.check(&["verify", "--skip-inputs", "sum"], 0, &[]).await;
}

#[tokio::test]
async fn an_interactive_problem_with_a_validator_in_cpp_verifies() {
    let folder = Folder::new();
    folder.package(
        "guess",
        &[
            ("problem.yaml", "name: Guess\nvalidation: custom interactive\n"),
            ("problem_statement/problem.en.tex", "Guess."),
            ("data/secret/1.in", "42\n"),
            ("data/secret/1.ans", "42\n"),
            ("output_validators/talk/validate.h", "#include <fstream>\n#include <iostream>\nint read(const char *);\n"),
            ("output_validators/talk/read.cc", "#include \"validate.h\"\nint read(const char *p) { int n; std::ifstream(p) >> n; return n; }\n"),
            (
                "output_validators/talk/validate.cc",
                "#include \"validate.h\"\nint main(int, char **argv) {\n  int n = read(argv[1]), g;\n  for (int i = 0; i < 7; ++i) {\n    if (!(std::cin >> g)) return 43;\n    if (g == n) { std::cout << \"correct\" << std::endl; return 42; }\n    std::cout << (g < n ? \"higher\" : \"lower\") << std::endl;\n  }\n  return 43;\n}\n",
            ),
            (
                "submissions/accepted/halve.py",
                "low, high = 1, 100\nwhile True:\n    print((low + high) // 2, flush=True)\n    answer = input()\n    if answer == 'correct': break\n    if answer == 'higher': low = (low + high) // 2 + 1\n    else: high = (low + high) // 2 - 1\n",
            ),
            ("submissions/wrong_answer/stubborn.py", "for _ in range(7):\n    print(1, flush=True)\n    input()\n"),
        ],
    );
    folder.check(&["verify", "guess"], 0, &["2 of 2 submissions as expected"]).await;
}

#[tokio::test]
async fn whatever_is_made_new_verifies() {
    let folder = Folder::new();
    let mut made = vec!["verify"];
    for (name, args) in [
        ("add-two", &[][..]),
        ("largest", &["--style", "call"]),
        ("guess", &["--style", "interactive"]),
        ("pair", &["--style", "validator"]),
        ("kattis-sum", &["--format", "kattis"]),
        ("kattis-guess", &["--format", "kattis", "--style", "interactive"]),
        ("kattis-pair", &["--format", "kattis", "--style", "validator"]),
    ] {
        let args = [&["new", name], args].concat();
        folder.check(&args, 0, &[&format!("coderunner verify {name}")]).await;
        made.push(name);
    }
    folder.check(&made, 0, &["add-two: Add two (lesson, 4 tests)", "7 of 7 packages verified"]).await;
    folder.check_refused(&["new", "pair"], "pair is there already").await;
    folder.check_refused(&["new", "x", "--format", "kattis", "--style", "call"], "no function calls").await;
}

#[tokio::test]
async fn one_submission_is_judged_test_by_test() {
    let folder = Folder::new();
    folder.check(&["new", "sum"], 0, &[]).await;
    folder.write("mine.py", SUM);
    folder.write("wrong.py", "print(7)");
    folder.write("broken.c", "int main( {}");
    folder.write("many/other.py", "def add(a, b): return a + b");
    folder.write("many/main.py", "from other import add\nprint(add(*map(int, input().split())))");
    folder
        .check(
            &["judge", "sum", "mine.py"],
            0,
            &["1 accepted", "3 (hidden) accepted", "accepted: 4 of 4 tests passed"],
        )
        .await;
    folder.check(&["judge", "sum", "many"], 0, &["accepted: 4 of 4 tests passed"]).await;
    let says =
        ["1 wrong answer", "Test 1", "1 2", "- 1 │ 3⏎", "+ 1 │ 7⏎", "wrong answer: 0 of 4 tests passed"];
    folder.check(&["judge", "sum", "wrong.py"], 1, &says).await;
    let hidden = ["Test 3, which is hidden", "wrong answer: 3 of 4"];
    folder.check(&["judge", "sum", "wrong_answer/without_sign.py"], 1, &hidden).await;
    folder.check(&["judge", "sum", "broken.c"], 1, &["broken.c:1:", "compile error: 0 of 4"]).await;
    let json = folder.check(&["judge", "--json", "sum", "wrong.py"], 1, &[]).await.json();
    assert_eq!(
        (&json["verdict"], &json["passed"], &json["total"]),
        (&"wrongAnswer".into(), &0.into(), &4.into())
    );
    assert_eq!(
        (&json["testResults"][0]["got"], &json["testResults"][2]["hidden"]),
        (&"7\n".into(), &true.into())
    );
}

#[tokio::test]
async fn submissions_that_cannot_be_judged_are_reported() {
    let folder = Folder::new();
    folder.check(&["new", "sum"], 0, &[]).await;
    folder.write("notes.txt", "hello");
    folder.check_refused(&["judge", "sum", "nowhere.py"], "which has: accepted/sum.py").await;
    folder.check_refused(&["judge", "sum", "notes.txt"], "notes.txt cannot be judged").await;
    folder.check_refused(&["judge", "sum", "-l", "klingon", "notes.txt"], "klingon is not known here").await;
    folder.check_refused(&["judge", "nowhere", "notes.txt"], "nowhere").await;
}

#[tokio::test]
async fn without_a_time_limit_judge_finds_one_first() {
    let folder = Folder::new();
    folder.package("sum", LEGACY);
    folder.write("mine.py", SUM);
    let ended = folder.check(&["judge", "sum", "mine.py"], 0, &["Time limit: 1 s"]).await;
    assert!(ended.stderr.contains("its own submissions are run first"), "{}", ended.stderr);
}

#[tokio::test]
async fn escapes_of_a_hostile_package_are_not_obeyed() {
    let folder = Folder::new();
    folder.package("sum", LEGACY);
    folder.write("sum/problem.yaml", "name: \"\\e[2JSum\\u202e\"\n");
    folder.write(
        "sum/submissions/accepted/loud.py",
        "import sys\nprint('\\x1b[31m\\u009b2J')\nsys.exit('\\x1b]0;title\\x07')",
    );
    folder.write("sum/submissions/accepted/broken.c", "#error \x1b[31m red\n");
    let ended = folder.check(&["verify", "sum"], 1, &["␛[2JSum\\u{202e}"]).await;
    let obeyed = |text: &str| text.contains(['\x1b', '\x07', '\u{9b}', '\u{202e}']);
    assert!(!obeyed(&ended.stdout), "{}", ended.stdout);
    for args in [
        &["judge", "sum", "accepted/loud.py"][..],
        &["judge", "--json", "sum", "accepted/loud.py"],
        &["judge", "sum", "accepted/broken.c"],
        &["verify", "--json", "sum"],
    ] {
        let ended = folder.run(args).await;
        assert!(!obeyed(&ended.stdout) && !ended.stdout.is_empty(), "{args:?}: {ended:?}");
    }
}

#[tokio::test]
async fn ctrl_c_ends_it_at_once() {
    let folder = Folder::new();
    folder.package("sum", LEGACY);
    folder.write("sum/submissions/accepted/loop.py", "while True: pass");
    let ended =
        folder.command(&["verify", "sum"]).with_interrupt_after(Duration::from_secs(3)).output().await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.duration < Duration::from_secs(20), "{:?}", ended.duration);
}

/// Hostile programs as wrong solutions: each has a sensible verdict, and nothing else suffers.
mod hostile {
    use super::*;

    async fn check(name: &str, code: &str, verdict: &str) {
        let folder = Folder::new();
        folder.package("sum", LEGACY);
        folder.write("sum/problem.yaml", "name: Sum\nlimits:\n  memory: 64\n");
        folder.write(&format!("sum/submissions/mixed/{name}"), code);
        let args = ["verify", "--json", "--time-limit", "1", "sum"];
        let json = folder.check(&args, 0, &[]).await.json();
        assert_eq!(submission(&json, &format!("mixed/{name}"))["got"], verdict, "{json:#}");
        assert_eq!(submission(&json, "accepted/sum.py")["got"], "accepted");
    }

    #[tokio::test]
    async fn a_fork_bomb() {
        check("bomb.py", "import os\nwhile True: os.fork()", "runtimeError").await;
    }

    #[tokio::test]
    async fn a_memory_hog() {
        check("hog.py", "a = []\nwhile True: a.append(bytearray(50_000_000))", "memoryLimit").await;
    }

    #[tokio::test]
    async fn a_flood() {
        check("flood.py", "while True: print('x' * 1_000_000)", "outputLimit").await;
    }

    #[tokio::test]
    async fn a_forbidden_call() {
        let code = "#include <unistd.h>\n#include <sys/syscall.h>\nint main() { syscall(SYS_bpf, 0, 0, 0); return 0; }";
        check("bpf.c", code, "runtimeError").await;
    }

    #[tokio::test]
    async fn a_sleeper() {
        check("sleep.py", "import time\ntime.sleep(1000)", "timeLimit").await;
    }
}
