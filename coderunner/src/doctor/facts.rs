//! What there is on this machine.

use std::{sync::Arc, time::Duration};

use kernel::{cgroup::Layout, probe};
use languages::{Availability, Language, Registry};
use model::Stream;
use tokio_util::sync::CancellationToken;
use worker::Runner;

use crate::{config::Config, host};

/// Everything that the judgement needs.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) kernel: String,
    pub(super) cores: usize,
    pub(super) memory: u64,
    pub(super) swap: bool,
    pub(super) root: bool,
    pub(super) user_namespaces: UserNamespaces,
    pub(super) features: Features,
    pub(super) cgroups: Layout,
    /// What came of a hello world in a sandbox; the error otherwise.
    pub(super) trial: Result<Trial, String>,
    pub(super) languages: Vec<LanguageFact>,
}

/// What the kernel is able to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Features {
    pub(super) seccomp: bool,
    pub(super) landlock: Option<u32>,
    pub(super) kvm: bool,
}

/// What the settings say of user namespaces.
#[derive(Debug, Clone, Default)]
pub(super) struct UserNamespaces {
    /// `user.max_user_namespaces`.
    pub(super) most: Option<String>,
    /// `kernel.unprivileged_userns_clone`, of Debian's older kernels.
    pub(super) unprivileged: Option<String>,
    /// `kernel.apparmor_restrict_unprivileged_userns`, of Ubuntu.
    pub(super) apparmor: Option<String>,
}

/// A program that was run in a sandbox.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) language: String,
    pub(super) wall: Duration,
}

/// One language.
#[derive(Debug, Clone)]
pub(super) struct LanguageFact {
    pub(super) id: String,
    pub(super) name: String,
    /// The toolchain; the reason why there is none otherwise.
    pub(super) toolchain: Result<String, String>,
}

pub(super) fn look(config: &Config) -> anyhow::Result<Facts> {
    let languages = host::languages(config)?;
    let (cores, memory) = probe::size();
    Ok(Facts {
        kernel: probe::kernel_version(),
        cores,
        memory,
        swap: probe::has_swap(),
        root: kernel::have_root(),
        user_namespaces: UserNamespaces {
            most: probe::setting("user/max_user_namespaces"),
            unprivileged: probe::setting("kernel/unprivileged_userns_clone"),
            apparmor: probe::setting("kernel/apparmor_restrict_unprivileged_userns"),
        },
        features: Features {
            seccomp: probe::has_seccomp_filters(),
            landlock: probe::landlock_version(),
            kvm: probe::has_kvm(),
        },
        cgroups: Layout::of_this_process(),
        trial: try_it(config, &languages),
        languages: languages.all().map(fact).collect(),
    })
}

fn fact(language: &Language) -> LanguageFact {
    let toolchain = match &language.availability {
        Availability::Available(toolchain) => Ok(toolchain.description.clone()),
        Availability::Unavailable { reason } => Err(reason.clone()),
    };
    LanguageFact { id: language.id.as_str().to_owned(), name: language.name.clone(), toolchain }
}

/// The strongest check of all: the whole way that a program goes.
fn try_it(config: &Config, languages: &Arc<Registry>) -> Result<Trial, String> {
    let language = host::quickest(languages).ok_or("no language is installed to try it with")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let report = runtime.map_err(|error| error.to_string())?.block_on(async {
        let ids = host::ids_beside_a_server(config);
        let pool = host::pool(1, ids, Vec::new(), languages).await.map_err(|error| format!("{error:#}"))?;
        let runner = Runner::new(pool, languages.clone());
        let (stop, mut nowhere) = (CancellationToken::new(), |_, _: &[u8]| {});
        let run = runner.run(&host::hello(language), Duration::from_secs(30), &stop, &mut nowhere).await;
        run.map_err(|error| format!("{:#}", anyhow::Error::new(error)))
    })?;
    match report.run {
        Some(run) if run.transcript.of(Stream::Stdout) == language.hello.stdout.as_bytes() => {
            Ok(Trial { language: language.name.clone(), wall: run.usage.wall })
        }
        other => Err(format!("a hello world in {} did not say hello: {other:?}", language.name)),
    }
}
