//! Caps: named limits on reading a package, which may be hostile. Everything that grows with its content is
//! limited.

use std::time::Duration;

/// The caps on reading a package. The default suits public packages, whose largest tests are some 100 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Files, folders and links together; counted again each time a link shows them.
    pub entries: usize,
    /// Nesting depth of folders.
    pub depth: usize,
    /// Links followed for one path.
    pub links: usize,
    /// Bytes of one file, unpacked.
    pub file_bytes: u64,
    /// Bytes of all files, unpacked.
    pub total_bytes: u64,
    /// Bytes of the zip archive itself.
    pub archive_bytes: u64,
    /// Maximum ratio of unpacked size to archive size, above `ratio_free_bytes`.
    pub ratio: u64,
    /// Unpacked size up to which any ratio is allowed: a test of a million equal letters is no zip bomb.
    pub ratio_free_bytes: u64,
    /// Bytes of a settings file (`problem.yaml` and the like), which is held in memory.
    pub settings_bytes: u64,
    /// Values in a settings file; repeated ones (`*alias`) count each time.
    pub settings_values: usize,
    /// Nesting depth of lists and maps in a settings file.
    pub settings_depth: usize,
    /// Bytes of a validator's source, or of a file added to submissions, which become part of the suite.
    pub source_bytes: u64,
    /// Bytes of a statement or hint, which are held in memory, and of the HTML made of one.
    pub statement_bytes: u64,
    /// Time limit for the conversion of one statement or hint to HTML.
    pub statement_time: Duration,
    /// Time limit of `pandoc` for one statement.
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
