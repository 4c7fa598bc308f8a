//! Namespaces: leaving those of the host, and starting an init in new ones.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::{AsFd, FromRawFd, OwnedFd},
    path::Path,
};

use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

use crate::{IdMapper, Identity, KernelError, Step, StepContext};

/// Moves this process into new user, mount, network, IPC, UTS and time namespaces, with the id mapping of `identity`. The
/// caller has one thread.
///
/// The clocks of the time namespace are the host's. Without it `/proc/self/ns/time` would be one file for all sandboxes, and
/// locks on it a channel between them.
///
/// With [`Identity::Range`] a helper process outside maps the ids, since only a process with privileges in the parent
/// namespace may map ids other than the caller's.
pub fn unshare_all(identity: &Identity) -> Result<(), KernelError> {
    let mut flags = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS;
    let has_time = Path::new(TIME_FOR_CHILDREN).exists();
    if has_time {
        flags |= UnshareFlags::NEWTIME;
    }
    match identity {
        Identity::Single { .. } => {
            unshare(flags)?;
            write_maps("self", identity)?;
        }
        Identity::Range { .. } => unshare_with_helper(flags, identity)?,
    }
    if has_time { enter_time_for_children() } else { Ok(()) }
}

/// The time namespace of processes that this one starts. Not there on kernels without time namespaces.
const TIME_FOR_CHILDREN: &str = "/proc/self/ns/time_for_children";

/// Moves this process into the new time namespace, which `unshare` only prepares for its children. Before Linux 6.2, a process
/// whose children will be in another time namespace cannot start a child that shares its memory.
fn enter_time_for_children() -> Result<(), KernelError> {
    let time = File::open(TIME_FOR_CHILDREN).at(Step::OpenNamespace)?;
    move_into_link_name_space(time.as_fd(), Some(LinkNameSpaceType::Time)).at(Step::EnterTimeNamespace)
}

fn unshare(flags: UnshareFlags) -> Result<(), KernelError> {
    // SAFETY: the flags do not unshare the descriptor table (no CLONE_FILES), so no descriptor changes its meaning.
    unsafe { unshare_unsafe(flags) }.at(Step::UnshareNamespaces)
}

/// Moves this process into a new, empty IPC namespace. The caller has one thread.
pub fn unshare_ipc() -> Result<(), KernelError> {
    unshare(UnshareFlags::NEWIPC)
}

fn unshare_with_helper(flags: UnshareFlags, identity: &Identity) -> Result<(), KernelError> {
    let target = std::process::id();
    let write = |target: u32| match identity {
        Identity::Range { mapper: IdMapper::Programs, .. } => {
            crate::subid::write_maps(target, &identity.uid_map(), &identity.gid_map())
        }
        Identity::Range { .. } | Identity::Single { .. } => write_maps(&target.to_string(), identity),
    };
    let (mut told, mut tell) = std::io::pipe().at(Step::CreatePipe)?;
    // SAFETY: the caller has one thread, so the child may do anything its parent could; it exits without unwinding.
    let helper = unsafe { libc::fork() };
    match helper {
        -1 => Err(KernelError::last(Step::Fork)),
        0 => {
            drop(tell);
            let mapped = told.read_exact(&mut [0]).at(Step::WriteIdMap);
            let code = match mapped.and_then(|()| write(target)) {
                Ok(()) => 0,
                Err(error) => error.errno.clamp(1, 255),
            };
            crate::exit_now(code)
        }
        pid => {
            unshare(flags)?;
            tell.write_all(&[1]).at(Step::WriteIdMap)?;
            match crate::process::wait_exit_code(pid)? {
                0 => Ok(()),
                errno => Err(KernelError { step: Step::WriteIdMap, errno }),
            }
        }
    }
}

fn write_maps(process: &str, identity: &Identity) -> Result<(), KernelError> {
    if matches!(identity, Identity::Single { .. }) {
        // Required before an unprivileged process may map its group; it disables setgroups(2) permanently.
        std::fs::write(format!("/proc/{process}/setgroups"), "deny").at(Step::WriteIdMap)?;
    }
    std::fs::write(format!("/proc/{process}/gid_map"), identity.gid_map()).at(Step::WriteIdMap)?;
    std::fs::write(format!("/proc/{process}/uid_map"), identity.uid_map()).at(Step::WriteIdMap)
}

/// Descriptors of the namespaces that [`clone_init`] made, opened by the process that was cloned, for another one to enter:
/// first that of processes, then the others.
pub fn open_namespaces() -> Result<[OwnedFd; 5], KernelError> {
    let open =
        |name: &str| File::open(format!("/proc/self/ns/{name}")).at(Step::OpenNamespace).map(OwnedFd::from);
    Ok([open("pid")?, open("mnt")?, open("ipc")?, open("uts")?, open("cgroup")?])
}

/// The side of [`clone_init`] that returned.
#[derive(Debug)]
pub enum CloneOutcome {
    /// The new process: process 1 of its own namespaces.
    Init,
    /// The launcher, with a descriptor of the new process.
    Launcher(OwnedFd),
}

/// Starts a copy of this process as process 1 of new pid, mount, IPC, UTS and cgroup namespaces. The caller has one
/// thread. It gets its parent's cgroup as the root of the one it sees.
pub fn clone_init() -> Result<CloneOutcome, KernelError> {
    #[repr(C)]
    #[derive(Default)]
    struct CloneArgs {
        flags: u64,
        pidfd: u64,
        child_tid: u64,
        parent_tid: u64,
        exit_signal: u64,
        stack: u64,
        stack_size: u64,
        tls: u64,
    }
    let mut pidfd: libc::c_int = -1;
    let namespaces = libc::CLONE_NEWPID
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP;
    let args = CloneArgs {
        flags: u64::from((namespaces | libc::CLONE_PIDFD).cast_unsigned()),
        pidfd: std::ptr::from_mut(&mut pidfd) as u64,
        exit_signal: u64::from(libc::SIGCHLD.cast_unsigned()),
        ..CloneArgs::default()
    };
    // SAFETY: without CLONE_VM the child has a copy of all memory and goes on here like after fork(2); the caller has one
    // thread, so no lock can be held by a thread that the child lacks. `args` outlives the call.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &raw const args, size_of::<CloneArgs>()) };
    match pid {
        -1 => Err(KernelError::last(Step::CloneInit)),
        0 => Ok(CloneOutcome::Init),
        // SAFETY: the kernel has just put a descriptor of the child there, and no other code uses it.
        _ => Ok(CloneOutcome::Launcher(unsafe { OwnedFd::from_raw_fd(pidfd) })),
    }
}
