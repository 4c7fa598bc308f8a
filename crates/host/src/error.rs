//! Errors of this crate: one variant for each step that can fail.

use std::{error::Error as StdError, io, iter};

use languages::LanguageError;
use sandbox::SandboxError;
use thiserror::Error;

/// A step that failed on this machine.
#[derive(Debug, Error)]
pub enum HostError {
    /// A language file is wrong, or its folder cannot be read.
    #[error("the language files are not valid")]
    Languages(#[source] LanguageError),
    /// `sandbox.warm` names a language that does not exist.
    #[error("no language is called {name}")]
    UnknownLanguage {
        /// The name.
        name: String,
    },
    /// `sandbox.warm` names a language whose runtime has no state before its program is known.
    #[error("{name} cannot be started ahead")]
    NoWarmRuntime {
        /// The language's name.
        name: String,
    },
    /// The pool could not be started.
    #[error("sandboxes cannot be made here; `coderunner doctor` says what is missing")]
    StartPool(#[source] SandboxError),
    /// The kernel refused the socket that stands for the ids.
    #[error("the ids of sandboxes cannot be claimed")]
    ClaimIds(#[source] io::Error),
    /// Each range of ids belongs to another worker.
    #[error(
        "the ids from {first_id} on belong to {workers} other workers of this host already: set sandbox.first_id to one that is \
         {ids} higher"
    )]
    AllIdsClaimed {
        /// The configured first id.
        first_id: u32,
        /// Maximum number of workers of a host.
        workers: u32,
        /// Number of ids of all workers together.
        ids: u32,
    },
    /// This process may not read its own limits.
    #[error("the limits of this process cannot be read")]
    Limits(#[from] kernel::KernelError),
}

/// Whether the error, or one of its causes, is a launcher that did not answer, rather than one that says what is wrong.
pub fn is_launcher_stuck(error: &(dyn StdError + 'static)) -> bool {
    let is_stuck = |error: &SandboxError| matches!(error, SandboxError::LauncherStuck { .. });
    let chain = iter::successors(Some(error), |error| (**error).source());
    chain.filter_map(|cause| cause.downcast_ref()).any(is_stuck)
}
