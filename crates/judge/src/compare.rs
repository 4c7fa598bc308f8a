//! Comparing what a program wrote with what is expected, as two streams.
//!
//! Memory is bounded by [`MOST_HELD`] per side, however long an output or one of its words is. What is told of a
//! difference is where it is and the beginning of the words that differ; [`crate::diff`] makes more of it for people.

use std::{
    fmt,
    io::{self, Read},
};

use model::Comparison;

mod exact;
mod flags;
mod number;
mod reader;
mod tokens;

pub use flags::{FlagError, parse_flags, split_flags};
pub use number::parse_number;

/// The most bytes that are held of each side at once. A word longer than this is compared piece by piece, and is never
/// taken for a number.
pub const MOST_HELD: usize = 64 * 1024;

/// How many bytes of a word are shown in a [`Difference`].
pub const MOST_QUOTED: usize = 80;

/// Which of the two streams could not be read. That is a fault of ours, never a wrong answer.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// What the program wrote.
    #[error("cannot read what the program wrote")]
    Got(#[source] io::Error),
    /// What is expected.
    #[error("cannot read the expected answer")]
    Expected(#[source] io::Error),
}

/// Whether two answers are the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Compared {
    /// They are.
    Same,
    /// They are not.
    Different(Difference),
}

/// The first difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What is different.
    pub what: What,
    /// Where it is in what the program wrote.
    pub got_at: Position,
    /// Where it is in what is expected.
    pub expected_at: Position,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: u64,
    /// The byte in that line, from 1.
    pub column: u64,
    /// The byte in the text, from 0.
    pub offset: u64,
}

/// What is different. Words are lossy text, cut after [`MOST_QUOTED`] bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A byte; absent where a text has ended.
    Byte {
        /// What came.
        got: Option<u8>,
        /// What is expected.
        expected: Option<u8>,
    },
    /// A word.
    Word {
        /// What came.
        got: String,
        /// What is expected.
        expected: String,
    },
    /// A number is expected and something else came.
    NoNumber {
        /// What came.
        got: String,
        /// What is expected.
        expected: String,
    },
    /// A number is off by more than is tolerated.
    Number {
        /// What came.
        got: String,
        /// What is expected.
        expected: String,
        /// By how much.
        off_by: f64,
    },
    /// White space, where that matters; absent where the text goes on with a word or has ended.
    Space {
        /// What came.
        got: Option<u8>,
        /// What is expected.
        expected: Option<u8>,
    },
    /// The output ends too early.
    Missing {
        /// The next expected word.
        expected: String,
        /// Whether there was any word before.
        empty: bool,
    },
    /// The output goes on after all that is expected.
    TooMuch {
        /// The next word.
        got: String,
    },
}

/// Compares what a program wrote with what is expected. Both are read only as far as needed to know.
pub fn compare(rule: &Comparison, got: impl Read, expected: impl Read) -> Result<Compared, CompareError> {
    match rule {
        Comparison::Exact => exact::compare(got, expected),
        Comparison::Tokens(rules) => tokens::compare(rules, got, expected),
    }
}

/// Compares texts that are in memory; these can always be read.
///
/// # Panics
/// Never: reading memory does not fail.
pub fn compare_bytes(rule: &Comparison, got: &[u8], expected: &[u8]) -> Compared {
    compare(rule, got, expected).expect("memory can be read")
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column, .. } = self.got_at;
        write!(f, "Line {line}, column {column}: {}", self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte { got, expected } => {
                write!(f, "expected {}, got {}", Named(*expected, "nothing"), Named(*got, "nothing"))
            }
            Self::Space { got, expected } => {
                let none = "no more white space";
                write!(f, "expected {}, got {}", Named(*expected, none), Named(*got, none))
            }
            Self::Word { got, expected } => write!(f, "expected {expected:?}, got {got:?}"),
            Self::NoNumber { got, expected } => write!(f, "expected the number {expected}, got {got:?}"),
            Self::Number { got, expected, off_by } => {
                write!(
                    f,
                    "expected {expected}, got {got}, which is off by {off_by:e}, more than is tolerated"
                )
            }
            Self::Missing { expected, empty: true } => {
                write!(f, "the output is empty, expected {expected:?}")
            }
            Self::Missing { expected, empty: false } => {
                write!(f, "the output ends too early, expected {expected:?} next")
            }
            Self::TooMuch { got } => write!(f, "the output should have ended, got {got:?} too"),
        }
    }
}

/// A byte, as people call it, and what to say where there is none.
struct Named(Option<u8>, &'static str);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str(self.1),
            Some(b' ') => f.write_str("a space"),
            Some(b'\n') => f.write_str("the end of the line"),
            Some(b'\t') => f.write_str("a tab"),
            Some(b'\r') => f.write_str("a carriage return"),
            Some(byte) if byte.is_ascii_graphic() => write!(f, "{:?}", char::from(byte)),
            Some(byte) => write!(f, "the byte 0x{byte:02x}"),
        }
    }
}
