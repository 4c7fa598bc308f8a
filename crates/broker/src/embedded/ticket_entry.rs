//! Ticket entry: a ticket in the index with its state, its sort key and its failures.

use model::{Timestamp, WorkerName};
use tokio::sync::mpsc;

use crate::contract::{Control, Ticket};

/// A ticket with its history. `ticket.attempts_begun` is updated here.
#[derive(Debug)]
pub(super) struct TicketEntry {
    pub(super) ticket: Ticket,
    /// Arrival number. A ticket keeps it, and its start tag, so a requeued ticket keeps its position.
    pub(super) arrival: u64,
    /// Start tag in the fair queue; see [`crate::fair_queue`].
    pub(super) start_tag: u64,
    /// Failed attempts, limited by the retry policy.
    pub(super) failures: u32,
    pub(super) state: EntryState,
}

#[derive(Debug)]
pub(super) enum EntryState {
    Ready,
    Delayed { until: Timestamp },
    Leased(Lease),
    Dead { since: Timestamp },
}

#[derive(Debug)]
pub(super) struct Lease {
    pub(super) worker: WorkerName,
    pub(super) until: Timestamp,
    pub(super) inbox: mpsc::Sender<Control>,
    /// A reserved slot in the inbox, so that a cancellation can be delivered even if the inbox is full. `None`
    /// once it is used.
    pub(super) stop: Option<mpsc::OwnedPermit<Control>>,
}

impl TicketEntry {
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.state, EntryState::Ready | EntryState::Delayed { .. })
    }
}
