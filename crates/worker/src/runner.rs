//! A submission, compiled and run in one sandbox.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use languages::{Command, Language, Registry, Toolchain};
use model::{Limits, Outcome, Report, Stream, Submission};
use sandbox::{Ahead, Live, Occupied, Pool, Program, SandboxError, SandboxFile, Space};
use tokio_util::sync::CancellationToken;

/// Runs submissions in the sandboxes of a pool. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct Runner {
    pool: Pool,
    languages: Arc<Registry>,
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
    pub const fn new(pool: Pool, languages: Arc<Registry>) -> Self {
        Self { pool, languages }
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
    /// compiler) writes also goes to `sink`. Cancelling `stop` ends it; the report then has what was done by then.
    pub async fn run(
        &self,
        submission: &Submission,
        deadline: Duration,
        stop: &CancellationToken,
        sink: &mut Sink<'_>,
    ) -> Result<Report, RunError> {
        self.run_perhaps_live(submission, None, Hold { deadline, stop }, sink).await
    }

    /// The same, while somebody talks to the program (not to the compiler).
    pub async fn run_live(
        &self,
        submission: &Submission,
        live: Live,
        hold: Hold<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<Report, RunError> {
        self.run_perhaps_live(submission, Some(live), hold, sink).await
    }

    async fn run_perhaps_live(
        &self,
        submission: &Submission,
        live: Option<Live>,
        Hold { deadline, stop }: Hold<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<Report, RunError> {
        let (language, toolchain) = self.language(submission)?;
        let compile = language.compile(&submission.files);
        let space = Space::of(&submission.limits);
        let space = compile
            .iter()
            .filter_map(|command| command.limits)
            .fold(space, |space, limits| space.or(Space::of(&limits)));
        let has_terminal = live.as_ref().is_some_and(|live| live.terminal.is_some());
        // What waits has pipes already.
        let can_be_ahead = !has_terminal && language.can_run_ahead(&submission.files);
        let ahead = can_be_ahead.then(|| language.id.as_str());
        let mut sandbox = self.pool.lease(ahead).await?.open(&files(submission), space)?;
        let end = Instant::now() + deadline;
        let mut steps = Steps { submission, stop, end, sandbox: &mut sandbox };
        let (compile, run) = steps.take(language, compile, live, sink).await?;
        self.pool.take_back(sandbox.finish());
        Ok(Report { toolchain: toolchain.description.clone(), compile, run })
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
        live: Option<Live>,
        sink: &mut Sink<'_>,
    ) -> Result<(Option<Outcome>, Option<Outcome>), SandboxError> {
        let compiled = match compile {
            Some(command) => {
                let program = self.program(command, Vec::new(), None);
                Some(self.sandbox.run(&program, self.stop, &mut |_, _| {}).await?)
            }
            None => None,
        };
        if compiled.as_ref().is_some_and(|compiled| !compiled.is_success()) {
            return Ok((compiled, None));
        }
        let command = language.run(&self.submission.files, &self.submission.args);
        let stdin = self.submission.stdin.as_bytes().to_vec();
        let ahead = language
            .can_run_ahead(&self.submission.files)
            .then(|| Ahead { prestart: language.id.as_str().to_owned(), args: self.submission.args.clone() });
        let program = self.program(command, stdin, ahead);
        let run = match live {
            Some(live) => self.sandbox.run_live(&program, live, self.stop, sink).await?,
            None => self.sandbox.run(&program, self.stop, sink).await?,
        };
        Ok((compiled, Some(run)))
    }

    fn program(&self, command: Command, stdin: Vec<u8>, ahead: Option<Ahead>) -> Program {
        let limits = command.limits.unwrap_or(self.submission.limits);
        let left = self.end.saturating_duration_since(Instant::now());
        let limits = Limits { wall: limits.wall.min(left), ..limits };
        Program { argv: command.argv, env: command.env, stdin, limits, ahead }
    }
}

fn files(submission: &Submission) -> Vec<SandboxFile> {
    let file = |file: &model::SourceFile| SandboxFile {
        name: file.name.clone(),
        content: file.content.as_bytes().to_vec(),
    };
    submission.files.iter().map(file).collect()
}
