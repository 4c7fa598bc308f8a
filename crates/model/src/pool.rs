//! Pool kind: the isolation that a job needs (container, microVM, trusted process).

use serde::{Deserialize, Serialize};

/// The kind of a pool: the isolation of its sandboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolKind {
    /// Namespaces, cgroups and seccomp.
    Container,
    /// A hardware virtual machine.
    Microvm,
    /// A process with rlimits; internal and admin only.
    Trusted,
}

impl PoolKind {
    /// The pool's name on the wire, in tables and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Microvm => "microvm",
            Self::Trusted => "trusted",
        }
    }
}
