//! Validity: the verdict of an input validator.

/// Verdict of a validator on an input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    /// It is valid.
    Valid,
    /// It is not; how the validator ended and what it said.
    Rejected(String),
    /// The validator itself is no program that could say anything.
    Broken(String),
    /// There was no time left.
    OutOfTime,
}
