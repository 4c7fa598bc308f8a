//! Test generation: runs the generators of a package in sandboxes and turns their output into tests.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use languages::Registry;
use model::{Bytes, Ending, Limits, Outcome, Stream};
use package::{Caps, GeneratedContent, Package, PlannedAnswer, PlannedInput, PlannedTest, Program};

use super::{
    LoadedPackage, LocalJudge, Progress, find_language, loaded_package::LoadError, of_program,
    validator_limits,
};
use crate::{config::Config, show};

/// Size of all generated tests together.
const MAX_TOTAL_BYTES: u64 = 1024 * 1024 * 1024;
/// Output of one run.
const MAX_OUTPUT: Bytes = Bytes::mib(64);
/// Up to here what was made stays in memory.
const IN_MEMORY: usize = 64 * 1024;

/// Why tests are not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerateError {
    /// A program of the package failed.
    #[error("the test {test} cannot be made: {program} {reason}")]
    Program {
        /// The test.
        test: String,
        /// The program.
        program: String,
        /// The failure, as the rest of a sentence.
        reason: String,
    },
    /// There is more than there may be.
    #[error(
        "the tests that its generators make are larger than {} together, which is the most",
        Bytes(MAX_TOTAL_BYTES)
    )]
    TooLarge,
    /// Somebody pressed Ctrl-C.
    #[error("stopped while its tests were made")]
    Stopped,
    /// They took too long together.
    #[error("making its tests took longer than --timeout allows")]
    TooLong,
    /// It cannot be written down.
    #[error("what its generators make cannot be kept: {0}")]
    Keep(#[from] io::Error),
    /// A file of the package cannot be read.
    #[error(transparent)]
    Tree(#[from] package::TreeError),
}

/// Settings for a judge that is started when a package first needs it.
pub(crate) struct LocalJudgeConfig<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Languages of this machine.
    pub languages: &'a Arc<Registry>,
    /// Time for one submission, or for all generators.
    pub timeout: Duration,
}

impl LocalJudgeConfig<'_> {
    /// The sandboxes that there are, or new ones.
    pub(crate) async fn get_or_start<'e>(
        &self,
        local_judge: &'e mut Option<LocalJudge>,
    ) -> anyhow::Result<&'e LocalJudge> {
        let started = match local_judge.take() {
            Some(started) => started,
            None => LocalJudge::start(self.config, self.languages.clone(), self.timeout).await?,
        };
        Ok(local_judge.insert(started))
    }
}

/// Reads a folder or a zip archive, once the tests that it lacks have been made by its programs.
pub(crate) async fn open(
    path: &Path,
    local_judge: &mut Option<LocalJudge>,
    start: &LocalJudgeConfig<'_>,
) -> anyhow::Result<Result<LoadedPackage, LoadError>> {
    if !path.exists() {
        return Ok(Err(LoadError::Missing));
    }
    let package = match Package::open(path, Caps::default()) {
        Ok(package) => package,
        Err(error) => return Ok(Err(error.into())),
    };
    if package.planned_tests.is_empty() {
        return Ok(LoadedPackage::of(package));
    }
    let made = match all(start.get_or_start(local_judge).await?, &package).await {
        Ok(made) => made,
        Err(error) => return Ok(Err(error.into())),
    };
    Ok(with(path, made, package.planned_tests.len()))
}

fn with(path: &Path, made: Files, count: usize) -> Result<LoadedPackage, LoadError> {
    let mut package = Package::open_with_generated(path, Caps::default(), made)?;
    let count = show::count_text(count, "test");
    package.notes.push(format!("{count} of generators/generators.yaml made by running programs"));
    LoadedPackage::of(package)
}

type Files = BTreeMap<String, GeneratedContent>;

/// Makes all tests of the package that are missing.
async fn all(local_judge: &LocalJudge, package: &Package) -> Result<Files, GenerateError> {
    let progress = Progress::of("generated tests");
    progress.expect(package.planned_tests.len());
    let (end, bytes) = (Instant::now() + local_judge.timeout(), AtomicU64::new(0));
    let each = package.planned_tests.iter().map(|test| {
        let task = GenerationTask { local_judge, package, test, bytes: &bytes, end };
        let progress = &progress;
        async move {
            progress.say(&test.name);
            let made = if Instant::now() < end { task.test().await } else { Err(GenerateError::TooLong) };
            progress.done(1);
            made
        }
    });
    let each: Vec<_> = each.collect();
    let made: Vec<_> = stream::iter(each).buffered(local_judge.concurrency()).collect().await;
    if local_judge.is_stopped() {
        return Err(GenerateError::Stopped);
    }
    let mut files = Files::new();
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
    async fn test(&self) -> Result<Files, GenerateError> {
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

    fn keep(&self, bytes: Vec<u8>) -> Result<GeneratedContent, GenerateError> {
        let length = bytes.len() as u64;
        if self.bytes.fetch_add(length, Ordering::Relaxed) + length > MAX_TOTAL_BYTES {
            return Err(GenerateError::TooLarge);
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
    ) -> Result<ProgramOutput, GenerateError> {
        let failed = |reason: String| GenerateError::Program {
            test: self.test.name.clone(),
            program: program.name.clone(),
            reason,
        };
        let languages = self.local_judge.languages();
        let runnable = of_program(self.package, program, languages);
        let runnable = runnable.map_err(|error| failed(format!("cannot be run: {error}")))?;
        let language = find_language(Some(runnable.language.as_str()), languages)
            .map_err(|error| failed(format!("cannot be run: {error}")))?;
        let limits = validator_limits(self.package, language);
        let memory = limits.memory.min(self.local_judge.most_memory());
        let mut submission = runnable.submission(Limits { memory, output: MAX_OUTPUT, ..limits });
        submission.stdin = stdin.into();
        submission.args = args.to_vec();
        submission.artifacts = true;
        let ran = self.local_judge.run_until(&submission, self.end).await;
        let ran = ran.map_err(|error| failed(format!("could not be run: {error:#}")))?;
        if Instant::now() >= self.end {
            return Err(GenerateError::TooLong);
        }
        let compiled = ran.report.compile.map(|compile| show::line(&error_excerpt(&compile)));
        let run = ran
            .report
            .run
            .ok_or_else(|| failed(format!("does not compile: {}", compiled.unwrap_or_default())))?;
        if run.ending != Ending::Exited(0) {
            return Err(failed(format!("ended with {:?}: {}", run.ending, show::line(&error_excerpt(&run)))));
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
