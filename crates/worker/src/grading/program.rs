//! A program of the problem's that is asked now and then: a grader, a static validator. It is built when it is first asked,
//! which a cache of compilations makes cheap afterwards, and has a sandbox for one run.

use std::time::Duration;

use model::{Bytes, Cpus, Ending, Limits, Network, Outcome, Validator};
use sandbox::{Collected, DiskQuota, SandboxFile, Stdin};

use super::{FeedbackLimits, GradeError, Room, Source, Until, feedback};
use crate::Runner;

/// What one run may use where the problem does not say.
const USUAL: Limits = Limits {
    cpu: Duration::from_secs(30),
    cpus: Cpus::ONE,
    wall: Duration::from_mins(1),
    memory: Bytes::mib(512),
    output: Bytes::mib(1),
    disk: Bytes::mib(64),
    ..Limits::STUDENT
};

/// And at most, whatever the problem says.
const MOST: Limits =
    Limits { cpu: Duration::from_mins(2), wall: Duration::from_mins(4), memory: Bytes::mib(2048), ..USUAL };

/// One run: its arguments, its input, and what lies beside it.
pub(super) struct Asked {
    pub(super) args: Vec<String>,
    pub(super) input: Vec<u8>,
    pub(super) beside: Vec<SandboxFile>,
}

/// Runs it; returns how that went, and its feedback folder. The inner error is a sentence for staff on what is wrong with it.
pub(super) async fn ask(
    runner: &Runner,
    program: &Validator,
    asked: Asked,
    (limits_of_feedback, until): (&FeedbackLimits, &Until<'_>),
) -> Result<Result<(Outcome, Collected), String>, GradeError> {
    let (language, toolchain) = runner.language(&program.language)?;
    let limits = USUAL.with(&program.limits).at_most(&MOST);
    let limits = Limits { memory: limits.memory.min(runner.pool().memory()), ..limits };
    let source = Source { language, toolchain, files: program.files.clone(), limits, network: Network::None };
    let built = source.build(runner, until).await?;
    if let Some(outcome) = built.outcome.as_ref().filter(|outcome| !outcome.is_success()) {
        let said = String::from_utf8_lossy(outcome.transcript.combined()).trim().to_owned();
        return Ok(Err(format!("it does not compile: {}", said.chars().take(500).collect::<String>())));
    }
    let lease = until.wait(runner.pool().lease(None, limits.memory)).await??;
    let mut room = Room::new(runner.pool().clone(), lease);
    let files: Vec<_> = built.files.into_iter().chain(asked.beside).collect();
    let run = source.run(&asked.args, Stdin::Bytes(asked.input), until);
    let sandbox = room.furnish(&files, DiskQuota::for_limits(&limits))?;
    let outcome = sandbox.run(&run, until.stop, &mut |_, _| {}).await?;
    until.check()?;
    let left = match outcome.ending {
        Ending::Exited(_) => sandbox.collect(&feedback::wanted(limits_of_feedback)).await?,
        // It failed, whatever it left.
        _ => Collected::default(),
    };
    room.leave();
    Ok(Ok((outcome, left)))
}
