//! Errors of loading a package.

use std::io;

use model::Bytes;
use package::{PackageError, SuiteError, TreeError};

/// Why a package cannot be judged by.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is not there.
    #[error("there is no such folder or archive")]
    Missing,
    /// It cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Its submissions, which are held in memory while they are judged, are too many.
    #[error(
        "the submissions have {bytes} bytes together, and {max} are the most: take out what is no program"
    )]
    Submissions {
        /// Bytes of all submissions.
        bytes: u64,
        /// The most that they may have.
        max: u64,
    },
    /// It asks for what we do not have, or contradicts itself.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// Its tests cannot be made.
    #[error(transparent)]
    Generation(#[from] GenerationError),
}

/// Why tests are not made.
#[derive(Debug, thiserror::Error)]
pub enum GenerationError {
    /// A program of the package failed.
    #[error("the test {test} cannot be made: {program} {reason}")]
    Program {
        /// The test.
        test: String,
        /// The program.
        program: String,
        /// The failure, as the rest of a sentence.
        reason: String,
    },
    /// There is more than there may be.
    #[error("the tests that its generators make are larger than {max} together, which is the most")]
    TooLarge {
        /// The most that there may be.
        max: Bytes,
    },
    /// The user interrupted.
    #[error("stopped while its tests were made")]
    Stopped,
    /// They took too long together.
    #[error("making its tests took longer than --timeout allows")]
    TooLong,
    /// It cannot be written down.
    #[error("what its generators make cannot be kept: {0}")]
    Keep(#[from] io::Error),
    /// A file of the package cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}
