//! What keeps programs apart from the host and from each other.

use kernel::{Obstacle, Step};
use sandbox::Inodes;

use super::super::{
    facts::{CoreDumps, Facts, Failure, Features, Ids, Namespaces, Place, Rights, Who},
    findings::{About, Check, Group},
};

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![namespaces(facts), user_ids(&facts.who)];
    checks.extend(groups(&facts.who));
    checks.extend(facts.trial.as_ref().ok().map(|trial| toolchains(trial.inodes)));
    checks.extend([seccomp(facts.features), landlock(facts.features), kvm(facts.features)]);
    checks.push(process_numbers(facts.features));
    checks.push(core_dumps(&facts.core_dumps));
    checks
}

/// Whether the crash of a program hands its memory to a process of the host.
fn core_dumps(dumps: &CoreDumps) -> Check {
    const PLAIN: &str = "sysctl -w kernel.core_pattern=core";
    let about = about("coreDumps", "core dumps");
    match (dumps.pattern.chars().next(), dumps.limit) {
        (Some('@'), _) => Check::weaker(
            about,
            "when a program crashes, the kernel sends its memory to a process of the host (kernel.core_pattern begins with @), and \
             no limit of ours keeps it from that",
            PLAIN,
        ),
        (Some('|'), 0) => Check::weaker(
            about,
            "when a program crashes, the kernel starts a program of the host as root with its memory (kernel.core_pattern begins \
             with |): the hard limit on core dumps is 0, and only with 1 does it not",
            format!(
                "start it with a hard limit of 1 or more (systemd: LimitCORE=1; a shell: no ulimit -Hc 0; Docker, Podman: --ulimit core=1), or {PLAIN}"
            ),
        ),
        (Some('|'), _) => Check::fine(about, "none: the host's handler is not started for programs"),
        _ => Check::fine(about, "none"),
    }
}

/// Whether the tests of a submission can tell each other something by how many processes they start.
fn process_numbers(features: Features) -> Check {
    let about = about("processNumbers", "process numbers");
    if features.sets_process_numbers {
        Check::fine(about, "each program sees the same")
    } else {
        Check::weaker(
            about,
            "they go on from one test of a submission to the next, which can tell by them what the one before did",
            "a kernel with CONFIG_CHECKPOINT_RESTORE, as those of distributions are",
        )
    }
}

const fn about(id: &'static str, name: &'static str) -> About {
    About(Group::Isolation, id, name)
}

/// Whether a program could be run. What else is missing is explained where it is found missing.
pub(super) fn sandbox(facts: &Facts, something_is_missing: bool) -> Check {
    let about = about("sandbox", "sandbox");
    match &facts.trial {
        Ok(trial) => Check::fine(
            about,
            format!("works: a hello world in {} ran in {} ms", trial.language, trial.wall.as_millis()),
        ),
        Err(failure) if something_is_missing => {
            Check::missing(about, format!("does not work: {}", failure.why), "see what else is missing")
        }
        Err(failure) if facts.languages.iter().all(|language| language.toolchain.is_err()) => {
            Check::missing(about, failure.why.clone(), "install one of the languages below")
        }
        Err(failure) => Check::missing(
            about,
            format!("does not work: {}", failure.why),
            sandbox_fix(failure, facts.place),
        ),
    }
}

fn sandbox_fix(failure: &Failure, place: Place) -> String {
    match failure.step {
        Some(Step::MountProc) => unmask_proc(place).to_owned(),
        Some(_) if place.container => format!(
            "allow it in the container's seccomp and AppArmor profiles (Docker, Podman: --security-opt seccomp=unconfined \
             --security-opt apparmor=unconfined; Kubernetes: seccompProfile and appArmorProfile of type Unconfined in the \
             securityContext); then {}",
            unmask_proc(place)
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

/// The kernel lets nobody mount a `/proc` where the only one there is has masked parts.
const fn unmask_proc(place: Place) -> &'static str {
    if place.container {
        "leave /proc unmasked (Docker: --security-opt systempaths=unconfined; Podman: --security-opt unmask=ALL; \
         Kubernetes: procMount: Unmasked in the securityContext, which wants hostUsers: false)"
    } else {
        "unmount what covers parts of /proc, so that it is wholly visible"
    }
}

fn namespaces(facts: &Facts) -> Check {
    let about = about("namespaces", "namespaces");
    let Namespaces { none_allowed, unprivileged, apparmor } = &facts.namespaces;
    if !none_allowed.is_empty() {
        let zeros: Vec<_> = none_allowed.iter().map(|limit| format!("user.{limit} is 0")).collect();
        let settings: Vec<_> = none_allowed.iter().map(|limit| format!("user.{limit}=16384")).collect();
        let fix = format!("sysctl -w {}", settings.join(" "));
        return Check::missing(about, format!("none may be made: {}", zeros.join(", ")), fix);
    }
    let ordinary = facts.who.rights == Rights::Ordinary;
    // Where the trial went well these settings do not stand in the way, whatever they say.
    let forbidden = |setting: &Option<String>, value| {
        ordinary && facts.trial.is_err() && setting.as_deref() == Some(value)
    };
    let missing = |name: &str, value: u8, says: &str| {
        let detail = format!("{says}: {name} forbids it");
        Check::missing(about, detail, format!("sysctl -w {name}={value}, or run as root"))
    };
    if forbidden(unprivileged, "0") {
        return missing("kernel.unprivileged_userns_clone", 1, "ordinary users may not make them");
    }
    if forbidden(apparmor, "1") {
        return missing("kernel.apparmor_restrict_unprivileged_userns", 0, "ordinary users may not use them");
    }
    match &facts.trial {
        Ok(_) => Check::fine(
            about,
            "user, mount, pid, network, IPC, UTS, cgroup and time: those of a sandbox are no other's",
        ),
        Err(_) => Check::fine(about, "the system's settings allow them"),
    }
}

fn user_ids(who: &Who) -> Check {
    let about = about("userIds", "user ids");
    match who.ids {
        Ids::Own => Check::fine(
            about,
            "two of its own for each slot; only the start of a launcher has this user's rights",
        ),
        Ids::Lent => Check::fine(about, "two of its own for each slot, of those lent to this user"),
        Ids::Shared => Check::weaker(
            about,
            "all sandboxes share that of the user who started this",
            format!("{}: each slot then gets ids of its own", lend(who)),
        ),
        Ids::Refused => Check::missing(
            about,
            "started with root's id but without its rights: programs would have root's id on the host, and with it could \
             change the kernel's settings",
            "start it as an ordinary user, or give it CAP_SETUID and CAP_SETGID (Docker, Podman: --cap-add SETUID --cap-add \
             SETGID; Kubernetes: capabilities.add in the securityContext)",
        ),
    }
}

/// How this user comes by ids.
fn lend(who: &Who) -> String {
    if who.uid == 0 {
        return "map more ids into this user namespace (65536 are usual: Podman by itself, Kubernetes with hostUsers: false)"
            .to_owned();
    }
    match who.not_lent {
        Some(Obstacle::NoPrograms) => {
            "run as root, or install newuidmap and newgidmap, set-user-id root (Debian: the package uidmap)".to_owned()
        }
        Some(Obstacle::NoNewPrivileges) => "run as root, or let this user start newuidmap, which no_new_privs forbids (systemd: NoNewPrivileges=no; \
             Kubernetes: allowPrivilegeEscalation: true)"
            .to_owned(),
        // Or too few.
        Some(Obstacle::NoIds) | None => {
            format!("run as root, or lend this user ids: a line {}:100000:65536 in /etc/subuid and in /etc/subgid", who.uid)
        }
    }
}

/// Who is not root may not give groups up.
fn groups(who: &Who) -> Option<Check> {
    let shared = who.ids == Ids::Shared && !who.groups.is_empty();
    let list = who.groups.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    shared.then(|| {
        Check::weaker(
            about("groups", "groups"),
            format!("programs are in all groups of the user who started this: {list}"),
            "start it without them (setpriv --clear-groups, as root), or with ids of its own for each slot",
        )
    })
}

/// What is refused in place of inodes of its own: see ADR 0039.
fn toolchains(inodes: Inodes) -> Check {
    let about = about("toolchains", "toolchains");
    match inodes {
        Inodes::Own => Check::fine(about, "each slot sees them through an overlay of its own"),
        Inodes::Shared => Check::weaker(
            about,
            "programs see the host's own files, and so may neither watch files (inotify) nor lock whole ones (flock)",
            "load overlayfs (modprobe overlay), and leave nothing mounted below folders that hold toolchains (/usr/bin, /usr/lib, \
             /usr/share, …)",
        ),
    }
}

fn seccomp(features: Features) -> Check {
    let about = about("seccomp", "seccomp");
    if features.seccomp {
        Check::fine(about, "system calls are filtered")
    } else {
        Check::missing(
            about,
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
    Check::fine(about("landlock", "Landlock"), detail)
}

/// Likewise: there is no pool of virtual machines.
fn kvm(features: Features) -> Check {
    let detail = if features.kvm { "here, not used" } else { "not here, not used" };
    Check::fine(about("kvm", "KVM"), detail)
}
