//! Limits of checking one input.

/// The limits of one check. The defaults suit inputs of some 100 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps: a command, an operation, 64 bytes that are read; large numbers count for more.
    pub steps: u64,
    /// Bytes of all variables together, with what each takes beside its value.
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
    /// Bytes of a program.
    pub const MOST_PROGRAM_BYTES: usize = 256 * 1024;
    /// Blocks and expressions within each other.
    pub const MOST_DEPTH: usize = 150;
    /// Regular expressions that are kept compiled.
    pub(crate) const KEPT_PATTERNS: usize = 64;
}
