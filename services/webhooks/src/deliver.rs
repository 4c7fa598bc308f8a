//! Delivery task: polls the store for due webhooks and sends them concurrently, until it is cancelled.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use model::Timestamp;
use store::{DueWebhook, Store, StoreError};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use crate::{Failure, Sender, Settings, event, schedule};

/// Added to the timeout of one try for the lease of a webhook: time for the store's own writes.
const SPARE: Duration = Duration::from_secs(30);
/// Interval between deletions of webhooks without a job record.
const STRAY: Duration = Duration::from_mins(10);
/// Minimum age of such a webhook: a younger one may belong to a submission in progress.
const STRAY_AGE: Duration = Duration::from_hours(1);

/// Sends the due webhooks of one store.
///
/// Each poll leases as many webhooks as there are free permits (`UPDATE … RETURNING`), so of several processes one sends each
/// message. A delivery deletes its row on success, on a final error and after the last try; otherwise it sets the time of the
/// next try. A process that dies leaves its rows leased, and another process takes them when the leases have expired.
pub struct Deliverer {
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
}

struct Shared {
    store: Store,
    sender: Sender,
    settings: Settings,
}

impl Deliverer {
    /// A deliverer for the webhooks in this store.
    pub fn new(store: Store, sender: Sender, settings: Settings) -> Self {
        metrics::describe_counter!(
            "coderunner_webhooks_total",
            "Tries to send a webhook, by what came of them: sent, failed (it is tried again) or given_up."
        );
        let places = Arc::new(Semaphore::new(settings.concurrent));
        Self { shared: Arc::new(Shared { store, sender, settings }), places }
    }

    /// Sends until the token is cancelled. Deliveries in progress are then aborted; they are repeated after their leases expire.
    pub async fn run(self, shutdown: CancellationToken) {
        let (mut poll, mut stray) = (interval(self.shared.settings.poll), interval(STRAY));
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let under_way = TaskTracker::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = poll.tick() => note("send webhooks", self.send_due(&under_way, &shutdown).await),
                _ = stray.tick() => note("forget webhooks without a job", self.forget_stray().await),
            }
        }
        under_way.close();
        under_way.wait().await;
    }

    /// Starts as many deliveries as there are free permits.
    async fn send_due(
        &self,
        under_way: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Result<(), StoreError> {
        let free = self.places.available_permits();
        if free == 0 {
            return Ok(());
        }
        let term = self.shared.settings.timeout + SPARE;
        for due in self.shared.store.take_webhooks(Timestamp::now(), term, free).await? {
            // A permit is free: only this task acquires any.
            let Ok(place) = self.places.clone().try_acquire_owned() else { return Ok(()) };
            let (shared, shutdown) = (self.shared.clone(), shutdown.clone());
            under_way.spawn(async move {
                shutdown.run_until_cancelled(shared.deliver(due, place)).await;
            });
        }
        Ok(())
    }

    async fn forget_stray(&self) -> Result<(), StoreError> {
        self.shared.store.forget_webhooks_without_a_job(Timestamp::now().minus(STRAY_AGE)).await
    }
}

impl Shared {
    async fn deliver(&self, due: DueWebhook, _place: OwnedSemaphorePermit) {
        let record = match self.store.record(due.job).await {
            Ok(record) => record,
            Err(error) => return note("read a job whose end is to be told", Err(error)),
        };
        let Some(message) = record.as_ref().and_then(event::message) else {
            return note("drop a webhook", self.store.drop_webhook(due.job).await);
        };
        let settled = match self.sender.send(&due.url, &message, Timestamp::now()).await {
            Ok(()) => {
                count("sent");
                tracing::debug!(job = %due.job, host = host(&due.url), "a webhook is sent");
                self.store.drop_webhook(due.job).await
            }
            Err(failure) => {
                let tries = due.tries;
                let reason = failure.as_str();
                let cause = causes(&failure);
                let (job, host) = (due.job, host(&due.url));
                if failure.is_final() || tries >= self.settings.attempts {
                    count("given_up");
                    tracing::warn!(%job, host, tries, reason, cause, "a webhook is given up: {failure}");
                    self.store.drop_webhook(job).await
                } else {
                    count("failed");
                    let pause = schedule::pause(self.settings.first_pause, tries);
                    tracing::info!(%job, host, tries, reason, cause, ?pause, "a webhook is sent again later: {failure}");
                    self.store.put_off_webhook(job, Timestamp::now().plus(pause)).await
                }
            }
        };
        note("settle a webhook", settled);
    }
}

/// The part of a URL that may be logged: path and query may contain secrets.
fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The sources of an error in one line, if it has any. None of them contains the URL.
fn causes(failure: &Failure) -> Option<String> {
    let first = std::error::Error::source(failure)?;
    let all = std::iter::successors(Some(first), |cause| cause.source());
    Some(all.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

fn count(outcome: &'static str) {
    counter!("coderunner_webhooks_total", "outcome" => outcome).increment(1);
}

fn note(what: &'static str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::error!(what, %error, "webhooks wait for the records");
    }
}
