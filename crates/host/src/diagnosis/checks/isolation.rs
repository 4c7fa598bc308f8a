//! Isolation checks: protection of the host and of programs from each other.

use kernel::{Step, SubidError};
use sandbox::Inodes;

use super::super::{
    facts::{Account, CoreDumps, Environment, Facts, Features, IdSource, Namespaces, Rights, TrialFailure},
    report::{Check, Group, Subject},
};

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![namespaces(facts), user_ids(&facts.account)];
    checks.extend(groups(&facts.account));
    checks.extend(facts.trial.as_ref().ok().map(|trial| toolchains(trial.inodes)));
    checks.extend([seccomp(facts.features), landlock(facts.features), kvm(facts.features)]);
    checks.push(process_numbers(facts.features));
    checks.push(core_dumps(&facts.core_dumps));
    checks
}

/// Core dumps: a crash must not hand the memory of a program to a process of the host.
fn core_dumps(dumps: &CoreDumps) -> Check {
    const PLAIN: &str = "sysctl -w kernel.core_pattern=core";
    let subject = subject("coreDumps", "core dumps");
    match (dumps.pattern.chars().next(), dumps.limit) {
        (Some('@'), _) => Check::degraded(
            subject,
            "when a program crashes, the kernel sends its memory to a process of the host (kernel.core_pattern begins with @), and \
             no limit of ours keeps it from that",
            PLAIN,
        ),
        (Some('|'), 0) => Check::degraded(
            subject,
            "when a program crashes, the kernel starts a program of the host as root with its memory (kernel.core_pattern begins \
             with |): the hard limit on core dumps is 0, and only with 1 does it not",
            format!(
                "start it with a hard limit of 1 or more (systemd: LimitCORE=1; a shell: no ulimit -Hc 0; Docker, Podman: --ulimit core=1), or {PLAIN}"
            ),
        ),
        (Some('|'), _) => Check::passed(subject, "none: the host's handler is not started for programs"),
        _ => Check::passed(subject, "none"),
    }
}

/// Process numbers: tests of a submission must not pass information by the number of processes that they start.
fn process_numbers(features: Features) -> Check {
    let subject = subject("processNumbers", "process numbers");
    if features.sets_process_numbers {
        Check::passed(subject, "each program sees the same")
    } else {
        Check::degraded(
            subject,
            "they go on from one test of a submission to the next, which can tell by them what the one before did",
            "a kernel with CONFIG_CHECKPOINT_RESTORE, as those of distributions are",
        )
    }
}

const fn subject(id: &'static str, name: &'static str) -> Subject {
    Subject(Group::Isolation, id, name)
}

/// The trial run. Anything else that is missing is explained by its own check, one of the others.
pub(super) fn sandbox(facts: &Facts, others: &[Check]) -> Check {
    let subject = subject("sandbox", "sandbox");
    match &facts.trial {
        Ok(trial) => Check::passed(
            subject,
            format!("works: a hello world in {} ran in {} ms", trial.language, trial.wall.as_millis()),
        ),
        Err(failure) if others.iter().any(Check::is_missing) => {
            Check::failed(subject, format!("does not work: {}", failure.reason), "see what else is missing")
        }
        Err(failure) if facts.languages.iter().all(|language| language.toolchain.is_err()) => {
            Check::failed(subject, failure.reason.clone(), "install one of the languages below")
        }
        Err(failure) => Check::failed(
            subject,
            format!("does not work: {}", failure.reason),
            sandbox_fix(failure, facts.environment),
        ),
    }
}

fn sandbox_fix(failure: &TrialFailure, environment: Environment) -> String {
    match failure.step {
        Some(Step::MountProc) => unmask_proc(environment).to_owned(),
        Some(_) if environment.container => format!(
            "allow it in the container's seccomp and AppArmor profiles (Docker, Podman: --security-opt seccomp=unconfined \
             --security-opt apparmor=unconfined; Kubernetes: seccompProfile and appArmorProfile of type Unconfined in the \
             securityContext); then {}",
            unmask_proc(environment)
        ),
        Some(_) => {
            "look whether a security module or a seccomp filter forbids it: the kernel's log tells".to_owned()
        }
        None => {
            "start it with --json and look at its other checks; if they are fine, this is a fault of ours"
                .to_owned()
        }
    }
}

/// The advice for `/proc`: the kernel refuses a new mount of it while parts of the only existing one are masked.
const fn unmask_proc(environment: Environment) -> &'static str {
    if environment.container {
        "leave /proc unmasked (Docker: --security-opt systempaths=unconfined; Podman: --security-opt unmask=ALL; \
         Kubernetes: procMount: Unmasked in the securityContext, which wants hostUsers: false)"
    } else {
        "unmount what covers parts of /proc, so that it is wholly visible"
    }
}

fn namespaces(facts: &Facts) -> Check {
    let subject = subject("namespaces", "namespaces");
    let Namespaces { none_allowed, unprivileged, apparmor } = &facts.namespaces;
    if !none_allowed.is_empty() {
        let zeros: Vec<_> = none_allowed.iter().map(|limit| format!("user.{limit} is 0")).collect();
        let settings: Vec<_> = none_allowed.iter().map(|limit| format!("user.{limit}=16384")).collect();
        let fix = format!("sysctl -w {}", settings.join(" "));
        return Check::failed(subject, format!("none may be made: {}", zeros.join(", ")), fix);
    }
    let ordinary = facts.account.rights == Rights::Ordinary;
    // If the trial passed, these settings forbid nothing, whatever their values.
    let forbidden = |setting: &Option<String>, value| {
        ordinary && facts.trial.is_err() && setting.as_deref() == Some(value)
    };
    let missing = |name: &str, value: u8, says: &str| {
        let detail = format!("{says}: {name} forbids it");
        Check::failed(subject, detail, format!("sysctl -w {name}={value}, or run as root"))
    };
    if forbidden(unprivileged, "0") {
        return missing("kernel.unprivileged_userns_clone", 1, "ordinary users may not make them");
    }
    if forbidden(apparmor, "1") {
        return missing("kernel.apparmor_restrict_unprivileged_userns", 0, "ordinary users may not use them");
    }
    match &facts.trial {
        Ok(_) => Check::passed(
            subject,
            "user, mount, pid, network, IPC, UTS, cgroup and time: those of a sandbox are no other's",
        ),
        Err(_) => Check::passed(subject, "the system's settings allow them"),
    }
}

fn user_ids(account: &Account) -> Check {
    let subject = subject("userIds", "user ids");
    match account.ids {
        IdSource::Own => Check::passed(
            subject,
            "two of its own for each slot; only the start of a launcher has this user's rights",
        ),
        IdSource::Lent => Check::passed(subject, "two of its own for each slot, of those lent to this user"),
        IdSource::Shared => Check::degraded(
            subject,
            "all sandboxes share that of the user who started this",
            format!("{}: each slot then gets ids of its own", id_advice(account)),
        ),
        IdSource::Refused => Check::failed(
            subject,
            "started with root's id but without its rights: programs would have root's id on the host, and with it could \
             change the kernel's settings",
            "start it as an ordinary user, or give it CAP_SETUID and CAP_SETGID (Docker, Podman: --cap-add SETUID --cap-add \
             SETGID; Kubernetes: capabilities.add in the securityContext)",
        ),
    }
}

/// The advice by which this user gets ids.
fn id_advice(account: &Account) -> String {
    if account.uid == 0 {
        return "map more ids into this user namespace (65536 are usual: Podman by itself, Kubernetes with hostUsers: false)"
            .to_owned();
    }
    match account.not_lent {
        Some(SubidError::NoPrograms) => {
            "run as root, or install newuidmap and newgidmap, set-user-id root (Debian: the package uidmap)".to_owned()
        }
        Some(SubidError::NoNewPrivileges) => "run as root, or let this user start newuidmap, which no_new_privs forbids (systemd: NoNewPrivileges=no; \
             Kubernetes: allowPrivilegeEscalation: true)"
            .to_owned(),
        // `None`: too few are lent.
        Some(SubidError::NoIds) | None => {
            format!("run as root, or lend this user ids: a line {}:100000:65536 in /etc/subuid and in /etc/subgid", account.uid)
        }
    }
}

/// A user who is not root cannot give groups up.
fn groups(account: &Account) -> Option<Check> {
    let shared = account.ids == IdSource::Shared && !account.groups.is_empty();
    let list = account.groups.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    shared.then(|| {
        Check::degraded(
            subject("groups", "groups"),
            format!("programs are in all groups of the user who started this: {list}"),
            "start it without them (setpriv --clear-groups, as root), or with ids of its own for each slot",
        )
    })
}

/// Toolchain inodes, and the operations refused where they are the host's: see ADR 0039.
fn toolchains(inodes: Inodes) -> Check {
    let subject = subject("toolchains", "toolchains");
    match inodes {
        Inodes::Own => Check::passed(subject, "each slot sees them through an overlay of its own"),
        Inodes::Shared => Check::degraded(
            subject,
            "programs see the host's own files, and so may neither watch files (inotify) nor lock whole ones (flock)",
            "load overlayfs (modprobe overlay), and leave nothing mounted below folders that hold toolchains (/usr/bin, /usr/lib, \
             /usr/share, …)",
        ),
    }
}

fn seccomp(features: Features) -> Check {
    let subject = subject("seccomp", "seccomp");
    if features.seccomp {
        Check::passed(subject, "system calls are filtered")
    } else {
        Check::failed(
            subject,
            "this kernel cannot filter system calls",
            "run a kernel built with CONFIG_SECCOMP_FILTER",
        )
    }
}

/// Not used yet, and so nothing is weaker without it.
fn landlock(features: Features) -> Check {
    let detail = match features.landlock {
        Some(version) => format!("version {version}, not used"),
        None => "not enabled, not used".to_owned(),
    };
    Check::passed(subject("landlock", "Landlock"), detail)
}

/// Likewise: there is no pool of virtual machines.
fn kvm(features: Features) -> Check {
    let detail = if features.kvm { "here, not used" } else { "not here, not used" };
    Check::passed(subject("kvm", "KVM"), detail)
}
