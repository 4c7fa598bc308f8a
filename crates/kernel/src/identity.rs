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

    /// The identity for a sandbox of this process's: two ids from `base` on where it may map them, else its own.
    ///
    /// Refused for a root of the host that lacks root's powers: its guests would be root to files and to `/proc/sys`,
    /// where the kernel asks for the id and not for capabilities.
    pub fn choose(base: u32) -> Result<Self, KernelError> {
        let uid_map = std::fs::read_to_string("/proc/self/uid_map").at(Step::ChooseIdentity)?;
        let (uid, gid) = (geteuid().as_raw(), rustix::process::getegid().as_raw());
        Self::from_map(&uid_map, base, uid, gid)
            .ok_or(KernelError { step: Step::ChooseIdentity, errno: libc::EPERM })
    }

    fn from_map(uid_map: &str, base: u32, uid: u32, gid: u32) -> Option<Self> {
        let next = base.checked_add(1);
        if have_root() && maps(uid_map, base) && next.is_some_and(|next| maps(uid_map, next)) {
            return Some(Self::Range { base });
        }
        Self::single(uid_map, uid, gid)
    }

    fn single(uid_map: &str, uid: u32, gid: u32) -> Option<Self> {
        let is_root_of_the_host =
            uid == 0 && ranges(uid_map).any(|(inside, outside, _)| inside == 0 && outside == 0);
        (!is_root_of_the_host).then_some(Self::Single { uid, gid })
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

/// The lines of a uid map: first id inside, first id outside, how many.
fn ranges(uid_map: &str) -> impl Iterator<Item = (u32, u32, u32)> {
    uid_map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map(|number| number.parse().ok());
        Some((numbers.next()??, numbers.next()??, numbers.next()??))
    })
}

/// Whether an id exists in the user namespace with this map.
fn maps(uid_map: &str, id: u32) -> bool {
    ranges(uid_map).any(|(inside, _, count)| id >= inside && id - inside < count)
}

/// For `crate::fuzzing`: whatever the map says, an identity is of ids that it has.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz(uid_map: &str) {
    let edges = ranges(uid_map).flat_map(|(first, _, count)| [first, first.saturating_add(count)]);
    for base in edges.chain([0, u32::MAX - 1, u32::MAX]).take(16) {
        if let Some(Identity::Range { base: first }) = Identity::from_map(uid_map, base, 0, 0) {
            assert!(first == base && maps(uid_map, base) && maps(uid_map, base + 1), "{base} {uid_map:?}");
        }
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

/// What a template may hold beyond its exec: entering namespaces, and changing ids there.
pub(crate) const BEQUEATHED: CapabilitySet = CapabilitySet::SYS_ADMIN
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETGID);

/// Empties the capability bounding set: nothing that is executed from here on can gain a capability. Templates can be given
/// what they need all the same, guests give it up.
pub fn drop_bounding_set() -> Result<(), KernelError> {
    // Only what is inheritable before the bounding set is empty can be inherited after.
    let mut sets = rustix::thread::capabilities(None).at(Step::KeepCapabilities)?;
    sets.inheritable = BEQUEATHED;
    rustix::thread::set_capabilities(None, sets).at(Step::KeepCapabilities)?;
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

/// Has the kernel take this process before others when memory runs out, though after guests. For init: with it the whole
/// sandbox goes and the launcher is left to tell.
pub fn yield_memory_before_launcher() -> Result<(), KernelError> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // Whoever has changed its ids may not write its own files in /proc otherwise.
    set_dumpable_behavior(DumpableBehavior::Dumpable).at(Step::SetDumpable)?;
    std::fs::write("/proc/self/oom_score_adj", "900").at(Step::OomScore)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).at(Step::SetDumpable)
}

/// No core dumps from this process and all that it starts.
pub fn restrict_core_dumps() -> Result<(), KernelError> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).at(Step::SetRlimit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "         0          0 4294967295\n";
    const CONTAINER: &str = "0 100000 65536\n";

    #[test]
    fn the_last_id_of_all_had_one_behind_it() {
        let all = "0 0 4294967295\n4294967295 4294967295 1\n";
        assert_eq!(
            Identity::from_map(all, u32::MAX, 1000, 1000),
            Some(Identity::Single { uid: 1000, gid: 1000 })
        );
    }

    #[test]
    fn ids_exist_where_the_map_says() {
        assert!(maps(HOST, 1_900_000_001));
        assert!(maps(CONTAINER, 65_535) && !maps(CONTAINER, 65_536));
    }

    #[test]
    fn a_powerless_root_of_the_host_is_no_identity_for_a_guest() {
        assert_eq!(Identity::single(HOST, 0, 0), None);
        assert_eq!(Identity::single(HOST, 1000, 100), Some(Identity::Single { uid: 1000, gid: 100 }));
        assert_eq!(Identity::single(CONTAINER, 0, 0), Some(Identity::Single { uid: 0, gid: 0 }));
    }
}
