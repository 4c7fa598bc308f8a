//! The open files of one slot's group.

use std::{
    cell::Cell,
    fs::{File, OpenOptions},
    os::unix::fs::{FileExt, MetadataExt},
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use super::GroupPaths;
use crate::{At, KernelError, Step};

/// Limits on a tree of processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeLimits {
    /// Bytes of memory, swap included.
    pub memory: u64,
    /// Processes and threads at one moment.
    pub processes: u32,
}

/// How much of the processors a group gets while others want them, too: as many parts as this of what all of them have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight(pub u32);

impl Weight {
    /// What a group has that nobody gave another.
    pub const USUAL: Self = Self(1024);

    /// In the units of version 2, where the usual one is 100 and 1 the least.
    const fn of_v2(self) -> u32 {
        let parts = self.0.saturating_mul(100) / Self::USUAL.0;
        if parts == 0 { 1 } else { parts }
    }
}

/// How much of the processors a group gets at most, whether or not others want them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// All that there is.
    All,
    /// So many thousandths of one processor.
    Thousandths(u32),
}

impl Share {
    /// Over which time a share is kept. Whoever has used it up waits for the rest of the period: also a launcher, which is in its
    /// guest's group and has to notice limits, so it is short. In microseconds.
    const PERIOD: u64 = 20_000;
    /// The least that the kernel takes. In microseconds.
    const LEAST: u64 = 1_000;

    /// The CPU time of each period, in microseconds; `None` for all of it.
    fn quota(self) -> Option<u64> {
        match self {
            Self::All => None,
            Self::Thousandths(share) => Some((u64::from(share) * Self::PERIOD / 1000).max(Self::LEAST)),
        }
    }

    /// As `cpu.max` of version 2 wants it.
    fn of_v2(self) -> String {
        let quota = self.quota().map_or_else(|| "max".to_owned(), |quota| quota.to_string());
        format!("{quota} {}", Self::PERIOD)
    }

    /// As `cpu.cfs_quota_us` of version 1 wants it.
    fn of_v1(self) -> String {
        self.quota().map_or_else(|| "-1".to_owned(), |quota| quota.to_string())
    }
}

/// Counters of a group at a moment. All but `memory_peak` only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// CPU time of the tree since the group was made.
    pub cpu: Duration,
    /// What of it the kernel took for system calls.
    pub system: Duration,
    /// Processes that the kernel killed for want of memory.
    pub oom_kills: u64,
    /// Forks that were refused.
    pub forks_refused: u64,
}

/// What the launcher does with its group.
#[derive(Debug)]
pub struct Controls {
    files: Files,
    /// What is not the guest's: limits are set on top of this share.
    base: Base,
    /// What is not either, for a while.
    lent: Base,
    in_force: Option<TreeLimits>,
    weight: Cell<Weight>,
    share: Cell<Share>,
    /// What [`Controls::throttled`] was when the share in force was set.
    throttled_before: Cell<Duration>,
    seen: Cell<Seen>,
}

/// Memory as it was looked at, where the kernel cannot start its peak anew.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// The kernel's peak when the run began.
    peak_before: u64,
    /// The most since then.
    most: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Base {
    memory: u64,
    /// What of it is files in memory.
    shared: u64,
    processes: u32,
}

/// Memory that is not worth the time to have it back.
const LITTLE: u64 = 1 << 20;
/// How long the kernel may take to give memory back that it gives back in the background.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(5);
/// Between two looks at whether it has.
const LOOKS: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(10));

#[derive(Debug)]
enum Files {
    None,
    V1 {
        usage: File,
        peak: File,
        limit: File,
        /// Memory and swap together; absent where the kernel does not account swap.
        limit_with_swap: Option<File>,
        /// Where memory that nobody uses any more is given back.
        empty: File,
        /// What it is made of.
        stat: File,
        oom: File,
        pids_max: File,
        pids_events: Option<File>,
        cpu: File,
        /// Since Linux 4.10.
        system: Option<File>,
        /// Absent where there is no group for it.
        weight: Option<File>,
        /// The quota, and the counters that say how long it held the group. Absent where there is no group for it, or a kernel
        /// without `CFS_BANDWIDTH`.
        share: Option<(File, File)>,
    },
    V2 {
        usage: File,
        /// Absent before Linux 5.19.
        peak: Option<File>,
        /// Since Linux 6.12.
        peak_can_be_reset: bool,
        limit: File,
        swap: Option<File>,
        /// Absent before Linux 5.19.
        reclaim: Option<File>,
        stat: File,
        events: File,
        pids_max: File,
        pids_events: File,
        cpu: File,
        /// Absent where the group lacks the controller.
        weight: Option<File>,
        /// Absent as well in a kernel without `CFS_BANDWIDTH`.
        share: Option<File>,
    },
}

impl Controls {
    /// Opens the files of the group, and puts this process into it: what it starts from now on is counted there. To be
    /// called while this process still has the right to.
    pub fn open_and_join(paths: &GroupPaths) -> Result<Self, KernelError> {
        for folder in paths.folders() {
            std::fs::write(folder.join("cgroup.procs"), "0").at(Step::JoinCgroup)?;
        }
        if let GroupPaths::V1 { memory, .. } = paths {
            bound_internet_buffers(memory)?;
        }
        let files = match paths {
            GroupPaths::None => Files::None,
            GroupPaths::V1 { memory, pids, cpuacct, cpu } => Files::V1 {
                usage: read_only(memory, "memory.usage_in_bytes")?,
                peak: read_write(memory, "memory.max_usage_in_bytes")?,
                limit: read_write(memory, "memory.limit_in_bytes")?,
                limit_with_swap: read_write(memory, "memory.memsw.limit_in_bytes").ok(),
                empty: write_only(memory, "memory.force_empty")?,
                stat: read_only(memory, "memory.stat")?,
                oom: read_only(memory, "memory.oom_control")?,
                pids_max: read_write(pids, "pids.max")?,
                // Since Linux 4.8.
                pids_events: read_only(pids, "pids.events").ok(),
                cpu: read_only(cpuacct, "cpuacct.usage")?,
                system: read_only(cpuacct, "cpuacct.usage_sys").ok(),
                weight: cpu.as_ref().and_then(|cpu| write_only(cpu, "cpu.shares").ok()),
                share: cpu.as_deref().and_then(share_of_v1),
            },
            GroupPaths::V2(folder) => Files::V2 {
                usage: read_only(folder, "memory.current")?,
                peak: read_write(folder, "memory.peak").or_else(|_| read_only(folder, "memory.peak")).ok(),
                peak_can_be_reset: may_be_written(&folder.join("memory.peak")),
                limit: read_write(folder, "memory.max")?,
                swap: read_write(folder, "memory.swap.max").ok(),
                reclaim: write_only(folder, "memory.reclaim").ok(),
                stat: read_only(folder, "memory.stat")?,
                events: read_only(folder, "memory.events")?,
                pids_max: read_write(folder, "pids.max")?,
                pids_events: read_only(folder, "pids.events")?,
                cpu: read_only(folder, "cpu.stat")?,
                weight: write_only(folder, "cpu.weight").ok(),
                share: write_only(folder, "cpu.max").ok(),
            },
        };
        Ok(Self {
            files,
            base: Base::default(),
            lent: Base::default(),
            in_force: None,
            weight: Cell::new(Weight::USUAL),
            share: Cell::new(Share::All),
            throttled_before: Cell::default(),
            seen: Cell::default(),
        })
    }

    /// Takes the memory that the group uses now, and so many processes, as our own share. To be called while there is no
    /// guest.
    pub fn take_base(&mut self, processes: u32) -> Result<(), KernelError> {
        self.base = Base { memory: self.memory_now()?, shared: self.shared_now()?, processes };
        self.lend(0, 0);
        Ok(())
    }

    /// Takes so many bytes and processes more as our own share, in place of what was lent before.
    pub const fn lend(&mut self, memory: u64, processes: u32) {
        self.lent = Base { memory, shared: 0, processes };
        self.in_force = None;
    }

    /// Whether limits here do anything.
    pub const fn are_real(&self) -> bool {
        !matches!(self.files, Files::None)
    }

    /// Puts limits in force for the guest's part of the tree.
    pub fn set(&mut self, limits: TreeLimits) -> Result<(), KernelError> {
        if self.in_force == Some(limits) {
            return Ok(());
        }
        let memory = limits.memory.saturating_add(self.base.memory + self.lent.memory).to_string();
        let processes =
            limits.processes.saturating_add(self.base.processes + self.lent.processes).to_string();
        match &self.files {
            Files::None => {}
            Files::V1 { limit, limit_with_swap, pids_max, .. } => {
                // The kernel keeps limit ≤ limit with swap at every moment: lift the outer one, set both.
                if let Some(outer) = limit_with_swap {
                    write(outer, "-1")?;
                }
                write(limit, &memory)?;
                if let Some(outer) = limit_with_swap {
                    write(outer, &memory)?;
                }
                write(pids_max, &processes)?;
            }
            Files::V2 { limit, swap, pids_max, .. } => {
                write(limit, &memory)?;
                if let Some(swap) = swap {
                    write(swap, "0")?;
                }
                write(pids_max, &processes)?;
            }
        }
        self.in_force = Some(limits);
        Ok(())
    }

    /// Gives the group this weight, where that can be done.
    pub fn set_weight(&self, weight: Weight) -> Result<(), KernelError> {
        if self.weight.replace(weight) == weight {
            return Ok(());
        }
        match &self.files {
            Files::None | Files::V1 { weight: None, .. } | Files::V2 { weight: None, .. } => Ok(()),
            Files::V1 { weight: Some(shares), .. } => write(shares, &weight.0.to_string()),
            Files::V2 { weight: Some(file), .. } => write(file, &weight.of_v2().to_string()),
        }
    }

    /// Whether [`Controls::hold`] does anything.
    pub const fn can_hold(&self) -> bool {
        matches!(self.files, Files::V1 { share: Some(_), .. } | Files::V2 { share: Some(_), .. })
    }

    /// Gives the group at most this share, where that can be done.
    pub fn hold(&self, share: Share) -> Result<(), KernelError> {
        if !self.can_hold() || self.share.replace(share) == share {
            return Ok(());
        }
        if share != Share::All {
            self.throttled_before.set(self.throttled()?);
        }
        let written = match &self.files {
            Files::V1 { share: Some((quota, _)), .. } => write(quota, &share.of_v1()),
            Files::V2 { share: Some(file), .. } => write(file, &share.of_v2()),
            Files::None | Files::V1 { .. } | Files::V2 { .. } => Ok(()),
        };
        match written {
            // In version 1 a group around this one has less, which is the limit then.
            Err(KernelError { errno: libc::EINVAL, .. }) => Ok(()),
            written => written,
        }
    }

    /// Gives the group all that there is again, and tells how long it was held back by the share before, summed over
    /// processors. Whoever waits goes on at once.
    pub fn release(&self) -> Result<Duration, KernelError> {
        if self.share.get() == Share::All {
            return Ok(Duration::ZERO);
        }
        self.hold(Share::All)?;
        // Only now has all the waiting been counted.
        Ok(self.throttled()?.saturating_sub(self.throttled_before.get()))
    }

    /// How long the group has been held back since it was made, summed over processors.
    fn throttled(&self) -> Result<Duration, KernelError> {
        match &self.files {
            Files::V1 { share: Some((_, stat)), .. } => {
                Ok(Duration::from_nanos(keyed(&text(stat)?, "throttled_time")))
            }
            Files::V2 { cpu, .. } => Ok(Duration::from_micros(keyed(&text(cpu)?, "throttled_usec"))),
            Files::None | Files::V1 { .. } => Ok(Duration::ZERO),
        }
    }

    /// Allows this much more memory until limits are set again: for work of ours in the group.
    pub fn allow_more_memory(&mut self, bytes: u64) -> Result<(), KernelError> {
        let Some(now) = self.in_force else { return Ok(()) };
        // To look is cheaper than to set.
        let used = self.memory_now()?.saturating_sub(self.base.memory + self.lent.memory);
        if self.are_real() && used.saturating_add(bytes) < now.memory / 2 {
            return Ok(());
        }
        self.set(TreeLimits { memory: now.memory.saturating_add(bytes), ..now })
    }

    /// Gives back what guests that are gone have left in the group, which is file pages that they were the first to read:
    /// they would count as the next guest's. Best effort; some milliseconds where there is much.
    pub fn forget_the_past(&self) -> Result<(), KernelError> {
        let left = self.memory_now()?.saturating_sub(self.base.memory);
        if left > LITTLE {
            // Either call says that it could not give back everything when it could not.
            let _in_part = match &self.files {
                Files::None | Files::V2 { reclaim: None, .. } => Ok(()),
                Files::V1 { empty, .. } => write(empty, "0"),
                Files::V2 { reclaim: Some(reclaim), .. } => write(reclaim, &left.to_string()),
            };
        }
        Ok(())
    }

    /// Waits until the files in memory that guests have left are gone, but for `kept` bytes. Segments of System V go at some time
    /// after the namespace that they were in, and until then they would count as the next guest's.
    pub fn until_given_back(&self, kept: u64) -> Result<(), KernelError> {
        let more = kept.saturating_add(LITTLE);
        // The one number is sooner read than the many.
        if self.memory_now()? <= (self.base.memory + self.lent.memory).saturating_add(more) {
            return Ok(());
        }
        let most = self.base.shared.saturating_add(more);
        let (mut look, seldom) = LOOKS;
        let began = Instant::now();
        while self.shared_now()? > most {
            if began.elapsed() > GIVEN_BACK_WITHIN {
                return Err(KernelError { step: Step::GiveBackMemory, errno: libc::ETIMEDOUT });
            }
            sleep(look);
            look = (look * 2).min(seldom);
        }
        Ok(())
    }

    /// Starts the peak anew, from what is used now.
    ///
    /// Where the kernel cannot (v2 before Linux 6.12), its peak is told if it rises from now on, for then it is this run's;
    /// else the most that was in use at any [`Controls::read`].
    pub fn reset_peak(&self) -> Result<(), KernelError> {
        match &self.files {
            Files::None => Ok(()),
            Files::V1 { peak, .. } => write(peak, "0"),
            Files::V2 { peak: Some(peak), peak_can_be_reset: true, .. } => write(peak, "reset"),
            Files::V2 { peak, .. } => {
                let peak_before =
                    peak.as_ref().map_or(Ok(u64::MAX), |peak| text(peak).map(|peak| number(&peak)))?;
                self.seen.set(Seen { peak_before, most: self.memory_now()? });
                Ok(())
            }
        }
    }

    fn look_at_memory(&self) -> Result<(), KernelError> {
        if matches!(self.files, Files::V2 { peak_can_be_reset: false, .. }) {
            let seen = self.seen.get();
            self.seen.set(Seen { most: seen.most.max(self.memory_now()?), ..seen });
        }
        Ok(())
    }

    /// The counters now.
    pub fn read(&self) -> Result<Reading, KernelError> {
        self.look_at_memory()?;
        match &self.files {
            Files::None => Ok(Reading::default()),
            Files::V1 { oom, pids_events, cpu, system, .. } => {
                let nanos = |file: &File| text(file).map(|text| Duration::from_nanos(number(&text)));
                let cpu = nanos(cpu)?;
                Ok(Reading {
                    cpu,
                    // All of it could be.
                    system: system.as_ref().map_or(Ok(cpu), nanos)?,
                    oom_kills: keyed(&text(oom)?, "oom_kill"),
                    forks_refused: pids_events
                        .as_ref()
                        .map_or(Ok(0), |file| Ok(keyed(&text(file)?, "max")))?,
                })
            }
            Files::V2 { events, pids_events, cpu, .. } => {
                let cpu = text(cpu)?;
                Ok(Reading {
                    cpu: Duration::from_micros(keyed(&cpu, "usage_usec")),
                    system: Duration::from_micros(keyed(&cpu, "system_usec")),
                    oom_kills: keyed(&text(events)?, "oom_kill"),
                    forks_refused: keyed(&text(pids_events)?, "max"),
                })
            }
        }
    }

    /// Peak memory of the guest's part of the tree since [`Controls::reset_peak`], in bytes; `None` when nobody counts.
    pub fn memory_peak(&self) -> Result<Option<u64>, KernelError> {
        let peak = match &self.files {
            Files::None => return Ok(None),
            Files::V1 { peak, .. } | Files::V2 { peak: Some(peak), peak_can_be_reset: true, .. } => {
                number(&text(peak)?)
            }
            Files::V2 { peak, .. } => {
                let Seen { peak_before, most } = self.seen.get();
                let peak = peak.as_ref().map_or(Ok(0), |peak| text(peak).map(|peak| number(&peak)))?;
                if peak > peak_before { peak } else { most }
            }
        };
        Ok(Some(peak.saturating_sub(self.base.memory + self.lent.memory)))
    }

    /// Memory of the whole group, in bytes; 0 when nobody counts.
    pub fn memory_now(&self) -> Result<u64, KernelError> {
        match &self.files {
            Files::None => Ok(0),
            Files::V1 { usage, .. } | Files::V2 { usage, .. } => Ok(number(&text(usage)?)),
        }
    }

    /// Files in memory: of a tmpfs, without a name, and segments of System V.
    fn shared_now(&self) -> Result<u64, KernelError> {
        match &self.files {
            Files::None => Ok(0),
            Files::V1 { stat, .. } | Files::V2 { stat, .. } => Ok(keyed(&text(stat)?, "shmem")),
        }
    }
}

/// The quota of a group of version 1 and its counters, with the period set.
fn share_of_v1(cpu: &Path) -> Option<(File, File)> {
    let period = write_only(cpu, "cpu.cfs_period_us").ok()?;
    write(&period, &Share::PERIOD.to_string()).ok()?;
    Some((write_only(cpu, "cpu.cfs_quota_us").ok()?, read_only(cpu, "cpu.stat").ok()?))
}

/// Version 1 counts the buffers of sockets of the internet only where they have a limit, and apart from other memory.
fn bound_internet_buffers(group: &Path) -> Result<(), KernelError> {
    const MOST: &str = "16777216";
    match std::fs::write(group.join("memory.kmem.tcp.limit_in_bytes"), MOST) {
        // Kernels without sockets of the internet, or without this part of version 1.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        written => written.at(Step::WriteCgroupFile),
    }
}

fn read_only(folder: &Path, name: &str) -> Result<File, KernelError> {
    File::open(folder.join(name)).at(Step::OpenCgroupFile)
}

fn write_only(folder: &Path, name: &str) -> Result<File, KernelError> {
    OpenOptions::new().write(true).open(folder.join(name)).at(Step::OpenCgroupFile)
}

fn read_write(folder: &Path, name: &str) -> Result<File, KernelError> {
    OpenOptions::new().read(true).write(true).open(folder.join(name)).at(Step::OpenCgroupFile)
}

/// Whether the kernel has a use for what is written there. Root may open every file, so trying tells nothing.
pub fn may_be_written(file: &Path) -> bool {
    const BY_ITS_OWNER: u32 = 0o200;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.mode() & BY_ITS_OWNER != 0)
}

fn write(file: &File, value: &str) -> Result<(), KernelError> {
    file.write_all_at(value.as_bytes(), 0).at(Step::WriteCgroupFile)
}

fn text(file: &File) -> Result<String, KernelError> {
    let mut bytes = [0; 1024];
    let length = file.read_at(&mut bytes, 0).at(Step::ReadCgroupFile)?;
    Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(0)
}

/// The number behind `key` in lines of `key number`.
fn keyed(text: &str, key: &str) -> u64 {
    text.lines()
        .find_map(|line| line.split_once(' ').filter(|(name, _)| *name == key))
        .map_or(0, |(_, value)| number(value))
}

/// What holds for counters, whatever is in their files.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing {
    use super::{keyed, number};

    /// A counter is the number that stands behind its name in some line, or 0.
    pub(crate) fn counters(text: &str) {
        for key in ["oom_kill", "max", "usage_usec"] {
            let read = keyed(text, key);
            let said = text.lines().any(|line| {
                line.strip_prefix(key).and_then(|rest| rest.strip_prefix(' ')).map(number) == Some(read)
            });
            assert!(read == 0 || said, "{key} is {read} in {text:?}");
        }
        let read = number(text);
        assert!(
            read == 0 || text.trim().trim_start_matches(['+', '0']) == read.to_string(),
            "{read} in {text:?}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with the files of a v2 group as a kernel shows them, to be read and written like the real ones.
    fn recorded_v2() -> (tempfile::TempDir, GroupPaths) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/v2/group");
        for file in std::fs::read_dir(source).expect("recorded files").flatten() {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("copy");
        }
        let paths = GroupPaths::V2(folder.path().to_owned());
        (folder, paths)
    }

    #[test]
    fn v2_counters_are_read_from_their_files() {
        let (_folder, paths) = recorded_v2();
        let controls = Controls::open_and_join(&paths).expect("opens");
        let expected = Reading {
            cpu: Duration::from_micros(48_213),
            system: Duration::from_micros(18_213),
            oom_kills: 1,
            forks_refused: 3,
        };
        assert_eq!(controls.read().expect("reads"), expected);
        assert_eq!(controls.memory_peak().expect("reads"), Some(9_437_184));
    }

    #[test]
    fn before_linux_6_12_a_peak_that_rises_is_the_runs_and_else_the_most_that_was_seen() {
        let (folder, paths) = recorded_v2();
        let allow = |name: &str, mode| {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            std::fs::set_permissions(folder.path().join(name), mode).expect("mine");
        };
        let set = |name: &str, value: u64| {
            // The kernel writes it, whoever may not.
            allow(name, 0o644);
            std::fs::write(folder.path().join(name), value.to_string()).expect("writes");
        };
        allow("memory.peak", 0o444);
        let controls = Controls::open_and_join(&paths).expect("opens");
        set("memory.peak", 9_000_000);
        controls.reset_peak().expect("resets");
        for now in [2_000_000, 5_000_000, 3_000_000] {
            set("memory.current", now);
            controls.read().expect("reads");
        }
        assert_eq!(controls.memory_peak().expect("reads"), Some(5_000_000), "an earlier run had 9 MB");
        set("memory.peak", 9_500_000);
        assert_eq!(controls.memory_peak().expect("reads"), Some(9_500_000), "nobody else has raised it");
        controls.reset_peak().expect("resets");
        assert_eq!(controls.memory_peak().expect("reads"), Some(3_000_000));
    }

    #[test]
    fn v2_limits_go_to_their_files_on_top_of_the_launchers_share() {
        let (folder, paths) = recorded_v2();
        let mut controls = Controls::open_and_join(&paths).expect("opens");
        controls.take_base(2).expect("reads");
        controls.set(TreeLimits { memory: 1_000_000, processes: 50 }).expect("writes");
        let value = |name: &str| {
            // A plain file keeps what was longer than the new value; the kernel's does not.
            let text = std::fs::read_to_string(folder.path().join(name)).expect("reads");
            number(&text.chars().take_while(char::is_ascii_digit).collect::<String>())
        };
        assert_eq!(value("memory.max"), 1_000_000 + 1_228_800);
        assert_eq!(value("pids.max"), 52);
        assert_eq!(value("memory.swap.max"), 0);
    }

    #[test]
    fn files_in_memory_are_waited_for_until_they_are_gone() {
        let (folder, paths) = recorded_v2();
        let stat = folder.path().join("memory.stat");
        let set = |shared: u64| {
            // All in one go, and always as long, as the kernel's are read.
            let file = OpenOptions::new().write(true).open(&stat).expect("opens");
            let text = format!("anon 9\nshmem {shared:08}\nshmem_thp 7\n");
            file.write_all_at(text.as_bytes(), 0).expect("writes");
        };
        std::fs::write(&stat, "").expect("writes");
        set(500);
        std::fs::write(folder.path().join("memory.current"), "0").expect("writes");
        let mut controls = Controls::open_and_join(&paths).expect("opens");
        controls.take_base(2).expect("reads");
        set(500 + LITTLE + 3000);
        std::fs::write(folder.path().join("memory.current"), "4000000").expect("writes");
        controls.until_given_back(3000).expect("that much is kept");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                sleep(Duration::from_millis(50));
                set(700);
            });
            controls.until_given_back(2999).expect("is given back");
            assert!(std::fs::read_to_string(&stat).expect("reads").contains("shmem 00000700"), "it waited");
        });
    }

    #[test]
    fn a_weight_goes_to_its_file_in_the_units_of_its_version() {
        let (folder, paths) = recorded_v2();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("cpu.weight"), "100").expect("writes");
        let controls = Controls::open_and_join(&paths).expect("opens");
        controls.set_weight(Weight(512)).expect("writes");
        let written = std::fs::read_to_string(file("cpu.weight")).expect("reads");
        // A plain file keeps what was longer than the new value; the kernel's does not.
        assert!(written.starts_with("50"), "{written}");
        assert_eq!([Weight::USUAL, Weight(64), Weight(1)].map(Weight::of_v2), [100, 6, 1]);
    }

    #[test]
    fn a_share_goes_to_its_file_and_what_it_held_back_is_told_when_it_ends() {
        let (folder, paths) = recorded_v2();
        let file = |name: &str| folder.path().join(name);
        let throttled = |microseconds: u32| {
            let text = format!("usage_usec 9\nnr_throttled 3\nthrottled_usec {microseconds}\n");
            std::fs::write(file("cpu.stat"), text).expect("writes");
        };
        let written = || std::fs::read_to_string(file("cpu.max")).expect("reads");
        throttled(40);
        std::fs::write(file("cpu.max"), "").expect("writes");
        let controls = Controls::open_and_join(&paths).expect("opens");
        assert!(controls.can_hold());
        assert_eq!(controls.release().expect("nothing to do"), Duration::ZERO);
        assert_eq!(written(), "", "nothing is written for a group that nobody holds");
        controls.hold(Share::Thousandths(500)).expect("writes");
        controls.hold(Share::Thousandths(500)).expect("nothing to do");
        assert_eq!(written(), "10000 20000");
        throttled(140);
        std::fs::write(file("cpu.max"), "").expect("writes");
        assert_eq!(controls.release().expect("writes"), Duration::from_micros(100));
        assert_eq!(written(), "max 20000");
    }

    #[test]
    fn a_share_is_never_less_than_the_kernel_takes() {
        let of =
            |thousandths| (Share::Thousandths(thousandths).of_v1(), Share::Thousandths(thousandths).of_v2());
        assert_eq!(of(1), ("1000".to_owned(), "1000 20000".to_owned()));
        assert_eq!(of(2500), ("50000".to_owned(), "50000 20000".to_owned()));
        assert_eq!(Share::All.of_v1(), "-1");
    }

    #[test]
    fn a_group_without_the_controller_holds_nobody_and_says_so() {
        let (_folder, paths) = recorded_v2();
        let controls = Controls::open_and_join(&paths).expect("opens");
        assert!(!controls.can_hold());
        controls.hold(Share::Thousandths(500)).expect("nothing to do");
        assert_eq!(controls.release().expect("nothing to do"), Duration::ZERO);
    }

    #[test]
    fn without_cgroups_nothing_is_counted() {
        let mut controls = Controls::open_and_join(&GroupPaths::None).expect("opens");
        controls.set(TreeLimits { memory: 1, processes: 1 }).expect("nothing to do");
        controls.until_given_back(0).expect("nothing to wait for");
        assert_eq!(controls.memory_peak().expect("nothing to do"), None);
        assert!(!controls.are_real());
    }
}
