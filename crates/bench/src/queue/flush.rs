//! Disk flush rate: small synced writes per second, the reference for durable operations.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;

use super::count::Count;

/// Data appended before each flush, the size of a small record.
const PIECE: [u8; 1024] = [b'x'; 1024];

/// Flushes one after another for `length`.
pub(super) fn flushes(folder: &Path, length: Duration) -> anyhow::Result<Count> {
    let path = folder.join("flushes");
    let mut file =
        OpenOptions::new().create(true).append(true).open(path).context("cannot make a file to flush")?;
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < length {
        file.write_all(&PIECE).and_then(|()| file.sync_data()).context("cannot flush a file")?;
        done += 1;
    }
    Ok(Count::of(done, start.elapsed()))
}
