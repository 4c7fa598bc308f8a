//! What a program reads, written as it takes it, and all else that is said to it.

use std::{io, os::fd::OwnedFd, sync::Arc};

use kernel::Terminal;
use model::TerminalSize;
use tokio::{io::AsyncWriteExt, net::unix::pipe::Sender};

use crate::{
    SandboxError,
    ending::Asked,
    live::{Live, Said, Spoken},
    protocol::Order,
    slot::Slot,
};

/// What more is written at once than this, the program has not asked for.
const PIECE: usize = 64 * 1024;

/// The way to the program's standard input.
pub(crate) enum Way {
    /// Closed, by us or by the program.
    Closed,
    Pipe(Sender),
    Terminal(Arc<Terminal>),
}

/// All that is said to one run.
pub(crate) struct Input {
    way: Way,
    /// What is to be written, from `written` on.
    bytes: Vec<u8>,
    written: usize,
    /// How much of it is at the start of the run, and took no room of the live part.
    given: usize,
    ended: bool,
    live: Option<Live>,
}

/// What came of one step.
pub(crate) enum Step {
    /// Something was said.
    Heard,
    /// Something was written, or nothing at all.
    Wrote,
    /// The run is to end.
    End(Asked),
}

impl Input {
    /// `given` from the start and, in a live run, whatever is said later.
    pub(crate) fn new(way: Way, given: &[u8], live: Option<Live>) -> Self {
        let ended = live.is_none();
        Self { way, bytes: given.to_vec(), written: 0, given: given.len(), ended, live }
    }

    /// The standard input of a program with pipes.
    pub(crate) fn pipe(pipe: OwnedFd) -> io::Result<Way> {
        Ok(Way::Pipe(Sender::from_owned_fd(pipe)?))
    }

    /// Waits until something has been said or written; for ever when nothing more can be. Cancel-safe.
    pub(crate) async fn step(&mut self, slot: &Slot) -> Result<Step, SandboxError> {
        self.close_if_done();
        let rest = &self.bytes[self.written..];
        let rest = &rest[..rest.len().min(PIECE)];
        tokio::select! {
            spoken = hear(&mut self.live) => self.take(spoken, slot),
            written = write(&mut self.way, rest), if !rest.is_empty() => {
                self.has_written(written).map_err(SandboxError::Connection)?;
                Ok(Step::Wrote)
            }
        }
    }

    fn take(&mut self, spoken: Option<Spoken>, slot: &Slot) -> Result<Step, SandboxError> {
        match spoken {
            Some(Spoken::Said(Said::Stdin(bytes))) => self.append(&bytes),
            Some(Spoken::Said(Said::Eof)) => self.end(),
            Some(Spoken::Said(Said::Resize(size))) => self.resize(size).map_err(SandboxError::Connection)?,
            Some(Spoken::Said(Said::Signal(signal))) => {
                slot.order(&Order::Signal(signal.number()), &[])?;
            }
            Some(Spoken::TooMuch) => return Ok(Step::End(Asked::InputLimit)),
            None => {
                self.live = None;
                self.end();
                return Ok(Step::Wrote);
            }
        }
        Ok(Step::Heard)
    }

    fn append(&mut self, bytes: &[u8]) {
        if self.ended || matches!(self.way, Way::Closed) {
            self.make_room(bytes.len());
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// A terminal has no end of input but a character that says so, and more can be typed after it.
    fn end(&mut self) {
        match self.way {
            Way::Terminal(_) => {
                self.bytes.push(kernel::END_OF_INPUT);
                self.given += 1;
            }
            Way::Pipe(_) | Way::Closed => self.ended = true,
        }
    }

    fn resize(&self, TerminalSize { cols, rows }: TerminalSize) -> io::Result<()> {
        match &self.way {
            Way::Terminal(terminal) => terminal.resize(cols, rows),
            Way::Pipe(_) | Way::Closed => Ok(()),
        }
    }

    fn has_written(&mut self, written: io::Result<usize>) -> io::Result<()> {
        match written {
            Ok(written) => self.pass_on(written),
            // A program that does not read it all is fine.
            Err(error) if is_closed(&error) => {
                self.pass_on(self.bytes.len() - self.written);
                self.way = Way::Closed;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn pass_on(&mut self, bytes: usize) {
        self.written += bytes;
        let of_given = bytes.min(self.given);
        self.given -= of_given;
        self.make_room(bytes - of_given);
        if self.written == self.bytes.len() {
            self.bytes.clear();
            self.written = 0;
        }
    }

    fn make_room(&self, bytes: usize) {
        if let Some(live) = &self.live {
            live.make_room(bytes);
        }
    }

    fn close_if_done(&mut self) {
        if self.ended && self.bytes.is_empty() {
            self.way = Way::Closed;
        }
    }
}

async fn hear(live: &mut Option<Live>) -> Option<Spoken> {
    match live {
        Some(live) => live.hear().await,
        None => std::future::pending().await,
    }
}

async fn write(way: &mut Way, bytes: &[u8]) -> io::Result<usize> {
    match way {
        Way::Pipe(pipe) => pipe.write(bytes).await,
        Way::Terminal(terminal) => terminal.write(bytes).await,
        Way::Closed => Ok(bytes.len()),
    }
}

/// Nobody reads any more: of a pipe, or of a terminal.
fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
        || error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}
