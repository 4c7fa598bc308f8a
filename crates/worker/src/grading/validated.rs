//! Tests with an output validator, which reads the output of the submission.

use std::{
    fs::File,
    io::{self, Write},
    sync::Arc,
};

use judge::{
    grading::TestRecord,
    suite_run::TestJudgement,
    validator::{FeedbackScore, ValidatorResult},
    verdict::{TestRun, run_error},
};
use model::{Outcome, TestCase, TestDetails, Usage, Verdict};
use sandbox::Stdin;
use tempfile::SpooledTempFile;

use super::{
    data::TestBytes,
    error::GradeError,
    judged_test::JudgedTest,
    submission_runner::{SubmissionRunner, TestSetup},
    validator_runner::{ValidatorReport, ValidatorRunner},
};

/// An output up to this size waits in memory for its validator, a larger one in a file.
const IN_MEMORY: usize = 256 * 1024;

pub(crate) async fn judge_output(
    submission_runner: &mut SubmissionRunner<'_>,
    validator_runner: &mut ValidatorRunner<'_>,
    mut setup: TestSetup<'_>,
    test: &TestCase,
) -> Result<JudgedTest, GradeError> {
    let mut passes = validator_runner.begin_test(test);
    let mut used = Usage::default();
    loop {
        let (outcome, output) = run(submission_runner, &setup).await?;
        // The most that any pass used, as the limits are for each pass.
        used = used.max(outcome.usage);
        let outcome = Outcome { usage: used, ..outcome };
        let shown = setup.files.shown(&outcome)?;
        if let Some(verdict) = run_error(&outcome, submission_runner.limits()) {
            return Ok(JudgedTest::failed(verdict, &outcome, shown, submission_runner.limits()));
        }
        let report =
            validator_runner.read(&mut passes, &setup.files, output.map_err(GradeError::from)?).await?;
        match report.result {
            ValidatorResult::NextPass(input) => setup.files.input = TestBytes::Bytes(input.into()),
            ref said => return Ok(judged_by_validator(said, &report, used, shown)),
        }
    }
}

/// One run, with its output ready for the validator.
async fn run(
    submission_runner: &mut SubmissionRunner<'_>,
    setup: &TestSetup<'_>,
) -> Result<(Outcome, io::Result<Stdin>), GradeError> {
    let mut run = TestRun::First;
    loop {
        let mut output = Output::new();
        let outcome = submission_runner.run(setup, run, |piece| output.push(piece)).await?;
        let error = run_error(&outcome, submission_runner.limits());
        if submission_runner.should_rerun(run, error, &outcome).await? {
            run = TestRun::Rerun;
            continue;
        }
        return Ok((outcome, output.into_stdin()));
    }
}

/// The result of a test by what its validator said last.
pub(crate) fn judged_by_validator(
    said: &ValidatorResult,
    report: &ValidatorReport,
    usage: Usage,
    shown: TestDetails,
) -> JudgedTest {
    let verdict = said.verdict().unwrap_or(Verdict::JudgeError);
    let given = match said {
        ValidatorResult::Accepted(score) => *score,
        ValidatorResult::Wrong | ValidatorResult::NextPass(_) | ValidatorResult::Failed(_) => {
            FeedbackScore::None
        }
    };
    let shown = TestDetails {
        team_message: report.team_message.clone(),
        judge_message: report.judge_message.clone(),
        ..shown
    };
    JudgedTest {
        judgement: TestJudgement { verdict, score: given },
        record: TestRecord { verdict, usage, shown },
    }
}

/// Output of a program, kept for its validator.
struct Output {
    spool: SpooledTempFile,
    trouble: Option<io::Error>,
}

impl Output {
    fn new() -> Self {
        Self { spool: SpooledTempFile::new(IN_MEMORY), trouble: None }
    }

    fn push(&mut self, piece: &[u8]) {
        if let Err(error) = self.spool.write_all(piece) {
            self.trouble.get_or_insert(error);
        }
    }

    fn into_stdin(self) -> io::Result<Stdin> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        Ok(match self.spool.into_inner() {
            tempfile::SpooledData::InMemory(bytes) => Stdin::Bytes(bytes.into_inner()),
            tempfile::SpooledData::OnDisk(file) => Stdin::File(Arc::<File>::new(file)),
        })
    }
}
