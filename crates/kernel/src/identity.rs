//! Identity: user and group ids, capabilities and OOM scores of the processes of a sandbox.

use rustix::{
    io::Errno,
    process::{Gid, Resource, Rlimit, Uid, geteuid, getrlimit, setrlimit},
    thread::{
        CapabilitySet, remove_capability_from_bounding_set, set_thread_groups, set_thread_res_gid,
        set_thread_res_uid,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    KernelError, Step, StepContext,
    subid::{self, SubidError},
};

/// The mapping of ids in a sandbox's user namespace to ids of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// Two uids and two gids of the host that nothing else uses: the first is root in the sandbox (init and launcher), the second is the
    /// guest.
    Range {
        /// The first uid.
        uids: u32,
        /// The first gid.
        gids: u32,
        /// Mechanism that maps the ids.
        mapper: IdMapper,
    },
    /// The single id of an unprivileged user: init and guest share it and differ in capabilities only.
    Single {
        /// The user's own uid.
        uid: u32,
        /// The user's own gid.
        gid: u32,
    },
}

/// The mechanism that maps ids other than the process's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdMapper {
    /// The process itself, with `CAP_SETUID` and `CAP_SETGID`.
    Itself,
    /// `newuidmap(1)` and `newgidmap(1)`, for the subordinate ids of its user.
    Programs,
}

impl Identity {
    /// The guest's uid and gid inside.
    pub const GUEST: u32 = 1000;

    /// Chooses the identity of a sandbox. First choice: two ids from `base` on, if this process may map them. Second choice: two ids
    /// of its user namespace, or of the subordinate ids of its user; `base` selects a pair that no other sandbox has. Last choice: the
    /// process's own id.
    ///
    /// An error if this process is root of the host and may map no other ids: its guests would be root for files and for
    /// `/proc/sys`, where the kernel checks the id and not capabilities.
    pub fn choose(base: u32) -> Result<Self, KernelError> {
        let map = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).at(Step::ChooseIdentity);
        let (uid_map, gid_map) = (map("uid_map")?, map("gid_map")?);
        let (uid, gid) = (geteuid().as_raw(), rustix::process::getegid().as_raw());
        let own = || Self::from_id_maps([&uid_map, &gid_map], base).filter(|_| may_map_ids());
        let lent = || Self::from_subids(subid::ranges(uid).ok()?, base);
        own()
            .or_else(lent)
            .or_else(|| Self::from_single_mapping(&uid_map, uid, gid))
            .ok_or(KernelError { step: Step::ChooseIdentity, errno: libc::EPERM })
    }

    /// Two ids that exist in a user namespace with these maps of uids and gids.
    fn from_id_maps(maps: [&str; 2], base: u32) -> Option<Self> {
        let [uids, gids] = maps.map(|map| {
            let is_there =
                contains_id(map, base) && base.checked_add(1).is_some_and(|next| contains_id(map, next));
            if is_there { Some(base) } else { pair_within(largest_range(map)?, base) }
        });
        Some(Self::Range { uids: uids?, gids: gids?, mapper: IdMapper::Itself })
    }

    fn from_subids(ranges: [(u32, u32); 2], base: u32) -> Option<Self> {
        let [uids, gids] = ranges.map(|range| pair_within(range, base));
        Some(Self::Range { uids: uids?, gids: gids?, mapper: IdMapper::Programs })
    }

    fn from_single_mapping(uid_map: &str, uid: u32, gid: u32) -> Option<Self> {
        let is_root_of_the_host =
            uid == 0 && ranges(uid_map).any(|(inside, outside, _)| inside == 0 && outside == 0);
        (!is_root_of_the_host).then_some(Self::Single { uid, gid })
    }

    /// Whether init and guest have different ids.
    pub const fn has_guest_id(&self) -> bool {
        matches!(self, Self::Range { .. })
    }

    /// The uid map of the sandbox's user namespace, in the format of `user_namespaces(7)`.
    pub(crate) fn uid_map(&self) -> String {
        match self {
            Self::Range { uids, .. } => id_map_of_pair(*uids),
            Self::Single { uid, .. } => format!("{} {uid} 1\n", Self::GUEST),
        }
    }

    /// The gid map, likewise.
    pub(crate) fn gid_map(&self) -> String {
        match self {
            Self::Range { gids, .. } => id_map_of_pair(*gids),
            Self::Single { gid, .. } => format!("{} {gid} 1\n", Self::GUEST),
        }
    }

    /// Becomes root of the user namespace, which is nobody on the host. With a single id there is nothing to change.
    pub fn become_init(&self) -> Result<(), KernelError> {
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

fn id_map_of_pair(first: u32) -> String {
    format!("0 {first} 1\n{} {} 1\n", Identity::GUEST, first + 1)
}

/// Two consecutive ids of a range, given by its first id and its length. They are in the upper half, because other users of such ranges,
/// mainly containers, start at the first id. `None` if the range is too short.
fn pair_within((first, count): (u32, u32), base: u32) -> Option<u32> {
    // The last two ids are avoided, too: one of the usual 65536 is the id of `nobody`.
    let pairs = (count / 4).checked_sub(1).filter(|pairs| *pairs > 0)?;
    let pair = first.checked_add(count / 2 + 2 * (base / 2 % pairs))?;
    // The kernel's ranges end before the last number, but a file may contain any number.
    (pair < u32::MAX).then_some(pair)
}

/// The largest range of a uid map: its first id inside, and its length.
fn largest_range(map: &str) -> Option<(u32, u32)> {
    ranges(map).map(|(inside, _, count)| (inside, count)).max_by_key(|(_, count)| *count)
}

/// The lines of a uid map: first id inside, first id outside, length.
fn ranges(uid_map: &str) -> impl Iterator<Item = (u32, u32, u32)> {
    uid_map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map(|number| number.parse().ok());
        Some((numbers.next()??, numbers.next()??, numbers.next()??))
    })
}

/// Whether an id exists in the user namespace with this map.
fn contains_id(uid_map: &str, id: u32) -> bool {
    ranges(uid_map).any(|(inside, _, count)| id >= inside && id - inside < count)
}

/// For `crate::fuzzing`: an identity consists of ids that the map contains, for every map.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz(uid_map: &str) {
    let edges = ranges(uid_map).flat_map(|(first, _, count)| [first, first.saturating_add(count)]);
    for base in edges.chain([0, u32::MAX - 1, u32::MAX]).take(16) {
        if let Some(Identity::Range { uids, gids, .. }) = Identity::from_id_maps([uid_map; 2], base) {
            let are_there = uids == gids && contains_id(uid_map, uids) && contains_id(uid_map, uids + 1);
            assert!(are_there, "{base} {uids} {uid_map:?}");
        }
    }
}

/// Changes the ids of this process for file access. These calls report no failure; with the wrong id the next one fails.
fn set_file_ids(id: u32) {
    // SAFETY: setfsuid and setfsgid only change the ids that the kernel checks files with; they touch no memory.
    unsafe {
        libc::setfsgid(id);
        libc::setfsuid(id);
    }
}

/// Whether this process is root and has the capabilities of root.
pub fn has_root_capabilities() -> bool {
    geteuid().is_root()
        && rustix::thread::capabilities(None).is_ok_and(|sets| {
            sets.effective.contains(CapabilitySet::SYS_ADMIN | CapabilitySet::SETUID | CapabilitySet::SETGID)
        })
}

/// Whether this process may map other users' ids into a user namespace that it creates.
fn may_map_ids() -> bool {
    rustix::thread::capabilities(None)
        .is_ok_and(|sets| sets.effective.contains(CapabilitySet::SETUID | CapabilitySet::SETGID))
}

/// The reason why this process's user has no subordinate ids; `None` if it has some.
pub fn subid_error() -> Option<SubidError> {
    subid::ranges(geteuid().as_raw()).err()
}

/// Supplementary groups of this process. Without root it cannot drop them for its guests.
pub fn supplementary_groups() -> Vec<u32> {
    let own = rustix::process::getegid();
    let groups = rustix::process::getgroups().unwrap_or_default();
    groups.into_iter().filter(|group| *group != own).map(Gid::as_raw).collect()
}

/// Capabilities that a template keeps after its exec: to enter namespaces, and to change ids there.
pub(crate) const TEMPLATE_CAPABILITIES: CapabilitySet = CapabilitySet::SYS_ADMIN
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETGID);

/// Empties the capability bounding set: no program executed from here on can gain a capability. Templates still inherit the capabilities
/// that they need; guests drop them.
pub fn drop_bounding_set() -> Result<(), KernelError> {
    // Only capabilities that are inheritable before the bounding set is emptied can be inherited afterwards.
    let mut sets = rustix::thread::capabilities(None).at(Step::KeepCapabilities)?;
    sets.inheritable = TEMPLATE_CAPABILITIES;
    rustix::thread::set_capabilities(None, sets).at(Step::KeepCapabilities)?;
    for capability in CapabilitySet::all().iter() {
        match remove_capability_from_bounding_set(capability) {
            // Older kernels lack the newest capabilities.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(errno) => {
                return Err(KernelError { step: Step::DropCapabilities, errno: errno.raw_os_error() });
            }
        }
    }
    Ok(())
}

/// Programs that this process or its children execute gain no privileges from set-id bits or file capabilities.
pub fn set_no_new_privs() -> Result<(), KernelError> {
    rustix::thread::set_no_new_privs(true).at(Step::NoNewPrivileges)
}

/// Protects this process from other processes of the same user: they can neither trace it nor read its memory, environment and descriptors
/// in `/proc`, and it writes no core dump. If the sandboxes have no user of their own, this separates a launcher from the server.
pub fn make_undumpable() -> Result<(), KernelError> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    set_dumpable_behavior(DumpableBehavior::NotDumpable).at(Step::SetDumpable)
}

/// Gives this process and its children precedence over guests. The OOM killer selects guests first, and the scheduler prefers these
/// processes, so that limits are enforced and orphans reaped while guests compete for the processors. The OOM killer selects these
/// processes next: a launcher can be replaced, and the server cannot. Without root their own score is raised instead, because the server's
/// cannot be lowered.
pub fn raise_precedence() {
    if write_oom_score("-800").is_err() {
        let _lower_already = write_oom_score("400");
    }
    let _unprivileged = rustix::process::setpriority_process(None, -10);
}

/// Lowers the OOM score of this process. Needs root; without it, guests and launchers still raise their own scores.
pub fn lower_oom_score() {
    let _unprivileged = write_oom_score("-900");
}

fn write_oom_score(score: &str) -> std::io::Result<()> {
    std::fs::write("/proc/self/oom_score_adj", score)
}

/// Raises the OOM score of this process above others, but below that of guests. For init: its death ends the whole sandbox, and the
/// launcher survives to report it.
pub fn raise_init_oom_score() -> Result<(), KernelError> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // A process that has changed its ids may otherwise not write its own files in /proc.
    set_dumpable_behavior(DumpableBehavior::Dumpable).at(Step::SetDumpable)?;
    write_oom_score("900").at(Step::OomScore)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).at(Step::SetDumpable)
}

/// Disables core dumps of this process and its descendants.
///
/// A limit of 0 only prevents the kernel from writing files: a dump handler of the host (`kernel.core_pattern` with a `|`, as
/// systemd-coredump) is started nevertheless, as root of the host, with the dump as its input. With a limit of exactly 1 the kernel starts
/// none (`do_coredump` in fs/coredump.c). Where the hard limit is 0 already, and this process may not raise it, it stays: see
/// [`core_dump_limit`].
pub fn restrict_core_dumps() -> Result<(), KernelError> {
    let limit = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    match setrlimit(Resource::Core, limit(1)) {
        Err(Errno::PERM) => setrlimit(Resource::Core, limit(0)).at(Step::SetRlimit),
        set => set.at(Step::SetRlimit),
    }
}

/// The limit that [`restrict_core_dumps`] reaches in this process, in bytes: 1 or 0. Applies it in order to measure it.
pub fn core_dump_limit() -> Result<u64, KernelError> {
    restrict_core_dumps()?;
    Ok(getrlimit(Resource::Core).current.unwrap_or(0))
}

/// Sets the login user id of this process and its descendants to that of `nobody`, if it has none.
///
/// A process without a login id may set one. The kernel then assigns a session number from a counter of the whole host, shown in
/// `/proc/self/sessionid`, which programs could use as a covert channel. Once set, the id is fixed. Does nothing if the kernel has no login
/// ids, or this process has one.
pub fn set_login_uid() -> Result<(), KernelError> {
    const NONE: &str = "4294967295";
    match std::fs::read_to_string(LOGIN_ID) {
        Ok(current) if current.trim() == NONE => {
            std::fs::write(LOGIN_ID, NOBODY.to_string()).or_else(unless_denied).at(Step::SetLoginId)
        }
        _ => Ok(()),
    }
}

const LOGIN_ID: &str = "/proc/self/loginuid";
/// The user id of `nobody` on every distribution.
const NOBODY: u32 = 65534;

/// In a user namespace without this id, or if the audit rules forbid setting one, guests cannot set one either.
fn unless_denied(error: std::io::Error) -> std::io::Result<()> {
    use std::io::ErrorKind::{InvalidInput, PermissionDenied};
    if matches!(error.kind(), InvalidInput | PermissionDenied) { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "         0          0 4294967295\n";
    const CONTAINER: &str = "0 100000 65536\n";

    #[test]
    fn a_process_that_hides_cannot_be_dumped() {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::Dumpable));
        make_undumpable().expect("allowed to all");
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
    }

    #[test]
    fn core_dumps_are_restricted_to_a_byte_also_where_there_were_to_be_none() {
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        setrlimit(Resource::Core, none).expect("less than before");
        let may_raise = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(2) }).is_ok();
        assert_eq!(core_dump_limit(), Ok(u64::from(may_raise)));
    }

    #[test]
    fn ids_exist_where_the_map_says() {
        assert!(contains_id(HOST, 1_900_000_001));
        assert!(contains_id(CONTAINER, 65_535) && !contains_id(CONTAINER, 65_536));
    }

    #[test]
    fn ids_are_those_asked_for_where_they_exist_and_others_of_the_namespace_elsewhere() {
        let first = |map, base| match Identity::from_id_maps([map, map], base) {
            Some(Identity::Range { uids, gids, .. }) if uids == gids => Some(uids),
            _ => None,
        };
        assert_eq!(first(HOST, 1_900_000_000), Some(1_900_000_000));
        let in_container: Vec<_> = (0..8).map(|slot| first(CONTAINER, 1_900_000_000 + 2 * slot)).collect();
        let distinct: std::collections::BTreeSet<_> = in_container.iter().flatten().collect();
        assert_eq!(distinct.len(), 8, "{in_container:?}");
        assert!(distinct.iter().all(|id| (32_768..65_534).contains(*id) && *id % 2 == 0), "{in_container:?}");
        assert_eq!(first("0 1000 1\n", 1_900_000_000), None);
    }

    #[test]
    fn a_powerless_root_of_the_host_is_no_identity_for_a_guest() {
        assert_eq!(Identity::from_single_mapping(HOST, 0, 0), None);
        assert_eq!(
            Identity::from_single_mapping(HOST, 1000, 100),
            Some(Identity::Single { uid: 1000, gid: 100 })
        );
        assert_eq!(Identity::from_single_mapping(CONTAINER, 0, 0), Some(Identity::Single { uid: 0, gid: 0 }));
    }
}
