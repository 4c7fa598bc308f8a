//! Making it, in a sandbox of its own.

use anyhow::{Context, ensure};
use languages::{Command, Preparation, Registry};
use model::{Bytes, Ending, Stream};
use sandbox::{Collect, Occupied, Program, SandboxFile, Space, Warm, Which};
use tokio_util::sync::CancellationToken;

use crate::{config::Config, host};

/// The files that a preparation leaves. The sandbox is gone afterwards: nobody else's program has run in it, or will.
pub(super) async fn make(
    config: &Config,
    languages: &Registry,
    preparation: &Preparation,
) -> anyhow::Result<Vec<SandboxFile>> {
    let nothing_ahead = vec![Warm { prestart: None, count: 0 }];
    let pool = host::pool(host::Room::beside_a_server(config), nothing_ahead, languages).await?;
    let files = preparation.files.iter().map(|(path, text)| SandboxFile::plain(path, text.as_bytes()));
    let files: Vec<_> = files.collect();
    let mut sandbox =
        pool.lease(None, preparation.limits.memory).await?.open(&files, Space::of(&preparation.limits))?;
    for command in &preparation.commands {
        run(&mut sandbox, command, preparation).await?;
    }
    let collected = sandbox.collect(&everything(preparation)).await?;
    ensure!(collected.left_out.is_empty(), "it left what cannot be kept: {:?}", collected.left_out);
    for path in &preparation.keep {
        ensure!(collected.files.iter().any(|file| file.name == *path), "it did not make {path}");
    }
    Ok(collected.files)
}

async fn run(sandbox: &mut Occupied, command: &Command, preparation: &Preparation) -> anyhow::Result<()> {
    let (argv, env) = (command.argv.clone(), command.env.clone());
    let program = Program::new(argv, env, preparation.limits);
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await?;
    let said = outcome.transcript.of(Stream::Stderr);
    let said = String::from_utf8_lossy(&said);
    let name = command.argv.first().context("an empty command")?;
    ensure!(outcome.ending == Ending::Exited(0), "{name} ended with {:?}: {}", outcome.ending, said.trim());
    Ok(())
}

/// As much as its own disk can hold.
fn everything(preparation: &Preparation) -> Collect {
    Collect {
        which: Which::Named(preparation.keep.clone()),
        most_files: u32::try_from(preparation.keep.len()).unwrap_or(u32::MAX),
        most_bytes_each: preparation.limits.disk,
        most_bytes_total: Bytes(preparation.limits.disk.get()),
        deepest: 16,
    }
}
