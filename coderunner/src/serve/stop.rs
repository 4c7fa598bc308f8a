//! Shutdown of a server, within `drain_seconds`: it reports that it is not ready and still accepts requests for a moment, then accepts no
//! more, waits for running attempts, answers waiting clients, and at last closes the remaining connections.
//!
//! No acknowledged job is lost: an attempt that does not end here is abandoned and runs again elsewhere, or later.

use std::{future::Future, io, time::Duration};

use execution::Execution;
use gateway::{Forwarding, Readiness};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// Time for clients and sessions to end after the request to do so; less if the drain time is short.
const GRACE: Duration = Duration::from_secs(2);

/// The shutdown of a server: a token for each stage, which its parts watch.
pub(super) struct ServerShutdown {
    readiness: watch::Sender<Readiness>,
    /// No new work is started.
    shutdown_started: CancellationToken,
    /// No more connections are accepted.
    stop_accepting: CancellationToken,
    /// Running attempts are abandoned, to be run elsewhere.
    abandon_attempts: CancellationToken,
    /// Everything has ended except the job engines.
    shutdown_finished: CancellationToken,
}

/// The parts that end during the shutdown.
pub(super) struct RunningParts {
    /// The worker, if there is one.
    pub(super) work: Option<JoinHandle<()>>,
    /// The listener of the API, if there is one.
    pub(super) api: Option<JoinHandle<io::Result<()>>>,
    /// The service whose clients wait for results.
    pub(super) execution: Option<Execution>,
    /// The forwarded requests of a gateway.
    pub(super) forwarding: Forwarding,
}

impl ServerShutdown {
    pub(super) fn new(readiness: watch::Sender<Readiness>) -> Self {
        let [begun, stop_accepting, abandon_attempts, over] = [(); 4].map(|()| CancellationToken::new());
        Self { readiness, shutdown_started: begun, stop_accepting, abandon_attempts, shutdown_finished: over }
    }

    pub(super) fn shutdown_started(&self) -> CancellationToken {
        self.shutdown_started.clone()
    }

    pub(super) fn stop_accepting(&self) -> CancellationToken {
        self.stop_accepting.clone()
    }

    pub(super) fn abandon_attempts(&self) -> CancellationToken {
        self.abandon_attempts.clone()
    }

    pub(super) fn shutdown_finished(&self) -> CancellationToken {
        self.shutdown_finished.clone()
    }

    /// Runs the stages in order.
    pub(super) async fn run(self, config: &Config, open: RunningParts) {
        tracing::info!("stopping: finishing what runs, keeping what waits");
        let drain = Duration::from_secs(config.drain_seconds);
        let grace = GRACE.min(drain / 4);
        let deadline = Instant::now() + drain - 2 * grace;
        // From here on the canary no longer changes the readiness.
        self.shutdown_started.cancel();
        let reason = "The server is shutting down.".to_owned();
        self.readiness.send_replace(Readiness::NotReady { reason });
        if open.api.is_some() {
            sleep(config.lame_duck().min(drain / 2)).await;
        }
        self.stop_accepting.cancel();
        let RunningParts { work, api, execution, forwarding } = open;
        let (mut work, mut api) = (completion_of(work), completion_of(api));
        let leaving = execution.map(|execution| execution.shutdown().clone()).unwrap_or_default();

        // Clients that wait for programs that run here get their results.
        let has_worked = timeout_at(deadline, &mut work).await.is_ok();
        leaving.stop_waits();
        let on_their_own = async { tokio::join!(leaving.wait_for_sessions(), forwarding.wait()) };
        let are_gone = timeout_at(deadline, on_their_own).await.is_ok();
        if !(has_worked && are_gone) {
            tracing::warn!(
                ?drain,
                "some attempts have not ended in time: sessions are cut off, and programs abandoned, to run again"
            );
        }
        leaving.end_sessions();
        forwarding.cancel();
        let _cut_off =
            timeout(grace, async { tokio::join!(leaving.wait_for_sessions(), forwarding.wait()) }).await;
        self.abandon_attempts.cancel();
        if !has_worked && timeout(grace, &mut work).await.is_err() {
            tracing::warn!(
                "some programs could not be abandoned; they run again when their leases have expired"
            );
        }
        if timeout(grace, &mut api).await.is_err() {
            tracing::warn!("some clients did not hang up in time");
        }
        self.shutdown_finished.cancel();
    }
}

/// Completes when the task ends; at once for a part that does not exist.
fn completion_of<T: 'static>(task: Option<JoinHandle<T>>) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async {
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "a part of the server ended badly");
        }
    })
}
