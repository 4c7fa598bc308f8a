//! Id blocks: host ids for the sandboxes of one test, distinct for parallel tests.

use std::{
    ops::Range,
    sync::atomic::{AtomicU32, Ordering},
};

/// Beyond the ranges of installed servers and of the sandbox's own tests, and below 2³¹.
const FIRST: u32 = 1_910_000_000;
/// Two for each slot of the largest server here.
const PER_BLOCK: u32 = 16;
const BLOCKS: u32 = 32;
const PROCESSES: u32 = 400_000;

/// A block that no other test uses now. A process that takes very many blocks gets its first ones again.
pub(crate) fn block() -> Range<u32> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let own = TAKEN.fetch_add(1, Ordering::Relaxed) % BLOCKS;
    let first = FIRST + (std::process::id() % PROCESSES * BLOCKS + own) * PER_BLOCK;
    first..first + PER_BLOCK
}

/// Removes this machine's configuration from a command's environment, and gives its sandboxes these ids.
pub(crate) fn isolate(command: &mut tokio::process::Command, ids: &Range<u32>) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CODERUNNER_"))
    {
        command.env_remove(name);
    }
    command.env("CODERUNNER_SANDBOX__FIRST_ID", ids.start.to_string());
}
