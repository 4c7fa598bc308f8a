//! Input and output, compared by us.

use std::time::Duration;

use model::{
    Bytes, Comparison, GroupMember, GroupRules, IncludedFile, JudgingStyle, LanguageId, Limits, Network,
    OnReject, SourceFile, Submission, Suite, TestFile, TestKind, Verdict, Visibility,
};
use tokio_util::sync::CancellationToken;
use worker::{GradeError, GradeOrder, NoTestData, RunControl};

use crate::hall::{Objects, cases, grade, grader, judge_with, streams, submission, verdicts};

const SUMS: [(&str, &str); 3] = [("1 2\n", "3\n"), ("10 20\n", "30\n"), ("-1 1\n", "0\n")];
const ADDS: &str = "print(sum(map(int, input().split())))";

#[tokio::test]
async fn each_way_to_fail_has_its_verdict_and_its_sentence() {
    let grader = grader(1).await;
    let suite = streams(&SUMS[..1]);
    for (code, verdict, told) in [
        (ADDS, Verdict::Accepted, None),
        ("print(4)", Verdict::WrongAnswer, Some("expected \"3\", got \"4\"")),
        ("while True: pass", Verdict::TimeLimit, Some("it used more than 1 s of CPU time.")),
        ("x = 'x' * 300_000_000\nprint(3)", Verdict::MemoryLimit, Some("it used more than 128 MiB")),
        ("while True: print('x' * 1000)", Verdict::OutputLimit, Some("it wrote more than 1 MiB.")),
        ("print(1 // 0)", Verdict::RuntimeError, Some("ZeroDivisionError")),
        ("print(3)\nexit(1)", Verdict::RuntimeError, Some("The program ended with exit code 1.")),
        (
            "import os\nprint(3, flush=True)\nos.kill(os.getpid(), 11)",
            Verdict::RuntimeError,
            Some("The program crashed (SIGSEGV)"),
        ),
    ] {
        let graded = grade(&grader, &suite, &submission("python", code)).await;
        let test = &graded.grading.tests[0];
        assert_eq!(test.verdict, Some(verdict), "{code}: {test:#?}");
        assert_eq!(graded.grading.verdict, verdict, "{code}");
        let message = test.details.message.as_deref().unwrap_or_default();
        assert!(told.is_none_or(|told| message.contains(told)), "{code}: {message}");
        let explanation = test.details.explanation.as_deref();
        assert!(explanation.is_none_or(|said| message.starts_with(said)), "{code}: {explanation:?}");
        assert_eq!(test.details.input.as_text(), Some("1 2\n"));
    }
}

#[tokio::test]
async fn a_program_is_compiled_once_and_run_on_each_test() {
    let grader = grader(1).await;
    let code = "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }";
    let graded = grade(&grader, &streams(&SUMS), &submission("cpp", code)).await;
    assert_eq!(graded.grading.verdict, Verdict::Accepted, "{graded:#?}");
    assert_eq!((graded.grading.passed, graded.grading.total), (3, 3));
    assert!(graded.compile.is_some_and(|outcome| outcome.is_success()));
    assert!(graded.toolchain.starts_with("g++"), "{}", graded.toolchain);
}

#[tokio::test]
async fn what_does_not_compile_is_run_on_no_test() {
    let grader = grader(1).await;
    let graded = grade(&grader, &streams(&SUMS), &submission("cpp", "int main() { return x; }")).await;
    assert_eq!(graded.grading.verdict, Verdict::CompileError);
    assert_eq!(verdicts(&graded), [None, None, None]);
    let said = graded.compile.expect("it was compiled").transcript;
    assert!(String::from_utf8_lossy(said.all_output()).contains("not declared"), "{said:?}");
}

#[tokio::test]
async fn no_test_finds_anything_of_the_one_before_it() {
    let grader = grader(1).await;
    let code = r#"
import os, subprocess, sys
left = [name for name in os.listdir(".") if name != "main.py"] + os.listdir("/tmp") + os.listdir("/dev/shm")
others = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())]
print("clean" if not left and not others else ("dirty", left, others))
open("left", "w").write("x"); open("/tmp/left", "w").write("x"); open("/dev/shm/left", "w").write("x")
open("main.py", "w").write("print('clean, they say')")
if os.fork() == 0:
    os.setsid()
    os.close(1)
    os.close(2)
    while True: pass
"#;
    let graded = grade(&grader, &streams(&[("", "clean"); 4]), &submission("python", code)).await;
    assert_eq!(graded.grading.verdict, Verdict::Accepted, "{:#?}", graded.grading.tests);
}

#[tokio::test]
async fn a_program_that_takes_the_sandbox_down_fails_its_test_and_no_other() {
    let grader = grader(1).await;
    let code = r"
import os
if input() == 'die':
    while True:
        try:
            os.fork()
            x = bytearray(1 << 22)
        except BaseException:
            pass
print('alive')
";
    let mut suite = streams(&[("live", "alive"), ("die", "alive"), ("live", "alive")]);
    suite.root.rules.on_reject = OnReject::Continue;
    let graded = grade(&grader, &suite, &submission("python", code)).await;
    let verdicts = verdicts(&graded);
    assert_eq!((verdicts[0], verdicts[2]), (Some(Verdict::Accepted), Some(Verdict::Accepted)), "{graded:#?}");
    let failures = [Verdict::RuntimeError, Verdict::MemoryLimit, Verdict::TimeLimit];
    assert!(verdicts[1].is_some_and(|verdict| failures.contains(&verdict)), "{verdicts:?}");
}

#[tokio::test]
async fn judging_stops_at_the_first_failure_where_that_is_asked_for() {
    let grader = grader(1).await;
    let mut suite = streams(&[("1 2", "3"), ("1 2", "4"), ("1 2", "3")]);
    suite.root.rules = GroupRules { on_reject: OnReject::Break, ..suite.root.rules };
    let graded = grade(&grader, &suite, &submission("python", ADDS)).await;
    assert_eq!(verdicts(&graded), [Some(Verdict::Accepted), Some(Verdict::WrongAnswer), None]);
    let mut heard = Vec::new();
    let stop = CancellationToken::new();
    let submission = submission("python", ADDS);
    let order = GradeOrder {
        suite: &suite,
        submission: &submission,
        data: &NoTestData,
        extent: worker::TestSelection::Deciding,
    };
    let control = RunControl { deadline: Duration::from_mins(1), stop: &stop };
    let mut told = |place, _: &_, ran: &judge::grading::TestRecord| heard.push((place, ran.verdict));
    grader.grade(&order, control, &mut told).await.expect("judges");
    assert_eq!(heard, [(0, Verdict::Accepted), (1, Verdict::WrongAnswer)]);
}

#[tokio::test]
async fn a_test_has_its_own_rules_arguments_and_files() {
    let grader = grader(1).await;
    let mut tests = cases(&[("", "A b"), ("", "a b")]);
    tests[0].args = vec!["A".into()];
    tests[0].comparison = Some(Comparison::Exact);
    tests[1].args = vec!["A".into()];
    for test in &mut tests {
        test.files = vec![
            TestFile { name: "data/more.txt".into(), content: "b".into() },
            TestFile { name: "main.py".into(), content: "print('not the program')".into() },
        ];
    }
    let suite = Suite::plain(JudgingStyle::Streams(Comparison::default()), tests);
    let code = "import sys\nprint(sys.argv[1], open('data/more.txt').read(), end='')";
    let graded = grade(&grader, &suite, &submission("python", code)).await;
    assert_eq!(graded.grading.verdict, Verdict::Accepted, "{:#?}", graded.grading.tests);
}

#[tokio::test]
async fn the_problem_adds_files_and_replaces_those_of_the_same_name() {
    let grader = grader(1).await;
    let mut suite = streams(&[("", "ours")]);
    let file = |content: &str| SourceFile { name: "helper.py".into(), content: content.into() };
    let included = |language: Option<&str>, content| IncludedFile {
        language: language.map(LanguageId::new),
        file: file(content),
    };
    suite.included = vec![included(None, "word = 'for others'"), included(Some("python"), "word = 'ours'")];
    let mut submission = submission("python", "import helper\nprint(helper.word)");
    submission.files.push(file("word = 'theirs'"));
    let graded = grade(&grader, &suite, &submission).await;
    assert_eq!(graded.grading.verdict, Verdict::Accepted, "{:#?}", graded.grading.tests);
}

#[tokio::test]
async fn large_inputs_and_answers_are_files_and_large_outputs_are_compared_as_they_come() {
    let grader = grader(1).await;
    let mut objects = Objects::default();
    let text: String = (0..400_000).map(|number| number.to_string() + " ").collect();
    let mut wrong = text.clone();
    wrong.push('x');
    let mut tests = cases(&[("", ""), ("", "")]);
    for (test, expected) in tests.iter_mut().zip([text.clone(), wrong]) {
        let (input, expected) = (objects.insert(text.clone().into()), objects.insert(expected.into()));
        test.kind = TestKind::Streams { input, expected };
    }
    let suite = Suite::plain(JudgingStyle::Streams(Comparison::default()), tests);
    let mut submission = submission("python", "import sys\nfor line in sys.stdin: print(line, end='')");
    submission.limits = Limits { output: Bytes::mib(8), ..submission.limits };
    let graded = judge_with(&grader, &suite, &submission, &objects).await.expect("judges");
    assert_eq!(verdicts(&graded), [Some(Verdict::Accepted), Some(Verdict::WrongAnswer)]);
    let message = graded.grading.tests[1].details.message.as_deref().unwrap_or_default();
    assert!(message.contains("ends too early, expected \"x\""), "{message}");
    assert!(graded.grading.tests[0].details.actual.len() <= judge::grading::MAX_EXCERPT.as_usize());
    let missing = judge_with(&grader, &suite, &submission, &NoTestData).await.expect_err("no data");
    assert!(matches!(missing, GradeError::Data(_)), "{missing}");
}

#[tokio::test]
async fn judging_ends_when_it_is_stopped_and_when_its_time_is_over() {
    let grader = grader(1).await;
    let suite = streams(&[("", ""); 50]);
    let submission = submission("python", "import time\ntime.sleep(1)");
    let order = GradeOrder {
        suite: &suite,
        submission: &submission,
        data: &NoTestData,
        extent: worker::TestSelection::Deciding,
    };
    let stop = CancellationToken::new();
    let control = |deadline| RunControl { deadline, stop: &stop };
    let late = grader.grade(&order, control(Duration::from_millis(1500)), &mut |_, _, _| {}).await;
    assert!(matches!(late, Err(GradeError::OutOfTime)), "{late:?}");
    let mut after_the_first = |_: usize, _: &_, _: &_| stop.cancel();
    let stopped = grader.grade(&order, control(Duration::from_mins(1)), &mut after_the_first).await;
    assert!(matches!(stopped, Err(GradeError::Stopped)), "{stopped:?}");
    // And the slot is free again.
    let quick = streams(&SUMS);
    let graded = grade(&grader, &quick, &crate::hall::submission("python", ADDS)).await;
    assert_eq!(graded.grading.verdict, Verdict::Accepted);
}

#[tokio::test]
async fn of_a_hidden_test_that_passed_nothing_is_kept_to_be_shown() {
    let grader = grader(1).await;
    let mut suite = streams(&[("1 2", "3"), ("1 2", "4")]);
    for member in &mut suite.root.members {
        if let GroupMember::Test(test) = member {
            test.visibility = Visibility::Hidden;
        }
    }
    let graded = grade(&grader, &suite, &submission("python", ADDS)).await;
    assert!(graded.grading.tests[0].details.input.is_empty());
    assert_eq!(graded.grading.tests[1].details.input.as_text(), Some("1 2"));
}

#[tokio::test]
async fn submissions_are_judged_side_by_side_in_their_own_sandboxes() {
    let grader = grader(3).await;
    let suite = streams(&SUMS);
    let right = submission("python", ADDS);
    let wrong = submission("python", "print(3)");
    let slow = submission("bash", "read a b; echo $((a + b))");
    let (right, wrong, slow) = tokio::join!(
        grade(&grader, &suite, &right),
        grade(&grader, &suite, &wrong),
        grade(&grader, &suite, &slow)
    );
    let passed = [&right, &wrong, &slow].map(|graded| graded.grading.passed);
    assert_eq!(passed, [3, 1, 3]);
}

/// The numbers are those of what is received: by programs before it none.
const COUNTS_PACKETS: &str = "import socket\n\
    lines = [line.split() for line in open('/proc/net/snmp') if line.startswith('Udp:')]\n\
    print(dict(zip(*lines))['InDatagrams'], input())\n\
    own = socket.socket(type=socket.SOCK_DGRAM)\nown.bind(('127.0.0.1', 8000))\n\
    for _ in range(5): own.sendto(b'x', ('127.0.0.1', 8000)), own.recv(1)";

#[tokio::test]
async fn each_test_of_a_program_that_talks_to_itself_has_a_network_of_its_own() {
    let suite = streams(&[("a", "0 a"), ("b", "0 b"), ("c", "0 c")]);
    let graded = grade(&grader(1).await, &suite, &submission("python", COUNTS_PACKETS)).await;
    assert_eq!(verdicts(&graded), [Some(Verdict::Accepted); 3], "{graded:?}");
}

#[tokio::test]
async fn a_program_that_asks_for_no_network_gets_none_in_any_test() {
    let suite = streams(&[("a", "0 a"), ("b", "0 b")]);
    let submission = Submission { network: Some(Network::None), ..submission("python", COUNTS_PACKETS) };
    let graded = grade(&grader(1).await, &suite, &submission).await;
    assert_eq!(verdicts(&graded)[0], Some(Verdict::RuntimeError), "{graded:?}");
}

#[tokio::test]
async fn tests_cannot_tell_each_other_anything_by_numbers_of_processes() {
    let code = "import os\nn = int(input())\nprint(os.getpid())\nfor _ in range(n):\n  if not (p := os.fork()): os._exit(0)\n  os.waitpid(p, 0)";
    let suite = streams(&[("20", "2"), ("7", "2"), ("0", "2")]);
    let graded = grade(&grader(1).await, &suite, &submission("python", code)).await;
    assert_eq!(verdicts(&graded), [Some(Verdict::Accepted); 3], "{graded:?}");
}
