//! The problem's own validator, in a sandbox of its own.

use judge::validator::{Feedback, Pass, ScorePolicy, ValidatorResult, interpret};
use model::{Bytes, Ending, Limits, Network, Outcome, Stream, TestCase, Validator};
use sandbox::{DiskQuota, LiveIo, Program, SandboxFile, Stdin};

use super::{
    GradeError, Room, Source, Until, ValidatorLimits, build::Built, feedback, player::judged_whole,
    streams::Files,
};
use crate::Runner;

/// How much of a validator's messages is kept.
const MOST_MESSAGE: usize = 4096;

const INPUT: &str = "judging/input";
const ANSWER: &str = "judging/answer";

/// A validator in its sandbox.
pub(crate) struct Umpire<'a> {
    validator: &'a Validator,
    source: Source<'a>,
    built: Built,
    room: Room,
    limits: &'a ValidatorLimits,
    until: Until<'a>,
}

/// One sitting: a test, in one pass after another.
#[derive(Clone)]
pub(crate) struct Sitting<'t> {
    args: &'t [String],
    pass: Pass,
    /// What it left in its feedback folder for the next pass.
    notes: Vec<SandboxFile>,
}

/// What it said, and the words that it left for people.
pub(crate) struct Judgement {
    pub(crate) said: ValidatorResult,
    pub(crate) team_message: Option<String>,
    pub(crate) judge_message: Option<String>,
}

impl<'a> Umpire<'a> {
    pub(crate) fn new(
        (validator, limits): (&'a Validator, &'a ValidatorLimits),
        (source, built): (Source<'a>, Built),
        room: Room,
        until: Until<'a>,
    ) -> Self {
        Self { validator, source, built, room, limits, until }
    }

    /// Compiles a validator that may use so much memory at most. The inner error is a sentence for staff on what is wrong with
    /// it.
    pub(crate) async fn build(
        runner: &'a Runner,
        (validator, within): (&Validator, &ValidatorLimits),
        memory: Bytes,
        until: &Until<'_>,
    ) -> Result<Result<(Source<'a>, Built), String>, GradeError> {
        let (language, toolchain) = runner.language(&validator.language)?;
        let limits = within.usual.with(&validator.limits).at_most(&within.most);
        let limits = Limits { memory: limits.memory.min(memory), ..limits };
        let source =
            Source { language, toolchain, files: validator.files.clone(), limits, network: Network::None };
        let built = source.build(runner, until).await?;
        match built.outcome.as_ref().filter(|outcome| !outcome.is_success()) {
            None => Ok(Ok((source, built))),
            Some(outcome) => {
                Ok(Err(format!("the validator does not compile: {}", cut(outcome.transcript.combined()))))
            }
        }
    }

    /// The start of judging a test.
    pub(crate) fn sit<'t>(&self, test: &'t TestCase) -> Sitting<'t>
    where
        'a: 't,
    {
        let args = test.validator_args.as_ref().unwrap_or(&self.validator.args);
        Sitting { args, pass: Pass { number: 1, max: self.validator.passes }, notes: Vec::new() }
    }

    /// Lets it read what a program wrote.
    pub(crate) async fn read(
        &mut self,
        sitting: &mut Sitting<'_>,
        files: &Files,
        output: Stdin,
    ) -> Result<Judgement, GradeError> {
        let program = self.program(sitting, output);
        self.furnish(sitting, files).await?;
        let stop = self.until.stop;
        let sandbox = self.room.open()?;
        let outcome = sandbox.run(&program, stop, &mut |_, _| {}).await?;
        self.interpret(sitting, outcome).await
    }

    /// How much it may say in one run.
    pub(crate) const fn most_said(&self) -> Bytes {
        self.limits.said
    }

    /// Lets it talk, once it is furnished.
    pub(crate) async fn talk(&mut self, program: &Program, live: LiveIo) -> Result<Outcome, GradeError> {
        let stop = self.until.stop;
        Ok(self.room.open()?.run_live(program, live, stop, &mut |_, _| {}).await?)
    }

    /// Its run, for this sitting.
    pub(crate) fn program(&self, sitting: &Sitting<'_>, stdin: Stdin) -> Program {
        let own = [INPUT, ANSWER, feedback::FOLDER].map(str::to_owned);
        let args: Vec<String> = own.into_iter().chain(sitting.args.iter().cloned()).collect();
        let program = self.source.run(&args, stdin, &self.until);
        Program { max_kept: Bytes(MOST_MESSAGE as u64), ..program }
    }

    /// Its sandbox as new, with the test in it.
    pub(crate) async fn furnish(&mut self, sitting: &Sitting<'_>, files: &Files) -> Result<(), GradeError> {
        let mut all = self.built.files.clone();
        all.push(SandboxFile::plain(INPUT, files.input.all().await?));
        all.push(SandboxFile::plain(ANSWER, files.expected.all().await?));
        all.push(SandboxFile::folder(feedback::FOLDER));
        all.extend(sitting.notes.iter().cloned());
        let bytes: usize = all.iter().map(|file| file.content.len()).sum();
        let own = DiskQuota::for_limits(&self.source.limits);
        self.room.furnish(&all, DiskQuota { disk: Bytes(own.disk.get() + bytes as u64), ..own })?;
        Ok(())
    }

    /// What it meant, by how it ended and by what it left.
    pub(crate) async fn interpret(
        &mut self,
        sitting: &mut Sitting<'_>,
        outcome: Outcome,
    ) -> Result<Judgement, GradeError> {
        self.until.check()?;
        let outcome = judged_whole(outcome);
        let left = match outcome.ending {
            Ending::Exited(_) => self.room.open()?.collect(&feedback::wanted(&self.limits.feedback)).await?,
            // It failed, whatever it left.
            _ => sandbox::Collected::default(),
        };
        let feedback: Feedback;
        (feedback, sitting.notes) = feedback::sort(left, &self.limits.feedback);
        let said = interpret(outcome.ending, &feedback, ScorePolicy::of(self.validator), sitting.pass);
        sitting.pass.number += 1;
        let stderr = outcome.transcript.of(Stream::Stderr);
        let own = feedback.judge_message.unwrap_or_default();
        let judge_message = match &said {
            ValidatorResult::Failed(reason) => {
                Some([reason.as_bytes(), b"\n", &own, b"\n", &stderr].concat())
            }
            ValidatorResult::Accepted(_) | ValidatorResult::Wrong | ValidatorResult::NextPass(_) => Some(own),
        };
        Ok(Judgement {
            said,
            team_message: feedback.team_message.as_deref().map(cut).filter(|text| !text.is_empty()),
            judge_message: judge_message.as_deref().map(cut).filter(|text| !text.is_empty()),
        })
    }

    pub(crate) async fn replace_room(&mut self) -> Result<(), GradeError> {
        Ok(self.room.replace().await?)
    }

    pub(crate) fn leave(self) {
        self.room.leave();
    }
}

/// The beginning of a message, as text.
fn cut(bytes: &[u8]) -> String {
    String::from_utf8_lossy(model::utf8_prefix(bytes, MOST_MESSAGE)).trim().to_owned()
}
