//! Preparation of a toolchain: its commands, run in a sandbox of their own.

use languages::{Command, Preparation, Registry};
use model::{Bytes, Ending, Stream};
use sandbox::{Collect, DiskQuota, FileSelection, OpenSandbox, PreparedKind, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

use super::error::PrepareError;
use crate::{PoolBudget, Settings, start_pool};

/// Runs the commands and returns the files that they leave. The sandbox is used for nothing else, before or afterwards.
pub(super) async fn build(
    settings: &Settings,
    languages: &Registry,
    preparation: &Preparation,
) -> Result<Vec<SandboxFile>, PrepareError> {
    let nothing_ahead = vec![PreparedKind { prestart: None, count: 0 }];
    let pool = start_pool(PoolBudget::beside_server(settings), nothing_ahead, languages).await?;
    let files = preparation.files.iter().map(|(path, text)| SandboxFile::plain(path, text.as_bytes()));
    let files: Vec<_> = files.collect();
    let mut sandbox = pool
        .lease(None, preparation.limits.memory)
        .await?
        .open(&files, DiskQuota::for_limits(&preparation.limits))?;
    for command in &preparation.commands {
        run(&mut sandbox, command, preparation).await?;
    }
    let collected = sandbox.collect(&collection(preparation)).await?;
    if !collected.skipped.is_empty() {
        return Err(PrepareError::LeftOut(format!("{:?}", collected.skipped)));
    }
    let is_missing = |path: &&String| !collected.files.iter().any(|file| file.name == **path);
    if let Some(path) = preparation.keep.iter().find(is_missing) {
        return Err(PrepareError::NotMade(path.clone()));
    }
    Ok(collected.files)
}

async fn run(
    sandbox: &mut OpenSandbox,
    command: &Command,
    preparation: &Preparation,
) -> Result<(), PrepareError> {
    let (argv, env) = (command.argv.clone(), command.env.clone());
    let name = argv.first().cloned().ok_or(PrepareError::EmptyCommand)?;
    let program = Program::new(argv, env, preparation.limits);
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await?;
    if outcome.ending == Ending::Exited(0) {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&outcome.transcript.of(Stream::Stderr)).trim().to_owned();
    Err(PrepareError::Command { name, ending: outcome.ending, stderr })
}

/// The files to keep, up to the size of the sandbox's disk.
fn collection(preparation: &Preparation) -> Collect {
    Collect {
        selection: FileSelection::Named(preparation.keep.clone()),
        max_files: u32::try_from(preparation.keep.len()).unwrap_or(u32::MAX),
        max_file_bytes: preparation.limits.disk,
        max_total_bytes: Bytes(preparation.limits.disk.get()),
        max_depth: 16,
    }
}
