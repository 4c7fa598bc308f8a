//! A program of the problem's that is asked now and then: a grader, a static validator. It is built when it is first asked,
//! which a cache of compilations makes cheap afterwards, and has a sandbox for one run.

use std::time::Duration;

use model::{Bytes, Cpus, Ending, Limits, Network, Outcome, Validator};
use sandbox::{CollectedFiles, DiskQuota, SandboxFile, Stdin};

use super::{
    build::Source, deadline::Deadline, error::GradeError, feedback, limits::FeedbackLimits,
    reusable_sandbox::ReusableSandbox,
};
use crate::Runner;

/// Limits of one run where the problem gives none.
const DEFAULT_LIMITS: Limits = Limits {
    cpu: Duration::from_secs(30),
    cpus: Cpus::ONE,
    wall: Duration::from_mins(1),
    memory: Bytes::mib(512),
    output: Bytes::mib(1),
    disk: Bytes::mib(64),
    ..Limits::STUDENT
};

/// And at most, whatever the problem says.
const MAX_LIMITS: Limits = Limits {
    cpu: Duration::from_mins(2),
    wall: Duration::from_mins(4),
    memory: Bytes::mib(2048),
    ..DEFAULT_LIMITS
};

/// One run: its arguments, its input, and what lies beside it.
pub(super) struct Invocation {
    pub(super) args: Vec<String>,
    pub(super) input: Vec<u8>,
    pub(super) files: Vec<SandboxFile>,
}

/// Runs it; returns how that went, and its feedback folder. The inner error is a sentence for staff on what is wrong with it.
pub(super) async fn run_once(
    runner: &Runner,
    program: &Validator,
    invocation: Invocation,
    (limits_of_feedback, deadline): (&FeedbackLimits, &Deadline<'_>),
) -> Result<Result<(Outcome, CollectedFiles), String>, GradeError> {
    let (language, toolchain) = runner.language(&program.language)?;
    let limits = DEFAULT_LIMITS.with(&program.limits).at_most(&MAX_LIMITS);
    let limits = Limits { memory: limits.memory.min(runner.pool().memory()), ..limits };
    let source = Source { language, toolchain, files: program.files.clone(), limits, network: Network::None };
    let built = source.build(runner, deadline).await?;
    if let Some(outcome) = built.outcome.as_ref().filter(|outcome| !outcome.is_success()) {
        let said = String::from_utf8_lossy(outcome.transcript.all_output()).trim().to_owned();
        return Ok(Err(format!("it does not compile: {}", said.chars().take(500).collect::<String>())));
    }
    let lease = deadline.wait(runner.pool().lease(None, limits.memory)).await??;
    let mut reusable = ReusableSandbox::new(runner.pool().clone(), lease);
    let files: Vec<_> = built.files.into_iter().chain(invocation.files).collect();
    let run = source.run(&invocation.args, Stdin::Bytes(invocation.input), deadline);
    let sandbox = reusable.reset_with(&files, DiskQuota::for_limits(&limits))?;
    let outcome = sandbox.run(&run, deadline.stop, &mut |_, _| {}).await?;
    deadline.check()?;
    let left = match outcome.ending {
        Ending::Exited(_) => sandbox.collect(&feedback::collection_limits(limits_of_feedback)).await?,
        // It failed, whatever it left.
        _ => CollectedFiles::default(),
    };
    reusable.release();
    Ok(Ok((outcome, left)))
}
