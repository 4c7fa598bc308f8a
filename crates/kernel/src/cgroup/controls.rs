//! Cgroup controls: open files of a slot's group, for limits and counters.

use std::{
    cell::Cell,
    fs::{File, OpenOptions},
    os::unix::fs::{FileExt, MetadataExt},
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use super::CgroupPaths;
use crate::{KernelError, Step, StepContext};

/// Limits of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CgroupLimits {
    /// Bytes of memory, swap included.
    pub memory: u64,
    /// Processes and threads at one moment.
    pub processes: u32,
}

/// Relative share of the processors under contention (`cpu.weight`, `cpu.shares`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuWeight(pub u32);

impl CpuWeight {
    /// The kernel's default.
    pub const DEFAULT: Self = Self(1024);

    /// In the units of version 2, where the usual one is 100 and 1 the least.
    const fn of_v2(self) -> u32 {
        let parts = self.0.saturating_mul(100) / Self::DEFAULT.0;
        if parts == 0 { 1 } else { parts }
    }
}

/// CPU bandwidth limit (`cpu.max`, `cpu.cfs_quota_us`), independent of contention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CpuQuota {
    /// No limit.
    Unlimited,
    /// This many thousandths of one processor.
    Thousandths(u32),
}

impl CpuQuota {
    /// The enforcement period, in microseconds. A group without quota left waits for the rest of the period. The launcher is in the group of
    /// its guest and must notice limits in time, so the period is short.
    const PERIOD: u64 = 20_000;
    /// The smallest quota that the kernel accepts, in microseconds.
    const MIN: u64 = 1_000;

    /// The CPU time of each period, in microseconds; `None` for all of it.
    fn quota(self) -> Option<u64> {
        match self {
            Self::Unlimited => None,
            Self::Thousandths(share) => Some((u64::from(share) * Self::PERIOD / 1000).max(Self::MIN)),
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

/// Counters of a group. They are monotonic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CgroupCounters {
    /// CPU time of the tree since the group was made.
    pub cpu: Duration,
    /// The part of it spent in the kernel.
    pub system: Duration,
    /// Processes that the kernel killed for want of memory.
    pub oom_kills: u64,
    /// Forks that were refused.
    pub forks_refused: u64,
}

/// Limits and counters of the launcher's own group.
#[derive(Debug)]
pub struct CgroupControls {
    files: ControlFiles,
    /// Usage of the launcher itself: added to each limit.
    baseline: Baseline,
    /// Temporary additional baseline.
    reserved: Baseline,
    limits: Option<CgroupLimits>,
    cpu_weight: Cell<CpuWeight>,
    cpu_quota: Cell<CpuQuota>,
    /// Value of [`CgroupControls::throttled_time`] when the current share was set.
    throttled_before: Cell<Duration>,
    peak_sample: Cell<PeakSample>,
}

/// Sampled memory peak, for kernels that cannot reset theirs.
#[derive(Debug, Clone, Copy, Default)]
struct PeakSample {
    /// The kernel's peak when the run began.
    peak_before: u64,
    /// The most since then.
    max_seen: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Baseline {
    memory: u64,
    /// The part of it that is shared memory (`shmem`).
    shared: u64,
    processes: u32,
}

/// Memory below this size is not reclaimed, in bytes.
const NEGLIGIBLE: u64 = 1 << 20;
/// Time limit for memory that the kernel frees in the background.
const RECLAIM_TIMEOUT: Duration = Duration::from_secs(5);
/// Initial and maximum interval between two checks.
const POLL_INTERVALS: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(10));

#[derive(Debug)]
enum ControlFiles {
    None,
    V1 {
        usage: File,
        peak: File,
        limit: File,
        /// Memory and swap together; absent where the kernel does not account swap.
        limit_with_swap: Option<File>,
        /// File through which unused memory is reclaimed.
        empty: File,
        /// Composition of the memory usage.
        stat: File,
        oom: File,
        pids_max: File,
        pids_events: Option<File>,
        cpu: File,
        /// Since Linux 4.10.
        system: Option<File>,
        /// Absent where there is no group for it.
        weight: Option<File>,
        /// The quota, and the counters of throttled time. Absent without a group for it, or on a kernel without `CFS_BANDWIDTH`.
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

impl CgroupControls {
    /// Opens the files of the group, and moves this process into it, with all processes that it starts from then on. Must be called before
    /// privileges are dropped.
    pub fn open_and_join(paths: &CgroupPaths) -> Result<Self, KernelError> {
        for folder in paths.folders() {
            std::fs::write(folder.join("cgroup.procs"), "0").at(Step::JoinCgroup)?;
        }
        if let CgroupPaths::V1 { memory, .. } = paths {
            limit_socket_buffers(memory)?;
        }
        let files = match paths {
            CgroupPaths::None => ControlFiles::None,
            CgroupPaths::V1 { memory, pids, cpuacct, cpu } => ControlFiles::V1 {
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
                share: cpu.as_deref().and_then(open_v1_quota),
            },
            CgroupPaths::V2(folder) => ControlFiles::V2 {
                usage: read_only(folder, "memory.current")?,
                peak: read_write(folder, "memory.peak").or_else(|_| read_only(folder, "memory.peak")).ok(),
                peak_can_be_reset: is_writable(&folder.join("memory.peak")),
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
            baseline: Baseline::default(),
            reserved: Baseline::default(),
            limits: None,
            cpu_weight: Cell::new(CpuWeight::DEFAULT),
            cpu_quota: Cell::new(CpuQuota::Unlimited),
            throttled_before: Cell::default(),
            peak_sample: Cell::default(),
        })
    }

    /// Stores the current memory of the group and this number of processes as the launcher's own usage. Must be called without a guest.
    pub fn set_baseline(&mut self, processes: u32) -> Result<(), KernelError> {
        self.baseline = Baseline { memory: self.memory_now()?, shared: self.shared_now()?, processes };
        self.reserve(0, 0);
        Ok(())
    }

    /// Sets the temporary additional baseline, replacing an earlier one.
    pub const fn reserve(&mut self, memory: u64, processes: u32) {
        self.reserved = Baseline { memory, shared: 0, processes };
        self.limits = None;
    }

    /// Whether there is a cgroup, so that limits are enforced.
    pub const fn are_enforced(&self) -> bool {
        !matches!(self.files, ControlFiles::None)
    }

    /// Sets the limits for the guest's part of the tree.
    pub fn set_limits(&mut self, limits: CgroupLimits) -> Result<(), KernelError> {
        if self.limits == Some(limits) {
            return Ok(());
        }
        let memory = limits.memory.saturating_add(self.baseline.memory + self.reserved.memory).to_string();
        let processes =
            limits.processes.saturating_add(self.baseline.processes + self.reserved.processes).to_string();
        match &self.files {
            ControlFiles::None => {}
            ControlFiles::V1 { limit, limit_with_swap, pids_max, .. } => {
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
            ControlFiles::V2 { limit, swap, pids_max, .. } => {
                write(limit, &memory)?;
                if let Some(swap) = swap {
                    write(swap, "0")?;
                }
                write(pids_max, &processes)?;
            }
        }
        self.limits = Some(limits);
        Ok(())
    }

    /// Sets the CPU weight, if the group supports it.
    pub fn set_cpu_weight(&self, weight: CpuWeight) -> Result<(), KernelError> {
        if self.cpu_weight.replace(weight) == weight {
            return Ok(());
        }
        match &self.files {
            ControlFiles::None
            | ControlFiles::V1 { weight: None, .. }
            | ControlFiles::V2 { weight: None, .. } => Ok(()),
            ControlFiles::V1 { weight: Some(shares), .. } => write(shares, &weight.0.to_string()),
            ControlFiles::V2 { weight: Some(file), .. } => write(file, &weight.of_v2().to_string()),
        }
    }

    /// Whether [`CgroupControls::set_cpu_quota`] does anything.
    pub const fn has_cpu_quota(&self) -> bool {
        matches!(
            self.files,
            ControlFiles::V1 { share: Some(_), .. } | ControlFiles::V2 { share: Some(_), .. }
        )
    }

    /// Sets the CPU bandwidth limit, if the group supports it.
    pub fn set_cpu_quota(&self, share: CpuQuota) -> Result<(), KernelError> {
        if !self.has_cpu_quota() || self.cpu_quota.replace(share) == share {
            return Ok(());
        }
        if share != CpuQuota::Unlimited {
            self.throttled_before.set(self.throttled_time()?);
        }
        let written = match &self.files {
            ControlFiles::V1 { share: Some((quota, _)), .. } => write(quota, &share.of_v1()),
            ControlFiles::V2 { share: Some(file), .. } => write(file, &share.of_v2()),
            ControlFiles::None | ControlFiles::V1 { .. } | ControlFiles::V2 { .. } => Ok(()),
        };
        match written {
            // In version 1 a group around this one has less, which is the limit then.
            Err(KernelError { errno: libc::EINVAL, .. }) => Ok(()),
            written => written,
        }
    }

    /// Removes the CPU bandwidth limit and returns the throttled time under it, summed over processors. Throttled processes continue at
    /// once.
    pub fn lift_cpu_quota(&self) -> Result<Duration, KernelError> {
        if self.cpu_quota.get() == CpuQuota::Unlimited {
            return Ok(Duration::ZERO);
        }
        self.set_cpu_quota(CpuQuota::Unlimited)?;
        // Only now has all the waiting been counted.
        Ok(self.throttled_time()?.saturating_sub(self.throttled_before.get()))
    }

    /// Throttled time since the creation of the group, summed over processors.
    fn throttled_time(&self) -> Result<Duration, KernelError> {
        match &self.files {
            ControlFiles::V1 { share: Some((_, stat)), .. } => {
                Ok(Duration::from_nanos(value_of_key(&read_text(stat)?, "throttled_time")))
            }
            ControlFiles::V2 { cpu, .. } => {
                Ok(Duration::from_micros(value_of_key(&read_text(cpu)?, "throttled_usec")))
            }
            ControlFiles::None | ControlFiles::V1 { .. } => Ok(Duration::ZERO),
        }
    }

    /// Raises the memory limit by this many bytes until limits are set again, for work of the launcher in the group.
    pub fn raise_memory_limit(&mut self, bytes: u64) -> Result<(), KernelError> {
        let Some(now) = self.limits else { return Ok(()) };
        // To look is cheaper than to set.
        let used = self.memory_now()?.saturating_sub(self.baseline.memory + self.reserved.memory);
        if self.are_enforced() && used.saturating_add(bytes) < now.memory / 2 {
            return Ok(());
        }
        self.set_limits(CgroupLimits { memory: now.memory.saturating_add(bytes), ..now })
    }

    /// Reclaims page cache that earlier guests left charged to the group; it would count for the next guest. Best effort; takes some
    /// milliseconds for much memory.
    pub fn reclaim_memory(&self) -> Result<(), KernelError> {
        let left = self.memory_now()?.saturating_sub(self.baseline.memory);
        if left > NEGLIGIBLE {
            // Both calls fail if they could not reclaim everything.
            let _in_part = match &self.files {
                ControlFiles::None | ControlFiles::V2 { reclaim: None, .. } => Ok(()),
                ControlFiles::V1 { empty, .. } => write(empty, "0"),
                ControlFiles::V2 { reclaim: Some(reclaim), .. } => write(reclaim, &left.to_string()),
            };
        }
        Ok(())
    }

    /// Waits until the shared memory of earlier guests is freed, except for `kept` bytes. The kernel frees System V segments some time
    /// after their namespace, and until then they would count for the next guest.
    pub fn wait_for_reclaim(&self, kept: u64) -> Result<(), KernelError> {
        let more = kept.saturating_add(NEGLIGIBLE);
        // The one number is sooner read than the many.
        if self.memory_now()? <= (self.baseline.memory + self.reserved.memory).saturating_add(more) {
            return Ok(());
        }
        let most = self.baseline.shared.saturating_add(more);
        let (mut look, seldom) = POLL_INTERVALS;
        let began = Instant::now();
        while self.shared_now()? > most {
            if began.elapsed() > RECLAIM_TIMEOUT {
                return Err(KernelError { step: Step::GiveBackMemory, errno: libc::ETIMEDOUT });
            }
            sleep(look);
            look = (look * 2).min(seldom);
        }
        Ok(())
    }

    /// Resets the memory peak to the current usage.
    ///
    /// Where the kernel cannot (v2 before Linux 6.12), its peak is reported if it rises from now on, since it then belongs to this run;
    /// otherwise the maximum over all [`CgroupControls::read`].
    pub fn reset_peak(&self) -> Result<(), KernelError> {
        match &self.files {
            ControlFiles::None => Ok(()),
            ControlFiles::V1 { peak, .. } => write(peak, "0"),
            ControlFiles::V2 { peak: Some(peak), peak_can_be_reset: true, .. } => write(peak, "reset"),
            ControlFiles::V2 { peak, .. } => {
                let peak_before = peak
                    .as_ref()
                    .map_or(Ok(u64::MAX), |peak| read_text(peak).map(|peak| parse_number(&peak)))?;
                self.peak_sample.set(PeakSample { peak_before, max_seen: self.memory_now()? });
                Ok(())
            }
        }
    }

    fn sample_memory(&self) -> Result<(), KernelError> {
        if matches!(self.files, ControlFiles::V2 { peak_can_be_reset: false, .. }) {
            let seen = self.peak_sample.get();
            self.peak_sample.set(PeakSample { max_seen: seen.max_seen.max(self.memory_now()?), ..seen });
        }
        Ok(())
    }

    /// The counters now.
    pub fn read(&self) -> Result<CgroupCounters, KernelError> {
        self.sample_memory()?;
        match &self.files {
            ControlFiles::None => Ok(CgroupCounters::default()),
            ControlFiles::V1 { oom, pids_events, cpu, system, .. } => {
                let nanos =
                    |file: &File| read_text(file).map(|text| Duration::from_nanos(parse_number(&text)));
                let cpu = nanos(cpu)?;
                Ok(CgroupCounters {
                    cpu,
                    // All of it could be.
                    system: system.as_ref().map_or(Ok(cpu), nanos)?,
                    oom_kills: value_of_key(&read_text(oom)?, "oom_kill"),
                    forks_refused: pids_events
                        .as_ref()
                        .map_or(Ok(0), |file| Ok(value_of_key(&read_text(file)?, "max")))?,
                })
            }
            ControlFiles::V2 { events, pids_events, cpu, .. } => {
                let cpu = read_text(cpu)?;
                Ok(CgroupCounters {
                    cpu: Duration::from_micros(value_of_key(&cpu, "usage_usec")),
                    system: Duration::from_micros(value_of_key(&cpu, "system_usec")),
                    oom_kills: value_of_key(&read_text(events)?, "oom_kill"),
                    forks_refused: value_of_key(&read_text(pids_events)?, "max"),
                })
            }
        }
    }

    /// Peak memory of the guest's part of the tree since [`CgroupControls::reset_peak`], in bytes; `None` if it is not accounted.
    pub fn memory_peak(&self) -> Result<Option<u64>, KernelError> {
        let peak = match &self.files {
            ControlFiles::None => return Ok(None),
            ControlFiles::V1 { peak, .. }
            | ControlFiles::V2 { peak: Some(peak), peak_can_be_reset: true, .. } => {
                parse_number(&read_text(peak)?)
            }
            ControlFiles::V2 { peak, .. } => {
                let PeakSample { peak_before, max_seen: most } = self.peak_sample.get();
                let peak =
                    peak.as_ref().map_or(Ok(0), |peak| read_text(peak).map(|peak| parse_number(&peak)))?;
                if peak > peak_before { peak } else { most }
            }
        };
        Ok(Some(peak.saturating_sub(self.baseline.memory + self.reserved.memory)))
    }

    /// Memory of the whole group, in bytes; 0 if it is not accounted.
    pub fn memory_now(&self) -> Result<u64, KernelError> {
        match &self.files {
            ControlFiles::None => Ok(0),
            ControlFiles::V1 { usage, .. } | ControlFiles::V2 { usage, .. } => {
                Ok(parse_number(&read_text(usage)?))
            }
        }
    }

    /// Files in memory: of a tmpfs, without a name, and segments of System V.
    fn shared_now(&self) -> Result<u64, KernelError> {
        match &self.files {
            ControlFiles::None => Ok(0),
            ControlFiles::V1 { stat, .. } | ControlFiles::V2 { stat, .. } => {
                Ok(value_of_key(&read_text(stat)?, "shmem"))
            }
        }
    }
}

/// The quota of a group of version 1 and its counters, with the period set.
fn open_v1_quota(cpu: &Path) -> Option<(File, File)> {
    let period = write_only(cpu, "cpu.cfs_period_us").ok()?;
    write(&period, &CpuQuota::PERIOD.to_string()).ok()?;
    Some((write_only(cpu, "cpu.cfs_quota_us").ok()?, read_only(cpu, "cpu.stat").ok()?))
}

/// Version 1 counts the buffers of sockets of the internet only where they have a limit, and apart from other memory.
fn limit_socket_buffers(group: &Path) -> Result<(), KernelError> {
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

/// Whether the file has write permission for its owner. Root can open every file, so opening it would prove nothing.
pub fn is_writable(file: &Path) -> bool {
    const BY_ITS_OWNER: u32 = 0o200;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.mode() & BY_ITS_OWNER != 0)
}

fn write(file: &File, value: &str) -> Result<(), KernelError> {
    file.write_all_at(value.as_bytes(), 0).at(Step::WriteCgroupFile)
}

fn read_text(file: &File) -> Result<String, KernelError> {
    let mut bytes = [0; 1024];
    let length = file.read_at(&mut bytes, 0).at(Step::ReadCgroupFile)?;
    Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

fn parse_number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(0)
}

/// The number behind `key` in lines of `key number`.
fn value_of_key(text: &str, key: &str) -> u64 {
    text.lines()
        .find_map(|line| line.split_once(' ').filter(|(name, _)| *name == key))
        .map_or(0, |(_, value)| parse_number(value))
}

/// Property of counters for all contents of their files.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing {
    use super::{parse_number, value_of_key};

    /// A counter is the number that stands behind its name in some line, or 0.
    pub(crate) fn counters(text: &str) {
        for key in ["oom_kill", "max", "usage_usec"] {
            let read = value_of_key(text, key);
            let said = text.lines().any(|line| {
                line.strip_prefix(key).and_then(|rest| rest.strip_prefix(' ')).map(parse_number) == Some(read)
            });
            assert!(read == 0 || said, "{key} is {read} in {text:?}");
        }
        let read = parse_number(text);
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
    fn recorded_v2() -> (tempfile::TempDir, CgroupPaths) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/v2/group");
        for file in std::fs::read_dir(source).expect("recorded files").flatten() {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("copy");
        }
        let paths = CgroupPaths::V2(folder.path().to_owned());
        (folder, paths)
    }

    #[test]
    fn v2_counters_are_read_from_their_files() {
        let (_folder, paths) = recorded_v2();
        let controls = CgroupControls::open_and_join(&paths).expect("opens");
        let expected = CgroupCounters {
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
            // The kernel writes this file, which is read-only for others.
            allow(name, 0o644);
            std::fs::write(folder.path().join(name), value.to_string()).expect("writes");
        };
        allow("memory.peak", 0o444);
        let controls = CgroupControls::open_and_join(&paths).expect("opens");
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
        let mut controls = CgroupControls::open_and_join(&paths).expect("opens");
        controls.set_baseline(2).expect("reads");
        controls.set_limits(CgroupLimits { memory: 1_000_000, processes: 50 }).expect("writes");
        let value = |name: &str| {
            // A plain file keeps the rest of a longer old value; a kernel file does not.
            let text = std::fs::read_to_string(folder.path().join(name)).expect("reads");
            parse_number(&text.chars().take_while(char::is_ascii_digit).collect::<String>())
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
        let mut controls = CgroupControls::open_and_join(&paths).expect("opens");
        controls.set_baseline(2).expect("reads");
        set(500 + NEGLIGIBLE + 3000);
        std::fs::write(folder.path().join("memory.current"), "4000000").expect("writes");
        controls.wait_for_reclaim(3000).expect("that much is kept");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                sleep(Duration::from_millis(50));
                set(700);
            });
            controls.wait_for_reclaim(2999).expect("is given back");
            assert!(std::fs::read_to_string(&stat).expect("reads").contains("shmem 00000700"), "it waited");
        });
    }

    #[test]
    fn a_weight_goes_to_its_file_in_the_units_of_its_version() {
        let (folder, paths) = recorded_v2();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("cpu.weight"), "100").expect("writes");
        let controls = CgroupControls::open_and_join(&paths).expect("opens");
        controls.set_cpu_weight(CpuWeight(512)).expect("writes");
        let written = std::fs::read_to_string(file("cpu.weight")).expect("reads");
        // A plain file keeps the rest of a longer old value; a kernel file does not.
        assert!(written.starts_with("50"), "{written}");
        assert_eq!([CpuWeight::DEFAULT, CpuWeight(64), CpuWeight(1)].map(CpuWeight::of_v2), [100, 6, 1]);
    }

    #[test]
    fn a_share_is_written_to_its_file_and_throttled_time_is_reported_at_the_end() {
        let (folder, paths) = recorded_v2();
        let file = |name: &str| folder.path().join(name);
        let throttled = |microseconds: u32| {
            let text = format!("usage_usec 9\nnr_throttled 3\nthrottled_usec {microseconds}\n");
            std::fs::write(file("cpu.stat"), text).expect("writes");
        };
        let written = || std::fs::read_to_string(file("cpu.max")).expect("reads");
        throttled(40);
        std::fs::write(file("cpu.max"), "").expect("writes");
        let controls = CgroupControls::open_and_join(&paths).expect("opens");
        assert!(controls.has_cpu_quota());
        assert_eq!(controls.lift_cpu_quota().expect("nothing to do"), Duration::ZERO);
        assert_eq!(written(), "", "nothing is written for a group that nobody holds");
        controls.set_cpu_quota(CpuQuota::Thousandths(500)).expect("writes");
        controls.set_cpu_quota(CpuQuota::Thousandths(500)).expect("nothing to do");
        assert_eq!(written(), "10000 20000");
        throttled(140);
        std::fs::write(file("cpu.max"), "").expect("writes");
        assert_eq!(controls.lift_cpu_quota().expect("writes"), Duration::from_micros(100));
        assert_eq!(written(), "max 20000");
    }

    #[test]
    fn a_share_is_never_less_than_the_kernel_takes() {
        let of = |thousandths| {
            (CpuQuota::Thousandths(thousandths).of_v1(), CpuQuota::Thousandths(thousandths).of_v2())
        };
        assert_eq!(of(1), ("1000".to_owned(), "1000 20000".to_owned()));
        assert_eq!(of(2500), ("50000".to_owned(), "50000 20000".to_owned()));
        assert_eq!(CpuQuota::Unlimited.of_v1(), "-1");
    }

    #[test]
    fn a_group_without_the_controller_limits_nothing_and_reports_it() {
        let (_folder, paths) = recorded_v2();
        let controls = CgroupControls::open_and_join(&paths).expect("opens");
        assert!(!controls.has_cpu_quota());
        controls.set_cpu_quota(CpuQuota::Thousandths(500)).expect("nothing to do");
        assert_eq!(controls.lift_cpu_quota().expect("nothing to do"), Duration::ZERO);
    }

    #[test]
    fn without_cgroups_nothing_is_counted() {
        let mut controls = CgroupControls::open_and_join(&CgroupPaths::None).expect("opens");
        controls.set_limits(CgroupLimits { memory: 1, processes: 1 }).expect("nothing to do");
        controls.wait_for_reclaim(0).expect("nothing to wait for");
        assert_eq!(controls.memory_peak().expect("nothing to do"), None);
        assert!(!controls.are_enforced());
    }
}
