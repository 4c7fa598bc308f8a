//! `[pools]`, `[worker]`, `[session]`, `[sandbox]`: programs that run.

use std::{collections::BTreeMap, time::Duration};

use execution::{MissingPoolPolicy, Pools, SessionSettings};
use host::CanarySettings;
use model::{Cpus, Limits};

use super::{
    allowed::{Optional, OrZero},
    setting::settings,
};

settings! {
    /// Pools: where jobs run.
    pub(crate) struct PoolsConfig {
        /// Treatment of jobs for a pool that does not exist, such as compiled languages without a pool `microvm`: `substitute`
        /// runs them in the next stronger existing pool, else in `container`; `refuse` refuses them.
        missing: MissingPoolPolicy = MissingPoolPolicy::default();
    }
}

impl PoolsConfig {
    pub(crate) fn pools(&self) -> Pools {
        Pools { missing: self.missing, ..Pools::default() }
    }
}

settings! {
    /// The worker, which runs programs.
    pub(crate) struct WorkerConfig {
        /// Number of programs that run at once.
        slots: u32 = host::Settings::default().slots, 1..=1000;
        /// Time between two canary runs, in seconds; with 0, only the first is made.
        canary_seconds: u32 = 30, ..=86_400;
        /// Number of canary failures in a row after which no more jobs are claimed, until one passes.
        canary_failures: u32 = 2, 1..=100;
    }
}

impl WorkerConfig {
    /// The settings of the canary.
    pub(crate) fn canary(&self) -> CanarySettings {
        let seconds = Some(self.canary_seconds).filter(|seconds| *seconds > 0);
        CanarySettings {
            interval: seconds.map(|seconds| Duration::from_secs(seconds.into())),
            failures: self.canary_failures,
        }
    }
}

/// One day, far beyond any interactive session.
const LONGEST_SESSION_MS: u64 = 86_400_000;
/// Far more than there are slots for.
const MAX_SESSIONS: u32 = 100_000;

settings! {
    /// Live sessions: programs with a client connected while they run.
    pub(crate) struct SessionConfig {
        /// Maximum duration of a session, in milliseconds.
        wall_ms: u64 = 600_000, 1..=LONGEST_SESSION_MS;
        /// Maximum time of a session without input and output, in milliseconds.
        idle_ms: u64 = 120_000, 1..=LONGEST_SESSION_MS;
        /// Maximum number of sessions at once. By default one for every 16 MiB of `waiting_memory_mib`, 64 at most, and half
        /// of the slots, which is how many of them run at once: one whose program waits for input takes no slot.
        #[former = "most"]
        max: Option<u32> = None, Optional(..=MAX_SESSIONS);
        /// Memory for sessions whose programs wait for input, in mebibytes, counted by what they use. If it is not enough, a
        /// session keeps its slot while it waits. By default a quarter of the memory for programs.
        waiting_memory_mib: Option<u64> = None, Optional(..=MAX_MEMORY_MIB);
    }
}

impl SessionConfig {
    /// Maximum duration of a session.
    pub(crate) const fn wall(&self) -> Duration {
        Duration::from_millis(self.wall_ms)
    }

    /// What the service is told, where there may be this many sessions.
    pub(crate) fn settings(&self, sessions: u32) -> SessionSettings {
        SessionSettings {
            wall: self.wall(),
            idle: Duration::from_millis(self.idle_ms),
            max_sessions: usize::try_from(sessions).unwrap_or(usize::MAX),
            ..SessionSettings::default()
        }
    }
}

/// Highest value of the first id. The range above it must hold two ids per slot, and the ids of commands that run beside a
/// server. Ids below 1000 belong to the system.
const LAST_FIRST_ID: u32 = 4_000_000_000;
/// More than any machine has.
const MAX_MEMORY_MIB: u64 = 16 * 1024 * 1024;

settings! {
    /// Sandboxes, in which programs run.
    pub(crate) struct SandboxConfig {
        /// The first of the uids and gids that sandboxes use when the server is root: two for each slot.
        first_id: u32 = host::Settings::default().first_id, 1000..=LAST_FIRST_ID;
        /// Number of prepared sandboxes, by the language whose runtime waits in them, or `any` for sandboxes for any program.
        /// Each takes some memory. By default all slots have one, many of them with the languages that most people learn.
        warm: Option<BTreeMap<String, u32>> = None;
        /// Memory that prepared sandboxes may take, in mebibytes, as far as that is known in advance; if it is not enough for
        /// all, fewer are prepared.
        warm_memory_mib: u32 = 256;
        /// Maximum sum of the memory limits of all running programs, in mebibytes: a program that does not fit waits. With 0, the
        /// memory of the machine or of the server's own cgroup, less the memory of the server itself.
        memory_mib: u64 = 0, OrZero(32..=MAX_MEMORY_MIB);
        /// Default rate at which a program may use CPU time, as a number of processors. A judged program has one.
        cpus: Cpus = Limits::STUDENT.cpus;
        /// Maximum number of processors that a request may ask for; in the pool `microvm`, if it exists, twice that.
        #[former = "most_cpus"]
        max_cpus: Cpus = Cpus::ONE;
        /// Time limit for a launcher to answer a command, in seconds; then it is given up. A launcher starts sandboxes, and a
        /// kernel that starts none any more blocks it for ever.
        answer_seconds: u32 = 20, 1..=3600;
    }
}
