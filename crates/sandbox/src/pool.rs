//! Slots, leased one submission at a time.
//!
//! Sandboxes are made ahead, so that a lease only hands over the program; when more are wanted at once than wait, the rest
//! are made on the spot. Each is used for one submission and then done away with, off the path of whoever waits. A slot
//! whose lease is dropped half way loses its launcher, and gets a new one when it is leased again.

mod admission;
pub(crate) mod counts;
mod refill;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use kernel::{
    Identity,
    cgroup::{Layout, ParentCgroup},
};
use model::{Bytes, Ending, Limits, Network, Outcome, Stream, SystemCall, TerminalSize, Usage};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::admission::{Admission, Admitted};
use crate::{
    Collect, Collected, Live, Prestart, Program, SandboxError, SandboxFile, ShownFolder, Space, SyntaxCheck,
    capture::{Capture, Written},
    ending::{Asked, ending},
    protocol::{Answer, Inodes, Order, RunFacts, RunOrder, RunWhat, StartOrder},
    slot::{LauncherCommand, Prepared, Slot},
    watch::Watch,
};

/// How a pool is set up.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// How many sandboxes there may be at once.
    pub slots: u32,
    /// How much memory the programs of all leases may use together, by their limits.
    pub memory: Bytes,
    /// What free slots make ahead; with fewer slots than this asks for, what comes first.
    pub warm: Vec<Warm>,
    /// The first uid (and gid) of the host that sandboxes may use, when started by root: two for each slot. Nothing else on
    /// the host may use them.
    pub first_id: u32,
    /// Folders of the host with toolchains, beyond the system's own. More can be added by [`Pool::show`].
    pub folders: Vec<ShownFolder>,
    /// How to start a launcher.
    pub launcher: LauncherCommand,
    /// Which cgroups to use: [`Layout::of_this_process`], or none.
    pub cgroups: Layout,
    /// How long a launcher may take to start, to make a sandbox, to start a program, to bring files out or to clear up; one that
    /// takes longer is given up. More than a busy machine takes, for a runtime that is started ahead has ten seconds.
    pub patience: Duration,
}

impl PoolSettings {
    /// Beyond the ranges that distributions and systemd give to users, containers and services.
    pub const DEFAULT_FIRST_ID: u32 = 1_900_000_000;

    /// The usual [`PoolSettings::patience`].
    pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(20);
}

/// Sandboxes made ahead, all of one kind.
#[derive(Debug, Clone)]
pub struct Warm {
    /// The program that waits in them; with none, they are for any program.
    pub prestart: Option<Prestart>,
    /// How many of the free slots have one.
    pub count: u32,
}

/// What a program with a terminal is told that it is: what browsers and most people's windows understand.
const TERMINAL_KIND: &str = "xterm-256color";

/// Slots to lease.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: PoolSettings,
    /// The folders that sandboxes show. Only added to.
    folders: Mutex<Arc<[ShownFolder]>>,
    inodes: Inodes,
    admission: Admission,
    permits: Arc<Semaphore>,
    /// Leases that wait for a slot.
    queue: AtomicU32,
    /// How many processors there are.
    processors: usize,
    /// When a slot was last leased.
    last_lease: Mutex<Instant>,
    /// A slot has come back.
    returned: Arc<Notify>,
    /// Which kinds of [`PoolSettings::warm`] could not be made; they are not tried again.
    failed: Vec<AtomicBool>,
    // Before the parent group, which can only be removed when they are gone.
    free: Mutex<Vec<Slot>>,
    _parent: ParentCgroup,
}

/// What somebody wants a lease for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The [`Prestart`] that would be of use, by name.
    pub prestart: Option<&'a str>,
    /// The most memory that any program may use.
    pub memory: Bytes,
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
    /// What its programs may use, unless it is held for none.
    admitted: Option<Admitted>,
    /// Which prestart ran a program here, or could have.
    used: Option<usize>,
}

impl Pool {
    /// Makes the slots and starts their launchers.
    pub async fn start(settings: PoolSettings) -> Result<Self, SandboxError> {
        counts::describe();
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
            slots.push(Slot::new(number, identity, parent.create_slot(number)?, settings.patience));
        }
        for slot in &mut slots {
            slot.ensure_launcher(&settings, &settings.folders).await?;
        }
        let inner = Inner {
            admission: Admission::of(settings.memory),
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
                inner.make(&mut slot, missing, false).await?;
            }
            inner.free().push(slot);
        }
        inner.show_slots();
        let inner = Arc::new(inner);
        inner.returned.notify_one();
        tokio::spawn(refill::in_calm_times(Arc::downgrade(&inner), inner.returned.clone()));
        Ok(Self { inner })
    }

    /// How many slots there are.
    pub fn slots(&self) -> u32 {
        self.inner.settings.slots
    }

    /// Whose the inodes of toolchains are, in all slots together.
    pub fn inodes(&self) -> Inodes {
        self.inner.inodes
    }

    /// How many slots are free now.
    pub fn free_slots(&self) -> usize {
        self.inner.permits.available_permits()
    }

    /// Whether a lease of so much memory could be had now without waiting for others.
    pub fn has_room(&self, memory: Bytes) -> bool {
        self.free_slots() > 0 && self.inner.admission.has(memory)
    }

    /// How much memory the programs of all leases may use together.
    pub fn memory(&self) -> Bytes {
        self.inner.admission.whole()
    }

    /// Whether the [`Prestart`] of this name, where it waits, can check the syntax of sources.
    pub fn checks_syntax(&self, prestart: &str) -> bool {
        let mut all = self.inner.settings.warm.iter().filter_map(|warm| warm.prestart.as_ref());
        all.any(|one| one.name == prestart && one.checks_syntax)
    }

    /// In how many free slots the [`Prestart`] of this name waits now.
    pub fn waiting(&self, prestart: &str) -> usize {
        let waits = |slot: &&Slot| match slot.sandbox() {
            Prepared::Started(number) => self.inner.prestart(number).is_some_and(|one| one.name == prestart),
            Prepared::No | Prepared::Sandbox => false,
        };
        self.inner.free().iter().filter(waits).count()
    }

    /// Waits until there is so much memory for its programs, and a free slot, with the [`Prestart`] of this name waiting in it
    /// if there is one. First come, first served; whoever drops this waits no more.
    pub async fn lease(&self, prestart: Option<&str>, memory: Bytes) -> Result<Lease, SandboxError> {
        let [lease] = self.lease_together([Wanted { prestart, memory }]).await?;
        Ok(lease)
    }

    /// The same for several at once: whoever waits holds nothing that another waits for.
    pub async fn lease_together<const N: usize>(
        &self,
        wanted: [Wanted<'_>; N],
    ) -> Result<[Lease; N], SandboxError> {
        let needed = u32::try_from(N).unwrap_or(u32::MAX);
        if needed > self.slots() {
            return Err(SandboxError::TooFewSlots { needed, slots: self.slots() });
        }
        let began = Instant::now();
        // Memory first: a slot that somebody had while waiting for it would be of use to nobody.
        let admitted = self.inner.admission.admit_together(wanted.map(|one| one.memory)).await?;
        let queued = Queued::behind(&self.inner.queue);
        let permits = self.inner.permits.clone().acquire_many_owned(needed);
        let mut permits = permits.await.map_err(|_| SandboxError::Closed)?;
        drop(queued);
        metrics::histogram!("coderunner_sandbox_lease_seconds").record(began.elapsed().as_secs_f64());
        self.inner.note_lease();
        let mut taken = Vec::with_capacity(N);
        for (Wanted { prestart, .. }, admitted) in wanted.into_iter().zip(admitted) {
            let permit = permits.split(1).ok_or(SandboxError::Closed)?;
            let slot = self.inner.take_slot(prestart).ok_or(SandboxError::Closed)?;
            let (slot, permit, admitted) = (Some(slot), Some(permit), Some(admitted));
            taken.push(Lease { held: Held { slot, pool: self.inner.clone(), permit, admitted, used: None } });
        }
        self.inner.show_slots();
        for lease in &mut taken {
            let folders = self.inner.folders();
            lease.held.slot_mut()?.ensure_launcher(&self.inner.settings, &folders).await?;
        }
        taken.try_into().map_err(|_| SandboxError::Closed)
    }

    /// Shows one more folder in every sandbox that is leased from now on. Free slots get new launchers for that once nobody wants
    /// them, or when they are leased.
    pub fn show(&self, folder: ShownFolder) {
        {
            // The list is whole after every statement, so a panic elsewhere leaves it usable.
            let mut folders = self.inner.folders.lock().unwrap_or_else(PoisonError::into_inner);
            *folders = folders.iter().cloned().chain([folder]).collect();
        }
        self.inner.returned.notify_one();
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

impl Inner {
    /// A free slot: the one that has made ahead what is most like what is wanted.
    fn take_slot(&self, prestart: Option<&str>) -> Option<Slot> {
        let is_wanted =
            |number: usize| self.prestart(number).is_some_and(|one| Some(one.name.as_str()) == prestart);
        let wanted = (0..self.settings.warm.len()).find(|number| is_wanted(*number));
        let fit = |slot: &Slot| match (slot.sandbox(), wanted) {
            (Prepared::Started(number), Some(wanted)) if number == wanted => 5,
            (Prepared::Sandbox, Some(wanted)) if slot.has_template(wanted) => 4,
            (Prepared::No, Some(wanted)) if slot.has_template(wanted) => 3,
            (Prepared::Sandbox, _) => 2,
            (Prepared::No, _) => 1,
            // Somebody else may want that one.
            (Prepared::Started(_), _) => 0,
        };
        let mut free = self.free();
        let best =
            (0..free.len()).max_by_key(|index| (!free[*index].is_backing_off(), fit(&free[*index])))?;
        Some(free.swap_remove(best))
    }

    /// Which prestart could run this program, and with which arguments.
    fn by_prestart(&self, program: &Program) -> Option<(usize, Vec<String>)> {
        let ahead = program.ahead.as_ref()?;
        let fits = |prestart: &Prestart| {
            prestart.name == ahead.prestart && prestart.least_memory <= program.limits.memory
        };
        let number = (0..self.settings.warm.len()).find(|number| self.prestart(*number).is_some_and(fits))?;
        Some((number, ahead.args.clone()))
    }

    fn prestart(&self, number: usize) -> Option<&Prestart> {
        self.settings.warm.get(number)?.prestart.as_ref()
    }

    fn folders(&self) -> Arc<[ShownFolder]> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
        let used = self.used.take();
        let slot = self.slot.as_mut().ok_or(SandboxError::Closed)?;
        slot.destroy()?;
        slot.all_done().await?;
        slot.note_success();
        // What was in it is gone.
        self.admitted = None;
        match pool.again(slot, used) {
            Some(kind) => pool.make(slot, kind, false).await,
            None => Ok(()),
        }
    }

    /// Back into the pool as it is: clean.
    fn put_back(mut self) {
        self.give_up();
    }

    fn give_up(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.pool.free().push(slot);
            self.pool.show_slots();
        }
        // After the slot, so that whoever gets the permit finds one.
        self.permit = None;
        self.admitted = None;
        self.pool.returned.notify_one();
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
        let made = slot.sandbox();
        if made == Prepared::No {
            slot.prepare(space)?;
        }
        counts::start(made);
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
        self.run_perhaps_live(program, None, stop, sink).await
    }

    /// The same, while somebody talks to the program. With a terminal all output is standard output.
    pub async fn run_live(
        &mut self,
        program: &Program,
        live: Live,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        self.run_perhaps_live(program, Some(live), stop, sink).await
    }

    /// Checks the syntax of these sources, by their paths below the work folder, in the program that was started ahead and would run
    /// this one. Nothing of theirs is run, and if they are sound, that program goes on waiting, and runs this one next. If nothing is
    /// decided, this sandbox is not to be used for judging any more.
    pub async fn check_syntax(
        &mut self,
        program: &Program,
        sources: &[String],
    ) -> Result<SyntaxCheck, SandboxError> {
        let pool = self.held.pool.clone();
        self.check_memory(&program.limits)?;
        let slot = self.held.slot_mut()?;
        let number = pool.by_prestart(program).map(|(number, _)| number);
        let number = number.filter(|number| {
            let checks = pool.prestart(*number).is_some_and(|prestart| prestart.checks_syntax);
            let waits = slot.sandbox() == Prepared::Started(*number) || slot.has_template(*number);
            checks && waits && program.network == Network::None
        });
        let Some(number) = number else { return Ok(SyntaxCheck::Undecided) };
        let waiting = slot.use_up();
        if !matches!(waiting, Prepared::Started(other) if other != number) {
            slot.order(&Order::CheckSyntax(Box::new(program.limits), sources.to_vec()), &[])?;
            slot.all_done().await?;
            let (Answer::Checked(checked), _) = slot.answer_in_time().await? else {
                return Err(slot.out_of_turn());
            };
            if checked == SyntaxCheck::Sound {
                slot.note_waiting(number);
            }
            return Ok(checked);
        }
        Ok(SyntaxCheck::Undecided)
    }

    async fn run_perhaps_live(
        &mut self,
        program: &Program,
        live: Option<Live>,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<Outcome, SandboxError> {
        self.check_memory(&program.limits)?;
        let terminal = live.as_ref().and_then(|live| live.terminal);
        let what = self.what(program, terminal)?;
        let slot = self.held.slot_mut()?;
        slot.order(
            &Order::Run(Box::new(RunOrder {
                what,
                limits: program.limits,
                network: program.network,
                terminal,
                processors: program.processors.clone(),
            })),
            &[],
        )?;
        slot.all_done().await?;
        let (Answer::Started, ends) = slot.answer_in_time().await? else { return Err(slot.out_of_turn()) };
        let mut watch = Watch::new(ends, program, live, slot.patience())
            .map_err(SandboxError::Connection)?
            .ok_or_else(|| slot.out_of_turn())?;
        let (facts, asked) = watch.wait(slot, program, stop, sink).await?;
        Ok(outcome(&facts, &program.limits, asked, watch.capture))
    }

    fn check_memory(&self, limits: &Limits) -> Result<(), SandboxError> {
        let leased = self.held.admitted.as_ref().map_or(Bytes(0), Admitted::memory);
        if limits.memory > leased {
            return Err(SandboxError::NotLeased { wanted: limits.memory, leased });
        }
        Ok(())
    }

    /// How the program is run: by the one that waits here, which can do so once; by one that is forked now; or by itself,
    /// always so at a terminal or with a network, which neither of the others can be given.
    fn what(&mut self, program: &Program, terminal: Option<TerminalSize>) -> Result<RunWhat, SandboxError> {
        let pool = self.held.pool.clone();
        let slot = self.held.slot_mut()?;
        let waiting = slot.use_up();
        let fresh = || RunWhat::Fresh(start_order(program, terminal));
        let can_be_ahead = terminal.is_none() && program.network == Network::None;
        let Some((number, args)) = pool.by_prestart(program).filter(|_| can_be_ahead) else {
            return Ok(fresh());
        };
        let has_template = slot.has_template(number);
        self.held.used = Some(number);
        Ok(if waiting == Prepared::Started(number) {
            RunWhat::Waiting(args)
        } else if has_template {
            RunWhat::Forked(args)
        } else {
            fresh()
        })
    }

    /// Makes the sandbox as it was when it was opened, for the next of several programs: whatever those before it did to the
    /// files that they could write, or left running, is gone. Needs no waiting for: programs run after it.
    pub fn start_over(&mut self, files: &[SandboxFile], space: Space) -> Result<(), SandboxError> {
        self.held.slot_mut()?.start_over(space, files)
    }

    /// Brings files of the work folder out, between programs or after the last.
    pub async fn collect(&mut self, what: &Collect) -> Result<Collected, SandboxError> {
        let slot = self.held.slot_mut()?;
        slot.order(&Order::Collect(what.clone()), &[])?;
        slot.all_done().await?;
        let (Answer::Collected(listing), mut fds) = slot.answer_in_time().await? else {
            return Err(slot.out_of_turn());
        };
        let bytes = fds.pop().ok_or_else(|| slot.out_of_turn())?;
        listing.unpack(bytes, what).await
    }

    /// Gives up a sandbox, with its launcher and all namespaces, and begins anew in the same slot; with a runtime that waits, if
    /// programs of this one were run by such.
    pub async fn replace(self) -> Result<Lease, SandboxError> {
        let mut held = self.held;
        let pool = held.pool.clone();
        let used = held.used.take();
        let slot = held.slot_mut()?;
        slot.break_off();
        slot.ensure_launcher(&pool.settings, &pool.folders()).await?;
        if let Some(kind) = used {
            pool.make(slot, kind, false).await?;
        }
        Ok(Lease { held })
    }

    /// Ends the use of the sandbox.
    pub fn finish(self) -> Spent {
        Spent { held: self.held }
    }
}

/// How to start the program by itself.
fn start_order(program: &Program, terminal: Option<TerminalSize>) -> StartOrder {
    let mut env = program.env.clone();
    if terminal.is_some() {
        env.retain(|(name, _)| name != "TERM");
        env.push(("TERM".to_owned(), TERMINAL_KIND.to_owned()));
    }
    StartOrder { argv: program.argv.clone(), env }
}

fn outcome(facts: &RunFacts, limits: &Limits, asked: Option<Asked>, capture: Capture) -> Outcome {
    let ending = ending(facts, limits, asked);
    let ended_by_itself = matches!(ending, Ending::Exited(_) | Ending::Signalled(_));
    let written = if ended_by_itself { Written::All } else { Written::CutOff };
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
