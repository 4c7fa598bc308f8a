//! Delivery task: polls the store for due webhooks and sends them concurrently, until it is cancelled.

use std::{error::Error as _, sync::Arc, time::Duration};

use metrics::counter;
use model::{Timestamp, wording::error_chain};
use store::{DueWebhook, Store, StoreError};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use crate::{Sender, Settings, message, retry};

/// Added to the timeout of one try for the lease of a webhook: time for the store's own writes.
const LEASE_MARGIN: Duration = Duration::from_secs(30);
/// Interval between deletions of webhooks without a job record.
const ORPHAN_SWEEP_INTERVAL: Duration = Duration::from_mins(10);
/// Minimum age of such a webhook: a younger one may belong to a submission in progress.
const MIN_ORPHAN_AGE: Duration = Duration::from_hours(1);

/// Sends the due webhooks of one store.
///
/// Each poll leases as many webhooks as there are free permits (`UPDATE … RETURNING`), so of several processes one sends each
/// message. A delivery deletes its row on success, on a final error and after the last try; otherwise it sets the time of the
/// next try. A process that dies leaves its rows leased, and another process takes them when the leases have expired.
pub struct Deliverer {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
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
        Self { shared: Arc::new(Shared { store, sender, settings }), permits: places }
    }

    /// Sends until the token is cancelled. Deliveries in progress are then aborted; they are repeated after their leases expire.
    pub async fn run(self, shutdown: CancellationToken) {
        let (mut poll, mut stray) =
            (interval(self.shared.settings.poll_interval), interval(ORPHAN_SWEEP_INTERVAL));
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let deliveries = TaskTracker::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = poll.tick() => log_store_error("send webhooks", self.send_due(&deliveries, &shutdown).await),
                _ = stray.tick() => log_store_error("forget webhooks without a job", self.delete_orphans().await),
            }
        }
        deliveries.close();
        deliveries.wait().await;
    }

    /// Starts as many deliveries as there are free permits.
    async fn send_due(
        &self,
        deliveries: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Result<(), StoreError> {
        let free = self.permits.available_permits();
        if free == 0 {
            return Ok(());
        }
        let term = self.shared.settings.timeout + LEASE_MARGIN;
        for webhook in self.shared.store.lease_webhooks(Timestamp::now(), term, free).await? {
            // A permit is free: only this task acquires any.
            let Ok(permit) = self.permits.clone().try_acquire_owned() else { return Ok(()) };
            let (shared, shutdown) = (self.shared.clone(), shutdown.clone());
            deliveries.spawn(async move {
                shutdown.run_until_cancelled(shared.deliver(webhook, permit)).await;
            });
        }
        Ok(())
    }

    async fn delete_orphans(&self) -> Result<(), StoreError> {
        self.shared.store.delete_orphaned_webhooks(Timestamp::now().minus(MIN_ORPHAN_AGE)).await
    }
}

impl Shared {
    async fn deliver(&self, webhook: DueWebhook, _permit: OwnedSemaphorePermit) {
        let record = match self.store.record(webhook.job).await {
            Ok(record) => record,
            Err(error) => return log_store_error("read a job whose end is to be told", Err(error)),
        };
        let Some(message) = record.as_ref().and_then(message::message) else {
            return log_store_error("drop a webhook", self.store.delete_webhook(webhook.job).await);
        };
        let stored = match self.sender.send(&webhook.url, &message, Timestamp::now()).await {
            Ok(()) => {
                count("sent");
                tracing::debug!(job = %webhook.job, host = host(&webhook.url), "a webhook is sent");
                self.store.delete_webhook(webhook.job).await
            }
            Err(failure) => {
                let tries = webhook.tries;
                let reason = failure.as_str();
                // None of the sources contains the URL.
                let cause = failure.source().map(error_chain);
                let (job, host) = (webhook.job, host(&webhook.url));
                if failure.is_final() || tries >= self.settings.attempts {
                    count("given_up");
                    tracing::warn!(%job, host, tries, reason, cause, "a webhook is given up: {failure}");
                    self.store.delete_webhook(job).await
                } else {
                    count("failed");
                    let pause = retry::retry_delay(self.settings.first_delay, tries);
                    tracing::info!(%job, host, tries, reason, cause, ?pause, "a webhook is sent again later: {failure}");
                    self.store.reschedule_webhook(job, Timestamp::now().plus(pause)).await
                }
            }
        };
        log_store_error("settle a webhook", stored);
    }
}

/// The part of a URL that may be logged: path and query may contain secrets.
fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn count(outcome: &'static str) {
    counter!("coderunner_webhooks_total", "outcome" => outcome).increment(1);
}

fn log_store_error(step: &'static str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::error!(what = step, %error, "webhooks wait for the records");
    }
}
