//! Launcher: a small single-threaded process for each slot, which makes sandboxes and enforces the limits of runs.

mod cpu_share;
mod cpu_weight;
mod locks;
mod messages;
mod pipes;
mod root;
mod sandbox;
mod template;
mod usage_meter;
mod watchdog;
mod zygote;

use std::{
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use kernel::{
    Census, Channel, CloneOutcome, Identity, KernelError, Step, StepContext,
    cgroup::CgroupControls,
    seccomp::{
        Filter, KillMode,
        table::{PERSISTENT_OBJECTS, SHARED_INODES, UNCOUNTED_MEMORY},
    },
};

use model::Limits;
use rustix::fs::Mode;

use crate::{
    collect::Collect,
    init::{self, Filters, GuestConfig},
    paths::HOST_PROC,
    protocol::{
        ForkMemory, InitRequest, InitResponse, Inodes, IpcNamespace, LaunchMode, LauncherRequest,
        LauncherResponse, LauncherSetup, PrestartRequest, RunFacts, RunRequest, StartRequest, TemplateReuse,
        UsageSource,
    },
    recipe::{DiskQuota, FileEntry, SyntaxCheck},
    share::SlotUserLimits,
};

use pipes::{HostEnds, pipes};
use sandbox::{Sandbox, unexpected_message};
use template::Template;
use usage_meter::UsageMeter;
use zygote::ZygoteState;

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
    // Signals and attributes of whoever started the server would be inherited by guests.
    kernel::reset_signals(kernel::IgnoredSignals::Reset)?;
    kernel::reset_attributes()?;
    // A session of its own: Ctrl-C in the terminal must reach only the worker, which stops runs in the right order.
    rustix::process::setsid().at(Step::NewSession)?;
    let connection = rustix::io::fcntl_dupfd_cloexec(std::io::stdin(), 3).at(Step::StartLauncher)?;
    let null = std::fs::File::open("/dev/null").at(Step::StartLauncher)?;
    rustix::stdio::dup2_stdin(null).at(Step::StartLauncher)?;
    // Including descriptors that the server inherited.
    kernel::close_fds_except(connection.as_fd())?;
    Ok(Channel::from_fd(connection))
}

fn serve(channel: &Channel) -> Result<(), KernelError> {
    let Some((setup, _)) = channel.receive::<LauncherSetup>()? else { return Ok(()) };
    let (mut launcher, inodes) = match Launcher::set_up(channel, &setup) {
        Ok(set_up) => set_up,
        Err(error) => return channel.send(&LauncherResponse::Failed(error), &[]),
    };
    channel.send(&LauncherResponse::Ready(inodes), &[])?;
    while let Some((order, fds)) = channel.receive::<LauncherRequest>()? {
        launcher.execute(order, &fds)?;
    }
    Ok(())
}

/// Processes in the cgroup that are not the guest's: the launcher and init.
const OWN_PROCESSES: u32 = 2;

/// State of a launcher after its setup.
///
/// A launcher starts with the rights of the worker and uses them once, in the only order that works (`set_up`): it joins
/// its cgroup, opens the control files, enters new namespaces with ids of its own, copies the mounts of the toolchains,
/// pivots into a root file system made of them, and drops everything else. From then on it is nobody on the host, in an
/// empty network, without any descriptor of the worker except their connection. It ends when that connection closes.
///
/// Then it handles one request of the worker after another ([`LauncherRequest`]). To prepare a sandbox it clones init into
/// new namespaces. To run a program it applies the limits to the cgroup, sends the request on to init, and watches the run:
/// the [`watchdog`] wakes every 1 to 20 ms, reads the counters, and has init stop the run at a limit.
///
/// Python programs are not started but forked. The launcher starts a [`Template`] once, outside of all sandboxes, and has it
/// fork into each of them. From the second test of a submission on, a [`zygote::Zygote`] that has read the program is
/// forked instead.
struct Launcher<'a> {
    worker: &'a Channel,
    identity: Identity,
    filters: Filters,
    /// The filter of guests without a network, and that of forks of zygotes, in files for templates.
    filter_files: [OwnedFd; 2],
    controls: CgroupControls,
    /// Samples of the sandbox's processes, if there is no cgroup.
    census: Option<Census>,
    sandbox: Option<Sandbox>,
    template: Option<Template>,
    share: SlotUserLimits,
    /// Capacity of a socket in bytes, for `census`.
    socket_capacity: u64,
}

/// Filters of guests, and files with those for templates and for forks of zygotes.
struct FilterSet {
    guests: Filters,
    files: [OwnedFd; 2],
}

impl FilterSet {
    /// Those that refuse these calls besides.
    fn compile(refused: &[&str], kill_mode: KillMode) -> Result<Self, KernelError> {
        let guests = Filters::refusing_calls(refused, kill_mode);
        let of_rounds = Filter::guest(&[refused, PERSISTENT_OBJECTS].concat(), kill_mode);
        let file = |filter: &Filter| kernel::sealed_memfd([filter.to_bytes().as_slice()]);
        let files = [file(&guests.none)?, file(&of_rounds)?];
        Ok(Self { guests, files })
    }
}

impl<'a> Launcher<'a> {
    /// Performs everything that needs rights, in the only order that works.
    fn set_up(worker: &'a Channel, setup: &LauncherSetup) -> Result<(Self, Inodes), KernelError> {
        kernel::raise_precedence();
        kernel::restrict_core_dumps()?;
        // While /proc/self is this process, and with the host's ids.
        kernel::set_login_uid()?;
        // The guest must be able to read what is made for it, whatever the umask of the worker is.
        rustix::process::umask(Mode::from_raw_mode(0o022));
        // Shown in the host's network namespace only.
        let socket_capacity = kernel::socket_capacity();
        // While the host's cgroup files can still be opened.
        let mut controls = CgroupControls::open_and_join(&setup.group)?;
        // While this process may make device nodes.
        let counting = if controls.are_enforced() { UsageSource::Cgroup } else { UsageSource::Sampling };
        let devices = root::make_devices(counting)?;
        kernel::unshare_all(&setup.identity)?;
        kernel::make_mounts_private()?;
        kernel::adopt_orphans()?;
        let refused = if controls.are_enforced() { &[][..] } else { UNCOUNTED_MEMORY };
        // While /proc is available, by which sealed files are opened again. Which set is needed is known later.
        let kill_mode = KillMode::supported()?;
        let filters = FilterSet::compile(refused, kill_mode)?;
        let stricter = FilterSet::compile(&[refused, SHARED_INODES].concat(), kill_mode)?;
        // While the host's folders can still be found by name, and with the host's ids: some lie below private homes.
        let parts = root::collect(&setup.folders, devices, counting)?;
        setup.identity.become_init()?;
        let inodes = root::build(parts, &setup.files)?;
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

    fn execute(&mut self, order: LauncherRequest, fds: &[OwnedFd]) -> Result<(), KernelError> {
        let result = match order {
            LauncherRequest::Prepare(space, ahead) => {
                self.prepare(space, ahead).map(|()| Some(LauncherResponse::Done))
            }
            LauncherRequest::Fill(space, files) => {
                self.fill(&InitRequest::Fill(space, files), fds).map(|()| Some(LauncherResponse::Done))
            }
            LauncherRequest::Reset(space, files) => {
                self.reset(space, files, fds).map(|()| Some(LauncherResponse::Done))
            }
            LauncherRequest::CheckSyntax(limits, sources) => {
                self.check_syntax(&limits, sources).map(|checked| Some(LauncherResponse::Checked(checked)))
            }
            LauncherRequest::Run(order) => self.run(*order).map(|facts| Some(LauncherResponse::Ended(facts))),
            LauncherRequest::Collect(request) => self.collect(request).map(|()| None),
            LauncherRequest::Destroy => self.destroy().map(|()| Some(LauncherResponse::Done)),
            // The program ended by itself before the request arrived.
            LauncherRequest::Stop | LauncherRequest::Signal(_) => Ok(None),
        };
        let answer = result.unwrap_or_else(|error| {
            self.sandbox = None;
            Some(LauncherResponse::Failed(error))
        });
        answer.map_or(Ok(()), |answer| self.worker.send(&answer, &[]))
    }

    /// Destroys the sandbox and waits until its memory is returned: the slot is as new.
    fn destroy(&mut self) -> Result<(), KernelError> {
        self.sandbox = None;
        remove_sockets()?;
        self.controls.reserve(0, 0);
        self.controls.wait_for_reclaim(0)?;
        self.controls.reclaim_memory()
    }

    fn prepare(&mut self, space: DiskQuota, ahead: Option<PrestartRequest>) -> Result<(), KernelError> {
        self.controls.reserve(0, 0);
        if self.sandbox.take().is_some() {
            remove_sockets()?;
            self.controls.wait_for_reclaim(0)?;
        }
        if let Some(PrestartRequest::Fork { template, reuse, .. }) = &ahead {
            self.ensure_template(template, *reuse)?;
        }
        watchdog::apply_limits(&mut self.controls, &Limits::STUDENT)?;
        let (ours, theirs) = Channel::pair()?;
        match kernel::clone_init()? {
            CloneOutcome::Init => {
                let (identity, filters) = (self.identity, &self.filters);
                let guest =
                    GuestConfig { identity, filters, counting: self.usage_source(), share: self.share };
                init::main(&theirs, guest, space)
            }
            CloneOutcome::Launcher(pidfd) => {
                drop(theirs);
                let (sandbox, looks) = Sandbox::new(pidfd, ours)?;
                self.sandbox = Some(sandbox);
                self.census = Census::new(looks, self.socket_capacity);
            }
        }
        match ahead {
            Some(PrestartRequest::Start(order)) => {
                let identity = self.identity;
                self.prepared_sandbox()?.start(order, &identity)
            }
            Some(PrestartRequest::Fork { memory, .. }) => self.fork(memory),
            None => Ok(()),
        }
    }

    const fn usage_source(&self) -> UsageSource {
        if self.controls.are_enforced() { UsageSource::Cgroup } else { UsageSource::Sampling }
    }

    /// Starts the template of this request, unless a reusable one runs. To be called while there is no sandbox: what is in the
    /// cgroup then counts as the launcher's share.
    fn ensure_template(&mut self, order: &StartRequest, reuse: TemplateReuse) -> Result<(), KernelError> {
        if self.template.as_ref().is_some_and(|template| template.is_reusable_for(order, reuse)) {
            return Ok(());
        }
        self.template = None;
        let filters = self.filter_files.each_ref().map(AsFd::as_fd);
        let kill_mode = self.filters.none.kill_mode();
        let template =
            self.template.insert(Template::start(order.clone(), self.identity, filters, kill_mode)?);
        self.controls.reclaim_memory()?;
        let processes = OWN_PROCESSES + template.processes();
        self.controls.set_baseline(processes)
    }

    /// Forks a program from the template into the sandbox, where it waits.
    fn fork(&mut self, memory: ForkMemory) -> Result<(), KernelError> {
        let sandbox = self.sandbox.as_mut().ok_or_else(unexpected_message)?;
        let template = self.template.as_mut().ok_or_else(unexpected_message)?;
        // Briefly there is one more process: the one between the template and the fork.
        watchdog::apply_limits(&mut self.controls, &Limits::STUDENT)?;
        let (ours, its) = pipes(&self.identity)?;
        let (hook, its_hook) = kernel::socket_pair()?;
        sandbox.init.send(&InitRequest::OpenNamespaces, &[])?;
        sandbox.init.send(&InitRequest::Adopt, &[hook.as_fd()])?;
        drop(hook);
        template.fork(&its, its_hook.as_fd(), &sandbox.namespaces()?, memory)?;
        drop((its, its_hook));
        let adopted = sandbox.expect_done();
        if adopted.is_err() {
            template::log_errors(&ours);
        }
        sandbox.waiting_program = Some(ours);
        adopted
    }

    /// Forks a program into the sandbox: from its zygote if there is one, else from the template.
    fn fork_for_test(&mut self, limits: &Limits) -> Result<(), KernelError> {
        if let ZygoteState::Worthwhile = self.prepared_sandbox()?.zygote {
            self.prepared_sandbox()?.zygote = self.make_zygote(limits)?;
        }
        if let ZygoteState::Ready(_) = self.prepared_sandbox()?.zygote {
            if self.fork_zygote()? {
                return Ok(());
            }
            self.prepared_sandbox()?.zygote = ZygoteState::Unavailable;
            self.controls.reserve(0, 0);
        }
        self.fork(ForkMemory::OnWrite)
    }

    /// Ends the zygote. Any other program may leave behind what forks of a zygote cannot, so no fork may follow it.
    fn drop_zygote(&mut self) {
        if let Some(Sandbox { zygote: rounds @ ZygoteState::Ready(_), .. }) = &mut self.sandbox {
            *rounds = ZygoteState::Worthwhile;
            self.controls.reserve(0, 0);
        }
    }

    /// Makes a zygote. Its memory does not count as the guest's, whose peak is reset after this.
    fn make_zygote(&mut self, limits: &Limits) -> Result<ZygoteState, KernelError> {
        let sandbox = self.sandbox.as_mut().ok_or_else(unexpected_message)?;
        let template = self.template.as_mut().ok_or_else(unexpected_message)?;
        let before = self.controls.memory_now()?;
        sandbox.init.send(&InitRequest::OpenNamespaces, &[])?;
        let namespaces = sandbox.namespaces()?;
        // Briefly there are two more processes: the zygote, and the one between it and the template.
        self.controls.reserve(0, 2);
        watchdog::apply_limits(&mut self.controls, limits)?;
        // Without a zygote, tests only take longer.
        let zygote = template.zygote(&namespaces).unwrap_or_else(|error| {
            eprintln!("coderunner launcher: {error}");
            None
        });
        let zygote =
            zygote.and_then(|mut zygote| zygote.is_ready(self.filters.none.kill_mode()).then_some(zygote));
        let taken = self.controls.memory_now()?.saturating_sub(before);
        let Some(zygote) = zygote.filter(|_| taken <= zygote::MAX_MEMORY) else {
            self.controls.reserve(0, 0);
            return Ok(ZygoteState::Unavailable);
        };
        self.controls.reserve(taken, 1);
        Ok(ZygoteState::Ready(zygote))
    }

    /// Returns false if the zygote could not fork; then nothing has happened.
    fn fork_zygote(&mut self) -> Result<bool, KernelError> {
        let sandbox = self.sandbox.as_mut().ok_or_else(unexpected_message)?;
        let ZygoteState::Ready(zygote) = &sandbox.zygote else { return Ok(false) };
        let (ours, its) = pipes(&self.identity)?;
        let (hook, its_hook) = kernel::socket_pair()?;
        let with_listener = [&hook].into_iter().chain(&zygote.listener).map(AsFd::as_fd).collect::<Vec<_>>();
        sandbox.init.send(&InitRequest::Adopt, &with_listener)?;
        drop(hook);
        let forked = zygote.fork(&its, its_hook.as_fd());
        // If there was no fork, init reads the end of the stream.
        drop((its, its_hook));
        let adopted = sandbox.expect_done();
        sandbox.waiting_program = Some(ours);
        Ok(forked.is_ok() && adopted.is_ok())
    }

    fn fill(&mut self, task: &InitRequest, fds: &[OwnedFd]) -> Result<(), KernelError> {
        let sandbox = self.prepared_sandbox()?;
        let fds: Vec<_> = fds.iter().map(AsFd::as_fd).collect();
        sandbox.init.send(task, &fds)?;
        sandbox.expect_done()
    }

    /// As [`fill`](Self::fill), after removing everything that programs left, including a program that still waits.
    ///
    /// Their leftovers may use the whole memory limit, and are freed while the new files are written.
    fn reset(&mut self, space: DiskQuota, files: Vec<FileEntry>, fds: &[OwnedFd]) -> Result<(), KernelError> {
        let of_files = files.iter().map(FileEntry::memory).sum();
        self.controls.raise_memory_limit(of_files)?;
        let sandbox = self.prepared_sandbox()?;
        sandbox.waiting_program = None;
        let ipc = match sandbox.zygote {
            // Its forks can make nothing that lasts, and it could not enter a new namespace.
            ZygoteState::Ready(_) => IpcNamespace::Keep,
            ZygoteState::Unneeded | ZygoteState::Worthwhile | ZygoteState::Unavailable => IpcNamespace::Renew,
        };
        if let ZygoteState::Unneeded = sandbox.zygote {
            sandbox.zygote = ZygoteState::Worthwhile;
        }
        self.fill(&InitRequest::Reset(space, files, ipc), fds)?;
        self.controls.wait_for_reclaim(of_files)
    }

    /// Has the program that waits check the syntax of sources; forks one, if none waits.
    fn check_syntax(&mut self, limits: &Limits, sources: Vec<String>) -> Result<SyntaxCheck, KernelError> {
        if self.prepared_sandbox()?.waiting_program.is_none() {
            self.fork(ForkMemory::OnWrite)?;
        }
        watchdog::apply_limits(&mut self.controls, limits)?;
        let sandbox = self.prepared_sandbox()?;
        sandbox.init.send(&InitRequest::CheckSyntax(sources), &[])?;
        match sandbox.response()? {
            InitResponse::Checked(SyntaxCheck::Sound) => Ok(SyntaxCheck::Sound),
            InitResponse::Checked(SyntaxCheck::Undecided) => {
                sandbox.waiting_program = None;
                Ok(SyntaxCheck::Undecided)
            }
            InitResponse::Failed(error) => Err(error),
            InitResponse::Done
            | InitResponse::Namespaces
            | InitResponse::Started
            | InitResponse::Ended(_)
            | InitResponse::Collected(_) => Err(unexpected_message()),
        }
    }

    fn run(&mut self, mut order: RunRequest) -> Result<RunFacts, KernelError> {
        watchdog::apply_limits(&mut self.controls, &order.limits)?;
        if let LaunchMode::Forked(release) = order.mode {
            self.fork_for_test(&order.limits)?;
            order.mode = LaunchMode::Waiting(release);
        } else {
            self.drop_zygote();
        }
        watchdog::apply_limits(&mut self.controls, &order.limits)?;
        let identity = self.identity;
        let sandbox = self.sandbox.as_mut().ok_or_else(unexpected_message)?;
        let (ours, its) = match &order.mode {
            // Init opens the terminal, inside.
            LaunchMode::Fresh(_) if order.terminal.is_some() => (HostEnds(Vec::new()), None),
            LaunchMode::Fresh(_) => pipes(&identity).map(|(ours, its)| (ours, Some(its)))?,
            LaunchMode::Waiting(_) | LaunchMode::Forked(_) => {
                (sandbox.waiting_program.take().ok_or_else(unexpected_message)?, None)
            }
        };
        let sandbox = &*sandbox;
        let meter = UsageMeter::begin(&self.controls, self.census.as_mut(), &sandbox.locks)?;
        let inside = its.iter().flat_map(|its| &its.0).map(AsFd::as_fd).collect::<Vec<_>>();
        let limits = order.limits;
        sandbox.init.send(&InitRequest::Run(Box::new(order)), &inside)?;
        drop(its);
        match sandbox.response_with_fds()? {
            (InitResponse::Started, near_end) => {
                let ends: Vec<_> = ours.0.iter().chain(&near_end).map(AsFd::as_fd).collect();
                self.worker.send(&LauncherResponse::Started, &ends)?;
            }
            (InitResponse::Failed(error), _) => return Err(error),
            (
                InitResponse::Done
                | InitResponse::Namespaces
                | InitResponse::Checked(_)
                | InitResponse::Ended(_)
                | InitResponse::Collected(_),
                _,
            ) => {
                return Err(unexpected_message());
            }
        }
        drop(ours);
        watchdog::run_to_end(sandbox, self.worker, meter, &limits)
    }

    /// Passes on the files that init collects. The copies count as the guest's memory, of which nothing may be left, so the limit
    /// is raised.
    fn collect(&mut self, request: Collect) -> Result<(), KernelError> {
        self.controls.raise_memory_limit(request.max_memory())?;
        let sandbox = self.prepared_sandbox()?;
        sandbox.init.send(&InitRequest::Collect(request), &[])?;
        let (note, bytes) = sandbox.response_with_fds()?;
        let listing = match note {
            InitResponse::Collected(listing) => listing,
            InitResponse::Failed(error) => return Err(error),
            InitResponse::Done
            | InitResponse::Namespaces
            | InitResponse::Checked(_)
            | InitResponse::Started
            | InitResponse::Ended(_) => {
                return Err(unexpected_message());
            }
        };
        let bytes: Vec<_> = bytes.iter().map(AsFd::as_fd).collect();
        self.worker.send(&LauncherResponse::Collected(listing), &bytes)
    }

    fn prepared_sandbox(&mut self) -> Result<&mut Sandbox, KernelError> {
        self.sandbox.as_mut().ok_or_else(unexpected_message)
    }
}

/// Removes sockets that programs left in the slot's network namespace, which outlives their sandbox.
fn remove_sockets() -> Result<(), KernelError> {
    kernel::wait_for_closed_sockets(Path::new(&*HOST_PROC.to_string_lossy()))
}
