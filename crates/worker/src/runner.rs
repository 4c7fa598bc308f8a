//! A submission, compiled and run in one sandbox.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use languages::{Command, Language, Registry, Toolchain};
use model::{Limits, Outcome, Report, Stream, Submission};
use sandbox::{Occupied, Pool, Program, SandboxError, SandboxFile, Space};
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
        let (language, toolchain) = self.language(submission)?;
        let compile = language.compile(&submission.files);
        let space = Space::of(&submission.limits);
        let space = compile
            .iter()
            .filter_map(|command| command.limits)
            .fold(space, |space, limits| space.or(Space::of(&limits)));
        let mut box_ = self.pool.lease().await?.open(&files(submission), space).await?;
        let steps = Steps { submission, stop, end: Instant::now() + deadline };
        let report = steps.take(language, toolchain, compile, &mut box_, sink).await?;
        self.pool.take_back(box_.finish());
        Ok(report)
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

/// The steps of one submission, sharing one end.
struct Steps<'a> {
    submission: &'a Submission,
    stop: &'a CancellationToken,
    end: Instant,
}

impl Steps<'_> {
    async fn take(
        &self,
        language: &Language,
        toolchain: &Toolchain,
        compile: Option<Command>,
        sandbox: &mut Occupied,
        sink: &mut Sink<'_>,
    ) -> Result<Report, SandboxError> {
        let mut report = Report { toolchain: toolchain.description.clone(), compile: None, run: None };
        if let Some(command) = compile {
            let compiled = self.step(command, Vec::new(), sandbox, &mut |_, _| {}).await?;
            let went_well = compiled.is_success();
            report.compile = Some(compiled);
            if !went_well {
                return Ok(report);
            }
        }
        let command = language.run(&self.submission.files, &self.submission.args);
        let stdin = self.submission.stdin.as_bytes().to_vec();
        report.run = Some(self.step(command, stdin, sandbox, sink).await?);
        Ok(report)
    }

    async fn step(
        &self,
        command: Command,
        stdin: Vec<u8>,
        sandbox: &mut Occupied,
        sink: &mut Sink<'_>,
    ) -> Result<Outcome, SandboxError> {
        let limits = command.limits.unwrap_or(self.submission.limits);
        let left = self.end.saturating_duration_since(Instant::now());
        let limits = Limits { wall: limits.wall.min(left), ..limits };
        let program = Program { argv: command.argv, env: command.env, stdin, limits };
        sandbox.run(&program, self.stop, sink).await
    }
}

fn files(submission: &Submission) -> Vec<SandboxFile> {
    let file = |file: &model::SourceFile| SandboxFile {
        name: file.name.clone(),
        content: file.content.as_bytes().to_vec(),
    };
    submission.files.iter().map(file).collect()
}
