//! What the processes of a sandbox use, counted one by one in their `/proc`: for hosts without cgroups.
//!
//! Weaker than the kernel's own counters. What comes and goes between two counts is missed, and memory that is mapped
//! nowhere is only seen where it is a file of the sandbox's own folders.

use std::{collections::BTreeMap, ffi::CStr, os::fd::OwnedFd, time::Duration};

use rustix::{
    fs::{Dir, Mode, OFlags, fstatvfs, open, openat},
    mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen,
    },
};

use crate::{At, KernelError, Step};

/// Opens what a [`Census`] needs: to be called by process 1 of the sandbox, of which `folders` are the writable ones.
///
/// Its `/proc` is attached nowhere and shows all processes: that of the guest hides those that execute a file which they
/// may not read.
pub fn open_for_census(folders: &[&CStr]) -> Result<Vec<OwnedFd>, KernelError> {
    let context = fsopen(c"proc", FsOpenFlags::FSOPEN_CLOEXEC).at(Step::MountProc)?;
    fsconfig_set_string(&context, c"hidepid", c"off").at(Step::MountProc)?;
    fsconfig_create(&context).at(Step::MountProc)?;
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let mut fds = vec![fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes).at(Step::MountProc)?];
    for folder in folders {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        fds.push(open(*folder, flags, Mode::empty()).at(Step::OpenFile)?);
    }
    Ok(fds)
}

/// Counts the processes of one sandbox, all but its process 1, for one run after another.
#[derive(Debug)]
pub struct Census {
    proc: OwnedFd,
    folders: Vec<OwnedFd>,
    /// CPU time of each living process as last seen, by pid and start.
    living: BTreeMap<(u32, u64), u64>,
    /// That of those that are gone.
    gone: u64,
    /// What had been used when the run began: by what was seen, and by what parents were told of their children.
    began: (u64, u64),
    peak: u64,
}

/// What there was at one count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// CPU time of all, also of those that are gone, since the run began. Up to 20 ms a process may be missing.
    pub cpu: Duration,
    /// Processes and threads.
    pub tasks: u32,
    /// Bytes of memory that belong to nobody else, and of files in the sandbox's folders.
    pub memory: u64,
}

impl Census {
    /// From what [`open_for_census`] opened; `None` if that is not it.
    pub fn new(fds: Vec<OwnedFd>) -> Option<Self> {
        let mut fds = fds.into_iter();
        let (proc, folders) = (fds.next()?, fds.collect());
        Some(Self { proc, folders, living: BTreeMap::new(), gone: 0, began: (0, 0), peak: 0 })
    }

    /// Begins anew: what has been used so far is not the next run's.
    pub fn begin(&mut self) -> Result<(), KernelError> {
        let census = self.look()?;
        self.began = (self.seen(), census.told);
        self.peak = 0;
        Ok(())
    }

    /// Counts.
    pub fn count(&mut self) -> Result<Count, KernelError> {
        let now = self.look()?;
        let mut memory = now.members.iter().map(|member| member.memory).sum::<u64>() + self.in_files();
        if memory > self.peak {
            // What forks share has been counted for each. To share it out takes the kernel longer: it walks all pages.
            // Twice, since what one that forks or ends meanwhile shared is counted too often in either.
            memory = self.shared_out(&now).min(self.shared_out(&now));
            self.peak = self.peak.max(memory);
        }
        // A parent that does not wait for its children is told nothing of them; what is short is not always seen.
        let ticks = (self.seen() - self.began.0).max(now.told.saturating_sub(self.began.1));
        Ok(Count { cpu: Duration::from_millis(ticks * MILLISECONDS_PER_TICK), tasks: now.tasks, memory })
    }

    /// The most memory of all counts since the run began.
    pub const fn peak(&self) -> u64 {
        self.peak
    }

    fn look(&mut self) -> Result<Look, KernelError> {
        let mut look = Look::default();
        let mut living = BTreeMap::new();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let list = openat(&self.proc, c".", flags, Mode::empty()).at(Step::ListFolder)?;
        for entry in Dir::new(list).at(Step::ListFolder)? {
            let entry = entry.at(Step::ListFolder)?;
            let Some(pid) = entry.file_name().to_str().ok().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            // Who has gone meanwhile counts as gone.
            let Some(stat) = self.text(pid, "stat").as_deref().and_then(Stat::parse) else { continue };
            look.told += stat.told;
            if pid == 1 {
                continue;
            }
            look.told += stat.own;
            look.tasks += stat.threads;
            living.insert((pid, stat.started), stat.own);
            let memory = self.text(pid, "status").map_or(0, |status| kibibytes(&status, &IN_STATUS));
            look.members.push(Member { pid, memory });
        }
        let before = std::mem::replace(&mut self.living, living);
        let gone = before.iter().filter(|(process, _)| !self.living.contains_key(process));
        self.gone += gone.map(|(_, ticks)| ticks).sum::<u64>();
        Ok(look)
    }

    fn seen(&self) -> u64 {
        self.gone + self.living.values().sum::<u64>()
    }

    /// The memory of all processes, with what they share counted once, and of files.
    fn shared_out(&self, look: &Look) -> u64 {
        look.members.iter().map(|member| self.fair_share(member)).sum::<u64>() + self.in_files()
    }

    /// Of memory that several processes share, each one's part. All of it where the kernel does not tell.
    fn fair_share(&self, member: &Member) -> u64 {
        self.text(member.pid, "smaps_rollup").map_or(member.memory, |rollup| kibibytes(&rollup, &IN_ROLLUP))
    }

    fn in_files(&self) -> u64 {
        let used = |folder: &OwnedFd| {
            fstatvfs(folder).map_or(0, |stat| (stat.f_blocks - stat.f_bfree) * stat.f_bsize)
        };
        self.folders.iter().map(used).sum()
    }

    /// A file of a process's; `None` if it has gone.
    fn text(&self, pid: u32, name: &str) -> Option<String> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(&self.proc, format!("{pid}/{name}"), flags, Mode::empty()).ok()?;
        let mut bytes = vec![0; 4096];
        let length = rustix::io::read(&file, &mut bytes).ok().filter(|length| *length > 0)?;
        Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
    }
}

/// What one look at all processes showed.
#[derive(Default)]
struct Look {
    members: Vec<Member>,
    tasks: u32,
    /// CPU time of the living, and of those whose parents waited for them; in ticks.
    told: u64,
}

struct Member {
    pid: u32,
    /// What it shares with others counted in full.
    memory: u64,
}

/// Of `proc_pid_stat(5)`: times in ticks.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    own: u64,
    /// Of children that it has waited for.
    told: u64,
    threads: u32,
    started: u64,
}

/// `USER_HZ` is 100 on every architecture that we support.
const MILLISECONDS_PER_TICK: u64 = 10;

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The name before is the guest's choice, and in parentheses.
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            own: number(11)? + number(12)?,
            told: number(13)? + number(14)?,
            threads: number(17)?.try_into().ok()?,
            started: number(19)?,
        })
    }
}

/// In `/proc/…/status`: `proc_pid_status(5)`.
const IN_STATUS: [&str; 3] = ["RssAnon", "RssShmem", "VmSwap"];
/// In `/proc/…/smaps_rollup`.
const IN_ROLLUP: [&str; 3] = ["Pss_Anon", "Pss_Shmem", "SwapPss"];

/// The sum of lines of `name: number kB`, in bytes.
fn kibibytes(text: &str, names: &[&str]) -> u64 {
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let number = value.trim().strip_suffix(" kB")?;
        names.contains(&name).then(|| number.trim().parse::<u64>().ok())?
    };
    text.lines().filter_map(value).sum::<u64>() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_guests_choice_does_not_shift_the_fields() {
        let text = "7 (a) R 1 (b) S 2 7 7 0 -1 4194560 10 20 0 0 31 12 400 100 20 0 3 0 9001 1 2 3";
        let expected = Stat { own: 43, told: 500, threads: 3, started: 9001 };
        assert_eq!(Stat::parse(text), Some(expected));
        assert_eq!(Stat::parse("7 (a) R 1"), None);
    }

    #[test]
    fn memory_of_files_that_all_share_is_not_a_process_own() {
        let status = "Name:\tRssAnon: 9 kB\nRssAnon:\t     200 kB\nRssFile:\t 999 kB\nRssShmem:\t  50 kB\nVmSwap:\t 6 kB\n";
        assert_eq!(kibibytes(status, &IN_STATUS), 256 * 1024);
        let rollup =
            "Rss: 9 kB\nPss: 8 kB\nPss_Anon:  5 kB\nPss_File:  2 kB\nPss_Shmem: 1 kB\nSwapPss: 2 kB\n";
        assert_eq!(kibibytes(rollup, &IN_ROLLUP), 8 * 1024);
    }
}
