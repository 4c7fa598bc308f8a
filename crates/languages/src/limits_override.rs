//! Limits of a language file that differ from the defaults, in the units of the file.

use std::{num::NonZeroU32, time::Duration};

use model::{Bytes, Cpus, Limits};
use serde::Deserialize;

/// Limits of a run that differ from the defaults.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsOverride {
    pub(crate) cpu_ms: Option<NonZeroU32>,
    pub(crate) cpus: Option<Cpus>,
    pub(crate) wall_ms: Option<NonZeroU32>,
    pub(crate) memory_mib: Option<NonZeroU32>,
    pub(crate) processes: Option<NonZeroU32>,
    pub(crate) disk_mib: Option<NonZeroU32>,
    pub(crate) inodes: Option<NonZeroU32>,
    pub(crate) open_files: Option<NonZeroU32>,
}

impl LimitsOverride {
    /// `base` with the limits of the file.
    pub(crate) fn apply_to(&self, base: Limits) -> Limits {
        Limits {
            cpu: self.cpu_ms.map_or(base.cpu, milliseconds),
            cpus: self.cpus.unwrap_or(base.cpus),
            wall: self.wall_ms.map_or(base.wall, milliseconds),
            memory: self.memory_mib.map_or(base.memory, mebibytes),
            processes: self.processes.map_or(base.processes, NonZeroU32::get),
            disk: self.disk_mib.map_or(base.disk, mebibytes),
            file_size: self.disk_mib.map_or(base.file_size, mebibytes),
            inodes: self.inodes.map_or(base.inodes, count),
            open_files: self.open_files.map_or(base.open_files, NonZeroU32::get),
            ..base
        }
    }
}

pub(crate) fn milliseconds(n: NonZeroU32) -> Duration {
    Duration::from_millis(n.get().into())
}

pub(crate) fn mebibytes(n: NonZeroU32) -> Bytes {
    Bytes::mib(n.get().into())
}

fn count(n: NonZeroU32) -> u64 {
    n.get().into()
}
