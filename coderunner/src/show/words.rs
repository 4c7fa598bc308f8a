//! Words for verdicts, times and sizes.

use std::time::Duration;

use model::{Bytes, TestResult, Verdict};
use package::Judgement;

/// A verdict in words.
pub(crate) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::Partial => "partly accepted",
        Verdict::WrongAnswer => "wrong answer",
        Verdict::TimeLimit => "time limit",
        Verdict::MemoryLimit => "memory limit",
        Verdict::OutputLimit => "output limit",
        Verdict::RuntimeError => "runtime error",
        Verdict::CompileError => "compile error",
        Verdict::JudgeError => "judge error",
    }
}

/// A result in the words of the formats, in the same words.
pub(crate) const fn judgement(judgement: Judgement) -> &'static str {
    verdict(match judgement {
        Judgement::AC => Verdict::Accepted,
        Judgement::WA => Verdict::WrongAnswer,
        Judgement::TLE => Verdict::TimeLimit,
        Judgement::RTE => Verdict::RuntimeError,
        Judgement::MLE => Verdict::MemoryLimit,
        Judgement::OLE => Verdict::OutputLimit,
        Judgement::CE => Verdict::CompileError,
        Judgement::JE => Verdict::JudgeError,
    })
}

/// A time: short ones in milliseconds.
pub(crate) fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return format!("{} ms", time.as_millis());
    }
    let text = format!("{:.2}", time.as_secs_f64());
    format!("{} s", text.strip_suffix(".00").unwrap_or(&text))
}

/// Time of a test: its CPU time, or a note that it was stopped while it waited.
pub(crate) fn time_of(test: &TestResult, limit: Duration) -> String {
    let usage = test.usage.unwrap_or_default();
    if test.verdict == Some(Verdict::TimeLimit) && usage.cpu < limit {
        return format!("{} waiting", seconds(usage.wall));
    }
    seconds(usage.cpu)
}

/// An amount of memory, in mebibytes, as a table has room for it.
pub(crate) fn size(bytes: Bytes) -> String {
    // Exact below 2⁵³ bytes, and rounded anyway.
    #[expect(clippy::cast_precision_loss)]
    let mib = bytes.get() as f64 / 1_048_576.0;
    format!("{mib:.1} MiB")
}

/// `1 test`, `2 tests`.
pub(crate) fn count_text(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_exact_as_they_are_short() {
        for (ms, text) in
            [(0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (1234, "1.23 s"), (2004, "2 s"), (61_000, "61 s")]
        {
            assert_eq!(seconds(Duration::from_millis(ms)), text);
        }
    }
}
