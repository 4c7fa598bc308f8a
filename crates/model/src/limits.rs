//! Limits: CPU time, wall time, memory, output and other resources that a run may use.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A number of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Bytes {
    /// `n` × 1024 bytes.
    pub const fn kib(n: u64) -> Self {
        Self(n * 1024)
    }

    /// `n` × 1024² bytes.
    pub const fn mib(n: u64) -> Self {
        Self(n * 1024 * 1024)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number as a length in memory; saturates on 32-bit machines.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KIB: u64 = 1024;
        const MIB: u64 = KIB * 1024;
        match self.0 {
            n if n >= MIB && n % MIB == 0 => write!(f, "{} MiB", n / MIB),
            n if n >= KIB && n % KIB == 0 => write!(f, "{} KiB", n / KIB),
            n => write!(f, "{n} bytes"),
        }
    }
}

/// A share of CPU bandwidth, in thousandths of a processor (as Kubernetes' millicpu); written as a number of processors, such as 0.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Cpus(u32);

/// The number is outside the range of [`Cpus`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not between {min} and {max} processors", min = Cpus::MIN, max = Cpus::MAX)]
pub struct InvalidCpus(f64);

impl TryFrom<f64> for Cpus {
    type Error = InvalidCpus;

    fn try_from(processors: f64) -> Result<Self, InvalidCpus> {
        Self::from_number(processors).ok_or(InvalidCpus(processors))
    }
}

impl From<Cpus> for f64 {
    fn from(share: Cpus) -> Self {
        share.number()
    }
}

impl Cpus {
    /// Half a processor.
    pub const HALF: Self = Self(500);
    /// One processor.
    pub const ONE: Self = Self(1000);
    /// The smallest share: with less, a program makes hardly any progress.
    pub const MIN: Self = Self(100);
    /// The largest share: more than any machine has.
    pub const MAX: Self = Self(1_000_000);

    /// This many thousandths of a processor.
    pub const fn thousandths(thousandths: u32) -> Self {
        Self(thousandths)
    }

    /// The number of thousandths of a processor.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The share of this number of processors, rounded to a thousandth; `None` outside [`Cpus::MIN`] and [`Cpus::MAX`].
    pub fn from_number(processors: f64) -> Option<Self> {
        let allowed = Self::MIN.number()..=Self::MAX.number();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is within the allowed range"
        )]
        allowed.contains(&processors).then(|| Self((processors * 1000.0).round() as u32))
    }

    /// The number of processors.
    pub fn number(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// The CPU time that this share gives in a span of wall time.
    pub fn cpu_time_in(self, wall: Duration) -> Duration {
        wall.saturating_mul(self.0) / 1000
    }

    /// The shortest wall time in which a program with this share can use this much CPU time.
    pub fn wall_time_for(self, cpu: Duration) -> Duration {
        cpu.saturating_mul(1000) / self.0.max(1)
    }
}

impl Default for Cpus {
    /// The share of the student profile.
    fn default() -> Self {
        Self::HALF
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

/// The resources that one run may use.
///
/// All limits are enforced together, on the whole process tree. `sandbox` maps most of them to the cgroup of the run (CPU bandwidth,
/// memory, number of processes), some to rlimits and mount options (file size, open files, stack, disk, inodes), and watches
/// CPU time, wall time and output itself, because the kernel has no exact limit for these.
///
/// The first limit to be exceeded ends the run and becomes its [`Ending`](crate::Ending). Open files and stack have no ending of their
/// own: the program meets them as an `EMFILE` error or a crash.
///
/// A request ([`LimitsRequest`]) replaces single limits of a profile ([`Limits::with`]), and plan and installation bound the result
/// ([`Limits::at_most`]). This happens once, on acceptance: the limits in a stored job are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// CPU time of the whole process tree.
    pub cpu: Duration,
    /// CPU bandwidth of the whole process tree, averaged over scheduling periods.
    #[serde(default)]
    pub cpus: Cpus,
    /// Wall time from start to end.
    pub wall: Duration,
    /// Peak memory of the whole process tree, files in `/tmp` and `/box` included.
    pub memory: Bytes,
    /// Bytes written to stdout, and the same again for stderr.
    pub output: Bytes,
    /// Number of processes and threads at the same time.
    pub processes: u32,
    /// Size of one file.
    pub file_size: Bytes,
    /// Size of `/box`, and separately of `/tmp` and of `/dev/shm`.
    pub disk: Bytes,
    /// Number of files and folders in each of these.
    pub inodes: u64,
    /// Open file descriptors of one process.
    pub open_files: u32,
    /// Stack size of the main thread.
    pub stack: Bytes,
}

impl Limits {
    /// The student profile: the defaults of a run.
    pub const STUDENT: Self = Self {
        cpu: Duration::from_secs(10),
        cpus: Cpus::HALF,
        wall: Duration::from_secs(30),
        memory: Bytes::mib(128),
        output: Bytes::mib(1),
        processes: 50,
        file_size: Bytes::mib(50),
        disk: Bytes::mib(50),
        inodes: 1024,
        open_files: 64,
        stack: Bytes::mib(64),
    };

    /// The wall time limit of a test with this CPU time limit: a program that sleeps or deadlocks ends soon after one that computes.
    /// Every judging component uses this rule, so that a test has the same result everywhere.
    pub fn test_wall_limit(cpu: Duration) -> Duration {
        cpu.saturating_mul(2).saturating_add(Duration::from_secs(1))
    }

    /// These limits with those of the request replaced. Does not bound them; see [`Limits::at_most`].
    #[must_use]
    pub fn with(self, request: &LimitsRequest) -> Self {
        Self {
            cpu: request.cpu.unwrap_or(self.cpu),
            cpus: request.cpus.unwrap_or(self.cpus),
            wall: request.wall.unwrap_or(self.wall),
            memory: request.memory.unwrap_or(self.memory),
            output: request.output.unwrap_or(self.output),
            processes: request.processes.unwrap_or(self.processes),
            ..self
        }
    }

    /// The smaller one of each limit.
    #[must_use]
    pub fn at_most(self, ceiling: &Self) -> Self {
        Self {
            cpu: self.cpu.min(ceiling.cpu),
            cpus: self.cpus.min(ceiling.cpus),
            wall: self.wall.min(ceiling.wall),
            memory: self.memory.min(ceiling.memory),
            output: self.output.min(ceiling.output),
            processes: self.processes.min(ceiling.processes),
            file_size: self.file_size.min(ceiling.file_size),
            disk: self.disk.min(ceiling.disk),
            inodes: self.inodes.min(ceiling.inodes),
            open_files: self.open_files.min(ceiling.open_files),
            stack: self.stack.min(ceiling.stack),
        }
    }
}

/// The limits that a submitter may set; absent ones keep their default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsRequest {
    /// CPU time of the whole process tree.
    pub cpu: Option<Duration>,
    /// CPU bandwidth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<Cpus>,
    /// Wall time.
    pub wall: Option<Duration>,
    /// Peak memory.
    pub memory: Option<Bytes>,
    /// Bytes of stdout, and of stderr.
    pub output: Option<Bytes>,
    /// Processes and threads.
    pub processes: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        for (bytes, text) in
            [(Bytes::mib(128), "128 MiB"), (Bytes::kib(3), "3 KiB"), (Bytes(1500), "1500 bytes")]
        {
            assert_eq!(bytes.to_string(), text);
        }
    }

    #[test]
    fn a_share_of_the_processors_is_a_number_of_them() {
        assert_eq!(Cpus::from_number(0.5), Some(Cpus::HALF));
        assert_eq!(Cpus::from_number(1.0), Some(Cpus::ONE));
        assert_eq!(Cpus::from_number(0.3333), Some(Cpus::thousandths(333)));
        for wrong in [0.0, -1.0, 0.09, 1001.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Cpus::from_number(wrong), None, "{wrong}");
        }
        assert_eq!(Cpus::HALF.to_string(), "0.5");
    }

    #[test]
    fn with_a_share_cpu_time_takes_longer_on_the_clock() {
        assert_eq!(Cpus::HALF.wall_time_for(Duration::from_secs(10)), Duration::from_secs(20));
        assert_eq!(Cpus::HALF.cpu_time_in(Duration::from_secs(20)), Duration::from_secs(10));
        let Limits { cpu, wall, cpus, .. } = Limits::STUDENT;
        assert!(cpus.wall_time_for(cpu) < wall, "a busy loop ends at the CPU limit, not at the wall limit");
    }

    #[test]
    fn limits_of_jobs_that_were_queued_before_there_were_shares_can_be_read() {
        let mut old = serde_json::to_value(Limits::STUDENT).expect("is JSON");
        old.as_object_mut().expect("an object").remove("cpus");
        assert_eq!(serde_json::from_value::<Limits>(old).expect("reads"), Limits::STUDENT);
    }

    #[test]
    fn a_request_replaces_only_its_own_fields() {
        let request = LimitsRequest { processes: Some(3), ..LimitsRequest::default() };
        assert_eq!(Limits::STUDENT.with(&request), Limits { processes: 3, ..Limits::STUDENT });
    }

    #[test]
    fn a_test_may_take_twice_its_cpu_time_on_the_clock_and_a_second() {
        assert_eq!(Limits::test_wall_limit(Duration::from_millis(1500)), Duration::from_secs(4));
        assert_eq!(Limits::test_wall_limit(Duration::MAX), Duration::MAX);
    }

    #[test]
    fn the_smaller_of_two_limits_is_in_force() {
        let ceiling = Limits { memory: Bytes::mib(64), stack: Bytes::mib(512), ..Limits::STUDENT };
        assert_eq!(Limits::STUDENT.at_most(&ceiling), Limits { memory: Bytes::mib(64), ..Limits::STUDENT });
    }
}
