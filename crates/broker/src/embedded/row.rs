//! Journal row: the stored form of a ticket.

use model::{JobId, JobKind, LanguageId, PoolKind, Priority, Tenant, Timestamp, VersionRequirement};
use serde::{Deserialize, Serialize};

use super::ticket_entry::{EntryState, TicketEntry};
use crate::Ticket;

/// One row. Its version is that of the file; see `journal.rs`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    #[serde(rename = "place")]
    pub(super) arrival: u64,
    /// Missing in rows from before fair queueing: such tickets get the first tag.
    #[serde(rename = "turn", default)]
    pub(super) start_tag: u64,
    job: JobId,
    kind: JobKind,
    pool: PoolKind,
    priority: Priority,
    tenant: Tenant,
    language: LanguageId,
    /// Missing in rows from before version requirements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<VersionRequirement>,
    enqueued_at: Timestamp,
    attempts_begun: u32,
    pub(super) failures: u32,
    pub(super) state: RowState,
}

/// An [`EntryState`] without the parts that end with the process.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RowState {
    Ready,
    Delayed { until: Timestamp },
    Leased,
    Dead { since: Timestamp },
}

impl Row {
    pub(super) fn of(entry: &TicketEntry) -> Self {
        let Ticket { job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun } =
            entry.ticket.clone();
        let state = match &entry.state {
            EntryState::Ready => RowState::Ready,
            EntryState::Delayed { until } => RowState::Delayed { until: *until },
            EntryState::Leased(_) => RowState::Leased,
            EntryState::Dead { since } => RowState::Dead { since: *since },
        };
        let (arrival, start_tag, failures) = (entry.arrival, entry.start_tag, entry.failures);
        Self {
            arrival,
            start_tag,
            job,
            kind,
            pool,
            priority,
            tenant,
            language,
            version,
            enqueued_at,
            attempts_begun,
            failures,
            state,
        }
    }

    /// Whether its counters (start tag, attempts, failures) are far from overflow.
    pub(super) const fn has_headroom(&self) -> bool {
        self.start_tag < u64::MAX / 2 && self.attempts_begun < u32::MAX / 2 && self.failures < u32::MAX / 2
    }

    pub(super) fn into_ticket(self) -> Ticket {
        let Self {
            job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun, ..
        } = self;
        Ticket { job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun }
    }
}
