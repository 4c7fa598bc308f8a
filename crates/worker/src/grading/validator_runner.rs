//! Validator runner: the output validator of a problem, in its own sandbox.

use judge::validator::{Feedback, Pass, ScorePolicy, ValidatorResult, interpret};
use model::{Bytes, Ending, Limits, Network, Outcome, Stream, TestCase, Validator};
use sandbox::{DiskQuota, LiveIo, Program, SandboxFile, Stdin};

use super::{
    build::{BuildOutput, Source},
    deadline::Deadline,
    error::GradeError,
    feedback,
    limits::ValidatorLimits,
    reusable_sandbox::ReusableSandbox,
    submission_runner::ignore_truncation,
    test_files::TestFiles,
};
use crate::Runner;

/// Size of a validator's messages that is kept.
const MAX_MESSAGE_BYTES: usize = 4096;

const INPUT: &str = "judging/input";
const ANSWER: &str = "judging/answer";

/// A validator in its sandbox.
pub(crate) struct ValidatorRunner<'a> {
    validator: &'a Validator,
    source: Source<'a>,
    built: BuildOutput,
    reusable: ReusableSandbox,
    limits: &'a ValidatorLimits,
    deadline: Deadline<'a>,
}

/// One sitting: a test, in one pass after another.
#[derive(Clone)]
pub(crate) struct ValidatorPasses<'t> {
    args: &'t [String],
    pass: Pass,
    /// Files in its feedback folder for the next pass.
    notes: Vec<SandboxFile>,
}

/// Its result, and its messages for people.
pub(crate) struct ValidatorReport {
    pub(crate) result: ValidatorResult,
    pub(crate) team_message: Option<String>,
    pub(crate) judge_message: Option<String>,
}

impl<'a> ValidatorRunner<'a> {
    pub(crate) fn new(
        (validator, limits): (&'a Validator, &'a ValidatorLimits),
        (source, built): (Source<'a>, BuildOutput),
        reusable: ReusableSandbox,
        deadline: Deadline<'a>,
    ) -> Self {
        Self { validator, source, built, reusable, limits, deadline }
    }

    /// Compiles a validator that may use so much memory at most. The inner error is a sentence for staff on what is wrong with
    /// it.
    pub(crate) async fn build(
        runner: &'a Runner,
        (validator, within): (&Validator, &ValidatorLimits),
        memory: Bytes,
        deadline: &Deadline<'_>,
    ) -> Result<Result<(Source<'a>, BuildOutput), String>, GradeError> {
        let (language, toolchain) = runner.language(&validator.language)?;
        let limits = within.default.with(&validator.limits).at_most(&within.max);
        let limits = Limits { memory: limits.memory.min(memory), ..limits };
        let source =
            Source { language, toolchain, files: validator.files.clone(), limits, network: Network::None };
        let built = source.build(runner, deadline).await?;
        match built.outcome.as_ref().filter(|outcome| !outcome.is_success()) {
            None => Ok(Ok((source, built))),
            Some(outcome) => {
                Ok(Err(format!("the validator does not compile: {}", cut(outcome.transcript.all_output()))))
            }
        }
    }

    /// The start of judging a test.
    pub(crate) fn begin_test<'t>(&self, test: &'t TestCase) -> ValidatorPasses<'t>
    where
        'a: 't,
    {
        let args = test.validator_args.as_ref().unwrap_or(&self.validator.args);
        ValidatorPasses { args, pass: Pass { number: 1, max: self.validator.passes }, notes: Vec::new() }
    }

    /// Lets it read what a program wrote.
    pub(crate) async fn read(
        &mut self,
        passes: &mut ValidatorPasses<'_>,
        files: &TestFiles,
        output: Stdin,
    ) -> Result<ValidatorReport, GradeError> {
        let program = self.program(passes, output);
        self.reset_with(passes, files).await?;
        let stop = self.deadline.stop;
        let sandbox = self.reusable.open()?;
        let outcome = sandbox.run(&program, stop, &mut |_, _| {}).await?;
        self.interpret(passes, outcome).await
    }

    /// Limit of its output in one run.
    pub(crate) const fn max_output(&self) -> Bytes {
        self.limits.max_output
    }

    /// Lets it talk, once it is furnished.
    pub(crate) async fn converse(&mut self, program: &Program, live: LiveIo) -> Result<Outcome, GradeError> {
        let stop = self.deadline.stop;
        Ok(self.reusable.open()?.run_live(program, live, stop, &mut |_, _| {}).await?)
    }

    /// Its run, for this sitting.
    pub(crate) fn program(&self, passes: &ValidatorPasses<'_>, stdin: Stdin) -> Program {
        let own = [INPUT, ANSWER, feedback::FOLDER].map(str::to_owned);
        let args: Vec<String> = own.into_iter().chain(passes.args.iter().cloned()).collect();
        let program = self.source.run(&args, stdin, &self.deadline);
        Program { max_kept: Bytes(MAX_MESSAGE_BYTES as u64), ..program }
    }

    /// Its sandbox as new, with the test in it.
    pub(crate) async fn reset_with(
        &mut self,
        passes: &ValidatorPasses<'_>,
        files: &TestFiles,
    ) -> Result<(), GradeError> {
        let mut all = self.built.files.clone();
        all.push(SandboxFile::plain(INPUT, files.input.all().await?));
        all.push(SandboxFile::plain(ANSWER, files.expected.all().await?));
        all.push(SandboxFile::folder(feedback::FOLDER));
        all.extend(passes.notes.iter().cloned());
        let bytes: usize = all.iter().map(|file| file.content.len()).sum();
        let own = DiskQuota::for_limits(&self.source.limits);
        self.reusable.reset_with(&all, DiskQuota { disk: Bytes(own.disk.get() + bytes as u64), ..own })?;
        Ok(())
    }

    /// Interprets its exit code and feedback folder.
    pub(crate) async fn interpret(
        &mut self,
        passes: &mut ValidatorPasses<'_>,
        outcome: Outcome,
    ) -> Result<ValidatorReport, GradeError> {
        self.deadline.check()?;
        let outcome = ignore_truncation(outcome);
        let left = match outcome.ending {
            Ending::Exited(_) => {
                self.reusable.open()?.collect(&feedback::collection_limits(&self.limits.feedback)).await?
            }
            // It failed, whatever it left.
            _ => sandbox::CollectedFiles::default(),
        };
        let feedback: Feedback;
        (feedback, passes.notes) = feedback::classify(left, &self.limits.feedback);
        let said = interpret(outcome.ending, &feedback, ScorePolicy::of(self.validator), passes.pass);
        passes.pass.number += 1;
        let stderr = outcome.transcript.of(Stream::Stderr);
        let own = feedback.judge_message.unwrap_or_default();
        let judge_message = match &said {
            ValidatorResult::Failed(reason) => {
                Some([reason.as_bytes(), b"\n", &own, b"\n", &stderr].concat())
            }
            ValidatorResult::Accepted(_) | ValidatorResult::Wrong | ValidatorResult::NextPass(_) => Some(own),
        };
        Ok(ValidatorReport {
            result: said,
            team_message: feedback.team_message.as_deref().map(cut).filter(|text| !text.is_empty()),
            judge_message: judge_message.as_deref().map(cut).filter(|text| !text.is_empty()),
        })
    }

    pub(crate) async fn replace_sandbox(&mut self) -> Result<(), GradeError> {
        Ok(self.reusable.replace().await?)
    }

    pub(crate) fn release(self) {
        self.reusable.release();
    }
}

/// The beginning of a message, as text.
fn cut(bytes: &[u8]) -> String {
    String::from_utf8_lossy(model::utf8_prefix(bytes, MAX_MESSAGE_BYTES)).trim().to_owned()
}
