//! Pool of slots: leases one slot for each submission, with a sandbox that was prepared in advance if there is one.

mod admission;
mod refill;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use kernel::{Identity, cgroup::Parent};
use model::{Bytes, Ending, Limits, Network, Outcome, Stream, SystemCall, TerminalSize, Usage};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::admission::{MemoryAdmission, MemoryReservation};
use crate::{
    Collect, Collected, DiskQuota, FolderMount, LiveIo, PoolSettings, Prestart, Program, SandboxError,
    SandboxFile, SyntaxCheck,
    capture::{Capture, Completeness},
    ending::{StopReason, ending},
    gauges::{self, Start},
    monitor::RunMonitor,
    protocol::{
        Inodes, LaunchMode, LauncherRequest, LauncherResponse, RunFacts, RunRequest, StartRequest,
        TemplateReuse,
    },
    slot::{Slot, SlotState},
};

/// `TERM` of a program with a terminal: the type that browsers and most terminal windows emulate.
const TERMINAL_KIND: &str = "xterm-256color";

/// A pool of slots. A handle: cheap to clone; clones share the slots.
///
/// The pool owns a fixed number of slots. Each has a cgroup, ids that no other process of the host has, and a launcher. A
/// free slot holds a sandbox that was prepared in advance, some with a runtime waiting in it ([`PoolSettings::warm`]). A
/// lease takes memory first ([`MemoryAdmission`]) and then the slot whose state fits best; what is missing is made during
/// the lease. Requests are served in order of arrival, and a request that is dropped leaves the queue.
///
/// A sandbox serves one submission. [`Pool::take_back`] destroys a spent sandbox in a background task, waits until the
/// kernel has returned its memory, and prepares the next one. While the pool is busy, that is another sandbox of the same
/// kind; when the pool is idle, a background task brings all free slots to the configured state (`pool/refill.rs`).
///
/// A launcher that fails or does not answer in time is killed. Its slot gets a new launcher when it is leased again, after a
/// delay that grows with the number of failures. A lease that is dropped half way loses its launcher too, because the state
/// of the sandbox is not known.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: Arc<PoolInner>,
}

#[derive(Debug)]
struct PoolInner {
    settings: PoolSettings,
    /// The folders that sandboxes show. Only added to.
    folders: Mutex<Arc<[FolderMount]>>,
    inodes: Inodes,
    admission: MemoryAdmission,
    permits: Arc<Semaphore>,
    /// The number of lease requests that wait for a slot.
    queue: AtomicU32,
    /// The number of processors.
    processors: usize,
    /// The time of the last lease.
    last_lease: Mutex<Instant>,
    /// Notified when a slot returns.
    returned: Arc<Notify>,
    /// For each entry of [`PoolSettings::warm`], whether it failed to start; such entries are not tried again.
    failed: Vec<AtomicBool>,
    // Before the parent group, which can only be removed when they are gone.
    free: Mutex<Vec<Slot>>,
    _parent: Parent,
}

/// A request for a lease.
#[derive(Debug, Clone, Copy)]
pub struct LeaseRequest<'a> {
    /// The name of the [`Prestart`] that can run the programs, if there is one.
    pub prestart: Option<&'a str>,
    /// The largest memory limit of any program.
    pub memory: Bytes,
}

/// A lease: the right to use one sandbox for one submission.
#[derive(Debug)]
pub struct Lease {
    guard: SlotGuard,
}

/// A sandbox in use. Programs run in it one after another. Each gets a clean process tree; all share the work folder until
/// [`OpenSandbox::reset`].
#[derive(Debug)]
pub struct OpenSandbox {
    held: SlotGuard,
}

/// A used sandbox. It can only be returned to the pool.
#[derive(Debug)]
#[must_use = "only the pool can make the slot usable again: Pool::take_back"]
pub struct Spent {
    held: SlotGuard,
}

/// Guard of a slot that is out of the pool, with its permit. If it is dropped, the slot returns without its launcher.
#[derive(Debug)]
struct SlotGuard {
    slot: Option<Slot>,
    pool: Arc<PoolInner>,
    permit: Option<OwnedSemaphorePermit>,
    /// The memory of its programs; none while the slot is being prepared.
    reservation: Option<MemoryReservation>,
    /// The index of the prestart that ran a program here, or could have.
    used_prestart: Option<usize>,
}

impl Pool {
    /// Makes the slots and starts their launchers.
    pub async fn start(settings: PoolSettings) -> Result<Self, SandboxError> {
        gauges::describe();
        let parent = Parent::create(&settings.cgroups)?;
        if let Some(first) = parent.still_busy().first() {
            let (count, first) = (parent.still_busy().len(), first.display());
            tracing::warn!(
                count,
                %first,
                "groups of a server that is gone are still busy; they are left, and removed at a later start"
            );
        }
        let mut slots = Vec::new();
        for number in 0..settings.slots {
            let identity = Identity::choose(settings.first_id + 2 * number)?;
            slots.push(Slot::new(number, identity, parent.group(number)?, settings.launcher_timeout));
        }
        for slot in &mut slots {
            slot.ensure_launcher(&settings, &settings.folders).await?;
        }
        let inner = PoolInner {
            admission: MemoryAdmission::of(settings.memory),
            permits: Arc::new(Semaphore::new(slots.len())),
            queue: AtomicU32::new(0),
            processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            last_lease: Mutex::new(Instant::now()),
            returned: Arc::default(),
            failed: settings.warm.iter().map(|_| AtomicBool::new(false)).collect(),
            free: Mutex::new(Vec::new()),
            folders: Mutex::new(settings.folders.as_slice().into()),
            settings,
            inodes: slots.iter().map(Slot::inodes).fold(Inodes::Own, Inodes::and),
            _parent: parent,
        };
        for mut slot in slots {
            if let Some(missing) = inner.missing() {
                inner.prepare_slot(&mut slot, missing, TemplateReuse::Shared).await?;
            }
            inner.free().push(slot);
        }
        inner.update_slot_gauges();
        let inner = Arc::new(inner);
        inner.returned.notify_one();
        tokio::spawn(refill::refill_when_idle(Arc::downgrade(&inner), inner.returned.clone()));
        Ok(Self { inner })
    }

    /// The number of slots.
    pub fn slots(&self) -> u32 {
        self.inner.settings.slots
    }

    /// The owner of the inodes of toolchains, over all slots.
    pub fn inodes(&self) -> Inodes {
        self.inner.inodes
    }

    /// The number of free slots.
    pub fn free_slots(&self) -> usize {
        self.inner.permits.available_permits()
    }

    /// Whether a lease of this much memory would not have to wait.
    pub fn has_capacity(&self, memory: Bytes) -> bool {
        self.free_slots() > 0 && self.inner.admission.is_available(memory)
    }

    /// The memory for the programs of all leases together.
    pub fn memory(&self) -> Bytes {
        self.inner.admission.total()
    }

    /// Whether the [`Prestart`] of this name, where it waits, can check the syntax of sources.
    pub fn checks_syntax(&self, prestart: &str) -> bool {
        let mut all = self.inner.settings.warm.iter().filter_map(|warm| warm.prestart.as_ref());
        all.any(|one| one.name == prestart && one.checks_syntax)
    }

    /// The number of free slots in which the [`Prestart`] of this name waits.
    pub fn waiting(&self, prestart: &str) -> usize {
        let waits = |slot: &&Slot| match slot.state() {
            SlotState::Prestarted(number) => {
                self.inner.prestart(number).is_some_and(|one| one.name == prestart)
            }
            SlotState::Empty | SlotState::Sandbox => false,
        };
        self.inner.free().iter().filter(waits).count()
    }

    /// Waits for memory and a free slot, preferably one in which the [`Prestart`] of this name waits. Requests are served in order
    /// of arrival. Cancel-safe.
    pub async fn lease(&self, prestart: Option<&str>, memory: Bytes) -> Result<Lease, SandboxError> {
        let [lease] = self.lease_together([LeaseRequest { prestart, memory }]).await?;
        Ok(lease)
    }

    /// Several leases at once. A waiting request holds neither memory nor slots, so two such requests cannot deadlock.
    pub async fn lease_together<const N: usize>(
        &self,
        wanted: [LeaseRequest<'_>; N],
    ) -> Result<[Lease; N], SandboxError> {
        let needed = u32::try_from(N).unwrap_or(u32::MAX);
        if needed > self.slots() {
            return Err(SandboxError::TooFewSlots { needed, slots: self.slots() });
        }
        let began = Instant::now();
        // Memory first: a slot that is held while waiting for memory would be idle.
        let admitted = self.inner.admission.reserve(wanted.map(|one| one.memory)).await?;
        let queued = QueuedLease::new(&self.inner.queue);
        let permits = self.inner.permits.clone().acquire_many_owned(needed);
        let mut permits = permits.await.map_err(|_| SandboxError::Closed)?;
        drop(queued);
        metrics::histogram!("coderunner_sandbox_lease_seconds").record(began.elapsed().as_secs_f64());
        self.inner.note_lease();
        let mut taken = Vec::with_capacity(N);
        for (LeaseRequest { prestart, .. }, admitted) in wanted.into_iter().zip(admitted) {
            let permit = permits.split(1).ok_or(SandboxError::Closed)?;
            let slot = self.inner.take_slot(prestart).ok_or(SandboxError::Closed)?;
            let (slot, permit, admitted) = (Some(slot), Some(permit), Some(admitted));
            taken.push(Lease {
                guard: SlotGuard {
                    slot,
                    pool: self.inner.clone(),
                    permit,
                    reservation: admitted,
                    used_prestart: None,
                },
            });
        }
        self.inner.update_slot_gauges();
        for lease in &mut taken {
            let folders = self.inner.folders();
            lease.guard.slot_mut()?.ensure_launcher(&self.inner.settings, &folders).await?;
        }
        taken.try_into().map_err(|_| SandboxError::Closed)
    }

    /// Mounts one more folder in every sandbox that is leased from now on. Free slots get new launchers for this when the pool is
    /// idle, or when they are leased.
    pub fn add_folder(&self, folder: FolderMount) {
        {
            // The list is consistent after every statement, so a panic elsewhere leaves it usable.
            let mut folders = self.inner.folders.lock().unwrap_or_else(PoisonError::into_inner);
            *folders = folders.iter().cloned().chain([folder]).collect();
        }
        self.inner.returned.notify_one();
    }

    /// Makes a used slot usable again, in a background task.
    pub fn take_back(&self, spent: Spent) {
        tokio::spawn(async move {
            let mut held = spent.held;
            match held.recycle().await {
                Ok(()) => held.release_clean(),
                // Dropped with its launcher.
                Err(error) => tracing::warn!(%error, "a slot could not be renewed; its launcher is replaced"),
            }
        });
    }
}

/// Counts a waiting lease request for as long as it lives.
struct QueuedLease<'a>(&'a AtomicU32);

impl<'a> QueuedLease<'a> {
    fn new(queue: &'a AtomicU32) -> Self {
        queue.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }
}

impl Drop for QueuedLease<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PoolInner {
    /// Updates the gauge of slots.
    fn update_slot_gauges(&self) {
        let (free, ready) = {
            let free = self.free();
            (free.len(), free.iter().filter(|slot| slot.state() != SlotState::Empty).count())
        };
        let busy = (self.settings.slots as usize).saturating_sub(free);
        gauges::set_slots(busy, ready, free - ready);
    }

    /// Takes the free slot whose state fits the request best.
    fn take_slot(&self, prestart: Option<&str>) -> Option<Slot> {
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
        let mut free = self.free();
        let best =
            (0..free.len()).max_by_key(|index| (!free[*index].is_backing_off(), fit(&free[*index])))?;
        Some(free.swap_remove(best))
    }

    /// The prestart that can run this program, and the arguments for it.
    fn prestart_for(&self, program: &Program) -> Option<(usize, Vec<String>)> {
        let ahead = program.prestarted.as_ref()?;
        let fits = |prestart: &Prestart| {
            prestart.name == ahead.prestart && prestart.min_memory <= program.limits.memory
        };
        let number = (0..self.settings.warm.len()).find(|number| self.prestart(*number).is_some_and(fits))?;
        Some((number, ahead.args.clone()))
    }

    fn prestart(&self, number: usize) -> Option<&Prestart> {
        self.settings.warm.get(number)?.prestart.as_ref()
    }

    fn folders(&self) -> Arc<[FolderMount]> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Slot>> {
        // The list is whole after every statement, so a panic elsewhere leaves it usable.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SlotGuard {
    fn slot_mut(&mut self) -> Result<&mut Slot, SandboxError> {
        self.slot.as_mut().ok_or(SandboxError::Closed)
    }

    /// Destroys the used sandbox, and prepares the next one if the slot should have one.
    async fn recycle(&mut self) -> Result<(), SandboxError> {
        let pool = self.pool.clone();
        let used = self.used_prestart.take();
        let slot = self.slot.as_mut().ok_or(SandboxError::Closed)?;
        slot.destroy()?;
        slot.wait_acknowledged().await?;
        slot.note_success();
        // The memory has been returned.
        self.reservation = None;
        match pool.next_kind(slot, used) {
            Some(kind) => pool.prepare_slot(slot, kind, TemplateReuse::Shared).await,
            None => Ok(()),
        }
    }

    /// Returns the slot to the pool in a clean state.
    fn release_clean(mut self) {
        self.release();
    }

    fn release(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.pool.free().push(slot);
            self.pool.update_slot_gauges();
        }
        // After the slot, so that the next owner of the permit finds one.
        self.permit = None;
        self.reservation = None;
        self.pool.returned.notify_one();
    }
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        if let Some(slot) = &mut self.slot {
            slot.discard_launcher();
        }
        self.release();
    }
}

impl Lease {
    /// Puts `files` into the work folder. Makes the sandbox first, if none was prepared.
    pub fn open(mut self, files: &[SandboxFile], space: DiskQuota) -> Result<OpenSandbox, SandboxError> {
        let slot = self.guard.slot_mut()?;
        let made = slot.state();
        if made == SlotState::Empty {
            slot.prepare(space)?;
        }
        gauges::count_start(match made {
            SlotState::Empty => Start::Cold,
            SlotState::Sandbox => Start::Warm,
            SlotState::Prestarted(_) => Start::Started,
        });
        // Not waited for: the start of the first program follows immediately.
        slot.fill(space, files)?;
        Ok(OpenSandbox { held: self.guard })
    }
}

impl OpenSandbox {
    /// Runs a program to its end, and passes each chunk of output to `sink`. Cancelling `stop` stops the run.
    pub async fn run(
        &mut self,
        program: &Program,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        self.run_with(program, None, stop, sink).await
    }

    /// Runs a program with live input. With a terminal, all output is standard output.
    pub async fn run_live(
        &mut self,
        program: &Program,
        live: LiveIo,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        self.run_with(program, Some(live), stop, sink).await
    }

    /// Checks the syntax of sources, given by paths below the work folder, in the prestarted program that would run this
    /// program. Runs no code of theirs. If they are sound, that program keeps waiting and can run this program next. If nothing
    /// was decided, the sandbox should be returned.
    pub async fn check_syntax(
        &mut self,
        program: &Program,
        sources: &[String],
    ) -> Result<SyntaxCheck, SandboxError> {
        let pool = self.held.pool.clone();
        self.check_memory(&program.limits)?;
        let slot = self.held.slot_mut()?;
        let number = pool.prestart_for(program).map(|(number, _)| number);
        let number = number.filter(|number| {
            let checks = pool.prestart(*number).is_some_and(|prestart| prestart.checks_syntax);
            let waits = slot.state() == SlotState::Prestarted(*number) || slot.has_template(*number);
            checks && waits && program.network == Network::None
        });
        let Some(number) = number else { return Ok(SyntaxCheck::Undecided) };
        let waiting = slot.take_state();
        if !matches!(waiting, SlotState::Prestarted(other) if other != number) {
            slot.request(&LauncherRequest::CheckSyntax(Box::new(program.limits), sources.to_vec()), &[])?;
            slot.wait_acknowledged().await?;
            let (LauncherResponse::Checked(checked), _) = slot.response_in_time().await? else {
                return Err(slot.unexpected_response());
            };
            if checked == SyntaxCheck::Sound {
                slot.note_waiting(number);
            }
            return Ok(checked);
        }
        Ok(SyntaxCheck::Undecided)
    }

    async fn run_with(
        &mut self,
        program: &Program,
        live: Option<LiveIo>,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        self.check_memory(&program.limits)?;
        let terminal = live.as_ref().and_then(|live| live.terminal);
        let what = self.launch_mode(program, terminal)?;
        let slot = self.held.slot_mut()?;
        slot.request(
            &LauncherRequest::Run(Box::new(RunRequest {
                mode: what,
                limits: program.limits,
                network: program.network,
                terminal,
                processors: program.processors.clone(),
            })),
            &[],
        )?;
        slot.wait_acknowledged().await?;
        let (LauncherResponse::Started, ends) = slot.response_in_time().await? else {
            return Err(slot.unexpected_response());
        };
        let mut watch = RunMonitor::new(ends, program, live, slot.launcher_timeout())
            .map_err(SandboxError::Connection)?
            .ok_or_else(|| slot.unexpected_response())?;
        let (facts, asked) = watch.wait(slot, program, stop, sink).await?;
        Ok(outcome(&facts, &program.limits, asked, watch.capture))
    }

    fn check_memory(&self, limits: &Limits) -> Result<(), SandboxError> {
        let leased = self.held.reservation.as_ref().map_or(Bytes(0), MemoryReservation::memory);
        if limits.memory > leased {
            return Err(SandboxError::ExceedsLease { wanted: limits.memory, leased });
        }
        Ok(())
    }

    /// Chooses how to start the program: the waiting one, which works once; a fork; or a new process, which is always used with
    /// a terminal or a network.
    fn launch_mode(
        &mut self,
        program: &Program,
        terminal: Option<TerminalSize>,
    ) -> Result<LaunchMode, SandboxError> {
        let pool = self.held.pool.clone();
        let slot = self.held.slot_mut()?;
        let waiting = slot.take_state();
        let fresh = || LaunchMode::Fresh(start_order(program, terminal));
        let can_be_ahead = terminal.is_none() && program.network == Network::None;
        let Some((number, args)) = pool.prestart_for(program).filter(|_| can_be_ahead) else {
            return Ok(fresh());
        };
        let has_template = slot.has_template(number);
        self.held.used_prestart = Some(number);
        Ok(if waiting == SlotState::Prestarted(number) {
            LaunchMode::Waiting(args)
        } else if has_template {
            LaunchMode::Forked(args)
        } else {
            fresh()
        })
    }

    /// Resets the sandbox for the next program: files, processes and everything else that earlier programs left are removed.
    /// Does not wait; the next program runs after it.
    pub fn start_over(&mut self, files: &[SandboxFile], space: DiskQuota) -> Result<(), SandboxError> {
        self.held.slot_mut()?.reset(space, files)
    }

    /// Collects files of the work folder, between programs or after the last.
    pub async fn collect(&mut self, what: &Collect) -> Result<Collected, SandboxError> {
        let slot = self.held.slot_mut()?;
        slot.request(&LauncherRequest::Collect(what.clone()), &[])?;
        slot.wait_acknowledged().await?;
        let (LauncherResponse::Collected(listing), mut fds) = slot.response_in_time().await? else {
            return Err(slot.unexpected_response());
        };
        let bytes = fds.pop().ok_or_else(|| slot.unexpected_response())?;
        listing.unpack(bytes, what).await
    }

    /// Discards the sandbox with its launcher and all namespaces, and starts again in the same slot; with a waiting runtime, if
    /// programs were run by one.
    pub async fn replace(self) -> Result<Lease, SandboxError> {
        let mut held = self.held;
        let pool = held.pool.clone();
        let used = held.used_prestart.take();
        let slot = held.slot_mut()?;
        slot.discard_launcher();
        slot.ensure_launcher(&pool.settings, &pool.folders()).await?;
        if let Some(kind) = used {
            pool.prepare_slot(slot, kind, TemplateReuse::Shared).await?;
        }
        Ok(Lease { guard: held })
    }

    /// Ends the use of the sandbox.
    pub fn finish(self) -> Spent {
        Spent { held: self.held }
    }
}

/// Command to start the program as a new process.
fn start_order(program: &Program, terminal: Option<TerminalSize>) -> StartRequest {
    let mut env = program.env.clone();
    if terminal.is_some() {
        env.retain(|(name, _)| name != "TERM");
        env.push(("TERM".to_owned(), TERMINAL_KIND.to_owned()));
    }
    StartRequest { argv: program.argv.clone(), env }
}

fn outcome(facts: &RunFacts, limits: &Limits, asked: Option<StopReason>, capture: Capture) -> Outcome {
    let ending = ending(facts, limits, asked);
    let ended_by_itself = matches!(ending, Ending::Exited(_) | Ending::Signalled(_));
    let written = if ended_by_itself { Completeness::Complete } else { Completeness::CutOff };
    let forbidden_call = facts.forbidden_call.filter(|_| ending == Ending::ForbiddenCall);
    Outcome {
        ending,
        forbidden_call: forbidden_call.map(|call| SystemCall(call.name())),
        usage: Usage {
            cpu: facts.cpu,
            wall: facts.wall,
            memory: Bytes(facts.memory),
            throttled: facts.throttled,
        },
        stdout_truncated: capture.truncated(Stream::Stdout),
        stderr_truncated: capture.truncated(Stream::Stderr),
        transcript: capture.into_transcript(written),
    }
}
