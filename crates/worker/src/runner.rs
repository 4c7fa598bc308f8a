//! A submission, compiled and run in one sandbox.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, Instant},
};

use languages::{Command, Language, Registry, Toolchain};
use model::{
    ArtifactLimits, Artifacts, AttemptTimestamps, Bytes, Ending, LanguageId, Limits, Network, Outcome,
    Report, SourceFile, Stream, Submission, Timestamp, Transcript, Usage, Visibility, names_clash,
};
use sandbox::{
    DiskQuota, Inodes, LiveIo, OpenSandbox, Pool, PrestartedRun, Program, SandboxError, SandboxFile,
};
use tokio_util::sync::CancellationToken;

use crate::{
    CompileCache, Exclusion,
    advice::advised,
    compile_cache::{Compiled, Found, Place, may_be_kept},
    compile_key::Key,
    exclusion::Turn,
    left_behind,
    shortage::Shortage,
};

/// Runs submissions in the sandboxes of a pool. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct Runner {
    pool: Pool,
    languages: Arc<Registry>,
    cache: Option<CompileCache>,
    artifacts: ArtifactLimits,
    exclusion: Exclusion,
}

/// What came of a submission.
#[derive(Debug)]
pub struct Ran {
    /// What there is to record.
    pub report: Report,
    /// The bytes of each file that its report lists as kept, in the same order.
    pub files: Vec<Vec<u8>>,
    /// When it came how far.
    pub moments: AttemptTimestamps,
}

/// Our side could not run a submission.
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

/// How long a live run may take, and what ends it before.
#[derive(Debug, Clone, Copy)]
pub struct Hold<'a> {
    /// For all of it, compiling included.
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
        Self { pool, languages, cache: None, artifacts, exclusion: Exclusion::default() }
    }

    /// The same, but a program that is in this cache is not compiled again.
    #[must_use]
    pub fn with_compile_cache(self, cache: CompileCache) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// The same, bringing out this much of what programs write.
    #[must_use]
    pub fn keeping(self, artifacts: ArtifactLimits) -> Self {
        Self { artifacts, ..self }
    }

    /// The same, running nothing while a hidden test runs that this excludes, and no hidden test beside anything.
    #[must_use]
    pub fn excluding(self, exclusion: Exclusion) -> Self {
        Self { exclusion, ..self }
    }

    /// How many submissions can be run at once.
    pub fn slots(&self) -> u32 {
        self.pool.slots()
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
    /// What the program leaves behind comes along if the submission asks for it, unless it was stopped.
    pub async fn run(
        &self,
        submission: &Submission,
        deadline: Duration,
        stop: &CancellationToken,
        sink: &mut Sink<'_>,
    ) -> Result<Ran, RunError> {
        self.run_perhaps_live(submission, None, Hold { deadline, stop }, sink).await
    }

    /// The same, while somebody talks to the program (not to the compiler).
    pub async fn run_live(
        &self,
        submission: &Submission,
        live: LiveIo,
        hold: Hold<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<Ran, RunError> {
        self.run_perhaps_live(submission, Some(live), hold, sink).await
    }

    async fn run_perhaps_live(
        &self,
        submission: &Submission,
        live: Option<LiveIo>,
        Hold { deadline, stop }: Hold<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<Ran, RunError> {
        let (language, toolchain) = self.chosen(submission)?;
        let language = language.as_ref();
        let submission = &Submission { files: language.arrange(&submission.files), ..submission.clone() };
        let report = |compile: Option<Outcome>, run, artifacts| Report {
            toolchain: toolchain.description.clone(),
            compile: compile.map(|outcome| advised(outcome, language, &submission.files)),
            run,
            artifacts,
            grading: None,
        };
        let compile = language.compile(&submission.files).map(|command| within(command, self.pool.memory()));
        let space = space(&submission.limits, compile.as_ref());
        let key = |command: &Command| Key::new(language, toolchain, command, &submission.files, space);
        let compilation = self.compilation(compile, key, stop).await;
        let mut moments = AttemptTimestamps::default();
        if let Compilation::Done(_) = &compilation {
            moments.compiled = Some(Timestamp::now());
        }
        if let Compilation::Done(compiled) = &compilation
            && !compiled.outcome.is_success()
        {
            let report = report(Some(compiled.outcome.clone()), None, Artifacts::default());
            return Ok(Ran { report, files: Vec::new(), moments });
        }
        let has_terminal = live.as_ref().is_some_and(|live| live.terminal.is_some());
        let network = submission.network.unwrap_or_else(|| language.network_for(&submission.files));
        // What waits has pipes already, and no network.
        let can_be_ahead =
            !has_terminal && network == Network::None && language.can_prestart(&submission.files);
        let ahead = can_be_ahead.then(|| language.id.as_str());
        let files = files(submission, &compilation);
        let lease = self.pool.lease(ahead, compilation.memory(submission));
        let Some(lease) = stop.run_until_cancelled(lease).await else {
            let report = report(compilation.outcome(), Some(never_begun()), Artifacts::default());
            return Ok(Ran { report, files: Vec::new(), moments });
        };
        let mut sandbox = lease?.open(&files, space)?;
        moments.leased = Some(Timestamp::now());
        let turn = stop.run_until_cancelled(self.turn(Visibility::Public)).await;
        let end = Instant::now() + deadline;
        let mut steps = Steps { submission, network, stop, end, sandbox: &mut sandbox };
        let compile = match turn {
            Some(_) => steps.compile(compilation).await?,
            None => compilation.outcome(),
        };
        moments.compiled = moments.compiled.or_else(|| compile.is_some().then(Timestamp::now));
        let run = match &compile {
            Some(compiled) if !compiled.is_success() => None,
            Some(_) | None if turn.is_none() => Some(never_begun()),
            Some(_) | None => Some(steps.run(language, live, sink).await?),
        };
        drop(turn);
        moments.ran = run.is_some().then(Timestamp::now);
        let (artifacts, files) =
            left_behind::bring_out(&mut sandbox, submission, run.as_ref(), &self.artifacts).await?;
        self.pool.take_back(sandbox.finish());
        Ok(Ran { report: report(compile, run, artifacts), files, moments })
    }

    /// What there is to do before the run. Waits while somebody else compiles the same.
    pub(crate) async fn compilation(
        &self,
        command: Option<Command>,
        key: impl Fn(&Command) -> Key,
        stop: &CancellationToken,
    ) -> Compilation<'_> {
        let Some(command) = command else { return Compilation::Needless };
        let Some(cache) = &self.cache else { return Compilation::Due(command, None) };
        match stop.run_until_cancelled(cache.find(key(&command))).await {
            Some(Found::Compiled(compiled)) => Compilation::Done(compiled),
            Some(Found::Missing(place)) => Compilation::Due(command, Some(place)),
            // Also when it is to stop: the compiler's outcome will say so.
            Some(Found::Unkept) | None => Compilation::Due(command, None),
        }
    }

    /// Waits for the turn of a program that is given an input of this kind.
    pub(crate) async fn turn(&self, input: Visibility) -> Turn {
        self.exclusion.turn(input).await
    }

    /// What its programs take turns by.
    pub(crate) const fn exclusion(&self) -> &Exclusion {
        &self.exclusion
    }

    /// The sandboxes.
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The language of a submission, with what it chooses of how it is compiled and run.
    pub(crate) fn chosen(
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
struct Steps<'a> {
    submission: &'a Submission,
    /// Of the run; a compiler has none.
    network: Network,
    stop: &'a CancellationToken,
    end: Instant,
    sandbox: &'a mut OpenSandbox,
}

/// What there is to do before a program can run.
pub(crate) enum Compilation<'a> {
    /// Nothing: the language is not compiled.
    Needless,
    /// Nothing any more.
    Done(Arc<Compiled>),
    /// This, and what comes of it has a place, if it is to be kept.
    Due(Command, Option<Place<'a>>),
}

impl Compilation<'_> {
    /// How it went, if it is done.
    fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Needless | Self::Due(..) => None,
            Self::Done(compiled) => Some(compiled.outcome.clone()),
        }
    }

    /// The most memory that any program of this submission may use in its sandbox.
    fn memory(&self, submission: &Submission) -> Bytes {
        let compiler = match self {
            Self::Needless | Self::Done(_) => None,
            Self::Due(command, _) => command.limits.map(|limits| limits.memory),
        };
        submission.limits.memory.max(compiler.unwrap_or_default())
    }
}

impl Steps<'_> {
    /// How compiling went, if the language is compiled.
    async fn compile(&mut self, compilation: Compilation<'_>) -> Result<Option<Outcome>, SandboxError> {
        let (command, place) = match compilation {
            Compilation::Needless => return Ok(None),
            Compilation::Done(compiled) => return Ok(Some(compiled.outcome.clone())),
            Compilation::Due(command, place) => (command, place),
        };
        let program = self.program(command, Vec::new(), None);
        let outcome = self.sandbox.run(&program, self.stop, &mut |_, _| {}).await?;
        match place {
            Some(place) if may_be_kept(&outcome) => {
                let collected = self.sandbox.collect(&place.wanted()).await?;
                place.keep(&outcome, collected);
            }
            // Dropped: whoever waits is not cancelled, and may compile in its stead.
            Some(_) if outcome.ending == Ending::Cancelled => {}
            Some(place) => place.keep_nothing(),
            None => {}
        }
        if outcome.is_success() {
            left_behind::look(self.sandbox, self.submission).await?;
        }
        Ok(Some(outcome))
    }

    /// How the run went.
    async fn run(
        &mut self,
        language: &Language,
        live: Option<LiveIo>,
        sink: &mut Sink<'_>,
    ) -> Result<Outcome, SandboxError> {
        let Submission { files, args, limits, .. } = self.submission;
        let command = language.run(files, args, limits.memory);
        let stdin = self.submission.stdin.as_bytes().to_vec();
        let ahead = language.can_prestart(&self.submission.files).then(|| PrestartedRun {
            prestart: language.id.as_str().to_owned(),
            args: self.submission.args.clone(),
        });
        let program = Program { network: self.network, ..self.program(command, stdin, ahead) };
        let mut shortage = Shortage::of(language);
        // A terminal is one stream, with what would be errors in it.
        let errors = match &live {
            Some(live) if live.terminal.is_some() => Stream::Stdout,
            Some(_) | None => Stream::Stderr,
        };
        let mut listening = |stream, piece: &[u8]| {
            if stream == errors {
                shortage.hear(Stream::Stderr, piece);
            }
            sink(stream, piece);
        };
        let outcome = match live {
            Some(live) => self.sandbox.run_live(&program, live, self.stop, &mut listening).await,
            None => self.sandbox.run(&program, self.stop, &mut listening).await,
        };
        Ok(shortage.named(outcome?))
    }

    fn program(&self, command: Command, stdin: Vec<u8>, ahead: Option<PrestartedRun>) -> Program {
        let limits = command.limits.unwrap_or(self.submission.limits);
        let left = self.end.saturating_duration_since(Instant::now());
        let limits = Limits { wall: limits.wall.min(left), ..limits };
        Program { stdin: stdin.into(), prestarted: ahead, ..Program::new(command.argv, command.env, limits) }
    }
}

/// The same with no more memory than there is: what compilers are allowed is what the largest programs take.
pub(crate) fn within(command: Command, memory: Bytes) -> Command {
    let limits = command.limits.map(|limits| Limits { memory: limits.memory.min(memory), ..limits });
    Command { limits, ..command }
}

/// What came of a run that was cancelled while it waited for its turn.
fn never_begun() -> Outcome {
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
        Compilation::Needless | Compilation::Due(..) => &[],
    };
    beside(&submission.files, made)
}

/// Sources, and what a compiler has made of them, which may replace one.
pub(crate) fn beside(sources: &[SourceFile], made: &[SandboxFile]) -> Vec<SandboxFile> {
    let sources = sources.iter().filter(|file| !made.iter().any(|made| names_clash(&made.name, &file.name)));
    let sources = sources.map(|file| SandboxFile::plain(&file.name, file.content.as_bytes()));
    sources.chain(made.iter().cloned()).collect()
}
