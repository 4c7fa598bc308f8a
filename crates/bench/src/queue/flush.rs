//! How often this disk takes a small write for good: the yardstick of everything durable.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;

use super::count::Count;

/// What is added to the file between two flushes, as much as a small record.
const PIECE: [u8; 1024] = [b'x'; 1024];

/// One flush after another for so long.
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
