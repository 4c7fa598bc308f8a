//! The canary: a hello world through the same sandboxes as every job. Until it passes, no job is claimed; and when it does not
//! pass any more, none is until it does again.
//!
//! It waits for its turn like any job, and how long that takes says nothing about health: only what comes of it counts.

use std::time::Duration;

use gateway::Readiness;
use languages::{Language, Registry};
use model::{Stream, Submission};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use worker::{Duty, Exclusion, Runner};

use super::notes::Notes;
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
    /// Changes when a toolchain has been prepared.
    toolchains: watch::Sender<()>,
    /// What is said of a machine on which it passes.
    notes: Notes,
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
        notes: Notes,
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
            toolchains: watch::channel(()).0,
            notes,
        }
    }

    /// What a worker heeds.
    pub(super) fn duty(&self) -> watch::Receiver<Duty> {
        self.duty.subscribe()
    }

    /// To be told when a toolchain has been prepared.
    pub(super) fn preparing(&self) -> watch::Sender<()> {
        self.toolchains.clone()
    }

    /// Tries until a hello world comes out right, and says at each turn how it stands.
    pub(super) async fn until_it_passes(&mut self, stop: &CancellationToken) {
        loop {
            match self.sing().await {
                Song::Passed => {
                    tracing::info!("the test run passed; jobs are taken");
                    for note in &self.notes.weaker {
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
        loop {
            if !self.until_next_turn(stop).await {
                return;
            }
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

    /// Waits until it is time for the next try, and says meanwhile when toolchains have been prepared. False where it is to be tried
    /// no more.
    async fn until_next_turn(&self, stop: &CancellationToken) -> bool {
        let mut toolchains = self.toolchains.subscribe();
        let pause = match self.every {
            Some(every) if self.standing.failed > 0 => every.min(RETRY),
            Some(every) => every,
            None => Duration::MAX,
        };
        let turn = Instant::now().checked_add(pause);
        loop {
            if *self.duty.borrow() == Duty::On {
                self.change(Duty::On, None, stop);
            }
            let is_over = being_prepared(self.runner.languages()).is_none();
            let turn = async {
                match turn {
                    Some(turn) => sleep_until(turn).await,
                    None => std::future::pending().await,
                }
            };
            if is_over && self.every.is_none() {
                return false;
            }
            tokio::select! {
                () = turn => return true,
                Ok(()) = toolchains.changed() => {}
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
                *readiness = match reason.or_else(|| being_prepared(self.runner.languages())) {
                    Some(reason) => Readiness::NotReady { reason },
                    None => Readiness::Ready { notes: self.notes.all() },
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

/// Which toolchains are being prepared, in a sentence for those who ask whether the server is ready; none if none are.
fn being_prepared(languages: &Registry) -> Option<String> {
    let names: Vec<&str> =
        languages.all().filter(|one| one.is_being_prepared()).map(|one| one.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Toolchains are being prepared, once: {}. Jobs in these languages wait for that; those in others are run.",
            names.join(", ")
        )
    })
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
