//! A submission, compiled and run in one sandbox.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use languages::{Command, Language, Registry, Toolchain};
use model::{ArtifactLimits, Limits, Outcome, Report, Stream, Submission};
use sandbox::{Ahead, Occupied, Pool, Program, SandboxError, SandboxFile, Space};
use tokio_util::sync::CancellationToken;

use crate::left_behind;

/// Runs submissions in the sandboxes of a pool. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct Runner {
    pool: Pool,
    languages: Arc<Registry>,
    artifacts: ArtifactLimits,
}

/// What came of a submission.
#[derive(Debug)]
pub struct Ran {
    /// What there is to record.
    pub report: Report,
    /// The bytes of each file that its report lists as kept, in the same order.
    pub files: Vec<Vec<u8>>,
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
    /// The sandbox failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Takes what a program writes, as it comes.
pub type Sink<'a> = dyn FnMut(Stream, &[u8]) + Send + 'a;

impl Runner {
    /// A runner over these sandboxes and languages.
    pub fn new(pool: Pool, languages: Arc<Registry>) -> Self {
        Self { pool, languages, artifacts: ArtifactLimits::default() }
    }

    /// The same, bringing out this much of what programs write.
    #[must_use]
    pub fn keeping(self, artifacts: ArtifactLimits) -> Self {
        Self { artifacts, ..self }
    }

    /// How many submissions can be run at once.
    pub fn slots(&self) -> u32 {
        self.pool.slots()
    }

    /// The languages of this host.
    pub fn languages(&self) -> &Registry {
        &self.languages
    }

    /// Compiles if the language is compiled, and runs if that went well, all within `deadline`. What the program (not the
    /// compiler) writes also goes to `sink`. Cancelling `stop` ends it; the report then has what was done by then. What the program leaves behind comes along if the submission asks
    /// for it, unless it was stopped.
    pub async fn run(
        &self,
        submission: &Submission,
        deadline: Duration,
        stop: &CancellationToken,
        sink: &mut Sink<'_>,
    ) -> Result<Ran, RunError> {
        let (language, toolchain) = self.language(submission)?;
        let compile = language.compile(&submission.files);
        let space = Space::of(&submission.limits);
        let space = compile
            .iter()
            .filter_map(|command| command.limits)
            .fold(space, |space, limits| space.or(Space::of(&limits)));
        let ahead = language.can_run_ahead(&submission.files).then(|| language.id.as_str());
        let mut sandbox = self.pool.lease(ahead).await?.open(&files(submission), space)?;
        let end = Instant::now() + deadline;
        let mut steps = Steps { submission, stop, end, sandbox: &mut sandbox };
        let (compile, run) = steps.take(language, compile, sink).await?;
        let (artifacts, files) =
            left_behind::bring_out(&mut sandbox, submission, run.as_ref(), &self.artifacts).await?;
        self.pool.take_back(sandbox.finish());
        let toolchain = toolchain.description.clone();
        Ok(Ran { report: Report { toolchain, compile, run, artifacts }, files })
    }

    fn language(&self, submission: &Submission) -> Result<(&Language, &Toolchain), RunError> {
        let id = submission.language.as_str();
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
    stop: &'a CancellationToken,
    end: Instant,
    sandbox: &'a mut Occupied,
}

impl Steps<'_> {
    /// How compiling went, if the language is compiled, and how the run went, if there was one.
    async fn take(
        &mut self,
        language: &Language,
        compile: Option<Command>,
        sink: &mut Sink<'_>,
    ) -> Result<(Option<Outcome>, Option<Outcome>), SandboxError> {
        let compiled = match compile {
            Some(command) => Some(self.step(command, Vec::new(), None, &mut |_, _| {}).await?),
            None => None,
        };
        if compiled.as_ref().is_some_and(|compiled| !compiled.is_success()) {
            return Ok((compiled, None));
        }
        if compiled.is_some() {
            left_behind::look(self.sandbox, self.submission).await?;
        }
        let command = language.run(&self.submission.files, &self.submission.args);
        let stdin = self.submission.stdin.as_bytes().to_vec();
        let ahead = language
            .can_run_ahead(&self.submission.files)
            .then(|| Ahead { prestart: language.id.as_str().to_owned(), args: self.submission.args.clone() });
        let run = self.step(command, stdin, ahead, sink).await?;
        Ok((compiled, Some(run)))
    }

    async fn step(
        &mut self,
        command: Command,
        stdin: Vec<u8>,
        ahead: Option<Ahead>,
        sink: &mut Sink<'_>,
    ) -> Result<Outcome, SandboxError> {
        let limits = command.limits.unwrap_or(self.submission.limits);
        let left = self.end.saturating_duration_since(Instant::now());
        let limits = Limits { wall: limits.wall.min(left), ..limits };
        let program = Program { argv: command.argv, env: command.env, stdin, limits, ahead };
        self.sandbox.run(&program, self.stop, sink).await
    }
}

fn files(submission: &Submission) -> Vec<SandboxFile> {
    let file = |file: &model::SourceFile| SandboxFile::plain(&file.name, file.content.as_bytes());
    submission.files.iter().map(file).collect()
}
