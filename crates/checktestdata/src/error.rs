//! Errors: invalid programs, and inputs that are not valid.

use crate::Limits;

/// An invalid program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// The program is too long; the limit in bytes.
    #[error("a program has {most} bytes at most, and this has {0}", most = Limits::MAX_PROGRAM_BYTES)]
    TooLong(usize),
    /// A syntax error.
    #[error("line {line}: {message}")]
    Unexpected {
        /// Line, from 1.
        line: usize,
        /// Expected and actual text.
        message: String,
    },
}

/// An input that is invalid, or could not be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The input does not match the program.
    #[error("line {line}, column {column}: {reason}, as {command} (line {program_line} of the program) asks")]
    Mismatch {
        /// Line of the input, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// Description of the problem.
        reason: String,
        /// Source of the command.
        command: String,
        /// Line of the command, from 1.
        program_line: usize,
    },
    /// The program fails on this input.
    #[error("line {program_line} of the program, {command}: {reason}")]
    Program {
        /// Description of the problem.
        reason: String,
        /// Source of the command.
        command: String,
        /// Line of the command, from 1.
        program_line: usize,
    },
    /// A limit was exceeded.
    #[error("checking it takes more than {0}")]
    Limit(&'static str),
    /// The caller requested a stop.
    #[error("checking it was stopped")]
    Stopped,
}

/// An error inside a command, before its position is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The input does not match.
    Mismatch(String),
    /// The program fails.
    Program(String),
    /// A limit of [`Limits`].
    Limit(&'static str),
    Stopped,
}

impl Fault {
    pub(crate) fn program(reason: impl Into<String>) -> Self {
        Self::Program(reason.into())
    }

    pub(crate) fn mismatch(reason: impl Into<String>) -> Self {
        Self::Mismatch(reason.into())
    }
}
