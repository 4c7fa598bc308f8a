//! What the processes of a sandbox use, counted one by one in their `/proc`: for hosts without cgroups.
//!
//! Weaker than the kernel's own counters. What comes and goes between two counts is missed. Memory that is mapped nowhere is seen
//! where it is a file of the sandbox's own folders; the buffers of sockets and pipes are not, and so each of these beyond the
//! first few counts for all that it could hold.
//!
//! What is a process's is read of any of its threads that has it: a first thread that has ended has no memory and no files,
//! while the others go on.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{CStr, CString},
    fmt::Display,
    os::fd::OwnedFd,
    time::Duration,
};

use rustix::{
    fs::{Dir, Mode, OFlags, fstat, fstatvfs, open, openat, readlinkat},
    io::Errno,
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

/// The most that the buffers of one socket hold on this host, in bytes. To be called in the host's network namespace, since no
/// other one shows it.
pub fn socket_capacity() -> u64 {
    // What the kernel's own default is, as `socket(7)` says.
    const USUAL: u64 = 212_992;
    let limit = std::fs::read_to_string("/proc/sys/net/core/wmem_max").ok();
    // The kernel doubles what is asked for.
    2 * limit.and_then(|text| text.trim().parse().ok()).unwrap_or(USUAL)
}

/// How many sockets, and how many pipes, a run has without any counting as full: as many as usual programs.
const FEW: u64 = 32;

/// What a pipe holds, in bytes: `pipe(7)`. Programs may not have theirs enlarged.
const PIPE_CAPACITY: u64 = 64 * 1024;

/// Counts the processes of one sandbox, all but its process 1, for one run after another.
#[derive(Debug)]
pub struct Census {
    proc: OwnedFd,
    folders: Vec<OwnedFd>,
    /// In bytes.
    socket_capacity: u64,
    /// How many sockets the network namespace had when the run began.
    sockets_before: u64,
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
    /// Bytes of memory that belong to nobody else, of page tables, of files in the sandbox's folders, and of what many sockets
    /// and pipes could hold.
    pub memory: u64,
}

impl Census {
    /// From what [`open_for_census`] opened, `None` if that is not it, and [`socket_capacity`].
    pub fn new(fds: Vec<OwnedFd>, socket_capacity: u64) -> Option<Self> {
        let mut fds = fds.into_iter();
        let (proc, folders) = (fds.next()?, fds.collect());
        Some(Self {
            proc,
            folders,
            socket_capacity,
            sockets_before: 0,
            living: BTreeMap::new(),
            gone: 0,
            began: (0, 0),
            peak: 0,
        })
    }

    /// Begins anew: what has been used so far is not the next run's.
    pub fn begin(&mut self) -> Result<(), KernelError> {
        let census = self.look()?;
        self.began = (self.seen(), census.told);
        self.sockets_before = self.sockets(INIT).unwrap_or(0);
        self.peak = 0;
        Ok(())
    }

    /// Counts.
    pub fn count(&mut self) -> Result<Count, KernelError> {
        let now = self.look()?;
        let apart =
            self.in_files() + self.in_buffers(&now) + now.members.iter().map(|one| one.tables).sum::<u64>();
        let mut memory = now.members.iter().map(|member| member.memory).sum::<u64>() + apart;
        if memory > self.peak {
            // What forks share has been counted for each. To share it out takes the kernel longer: it walks all pages.
            memory = self.shared_out()? + apart;
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
        for (pid, stat) in self.processes()? {
            look.told += stat.told;
            if pid == INIT {
                continue;
            }
            look.told += stat.own;
            look.tasks += stat.threads;
            living.insert((pid, stat.started), stat.own);
            look.members.extend(self.member(pid));
        }
        let before = std::mem::replace(&mut self.living, living);
        let gone = before.iter().filter(|(process, _)| !self.living.contains_key(process));
        self.gone += gone.map(|(_, ticks)| ticks).sum::<u64>();
        Ok(look)
    }

    /// A process of which a thread is left.
    fn member(&self, pid: u32) -> Option<Member> {
        let (thread, status) = self.living_thread(pid, "status", has_memory)?;
        Some(Member {
            pid,
            thread,
            memory: kibibytes(&status, &IN_STATUS),
            tables: kibibytes(&status, &["VmPTE"]),
            descriptors: room_for_descriptors(&status),
        })
    }

    fn seen(&self) -> u64 {
        self.gone + self.living.values().sum::<u64>()
    }

    /// All processes. Who goes meanwhile counts as gone.
    fn processes(&self) -> Result<Vec<(u32, Stat)>, KernelError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let list = openat(&self.proc, c".", flags, Mode::empty()).at(Step::ListFolder)?;
        let mut processes = Vec::new();
        for entry in Dir::new(list).at(Step::ListFolder)? {
            let entry = entry.at(Step::ListFolder)?;
            let pid = entry.file_name().to_str().ok().and_then(|name| name.parse::<u32>().ok());
            let stat = |pid| self.text(pid, "stat").as_deref().and_then(Stat::parse);
            processes.extend(pid.and_then(|pid| Some((pid, stat(pid)?))));
        }
        Ok(processes)
    }

    /// The memory of all processes, with what they share counted once. What processes share that end meanwhile is shared out
    /// among more of them, and then among fewer: so it is done again until nobody began or ended.
    fn shared_out(&self) -> Result<u64, KernelError> {
        const MOST_TRIES: u32 = 8;
        let with_memory = || -> Result<Vec<u32>, KernelError> {
            let processes = self.processes()?.into_iter();
            Ok(processes.filter(|(pid, stat)| *pid != INIT && stat.lives()).map(|(pid, _)| pid).collect())
        };
        let mut least = u64::MAX;
        let mut before = with_memory()?;
        for _ in 0..MOST_TRIES {
            let sum = before.iter().map(|pid| self.fair_share(*pid)).sum();
            least = least.min(sum);
            let after = with_memory()?;
            if after == before {
                return Ok(sum);
            }
            before = after;
        }
        Ok(least)
    }

    /// Of memory that several processes share, each one's part. All of it where the kernel does not tell, and nothing of a
    /// process that has none any more.
    fn fair_share(&self, pid: u32) -> u64 {
        let in_full = || {
            let status = self.of_living_thread(pid, "status", has_memory);
            status.map_or(0, |status| kibibytes(&status, &IN_STATUS))
        };
        let rollup = self.of_living_thread(pid, "smaps_rollup", |_| true);
        rollup.map_or_else(in_full, |rollup| kibibytes(&rollup, &IN_ROLLUP))
    }

    /// What the buffers of sockets and pipes could hold, of all but a few.
    fn in_buffers(&self, look: &Look) -> u64 {
        // All are in the same network namespace, which may be their own.
        let sockets = look.members.iter().find_map(|member| self.sockets(member.pid)).unwrap_or(0);
        let sockets = sockets.saturating_sub(self.sockets_before + FEW);
        let mut pipes = Pipes::default();
        for member in &look.members {
            self.add_pipes(member, &mut pipes);
        }
        let pipes = (pipes.names.len() as u64 + pipes.possible).saturating_sub(FEW);
        sockets.saturating_mul(self.socket_capacity) + pipes * PIPE_CAPACITY
    }

    /// How many sockets there are in the network namespace of a process, also those that wait to be accepted or received.
    fn sockets(&self, pid: u32) -> Option<u64> {
        let text = self.of_living_thread(pid, "net/sockstat", |text| sockets_used(text).is_some())?;
        sockets_used(&text)
    }

    /// Adds a process's pipes, unless it has so few descriptors that they do not matter.
    fn add_pipes(&self, member: &Member, pipes: &mut Pipes) {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let list = match openat(&self.proc, format!("{}/fd", member.thread), flags, Mode::empty()) {
            Ok(list) => list,
            Err(Errno::ACCESS | Errno::PERM) => {
                // It executes a file that it may not read.
                pipes.possible += member.descriptors;
                return;
            }
            Err(_) => return,
        };
        // Since Linux 6.2 the size is how many there are, and before it is 0.
        if fstat(&list).is_ok_and(|stat| (1..FEW_DESCRIPTORS).contains(&stat.st_size)) {
            return;
        }
        let Ok(folder) = Dir::read_from(&list) else { return };
        for name in folder.flatten().map(|entry| entry.file_name().to_owned()) {
            match readlinkat(&list, &name, Vec::new()).map(CString::into_string) {
                Ok(Ok(link)) if link.starts_with("pipe:") => _ = pipes.names.insert(link),
                Err(Errno::ACCESS | Errno::PERM) if name.to_bytes() != b"." && name.to_bytes() != b".." => {
                    pipes.possible += 1;
                }
                _ => {}
            }
        }
    }

    fn in_files(&self) -> u64 {
        let used = |folder: &OwnedFd| {
            fstatvfs(folder).map_or(0, |stat| (stat.f_blocks - stat.f_bfree) * stat.f_bsize)
        };
        self.folders.iter().map(used).sum()
    }

    /// A file of a process's, as the first of its threads has it for which it says what is expected; `None` if none does.
    fn of_living_thread(&self, pid: u32, name: &str, is_expected: fn(&str) -> bool) -> Option<String> {
        self.living_thread(pid, name, is_expected).map(|(_, text)| text)
    }

    /// The same with the folder of that thread.
    fn living_thread(&self, pid: u32, name: &str, is_expected: fn(&str) -> bool) -> Option<(String, String)> {
        let of = |folder: String| {
            let text = self.text(&folder, name).filter(|text| is_expected(text))?;
            Some((folder, text))
        };
        of(pid.to_string()).or_else(|| self.threads(pid).into_iter().find_map(of))
    }

    /// The folders of a process's threads but the first one's.
    fn threads(&self, pid: u32) -> Vec<String> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let list = openat(&self.proc, format!("{pid}/task"), flags, Mode::empty());
        let Ok(folder) = list.and_then(Dir::new) else { return Vec::new() };
        let number = |name: &CStr| name.to_str().ok()?.parse::<u32>().ok();
        let numbers = folder.flatten().filter_map(|entry| number(entry.file_name()));
        numbers.filter(|thread| *thread != pid).map(|thread| format!("{pid}/task/{thread}")).collect()
    }

    /// A file of a process's or thread's; `None` if it has gone.
    fn text(&self, process: impl Display, name: &str) -> Option<String> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(&self.proc, format!("{process}/{name}"), flags, Mode::empty()).ok()?;
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

/// What pipes there are.
#[derive(Default)]
struct Pipes {
    names: BTreeSet<String>,
    /// Descriptors that may be a pipe of their own each.
    possible: u64,
}

struct Member {
    pid: u32,
    /// The folder of a thread that has not ended.
    thread: String,
    /// What it shares with others counted in full.
    memory: u64,
    /// Its page tables.
    tables: u64,
    /// The most that it can have without asking the kernel for more room.
    descriptors: u64,
}

/// Process 1 of the sandbox, which is ours.
const INIT: u32 = 1;

/// A process with fewer descriptors has few pipes.
const FEW_DESCRIPTORS: i64 = 8;

/// Of `proc_pid_stat(5)`: times in ticks.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    own: u64,
    /// Of children that it has waited for.
    told: u64,
    threads: u32,
    started: u64,
    /// Whether the first thread has: not when it has ended, nor when it is about to.
    has_memory: bool,
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
            has_memory: number(20)? > 0,
        })
    }

    /// Whether a thread is left; not of a process that has ended, or is about to.
    const fn lives(&self) -> bool {
        self.has_memory || self.threads > 1
    }
}

/// In `/proc/…/status`: `proc_pid_status(5)`.
const IN_STATUS: [&str; 3] = ["RssAnon", "RssShmem", "VmSwap"];
/// In `/proc/…/smaps_rollup`.
const IN_ROLLUP: [&str; 3] = ["Pss_Anon", "Pss_Shmem", "SwapPss"];

/// Whether a `status` is that of a thread that has not ended.
fn has_memory(status: &str) -> bool {
    status.lines().any(|line| line.starts_with("VmRSS:"))
}

/// How many descriptors there is room for, by a `status`: at least as many as there are.
fn room_for_descriptors(status: &str) -> u64 {
    let room = status.lines().find_map(|line| line.strip_prefix("FDSize:"));
    room.and_then(|room| room.trim().parse().ok()).unwrap_or(0)
}

/// The number in the first line of `/proc/…/net/sockstat`.
fn sockets_used(text: &str) -> Option<u64> {
    text.lines().next()?.strip_prefix("sockets: used ")?.trim().parse().ok()
}

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
        let expected = Stat { own: 43, told: 500, threads: 3, started: 9001, has_memory: true };
        assert_eq!(Stat::parse(text), Some(expected));
        assert_eq!(Stat::parse("7 (a) R 1"), None);
    }

    #[test]
    fn of_a_process_whose_first_thread_has_ended_another_one_is_read() {
        // A child that has a pipe of its own and 30 MiB, once its first thread has ended.
        let code = "import ctypes, os, threading, time\n\
            def work():\n  x = b'x' * (30 << 20)\n  p = [os.pipe() for _ in range(8)]\n  time.sleep(0.2)\n  \
            print(flush=True)\n  time.sleep(60)\n\
            threading.Thread(target=work).start()\nctypes.CDLL(None).syscall(60, 0)";
        let mut child = std::process::Command::new("python3")
            .args(["-c", code])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("python");
        let mut told = child.stdout.take().expect("piped");
        std::io::Read::read_exact(&mut told, &mut [0]).expect("it is ready");
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let proc = open("/proc", flags, Mode::empty()).expect("it is there");
        let census = Census::new(vec![proc], 0).expect("this is what it takes");
        let pid = child.id();
        let stat = census.text(pid, "stat").as_deref().and_then(Stat::parse).expect("is there");
        let mut pipes = Pipes::default();
        let member = census.member(pid).expect("a thread is left");
        census.add_pipes(&member, &mut pipes);
        let (share, sockets) = (census.fair_share(pid), census.sockets(pid));
        child.kill().and_then(|()| child.wait()).expect("is mine");
        assert!(!stat.has_memory && stat.lives(), "its first thread goes on: {stat:?}");
        assert!(share > 30 << 20 && member.memory > 30 << 20, "{share} {}", member.memory);
        assert!(sockets.is_some(), "it is in a network namespace");
        assert!(pipes.names.len() >= 8 && pipes.possible == 0, "{:?} {}", pipes.names, pipes.possible);
    }

    #[test]
    fn room_for_descriptors_is_what_a_process_can_have_at_most() {
        assert_eq!(room_for_descriptors("Name:\tFDSize: 9\nFDSize:\t64\nGroups:\t\n"), 64);
        let own = std::fs::read_to_string("/proc/self/status").expect("it is there");
        assert!(room_for_descriptors(&own) >= 3, "{own}");
    }

    #[test]
    fn sockets_are_counted_by_the_kernel() {
        assert_eq!(sockets_used("sockets: used 17\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\n"), Some(17));
        let of_this_kernel = std::fs::read_to_string("/proc/self/net/sockstat").expect("it is there");
        assert!(sockets_used(&of_this_kernel).is_some(), "{of_this_kernel}");
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
