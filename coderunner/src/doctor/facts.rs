//! What there is on this machine. Looks and tries, and judges nothing.

use std::{path::Path, sync::Arc, time::Duration};

use kernel::{
    Identity, KernelError, Mapper, Obstacle, Step, UserLimits,
    cgroup::{Flavour, GroupPaths, Layout, Parent, may_be_written},
    probe,
};
use languages::{Availability, Language, Registry};
use model::{Ending, PoolKind, Stream};
use sandbox::Inodes;
use tokio_util::sync::CancellationToken;
use worker::Runner;

use crate::{config::Config, host, memory::Memory};

/// Everything that the judgement needs.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) machine: Machine,
    pub(super) who: Who,
    pub(super) place: Place,
    pub(super) namespaces: Namespaces,
    pub(super) features: Features,
    pub(super) core_dumps: CoreDumps,
    pub(super) cgroups: Cgroups,
    /// What came of a hello world in a sandbox.
    pub(super) trial: Result<Trial, Failure>,
    pub(super) languages: Vec<LanguageFact>,
    pub(super) pools: Vec<PoolKind>,
}

/// The machine itself.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// `Linux 6.1.0-18-amd64`
    pub(super) kernel: String,
    pub(super) cores: usize,
    pub(super) memory: u64,
    /// What of it is for programs, and how many slots share that.
    pub(super) share: Memory,
    pub(super) slots: u32,
    pub(super) swap: Swap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swap {
    InUse,
    None,
}

/// Who we are on it.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) rights: Rights,
    pub(super) uid: u32,
    pub(super) ids: Ids,
    /// Why no ids are lent to this user, if none are.
    pub(super) not_lent: Option<Obstacle>,
    /// Groups that it is in beyond its own one.
    pub(super) groups: Vec<u32>,
    /// What all its processes may have together.
    pub(super) limits: UserLimits,
}

/// The ids that a server's sandboxes would have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ids {
    /// Two for each slot, which we may map.
    Own,
    /// Two for each slot, of those lent to the user.
    Lent,
    /// The user's.
    Shared,
    /// None: they would be root's.
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    /// Root, with what root may do.
    Root,
    /// Anything else: an ordinary user, or a root that was left with less.
    Ordinary,
}

/// What we run in; decides how things are mended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) container: bool,
    pub(super) systemd: bool,
}

/// What the settings say of namespaces.
#[derive(Debug, Clone, Default)]
pub(super) struct Namespaces {
    /// The settings that allow none of a kind at all.
    pub(super) none_allowed: Vec<&'static str>,
    /// `kernel.unprivileged_userns_clone`, of Debian's older kernels.
    pub(super) unprivileged: Option<String>,
    /// `kernel.apparmor_restrict_unprivileged_userns`, of Ubuntu.
    pub(super) apparmor: Option<String>,
}

/// What the kernel is able to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Features {
    pub(super) seccomp: bool,
    pub(super) landlock: Option<u32>,
    pub(super) kvm: bool,
    /// Whether the number of the next process can be set.
    pub(super) sets_process_numbers: bool,
}

/// What the host does with the memory of programs that crash.
#[derive(Debug, Clone)]
pub(super) struct CoreDumps {
    /// `kernel.core_pattern`.
    pub(super) pattern: String,
    /// The limit that programs have, in bytes: with 1 the kernel starts no handler, with 0 it does.
    pub(super) limit: u64,
}

/// What came of making a control group.
#[derive(Debug, Clone)]
pub(super) enum Cgroups {
    Made(Flavour, Accounting),
    /// They are there, but the kernel refused.
    Refused(Flavour, String),
    /// There are none for us, and why.
    Absent(String),
}

/// What a group counts and limits beyond the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accounting {
    pub(super) limits_swap: bool,
    pub(super) tells_refused_forks: bool,
    pub(super) holds_shares: bool,
    pub(super) peak: Peak,
}

/// How the most memory that a run used is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peak {
    /// The kernel counts it for each run.
    Counted,
    /// The kernel counts it for all runs of a slot together: mostly it is the most that was seen.
    Sampled,
}

/// A program that was run in a sandbox.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) language: String,
    pub(super) wall: Duration,
    pub(super) inodes: Inodes,
}

/// Why it was not.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) why: String,
    /// The step that the kernel refused, if that was it.
    pub(super) step: Option<Step>,
}

/// One language.
#[derive(Debug, Clone)]
pub(super) struct LanguageFact {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) pool: PoolKind,
    /// The toolchain; the reason why there is none otherwise.
    pub(super) toolchain: Result<String, String>,
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

pub(super) fn look(config: &Config) -> anyhow::Result<Facts> {
    let languages = Arc::new(host::languages_and_libraries(config)?);
    let (cores, memory) = probe::size();
    let swap = if probe::has_swap() { Swap::InUse } else { Swap::None };
    Ok(Facts {
        machine: Machine {
            kernel: probe::kernel_version(),
            cores,
            memory,
            share: Memory::here(config),
            slots: config.worker.slots,
            swap,
        },
        who: who(config)?,
        place: place(),
        namespaces: namespaces(),
        features: Features {
            seccomp: probe::has_seccomp_filters(),
            landlock: probe::landlock_version(),
            kvm: probe::has_kvm(),
            sets_process_numbers: probe::setting("kernel/ns_last_pid").is_some(),
        },
        core_dumps: CoreDumps {
            pattern: probe::setting("kernel/core_pattern").unwrap_or_default(),
            limit: kernel::core_dump_limit()?,
        },
        cgroups: cgroups(),
        trial: try_it(config, &languages),
        languages: languages.all().map(language).collect(),
        pools: execution::Pools::default().configured,
    })
}

fn who(config: &Config) -> anyhow::Result<Who> {
    Ok(Who {
        rights: if kernel::have_root() { Rights::Root } else { Rights::Ordinary },
        uid: rustix::process::geteuid().as_raw(),
        ids: match Identity::choose(config.sandbox.first_id) {
            Ok(Identity::Range { mapper: Mapper::Itself, .. }) => Ids::Own,
            Ok(Identity::Range { mapper: Mapper::Programs, .. }) => Ids::Lent,
            Ok(Identity::Single { .. }) => Ids::Shared,
            Err(_) => Ids::Refused,
        },
        not_lent: kernel::obstacle_to_lent_ids(),
        groups: kernel::supplementary_groups(),
        limits: UserLimits::of_this_process()?,
    })
}

fn place() -> Place {
    let marks = ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists());
    let variables =
        ["container", "KUBERNETES_SERVICE_HOST"].iter().any(|name| std::env::var_os(name).is_some());
    Place { container: marks || variables, systemd: Path::new("/run/systemd/system").exists() }
}

fn namespaces() -> Namespaces {
    let allows_none = |limit: &&str| probe::setting(&format!("user/{limit}")).is_some_and(|most| most == "0");
    Namespaces {
        none_allowed: NAMESPACE_LIMITS.into_iter().filter(allows_none).collect(),
        unprivileged: probe::setting("kernel/unprivileged_userns_clone"),
        apparmor: probe::setting("kernel/apparmor_restrict_unprivileged_userns"),
    }
}

/// Makes a group as a server would, and looks what is in it.
fn cgroups() -> Cgroups {
    let layout = Layout::of_this_process();
    let flavour = layout.flavour();
    if let Layout::None { reason } = layout {
        return Cgroups::Absent(reason);
    }
    // The group first: the parent can only be removed when it is gone.
    let made = Parent::create(&layout).and_then(|parent| {
        let group = parent.group(0)?;
        Ok(accounting(group.paths()))
    });
    made.map_or_else(
        |error| Cgroups::Refused(flavour, error.to_string()),
        |accounting| Cgroups::Made(flavour, accounting),
    )
}

fn accounting(group: &GroupPaths) -> Accounting {
    match group {
        GroupPaths::V1 { memory, pids, cpu, .. } => Accounting {
            holds_shares: cpu.as_ref().is_some_and(|cpu| cpu.join("cpu.cfs_quota_us").exists()),
            limits_swap: memory.join("memory.memsw.limit_in_bytes").exists(),
            tells_refused_forks: pids.join("pids.events").exists(),
            peak: Peak::Counted,
        },
        GroupPaths::V2(folder) => Accounting {
            holds_shares: folder.join("cpu.max").exists(),
            limits_swap: folder.join("memory.swap.max").exists(),
            tells_refused_forks: folder.join("pids.events").exists(),
            peak: if may_be_written(&folder.join("memory.peak")) { Peak::Counted } else { Peak::Sampled },
        },
        GroupPaths::None => Accounting {
            limits_swap: false,
            tells_refused_forks: false,
            holds_shares: false,
            peak: Peak::Sampled,
        },
    }
}

fn language(language: &Language) -> LanguageFact {
    let toolchain = match &language.availability {
        Availability::Available(toolchain) => {
            Ok(format!("{}{}{}", toolchain.description, preparing(language), with_libraries(language)))
        }
        Availability::Unavailable { reason } => Err(reason.clone()),
    };
    LanguageFact {
        id: language.id.as_str().to_owned(),
        name: language.name.clone(),
        pool: language.pool,
        toolchain,
    }
}

/// Which libraries it has, where that is asked.
fn with_libraries(language: &Language) -> String {
    let names: Vec<String> =
        language.libraries().iter().map(|library| format!("{} {}", library.name, library.version)).collect();
    match (names.is_empty(), language.asks_for_libraries()) {
        (true, false) => String::new(),
        (true, true) => ", with no libraries but its own".to_owned(),
        (false, _) => format!(", with {}", names.join(", ")),
    }
}

/// What there is to say of what can be made once for it.
fn preparing(language: &Language) -> &'static str {
    match (language.preparation(), language.prepared()) {
        (None, _) => "",
        (Some(_), Some(_)) => ", prepared",
        (Some(_), None) => ", not prepared yet: a server does that when it starts",
    }
}

/// The strongest check of all: the whole way that a program goes.
fn try_it(config: &Config, languages: &Arc<Registry>) -> Result<Trial, Failure> {
    let language = host::quickest(languages).ok_or("no language is installed to try it with")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let report = runtime.map_err(|error| error.to_string())?.block_on(async {
        let pool = host::pool(host::Room::beside_a_server(config), Vec::new(), languages).await?;
        let runner = Runner::new(pool, languages.clone());
        let (stop, mut nowhere) = (CancellationToken::new(), |_, _: &[u8]| {});
        let hello = host::hello(language, runner.memory());
        let inodes = runner.inodes();
        let report = runner.run(&hello, Duration::from_secs(30), &stop, &mut nowhere).await?.report;
        Ok((report, inodes))
    });
    let (report, inodes) = report.map_err(|error: anyhow::Error| Failure::from(&error))?;
    let Some(run) = report.run else {
        return Err(format!("a hello world in {} did not compile", language.name).into());
    };
    if run.ending != Ending::Exited(0)
        || run.transcript.of(Stream::Stdout) != language.hello.stdout.as_bytes()
    {
        let why =
            format!("a hello world in {} did not say hello, and ended as {:?}", language.name, run.ending);
        return Err(why.into());
    }
    Ok(Trial { language: language.name.clone(), wall: run.usage.wall, inodes })
}

impl From<&anyhow::Error> for Failure {
    /// What is behind all else: the context that other commands give is advice to ask us.
    fn from(error: &anyhow::Error) -> Self {
        let cause = error.root_cause();
        Self { why: cause.to_string(), step: cause.downcast_ref::<KernelError>().map(|error| error.step) }
    }
}

impl From<&str> for Failure {
    fn from(why: &str) -> Self {
        Self { why: why.to_owned(), step: None }
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self { why, step: None }
    }
}
