//! The end of a server, in order, within `drain_seconds`: it says that it is not ready and takes requests a moment longer, takes
//! no more, lets end what runs, sends away who waits, and at last cuts off what is left.
//!
//! Nothing that was acknowledged is lost by any of this: what does not end here is given back and ends elsewhere, or later.

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

/// How long those may take who were told to go; less where there is little time in all.
const GOODBYE: Duration = Duration::from_secs(2);

/// Tells the parts of a server how far its stop has come.
pub(super) struct Stop {
    readiness: watch::Sender<Readiness>,
    /// Nothing new is begun.
    begun: CancellationToken,
    /// Nobody is listened to any more.
    deaf: CancellationToken,
    /// What still runs is given back.
    given_back: CancellationToken,
    /// All is done but what keeps the jobs.
    over: CancellationToken,
}

/// What is to come to its end.
pub(super) struct Open {
    /// The worker, where there is one.
    pub(super) work: Option<JoinHandle<()>>,
    /// The listener, where there is one.
    pub(super) api: Option<JoinHandle<io::Result<()>>>,
    /// The service that clients wait for.
    pub(super) execution: Option<Execution>,
    /// What a gateway passes on.
    pub(super) forwarding: Forwarding,
}

impl Stop {
    pub(super) fn new(readiness: watch::Sender<Readiness>) -> Self {
        let [begun, deaf, given_back, over] = [(); 4].map(|()| CancellationToken::new());
        Self { readiness, begun, deaf, given_back, over }
    }

    pub(super) fn begun(&self) -> CancellationToken {
        self.begun.clone()
    }

    pub(super) fn deaf(&self) -> CancellationToken {
        self.deaf.clone()
    }

    pub(super) fn given_back(&self) -> CancellationToken {
        self.given_back.clone()
    }

    pub(super) fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    /// Brings it all to its end.
    pub(super) async fn stop(self, config: &Config, open: Open) {
        tracing::info!("stopping: finishing what runs, keeping what waits");
        let drain = Duration::from_secs(config.drain_seconds);
        let goodbye = GOODBYE.min(drain / 4);
        let patience = Instant::now() + drain - 2 * goodbye;
        // From here on the canary says nothing any more.
        self.begun.cancel();
        let reason = "The server is shutting down.".to_owned();
        self.readiness.send_replace(Readiness::NotReady { reason });
        if open.api.is_some() {
            sleep(config.lame_duck().min(drain / 2)).await;
        }
        self.deaf.cancel();
        let Open { work, api, execution, forwarding } = open;
        let (mut work, mut api) = (ended(work), ended(api));
        let leaving = execution.map(|execution| execution.shutdown().clone()).unwrap_or_default();

        // Whoever waits for what runs here gets it.
        let has_worked = timeout_at(patience, &mut work).await.is_ok();
        leaving.stop_waits();
        let on_their_own = async { tokio::join!(leaving.wait_for_sessions(), forwarding.wait()) };
        let are_gone = timeout_at(patience, on_their_own).await.is_ok();
        if !(has_worked && are_gone) {
            tracing::warn!(
                ?drain,
                "not all has ended in time: sessions are cut off, and programs given back, to be run again"
            );
        }
        leaving.end_sessions();
        forwarding.cancel();
        let _cut_off =
            timeout(goodbye, async { tokio::join!(leaving.wait_for_sessions(), forwarding.wait()) }).await;
        self.given_back.cancel();
        if !has_worked && timeout(goodbye, &mut work).await.is_err() {
            tracing::warn!(
                "some programs could not be given back; they are run again once their leases have run out"
            );
        }
        if timeout(goodbye, &mut api).await.is_err() {
            tracing::warn!("some clients did not hang up in time");
        }
        self.over.cancel();
    }
}

/// The end of a task; a part that is not there has ended.
fn ended<T: 'static>(task: Option<JoinHandle<T>>) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async {
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "a part of the server ended badly");
        }
    })
}
