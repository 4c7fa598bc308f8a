//! Submission runner: the submission in its sandbox, with a processor for each timed run.

use std::borrow::Cow;

use judge::{
    grading::MAX_EXCERPT,
    verdict::{Rerun, TestRun, limits_for, rerun},
};
use model::{
    Bytes, Call, ErrorOutput, Limits, Outcome, Stream, TestCase, TestContent, Verdict, Visibility,
    names_clash,
};
use sandbox::{DiskQuota, Program, SandboxFile, Stdin, SyntaxCheck};

use super::{
    build::{BuildOutput, Source},
    cores::{Core, Cores},
    data::{TestBytes, TestData},
    deadline::Deadline,
    error::GradeError,
    reusable_sandbox::ReusableSandbox,
    test_files::TestFiles,
};
use crate::{Exclusion, counts, exclusion::ExclusionGuard, out_of_memory::OutOfMemoryDetector};

/// A submission in its sandbox.
pub(crate) struct SubmissionRunner<'a> {
    source: Source<'a>,
    built: BuildOutput,
    reusable: ReusableSandbox,
    cores: Cores,
    exclusion: Exclusion,
    /// Of the test that is judged now.
    visibility: Visibility,
    error_output: ErrorOutput,
    /// Whether the program's files, and nothing else, lie in the sandbox, in which nothing has run.
    is_untouched: bool,
    pub(crate) deadline: Deadline<'a>,
}

/// Arguments, files and input of a test.
#[derive(Clone)]
pub(crate) struct TestSetup<'t> {
    args: &'t [String],
    added_files: Vec<SandboxFile>,
    pub(crate) files: TestFiles,
}

impl<'t> TestSetup<'t> {
    /// `input` and `expected` are those of the test.
    pub(crate) async fn of(
        test: &'t TestCase,
        (input, expected): (&TestContent, &TestContent),
        data: &dyn TestData,
    ) -> Result<Self, GradeError> {
        let files = TestFiles::of(input, expected, data).await?;
        Ok(Self { args: &test.args, added_files: test_files(test, data).await?, files })
    }
}

/// The files that a test puts beside the program.
pub(crate) async fn test_files(test: &TestCase, data: &dyn TestData) -> Result<Vec<SandboxFile>, GradeError> {
    let mut beside = Vec::new();
    for file in &test.files {
        let content = TestBytes::of(&file.content, data).await?.all().await?;
        beside.push(SandboxFile::plain(&file.name, content));
    }
    Ok(beside)
}

impl<'a> SubmissionRunner<'a> {
    pub(crate) fn new(
        (source, built): (Source<'a>, BuildOutput),
        reusable: ReusableSandbox,
        cores: Cores,
        deadline: Deadline<'a>,
    ) -> Self {
        let (exclusion, error_output) = (Exclusion::default(), ErrorOutput::default());
        // Until a test is begun, nothing says that what is run may be shown.
        let visibility = Visibility::Hidden;
        let is_untouched = false;
        Self { source, built, reusable, cores, exclusion, visibility, error_output, is_untouched, deadline }
    }

    /// The same, where this becomes of too much on standard error.
    pub(crate) fn with_errors(self, error_output: ErrorOutput) -> Self {
        Self { error_output, ..self }
    }

    /// The same, in turns.
    pub(crate) fn with_exclusion(self, exclusion: Exclusion) -> Self {
        Self { exclusion, ..self }
    }

    /// Sets the visibility of the test that is judged from now on.
    pub(crate) const fn begin(&mut self, visibility: Visibility) {
        self.visibility = visibility;
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.source.limits
    }

    /// Runs it once; `sink` gets what it writes to standard output. Of that the outcome keeps a beginning to be shown.
    pub(crate) async fn run(
        &mut self,
        setup: &TestSetup<'_>,
        run: TestRun,
        mut sink: impl FnMut(&[u8]) + Send,
    ) -> Result<Outcome, GradeError> {
        let (program, _permit) = self.prepare_timed_run(setup, setup.files.input.stdin(), run).await?;
        let stop = self.deadline.stop;
        let mut out_of_memory = self.out_of_memory();
        let mut sink = |stream, piece: &[u8]| {
            out_of_memory.observe(stream, piece);
            if stream == Stream::Stdout {
                sink(piece);
            }
        };
        let sandbox = self.reset_with(setup)?;
        let outcome = sandbox.run(&program, stop, &mut sink).await?;
        self.deadline.check()?;
        Ok(ignore_truncation(out_of_memory.reclassify(outcome)))
    }

    /// Detector of memory exhaustion for a run.
    pub(crate) fn out_of_memory(&self) -> OutOfMemoryDetector {
        OutOfMemoryDetector::of(self.source.language)
    }

    /// A run to be timed, and its permit, to be held for as long as it runs.
    pub(crate) async fn prepare_timed_run(
        &self,
        setup: &TestSetup<'_>,
        stdin: Stdin,
        run: TestRun,
    ) -> Result<(Program, RunPermit), GradeError> {
        let permit = self.permit(run).await?;
        let program = self.source.run(setup.args, stdin, &self.deadline);
        let limits = limits_for(run, program.limits);
        let error_output = self.error_output;
        Ok((
            Program { max_kept: MAX_KEPT, processors: permit.processors(), limits, error_output, ..program },
            permit,
        ))
    }

    async fn permit(&self, run: TestRun) -> Result<RunPermit, GradeError> {
        let core = match run {
            TestRun::First => self.deadline.stop.run_until_cancelled(self.cores.acquire()).await,
            TestRun::Rerun => self.deadline.stop.run_until_cancelled(self.cores.acquire_exclusive()).await,
        };
        let core = core.flatten().ok_or(GradeError::Stopped)?;
        // Last: whoever has a turn waits for nothing more.
        let guard = self.deadline.wait(self.exclusion.enter(self.visibility)).await?;
        Ok(RunPermit { core, _guard: guard })
    }

    /// Has a function of it called once; the outcome keeps all that it writes.
    pub(crate) async fn call(
        &mut self,
        beside: &[SandboxFile],
        call: &Call,
        nonce: &str,
        run: TestRun,
    ) -> Result<Outcome, GradeError> {
        let Source { language, files, .. } = &self.source;
        let calling = language.harness_run(files, call, nonce, self.source.limits.memory);
        let calling = calling.ok_or_else(|| GradeError::NoCalls(language.id.clone()))?;
        let permit = self.permit(run).await?;
        let program = self.source.program(calling.command, &calling.files, &[], &self.deadline);
        let limits = limits_for(run, program.limits);
        let stdin = calling.stdin.into();
        let program = Program { stdin, processors: permit.processors(), limits, ..program };
        let harness: Vec<_> = calling
            .files
            .iter()
            .map(|file| SandboxFile::plain(&file.name, file.content.as_bytes()))
            .collect();
        let files = merge_files(&harness, &self.built.files);
        let files = merge_files(&files, beside);
        let sandbox = self.reusable.reset_with(&files, DiskQuota::for_limits(&self.source.limits))?;
        let mut out_of_memory = OutOfMemoryDetector::of(self.source.language);
        let mut sink = |stream, piece: &[u8]| out_of_memory.observe(stream, piece);
        let outcome = sandbox.run(&program, self.deadline.stop, &mut sink).await?;
        self.deadline.check()?;
        Ok(out_of_memory.reclassify(outcome))
    }

    /// Whether these sources have a right syntax, by the runtime that waits in the sandbox and then runs the first test. False if there
    /// is none, or it has anything to say about them.
    pub(crate) async fn passes_syntax_check(&mut self, sources: &[String]) -> Result<bool, GradeError> {
        let _guard = self.deadline.wait(self.exclusion.enter(Visibility::Public)).await?;
        let program = self.source.run(&[], Stdin::Bytes(Vec::new()), &self.deadline);
        let sandbox =
            self.reusable.reset_with(&self.built.files, DiskQuota::for_limits(&self.source.limits))?;
        let checked = self.deadline.wait(sandbox.check_syntax(&program, sources)).await??;
        self.is_untouched = true;
        Ok(checked == SyntaxCheck::Sound)
    }

    /// Whether a run that got this verdict (none if it ended well) is made once more. If so, that has another sandbox, with
    /// namespaces of its own: nothing that the first run could leave anywhere tells the second of it.
    pub(crate) async fn should_rerun(
        &mut self,
        run: TestRun,
        verdict: Option<Verdict>,
        outcome: &Outcome,
    ) -> Result<bool, GradeError> {
        match rerun(run, verdict, outcome, self.limits()) {
            Rerun::No => Ok(false),
            Rerun::Isolated => {
                counts::run_again();
                self.replace_sandbox().await.map(|()| true)
            }
        }
    }

    /// The sandbox as new, with the program and the test's files in it.
    pub(crate) fn reset_with(
        &mut self,
        setup: &TestSetup<'_>,
    ) -> Result<&mut sandbox::OpenSandbox, GradeError> {
        if std::mem::take(&mut self.is_untouched) && setup.added_files.is_empty() {
            return Ok(self.reusable.open()?);
        }
        let files = merge_files(&self.built.files, &setup.added_files);
        Ok(self.reusable.reset_with(&files, DiskQuota::for_limits(&self.source.limits))?)
    }

    pub(crate) async fn replace_sandbox(&mut self) -> Result<(), GradeError> {
        self.is_untouched = false;
        Ok(self.reusable.replace().await?)
    }

    /// Gives the sandbox back, and the program.
    pub(crate) fn release(self) -> (Source<'a>, BuildOutput) {
        self.reusable.release();
        (self.source, self.built)
    }
}

/// The right to run a program once.
pub(crate) struct RunPermit {
    core: Core,
    _guard: ExclusionGuard,
}

impl RunPermit {
    /// Processors for the program.
    fn processors(&self) -> Vec<u32> {
        self.core.processors()
    }
}

/// Size of each stream that is kept to be shown.
const MAX_KEPT: Bytes = MAX_EXCERPT;

/// Clears the truncation flags: output beyond what is kept was judged as it came, and output beyond the limit ended the run.
pub(crate) fn ignore_truncation(outcome: Outcome) -> Outcome {
    Outcome { stdout_truncated: false, stderr_truncated: false, ..outcome }
}

/// Both, where of two files with the same name the first counts: a test may not take the place of the program.
fn merge_files<'f>(first: &'f [SandboxFile], second: &[SandboxFile]) -> Cow<'f, [SandboxFile]> {
    if second.is_empty() {
        return Cow::Borrowed(first);
    }
    let others = second.iter().filter(|file| !first.iter().any(|own| names_clash(&own.name, &file.name)));
    first.iter().chain(others).cloned().collect()
}
