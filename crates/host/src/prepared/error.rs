//! Errors of preparations: each step that can fail.

use std::{io, path::PathBuf};

use model::Ending;
use sandbox::SandboxError;
use thiserror::Error;

use crate::error::HostError;

/// A step of a preparation that failed.
#[derive(Debug, Error)]
pub(super) enum PrepareError {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error("the sandbox of the preparation failed")]
    Sandbox(#[from] SandboxError),
    #[error("an empty command")]
    EmptyCommand,
    #[error("{name} ended with {ending:?}: {stderr}")]
    Command { name: String, ending: Ending, stderr: String },
    #[error("it left what cannot be kept: {0}")]
    LeftOut(String),
    #[error("it did not make {0}")]
    NotMade(String),
    #[error("cannot write to {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot make {}", path.display())]
    Rename { path: PathBuf, source: io::Error },
}
