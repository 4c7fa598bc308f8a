//! Bare process baseline: the same program, started for each test, without a judge.

use std::{
    fs,
    io::Write,
    process::{self, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use languages::{Command, Registry};
use model::{Limits, SourceFile};
use tempfile::TempDir;

use super::super::contender::in_folder;

/// A program in a folder of its own, compiled if necessary.
pub(super) struct UnisolatedProgram {
    run: Command,
    folder: TempDir,
}

impl UnisolatedProgram {
    pub(super) async fn new(languages: &Registry, id: &str, code: &str) -> anyhow::Result<Self> {
        let language = languages.find(id).with_context(|| format!("there is no language {id}"))?;
        let folder = tempfile::tempdir().context("cannot make a folder for a program")?;
        let file = SourceFile { name: language.main_file.clone(), content: code.into() };
        fs::write(folder.path().join(&file.name), code).context("cannot write a program")?;
        let files = [file];
        if let Some(compile) = language.compile(&files) {
            let (program, args) = parts(&compile)?;
            let compiled = tokio::process::Command::new(program)
                .args(args)
                .current_dir(folder.path())
                .kill_on_drop(true)
                .status()
                .await?;
            ensure!(compiled.success(), "{id} does not compile");
        }
        let run =
            in_folder(&language.run(&files, &[], language.limits(Limits::STUDENT).memory), folder.path());
        Ok(Self { run, folder })
    }

    /// Runs it for all tests, one after another; returns the total time.
    pub(super) fn all(&self, tests: &[(String, String)]) -> Result<Duration, String> {
        let start = Instant::now();
        for (input, answer) in tests {
            let output = self.run_once(input).map_err(|error| error.to_string())?;
            if output.stdout != answer.as_bytes() {
                return Err(format!("{}: wrong output", output.status));
            }
        }
        Ok(start.elapsed())
    }

    fn run_once(&self, input: &str) -> anyhow::Result<process::Output> {
        let (program, args) = parts(&self.run)?;
        let mut child = process::Command::new(program)
            .args(args)
            .env_clear()
            .envs(self.run.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // Small enough for the pipe's buffer; the drop closes it.
        child.stdin.take().context("it has an input")?.write_all(input.as_bytes())?;
        Ok(child.wait_with_output()?)
    }
}

fn parts(command: &Command) -> anyhow::Result<(&String, &[String])> {
    command.argv.split_first().context("a command has a program")
}
