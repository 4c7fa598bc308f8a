//! Verdict: the judgement on a submission or a test.

use serde::{Deserialize, Serialize};

/// The judgement on a submission or one of its tests.
///
/// A single test never has [`Verdict::Partial`]: it is accepted, with any score, or it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// The answer is right.
    Accepted,
    /// Some of the points; for whole submissions and groups only.
    Partial,
    /// The program exited normally with a wrong answer.
    WrongAnswer,
    /// It exceeded its CPU or wall time limit.
    TimeLimit,
    /// It exceeded its memory limit.
    MemoryLimit,
    /// It exceeded its output limit.
    OutputLimit,
    /// It failed by itself: an exit code, a signal, or a limit without a verdict of its own.
    RuntimeError,
    /// It does not compile.
    CompileError,
    /// The platform or the problem's validator failed: never the submitter's fault.
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

    /// The verdict in words, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partial => "partly accepted",
            Self::WrongAnswer => "wrong answer",
            Self::TimeLimit => "time limit",
            Self::MemoryLimit => "memory limit",
            Self::OutputLimit => "output limit",
            Self::RuntimeError => "runtime error",
            Self::CompileError => "compile error",
            Self::JudgeError => "judge error",
        }
    }

    /// Whether it is [`Verdict::Accepted`].
    pub fn is_accepted(self) -> bool {
        self == Self::Accepted
    }

    /// Rank for choosing the worst of several verdicts: a higher one is worse. The order is that of the Kattis problem package format:
    /// JE, IF, RTE, MLE, TLE, OLE, WA; a compile error has the rank of IF, which does not exist here.
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
    fn severity_has_the_order_of_the_package_format() {
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
