//! Test generation: runs the generators of a package in sandboxes and turns their output into tests.

use std::{
    collections::BTreeMap,
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use futures_util::{StreamExt as _, stream};
use model::{Bytes, Ending, Limits, Outcome, Stream, terminal, wording::error_chain};
use package::{GeneratedContent, Package, PlannedAnswer, PlannedInput, PlannedTest, Program};

use crate::{
    error::GenerationError, local_judge::LocalJudge, package_programs::auxiliary_program,
    program_limits::validator_limits, runnable_program::available_language,
};

/// Size of all generated tests together.
const MAX_TOTAL: Bytes = Bytes::mib(1024);
/// Output of one run.
const MAX_OUTPUT: Bytes = Bytes::mib(64);
/// Up to here what was made stays in memory.
const IN_MEMORY: usize = 64 * 1024;

/// Content of generated files, by their paths in the package.
pub(crate) type GeneratedFiles = BTreeMap<String, GeneratedContent>;

/// Makes all tests of the package that are missing.
pub(crate) async fn generate_tests(
    local_judge: &LocalJudge,
    package: &Package,
) -> Result<GeneratedFiles, GenerationError> {
    let progress = local_judge.progress("generated tests");
    progress.expect(package.planned_tests.len());
    let (end, bytes) = (Instant::now() + local_judge.timeout(), AtomicU64::new(0));
    let each = package.planned_tests.iter().map(|test| {
        let task = GenerationTask { local_judge, package, test, bytes: &bytes, end };
        let progress = &progress;
        async move {
            progress.current(&test.name);
            let made = if Instant::now() < end { task.test().await } else { Err(GenerationError::TooLong) };
            progress.done(1);
            made
        }
    });
    let each: Vec<_> = each.collect();
    let made: Vec<_> = stream::iter(each).buffered(local_judge.concurrency()).collect().await;
    if local_judge.is_stopped() {
        return Err(GenerationError::Stopped);
    }
    let mut files = GeneratedFiles::new();
    for made in made {
        files.extend(made?);
    }
    Ok(files)
}

/// One test on its way.
struct GenerationTask<'a> {
    local_judge: &'a LocalJudge,
    package: &'a Package,
    test: &'a PlannedTest,
    bytes: &'a AtomicU64,
    /// Until when all must be made.
    end: Instant,
}

/// Output of a generator: standard output, and files called `testcase`.
struct ProgramOutput {
    stdout: Vec<u8>,
    files: BTreeMap<String, Vec<u8>>,
}

impl GenerationTask<'_> {
    async fn test(&self) -> Result<GeneratedFiles, GenerationError> {
        let mut found = BTreeMap::new();
        let input = match &self.test.input {
            PlannedInput::File(file) => self.package.tree.read(file, MAX_OUTPUT.get())?,
            PlannedInput::Program { program, args } => {
                let ProgramOutput { stdout, mut files } = self.run(program, args, Vec::new()).await?;
                let input = files.remove("in").unwrap_or(stdout);
                found.extend(files);
                input
            }
        };
        match &self.test.answer {
            PlannedAnswer::Solution(solution) if !found.contains_key("ans") => {
                let output = self.run(solution, &[], input.clone()).await?;
                found.insert("ans".to_owned(), output.stdout);
            }
            PlannedAnswer::Empty if !found.contains_key("ans") => {
                found.insert("ans".to_owned(), Vec::new());
            }
            PlannedAnswer::Solution(_) | PlannedAnswer::Empty | PlannedAnswer::File(_) => {}
        }
        found.insert("in".to_owned(), input);
        let name = |ending: &str| format!("data/{}.{ending}", self.test.name);
        found.into_iter().map(|(ending, bytes)| Ok((name(&ending), self.keep(bytes)?))).collect()
    }

    fn keep(&self, bytes: Vec<u8>) -> Result<GeneratedContent, GenerationError> {
        let length = bytes.len() as u64;
        if self.bytes.fetch_add(length, Ordering::Relaxed) + length > MAX_TOTAL.get() {
            return Err(GenerationError::TooLarge { max: MAX_TOTAL });
        }
        if bytes.len() <= IN_MEMORY {
            return Ok(GeneratedContent::Bytes(bytes.into()));
        }
        let mut file = tempfile::tempfile()?;
        file.write_all(&bytes)?;
        Ok(GeneratedContent::File(Arc::new(file), length))
    }

    async fn run(
        &self,
        program: &Program,
        args: &[String],
        stdin: Vec<u8>,
    ) -> Result<ProgramOutput, GenerationError> {
        let failed = |reason: String| GenerationError::Program {
            test: self.test.name.clone(),
            program: program.name.clone(),
            reason,
        };
        let languages = self.local_judge.languages();
        let runnable = auxiliary_program(self.package, program, languages);
        let runnable = runnable.map_err(|error| failed(format!("cannot be run: {error}")))?;
        let language = available_language(Some(runnable.language.as_str()), languages)
            .map_err(|error| failed(format!("cannot be run: {error}")))?;
        let limits = validator_limits(self.package, language);
        let memory = limits.memory.min(self.local_judge.most_memory());
        let mut submission = runnable.submission(Limits { memory, output: MAX_OUTPUT, ..limits });
        submission.stdin = stdin.into();
        submission.args = args.to_vec();
        submission.artifacts = true;
        let ran = self.local_judge.run_until(&submission, self.end).await;
        let ran = ran.map_err(|error| failed(format!("could not be run: {}", error_chain(&error))))?;
        if Instant::now() >= self.end {
            return Err(GenerationError::TooLong);
        }
        let compiled = ran.report.compile.map(|compile| terminal::line(&error_excerpt(&compile)));
        let run = ran
            .report
            .run
            .ok_or_else(|| failed(format!("does not compile: {}", compiled.unwrap_or_default())))?;
        if run.ending != Ending::Exited(0) {
            return Err(failed(format!(
                "ended with {:?}: {}",
                run.ending,
                terminal::line(&error_excerpt(&run))
            )));
        }
        let names = ran.report.artifacts.kept.into_iter().map(|kept| kept.name);
        let files = names
            .zip(ran.files)
            .filter_map(|(name, bytes)| Some((name.strip_prefix("testcase.")?.to_owned(), bytes)));
        Ok(ProgramOutput { files: files.collect(), stdout: run.transcript.of(Stream::Stdout) })
    }
}

/// The last of what a program said in its errors, or else at all.
fn error_excerpt(outcome: &Outcome) -> String {
    const SHOWN: usize = 300;
    let errors = outcome.transcript.of(Stream::Stderr);
    let said = if errors.is_empty() { outcome.transcript.of(Stream::Stdout) } else { errors };
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    let from = said.char_indices().rev().nth(SHOWN).map_or(0, |(at, _)| at);
    said[from..].to_owned()
}
