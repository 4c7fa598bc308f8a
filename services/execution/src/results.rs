//! Results: reading them, their artifacts, and deleting them.

pub(crate) mod artifact;
pub(crate) mod delete;
pub(crate) mod many;
pub(crate) mod result_body;
pub(crate) mod single;
