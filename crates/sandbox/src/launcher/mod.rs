//! The launcher: one small single-threaded process per slot that makes sandboxes and watches what runs in them.
//!
//! It starts with the worker's rights, uses them once (to join its cgroup, copy toolchain mounts and map ids), and then
//! gives them up for good: what is left is nobody on the host, in an empty network, on a file system of toolchains. It
//! holds no descriptor of the worker's but their connection, and ends when that closes.

pub(crate) mod root;
mod watch;

use std::os::fd::{AsFd, OwnedFd};

use kernel::{At, Channel, CloneOutcome, Identity, KernelError, Step, cgroup::Controls, seccomp::Filter};

use crate::{
    init,
    protocol::{Answer, Note, Order, RunOrder, Setup, Task},
    recipe::Space,
};

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
    let connection = rustix::io::fcntl_dupfd_cloexec(std::io::stdin(), 3).at(Step::StartLauncher)?;
    let null = std::fs::File::open("/dev/null").at(Step::StartLauncher)?;
    rustix::stdio::dup2_stdin(null).at(Step::StartLauncher)?;
    Ok(Channel::from_fd(connection))
}

fn serve(channel: &Channel) -> Result<(), KernelError> {
    let Some((setup, _)) = channel.receive::<Setup>()? else { return Ok(()) };
    let mut launcher = match Launcher::set_up(channel, &setup) {
        Ok(launcher) => launcher,
        Err(error) => return channel.send(&Answer::Failed(error), &[]),
    };
    channel.send(&Answer::Done, &[])?;
    while let Some((order, fds)) = channel.receive::<Order>()? {
        launcher.obey(order, &fds)?;
    }
    Ok(())
}

struct Launcher<'a> {
    worker: &'a Channel,
    identity: Identity,
    filter: Filter,
    controls: Controls,
    sandbox: Option<Sandbox>,
}

/// A prepared sandbox, by its process 1.
struct Sandbox {
    pidfd: OwnedFd,
    init: Channel,
}

impl Drop for Sandbox {
    /// With process 1 the kernel kills all others of the pid namespace, and the wait ends when the last is gone.
    fn drop(&mut self) {
        kernel::kill_pidfd(self.pidfd.as_fd());
        if let Err(error) = kernel::wait_pidfd(self.pidfd.as_fd()) {
            eprintln!("coderunner launcher: {error}");
        }
    }
}

impl<'a> Launcher<'a> {
    /// Everything that needs rights, in the only order that works.
    fn set_up(worker: &'a Channel, setup: &Setup) -> Result<Self, KernelError> {
        kernel::shield_from_oom();
        kernel::restrict_core_dumps()?;
        // While the host's cgroup files can still be opened.
        let mut controls = Controls::open_and_join(&setup.group)?;
        kernel::detach(&setup.identity)?;
        kernel::in_private_mounts()?;
        // While the host's folders can still be found by name, and with the host's ids: some lie below private homes.
        let parts = root::collect(&setup.folders)?;
        setup.identity.assume_init()?;
        root::build(parts)?;
        kernel::drop_bounding_set()?;
        let filter = Filter::guest()?;
        controls.take_base()?;
        Ok(Self { worker, identity: setup.identity, filter, controls, sandbox: None })
    }

    fn obey(&mut self, order: Order, fds: &[OwnedFd]) -> Result<(), KernelError> {
        let result = match order {
            Order::Prepare(space) => self.prepare(space).map(|()| Some(Answer::Done)),
            Order::Fill(space, files) => {
                self.fill(&Task::Fill(space, files), fds).map(|()| Some(Answer::Done))
            }
            Order::Run(order) => self.run(&order, fds).map(|facts| Some(Answer::Ended(facts))),
            Order::Destroy => {
                self.sandbox = None;
                Ok(Some(Answer::Done))
            }
            // The program ended by itself while the order was on its way.
            Order::Stop => Ok(None),
        };
        let answer = result.unwrap_or_else(|error| {
            self.sandbox = None;
            Some(Answer::Failed(error))
        });
        answer.map_or(Ok(()), |answer| self.worker.send(&answer, &[]))
    }

    fn prepare(&mut self, space: Space) -> Result<(), KernelError> {
        self.sandbox = None;
        let (ours, theirs) = Channel::pair()?;
        match kernel::clone_init()? {
            CloneOutcome::Init => init::main(&theirs, self.identity, &self.filter, space),
            CloneOutcome::Launcher(pidfd) => {
                drop(theirs);
                let sandbox = self.sandbox.insert(Sandbox { pidfd, init: ours });
                sandbox.expect_done()
            }
        }
    }

    fn fill(&self, task: &Task, fds: &[OwnedFd]) -> Result<(), KernelError> {
        let sandbox = self.prepared()?;
        let fds: Vec<_> = fds.iter().map(AsFd::as_fd).collect();
        sandbox.init.send(task, &fds)?;
        sandbox.expect_done()
    }

    fn run(&mut self, order: &RunOrder, fds: &[OwnedFd]) -> Result<crate::protocol::RunFacts, KernelError> {
        let [stdin] = fds else { return Err(out_of_turn()) };
        watch::put_limits_in_force(&mut self.controls, &order.limits)?;
        let (stdout, stdout_inside) = kernel::output_pipe(&self.identity)?;
        let (stderr, stderr_inside) = kernel::output_pipe(&self.identity)?;
        let before = self.controls.read()?;
        let sandbox = self.prepared()?;
        let inside = [stdin.as_fd(), stdout_inside.as_fd(), stderr_inside.as_fd()];
        sandbox.init.send(&Task::Run(Box::new(order.clone())), &inside)?;
        drop((stdout_inside, stderr_inside));
        match sandbox.note()? {
            Note::Started => self.worker.send(&Answer::Started, &[stdout.as_fd(), stderr.as_fd()])?,
            Note::Failed(error) => return Err(error),
            Note::Done | Note::Ended(_) => return Err(out_of_turn()),
        }
        drop((stdout, stderr));
        watch::until_the_end(sandbox, self.worker, &self.controls, &order.limits, before)
    }

    fn prepared(&self) -> Result<&Sandbox, KernelError> {
        self.sandbox.as_ref().ok_or_else(out_of_turn)
    }
}

impl Sandbox {
    fn note(&self) -> Result<Note, KernelError> {
        self.init.receive()?.map(|(note, _)| note).ok_or(KernelError { step: Step::WatchInit, errno: 0 })
    }

    fn expect_done(&self) -> Result<(), KernelError> {
        match self.note()? {
            Note::Done => Ok(()),
            Note::Failed(error) => Err(error),
            Note::Started | Note::Ended(_) => Err(out_of_turn()),
        }
    }
}

fn out_of_turn() -> KernelError {
    KernelError { step: Step::DecodeMessage, errno: rustix::io::Errno::PROTO.raw_os_error() }
}
