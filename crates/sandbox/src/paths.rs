//! Paths inside a sandbox that launcher and init agree on.

use std::ffi::CStr;

/// The guest's work folder.
pub(crate) const WORK_FOLDER: &str = "/box";

/// Where the host's `/proc` is mounted until init has mounted the sandbox's own: without one that is completely visible, the
/// kernel allows no other.
pub(crate) const HOST_PROC: &CStr = c"/.host-proc";
