//! Holdings of a lease: its place among the running programs and its memory, given back while its program waits for input.

use std::{future::Future, pin::Pin, sync::Arc};

use model::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::{admission::MemoryReservation, inner::PoolInner, waiting::WaitingPlace};
use crate::SandboxError;

/// What a lease holds of its pool.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    /// The place among the running programs; none while the program waits for input.
    pub(super) permit: Option<OwnedSemaphorePermit>,
    /// The memory of its programs; none while the slot is being prepared, and while the program waits for input.
    pub(super) reservation: Option<MemoryReservation>,
    /// The place among the sessions that run; only of a session.
    pub(super) session: Option<OwnedSemaphorePermit>,
    /// The place of a session that waits for input.
    pub(super) waiting: Option<WaitingPlace>,
}

/// Everything that a program needs to run.
#[derive(Debug)]
pub(crate) struct RunPermits {
    session: OwnedSemaphorePermit,
    reservation: MemoryReservation,
    permit: OwnedSemaphorePermit,
}

/// A future with the permits of a session that goes on. Dropped, it leaves the lines.
pub(crate) type Resuming = Pin<Box<dyn Future<Output = Result<RunPermits, SandboxError>> + Send>>;

impl Holdings {
    /// The memory that its programs may use.
    pub(super) fn memory(&self) -> Bytes {
        self.reservation.as_ref().map_or(Bytes(0), MemoryReservation::memory)
    }

    /// Whether its program may give its place back while it waits.
    pub(crate) const fn is_session(&self) -> bool {
        self.session.is_some()
    }
}

/// The holdings of one lease, and the pool to which they belong.
pub(crate) struct Residency<'a> {
    pub(super) pool: &'a Arc<PoolInner>,
    pub(super) holdings: &'a mut Holdings,
}

impl Residency<'_> {
    /// Whether its program may give its place back while it waits.
    pub(crate) const fn is_session(&self) -> bool {
        self.holdings.is_session()
    }

    /// Gives back everything but the memory that the program uses now. False if there is no place for it among those that wait: it
    /// then keeps all that it has.
    pub(crate) fn give_back(&mut self, used: Option<u64>) -> bool {
        let Some(place) = self.pool.waiting.take(used, self.holdings.memory()) else { return false };
        let slot = match self.pool.spare.take(&self.pool.settings) {
            Ok(slot) => slot,
            Err(error) => {
                tracing::warn!(%error, "no slot could be made in place of one whose program waits for input");
                return false;
            }
        };
        self.pool.lock_free_slots().push(slot);
        *self.holdings = Holdings { waiting: Some(place), ..Holdings::default() };
        self.pool.update_slot_gauges();
        self.pool.returned.notify_one();
        true
    }

    /// Queues for what the program needs to go on.
    pub(crate) fn resume(&self) -> Resuming {
        let pool = self.pool.clone();
        let limit = self.holdings.waiting.as_ref().map_or(Bytes(0), |place| place.limit);
        Box::pin(async move {
            // In this order, which is that of every lease.
            let session = pool.sessions.clone().acquire_owned().await.map_err(|_| SandboxError::Closed)?;
            let mut reserved = pool.admission.reserve([limit]).await?;
            let reservation = reserved.pop().ok_or(SandboxError::Closed)?;
            let permit = pool.permits.clone().acquire_owned().await.map_err(|_| SandboxError::Closed)?;
            Ok(RunPermits { session, reservation, permit })
        })
    }

    /// Takes what it has queued for. The slot that took its place is put aside.
    pub(crate) fn take(&mut self, permits: RunPermits) {
        let RunPermits { session, reservation, permit } = permits;
        if let Some(slot) = self.pool.take_least_useful_slot() {
            self.pool.spare.put(slot);
        }
        *self.holdings = Holdings {
            permit: Some(permit),
            reservation: Some(reservation),
            session: Some(session),
            waiting: None,
        };
        self.pool.note_lease();
        self.pool.update_slot_gauges();
        self.pool.returned.notify_one();
    }
}
