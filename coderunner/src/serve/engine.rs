//! What keeps the jobs of a process: records, queue and objects, in its data folder or on servers that others use, too.

use std::sync::Arc;

use anyhow::Context;
use broker::{Broker, Clock, EmbeddedBroker, EmbeddedSettings, Guarded, RedisBroker, RedisSettings};
use store::{DataLock, Objects, PostgresSettings, Store};

use crate::{
    config::{Config, Engines, SecretUrl, Throttle},
    roles::Role,
};

/// What keeps the jobs. Closed last.
pub(super) struct Engine {
    pub(super) store: Store,
    pub(super) objects: Objects,
    pub(super) broker: Arc<dyn Broker>,
    queue: Queue,
    _lock: Option<DataLock>,
}

/// The queue, for what only its engine can do.
enum Queue {
    Embedded(Arc<EmbeddedBroker>),
    Shared,
}

impl Engine {
    /// What the configuration asks for; nothing where no role of this process has to do with jobs.
    pub(super) async fn open(config: &Config) -> anyhow::Result<Option<Self>> {
        match config.engines() {
            Engines::None => Ok(None),
            Engines::Embedded => {
                Self::embedded(config).await.context("the data folder cannot be used").map(Some)
            }
            Engines::Shared { broker, records } => Self::shared(config, broker, records).await.map(Some),
        }
    }

    async fn embedded(config: &Config) -> anyhow::Result<Self> {
        let lock = DataLock::take(&config.data)?;
        let store = Store::open(&config.data).await?;
        let objects = objects(config)?;
        let (most_waiting, lease_time) = (most_waiting(config), config.broker.lease_time());
        let settings = EmbeddedSettings { most_waiting, lease_time, ..EmbeddedSettings::default() };
        let broker = Arc::new(EmbeddedBroker::open(&config.data, settings).await?);
        let queue = Queue::Embedded(broker.clone());
        Ok(Self { store, objects, broker, queue, _lock: Some(lock) })
    }

    async fn shared(config: &Config, broker: &SecretUrl, records: &SecretUrl) -> anyhow::Result<Self> {
        // Only a worker keeps anything there: what toolchains prepared, and data of tests.
        let lock = if config.roles.has(Role::Worker) { Some(DataLock::take(&config.data)?) } else { None };
        let store = Store::connect(records.reveal(), PostgresSettings::default())
            .await
            .with_context(|| format!("the records at {records} cannot be used"))?;
        let (most_waiting, lease_time) = (most_waiting(config), config.broker.lease_time());
        let settings = RedisSettings { most_waiting, lease_time, ..RedisSettings::default() };
        let queue = RedisBroker::connect(broker.reveal(), settings)
            .with_context(|| format!("the queue at {broker} cannot be used"))?;
        let broker = Guarded::new(Arc::new(queue), config.breaker.settings(), Clock::steady());
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

    /// Writes what waits, and closes it all.
    pub(super) async fn close(self) {
        match self.queue {
            Queue::Embedded(broker) => broker.close().await,
            // Its connections end with its last handle.
            Queue::Shared => {}
        }
        self.store.close().await;
    }
}

/// Where files are kept that programs leave behind: beside the records, unless the configuration says otherwise.
fn objects(config: &Config) -> anyhow::Result<Objects> {
    match &config.objects.url {
        Some(url) => Objects::at(url, std::env::vars()).context("objects.url"),
        None => Ok(Objects::in_folder(&config.data.join("objects"))?),
    }
}

/// How many jobs the queue itself lets wait.
pub(super) fn most_waiting(config: &Config) -> Option<u64> {
    match config.limits {
        Throttle::On => Some(config.most_waiting),
        Throttle::Off => None,
    }
}
