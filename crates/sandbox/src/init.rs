//! Init: process 1 of a sandbox; creates its files, starts and reaps its program, and collects files.

mod collect;
mod folders;
mod proc;
mod snapshot;

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
    Rlimit, SpawnedProcess, Step, StepContext, kill_all, reap,
    seccomp::{Call, Filter, KillMode, Listener},
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
    snapshot::{Fingerprint, FolderSnapshot},
};
use crate::{
    collect::{Collect, Listing, is_plain_entry},
    paths::{HOST_PROC, WORK_FOLDER},
    protocol::{
        InitFacts, InitRequest, InitResponse, IpcNamespace, LaunchMode, ReleaseRequest, RunRequest,
        StartRequest, UsageSource,
    },
    recipe::{DiskQuota, FileEntry, SyntaxCheck},
    rlimits,
    share::SlotUserLimits,
    stdio::ProgramStdio,
};

/// Timeout of a syntax check. What takes longer is checked by a run of its own, within its limits.
const SYNTAX_CHECK_TIMEOUT: Timespec = Timespec { tv_sec: 0, tv_nsec: 300_000_000 };

/// Timeout for the start of a prestarted program.
pub(crate) const START_TIMEOUT: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// Runs init until the launcher is gone. Never returns to the launcher's code.
pub(crate) fn main(channel: &Channel, guest: GuestConfig<'_>, space: DiskQuota) -> ! {
    let init = match Init::set_up(channel, guest, space) {
        Ok(init) => init,
        Err(error) => {
            let _launcher_gone = channel.send(&InitResponse::Failed(error), &[]);
            kernel::exit_now(1)
        }
    };
    kernel::exit_now(i32::from(init.serve().is_err()))
}

/// Configuration of all guests of a launcher.
#[derive(Clone, Copy)]
pub(crate) struct GuestConfig<'a> {
    pub(crate) identity: Identity,
    pub(crate) filters: &'a Filters,
    pub(crate) counting: UsageSource,
    pub(crate) share: SlotUserLimits,
}

/// System call filters of guests, by network.
pub(crate) struct Filters {
    pub(crate) none: Filter,
    pub(crate) loopback: Filter,
}

impl Filters {
    /// Filters that refuse these calls, too.
    pub(crate) fn refusing_calls(calls: &[&str], kill_mode: KillMode) -> Self {
        Self {
            none: Filter::guest(calls, kill_mode),
            loopback: Filter::guest_with_loopback(calls, kill_mode),
        }
    }

    const fn of(&self, network: Network) -> &Filter {
        match network {
            Network::None => &self.none,
            Network::Loopback => &self.loopback,
        }
    }
}

/// A program to start, with its limits, network and hook.
struct SpawnConfig<'a> {
    order: &'a StartRequest,
    limits: &'a [Rlimit],
    network: Network,
    hook: Option<BorrowedFd<'a>>,
}

/// A program that waits to be released.
struct WaitingProgram {
    program: SpawnedProcess,
    /// Our end of its hook.
    hook: OwnedFd,
}

/// State of init after its setup.
///
/// The launcher clones init into new pid, mount, IPC, UTS and cgroup namespaces. Init closes every descriptor except its
/// connection to the launcher, asks to die with the launcher, and mounts what each sandbox gets anew: `/box`, `/tmp`,
/// `/dev/shm` and `/proc`, with the host's entries covered. Then it handles requests of the launcher ([`InitRequest`]) and
/// reads nothing that a guest wrote, except names and bytes of collected files.
///
/// A program is started with `kernel::spawn`, or it waits already: a runtime that was started in advance, or a fork that
/// has entered the sandbox. Init checks a fork in `/proc` before it accepts it as a guest. While a program runs, init reaps
/// all processes, receives forbidden calls from the listener of the filter, and passes signals on. When the main process
/// has ended, init kills and reaps all others, so nothing runs between two programs. If init ends, the kernel kills
/// everything in the sandbox.
struct Init<'a> {
    channel: &'a Channel,
    guest: GuestConfig<'a>,
    signals: ChildSignals,
    /// `/proc/sys`, opened while it could be written.
    settings: OwnedFd,
    /// None on kernels without a way to set them.
    numbers: Option<PidCounter>,
    folders: Folders,
    /// The waiting program, if there is one.
    waiting_program: Cell<Option<WaitingProgram>>,
    /// The work folder when it was last read.
    snapshot: RefCell<FolderSnapshot>,
}

impl<'a> Init<'a> {
    fn set_up(channel: &'a Channel, guest: GuestConfig<'a>, space: DiskQuota) -> Result<Self, KernelError> {
        // Descriptors of the launcher: its connection to the worker, its cgroup files, its end of our channel. Without the last
        // one here, the end of the launcher shows as the end of our channel.
        kernel::close_fds_except(channel.as_fd())?;
        kernel::die_with_parent()?;
        let folders = Folders::make(space)?;
        kernel::mount_proc(c"/proc")?;
        // While the host's complete /proc is visible; without it, the kernel allows no other one.
        let mut looks = vec![kernel::open_for_record_locks()?];
        if guest.counting == UsageSource::Sampling {
            looks.extend(kernel::open_for_census(&WRITABLE)?);
        }
        kernel::raise_init_oom_score()?;
        proc::limit_inotify()?;
        // While /proc/sys can be written.
        let settings = kernel::open_sysctl()?;
        let numbers = PidCounter::open(&settings)?;
        proc::mask_host_entries()?;
        kernel::unmount(HOST_PROC, Step::UnmountHostProc)?;
        rustix::system::sethostname(b"sandbox").at(Step::SetHostname)?;
        let signals = ChildSignals::open()?;
        channel.send(&InitResponse::Done, &looks.iter().map(AsFd::as_fd).collect::<Vec<_>>())?;
        let (waiting, known) = (Cell::new(None), RefCell::default());
        Ok(Self {
            channel,
            guest,
            signals,
            settings,
            numbers,
            folders,
            waiting_program: waiting,
            snapshot: known,
        })
    }

    fn serve(&self) -> Result<(), KernelError> {
        while let Some((task, fds)) = self.channel.receive::<InitRequest>()? {
            let mut out = None;
            let note = match task {
                InitRequest::Fill(space, files) => {
                    self.fill(space, &files, &fds).map_or_else(InitResponse::Failed, |()| InitResponse::Done)
                }
                InitRequest::Reset(space, files, ipc) => {
                    let emptied = self.reset(space, ipc);
                    let filled = emptied.and_then(|()| self.fill(space, &files, &fds));
                    filled.map_or_else(InitResponse::Failed, |()| InitResponse::Done)
                }
                InitRequest::Start(order) => {
                    self.start_waiting(&order, fds).map_or_else(InitResponse::Failed, |()| InitResponse::Done)
                }
                InitRequest::OpenNamespaces => match kernel::open_namespaces() {
                    Ok(namespaces) => {
                        self.channel
                            .send(&InitResponse::Namespaces, &namespaces.each_ref().map(AsFd::as_fd))?;
                        continue;
                    }
                    Err(error) => InitResponse::Failed(error),
                },
                InitRequest::Adopt => {
                    self.adopt(fds).map_or_else(InitResponse::Failed, |()| InitResponse::Done)
                }
                InitRequest::CheckSyntax(sources) => {
                    self.check_syntax(&sources).map_or_else(InitResponse::Failed, InitResponse::Checked)
                }
                InitRequest::Run(order) => {
                    self.run(&order, fds).map_or_else(InitResponse::Failed, InitResponse::Ended)
                }
                InitRequest::Collect(request) => self
                    .collect(&request, &mut out)
                    .map_or_else(InitResponse::Failed, InitResponse::Collected),
                // The program ended by itself before the request arrived.
                InitRequest::Stop | InitRequest::Signal(_) => continue,
            };
            self.channel.send(&note, &out.iter().map(AsFd::as_fd).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Sets the quota and creates files. Never follows or replaces existing entries.
    fn fill(&self, space: DiskQuota, files: &[FileEntry], fds: &[OwnedFd]) -> Result<(), KernelError> {
        self.folders.resize(space)?;
        let bytes = fds.first().ok_or(KernelError { step: Step::DecodeMessage, errno: 0 })?;
        let mut offset = 0;
        for file in files {
            let fingerprint = self.create(file, bytes, offset)?;
            self.snapshot.borrow_mut().record(&file.name, fingerprint);
            offset += file.size;
        }
        // The kernel clears this setting when a process changes its ids, as it did to create files for the guest.
        kernel::die_with_parent()
    }

    /// Removes every trace of earlier programs: processes, process numbers, files, IPC objects of System V and POSIX, names of
    /// sockets.
    fn reset(&self, space: DiskQuota, ipc: IpcNamespace) -> Result<(), KernelError> {
        self.waiting_program.set(None);
        self.kill_guests()?;
        kernel::wait_for_closed_sockets(Path::new("/proc"))?;
        match ipc {
            IpcNamespace::Renew => kernel::unshare_ipc()?,
            IpcNamespace::Keep => {}
        }
        self.folders.renew(space)?;
        self.snapshot.take();
        Ok(())
    }

    /// Ends all processes, and lets process numbers start again.
    fn kill_guests(&self) -> Result<(), KernelError> {
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

    fn collect(&self, request: &Collect, out: &mut Option<OwnedFd>) -> Result<Listing, KernelError> {
        let (listing, bytes) =
            collect::collect(Path::new(WORK_FOLDER), request, &mut self.snapshot.borrow_mut())?;
        *out = Some(bytes);
        Ok(listing)
    }

    /// Starts a program that waits, and waits until it is ready.
    fn start_waiting(&self, order: &StartRequest, fds: Vec<OwnedFd>) -> Result<(), KernelError> {
        let (ours, its) = kernel::socket_pair()?;
        let limits = rlimits::all(&Limits::STUDENT, self.guest.counting, &self.guest.share);
        let limits: Vec<_> = limits.into_iter().map(Rlimit::soft_only).collect();
        let start = SpawnConfig { order, limits: &limits, network: Network::None, hook: Some(its.as_fd()) };
        let program = self.start(&start, &ProgramStdio::pipes(fds))?;
        drop(its);
        read_hook(&ours, &mut [0])?;
        self.waiting_program.set(Some(WaitingProgram { program, hook: ours }));
        Ok(())
    }

    /// Accepts a program that was forked into this sandbox, once it has sent its pid and given up all rights. On failure another
    /// fork can be tried.
    fn adopt(&self, fds: Vec<OwnedFd>) -> Result<(), KernelError> {
        let mut fds = fds.into_iter();
        let hook = fds.next().ok_or(KernelError { step: Step::DecodeMessage, errno: 0 })?;
        match self.accept_fork(&hook, fds.next()) {
            Ok(program) => self.waiting_program.set(Some(WaitingProgram { program, hook })),
            Err(error) => {
                self.kill_guests()?;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Reads the pid of a fork and checks its restrictions. The listener comes with the pid, unless it is the zygote's.
    fn accept_fork(&self, hook: &OwnedFd, zygotes: Option<OwnedFd>) -> Result<SpawnedProcess, KernelError> {
        let mut told = [0; 5];
        let listener = zygotes.or(read_hook(hook, &mut told)?);
        let [_ready, pid @ ..] = told;
        let pid = i32::from_le_bytes(pid);
        kernel::check_guest(pid, self.guest.identity)?;
        if listener.is_none() && self.guest.filters.none.kill_mode() == KillMode::Report {
            return Err(KernelError { step: Step::HandOverListener, errno: Errno::PROTO.raw_os_error() });
        }
        Ok(SpawnedProcess { pid, listener: listener.map(Listener::from_fd) })
    }

    /// Lets the waiting program check sources. If it decides nothing, it is killed.
    fn check_syntax(&self, sources: &[String]) -> Result<SyntaxCheck, KernelError> {
        let Some(waiting) = self.waiting_program.take() else { return Ok(SyntaxCheck::Undecided) };
        let mut message = b"C".to_vec();
        for source in sources {
            message.extend_from_slice(source.as_bytes());
            message.push(0);
        }
        message.push(0);
        let mut answer = [0];
        // A program that has ended, or does not answer in time, has decided nothing.
        let asked = write_hook(&waiting.hook, &message, Step::CheckSyntax);
        let answered =
            asked.and_then(|()| read_hook_within(&waiting.hook, &mut answer, &SYNTAX_CHECK_TIMEOUT));
        if answered.is_ok() && answer == *b"S" {
            self.waiting_program.set(Some(waiting));
            return Ok(SyntaxCheck::Sound);
        }
        self.kill_guests()?;
        Ok(SyntaxCheck::Undecided)
    }

    fn run(&self, order: &RunRequest, fds: Vec<OwnedFd>) -> Result<InitFacts, KernelError> {
        let mut seat = ProgramStdio::open(order.terminal, fds)?;
        let cpu_before = kernel::children_cpu_time();
        let start = Instant::now();
        let limits = rlimits::all(&order.limits, self.guest.counting, &self.guest.share);
        // Started programs inherit it.
        kernel::pin_self(&order.processors)?;
        let program = match (&order.mode, self.waiting_program.take()) {
            (LaunchMode::Fresh(request), nobody_needs_it) => {
                if nobody_needs_it.is_some() {
                    self.kill_guests()?;
                }
                self.start(
                    &SpawnConfig { order: request, limits: &limits, network: order.network, hook: None },
                    &seat,
                )?
            }
            (LaunchMode::Waiting(release), Some(WaitingProgram { program, hook })) => {
                kernel::pin_child(program.pid, &order.processors)?;
                release_program(program.pid, &hook, release, &limits)?;
                program
            }
            (LaunchMode::Waiting(_), None) | (LaunchMode::Forked(_), _) => {
                return Err(KernelError { step: Step::LetGo, errno: 0 });
            }
        };
        // After this, only the program has the write ends: its output ends when it ends.
        seat.release();
        self.channel.send(&InitResponse::Started, &seat.terminal_fd())?;
        let (exit, forbidden_call) = self.wait_for(&program, &seat)?;
        let (wall, ended_at) = (start.elapsed(), kernel::uptime());
        let disk_full = Folders::is_any_full();
        self.kill_guests()?;
        let reaped_cpu = kernel::children_cpu_time().saturating_sub(cpu_before);
        Ok(InitFacts { exit, forbidden_call, wall, ended_at, reaped_cpu, disk_full })
    }

    fn start(&self, start: &SpawnConfig<'_>, seat: &ProgramStdio) -> Result<SpawnedProcess, KernelError> {
        let SpawnConfig { order, limits, network, hook } = *start;
        let argv = c_strings(order.argv.iter().cloned())?;
        let env = c_strings(order.env.iter().map(|(name, value)| format!("{name}={value}")))?;
        kernel::spawn(&kernel::Program {
            argv: &argv,
            env: &env,
            folder: c"/box",
            streams: seat.streams()?,
            terminal: seat.controlling_terminal(),
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

    /// Reaps all processes until the program itself has ended. Returns the call that it was killed for, if there is one. Kills all
    /// processes on a stop request.
    fn wait_for(
        &self,
        SpawnedProcess { pid: program, listener }: &SpawnedProcess,
        seat: &ProgramStdio,
    ) -> Result<(ExitStatus, Option<Call>), KernelError> {
        let (mut forbidden_call, mut listener) = (None, listener.as_ref());
        loop {
            self.signals.clear();
            loop {
                match reap()? {
                    ReapOutcome::Child(pid, exit) if pid == *program => {
                        return Ok(reported_exit(exit, forbidden_call));
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
                // Hang-up: the last process with this filter is ending. Polling it further would be a busy loop, at a higher
                // priority than the guest that needs the processor to end.
                Some((_, calls)) if !calls.is_empty() => listener = None,
                Some(_) | None => {}
            }
            if !is_told {
                continue;
            }
            match self.channel.receive::<InitRequest>()? {
                Some((InitRequest::Stop, _)) => kill_all(),
                Some((InitRequest::Signal(signal), _)) => seat.signal(*program, signal),
                // The launcher is gone or violates the protocol: this sandbox ends.
                _ => kernel::exit_now(1),
            }
        }
    }
}

/// The reported end of a program: killed for a call, it ended by SIGSYS, even if that took SIGKILL.
fn reported_exit(exit: ExitStatus, call: Option<Call>) -> (ExitStatus, Option<Call>) {
    const FORBIDDEN: ExitStatus = ExitStatus::Signal(Signal::SYS.as_raw());
    const KILLED: ExitStatus = ExitStatus::Signal(Signal::KILL.as_raw());
    match exit {
        FORBIDDEN => (FORBIDDEN, call),
        KILLED if call.is_some() => (FORBIDDEN, call),
        ExitStatus::Code(_) | ExitStatus::Signal(_) => (exit, None),
    }
}

/// Reads the message of a program that gets ready to wait. Returns the descriptor that came with it, if there was one.
pub(crate) fn read_hook(hook: &OwnedFd, told: &mut [u8]) -> Result<Option<OwnedFd>, KernelError> {
    read_hook_within(hook, told, &START_TIMEOUT)
}

/// The same, with this timeout.
fn read_hook_within(
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
            // The program is gone.
            (0, _) => return Err(KernelError { step: Step::Prestart, errno: Errno::PIPE.raw_os_error() }),
            (read, fds) => {
                came_along = came_along.or(fds.into_iter().next());
                told = &mut told[read..];
            }
        }
    }
    Ok(came_along)
}

/// Releases a waiting program with these limits: see [`Prestart`](crate::Prestart).
fn release_program(
    program: i32,
    hook: &OwnedFd,
    ReleaseRequest { args, env }: &ReleaseRequest,
    limits: &[Rlimit],
) -> Result<(), KernelError> {
    kernel::limit_process(program, limits)?;
    let mut message = Vec::new();
    if !env.is_empty() {
        message.push(b'E');
        for (name, value) in env {
            message.extend_from_slice(format!("{name}={value}\0").as_bytes());
        }
        message.push(0);
    }
    message.push(b'G');
    for arg in args {
        message.extend_from_slice(arg.as_bytes());
        message.push(0);
    }
    write_hook(hook, &message, Step::LetGo)
}

fn write_hook(hook: &OwnedFd, mut rest: &[u8], step: Step) -> Result<(), KernelError> {
    while !rest.is_empty() {
        let sent = rustix::net::send(hook, rest, SendFlags::NOSIGNAL).at(step)?;
        rest = &rest[sent..];
    }
    Ok(())
}

pub(crate) fn c_strings(texts: impl Iterator<Item = String>) -> Result<Vec<CString>, KernelError> {
    texts.map(|text| CString::new(text).map_err(std::io::Error::from).at(Step::Exec)).collect()
}

/// Creates a folder of the guest with its parents, unless it exists.
fn create_folder(path: impl AsRef<Path>) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(Path::new(WORK_FOLDER).join(path))
}

/// Creates a new file of the guest, with its parent folders.
fn create_file(entry: &FileEntry) -> std::io::Result<File> {
    let path = Path::new(WORK_FOLDER).join(&entry.name);
    if let Some(folder) = Path::new(&entry.name).parent() {
        create_folder(folder)?;
    }
    let mode = if entry.executable { 0o755 } else { 0o644 };
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}
