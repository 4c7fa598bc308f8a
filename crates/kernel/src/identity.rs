//! Who the processes of a sandbox are, to the host and to themselves.

use rustix::{
    process::{Gid, Resource, Rlimit, Uid, geteuid, setrlimit},
    thread::{
        CapabilitySet, remove_capability_from_bounding_set, set_thread_groups, set_thread_res_gid,
        set_thread_res_uid,
    },
};
use serde::{Deserialize, Serialize};

use crate::{At, KernelError, Step};

/// How ids inside a sandbox's user namespace map to ids of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// Two ids of the host that nothing else uses: `base` is root inside (init and launcher), `base + 1` is the guest.
    /// Needs root on the host to set up.
    Range {
        /// The first of the two.
        base: u32,
    },
    /// The one id that an unprivileged user has: init and guest share it, told apart by capabilities alone.
    Single {
        /// The user's own uid.
        uid: u32,
        /// The user's own gid.
        gid: u32,
    },
}

impl Identity {
    /// The guest's uid and gid inside.
    pub const GUEST: u32 = 1000;

    /// The ids of the process that asks.
    pub fn single() -> Self {
        Self::Single { uid: geteuid().as_raw(), gid: rustix::process::getegid().as_raw() }
    }

    /// The uid map of the sandbox's user namespace, in the format of `user_namespaces(7)`.
    pub(crate) fn uid_map(&self) -> String {
        match self {
            Self::Range { base } => format!("0 {base} 1\n{} {} 1\n", Self::GUEST, base + 1),
            Self::Single { uid, .. } => format!("{} {uid} 1\n", Self::GUEST),
        }
    }

    /// The gid map, likewise.
    pub(crate) fn gid_map(&self) -> String {
        match self {
            Self::Range { .. } => self.uid_map(),
            Self::Single { gid, .. } => format!("{} {gid} 1\n", Self::GUEST),
        }
    }

    /// Becomes root of the user namespace, which is nobody on the host. With a single id there is nothing to change.
    pub fn assume_init(&self) -> Result<(), KernelError> {
        if matches!(self, Self::Single { .. }) {
            return Ok(());
        }
        set_thread_groups(&[]).at(Step::DropGroups)?;
        set_thread_res_gid(Some(Gid::ROOT), Some(Gid::ROOT), Some(Gid::ROOT)).at(Step::SetGid)?;
        set_thread_res_uid(Some(Uid::ROOT), Some(Uid::ROOT), Some(Uid::ROOT)).at(Step::SetUid)
    }

    /// Does something with the guest as owner of what it creates.
    pub fn as_guest<T>(&self, create: impl FnOnce() -> T) -> T {
        if matches!(self, Self::Single { .. }) {
            return create();
        }
        set_file_ids(Self::GUEST);
        let created = create();
        set_file_ids(0);
        created
    }
}

/// Changes who this process is to file systems. These calls report no failure; with the wrong id the next one does.
fn set_file_ids(id: u32) {
    // SAFETY: setfsuid and setfsgid only change the ids that the kernel checks files with; they touch no memory.
    unsafe {
        libc::setfsgid(id);
        libc::setfsuid(id);
    }
}

/// Whether this process is root with the powers of root.
pub fn have_root() -> bool {
    geteuid().is_root()
        && rustix::thread::capabilities(None).is_ok_and(|sets| {
            sets.effective.contains(CapabilitySet::SYS_ADMIN | CapabilitySet::SETUID | CapabilitySet::SETGID)
        })
}

/// Empties the capability bounding set: nothing that is executed from here on can gain a capability.
pub fn drop_bounding_set() -> Result<(), KernelError> {
    for capability in CapabilitySet::all().iter() {
        match remove_capability_from_bounding_set(capability) {
            // Older kernels do not know the newest capabilities.
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(errno) => {
                return Err(KernelError { step: Step::DropCapabilities, errno: errno.raw_os_error() });
            }
        }
    }
    Ok(())
}

/// Has the kernel prefer this process and those it starts to guests: when memory runs out it takes others first, and it
/// lets them run before others, so that limits are kept and orphans reaped also while guests fight for the processors.
/// Needs root; without it nothing changes but that guests, who give both up themselves, still come last.
pub fn take_precedence() {
    let _unprivileged = std::fs::write("/proc/self/oom_score_adj", "-900");
    let _unprivileged = rustix::process::setpriority_process(None, -10);
}

/// No core dumps from this process and all that it starts.
pub fn restrict_core_dumps() -> Result<(), KernelError> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).at(Step::SetRlimit)
}
