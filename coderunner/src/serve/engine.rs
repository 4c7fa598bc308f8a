//! Job engines: records, queue and objects, in the data folder or on servers shared with other processes.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use broker::{
    Broker, CircuitBreakerBroker, Clock, EmbeddedBroker, EmbeddedSettings, RedisBroker, RedisSettings,
};
use gateway::Readiness;
use store::{DataLock, Objects, PostgresSettings, Store, StoreError};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    config::{Config, Engines, SecretUrl, Throttle, variables},
    roles::Role,
};

/// The engines of the jobs. Closed last.
pub(super) struct Engine {
    pub(super) store: Store,
    pub(super) objects: Objects,
    pub(super) broker: Arc<dyn Broker>,
    queue: Queue,
    _lock: Option<DataLock>,
}

/// The queue, for operations of its engine only.
enum Queue {
    Embedded(Arc<EmbeddedBroker>),
    Shared,
}

impl Engine {
    /// Opens the configured engines; `None` if no role of this process handles jobs. `readiness` shows the service that it waits
    /// for.
    pub(super) async fn open(
        config: &Config,
        readiness: &watch::Sender<Readiness>,
    ) -> anyhow::Result<Option<Self>> {
        match config.engines() {
            Engines::None => Ok(None),
            Engines::Embedded => {
                Self::embedded(config).await.context("the data folder cannot be used").map(Some)
            }
            Engines::Shared { broker, records } => {
                Self::open_shared(config, (broker, records), readiness).await.map(Some)
            }
        }
    }

    async fn embedded(config: &Config) -> anyhow::Result<Self> {
        let lock = DataLock::acquire(&config.data)?;
        let store = Store::open(&config.data).await?;
        let objects = objects(config)?;
        let (max_waiting, lease_time) = (most_waiting(config), config.broker.lease_time());
        let settings = EmbeddedSettings { max_waiting, lease_time, ..EmbeddedSettings::default() };
        let broker = Arc::new(EmbeddedBroker::open(&config.data, settings).await?);
        let queue = Queue::Embedded(broker.clone());
        Ok(Self { store, objects, broker, queue, _lock: Some(lock) })
    }

    async fn open_shared(
        config: &Config,
        (broker, records): (&SecretUrl, &SecretUrl),
        readiness: &watch::Sender<Readiness>,
    ) -> anyhow::Result<Self> {
        // Only a worker stores anything there: prepared files of toolchains, and test data.
        let lock = if config.roles.has(Role::Worker) { Some(DataLock::acquire(&config.data)?) } else { None };
        let wait = config.records.wait();
        let store = connect(records, PostgresSettings::default(), wait, readiness).await?;
        let (max_waiting, lease_time) = (most_waiting(config), config.broker.lease_time());
        let settings = RedisSettings { max_waiting, lease_time, ..RedisSettings::default() };
        let queue = RedisBroker::connect(broker.reveal(), settings)
            .with_context(|| format!("the queue at {broker} cannot be used"))?;
        let broker = CircuitBreakerBroker::new(Arc::new(queue), config.breaker.settings(), Clock::steady());
        let objects = objects(config)?;
        Ok(Self { store, objects, broker: Arc::new(broker), queue: Queue::Shared, _lock: lock })
    }

    /// Whether other processes work with the same jobs.
    pub(super) const fn is_shared(&self) -> bool {
        match self.queue {
            Queue::Embedded(_) => false,
            Queue::Shared => true,
        }
    }

    /// Writes pending records, and closes the engines.
    pub(super) async fn close(self) {
        match self.queue {
            Queue::Embedded(broker) => broker.close().await,
            // Its connections end with its last handle.
            Queue::Shared => {}
        }
        self.store.close().await;
    }
}

/// Interval of attempts to reach the server of records.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Connects to the records. Waits for a server that cannot be reached yet: it may be starting, too, as after a power failure. A
/// refused login is an error at once, since it is permanent.
async fn connect(
    records: &SecretUrl,
    settings: PostgresSettings,
    wait: Duration,
    readiness: &watch::Sender<Readiness>,
) -> anyhow::Result<Store> {
    let began = Instant::now();
    let mut has_failed = false;
    loop {
        let error = match Store::connect(records.reveal(), settings).await {
            Ok(store) => {
                if has_failed {
                    tracing::info!("the records can be reached");
                }
                return Ok(store);
            }
            Err(error) => error,
        };
        if !error.is_transient() || began.elapsed() + RETRY_INTERVAL > wait {
            let waited = began.elapsed().as_secs();
            let context = match error {
                StoreError::Connect { .. } if has_failed => format!(
                    "the records at {records} cannot be used, after {waited} s (records.wait_seconds says how long they are \
                     waited for)"
                ),
                _ => format!("the records at {records} cannot be used"),
            };
            return Err(error).context(context);
        }
        if !std::mem::replace(&mut has_failed, true) {
            tracing::warn!(%records, ?wait, cause = ?std::error::Error::source(&error), "{error} They are waited for.");
        }
        let reason = format!("The server is starting: {error} It is tried again every second.");
        readiness.send_replace(Readiness::NotReady { reason });
        sleep(RETRY_INTERVAL).await;
    }
}

/// Location of artifacts: beside the records, unless configured otherwise.
fn objects(config: &Config) -> anyhow::Result<Objects> {
    match &config.objects.url {
        Some(url) => Objects::open(url.reveal(), variables()).context("objects.url"),
        None => Ok(Objects::open_folder(&config.data.join("objects"))?),
    }
}

/// Maximum number of waiting jobs, enforced by the queue itself.
pub(super) fn most_waiting(config: &Config) -> Option<u64> {
    match config.limits {
        Throttle::On => Some(config.max_waiting),
        Throttle::Off => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Connects to a server that is not there.
    async fn check(wait: Duration, says: &str) -> String {
        let records: SecretUrl =
            serde_json::from_str("\"postgres://me:hunter2@127.0.0.1:1/code\"").expect("an address");
        let settings =
            PostgresSettings { acquire_timeout: Duration::from_millis(100), ..PostgresSettings::default() };
        let (readiness, told) = watch::channel(Readiness::Ready { notes: Vec::new() });
        let error = connect(&records, settings, wait, &readiness).await.err().expect("nobody is there");
        let error = format!("{error:#}");
        assert!(error.contains(says) && !error.contains("hunter2"), "{error}");
        match &*told.borrow() {
            Readiness::NotReady { reason } => reason.clone(),
            Readiness::Ready { .. } => String::new(),
        }
    }

    #[tokio::test]
    async fn records_that_cannot_be_reached_are_waited_for_and_readiness_says_so() {
        let reason = check(Duration::from_millis(1500), "records.wait_seconds").await;
        assert!(
            reason.starts_with("The server is starting: the records at 127.0.0.1:1/code cannot"),
            "{reason}"
        );
    }

    #[tokio::test]
    async fn with_no_time_to_wait_one_try_is_all() {
        let reason =
            check(Duration::ZERO, "the records at postgres://me:hidden@127.0.0.1:1/code cannot").await;
        assert_eq!(reason, "");
    }
}
