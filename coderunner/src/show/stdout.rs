//! Standard output: prints results, and ends quietly when its reader has closed it.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;

/// Prints text, styled or not: colours are left out where they are not wanted. Whoever has closed the other end of a pipe, as `head`
/// does, does not want the rest, and that is no failure.
///
/// # Errors
/// It cannot be written, since the disk is full, for example.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    ignore_broken_pipe(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
        .context("the result cannot be printed")
}

/// Prints a warning of a command on standard error.
pub(crate) fn warn(text: &str) {
    eprintln!("coderunner: warning: {text}");
}

fn ignore_broken_pipe(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
