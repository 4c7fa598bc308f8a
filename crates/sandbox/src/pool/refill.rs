//! Refill of free slots: decides which sandbox each free slot prepares, and when.
//!
//! A slot that returns while the pool is busy prepares another sandbox of the same kind, if that is cheap: under load, the
//! next submission most likely needs the same as the last. When the pool is idle, all free slots are brought to the
//! configured state, one at a time, so that this never delays a run.

use std::{
    sync::{Arc, PoisonError, Weak, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    time::Instant,
};

use super::{holdings::Holdings, inner::PoolInner, lease::SlotGuard};
use crate::{
    DiskQuota, PrestartMode, SandboxError,
    protocol::{ForkMemory, TemplateReuse},
    slot::{Slot, SlotState},
};

/// Idle time before free slots are brought to the configured state.
const IDLE_BEFORE_REFILL: Duration = Duration::from_millis(100);
/// Idle time before used templates are replaced, which takes some 30 ms of a processor each.
const IDLE_BEFORE_RENEWAL: Duration = Duration::from_secs(1);

/// Kind of prepared sandbox: an index of [`PoolSettings::warm`](crate::PoolSettings::warm).
pub(super) type WarmIndex = usize;

/// A task for idle times: prepare this kind in this slot.
struct RefillTask {
    slot: u32,
    kind: WarmIndex,
    reuse: TemplateReuse,
}

impl RefillTask {
    /// Minimum idle time of the pool before it.
    const fn idle_before(&self) -> Duration {
        match self.reuse {
            TemplateReuse::Shared => IDLE_BEFORE_REFILL,
            TemplateReuse::Exclusive => IDLE_BEFORE_RENEWAL,
        }
    }
}

/// Background task: after a slot has returned, waits until the pool is idle and runs the due tasks. Ends with the pool.
pub(super) async fn refill_when_idle(pool: Weak<PoolInner>, returned: Arc<Notify>) {
    loop {
        let spare = pool.upgrade().and_then(|pool| pool.spare.end_old_launchers(Instant::now()));
        tokio::select! {
            () = returned.notified() => {}
            () = until(spare) => continue,
        }
        loop {
            let Some(pool) = pool.upgrade() else { return };
            let Some(task) = pool.next_task() else { break };
            let left = pool.idle_time_left(task.idle_before());
            if left.is_zero() {
                // The free slot is promised to a lease that is about to run. Checking again at once could keep the only thread
                // from running it. Its return will notify this task.
                let Ok(permit) = pool.permits.clone().try_acquire_owned() else { break };
                if let Err(error) = pool.run_task(&task, permit).await {
                    tracing::warn!(%error, "a slot could not be refilled; its launcher is replaced");
                }
            } else {
                drop(pool);
                tokio::time::sleep(left).await;
            }
        }
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

impl PoolInner {
    pub(super) fn note_lease(&self) {
        *self.last_lease.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn idle_time_left(&self, calm: Duration) -> Duration {
        let last = *self.last_lease.lock().unwrap_or_else(PoisonError::into_inner);
        calm.saturating_sub(last.elapsed())
    }

    /// The kind that a slot should prepare after use, while the pool is busy: the same again, if that is cheap. Starting a
    /// template is not cheap, but a slot keeps its template.
    pub(super) fn next_kind(&self, slot: &Slot, used: Option<WarmIndex>) -> Option<WarmIndex> {
        let is_fork =
            |kind: &WarmIndex| self.prestart(*kind).is_some_and(|one| one.mode == PrestartMode::Fork);
        let is_plain = |kind: &WarmIndex| self.settings.warm[*kind].prestart.is_none();
        let wanted = |kind: &WarmIndex| {
            self.settings.warm[*kind].count > 0 && !self.failed[*kind].load(Ordering::Relaxed)
        };
        let fork = used.filter(is_fork).filter(wanted);
        if fork.is_some_and(|kind| !slot.has_template(kind)) {
            return fork;
        }
        if self.queue.load(Ordering::Relaxed) > 0 {
            // A waiting lease gets the slot sooner without.
            return None;
        }
        fork.or_else(|| (0..self.settings.warm.len()).find(is_plain).filter(wanted))
    }

    /// The first kind that too few free slots have.
    pub(super) fn next_missing_kind(&self) -> Option<WarmIndex> {
        let free = self.lock_free_slots();
        (0..self.settings.warm.len())
            .find(|kind| self.surplus(&free, *kind) < 0 && !self.failed[*kind].load(Ordering::Relaxed))
    }

    /// Prepares this kind in this slot. A program that cannot be prestarted is not tried again.
    pub(super) async fn prepare_slot(
        &self,
        slot: &mut Slot,
        kind: WarmIndex,
        reuse: TemplateReuse,
    ) -> Result<(), SandboxError> {
        let Some(prestart) = self.prestart(kind) else {
            slot.prepare(DiskQuota::STANDARD)?;
            return slot.wait_acknowledged().await;
        };
        // Eager copies only where a processor is idle.
        let memory = if self.processors_are_idle() { ForkMemory::Eager } else { ForkMemory::OnWrite };
        slot.prepare_prestarted(kind, prestart, reuse, memory)?;
        if let Err(error) = slot.wait_acknowledged().await {
            if matches!(error, SandboxError::LauncherStuck { .. }) {
                // The program is not at fault.
                return Err(error);
            }
            tracing::warn!(%error, prestart = prestart.name, "could not be started ahead; doing without");
            self.failed[kind].store(true, Ordering::Relaxed);
            slot.discard_launcher();
            slot.ensure_launcher(&self.settings, &self.folders()).await?;
        }
        Ok(())
    }

    /// Whether fewer slots are in use than there are processors, not counting the one that is being prepared.
    fn processors_are_idle(&self) -> bool {
        let in_use = (self.settings.slots as usize).saturating_sub(self.permits.available_permits() + 1);
        in_use < self.processors
    }

    fn next_task(&self) -> Option<RefillTask> {
        let missing = self.next_missing_kind();
        let folders = self.folders();
        let free = self.lock_free_slots();
        let outdated = free.iter().filter(|slot| slot.lacks_some_of(&folders) && !slot.is_backing_off());
        let mut again = outdated.filter_map(|slot| Some((slot.number, self.kind_of(slot.state())?)));
        if let Some((slot, kind)) = again.next() {
            return Some(RefillTask { slot, kind, reuse: TemplateReuse::Shared });
        }
        if let Some(kind) = missing {
            let spare = free.iter().find(|slot| slot.state() == SlotState::Empty && !slot.is_backing_off());
            let spare = spare.or_else(|| free.iter().find(|slot| self.has_surplus(&free, slot)));
            return spare.map(|slot| RefillTask { slot: slot.number, kind, reuse: TemplateReuse::Shared });
        }
        free.iter().filter(|slot| slot.has_shared_template()).find_map(|slot| {
            self.kind_of(slot.state()).map(|kind| RefillTask {
                slot: slot.number,
                kind,
                reuse: TemplateReuse::Exclusive,
            })
        })
    }

    async fn run_task(
        self: &Arc<Self>,
        task: &RefillTask,
        permit: OwnedSemaphorePermit,
    ) -> Result<(), SandboxError> {
        let slot = {
            let mut free = self.lock_free_slots();
            let index = free.iter().position(|slot| slot.number == task.slot);
            index.map(|index| free.swap_remove(index))
        };
        // The slot was leased in the meantime.
        let Some(slot) = slot else { return Ok(()) };
        let holdings = Holdings { permit: Some(permit), ..Holdings::default() };
        let mut guard = SlotGuard { slot: Some(slot), pool: self.clone(), holdings, used_prestart: None };
        let slot = guard.slot_mut()?;
        slot.ensure_launcher(&self.settings, &self.folders()).await?;
        if slot.state() != SlotState::Empty {
            slot.destroy()?;
            slot.wait_acknowledged().await?;
        }
        self.prepare_slot(slot, task.kind, task.reuse).await?;
        guard.release_clean();
        Ok(())
    }

    fn has_surplus(&self, free: &[Slot], slot: &Slot) -> bool {
        self.kind_of(slot.state()).is_some_and(|kind| self.surplus(free, kind) > 0)
    }

    /// Number of free slots with this kind beyond the configured number.
    fn surplus(&self, free: &[Slot], kind: WarmIndex) -> i64 {
        let made = free.iter().filter(|slot| self.kind_of(slot.state()) == Some(kind)).count();
        i64::try_from(made).unwrap_or(i64::MAX) - i64::from(self.settings.warm[kind].count)
    }

    fn kind_of(&self, prepared: SlotState) -> Option<WarmIndex> {
        match prepared {
            SlotState::Empty => None,
            SlotState::Sandbox => self.settings.warm.iter().position(|warm| warm.prestart.is_none()),
            SlotState::Prestarted(kind) => Some(kind),
        }
    }
}

impl Drop for PoolInner {
    fn drop(&mut self) {
        // Wakes the background task, which then ends.
        self.returned.notify_one();
    }
}
