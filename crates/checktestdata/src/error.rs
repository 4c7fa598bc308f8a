//! Why a program is none, or an input is not valid.

use crate::Limits;

/// A program that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// It is too long to be one.
    #[error("a program has {most} bytes at most, and this has {0}", most = Limits::MOST_PROGRAM_BYTES)]
    TooLong(usize),
    /// Something else was expected.
    #[error("line {line}: {message}")]
    Wrong {
        /// From 1.
        line: usize,
        /// What was expected and what was found.
        message: String,
    },
}

/// Why an input is not known to be valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// It is not what the program describes.
    #[error("line {line}, column {column}: {reason}, as {command} (line {program_line} of the program) asks")]
    Mismatch {
        /// Of the input, from 1.
        line: usize,
        /// In bytes, from 1.
        column: usize,
        /// What is wrong.
        reason: String,
        /// The command, as it is written.
        command: String,
        /// The line of the command, from 1.
        program_line: usize,
    },
    /// The program makes no sense for this input.
    #[error("line {program_line} of the program, {command}: {reason}")]
    Program {
        /// What is wrong.
        reason: String,
        /// The command, as it is written.
        command: String,
        /// The line of the command, from 1.
        program_line: usize,
    },
    /// It took more than it may.
    #[error("checking it takes more than {0}")]
    Limit(&'static str),
    /// Somebody asked to stop.
    #[error("checking it was stopped")]
    Stopped,
}

/// What can go wrong inside of a command, before its place is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The input is not what is described.
    Mismatch(String),
    /// The program makes no sense.
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
