//! Limit checks: memory, processes, processor time and the resources of a user.

use model::Limits;
use sandbox::SlotUserLimits;

use super::{
    super::{
        facts::{Accounting, Cgroups, Environment, Facts, Machine, Peak, Rights, Swap},
        report::{Check, Group, Subject},
    },
    size::size,
};

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    let mut checks = by_cgroups(facts);
    checks.push(memory_for_programs(&facts.machine));
    checks.push(user_limits(facts));
    checks
}

/// Limits that the kernel counts for all processes of a user together.
fn user_limits(facts: &Facts) -> Check {
    let subject = subject("userLimits", "limits of the user");
    let Machine { slots, waiting_sessions, .. } = facts.machine;
    let (limits, slots) = (&facts.account.limits, slots.saturating_add(waiting_sessions));
    let shortages = SlotUserLimits::find_shortages(limits, slots, Limits::STUDENT.processes);
    if shortages.is_empty() {
        let budget = SlotUserLimits::of(limits, slots);
        return Check::passed(
            subject,
            format!("enough for all slots: {} signals and timers for each", budget.signals),
        );
    }
    let said: Vec<_> = shortages.iter().map(ToString::to_string).collect();
    Check::degraded(
        subject,
        format!(
            "programs can use up what their user has, so that others are refused it: {}",
            said.join("; ")
        ),
        "raise it where the server is started (systemd: LimitSIGPENDING=, LimitNPROC=; a shell: ulimit -i, ulimit -u), or give \
         worker.slots a smaller number",
    )
}

/// The memory of all programs together.
fn memory_for_programs(machine: &Machine) -> Check {
    let subject = subject("memoryForPrograms", "for programs");
    let programs = machine.budget.programs;
    match machine.budget.shortage(machine.slots) {
        Some(note) if programs > machine.budget.total => {
            Check::degraded(subject, note, "set sandbox.memory_mib to less, or to 0 to have it worked out")
        }
        Some(note) => Check::degraded(
            subject,
            note,
            "give the server more memory, or worker.slots a smaller number; programs wait for each other otherwise",
        ),
        None => Check::passed(
            subject,
            format!("{} for all that run at once, by their limits", size(programs.get())),
        ),
    }
}

fn by_cgroups(facts: &Facts) -> Vec<Check> {
    let subject = subject("cgroups", "cgroups");
    match &facts.cgroups {
        Cgroups::Made(flavour, accounting) => {
            let detail =
                format!("{}: memory, processes and CPU time of each program's whole tree", flavour.as_str());
            let mut checks = vec![Check::passed(subject, detail)];
            checks.extend(within_cgroups(*accounting, facts.machine.swap));
            checks
        }
        Cgroups::Refused(flavour, error) => {
            let detail = format!("{} is here, but no group can be made: {error}", flavour.as_str());
            vec![Check::failed(subject, detail, fix(facts))]
        }
        Cgroups::Absent(reason) => {
            // The rest of the reason is advice; ours knows more about the environment.
            let reason_text = reason.split(';').next().unwrap_or(reason);
            let detail = format!(
                "none: memory, processes and CPU time are counted by looking at the processes every few milliseconds, and a \
                 quick burst may exceed its limits before it is ended; long lists of mappings and pipes in flight are not counted, and \
                 nothing holds a program to its share of the processors (limits.cpus) ({reason_text})"
            );
            vec![Check::degraded(subject, detail, fix(facts))]
        }
    }
}

const fn subject(id: &'static str, name: &'static str) -> Subject {
    Subject(Group::Limits, id, name)
}

fn fix(facts: &Facts) -> &'static str {
    match (facts.environment, facts.account.rights) {
        (Environment { container: true, .. }, Rights::Ordinary) => {
            "run as root, in a container in which it may write /sys/fs/cgroup (Docker, Podman: --privileged; Kubernetes: \
             privileged: true in the securityContext)"
        }
        (Environment { container: true, .. }, Rights::Root) => {
            "make /sys/fs/cgroup writable in the container (Docker, Podman: --privileged; Kubernetes: privileged: true in \
             the securityContext)"
        }
        (Environment { systemd: true, .. }, Rights::Ordinary) => {
            "run as root, or with a group of your own: systemd-run --user --scope -p Delegate=yes coderunner …"
        }
        (Environment { systemd: true, .. }, Rights::Root) => {
            "run as a service with Delegate=yes, or: systemd-run --scope -p Delegate=yes coderunner …"
        }
        (_, Rights::Ordinary) => "run as root",
        (_, Rights::Root) => {
            "mount cgroups with the controllers memory and pids, below a group of this process's own"
        }
    }
}

fn within_cgroups(accounting: Accounting, swap: Swap) -> Vec<Check> {
    let mut checks = vec![limited_swap(accounting, swap), peak(accounting.peak), share(accounting)];
    if !accounting.tells_refused_forks {
        let detail = "a program at its limit is refused more, but not ended and told so";
        checks.push(Check::degraded(
            subject("processes", "processes"),
            detail,
            "Linux 4.8 or newer, with pids.events",
        ));
    }
    checks
}

fn limited_swap(accounting: Accounting, swap: Swap) -> Check {
    let subject = subject("swap", "swap");
    match (swap, accounting.limits_swap) {
        (Swap::None, _) => Check::passed(subject, "none in use"),
        (Swap::InUse, true) => Check::passed(subject, "in use; programs get none of it"),
        (Swap::InUse, false) => Check::degraded(
            subject,
            "in use, and its use by programs cannot be limited: they get their memory and swap on top",
            "start the kernel with swapaccount=1, or turn swap off: swapoff -a",
        ),
    }
}

/// Enforcement of a program's share of the processors.
fn share(accounting: Accounting) -> Check {
    let subject = subject("cpuShare", "CPU share");
    if accounting.holds_shares {
        return Check::passed(
            subject,
            "a program that computes for long is held to its share of the processors",
        );
    }
    Check::degraded(
        subject,
        "nothing holds a program to its share of the processors (limits.cpus): one that computes may use a whole one, and more",
        "a kernel with CFS_BANDWIDTH, and the controller cpu in the group of the server (systemd: Delegate=yes)",
    )
}

fn peak(peak: Peak) -> Check {
    let subject = subject("memoryPeak", "memory used");
    match peak {
        Peak::Counted => Check::passed(subject, "the peak of each run is told"),
        Peak::Sampled => Check::degraded(
            subject,
            "what is told of a run is the most that was seen when looking every few milliseconds, and may miss a peak",
            "Linux 6.12 or newer",
        ),
    }
}
