//! What a program reads, written as it takes it, and all else that is said to it.

use std::{
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::FileExt},
    sync::Arc,
};

use kernel::Terminal;
use model::TerminalSize;
use tokio::{io::AsyncWriteExt, net::unix::pipe::Sender};

use crate::{
    SandboxError, Stdin,
    live::{ClosedInput, Live, Said},
    protocol::Order,
    slot::Slot,
};

/// How much of a file is read at once.
const BLOCK: usize = 256 * 1024;

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
    /// What follows the bytes.
    file: Option<Source>,
    ended: bool,
    live: Option<Live>,
    /// How many bytes the program has been given.
    passed_on: u64,
}

/// A file that is read, and how far it is.
struct Source {
    file: Arc<File>,
    offset: u64,
}

/// What came of one step.
pub(crate) enum Step {
    /// Something was said.
    Heard,
    /// Something was written, or nothing at all.
    Wrote,
}

impl Input {
    /// `given` from the start and, in a live run, whatever is said later.
    pub(crate) fn new(way: Way, given: &Stdin, live: Option<Live>) -> Self {
        let ended = live.is_none();
        let (bytes, file) = match given {
            Stdin::Bytes(bytes) => (bytes.clone(), None),
            Stdin::File(file) => (Vec::new(), Some(Source { file: file.clone(), offset: 0 })),
        };
        let given = bytes.len();
        Self { way, bytes, written: 0, given, file, ended, live, passed_on: 0 }
    }

    /// The standard input of a program with pipes.
    pub(crate) fn pipe(pipe: OwnedFd) -> io::Result<Way> {
        Ok(Way::Pipe(Sender::from_owned_fd(pipe)?))
    }

    /// Waits until something has been said or written; for ever when nothing more can be. Cancel-safe.
    pub(crate) async fn step(&mut self, slot: &Slot) -> Result<Step, SandboxError> {
        self.read_on().await.map_err(SandboxError::Input)?;
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

    /// How many bytes have been written to the program's input.
    pub(crate) const fn passed_on(&self) -> u64 {
        self.passed_on
    }

    /// The program has ended: nobody is there to read or to hear any more.
    pub(crate) fn hang_up(&mut self) {
        self.way = Way::Closed;
        self.live = None;
    }

    /// Takes the next block of the file when all before it is written.
    async fn read_on(&mut self) -> io::Result<()> {
        let Some(Source { file, offset }) = self.file.as_mut().filter(|_| self.bytes.is_empty()) else {
            return Ok(());
        };
        let block = read_block(file.clone(), *offset).await?;
        *offset += block.len() as u64;
        if block.is_empty() || matches!(self.way, Way::Closed) {
            self.file = None;
        }
        self.given += block.len();
        self.bytes = block;
        Ok(())
    }

    fn take(&mut self, spoken: Option<Said>, slot: &Slot) -> Result<Step, SandboxError> {
        match spoken {
            Some(Said::Stdin(bytes)) => self.append(&bytes),
            Some(Said::Eof) => self.end(),
            Some(Said::Resize(size)) => self.resize(size).map_err(SandboxError::Connection)?,
            Some(Said::Signal(signal)) => {
                slot.order(&Order::Signal(signal.number()), &[])?;
            }
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
            Ok(written) => {
                self.passed_on += written as u64;
                self.pass_on(written);
            }
            // A program that does not read it all is fine.
            Err(error) if is_closed(&error) => {
                self.pass_on(self.bytes.len() - self.written);
                self.way = Way::Closed;
                // Whoever speaks finds that nobody listens.
                self.live = self.live.take().filter(|live| live.closed_input == ClosedInput::Dropped);
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
        if self.ended && self.bytes.is_empty() && self.file.is_none() {
            self.way = Way::Closed;
        }
    }
}

/// What is in the file from here on, up to [`BLOCK`] bytes; nothing at its end.
async fn read_block(file: Arc<File>, offset: u64) -> io::Result<Vec<u8>> {
    let read = move || {
        let mut block = vec![0; BLOCK];
        let length = file.read_at(&mut block, offset)?;
        block.truncate(length);
        Ok(block)
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

async fn hear(live: &mut Option<Live>) -> Option<Said> {
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
