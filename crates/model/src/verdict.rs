//! What we make of a run's facts: judgement.

use serde::{Deserialize, Serialize};

/// What a submission, or one test of it, is judged to be.
///
/// Of one test it is never [`Verdict::Partial`]: a test is accepted, with whatever score, or it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Right.
    Accepted,
    /// Some of the points, not all; only of a whole submission or a group.
    Partial,
    /// It ended well and said the wrong thing.
    WrongAnswer,
    /// It used up its CPU time or its time on the clock.
    TimeLimit,
    /// It used up its memory.
    MemoryLimit,
    /// It wrote too much.
    OutputLimit,
    /// It failed by itself: an exit code, a signal, or a limit that has no verdict of its own.
    RuntimeError,
    /// It does not compile.
    CompileError,
    /// We, or the problem's validator, failed: never the submitter's fault.
    JudgeError,
}

impl Verdict {
    /// The verdict's name on the wire and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partial => "partial",
            Self::WrongAnswer => "wrongAnswer",
            Self::TimeLimit => "timeLimit",
            Self::MemoryLimit => "memoryLimit",
            Self::OutputLimit => "outputLimit",
            Self::RuntimeError => "runtimeError",
            Self::CompileError => "compileError",
            Self::JudgeError => "judgeError",
        }
    }

    /// Whether it is [`Verdict::Accepted`].
    pub fn is_accepted(self) -> bool {
        self == Self::Accepted
    }

    /// How bad it is, for picking the worst of several: the higher, the worse. The order is the one of the Kattis
    /// problem package format: JE, IF, RTE, MLE, TLE, OLE, WA; compiling stands where it has IF, a verdict we lack.
    pub const fn severity(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Partial => 1,
            Self::WrongAnswer => 2,
            Self::OutputLimit => 3,
            Self::TimeLimit => 4,
            Self::MemoryLimit => 5,
            Self::RuntimeError => 6,
            Self::CompileError => 7,
            Self::JudgeError => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_stored_under_the_name_it_has_on_the_wire() {
        for verdict in [
            Verdict::Accepted,
            Verdict::Partial,
            Verdict::WrongAnswer,
            Verdict::TimeLimit,
            Verdict::MemoryLimit,
            Verdict::OutputLimit,
            Verdict::RuntimeError,
            Verdict::CompileError,
            Verdict::JudgeError,
        ] {
            let stored = serde_json::to_string(&verdict).expect("serializes");
            assert_eq!(stored, format!("\"{}\"", verdict.as_str()));
        }
    }

    #[test]
    fn the_worst_error_is_the_first_in_the_order_of_the_package_format() {
        let order = [
            Verdict::JudgeError,
            Verdict::CompileError,
            Verdict::RuntimeError,
            Verdict::MemoryLimit,
            Verdict::TimeLimit,
            Verdict::OutputLimit,
            Verdict::WrongAnswer,
            Verdict::Partial,
            Verdict::Accepted,
        ];
        assert!(order.is_sorted_by_key(|verdict| std::cmp::Reverse(verdict.severity())));
    }
}
