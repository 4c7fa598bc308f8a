//! The verdict on a conversation between a submission and an interactive validator.
//!
//! Each is run with limits of its own, the output of one the input of the other. Whoever runs them tells how both ended and
//! who ended first.

use model::{Ending, Limits, Outcome, Verdict};

use crate::{decide::error_of_run, validator::Said};

/// Who of an interactive pair ended first. Ends are told apart by when their processes were reaped; the pipe to one that still
/// runs is closed only after the other has been, so that a crash on a broken pipe does not overtake its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedFirst {
    /// The validator.
    Validator,
    /// The submission.
    Submission,
}

/// What became of what the submission said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listening {
    /// The validator could read all of it.
    All,
    /// Some of it came when the validator had gone: the pipe was broken.
    BrokenPipe,
}

/// How a conversation went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversation {
    /// Who ended first.
    pub first: EndedFirst,
    /// What became of what the submission said.
    pub listening: Listening,
}

/// What came of a test with an interactive validator.
#[derive(Debug, Clone, PartialEq)]
pub enum Interaction {
    /// The submission failed by itself.
    Failed(Verdict),
    /// The validator has the word.
    Judged(Said),
}

impl Interaction {
    /// The verdict; none while another pass is due.
    pub const fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Failed(verdict) => Some(*verdict),
            Self::Judged(said) => said.verdict(),
        }
    }
}

/// SIGPIPE: what kills a program that writes to somebody who has gone.
const SIGPIPE: i32 = 13;

/// The verdict on a conversation, for every way in which it can end. `said` is what [`crate::validator::understand`] made of the validator.
///
/// In this order, as the reference tools judge:
/// 1. A validator that failed is a judge error; but one that was only waiting for a submission that ran out of time
///    did not fail, the submission did.
/// 2. A validator that ended first with "wrong" has judged: what the submission did afterwards, alone, is no matter.
/// 3. A submission that was over a limit, or failed, has failed, even if the validator has accepted: it must end well
///    too. A broken pipe is not a failure: the validator had stopped listening. Some languages end a program for it by a signal,
///    others by an exception and an exit code of their own; all of it counts the same. So does too much output that nobody was
///    there to read.
/// 4. Else the validator's word counts.
pub fn interaction(
    conversation: Conversation,
    submission: &Outcome,
    limits: &Limits,
    said: Said,
) -> Interaction {
    let error = error_of_run(submission, limits);
    let error = error.filter(|error| !is_broken_pipe(conversation, submission, *error));
    match (&said, conversation.first, error) {
        (
            Said::Failed(_),
            EndedFirst::Submission,
            Some(error @ (Verdict::TimeLimit | Verdict::OutputLimit)),
        ) => Interaction::Failed(error),
        (Said::Failed(_), _, _) | (Said::Wrong, EndedFirst::Validator, _) | (_, _, None) => {
            Interaction::Judged(said)
        }
        (_, _, Some(error)) => Interaction::Failed(error),
    }
}

fn is_broken_pipe(conversation: Conversation, outcome: &Outcome, error: Verdict) -> bool {
    let failed_for_it = conversation.listening == Listening::BrokenPipe
        && error == Verdict::RuntimeError
        && matches!(outcome.ending, Ending::Exited(_) | Ending::Signalled(_));
    let talked_to_nobody = conversation.first == EndedFirst::Validator && error == Verdict::OutputLimit;
    failed_for_it || talked_to_nobody || outcome.ending == Ending::Signalled(SIGPIPE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Transcript, Usage, ValidatorScores};

    use super::*;
    use crate::validator::{Feedback, Pass, understand};

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
    fn check(first: EndedFirst, of_submission: Ending, of_validator: Ending, expected: Verdict) {
        let said = understand(of_validator, &Feedback::default(), ValidatorScores::Never, Pass::ONLY);
        let talked = Conversation { first, listening: Listening::All };
        let interaction = interaction(talked, &submission(of_submission), &Limits::STUDENT, said);
        assert_eq!(interaction.verdict(), Some(expected));
    }

    use EndedFirst::{Submission, Validator};
    use Ending::{CpuLimit, Exited, MemoryLimit, OutputLimit, Signalled, WallLimit};

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
        use Listening::{All, BrokenPipe};
        for (listening, ending, expected) in [
            (BrokenPipe, Exited(0), Verdict::Accepted),
            (BrokenPipe, Exited(1), Verdict::Accepted),
            (BrokenPipe, Exited(101), Verdict::Accepted),
            (BrokenPipe, Signalled(6), Verdict::Accepted),
            (BrokenPipe, Signalled(13), Verdict::Accepted),
            (BrokenPipe, CpuLimit, Verdict::TimeLimit),
            (BrokenPipe, MemoryLimit, Verdict::MemoryLimit),
            (BrokenPipe, Ending::ForbiddenCall, Verdict::RuntimeError),
            (All, Exited(1), Verdict::RuntimeError),
        ] {
            let talked = Conversation { first: Validator, listening };
            let said = Said::Accepted(crate::validator::GivenScore::None);
            let verdict = interaction(talked, &submission(ending), &Limits::STUDENT, said).verdict();
            assert_eq!(verdict, Some(expected), "{listening:?} {ending:?}");
        }
        // The validator had closed its input, and was still at work.
        for (ending, expected) in [
            (Exited(1), Verdict::Accepted),
            (Signalled(13), Verdict::Accepted),
            (MemoryLimit, Verdict::MemoryLimit),
        ] {
            let talked = Conversation { first: Submission, listening: BrokenPipe };
            let said = Said::Accepted(crate::validator::GivenScore::None);
            let verdict = interaction(talked, &submission(ending), &Limits::STUDENT, said).verdict();
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
    fn the_submission_talks_too_much_when_nobody_listens_any_more() {
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
    fn a_right_conversation_that_took_too_long_is_over_the_limit() {
        let late = Outcome {
            usage: Usage { cpu: Limits::STUDENT.cpu * 2, ..Usage::default() },
            ..submission(Exited(0))
        };
        let said = || Said::Accepted(crate::validator::GivenScore::None);
        let talked = |first| Conversation { first, listening: Listening::All };
        let verdict = |first| interaction(talked(first), &late, &Limits::STUDENT, said()).verdict();
        assert_eq!(verdict(Submission), Some(Verdict::TimeLimit));
        assert_eq!(verdict(Validator), Some(Verdict::TimeLimit));
    }

    #[test]
    fn another_pass_is_due_only_if_the_submission_ended_well() {
        let verdict = |ending| {
            let next = Said::NextPass(Vec::new());
            let talked = Conversation { first: Submission, listening: Listening::All };
            interaction(talked, &submission(ending), &Limits::STUDENT, next).verdict()
        };
        assert_eq!(verdict(Exited(0)), None);
        assert_eq!(verdict(Exited(1)), Some(Verdict::RuntimeError));
    }
}
