//! Output comparison: streaming, exact or by tokens, with the position of the first difference.
//!
//! Memory is bounded by [`MAX_BUFFERED`] bytes per side, whatever the length of the output or of a token. A
//! [`Difference`] has the positions and the beginnings of the tokens that differ; [`crate::diff`] renders it
//! with context.
//!
//! [`compare`] selects the comparison by the rules of the test. `exact` compares bytes. `tokens` follows the
//! default validator of ICPC and Kattis: white space separates tokens, case and amount of white space are
//! ignored unless the rules say otherwise, and with a tolerance a numeric expected token is compared as a
//! number. Both read buffered chunks of the two streams side by side and skip common prefixes at memory
//! speed, since correct outputs are mostly equal byte by byte.
//!
//! `reader` tracks line and column and delivers long tokens in chunks. `number` parses numbers as C does, and
//! `flags` parses validator flags into rules. A read error is a [`CompareError`] and never a difference.

use std::io::Read;

use model::Comparison;

mod difference;
mod exact;
mod flags;
mod number;
mod reader;
mod result;
mod tokens;

pub use difference::{Difference, DifferenceKind, Position};
pub use flags::{FlagError, parse_flags, split_flags};
pub use number::parse_number;
pub use reader::{MAX_BUFFERED, MAX_QUOTED};
pub use result::{CompareError, ComparisonResult};

/// Compares a program's output with the expected answer. Both are read only up to the first difference.
pub fn compare(
    rule: &Comparison,
    got: impl Read,
    expected: impl Read,
) -> Result<ComparisonResult, CompareError> {
    match rule {
        Comparison::Exact => exact::compare(got, expected),
        Comparison::Tokens(rules) => tokens::compare(rules, got, expected),
    }
}

/// Compares two texts in memory.
///
/// # Panics
/// Never: reading memory does not fail.
pub fn compare_bytes(rule: &Comparison, got: &[u8], expected: &[u8]) -> ComparisonResult {
    compare(rule, got, expected).expect("memory can be read")
}
