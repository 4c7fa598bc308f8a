//! Memory of judging: peak use in this process for a large output, compared with a small one.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    sync::Arc,
};

use anyhow::Context;
use async_trait::async_trait;
use languages::Registry;
use model::{Bytes, Comparison, Digest, JudgingStyle, Suite, TestCase, TestContent};
use worker::{DataError, Grader, TestData};

use super::{
    super::measurement::{Measurement, Program, RunMethod, Tally},
    graded_submission::{GradedSubmission, submission},
};

/// Writes in chunks, so that the program itself needs little memory.
const WRITER: &str = "\
import sys

for _ in range(int(input())):
    sys.stdout.write('x' * 1023 + '\\n')
";

/// Expected output of the large test: a file.
struct Output(File);

impl Output {
    /// Its size, in lines of 1 KiB.
    const LINES: u64 = 256 * 1024;

    fn new() -> anyhow::Result<Self> {
        let file = tempfile::tempfile().context("cannot make a file")?;
        let mut writer = BufWriter::new(&file);
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        (0..Self::LINES).try_for_each(|_| writer.write_all(&line)).context("cannot write a file")?;
        writer.flush().context("cannot write a file")?;
        drop(writer);
        Ok(Self(file))
    }
}

#[async_trait]
impl TestData for Output {
    async fn open(&self, _: &Digest) -> Result<File, DataError> {
        Ok(self.0.try_clone()?)
    }
}

/// The row of the large output, and its peak memory as a multiple of the small one's.
pub(super) async fn measure(grader: &Grader, languages: &Registry) -> anyhow::Result<(Measurement, f64)> {
    let output = Arc::new(Output::new()?);
    let case =
        |lines: u64, expected: TestContent| TestCase::streams("1", format!("{lines}\n").as_str(), expected);
    let line = format!("{}\n", "x".repeat(1023));
    let size = Bytes::kib(Output::LINES);
    let large = TestContent::Object { digest: Digest::of(b"256 MiB"), size };
    let judged = |case| -> anyhow::Result<GradedSubmission> {
        let suite = Suite::plain(JudgingStyle::Streams(Comparison::default()), vec![case]);
        Ok(GradedSubmission::new(grader.clone(), submission(languages, "python", WRITER)?, suite)
            .with_data(output.clone()))
    };
    let mut tally = Tally::new();
    let small = peak_while(&judged(case(1, line.as_str().into()))?, &mut Tally::new()).await?;
    let large = peak_while(&judged(case(Output::LINES, large))?, &mut tally).await?;
    Ok((Measurement::new(Program::LargeOutput, RunMethod::Graded, 1, &tally), large / small))
}

/// Peak memory of this process during judging, in KiB.
async fn peak_while(judged: &GradedSubmission, tally: &mut Tally) -> anyhow::Result<f64> {
    // proc_pid_clear_refs(5): resets the peak.
    fs::write("/proc/self/clear_refs", "5").context("cannot start the peak of memory anew")?;
    tally.count(judged.judge_once().await);
    let status = fs::read_to_string("/proc/self/status").context("cannot read how much memory there is")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    peak.and_then(|peak| peak.trim().parse().ok()).context("the kernel does not tell the peak of memory")
}
