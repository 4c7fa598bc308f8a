//! Runner: compiles and runs one submission in one sandbox.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, Instant},
};

use languages::{Command, Language, Registry, Toolchain};
use model::{
    ArtifactLimits, Artifacts, AttemptTimestamps, Bytes, Ending, LanguageId, Limits, Network, Outcome,
    PICTURES_VARIABLE, Report, SourceFile, Stream, Submission, Timestamp, Transcript, Usage, Visibility,
    names_clash,
};
use sandbox::{
    DiskQuota, Inodes, Lease, LiveIo, OpenSandbox, PictureSink, Pool, PrestartedRun, Program, SandboxError,
    SandboxFile,
};
use tokio_util::sync::CancellationToken;

use crate::{
    CompileCache, Exclusion,
    advice::with_advice,
    artifact_collection,
    compile_cache::{CacheLookup, CompileOutput, PendingEntry, is_cacheable},
    compile_key::CompileKey,
    exclusion::ExclusionGuard,
    out_of_memory::OutOfMemoryDetector,
};

/// Runs submissions in the sandboxes of a pool. A handle: cheap to clone.
///
/// A run goes through one sandbox: the sources are put in, the compiler runs if the language has one, then the program. Both have limits
/// of their own, and the whole has a deadline. The result of the compiler is taken from the [`CompileCache`] if it has been made from the
/// same sources, command and toolchain before; then the sandbox only gets the output, and may be one in which the runtime already waits.
///
/// A program that misbehaves gives a [`RunResult`] that says so. A [`RunError`] means that nothing is known of the program: the language is
/// missing here, or the sandbox failed. The sandbox of a failed run is not used again.
#[derive(Debug, Clone)]
pub struct Runner {
    pool: Pool,
    languages: Arc<Registry>,
    cache: Option<CompileCache>,
    artifacts: ArtifactLimits,
    exclusion: Exclusion,
    pictures: Option<PictureSink>,
}

/// Result of a run.
#[derive(Debug)]
pub struct RunResult {
    /// The report to record.
    pub report: Report,
    /// The bytes of each file that its report lists as kept, in the same order.
    pub files: Vec<Vec<u8>>,
    /// When each step was done.
    pub timestamps: AttemptTimestamps,
}

/// A failure of ours: the submission could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// This host cannot run that language; another may.
    #[error("{language} cannot be run here: {reason}")]
    Unavailable {
        /// Its id.
        language: String,
        /// Why.
        reason: String,
    },
    /// The sandbox failed, or this host has not as much memory as was asked for: [`SandboxError::TooMuchMemory`].
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Deadline and stop signal of a run or a grading.
#[derive(Debug, Clone, Copy)]
pub struct RunControl<'a> {
    /// Time for all of it, compiling included.
    pub deadline: Duration,
    /// Cancelled, it ends the run; the report then has what was done by then.
    pub stop: &'a CancellationToken,
}

/// Takes what a program writes, as it comes.
pub type Sink<'a> = dyn FnMut(Stream, &[u8]) + Send + 'a;

impl Runner {
    /// A runner over these sandboxes and languages.
    pub fn new(pool: Pool, languages: Arc<Registry>) -> Self {
        let artifacts = ArtifactLimits::default();
        Self { pool, languages, cache: None, artifacts, exclusion: Exclusion::default(), pictures: None }
    }

    /// The same, but a program that is in this cache is not compiled again.
    #[must_use]
    pub fn with_compile_cache(self, cache: CompileCache) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// The same, bringing out this much of what programs write.
    #[must_use]
    pub fn with_artifacts(self, artifacts: ArtifactLimits) -> Self {
        Self { artifacts, ..self }
    }

    /// The same, running nothing while a hidden test runs that this excludes, and no hidden test beside anything.
    #[must_use]
    pub fn with_exclusion(self, exclusion: Exclusion) -> Self {
        Self { exclusion, ..self }
    }

    /// The same, passing pictures to this sink while programs run: those of all live programs, and of others where the language
    /// file sets [`PICTURES_VARIABLE`].
    #[must_use]
    pub fn showing(self, pictures: PictureSink) -> Self {
        Self { pictures: Some(pictures), ..self }
    }

    /// Number of submissions can be run at once.
    pub fn slots(&self) -> u32 {
        self.pool.slots()
    }

    /// Number of sessions whose programs may wait for input beside them.
    pub fn waiting_sessions(&self) -> u32 {
        self.pool.waiting_sessions()
    }

    /// Whose the inodes of toolchains are that submissions see.
    pub fn inodes(&self) -> Inodes {
        self.pool.inodes()
    }

    /// The most memory that a submission may ask for.
    pub fn memory(&self) -> Bytes {
        self.pool.memory()
    }

    /// Whether a submission that asks for so much memory could be begun now without waiting for others.
    pub fn has_room(&self, memory: Bytes) -> bool {
        self.pool.has_capacity(memory)
    }

    /// The languages of this host.
    pub fn languages(&self) -> &Registry {
        &self.languages
    }

    /// Compiles if the language is compiled, and runs if that went well, all within `deadline`. What the program (not the
    /// compiler) writes also goes to `sink`. Cancelling `stop` ends it; the report then has what was done by then. Where the
    /// cache has the compilation, the report has its outcome from when it was made.
    /// Artifacts are collected if the submission asks for them, unless the run was stopped.
    pub async fn run(
        &self,
        submission: &Submission,
        deadline: Duration,
        stop: &CancellationToken,
        sink: &mut Sink<'_>,
    ) -> Result<RunResult, RunError> {
        self.run_with_optional_live_io(submission, None, RunControl { deadline, stop }, sink).await
    }

    /// The same, while somebody talks to the program (not to the compiler).
    pub async fn run_live(
        &self,
        submission: &Submission,
        live: LiveIo,
        control: RunControl<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<RunResult, RunError> {
        self.run_with_optional_live_io(submission, Some(live), control, sink).await
    }

    async fn run_with_optional_live_io(
        &self,
        submission: &Submission,
        live: Option<LiveIo>,
        RunControl { deadline, stop }: RunControl<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<RunResult, RunError> {
        let (language, toolchain) = self.resolve_language(submission)?;
        let language = language.as_ref();
        let submission = &Submission { files: language.arrange(&submission.files), ..submission.clone() };
        let report = |compile: Option<Outcome>, run, artifacts| Report {
            toolchain: toolchain.description.clone(),
            compile: compile.map(|outcome| with_advice(outcome, language, &submission.files)),
            run,
            artifacts,
            grading: None,
        };
        let compile =
            language.compile(&submission.files).map(|command| cap_memory(command, self.pool.memory()));
        let space = space(&submission.limits, compile.as_ref());
        let key = |command: &Command| CompileKey::new(language, toolchain, command, &submission.files, space);
        let compilation = self.compilation(compile, key, stop).await;
        let mut timestamps = AttemptTimestamps::default();
        if let Compilation::Done(_) = &compilation {
            timestamps.compiled = Some(Timestamp::now());
        }
        if let Compilation::Done(compiled) = &compilation
            && !compiled.outcome.is_success()
        {
            let report = report(Some(compiled.outcome.clone()), None, Artifacts::default());
            return Ok(RunResult { report, files: Vec::new(), timestamps });
        }
        let has_terminal = live.as_ref().is_some_and(|live| live.terminal.is_some());
        let network = submission.network.unwrap_or_else(|| language.network_for(&submission.files));
        // A waiting runtime has pipes already, and no network.
        let can_be_ahead =
            !has_terminal && network == Network::None && language.can_prestart(&submission.files);
        let ahead = can_be_ahead.then(|| language.id.as_str());
        let files = files(submission, &compilation);
        let lease = self.lease(live.as_ref(), ahead, compilation.memory(submission));
        let Some(lease) = stop.run_until_cancelled(lease).await else {
            let report = report(compilation.outcome(), Some(not_started()), Artifacts::default());
            return Ok(RunResult { report, files: Vec::new(), timestamps });
        };
        let mut sandbox = lease?.open(&files, space)?;
        timestamps.leased = Some(Timestamp::now());
        let guard = stop.run_until_cancelled(self.enter(Visibility::Public)).await;
        let end = Instant::now() + deadline;
        let pictures = self.pictures.as_ref();
        let mut run_of_submission =
            SubmissionRun { submission, network, stop, end, sandbox: &mut sandbox, pictures };
        let compile = match guard {
            Some(_) => run_of_submission.compile(compilation).await?,
            None => compilation.outcome(),
        };
        timestamps.compiled = timestamps.compiled.or_else(|| compile.is_some().then(Timestamp::now));
        let run = match &compile {
            Some(compiled) if !compiled.is_success() => None,
            Some(_) | None if guard.is_none() => Some(not_started()),
            Some(_) | None => Some(run_of_submission.run(language, live, sink).await?),
        };
        drop(guard);
        timestamps.ran = run.is_some().then(Timestamp::now);
        let (artifacts, files) =
            artifact_collection::collect_artifacts(&mut sandbox, submission, run.as_ref(), &self.artifacts)
                .await?;
        self.pool.take_back(sandbox.finish());
        Ok(RunResult { report: report(compile, run, artifacts), files, timestamps })
    }

    /// A lease; a session waits for its turn first.
    async fn lease(
        &self,
        live: Option<&LiveIo>,
        ahead: Option<&str>,
        memory: Bytes,
    ) -> Result<Lease, SandboxError> {
        let Some(live) = live else { return self.pool.lease(ahead, memory).await };
        let turn = self.pool.session_turn(live).await?;
        self.pool.lease_for_session(turn, ahead, memory).await
    }

    /// Looks the compilation up. Waits while another task compiles the same.
    pub(crate) async fn compilation(
        &self,
        command: Option<Command>,
        key: impl Fn(&Command) -> CompileKey,
        stop: &CancellationToken,
    ) -> Compilation<'_> {
        let Some(command) = command else { return Compilation::NotNeeded };
        let Some(cache) = &self.cache else { return Compilation::Required(command, None) };
        match stop.run_until_cancelled(cache.find(key(&command))).await {
            Some(CacheLookup::Compiled(compiled)) => Compilation::Done(compiled),
            Some(CacheLookup::Missing(pending)) => Compilation::Required(command, Some(pending)),
            // Also when it is to stop: the compiler's outcome will say so.
            Some(CacheLookup::NotCacheable) | None => Compilation::Required(command, None),
        }
    }

    /// Waits until a program with an input of this visibility may run.
    pub(crate) async fn enter(&self, input: Visibility) -> ExclusionGuard {
        self.exclusion.enter(input).await
    }

    /// Mutual exclusion of its programs.
    pub(crate) const fn exclusion(&self) -> &Exclusion {
        &self.exclusion
    }

    /// The sandboxes.
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The language of a submission, with what it chooses of how it is compiled and run.
    pub(crate) fn resolve_language(
        &self,
        submission: &Submission,
    ) -> Result<(Cow<'_, Language>, &Toolchain), RunError> {
        let (language, toolchain) = self.language(&submission.language)?;
        let chosen =
            language.with_options(&submission.options).map_err(|(option, error)| RunError::Unavailable {
                language: language.name.clone(),
                reason: format!("its option {option} {error}"),
            })?;
        Ok((chosen, toolchain))
    }

    pub(crate) fn language(&self, id: &LanguageId) -> Result<(&Language, &Toolchain), RunError> {
        let id = id.as_str();
        let unavailable =
            |reason: &str| RunError::Unavailable { language: id.to_owned(), reason: reason.to_owned() };
        let language = self.languages.find(id).ok_or_else(|| unavailable("no such language"))?;
        let toolchain = language.toolchain().ok_or_else(|| unavailable("its toolchain is missing"))?;
        Ok((language, toolchain))
    }
}

/// The steps of one submission, in one sandbox and with one end.
struct SubmissionRun<'a> {
    submission: &'a Submission,
    /// Of the run; a compiler has none.
    network: Network,
    stop: &'a CancellationToken,
    end: Instant,
    sandbox: &'a mut OpenSandbox,
    pictures: Option<&'a PictureSink>,
}

/// State of the compilation that a program needs before it can run.
pub(crate) enum Compilation<'a> {
    /// The language is not compiled.
    NotNeeded,
    /// It is in the cache.
    Done(Arc<CompileOutput>),
    /// The command must be run; its result goes into the cache entry, if there is one.
    Required(Command, Option<PendingEntry<'a>>),
}

impl Compilation<'_> {
    /// Its outcome, if it is done.
    fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::NotNeeded | Self::Required(..) => None,
            Self::Done(compiled) => Some(compiled.outcome.clone()),
        }
    }

    /// The most memory that any program of this submission may use in its sandbox.
    fn memory(&self, submission: &Submission) -> Bytes {
        let compiler = match self {
            Self::NotNeeded | Self::Done(_) => None,
            Self::Required(command, _) => command.limits.map(|limits| limits.memory),
        };
        submission.limits.memory.max(compiler.unwrap_or_default())
    }
}

impl SubmissionRun<'_> {
    /// Outcome of compiling, if the language is compiled.
    async fn compile(&mut self, compilation: Compilation<'_>) -> Result<Option<Outcome>, SandboxError> {
        let (command, pending) = match compilation {
            Compilation::NotNeeded => return Ok(None),
            Compilation::Done(compiled) => return Ok(Some(compiled.outcome.clone())),
            Compilation::Required(command, pending) => (command, pending),
        };
        let program = self.program(command, Vec::new(), None);
        let outcome = self.sandbox.run(&program, self.stop, &mut |_, _| {}).await?;
        match pending {
            Some(pending) if is_cacheable(&outcome) => {
                let collected = self.sandbox.collect(&pending.files_to_collect()).await?;
                pending.insert(&outcome, collected);
            }
            // Dropped: whoever waits is not cancelled, and may compile in its stead.
            Some(_) if outcome.ending == Ending::Cancelled => {}
            Some(pending) => pending.decline(),
            None => {}
        }
        if outcome.is_success() {
            artifact_collection::take_snapshot(self.sandbox, self.submission).await?;
        }
        Ok(Some(outcome))
    }

    /// Outcome of the run.
    async fn run(
        &mut self,
        language: &Language,
        live: Option<LiveIo>,
        sink: &mut Sink<'_>,
    ) -> Result<Outcome, SandboxError> {
        let Submission { files, args, limits, .. } = self.submission;
        let mut command = language.run(files, args, limits.memory);
        let shows = |(name, _): &(String, String)| name == PICTURES_VARIABLE;
        let mut env = Vec::new();
        if live.is_some() && self.pictures.is_some() && !command.env.iter().any(shows) {
            env.push((PICTURES_VARIABLE.to_owned(), "1".to_owned()));
        }
        command.env.extend_from_slice(&env);
        let pictures = self.pictures.filter(|_| command.env.iter().any(shows)).cloned();
        let stdin = self.submission.stdin.as_bytes().to_vec();
        let ahead = language.can_prestart(&self.submission.files).then(|| PrestartedRun {
            prestart: language.id.as_str().to_owned(),
            args: self.submission.args.clone(),
            env,
        });
        let program = Program { network: self.network, pictures, ..self.program(command, stdin, ahead) };
        let mut out_of_memory = OutOfMemoryDetector::of(language);
        // A terminal is one stream, with what would be errors in it.
        let errors = match &live {
            Some(live) if live.terminal.is_some() => Stream::Stdout,
            Some(_) | None => Stream::Stderr,
        };
        let mut observing = |stream, piece: &[u8]| {
            if stream == errors {
                out_of_memory.observe(Stream::Stderr, piece);
            }
            sink(stream, piece);
        };
        let outcome = match live {
            Some(live) => self.sandbox.run_live(&program, live, self.stop, &mut observing).await,
            None => self.sandbox.run(&program, self.stop, &mut observing).await,
        };
        Ok(out_of_memory.reclassify(outcome?))
    }

    fn program(&self, command: Command, stdin: Vec<u8>, ahead: Option<PrestartedRun>) -> Program {
        let limits = command.limits.unwrap_or(self.submission.limits);
        let left = self.end.saturating_duration_since(Instant::now());
        let limits = Limits { wall: limits.wall.min(left), ..limits };
        Program { stdin: stdin.into(), prestarted: ahead, ..Program::new(command.argv, command.env, limits) }
    }
}

/// The same with no more memory than there is: what compilers are allowed is what the largest programs take.
pub(crate) fn cap_memory(command: Command, memory: Bytes) -> Command {
    let limits = command.limits.map(|limits| Limits { memory: limits.memory.min(memory), ..limits });
    Command { limits, ..command }
}

/// Outcome of a run that was cancelled before it started.
fn not_started() -> Outcome {
    Outcome {
        ending: Ending::Cancelled,
        forbidden_call: None,
        usage: Usage::default(),
        transcript: Transcript::default(),
        stdout_truncated: false,
        stderr_truncated: false,
    }
}

/// Room for the program and for its compiler.
pub(crate) fn space(limits: &Limits, compile: Option<&Command>) -> DiskQuota {
    let own = DiskQuota::for_limits(limits);
    compile.and_then(|command| command.limits).map_or(own, |limits| own.max(DiskQuota::for_limits(&limits)))
}

/// The sources, and what has been made of them already.
fn files(submission: &Submission, compilation: &Compilation<'_>) -> Vec<SandboxFile> {
    let made = match compilation {
        Compilation::Done(compiled) => compiled.files.as_slice(),
        Compilation::NotNeeded | Compilation::Required(..) => &[],
    };
    merge_build_output(&submission.files, made)
}

/// Sources, and what a compiler has made of them, which may replace one.
pub(crate) fn merge_build_output(sources: &[SourceFile], made: &[SandboxFile]) -> Vec<SandboxFile> {
    let sources = sources.iter().filter(|file| !made.iter().any(|made| names_clash(&made.name, &file.name)));
    let sources = sources.map(|file| SandboxFile::plain(&file.name, file.content.as_bytes()));
    sources.chain(made.iter().cloned()).collect()
}
