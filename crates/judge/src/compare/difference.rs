//! Difference of two outputs: its kind and position, and its description in a line.

use std::fmt;

/// The first difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Kind of difference, with quotations.
    pub kind: DifferenceKind,
    /// Position in the program's output.
    pub got_position: Position,
    /// Position in the expected answer.
    pub expected_position: Position,
}

/// A position in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u64,
    /// Byte in that line, from 1.
    pub column: u64,
    /// Byte in the text, from 0.
    pub offset: u64,
}

/// The kind of a difference. Tokens are lossy text, cut after [`super::MAX_QUOTED`] bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum DifferenceKind {
    /// A byte; absent at the end of a text.
    Byte {
        /// Actual.
        got: Option<u8>,
        /// Expected.
        expected: Option<u8>,
    },
    /// A token.
    Token {
        /// Actual.
        got: String,
        /// Expected.
        expected: String,
    },
    /// A number is expected, and the output has other text.
    NotANumber {
        /// Actual.
        got: String,
        /// Expected.
        expected: String,
    },
    /// A number is outside the tolerance.
    Number {
        /// Actual.
        got: String,
        /// Expected.
        expected: String,
        /// Absolute difference.
        off_by: f64,
    },
    /// White space, if it matters; absent before a token and at the end.
    Space {
        /// Actual.
        got: Option<u8>,
        /// Expected.
        expected: Option<u8>,
    },
    /// The output ends too early.
    Missing {
        /// Next expected token.
        expected: String,
        /// Whether the output has no token at all.
        empty: bool,
    },
    /// The output continues after the expected end.
    Trailing {
        /// Next token of the output.
        got: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column, .. } = self.got_position;
        write!(f, "Line {line}, column {column}: {}", self.kind)
    }
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte { got, expected } => {
                write!(f, "expected {}, got {}", ByteName(*expected, "nothing"), ByteName(*got, "nothing"))
            }
            Self::Space { got, expected } => {
                let none = "no more white space";
                write!(f, "expected {}, got {}", ByteName(*expected, none), ByteName(*got, none))
            }
            Self::Token { got, expected } => write!(f, "expected {expected:?}, got {got:?}"),
            Self::NotANumber { got, expected } => write!(f, "expected the number {expected}, got {got:?}"),
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
            Self::Trailing { got } => write!(f, "the output should have ended, got {got:?} too"),
        }
    }
}

/// Displays a byte by its usual name, or a replacement text if there is none.
struct ByteName(Option<u8>, &'static str);

impl fmt::Display for ByteName {
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
