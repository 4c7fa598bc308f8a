//! The configuration: defaults, a file, the environment, flags; each later one wins.

mod connections;
mod engines;
mod gateway;
mod traffic;
mod validators;

use std::{
    collections::BTreeMap, net::SocketAddr, ops::RangeInclusive, path::PathBuf, process::ExitCode,
    str::FromStr, time::Duration,
};

use ::traffic::Plans;
use anyhow::Context;
use config::{Environment, File, FileFormat};
use execution::{Pools, SessionSettings, WhenMissing};
use model::{ArtifactLimits, Bytes, Cpus, Limits};
use sandbox::PoolSettings;
use serde::{Deserialize, Serialize};
use worker::{Exclusion, ShelfSettings, WorkerSettings};

pub(crate) use self::{
    connections::ConnectionsConfig,
    engines::{BrokerConfig, Engines, RecordsConfig, SecretUrl},
    gateway::GatewayConfig,
    traffic::{BreakerConfig, TrafficConfig},
    validators::ValidatorsConfig,
};
use crate::{
    cli::{ConfigArgs, ServeArgs},
    roles::Roles,
};

/// Every setting of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// What this process does of all that a server does: `gateway`, `execution`, `problems`, `worker`.
    pub roles: Roles,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where metrics and health for machines are; never reachable from outside.
    pub admin_listen: SocketAddr,
    /// The folder of records and queue.
    pub data: PathBuf,
    /// Whether limits on how much may come are in force.
    pub limits: Throttle,
    /// How many jobs may wait before submissions are refused.
    pub most_waiting: u64,
    /// How many seconds a shutdown waits for what runs.
    pub drain_seconds: u64,
    /// Origins whose pages may use the API from a browser.
    pub cors_origins: Vec<String>,
    /// The way in.
    pub gateway: GatewayConfig,
    /// The connections of clients.
    pub connections: ConnectionsConfig,
    /// The queue.
    pub broker: BrokerConfig,
    /// The records.
    pub records: RecordsConfig,
    /// Where jobs run.
    pub pools: PoolsConfig,
    /// How much may come.
    pub traffic: TrafficConfig,
    /// When what fails is left alone.
    pub breaker: BreakerConfig,
    /// How much whom is allowed, by the names of plans.
    pub plans: Plans,
    /// The worker.
    pub worker: WorkerConfig,
    /// Live sessions.
    pub session: SessionConfig,
    /// The sandboxes.
    pub sandbox: SandboxConfig,
    /// What compilers made, kept for when the same program comes again.
    pub compile_cache: CompileCacheConfig,
    /// The files that programs leave behind.
    pub artifacts: ArtifactsConfig,
    /// Where those files are kept.
    pub objects: ObjectsConfig,
    /// The problems.
    pub content: ContentConfig,
    /// Judging by them.
    pub grading: GradingConfig,
    /// Results.
    pub results: ResultsConfig,
    /// The languages.
    pub languages: LanguagesConfig,
    /// The log.
    pub log: LogConfig,
}

/// `[pools]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PoolsConfig {
    /// What becomes of jobs that are meant for a pool that is not there, such as compiled languages where there is no pool
    /// `microvm`: `substitute` runs them in the next stronger pool that is, else in `container`; `refuse` refuses them.
    pub missing: WhenMissing,
}

impl PoolsConfig {
    pub(crate) fn pools(&self) -> Pools {
        Pools { missing: self.missing, ..Pools::default() }
    }
}

/// `[worker]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WorkerConfig {
    /// How many programs run at once.
    pub slots: u32,
    /// How many seconds after a test run the next one is made; with 0, none is but the first.
    pub canary_seconds: u32,
    /// After how many test runs that fail one after another no more jobs are taken, until one passes.
    pub canary_failures: u32,
}

/// `[session]`: programs that somebody talks to while they run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SessionConfig {
    /// How long a session may last, in milliseconds.
    pub wall_ms: u64,
    /// How long nothing may be typed and nothing written, in milliseconds.
    pub idle_ms: u64,
    /// How many there may be at once, those that wait for a slot included. Left out, half as many as there are slots, so
    /// that people who think do not keep programs waiting that do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<usize>,
}

/// `[sandbox]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SandboxConfig {
    /// The first of the uids and gids that sandboxes use when the server is root: two for each slot.
    pub first_id: u32,
    /// How many sandboxes are made ahead, by the language whose runtime waits in them, or `any` for sandboxes that wait
    /// for any program: `{ python = 3, any = 5 }`. Each takes some memory. Left out, all slots have one, many of them
    /// with the languages that most people learn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm: Option<BTreeMap<String, u32>>,
    /// How much memory they may take while they wait, in mebibytes, as far as that is known ahead; fewer are made where that
    /// is not enough for all.
    pub warm_memory_mib: u32,
    /// How much memory all programs that run at once may use together, by their limits, in mebibytes: whoever asks for more
    /// than is left waits. With 0, what the machine or the server's own group has, without what the server needs itself.
    pub memory_mib: u64,
    /// How fast a program may use its CPU time where its language and the request say nothing: a number of processors. What is
    /// judged has one.
    pub cpus: Cpus,
    /// The most processors that a request may ask for; in the pool `microvm` twice that, where there is one.
    pub most_cpus: Cpus,
    /// After how many seconds a launcher is given up that does not do what it is asked: it starts sandboxes, and a kernel that does
    /// not do so any more keeps it waiting for ever.
    pub answer_seconds: u32,
}

/// `[compile_cache]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CompileCacheConfig {
    /// How much memory it may take, in bytes; with 0 there is none.
    pub bytes: u64,
    /// How much of that one compilation may take; what is larger is not kept.
    pub entry_bytes: u64,
}

/// `[artifacts]`: how much is kept of what a program leaves behind, where that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "as all settings of how much there may be are called")]
pub(crate) struct ArtifactsConfig {
    /// How many files.
    pub most_files: u32,
    /// How many bytes of each; a larger one is left out.
    pub most_bytes_each: u64,
    /// How many bytes of all together.
    pub most_bytes: u64,
}

impl ArtifactsConfig {
    pub(crate) const fn limits(&self) -> ArtifactLimits {
        ArtifactLimits {
            most_files: self.most_files,
            most_bytes_each: Bytes(self.most_bytes_each),
            most_bytes: Bytes(self.most_bytes),
        }
    }
}

/// `[objects]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ObjectsConfig {
    /// Where files are kept: `file://` and a folder from the root on, or `s3://bucket/prefix` with the usual `AWS_` variables.
    /// Left out, `objects` in the data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `[content]`: the problems that programs can be judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ContentConfig {
    /// The folder of problem packages. Left out, `content` in the folder that the server is started in, if that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How many packages are read.
    pub most_problems: usize,
    /// How many tests each may have.
    pub most_tests: usize,
    /// How many bytes the tests of each may take, large data not counted, which is kept apart.
    pub suite_bytes: u64,
    /// The CPU time of a test, in milliseconds, where the package does not fix it.
    pub time_limit_ms: u64,
}

impl Default for ContentConfig {
    fn default() -> Self {
        let problems::Settings { problems, tests, suite, time_limit, caps: _ } =
            problems::Settings::default();
        Self {
            folder: None,
            most_problems: problems,
            most_tests: tests,
            suite_bytes: suite.get(),
            time_limit_ms: u64::try_from(time_limit.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl ContentConfig {
    /// As many results as a record should have.
    const MOST_TESTS: usize = 100_000;
    /// What is in memory of each suite that is judged by.
    const SUITE_BYTES: u64 = 1024 * 1024 * 1024;

    fn check(&self) -> anyhow::Result<()> {
        let most = Self::MOST_TESTS;
        anyhow::ensure!(
            (1..=most).contains(&self.most_tests),
            "content.most_tests must be between 1 and {most}"
        );
        let most = Self::SUITE_BYTES;
        anyhow::ensure!(self.suite_bytes <= most, "content.suite_bytes must be at most {most}");
        anyhow::ensure!(
            (1..=3_600_000).contains(&self.time_limit_ms),
            "content.time_limit_ms must be between 1 and 3600000"
        );
        Ok(())
    }

    /// Where the packages are, if there are any.
    pub(crate) fn place(&self) -> Option<PathBuf> {
        let usual = || Some(PathBuf::from("content")).filter(|folder| folder.is_dir());
        self.folder.clone().or_else(usual)
    }

    /// What the service is told.
    pub(crate) fn settings(&self) -> problems::Settings {
        problems::Settings {
            problems: self.most_problems,
            tests: self.most_tests,
            suite: Bytes(self.suite_bytes),
            time_limit: Duration::from_millis(self.time_limit_ms),
            ..problems::Settings::default()
        }
    }
}

/// `[grading]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GradingConfig {
    /// How many seconds a grading may take, compiling and all tests included.
    pub most_seconds: u64,
    /// How much memory the tests of problems may take that are kept for when the next submission comes, in bytes.
    pub suites_bytes: u64,
    /// How much room in the data folder the large data of tests may take that is kept for the same, in bytes.
    pub data_bytes: u64,
    /// How many bytes of inputs, answers and outputs are kept with a result.
    pub shown_bytes: u64,
    /// Whether a program runs beside no other of this process's while it is given the input of a hidden test: programs that run
    /// at once can tell each other what they were given.
    pub hidden_tests_alone: bool,
    /// The programs of problems that judge.
    pub validators: ValidatorsConfig,
}

impl Default for GradingConfig {
    fn default() -> Self {
        let ShelfSettings { suites, data } = ShelfSettings::default();
        Self {
            most_seconds: execution::Settings::default().longest_grading.as_secs(),
            suites_bytes: suites.get(),
            data_bytes: data.get(),
            shown_bytes: WorkerSettings::MOST_SHOWN.get(),
            hidden_tests_alone: false,
            validators: ValidatorsConfig::default(),
        }
    }
}

impl GradingConfig {
    /// A day: nobody waits for that.
    const MOST_SECONDS: u64 = 86_400;
    /// Far more than a record should have.
    const SHOWN_BYTES: u64 = 256 * 1024 * 1024;

    fn check(&self) -> anyhow::Result<()> {
        let most = Self::MOST_SECONDS;
        anyhow::ensure!(
            (1..=most).contains(&self.most_seconds),
            "grading.most_seconds must be between 1 and {most}"
        );
        let most = Self::SHOWN_BYTES;
        anyhow::ensure!(self.shown_bytes <= most, "grading.shown_bytes must be at most {most}");
        self.validators.check()
    }

    /// How long a grading may take.
    pub(crate) const fn longest(&self) -> Duration {
        Duration::from_secs(self.most_seconds)
    }

    /// What programs take turns by.
    pub(crate) fn exclusion(&self) -> Exclusion {
        if self.hidden_tests_alone { Exclusion::in_force() } else { Exclusion::default() }
    }

    /// What is kept of what is judged by.
    pub(crate) const fn shelf(&self) -> ShelfSettings {
        ShelfSettings { suites: Bytes(self.suites_bytes), data: Bytes(self.data_bytes) }
    }
}

/// `[results]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ResultsConfig {
    /// How many days a result is kept after its job has ended, and the job's files with it.
    pub keep_days: u32,
    /// How many days it is kept who made which attempt at a job, and when.
    pub attempt_log_days: u32,
}

impl ResultsConfig {
    pub(crate) const fn keep(&self) -> Duration {
        Duration::from_hours(24 * self.keep_days as u64)
    }

    pub(crate) const fn keep_attempts(&self) -> Duration {
        Duration::from_hours(24 * self.attempt_log_days as u64)
    }
}

/// `[languages]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LanguagesConfig {
    /// A folder with more language files; one of the same name replaces a built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Whether a server that starts makes what compilers and runtimes can have made for them once, as the language files
    /// say; it takes some seconds at the first start, and is kept in the data folder.
    pub prepare: bool,
}

impl Default for LanguagesConfig {
    fn default() -> Self {
        Self { folder: None, prepare: true }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    /// For people or for machines.
    pub format: LogFormat,
    /// What is logged, as in `tracing`'s filters: `info`, `warn,worker=debug`.
    pub filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// An object a line.
    Json,
}

/// Whether limits on how much may come are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Throttle {
    /// They are.
    On,
    /// They are not.
    Off,
}

impl FromStr for Throttle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("say on or off".to_owned()),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            roles: Roles::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 9090)),
            data: "data".into(),
            limits: Throttle::On,
            most_waiting: 5_000,
            drain_seconds: 30,
            cors_origins: Vec::new(),
            gateway: GatewayConfig::default(),
            connections: ConnectionsConfig::default(),
            broker: BrokerConfig::default(),
            records: RecordsConfig::default(),
            pools: PoolsConfig::default(),
            traffic: TrafficConfig::default(),
            breaker: BreakerConfig::default(),
            plans: Plans::default(),
            worker: WorkerConfig::default(),
            session: SessionConfig::default(),
            sandbox: SandboxConfig::default(),
            compile_cache: CompileCacheConfig::default(),
            artifacts: ArtifactsConfig::default(),
            objects: ObjectsConfig::default(),
            content: ContentConfig::default(),
            grading: GradingConfig::default(),
            results: ResultsConfig::default(),
            languages: LanguagesConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { slots: 8, canary_seconds: 30, canary_failures: 2 }
    }
}

impl WorkerConfig {
    /// A day: who wants fewer wants none.
    const LONGEST_CANARY: u32 = 86_400;
    const MOST_FAILURES: RangeInclusive<u32> = 1..=100;

    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.canary_seconds <= Self::LONGEST_CANARY,
            "worker.canary_seconds must be at most {}, or 0 for none",
            Self::LONGEST_CANARY
        );
        anyhow::ensure!(
            Self::MOST_FAILURES.contains(&self.canary_failures),
            "worker.canary_failures must be between {} and {}",
            Self::MOST_FAILURES.start(),
            Self::MOST_FAILURES.end()
        );
        Ok(())
    }
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self { wall_ms: 600_000, idle_ms: 120_000, most: None }
    }
}

impl SessionConfig {
    /// A day: more is not a session any more.
    const LONGEST_MS: u64 = 86_400_000;
    /// Far more than there are slots for.
    const MOST: usize = 100_000;

    fn check(&self) -> anyhow::Result<()> {
        for (name, value) in [("wall_ms", self.wall_ms), ("idle_ms", self.idle_ms)] {
            let allowed = 1..=Self::LONGEST_MS;
            anyhow::ensure!(
                allowed.contains(&value),
                "session.{name} must be between 1 and {}",
                Self::LONGEST_MS
            );
        }
        anyhow::ensure!(
            self.most.is_none_or(|most| most <= Self::MOST),
            "session.most must be at most {}",
            Self::MOST
        );
        Ok(())
    }

    /// How long a session may last.
    pub(crate) const fn wall(&self) -> Duration {
        Duration::from_millis(self.wall_ms)
    }

    /// What the service is told, with this many slots.
    pub(crate) fn settings(&self, slots: u32) -> SessionSettings {
        SessionSettings {
            wall: self.wall(),
            idle: Duration::from_millis(self.idle_ms),
            most: self.most.unwrap_or_else(|| slots.div_ceil(2) as usize),
            ..SessionSettings::default()
        }
    }
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            first_id: PoolSettings::DEFAULT_FIRST_ID,
            warm: None,
            warm_memory_mib: 256,
            memory_mib: 0,
            cpus: Limits::STUDENT.cpus,
            most_cpus: Cpus::ONE,
            answer_seconds: 20,
        }
    }
}

impl SandboxConfig {
    /// Those below are the system's own, root among them. Above there must be room for two for each slot, and for those of
    /// programs beside a server.
    const FIRST_IDS: RangeInclusive<u32> = 1000..=4_000_000_000;
    /// As many as there may be slots.
    const MOST_WARM: u32 = 1000;
    /// Less is no use to most runtimes, and nobody has more.
    const MEMORIES_MIB: RangeInclusive<u64> = 32..=16 * 1024 * 1024;
    /// Sandboxes are made in milliseconds, and runtimes started ahead in a second, but not on a busy machine.
    const ANSWERS_SECONDS: RangeInclusive<u32> = 1..=3600;

    /// How long a launcher may take for what it is asked.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.answer_seconds.into())
    }

    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            Self::FIRST_IDS.contains(&self.first_id),
            "sandbox.first_id must be between {} and {}",
            Self::FIRST_IDS.start(),
            Self::FIRST_IDS.end()
        );
        anyhow::ensure!(
            self.memory_mib == 0 || Self::MEMORIES_MIB.contains(&self.memory_mib),
            "sandbox.memory_mib must be between {} and {}, or 0 to have it worked out",
            Self::MEMORIES_MIB.start(),
            Self::MEMORIES_MIB.end()
        );
        anyhow::ensure!(
            self.cpus <= self.most_cpus,
            "sandbox.cpus must be at most sandbox.most_cpus, which is {}",
            self.most_cpus
        );
        anyhow::ensure!(
            Self::ANSWERS_SECONDS.contains(&self.answer_seconds),
            "sandbox.answer_seconds must be between {} and {}",
            Self::ANSWERS_SECONDS.start(),
            Self::ANSWERS_SECONDS.end()
        );
        for (kind, count) in self.warm.iter().flatten() {
            let most = Self::MOST_WARM;
            anyhow::ensure!(
                *count <= most,
                "sandbox.warm must be at most {most} of a kind; {kind} has {count}"
            );
        }
        Ok(())
    }
}

impl Default for CompileCacheConfig {
    fn default() -> Self {
        Self { bytes: 256 * 1024 * 1024, entry_bytes: 32 * 1024 * 1024 }
    }
}

impl Default for ArtifactsConfig {
    fn default() -> Self {
        let ArtifactLimits { most_files, most_bytes_each, most_bytes } = ArtifactLimits::default();
        Self { most_files, most_bytes_each: most_bytes_each.get(), most_bytes: most_bytes.get() }
    }
}

impl Default for ResultsConfig {
    fn default() -> Self {
        Self { keep_days: 7, attempt_log_days: 7 }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        // The sandboxes are part of this program and say little; other people's crates are heard when they warn.
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

impl Config {
    /// The configuration of these sources. In the environment, `CODERUNNER_WORKER__SLOTS=4` sets `slots` of `[worker]`.
    pub(crate) fn load(args: &ConfigArgs) -> anyhow::Result<Self> {
        let mut builder = config::Config::builder();
        if let Some(file) = &args.config {
            let cannot = || format!("the configuration file {} cannot be read", file.display());
            let text = package::regular::read_to_string(file).with_context(cannot)?;
            builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        }
        let environment =
            Environment::with_prefix("CODERUNNER").prefix_separator("_").separator("__").try_parsing(true);
        // Where this file is, is not in it.
        let variables = std::env::vars().filter(|(name, _)| name != "CODERUNNER_CONFIG").collect();
        builder
            .add_source(environment.source(Some(variables)))
            .build()
            .and_then(config::Config::try_deserialize::<Self>)
            .context("the configuration is not valid")
            .and_then(Self::checked)
    }

    /// What a program leaves behind is in memory on its way out, once for each slot.
    fn checked(self) -> anyhow::Result<Self> {
        const MOST_BYTES: u64 = 1024 * 1024 * 1024;
        anyhow::ensure!(self.artifacts.most_files <= 1000, "artifacts.most_files must be at most 1000");
        anyhow::ensure!(
            self.artifacts.most_bytes <= MOST_BYTES,
            "artifacts.most_bytes must be at most {MOST_BYTES}"
        );
        self.gateway.check()?;
        self.connections.check()?;
        self.check_traffic()?;
        self.worker.check()?;
        self.session.check()?;
        self.sandbox.check()?;
        self.content.check()?;
        self.grading.check()?;
        Ok(self)
    }

    /// The same, with the flags of `serve` on top.
    pub(crate) fn for_serving(args: &ServeArgs) -> anyhow::Result<Self> {
        let mut config = Self::load(&args.config)?;
        config.roles = args.roles.clone().unwrap_or(config.roles);
        config.listen = args.listen.unwrap_or(config.listen);
        config.admin_listen = args.admin_listen.unwrap_or(config.admin_listen);
        config.data = args.data.clone().unwrap_or(config.data);
        config.content.folder = args.content.clone().or(config.content.folder);
        config.limits = args.limits.unwrap_or(config.limits);
        config.worker.slots = args.slots.unwrap_or(config.worker.slots);
        config.check_upstreams()?;
        config.check_engines()?;
        anyhow::ensure!((1..=1000).contains(&config.worker.slots), "worker.slots must be between 1 and 1000");
        anyhow::ensure!(config.most_waiting >= 100, "most_waiting must be at least 100");
        anyhow::ensure!(
            (1..=36_500).contains(&config.results.keep_days),
            "results.keep_days must be between 1 and 36500"
        );
        anyhow::ensure!(
            (1..=36_500).contains(&config.results.attempt_log_days),
            "results.attempt_log_days must be between 1 and 36500"
        );
        Ok(config)
    }
}

/// `coderunner config`
pub(crate) fn command(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    print!("{}", toml::to_string_pretty(&Config::load(args)?)?);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_config_prints_is_a_configuration_file() {
        let printed = toml::to_string_pretty(&Config::default()).expect("prints");
        assert_eq!(toml::from_str::<Config>(&printed).expect("reads back"), Config::default());
    }

    #[test]
    fn sessions_leave_half_of_the_slots_to_others_unless_told_otherwise() {
        let most = |text: &str, slots| {
            let config: Config = toml::from_str(text).expect("a configuration");
            config.session.settings(slots).most
        };
        assert_eq!([1, 2, 7, 8].map(|slots| most("", slots)), [1, 1, 4, 4]);
        assert_eq!(most("[session]\nmost = 9", 2), 9);
        assert_eq!(most("[session]\nmost = 0", 2), 0, "none at all");
    }

    #[test]
    fn a_session_lasts_within_reason() {
        let check = |text: &str| {
            let config: Config = toml::from_str(text).expect("a configuration");
            config.session.check().map_err(|error| error.to_string())
        };
        assert_eq!(check("[session]\nwall_ms = 1\nidle_ms = 86400000"), Ok(()));
        let error = check("[session]\nidle_ms = 0").expect_err("no time at all");
        assert!(error.contains("session.idle_ms must be between 1 and"), "{error}");
        assert!(check("[session]\nwall_ms = 86400001").is_err());
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let error = toml::from_str::<Config>("[worker]\nslot = 3").expect_err("no such setting");
        assert!(error.to_string().contains("unknown field `slot`"), "{error}");
    }

    #[test]
    fn more_files_than_memory_has_room_for_are_refused_by_name() {
        for (text, setting) in [
            ("[artifacts]\nmost_files = 1001", "artifacts.most_files"),
            ("[artifacts]\nmost_bytes = 1073741825", "artifacts.most_bytes"),
        ] {
            let config: Config = toml::from_str(text).expect("reads");
            let error = config.checked().expect_err(text);
            assert!(error.to_string().contains(setting), "{error}");
        }
        assert!(Config::default().checked().is_ok());
    }

    fn refused(text: &str, setting: &str) {
        let config: Config = toml::from_str(text).expect("reads");
        let error = config.checked().expect_err(text);
        assert!(error.to_string().starts_with(setting), "{error}");
    }

    #[test]
    fn ids_of_sandboxes_went_beyond_the_last_id_or_were_those_of_root() {
        refused("[sandbox]\nfirst_id = 4294967295", "sandbox.first_id must be");
        refused("[sandbox]\nfirst_id = 0", "sandbox.first_id must be");
    }

    #[test]
    fn a_canary_that_never_sings_or_never_counts_is_refused_by_name() {
        refused("[worker]\ncanary_seconds = 86401", "worker.canary_seconds must be");
        refused("[worker]\ncanary_failures = 0", "worker.canary_failures must be");
    }

    #[test]
    fn memory_that_runs_nothing_or_that_nobody_has_is_refused_by_name() {
        refused("[sandbox]\nmemory_mib = 31", "sandbox.memory_mib must be");
        refused("[sandbox]\nmemory_mib = 9223372036854775807", "sandbox.memory_mib must be");
    }

    #[test]
    fn more_sessions_than_can_be_counted_ended_the_server_at_its_start() {
        refused("[session]\nmost = 9223372036854775807", "session.most must be");
    }

    #[test]
    fn what_judging_may_take_has_sensible_ends() {
        refused("[content]\nmost_tests = 0", "content.most_tests must be");
        refused("[content]\nmost_tests = 100001", "content.most_tests must be");
        refused("[content]\nsuite_bytes = 1073741825", "content.suite_bytes must be");
        refused("[content]\ntime_limit_ms = 0", "content.time_limit_ms must be");
        refused("[grading]\nmost_seconds = 0", "grading.most_seconds must be");
        refused("[grading]\nshown_bytes = 268435457", "grading.shown_bytes must be");
        let defaults = Config::default();
        assert!(!defaults.grading.hidden_tests_alone, "it costs throughput");
        assert_eq!((defaults.grading.most_seconds, defaults.content.time_limit_ms), (60, 2000));
        assert_eq!((defaults.content.most_tests, defaults.content.suite_bytes), (1000, 16 * 1024 * 1024));
    }

    #[test]
    fn whatever_a_configuration_says_can_be_done_or_is_refused() {
        fuzzkit::try_kept_and_close("configuration", |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            let Ok(config) = toml::from_str::<Config>(text).map(Config::checked) else { return };
            let Ok(config) = config else { return };
            let printed = toml::to_string_pretty(&config).expect("prints");
            // Not the same where a password is hidden.
            let read_back = toml::from_str::<Config>(&printed).expect("reads back");
            assert_eq!(toml::to_string_pretty(&read_back).expect("prints"), printed);
            assert!(config.session.settings(1000).most <= tokio::sync::Semaphore::MAX_PERMITS);
            assert!(config.session.wall() < Duration::from_hours(25));
            assert!(crate::host::ids_beside_a_server(&config) > config.sandbox.first_id);
            assert!(crate::host::ids_of_many(&config) > crate::host::ids_beside_a_server(&config));
            let _no_overflow = (config.results.keep(), crate::memory::Memory::here(&config));
        });
    }
}
