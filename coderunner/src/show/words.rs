//! Words for the times and sizes of a table.

use std::time::Duration;

use model::{Bytes, TestResult, Verdict, wording::seconds};

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
