//! Slots, leased one submission at a time.
//!
//! Sandboxes are made ahead, so that a lease only hands over the program; when more are wanted at once than wait, the rest
//! are made on the spot. Each is used for one submission and then done away with, off the path of whoever waits. A slot
//! whose lease is dropped half way loses its launcher, and gets a new one when it is leased again.

use std::{
    os::fd::AsFd,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use kernel::{
    Identity,
    cgroup::{Flavour, Layout, Parent},
};
use model::{Limits, Outcome, Stream, Usage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::{
    Program, SandboxError, SandboxFile, Space,
    capture::Capture,
    ending::{Asked, ending},
    protocol::{Answer, Order, RunFacts, RunOrder},
    slot::{LauncherCommand, Prepared, Slot},
};

/// How a pool is set up.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// How many sandboxes there may be at once.
    pub slots: u32,
    /// How many of the free ones are made ahead, and wait for their program.
    pub warm: u32,
    /// The first uid (and gid) of the host that sandboxes may use, when started by root: two for each slot. Nothing else on
    /// the host may use them.
    pub first_id: u32,
    /// Folders of the host with toolchains, beyond the system's own.
    pub folders: Vec<PathBuf>,
    /// How to start a launcher.
    pub launcher: LauncherCommand,
    /// Which cgroups to use: [`Layout::of_this_process`], or none.
    pub cgroups: Layout,
}

impl PoolSettings {
    /// Beyond the ranges that distributions and systemd give to users, containers and services.
    pub const DEFAULT_FIRST_ID: u32 = 1_900_000_000;
}

/// Slots to lease.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: PoolSettings,
    permits: Arc<Semaphore>,
    /// Leases that wait for a slot.
    queue: AtomicU32,
    /// Makes refills take turns: they are never so eager that running programs starve.
    refill: tokio::sync::Mutex<()>,
    // Before the parent group, which can only be removed when they are gone.
    free: Mutex<Vec<Slot>>,
    parent: Parent,
}

/// The right to use one sandbox, for one submission.
#[derive(Debug)]
pub struct Lease {
    held: Held,
}

/// A sandbox in use. Programs run in it one after another, each on a clean process tree, all on the same work folder.
#[derive(Debug)]
pub struct Occupied {
    held: Held,
}

/// A used sandbox, good for nothing but to be taken back.
#[derive(Debug)]
#[must_use = "only the pool can make the slot usable again: Pool::take_back"]
pub struct Spent {
    held: Held,
}

/// A slot out of the pool, with the permit that goes with it. Dropped, it goes back without its launcher.
#[derive(Debug)]
struct Held {
    slot: Option<Slot>,
    pool: Arc<Inner>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Pool {
    /// Makes the slots and starts their launchers.
    pub async fn start(settings: PoolSettings) -> Result<Self, SandboxError> {
        let parent = Parent::create(settings.cgroups.clone())?;
        let mut slots = Vec::new();
        for number in 0..settings.slots {
            slots.push(Slot::new(number, identity(&settings, number), parent.group(number)?));
        }
        for slot in &mut slots {
            slot.ensure_launcher(&settings.launcher, &settings.folders).await?;
        }
        for slot in slots.iter_mut().take(settings.warm as usize) {
            slot.prepare(Space::STANDARD)?;
            slot.all_done().await?;
        }
        let inner = Inner {
            permits: Arc::new(Semaphore::new(slots.len())),
            queue: AtomicU32::new(0),
            refill: tokio::sync::Mutex::new(()),
            free: Mutex::new(slots),
            settings,
            parent,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Which cgroups limit the sandboxes.
    pub fn cgroups(&self) -> Flavour {
        self.inner.parent.flavour()
    }

    /// How many slots there are.
    pub fn slots(&self) -> u32 {
        self.inner.settings.slots
    }

    /// How many slots are free now.
    pub fn free_slots(&self) -> usize {
        self.inner.permits.available_permits()
    }

    /// Waits for a free slot.
    pub async fn lease(&self) -> Result<Lease, SandboxError> {
        let queued = Queued::behind(&self.inner.queue);
        let permit = self.inner.permits.clone().acquire_owned().await.map_err(|_| SandboxError::Closed)?;
        drop(queued);
        let slot = self.inner.take_slot().ok_or(SandboxError::Closed)?;
        let mut held = Held { slot: Some(slot), pool: self.inner.clone(), permit: Some(permit) };
        let (command, folders) = (&self.inner.settings.launcher, &self.inner.settings.folders);
        held.slot_mut()?.ensure_launcher(command, folders).await?;
        Ok(Lease { held })
    }

    /// Makes a used slot usable again, off the caller's path.
    pub fn take_back(&self, spent: Spent) {
        tokio::spawn(async move {
            let mut held = spent.held;
            match held.renew().await {
                Ok(()) => held.put_back(),
                // Dropped with its launcher.
                Err(error) => tracing::warn!(%error, "a slot could not be renewed; its launcher is replaced"),
            }
        });
    }
}

/// A lease that waits for a slot, counted for as long as this lives.
struct Queued<'a>(&'a AtomicU32);

impl<'a> Queued<'a> {
    fn behind(queue: &'a AtomicU32) -> Self {
        queue.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn identity(settings: &PoolSettings, number: u32) -> Identity {
    if kernel::have_root() {
        Identity::Range { base: settings.first_id + 2 * number }
    } else {
        Identity::single()
    }
}

impl Inner {
    /// A free slot, one with a sandbox made ahead if there is any.
    fn take_slot(&self) -> Option<Slot> {
        let mut free = self.free();
        let best =
            free.iter().rposition(|slot| slot.sandbox() == Prepared::Yes).or(free.len().checked_sub(1))?;
        Some(free.swap_remove(best))
    }

    /// Whether another sandbox should be made ahead: not while somebody waits for a slot, who can have it sooner without.
    fn wants_another(&self) -> bool {
        let made = self.free().iter().filter(|slot| slot.sandbox() == Prepared::Yes).count();
        made < self.settings.warm as usize && self.queue.load(Ordering::Relaxed) == 0
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Slot>> {
        // The list is whole after every statement, so a panic elsewhere leaves it usable.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn slot_mut(&mut self) -> Result<&mut Slot, SandboxError> {
        self.slot.as_mut().ok_or(SandboxError::Closed)
    }

    /// Does away with the used sandbox, and makes the next one if one more should wait.
    async fn renew(&mut self) -> Result<(), SandboxError> {
        let pool = self.pool.clone();
        let slot = self.slot_mut()?;
        slot.destroy()?;
        slot.all_done().await?;
        let _turn = pool.refill.lock().await;
        if pool.wants_another() {
            slot.prepare(Space::STANDARD)?;
        }
        slot.all_done().await
    }

    /// Back into the pool as it is: clean.
    fn put_back(mut self) {
        self.give_up();
    }

    fn give_up(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.pool.free().push(slot);
        }
        // After the slot, so that whoever gets the permit finds one.
        self.permit = None;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.break_off();
        }
        self.give_up();
    }
}

impl Lease {
    /// Puts `files` into the sandbox's work folder; makes the sandbox first, if none was made ahead.
    pub fn open(mut self, files: &[SandboxFile], space: Space) -> Result<Occupied, SandboxError> {
        let slot = self.held.slot_mut()?;
        let start = match slot.sandbox() {
            Prepared::Yes => "warm",
            Prepared::No => {
                slot.prepare(space)?;
                "cold"
            }
        };
        metrics::counter!("coderunner_sandbox_starts_total", "start" => start).increment(1);
        // Not waited for: the first program's start comes right behind it.
        slot.fill(space, files)?;
        Ok(Occupied { held: self.held })
    }
}

impl Occupied {
    /// Runs a program to its end. Every piece of output is also handed to `sink` as it comes. Cancelling `stop` ends the
    /// run; its outcome says so.
    pub async fn run(
        &mut self,
        program: &Program,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        let slot = self.held.slot_mut()?;
        let order = RunOrder { argv: program.argv.clone(), env: program.env.clone(), limits: program.limits };
        let stdin = kernel::sealed_bytes(&program.stdin)?;
        slot.order(&Order::Run(Box::new(order)), &[stdin.as_fd()])?;
        slot.all_done().await?;
        let (Answer::Started, pipes) = slot.answer().await? else { return Err(slot.out_of_turn()) };
        let mut capture = Capture::new(pipes, program.limits.output)
            .map_err(SandboxError::Connection)?
            .ok_or_else(|| slot.out_of_turn())?;
        let (facts, asked) = watch(slot, &mut capture, stop, sink).await?;
        Ok(outcome(&facts, &program.limits, asked, capture))
    }

    /// Ends the use of the sandbox.
    pub fn finish(self) -> Spent {
        Spent { held: self.held }
    }
}

/// Takes in output until the run has ended and both streams with it.
async fn watch(
    slot: &Slot,
    capture: &mut Capture,
    stop: &CancellationToken,
    sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
) -> Result<(RunFacts, Option<Asked>), SandboxError> {
    let mut facts = None;
    let mut asked = None;
    loop {
        if let Some(facts) = facts
            && !capture.is_open()
        {
            return Ok((facts, asked));
        }
        let stopping = tokio::select! {
            piece = capture.next(), if capture.is_open() => match piece.map_err(SandboxError::Connection)? {
                Some(piece) => {
                    sink(piece.stream, &piece.kept);
                    piece.overrun.then_some(Asked::OutputLimit)
                }
                None => None,
            },
            answer = slot.answer(), if facts.is_none() => match answer? {
                (Answer::Ended(ended), _) => {
                    facts = Some(ended);
                    None
                }
                _ => return Err(slot.out_of_turn()),
            },
            () = stop.cancelled(), if asked.is_none() && facts.is_none() => Some(Asked::Cancelled),
        };
        if let Some(why) = stopping
            && asked.is_none()
        {
            asked = Some(why);
            if facts.is_none() {
                slot.order(&Order::Stop, &[])?;
            }
        }
    }
}

fn outcome(facts: &RunFacts, limits: &Limits, asked: Option<Asked>, capture: Capture) -> Outcome {
    Outcome {
        ending: ending(facts, limits, asked),
        usage: Usage { cpu: facts.cpu, wall: facts.wall, memory: model::Bytes(facts.memory) },
        stdout_truncated: capture.truncated(Stream::Stdout),
        stderr_truncated: capture.truncated(Stream::Stderr),
        transcript: capture.transcript,
    }
}
