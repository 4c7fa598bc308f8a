//! What makes a run a live session: somebody talks to the program while it runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a live session is to be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The program gets a terminal of this size; pipes, if there is none.
    pub terminal: Option<TerminalSize>,
    /// How long nothing may be typed and nothing written before the session ends.
    pub idle: Duration,
}

/// How large a terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalSize {
    /// Characters in a line.
    pub cols: u16,
    /// Lines.
    pub rows: u16,
}

/// A signal that somebody may send to the program of their session.
///
/// `STOP` is not among them: a program that is stopped holds its sandbox and does nothing, and `TSTP` is what a terminal
/// would send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SessionSignal {
    /// What a terminal sends when it goes away.
    Hup,
    /// What Ctrl-C sends.
    Int,
    /// What Ctrl-\ sends.
    Quit,
    /// Ends the program, whatever it thinks of that.
    Kill,
    /// For the program's own purposes.
    Usr1,
    /// Likewise.
    Usr2,
    /// Asks it to end.
    Term,
    /// Lets a stopped program go on.
    Cont,
    /// What Ctrl-Z sends.
    Tstp,
}

impl SessionSignal {
    /// Its number, the same on every architecture that we support: signal(7).
    pub const fn number(self) -> i32 {
        match self {
            Self::Hup => 1,
            Self::Int => 2,
            Self::Quit => 3,
            Self::Kill => 9,
            Self::Usr1 => 10,
            Self::Usr2 => 12,
            Self::Term => 15,
            Self::Cont => 18,
            Self::Tstp => 20,
        }
    }
}
