//! Limits: bounds of time and memory for the check of one input.

/// The limits of one check. The defaults suit inputs of some 100 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps: one per command, operation, or 64 bytes read; large numbers cost more.
    pub steps: u64,
    /// Bytes of all variables together, including their overhead.
    pub memory: usize,
    /// Decimal digits of a number.
    pub digits: usize,
    /// Bytes of a compiled regular expression.
    pub regex_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 1_000_000_000, memory: 512 * 1024 * 1024, digits: 20_000, regex_bytes: 1024 * 1024 }
    }
}

impl Limits {
    /// Maximum length of a program, in bytes.
    pub const MAX_PROGRAM_BYTES: usize = 256 * 1024;
    /// Maximum nesting depth of blocks and expressions.
    pub const MAX_DEPTH: usize = 150;
    /// Number of compiled regular expressions in the cache.
    pub(crate) const MAX_CACHED_PATTERNS: usize = 64;
}
