//! Process 1 of a sandbox: makes the file system that the guest sees, creates its files, starts its program, reaps what
//! is orphaned, and leaves nothing running when the program ends.
//!
//! It takes tasks only from its launcher and reads nothing that a guest wrote.

mod collect;
mod folders;
mod known;
mod proc;

use std::{
    cell::{Cell, RefCell},
    ffi::CString,
    fs::{DirBuilder, File, OpenOptions},
    io::Write,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::fs::{DirBuilderExt, OpenOptionsExt},
    },
    path::Path,
    time::Instant,
};

use kernel::{
    Channel, ChildSignals, ExitStatus, Identity, KernelError, NetworkNamespace, PidCounter, ReapOutcome,
    Rlimit, Spawned, Step, StepContext, kill_all, reap,
    seccomp::{Call, Filter, Lethal, Listener},
};
use model::{Limits, Network};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::SendFlags,
    process::Signal,
};

use self::{
    folders::{Folders, WRITABLE},
    known::{Fingerprint, Known},
};
use crate::{
    collect::{Collect, Listing, is_plain_entry},
    launcher::root::HOST_PROC,
    protocol::{Counting, FileEntry, InitFacts, Ipc, Note, RunOrder, RunWhat, StartOrder, Task},
    recipe::{Space, SyntaxCheck},
    rlimits,
    seat::Seat,
    share::UserShare,
};

/// Where the guest works.
pub(crate) const WORK_FOLDER: &str = "/box";

/// How long the check of a syntax may take: what takes longer is checked by a run of its own, within the limits of one.
const CHECK_GRACE: Timespec = Timespec { tv_sec: 0, tv_nsec: 300_000_000 };

/// How long a program that is started ahead may take to be ready.
pub(crate) const START_GRACE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// Does init's work until the launcher is gone; never returns to the launcher's code.
pub(crate) fn main(channel: &Channel, guest: Guest<'_>, space: Space) -> ! {
    let init = match Init::prepare(channel, guest, space) {
        Ok(init) => init,
        Err(error) => {
            let _launcher_gone = channel.send(&Note::Failed(error), &[]);
            kernel::exit_now(1)
        }
    };
    kernel::exit_now(i32::from(init.work().is_err()))
}

/// What holds for all guests of a launcher's.
#[derive(Clone, Copy)]
pub(crate) struct Guest<'a> {
    pub(crate) identity: Identity,
    pub(crate) filters: &'a Filters,
    pub(crate) counting: Counting,
    pub(crate) share: UserShare,
}

/// The system calls that guests may make, by their network.
pub(crate) struct Filters {
    pub(crate) none: Filter,
    pub(crate) loopback: Filter,
}

impl Filters {
    /// Both also refuse these calls.
    pub(crate) fn refusing(calls: &[&str], lethal: Lethal) -> Self {
        Self { none: Filter::guest(calls, lethal), loopback: Filter::guest_with_loopback(calls, lethal) }
    }

    const fn of(&self, network: Network) -> &Filter {
        match network {
            Network::None => &self.none,
            Network::Loopback => &self.loopback,
        }
    }
}

/// A program to start, and with what.
struct Start<'a> {
    order: &'a StartOrder,
    limits: &'a [Rlimit],
    network: Network,
    hook: Option<BorrowedFd<'a>>,
}

/// A program that waits to be let go.
struct Waiting {
    program: Spawned,
    /// Our end.
    hook: OwnedFd,
}

struct Init<'a> {
    channel: &'a Channel,
    guest: Guest<'a>,
    signals: ChildSignals,
    /// `/proc/sys`, as it can be written.
    settings: OwnedFd,
    /// Absent on kernels that cannot set them.
    numbers: Option<PidCounter>,
    folders: Folders,
    /// The program that was started ahead.
    waiting: Cell<Option<Waiting>>,
    /// What the work folder had in it when it was last looked at.
    known: RefCell<Known>,
}

impl<'a> Init<'a> {
    fn prepare(channel: &'a Channel, guest: Guest<'a>, space: Space) -> Result<Self, KernelError> {
        // The launcher's own: its connection to the worker, its cgroup files, its end of ours. With the last one gone here,
        // the launcher's end shows as the end of our channel.
        kernel::close_fds_except(channel.as_fd())?;
        kernel::die_with_parent()?;
        let folders = Folders::make(space)?;
        kernel::mount_proc(c"/proc")?;
        // While there is a whole /proc to be seen, without which there is no other.
        let mut looks = vec![kernel::open_for_record_locks()?];
        if guest.counting == Counting::BySamples {
            looks.extend(kernel::open_for_census(&WRITABLE)?);
        }
        kernel::raise_init_oom_score()?;
        proc::limit_watches()?;
        // While /proc/sys can be written.
        let settings = kernel::open_sysctl()?;
        let numbers = PidCounter::open(&settings)?;
        proc::close()?;
        kernel::unmount(HOST_PROC, Step::UnmountHostProc)?;
        rustix::system::sethostname(b"sandbox").at(Step::SetHostname)?;
        let signals = ChildSignals::open()?;
        channel.send(&Note::Done, &looks.iter().map(AsFd::as_fd).collect::<Vec<_>>())?;
        let (waiting, known) = (Cell::new(None), RefCell::default());
        Ok(Self { channel, guest, signals, settings, numbers, folders, waiting, known })
    }

    fn work(&self) -> Result<(), KernelError> {
        while let Some((task, fds)) = self.channel.receive::<Task>()? {
            let mut out = None;
            let note = match task {
                Task::Fill(space, files) => {
                    self.fill(space, &files, &fds).map_or_else(Note::Failed, |()| Note::Done)
                }
                Task::StartOver(space, files, ipc) => {
                    let emptied = self.start_over(space, ipc);
                    let filled = emptied.and_then(|()| self.fill(space, &files, &fds));
                    filled.map_or_else(Note::Failed, |()| Note::Done)
                }
                Task::Start(order) => {
                    self.start_ahead(&order, fds).map_or_else(Note::Failed, |()| Note::Done)
                }
                Task::Open => match kernel::open_namespaces() {
                    Ok(namespaces) => {
                        self.channel.send(&Note::Open, &namespaces.each_ref().map(AsFd::as_fd))?;
                        continue;
                    }
                    Err(error) => Note::Failed(error),
                },
                Task::Adopt => self.adopt(fds).map_or_else(Note::Failed, |()| Note::Done),
                Task::CheckSyntax(sources) => {
                    self.check_syntax(&sources).map_or_else(Note::Failed, Note::Checked)
                }
                Task::Run(order) => self.run(&order, fds).map_or_else(Note::Failed, Note::Ended),
                Task::Collect(what) => {
                    self.collect(&what, &mut out).map_or_else(Note::Failed, Note::Collected)
                }
                // The program ended by itself while the order was on its way.
                Task::Stop | Task::Signal(_) => continue,
            };
            self.channel.send(&note, &out.iter().map(AsFd::as_fd).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Makes room and creates files; never follows or replaces what is there.
    fn fill(&self, space: Space, files: &[FileEntry], fds: &[OwnedFd]) -> Result<(), KernelError> {
        self.folders.resize(space)?;
        let bytes = fds.first().ok_or(KernelError { step: Step::DecodeMessage, errno: 0 })?;
        let mut offset = 0;
        for file in files {
            let fingerprint = self.create(file, bytes, offset)?;
            self.known.borrow_mut().remember(&file.name, fingerprint);
            offset += file.size;
        }
        // The kernel forgets it whenever a process changes who it is, as creating files for the guest does.
        kernel::die_with_parent()
    }

    /// Leaves nothing of what programs did here for the next one: no process, number of a process, file, object of System V or
    /// POSIX IPC, or name of a socket.
    fn start_over(&self, space: Space, ipc: Ipc) -> Result<(), KernelError> {
        self.waiting.set(None);
        self.clear_away()?;
        kernel::wait_for_closed_sockets(Path::new("/proc"))?;
        match ipc {
            Ipc::Renew => kernel::unshare_ipc()?,
            Ipc::Keep => {}
        }
        self.folders.renew(space)?;
        self.known.take();
        Ok(())
    }

    /// Ends all processes, and has the next one get the number that the first one had.
    fn clear_away(&self) -> Result<(), KernelError> {
        kill_all();
        kernel::wait_for_all_children()?;
        self.numbers.as_ref().map_or(Ok(()), PidCounter::reset)
    }

    fn create(&self, entry: &FileEntry, bytes: &OwnedFd, offset: u64) -> Result<Fingerprint, KernelError> {
        if !is_plain_entry(&entry.name) {
            return Err(KernelError { step: Step::CreateFile, errno: Errno::INVAL.raw_os_error() });
        }
        if entry.name.ends_with('/') {
            self.guest.identity.as_guest(|| create_folder(&entry.name)).at(Step::CreateFile)?;
            return Ok(Fingerprint::default());
        }
        let mut file = self.guest.identity.as_guest(|| create_file(entry)).at(Step::CreateFile)?;
        let mut fingerprint = Fingerprint::default();
        kernel::read_chunks(bytes, offset, entry.size, |piece| {
            fingerprint.add(piece);
            file.write_all(piece).at(Step::WriteFile)
        })?;
        Ok(fingerprint)
    }

    fn collect(&self, what: &Collect, out: &mut Option<OwnedFd>) -> Result<Listing, KernelError> {
        let (listing, bytes) = collect::collect(Path::new(WORK_FOLDER), what, &mut self.known.borrow_mut())?;
        *out = Some(bytes);
        Ok(listing)
    }

    /// Starts a program that waits to be let go, and sees that it is ready.
    fn start_ahead(&self, order: &StartOrder, fds: Vec<OwnedFd>) -> Result<(), KernelError> {
        let (ours, its) = kernel::socket_pair()?;
        let limits = rlimits::all(&Limits::STUDENT, self.guest.counting, &self.guest.share);
        let limits: Vec<_> = limits.into_iter().map(Rlimit::soft_only).collect();
        let start = Start { order, limits: &limits, network: Network::None, hook: Some(its.as_fd()) };
        let program = self.start(&start, &Seat::pipes(fds))?;
        drop(its);
        read_promptly(&ours, &mut [0])?;
        self.waiting.set(Some(Waiting { program, hook: ours }));
        Ok(())
    }

    /// Takes on a program that is forked into this sandbox, once it has told its pid and given up all that a guest has no
    /// business with. If that fails, another one can be tried.
    fn adopt(&self, fds: Vec<OwnedFd>) -> Result<(), KernelError> {
        let mut fds = fds.into_iter();
        let hook = fds.next().ok_or(KernelError { step: Step::DecodeMessage, errno: 0 })?;
        match self.meet(&hook, fds.next()) {
            Ok(program) => self.waiting.set(Some(Waiting { program, hook })),
            Err(error) => {
                self.clear_away()?;
                return Err(error);
            }
        }
        Ok(())
    }

    /// The listener comes along with what it says, unless it is that of a zygote.
    fn meet(&self, hook: &OwnedFd, zygotes: Option<OwnedFd>) -> Result<Spawned, KernelError> {
        let mut told = [0; 5];
        let listener = zygotes.or(read_promptly(hook, &mut told)?);
        let [_ready, pid @ ..] = told;
        let pid = i32::from_le_bytes(pid);
        kernel::check_guest(pid, self.guest.identity)?;
        if listener.is_none() && self.guest.filters.none.lethal() == Lethal::Report {
            return Err(KernelError { step: Step::HandOverListener, errno: Errno::PROTO.raw_os_error() });
        }
        Ok(Spawned { pid, listener: listener.map(Listener::from_fd) })
    }

    /// Has the program that waits check sources. If that decides nothing, it is ended.
    fn check_syntax(&self, sources: &[String]) -> Result<SyntaxCheck, KernelError> {
        let Some(waiting) = self.waiting.take() else { return Ok(SyntaxCheck::Undecided) };
        let mut message = b"C".to_vec();
        for source in sources {
            message.extend_from_slice(source.as_bytes());
            message.push(0);
        }
        message.push(0);
        let mut answer = [0];
        // One that has ended, or does not answer in time, has not decided.
        let asked = write_all(&waiting.hook, &message, Step::CheckSyntax);
        let answered = asked.and_then(|()| read_within(&waiting.hook, &mut answer, &CHECK_GRACE));
        if answered.is_ok() && answer == *b"S" {
            self.waiting.set(Some(waiting));
            return Ok(SyntaxCheck::Sound);
        }
        self.clear_away()?;
        Ok(SyntaxCheck::Undecided)
    }

    fn run(&self, order: &RunOrder, fds: Vec<OwnedFd>) -> Result<InitFacts, KernelError> {
        let mut seat = Seat::take(order.terminal, fds)?;
        let cpu_before = kernel::children_cpu_time();
        let start = Instant::now();
        let limits = rlimits::all(&order.limits, self.guest.counting, &self.guest.share);
        // What is started here inherits it.
        kernel::pin_self(&order.processors)?;
        let program = match (&order.what, self.waiting.take()) {
            (RunWhat::Fresh(what), nobody_needs_it) => {
                if nobody_needs_it.is_some() {
                    self.clear_away()?;
                }
                self.start(
                    &Start { order: what, limits: &limits, network: order.network, hook: None },
                    &seat,
                )?
            }
            (RunWhat::Waiting(args), Some(Waiting { program, hook })) => {
                kernel::pin_child(program.pid, &order.processors)?;
                let_go(program.pid, &hook, args, &limits)?;
                program
            }
            (RunWhat::Waiting(_), None) | (RunWhat::Forked(_), _) => {
                return Err(KernelError { step: Step::LetGo, errno: 0 });
            }
        };
        // The only write ends left are the program's: its output ends when it does.
        seat.leave_to_program();
        self.channel.send(&Note::Started, &seat.near_end())?;
        let (exit, forbidden_call) = self.wait_for(&program, &seat)?;
        let (wall, ended_at) = (start.elapsed(), kernel::uptime());
        let disk_full = Folders::is_any_full();
        self.clear_away()?;
        let reaped_cpu = kernel::children_cpu_time().saturating_sub(cpu_before);
        Ok(InitFacts { exit, forbidden_call, wall, ended_at, reaped_cpu, disk_full })
    }

    fn start(&self, start: &Start<'_>, seat: &Seat) -> Result<Spawned, KernelError> {
        let Start { order, limits, network, hook } = *start;
        let argv = c_strings(order.argv.iter().cloned())?;
        let env = c_strings(order.env.iter().map(|(name, value)| format!("{name}={value}")))?;
        kernel::spawn(&kernel::Program {
            argv: &argv,
            env: &env,
            folder: c"/box",
            streams: seat.streams()?,
            terminal: seat.controlling(),
            hook,
            identity: self.guest.identity,
            rlimits: limits,
            network: match network {
                Network::None => NetworkNamespace::Inherited,
                Network::Loopback => NetworkNamespace::Loopback(self.settings.as_fd()),
            },
            privileges: kernel::Privileges::Guest(self.guest.filters.of(network)),
        })
    }

    /// Reaps everything until the program itself has ended, and gives the call that it was killed for, if it was; kills everything
    /// when told to stop.
    fn wait_for(
        &self,
        Spawned { pid: program, listener }: &Spawned,
        seat: &Seat,
    ) -> Result<(ExitStatus, Option<Call>), KernelError> {
        let (mut forbidden_call, mut listener) = (None, listener.as_ref());
        loop {
            self.signals.clear();
            loop {
                match reap()? {
                    ReapOutcome::Child(pid, exit) if pid == *program => {
                        return Ok(killed_for(exit, forbidden_call));
                    }
                    ReapOutcome::Child(..) => {}
                    ReapOutcome::Running => break,
                    ReapOutcome::NoChildren => return Err(KernelError { step: Step::Reap, errno: 0 }),
                }
            }
            let own = [PollFd::new(&self.signals, PollFlags::IN), PollFd::new(self.channel, PollFlags::IN)];
            let mut waiting: Vec<_> =
                own.into_iter().chain(listener.map(|it| PollFd::new(it, PollFlags::IN))).collect();
            match poll(&mut waiting, None) {
                Err(Errno::INTR) => continue,
                other => other.at(Step::Poll)?,
            };
            let (is_told, calls) = (!waiting[1].revents().is_empty(), waiting.get(2).map(PollFd::revents));
            match listener.zip(calls) {
                Some((some, calls)) if calls.contains(PollFlags::IN) => {
                    let killed = some.kill_next()?.filter(|killed| killed.process == *program);
                    forbidden_call = forbidden_call.or(killed.map(|killed| killed.call));
                }
                // Hung up: the last process with this filter is ending. Waiting for that here would turn round and round, before a
                // guest that needs the processor to end.
                Some((_, calls)) if !calls.is_empty() => listener = None,
                Some(_) | None => {}
            }
            if !is_told {
                continue;
            }
            match self.channel.receive::<Task>()? {
                Some((Task::Stop, _)) => kill_all(),
                Some((Task::Signal(signal), _)) => seat.signal(*program, signal),
                // The launcher is gone, or confused: either way this sandbox is over.
                _ => kernel::exit_now(1),
            }
        }
    }
}

/// The end of a program that was perhaps killed for a call: as if the kernel had killed it, whichever signal it took.
fn killed_for(exit: ExitStatus, call: Option<Call>) -> (ExitStatus, Option<Call>) {
    const FORBIDDEN: ExitStatus = ExitStatus::Signal(Signal::SYS.as_raw());
    const KILLED: ExitStatus = ExitStatus::Signal(Signal::KILL.as_raw());
    match exit {
        FORBIDDEN => (FORBIDDEN, call),
        KILLED if call.is_some() => (FORBIDDEN, call),
        ExitStatus::Code(_) | ExitStatus::Signal(_) => (exit, None),
    }
}

/// Fills `told` with what a program says that gets ready to wait. Gives the descriptor that comes along, if one does.
pub(crate) fn read_promptly(hook: &OwnedFd, told: &mut [u8]) -> Result<Option<OwnedFd>, KernelError> {
    read_within(hook, told, &START_GRACE)
}

/// The same, within this time.
fn read_within(
    hook: &OwnedFd,
    mut told: &mut [u8],
    grace: &Timespec,
) -> Result<Option<OwnedFd>, KernelError> {
    let mut came_along = None;
    while !told.is_empty() {
        let mut waiting = [PollFd::new(hook, PollFlags::IN)];
        if poll(&mut waiting, Some(grace)).at(Step::Poll)? == 0 {
            return Err(KernelError { step: Step::Prestart, errno: Errno::TIMEDOUT.raw_os_error() });
        }
        match kernel::read_with_fds(hook, told).at(Step::Prestart)? {
            // It is gone.
            (0, _) => return Err(KernelError { step: Step::Prestart, errno: Errno::PIPE.raw_os_error() }),
            (read, fds) => {
                came_along = came_along.or(fds.into_iter().next());
                told = &mut told[read..];
            }
        }
    }
    Ok(came_along)
}

/// Lets a program that waits go on, with these arguments and limits: see [`Prestart`](crate::Prestart).
fn let_go(program: i32, hook: &OwnedFd, args: &[String], limits: &[Rlimit]) -> Result<(), KernelError> {
    kernel::limit_process(program, limits)?;
    let mut message = b"G".to_vec();
    for arg in args {
        message.extend_from_slice(arg.as_bytes());
        message.push(0);
    }
    write_all(hook, &message, Step::LetGo)
}

fn write_all(hook: &OwnedFd, mut rest: &[u8], step: Step) -> Result<(), KernelError> {
    while !rest.is_empty() {
        let sent = rustix::net::send(hook, rest, SendFlags::NOSIGNAL).at(step)?;
        rest = &rest[sent..];
    }
    Ok(())
}

pub(crate) fn c_strings(texts: impl Iterator<Item = String>) -> Result<Vec<CString>, KernelError> {
    texts.map(|text| CString::new(text).map_err(std::io::Error::from).at(Step::Exec)).collect()
}

/// A folder of the guest's, with the folders on the way to it, unless it is there.
fn create_folder(path: impl AsRef<Path>) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(Path::new(WORK_FOLDER).join(path))
}

/// A new file of the guest's, with the folders on the way to it.
fn create_file(entry: &FileEntry) -> std::io::Result<File> {
    let path = Path::new(WORK_FOLDER).join(&entry.name);
    if let Some(folder) = Path::new(&entry.name).parent() {
        create_folder(folder)?;
    }
    let mode = if entry.executable { 0o755 } else { 0o644 };
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}
