//! Spawn: start of a program by init, with all restrictions set before `exec`.
//!
//! The child shares its parent's memory until it executes (`CLONE_VM | CLONE_VFORK`, as `posix_spawn(3)` does), which spares
//! copying page tables; so it must write only to its own stack and the report of its failure.

use std::{
    ffi::{CStr, CString},
    os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd},
    ptr,
};

use crate::{
    Channel, Identity, KernelError, Step, StepContext,
    identity::TEMPLATE_CAPABILITIES,
    seccomp::{Filter, KillMode, Listener, install_filter},
};

/// A limit of setrlimit(2).
#[derive(Debug, Clone, Copy)]
pub struct Rlimit {
    /// `RLIMIT_…`
    pub resource: u32,
    /// Soft limit, which the kernel enforces.
    pub soft: u64,
    /// Hard limit: maximum of the soft one.
    pub hard: u64,
}

impl Rlimit {
    /// The same limit, which the process may raise again as far as it could before.
    #[must_use]
    pub fn soft_only(self) -> Self {
        Self { hard: hard_limit(self.resource).max(self.soft), ..self }
    }
}

fn hard_limit(resource: u32) -> u64 {
    limit_of_this_process(resource).map_or(0, |value| value.rlim_max)
}

fn limit_of_this_process(resource: u32) -> Result<libc::rlimit, KernelError> {
    let mut value = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `value` outlives the call.
    let result = unsafe { libc::getrlimit(resource, &raw mut value) };
    if result == 0 { Ok(value) } else { Err(KernelError::last(Step::ReadRlimit)) }
}

/// Limits of this process on resources that the kernel counts per user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserLimits {
    /// Pending signals, and timers.
    pub signals: u64,
    /// Bytes of POSIX message queues.
    pub queue_bytes: u64,
    /// Locked memory, in bytes.
    pub locked_memory: u64,
    /// Processes and threads.
    pub processes: u64,
}

impl UserLimits {
    /// The limits now in force; [`u64::MAX`] for none.
    pub fn of_this_process() -> Result<Self, KernelError> {
        let soft = |resource| limit_of_this_process(resource).map(|value| value.rlim_cur);
        Ok(Self {
            signals: soft(libc::RLIMIT_SIGPENDING)?,
            queue_bytes: soft(libc::RLIMIT_MSGQUEUE)?,
            locked_memory: soft(libc::RLIMIT_MEMLOCK)?,
            processes: soft(libc::RLIMIT_NPROC)?,
        })
    }
}

/// Sets limits of a running process.
pub fn limit_process(pid: i32, limits: &[Rlimit]) -> Result<(), KernelError> {
    for limit in limits {
        let value = libc::rlimit { rlim_cur: limit.soft, rlim_max: limit.hard };
        // SAFETY: `value` outlives the call, which asks for no old limit.
        if unsafe { libc::prlimit(pid, limit.resource, &raw const value, ptr::null_mut()) } != 0 {
            return Err(KernelError::last(Step::SetRlimit));
        }
    }
    Ok(())
}

/// A program to start as the guest.
#[derive(Debug)]
pub struct Program<'a> {
    /// Its path and arguments; `PATH` is not searched.
    pub argv: &'a [CString],
    /// Its environment.
    pub env: &'a [CString],
    /// Its work folder.
    pub folder: &'a CStr,
    /// Standard input, output and error, each above 3.
    pub streams: [BorrowedFd<'a>; 3],
    /// Its controlling terminal, if any.
    pub terminal: Option<BorrowedFd<'a>>,
    /// The program's descriptor 3, if any; above 3 in this process.
    pub hook: Option<BorrowedFd<'a>>,
    /// Its user and group ids.
    pub identity: Identity,
    /// Limits of each of its processes.
    pub rlimits: &'a [Rlimit],
    /// Its network namespace.
    pub network: NetworkNamespace<'a>,
    /// Its privileges.
    pub privileges: Privileges<'a>,
}

/// The network namespace of a program.
#[derive(Debug, Clone, Copy)]
pub enum NetworkNamespace<'a> {
    /// The namespace of the process that starts it.
    Inherited,
    /// A new one with only a loopback interface; it ends with the program's last process. The buffers of its TCP sockets are
    /// bounded through this folder, a writable `/proc/sys`.
    Loopback(BorrowedFd<'a>),
}

/// The privileges of a program.
#[derive(Debug, Clone, Copy)]
pub enum Privileges<'a> {
    /// A guest: it has no privileged id and no capabilities, and only the system calls that the filter allows.
    Guest(&'a Filter),
    /// A template, which reads no data of guests: it keeps the capabilities to enter the sandboxes of its user namespace and to
    /// become their guest, and dies with the process that started it.
    Template,
}

/// All data of the child, in the raw form of the system calls.
struct SpawnPlan {
    argv: Vec<*const libc::c_char>,
    env: Vec<*const libc::c_char>,
    folder: *const libc::c_char,
    streams: [RawFd; 3],
    terminal: RawFd,
    hook: RawFd,
    change_ids: bool,
    /// The folder of kernel settings, for a network namespace of its own.
    settings: RawFd,
    rlimits: *const Rlimit,
    rlimit_count: usize,
    /// None for a template.
    filter: Option<(libc::sock_fprog, KillMode)>,
    /// Socket to which the filter's listener is sent, if it has one: above 4.
    handover: RawFd,
    failure: Option<KernelError>,
}

const NO_HOOK: RawFd = -1;
const NO_TERMINAL: RawFd = -1;
const NO_NETWORK: RawFd = -1;
const NO_HANDOVER: RawFd = -1;

/// `IFF_UP` as an interface's flags have it.
const IFF_UP: libc::c_short = 1;

/// Size of each buffer of a TCP socket in bytes: minimum, default and maximum.
const TCP_BUFFER_SIZES: &CStr = c"4096 16384 65536";
/// Maximum backlog of connections for each listening socket.
const MAX_BACKLOG: &CStr = c"16";
/// Maximum number of connections in `TIME_WAIT`.
const MAX_TIME_WAIT: &CStr = c"64";

const STACK: usize = 64 * 1024;

/// A program after its exec.
#[derive(Debug)]
pub struct SpawnedProcess {
    /// Its pid.
    pub pid: i32,
    /// Listener of its filter, if the filter has one.
    pub listener: Option<Listener>,
}

/// Starts the program and returns after its exec.
pub fn spawn(program: &Program<'_>) -> Result<SpawnedProcess, KernelError> {
    let handover = match program.privileges {
        Privileges::Guest(filter) if filter.kill_mode() == KillMode::Report => Some(ListenerChannel::open()?),
        Privileges::Guest(_) | Privileges::Template => None,
    };
    let pointers = |texts: &[CString]| {
        texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect::<Vec<*const libc::c_char>>()
    };
    let mut plan = SpawnPlan {
        argv: pointers(program.argv),
        env: pointers(program.env),
        folder: program.folder.as_ptr(),
        streams: program.streams.map(|stream| stream.as_raw_fd()),
        terminal: program.terminal.map_or(NO_TERMINAL, |terminal| terminal.as_raw_fd()),
        hook: program.hook.map_or(NO_HOOK, |hook| hook.as_raw_fd()),
        change_ids: program.identity.has_guest_id(),
        settings: match program.network {
            NetworkNamespace::Inherited => NO_NETWORK,
            NetworkNamespace::Loopback(settings) => settings.as_raw_fd(),
        },
        rlimits: program.rlimits.as_ptr(),
        rlimit_count: program.rlimits.len(),
        filter: match program.privileges {
            Privileges::Guest(filter) => Some((filter.as_raw(), filter.kill_mode())),
            Privileges::Template => None,
        },
        handover: handover.as_ref().map_or(NO_HANDOVER, |handover| handover.child_end.as_raw_fd()),
        failure: None,
    };
    let mut stack = vec![0u128; STACK / size_of::<u128>()];
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the child runs `child` on a stack of its own that lives until the parent continues, and CLONE_VFORK suspends the
    // parent until the child has executed or exited, so both never use `plan` at the same time.
    let pid = unsafe {
        libc::clone(run_child, stack.as_mut_ptr().add(stack.len()).cast(), flags, (&raw mut plan).cast())
    };
    if pid < 0 {
        return Err(KernelError::last(Step::CloneProgram));
    }
    match plan.failure {
        None => {
            Ok(SpawnedProcess { pid, listener: handover.map(ListenerChannel::receive_listener).transpose()? })
        }
        Some(failure) => {
            // The child has already exited; its zombie must not be mistaken for a program's.
            crate::process::wait_exit_code(pid)?;
            Err(failure)
        }
    }
}

/// Socket pair over which the child sends the listener to its parent.
struct ListenerChannel {
    parent_end: Channel,
    child_end: OwnedFd,
}

impl ListenerChannel {
    fn open() -> Result<Self, KernelError> {
        let (ours, childs) = Channel::pair()?;
        // Above the descriptors that a program starts with.
        let childs = rustix::io::fcntl_dupfd_cloexec(childs.into_fd(), 5).at(Step::HandOverListener)?;
        Ok(Self { parent_end: ours, child_end: childs })
    }

    /// Receives the listener that the child has sent before its exec.
    fn receive_listener(self) -> Result<Listener, KernelError> {
        let received = self.parent_end.try_receive::<u8>()?;
        let listener = received.and_then(|(_, fds)| fds.into_iter().next());
        let missing = KernelError { step: Step::HandOverListener, errno: libc::EPROTO };
        listener.map(Listener::from_fd).ok_or(missing)
    }
}

/// The child: a checklist with one system call per line. Allocates nothing and returns only on failure.
extern "C" fn run_child(plan: *mut libc::c_void) -> libc::c_int {
    // SAFETY: `spawn` passes its plan and waits until this function no longer uses it.
    let plan = unsafe { &mut *plan.cast::<SpawnPlan>() };
    // SAFETY: each call below gets pointers out of `plan`, which stays alive and unmoved, or constants.
    let step = unsafe { prepare_and_exec(plan) };
    plan.failure = Some(KernelError::last(step));
    127
}

/// Returns the step that failed; does not return otherwise.
///
/// # Safety
/// Runs between clone and exec on the pointers of `plan`, which must be valid.
unsafe fn prepare_and_exec(plan: &SpawnPlan) -> Step {
    macro_rules! must {
        ($step:ident, $call:expr) => {
            // SAFETY: the caller's promise; see each line.
            if unsafe { $call } < 0 {
                return Step::$step;
            }
        };
    }
    // A session of its own, without access to our terminal.
    must!(NewSession, libc::setsid());
    if plan.terminal != NO_TERMINAL {
        // Only the leader of a session without a terminal can do this, and only while the terminal belongs to no session.
        must!(TakeTerminal, libc::ioctl(plan.terminal, libc::TIOCSCTTY, 0));
    }
    if plan.filter.is_some() {
        // Before the ids change, while this process may still write to /proc/self: the OOM killer selects guests first.
        must!(SetDumpable, libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0));
        must!(OomScore, raise_oom_score());
    }
    must!(Priority, reset_priority());
    // A host that refuses this call has refused short time slices to this process, too. SAFETY: it only uses its own memory and
    // the errno of this thread.
    let _refused = unsafe { crate::timeslice::reset_timeslice() };
    if plan.settings != NO_NETWORK {
        // While this process has the capabilities for it.
        must!(UnshareNetwork, libc::unshare(libc::CLONE_NEWNET));
        must!(BoundBuffers, write_sysctl(plan.settings, c"net/ipv4/tcp_rmem", TCP_BUFFER_SIZES));
        must!(BoundBuffers, write_sysctl(plan.settings, c"net/ipv4/tcp_wmem", TCP_BUFFER_SIZES));
        // Data that a client sends before its connection is accepted is charged to no memory group.
        must!(BoundBuffers, write_optional_sysctl(plan.settings, c"net/core/somaxconn", MAX_BACKLOG));
        must!(
            BoundBuffers,
            write_optional_sysctl(plan.settings, c"net/ipv4/tcp_max_tw_buckets", MAX_TIME_WAIT)
        );
        must!(RaiseLoopback, raise_loopback());
    }
    must!(RedirectStreams, libc::dup2(plan.streams[0], 0));
    must!(RedirectStreams, libc::dup2(plan.streams[1], 1));
    must!(RedirectStreams, libc::dup2(plan.streams[2], 2));
    let mut first_to_close = 3;
    if plan.hook != NO_HOOK {
        must!(RedirectStreams, libc::dup2(plan.hook, 3));
        first_to_close = 4;
    }
    let handover = first_to_close;
    if plan.handover != NO_HANDOVER {
        // Stays open until exec.
        must!(RedirectStreams, libc::dup3(plan.handover, handover, libc::O_CLOEXEC));
        first_to_close += 1;
    }
    // All other descriptors are closed, whatever their flags.
    must!(CloseDescriptors, libc::syscall(libc::SYS_close_range, first_to_close, libc::c_uint::MAX, 0));
    must!(WorkFolder, libc::chdir(plan.folder));
    set_umask();
    for index in 0..plan.rlimit_count {
        // SAFETY: there are `rlimit_count` of them.
        let limit = unsafe { &*plan.rlimits.add(index) };
        let value = libc::rlimit { rlim_cur: limit.soft, rlim_max: limit.hard };
        must!(SetRlimit, libc::prlimit(0, limit.resource, &raw const value, ptr::null_mut()));
    }
    must!(NoNewPrivileges, libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    // Rust ignores SIGPIPE and init blocks SIGCHLD, and the parent of the server may have ignored and blocked more; a program
    // starts with default signal handling.
    must!(ResetSignals, crate::inherited_state::reset_all_signals());
    let outcome = match &plan.filter {
        // SAFETY: the filter is that of `plan`.
        Some((filter, kill_mode)) => unsafe { become_guest(plan, filter, *kill_mode, handover) },
        // SAFETY: touches no memory.
        None => unsafe { become_template() },
    };
    if let Err(step) = outcome {
        return step;
    }
    // Only now, with every restriction in place, the program runs. SAFETY: both lists end with a null pointer, and their
    // elements outlive the call.
    unsafe { libc::execve(plan.argv[0], plan.argv.as_ptr(), plan.env.as_ptr()) };
    Step::Exec
}

/// Drops all privileges that a guest does not need, and sends the filter's listener, if it has one, over `handover`. The error
/// is the step that failed.
///
/// # Safety
/// `filter` points to a valid program.
unsafe fn become_guest(
    plan: &SpawnPlan,
    filter: &libc::sock_fprog,
    kill_mode: KillMode,
    handover: RawFd,
) -> Result<(), Step> {
    // Raw calls: those of the C library would change the ids of all threads of the (shared) process.
    if plan.change_ids {
        let guest = Identity::GUEST;
        // SAFETY: the number of groups is 0, so no memory is read.
        step_result(Step::DropGroups, unsafe {
            libc::syscall(libc::SYS_setgroups, 0, ptr::null::<libc::gid_t>())
        })?;
        // SAFETY: these touch no memory.
        step_result(Step::SetGid, unsafe { libc::syscall(libc::SYS_setresgid, guest, guest, guest) })?;
        // SAFETY: as above.
        step_result(Step::SetUid, unsafe { libc::syscall(libc::SYS_setresuid, guest, guest, guest) })?;
    }
    // SAFETY: it accesses no other memory.
    unsafe { set_capabilities(0, 0) }?;
    // SAFETY: the caller's promise.
    let listener = unsafe { install_filter(filter, kill_mode) };
    step_result(Step::InstallFilter, listener)?;
    match (kill_mode, RawFd::try_from(listener)) {
        // SAFETY: touches no memory of anybody else's.
        (KillMode::Report, Ok(listener)) if unsafe { send(handover, listener) } < 0 => {
            Err(Step::HandOverListener)
        }
        (KillMode::Report | KillMode::Kill, _) => Ok(()),
    }
}

/// Sends a byte and a descriptor, without allocating.
unsafe fn send(socket: RawFd, fd: RawFd) -> libc::ssize_t {
    /// A `cmsghdr` with one descriptor, as cmsg(3) lays it out.
    #[repr(C)]
    struct Control {
        header: libc::cmsghdr,
        fd: RawFd,
    }
    let mut byte = 0_u8;
    let mut bytes = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // SAFETY: all zeroes are a valid value of each; some C libraries have padding fields.
    let (mut control, mut message) = unsafe { std::mem::zeroed::<(Control, libc::msghdr)>() };
    control.header.cmsg_level = libc::SOL_SOCKET;
    control.header.cmsg_type = libc::SCM_RIGHTS;
    control.header.cmsg_len = size_of::<libc::cmsghdr>() + size_of::<RawFd>();
    control.fd = fd;
    message.msg_iov = &raw mut bytes;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = size_of::<Control>();
    // SAFETY: everything that the message points to outlives the call.
    unsafe { libc::sendmsg(socket, &raw const message, libc::MSG_NOSIGNAL) }
}

/// Keeps only the capabilities to enter a sandbox and to become its guest. The error is the step that failed.
///
/// # Safety
/// To be called between clone and exec.
unsafe fn become_template() -> Result<(), Step> {
    let rights = TEMPLATE_CAPABILITIES.bits();
    // SAFETY: touches no memory of anybody else's.
    unsafe { set_capabilities(rights, rights) }?;
    // Without root, only ambient capabilities survive an exec.
    for capability in (0..u64::BITS).filter(|bit| rights >> bit & 1 == 1) {
        let raise = libc::PR_CAP_AMBIENT_RAISE;
        // SAFETY: touches no memory.
        let raised =
            unsafe { libc::prctl(libc::PR_CAP_AMBIENT, raise, libc::c_ulong::from(capability), 0, 0) };
        step_result(Step::KeepCapabilities, raised.into())?;
    }
    // SAFETY: touches no memory.
    step_result(Step::ParentDeathSignal, unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) }.into())
}

/// Sets the effective and permitted capabilities, and those that an executed program may inherit.
unsafe fn set_capabilities(held: u64, inheritable: u64) -> Result<(), Step> {
    let header = CapHeader { version: CAPABILITY_VERSION_3, pid: 0 };
    let word = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default();
    let data = |held, inheritable| CapData {
        effective: word(held),
        permitted: word(held),
        inheritable: word(inheritable),
    };
    // Capabilities 0 to 31 come first, then the rest.
    let sets = [data(held, inheritable), data(held >> 32, inheritable >> 32)];
    // SAFETY: header and sets have the layout that capset(2) documents for this version, and outlive the call.
    let result = unsafe { libc::syscall(libc::SYS_capset, &raw const header, sets.as_ptr()) };
    step_result(if held == 0 { Step::DropCapabilities } else { Step::KeepCapabilities }, result)
}

fn step_result(step: Step, result: libc::c_long) -> Result<(), Step> {
    if result < 0 { Err(step) } else { Ok(()) }
}

fn set_umask() {
    // SAFETY: umask cannot fail and touches no memory.
    unsafe { libc::umask(0o022) };
}

/// The default priority, or a lower one of this process if it may not raise it.
unsafe fn reset_priority() -> libc::c_int {
    // SAFETY: these touch no memory but the errno of this thread.
    unsafe {
        match libc::setpriority(libc::PRIO_PROCESS, 0, 0) {
            -1 if *libc::__errno_location() == libc::EACCES => 0,
            result => result,
        }
    }
}

/// Writes a kernel setting of this process's namespaces.
unsafe fn write_sysctl(settings: RawFd, name: &CStr, value: &CStr) -> libc::ssize_t {
    // SAFETY: both are C strings; the descriptor is closed with all others before exec.
    unsafe {
        match libc::openat(settings, name.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) {
            file if file < 0 => -1,
            file => libc::write(file, value.as_ptr().cast(), value.count_bytes()),
        }
    }
}

/// The same for a setting that some kernels lack in a user namespace.
unsafe fn write_optional_sysctl(settings: RawFd, name: &CStr, value: &CStr) -> libc::ssize_t {
    // SAFETY: as for `set`; errno is this thread's own.
    unsafe {
        match write_sysctl(settings, name, value) {
            -1 if *libc::__errno_location() == libc::ENOENT => 0,
            written => written,
        }
    }
}

/// Brings up the loopback interface of this network namespace, with its usual addresses.
unsafe fn raise_loopback() -> libc::c_int {
    // SAFETY: a request of zeroes is valid, and outlives the call; the socket is closed with all other descriptors before exec.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l'.cast_signed();
        request.ifr_name[1] = b'o'.cast_signed();
        request.ifr_ifru.ifru_flags = IFF_UP;
        match libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) {
            socket if socket < 0 => -1,
            socket => libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request),
        }
    }
}

unsafe fn raise_oom_score() -> libc::ssize_t {
    // SAFETY: constant C strings; the descriptor is closed with all others before exec.
    unsafe {
        match libc::open(c"/proc/self/oom_score_adj".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) {
            file if file < 0 => -1,
            file => libc::write(file, c"1000".as_ptr().cast(), 4),
        }
    }
}

const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct CapHeader {
    version: u32,
    pid: libc::c_int,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CapData {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}
