//! Pool of slots: leases one slot for each submission, with a sandbox that was prepared in advance if there is one.

mod admission;
pub(crate) mod holdings;
mod inner;
mod lease;
mod refill;
mod waiting;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use kernel::{Identity, cgroup::ParentCgroup};
use model::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

pub use self::lease::{Lease, OpenSandbox, UsedSandbox};
use self::{
    admission::MemoryAdmission,
    holdings::Holdings,
    inner::PoolInner,
    lease::SlotGuard,
    waiting::{SpareSlots, WaitingPlaces},
};
use crate::{
    FolderMount, LiveIo, PoolSettings, SandboxError, SessionActivity, gauges,
    protocol::{Inodes, TemplateReuse},
    slot::{Slot, SlotState},
};

/// A pool of slots. A handle: cheap to clone; clones share the slots.
///
/// The pool owns a fixed number of slots. Each has a cgroup, ids that no other process of the host has, and a launcher. A
/// free slot holds a sandbox that was prepared in advance, some with a runtime waiting in it ([`PoolSettings::warm`]). A
/// lease takes memory first (`pool/admission.rs`) and then the slot whose state fits best; what is missing is made during
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

/// A request for a lease.
#[derive(Debug, Clone, Copy)]
pub struct LeaseRequest<'a> {
    /// The name of the [`Prestart`](crate::Prestart) that can run the programs, if there is one.
    pub prestart: Option<&'a str>,
    /// The largest memory limit of any program.
    pub memory: Bytes,
}

/// The turn of a session: one of the places for sessions that run.
#[derive(Debug)]
pub struct SessionTurn(OwnedSemaphorePermit);

impl Pool {
    /// Makes the slots and starts their launchers.
    pub async fn start(settings: PoolSettings) -> Result<Self, SandboxError> {
        gauges::describe();
        let parent = ParentCgroup::create(&settings.cgroups)?;
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
            slots.push(Slot::new(number, identity, parent.create_slot(number)?, settings.launcher_timeout));
        }
        for slot in &mut slots {
            slot.ensure_launcher(&settings, &settings.folders).await?;
        }
        let inner = PoolInner {
            admission: MemoryAdmission::of(settings.memory),
            permits: Arc::new(Semaphore::new(slots.len())),
            // Half of the slots, so that sessions whose programs never wait do not keep jobs waiting.
            sessions: Arc::new(Semaphore::new(slots.len().div_ceil(2))),
            waiting: WaitingPlaces::new(settings.waiting),
            spare: SpareSlots::new(parent, settings.slots),
            queue: AtomicU32::new(0),
            processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            last_lease: Mutex::new(Instant::now()),
            returned: Arc::default(),
            failed: settings.warm.iter().map(|_| AtomicBool::new(false)).collect(),
            free: Mutex::new(Vec::new()),
            folders: Mutex::new(settings.folders.as_slice().into()),
            inodes: slots.iter().map(Slot::inodes).fold(Inodes::Own, Inodes::and),
            settings,
        };
        for mut slot in slots {
            if let Some(missing) = inner.next_missing_kind() {
                inner.prepare_slot(&mut slot, missing, TemplateReuse::Shared).await?;
            }
            inner.lock_free_slots().push(slot);
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

    /// The number of sessions whose programs may wait for input, beside these.
    pub fn waiting_sessions(&self) -> u32 {
        self.inner.settings.waiting.sessions
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

    /// Whether the [`Prestart`](crate::Prestart) of this name, where it waits, can check the syntax of sources.
    pub fn checks_syntax(&self, prestart: &str) -> bool {
        let mut all = self.inner.settings.warm.iter().filter_map(|warm| warm.prestart.as_ref());
        all.any(|one| one.name == prestart && one.checks_syntax)
    }

    /// The number of free slots in which the [`Prestart`](crate::Prestart) of this name waits.
    pub fn count_prestarted(&self, prestart: &str) -> usize {
        let waits = |slot: &&Slot| match slot.state() {
            SlotState::Prestarted(number) => {
                self.inner.prestart(number).is_some_and(|one| one.name == prestart)
            }
            SlotState::Empty | SlotState::Sandbox => false,
        };
        self.inner.lock_free_slots().iter().filter(waits).count()
    }

    /// Waits for memory and a free slot, preferably one in which the [`Prestart`](crate::Prestart) of this name waits. Requests are served in order
    /// of arrival. Cancel-safe.
    pub async fn lease(&self, prestart: Option<&str>, memory: Bytes) -> Result<Lease, SandboxError> {
        let [lease] = self.lease_together([LeaseRequest { prestart, memory }]).await?;
        Ok(lease)
    }

    /// Waits for the turn of a session. Sessions may have half of the slots; one that waits for input has none. Cancel-safe.
    pub async fn session_turn(&self, live: &LiveIo) -> Result<SessionTurn, SandboxError> {
        let sessions = &self.inner.sessions;
        if let Ok(permit) = sessions.clone().try_acquire_owned() {
            return Ok(SessionTurn(permit));
        }
        live.report(SessionActivity::Waiting);
        let permit = sessions.clone().acquire_owned().await.map_err(|_| SandboxError::Closed)?;
        live.report(SessionActivity::Running);
        Ok(SessionTurn(permit))
    }

    /// A lease like [`lease`](Self::lease), for a session whose turn it is: while its program waits for input, it gives back what it
    /// has but the memory that it uses, and its slot.
    pub async fn lease_for_session(
        &self,
        turn: SessionTurn,
        prestart: Option<&str>,
        memory: Bytes,
    ) -> Result<Lease, SandboxError> {
        let mut lease = self.lease(prestart, memory).await?;
        lease.guard.holdings.session = Some(turn.0);
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
        // Memory first: a slot that is guard while waiting for memory would be idle.
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
            let holdings =
                Holdings { permit: Some(permit), reservation: Some(admitted), ..Holdings::default() };
            let pool = self.inner.clone();
            taken.push(Lease { guard: SlotGuard { slot: Some(slot), pool, holdings, used_prestart: None } });
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
    pub fn take_back(&self, spent: UsedSandbox) {
        tokio::spawn(async move {
            let mut guard = spent.guard;
            match guard.recycle().await {
                Ok(()) => guard.release_clean(),
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
