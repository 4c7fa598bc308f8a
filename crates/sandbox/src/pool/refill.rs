//! What free slots have made ahead.
//!
//! A slot that comes back while the pool is busy is made ready for more of the same, as far as that is cheap: under load
//! what is wanted next is most likely what was wanted last. Once the pool is calm, all is brought to what is configured, one
//! slot at a time, so that it never stands in the way of who runs.

use std::{
    sync::{Arc, PoisonError, Weak, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    time::Instant,
};

use super::{Held, Inner};
use crate::{
    Origin, SandboxError, Space,
    slot::{Prepared, Slot},
};

/// For how long nobody must have wanted a slot before free slots are brought to what is configured.
const CALM: Duration = Duration::from_millis(100);
/// And before templates that have been used are started anew. It takes some 30 ms of a processor each.
const LONG_CALM: Duration = Duration::from_secs(1);

/// What to make ahead: an index of [`PoolSettings::warm`](super::PoolSettings::warm).
pub(super) type Kind = usize;

/// Something to do in calm times: give a slot what is wanted.
struct Chore {
    slot: u32,
    kind: Kind,
    renew: bool,
}

/// Whenever a slot has come back, waits for calm and does what is to be done. Ends with the pool.
pub(super) async fn in_calm_times(pool: Weak<Inner>, returned: Arc<Notify>) {
    loop {
        returned.notified().await;
        loop {
            let Some(pool) = pool.upgrade() else { return };
            let Some(chore) = pool.chore() else { break };
            let left = pool.calm_left(if chore.renew { LONG_CALM } else { CALM });
            if left.is_zero() {
                // The free slot is promised to somebody who is about to run and take it: to look again at once would keep
                // the one thread that there may be from doing so. Whoever has it says when it is back.
                let Ok(permit) = pool.permits.clone().try_acquire_owned() else { break };
                if let Err(error) = pool.do_chore(&chore, permit).await {
                    tracing::warn!(%error, "a slot could not be refilled; its launcher is replaced");
                }
            } else {
                drop(pool);
                tokio::time::sleep(left).await;
            }
        }
    }
}

impl Inner {
    pub(super) fn note_lease(&self) {
        *self.last_lease.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn calm_left(&self, calm: Duration) -> Duration {
        let last = *self.last_lease.lock().unwrap_or_else(PoisonError::into_inner);
        calm.saturating_sub(last.elapsed())
    }

    /// What a slot should have that was just used, and comes back empty while the pool is busy: more of the same, if that
    /// can be had cheaply. Starting a template cannot, but a slot keeps it.
    pub(super) fn again(&self, slot: &Slot, used: Option<Kind>) -> Option<Kind> {
        let is_fork = |kind: &Kind| self.prestart(*kind).is_some_and(|one| one.origin == Origin::Forked);
        let is_plain = |kind: &Kind| self.settings.warm[*kind].prestart.is_none();
        let wanted =
            |kind: &Kind| self.settings.warm[*kind].count > 0 && !self.failed[*kind].load(Ordering::Relaxed);
        let fork = used.filter(is_fork).filter(wanted);
        if fork.is_some_and(|kind| !slot.has_template(kind)) {
            return fork;
        }
        if self.queue.load(Ordering::Relaxed) > 0 {
            // Whoever waits has it sooner without.
            return None;
        }
        fork.or_else(|| (0..self.settings.warm.len()).find(is_plain).filter(wanted))
    }

    /// The first kind of which fewer are made ahead than should be.
    pub(super) fn missing(&self) -> Option<Kind> {
        let free = self.free();
        (0..self.settings.warm.len())
            .find(|kind| self.surplus(&free, *kind) < 0 && !self.failed[*kind].load(Ordering::Relaxed))
    }

    /// Makes it in this slot. A program that cannot be started ahead is not tried again.
    pub(super) async fn make(&self, slot: &mut Slot, kind: Kind, renew: bool) -> Result<(), SandboxError> {
        let Some(prestart) = self.prestart(kind) else {
            slot.prepare(Space::STANDARD)?;
            return slot.all_done().await;
        };
        slot.prepare_with(kind, prestart, renew, self.processors_are_idle())?;
        if let Err(error) = slot.all_done().await {
            if matches!(error, SandboxError::LauncherStuck { .. }) {
                // That is no fault of the program's.
                return Err(error);
            }
            tracing::warn!(%error, prestart = prestart.name, "could not be started ahead; doing without");
            self.failed[kind].store(true, Ordering::Relaxed);
            slot.break_off();
            slot.ensure_launcher(&self.settings, &self.folders()).await?;
        }
        Ok(())
    }

    /// Whether fewer slots are in use, the one that is made ready left out, than there are processors.
    fn processors_are_idle(&self) -> bool {
        let in_use = (self.settings.slots as usize).saturating_sub(self.permits.available_permits() + 1);
        in_use < self.processors
    }

    fn chore(&self) -> Option<Chore> {
        let missing = self.missing();
        let folders = self.folders();
        let free = self.free();
        let outdated = free.iter().filter(|slot| slot.misses_some_of(&folders) && !slot.is_backing_off());
        let mut again = outdated.filter_map(|slot| Some((slot.number, self.kind_of(slot.sandbox())?)));
        if let Some((slot, kind)) = again.next() {
            return Some(Chore { slot, kind, renew: false });
        }
        if let Some(kind) = missing {
            let spare = free.iter().find(|slot| slot.sandbox() == Prepared::No && !slot.is_backing_off());
            let spare = spare.or_else(|| free.iter().find(|slot| self.can_spare(&free, slot)));
            return spare.map(|slot| Chore { slot: slot.number, kind, renew: false });
        }
        free.iter().filter(|slot| slot.waits_with_a_used_template()).find_map(|slot| {
            self.kind_of(slot.sandbox()).map(|kind| Chore { slot: slot.number, kind, renew: true })
        })
    }

    async fn do_chore(
        self: &Arc<Self>,
        chore: &Chore,
        permit: OwnedSemaphorePermit,
    ) -> Result<(), SandboxError> {
        let slot = {
            let mut free = self.free();
            let index = free.iter().position(|slot| slot.number == chore.slot);
            index.map(|index| free.swap_remove(index))
        };
        // Leased in the meantime.
        let Some(slot) = slot else { return Ok(()) };
        let (slot, permit) = (Some(slot), Some(permit));
        let mut held = Held { slot, pool: self.clone(), permit, admitted: None, used: None };
        let slot = held.slot_mut()?;
        slot.ensure_launcher(&self.settings, &self.folders()).await?;
        if slot.sandbox() != Prepared::No {
            slot.destroy()?;
            slot.all_done().await?;
        }
        self.make(slot, chore.kind, chore.renew).await?;
        held.put_back();
        Ok(())
    }

    fn can_spare(&self, free: &[Slot], slot: &Slot) -> bool {
        self.kind_of(slot.sandbox()).is_some_and(|kind| self.surplus(free, kind) > 0)
    }

    /// How many more have this made ahead than should have.
    fn surplus(&self, free: &[Slot], kind: Kind) -> i64 {
        let made = free.iter().filter(|slot| self.kind_of(slot.sandbox()) == Some(kind)).count();
        i64::try_from(made).unwrap_or(i64::MAX) - i64::from(self.settings.warm[kind].count)
    }

    fn kind_of(&self, prepared: Prepared) -> Option<Kind> {
        match prepared {
            Prepared::No => None,
            Prepared::Sandbox => self.settings.warm.iter().position(|warm| warm.prestart.is_none()),
            Prepared::Started(kind) => Some(kind),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever waits there sees that the pool is gone.
        self.returned.notify_one();
    }
}
