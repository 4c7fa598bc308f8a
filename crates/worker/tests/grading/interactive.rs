//! Interactive problems: every way in which a conversation can end.

use std::time::{Duration, Instant};

use model::{JudgingStyle, Suite, TestResult, Validator, Verdict};
use worker::Grader;

use crate::hall::{cases, grade, grader, submission, validator};

/// The validator holds a number; the submission guesses and is told `higher`, `lower` or `right`.
const GUESSING: &str = r#"
import sys

secret = int(open(sys.argv[1]).read())
for _ in range(10):
    line = sys.stdin.readline()
    if not line.strip().isdigit():
        sys.exit(43)
    guess = int(line)
    if guess == secret:
        print("right", flush=True)
        sys.exit(42)
    print("higher" if guess < secret else "lower", flush=True)
sys.exit(43)
"#;

const GUESSES: &str = r#"
low, high = 1, 100
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    said = input()
    if said == "right":
        break
    low, high = (middle + 1, high) if said == "higher" else (low, middle - 1)
"#;

async fn verdicts(validator_code: &str, endings: &[(&str, Verdict)]) {
    let grader = grader(2).await;
    let suite = Suite::plain(JudgingStyle::Interactive(validator(validator_code)), cases(&[("77", "")]));
    for (code, verdict) in endings {
        let graded = grade(&grader, &suite, &submission("python", code)).await;
        assert_eq!(graded.grading.verdict, *verdict, "{code}: {:#?}", graded.grading.tests);
    }
}

#[tokio::test]
async fn a_conversation_is_judged_by_the_validator() {
    verdicts(
        GUESSING,
        &[
            (GUESSES, Verdict::Accepted),
            // Says nothing and goes.
            ("", Verdict::WrongAnswer),
            // Guesses until the validator has had enough, and is cut off.
            ("while True:\n    print(1, flush=True)\n    input()", Verdict::WrongAnswer),
            // Input that the validator rejects.
            ("print('what?', flush=True)\ninput()", Verdict::WrongAnswer),
            // Closes its output and waits.
            ("import os\nos.close(1)\ninput()", Verdict::WrongAnswer),
            // Guesses right, and fails afterwards.
            ("print(77, flush=True)\ninput()\nexit(3)", Verdict::RuntimeError),
            // Guesses right, and does not end.
            ("print(77, flush=True)\nwhile True: pass", Verdict::TimeLimit),
            // Guesses right, and does not wait for the answer.
            ("print(77, flush=True)", Verdict::Accepted),
            // Fails before it has said anything.
            ("print(1 // 0)", Verdict::RuntimeError),
            // Uses up its memory.
            ("x = bytearray(1 << 30)", Verdict::MemoryLimit),
        ],
    )
    .await;
}

/// Programs that read what the validator never says, each in its usual way.
const WAIT_FOR_INPUT: &[(&str, &str)] = &[
    ("python", "input()"),
    ("cpp", "#include <iostream>\nint main() { std::string said; std::cin >> said; }"),
    // Its output stays in its buffer.
    ("c", "#include <stdio.h>\nint main(void) { printf(\"50\\n\"); int said; return scanf(\"%d\", &said); }"),
    (
        "java",
        "public class Main { public static void main(String[] a) throws Exception { System.in.read(); } }",
    ),
    (
        "java",
        "import java.util.Scanner;\npublic class Main { public static void main(String[] a) { new Scanner(System.in).next(); } }",
    ),
    // It waits for a child that waits for input.
    ("bash", "cat"),
    ("python", "import subprocess\nsubprocess.run(['cat'])"),
];

/// Judges one test with a wall limit of half a minute, and measures the duration.
async fn judge_on_a_long_clock(
    grader: &Grader,
    validator_code: &str,
    (language, code): (&str, &str),
) -> (TestResult, Duration) {
    let suite = Suite::plain(JudgingStyle::Interactive(validator(validator_code)), cases(&[("77", "")]));
    let mut submission = submission(language, code);
    submission.limits.wall = Duration::from_secs(30);
    let began = Instant::now();
    let mut graded = grade(grader, &suite, &submission).await;
    (graded.grading.tests.remove(0), began.elapsed())
}

#[tokio::test]
async fn two_that_wait_for_each_other_end_at_once() {
    let grader = grader(2).await;
    for (language, code) in WAIT_FOR_INPUT {
        let (result, took) = judge_on_a_long_clock(&grader, GUESSING, (language, code)).await;
        assert_eq!(result.verdict, Some(Verdict::TimeLimit), "{language} {code}: {result:#?}");
        // Most of this is compiling.
        assert!(took < Duration::from_secs(10), "{language} {code}: {took:?}");
        let message = result.details.message.as_deref().unwrap_or_default();
        assert!(message.contains("the validator waits for output from it"), "{message}");
    }
}

#[tokio::test]
async fn two_that_wait_for_each_other_after_some_words_end_at_once() {
    let grader = grader(2).await;
    let reads_twice = "print(1, flush=True)\ninput()\ninput()";
    let (result, took) = judge_on_a_long_clock(&grader, GUESSING, ("python", reads_twice)).await;
    assert_eq!(result.verdict, Some(Verdict::TimeLimit), "{result:#?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn a_validator_in_cpp_that_waits_is_seen_too() {
    let grader = grader(2).await;
    let waits = "#include <iostream>\nint main() { std::string said; std::cin >> said; return 43; }";
    let validator = Validator {
        language: model::LanguageId::new("cpp"),
        files: vec![model::SourceFile { name: "validate.cpp".into(), content: waits.into() }],
        ..validator("")
    };
    let suite = Suite::plain(JudgingStyle::Interactive(validator), cases(&[("77", "")]));
    let mut silent = submission("python", "input()");
    silent.limits.wall = Duration::from_secs(30);
    let began = Instant::now();
    let graded = grade(&grader, &suite, &silent).await;
    assert_eq!(graded.grading.verdict, Verdict::TimeLimit, "{:#?}", graded.grading.tests);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

/// Programs that go on by themselves after half a second without a word.
const GO_ON_BY_THEMSELVES: &[(&str, &str)] = &[
    ("python", "import time\ntime.sleep(0.5)\nprint(77, flush=True)\ninput()"),
    // It waits for a child that sleeps.
    ("python", "import subprocess\nsubprocess.run(['sleep', '0.5'])\nprint(77, flush=True)\ninput()"),
    ("bash", "sleep 0.5\necho 77\nread answer"),
    // A child speaks while the program reads.
    ("bash", "(sleep 0.5; echo 77) &\nread answer"),
    // A thread of it speaks while another reads.
    (
        "python",
        "import threading, time\ndef speak():\n    time.sleep(0.5)\n    print(77, flush=True)\nthreading.Thread(target=speak).start()\ninput()",
    ),
    (
        "java",
        "public class Main { public static void main(String[] a) throws Exception { new Thread(() -> { try { Thread.sleep(500); } catch (InterruptedException e) {} System.out.println(77); }).start(); System.in.read(); } }",
    ),
    // An alarm wakes it while it reads.
    (
        "python",
        "import signal\nsignal.signal(signal.SIGALRM, lambda *_: print(77, flush=True))\nsignal.setitimer(signal.ITIMER_REAL, 0.5)\ninput()",
    ),
    (
        "c",
        "#include <signal.h>\n#include <time.h>\n#include <unistd.h>\nvoid speak(int s) { (void)!write(1, \"77\\n\", 3); }\nint main(void) { struct sigaction a = { .sa_handler = speak, .sa_flags = SA_RESTART }; sigaction(SIGUSR1, &a, 0); struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 }; timer_t t; timer_create(CLOCK_MONOTONIC, &e, &t); struct itimerspec s = { .it_value = { 0, 500000000 } }; timer_settime(t, 0, &s, 0); char c; return read(0, &c, 1) < 0; }",
    ),
    // It computes, and reads nothing.
    (
        "python",
        "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\nprint(77, flush=True)\ninput()",
    ),
];

#[tokio::test]
async fn a_program_that_goes_on_by_itself_is_not_ended() {
    let grader = grader(2).await;
    for (language, code) in GO_ON_BY_THEMSELVES {
        let (result, _) = judge_on_a_long_clock(&grader, GUESSING, (language, code)).await;
        assert_eq!(result.verdict, Some(Verdict::Accepted), "{language} {code}: {result:#?}");
    }
}

#[tokio::test]
async fn a_validator_that_gives_up_by_itself_has_the_word() {
    let grader = grader(2).await;
    let gives_up = "import signal, sys\nsignal.signal(signal.SIGALRM, lambda *_: sys.exit(43))\nsignal.setitimer(signal.ITIMER_REAL, 0.5)\nsys.stdin.readline()\nsys.exit(42)";
    let sleeps = "import sys, time\ntime.sleep(0.5)\nprint('now', flush=True)\nsys.exit(42 if sys.stdin.readline() == 'now\\n' else 43)";
    let (result, _) = judge_on_a_long_clock(&grader, gives_up, ("python", "input()")).await;
    assert_eq!(result.verdict, Some(Verdict::WrongAnswer), "{result:#?}");
    let (result, _) = judge_on_a_long_clock(&grader, sleeps, ("python", "print(input())")).await;
    assert_eq!(result.verdict, Some(Verdict::Accepted), "{result:#?}");
}

#[tokio::test]
async fn two_that_wait_in_a_way_that_cannot_be_seen_end_by_the_submissions_clock() {
    // The validator's own clock is longer.
    let grader = grader(2).await;
    let suite = Suite::plain(JudgingStyle::Interactive(validator(GUESSING)), cases(&[("77", "")]));
    let mut silent = submission("python", "import select, sys\nselect.select([sys.stdin], [], [])");
    silent.limits.wall = Duration::from_secs(1);
    let graded = grade(&grader, &suite, &silent).await;
    assert_eq!(graded.grading.verdict, Verdict::TimeLimit, "{:#?}", graded.grading.tests);
}

#[tokio::test]
async fn a_submission_that_floods_a_validator_is_held_up_and_not_believed() {
    let counts = "import sys\nread = len(sys.stdin.read())\nsys.exit(42 if read == 1_000_000 else 43)";
    verdicts(
        counts,
        &[
            ("print('x' * 999_999)", Verdict::Accepted),
            ("print('x' * 99_999)", Verdict::WrongAnswer),
            ("while True: print('x' * 10_000)", Verdict::OutputLimit),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_validator_that_goes_without_listening_breaks_the_pipe() {
    // Not a failure of the submission, whatever it dies of.
    verdicts(
        "raise SystemExit(43)",
        &[(
            "import time\nwhile True:\n    print('x', flush=True)\n    time.sleep(0.01)",
            Verdict::WrongAnswer,
        )],
    )
    .await;
    let c = "#include <stdio.h>\nint main() { for (;;) { puts(\"x\"); fflush(stdout); } }";
    let grader = grader(2).await;
    let suite =
        Suite::plain(JudgingStyle::Interactive(validator("raise SystemExit(42)")), cases(&[("", "")]));
    let graded = grade(&grader, &suite, &submission("c", c)).await;
    assert_eq!(graded.grading.verdict, Verdict::Accepted, "a broken pipe is none of its doing: {graded:#?}");
}

/// Says the right thing and goes on for twice the limit of output, in many languages; each tells of a broken pipe in its own way.
const TALKS_ON: &[(&str, &str)] = &[
    ("python", "print('right', flush=True)\nfor i in range(20000): print('x' * 100)"),
    (
        "cpp",
        "#include <iostream>\nint main() { std::cout << \"right\" << std::endl; for (int i = 0; i < 20000; i++) std::cout << std::string(100, 'x') << std::endl; }",
    ),
    (
        "c",
        "#include <stdio.h>\nint main(void) { puts(\"right\"); fflush(stdout); for (int i = 0; i < 200000; i++) puts(\"xxxxxxxxxx\"); }",
    ),
    (
        "javascript",
        "console.log('right'); const s = 'x'.repeat(100) + '\\n'; for (let i = 0; i < 20000; i++) process.stdout.write(s);",
    ),
    ("ruby", "puts 'right'; $stdout.flush; 20000.times { puts 'x' * 100 }"),
    ("php", "<?php echo \"right\\n\"; for ($i = 0; $i < 20000; $i++) echo str_repeat('x', 100), \"\\n\";"),
    ("perl", "$| = 1; print \"right\\n\"; print 'x' x 100, \"\\n\" for 1 .. 20000;"),
    ("lua", "print('right') io.stdout:flush() for i = 1, 20000 do print(string.rep('x', 100)) end"),
    (
        "bash",
        "echo right; printf 'x%.0s' {1..100} >/dev/null; for i in {1..40000}; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
    ),
];

#[tokio::test]
async fn a_submission_that_talks_on_to_a_validator_that_has_accepted_is_accepted_in_every_language() {
    let grader = grader(2).await;
    let goes_at_once = "import sys\nsys.exit(42 if sys.stdin.readline() == 'right\\n' else 43)";
    // It has time to overrun its limit of output, if nothing holds it up.
    let lingers = "import sys, time\nright = sys.stdin.buffer.raw.readline() == b'right\\n'\ntime.sleep(0.3)\nsys.exit(42 if right else 43)";
    let closes = "import os, sys, time\nright = sys.stdin.buffer.raw.readline() == b'right\\n'\nos.close(0)\ntime.sleep(0.3)\nsys.exit(42 if right else 43)";
    let mut wrong = Vec::new();
    for code in [goes_at_once, lingers, closes] {
        let suite = Suite::plain(JudgingStyle::Interactive(validator(code)), cases(&[("", "")]));
        for (language, talks) in TALKS_ON {
            let graded = grade(&grader, &suite, &submission(language, talks)).await;
            if graded.grading.verdict != Verdict::Accepted {
                wrong.push((language, code, graded));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_validator_that_speaks_to_one_that_has_gone_does_not_fail_for_it() {
    let talkative =
        "import sys\nsys.stdin.read()\nfor _ in range(1000): print('x' * 1000, flush=True)\nsys.exit(42)";
    verdicts(talkative, &[("print(1)", Verdict::Accepted)]).await;
}

#[tokio::test]
async fn a_validator_that_fails_is_our_error() {
    verdicts("print(1 // 0)", &[(GUESSES, Verdict::JudgeError)]).await;
    verdicts("import os; os.kill(os.getpid(), 9)", &[(GUESSES, Verdict::JudgeError)]).await;
    // One that fails for a submission that was gone too early fails all the same: it must understand the end of its input.
    verdicts("import sys\nint(input())\nsys.exit(42)", &[("", Verdict::JudgeError)]).await;
    // But one that never ends while the submission has used up its time did nothing wrong.
    verdicts("import sys\nsys.stdin.read()\nint('x')", &[("while True: pass", Verdict::TimeLimit)]).await;
}

#[tokio::test]
async fn input_and_conversation_may_go_on_in_further_passes() {
    let relay = r#"
import os, sys

secret = int(open(sys.argv[1]).read())
print("pass", flush=True)
if input() != str(secret):
    sys.exit(43)
if secret < 79:
    open(sys.argv[3] + "nextpass.in", "w").write(str(secret + 1))
sys.exit(42)
"#;
    let grader = grader(2).await;
    let mut three = validator(relay);
    three.passes = 3;
    let suite = Suite::plain(JudgingStyle::Interactive(three), cases(&[("77", "")]));
    // Each pass is a new program: it cannot count them.
    let graded = grade(&grader, &suite, &submission("python", "input()\nprint(77)")).await;
    assert_eq!(graded.grading.verdict, Verdict::WrongAnswer, "{graded:#?}");
}

#[tokio::test]
async fn a_long_conversation_loses_nothing() {
    let echo = r"
import sys

for number in range(500):
    print(number, flush=True)
    if sys.stdin.readline() != f'{number}\n':
        sys.exit(43)
sys.exit(42)
";
    verdicts(
        echo,
        &[("import sys\nfor line in sys.stdin:\n    print(line, end='', flush=True)", Verdict::Accepted)],
    )
    .await;
}
