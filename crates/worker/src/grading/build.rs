//! Compiled programs that are put into a sandbox again and again.

use languages::{Command, Language, SyntaxCheck, Toolchain};
use model::{JudgingStyle, Limits, Network, Outcome, SourceFile, Visibility};
use sandbox::{Collect, CollectedFiles, FileSelection, Pool, PrestartedRun, Program, SandboxFile, Stdin};

use super::{
    deadline::Deadline, error::GradeError, limits::MAX_COMPILED_BYTES, reusable_sandbox::ReusableSandbox,
};
use crate::{
    Runner,
    compile_cache::{PendingEntry, is_cacheable},
    compile_key::CompileKey,
    runner::{Compilation, cap_memory, merge_build_output, space},
};

/// Output of a compiler.
const COMPILED: Collect = Collect {
    selection: FileSelection::Changed,
    max_files: 1024,
    max_file_bytes: MAX_COMPILED_BYTES,
    max_total_bytes: MAX_COMPILED_BYTES,
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

/// Result of compiling.
pub(crate) struct BuildOutput {
    /// Absent for languages that are not compiled, unless a check of the syntax refused it.
    pub(crate) outcome: Option<Outcome>,
    /// Everything that has to lie in the work folder when it runs.
    pub(crate) files: Vec<SandboxFile>,
}

impl Source<'_> {
    /// Compiles it, unless that has been done before or need not be.
    pub(crate) async fn build(
        &self,
        runner: &Runner,
        deadline: &Deadline<'_>,
    ) -> Result<BuildOutput, GradeError> {
        let whole = runner.pool().memory();
        let command = self.language.compile(&self.files).map(|command| cap_memory(command, whole));
        let space = space(&self.limits, command.as_ref());
        let key =
            |command: &Command| CompileKey::new(self.language, self.toolchain, command, &self.files, space);
        match runner.compilation(command, key, deadline.stop).await {
            Compilation::NotNeeded => {
                Ok(BuildOutput { outcome: None, files: merge_build_output(&self.files, &[]) })
            }
            Compilation::Done(compiled) => Ok(BuildOutput {
                outcome: Some(compiled.outcome.clone()),
                files: merge_build_output(&self.files, &compiled.files),
            }),
            Compilation::Required(command, pending) => self.compile(runner, deadline, command, pending).await,
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

    /// Outcome of a failed syntax check; `None` if the language has no check, or it passed. `own` are its files, the first being the
    /// one to check.
    pub(crate) async fn check_syntax(
        &self,
        own: &[SourceFile],
        runner: &Runner,
        deadline: &Deadline<'_>,
    ) -> Result<Option<Outcome>, GradeError> {
        let Some(check) = self.language.check(own, &self.limits) else { return Ok(None) };
        let space = space(&self.limits, None);
        let key =
            |command: &Command| CompileKey::new(self.language, self.toolchain, command, &self.files, space);
        let outcome = match runner.compilation(Some(check.command.clone()), key, deadline.stop).await {
            Compilation::NotNeeded => return Ok(None),
            Compilation::Done(checked) => checked.outcome.clone(),
            Compilation::Required(_, pending) => {
                let outcome = self.run_check(runner, deadline, &check).await?;
                match pending {
                    Some(pending) if is_cacheable(&outcome) => {
                        pending.insert(&outcome, CollectedFiles::default())
                    }
                    Some(pending) => pending.decline(),
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
        deadline: &Deadline<'_>,
        check: &SyntaxCheck,
    ) -> Result<Outcome, GradeError> {
        let SyntaxCheck { command, args, files, .. } = check;
        let program = self.program(command.clone(), files, args, deadline);
        let prestart = program.prestarted.as_ref().map(|ahead| ahead.prestart.as_str());
        let lease = deadline.wait(runner.pool().lease(prestart, program.limits.memory)).await??;
        let mut reusable = ReusableSandbox::new(runner.pool().clone(), lease);
        let own: Vec<_> =
            files.iter().map(|file| SandboxFile::plain(&file.name, file.content.as_bytes())).collect();
        let sandbox =
            reusable.reset_with(&merge_build_output(&self.files, &own), space(&self.limits, None))?;
        let _guard = deadline.wait(runner.enter(Visibility::Public)).await?;
        let outcome = sandbox.run(&program, deadline.stop, &mut |_, _| {}).await?;
        deadline.check()?;
        reusable.release();
        Ok(outcome)
    }

    async fn compile(
        &self,
        runner: &Runner,
        deadline: &Deadline<'_>,
        command: Command,
        pending: Option<PendingEntry<'_>>,
    ) -> Result<BuildOutput, GradeError> {
        let limits = deadline.within(command.limits.unwrap_or(self.limits));
        let lease = deadline.wait(runner.pool().lease(None, limits.memory)).await??;
        let mut reusable = ReusableSandbox::new(runner.pool().clone(), lease);
        let space = space(&self.limits, Some(&command));
        let sandbox = reusable.reset_with(&merge_build_output(&self.files, &[]), space)?;
        let program = Program::new(command.argv, command.env, limits);
        let guard = deadline.wait(runner.enter(Visibility::Public)).await?;
        let outcome = sandbox.run(&program, deadline.stop, &mut |_, _| {}).await?;
        drop(guard);
        deadline.check()?;
        if !is_cacheable(&outcome) {
            reusable.release();
            if let Some(pending) = pending {
                pending.decline();
            }
            return Ok(BuildOutput { outcome: Some(outcome), files: Vec::new() });
        }
        let collected = sandbox.collect(&COMPILED).await?;
        reusable.release();
        if !collected.skipped.is_empty() || collected.more_skipped > 0 {
            return Err(GradeError::CompiledTooLarge);
        }
        let files = merge_build_output(&self.files, &collected.files);
        if let Some(pending) = pending {
            pending.insert(&outcome, collected);
        }
        Ok(BuildOutput { outcome: Some(outcome), files })
    }

    /// One run of it, once it is built.
    pub(crate) fn run(&self, args: &[String], stdin: Stdin, deadline: &Deadline<'_>) -> Program {
        let command = self.language.run(&self.files, args, self.limits.memory);
        Program { stdin, ..self.program(command, &self.files, args, deadline) }
    }

    /// One run of this command, which runs these files.
    pub(crate) fn program(
        &self,
        command: Command,
        files: &[SourceFile],
        args: &[String],
        deadline: &Deadline<'_>,
    ) -> Program {
        let prestart = || self.language.id.as_str().to_owned();
        let ahead = self.language.can_prestart(files);
        let ahead =
            ahead.then(|| PrestartedRun { prestart: prestart(), args: args.to_vec(), env: Vec::new() });
        let limits = deadline.within(command.limits.unwrap_or(self.limits));
        Program {
            prestarted: ahead,
            network: self.network,
            ..Program::new(command.argv, command.env, limits)
        }
    }
}
