//! Counts that several processes share, in Redis: one round trip for all rules of a request, decided by a script there.
//!
//! A caller's requests of one class are one key, a hash with a field for each rule, that expires by itself when all of it
//! would be forgotten. The caller's name is the key's hash tag, so in a cluster all of a caller's keys are on one node.

use std::{sync::Arc, time::Duration};

use model::Timestamp;
use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::{
    Admission, Class, Decision, Quota, Rule, Standing,
    count::{PARTS, millis, part},
};

/// Redis answers within a millisecond or two; what takes longer is not worth a request's waiting.
const PATIENCE: Duration = Duration::from_millis(250);

/// Counts in Redis. A handle: cheap to clone.
#[derive(Clone)]
pub struct SharedLimiter {
    connection: ConnectionManager,
    script: Arc<Script>,
    time: TimeOf,
}

/// Whose clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOf {
    /// The server's, which is the same for all processes.
    Redis,
    /// The time that each call is given: for tests, and for whoever has a better clock.
    Caller,
}

/// Why the shared counts are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SharedError {
    /// Redis cannot be reached, or refuses.
    #[error("the shared counts cannot be asked")]
    Redis(#[from] RedisError),
    /// It did not answer in time.
    #[error("the shared counts do not answer within {PATIENCE:?}")]
    Silent,
    /// It answered with something else than the script does.
    #[error("the shared counts answered with {0} numbers")]
    Odd(usize),
}

impl SharedLimiter {
    /// Counts in the Redis at this address (`redis://host:port`), which is asked for the first time when there is something to
    /// count.
    pub fn at(url: &str, time: TimeOf) -> Result<Self, SharedError> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(client, config)?;
        Ok(Self { connection, script: Arc::new(Script::new(include_str!("count.lua"))), time })
    }

    /// Decides about one request of this caller, and counts it if it is admitted: one round trip.
    pub async fn check(
        &self,
        caller: &str,
        class: Class,
        quota: &Quota,
        now: Timestamp,
    ) -> Result<Decision, SharedError> {
        let mut invocation = self.script.prepare_invoke();
        invocation.key(key(caller, class));
        match self.time {
            TimeOf::Redis => invocation.arg(""),
            TimeOf::Caller => invocation.arg(now.as_millis()),
        };
        invocation.arg(PARTS);
        for rule in quota.rules() {
            match rule {
                Rule::Window { length, .. } => {
                    let length = length.as_millis();
                    let length = u64::try_from(length).unwrap_or(u64::MAX);
                    invocation.arg(format!("w{length}")).arg(rule.most()).arg(part(rule)).arg(length);
                }
                Rule::Burst { .. } => {
                    invocation.arg("b").arg(rule.most()).arg(rule.interval()).arg(0);
                }
            }
        }
        let mut connection = self.connection.clone();
        let answer = tokio::time::timeout(PATIENCE, invocation.invoke_async(&mut connection)).await;
        let numbers: Vec<i64> = answer.map_err(|_| SharedError::Silent)??;
        understood(&numbers, quota).ok_or(SharedError::Odd(numbers.len()))
    }
}

impl std::fmt::Debug for SharedLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedLimiter").field("time", &self.time).finish_non_exhaustive()
    }
}

fn key(caller: &str, class: Class) -> String {
    format!("coderunner:limits:{{{caller}}}:{}", class.as_str())
}

/// What the script's answer says.
fn understood(numbers: &[i64], quota: &Quota) -> Option<Decision> {
    let (admitted, standings) = numbers.split_first()?;
    let standings: Vec<_> = standings.chunks_exact(2).map(standing).collect();
    if standings.len() != quota.rules().len() {
        return None;
    }
    let verdict = if *admitted == 1 { Admission::Admitted } else { Decision::of(&standings) };
    Some(Decision { verdict, standings })
}

fn standing(pair: &[i64]) -> Standing {
    Standing { remaining: u32::try_from(pair[0]).unwrap_or(0), reset: millis(pair[1]) }
}
