//! Settings of local judging: made by the binary of its configuration.

use model::Bytes;
use worker::{CompileCacheSettings, ValidatorLimits};

/// Settings of local judging. The same configuration gives a server the same limits.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The machine: sandboxes, ids, memory.
    pub host: host::Settings,
    /// Sizes of the cache of compilations.
    pub compile_cache: CompileCacheSettings,
    /// Limits of output validators.
    pub validators: ValidatorLimits,
    /// Maximum memory that a problem may ask for.
    pub problem_memory: Bytes,
    /// Maximum output that a problem may ask for, on each stream.
    pub problem_output: Bytes,
}
