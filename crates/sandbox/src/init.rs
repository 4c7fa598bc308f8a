//! Process 1 of a sandbox: makes the file system that the guest sees, creates its files, starts its program, reaps what
//! is orphaned, and leaves nothing running when the program ends.
//!
//! It takes tasks only from its launcher and reads nothing that a guest wrote.

use std::{
    cell::Cell,
    ffi::{CStr, CString},
    fs::OpenOptions,
    io::Write,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::fs::OpenOptionsExt,
    },
    path::Path,
    time::{Duration, Instant},
};

use kernel::{
    At, Channel, ChildSignals, Exit, Identity, KernelError, Reaped, Rlimit, Step, kill_all, reap,
    seccomp::Filter, space_left,
};
use model::Limits;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    mount::MountFlags,
};

use crate::{
    launcher::root::HOST_PROC,
    protocol::{FileEntry, InitFacts, Note, RunOrder, RunWhat, StartOrder, Task},
    recipe::Space,
    seat::Seat,
};

/// Where the guest works.
pub(crate) const WORK_FOLDER: &str = "/box";

/// How long a program that is started ahead may take to be ready.
const START_GRACE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// What is in `/proc` without belonging to a process, and is none of the guest's business.
const MASKED: [&CStr; 11] = [
    c"/proc/cmdline",
    c"/proc/config.gz",
    c"/proc/kallsyms",
    c"/proc/kcore",
    c"/proc/key-users",
    c"/proc/keys",
    c"/proc/kmsg",
    c"/proc/modules",
    c"/proc/sched_debug",
    c"/proc/sysrq-trigger",
    c"/proc/timer_list",
];

/// Does init's work until the launcher is gone; never returns to the launcher's code.
pub(crate) fn main(channel: &Channel, identity: Identity, filter: &Filter, space: Space) -> ! {
    let init = match Init::prepare(channel, identity, filter, space) {
        Ok(init) => init,
        Err(error) => {
            let _launcher_gone = channel.send(&Note::Failed(error), &[]);
            kernel::exit_now(1)
        }
    };
    kernel::exit_now(i32::from(init.work().is_err()))
}

struct Init<'a> {
    channel: &'a Channel,
    identity: Identity,
    filter: &'a Filter,
    signals: ChildSignals,
    space: Cell<Space>,
    /// The program that was started ahead, and our end of its hook.
    waiting: Cell<Option<(i32, OwnedFd)>>,
}

impl<'a> Init<'a> {
    fn prepare(
        channel: &'a Channel,
        identity: Identity,
        filter: &'a Filter,
        space: Space,
    ) -> Result<Self, KernelError> {
        // The launcher's own: its connection to the worker, its cgroup files, its end of ours. With the last one gone here,
        // the launcher's end shows as the end of our channel.
        kernel::close_all_but(channel.as_fd())?;
        kernel::die_with_parent()?;
        writable_folders(space, kernel::mount_tmpfs)?;
        kernel::mount_proc(c"/proc")?;
        kernel::yield_memory_before_launcher()?;
        for entry in MASKED {
            kernel::mask(entry, c"/dev/null")?;
        }
        kernel::unmount(HOST_PROC, Step::UnmountHostProc)?;
        rustix::system::sethostname(b"sandbox").at(Step::SetHostname)?;
        let signals = ChildSignals::open()?;
        channel.send(&Note::Done, &[])?;
        Ok(Self { channel, identity, filter, signals, space: Cell::new(space), waiting: Cell::new(None) })
    }

    fn work(&self) -> Result<(), KernelError> {
        while let Some((task, fds)) = self.channel.receive::<Task>()? {
            let note = match task {
                Task::Fill(space, files) => {
                    self.fill(space, &files, &fds).map_or_else(Note::Failed, |()| Note::Done)
                }
                Task::Start(order) => {
                    self.start_ahead(&order, fds).map_or_else(Note::Failed, |()| Note::Done)
                }
                Task::Run(order) => self.run(&order, fds).map_or_else(Note::Failed, Note::Ended),
                // The program ended by itself while the order was on its way.
                Task::Stop | Task::Signal(_) => continue,
            };
            self.channel.send(&note, &[])?;
        }
        Ok(())
    }

    /// Makes room and creates files; never follows or replaces what is there.
    fn fill(&self, space: Space, files: &[FileEntry], fds: &[OwnedFd]) -> Result<(), KernelError> {
        if self.space.replace(space) != space {
            writable_folders(space, kernel::resize_tmpfs)?;
        }
        let bytes = fds.first().ok_or(KernelError { step: Step::DecodeMessage, errno: 0 })?;
        let total = files.iter().map(|file| file.size).sum::<u64>();
        let all = kernel::read_all_at(bytes, usize::try_from(total).unwrap_or(usize::MAX))?;
        let mut rest = all.as_slice();
        for file in files {
            let size = usize::try_from(file.size).unwrap_or(usize::MAX).min(rest.len());
            let (content, after) = rest.split_at(size);
            self.create(&file.name, content)?;
            rest = after;
        }
        // The kernel forgets it whenever a process changes who it is, as creating files for the guest does.
        kernel::die_with_parent()
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<(), KernelError> {
        if !is_plain_name(name) {
            return Err(KernelError { step: Step::CreateFile, errno: Errno::INVAL.raw_os_error() });
        }
        let path = Path::new(WORK_FOLDER).join(name);
        let create = || OpenOptions::new().write(true).create_new(true).mode(0o644).open(&path);
        self.identity.as_guest(create).at(Step::CreateFile)?.write_all(content).at(Step::WriteFile)
    }

    /// Starts a program that waits to be let go, and sees that it is ready.
    fn start_ahead(&self, order: &StartOrder, fds: Vec<OwnedFd>) -> Result<(), KernelError> {
        let (ours, its) = kernel::stream_pair()?;
        let limits: Vec<_> = rlimits(&Limits::STUDENT).into_iter().map(Rlimit::soft_only).collect();
        let program = self.start(order, &Seat::pipes(fds), &limits, Some(its.as_fd()))?;
        drop(its);
        let mut waiting = [PollFd::new(&ours, PollFlags::IN)];
        let ready = poll(&mut waiting, Some(&START_GRACE)).at(Step::Poll)? == 1
            && rustix::io::read(&ours, &mut [0u8; 1]).at(Step::Prestart)? == 1;
        if !ready {
            return Err(KernelError { step: Step::Prestart, errno: Errno::TIMEDOUT.raw_os_error() });
        }
        self.waiting.set(Some((program, ours)));
        Ok(())
    }

    fn run(&self, order: &RunOrder, fds: Vec<OwnedFd>) -> Result<InitFacts, KernelError> {
        let mut seat = Seat::take(order.terminal, fds)?;
        let cpu_before = kernel::process_usage();
        let start = Instant::now();
        let limits = rlimits(&order.limits);
        let program = match (&order.what, self.waiting.take()) {
            (RunWhat::Fresh(what), nobody_needs_it) => {
                if nobody_needs_it.is_some() {
                    kill_all();
                    kernel::wait_gone()?;
                }
                self.start(what, &seat, &limits, None)?
            }
            (RunWhat::Waiting(args), Some((program, hook))) => let_go(program, &hook, args, &limits)?,
            (RunWhat::Waiting(_), None) => return Err(KernelError { step: Step::LetGo, errno: 0 }),
        };
        // The only write ends left are the program's: its output ends when it does.
        seat.leave_to_program();
        self.channel.send(&Note::Started, &seat.near_end())?;
        let exit = self.wait_for(program, &seat)?;
        let wall = start.elapsed();
        let disk_full =
            ![WORK_FOLDER, "/tmp", "/dev/shm"].into_iter().all(|path| space_left(Path::new(path)));
        kill_all();
        kernel::wait_gone()?;
        let reaped_cpu = kernel::process_usage().saturating_sub(cpu_before);
        Ok(InitFacts { exit, wall, reaped_cpu, disk_full })
    }

    fn start(
        &self,
        order: &StartOrder,
        seat: &Seat,
        limits: &[Rlimit],
        hook: Option<BorrowedFd<'_>>,
    ) -> Result<i32, KernelError> {
        let argv = c_strings(order.argv.iter().cloned())?;
        let env = c_strings(order.env.iter().map(|(name, value)| format!("{name}={value}")))?;
        kernel::spawn(&kernel::Program {
            argv: &argv,
            env: &env,
            folder: c"/box",
            streams: seat.streams()?,
            terminal: seat.controlling(),
            hook,
            identity: self.identity,
            rlimits: limits,
            filter: self.filter,
        })
    }

    /// Reaps everything until the program itself has ended; kills everything when told to stop.
    fn wait_for(&self, program: i32, seat: &Seat) -> Result<Exit, KernelError> {
        loop {
            self.signals.clear();
            loop {
                match reap()? {
                    Reaped::Child(pid, exit) if pid == program => return Ok(exit),
                    Reaped::Child(..) => {}
                    Reaped::Running => break,
                    Reaped::NoChildren => return Err(KernelError { step: Step::Reap, errno: 0 }),
                }
            }
            let mut waiting =
                [PollFd::new(&self.signals, PollFlags::IN), PollFd::new(self.channel, PollFlags::IN)];
            match poll(&mut waiting, None) {
                Err(Errno::INTR) => continue,
                other => other.at(Step::Poll)?,
            };
            if waiting[1].revents().is_empty() {
                continue;
            }
            match self.channel.receive::<Task>()? {
                Some((Task::Stop, _)) => kill_all(),
                Some((Task::Signal(signal), _)) => seat.signal(program, signal),
                // The launcher is gone, or confused: either way this sandbox is over.
                _ => kernel::exit_now(1),
            }
        }
    }
}

/// Lets a program that waits go on, with these arguments and limits: see [`Prestart`](crate::Prestart).
fn let_go(program: i32, hook: &OwnedFd, args: &[String], limits: &[Rlimit]) -> Result<i32, KernelError> {
    kernel::limit_process(program, limits)?;
    let mut message = b"G".to_vec();
    for arg in args {
        message.extend_from_slice(arg.as_bytes());
        message.push(0);
    }
    let mut rest = message.as_slice();
    while !rest.is_empty() {
        let written = rustix::io::write(hook, rest).at(Step::LetGo)?;
        rest = &rest[written..];
    }
    Ok(program)
}

/// Does something, mounting or resizing, with each folder that the guest can write.
fn writable_folders(
    space: Space,
    act: impl Fn(&CStr, &CStr, MountFlags) -> Result<(), KernelError>,
) -> Result<(), KernelError> {
    let size = format!("size={},nr_inodes={}", space.disk.get(), space.inodes);
    let guest = Identity::GUEST;
    let options = |rest: &str| {
        CString::new(format!("{size},{rest}")).map_err(std::io::Error::from).at(Step::MountTmpfs)
    };
    let work = options(&format!("mode=0700,uid={guest},gid={guest}"))?;
    act(c"/box", &work, MountFlags::empty())?;
    let scratch = options("mode=1777")?;
    act(c"/tmp", &scratch, MountFlags::NOEXEC)?;
    act(c"/dev/shm", &scratch, MountFlags::NOEXEC)
}

fn c_strings(texts: impl Iterator<Item = String>) -> Result<Vec<CString>, KernelError> {
    texts.map(|text| CString::new(text).map_err(std::io::Error::from).at(Step::Exec)).collect()
}

/// Whether `name` is one ordinary path component: it cannot lead anywhere else.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0'])
}

/// Per-process limits: a second line behind the cgroup's, and the only one for files and stack.
fn rlimits(limits: &Limits) -> Vec<Rlimit> {
    let both = |resource, value| Rlimit { resource, soft: value, hard: value };
    // The tree's CPU time is what counts; this catches a single process if nobody else does.
    let cpu = (limits.cpu + Duration::from_millis(999)).as_secs();
    vec![
        Rlimit { resource: RLIMIT_CPU, soft: cpu + 1, hard: cpu + 2 },
        both(RLIMIT_FSIZE, limits.file_size.get()),
        both(RLIMIT_STACK, limits.stack.get()),
        both(RLIMIT_CORE, 0),
        both(RLIMIT_NOFILE, u64::from(limits.open_files)),
        // Above the cgroup's limit, which is the one that is noticed and named.
        both(RLIMIT_NPROC, u64::from(limits.processes) + 8),
        both(RLIMIT_MEMLOCK, 64 * 1024),
        both(RLIMIT_MSGQUEUE, 64 * 1024),
    ]
}

// setrlimit(2); the same on x86-64 and aarch64.
const RLIMIT_CPU: u32 = 0;
const RLIMIT_FSIZE: u32 = 1;
const RLIMIT_STACK: u32 = 3;
const RLIMIT_CORE: u32 = 4;
const RLIMIT_NPROC: u32 = 6;
const RLIMIT_NOFILE: u32 = 7;
const RLIMIT_MEMLOCK: u32 = 8;
const RLIMIT_MSGQUEUE: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_created() {
        for good in ["main.py", "a b", "..x", "é"] {
            assert!(is_plain_name(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "/etc/passwd", "../x", "a\0b"] {
            assert!(!is_plain_name(bad), "{bad}");
        }
    }
}
