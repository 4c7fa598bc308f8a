//! Sessions that wait for input: what they give back to the pool, and how they get it again.
//!
//! A program whose threads all wait for its user needs no processor, and no more memory than it uses now. It gives back its place
//! among the running programs and its reservation, and takes a place among the waiting ones, of which the memory is counted apart
//! ([`WaitingPlaces`]). Its slot stays with it, so another one takes its place among the free slots ([`SpareSlots`]).
//!
//! To go on it queues for all that a lease needs, in the same order and in the same lines: first in, first served, with jobs. While
//! it queues it holds nothing of what it queues for, so no two can wait for each other.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kernel::{Identity, cgroup::ParentCgroup};
use model::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::admission::{MemoryAdmission, MemoryReservation};
use crate::{PoolSettings, SandboxError, WaitingLimits, slot::Slot};

/// Time after which the launcher of a spare slot is ended.
const SPARE_LAUNCHER_TIME: Duration = Duration::from_mins(1);

/// What a program may still take while it is found to wait: pages that the kernel counts late.
const MARGIN: Bytes = Bytes::mib(1);

/// Places for sessions that wait, with their memory.
#[derive(Debug)]
pub(super) struct WaitingPlaces {
    most: usize,
    free: Arc<Semaphore>,
    memory: MemoryAdmission,
}

/// The place of one session, with the memory that it uses.
#[derive(Debug)]
pub(super) struct WaitingPlace {
    _place: OwnedSemaphorePermit,
    _memory: MemoryReservation,
    /// The memory that its program may use when it goes on.
    pub(super) limit: Bytes,
}

impl WaitingPlaces {
    pub(super) fn new(limits: WaitingLimits) -> Self {
        let most = usize::try_from(limits.sessions).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let memory = MemoryAdmission::of_waiting(limits.memory);
        Self { most, free: Arc::new(Semaphore::new(most)), memory }
    }

    /// Number of places that are taken.
    pub(super) fn taken(&self) -> usize {
        self.most - self.free.available_permits()
    }

    /// A place for a session that uses this much memory, or its limit if nobody counts; `None` if there is none.
    pub(super) fn take(&self, used: Option<u64>, limit: Bytes) -> Option<WaitingPlace> {
        let counted = used.map_or(limit, |used| Bytes(used.saturating_add(MARGIN.get())));
        let place = self.free.clone().try_acquire_owned().ok()?;
        Some(WaitingPlace { _place: place, _memory: self.memory.try_reserve(counted)?, limit })
    }
}

/// Slots beyond those of running programs: made when they are needed, and kept for the next time.
#[derive(Debug)]
pub(super) struct SpareSlots {
    /// After the slots, which are below it.
    spare: Mutex<Vec<SpareSlot>>,
    made: Mutex<u32>,
    parent: ParentCgroup,
}

#[derive(Debug)]
struct SpareSlot {
    slot: Slot,
    since: Instant,
}

impl SpareSlots {
    /// No spare slots below this group, in which so many others are.
    pub(super) fn new(parent: ParentCgroup, made: u32) -> Self {
        Self { spare: Mutex::default(), made: Mutex::new(made), parent }
    }

    /// The slot that was put aside last, or a new one.
    pub(super) fn take(&self, settings: &PoolSettings) -> Result<Slot, SandboxError> {
        if let Some(SpareSlot { slot, .. }) = self.spare().pop() {
            return Ok(slot);
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = Identity::choose(settings.first_id + 2 * *made)?;
        let slot = Slot::new(*made, identity, self.parent.create_slot(*made)?, settings.launcher_timeout);
        *made += 1;
        Ok(slot)
    }

    /// Puts a slot aside, with what is prepared in it.
    pub(super) fn put(&self, slot: Slot) {
        self.spare().push(SpareSlot { slot, since: Instant::now() });
    }

    /// Ends the launchers that have been aside for long; returns when to look again, if any is left.
    pub(super) fn end_old_launchers(&self, now: Instant) -> Option<Instant> {
        let mut next = None;
        for SpareSlot { slot, since } in
            self.spare().iter_mut().filter(|spare| spare.slot.launcher_id().is_some())
        {
            let end = *since + SPARE_LAUNCHER_TIME;
            if end <= now {
                slot.discard_launcher();
            } else {
                next = Some(next.map_or(end, |next: Instant| next.min(end)));
            }
        }
        next
    }

    fn spare(&self) -> MutexGuard<'_, Vec<SpareSlot>> {
        // The list is whole after every statement, so a panic elsewhere leaves it usable.
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(sessions: u32, memory: Bytes) -> WaitingPlaces {
        WaitingPlaces::new(WaitingLimits { sessions, memory })
    }

    const LIMIT: Bytes = Bytes::mib(128);

    #[test]
    fn waiting_sessions_are_counted_by_what_they_use() {
        let places = places(100, Bytes::mib(128));
        let used = Some(Bytes::mib(15).get());
        let held: Vec<_> = std::iter::from_fn(|| places.take(used, LIMIT)).collect();
        assert_eq!(held.len(), 8, "sixteen each, with the margin");
        drop(held);
        assert!(places.take(None, LIMIT).is_some(), "where nobody counts, by its limit");
        assert!(places.take(None, Bytes::mib(129)).is_none());
    }

    #[test]
    fn places_are_limited_too_and_given_back() {
        let places = places(2, Bytes::mib(128));
        let first = places.take(Some(0), LIMIT).expect("a place");
        let _second = places.take(Some(0), LIMIT).expect("another one");
        assert!(places.take(Some(0), LIMIT).is_none());
        drop(first);
        assert!(places.take(Some(0), LIMIT).is_some());
    }
}
