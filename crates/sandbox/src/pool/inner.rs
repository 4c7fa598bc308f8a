//! Shared state of a pool: its free slots, permits and folders, and the choice of a slot for a lease.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU32},
};

use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};

use super::{
    admission::MemoryAdmission,
    waiting::{SpareSlots, WaitingPlaces},
};
use crate::{
    FolderMount, PoolSettings, Prestart, Program, gauges,
    protocol::{Inodes, ReleaseRequest},
    slot::{Slot, SlotState},
};

/// State that the clones of a pool share.
#[derive(Debug)]
pub(super) struct PoolInner {
    pub(super) settings: PoolSettings,
    /// The folders that sandboxes show. Only added to.
    pub(super) folders: Mutex<Arc<[FolderMount]>>,
    pub(super) inodes: Inodes,
    pub(super) admission: MemoryAdmission,
    /// The places of running programs. There is a free slot for each place that is available.
    pub(super) permits: Arc<Semaphore>,
    /// The places of sessions that run.
    pub(super) sessions: Arc<Semaphore>,
    /// The places of sessions that wait for input.
    pub(super) waiting: WaitingPlaces,
    /// The number of lease requests that wait for a slot.
    pub(super) queue: AtomicU32,
    /// The number of processors.
    pub(super) processors: usize,
    /// The time of the last lease.
    pub(super) last_lease: Mutex<Instant>,
    /// Notified when a slot returns.
    pub(super) returned: Arc<Notify>,
    /// For each entry of [`PoolSettings::warm`], whether it failed to start; such entries are not tried again.
    pub(super) failed: Vec<AtomicBool>,
    // Before the parent group, which can only be removed when they are gone.
    pub(super) free: Mutex<Vec<Slot>>,
    pub(super) spare: SpareSlots,
}

impl PoolInner {
    /// Updates the gauge of slots.
    pub(super) fn update_slot_gauges(&self) {
        let (free, ready) = {
            let free = self.lock_free_slots();
            (free.len(), free.iter().filter(|slot| slot.state() != SlotState::Empty).count())
        };
        let busy = (self.settings.slots as usize).saturating_sub(free);
        gauges::set_slots(busy, ready, free - ready);
        gauges::set_waiting(self.waiting.taken());
    }

    /// Takes the free slot whose state fits the request best.
    pub(super) fn take_slot(&self, prestart: Option<&str>) -> Option<Slot> {
        let is_wanted =
            |number: usize| self.prestart(number).is_some_and(|one| Some(one.name.as_str()) == prestart);
        let wanted = (0..self.settings.warm.len()).find(|number| is_wanted(*number));
        let fit = |slot: &Slot| match (slot.state(), wanted) {
            (SlotState::Prestarted(number), Some(wanted)) if number == wanted => 5,
            (SlotState::Sandbox, Some(wanted)) if slot.has_template(wanted) => 4,
            (SlotState::Empty, Some(wanted)) if slot.has_template(wanted) => 3,
            (SlotState::Sandbox, _) => 2,
            (SlotState::Empty, _) => 1,
            // Another request may need that runtime.
            (SlotState::Prestarted(_), _) => 0,
        };
        let mut free = self.lock_free_slots();
        let best =
            (0..free.len()).max_by_key(|index| (!free[*index].is_backing_off(), fit(&free[*index])))?;
        Some(free.swap_remove(best))
    }

    /// Takes the free slot that would be missed least.
    pub(super) fn take_least_useful_slot(&self) -> Option<Slot> {
        let use_of = |slot: &Slot| match slot.state() {
            SlotState::Empty => 0,
            SlotState::Sandbox => 1,
            SlotState::Prestarted(_) => 2,
        };
        let mut free = self.lock_free_slots();
        let least = (0..free.len()).min_by_key(|index| use_of(&free[*index]))?;
        Some(free.swap_remove(least))
    }

    /// The prestart that can run this program, and the arguments for it.
    pub(super) fn prestart_for(&self, program: &Program) -> Option<(usize, ReleaseRequest)> {
        let ahead = program.prestarted.as_ref()?;
        let fits = |prestart: &Prestart| {
            prestart.name == ahead.prestart && prestart.min_memory <= program.limits.memory
        };
        let number = (0..self.settings.warm.len()).find(|number| self.prestart(*number).is_some_and(fits))?;
        Some((number, ReleaseRequest { args: ahead.args.clone(), env: ahead.env.clone() }))
    }

    pub(super) fn prestart(&self, number: usize) -> Option<&Prestart> {
        self.settings.warm.get(number)?.prestart.as_ref()
    }

    pub(super) fn folders(&self) -> Arc<[FolderMount]> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn lock_free_slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        // The list is whole after every statement, so a panic elsewhere leaves it usable.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
