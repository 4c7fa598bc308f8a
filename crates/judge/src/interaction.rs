//! Verdict of an interactive test: combination of the submission's outcome and the validator's result.
//!
//! Both run with limits of their own, each one's output connected to the other's input. The caller reports
//! how both ended and which ended first.

use model::{Ending, Limits, Outcome, Verdict};

use crate::{validator::ValidatorResult, verdict::run_error};

/// The process of an interactive pair that ended first. The order is that of reaping. The pipe to the
/// survivor is closed only after the other was reaped, so that a crash on a broken pipe cannot overtake its
/// cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstToExit {
    /// The validator.
    Validator,
    /// The submission.
    Submission,
}

/// Delivery of the submission's output to the validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputDelivery {
    /// The validator could read all of it.
    Complete,
    /// Some output came after the validator had closed its input: a broken pipe.
    BrokenPipe,
}

/// Facts about an interaction that neither outcome holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InteractionFacts {
    /// The process that ended first.
    pub first_to_exit: FirstToExit,
    /// Delivery of the submission's output to the validator.
    pub delivery: OutputDelivery,
}

/// The result of a test with an interactive validator.
#[derive(Debug, Clone, PartialEq)]
pub enum InteractionResult {
    /// The submission failed, with this verdict.
    SubmissionFailed(Verdict),
    /// The validator decides.
    Validator(ValidatorResult),
}

impl InteractionResult {
    /// The verdict; none while another pass is due.
    pub const fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::SubmissionFailed(verdict) => Some(*verdict),
            Self::Validator(result) => result.verdict(),
        }
    }
}

/// SIGPIPE: kills a program that writes to a closed pipe.
const SIGPIPE: i32 = 13;

/// Judges an interaction, for every way in which it can end. `result` is the output of
/// [`crate::validator::interpret`].
///
/// The rules, in this order, are those of the reference tools:
/// 1. A failed validator is a judge error, unless it was waiting for a submission that exceeded its time or
///    output limit: then the submission failed.
/// 2. If the validator ended first with "wrong", that is the verdict: later events in the submission do not
///    matter.
/// 3. A submission that failed or exceeded a limit has failed, even if the validator accepted: it must end
///    well too. A broken pipe is not a failure, since the validator had stopped reading. Some languages end
///    the program by a signal for it, others by an exception and an exit code; both count the same. So does
///    excess output after the validator ended.
/// 4. Otherwise the validator's result counts.
pub fn judge_interaction(
    facts: InteractionFacts,
    submission: &Outcome,
    limits: &Limits,
    result: ValidatorResult,
) -> InteractionResult {
    let error = run_error(submission, limits);
    let error = error.filter(|error| !is_broken_pipe(facts, submission, *error));
    match (&result, facts.first_to_exit, error) {
        (
            ValidatorResult::Failed(_),
            FirstToExit::Submission,
            Some(error @ (Verdict::TimeLimit | Verdict::OutputLimit)),
        ) => InteractionResult::SubmissionFailed(error),
        (ValidatorResult::Failed(_), _, _)
        | (ValidatorResult::Wrong, FirstToExit::Validator, _)
        | (_, _, None) => InteractionResult::Validator(result),
        (_, _, Some(error)) => InteractionResult::SubmissionFailed(error),
    }
}

fn is_broken_pipe(facts: InteractionFacts, outcome: &Outcome, error: Verdict) -> bool {
    let is_write_error = facts.delivery == OutputDelivery::BrokenPipe
        && error == Verdict::RuntimeError
        && matches!(outcome.ending, Ending::Exited(_) | Ending::Signalled(_));
    let is_unread_output = facts.first_to_exit == FirstToExit::Validator && error == Verdict::OutputLimit;
    is_write_error || is_unread_output || outcome.ending == Ending::Signalled(SIGPIPE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Transcript, Usage, ValidatorScores};

    use super::*;
    use crate::validator::{Feedback, Pass, interpret};

    /// A submission that ended like this; one that a limit of time ended has used its time.
    fn submission(ending: Ending) -> Outcome {
        let cpu = if ending == CpuLimit { Limits::STUDENT.cpu } else { Duration::ZERO };
        Outcome {
            ending,
            forbidden_call: None,
            usage: Usage { cpu, ..Usage::default() },
            transcript: Transcript::default(),
            stdout_truncated: false,
            stderr_truncated: false,
        }
    }

    #[track_caller]
    fn check(first: FirstToExit, of_submission: Ending, of_validator: Ending, expected: Verdict) {
        let said = interpret(of_validator, &Feedback::default(), ValidatorScores::Never, Pass::ONLY);
        let talked = InteractionFacts { first_to_exit: first, delivery: OutputDelivery::Complete };
        let interaction = judge_interaction(talked, &submission(of_submission), &Limits::STUDENT, said);
        assert_eq!(interaction.verdict(), Some(expected));
    }

    use Ending::{CpuLimit, Exited, MemoryLimit, OutputLimit, Signalled, WallLimit};
    use FirstToExit::{Submission, Validator};

    #[test]
    fn both_end_well_and_the_validator_accepts() {
        check(Submission, Exited(0), Exited(42), Verdict::Accepted);
        check(Validator, Exited(0), Exited(42), Verdict::Accepted);
    }

    #[test]
    fn both_end_well_and_the_validator_rejects() {
        check(Submission, Exited(0), Exited(43), Verdict::WrongAnswer);
        check(Validator, Exited(0), Exited(43), Verdict::WrongAnswer);
    }

    #[test]
    fn the_submission_crashes_and_the_validator_misses_its_words() {
        check(Submission, Exited(1), Exited(43), Verdict::RuntimeError);
        check(Submission, Signalled(11), Exited(43), Verdict::RuntimeError);
    }

    #[test]
    fn the_submission_crashes_because_the_validator_had_rejected_and_gone() {
        check(Validator, Exited(1), Exited(43), Verdict::WrongAnswer);
        check(Validator, Signalled(11), Exited(43), Verdict::WrongAnswer);
    }

    #[test]
    fn the_submission_crashes_after_all_was_right() {
        check(Validator, Exited(1), Exited(42), Verdict::RuntimeError);
        check(Submission, Exited(1), Exited(42), Verdict::RuntimeError);
    }

    #[test]
    fn the_submission_writes_to_a_validator_that_has_gone() {
        check(Validator, Signalled(13), Exited(43), Verdict::WrongAnswer);
        check(Validator, Signalled(13), Exited(42), Verdict::Accepted);
    }

    #[test]
    fn a_broken_pipe_counts_the_same_however_a_language_tells_of_it() {
        use OutputDelivery::{BrokenPipe, Complete};
        for (delivery, ending, expected) in [
            (BrokenPipe, Exited(0), Verdict::Accepted),
            (BrokenPipe, Exited(1), Verdict::Accepted),
            (BrokenPipe, Exited(101), Verdict::Accepted),
            (BrokenPipe, Signalled(6), Verdict::Accepted),
            (BrokenPipe, Signalled(13), Verdict::Accepted),
            (BrokenPipe, CpuLimit, Verdict::TimeLimit),
            (BrokenPipe, MemoryLimit, Verdict::MemoryLimit),
            (BrokenPipe, Ending::ForbiddenCall, Verdict::RuntimeError),
            (Complete, Exited(1), Verdict::RuntimeError),
        ] {
            let talked = InteractionFacts { first_to_exit: Validator, delivery };
            let said = ValidatorResult::Accepted(crate::validator::FeedbackScore::None);
            let verdict = judge_interaction(talked, &submission(ending), &Limits::STUDENT, said).verdict();
            assert_eq!(verdict, Some(expected), "{delivery:?} {ending:?}");
        }
        // The validator had closed its input, and was still at work.
        for (ending, expected) in [
            (Exited(1), Verdict::Accepted),
            (Signalled(13), Verdict::Accepted),
            (MemoryLimit, Verdict::MemoryLimit),
        ] {
            let talked = InteractionFacts { first_to_exit: Submission, delivery: BrokenPipe };
            let said = ValidatorResult::Accepted(crate::validator::FeedbackScore::None);
            let verdict = judge_interaction(talked, &submission(ending), &Limits::STUDENT, said).verdict();
            assert_eq!(verdict, Some(expected), "{ending:?}");
        }
    }

    #[test]
    fn the_submission_runs_out_of_cpu_time_and_the_validator_then_rejects() {
        check(Submission, CpuLimit, Exited(43), Verdict::TimeLimit);
    }

    #[test]
    fn both_wait_for_each_other_until_the_time_is_up() {
        check(Submission, WallLimit, Exited(43), Verdict::TimeLimit);
        check(Submission, WallLimit, Ending::Cancelled, Verdict::TimeLimit);
    }

    #[test]
    fn the_submission_goes_on_for_ever_after_the_validator_rejected() {
        check(Validator, CpuLimit, Exited(43), Verdict::WrongAnswer);
        check(Validator, WallLimit, Exited(43), Verdict::WrongAnswer);
    }

    #[test]
    fn the_submission_goes_on_for_ever_after_the_validator_accepted() {
        check(Validator, CpuLimit, Exited(42), Verdict::TimeLimit);
    }

    #[test]
    fn the_submission_uses_up_its_memory() {
        check(Submission, MemoryLimit, Exited(43), Verdict::MemoryLimit);
        check(Validator, MemoryLimit, Exited(43), Verdict::WrongAnswer);
    }

    #[test]
    fn the_submission_talks_too_much() {
        check(Submission, OutputLimit, Exited(43), Verdict::OutputLimit);
        check(Submission, OutputLimit, Signalled(13), Verdict::OutputLimit);
        check(Submission, OutputLimit, Exited(42), Verdict::OutputLimit);
    }

    #[test]
    fn an_output_limit_after_the_validators_exit_keeps_its_verdict() {
        check(Validator, OutputLimit, Exited(42), Verdict::Accepted);
        check(Validator, OutputLimit, Exited(43), Verdict::WrongAnswer);
    }

    #[test]
    fn the_validator_crashes() {
        check(Validator, Exited(0), Exited(1), Verdict::JudgeError);
        check(Validator, Signalled(13), Signalled(11), Verdict::JudgeError);
        check(Submission, Exited(0), Exited(0), Verdict::JudgeError);
    }

    #[test]
    fn the_validator_crashes_when_the_submission_has_crashed() {
        // A validator must stand a submission that goes away: the reference tools say so too.
        check(Submission, Exited(1), Signalled(13), Verdict::JudgeError);
    }

    #[test]
    fn the_validator_runs_out_of_time_while_the_submission_is_well() {
        check(Submission, Exited(0), CpuLimit, Verdict::JudgeError);
        check(Validator, Signalled(9), WallLimit, Verdict::JudgeError);
    }

    #[test]
    fn a_right_facts_that_took_too_long_is_over_the_limit() {
        let late = Outcome {
            usage: Usage { cpu: Limits::STUDENT.cpu * 2, ..Usage::default() },
            ..submission(Exited(0))
        };
        let said = || ValidatorResult::Accepted(crate::validator::FeedbackScore::None);
        let talked = |first| InteractionFacts { first_to_exit: first, delivery: OutputDelivery::Complete };
        let verdict = |first| judge_interaction(talked(first), &late, &Limits::STUDENT, said()).verdict();
        assert_eq!(verdict(Submission), Some(Verdict::TimeLimit));
        assert_eq!(verdict(Validator), Some(Verdict::TimeLimit));
    }

    #[test]
    fn another_pass_is_due_only_if_the_submission_ended_well() {
        let verdict = |ending| {
            let next = ValidatorResult::NextPass(Vec::new());
            let talked = InteractionFacts { first_to_exit: Submission, delivery: OutputDelivery::Complete };
            judge_interaction(talked, &submission(ending), &Limits::STUDENT, next).verdict()
        };
        assert_eq!(verdict(Exited(0)), None);
        assert_eq!(verdict(Exited(1)), Some(Verdict::RuntimeError));
    }
}
