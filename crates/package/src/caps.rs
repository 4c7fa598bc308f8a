//! How much a package may ask of us. A package may come from anybody, so everything that grows with it is capped, and what
//! goes over a cap is refused by its name.

use std::time::Duration;

/// The caps on reading a package. The default suits public packages, whose largest tests are some 100 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Files, folders and links together, also counted again where links show them a second time.
    pub entries: usize,
    /// Folders within folders.
    pub depth: usize,
    /// Links followed on the way to one file.
    pub links: usize,
    /// Bytes of one file, unpacked.
    pub file_bytes: u64,
    /// Bytes of all files, unpacked.
    pub total_bytes: u64,
    /// Bytes of the zip archive itself.
    pub archive_bytes: u64,
    /// How many times larger than its archive a package may be, once it is larger than `ratio_free_bytes`.
    pub ratio: u64,
    /// Up to here no ratio is too large: a test of a million equal letters is no bomb.
    pub ratio_free_bytes: u64,
    /// Bytes of a file of settings (`problem.yaml` and the like), which is held in memory.
    pub settings_bytes: u64,
    /// Values in a file of settings, repeated ones (`*alias`) counted each time.
    pub settings_values: usize,
    /// Lists and maps within each other in a file of settings.
    pub settings_depth: usize,
    /// Bytes of a source of a validator, or of a file that submissions get, which go into the suite.
    pub source_bytes: u64,
    /// Bytes of a statement or hint, which are held in memory, and of the HTML made of one.
    pub statement_bytes: u64,
    /// How long it may take to make HTML of one statement or hint.
    pub statement_time: Duration,
    /// How long `pandoc` may take for one statement.
    pub pandoc_time: Duration,
    /// The heap that `pandoc` may use, in MiB.
    pub pandoc_memory_mib: u32,
}

impl Default for Caps {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            entries: 20_000,
            depth: 32,
            links: 40,
            file_bytes: 1024 * MIB,
            total_bytes: 4096 * MIB,
            archive_bytes: 2048 * MIB,
            ratio: 200,
            ratio_free_bytes: 256 * MIB,
            settings_bytes: MIB,
            settings_values: 100_000,
            settings_depth: 64,
            source_bytes: 2 * MIB,
            statement_bytes: 4 * MIB,
            statement_time: Duration::from_secs(10),
            pandoc_time: Duration::from_secs(20),
            pandoc_memory_mib: 512,
        }
    }
}
