//! Resource limits of each process (`setrlimit`): a second line behind the cgroup, and the only one for files and stack.

use std::time::Duration;

use kernel::Rlimit;
use model::Limits;

use crate::{protocol::UsageSource, share::SlotUserLimits};

/// The limits of each process of a run. `share` has those that the kernel counts per user, for all processes of the slot
/// together.
pub(crate) fn all(limits: &Limits, counting: UsageSource, share: &SlotUserLimits) -> Vec<Rlimit> {
    // The CPU time of the tree counts; this one stops a single process if everything else fails.
    let cpu = (limits.cpu + Duration::from_millis(999)).as_secs();
    let mut rlimits = vec![
        Rlimit { resource: RLIMIT_CPU, soft: cpu + 1, hard: cpu + 2 },
        soft_and_hard(RLIMIT_FSIZE, limits.file_size.get()),
        stack(limits),
        soft_and_hard(RLIMIT_NOFILE, u64::from(limits.open_files)),
        soft_and_hard(
            RLIMIT_NPROC,
            processes(limits, counting).min(share.processes.max(few_processes(limits))),
        ),
        soft_and_hard(RLIMIT_MEMLOCK, share.locked_memory),
        soft_and_hard(RLIMIT_SIGPENDING, share.signals),
        soft_and_hard(RLIMIT_MSGQUEUE, share.queue_bytes),
        // The server may have inherited higher limits.
        soft_and_hard(RLIMIT_NICE, 0),
        soft_and_hard(RLIMIT_RTPRIO, 0),
    ];
    if counting == UsageSource::Sampling {
        // A bound on allocations between two samples. It does not limit the address space, because runtimes reserve much more
        // than they use, and it leaves room for reserved data.
        rlimits.push(soft_and_hard(RLIMIT_DATA, limits.memory.get().saturating_add(RESERVED)));
    }
    rlimits
}

/// With a cgroup, far above the limit of the cgroup, which is the one that is noticed and named: this count includes processes
/// of an earlier test that have just ended.
fn processes(limits: &Limits, counting: UsageSource) -> u64 {
    match counting {
        UsageSource::Cgroup => 4 * u64::from(limits.processes) + 64,
        UsageSource::Sampling => few_processes(limits),
    }
}

/// Just above the limit, so that the sampled limit is reached and named first.
fn few_processes(limits: &Limits) -> u64 {
    u64::from(limits.processes) + 8
}

/// Bytes that a runtime may reserve without using them.
const RESERVED: u64 = 1 << 30;

/// The stack limit. It must be in force when a program starts, because the C library uses it as the size of thread stacks.
pub(crate) const fn stack(limits: &Limits) -> Rlimit {
    soft_and_hard(RLIMIT_STACK, limits.stack.get())
}

const fn soft_and_hard(resource: u32, value: u64) -> Rlimit {
    Rlimit { resource, soft: value, hard: value }
}

// setrlimit(2); the same on x86-64 and aarch64.
const RLIMIT_CPU: u32 = 0;
const RLIMIT_FSIZE: u32 = 1;
const RLIMIT_DATA: u32 = 2;
const RLIMIT_STACK: u32 = 3;
const RLIMIT_NPROC: u32 = 6;
const RLIMIT_NOFILE: u32 = 7;
const RLIMIT_MEMLOCK: u32 = 8;
const RLIMIT_SIGPENDING: u32 = 11;
const RLIMIT_MSGQUEUE: u32 = 12;
const RLIMIT_NICE: u32 = 13;
const RLIMIT_RTPRIO: u32 = 14;
