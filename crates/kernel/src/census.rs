//! Census: resource usage of a sandbox, summed over its processes in `/proc`, for hosts without cgroups.
//!
//! It is weaker than the counters of a cgroup. Processes that start and end between two counts are missed. Unmapped memory is counted if
//! it is a file in a folder of the sandbox. Buffers of sockets and pipes are not visible, so each of these beyond the first few
//! is counted with its full capacity.
//!
//! Files of a process are read from any of its threads that still has them: a first thread that has exited has no memory and no
//! descriptors, although the others continue.

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

use crate::{KernelError, Step, StepContext};

/// Opens the descriptors for a [`Census`]. Must be called by process 1 of the sandbox; `folders` are its writable folders.
///
/// The `/proc` opened here is not mounted anywhere and shows all processes. The guest's own `/proc` hides processes that execute a
/// file without read permission.
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

/// The maximum buffer size of one socket on this host, in bytes. Must be called in the host's network namespace, the only one that shows
/// this limit.
pub fn socket_capacity() -> u64 {
    // The kernel's default, according to `socket(7)`.
    const DEFAULT: u64 = 212_992;
    let limit = std::fs::read_to_string("/proc/sys/net/core/wmem_max").ok();
    // The kernel doubles the requested size.
    2 * limit.and_then(|text| text.trim().parse().ok()).unwrap_or(DEFAULT)
}

/// Number of sockets, and of pipes, that are not counted with their capacity: as many as ordinary programs have.
const UNCOUNTED_BUFFERS: u64 = 32;

/// Capacity of a pipe, in bytes: `pipe(7)`. Programs may not enlarge their pipes.
const PIPE_CAPACITY: u64 = 64 * 1024;

/// Counter of the processes of one sandbox, except its process 1.
///
/// The launcher uses it in place of [`CgroupControls`](crate::cgroup::CgroupControls) where the host has no usable cgroups. It calls
/// [`Census::begin`] before each run, which stores the current totals as a baseline, and then [`Census::count`] at short intervals.
///
/// CPU time is the larger one of two sums: the times of all processes seen so far, including exited ones, and the times that parents got
/// from waiting for their children. The first misses processes that live shorter than an interval; the second misses children that are
/// never waited for. Memory is the sum of anonymous and shared pages of every process. A sum that exceeds the peak is computed again
/// with proportional set sizes (`smaps_rollup`), because forks share pages and would be counted twice; that is slow, so it happens for a
/// new peak only.
///
/// The limit of processes and the memory limit are therefore enforced late, by killing, and not by refusing an allocation. `doctor`
/// reports such a host as degraded.
#[derive(Debug)]
pub struct Census {
    proc: OwnedFd,
    folders: Vec<OwnedFd>,
    /// In bytes.
    socket_capacity: u64,
    /// Number of sockets in the network namespace at the start of the run.
    sockets_before: u64,
    /// CPU time of each live process at the last scan, by pid and start time.
    live_ticks: BTreeMap<(u32, u64), u64>,
    /// CPU time of exited processes.
    exited_ticks: u64,
    /// Usage at the start of the run: as observed, and as parents have collected it from their children.
    baseline: (u64, u64),
    peak: u64,
}

/// The result of one count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CensusReading {
    /// CPU time since the start of the run, exited processes included. Up to 20 ms per process may be missing.
    pub cpu: Duration,
    /// Processes and threads.
    pub tasks: u32,
    /// Bytes of private and shared memory, page tables, files in the sandbox's folders, and the capacity of sockets and pipes.
    pub memory: u64,
}

impl Census {
    /// A census with the descriptors of [`open_for_census`] and the value of [`socket_capacity`]; `None` without descriptors.
    pub fn new(fds: Vec<OwnedFd>, socket_capacity: u64) -> Option<Self> {
        let mut fds = fds.into_iter();
        let (proc, folders) = (fds.next()?, fds.collect());
        Some(Self {
            proc,
            folders,
            socket_capacity,
            sockets_before: 0,
            live_ticks: BTreeMap::new(),
            exited_ticks: 0,
            baseline: (0, 0),
            peak: 0,
        })
    }

    /// Starts a new run: earlier usage is not counted.
    pub fn begin(&mut self) -> Result<(), KernelError> {
        let census = self.scan()?;
        self.baseline = (self.total_ticks(), census.waited_ticks);
        self.sockets_before = self.sockets(INIT).unwrap_or(0);
        self.peak = 0;
        Ok(())
    }

    /// Counts the current usage.
    pub fn count(&mut self) -> Result<CensusReading, KernelError> {
        let now = self.scan()?;
        let apart = self.file_memory()
            + self.buffer_capacity(&now)
            + now.processes.iter().map(|one| one.page_tables).sum::<u64>();
        let mut memory = now.processes.iter().map(|member| member.memory).sum::<u64>() + apart;
        if memory > self.peak {
            // Pages that forks share were counted for each process. Proportional sizes are exact, but slow: the kernel walks all pages.
            memory = self.proportional_memory()? + apart;
            self.peak = self.peak.max(memory);
        }
        // A parent that does not wait for its children collects nothing from them; short processes may be missed.
        let ticks =
            (self.total_ticks() - self.baseline.0).max(now.waited_ticks.saturating_sub(self.baseline.1));
        Ok(CensusReading {
            cpu: Duration::from_millis(ticks * MILLISECONDS_PER_TICK),
            tasks: now.tasks,
            memory,
        })
    }

    /// The maximum of memory over all counts since the start of the run.
    pub const fn peak(&self) -> u64 {
        self.peak
    }

    fn scan(&mut self) -> Result<Scan, KernelError> {
        let mut look = Scan::default();
        let mut living = BTreeMap::new();
        for (pid, stat) in self.processes()? {
            look.waited_ticks += stat.waited_ticks;
            if pid == INIT {
                continue;
            }
            look.waited_ticks += stat.cpu_ticks;
            look.tasks += stat.threads;
            living.insert((pid, stat.started), stat.cpu_ticks);
            look.processes.extend(self.sample(pid));
        }
        let before = std::mem::replace(&mut self.live_ticks, living);
        let gone = before.iter().filter(|(process, _)| !self.live_ticks.contains_key(process));
        self.exited_ticks += gone.map(|(_, ticks)| ticks).sum::<u64>();
        Ok(look)
    }

    /// A process with at least one live thread.
    fn sample(&self, pid: u32) -> Option<ProcessSample> {
        let (thread, status) = self.find_live_thread(pid, "status", has_memory)?;
        Some(ProcessSample {
            pid,
            thread,
            memory: kibibytes(&status, &STATUS_FIELDS),
            page_tables: kibibytes(&status, &["VmPTE"]),
            descriptors: descriptor_capacity(&status),
        })
    }

    fn total_ticks(&self) -> u64 {
        self.exited_ticks + self.live_ticks.values().sum::<u64>()
    }

    /// All processes. A process that exits meanwhile is skipped.
    fn processes(&self) -> Result<Vec<(u32, Stat)>, KernelError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let list = openat(&self.proc, c".", flags, Mode::empty()).at(Step::ListFolder)?;
        let mut processes = Vec::new();
        for entry in Dir::new(list).at(Step::ListFolder)? {
            let entry = entry.at(Step::ListFolder)?;
            let pid = entry.file_name().to_str().ok().and_then(|name| name.parse::<u32>().ok());
            let stat = |pid| self.read_file(pid, "stat").as_deref().and_then(Stat::parse);
            processes.extend(pid.and_then(|pid| Some((pid, stat(pid)?))));
        }
        Ok(processes)
    }

    /// The memory of all processes, with shared pages counted once. A process that starts or exits meanwhile changes the shares of the
    /// others, so the sum is repeated until the set of processes is stable.
    fn proportional_memory(&self) -> Result<u64, KernelError> {
        const MAX_TRIES: u32 = 8;
        let with_memory = || -> Result<Vec<u32>, KernelError> {
            let processes = self.processes()?.into_iter();
            Ok(processes.filter(|(pid, stat)| *pid != INIT && stat.is_alive()).map(|(pid, _)| pid).collect())
        };
        let mut least = u64::MAX;
        let mut before = with_memory()?;
        for _ in 0..MAX_TRIES {
            let sum = before.iter().map(|pid| self.proportional_memory_of(*pid)).sum();
            least = least.min(sum);
            let after = with_memory()?;
            if after == before {
                return Ok(sum);
            }
            before = after;
        }
        Ok(least)
    }

    /// Proportional set size of a process. Its full memory if the kernel has no `smaps_rollup`; 0 for an exited process.
    fn proportional_memory_of(&self, pid: u32) -> u64 {
        let in_full = || {
            let status = self.read_of_live_thread(pid, "status", has_memory);
            status.map_or(0, |status| kibibytes(&status, &STATUS_FIELDS))
        };
        let rollup = self.read_of_live_thread(pid, "smaps_rollup", |_| true);
        rollup.map_or_else(in_full, |rollup| kibibytes(&rollup, &ROLLUP_FIELDS))
    }

    /// Capacity of the buffers of sockets and pipes, except for the first few.
    fn buffer_capacity(&self, look: &Scan) -> u64 {
        // All are in the same network namespace, which may be their own.
        let sockets = look.processes.iter().find_map(|member| self.sockets(member.pid)).unwrap_or(0);
        let sockets = sockets.saturating_sub(self.sockets_before + UNCOUNTED_BUFFERS);
        let mut pipes = Pipes::default();
        for member in &look.processes {
            self.add_pipes(member, &mut pipes);
        }
        let pipes = (pipes.names.len() as u64 + pipes.unreadable).saturating_sub(UNCOUNTED_BUFFERS);
        sockets.saturating_mul(self.socket_capacity) + pipes * PIPE_CAPACITY
    }

    /// Number of sockets in the network namespace of a process, including pending connections and sockets in flight.
    fn sockets(&self, pid: u32) -> Option<u64> {
        let text = self.read_of_live_thread(pid, "net/sockstat", |text| sockets_used(text).is_some())?;
        sockets_used(&text)
    }

    /// Adds the pipes of a process, unless it has few descriptors.
    fn add_pipes(&self, member: &ProcessSample, pipes: &mut Pipes) {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let list = match openat(&self.proc, format!("{}/fd", member.thread), flags, Mode::empty()) {
            Ok(list) => list,
            Err(Errno::ACCESS | Errno::PERM) => {
                // It executes a file that it may not read.
                pipes.unreadable += member.descriptors;
                return;
            }
            Err(_) => return,
        };
        // Since Linux 6.2 the size is the number of descriptors, and before it is 0.
        if fstat(&list).is_ok_and(|stat| (1..FEW_DESCRIPTORS).contains(&stat.st_size)) {
            return;
        }
        let Ok(folder) = Dir::read_from(&list) else { return };
        for name in folder.flatten().map(|entry| entry.file_name().to_owned()) {
            match readlinkat(&list, &name, Vec::new()).map(CString::into_string) {
                Ok(Ok(link)) if link.starts_with("pipe:") => _ = pipes.names.insert(link),
                Err(Errno::ACCESS | Errno::PERM) if name.to_bytes() != b"." && name.to_bytes() != b".." => {
                    pipes.unreadable += 1;
                }
                _ => {}
            }
        }
    }

    fn file_memory(&self) -> u64 {
        let used = |folder: &OwnedFd| {
            fstatvfs(folder).map_or(0, |stat| (stat.f_blocks - stat.f_bfree) * stat.f_bsize)
        };
        self.folders.iter().map(used).sum()
    }

    /// A file of a process, from its first thread whose file passes `is_expected`; `None` if there is none.
    fn read_of_live_thread(&self, pid: u32, name: &str, is_expected: fn(&str) -> bool) -> Option<String> {
        self.find_live_thread(pid, name, is_expected).map(|(_, text)| text)
    }

    /// The same, with the folder of the thread.
    fn find_live_thread(
        &self,
        pid: u32,
        name: &str,
        is_expected: fn(&str) -> bool,
    ) -> Option<(String, String)> {
        let of = |folder: String| {
            let text = self.read_file(&folder, name).filter(|text| is_expected(text))?;
            Some((folder, text))
        };
        of(pid.to_string()).or_else(|| self.threads(pid).into_iter().find_map(of))
    }

    /// The folders of a process's threads except the first.
    fn threads(&self, pid: u32) -> Vec<String> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let list = openat(&self.proc, format!("{pid}/task"), flags, Mode::empty());
        let Ok(folder) = list.and_then(Dir::new) else { return Vec::new() };
        let number = |name: &CStr| name.to_str().ok()?.parse::<u32>().ok();
        let numbers = folder.flatten().filter_map(|entry| number(entry.file_name()));
        numbers.filter(|thread| *thread != pid).map(|thread| format!("{pid}/task/{thread}")).collect()
    }

    /// A file of a process or thread; `None` if it has exited.
    fn read_file(&self, process: impl Display, name: &str) -> Option<String> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(&self.proc, format!("{process}/{name}"), flags, Mode::empty()).ok()?;
        let mut bytes = vec![0; 4096];
        let length = rustix::io::read(&file, &mut bytes).ok().filter(|length| *length > 0)?;
        Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
    }
}

/// The result of one scan of all processes.
#[derive(Default)]
struct Scan {
    processes: Vec<ProcessSample>,
    tasks: u32,
    /// CPU time of live processes, and of processes that were waited for; in ticks.
    waited_ticks: u64,
}

/// The pipes of all processes.
#[derive(Default)]
struct Pipes {
    names: BTreeSet<String>,
    /// Descriptors that cannot be read and may be pipes.
    unreadable: u64,
}

struct ProcessSample {
    pid: u32,
    /// The folder of a thread that has not ended.
    thread: String,
    /// Its memory, with shared pages counted in full.
    memory: u64,
    /// Its page tables.
    page_tables: u64,
    /// Size of its descriptor table, an upper bound of the number of descriptors.
    descriptors: u64,
}

/// Process 1 of the sandbox: init.
const INIT: u32 = 1;

/// A process with fewer descriptors has few pipes.
const FEW_DESCRIPTORS: i64 = 8;

/// Of `proc_pid_stat(5)`: times in ticks.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    cpu_ticks: u64,
    /// Of children that it has waited for.
    waited_ticks: u64,
    threads: u32,
    started: u64,
    /// Whether the first thread has memory: false if it has exited or is exiting.
    has_memory: bool,
}

/// `USER_HZ` is 100 on every architecture that we support.
const MILLISECONDS_PER_TICK: u64 = 10;

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The name in parentheses is chosen by the guest and may contain anything.
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            cpu_ticks: number(11)? + number(12)?,
            waited_ticks: number(13)? + number(14)?,
            threads: number(17)?.try_into().ok()?,
            started: number(19)?,
            has_memory: number(20)? > 0,
        })
    }

    /// Whether a thread is alive.
    const fn is_alive(&self) -> bool {
        self.has_memory || self.threads > 1
    }
}

/// In `/proc/…/status`: `proc_pid_status(5)`.
const STATUS_FIELDS: [&str; 3] = ["RssAnon", "RssShmem", "VmSwap"];
/// In `/proc/…/smaps_rollup`.
const ROLLUP_FIELDS: [&str; 3] = ["Pss_Anon", "Pss_Shmem", "SwapPss"];

/// Whether a `status` is that of a thread that has not ended.
fn has_memory(status: &str) -> bool {
    status.lines().any(|line| line.starts_with("VmRSS:"))
}

/// The size of the descriptor table in a `status`.
fn descriptor_capacity(status: &str) -> u64 {
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
        let expected = Stat { cpu_ticks: 43, waited_ticks: 500, threads: 3, started: 9001, has_memory: true };
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
        let mut ready = child.stdout.take().expect("piped");
        std::io::Read::read_exact(&mut ready, &mut [0]).expect("it is ready");
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let proc = open("/proc", flags, Mode::empty()).expect("it is there");
        let census = Census::new(vec![proc], 0).expect("this is what it takes");
        let pid = child.id();
        let stat = census.read_file(pid, "stat").as_deref().and_then(Stat::parse).expect("is there");
        let mut pipes = Pipes::default();
        let member = census.sample(pid).expect("a thread is left");
        census.add_pipes(&member, &mut pipes);
        let (share, sockets) = (census.proportional_memory_of(pid), census.sockets(pid));
        child.kill().and_then(|()| child.wait()).expect("is mine");
        assert!(!stat.has_memory && stat.is_alive(), "its first thread goes on: {stat:?}");
        assert!(share > 30 << 20 && member.memory > 30 << 20, "{share} {}", member.memory);
        assert!(sockets.is_some(), "it is in a network namespace");
        assert!(pipes.names.len() >= 8 && pipes.unreadable == 0, "{:?} {}", pipes.names, pipes.unreadable);
    }

    #[test]
    fn the_descriptor_capacity_is_read_from_the_status() {
        assert_eq!(descriptor_capacity("Name:\tFDSize: 9\nFDSize:\t64\nGroups:\t\n"), 64);
        let own = std::fs::read_to_string("/proc/self/status").expect("it is there");
        assert!(descriptor_capacity(&own) >= 3, "{own}");
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
        assert_eq!(kibibytes(status, &STATUS_FIELDS), 256 * 1024);
        let rollup =
            "Rss: 9 kB\nPss: 8 kB\nPss_Anon:  5 kB\nPss_File:  2 kB\nPss_Shmem: 1 kB\nSwapPss: 2 kB\n";
        assert_eq!(kibibytes(rollup, &ROLLUP_FIELDS), 8 * 1024);
    }
}
