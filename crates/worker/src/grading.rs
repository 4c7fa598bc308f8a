//! Grader: compiles a submission once and judges it by each test, in a sandbox that is reset between tests.
//!
//! The crate [`judge`] makes the verdicts; its documentation lists the steps that this module follows. This module runs programs,
//! waits for them and reads their output. If a sandbox fails, it is replaced and the test is run again. If that fails too, the
//! grading fails as a platform error.
//!
//! Timed runs share no processor: each has its own, and there are never more timed runs than processors. Programs that are run
//! without being judged are not counted.

use std::time::Instant;

use judge::{
    calls::ExpectedReturn,
    grading::{TestRecord, build_grading},
    suite_run::{Step, SuiteRun},
};
use languages::{Language, Toolchain};
use model::{
    Bytes, Grading, IncludedFile, JudgingStyle, Network, Outcome, SourceFile, Suite, TestCase, TestKind,
    Validator, Verdict, Visibility,
};
use sandbox::LeaseRequest;

use crate::{RunControl, RunError, Runner, advice::with_advice};

mod build;
mod calls;
mod cores;
mod custom;
mod data;
mod deadline;
mod error;
mod feedback;
mod interactive;
mod judged_test;
mod limits;
mod order;
mod output_comparison;
mod reusable_sandbox;
mod single_run;
mod static_validation;
mod streams;
mod submission_runner;
mod test_files;
mod validated;
mod validator_runner;

pub use data::{DataError, NoTestData, TestData};
pub use error::GradeError;
pub use limits::{FeedbackLimits, ValidatorLimits};
pub use order::GradeOrder;

use build::{BuildOutput, Source};
use cores::Cores;
use deadline::Deadline;
use judged_test::JudgedTest;
use reusable_sandbox::ReusableSandbox;
use static_validation::StaticResults;
use submission_runner::{SubmissionRunner, TestSetup};
use validator_runner::ValidatorRunner;

/// Judges submissions. A handle: cheap to clone; clones share the processors.
///
/// [`Grader::grade`] compiles the submission (or checks its syntax), leases a sandbox for it and one for the output validator if the
/// problem has one, and then runs test after test in the order that [`judge`] asks for, until the result is decided. The sandboxes are
/// reset between tests. A test whose sandbox failed is run once more in a new one; a second failure fails the grading.
///
/// Times must not depend on what else the machine does: each timed run has a processor of its own (`Cores`), and a run that a time limit
/// ended narrowly is repeated alone. With [`Exclusion`](crate::Exclusion) in force, a run with a hidden input has the whole machine.
#[derive(Debug, Clone)]
pub struct Grader {
    runner: Runner,
    cores: Cores,
    validators: ValidatorLimits,
}

/// A submission that was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct GradeOutput {
    /// The toolchain as it names itself: `CPython 3.11.2`.
    pub toolchain: String,
    /// Outcome of compiling, or of the syntax check if the interpreter refused the program; otherwise absent.
    pub compile: Option<Outcome>,
    /// Everything, for staff; see [`judge::redact`].
    pub grading: Grading,
}

/// Observer of judged tests. It is called once per test, with its position in file order, the test and its result. The result of a
/// hidden test that passed has no details.
pub type TestObserver<'a> = dyn FnMut(usize, &TestCase, &TestRecord) + Send + 'a;

impl Grader {
    /// A grader over these sandboxes and languages.
    pub fn new(runner: Runner) -> Self {
        let validators = ValidatorLimits::default();
        Self { runner, cores: Cores::new(sandbox::processors()), validators }
    }

    /// The same, with other limits for the validators of problems.
    #[must_use]
    pub fn with_validators(self, validators: ValidatorLimits) -> Self {
        Self { validators, ..self }
    }

    /// The runner of the programs.
    pub const fn runner(&self) -> &Runner {
        &self.runner
    }

    /// Compiles a submission, or checks its syntax, and keeps nothing but what the cache of compilations keeps: [`Grader::grade`] finds it there.
    pub async fn compile_ahead(
        &self,
        order: &GradeOrder<'_>,
        control: RunControl<'_>,
    ) -> Result<(), GradeError> {
        let deadline = Deadline { end: Instant::now() + control.deadline, stop: control.stop };
        let (language, toolchain) = self.runner.resolve_language(order.submission)?;
        source(order, language.as_ref(), toolchain).build(&self.runner, &deadline).await.map(drop)
    }

    /// Compiles or checks the syntax, runs the tests that matter for the result, and puts it together. A program of the submitter's or of the
    /// problem's that fails is a verdict; an error is ours, or says that `control` ended it.
    pub async fn grade(
        &self,
        order: &GradeOrder<'_>,
        control: RunControl<'_>,
        on_test: &mut TestObserver<'_>,
    ) -> Result<GradeOutput, GradeError> {
        let deadline = Deadline { end: Instant::now() + control.deadline, stop: control.stop };
        let (language, toolchain) = self.runner.resolve_language(order.submission)?;
        let language = language.as_ref();
        let source = source(order, language, toolchain);
        let built = source.build(&self.runner, &deadline).await?;
        let files = source.files.clone();
        let advised = |outcome| with_advice(outcome, language, &files);
        let compile = built.outcome.clone().map(advised);
        let run = SuiteRun::new(order.suite).with_selection(order.extent);
        let digest = order.suite.digest();
        let graded = |compile, scored, ran| GradeOutput {
            toolchain: toolchain.description.clone(),
            compile,
            grading: build_grading(digest, &run, scored, ran),
        };
        let refused =
            |compile| Ok(graded(Some(compile), run.result_without_runs(Verdict::CompileError), Vec::new()));
        if let Some(outcome) = compile.as_ref().filter(|outcome| !outcome.is_success()) {
            return refused(outcome.clone());
        }
        let mut judging = match self.begin(order, (source, built), deadline).await? {
            GradingStart::Judging(judging) => *judging,
            GradingStart::Refused(outcome) => return refused(advised(outcome)),
            GradingStart::Broken(reason) => {
                let mut scored = run.result_without_runs(Verdict::JudgeError);
                scored.faults.push(reason);
                return Ok(graded(compile, scored, Vec::new()));
            }
        };
        let (scored, ran) = judging.all(run.clone(), on_test).await?;
        judging.release();
        let within = (&self.validators.feedback, &deadline);
        let scored = custom::regrade(&self.runner, order.suite, (scored, &ran), within).await?;
        Ok(graded(compile, scored, ran))
    }

    /// Checks the syntax of a program that was not compiled, and makes all ready for the tests. Where the runtime that waits for the first
    /// test can check, it does, which costs a right program next to nothing. What it has anything to say about is checked by a run of its
    /// own: before that its sandboxes are released, because another run may be waiting for one.
    async fn begin<'a>(
        &'a self,
        order: &'a GradeOrder<'a>,
        program: (Source<'a>, BuildOutput),
        deadline: Deadline<'a>,
    ) -> Result<GradingStart<'a>, GradeError> {
        let own = submitted_first(&program.0.files, &order.submission.files);
        let sources = program.0.sources_to_check_ahead(&own, self.runner.pool(), &order.suite.style);
        let (source, built) = match (&program.1.outcome, sources) {
            (Some(_), _) => return self.prepare(order, program, deadline).await.map(GradingStart::from),
            (None, None) => program,
            (None, Some(sources)) => match self.prepare(order, program, deadline).await? {
                Ok(mut judging) => {
                    if judging.submission_runner.passes_syntax_check(&sources).await? {
                        return Ok(GradingStart::Judging(Box::new(judging)));
                    }
                    judging.release()
                }
                Err(broken) => broken.program,
            },
        };
        if let Some(outcome) = source.check_syntax(&own, &self.runner, &deadline).await? {
            return Ok(GradingStart::Refused(outcome));
        }
        self.prepare(order, (source, built), deadline).await.map(GradingStart::from)
    }

    /// The submission in its sandbox, and the validator in its own if there is one. The inner error is a sentence for staff on
    /// what is wrong with the validator.
    async fn prepare<'a>(
        &'a self,
        order: &'a GradeOrder<'a>,
        program: (Source<'a>, BuildOutput),
        deadline: Deadline<'a>,
    ) -> Result<Result<Judging<'a>, BrokenValidator<'a>>, GradeError> {
        // Before any sandbox is taken: whoever waits for one with another in hand may wait for somebody who does the same.
        let static_results =
            StaticResults::collect(&self.runner, order, &self.validators.feedback, &deadline).await?;
        let pool = self.runner.pool();
        let language = program.0.language;
        let can_be_ahead = program.0.network == Network::None && language.can_prestart(&program.0.files);
        let ahead = can_be_ahead.then_some(language.id.as_str());
        let own = LeaseRequest { prestart: ahead, memory: program.0.limits.memory };
        let reusable = |lease| ReusableSandbox::new(pool.clone(), lease);
        let submission_runner = |program, lease| {
            SubmissionRunner::new(program, reusable(lease), self.cores.clone(), deadline)
                .with_errors(order.suite.error_output)
                .with_exclusion(self.runner.exclusion().clone())
        };
        let validator = validator(order.suite).map(|validator| (validator, &self.validators));
        let Some(validator) = validator else {
            let [lease] = deadline.wait(pool.lease_together([own])).await??;
            return Ok(Ok(Judging {
                order,
                static_results,
                submission_runner: submission_runner(program, lease),
                validator_runner: None,
            }));
        };
        let left = Bytes(pool.memory().get().saturating_sub(own.memory.get()));
        let built = match ValidatorRunner::build(&self.runner, validator, left, &deadline).await? {
            Ok(built) => built,
            Err(reason) => return Ok(Err(BrokenValidator { reason, program })),
        };
        let its = LeaseRequest { prestart: None, memory: built.0.limits.memory };
        let [lease, other] = deadline.wait(pool.lease_together([own, its])).await??;
        let validator_runner = ValidatorRunner::new(validator, built, reusable(other), deadline);
        Ok(Ok(Judging {
            order,
            static_results,
            submission_runner: submission_runner(program, lease),
            validator_runner: Some(validator_runner),
        }))
    }
}

/// The start of a grading, before the first test.
enum GradingStart<'a> {
    /// The tests can be run.
    Judging(Box<Judging<'a>>),
    /// The check of the syntax refused the program.
    Refused(Outcome),
    /// The problem's validator is wrong in this way, in a sentence for staff.
    Broken(String),
}

/// A validator that cannot be used.
struct BrokenValidator<'a> {
    /// The error, in a sentence for staff.
    reason: String,
    /// The submission, which was not begun.
    program: (Source<'a>, BuildOutput),
}

impl<'a> From<Result<Judging<'a>, BrokenValidator<'a>>> for GradingStart<'a> {
    fn from(result: Result<Judging<'a>, BrokenValidator<'a>>) -> Self {
        match result {
            Ok(judging) => Self::Judging(Box::new(judging)),
            Err(broken) => Self::Broken(broken.reason),
        }
    }
}

/// Grading in progress: the tests of a suite, one after another.
struct Judging<'a> {
    static_results: StaticResults,
    order: &'a GradeOrder<'a>,
    submission_runner: SubmissionRunner<'a>,
    validator_runner: Option<ValidatorRunner<'a>>,
}

impl<'a> Judging<'a> {
    async fn all(
        &mut self,
        mut run: SuiteRun<'_>,
        on_test: &mut TestObserver<'_>,
    ) -> Result<(judge::suite_run::SuiteResult, Vec<Option<TestRecord>>), GradeError> {
        let mut kept = Vec::new();
        loop {
            let place = match run.next_step() {
                Step::Run(place) => place,
                Step::Done(scored) => return Ok((scored, kept)),
            };
            let Some(test) = run.test(place) else {
                return Ok((run.result_without_runs(Verdict::JudgeError), kept));
            };
            let JudgedTest { judgement: judged, record: ran } = self.test(test).await?;
            run.record(place, judged);
            // Also for those who are told: they may keep it, too.
            let ran = drop_passed_hidden_details(test, ran);
            on_test(place, test, &ran);
            kept.resize((place + 1).max(kept.len()), None);
            kept[place] = Some(ran);
        }
    }

    /// Judges a test; once more, in another sandbox, if ours failed.
    async fn test(&mut self, test: &TestCase) -> Result<JudgedTest, GradeError> {
        match self.judge_once(test).await {
            Err(GradeError::Run(RunError::Sandbox(error))) => {
                tracing::warn!(%error, "a sandbox failed while a test was judged; it is judged again");
                self.submission_runner.replace_sandbox().await?;
                if let Some(validator_runner) = &mut self.validator_runner {
                    validator_runner.replace_sandbox().await?;
                }
                self.judge_once(test).await
            }
            tested => tested,
        }
    }

    async fn judge_once(&mut self, test: &TestCase) -> Result<JudgedTest, GradeError> {
        let data = self.order.data;
        let submission_runner = &mut self.submission_runner;
        submission_runner.begin(test.visibility);
        let (input, expected) = match (&test.kind, &self.order.suite.style) {
            (TestKind::Streams { input, expected }, _) => (input, expected),
            (TestKind::Call { call, expected: returned }, JudgingStyle::Calls(rules)) => {
                return calls::judge_calls(
                    submission_runner,
                    test,
                    call,
                    ExpectedReturn { rules, returned },
                    data,
                )
                .await;
            }
            (TestKind::Call { .. }, _) => return Err(GradeError::Unfit),
            (TestKind::Sources { .. }, _) => return self.static_results.get(test).ok_or(GradeError::Unfit),
        };
        let setup = TestSetup::of(test, (input, expected), data).await?;
        match (&self.order.suite.style, &mut self.validator_runner) {
            (JudgingStyle::Streams(usual), _) => {
                let rule = test.comparison.as_ref().unwrap_or(usual);
                streams::compare_streams(submission_runner, &setup, rule).await
            }
            (JudgingStyle::Validated(_), Some(validator_runner)) => {
                validated::judge_output(submission_runner, validator_runner, setup, test).await
            }
            (JudgingStyle::Interactive(_), Some(validator_runner)) => {
                interactive::judge_interactively(submission_runner, validator_runner, setup, test).await
            }
            // The suite was checked, and validators have an umpire.
            (JudgingStyle::Calls(_) | JudgingStyle::Validated(_) | JudgingStyle::Interactive(_), _) => {
                Err(GradeError::Unfit)
            }
        }
    }

    /// Gives the sandboxes back, and the submission.
    fn release(self) -> (Source<'a>, BuildOutput) {
        if let Some(validator_runner) = self.validator_runner {
            validator_runner.release();
        }
        self.submission_runner.release()
    }
}

const fn validator(suite: &Suite) -> Option<&Validator> {
    match &suite.style {
        JudgingStyle::Validated(validator) | JudgingStyle::Interactive(validator) => Some(validator),
        JudgingStyle::Streams(_) | JudgingStyle::Calls(_) => None,
    }
}

/// The program to judge, as it comes to lie in its sandbox.
fn source<'s>(order: &GradeOrder<'_>, language: &'s Language, toolchain: &'s Toolchain) -> Source<'s> {
    let files = arrange_submission(order, language);
    let network = order.submission.network;
    let network = network.unwrap_or_else(|| language.network_for(&order.submission.files));
    Source { language, toolchain, files, limits: order.submission.limits, network }
}

/// The submitted files with those that the problem adds, as they come to lie in the work folder.
fn arrange_submission(order: &GradeOrder<'_>, language: &Language) -> Vec<SourceFile> {
    let own = &order.submission.language;
    let all = &order.suite.included;
    let is_named = all.iter().any(|included| included.language.as_ref() == Some(own));
    let is_meant = |included: &&IncludedFile| match &included.language {
        Some(language) => language == own,
        None => !is_named,
    };
    let included: Vec<_> = all.iter().filter(is_meant).map(|included| included.file.clone()).collect();
    match order.suite.style {
        JudgingStyle::Calls(_) => language.arrange_to_call(&order.submission.files, &included),
        JudgingStyle::Streams(_) | JudgingStyle::Validated(_) | JudgingStyle::Interactive(_) => {
            language.arrange_with(&order.submission.files, &included)
        }
    }
}

/// The same files, those that were submitted before a driver: an interpreter may check only the first.
fn submitted_first(arranged: &[SourceFile], submitted: &[SourceFile]) -> Vec<SourceFile> {
    // A mark may have been taken off its beginning, and its name be another one.
    let is_own = |file: &SourceFile| {
        submitted.iter().any(|own| own.content.as_bytes().ends_with(file.content.as_bytes()))
    };
    let (mut own, others): (Vec<_>, Vec<_>) = arranged.iter().cloned().partition(is_own);
    own.extend(others);
    own
}

/// Drops the details of hidden tests that passed: there may be thousands, and they are never shown.
fn drop_passed_hidden_details(test: &TestCase, record: TestRecord) -> TestRecord {
    if test.visibility == Visibility::Hidden && record.verdict.is_accepted() {
        return TestRecord { shown: model::TestDetails::default(), ..record };
    }
    record
}
