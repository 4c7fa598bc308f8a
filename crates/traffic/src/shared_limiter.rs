//! Shared limiter: rate counters in Redis for several processes, one round trip per request, decided by a
//! script.
//!
//! The counts of a caller and a class are one key, a hash with a field for each rule, which expires when all
//! counts have expired. The caller's name is the key's hash tag, so in a cluster all keys of a caller are on
//! one node.

use std::{sync::Arc, time::Duration};

use model::Timestamp;
use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::{
    Admission, Class, Decision, LimitStatus, Quota, Rule,
    rate_counter::{WINDOW_PARTS, millis, part_length},
};

/// Redis normally answers within a millisecond or two; a request must not wait longer than this.
const TIMEOUT: Duration = Duration::from_millis(250);

/// Rate counters in Redis. A handle: cheap to clone.
#[derive(Clone)]
pub struct SharedLimiter {
    connection: ConnectionManager,
    script: Arc<Script>,
    clock: ClockSource,
}

/// Source of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSource {
    /// The Redis server, the same for all processes.
    Redis,
    /// The time in each call, for tests and for callers with a better clock.
    Caller,
}

/// Error of the shared counts.
#[derive(Debug, thiserror::Error)]
pub enum SharedError {
    /// Redis cannot be reached or returned an error.
    #[error("the shared counts cannot be read")]
    Redis(#[from] RedisError),
    /// Redis did not answer in time.
    #[error("the shared counts do not answer within {TIMEOUT:?}")]
    Timeout,
    /// Redis returned an unexpected number of values.
    #[error("the shared counts answered with {0} numbers")]
    UnexpectedReply(usize),
}

impl SharedLimiter {
    /// Opens the counts in the Redis at this address (`redis://host:port`). The connection is made with the
    /// first request.
    pub fn open(url: &str, clock: ClockSource) -> Result<Self, SharedError> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(client, config)?;
        Ok(Self { connection, script: Arc::new(Script::new(include_str!("rate_counter.lua"))), clock })
    }

    /// Decides about a request of this caller, and counts it if it is admitted: one round trip.
    pub async fn check(
        &self,
        caller: &str,
        class: Class,
        quota: &Quota,
        now: Timestamp,
    ) -> Result<Decision, SharedError> {
        let mut invocation = self.script.prepare_invoke();
        invocation.key(key(caller, class));
        match self.clock {
            ClockSource::Redis => invocation.arg(""),
            ClockSource::Caller => invocation.arg(now.as_millis()),
        };
        invocation.arg(WINDOW_PARTS);
        for rule in quota.rules() {
            match rule {
                Rule::Window { length, .. } => {
                    let length = length.as_millis();
                    let length = u64::try_from(length).unwrap_or(u64::MAX);
                    invocation.arg(format!("w{length}")).arg(rule.limit()).arg(part_length(rule)).arg(length);
                }
                Rule::Burst { .. } => {
                    invocation.arg("b").arg(rule.limit()).arg(rule.interval()).arg(0);
                }
            }
        }
        let mut connection = self.connection.clone();
        let answer = tokio::time::timeout(TIMEOUT, invocation.invoke_async(&mut connection)).await;
        let numbers: Vec<i64> = answer.map_err(|_| SharedError::Timeout)??;
        decode_reply(&numbers, quota).ok_or(SharedError::UnexpectedReply(numbers.len()))
    }
}

impl std::fmt::Debug for SharedLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedLimiter").field("clock", &self.clock).finish_non_exhaustive()
    }
}

fn key(caller: &str, class: Class) -> String {
    format!("coderunner:limits:{{{caller}}}:{}", class.as_str())
}

/// Decodes the reply of the script.
fn decode_reply(numbers: &[i64], quota: &Quota) -> Option<Decision> {
    let (admitted, limits) = numbers.split_first()?;
    let limits: Vec<_> = limits.chunks_exact(2).map(status).collect();
    if limits.len() != quota.rules().len() {
        return None;
    }
    let admission = if *admitted == 1 { Admission::Admitted } else { Decision::of(&limits) };
    Some(Decision { admission, limits })
}

fn status(pair: &[i64]) -> LimitStatus {
    LimitStatus { remaining: u32::try_from(pair[0]).unwrap_or(0), reset: millis(pair[1]) }
}
