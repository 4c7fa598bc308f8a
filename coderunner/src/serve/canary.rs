//! The canary: a hello world through the same sandboxes as every job. Until it passes, no job is claimed; and when it does not
//! pass any more, none is until it does again.
//!
//! It waits for its turn like any job, and how long that takes says nothing about health: only what comes of it counts.

use std::time::Duration;

use gateway::Readiness;
use languages::Language;
use model::{Stream, Submission};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use worker::{Duty, Exclusion, Runner};

use crate::{config::WorkerConfig, host};

/// How long a test run may take, once it has its turn.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long it is waited for, its turn included: longer than a launcher may take by default, who says better what is wrong.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long after a failure it is tried again, at most.
const RETRY: Duration = Duration::from_secs(5);

const NO_LANGUAGE: &str = "No language can be run here; `coderunner doctor` says what to install.";

/// Tries this machine, and tells those who ask and those who work how it stands.
pub(super) struct Canary {
    runner: Runner,
    /// How often it is tried; never again, if nothing is said.
    every: Option<Duration>,
    standing: Standing,
    readiness: watch::Sender<Readiness>,
    duty: watch::Sender<Duty>,
    /// What is said of a machine on which it passes.
    notes: Vec<String>,
}

/// What came of a test run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Song {
    /// It said hello.
    Passed,
    /// It did not, and why.
    Failed(String),
    /// It had no turn: all slots were taken.
    Unheard,
}

/// How the last test runs were.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// How many failed since one passed.
    failed: u32,
    /// With how many the worker goes out of service.
    most: u32,
}

impl Standing {
    /// Whether the worker is on duty after one more.
    fn after(&mut self, song: &Song) -> Duty {
        match song {
            Song::Passed => self.failed = 0,
            Song::Failed(_) => self.failed = self.failed.saturating_add(1),
            Song::Unheard => {}
        }
        if self.failed >= self.most { Duty::Off } else { Duty::On }
    }
}

impl Canary {
    pub(super) fn new(
        runner: Runner,
        config: &WorkerConfig,
        readiness: watch::Sender<Readiness>,
        notes: Vec<String>,
    ) -> Self {
        describe_metrics();
        let every = Some(config.canary_seconds).filter(|seconds| *seconds > 0);
        Self {
            // Its program is ours and tells nobody anything: it need not wait until no hidden test runs.
            runner: runner.excluding(Exclusion::default()),
            every: every.map(|seconds| Duration::from_secs(seconds.into())),
            standing: Standing { failed: 0, most: config.canary_failures },
            readiness,
            duty: watch::channel(Duty::Off).0,
            notes,
        }
    }

    /// What a worker heeds.
    pub(super) fn duty(&self) -> watch::Receiver<Duty> {
        self.duty.subscribe()
    }

    /// Tries until a hello world comes out right, and says at each turn how it stands.
    pub(super) async fn until_it_passes(&mut self, stop: &CancellationToken) {
        loop {
            match self.sing().await {
                Song::Passed => {
                    tracing::info!("the test run passed; ready");
                    for note in &self.notes {
                        tracing::warn!("{note}");
                    }
                    return self.change(Duty::On, None, stop);
                }
                Song::Failed(reason) => {
                    tracing::error!(reason, "the test run failed; no job is taken until it passes");
                    self.change(Duty::Off, Some(reason), stop);
                }
                // Nobody else has begun.
                Song::Unheard => {}
            }
            sleep(RETRY).await;
        }
    }

    /// Tries again and again. Returns only where it is to be tried no more.
    pub(super) async fn go_on(mut self, stop: &CancellationToken) {
        let Some(every) = self.every else { return };
        loop {
            let pause = if self.standing.failed > 0 { every.min(RETRY) } else { every };
            sleep(pause).await;
            let song = self.sing().await;
            let duty = self.standing.after(&song);
            match (song, duty) {
                (Song::Failed(reason), duty) => {
                    metrics::counter!("coderunner_canary_failures_total").increment(1);
                    let in_a_row = self.standing.failed;
                    tracing::error!(reason, in_a_row, ?duty, "a test run failed");
                    if duty == Duty::Off {
                        self.change(Duty::Off, Some(reason), stop);
                    }
                }
                (Song::Passed, _) if *self.duty.borrow() == Duty::Off => {
                    tracing::info!("the test run passed again; jobs are taken again");
                    self.change(Duty::On, None, stop);
                }
                (Song::Passed | Song::Unheard, _) => {}
            }
        }
    }

    /// Tells it, unless the server stops: then somebody else has the last word.
    fn change(&self, duty: Duty, reason: Option<String>, stop: &CancellationToken) {
        self.duty.send_replace(duty);
        metrics::gauge!("coderunner_worker_in_service").set(if duty == Duty::On { 1.0 } else { 0.0 });
        self.readiness.send_if_modified(|readiness| {
            let speaks = !stop.is_cancelled();
            if speaks {
                *readiness = match reason {
                    Some(reason) => Readiness::NotReady { reason },
                    None => Readiness::Ready { notes: self.notes.clone() },
                };
            }
            speaks
        });
    }

    async fn sing(&self) -> Song {
        let Some(language) = host::quickest(self.runner.languages()) else {
            return Song::Failed(NO_LANGUAGE.to_owned());
        };
        let hello = host::hello(language, self.runner.memory());
        let memory = hello.limits.memory;
        let had_room = self.runner.has_room(memory);
        match timeout(PATIENCE, run(&self.runner, &hello, language)).await {
            Ok(Ok(())) => Song::Passed,
            Ok(Err(reason)) => Song::Failed(reason),
            // Who had room when it began, and would have it now, has not waited for others.
            Err(_) if had_room && (self.runner.has_room(memory) || self.runner.slots() == 1) => {
                Song::Failed(format!("The test run did not end within {} s.", PATIENCE.as_secs()))
            }
            Err(_) => Song::Unheard,
        }
    }
}

async fn run(runner: &Runner, hello: &Submission, language: &Language) -> Result<(), String> {
    let ran = runner.run(hello, DEADLINE, &CancellationToken::new(), &mut |_, _| {}).await;
    let run = ran.map_err(|error| failure(&error))?.report.run;
    let run = run.ok_or("The test program did not compile.")?;
    if run.is_success() && run.transcript.of(Stream::Stdout) == language.hello.stdout.as_bytes() {
        return Ok(());
    }
    Err(format!("The test program did not say hello but ended with {:?}.", run.ending))
}

/// With all that is said of its causes.
fn failure(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
    format!("The test run failed: {}.", causes.collect::<Vec<_>>().join(": "))
}

fn describe_metrics() {
    metrics::describe_gauge!(
        "coderunner_worker_in_service",
        "1 while jobs are taken, 0 while test runs fail."
    );
    metrics::describe_counter!(
        "coderunner_canary_failures_total",
        "Test runs that failed since the first passed."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_one_after_another_take_the_worker_out_and_one_that_passes_brings_it_back() {
        let mut standing = Standing { failed: 0, most: 2 };
        let failed = || Song::Failed("no".to_owned());
        let songs = [
            (failed(), Duty::On),
            (Song::Passed, Duty::On),
            (failed(), Duty::On),
            (Song::Unheard, Duty::On),
            (failed(), Duty::Off),
            (failed(), Duty::Off),
            (Song::Unheard, Duty::Off),
            (Song::Passed, Duty::On),
        ];
        for (number, (song, duty)) in songs.into_iter().enumerate() {
            assert_eq!(standing.after(&song), duty, "{number}: {song:?}");
        }
    }
}
