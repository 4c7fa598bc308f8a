//! Programs that run: the worker, its sandboxes, live sessions.

use std::{collections::BTreeMap, time::Duration};

use execution::{Pools, SessionSettings, WhenMissing};
use host::CanarySettings;
use model::{Cpus, Limits};

use super::{
    allowed::{IfSet, ZeroOr},
    setting::settings,
};

settings! {
    /// Pools: where jobs run.
    pub(crate) struct PoolsConfig {
        /// What becomes of jobs that are meant for a pool that is not there, such as compiled languages where there is no pool `microvm`:
        /// `substitute` runs them in the next stronger pool that is, else in `container`; `refuse` refuses them.
        missing: WhenMissing = WhenMissing::default();
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
        /// How many programs run at once.
        slots: u32 = host::Settings::default().slots, 1..=1000;
        /// How many seconds after a test run the next one is made; with 0, only the first is.
        canary_seconds: u32 = 30, ..=86_400;
        /// After how many test runs that fail one after another no more jobs are taken, until one passes.
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

/// A day: more is not a session any more.
const LONGEST_SESSION_MS: u64 = 86_400_000;
/// Far more than there are slots for.
const MAX_SESSIONS: usize = 100_000;

settings! {
    /// Live sessions: programs that somebody talks to while they run.
    pub(crate) struct SessionConfig {
        /// How long a session may last, in milliseconds.
        wall_ms: u64 = 600_000, 1..=LONGEST_SESSION_MS;
        /// After how many milliseconds a session ends in which nothing was typed and nothing written.
        idle_ms: u64 = 120_000, 1..=LONGEST_SESSION_MS;
        /// How many sessions there may be at once, those that wait for a slot included. Left out, half as many as there are slots, so
        /// that people who think do not keep programs waiting that do not.
        #[former = "most"]
        max: Option<usize> = None, IfSet(..=MAX_SESSIONS);
    }
}

impl SessionConfig {
    /// How long a session may last.
    pub(crate) const fn wall(&self) -> Duration {
        Duration::from_millis(self.wall_ms)
    }

    /// What the service is told, with this many slots.
    pub(crate) fn settings(&self, slots: u32) -> SessionSettings {
        SessionSettings {
            wall: self.wall(),
            idle: Duration::from_millis(self.idle_ms),
            most: self.max.unwrap_or_else(|| slots.div_ceil(2) as usize),
            ..SessionSettings::default()
        }
    }
}

/// Those below are the system's own, root among them. Above there must be room for two for each slot, and for those of programs
/// beside a server.
const LAST_FIRST_ID: u32 = 4_000_000_000;
/// Nobody has more.
const MAX_MEMORY_MIB: u64 = 16 * 1024 * 1024;

settings! {
    /// Sandboxes, in which programs run.
    pub(crate) struct SandboxConfig {
        /// The first of the uids and gids that sandboxes use when the server is root: two for each slot.
        first_id: u32 = host::Settings::default().first_id, 1000..=LAST_FIRST_ID;
        /// How many sandboxes are made ahead, by the language whose runtime waits in them, or `any` for sandboxes that wait for any program.
        /// Each takes some memory. Left out, all slots have one, many of them with the languages that most people learn.
        warm: Option<BTreeMap<String, u32>> = None;
        /// How much memory they may take while they wait, in mebibytes, as far as that is known ahead; fewer are made where that is not
        /// enough for all.
        warm_memory_mib: u32 = 256;
        /// How much memory all programs that run at once may use together, by their limits, in mebibytes: whoever asks for more than is
        /// left waits. With 0, what the machine or the server's own group has, without what the server needs itself.
        memory_mib: u64 = 0, ZeroOr(32..=MAX_MEMORY_MIB);
        /// How fast a program may use its CPU time where its language and the request say nothing: a number of processors. What is judged
        /// has one.
        cpus: Cpus = Limits::STUDENT.cpus;
        /// The most processors that a request may ask for; in the pool `microvm` twice that, where there is one.
        #[former = "most_cpus"]
        max_cpus: Cpus = Cpus::ONE;
        /// After how many seconds a launcher is given up that does not do what it is asked: it starts sandboxes, and a kernel that does not
        /// do so any more keeps it waiting for ever.
        answer_seconds: u32 = 20, 1..=3600;
    }
}
