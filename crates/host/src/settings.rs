//! Settings of the machine: the part of the configuration that decides how programs run here.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use model::{ArtifactLimits, Bytes, PoolKind};
use sandbox::PoolSettings;

/// Settings for running programs on this machine. The binary derives them from its configuration; the comments name the
/// settings there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of prepared toolchains, in `prepared/` of it (`data`).
    pub data: PathBuf,
    /// A folder with more language files (`languages.folder`).
    pub language_folder: Option<PathBuf>,
    /// Whether toolchains are prepared at the start (`languages.prepare`).
    pub prepare: bool,
    /// Number of programs that run at once (`worker.slots`).
    pub slots: u32,
    /// The first uid and gid of sandboxes (`sandbox.first_id`).
    pub first_id: u32,
    /// Number of prepared sandboxes, by language or `any`; `None` for the default mix (`sandbox.warm`).
    pub warm: Option<BTreeMap<String, u32>>,
    /// The most memory of waiting sandboxes (`sandbox.warm_memory_mib`).
    pub warm_memory: Bytes,
    /// The memory of all running programs together; `None` to compute it (`sandbox.memory_mib`).
    pub memory: Option<Bytes>,
    /// How many live sessions there may be; `None` to compute it (`session.max`).
    pub sessions: Option<u32>,
    /// The memory of sessions whose programs wait for input; `None` to compute it (`session.waiting_memory_mib`).
    pub waiting_memory: Option<Bytes>,
    /// The most memory of cached compilations (`compile_cache.bytes`).
    pub compile_cache: Bytes,
    /// The most bytes of files that one run leaves behind (`artifacts.max_bytes`).
    pub artifacts: Bytes,
    /// The time within which a launcher answers (`sandbox.answer_seconds`).
    pub timeout: Duration,
    /// The pools that jobs can name.
    pub pools: Vec<PoolKind>,
}

impl Default for Settings {
    /// The documented defaults of the configuration.
    fn default() -> Self {
        Self {
            data: "data".into(),
            language_folder: None,
            prepare: true,
            slots: 8,
            first_id: PoolSettings::DEFAULT_FIRST_ID,
            warm: None,
            warm_memory: Bytes::mib(256),
            memory: None,
            sessions: None,
            waiting_memory: None,
            compile_cache: Bytes::mib(256),
            artifacts: ArtifactLimits::default().max_total_bytes,
            timeout: Duration::from_secs(20),
            pools: vec![PoolKind::Container],
        }
    }
}
