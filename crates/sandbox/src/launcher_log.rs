//! Log of launchers: a pipe for their standard error, and for the processes that they start; each line is logged here.

use std::{
    io::{self, PipeWriter},
    os::fd::OwnedFd,
};

use tokio::{io::AsyncReadExt as _, net::unix::pipe::Receiver};

/// Maximum length of a line; longer lines are logged in parts.
const MAX_LINE: usize = 1024;

/// Prefix of a launcher's own messages.
const PREFIX: &str = "coderunner launcher: ";

/// The write end of a pipe for the standard error of this slot's launcher. It is read until all write ends are closed.
pub(crate) fn pipe(slot: u32) -> io::Result<PipeWriter> {
    let (ours, theirs) = io::pipe()?;
    let ours = Receiver::from_owned_fd(OwnedFd::from(ours))?;
    tokio::spawn(listen(ours, move |line| log(slot, line)));
    Ok(theirs)
}

/// Passes on each line until the end of the stream.
async fn listen(mut pipe: Receiver, mut say: impl FnMut(&str)) {
    let (mut buffer, mut lines) = ([0; MAX_LINE], Lines::default());
    loop {
        match pipe.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => lines.push(&buffer[..read], &mut say),
        }
    }
    lines.end(&mut say);
}

fn log(slot: u32, line: &str) {
    tracing::warn!(slot, "a launcher complains: {}", line.strip_prefix(PREFIX).unwrap_or(line));
}

/// Assembles lines from chunks.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn push(&mut self, piece: &[u8], say: &mut dyn FnMut(&str)) {
        for byte in piece {
            if *byte == b'\n' || self.0.len() == MAX_LINE {
                self.end(say);
            }
            if *byte != b'\n' {
                self.0.push(*byte);
            }
        }
    }

    fn end(&mut self, say: &mut dyn FnMut(&str)) {
        let line = std::mem::take(&mut self.0);
        if !line.is_empty() {
            say(&String::from_utf8_lossy(&line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut said) = (Lines::default(), Vec::new());
        let mut say = |line: &str| said.push(line.to_owned());
        for piece in pieces {
            lines.push(piece, &mut say);
        }
        lines.end(&mut say);
        said
    }

    #[tokio::test]
    async fn what_a_process_writes_to_its_standard_error_comes_line_by_line() {
        let (ours, theirs) = io::pipe().expect("a pipe");
        let mut command = std::process::Command::new("/bin/sh");
        let child =
            command.args(["-c", "printf 'one\\ntw' >&2; printf 'o\\nthree' >&2"]).stderr(theirs).spawn();
        // With the command goes our copy of its end.
        drop(command);
        child.expect("a shell").wait().expect("it ends");
        let mut heard = Vec::new();
        listen(Receiver::from_owned_fd(ours.into()).expect("a pipe"), |line| heard.push(line.to_owned()))
            .await;
        assert_eq!(heard, ["one", "two", "three"]);
    }

    #[test]
    fn lines_are_whole_however_they_come_and_never_too_long() {
        assert_eq!(lines(&[b"a", b"b\nc", b"\n\n", b"d"]), ["ab", "c", "d"]);
        let long = vec![b'x'; MAX_LINE + 1];
        assert_eq!(lines(&[&long]).iter().map(String::len).collect::<Vec<_>>(), [MAX_LINE, 1]);
        assert!(lines(&[]).is_empty());
    }
}
