//! Behaviour common to all languages: drivers of problems, syntax checks, memory that runs out, functions that exit.

use std::time::Duration;

use languages::{Registry, SystemHost};
use model::{
    Bytes, Call, CallResult, CallRules, Ending, IncludedFile, JudgingStyle, LanguageId, Limits, SourceFile,
    Submission, Suite, TestCase, TestKind, Value, Verdict,
};
use worker::{GradeOutput, Grader};

use crate::hall::{grade, grader, grader_with_python, streams, submission, verdicts};

const SUM: [(&str, &str); 1] = [("1 2", "3")];

fn file(name: &str, content: &str) -> SourceFile {
    SourceFile { name: name.into(), content: content.into() }
}

fn of_files(language: &str, files: &[(&str, &str)]) -> Submission {
    let files = files.iter().map(|(name, content)| file(name, content)).collect();
    Submission { files, ..submission(language, "") }
}

/// Checks that each of these languages' drivers begins: with the submission under its own name, and as code without a name.
async fn check_driver(grader: &Grader, language: &str, driver: (&str, &str), own: (&str, &str)) {
    let mut suite = streams(&SUM);
    suite.included =
        vec![IncludedFile { language: Some(LanguageId::new(language)), file: file(driver.0, driver.1) }];
    for submission in [of_files(language, &[own]), submission(language, own.1)] {
        let graded = grade(grader, &suite, &submission).await;
        assert_eq!(graded.grading.verdict, Verdict::Accepted, "{language}: {graded:#?}");
    }
    let two = of_files(language, &[own, ("notes.txt", "")]);
    let graded = grade(grader, &suite, &two).await;
    assert_eq!(graded.grading.verdict, Verdict::Accepted, "{language}: {graded:#?}");
}

#[tokio::test]
async fn a_driver_of_the_problem_begins_in_every_language() {
    let grader = grader(2).await;
    let check = async |language, driver, own| check_driver(&grader, language, driver, own).await;
    check(
        "python",
        ("main.py", "import sys, sol\nprint(sol.add(*map(int, input().split())))"),
        ("sol.py", "def add(a, b):\n    return a + b\n"),
    )
    .await;
    check("javascript", ("main.js", "const s = require('./sol.js');\nconst [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\nconsole.log(s.add(a, b));"), ("sol.js", "exports.add = (a, b) => a + b;")).await;
    check("typescript", ("main.ts", "import { readFileSync } from 'fs';\nimport { add } from './sol';\nconst [a, b] = readFileSync(0, 'utf8').split(' ').map(Number);\nconsole.log(add(a, b));"), ("sol.ts", "export const add = (a: number, b: number) => a + b;")).await;
    check(
        "ruby",
        ("main.rb", "require_relative 'sol'\nputs add(*gets.split.map(&:to_i))"),
        ("sol.rb", "def add(a, b) = a + b"),
    )
    .await;
    check(
        "php",
        (
            "main.php",
            "<?php require __DIR__ . '/sol.php'; [$a, $b] = explode(' ', fgets(STDIN)); echo add($a, $b);",
        ),
        ("sol.php", "<?php function add($a, $b) { return $a + $b; }"),
    )
    .await;
    check(
        "perl",
        ("main.pl", "use strict;\nrequire './sol.pl';\nprint add(split ' ', <STDIN>);"),
        ("sol.pl", "sub add { $_[0] + $_[1] }\n1;"),
    )
    .await;
    check(
        "lua",
        ("main.lua", "local s = require(\"sol\")\nprint(s.add(io.read('n', 'n')))"),
        ("sol.lua", "return { add = function(a, b) return a + b end }"),
    )
    .await;
    check(
        "bash",
        ("main.sh", "source ./sol.sh\nread a b\nadd $a $b"),
        ("sol.sh", "add() { echo $(($1 + $2)); }"),
    )
    .await;
    check("c", ("main.c", "#include <stdio.h>\nint add(int, int);\nint main(void) { int a, b; scanf(\"%d %d\", &a, &b); printf(\"%d\\n\", add(a, b)); }"), ("sol.c", "int add(int a, int b) { return a + b; }")).await;
    check("cpp", ("main.cpp", "#include <iostream>\nint add(int, int);\nint main() { int a, b; std::cin >> a >> b; std::cout << add(a, b); }"), ("sol.cpp", "int add(int a, int b) { return a + b; }")).await;
    check("rust", ("main.rs", "mod sol;\nfn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap(); let n: Vec<i32> = s.split_whitespace().map(|w| w.parse().unwrap()).collect(); println!(\"{}\", sol::add(n[0], n[1])); }"), ("sol.rs", "pub fn add(a: i32, b: i32) -> i32 { a + b }")).await;
    check("go", ("main.go", "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tvar a, b int\n\tfmt.Scan(&a, &b)\n\tfmt.Println(add(a, b))\n}\n"), ("sol.go", "package main\n\nfunc add(a, b int) int { return a + b }\n")).await;
    check("java", ("Main.java", "import java.util.*; public class Main { public static void main(String[] x) { Scanner s = new Scanner(System.in); System.out.println(Sol.add(s.nextInt(), s.nextInt())); } }"), ("Sol.java", "class Sol { static int add(int a, int b) { return a + b; } }")).await;
    // Python's own name for what begins.
    check(
        "python",
        ("__main__.py", "import sol\nprint(sol.add(*map(int, input().split())))"),
        ("sol.py", "def add(a, b): return a + b"),
    )
    .await;
}

#[tokio::test]
async fn what_is_no_program_is_a_compile_error_before_the_first_test() {
    let grader = grader(2).await;
    for (language, code, said) in [
        ("python", "print(input()", "'(' was never closed"),
        ("javascript", "console.log(", "SyntaxError"),
        ("php", "<?php echo 'x", "syntax error"),
        ("ruby", "puts('x", "unterminated string"),
        ("perl", "print 'x", "Can't find string terminator"),
        ("lua", "print('x", "unfinished string"),
    ] {
        let registry = Registry::builtin(&SystemHost::new()).expect("languages");
        let main = registry.find(language).expect("a language").main_file.clone();
        let graded = grade(&grader, &streams(&SUM), &submission(language, code)).await;
        assert_eq!(graded.grading.verdict, Verdict::CompileError, "{language}: {graded:#?}");
        assert_eq!(verdicts(&graded), [None], "{language}");
        let compile = graded.compile.expect("it was checked");
        let text = String::from_utf8_lossy(compile.transcript.all_output()).into_owned();
        assert!(text.contains(said) && text.contains(&main), "{language}: {text}");
        assert!(!text.contains("submitted") && !text.contains("Traceback"), "{language}: {text}");
    }
}

#[tokio::test]
async fn a_syntax_error_quotes_the_line_of_the_submission_and_nothing_else() {
    let grader = grader(2).await;
    // So many lines that a script of ours, in the program's place, would have one of that number.
    for (language, filler, wrong, comment) in [
        ("python", "x = 1", "print \"a\"", ""),
        ("python", "x = 1", "  y = 'é' + +", ""),
        ("python", "x = 1", "f(a=1, 2)", ""),
        ("javascript", "x = 1", "let a = = 1;", ""),
        ("ruby", "x = 1", "puts 1 + )", ""),
        ("php", "$x = 1;", "echo 1 + ;", "<?php"),
        ("perl", "$x = 1;", "print 1 + );", ""),
        ("lua", "x = 1", "print(1 + )", ""),
    ] {
        for lines in [1, 8, 14] {
            let code = format!("{comment}\n{}{wrong}\n", format!("{filler}\n").repeat(lines));
            let graded = grade(&grader, &streams(&SUM), &submission(language, &code)).await;
            assert_eq!(graded.grading.verdict, Verdict::CompileError, "{language}: {graded:#?}");
            let compile = graded.compile.expect("it was checked");
            let text = String::from_utf8_lossy(compile.transcript.all_output()).into_owned();
            let line = lines + 2;
            assert!(text.contains(&line.to_string()), "{language}: line {line} of {text}");
            let quotes = matches!(language, "python" | "javascript" | "ruby");
            assert!(!quotes || text.contains(wrong.trim()), "{language}: {text}");
            for ours in
                ["compile(", "excepthook", "loadfile", "zip(", "submitted", "stored", "opt/coderunner"]
            {
                assert!(!text.contains(ours), "{language} quotes {ours}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn code_that_perl_runs_as_it_compiles_refuses_no_program() {
    let grader = grader(2).await;
    let sum = "my ($a, $b); BEGIN { ($a, $b) = split ' ', <STDIN> // die 'no input'; } print $a + $b;";
    let sum_at_check =
        "my ($a, $b); CHECK { ($a, $b) = split ' ', <STDIN> // die 'no input'; } print $a + $b;";
    let leaves =
        "my $l; BEGIN { $l = <STDIN>; defined $l or exit 255; } my ($a, $b) = split ' ', $l; print $a + $b;";
    for code in [sum, sum_at_check, leaves] {
        let graded = grade(&grader, &streams(&SUM), &submission("perl", code)).await;
        assert_eq!(verdicts(&graded), [Some(Verdict::Accepted)], "{code}: {graded:#?}");
        assert_eq!(graded.compile, None, "{code}");
    }
    let dies = grade(&grader, &streams(&SUM), &submission("perl", "BEGIN { die 'always' } print 3;")).await;
    assert_eq!(verdicts(&dies), [Some(Verdict::RuntimeError)], "{dies:#?}");
    for code in [
        "my $x; BEGIN { $x = <STDIN>; } print $x +;",
        "use strict; print $undeclared;",
        "BEGIN { print 1 } print 'x",
    ] {
        let graded = grade(&grader, &streams(&SUM), &submission("perl", code)).await;
        assert_eq!(graded.grading.verdict, Verdict::CompileError, "{code}: {graded:#?}");
    }
}

#[tokio::test]
async fn beside_a_driver_it_is_the_submission_that_is_checked() {
    let grader = grader(2).await;
    for (language, driver, code) in [
        ("python", ("main.py", "import sol"), "print(input()"),
        ("javascript", ("main.js", "require('./sol.js')"), "console.log("),
        ("php", ("main.php", "<?php require __DIR__ . '/sol.php';"), "<?php echo 'x"),
        ("ruby", ("main.rb", "require_relative 'sol'"), "puts('x"),
        ("perl", ("main.pl", "require './sol.pl';"), "print 'x"),
        ("lua", ("main.lua", "require(\"sol\")"), "print('x"),
    ] {
        let mut suite = streams(&SUM);
        suite.included =
            vec![IncludedFile { language: Some(LanguageId::new(language)), file: file(driver.0, driver.1) }];
        let graded = grade(&grader, &suite, &submission(language, code)).await;
        assert_eq!(graded.grading.verdict, Verdict::CompileError, "{language}: {graded:#?}");
    }
}

#[tokio::test]
async fn a_syntax_check_runs_nothing_and_passes_valid_programs() {
    let grader = grader(2).await;
    for (language, code) in [
        ("python", "import sys\nassert sys.argv == ['main.py']\nprint(sum(map(int, input().split())))"),
        (
            "javascript",
            "#!/usr/bin/env node\nconsole.log(require('fs').readFileSync(0, 'utf8').split(' ').map(Number).reduce((a, b) => a + b))",
        ),
        ("php", "<?php [$a, $b] = explode(' ', fgets(STDIN)); echo $a + $b;"),
        ("ruby", "puts gets.split.sum(&:to_i)\n__END__\n((("),
        ("perl", "my ($a, $b) = split ' ', <STDIN>; print $a + $b;\n__END__\n((("),
        ("lua", "#!/usr/bin/lua\nlocal a, b = io.read('n', 'n')\nprint(a + b)"),
    ] {
        let graded = grade(&grader, &streams(&SUM), &submission(language, code)).await;
        assert_eq!(graded.grading.verdict, Verdict::Accepted, "{language}: {graded:#?}");
        assert_eq!(graded.compile, None, "{language}");
    }
}

#[tokio::test]
async fn a_python_that_waits_checks_as_a_run_of_its_own_does() {
    let (waiting, fresh) = (grader_with_python(2).await, grader(2).await);
    let sum = "print(sum(map(int, input().split())))";
    let wrong =
        ["print(input()", "x = 1\n\n  y = 'é' + +", "f(a=1, 2)", "return", "# coding: nonsense", "x = 1\0"];
    let right =
        [sum, &format!("assert 1 is 1\n{sum}"), &format!("import re\nre.compile('\\d')\n{sum}"), "1 / 0"];
    for code in wrong.iter().chain(&right) {
        let submission = submission("python", code);
        let [one, other] = [
            grade(&waiting, &streams(&SUM), &submission).await,
            grade(&fresh, &streams(&SUM), &submission).await,
        ];
        let told = |graded: &GradeOutput| graded.compile.as_ref().map(|compile| compile.transcript.clone());
        assert_eq!(
            (one.grading.verdict, verdicts(&one), told(&one)),
            (other.grading.verdict, verdicts(&other), told(&other)),
            "{code}"
        );
        assert_eq!(one.grading.verdict == Verdict::CompileError, wrong.contains(code), "{code}: {one:#?}");
        let details = |graded: &GradeOutput| graded.grading.tests[0].details.clone();
        assert_eq!(details(&one), details(&other), "{code}");
    }
}

#[tokio::test]
async fn beside_a_driver_a_python_that_waits_checks_the_submission() {
    let grader = grader_with_python(2).await;
    let mut suite = streams(&SUM);
    let driver = file("main.py", "import sol\nprint(sol.add(*map(int, input().split())))");
    suite.included = vec![IncludedFile { language: Some(LanguageId::new("python")), file: driver }];
    for (code, expected) in
        [("def add(a, b): return a + b", Verdict::Accepted), ("def add(a, b: return", Verdict::CompileError)]
    {
        let mut submission = submission("python", code);
        submission.files[0].name = "sol.py".to_owned();
        let graded = grade(&grader, &suite, &submission).await;
        assert_eq!(graded.grading.verdict, expected, "{code}: {graded:#?}");
    }
}

#[tokio::test]
async fn a_program_whose_check_does_not_end_is_judged_by_its_tests() {
    let grader = grader(1).await;
    let graded = grade(&grader, &streams(&SUM), &submission("perl", "BEGIN { exit 3 } print 3;")).await;
    assert_eq!(verdicts(&graded), [Some(Verdict::RuntimeError)], "{graded:#?}");
}

#[tokio::test]
async fn every_out_of_memory_message_of_a_runtime_counts_as_the_memory_limit() {
    let grader = grader(2).await;
    let mut wrong = Vec::new();
    for (language, code) in [
        ("python", "print(len(bytearray(10 ** 15)))"),
        ("python", "a = []\nwhile True: a.append(bytes(1 << 20))"),
        ("javascript", "console.log(new ArrayBuffer(2 ** 45).byteLength)"),
        ("javascript", "const a = []; for (;;) a.push(new Array(100000).fill(1))"),
        ("typescript", "const a: number[][] = []; for (;;) a.push(new Array(100000).fill(1));"),
        ("php", "<?php $a = []; for (;;) $a[] = str_repeat('x', 1 << 20);"),
        ("php", "<?php ini_set('memory_limit', '16M'); $a = []; for (;;) $a[] = str_repeat('x', 1 << 20);"),
        ("ruby", "'x' * (1 << 50)"),
        ("perl", "my $a = 'x' x (1 << 50);"),
        ("lua", "local a = string.rep('x', 1 << 30)"),
        ("cpp", "#include <vector>\nint main() { std::vector<char> a(1ull << 46); return a[5]; }"),
        (
            "cpp",
            "#include <vector>\nint main() { std::vector<std::vector<char>> a; for (;;) a.emplace_back(1 << 20, 'x'); }",
        ),
        ("rust", "fn main() { let n = std::env::args().count() << 50; println!(\"{}\", vec![1u8; n][5]); }"),
        (
            "go",
            "package main\n\nfunc main() {\n\tvar all [][]byte\n\tfor {\n\t\tpiece := make([]byte, 1<<20)\n\t\tfor i := range piece {\n\t\t\tpiece[i] = 1\n\t\t}\n\t\tall = append(all, piece)\n\t}\n}\n",
        ),
        (
            "java",
            "import java.util.*; public class Main { public static void main(String[] a) { List<byte[]> l = new ArrayList<>(); while (true) l.add(new byte[1 << 20]); } }",
        ),
        (
            "java",
            "import java.util.*; public class Main { public static void main(String[] a) { List<Object> l = new ArrayList<>(); while (true) l.add(java.nio.ByteBuffer.allocateDirect(1 << 20)); } }",
        ),
    ] {
        let graded = grade(&grader, &streams(&SUM), &submission(language, code)).await;
        if verdicts(&graded) != [Some(Verdict::MemoryLimit)] {
            wrong.push((language, code, graded));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_heap_and_the_stack_of_java_follow_the_limit_of_memory() {
    let grader = grader(1).await;
    let heap = "public class Heap { public static void main(String[] a) { byte[][] all = new byte[480][]; \
        for (int i = 0; i < 480; i++) { all[i] = new byte[1 << 20]; java.util.Arrays.fill(all[i], (byte) 1); } System.out.println(3); } }";
    let deep = "public class Deep { static int f(int n) { return n == 0 ? 0 : 1 + f(n - 1); } \
        public static void main(String[] a) { f(900000); System.out.println(3); } }";
    for (code, memory, expected) in [
        (heap, 1024, Verdict::Accepted),
        (heap, 2048, Verdict::Accepted),
        (heap, 384, Verdict::MemoryLimit),
        (deep, 2048, Verdict::Accepted),
        (&deep.replace("900000", "90000000"), 384, Verdict::RuntimeError),
    ] {
        let mut submission = submission("java", code);
        let cpu = Duration::from_secs(5);
        submission.limits = Limits { memory: Bytes::mib(memory), cpu, ..submission.limits };
        let graded = grade(&grader, &streams(&SUM), &submission).await;
        assert_eq!(verdicts(&graded), [Some(expected)], "{memory} MiB: {graded:#?}");
    }
}

#[tokio::test]
async fn a_collector_works_harder_when_little_memory_is_left() {
    let grader = grader(1).await;
    let go = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tlive := make([][]byte, 80)\n\tfor i := 0; i < 2000; i++ {\n\t\tpiece := make([]byte, 1<<20)\n\t\tpiece[i] = 1\n\t\tfor j := 0; j < len(piece); j += 4096 {\n\t\t\tpiece[j] = 1\n\t\t}\n\t\tlive[i%80] = piece\n\t}\n\tfmt.Println(3)\n}\n";
    let javascript = "const live = []; for (let i = 0; i < 3000; i++) live[i % 60] = new Array(131072).fill(i);\nconsole.log(3)";
    for (language, code) in [("go", go), ("javascript", javascript)] {
        let mut submission = submission(language, code);
        submission.limits =
            Limits { memory: Bytes::mib(176), cpu: Duration::from_secs(9), ..submission.limits };
        let graded = grade(&grader, &streams(&SUM), &submission).await;
        assert_eq!(verdicts(&graded), [Some(Verdict::Accepted)], "{language}: {graded:#?}");
    }
}

/// The verdict on a call of `f(3)`, which should return 6.
async fn verdict_of_call(grader: &Grader, language: &str, code: &str) -> Option<Verdict> {
    let call = Call { function: "f".to_owned(), arguments: vec![Value::Int(3i64.into())], named: Vec::new() };
    let expected = CallResult::Value(Value::Int(6i64.into()));
    let test = TestCase { kind: TestKind::Call { call, expected }, ..TestCase::streams("1", "", "") };
    let suite = Suite::plain(JudgingStyle::Calls(CallRules::default()), vec![test]);
    let graded = grade(grader, &suite, &submission(language, code)).await;
    verdicts(&graded)[0]
}

#[tokio::test]
async fn a_function_that_ends_the_program_has_returned_nothing_in_every_language() {
    let grader = grader(2).await;
    for (language, code) in [
        ("python", "import sys\ndef f(x): sys.exit(CODE)"),
        ("javascript", "function f(x) { process.exit(CODE) }"),
        ("typescript", "export function f(x: number): number { process.exit(CODE) }"),
        ("ruby", "def f(x) exit CODE end"),
        ("php", "<?php function f($x) { exit(CODE); }"),
    ] {
        for (exit_code, expected) in [("0", Verdict::WrongAnswer), ("3", Verdict::RuntimeError)] {
            let verdict = verdict_of_call(&grader, language, &code.replace("CODE", exit_code)).await;
            assert_eq!(verdict, Some(expected), "{language} {exit_code}");
        }
    }
}

#[tokio::test]
async fn what_a_test_got_is_cut_between_letters() {
    let grader = grader(1).await;
    let graded = grade(&grader, &streams(&SUM), &submission("python", "print('€' * 100000)")).await;
    let got = &graded.grading.tests[0].details.actual;
    assert_eq!(got.as_text(), Some("€".repeat(4096 / 3).as_str()));
    assert_eq!(graded.compile.map(|outcome| outcome.ending), None::<Ending>);
}

#[tokio::test]
async fn a_prompt_in_a_wrong_answer_is_named() {
    let grader = grader(1).await;
    let code = "print(sum(map(int, input('Two numbers: ').split())))";
    let graded = grade(&grader, &streams(&SUM), &submission("python", code)).await;
    let message = graded.grading.tests[0].details.message.clone().unwrap_or_default();
    assert!(message.contains("\"Two numbers: \"") && message.contains("without a prompt"), "{message}");
}
