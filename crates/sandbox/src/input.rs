//! Input of a run: standard input, written as the program takes it, and control messages.

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
    live::{ClosedInput, InputMessage, LiveIo},
    protocol::LauncherRequest,
    slot::Slot,
};

/// Bytes of a file that are read at once.
const FILE_BLOCK: usize = 256 * 1024;

/// Maximum of bytes for one write.
const MAX_WRITE: usize = 64 * 1024;

/// Target of the program's standard input.
pub(crate) enum InputTarget {
    /// Closed by the worker or by the program.
    Closed,
    Pipe(Sender),
    Terminal(Arc<Terminal>),
}

/// Input and control messages of one run.
pub(crate) struct ProgramInput {
    target: InputTarget,
    /// Bytes to write, from `written` on.
    bytes: Vec<u8>,
    written: usize,
    /// The number of these bytes that do not count for the capacity of the live input.
    initial: usize,
    /// File that follows the bytes.
    file: Option<FileReader>,
    has_ended: bool,
    live: Option<LiveIo>,
    /// What is kept until the program may go on.
    held: HeldInput,
    /// Bytes written to the program so far.
    bytes_written: u64,
}

/// A file, and the offset of the next block.
struct FileReader {
    file: Arc<File>,
    offset: u64,
}

/// Input that is kept.
#[derive(Default)]
enum HeldInput {
    #[default]
    Nothing,
    /// The first message of several.
    Message(InputMessage),
    /// The end of all messages.
    End,
}

/// Event of one step.
pub(crate) enum InputEvent {
    /// A message was received.
    Received,
    /// A message was received and is kept.
    Held,
    /// Bytes were written, or nothing happened.
    Progressed,
}

/// Whether input may go to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputGate {
    Open,
    /// The first message is kept until it is open.
    Closed,
}

impl ProgramInput {
    /// Input that starts with `given`, followed in a live run by messages.
    pub(crate) fn new(way: InputTarget, given: &Stdin, live: Option<LiveIo>) -> Self {
        let ended = live.is_none();
        let (bytes, file) = match given {
            Stdin::Bytes(bytes) => (bytes.clone(), None),
            Stdin::File(file) => (Vec::new(), Some(FileReader { file: file.clone(), offset: 0 })),
        };
        let given = bytes.len();
        Self {
            target: way,
            bytes,
            written: 0,
            initial: given,
            file,
            has_ended: ended,
            live,
            held: HeldInput::Nothing,
            bytes_written: 0,
        }
    }

    /// Target for a program with pipes.
    pub(crate) fn pipe_target(pipe: OwnedFd) -> io::Result<InputTarget> {
        Ok(InputTarget::Pipe(Sender::from_owned_fd(pipe)?))
    }

    /// Waits until a message is received or bytes are written; for ever if neither is possible. Cancel-safe.
    pub(crate) async fn step(&mut self, slot: &Slot, gate: InputGate) -> Result<InputEvent, SandboxError> {
        if gate == InputGate::Closed {
            self.hold_message().await;
            return Ok(InputEvent::Held);
        }
        match std::mem::take(&mut self.held) {
            HeldInput::Nothing => {}
            HeldInput::Message(message) => return self.handle_message(Some(message), slot),
            HeldInput::End => return self.handle_message(None, slot),
        }
        self.read_next_block().await.map_err(SandboxError::Input)?;
        self.close_if_done();
        let rest = &self.bytes[self.written..];
        let rest = &rest[..rest.len().min(MAX_WRITE)];
        tokio::select! {
            spoken = receive(&mut self.live) => self.handle_message(spoken, slot),
            written = write(&mut self.target, rest), if !rest.is_empty() => {
                self.record_write(written).map_err(SandboxError::Connection)?;
                Ok(InputEvent::Progressed)
            }
        }
    }

    /// Waits for a message and keeps it; for ever if one is kept already. Cancel-safe.
    async fn hold_message(&mut self) {
        if !matches!(self.held, HeldInput::Nothing) {
            std::future::pending::<()>().await;
        }
        self.held = receive(&mut self.live).await.map_or(HeldInput::End, HeldInput::Message);
    }

    /// Bytes written to the program's input so far.
    pub(crate) const fn bytes_written(&self) -> u64 {
        self.bytes_written
    }

    /// Closes the input after the end of the program.
    pub(crate) fn close(&mut self) {
        self.target = InputTarget::Closed;
        self.live = None;
    }

    /// Reads the next block of the file when everything before it is written.
    async fn read_next_block(&mut self) -> io::Result<()> {
        let Some(FileReader { file, offset }) = self.file.as_mut().filter(|_| self.bytes.is_empty()) else {
            return Ok(());
        };
        let block = read_block(file.clone(), *offset).await?;
        *offset += block.len() as u64;
        if block.is_empty() || matches!(self.target, InputTarget::Closed) {
            self.file = None;
        }
        self.initial += block.len();
        self.bytes = block;
        Ok(())
    }

    fn handle_message(
        &mut self,
        spoken: Option<InputMessage>,
        slot: &Slot,
    ) -> Result<InputEvent, SandboxError> {
        match spoken {
            Some(InputMessage::Stdin(bytes)) => self.append(&bytes),
            Some(InputMessage::Eof) => self.end_input(),
            Some(InputMessage::Resize(size)) => self.resize(size).map_err(SandboxError::Connection)?,
            Some(InputMessage::Signal(signal)) => {
                slot.request(&LauncherRequest::Signal(signal.number()), &[])?;
            }
            None => {
                self.live = None;
                self.end_input();
                return Ok(InputEvent::Progressed);
            }
        }
        Ok(InputEvent::Received)
    }

    fn append(&mut self, bytes: &[u8]) {
        if self.has_ended || matches!(self.target, InputTarget::Closed) {
            self.free_capacity(bytes.len());
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// A terminal has no end of input, only a character for it, after which more can be typed.
    fn end_input(&mut self) {
        match self.target {
            InputTarget::Terminal(_) => {
                self.bytes.push(kernel::END_OF_INPUT);
                self.initial += 1;
            }
            InputTarget::Pipe(_) | InputTarget::Closed => self.has_ended = true,
        }
    }

    fn resize(&self, TerminalSize { cols, rows }: TerminalSize) -> io::Result<()> {
        match &self.target {
            InputTarget::Terminal(terminal) => terminal.resize(cols, rows),
            InputTarget::Pipe(_) | InputTarget::Closed => Ok(()),
        }
    }

    fn record_write(&mut self, written: io::Result<usize>) -> io::Result<()> {
        match written {
            Ok(written) => {
                self.bytes_written += written as u64;
                self.consume(written);
            }
            // It is fine if a program does not read all of its input.
            Err(error) if is_closed(&error) => {
                self.consume(self.bytes.len() - self.written);
                self.target = InputTarget::Closed;
                // The sender finds that there is no receiver.
                self.live = self.live.take().filter(|live| live.closed_input == ClosedInput::Dropped);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn consume(&mut self, bytes: usize) {
        self.written += bytes;
        let of_given = bytes.min(self.initial);
        self.initial -= of_given;
        self.free_capacity(bytes - of_given);
        if self.written == self.bytes.len() {
            self.bytes.clear();
            self.written = 0;
        }
    }

    fn free_capacity(&self, bytes: usize) {
        if let Some(live) = &self.live {
            live.free_capacity(bytes);
        }
    }

    fn close_if_done(&mut self) {
        if self.has_ended && self.bytes.is_empty() && self.file.is_none() {
            self.target = InputTarget::Closed;
        }
    }
}

/// Reads up to [`FILE_BLOCK`] bytes at an offset; nothing at the end of the file.
async fn read_block(file: Arc<File>, offset: u64) -> io::Result<Vec<u8>> {
    let read = move || {
        let mut block = vec![0; FILE_BLOCK];
        let length = file.read_at(&mut block, offset)?;
        block.truncate(length);
        Ok(block)
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

async fn receive(live: &mut Option<LiveIo>) -> Option<InputMessage> {
    match live {
        Some(live) => live.receive().await,
        None => std::future::pending().await,
    }
}

async fn write(way: &mut InputTarget, bytes: &[u8]) -> io::Result<usize> {
    match way {
        InputTarget::Pipe(pipe) => pipe.write(bytes).await,
        InputTarget::Terminal(terminal) => terminal.write(bytes).await,
        InputTarget::Closed => Ok(bytes.len()),
    }
}

/// Whether the reader of a pipe or a terminal is gone.
fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
        || error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}
