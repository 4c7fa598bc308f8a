//! What the facts mean. Pure.

use kernel::cgroup::Layout;
use serde::Serialize;

use super::facts::{Facts, LanguageFact, UserNamespaces};

/// All that there is to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Findings {
    pub(super) verdict: Verdict,
    pub(super) checks: Vec<Check>,
    pub(super) languages: Vec<LanguageFinding>,
    pub(super) pools: Vec<PoolFinding>,
}

/// The one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Verdict {
    /// Nothing is missing.
    AllHere,
    /// Programs can be run, with less than everything.
    Weaker,
    /// They cannot.
    CannotRun,
}

/// Something looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    pub(super) id: &'static str,
    pub(super) group: Group,
    pub(super) status: Status,
    pub(super) detail: String,
    /// What to do, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
}

/// Where a check is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Group {
    Machine,
    Isolation,
    Limits,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// Not there, and something is weaker for it.
    Weaker,
    /// Not there, and programs cannot be run without it.
    Missing,
}

/// A language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LanguageFinding {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) available: bool,
    /// The toolchain, or why there is none.
    pub(super) detail: String,
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PoolFinding {
    pub(super) pool: &'static str,
    pub(super) configured: bool,
    pub(super) detail: &'static str,
}

pub(super) fn judge(facts: &Facts) -> Findings {
    let checks = vec![
        fine("kernel", Group::Machine, facts.kernel.clone()),
        machine(facts),
        sandbox(facts),
        root(facts),
        user_namespaces(facts),
        seccomp(facts),
        landlock(facts),
        kvm(facts),
        cgroups(facts),
        swap(facts),
    ];
    let languages: Vec<_> = facts.languages.iter().map(language).collect();
    Findings { verdict: verdict(&checks, &languages), checks, languages, pools: pools() }
}

fn verdict(checks: &[Check], languages: &[LanguageFinding]) -> Verdict {
    if checks.iter().any(|check| check.status == Status::Missing) {
        return Verdict::CannotRun;
    }
    let weaker = checks.iter().any(|check| check.status == Status::Weaker);
    if weaker || languages.iter().any(|language| !language.available) {
        Verdict::Weaker
    } else {
        Verdict::AllHere
    }
}

fn machine(facts: &Facts) -> Check {
    let gib = facts.memory / (1 << 30);
    fine("machine", Group::Machine, format!("{} processor(s), {gib} GiB of memory", facts.cores))
}

fn sandbox(facts: &Facts) -> Check {
    match &facts.trial {
        Ok(trial) => {
            let detail = format!(
                "the sandbox works: a hello world in {} took {} ms in user, mount, pid, network, IPC, UTS and cgroup namespaces of its own",
                trial.language,
                trial.wall.as_millis()
            );
            fine("sandbox", Group::Isolation, detail)
        }
        Err(error) => Check {
            id: "sandbox",
            group: Group::Isolation,
            status: Status::Missing,
            detail: format!("the sandbox does not work: {error}"),
            fix: Some(sandbox_fix(facts)),
        },
    }
}

/// The likeliest reasons first; the settings tell most of them.
fn sandbox_fix(facts: &Facts) -> String {
    let UserNamespaces { most, unprivileged, apparmor } = &facts.user_namespaces;
    if facts.languages.iter().all(|language| language.toolchain.is_err()) {
        return "install a language; see below".to_owned();
    }
    if most.as_deref() == Some("0") {
        return "sysctl -w user.max_user_namespaces=16384".to_owned();
    }
    if !facts.root && unprivileged.as_deref() == Some("0") {
        return "sysctl -w kernel.unprivileged_userns_clone=1, or run as root".to_owned();
    }
    if !facts.root && apparmor.as_deref() == Some("1") {
        return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root".to_owned();
    }
    if !facts.features.seccomp {
        return "run a kernel built with CONFIG_SECCOMP_FILTER".to_owned();
    }
    "in a container, allow unshare, mount and pivot_root in its seccomp profile and leave /proc unmasked \
     (Docker: --security-opt seccomp=unconfined --security-opt systempaths=unconfined; Kubernetes: \
     securityContext with seccompProfile Unconfined and procMount Unmasked)"
        .to_owned()
}

fn root(facts: &Facts) -> Check {
    if facts.root {
        let detail =
            "started by root: each sandbox has user ids of its own; only the launchers' start needs root";
        return fine("ids", Group::Isolation, detail.to_owned());
    }
    weaker(
        "ids",
        Group::Isolation,
        "started without root: all sandboxes share this user's id on the host",
        "run as root; what is run in sandboxes never is",
    )
}

fn user_namespaces(facts: &Facts) -> Check {
    let most = facts.user_namespaces.most.clone().unwrap_or_else(|| "no limit told".to_owned());
    fine("userNamespaces", Group::Isolation, format!("user namespaces: at most {most}"))
}

fn seccomp(facts: &Facts) -> Check {
    if facts.features.seccomp {
        return fine("seccomp", Group::Isolation, "seccomp: system calls are filtered".to_owned());
    }
    Check {
        status: Status::Missing,
        ..weaker(
            "seccomp",
            Group::Isolation,
            "seccomp: this kernel cannot filter system calls",
            "run a kernel built with CONFIG_SECCOMP_FILTER",
        )
    }
}

/// Not used yet, and so nothing is weaker without it.
fn landlock(facts: &Facts) -> Check {
    let detail = match facts.features.landlock {
        Some(version) => format!("Landlock: version {version} (not needed)"),
        None => "Landlock: not enabled (not needed)".to_owned(),
    };
    fine("landlock", Group::Isolation, detail)
}

/// Likewise: no pool of virtual machines is there to be used.
fn kvm(facts: &Facts) -> Check {
    let detail =
        if facts.features.kvm { "KVM: can be opened (not needed)" } else { "KVM: not here (not needed)" };
    fine("kvm", Group::Isolation, detail.to_owned())
}

fn cgroups(facts: &Facts) -> Check {
    match &facts.cgroups {
        Layout::V1 { .. } => {
            fine("cgroups", Group::Limits, "cgroups v1: memory, processes and CPU time of each whole tree".to_owned())
        }
        Layout::V2 { .. } => {
            fine("cgroups", Group::Limits, "cgroups v2: memory, processes and CPU time of each whole tree".to_owned())
        }
        Layout::None { reason } => Check {
            id: "cgroups",
            group: Group::Limits,
            status: Status::Weaker,
            detail: format!(
                "cgroups: none ({reason}): memory is not limited, processes and CPU time only process by process"
            ),
            fix: Some(
                "run as root, or have systemd delegate a group: systemd-run --user --scope -p Delegate=yes coderunner …"
                    .to_owned(),
            ),
        },
    }
}

fn swap(facts: &Facts) -> Check {
    let detail = if facts.swap { "swap: in use; programs get none of it" } else { "swap: none" };
    fine("swap", Group::Limits, detail.to_owned())
}

fn language(fact: &LanguageFact) -> LanguageFinding {
    let (available, detail) = match &fact.toolchain {
        Ok(toolchain) => (true, toolchain.clone()),
        Err(reason) => (false, reason.clone()),
    };
    LanguageFinding { id: fact.id.clone(), name: fact.name.clone(), available, detail }
}

fn pools() -> Vec<PoolFinding> {
    let pool = |pool, configured, detail| PoolFinding { pool, configured, detail };
    vec![
        pool("container", true, "namespaces, cgroups and seccomp"),
        pool("microvm", false, "not configured: its jobs (compiled languages) run in container"),
        pool("trusted", false, "not configured: off by default"),
    ]
}

fn fine(id: &'static str, group: Group, detail: String) -> Check {
    Check { id, group, status: Status::Ok, detail, fix: None }
}

fn weaker(id: &'static str, group: Group, detail: &str, fix: &str) -> Check {
    Check { id, group, status: Status::Weaker, detail: detail.to_owned(), fix: Some(fix.to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::facts::{Features, Trial},
        *,
    };

    fn good() -> Facts {
        Facts {
            kernel: "Linux 6.1.0".to_owned(),
            cores: 2,
            memory: 4 << 30,
            swap: false,
            root: true,
            user_namespaces: UserNamespaces::default(),
            features: Features { seccomp: true, landlock: None, kvm: false },
            cgroups: Layout::V2 { own: "/sys/fs/cgroup".into() },
            trial: Ok(Trial { language: "Bash".to_owned(), wall: Duration::from_millis(2) }),
            languages: vec![LanguageFact {
                id: "bash".to_owned(),
                name: "Bash".to_owned(),
                toolchain: Ok("GNU bash 5.2".to_owned()),
            }],
        }
    }

    fn check(facts: &Facts, id: &str, status: Status, verdict: Verdict, fix: &str) {
        let findings = judge(facts);
        let found = findings.checks.iter().find(|check| check.id == id).expect("such a check");
        assert_eq!((found.status, findings.verdict), (status, verdict), "{found:?}");
        assert!(found.fix.clone().unwrap_or_default().contains(fix), "{found:?}");
    }

    #[test]
    fn a_machine_with_everything_lacks_nothing() {
        let findings = judge(&good());
        assert_eq!(findings.verdict, Verdict::AllHere);
        assert!(findings.checks.iter().all(|check| check.status == Status::Ok && check.fix.is_none()));
    }

    #[test]
    fn what_is_weaker_says_so_and_how_to_mend_it() {
        check(&Facts { root: false, ..good() }, "ids", Status::Weaker, Verdict::Weaker, "run as root");
        let none = Layout::None { reason: "no cgroup file system is mounted".to_owned() };
        check(&Facts { cgroups: none, ..good() }, "cgroups", Status::Weaker, Verdict::Weaker, "Delegate=yes");
    }

    #[test]
    fn a_sandbox_that_fails_names_the_likeliest_setting() {
        let failing = |user_namespaces| Facts {
            trial: Err("could not unshare namespaces".to_owned()),
            root: false,
            user_namespaces,
            ..good()
        };
        let of = |most: &str| UserNamespaces { most: Some(most.to_owned()), ..UserNamespaces::default() };
        let verdict = Verdict::CannotRun;
        check(&failing(of("0")), "sandbox", Status::Missing, verdict, "max_user_namespaces");
        let apparmor = UserNamespaces { apparmor: Some("1".to_owned()), ..of("100") };
        check(&failing(apparmor), "sandbox", Status::Missing, verdict, "apparmor_restrict");
        check(&failing(of("100")), "sandbox", Status::Missing, verdict, "securityContext");
    }

    #[test]
    fn a_missing_language_is_weaker_and_a_missing_filter_is_the_end() {
        let mut facts = good();
        facts.languages[0].toolchain = Err("apt install bash".to_owned());
        assert_eq!(judge(&facts).verdict, Verdict::Weaker);
        check(
            &Facts { features: Features { seccomp: false, ..good().features }, ..good() },
            "seccomp",
            Status::Missing,
            Verdict::CannotRun,
            "CONFIG_SECCOMP",
        );
    }
}
