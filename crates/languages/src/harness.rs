//! Harness: a program in a language that calls a function of a submission, from its language file.

/// The harness of a language.
#[derive(Debug, Clone)]
pub(crate) struct Harness {
    /// File name in the work folder.
    pub(crate) file: String,
    /// Source text.
    pub(crate) text: String,
}
