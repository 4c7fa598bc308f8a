//! Canary: a periodic hello world through the same pool as every job. The worker claims jobs only while it passes.
//!
//! A probe waits for a slot like any job. The wait says nothing about health, however long it is: only the result of the run counts.

use std::time::Duration;

use languages::{Language, Registry};
use model::{Stream, Submission, wording::error_chain};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use worker::{ClaimState, Exclusion, Runner};

use crate::{hello_world, quickest_language};

/// The time limit of a probe once it has a slot.
const DEADLINE: Duration = Duration::from_secs(10);
/// The time limit of a probe with its wait for a slot: longer than the default timeout of launchers, whose errors are more precise.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest pause after a failed probe.
const RETRY: Duration = Duration::from_secs(5);

const NO_LANGUAGE: &str = "No language can be run here; `coderunner doctor` says what to install.";

/// Settings of the canary.
#[derive(Debug, Clone, Copy)]
pub struct CanarySettings {
    /// The pause between probes; `None` to make only the first (`worker.canary_seconds`).
    pub interval: Option<Duration>,
    /// After how many failures in a row no more jobs are claimed (`worker.canary_failures`).
    pub failures: u32,
}

/// The state of the worker, as the canary sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanaryStatus {
    /// Jobs are claimed, and every installed language can run.
    Passing,
    /// Jobs are claimed; the sentence names languages whose jobs wait for their toolchains to be prepared.
    Preparing(String),
    /// No job is claimed, for the reason in the sentence.
    Failing(String),
}

/// Probes this machine, and publishes the claim state of the worker and a status for readiness checks.
///
/// [`wait_until_healthy`](Self::wait_until_healthy) runs before the first claim; [`run`](Self::run) probes from then on. After
/// [`failures`](CanarySettings::failures) failed probes in a row the claim state becomes `Paused`: the worker claims no more, and its running
/// programs go on. One passed probe brings it back.
///
/// A probe that found no free slot counts neither way. It counts as failed when the program ended wrong, or when it did not end
/// although there was room for it before and afterwards.
pub struct Canary {
    runner: Runner,
    interval: Option<Duration>,
    streak: FailureStreak,
    claim_state: watch::Sender<ClaimState>,
    /// Notified when a toolchain has been prepared.
    toolchains: watch::Sender<()>,
    report: Box<dyn Fn(CanaryStatus) + Send + Sync>,
}

/// The result of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ProbeResult {
    /// The program said hello.
    Passed,
    /// It did not, for this reason.
    Failed(String),
    /// It never started: all slots were taken.
    NoSlot,
}

/// Failed probes in a row.
#[derive(Debug, Clone, Copy)]
struct FailureStreak {
    length: u32,
    /// At this length the worker goes out of service.
    limit: u32,
}

impl FailureStreak {
    /// The claim state of the worker after one more probe.
    fn update(&mut self, result: &ProbeResult) -> ClaimState {
        match result {
            ProbeResult::Passed => self.length = 0,
            ProbeResult::Failed(_) => self.length = self.length.saturating_add(1),
            ProbeResult::NoSlot => {}
        }
        if self.length >= self.limit { ClaimState::Paused } else { ClaimState::Claiming }
    }
}

impl Canary {
    /// A canary that reports each change of its status to `report`.
    pub fn new(
        runner: Runner,
        settings: CanarySettings,
        report: impl Fn(CanaryStatus) + Send + Sync + 'static,
    ) -> Self {
        describe_metrics();
        Self {
            // Its program is ours and carries no information: it need not wait until no hidden test runs.
            runner: runner.with_exclusion(Exclusion::default()),
            interval: settings.interval,
            streak: FailureStreak { length: 0, limit: settings.failures },
            claim_state: watch::channel(ClaimState::Paused).0,
            toolchains: watch::channel(()).0,
            report: Box::new(report),
        }
    }

    /// The claim state that the worker follows.
    pub fn claim_state(&self) -> watch::Receiver<ClaimState> {
        self.claim_state.subscribe()
    }

    /// A sender to notify when a toolchain has been prepared.
    pub fn toolchains_changed(&self) -> watch::Sender<()> {
        self.toolchains.clone()
    }

    /// Probes until a hello world passes, and reports each result.
    pub async fn wait_until_healthy(&mut self) {
        loop {
            match self.probe().await {
                ProbeResult::Passed => {
                    tracing::info!("the test run passed; jobs are taken");
                    return self.set_in_service();
                }
                ProbeResult::Failed(reason) => {
                    tracing::error!(reason, "the test run failed; no job is taken until it passes");
                    self.set_out_of_service(reason);
                }
                // No job has been claimed yet, so a slot is free soon.
                ProbeResult::NoSlot => {}
            }
            sleep(RETRY).await;
        }
    }

    /// Probes again and again. Returns only where no more probes are configured and all toolchains are prepared.
    pub async fn run(mut self) {
        while let NextStep::Probe = self.wait().await {
            let result = self.probe().await;
            let claim_state = self.streak.update(&result);
            match result {
                ProbeResult::Failed(reason) => {
                    metrics::counter!("coderunner_canary_failures_total").increment(1);
                    let in_a_row = self.streak.length;
                    tracing::error!(reason, in_a_row, ?claim_state, "a test run failed");
                    if claim_state == ClaimState::Paused {
                        self.set_out_of_service(reason);
                    }
                }
                ProbeResult::Passed if *self.claim_state.borrow() == ClaimState::Paused => {
                    tracing::info!("the test run passed again; jobs are taken again");
                    self.set_in_service();
                }
                ProbeResult::Passed | ProbeResult::NoSlot => {}
            }
        }
    }

    /// Waits for the time of the next probe, and reports meanwhile when toolchains have been prepared.
    async fn wait(&self) -> NextStep {
        let mut toolchains = self.toolchains.subscribe();
        let pause = match self.interval {
            Some(interval) if self.streak.length > 0 => interval.min(RETRY),
            Some(interval) => interval,
            None => Duration::MAX,
        };
        let time = Instant::now().checked_add(pause);
        loop {
            if *self.claim_state.borrow() == ClaimState::Claiming {
                self.set_in_service();
            }
            let all_prepared = being_prepared(self.runner.languages()).is_none();
            let next_probe = async {
                match time {
                    Some(time) => sleep_until(time).await,
                    None => std::future::pending().await,
                }
            };
            if all_prepared && self.interval.is_none() {
                return NextStep::End;
            }
            tokio::select! {
                () = next_probe => return NextStep::Probe,
                Ok(()) = toolchains.changed() => {}
            }
        }
    }

    fn set_in_service(&self) {
        self.set_claim_state(ClaimState::Claiming);
        let preparing = being_prepared(self.runner.languages());
        (self.report)(preparing.map_or(CanaryStatus::Passing, CanaryStatus::Preparing));
    }

    fn set_out_of_service(&self, reason: String) {
        self.set_claim_state(ClaimState::Paused);
        (self.report)(CanaryStatus::Failing(reason));
    }

    fn set_claim_state(&self, claim_state: ClaimState) {
        self.claim_state.send_replace(claim_state);
        metrics::gauge!("coderunner_worker_in_service").set(if claim_state == ClaimState::Claiming {
            1.0
        } else {
            0.0
        });
    }

    async fn probe(&self) -> ProbeResult {
        let Some(language) = quickest_language(self.runner.languages()) else {
            return ProbeResult::Failed(NO_LANGUAGE.to_owned());
        };
        let hello = hello_world(language, self.runner.memory());
        let memory = hello.limits.memory;
        let had_room = self.runner.has_room(memory);
        match timeout(TIMEOUT, run(&self.runner, &hello, language)).await {
            Ok(Ok(())) => ProbeResult::Passed,
            Ok(Err(reason)) => ProbeResult::Failed(reason),
            // With room at the beginning and at the end, it did not wait for other programs.
            Err(_) if had_room && (self.runner.has_room(memory) || self.runner.slots() == 1) => {
                ProbeResult::Failed(format!("The test run did not end within {} s.", TIMEOUT.as_secs()))
            }
            Err(_) => ProbeResult::NoSlot,
        }
    }
}

/// The step after a wait.
enum NextStep {
    Probe,
    /// No more probes are configured.
    End,
}

/// The toolchains that are being prepared, in a sentence for readiness checks; `None` if there are none.
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
    let failure = |error| format!("The test run failed: {}.", error_chain(&error));
    let run = ran.map_err(failure)?.report.run;
    let run = run.ok_or("The test program did not compile.")?;
    if run.is_success() && run.transcript.of(Stream::Stdout) == language.hello.stdout.as_bytes() {
        return Ok(());
    }
    Err(format!("The test program did not say hello but ended with {:?}.", run.ending))
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
    fn only_failures_in_a_row_take_the_worker_out_of_service_and_one_passed_probe_brings_it_back() {
        let mut streak = FailureStreak { length: 0, limit: 2 };
        let failed = || ProbeResult::Failed("no".to_owned());
        let results = [
            (failed(), ClaimState::Claiming),
            (ProbeResult::Passed, ClaimState::Claiming),
            (failed(), ClaimState::Claiming),
            (ProbeResult::NoSlot, ClaimState::Claiming),
            (failed(), ClaimState::Paused),
            (failed(), ClaimState::Paused),
            (ProbeResult::NoSlot, ClaimState::Paused),
            (ProbeResult::Passed, ClaimState::Claiming),
        ];
        for (number, (result, claim_state)) in results.into_iter().enumerate() {
            assert_eq!(streak.update(&result), claim_state, "{number}: {result:?}");
        }
    }
}
