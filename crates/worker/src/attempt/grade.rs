//! Attempt at a grading: fetches the suite, judges, and builds the result to record.
//!
//! While it goes on, the job's followers are told of each public test whether it passed, and nothing else: not what the program
//! wrote, since a program can write what it was given. Of hidden tests they are told when all have been judged: a program can also
//! take as long as its input says.

use judge::suite_run::{Step, SuiteRun, TestJudgement};
use model::{
    Artifacts, AttemptTimestamps, Bytes, Completion, Fault, Grading, Job, JobEvent, JudgingStyle, Report,
    Suite, SuiteRef, TestCase, TestDetails, TestResult, Timestamp, ValidatorScores, Verdict, Visibility,
};
use tokio::sync::mpsc;

use super::{error::AttemptError, result::AttemptResult};
use crate::{
    GradeError, GradeOrder, GradeOutput, RunControl, RunError, output::Publisher, redaction::redact_included,
    shared::Shared,
};

/// Message for tests that took too long together, without the program being at fault.
const OUT_OF_TIME: &str = "The tests of this problem took longer together than a grading may take on this server, though the \
    program was not too slow in any of them. Tell whoever runs it: grading.max_seconds is too low, or the problem has too \
    many tests.";

/// A test that was judged.
type Judgement = judge::grading::TestRecord;

/// Judges the job's submission; what to record, and the publisher of its events.
pub(super) async fn judge_submission(
    shared: &Shared,
    job: &Job,
    by: &SuiteRef,
    control: RunControl<'_>,
    publisher: Publisher,
) -> Result<AttemptResult, AttemptError> {
    let (events, incoming) = mpsc::unbounded_channel();
    let publishing = tokio::spawn(publisher.publish_each(incoming));
    let mut so_far = Vec::new();
    let mut of_hidden_tests = Vec::new();
    let mut told = |place: usize, test: &TestCase, ran: &Judgement| {
        let (passed, visibility) = (ran.verdict.is_accepted(), test.visibility);
        let event = JobEvent::Test { index: place as u64, passed, visibility };
        match visibility {
            // The receiver only goes away with the whole process.
            Visibility::Public => drop(events.send(event)),
            Visibility::Hidden => of_hidden_tests.push(event),
        }
        so_far.push((place, ran.clone()));
    };
    let completion = match shared.test_data.suite(by.suite).await {
        Err(error) => Err(error.into()),
        Ok(suite) => {
            let order = GradeOrder {
                suite: &suite,
                submission: &job.submission,
                data: &shared.test_data,
                extent: crate::TestSelection::Deciding,
            };
            let graded = shared.grader.grade(&order, control, &mut told).await;
            let ended = CompletionContext {
                job,
                suite: &suite,
                toolchain: toolchain(shared, job),
                max_details: shared.max_details,
            };
            ended.completion(graded, so_far)
        }
    };
    for event in of_hidden_tests {
        let _gone = events.send(event);
    }
    drop(events);
    let timestamps = AttemptTimestamps { ran: Some(Timestamp::now()), ..AttemptTimestamps::default() };
    Ok(AttemptResult { completion, files: Vec::new(), publisher: publishing.await?, timestamps })
}

/// The toolchain as it names itself.
fn toolchain(shared: &Shared, job: &Job) -> String {
    let language = shared.grader.runner().languages().find(job.submission.language.as_str());
    let toolchain = language.and_then(languages::Language::toolchain);
    toolchain.map(|toolchain| toolchain.description.clone()).unwrap_or_default()
}

/// A grading that has ended, one way or another.
struct CompletionContext<'a> {
    job: &'a Job,
    suite: &'a Suite,
    toolchain: String,
    max_details: Bytes,
}

impl CompletionContext<'_> {
    /// The completion to record.
    fn completion(
        self,
        graded: Result<GradeOutput, GradeError>,
        so_far: Vec<(usize, Judgement)>,
    ) -> Result<Completion, AttemptError> {
        let graded = match graded {
            Ok(graded) => graded,
            Err(GradeError::Stopped) => return Ok(Completion::Cancelled(None)),
            Err(GradeError::OutOfTime) => match too_slow(self.suite, so_far) {
                Some(grading) => GradeOutput { toolchain: self.toolchain.clone(), compile: None, grading },
                None => return Ok(Completion::Failed(Fault::new(OUT_OF_TIME))),
            },
            // Trying again on the same worker would not help.
            Err(error @ (GradeError::Run(RunError::Unavailable { .. }) | GradeError::NoCalls(_))) => {
                return Ok(Completion::Failed(Fault::new(error.to_string())));
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Completion::Completed(self.report(graded)))
    }

    fn report(&self, graded: GradeOutput) -> Report {
        let GradeOutput { toolchain, compile, mut grading } = graded;
        add_hints(&mut grading.tests, self.suite);
        cap_shown(&mut grading.tests, self.max_details);
        let compile =
            compile.map(|outcome| redact_included(outcome, &self.suite.included, &self.job.submission.files));
        Report { toolchain, compile, run: None, artifacts: Artifacts::default(), grading: Some(grading) }
    }
}

/// The grading of a program that was too slow in one test when the time for the whole grading ran out. The tests that were not run
/// count as too slow, too. `None` if no test was too slow, since then the program is not at fault, and `None` if a validator gives
/// the points, since they are unknown for tests that were not run.
fn too_slow(suite: &Suite, so_far: Vec<(usize, Judgement)>) -> Option<Grading> {
    let scores = match &suite.style {
        JudgingStyle::Streams(_) | JudgingStyle::Calls(_) => ValidatorScores::Never,
        JudgingStyle::Validated(validator) | JudgingStyle::Interactive(validator) => validator.scores,
    };
    let was_slow = so_far.iter().any(|(_, ran)| ran.verdict == Verdict::TimeLimit);
    if !was_slow || scores != ValidatorScores::Never {
        return None;
    }
    let mut run = SuiteRun::new(suite);
    let mut ran = vec![None; suite.tests().count()];
    for (place, one) in so_far {
        run.record(place, TestJudgement::new(one.verdict));
        if let Some(slot) = ran.get_mut(place) {
            *slot = Some(one);
        }
    }
    loop {
        match run.next_step() {
            Step::Run(place) => run.record(place, TestJudgement::new(Verdict::TimeLimit)),
            Step::Done(scored) => {
                return Some(judge::grading::build_grading(suite.digest(), &run, scored, ran));
            }
        }
    }
}

/// Hints go with the public tests that were failed.
fn add_hints(tests: &mut [TestResult], suite: &Suite) {
    for (result, test) in tests.iter_mut().zip(suite.tests()) {
        let failed = result.verdict.is_some_and(|verdict| !verdict.is_accepted());
        if failed && result.visibility == Visibility::Public {
            result.details.hint.clone_from(&test.hint);
        }
    }
}

/// Keeps so much of what people look at: of public tests first, each in its order. A record is read as a whole, however many tests
/// a problem has.
fn cap_shown(tests: &mut [TestResult], most: Bytes) {
    let mut left = most.get();
    for visibility in [Visibility::Public, Visibility::Hidden] {
        for test in tests.iter_mut().filter(|test| test.visibility == visibility) {
            let size = size(&test.details);
            if size > left {
                test.details = TestDetails::default();
            } else {
                left -= size;
            }
        }
    }
}

fn size(shown: &TestDetails) -> u64 {
    let contents = [&shown.input, &shown.expected, &shown.actual].map(model::Content::len);
    let texts = [
        &shown.message,
        &shown.explanation,
        &shown.diff,
        &shown.hint,
        &shown.team_message,
        &shown.judge_message,
    ];
    let texts = texts.map(|text| text.as_ref().map_or(0, String::len));
    contents.iter().chain(&texts).sum::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Comparison, Usage};

    use super::*;

    fn judgement(verdict: Verdict) -> Judgement {
        let usage = Usage { cpu: Duration::from_secs(2), ..Usage::default() };
        Judgement { verdict, usage, shown: TestDetails { actual: "x".into(), ..TestDetails::default() } }
    }

    fn suite() -> Suite {
        let case = |name: &str| {
            let hint = Some(format!("hint {name}"));
            TestCase { hint, ..TestCase::streams(name, "in", "out") }
        };
        let tests = vec![case("1"), case("2"), case("3").hidden(), case("4").hidden()];
        Suite::plain(JudgingStyle::Streams(Comparison::default()), tests)
    }

    #[test]
    fn a_program_that_was_too_slow_is_judged_though_time_ran_out() {
        let grading =
            too_slow(&suite(), vec![(0, judgement(Verdict::Accepted)), (1, judgement(Verdict::TimeLimit))])
                .expect("is judged");
        assert_eq!((grading.verdict, grading.passed, grading.total), (Verdict::TimeLimit, 1, 4));
        let verdicts: Vec<_> = grading.tests.iter().map(|test| test.verdict).collect();
        assert_eq!(verdicts, [Some(Verdict::Accepted), Some(Verdict::TimeLimit), None, None]);
    }

    #[test]
    fn a_program_that_was_in_time_everywhere_is_not_called_too_slow() {
        assert_eq!(
            too_slow(&suite(), vec![(0, judgement(Verdict::Accepted)), (1, judgement(Verdict::WrongAnswer))]),
            None
        );
        assert_eq!(too_slow(&suite(), Vec::new()), None);
    }

    #[test]
    fn hints_go_with_public_tests_that_were_failed() {
        let suite = suite();
        let mut grading =
            too_slow(&suite, vec![(0, judgement(Verdict::Accepted)), (1, judgement(Verdict::TimeLimit))])
                .expect("is judged");
        grading.tests[2].verdict = Some(Verdict::WrongAnswer);
        add_hints(&mut grading.tests, &suite);
        let hints: Vec<_> = grading.tests.iter().map(|test| test.details.hint.as_deref()).collect();
        assert_eq!(hints, [None, Some("hint 2"), None, None]);
    }

    #[test]
    fn what_is_shown_is_capped_and_public_tests_come_first() {
        let result = |visibility, bytes: usize| TestResult {
            name: String::new(),
            visibility,
            verdict: Some(Verdict::WrongAnswer),
            score: None,
            usage: None,
            details: TestDetails { actual: vec![b'x'; bytes].into(), ..TestDetails::default() },
        };
        let (hidden, public) = (Visibility::Hidden, Visibility::Public);
        let mut tests = vec![result(hidden, 60), result(public, 50), result(public, 60), result(hidden, 40)];
        cap_shown(&mut tests, Bytes(100));
        let kept: Vec<_> = tests.iter().map(|test| test.details.actual.len()).collect();
        assert_eq!(kept, [0, 50, 0, 40]);
        assert!(tests.iter().all(|test| test.verdict == Some(Verdict::WrongAnswer)));
    }
}
