//! The verdict on one run, from facts.

use std::time::Duration;

use model::{Ending, Limits, Outcome, Usage, Verdict};

use crate::compare::Compared;

/// The verdict on a run whose output was compared by us.
///
/// How the run ended comes first: what a program wrote before a limit ended it counts for nothing. `compared` is asked
/// only after a run that ended well, so that nobody compares in vain.
pub fn decide<E>(
    outcome: &Outcome,
    limits: &Limits,
    compared: impl FnOnce() -> Result<Compared, E>,
) -> Result<(Verdict, Option<Compared>), E> {
    if let Some(error) = error_of_run(outcome, limits) {
        return Ok((error, None));
    }
    let compared = compared()?;
    let verdict = match compared {
        Compared::Same => Verdict::Accepted,
        Compared::Different(_) => Verdict::WrongAnswer,
    };
    Ok((verdict, Some(compared)))
}

/// What was wrong with a run, whatever it wrote; nothing if it ended well.
///
/// A run may be over a limit without having been stopped for it, when it ended by itself in between two looks at the
/// counter. It is over the limit all the same.
pub fn error_of_run(outcome: &Outcome, limits: &Limits) -> Option<Verdict> {
    let error = match outcome.ending {
        Ending::CpuLimit | Ending::WallLimit | Ending::IdleLimit => Some(Verdict::TimeLimit),
        Ending::MemoryLimit => Some(Verdict::MemoryLimit),
        Ending::OutputLimit => Some(Verdict::OutputLimit),
        Ending::ProcessLimit | Ending::DiskLimit | Ending::ForbiddenCall | Ending::Signalled(_) => {
            Some(Verdict::RuntimeError)
        }
        Ending::Exited(0) => None,
        Ending::Exited(_) => Some(Verdict::RuntimeError),
        // Neither is the program's doing: a cancelled run gets no verdict at all, and nobody types at a graded one.
        Ending::Cancelled | Ending::InputLimit => Some(Verdict::JudgeError),
    };
    match error {
        // Also of a failure: a program killed for its time by the kernel dies of a signal, and the time says why.
        None | Some(Verdict::RuntimeError) if outcome.usage.cpu > limits.cpu => Some(Verdict::TimeLimit),
        None if outcome.stdout_truncated => Some(Verdict::OutputLimit),
        other => other,
    }
}

/// How near a limit a run must have been that the limit ended to be run again: within a tenth of it.
pub const NEAR_PERCENT: u32 = 10;

/// How much more CPU time than allowed a run gets, in percent of the limit: enough to see that it was not near the limit but over
/// it, so that it need not be run again.
const SURE_PERCENT: u32 = NEAR_PERCENT + 1;

/// The limits to run a test with that is judged by `limits`.
#[must_use]
pub fn run_with(run: RunOfTest, limits: Limits) -> Limits {
    match run {
        RunOfTest::First => Limits { cpu: limits.cpu + limits.cpu * SURE_PERCENT / 100, ..limits },
        RunOfTest::Again => limits,
    }
}

/// A run that had less of a processor than one part in so many was not held up by others, but waited for something: a timed run
/// has a processor of its own.
const LEAST_WORK: u32 = 2;

/// Whether to run a test again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rerun {
    /// No: the verdict stands.
    No,
    /// Once, with nothing beside it on the machine; then that verdict stands.
    OnceAlone,
}

/// Which run of a test this was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOfTest {
    /// The first.
    First,
    /// The one that was made alone, since the first was near a limit.
    Again,
}

/// Whether to run a test again, of which the first run got this verdict (none if it ended well and is not judged yet).
///
/// Only a limit of time may hang on how busy the machine was: a run that it ended, or that was over it, and used no more than
/// [`NEAR_PERCENT`] beyond it. Memory is counted alike on any machine, and a program can run into that limit whenever it wants
/// a second try. An accepted run, a wrong answer, a crash and a conversation that the
/// validator ended stand as they are: a second run would be a second try. A run that hardly used a processor was waiting,
/// and would wait again. A run is never made a third time.
pub fn rerun(run: RunOfTest, verdict: Option<Verdict>, outcome: &Outcome, limits: &Limits) -> Rerun {
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
        RunOfTest::First if is_near => Rerun::OnceAlone,
        RunOfTest::First | RunOfTest::Again => Rerun::No,
    }
}

fn is_near_time(outcome: &Outcome, limits: &Limits) -> bool {
    let Usage { cpu, wall, .. } = outcome.usage;
    if cpu > limits.cpu {
        return is_near(nanos(cpu), nanos(limits.cpu));
    }
    let worked = cpu >= wall / LEAST_WORK;
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
    use std::convert::Infallible;

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
        let compared = || Ok::<_, Infallible>(compare_bytes(&model::Comparison::Exact, got, b"3"));
        decide(outcome, &LIMITS, compared).map(|(verdict, _)| verdict).expect("nothing can fail")
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
        let verdict = error_of_run(outcome, &LIMITS);
        assert_eq!(rerun(RunOfTest::First, verdict, outcome, &LIMITS), expected, "{outcome:?}");
        assert_eq!(rerun(RunOfTest::Again, verdict, outcome, &LIMITS), Rerun::No, "{outcome:?}");
    }

    #[test]
    fn a_run_that_a_limit_of_time_ended_within_a_tenth_is_made_once_more_alone() {
        for (ending, cpu_ms, expected) in [
            (Ending::Exited(0), 1001, Rerun::OnceAlone),
            (Ending::Signalled(24), 1001, Rerun::OnceAlone),
            (Ending::CpuLimit, 1100, Rerun::OnceAlone),
            (Ending::CpuLimit, 1101, Rerun::No),
            (Ending::Cancelled, 1050, Rerun::No),
        ] {
            check(&outcome(ending, cpu_ms), expected);
        }
        let run_longer = run_with(RunOfTest::First, LIMITS);
        let endless = outcome(Ending::CpuLimit, u64::try_from(run_longer.cpu.as_millis()).expect("little"));
        check(&endless, Rerun::No);
        assert_eq!(run_with(RunOfTest::Again, LIMITS), LIMITS);
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
    fn what_was_accepted_or_wrong_is_never_judged_again_whatever_it_used() {
        for verdict in [
            Verdict::Accepted,
            Verdict::Partial,
            Verdict::WrongAnswer,
            Verdict::RuntimeError,
            Verdict::JudgeError,
        ] {
            let near = outcome(Ending::CpuLimit, 1050);
            assert_eq!(rerun(RunOfTest::First, Some(verdict), &near, &LIMITS), Rerun::No, "{verdict:?}");
        }
    }

    #[test]
    fn a_run_that_was_stopped_by_the_clock_is_made_again_only_if_it_worked() {
        let limits = Limits { wall: Duration::from_millis(1500), ..LIMITS };
        let mut held_up = outcome(Ending::WallLimit, 800);
        held_up.usage.wall = limits.wall;
        let again =
            |outcome: &Outcome| rerun(RunOfTest::First, error_of_run(outcome, &limits), outcome, &limits);
        assert_eq!(again(&held_up), Rerun::OnceAlone);
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
