//! Input waiter: finds out whether a session's program waits for its user, and holds input back until it may go on.
//!
//! The program is looked at when nothing has been read or written for a moment, twice ([`kernel::input_wait`]). If all of its threads
//! wait in both looks, and none ran in between, nothing but input, a signal or a limit can make it go on. Then it gives its place
//! back, and a message for it is kept until it has a place again. Looks go on, rarely: should it run all the same, it queues for
//! its place at once.

use std::time::Duration;

use kernel::{InputSource, InputWait, RuntimeThreads};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use crate::{
    SandboxError,
    input::InputGate,
    live::SessionActivity,
    pool::holdings::{Residency, Resuming, RunPermits},
    slot::Slot,
};

/// Silence before the first look.
const QUIET: Duration = Duration::from_millis(100);
/// Time between the first look and the second.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// Longest time between two looks.
const MAX_BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// State of a session's program, and when it is looked at.
pub(crate) struct InputWaiter {
    state: WaiterState,
    source: InputSource,
    activity: Option<watch::Sender<SessionActivity>>,
    next_look: Instant,
    /// Time between looks that find nothing; it grows.
    pause: Duration,
    look: Option<JoinHandle<Option<InputWait>>>,
    /// What the last look saw.
    seen: Option<InputWait>,
}

enum WaiterState {
    /// It has its place.
    Running,
    /// It waits for input and has none.
    Waiting,
    /// There is input, and it queues for its place.
    Resuming(Resuming),
}

/// Something that happened to a waiter.
pub(crate) enum WaiterEvent {
    /// A look has ended, with what it saw.
    Looked(Option<InputWait>),
    /// The permits to go on are there.
    Resumed(Result<RunPermits, SandboxError>),
}

impl InputWaiter {
    pub(crate) fn new(source: InputSource, activity: Option<watch::Sender<SessionActivity>>) -> Self {
        let next_look = Instant::now() + QUIET;
        let state = WaiterState::Running;
        Self { state, source, activity, next_look, pause: BETWEEN_LOOKS, look: None, seen: None }
    }

    /// Whether input may go to the program.
    pub(crate) const fn gate(&self) -> InputGate {
        match self.state {
            WaiterState::Running => InputGate::Open,
            WaiterState::Waiting | WaiterState::Resuming(_) => InputGate::Closed,
        }
    }

    /// Whether it queues for its place.
    pub(crate) const fn is_resuming(&self) -> bool {
        matches!(self.state, WaiterState::Resuming(_))
    }

    /// Something was read or written.
    pub(crate) fn note_activity(&mut self) {
        self.seen = None;
        self.pause = BETWEEN_LOOKS;
        self.next_look = Instant::now() + QUIET;
    }

    /// The next event. Cancel-safe.
    pub(crate) async fn next(&mut self, slot: &Slot) -> WaiterEvent {
        if let WaiterState::Resuming(resuming) = &mut self.state {
            return WaiterEvent::Resumed(resuming.await);
        }
        if self.look.is_none() {
            sleep_until(self.next_look).await;
            let (launcher, source) = (slot.launcher_id(), self.source);
            self.look = Some(tokio::task::spawn_blocking(move || {
                kernel::input_wait(launcher?, source, RuntimeThreads::Counted)
            }));
        }
        let saw = match &mut self.look {
            Some(look) => look.await,
            None => return WaiterEvent::Looked(None),
        };
        self.look = None;
        // A look that panicked saw nothing.
        WaiterEvent::Looked(saw.ok().flatten())
    }

    /// Handles an event.
    pub(crate) fn handle(
        &mut self,
        event: WaiterEvent,
        residency: &mut Residency<'_>,
        slot: &Slot,
    ) -> Result<(), SandboxError> {
        match event {
            WaiterEvent::Looked(saw) => {
                let stands_still = saw.is_some() && saw == self.seen;
                if saw.is_none() {
                    self.pause = (2 * self.pause).min(MAX_BETWEEN_LOOKS);
                }
                let again = match &saw {
                    Some(_) if stands_still => MAX_BETWEEN_LOOKS,
                    Some(_) => BETWEEN_LOOKS,
                    None => self.pause,
                };
                self.next_look = Instant::now() + again;
                self.seen = saw;
                if self.gate() == InputGate::Open && stands_still {
                    self.wait(residency, slot);
                } else if !stands_still {
                    // It ran, whatever made it.
                    self.resume(residency);
                }
            }
            WaiterEvent::Resumed(permits) => {
                residency.take(permits?);
                self.state = WaiterState::Running;
                self.note_activity();
                self.report(SessionActivity::Running);
            }
        }
        Ok(())
    }

    /// Queues for a place, unless the program has one or does so already.
    pub(crate) fn resume(&mut self, residency: &Residency<'_>) {
        if matches!(self.state, WaiterState::Waiting) {
            self.state = WaiterState::Resuming(residency.resume());
            self.report(SessionActivity::Resuming);
        }
    }

    fn wait(&mut self, residency: &mut Residency<'_>, slot: &Slot) {
        if residency.give_back(slot.memory_now()) {
            self.state = WaiterState::Waiting;
            self.report(SessionActivity::Waiting);
        }
    }

    fn report(&self, activity: SessionActivity) {
        if let Some(to) = &self.activity {
            to.send_replace(activity);
        }
    }
}
