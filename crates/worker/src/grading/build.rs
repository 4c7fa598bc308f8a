//! A program made ready to be put into a sandbox again and again.

use std::time::Instant;

use languages::{Command, Language, SyntaxCheck, Toolchain};
use model::{Bytes, JudgingStyle, Limits, Network, Outcome, SourceFile, Visibility};
use sandbox::{Collect, Collected, FileSelection, Pool, PrestartedRun, Program, SandboxFile, Stdin};

use super::{GradeError, Room, Until};
use crate::{
    Runner,
    compile_cache::{Place, may_be_kept},
    compile_key::Key,
    runner::{Compilation, beside, space, within},
};

/// How much a compiler may leave that is to be put into the sandbox for each test.
pub(crate) const MOST_COMPILED: Bytes = Bytes::mib(64);

/// What a compiler left.
const COMPILED: Collect = Collect {
    selection: FileSelection::Changed,
    max_files: 1024,
    max_file_bytes: MOST_COMPILED,
    max_total_bytes: MOST_COMPILED,
    max_depth: 16,
};

/// A program as it was written.
pub(crate) struct Source<'a> {
    pub(crate) language: &'a Language,
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) files: Vec<SourceFile>,
    /// Of its runs.
    pub(crate) limits: Limits,
    /// Of its runs; compilers have none.
    pub(crate) network: Network,
}

/// What came of compiling it.
pub(crate) struct Built {
    /// Absent for languages that are not compiled, unless a check of the syntax refused it.
    pub(crate) outcome: Option<Outcome>,
    /// Everything that has to lie in the work folder when it runs.
    pub(crate) files: Vec<SandboxFile>,
}

impl Source<'_> {
    /// Compiles it, unless that has been done before or need not be.
    pub(crate) async fn build(&self, runner: &Runner, until: &Until<'_>) -> Result<Built, GradeError> {
        let whole = runner.pool().memory();
        let command = self.language.compile(&self.files).map(|command| within(command, whole));
        let space = space(&self.limits, command.as_ref());
        let key = |command: &Command| Key::new(self.language, self.toolchain, command, &self.files, space);
        match runner.compilation(command, key, until.stop).await {
            Compilation::Needless => Ok(Built { outcome: None, files: beside(&self.files, &[]) }),
            Compilation::Done(compiled) => Ok(Built {
                outcome: Some(compiled.outcome.clone()),
                files: beside(&self.files, &compiled.files),
            }),
            Compilation::Due(command, place) => self.compile(runner, until, command, place).await,
        }
    }

    /// The sources that a runtime which waits for the first test can check; none if it is not to be run by one, or that cannot check.
    pub(crate) fn sources_to_check_ahead(
        &self,
        own: &[SourceFile],
        pool: &Pool,
        style: &JudgingStyle,
    ) -> Option<Vec<String>> {
        // A function is called by a program that takes the place of the main file.
        let runs_as_it_is = !matches!(style, JudgingStyle::Calls(_)) && self.network == Network::None;
        let ahead = runs_as_it_is && self.language.can_prestart(&self.files);
        let checks = ahead && pool.checks_syntax(self.language.id.as_str());
        checks.then(|| self.language.sources_to_check_ahead(own)).flatten()
    }

    /// How a check of the syntax refused it; nothing if there is no such check, or it has nothing against it. `own` are its files,
    /// the first being the one to check.
    pub(crate) async fn refused(
        &self,
        own: &[SourceFile],
        runner: &Runner,
        until: &Until<'_>,
    ) -> Result<Option<Outcome>, GradeError> {
        let Some(check) = self.language.check(own, &self.limits) else { return Ok(None) };
        let space = space(&self.limits, None);
        let key = |command: &Command| Key::new(self.language, self.toolchain, command, &self.files, space);
        let outcome = match runner.compilation(Some(check.command.clone()), key, until.stop).await {
            Compilation::Needless => return Ok(None),
            Compilation::Done(checked) => checked.outcome.clone(),
            Compilation::Due(_, place) => {
                let outcome = self.run_check(runner, until, &check).await?;
                match place {
                    Some(place) if may_be_kept(&outcome) => place.keep(&outcome, Collected::default()),
                    Some(place) => place.keep_nothing(),
                    None => {}
                }
                outcome
            }
        };
        Ok(check.rejects(&outcome).then_some(outcome))
    }

    /// Runs a check in a sandbox of its own: compiling may run code, in some languages.
    async fn run_check(
        &self,
        runner: &Runner,
        until: &Until<'_>,
        check: &SyntaxCheck,
    ) -> Result<Outcome, GradeError> {
        let SyntaxCheck { command, args, files, .. } = check;
        let program = self.program(command.clone(), files, args, until);
        let prestart = program.prestarted.as_ref().map(|ahead| ahead.prestart.as_str());
        let lease = until.wait(runner.pool().lease(prestart, program.limits.memory)).await??;
        let mut room = Room::new(runner.pool().clone(), lease);
        let own: Vec<_> =
            files.iter().map(|file| SandboxFile::plain(&file.name, file.content.as_bytes())).collect();
        let sandbox = room.furnish(&beside(&self.files, &own), space(&self.limits, None))?;
        let _turn = until.wait(runner.turn(Visibility::Public)).await?;
        let outcome = sandbox.run(&program, until.stop, &mut |_, _| {}).await?;
        until.check()?;
        room.leave();
        Ok(outcome)
    }

    async fn compile(
        &self,
        runner: &Runner,
        until: &Until<'_>,
        command: Command,
        place: Option<Place<'_>>,
    ) -> Result<Built, GradeError> {
        let limits = until.within(command.limits.unwrap_or(self.limits));
        let lease = until.wait(runner.pool().lease(None, limits.memory)).await??;
        let mut room = Room::new(runner.pool().clone(), lease);
        let space = space(&self.limits, Some(&command));
        let sandbox = room.furnish(&beside(&self.files, &[]), space)?;
        let program = Program::new(command.argv, command.env, limits);
        let turn = until.wait(runner.turn(Visibility::Public)).await?;
        let outcome = sandbox.run(&program, until.stop, &mut |_, _| {}).await?;
        drop(turn);
        until.check()?;
        if !may_be_kept(&outcome) {
            room.leave();
            if let Some(place) = place {
                place.keep_nothing();
            }
            return Ok(Built { outcome: Some(outcome), files: Vec::new() });
        }
        let collected = sandbox.collect(&COMPILED).await?;
        room.leave();
        if !collected.skipped.is_empty() || collected.more_skipped > 0 {
            return Err(GradeError::CompiledTooLarge);
        }
        let files = beside(&self.files, &collected.files);
        if let Some(place) = place {
            place.keep(&outcome, collected);
        }
        Ok(Built { outcome: Some(outcome), files })
    }

    /// One run of it, once it is built.
    pub(crate) fn run(&self, args: &[String], stdin: Stdin, until: &Until<'_>) -> Program {
        let command = self.language.run(&self.files, args, self.limits.memory);
        Program { stdin, ..self.program(command, &self.files, args, until) }
    }

    /// One run of this command, which runs these files.
    pub(crate) fn program(
        &self,
        command: Command,
        files: &[SourceFile],
        args: &[String],
        until: &Until<'_>,
    ) -> Program {
        let prestart = || self.language.id.as_str().to_owned();
        let ahead = self.language.can_prestart(files);
        let ahead = ahead.then(|| PrestartedRun { prestart: prestart(), args: args.to_vec() });
        let limits = until.within(command.limits.unwrap_or(self.limits));
        Program {
            prestarted: ahead,
            network: self.network,
            ..Program::new(command.argv, command.env, limits)
        }
    }
}

impl Until<'_> {
    /// The same limits, but no longer than there is time.
    fn within(&self, limits: Limits) -> Limits {
        Limits { wall: limits.wall.min(self.end.saturating_duration_since(Instant::now())), ..limits }
    }
}
