//! Feedback folders: contents count as the package format says, however much a submission makes a validator write.

use model::{
    Bytes, Grading, GroupMember, JudgingStyle, ScoreRule, Scoring, Suite, TestScore, Validator,
    ValidatorScores, Verdict,
};
use worker::{FeedbackLimits, Grader, ValidatorLimits};

use crate::hall::{cases, grade, grader, submission, validator};

const LIMITS: FeedbackLimits = FeedbackLimits {
    next_pass: Bytes::kib(64),
    score: Bytes::kib(1),
    message: Bytes::kib(64),
    files: 20,
    files_total: Bytes::kib(64),
};

async fn grader_with_small_limits() -> Grader {
    grader(2).await.with_validators(ValidatorLimits { feedback: LIMITS, ..ValidatorLimits::default() })
}

/// A validator whose Python code finds the feedback folder as `folder`, and what the submission wrote as `said`.
fn judging(code: &str) -> Validator {
    let start = "import os, sys\nfolder = sys.argv[3]\nsaid = sys.stdin.read()\n\
                 def put(name, text): open(folder + name, 'w').write(text)\n\
                 def has(name): return os.path.exists(folder + name)\n";
    validator(&format!("{start}{code}"))
}

async fn grading_of_output(grader: &Grader, suite: &Suite, says: &str) -> Grading {
    grade(grader, suite, &submission("python", says)).await.grading
}

fn multi_pass(code: &str, passes: u32) -> Suite {
    let validator = Validator { passes, ..judging(code) };
    Suite::plain(JudgingStyle::Validated(validator), cases(&[("1\n", "1\n")]))
}

/// One test worth 100 points, of which the validator may give a share.
fn scoring(code: &str, passes: u32) -> Suite {
    let validator = Validator { passes, scores: ValidatorScores::Allowed, ..judging(code) };
    let mut suite = Suite::plain(JudgingStyle::Validated(validator), cases(&[("1\n", "1\n")]));
    suite.scoring = Scoring::MorePoints;
    suite.root.rules.score = ScoreRule::Sum;
    suite.root.rules.test_score = TestScore::Share;
    suite.root.rules.max_score = Some(100.0);
    assert!(matches!(suite.root.members[..], [GroupMember::Test(_)]));
    suite
}

fn message(grading: &Grading) -> &str {
    grading.tests[0].details.judge_message.as_deref().unwrap_or_default()
}

/// It asks for a second pass with all that was said, and accepts that only if nothing is said.
const PASSES_ON: &str = "
if has('state'): sys.exit(42 if not said.strip() else 43)
put('state', '1')
put('nextpass.in', said)
sys.exit(42)
";

#[tokio::test]
async fn another_pass_is_made_however_large_its_input_is() {
    let grader = grader_with_small_limits().await;
    let suite = multi_pass(PASSES_ON, 2);
    let exactly = LIMITS.next_pass.get() - 1;
    for (says, verdict) in [
        ("print('x')", Verdict::WrongAnswer),
        (&*format!("print('x' * {exactly})"), Verdict::WrongAnswer),
        ("print('x' * 100_000)", Verdict::JudgeError),
    ] {
        let grading = grading_of_output(&grader, &suite, says).await;
        assert_eq!(grading.verdict, verdict, "{says}: {}", message(&grading));
    }
    let grading = grading_of_output(&grader, &suite, "print('x' * 100_000)").await;
    assert!(message(&grading).contains("raise grading.validators.next_pass_bytes"), "{}", message(&grading));
}

#[tokio::test]
async fn another_pass_runs_despite_other_files_before_its_input() {
    let code = "
if has('state'): sys.exit(43)
for number, line in enumerate(said.split()): put(f'log{number}', line)
put('state', '1')
put('nextpass.in', '2')
sys.exit(42)
";
    let grader = grader_with_small_limits().await;
    let suite = multi_pass(code, 2);
    for (says, verdict, told) in [
        ("print('x ' * 10)", Verdict::WrongAnswer, ""),
        ("print('x ' * 100)", Verdict::JudgeError, "feedback_files"),
        ("print('x' * 66_000)", Verdict::JudgeError, "feedback_bytes"),
    ] {
        let grading = grading_of_output(&grader, &suite, says).await;
        assert_eq!(grading.verdict, verdict, "{says}: {}", message(&grading));
        assert!(message(&grading).contains(told), "{}", message(&grading));
    }
}

#[tokio::test]
async fn a_share_of_the_points_counts_however_much_is_left_beside_it() {
    let code = "
for number, line in enumerate(said.split()): put(f'case{number}.log', line)
put('copy.txt', said)
put('score_multiplier.txt', '0.01')
sys.exit(42)
";
    let grader = grader_with_small_limits().await;
    for (says, verdict, score) in [
        ("print('x')", Verdict::Partial, 1.0),
        ("print('x ' * 15)", Verdict::Partial, 1.0),
        ("print('x ' * 100)", Verdict::JudgeError, 0.0),
        ("print('x' * 70_000)", Verdict::JudgeError, 0.0),
    ] {
        let grading = grading_of_output(&grader, &scoring(code, 1), says).await;
        assert_eq!(grading.verdict, verdict, "{says}: {}", message(&grading));
        assert!((grading.score - score).abs() < 1e-9, "{says}: {}", grading.score);
    }
}

#[tokio::test]
async fn what_is_no_plain_file_there_is_a_judge_error_and_never_passed_over() {
    let grader = grader_with_small_limits().await;
    for (left, told) in [
        ("os.symlink(os.path.abspath(sys.argv[1]), folder + 'nextpass.in')", "nextpass.in"),
        ("os.symlink('/etc/passwd', folder + 'other')", "other"),
        ("os.mkfifo(folder + 'pipe')", "pipe"),
        ("os.mkdir(folder + 'score_multiplier.txt')", "score_multiplier.txt"),
        ("open(folder + '\\x01', 'w')", "no plain text"),
        ("os.rmdir(folder)", "the feedback folder"),
    ] {
        for code in [42, 43] {
            let suite = multi_pass(&format!("{left}\nsys.exit({code})"), 2);
            let grading = grading_of_output(&grader, &suite, "print(1)").await;
            assert_eq!(grading.verdict, Verdict::JudgeError, "{left}: {}", message(&grading));
            assert!(message(&grading).contains(told), "{left}: {}", message(&grading));
        }
    }
}

#[tokio::test]
async fn a_file_that_no_pass_changes_is_there_in_all_of_them() {
    let code = "
number = int(open(folder + 'pass').read()) + 1 if has('pass') else 1
put('pass', str(number))
there = sorted(os.listdir(folder))
if number == 1:
    assert there == ['pass'], there
    put('secret', 's')
    os.makedirs(folder + 'state/empty')
    os.chmod(folder + 'secret', 0o755)
elif there != ['pass', 'secret', 'state'] or not has('state/empty') or not os.access(folder + 'secret', os.X_OK):
    sys.exit(43)
if number < 4: put('nextpass.in', 'x')
sys.exit(42)
";
    let grading =
        grading_of_output(&grader_with_small_limits().await, &multi_pass(code, 4), "print(1)").await;
    assert_eq!(grading.verdict, Verdict::Accepted, "{}", message(&grading));
}

#[tokio::test]
async fn a_first_pass_that_was_wrong_is_still_wrong_in_the_last() {
    let code = "
number = int(open(folder + 'pass').read()) + 1 if has('pass') else 1
put('pass', str(number))
if number == 1 and said.strip() != 'ok': put('failed', 'in the first pass')
if number < 3:
    put('nextpass.in', 'x')
    sys.exit(42)
sys.exit(43 if has('failed') else 42)
";
    let grader = grader_with_small_limits().await;
    for (says, verdict) in [("print('no')", Verdict::WrongAnswer), ("print('ok')", Verdict::Accepted)] {
        let grading = grading_of_output(&grader, &multi_pass(code, 3), says).await;
        assert_eq!(grading.verdict, verdict, "{says}: {}", message(&grading));
    }
}

#[tokio::test]
async fn a_share_that_an_earlier_pass_gave_or_that_is_given_again_counts() {
    let grader = grader_with_small_limits().await;
    for give in ["if not has('pass'): ", ""] {
        let code = format!(
            "{give}put('score_multiplier.txt', '0.01')\n\
             if not has('pass'): put('nextpass.in', 'x')\n\
             put('pass', '1')\nsys.exit(42)"
        );
        let grading = grading_of_output(&grader, &scoring(&code, 2), "print(1)").await;
        assert_eq!(grading.verdict, Verdict::Partial, "{give}: {}", message(&grading));
        assert!((grading.score - 1.0).abs() < 1e-9, "{give}: {}", grading.score);
    }
}

#[tokio::test]
async fn an_interactor_asks_for_another_pass_however_much_it_has_noted() {
    let code = "
import os, sys
folder = sys.argv[3]
def put(name, text): open(folder + name, 'w').write(text)
if os.path.exists(folder + 'state'): sys.exit(43)
put('state', '1')
for number, line in enumerate(sys.stdin): put(f'log{number}', line)
put('nextpass.in', '2')
sys.exit(42)
";
    let grader = grader_with_small_limits().await;
    let interactor = Validator { passes: 2, ..validator(code) };
    let suite = Suite::plain(JudgingStyle::Interactive(interactor), cases(&[("1\n", "1\n")]));
    for (says, verdict) in
        [("print(1)", Verdict::WrongAnswer), ("for n in range(300): print(n)", Verdict::JudgeError)]
    {
        let grading = grading_of_output(&grader, &suite, says).await;
        assert_eq!(grading.verdict, verdict, "{says}: {}", message(&grading));
    }
}
