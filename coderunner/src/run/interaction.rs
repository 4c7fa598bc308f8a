//! Input of a program that `coderunner run` runs: none, a pipe, or this terminal.

use std::io::{IsTerminal as _, Read as _};

use model::TerminalSize;
use rustix::termios::tcgetwinsize;
use tokio::{
    runtime::Handle,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use worker::{InputMessage, InputSender, LiveIo};

use super::{
    raw_mode::{EscapeDetector, RawMode},
    source,
};
use crate::cli::RunArgs;

/// Source of the program's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InputMode {
    /// It has all its input from the start.
    Not,
    /// Our standard input is forwarded as it arrives.
    Piped,
    /// It has a terminal of its own, which ours stands for.
    Terminal(TerminalSize),
}

impl InputMode {
    /// As the flags and our own streams have it.
    pub(super) fn of(args: &RunArgs) -> Self {
        if args.stdin.is_some() || args.json || source::is_stdin(args) {
            return Self::Not;
        }
        if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
            return Self::Terminal(size_of_ours());
        }
        Self::Piped
    }

    /// Whether people think while it lasts.
    pub(super) fn is_interactive(self) -> bool {
        self != Self::Not && std::io::stdin().is_terminal()
    }

    /// Begins to talk, until the result is dropped; none if there is nothing to talk about. `stop` is cancelled when the
    /// program is to be stopped.
    pub(super) fn begin(self, stop: &CancellationToken) -> anyhow::Result<Option<(InputForwarder, LiveIo)>> {
        match self {
            Self::Not => Ok(None),
            Self::Piped => {
                let (teller, live) = LiveIo::new(None, None);
                forward(teller, None, stop.clone());
                Ok(Some((InputForwarder { _raw: None, _resizing: None, _stopping: None }, live)))
            }
            Self::Terminal(size) => {
                let (teller, live) = LiveIo::new(Some(size), None);
                let resized = signal(SignalKind::window_change())?;
                let told_to_end = [signal(SignalKind::terminate())?, signal(SignalKind::hangup())?];
                let talking = InputForwarder {
                    _raw: Some(RawMode::enter()?),
                    _resizing: Some(AbortOnDropHandle::new(tokio::spawn(resize(teller.clone(), resized)))),
                    _stopping: Some(AbortOnDropHandle::new(tokio::spawn(end(told_to_end, stop.clone())))),
                };
                forward(teller, Some(EscapeDetector::default()), stop.clone());
                Ok(Some((talking, live)))
            }
        }
    }
}

/// Guards to drop when the program has ended. The first restores the terminal.
pub(super) struct InputForwarder {
    _raw: Option<RawMode>,
    _resizing: Option<AbortOnDropHandle<()>>,
    _stopping: Option<AbortOnDropHandle<()>>,
}

/// Reads our standard input on a thread of its own, which may hang there until the process ends: nothing else can be done
/// about a read from a terminal.
fn forward(teller: InputSender, mut escape: Option<EscapeDetector>, stop: CancellationToken) {
    let runtime = Handle::current();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 16 * 1024];
        let mut stdin = std::io::stdin().lock();
        loop {
            let read = match stdin.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                // A standard input that cannot be read counts as ended.
                Err(_) => 0,
                Ok(read) => read,
            };
            if escape.as_mut().is_some_and(|escape| escape.is_in(&buffer[..read])) {
                return stop.cancel();
            }
            let said =
                if read == 0 { InputMessage::Eof } else { InputMessage::Stdin(buffer[..read].to_vec()) };
            if !runtime.block_on(teller.send(said)) || read == 0 {
                return;
            }
        }
    });
}

/// Our terminal has gone, or we are to go: the program goes first, so that the terminal is left as it was.
async fn end([mut terminate, mut hangup]: [Signal; 2], stop: CancellationToken) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    stop.cancel();
}

async fn resize(teller: InputSender, mut resized: Signal) {
    while resized.recv().await.is_some() {
        if !teller.send(InputMessage::Resize(size_of_ours())).await {
            return;
        }
    }
}

/// A terminal that does not know its size counts as one of the usual size.
fn size_of_ours() -> TerminalSize {
    match tcgetwinsize(std::io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            TerminalSize { cols: size.ws_col, rows: size.ws_row }
        }
        _ => TerminalSize { cols: 80, rows: 24 },
    }
}
