//! A mistake that Python has reported, with the source that it is in.

use super::{source::Source, traceback::Traceback};

/// A mistake that Python has reported, with the source that it is in.
pub(super) struct Mistake<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) report: Traceback<'a>,
}
