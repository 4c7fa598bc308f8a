//! Facts of this machine: kernel, rights, ids, cgroups, toolchains, and one program run in a sandbox.

use std::{error::Error as StdError, path::Path, sync::Arc, time::Duration};

use kernel::{
    IdMapper, Identity, KernelError, Step, SubidError, UserLimits,
    cgroup::{CgroupPaths, CgroupVersion, Layout, ParentCgroup, is_writable},
    probe,
};
use languages::{Availability, Language, Registry};
use model::{Ending, PoolKind, Stream};
use sandbox::Inodes;
use tokio_util::sync::CancellationToken;
use worker::{RunError, Runner};

use crate::{
    HostError, MemoryBudget, PoolBudget, Settings, hello_world, languages_with_libraries, quickest_language,
    start_pool,
};

/// Everything that the checks need.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Kernel, processors and memory.
    pub machine: Machine,
    /// The user of this process, with its rights and limits.
    pub account: Account,
    /// The kind of place in which this process runs.
    pub environment: Environment,
    /// Settings of the kernel about namespaces.
    pub namespaces: Namespaces,
    /// Features of the kernel.
    pub features: Features,
    /// Handling of programs that crash.
    pub core_dumps: CoreDumps,
    /// The control group that could be made.
    pub cgroups: Cgroups,
    /// The result of a hello world in a sandbox.
    pub trial: Result<Trial, TrialFailure>,
    /// All languages, installed or not.
    pub languages: Vec<LanguageFact>,
    /// The configured pools.
    pub pools: Vec<PoolKind>,
}

/// The machine itself.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its name and version: `Linux 6.1.0-18-amd64`.
    pub kernel: String,
    /// Number of processors.
    pub cores: usize,
    /// Its memory in bytes.
    pub memory: u64,
    /// The part of the memory that programs may use.
    pub budget: MemoryBudget,
    /// Number of programs that run at once.
    pub slots: u32,
    /// How many sessions wait for input beside them.
    pub waiting_sessions: u32,
    /// Whether it swaps.
    pub swap: Swap,
}

/// Swap space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// Some is in use.
    InUse,
    /// There is none.
    None,
}

/// Account we are on it.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its rights.
    pub rights: Rights,
    /// Its uid.
    pub uid: u32,
    /// The source of the sandboxes' ids.
    pub ids: IdSource,
    /// The reason why no ids are lent to this user, if none are.
    pub not_lent: Option<SubidError>,
    /// Its supplementary groups.
    pub groups: Vec<u32>,
    /// The limits of all its processes together.
    pub limits: UserLimits,
}

/// The source of the uids and gids of a server's sandboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdSource {
    /// Two for each slot, which this process may map itself.
    Own,
    /// Two for each slot, from the subordinate ids of the user.
    Lent,
    /// The user's.
    Shared,
    /// None: they would be root's.
    Refused,
}

/// The rights of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Root, with what root may do.
    Root,
    /// Anything else: an ordinary user, or a root that was left with less.
    Ordinary,
}

/// The kind of place in which this process runs; the advice depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Environment {
    /// Whether it is a container.
    pub container: bool,
    /// Whether systemd runs here.
    pub systemd: bool,
}

/// Settings of the kernel about namespaces.
#[derive(Debug, Clone, Default)]
pub struct Namespaces {
    /// The settings that allow none of a kind at all.
    pub none_allowed: Vec<&'static str>,
    /// `kernel.unprivileged_userns_clone`, of Debian's older kernels.
    pub unprivileged: Option<String>,
    /// `kernel.apparmor_restrict_unprivileged_userns`, of Ubuntu.
    pub apparmor: Option<String>,
}

/// Features of the kernel.
#[derive(Debug, Clone, Copy)]
pub struct Features {
    /// Whether it filters system calls.
    pub seccomp: bool,
    /// The version of Landlock.
    pub landlock: Option<u32>,
    /// Whether it runs virtual machines.
    pub kvm: bool,
    /// Whether the number of the next process can be set.
    pub sets_process_numbers: bool,
}

/// Handling of programs that crash.
#[derive(Debug, Clone)]
pub struct CoreDumps {
    /// `kernel.core_pattern`.
    pub pattern: String,
    /// The limit that programs have, in bytes: with 1 the kernel starts no handler, with 0 it does.
    pub limit: u64,
}

/// The control group that a server would make for a slot.
#[derive(Debug, Clone)]
pub enum Cgroups {
    /// It was made.
    Made(CgroupVersion, Accounting),
    /// Cgroups exist, but the kernel refused, with this error.
    Refused(CgroupVersion, String),
    /// This process has none, for this reason.
    Absent(String),
}

/// Optional features of a control group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accounting {
    /// Whether it limits swap.
    pub limits_swap: bool,
    /// Whether it counts refused forks.
    pub tells_refused_forks: bool,
    /// Whether it limits the share of the processors.
    pub holds_shares: bool,
    /// Source of the peak memory.
    pub peak: Peak,
}

/// The source of the memory peak of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peak {
    /// The kernel counts it for each run.
    Counted,
    /// The kernel counts it for all runs of a slot together, so it is mostly the largest sample.
    Sampled,
}

/// A program that was run in a sandbox.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Its language.
    pub language: String,
    /// Its time on the clock.
    pub wall: Duration,
    /// Ownership of the toolchains' inodes.
    pub inodes: Inodes,
}

/// The reason why none could be run.
#[derive(Debug, Clone)]
pub struct TrialFailure {
    /// The message.
    pub reason: String,
    /// The step that the kernel refused, if one was.
    pub step: Option<Step>,
}

/// A language.
#[derive(Debug, Clone)]
pub struct LanguageFact {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The pool that it is meant for.
    pub pool: PoolKind,
    /// The toolchain, or the reason why there is none.
    pub toolchain: Result<String, String>,
}

const NAMESPACE_LIMITS: [&str; 7] = [
    "max_user_namespaces",
    "max_mnt_namespaces",
    "max_pid_namespaces",
    "max_net_namespaces",
    "max_ipc_namespaces",
    "max_uts_namespaces",
    "max_cgroup_namespaces",
];

impl Facts {
    /// Looks at the machine, makes a control group, and runs a hello world as a server would.
    ///
    /// # Errors
    ///
    /// A language file that is not valid, or limits of this process that cannot be read.
    pub fn collect(settings: &Settings) -> Result<Self, HostError> {
        let languages = Arc::new(languages_with_libraries(settings)?);
        let (cores, memory) = probe::machine_size();
        let budget = MemoryBudget::of_this_host(settings);
        let swap = if probe::has_swap() { Swap::InUse } else { Swap::None };
        Ok(Self {
            machine: Machine {
                kernel: probe::kernel_version(),
                cores,
                memory,
                waiting_sessions: budget.waiting_limits(settings).sessions,
                budget,
                slots: settings.slots,
                swap,
            },
            account: account(settings)?,
            environment: environment(),
            namespaces: namespaces(),
            features: Features {
                seccomp: probe::has_seccomp_filters(),
                landlock: probe::landlock_version(),
                kvm: probe::has_kvm(),
                sets_process_numbers: probe::sysctl("kernel/ns_last_pid").is_some(),
            },
            core_dumps: CoreDumps {
                pattern: probe::sysctl("kernel/core_pattern").unwrap_or_default(),
                limit: kernel::core_dump_limit()?,
            },
            cgroups: cgroups(),
            trial: trial(settings, &languages),
            languages: languages.all().map(language).collect(),
            pools: settings.pools.clone(),
        })
    }
}

fn account(settings: &Settings) -> Result<Account, HostError> {
    Ok(Account {
        rights: if kernel::has_root_capabilities() { Rights::Root } else { Rights::Ordinary },
        uid: rustix::process::geteuid().as_raw(),
        ids: match Identity::choose(settings.first_id) {
            Ok(Identity::Range { mapper: IdMapper::Itself, .. }) => IdSource::Own,
            Ok(Identity::Range { mapper: IdMapper::Programs, .. }) => IdSource::Lent,
            Ok(Identity::Single { .. }) => IdSource::Shared,
            Err(_) => IdSource::Refused,
        },
        not_lent: kernel::subid_error(),
        groups: kernel::supplementary_groups(),
        limits: UserLimits::of_this_process()?,
    })
}

fn environment() -> Environment {
    let marks = ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists());
    let variables =
        ["container", "KUBERNETES_SERVICE_HOST"].iter().any(|name| std::env::var_os(name).is_some());
    Environment { container: marks || variables, systemd: Path::new("/run/systemd/system").exists() }
}

fn namespaces() -> Namespaces {
    let allows_none = |limit: &&str| probe::sysctl(&format!("user/{limit}")).is_some_and(|most| most == "0");
    Namespaces {
        none_allowed: NAMESPACE_LIMITS.into_iter().filter(allows_none).collect(),
        unprivileged: probe::sysctl("kernel/unprivileged_userns_clone"),
        apparmor: probe::sysctl("kernel/apparmor_restrict_unprivileged_userns"),
    }
}

/// Makes a group as a server would, and reads its features.
fn cgroups() -> Cgroups {
    let layout = Layout::of_this_process();
    let flavour = layout.version();
    if let Layout::None { reason } = layout {
        return Cgroups::Absent(reason);
    }
    // The group first: the parent can only be removed when it is gone.
    let made = ParentCgroup::create(&layout).and_then(|parent| {
        let group = parent.create_slot(0)?;
        Ok(accounting(group.paths()))
    });
    made.map_or_else(
        |error| Cgroups::Refused(flavour, error.to_string()),
        |accounting| Cgroups::Made(flavour, accounting),
    )
}

fn accounting(group: &CgroupPaths) -> Accounting {
    match group {
        CgroupPaths::V1 { memory, pids, cpu, .. } => Accounting {
            holds_shares: cpu.as_ref().is_some_and(|cpu| cpu.join("cpu.cfs_quota_us").exists()),
            limits_swap: memory.join("memory.memsw.limit_in_bytes").exists(),
            tells_refused_forks: pids.join("pids.events").exists(),
            peak: Peak::Counted,
        },
        CgroupPaths::V2(folder) => Accounting {
            holds_shares: folder.join("cpu.max").exists(),
            limits_swap: folder.join("memory.swap.max").exists(),
            tells_refused_forks: folder.join("pids.events").exists(),
            peak: if is_writable(&folder.join("memory.peak")) { Peak::Counted } else { Peak::Sampled },
        },
        CgroupPaths::None => Accounting {
            limits_swap: false,
            tells_refused_forks: false,
            holds_shares: false,
            peak: Peak::Sampled,
        },
    }
}

fn language(language: &Language) -> LanguageFact {
    let toolchain = match &language.availability {
        Availability::Available(toolchain) => Ok(format!(
            "{}{}{}",
            toolchain.description,
            preparation_state(language),
            with_libraries(language)
        )),
        Availability::Unavailable { reason } => Err(reason.clone()),
    };
    LanguageFact {
        id: language.id.as_str().to_owned(),
        name: language.name.clone(),
        pool: language.pool,
        toolchain,
    }
}

/// The installed libraries, for languages that can list them.
fn with_libraries(language: &Language) -> String {
    let names: Vec<String> =
        language.libraries().iter().map(|library| format!("{} {}", library.name, library.version)).collect();
    match (names.is_empty(), language.lists_libraries()) {
        (true, false) => String::new(),
        (true, true) => ", with no libraries but its own".to_owned(),
        (false, _) => format!(", with {}", names.join(", ")),
    }
}

/// The state of its preparation.
fn preparation_state(language: &Language) -> &'static str {
    match (language.preparation(), language.prepared()) {
        (None, _) => "",
        (Some(_), Some(_)) => ", prepared",
        (Some(_), None) => ", not prepared yet: a server does that when it starts",
    }
}

/// Runs a hello world the whole way that a submission goes: the strongest check of all.
fn trial(settings: &Settings, languages: &Arc<Registry>) -> Result<Trial, TrialFailure> {
    let language = quickest_language(languages).ok_or("no language is installed to try it with")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let pool = start_pool(PoolBudget::beside_server(settings), Vec::new(), languages).await?;
        let runner = Runner::new(pool, languages.clone());
        let hello = hello_world(language, runner.memory());
        let inodes = runner.inodes();
        let stop = CancellationToken::new();
        let ran = runner.run(&hello, Duration::from_secs(30), &stop, &mut |_, _: &[u8]| {}).await?;
        let name = &language.name;
        let run = ran.report.run.ok_or_else(|| format!("a hello world in {name} did not compile"))?;
        let stdout = run.transcript.of(Stream::Stdout);
        if run.ending != Ending::Exited(0) || stdout != language.hello.stdout.as_bytes() {
            let ending = run.ending;
            return Err(format!("a hello world in {name} did not say hello, and ended as {ending:?}").into());
        }
        Ok(Trial { language: name.clone(), wall: run.usage.wall, inodes })
    })
}

impl TrialFailure {
    /// The root cause of the error: the messages above it advise to run `doctor`.
    fn of(error: &(dyn StdError + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |error| (**error).source());
        let cause = causes.last().unwrap_or(error);
        let step = cause.downcast_ref::<KernelError>().map(|error| error.step);
        Self { reason: cause.to_string(), step }
    }
}

impl From<HostError> for TrialFailure {
    fn from(error: HostError) -> Self {
        Self::of(&error)
    }
}

impl From<RunError> for TrialFailure {
    fn from(error: RunError) -> Self {
        Self::of(&error)
    }
}

impl From<&str> for TrialFailure {
    fn from(reason: &str) -> Self {
        Self { reason: reason.to_owned(), step: None }
    }
}

impl From<String> for TrialFailure {
    fn from(reason: String) -> Self {
        Self { reason, step: None }
    }
}
