//! Verdict of one run: mapping from its outcome and limits, and the decision to run it again.

use std::time::Duration;

use model::{Ending, Limits, Outcome, Usage, Verdict};

/// The verdict of a failed run, regardless of its output; `None` if it ended well.
///
/// A run can exceed a limit and still end by itself, between two looks at the counter. It counts as over the
/// limit all the same.
pub fn run_error(outcome: &Outcome, limits: &Limits) -> Option<Verdict> {
    let error = match outcome.ending {
        Ending::CpuLimit | Ending::WallLimit | Ending::IdleLimit => Some(Verdict::TimeLimit),
        Ending::MemoryLimit => Some(Verdict::MemoryLimit),
        Ending::OutputLimit => Some(Verdict::OutputLimit),
        Ending::ProcessLimit | Ending::DiskLimit | Ending::ForbiddenCall | Ending::Signalled(_) => {
            Some(Verdict::RuntimeError)
        }
        Ending::Exited(0) => None,
        Ending::Exited(_) => Some(Verdict::RuntimeError),
        // Neither is the program's fault: a cancelled run gets no verdict at all, and a graded run has no
        // interactive input.
        Ending::Cancelled | Ending::InputLimit => Some(Verdict::JudgeError),
    };
    match error {
        // Applies to crashes too: the kernel kills a program by a signal for its CPU time, and the time is
        // the reason.
        None | Some(Verdict::RuntimeError) if outcome.usage.cpu > limits.cpu => Some(Verdict::TimeLimit),
        None if outcome.stdout_truncated => Some(Verdict::OutputLimit),
        other => other,
    }
}

/// Maximum distance from a time limit, in percent of it, at which a run that exceeded the limit is repeated.
pub const NEAR_PERCENT: u32 = 10;

/// Extra CPU time of a first run, in percent of the limit: enough to tell a run near the limit from one
/// clearly over it, which need not be repeated.
const CPU_MARGIN_PERCENT: u32 = NEAR_PERCENT + 1;

/// The limits to enforce for this run of a test that is judged by `limits`.
#[must_use]
pub fn limits_for(run: TestRun, limits: Limits) -> Limits {
    match run {
        TestRun::First => Limits { cpu: limits.cpu + limits.cpu * CPU_MARGIN_PERCENT / 100, ..limits },
        TestRun::Rerun => limits,
    }
}

/// A run that used less than `wall / MIN_CPU_DIVISOR` of CPU time was waiting, not delayed by other work: a
/// timed run has a processor of its own.
const MIN_CPU_DIVISOR: u32 = 2;

/// Whether to run a test again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rerun {
    /// The verdict is final.
    No,
    /// Run it once more with nothing else on the machine; that verdict is final.
    Isolated,
}

/// Ordinal of a run of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestRun {
    /// The first run.
    First,
    /// The repetition, alone on the machine, because the first run was near a limit.
    Rerun,
}

/// Decides whether to run a test again. `verdict` is that of the first run, `None` if it ended well and is
/// not judged yet.
///
/// Only time limits depend on the load of the machine: a run is repeated if it exceeded a time limit by at
/// most [`NEAR_PERCENT`]. Memory use does not depend on load, and a program can hit that limit on purpose to
/// get a second try. An accepted run, a wrong answer, a crash and an interaction ended by the validator are
/// final: a second run would be a second try. A run that used little CPU time was waiting, and would wait
/// again. There is never a third run.
pub fn rerun(run: TestRun, verdict: Option<Verdict>, outcome: &Outcome, limits: &Limits) -> Rerun {
    let is_near = match verdict {
        Some(Verdict::TimeLimit) => is_near_time(outcome, limits),
        Some(
            Verdict::Accepted
            | Verdict::MemoryLimit
            | Verdict::Partial
            | Verdict::WrongAnswer
            | Verdict::OutputLimit
            | Verdict::RuntimeError
            | Verdict::CompileError
            | Verdict::JudgeError,
        )
        | None => false,
    };
    match run {
        TestRun::First if is_near => Rerun::Isolated,
        TestRun::First | TestRun::Rerun => Rerun::No,
    }
}

fn is_near_time(outcome: &Outcome, limits: &Limits) -> bool {
    let Usage { cpu, wall, .. } = outcome.usage;
    if cpu > limits.cpu {
        return is_near(nanos(cpu), nanos(limits.cpu));
    }
    let worked = cpu >= wall / MIN_CPU_DIVISOR;
    worked && is_near(nanos(wall), nanos(limits.wall))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn is_near(used: u64, limit: u64) -> bool {
    u128::from(used.abs_diff(limit)) * 100 <= u128::from(limit) * u128::from(NEAR_PERCENT)
}

#[cfg(test)]
mod tests {
    use model::{Bytes, Transcript};

    use super::*;
    use crate::compare::compare_bytes;

    const LIMITS: Limits =
        Limits { cpu: Duration::from_secs(1), wall: Duration::from_secs(4), ..Limits::STUDENT };

    fn outcome(ending: Ending, cpu_ms: u64) -> Outcome {
        let cpu = Duration::from_millis(cpu_ms);
        Outcome {
            ending,
            forbidden_call: None,
            usage: Usage { cpu, wall: cpu, memory: Bytes::mib(10), ..Usage::default() },
            transcript: Transcript::default(),
            stdout_truncated: false,
            stderr_truncated: false,
        }
    }

    fn verdict(outcome: &Outcome, got: &[u8]) -> Verdict {
        // The ending has priority: output written before a limit was hit does not count.
        run_error(outcome, &LIMITS)
            .unwrap_or_else(|| compare_bytes(&model::Comparison::Exact, got, b"3").verdict())
    }

    #[test]
    fn every_ending_has_one_verdict() {
        for (ending, expected) in [
            (Ending::Exited(0), Verdict::Accepted),
            (Ending::Exited(1), Verdict::RuntimeError),
            (Ending::Signalled(11), Verdict::RuntimeError),
            (Ending::CpuLimit, Verdict::TimeLimit),
            (Ending::WallLimit, Verdict::TimeLimit),
            (Ending::IdleLimit, Verdict::TimeLimit),
            (Ending::MemoryLimit, Verdict::MemoryLimit),
            (Ending::OutputLimit, Verdict::OutputLimit),
            (Ending::ProcessLimit, Verdict::RuntimeError),
            (Ending::DiskLimit, Verdict::RuntimeError),
            (Ending::ForbiddenCall, Verdict::RuntimeError),
            (Ending::InputLimit, Verdict::JudgeError),
            (Ending::Cancelled, Verdict::JudgeError),
        ] {
            assert_eq!(verdict(&outcome(ending, 5), b"3"), expected, "{ending:?}");
        }
        assert_eq!(verdict(&outcome(Ending::Exited(0), 5), b"4"), Verdict::WrongAnswer);
    }

    #[test]
    fn a_right_answer_that_came_too_late_or_was_cut_is_none() {
        assert_eq!(verdict(&outcome(Ending::Exited(0), 1001), b"3"), Verdict::TimeLimit);
        assert_eq!(verdict(&outcome(Ending::Signalled(24), 1001), b"3"), Verdict::TimeLimit);
        assert_eq!(verdict(&outcome(Ending::Exited(0), 1000), b"3"), Verdict::Accepted);
        let cut = Outcome { stdout_truncated: true, ..outcome(Ending::Exited(0), 5) };
        assert_eq!(verdict(&cut, b"3"), Verdict::OutputLimit);
    }

    /// Whether a first run that ended like this, and that nothing else is wrong with, is made again.
    #[track_caller]
    fn check(outcome: &Outcome, expected: Rerun) {
        let verdict = run_error(outcome, &LIMITS);
        assert_eq!(rerun(TestRun::First, verdict, outcome, &LIMITS), expected, "{outcome:?}");
        assert_eq!(rerun(TestRun::Rerun, verdict, outcome, &LIMITS), Rerun::No, "{outcome:?}");
    }

    #[test]
    fn a_run_that_a_limit_of_time_ended_within_a_tenth_is_made_once_more_alone() {
        for (ending, cpu_ms, expected) in [
            (Ending::Exited(0), 1001, Rerun::Isolated),
            (Ending::Signalled(24), 1001, Rerun::Isolated),
            (Ending::CpuLimit, 1100, Rerun::Isolated),
            (Ending::CpuLimit, 1101, Rerun::No),
            (Ending::Cancelled, 1050, Rerun::No),
        ] {
            check(&outcome(ending, cpu_ms), expected);
        }
        let run_longer = limits_for(TestRun::First, LIMITS);
        let endless = outcome(Ending::CpuLimit, u64::try_from(run_longer.cpu.as_millis()).expect("little"));
        check(&endless, Rerun::No);
        assert_eq!(limits_for(TestRun::Rerun, LIMITS), LIMITS);
    }

    #[test]
    fn a_run_near_a_limit_that_did_not_end_it_stands() {
        for ending in [Ending::Exited(0), Ending::Exited(1), Ending::Signalled(11), Ending::OutputLimit] {
            for cpu_ms in [899, 900, 950, 1000] {
                check(&outcome(ending, cpu_ms), Rerun::No);
            }
        }
        let mut full = outcome(Ending::Exited(0), 5);
        full.usage.memory = Bytes(LIMITS.memory.get() - 1);
        check(&full, Rerun::No);
    }

    #[test]
    fn accepted_and_wrong_answers_are_never_rerun() {
        for verdict in [
            Verdict::Accepted,
            Verdict::Partial,
            Verdict::WrongAnswer,
            Verdict::RuntimeError,
            Verdict::JudgeError,
        ] {
            let near = outcome(Ending::CpuLimit, 1050);
            assert_eq!(rerun(TestRun::First, Some(verdict), &near, &LIMITS), Rerun::No, "{verdict:?}");
        }
    }

    #[test]
    fn a_run_that_was_stopped_by_the_clock_is_made_again_only_if_it_worked() {
        let limits = Limits { wall: Duration::from_millis(1500), ..LIMITS };
        let mut held_up = outcome(Ending::WallLimit, 800);
        held_up.usage.wall = limits.wall;
        let again = |outcome: &Outcome| rerun(TestRun::First, run_error(outcome, &limits), outcome, &limits);
        assert_eq!(again(&held_up), Rerun::Isolated);
        held_up.usage.cpu = Duration::from_millis(700);
        assert_eq!(again(&held_up), Rerun::No, "it waited, and would wait again");
    }

    #[test]
    fn a_run_that_ended_at_its_limit_of_memory_stands() {
        for memory in [LIMITS.memory.get() - 1, LIMITS.memory.get() / 2] {
            let mut full = outcome(Ending::MemoryLimit, 5);
            full.usage.memory = Bytes(memory);
            check(&full, Rerun::No);
        }
    }
}
