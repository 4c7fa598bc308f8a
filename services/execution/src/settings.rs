//! Settings of the service, with defaults; the values come from the configuration of the server.

use std::time::Duration;

use model::{AddressRule, Bytes, Cpus, FileNameLimits, Limits, PoolKind};
use serde::{Deserialize, Serialize};

use crate::Pools;

/// The settings of the execution service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Limits on the size of submissions and responses.
    pub submissions: SubmissionLimits,
    /// The configured pools.
    pub pools: Pools,
    /// Default limits of a run; a language may override some.
    pub limits: Limits,
    /// Maximum limits that a request may set, by pool.
    pub ceilings: MaxLimits,
    /// Maximum memory of programs of a problem, even if their pool allows less: problems come from the operator.
    pub problem_memory: Bytes,
    /// Maximum output of programs of a problem for each stream, likewise.
    pub problem_output: Bytes,
    /// Memory for all concurrent runs together, and so the maximum of each of them.
    pub memory: Bytes,
    /// Time limit of a job from its start, compiling included.
    pub deadline: Duration,
    /// Maximum time limit of a grading from its start, compiling and all tests included. A smaller problem gets less.
    pub max_grading: Duration,
    /// Waiting jobs of one queue from which submissions are rejected. Keep it below the limit of the broker: jobs that are recorded
    /// while the queue fills up are still enqueued.
    pub max_waiting: u64,
    /// Runs per minute and slot of the workers; more are rejected. 0, the default, disables this limit, and only the queue length
    /// counts.
    pub runs_per_minute_per_slot: u32,
    /// `Retry-After` of a rejection by a full queue.
    pub retry_after: Duration,
    /// Maximum of `?wait=`.
    pub max_wait: Duration,
    /// Interval of polling a job that a request waits for, in case an event is lost.
    pub recheck_interval: Duration,
    /// Retention of results.
    pub retention: Duration,
    /// Retention of the attempt log.
    pub attempt_log: Duration,
    /// Settings of live sessions.
    pub sessions: SessionSettings,
    /// Settings of shared programs.
    pub shares: ShareSettings,
    /// Rules for webhook URLs; `None` if the installation sends no webhooks.
    pub webhooks: Option<WebhookRules>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            submissions: SubmissionLimits::default(),
            pools: Pools::default(),
            limits: Limits::STUDENT,
            ceilings: MaxLimits::default(),
            problem_memory: Bytes::mib(1024),
            problem_output: Bytes::mib(8),
            memory: Bytes(u64::MAX),
            deadline: Duration::from_secs(30),
            max_grading: Duration::from_mins(1),
            max_waiting: 4_900,
            runs_per_minute_per_slot: 0,
            retry_after: Duration::from_secs(5),
            max_wait: Duration::from_mins(1),
            recheck_interval: Duration::from_secs(2),
            retention: Duration::from_hours(7 * 24),
            attempt_log: Duration::from_hours(7 * 24),
            sessions: SessionSettings::default(),
            shares: ShareSettings::default(),
            webhooks: None,
        }
    }
}

/// Settings of shared programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareSettings {
    /// Retention of a share.
    pub retention: Duration,
    /// Bytes of code, files with their names, and input together. A share is one row of the records.
    pub max_bytes: Bytes,
}

impl Default for ShareSettings {
    fn default() -> Self {
        Self { retention: Duration::from_hours(30 * 24), max_bytes: Bytes::kib(256) }
    }
}

/// Limits on the size of submissions and of responses with many results. `/openapi.json` contains them, so a gateway in front of this
/// service needs the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubmissionLimits {
    /// Bytes of the body of a request, whether it has one submission or a batch.
    pub max_body: Bytes,
    /// Submissions of a batch, and ids in a request for many results.
    pub max_batch: usize,
    /// Bytes of an answer with many results; it always has one result.
    pub max_results: Bytes,
    /// Bytes of a program sent as `code`.
    pub max_code: Bytes,
    /// Files of a submission, `code` included.
    pub max_files: usize,
    /// Bytes of each file.
    pub max_file: Bytes,
    /// Length and depth of the names of files.
    pub names: FileNameLimits,
    /// Bytes of a version requirement, which is part of the ticket in the queue. Not configurable.
    pub max_version: Bytes,
    /// Bytes of code, a file or standard input in a job's record; what is larger is an object beside it.
    pub max_inline: Bytes,
    /// Bytes of standard input.
    pub max_stdin: Bytes,
    /// Command-line arguments.
    pub max_args: usize,
    /// Bytes of each argument.
    pub max_arg: Bytes,
    /// Bytes of all arguments together. They go to a sandbox in one message of at most 128 KiB.
    pub max_args_total: Bytes,
}

impl SubmissionLimits {
    /// Maximum of `max_args_total`: room is left in the message for the command and its environment.
    pub const MAX_ARGS_TOTAL: Bytes = Bytes::kib(96);
}

impl Default for SubmissionLimits {
    fn default() -> Self {
        Self {
            max_body: Bytes::mib(4),
            max_batch: 100,
            max_results: Bytes::mib(16),
            max_code: Bytes::kib(256),
            max_files: 20,
            max_file: Bytes::mib(1),
            names: FileNameLimits::default(),
            max_version: Bytes(100),
            max_inline: Bytes::kib(32),
            max_stdin: Bytes::mib(1),
            max_args: 64,
            max_arg: Bytes::kib(4),
            max_args_total: Self::MAX_ARGS_TOTAL,
        }
    }
}

/// Rules for the URLs of webhooks.
#[derive(Debug, Clone)]
pub struct WebhookRules {
    /// Permitted IP addresses. Host names are checked when they are resolved.
    pub addresses: AddressRule,
    /// Whether URLs without TLS are permitted.
    pub plain_http: PlainHttp,
}

/// Whether webhooks may be sent without TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlainHttp {
    /// Permitted.
    Allowed,
    /// Rejected.
    #[default]
    Refused,
}

/// Settings of live sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionSettings {
    /// Maximum wall time of a session; a client may request less.
    pub wall: Duration,
    /// Time without input and output after which a session ends.
    pub idle: Duration,
    /// Maximum number of concurrent sessions of this process, waiting ones included.
    pub max_sessions: usize,
    /// Timeout for the first frame.
    pub start_timeout: Duration,
    /// Maximum input of one frame.
    pub max_input: Bytes,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            wall: Duration::from_mins(10),
            idle: Duration::from_mins(2),
            max_sessions: 4,
            start_timeout: Duration::from_secs(10),
            max_input: Bytes::kib(64),
        }
    }
}

impl Settings {
    /// The settings for a live session, which may last longer.
    pub(crate) fn for_sessions(&self) -> Self {
        let mut settings = self.clone();
        let wall = self.sessions.wall;
        let MaxLimits { container, microvm, trusted } = &mut settings.ceilings;
        for limits in [&mut settings.limits, container, microvm, trusted] {
            limits.wall = wall;
        }
        settings.deadline += wall;
        settings
    }
}

/// Maximum limits of a run, by pool. A higher default of a language is permitted.
#[derive(Debug, Clone, Copy)]
pub struct MaxLimits {
    /// In the container pool.
    pub container: Limits,
    /// In the microvm pool.
    pub microvm: Limits,
    /// In the trusted pool.
    pub trusted: Limits,
}

impl MaxLimits {
    /// The ceilings with this maximum CPU share in the container pool, and multiples of it in the larger pools.
    #[must_use]
    pub fn with_cpus(self, max: Cpus) -> Self {
        let times = |factor| Cpus::thousandths(max.get().saturating_mul(factor)).min(Cpus::MAX);
        Self {
            container: Limits { cpus: max, ..self.container },
            microvm: Limits { cpus: times(2), ..self.microvm },
            trusted: Limits { cpus: times(4), ..self.trusted },
        }
    }

    /// The ceiling of one pool.
    pub const fn of(&self, pool: PoolKind) -> &Limits {
        match pool {
            PoolKind::Container => &self.container,
            PoolKind::Microvm => &self.microvm,
            PoolKind::Trusted => &self.trusted,
        }
    }
}

impl Default for MaxLimits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            container: Limits {
                cpu: seconds(10),
                cpus: Cpus::ONE,
                memory: Bytes::mib(256),
                ..Limits::STUDENT
            },
            microvm: Limits {
                cpu: seconds(30),
                cpus: Cpus::thousandths(2000),
                memory: Bytes::mib(1024),
                ..Limits::STUDENT
            },
            trusted: Limits {
                cpu: seconds(60),
                cpus: Cpus::thousandths(4000),
                wall: seconds(60),
                memory: Bytes::mib(2048),
                ..Limits::STUDENT
            },
        }
    }
}
