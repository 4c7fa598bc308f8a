//! Settings of the engines: lease time, retries, limits and retention, with their defaults.

use std::time::Duration;

use model::Bytes;

use crate::{clock::Clock, fair_queue::AGING, retry::RetryPolicy};

/// Settings of the embedded engine.
#[derive(Debug, Clone)]
pub struct EmbeddedSettings {
    /// Duration of a lease without renewal.
    pub lease_time: Duration,
    /// Retries after failed attempts.
    pub retry: RetryPolicy,
    /// Limit of waiting tickets of one kind; `None`: no limit. Retries are exempt.
    pub max_waiting: Option<u64>,
    /// Number of turns that a ticket yields to each higher priority; see [`crate::AGING`].
    pub aging: u32,
    /// Retention of dead letters.
    pub keep_dead: Duration,
    /// Retention of events.
    pub events: EventSettings,
    /// Source of the current time.
    pub clock: Clock,
}

impl Default for EmbeddedSettings {
    fn default() -> Self {
        Self {
            lease_time: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            max_waiting: Some(5_000),
            aging: AGING,
            keep_dead: Duration::from_hours(7 * 24),
            events: EventSettings::default(),
            clock: Clock::steady(),
        }
    }
}

/// Retention of the events of jobs, for late and returning subscribers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSettings {
    /// Retention of the events of a finished job.
    pub keep_finished: Duration,
    /// Limit of the output kept for one job; the oldest output is dropped first.
    pub max_per_job: Bytes,
    /// Memory limit for the events of all jobs; the longest finished jobs are dropped first.
    pub max_total: Bytes,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self { keep_finished: Duration::from_mins(1), max_per_job: Bytes::mib(4), max_total: Bytes::mib(128) }
    }
}

/// Settings of the engine on Redis. All processes that share a queue must have the same settings.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// Prefix of all keys (the hash tag), so that several installations can share a Redis.
    pub namespace: String,
    /// Duration of a lease without renewal.
    pub lease_time: Duration,
    /// Retries after failed attempts.
    pub retry: RetryPolicy,
    /// Limit of waiting tickets of one kind; `None`: no limit. Retries are exempt.
    pub max_waiting: Option<u64>,
    /// Number of turns that a ticket yields to each higher priority; see [`crate::AGING`].
    pub aging: u32,
    /// Retention of dead letters.
    pub keep_dead: Duration,
    /// Retention of events.
    pub events: EventSettings,
    /// Timeout of connecting to Redis and of each command; afterwards an operation fails with
    /// [`BrokerError::Unavailable`](crate::BrokerError::Unavailable).
    pub timeout: Duration,
    /// Source of the current time; `None`: the time of the Redis server.
    pub clock: Option<Clock>,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            namespace: "coderunner".to_owned(),
            lease_time: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            max_waiting: Some(5_000),
            aging: AGING,
            keep_dead: Duration::from_hours(7 * 24),
            events: EventSettings::default(),
            timeout: Duration::from_secs(2),
            clock: None,
        }
    }
}
