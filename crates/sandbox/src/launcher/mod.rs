//! The launcher: one small single-threaded process per slot that makes sandboxes and watches what runs in them.
//!
//! It starts with the worker's rights, uses them once (to join its cgroup, copy toolchain mounts and map ids), and then
//! gives them up for good: what is left is nobody on the host, in an empty network, on a file system of toolchains. It
//! holds no descriptor of the worker's but their connection, and ends when that closes.

mod locks;
mod meter;
pub(crate) mod root;
mod share;
mod template;
mod watch;
mod weight;
mod zygote;

use std::{
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use kernel::{
    Census, Channel, CloneOutcome, Identity, KernelError, MessageWithFds, RecordLocks, Step, StepContext,
    cgroup::CgroupControls,
    seccomp::{
        Filter, Lethal,
        table::{PERSISTENT_OBJECTS, SHARED_INODES, UNCOUNTED_MEMORY},
    },
};

use model::Limits;
use rustix::fs::Mode;

use crate::{
    collect::Collect,
    init::{self, Filters, Guest},
    protocol::{
        AheadOrder, Answer, Counting, FileEntry, Inodes, Ipc, Note, Order, RunFacts, RunOrder, RunWhat,
        Setup, StartOrder, Task,
    },
    recipe::{Space, SyntaxCheck},
    share::UserShare,
};

use meter::Meter;
use template::Template;
use zygote::Rounds;

/// Runs a launcher on the connection that is this process's standard input, until the worker closes it. Never returns.
///
/// Must be called first thing in `main`, before any thread is started.
pub fn main() -> ! {
    let code = match connect().and_then(|channel| serve(&channel)) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("coderunner launcher: {error}");
            1
        }
    };
    kernel::exit_now(code)
}

fn connect() -> Result<Channel, KernelError> {
    // However the server was started: guests and what starts them inherit it from here.
    kernel::reset_signals(kernel::IgnoredSignals::Reset)?;
    kernel::reset_attributes()?;
    // A session of its own: Ctrl-C in the worker's terminal is for the worker, which ends what runs in good order.
    rustix::process::setsid().at(Step::NewSession)?;
    let connection = rustix::io::fcntl_dupfd_cloexec(std::io::stdin(), 3).at(Step::StartLauncher)?;
    let null = std::fs::File::open("/dev/null").at(Step::StartLauncher)?;
    rustix::stdio::dup2_stdin(null).at(Step::StartLauncher)?;
    // Also what the server has from whoever started it, and never opened.
    kernel::close_fds_except(connection.as_fd())?;
    Ok(Channel::from_fd(connection))
}

fn serve(channel: &Channel) -> Result<(), KernelError> {
    let Some((setup, _)) = channel.receive::<Setup>()? else { return Ok(()) };
    let (mut launcher, inodes) = match Launcher::set_up(channel, &setup) {
        Ok(set_up) => set_up,
        Err(error) => return channel.send(&Answer::Failed(error), &[]),
    };
    channel.send(&Answer::SetUp(inodes), &[])?;
    while let Some((order, fds)) = channel.receive::<Order>()? {
        launcher.obey(order, &fds)?;
    }
    Ok(())
}

/// The launcher and its init, beside the guest's processes.
const OWN_PROCESSES: u32 = 2;

struct Launcher<'a> {
    worker: &'a Channel,
    identity: Identity,
    filters: Filters,
    /// That of guests without a network in a file, for templates, and the one of what zygotes fork.
    filter_files: [OwnedFd; 2],
    controls: CgroupControls,
    /// Of the sandbox's processes, where `controls` does not count.
    census: Option<Census>,
    sandbox: Option<Sandbox>,
    template: Option<Template>,
    share: UserShare,
    /// For `census`: in bytes.
    socket_capacity: u64,
}

/// A prepared sandbox, by its process 1.
struct Sandbox {
    pidfd: OwnedFd,
    init: Channel,
    /// Of the program that waits in it, if one does.
    waiting: Option<OurEnds>,
    rounds: Rounds,
    /// Of its programs.
    locks: RecordLocks,
}

/// Our ends of a program's standard input, output and error, or the one of its terminal.
struct OurEnds(Vec<OwnedFd>);

/// The program's ends.
struct ItsEnds([OwnedFd; 3]);

impl Drop for Sandbox {
    /// With process 1 the kernel kills all others of the pid namespace, and the wait ends when the last is gone.
    fn drop(&mut self) {
        end(&self.pidfd);
    }
}

fn end(init: &OwnedFd) {
    kernel::kill_pidfd(init.as_fd());
    if let Err(error) = kernel::wait_pidfd(init.as_fd()) {
        eprintln!("coderunner launcher: {error}");
    }
}

/// The filters of guests, and in files those for templates and for what zygotes fork.
struct FilterSet {
    guests: Filters,
    files: [OwnedFd; 2],
}

impl FilterSet {
    /// Those that refuse these calls besides.
    fn refusing(refused: &[&str], lethal: Lethal) -> Result<Self, KernelError> {
        let guests = Filters::refusing(refused, lethal);
        let of_rounds = Filter::guest(&[refused, PERSISTENT_OBJECTS].concat(), lethal);
        let file = |filter: &Filter| kernel::sealed_memfd([filter.to_bytes().as_slice()]);
        let files = [file(&guests.none)?, file(&of_rounds)?];
        Ok(Self { guests, files })
    }
}

impl<'a> Launcher<'a> {
    /// Everything that needs rights, in the only order that works.
    fn set_up(worker: &'a Channel, setup: &Setup) -> Result<(Self, Inodes), KernelError> {
        kernel::raise_precedence();
        kernel::restrict_core_dumps()?;
        // While /proc/self is this process, and with the host's ids.
        kernel::set_login_uid()?;
        // Whatever the worker's is: the guest must be able to look at what is made for it.
        rustix::process::umask(Mode::from_raw_mode(0o022));
        // Shown in the host's network namespace only.
        let socket_capacity = kernel::socket_capacity();
        // While the host's cgroup files can still be opened.
        let mut controls = CgroupControls::open_and_join(&setup.group)?;
        // While this process may make any.
        let counting = if controls.are_enforced() { Counting::ByKernel } else { Counting::BySamples };
        let devices = root::make_devices(counting)?;
        kernel::unshare_all(&setup.identity)?;
        kernel::make_mounts_private()?;
        kernel::adopt_orphans()?;
        let refused = if controls.are_enforced() { &[][..] } else { UNCOUNTED_MEMORY };
        // While there is a /proc to open their files anew by: it is not known yet which will be needed.
        let lethal = Lethal::supported()?;
        let filters = FilterSet::refusing(refused, lethal)?;
        let stricter = FilterSet::refusing(&[refused, SHARED_INODES].concat(), lethal)?;
        // While the host's folders can still be found by name, and with the host's ids: some lie below private homes.
        let parts = root::collect(&setup.folders, devices, counting)?;
        setup.identity.become_init()?;
        let inodes = root::build(parts, &setup.hooks)?;
        let FilterSet { guests: filters, files: filter_files } = match inodes {
            Inodes::Own => filters,
            Inodes::Shared => stricter,
        };
        kernel::drop_bounding_set()?;
        kernel::set_no_new_privs()?;
        controls.set_baseline(OWN_PROCESSES)?;
        let identity = setup.identity;
        let launcher = Self {
            worker,
            identity,
            filters,
            filter_files,
            controls,
            census: None,
            sandbox: None,
            template: None,
            share: setup.share,
            socket_capacity,
        };
        Ok((launcher, inodes))
    }

    fn obey(&mut self, order: Order, fds: &[OwnedFd]) -> Result<(), KernelError> {
        let result = match order {
            Order::Prepare(space, ahead) => self.prepare(space, ahead).map(|()| Some(Answer::Done)),
            Order::Fill(space, files) => {
                self.fill(&Task::Fill(space, files), fds).map(|()| Some(Answer::Done))
            }
            Order::StartOver(space, files) => self.start_over(space, files, fds).map(|()| Some(Answer::Done)),
            Order::CheckSyntax(limits, sources) => {
                self.check_syntax(&limits, sources).map(|checked| Some(Answer::Checked(checked)))
            }
            Order::Run(order) => self.run(*order).map(|facts| Some(Answer::Ended(facts))),
            Order::Collect(what) => self.collect(what).map(|()| None),
            Order::Destroy => self.destroy().map(|()| Some(Answer::Done)),
            // The program ended by itself while the order was on its way.
            Order::Stop | Order::Signal(_) => Ok(None),
        };
        let answer = result.unwrap_or_else(|error| {
            self.sandbox = None;
            Some(Answer::Failed(error))
        });
        answer.map_or(Ok(()), |answer| self.worker.send(&answer, &[]))
    }

    /// Does away with the sandbox and with what it has left in memory: the slot is as new.
    fn destroy(&mut self) -> Result<(), KernelError> {
        self.sandbox = None;
        forget_sockets()?;
        self.controls.reserve(0, 0);
        self.controls.wait_for_reclaim(0)?;
        self.controls.reclaim_memory()
    }

    fn prepare(&mut self, space: Space, ahead: Option<AheadOrder>) -> Result<(), KernelError> {
        self.controls.reserve(0, 0);
        if self.sandbox.take().is_some() {
            forget_sockets()?;
            self.controls.wait_for_reclaim(0)?;
        }
        if let Some(AheadOrder::Fork { template, renew, .. }) = &ahead {
            self.ensure_template(template, *renew)?;
        }
        watch::put_limits_in_force(&mut self.controls, &Limits::STUDENT)?;
        let (ours, theirs) = Channel::pair()?;
        match kernel::clone_init()? {
            CloneOutcome::Init => {
                let (identity, filters) = (self.identity, &self.filters);
                let guest = Guest { identity, filters, counting: self.counting(), share: self.share };
                init::main(&theirs, guest, space)
            }
            CloneOutcome::Launcher(pidfd) => {
                drop(theirs);
                let (sandbox, looks) = Sandbox::begin(pidfd, ours)?;
                self.sandbox = Some(sandbox);
                self.census = Census::new(looks, self.socket_capacity);
            }
        }
        match ahead {
            Some(AheadOrder::Start(order)) => {
                let identity = self.identity;
                self.prepared()?.start(order, &identity)
            }
            Some(AheadOrder::Fork { copy, .. }) => self.fork(copy),
            None => Ok(()),
        }
    }

    const fn counting(&self) -> Counting {
        if self.controls.are_enforced() { Counting::ByKernel } else { Counting::BySamples }
    }

    /// Starts the template that this order starts, unless it is there. To be called while there is no sandbox: what is in
    /// the cgroup then is the launcher's share.
    fn ensure_template(&mut self, order: &StartOrder, renew: bool) -> Result<(), KernelError> {
        if self.template.as_ref().is_some_and(|template| template.serves(order, renew)) {
            return Ok(());
        }
        self.template = None;
        let filters = self.filter_files.each_ref().map(AsFd::as_fd);
        let lethal = self.filters.none.lethal();
        let template = self.template.insert(Template::start(order.clone(), self.identity, filters, lethal)?);
        self.controls.reclaim_memory()?;
        let processes = OWN_PROCESSES + template.processes();
        self.controls.set_baseline(processes)
    }

    /// Has the template fork a program into the sandbox, where it waits.
    fn fork(&mut self, copy: bool) -> Result<(), KernelError> {
        let sandbox = self.sandbox.as_mut().ok_or_else(out_of_turn)?;
        let template = self.template.as_mut().ok_or_else(out_of_turn)?;
        // For the moment there is one process more: the one that the template forks to fork the program.
        watch::put_limits_in_force(&mut self.controls, &Limits::STUDENT)?;
        let (ours, its) = pipes(&self.identity)?;
        let (hook, its_hook) = kernel::socket_pair()?;
        sandbox.init.send(&Task::Open, &[])?;
        sandbox.init.send(&Task::Adopt, &[hook.as_fd()])?;
        drop(hook);
        template.fork(&its, its_hook.as_fd(), &sandbox.namespaces()?, copy)?;
        drop((its, its_hook));
        let adopted = sandbox.expect_done();
        if adopted.is_err() {
            template::show_errors(&ours);
        }
        sandbox.waiting = Some(ours);
        adopted
    }

    /// Forks a program into the sandbox: off its zygote, if it is worth while to have one and it can be had.
    fn fork_again(&mut self, limits: &Limits) -> Result<(), KernelError> {
        if let Rounds::Further = self.prepared()?.rounds {
            self.prepared()?.rounds = self.make_zygote(limits)?;
        }
        if let Rounds::Prepared(_) = self.prepared()?.rounds {
            if self.fork_zygote()? {
                return Ok(());
            }
            self.prepared()?.rounds = Rounds::Without;
            self.controls.reserve(0, 0);
        }
        self.fork(false)
    }

    /// Any other program may leave behind what a zygote's forks cannot: none of them may follow.
    fn end_rounds(&mut self) {
        if let Some(Sandbox { rounds: rounds @ Rounds::Prepared(_), .. }) = &mut self.sandbox {
            *rounds = Rounds::Further;
            self.controls.reserve(0, 0);
        }
    }

    /// What the zygote takes does not count as the guest's, whose own peak starts anew after this.
    fn make_zygote(&mut self, limits: &Limits) -> Result<Rounds, KernelError> {
        let sandbox = self.sandbox.as_mut().ok_or_else(out_of_turn)?;
        let template = self.template.as_mut().ok_or_else(out_of_turn)?;
        let before = self.controls.memory_now()?;
        sandbox.init.send(&Task::Open, &[])?;
        let namespaces = sandbox.namespaces()?;
        // For the moment there are more processes: it, and the one that the template forks to fork it.
        self.controls.reserve(0, 2);
        watch::put_limits_in_force(&mut self.controls, limits)?;
        // Without one the tests only take longer.
        let zygote = template.zygote(&namespaces).unwrap_or_else(|error| {
            eprintln!("coderunner launcher: {error}");
            None
        });
        let zygote =
            zygote.and_then(|mut zygote| zygote.is_ready(self.filters.none.lethal()).then_some(zygote));
        let taken = self.controls.memory_now()?.saturating_sub(before);
        let Some(zygote) = zygote.filter(|_| taken <= zygote::MOST_MEMORY) else {
            self.controls.reserve(0, 0);
            return Ok(Rounds::Without);
        };
        self.controls.reserve(taken, 1);
        Ok(Rounds::Prepared(zygote))
    }

    /// Whether it went well: if not, nothing has happened yet.
    fn fork_zygote(&mut self) -> Result<bool, KernelError> {
        let sandbox = self.sandbox.as_mut().ok_or_else(out_of_turn)?;
        let Rounds::Prepared(zygote) = &sandbox.rounds else { return Ok(false) };
        let (ours, its) = pipes(&self.identity)?;
        let (hook, its_hook) = kernel::socket_pair()?;
        let with_listener = [&hook].into_iter().chain(&zygote.listener).map(AsFd::as_fd).collect::<Vec<_>>();
        sandbox.init.send(&Task::Adopt, &with_listener)?;
        drop(hook);
        let forked = zygote.fork(&its, its_hook.as_fd());
        // If nothing has been forked, init finds that nobody is at the other end.
        drop((its, its_hook));
        let adopted = sandbox.expect_done();
        sandbox.waiting = Some(ours);
        Ok(forked.is_ok() && adopted.is_ok())
    }

    fn fill(&mut self, task: &Task, fds: &[OwnedFd]) -> Result<(), KernelError> {
        let sandbox = self.prepared()?;
        let fds: Vec<_> = fds.iter().map(AsFd::as_fd).collect();
        sandbox.init.send(task, &fds)?;
        sandbox.expect_done()
    }

    /// As [`fill`](Self::fill), after doing away with what programs left, one that still waits among it.
    ///
    /// What they left in memory may be all that they were allowed, and goes while the files come in.
    fn start_over(
        &mut self,
        space: Space,
        files: Vec<FileEntry>,
        fds: &[OwnedFd],
    ) -> Result<(), KernelError> {
        let of_files = files.iter().map(FileEntry::memory).sum();
        self.controls.raise_memory_limit(of_files)?;
        let sandbox = self.prepared()?;
        sandbox.waiting = None;
        let ipc = match sandbox.rounds {
            // Its forks can make nothing that lasts, and it could not enter another.
            Rounds::Prepared(_) => Ipc::Keep,
            Rounds::First | Rounds::Further | Rounds::Without => Ipc::Renew,
        };
        if let Rounds::First = sandbox.rounds {
            sandbox.rounds = Rounds::Further;
        }
        self.fill(&Task::StartOver(space, files, ipc), fds)?;
        self.controls.wait_for_reclaim(of_files)
    }

    /// Has the program that waits check the syntax of sources; forks one, if none waits.
    fn check_syntax(&mut self, limits: &Limits, sources: Vec<String>) -> Result<SyntaxCheck, KernelError> {
        if self.prepared()?.waiting.is_none() {
            self.fork(false)?;
        }
        watch::put_limits_in_force(&mut self.controls, limits)?;
        let sandbox = self.prepared()?;
        sandbox.init.send(&Task::CheckSyntax(sources), &[])?;
        match sandbox.note()? {
            Note::Checked(SyntaxCheck::Sound) => Ok(SyntaxCheck::Sound),
            Note::Checked(SyntaxCheck::Undecided) => {
                sandbox.waiting = None;
                Ok(SyntaxCheck::Undecided)
            }
            Note::Failed(error) => Err(error),
            Note::Done | Note::Open | Note::Started | Note::Ended(_) | Note::Collected(_) => {
                Err(out_of_turn())
            }
        }
    }

    fn run(&mut self, mut order: RunOrder) -> Result<RunFacts, KernelError> {
        watch::put_limits_in_force(&mut self.controls, &order.limits)?;
        if let RunWhat::Forked(args) = order.what {
            self.fork_again(&order.limits)?;
            order.what = RunWhat::Waiting(args);
        } else {
            self.end_rounds();
        }
        watch::put_limits_in_force(&mut self.controls, &order.limits)?;
        let identity = self.identity;
        let sandbox = self.sandbox.as_mut().ok_or_else(out_of_turn)?;
        let (ours, its) = match &order.what {
            // Init makes it, where its names belong.
            RunWhat::Fresh(_) if order.terminal.is_some() => (OurEnds(Vec::new()), None),
            RunWhat::Fresh(_) => pipes(&identity).map(|(ours, its)| (ours, Some(its)))?,
            RunWhat::Waiting(_) | RunWhat::Forked(_) => {
                (sandbox.waiting.take().ok_or_else(out_of_turn)?, None)
            }
        };
        let sandbox = &*sandbox;
        let meter = Meter::begin(&self.controls, self.census.as_mut(), &sandbox.locks)?;
        let inside = its.iter().flat_map(|its| &its.0).map(AsFd::as_fd).collect::<Vec<_>>();
        let limits = order.limits;
        sandbox.init.send(&Task::Run(Box::new(order)), &inside)?;
        drop(its);
        match sandbox.note_with_fds()? {
            (Note::Started, near_end) => {
                let ends: Vec<_> = ours.0.iter().chain(&near_end).map(AsFd::as_fd).collect();
                self.worker.send(&Answer::Started, &ends)?;
            }
            (Note::Failed(error), _) => return Err(error),
            (Note::Done | Note::Open | Note::Checked(_) | Note::Ended(_) | Note::Collected(_), _) => {
                return Err(out_of_turn());
            }
        }
        drop(ours);
        watch::until_the_end(sandbox, self.worker, meter, &limits)
    }

    /// Passes on what init brings out. What it copies is in memory that counts as the guest's, which may have used up its
    /// own.
    fn collect(&mut self, what: Collect) -> Result<(), KernelError> {
        self.controls.raise_memory_limit(what.most_memory())?;
        let sandbox = self.prepared()?;
        sandbox.init.send(&Task::Collect(what), &[])?;
        let (note, bytes) = sandbox.note_with_fds()?;
        let listing = match note {
            Note::Collected(listing) => listing,
            Note::Failed(error) => return Err(error),
            Note::Done | Note::Open | Note::Checked(_) | Note::Started | Note::Ended(_) => {
                return Err(out_of_turn());
            }
        };
        let bytes: Vec<_> = bytes.iter().map(AsFd::as_fd).collect();
        self.worker.send(&Answer::Collected(listing), &bytes)
    }

    fn prepared(&mut self) -> Result<&mut Sandbox, KernelError> {
        self.sandbox.as_mut().ok_or_else(out_of_turn)
    }
}

/// What programs leave in the slot's network namespace, which outlives their sandbox.
fn forget_sockets() -> Result<(), KernelError> {
    kernel::wait_for_closed_sockets(Path::new(&*root::HOST_PROC.to_string_lossy()))
}

/// The pipes of one program.
fn pipes(identity: &Identity) -> Result<(OurEnds, ItsEnds), KernelError> {
    let (stdin, stdin_inside) = kernel::input_pipe(identity)?;
    let (stdout, stdout_inside) = kernel::output_pipe(identity)?;
    let (stderr, stderr_inside) = kernel::output_pipe(identity)?;
    Ok((OurEnds(vec![stdin, stdout, stderr]), ItsEnds([stdin_inside, stdout_inside, stderr_inside])))
}

impl Sandbox {
    /// One whose init has just been started: with it, what a [`Census`] needs, where init has opened that.
    fn begin(pidfd: OwnedFd, init: Channel) -> Result<(Self, Vec<OwnedFd>), KernelError> {
        let begun = expect_done(&init).and_then(|opened| {
            let mut opened = opened.into_iter();
            let locks = opened.next().map(RecordLocks::new).ok_or_else(out_of_turn)?;
            Ok((locks, opened.collect()))
        });
        match begun {
            Ok((locks, looks)) => {
                Ok((Self { pidfd, init, waiting: None, rounds: Rounds::First, locks }, looks))
            }
            Err(error) => {
                end(&pidfd);
                Err(error)
            }
        }
    }

    /// Starts a program that waits.
    fn start(&mut self, order: StartOrder, identity: &Identity) -> Result<(), KernelError> {
        let (ours, its) = pipes(identity)?;
        self.init.send(&Task::Start(order), &its.0.each_ref().map(AsFd::as_fd))?;
        drop(its);
        self.waiting = Some(ours);
        self.expect_done()
    }

    /// The namespaces that init has been asked to open.
    fn namespaces(&self) -> Result<Vec<OwnedFd>, KernelError> {
        match self.init.receive()? {
            Some((Note::Open, namespaces)) => Ok(namespaces),
            Some((Note::Failed(error), _)) => Err(error),
            _ => Err(out_of_turn()),
        }
    }

    fn note(&self) -> Result<Note, KernelError> {
        self.note_with_fds().map(|(note, _)| note)
    }

    fn note_with_fds(&self) -> Result<MessageWithFds<Note>, KernelError> {
        note_with_fds(&self.init)
    }

    fn expect_done(&self) -> Result<(), KernelError> {
        expect_done(&self.init).map(drop)
    }
}

fn note_with_fds(init: &Channel) -> Result<MessageWithFds<Note>, KernelError> {
    init.receive()?.ok_or(KernelError { step: Step::WatchInit, errno: 0 })
}

/// Gives what comes along.
fn expect_done(init: &Channel) -> Result<Vec<OwnedFd>, KernelError> {
    match note_with_fds(init)? {
        (Note::Done, fds) => Ok(fds),
        (Note::Failed(error), _) => Err(error),
        (Note::Open | Note::Checked(_) | Note::Started | Note::Ended(_) | Note::Collected(_), _) => {
            Err(out_of_turn())
        }
    }
}

fn out_of_turn() -> KernelError {
    KernelError { step: Step::DecodeMessage, errno: rustix::io::Errno::PROTO.raw_os_error() }
}
