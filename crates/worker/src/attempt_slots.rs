//! Attempt slots: how many attempts a worker makes at once, and so when it claims.
//!
//! An attempt counts from its claim to its end, except while the program of its session waits for its client: it then needs no place
//! in the pool. One that goes on counts again at once, even if there are then more than the worker has slots: the pool makes them wait
//! for each other, and the worker claims nothing until there are fewer.

use std::sync::Arc;

use tokio::sync::watch;

/// Counts of attempts. Cloning is cheap and gives a handle to the same counts.
#[derive(Debug, Clone)]
pub(crate) struct AttemptSlots {
    counts: Arc<watch::Sender<Counts>>,
    slots: u32,
    waiting: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    active: u32,
    waiting: u32,
}

/// The slot of one attempt, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct AttemptSlot {
    of: AttemptSlots,
    state: SlotUse,
}

/// Whether an attempt counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotUse {
    /// It does.
    Active,
    /// Its session waits, so it does not.
    Waiting,
}

impl AttemptSlots {
    /// So many attempts at once, and so many whose sessions wait.
    pub(crate) fn new(slots: u32, waiting: u32) -> Self {
        Self { counts: Arc::new(watch::Sender::default()), slots, waiting }
    }

    /// Waits for a free slot and takes it. Cancel-safe.
    pub(crate) async fn acquire(&self) -> AttemptSlot {
        loop {
            if let Some(slot) = self.try_acquire() {
                return slot;
            }
            let mut counts = self.counts.subscribe();
            // The sender lives as long as this.
            let _changed = counts.wait_for(|counts| counts.active < self.slots).await;
        }
    }

    /// A free slot, if there is one.
    pub(crate) fn try_acquire(&self) -> Option<AttemptSlot> {
        let taken = self.counts.send_if_modified(|counts| {
            let is_free = counts.active < self.slots;
            counts.active += u32::from(is_free);
            is_free
        });
        taken.then(|| AttemptSlot { of: self.clone(), state: SlotUse::Active })
    }

    /// The number of free slots.
    pub(crate) fn available(&self) -> usize {
        self.slots.saturating_sub(self.counts.borrow().active) as usize
    }
}

impl AttemptSlot {
    /// Counts the attempt or not; one that waits goes on counting if too many wait already.
    pub(crate) fn set_use(&mut self, state: SlotUse) {
        if self.state == state {
            return;
        }
        let most = self.of.waiting;
        let changed = self.of.counts.send_if_modified(|counts| match state {
            SlotUse::Waiting if counts.waiting >= most => false,
            SlotUse::Waiting => {
                *counts = Counts { active: counts.active - 1, waiting: counts.waiting + 1 };
                true
            }
            SlotUse::Active => {
                *counts = Counts { active: counts.active + 1, waiting: counts.waiting - 1 };
                true
            }
        });
        if changed {
            self.state = state;
        }
    }
}

impl Drop for AttemptSlot {
    fn drop(&mut self) {
        self.of.counts.send_modify(|counts| match self.state {
            SlotUse::Active => counts.active -= 1,
            SlotUse::Waiting => counts.waiting -= 1,
        });
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn an_attempt_whose_session_waits_leaves_its_slot_to_another() {
        let slots = AttemptSlots::new(1, 1);
        let mut session = slots.try_acquire().expect("a slot");
        assert!(slots.acquire().now_or_never().is_none());
        session.set_use(SlotUse::Waiting);
        let job = slots.acquire().now_or_never().expect("its slot");
        session.set_use(SlotUse::Active);
        drop(job);
        assert_eq!(slots.available(), 0, "the session has it again");
        drop(session);
        assert_eq!(slots.available(), 1);
    }

    #[test]
    fn no_more_sessions_wait_than_may() {
        let slots = AttemptSlots::new(2, 1);
        let mut sessions = [slots.try_acquire().expect("a slot"), slots.try_acquire().expect("a slot")];
        for session in &mut sessions {
            session.set_use(SlotUse::Waiting);
        }
        assert_eq!(slots.available(), 1);
        drop(sessions);
        assert_eq!(slots.available(), 2);
    }

    #[tokio::test]
    async fn a_slot_that_becomes_free_is_noticed() {
        let slots = AttemptSlots::new(1, 1);
        let mut session = slots.acquire().await;
        let waiting = tokio::spawn({
            let slots = slots.clone();
            async move { slots.acquire().await }
        });
        tokio::task::yield_now().await;
        session.set_use(SlotUse::Waiting);
        let _slot = waiting.await.expect("gets one");
    }
}
