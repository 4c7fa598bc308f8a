//! The conformance suite on Redis, and what only this engine promises.

mod conformance;

use std::sync::Arc;

use async_trait::async_trait;
use broker::{Broker, EventSettings, RedisBroker, RedisSettings};
use model::Bytes;
use testkit::Redis;

use conformance::{Engine, Rules, conformance};

/// A Redis of the test's own.
struct OnRedis(Redis);

impl OnRedis {
    async fn new() -> Self {
        Self(Redis::start().await)
    }

    fn settings(rules: Rules) -> RedisSettings {
        RedisSettings {
            lease_time: rules.lease_time,
            retry: rules.retry,
            most_waiting: rules.most_waiting,
            events: EventSettings {
                keep_finished: rules.keep_finished_events,
                most_per_job: Bytes(rules.most_event_bytes_per_job),
                ..EventSettings::default()
            },
            clock: Some(rules.clock),
            ..RedisSettings::default()
        }
    }
}

#[async_trait]
impl Engine for OnRedis {
    async fn open(&self, rules: Rules) -> Arc<dyn Broker> {
        let broker = RedisBroker::connect(&self.0.url(), Self::settings(rules)).await.expect("connects");
        Arc::new(broker)
    }
}

conformance!(OnRedis::new().await);
