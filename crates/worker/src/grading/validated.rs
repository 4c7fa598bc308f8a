//! Tests whose output the problem's own validator reads.

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
    GradeError, Player, Tested, Umpire, data::Given, player::Setting, streams::failed, umpire::Judgement,
};

/// An output up to this size waits in memory for its validator, a larger one in a file.
const IN_MEMORY: usize = 256 * 1024;

pub(crate) async fn judge(
    player: &mut Player<'_>,
    umpire: &mut Umpire<'_>,
    mut setting: Setting<'_>,
    test: &TestCase,
) -> Result<Tested, GradeError> {
    let mut sitting = umpire.sit(test);
    let mut used = Usage::default();
    loop {
        let (outcome, output) = run(player, &setting).await?;
        // The most that any pass used, as the limits are for each pass.
        used = used.max(outcome.usage);
        let outcome = Outcome { usage: used, ..outcome };
        let shown = setting.files.shown(&outcome)?;
        if let Some(verdict) = run_error(&outcome, player.limits()) {
            return Ok(failed(verdict, &outcome, shown, player));
        }
        let judgement = umpire.read(&mut sitting, &setting.files, output.map_err(GradeError::from)?).await?;
        match judgement.said {
            ValidatorResult::NextPass(input) => setting.files.input = Given::Bytes(input.into()),
            ref said => return Ok(tested(said, &judgement, used, shown)),
        }
    }
}

/// One run, with its output ready for the validator.
async fn run(
    player: &mut Player<'_>,
    setting: &Setting<'_>,
) -> Result<(Outcome, io::Result<Stdin>), GradeError> {
    let mut run = TestRun::First;
    loop {
        let mut output = Output::new();
        let outcome = player.run(setting, run, |piece| output.push(piece)).await?;
        let error = run_error(&outcome, player.limits());
        if player.runs_again(run, error, &outcome).await? {
            run = TestRun::Rerun;
            continue;
        }
        return Ok((outcome, output.into_stdin()));
    }
}

/// The result of a test by what its validator said last.
pub(crate) fn tested(
    said: &ValidatorResult,
    judgement: &Judgement,
    usage: Usage,
    shown: TestDetails,
) -> Tested {
    let verdict = said.verdict().unwrap_or(Verdict::JudgeError);
    let given = match said {
        ValidatorResult::Accepted(score) => *score,
        ValidatorResult::Wrong | ValidatorResult::NextPass(_) | ValidatorResult::Failed(_) => {
            FeedbackScore::None
        }
    };
    let shown = TestDetails {
        team_message: judgement.team_message.clone(),
        judge_message: judgement.judge_message.clone(),
        ..shown
    };
    Tested { judged: TestJudgement { verdict, score: given }, ran: TestRecord { verdict, usage, shown } }
}

/// What a program writes, kept for its validator.
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
