//! What an installation allows. Defaults here, values from its configuration.

use std::time::Duration;

use model::{AddressRule, Bytes, Cpus, FileNameLimits, Limits, PoolKind};
use serde::{Deserialize, Serialize};

use crate::Pools;

/// The settings of the execution service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How large submissions and answers may be.
    pub submissions: SubmissionLimits,
    /// The pools that this installation has.
    pub pools: Pools,
    /// The limits of a run that names none; a language may replace some.
    pub limits: Limits,
    /// The most that a run may ask for, by pool.
    pub ceilings: Ceilings,
    /// The most memory that a problem's programs get, where their pool allows less: problems come from whoever runs the server.
    pub problem_memory: Bytes,
    /// The most that they may write to each stream, likewise.
    pub problem_output: Bytes,
    /// As much memory as all runs have together: none can have more, whatever its pool allows or its language needs.
    pub memory: Bytes,
    /// How long a whole job may take once started, compiling included.
    pub deadline: Duration,
    /// How long a grading may take once started, compiling and all tests included. A problem with less to do gets less.
    pub longest_grading: Duration,
    /// How many jobs may wait before submissions are refused. Keep it below what the broker refuses at: a job recorded
    /// while the queue filled up needs room there.
    pub most_waiting: u64,
    /// How many runs a minute each slot of the workers is for: with so many times the slots, submissions are refused until the
    /// minute is over. With 0, which is usual, the depth of the queue alone tells whether there is room.
    pub runs_per_minute_per_slot: u32,
    /// After how long a client that met a full queue should try again.
    pub retry_after: Duration,
    /// How long a client may ask to wait for a result.
    pub longest_wait: Duration,
    /// How often the record of a job that somebody waits for is read again, in case an event was lost.
    pub recheck: Duration,
    /// How long results are kept.
    pub retention: Duration,
    /// How long the log of attempts is kept.
    pub attempt_log: Duration,
    /// What holds for live sessions.
    pub sessions: SessionSettings,
    /// Whom clients may have told of the end of their jobs; nobody, where the installation sends no webhooks.
    pub webhooks: Option<WebhookRules>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            submissions: SubmissionLimits::default(),
            pools: Pools::default(),
            limits: Limits::STUDENT,
            ceilings: Ceilings::default(),
            problem_memory: Bytes::mib(1024),
            problem_output: Bytes::mib(8),
            memory: Bytes(u64::MAX),
            deadline: Duration::from_secs(30),
            longest_grading: Duration::from_mins(1),
            most_waiting: 4_900,
            runs_per_minute_per_slot: 0,
            retry_after: Duration::from_secs(5),
            longest_wait: Duration::from_mins(1),
            recheck: Duration::from_secs(2),
            retention: Duration::from_hours(7 * 24),
            attempt_log: Duration::from_hours(7 * 24),
            sessions: SessionSettings::default(),
            webhooks: None,
        }
    }
}

/// How large submissions may be, and answers with many results. `/openapi.json` describes requests by these limits, so a gateway
/// before this service needs the same.
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
    /// Bytes of the text of a version requirement, which is kept in the queue. This is no setting.
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

/// Which addresses webhooks may have.
#[derive(Debug, Clone)]
pub struct WebhookRules {
    /// Addresses that are no names must be among these.
    pub addresses: AddressRule,
    /// Whether they may begin with `http://`.
    pub plain_http: PlainHttp,
}

/// Whether something may be sent without TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlainHttp {
    /// It may.
    Allowed,
    /// It may not.
    #[default]
    Refused,
}

/// What an installation allows of live sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionSettings {
    /// How long a session may last on the clock; a client may ask for less.
    pub wall: Duration,
    /// How long nothing may be typed and nothing written.
    pub idle: Duration,
    /// How many there may be at once on this server, those that wait for their turn included.
    pub most: usize,
    /// How long a client may take to say what to run.
    pub patience: Duration,
    /// How much may be typed in one frame.
    pub frame: Bytes,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            wall: Duration::from_mins(10),
            idle: Duration::from_mins(2),
            most: 4,
            patience: Duration::from_secs(10),
            frame: Bytes::kib(64),
        }
    }
}

impl Settings {
    /// The same for a live session, which may last longer.
    pub(crate) fn for_sessions(&self) -> Self {
        let mut settings = self.clone();
        let wall = self.sessions.wall;
        let Ceilings { container, microvm, trusted } = &mut settings.ceilings;
        for limits in [&mut settings.limits, container, microvm, trusted] {
            limits.wall = wall;
        }
        settings.deadline += wall;
        settings
    }
}

/// The most that a run may ask for, by pool. A language whose own default is higher may have that.
#[derive(Debug, Clone, Copy)]
pub struct Ceilings {
    /// In the container pool.
    pub container: Limits,
    /// In the microvm pool.
    pub microvm: Limits,
    /// In the trusted pool.
    pub trusted: Limits,
}

impl Ceilings {
    /// The same, where a run may ask for so much of the processors: in the pools where there is more room, for more.
    #[must_use]
    pub fn with_cpus(self, most: Cpus) -> Self {
        let times = |factor| Cpus::thousandths(most.get().saturating_mul(factor)).min(Cpus::MAX);
        Self {
            container: Limits { cpus: most, ..self.container },
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

impl Default for Ceilings {
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
