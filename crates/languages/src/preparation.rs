//! Preparation of a toolchain: commands that run once, and the results to keep.

use std::path::PathBuf;

use model::Limits;

use crate::{Command, template::Template};

/// Root of the prepared files in sandboxes; each language has a subfolder with its id.
pub const PREPARED_FOLDER: &str = "/opt/coderunner/prepared";

/// Preparation settings of a language file.
#[derive(Debug, Clone)]
pub(crate) struct Prepare {
    pub(crate) files: Vec<(String, String)>,
    pub(crate) commands: Vec<Template>,
    pub(crate) keep: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) needs: Vec<PathBuf>,
}

/// Preparation of a toolchain: commands to run once, in a sandbox without any files but these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preparation {
    /// Initial files of the work folder: path and text.
    pub files: Vec<(String, String)>,
    /// Commands, run one after another; all must succeed.
    pub commands: Vec<Command>,
    /// Paths of the results to keep.
    pub keep: Vec<String>,
    /// Limits of the commands.
    pub limits: Limits,
    /// Host files on which the results depend: if one changes, they must be rebuilt.
    pub dependencies: Vec<PathBuf>,
}
