//! Errors of gradings: failures of ours, never verdicts.

use judge::compare::CompareError;
use model::LanguageId;
use sandbox::SandboxError;

use super::{data::DataError, limits::MAX_COMPILED_BYTES};
use crate::RunError;

/// A failure of ours: the submission could not be judged. Never a verdict.
#[derive(Debug, thiserror::Error)]
pub enum GradeError {
    /// A program could not be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A test's bytes are not there.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An output could not be compared.
    #[error("an output could not be compared")]
    Compare(#[from] CompareError),
    /// Somebody asked to stop.
    #[error("judging was stopped")]
    Stopped,
    /// All tests together took longer than they may.
    #[error("judging took longer than it may: raise the deadline, or have fewer or shorter tests")]
    OutOfTime,
    /// A compiled program has to be put into the sandbox for each test.
    #[error("the compiled program is larger than {MAX_COMPILED_BYTES}")]
    CompiledTooLarge,
    /// A suite that was not checked.
    #[error("the tests do not fit their style: import the problem again")]
    Unfit,
    /// Functions cannot be called in that language.
    #[error("functions of {0} cannot be called")]
    NoCalls(LanguageId),
}

impl From<SandboxError> for GradeError {
    fn from(error: SandboxError) -> Self {
        Self::Run(error.into())
    }
}

impl From<std::io::Error> for GradeError {
    fn from(error: std::io::Error) -> Self {
        Self::Data(error.into())
    }
}
