//! Result of a comparison: equality or the first difference, and the failures to read.

use std::io;

use model::Verdict;

use super::difference::Difference;

/// A stream could not be read: an infrastructure fault, never a wrong answer.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The program's output.
    #[error("cannot read what the program wrote")]
    Got(#[source] io::Error),
    /// The expected answer.
    #[error("cannot read the expected answer")]
    Expected(#[source] io::Error),
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum ComparisonResult {
    /// No difference under the rules.
    Equal,
    /// The first difference between two outputs.
    Different(Difference),
}

impl ComparisonResult {
    /// The verdict of a run that ended well and whose output was compared.
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Equal => Verdict::Accepted,
            Self::Different(_) => Verdict::WrongAnswer,
        }
    }
}
