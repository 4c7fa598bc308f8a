//! A ticket as the journal has it.

use model::{JobId, JobKind, LanguageId, PoolKind, Priority, Tenant, Timestamp, VersionRequirement};
use serde::{Deserialize, Serialize};

use super::index::{Entry, State};
use crate::Ticket;

/// One row. Its form is versioned by the file; see `journal.rs`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) place: u64,
    /// Missing in what was written before there were turns: such tickets have the first.
    #[serde(default)]
    pub(super) turn: u64,
    job: JobId,
    kind: JobKind,
    pool: PoolKind,
    priority: Priority,
    tenant: Tenant,
    language: LanguageId,
    /// Rows of before there were requirements have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<VersionRequirement>,
    enqueued_at: Timestamp,
    attempts_begun: u32,
    pub(super) failures: u32,
    pub(super) state: RowState,
}

/// A [`State`] without what ends with the process.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RowState {
    Ready,
    Delayed { until: Timestamp },
    Leased,
    Dead { since: Timestamp },
}

impl Row {
    pub(super) fn of(entry: &Entry) -> Self {
        let Ticket { job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun } =
            entry.ticket.clone();
        let state = match &entry.state {
            State::Ready => RowState::Ready,
            State::Delayed { until } => RowState::Delayed { until: *until },
            State::Leased(_) => RowState::Leased,
            State::Dead { since } => RowState::Dead { since: *since },
        };
        let (place, turn, failures) = (entry.place, entry.turn, entry.failures);
        Self {
            place,
            turn,
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

    /// Whether its turn, its attempts and its failures can be counted further.
    pub(super) const fn can_go_on(&self) -> bool {
        self.turn < u64::MAX / 2 && self.attempts_begun < u32::MAX / 2 && self.failures < u32::MAX / 2
    }

    pub(super) fn into_ticket(self) -> Ticket {
        let Self {
            job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun, ..
        } = self;
        Ticket { job, kind, pool, priority, tenant, language, version, enqueued_at, attempts_begun }
    }
}
