//! Slots, leased one submission at a time.
//!
//! Each sandbox is made when its lease is opened and done away with after it. A slot whose lease is dropped half way
//! loses its launcher, and gets a new one when it is leased again.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
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
    protocol::{Answer, FileEntry, Order, RunFacts, RunOrder},
    slot::{LauncherCommand, Slot, borrowed},
};

/// How a pool is set up.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// How many sandboxes there may be at once.
    pub slots: u32,
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
        let permits = Arc::new(Semaphore::new(slots.len()));
        Ok(Self { inner: Arc::new(Inner { settings, permits, free: Mutex::new(slots), parent }) })
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
        let permit = self.inner.permits.clone().acquire_owned().await.map_err(|_| SandboxError::Closed)?;
        let slot = self.inner.free().pop().ok_or(SandboxError::Closed)?;
        let mut held = Held { slot: Some(slot), pool: self.inner.clone(), permit: Some(permit) };
        let (command, folders) = (&self.inner.settings.launcher, &self.inner.settings.folders);
        held.slot_mut()?.ensure_launcher(command, folders).await?;
        Ok(Lease { held })
    }

    /// Makes a used slot usable again, off the caller's path.
    pub fn take_back(&self, spent: Spent) {
        tokio::spawn(async move {
            let mut held = spent.held;
            let destroyed = async {
                let slot = held.slot_mut()?;
                slot.order(&Order::Destroy, &[])?;
                slot.expect_done().await
            };
            match destroyed.await {
                Ok(()) => held.put_back(),
                // Dropped with its launcher.
                Err(error) => {
                    tracing::warn!(%error, "a sandbox could not be done away with; its launcher is replaced");
                }
            }
        });
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
    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Slot>> {
        // The list is whole after every statement, so a panic elsewhere leaves it usable.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn slot_mut(&mut self) -> Result<&mut Slot, SandboxError> {
        self.slot.as_mut().ok_or(SandboxError::Closed)
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
    /// Makes the sandbox and puts `files` into its work folder.
    pub async fn open(mut self, files: &[SandboxFile], space: Space) -> Result<Occupied, SandboxError> {
        let slot = self.held.slot_mut()?;
        slot.order(&Order::Prepare(space), &[])?;
        let entries = files
            .iter()
            .map(|file| FileEntry { name: file.name.clone(), size: file.content.len() as u64 })
            .collect();
        let bytes: Vec<u8> = files.iter().flat_map(|file| file.content.iter().copied()).collect();
        let bytes = [kernel::sealed_bytes(&bytes)?];
        slot.expect_done().await?;
        slot.order(&Order::Fill(entries), &borrowed(&bytes))?;
        slot.expect_done().await?;
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
        let stdin = [kernel::sealed_bytes(&program.stdin)?];
        slot.order(&Order::Run(Box::new(order)), &borrowed(&stdin))?;
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
