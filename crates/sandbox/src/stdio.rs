//! Standard streams of a program: pipes, or a terminal that is made for the run.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use kernel::{KernelError, Step, StepContext};
use model::TerminalSize;

/// Standard streams, from the side of init.
pub(crate) struct ProgramStdio {
    /// The program's standard input, output and error.
    streams: Vec<OwnedFd>,
    /// The host's end of the terminal, if there is one. Kept to find the foreground process group.
    terminal: Option<OwnedFd>,
}

impl ProgramStdio {
    /// Pipes from the launcher.
    pub(crate) const fn pipes(streams: Vec<OwnedFd>) -> Self {
        Self { streams, terminal: None }
    }

    /// A new terminal of this size, or these pipes if no size is given.
    pub(crate) fn open(size: Option<TerminalSize>, pipes: Vec<OwnedFd>) -> Result<Self, KernelError> {
        let Some(TerminalSize { cols, rows }) = size else { return Ok(Self::pipes(pipes)) };
        // Mounted only here, because most sandboxes never need it.
        kernel::mount_devpts(c"/dev/pts")?;
        let kernel::PtyPair { controller: near, tty: far } =
            kernel::PtyPair::open(c"/dev/pts/ptmx", (cols, rows))?;
        let copy = || far.try_clone().at(Step::OpenTerminal);
        Ok(Self { streams: vec![copy()?, copy()?, far], terminal: Some(near) })
    }

    /// The three streams, in order.
    pub(crate) fn streams(&self) -> Result<[BorrowedFd<'_>; 3], KernelError> {
        match self.streams.as_slice() {
            [stdin, stdout, stderr] => Ok([stdin.as_fd(), stdout.as_fd(), stderr.as_fd()]),
            _ => Err(KernelError { step: Step::DecodeMessage, errno: 0 }),
        }
    }

    /// The controlling terminal of the program, if there is one.
    pub(crate) fn controlling_terminal(&self) -> Option<BorrowedFd<'_>> {
        self.terminal.as_ref().and(self.streams.first()).map(AsFd::as_fd)
    }

    /// Closes the program's ends: its output then ends when it does.
    pub(crate) fn release(&mut self) {
        self.streams.clear();
    }

    /// The host's end of the terminal, for the worker.
    pub(crate) fn terminal_fd(&self) -> Vec<BorrowedFd<'_>> {
        self.terminal.iter().map(AsFd::as_fd).collect()
    }

    /// Sends a signal to the foreground process group of the terminal, or to the process group of the program.
    pub(crate) fn signal(&self, program: i32, signal: i32) {
        let foreground = self.terminal.as_ref().and_then(|near| kernel::foreground_group(near.as_fd()));
        kernel::signal_group(foreground.filter(|group| *group > 1).unwrap_or(program), signal);
    }
}
