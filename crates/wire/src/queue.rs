//! Queue statistics: lengths, running jobs and slots of each pool.

use model::{PoolStats, QueueLengths, QueueStats};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PoolName;

/// Response of `GET /api/execution/queue/stats`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueBody {
    /// One entry for each pool that has a worker or a job.
    pub pools: Vec<PoolBody>,
    /// The priorities that are refused at the moment.
    pub shedding: LoadShedding,
    /// Jobs in the dead-letter queue: their workers died too often.
    pub dead_letters: u64,
}

/// One pool's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolBody {
    /// The pool.
    pub pool: PoolName,
    /// Jobs waiting to be claimed.
    pub waiting: QueueLengthsBody,
    /// Jobs claimed by a worker.
    #[schema(example = 2)]
    pub running: u64,
    /// Waiting time of the oldest waiting job.
    #[schema(example = 120)]
    pub oldest_wait_ms: u64,
    /// Workers of the pool.
    #[schema(example = 2)]
    pub workers: u64,
    /// Jobs that these workers can run at the same time.
    #[schema(example = 16)]
    pub slots: u64,
}

/// Waiting jobs by priority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueLengthsBody {
    /// High priority.
    pub high: u64,
    /// Normal priority.
    pub normal: u64,
    /// Low priority.
    pub low: u64,
}

/// Load shedding: the priorities that are refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LoadShedding {
    /// None is refused.
    #[default]
    None,
    /// Low priority is refused.
    Low,
    /// Low and normal priority are refused.
    Normal,
}

impl From<&QueueStats> for QueueBody {
    fn from(stats: &QueueStats) -> Self {
        Self {
            pools: stats.pools.iter().map(PoolBody::from).collect(),
            shedding: LoadShedding::None,
            dead_letters: stats.dead_letters,
        }
    }
}

impl From<&PoolStats> for PoolBody {
    fn from(stats: &PoolStats) -> Self {
        let QueueLengths { high, normal, low } = stats.waiting;
        Self {
            pool: stats.pool.into(),
            waiting: QueueLengthsBody { high, normal, low },
            running: stats.running,
            oldest_wait_ms: stats.oldest_wait_ms,
            workers: stats.workers,
            slots: stats.slots,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::PoolKind;
    use serde_json::json;

    use super::*;

    #[test]
    fn queue_statistics_have_their_promised_shape() {
        let stats = QueueStats {
            pools: vec![PoolStats {
                pool: PoolKind::Container,
                waiting: QueueLengths { high: 0, normal: 3, low: 0 },
                running: 2,
                oldest_wait_ms: 120,
                workers: 2,
                slots: 16,
            }],
            dead_letters: 0,
            ..QueueStats::default()
        };
        assert_eq!(
            serde_json::to_value(QueueBody::from(&stats)).expect("serializes"),
            json!({"pools": [{"pool": "container", "waiting": {"high": 0, "normal": 3, "low": 0}, "running": 2,
                "oldestWaitMs": 120, "workers": 2, "slots": 16}], "shedding": "none", "deadLetters": 0})
        );
    }
}
