//! Ending of a run: a pure function of the facts.

use kernel::ExitStatus;
use model::{Ending, Limits};

use crate::protocol::{RunFacts, StopCause};

/// Reason of the worker to stop a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    OutputLimit,
    IdleLimit,
    Cancelled,
}

/// Names the limit that ended the run, or else how the program ended by itself.
///
/// A limit that the kernel enforced (memory, processes) counts even if the program ended before the launcher read the counters.
/// CPU time counts to the end of the run, so a program that ended just above the limit is over it, too.
pub(crate) fn ending(facts: &RunFacts, limits: &Limits, asked: Option<StopReason>) -> Ending {
    match asked {
        Some(StopReason::Cancelled) => return Ending::Cancelled,
        Some(StopReason::OutputLimit) => return Ending::OutputLimit,
        Some(StopReason::IdleLimit) => return Ending::IdleLimit,
        None => {}
    }
    if facts.out_of_memory || facts.stopped_for == Some(StopCause::Memory) {
        return Ending::MemoryLimit;
    }
    if facts.fork_refused || facts.stopped_for == Some(StopCause::Processes) {
        return Ending::ProcessLimit;
    }
    if facts.cpu >= limits.cpu || facts.stopped_for == Some(StopCause::Cpu) {
        return Ending::CpuLimit;
    }
    if facts.stopped_for == Some(StopCause::Wall) {
        return Ending::WallLimit;
    }
    match facts.exit {
        ExitStatus::Signal(SIGXCPU) => Ending::CpuLimit,
        ExitStatus::Signal(SIGXFSZ) => Ending::DiskLimit,
        ExitStatus::Signal(SIGSYS) => Ending::ForbiddenCall,
        ExitStatus::Signal(signal) if facts.disk_full && signal == SIGBUS => Ending::DiskLimit,
        ExitStatus::Signal(signal) => Ending::Signalled(signal),
        ExitStatus::Code(code) if facts.disk_full && code != 0 => Ending::DiskLimit,
        ExitStatus::Code(code) => Ending::Exited(code),
    }
}

// The same on every architecture that we support: signal(7).
const SIGBUS: i32 = 7;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;
const SIGSYS: i32 = 31;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const FINE: RunFacts = RunFacts {
        exit: ExitStatus::Code(0),
        forbidden_call: None,
        wall: Duration::from_millis(5),
        ended_at: Duration::ZERO,
        cpu: Duration::from_millis(3),
        throttled: Duration::ZERO,
        memory: 1 << 20,
        disk_full: false,
        out_of_memory: false,
        fork_refused: false,
        stopped_for: None,
    };
    const KILLED: RunFacts = RunFacts { exit: ExitStatus::Signal(9), ..FINE };

    fn check(facts: RunFacts, expected: Ending) {
        assert_eq!(ending(&facts, &Limits::STUDENT, None), expected, "{facts:?}");
    }

    #[test]
    fn a_program_that_ends_by_itself_is_taken_at_its_word() {
        check(FINE, Ending::Exited(0));
        check(RunFacts { exit: ExitStatus::Code(3), ..FINE }, Ending::Exited(3));
        check(RunFacts { exit: ExitStatus::Signal(11), ..FINE }, Ending::Signalled(11));
        check(RunFacts { disk_full: true, ..FINE }, Ending::Exited(0));
    }

    #[test]
    fn each_limit_is_named() {
        check(RunFacts { stopped_for: Some(StopCause::Cpu), ..KILLED }, Ending::CpuLimit);
        check(RunFacts { cpu: Limits::STUDENT.cpu, ..FINE }, Ending::CpuLimit);
        check(RunFacts { stopped_for: Some(StopCause::Wall), ..KILLED }, Ending::WallLimit);
        check(RunFacts { stopped_for: Some(StopCause::Memory), ..KILLED }, Ending::MemoryLimit);
        check(RunFacts { out_of_memory: true, ..FINE }, Ending::MemoryLimit);
        check(RunFacts { stopped_for: Some(StopCause::Processes), ..KILLED }, Ending::ProcessLimit);
        check(RunFacts { fork_refused: true, exit: ExitStatus::Code(1), ..FINE }, Ending::ProcessLimit);
        check(RunFacts { exit: ExitStatus::Signal(SIGXFSZ), ..FINE }, Ending::DiskLimit);
        check(RunFacts { disk_full: true, exit: ExitStatus::Code(1), ..FINE }, Ending::DiskLimit);
        check(RunFacts { exit: ExitStatus::Signal(SIGSYS), ..FINE }, Ending::ForbiddenCall);
        check(RunFacts { exit: ExitStatus::Signal(SIGXCPU), ..FINE }, Ending::CpuLimit);
    }

    #[test]
    fn what_the_worker_asked_for_comes_first() {
        let facts = RunFacts { stopped_for: Some(StopCause::Asked), out_of_memory: true, ..KILLED };
        assert_eq!(ending(&facts, &Limits::STUDENT, Some(StopReason::Cancelled)), Ending::Cancelled);
        for (asked, expected) in
            [(StopReason::OutputLimit, Ending::OutputLimit), (StopReason::IdleLimit, Ending::IdleLimit)]
        {
            assert_eq!(ending(&facts, &Limits::STUDENT, Some(asked)), expected);
        }
    }
}
