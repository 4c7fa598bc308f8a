//! Output of commands: results on standard output, warnings on standard error.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;

/// Prints text, styled or not: colours are left out where they are not wanted. Whoever has closed the other end of a pipe, as `head`
/// does, does not want the rest, and that is no failure.
///
/// # Errors
/// It cannot be written, since the disk is full, for example.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    forgiving(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
        .context("the result cannot be printed")
}

/// Prints a warning of a command on standard error.
pub(crate) fn warn(text: &str) {
    eprintln!("coderunner: warning: {text}");
}

fn forgiving(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
