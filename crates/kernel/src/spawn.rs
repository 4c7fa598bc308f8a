//! Spawn: start of a program by init, with all restrictions set before `exec`.
//!
//! The child shares its parent's memory until it executes (`CLONE_VM | CLONE_VFORK`, as `posix_spawn(3)` does), which
//! spares copying page tables; so it must not touch anything but its own stack and the report of its failure.

use std::{
    ffi::{CStr, CString},
    os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd},
    ptr,
};

use crate::{
    Channel, Identity, KernelError, Step, StepContext,
    identity::TEMPLATE_CAPABILITIES,
    seccomp::{Filter, LethalCalls, Listener, install_filter},
};

/// A limit of setrlimit(2).
#[derive(Debug, Clone, Copy)]
pub struct Rlimit {
    /// `RLIMIT_…`
    pub resource: u32,
    /// Where the process is told.
    pub soft: u64,
    /// Past which it cannot raise the soft one.
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

/// The limits of this process on what the kernel counts for all processes of a user together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserLimits {
    /// Signals that wait to be taken, and timers.
    pub signals: u64,
    /// Bytes of POSIX message queues.
    pub queue_bytes: u64,
    /// Bytes of memory that is locked.
    pub locked_memory: u64,
    /// Processes and threads.
    pub processes: u64,
}

impl UserLimits {
    /// Those in force now; [`u64::MAX`] where there is none.
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

/// Puts limits on a process that runs already.
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
    /// Its path and arguments; the path is used as it is, without a search.
    pub argv: &'a [CString],
    /// Its environment.
    pub env: &'a [CString],
    /// Its work folder.
    pub folder: &'a CStr,
    /// Standard input, output and error, each above 3.
    pub streams: [BorrowedFd<'a>; 3],
    /// The terminal that becomes its controlling one, if any.
    pub terminal: Option<BorrowedFd<'a>>,
    /// What the program finds as descriptor 3, if anything; above 3 here.
    pub hook: Option<BorrowedFd<'a>>,
    /// Who it is.
    pub identity: Identity,
    /// Limits of each of its processes.
    pub rlimits: &'a [Rlimit],
    /// The network namespace that it is in.
    pub network: NetworkNamespace<'a>,
    /// What it may do.
    pub privileges: Privileges<'a>,
}

/// The network namespace of a program.
#[derive(Debug, Clone, Copy)]
pub enum NetworkNamespace<'a> {
    /// That of the process that starts it.
    Inherited,
    /// A new one with nothing in it but a loopback interface, which goes with the program's last process. The buffers of its TCP
    /// sockets are bounded through this folder, `/proc/sys` as it can be written.
    Loopback(BorrowedFd<'a>),
}

/// The privileges of a program.
#[derive(Debug, Clone, Copy)]
pub enum Privileges<'a> {
    /// A guest's: it is nobody, has no capability, and may make the system calls that the filter lets through.
    Guest(&'a Filter),
    /// A template's, which reads nothing of any guest's: it keeps what it takes to enter the sandboxes of its user
    /// namespace and to become their guest there, and dies with the process that started it.
    Template,
}

/// Everything that the child needs, as raw as the system calls take it.
struct SpawnPlan {
    argv: Vec<*const libc::c_char>,
    env: Vec<*const libc::c_char>,
    folder: *const libc::c_char,
    streams: [RawFd; 3],
    terminal: RawFd,
    hook: RawFd,
    change_ids: bool,
    /// The folder of settings, for a network namespace of its own.
    settings: RawFd,
    rlimits: *const Rlimit,
    rlimit_count: usize,
    /// None for a template.
    filter: Option<(libc::sock_fprog, LethalCalls)>,
    /// Where the filter's listener is sent, if it has one: above 4.
    handover: RawFd,
    failure: Option<KernelError>,
}

const NO_HOOK: RawFd = -1;
const NO_TERMINAL: RawFd = -1;
const NO_NETWORK: RawFd = -1;
const NO_HANDOVER: RawFd = -1;

/// `IFF_UP` as an interface's flags have it.
const IFF_UP: libc::c_short = 1;

/// Bytes in each buffer of a TCP socket: the least, at first, and the most.
const TCP_BUFFER_SIZES: &CStr = c"4096 16384 65536";
/// Connections that wait to be accepted, for each listener.
const MAX_BACKLOG: &CStr = c"16";
/// Closed connections that the kernel still remembers.
const MAX_TIME_WAIT: &CStr = c"64";

const STACK: usize = 64 * 1024;

/// A program that executes.
#[derive(Debug)]
pub struct Spawned {
    /// Its pid.
    pub pid: i32,
    /// That of its filter, if that has one.
    pub listener: Option<Listener>,
}

/// Starts the program and returns once it executes.
pub fn spawn(program: &Program<'_>) -> Result<Spawned, KernelError> {
    let handover = match program.privileges {
        Privileges::Guest(filter) if filter.lethal_calls() == LethalCalls::Report => Some(Handover::open()?),
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
            Privileges::Guest(filter) => Some((filter.as_raw(), filter.lethal_calls())),
            Privileges::Template => None,
        },
        handover: handover.as_ref().map_or(NO_HANDOVER, |handover| handover.childs.as_raw_fd()),
        failure: None,
    };
    let mut stack = vec![0u128; STACK / size_of::<u128>()];
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the child runs `child` on a stack of its own that lives until the parent goes on, and CLONE_VFORK holds the
    // parent until the child has executed or exited, so `plan` is never used by both at once.
    let pid = unsafe {
        libc::clone(run_child, stack.as_mut_ptr().add(stack.len()).cast(), flags, (&raw mut plan).cast())
    };
    if pid < 0 {
        return Err(KernelError::last(Step::CloneProgram));
    }
    match plan.failure {
        None => Ok(Spawned { pid, listener: handover.map(Handover::take).transpose()? }),
        Some(failure) => {
            // The child has already exited; its zombie must not be taken for a program's.
            crate::process::wait_exit_code(pid)?;
            Err(failure)
        }
    }
}

/// The way of a listener from the child to its parent.
struct Handover {
    ours: Channel,
    childs: OwnedFd,
}

impl Handover {
    fn open() -> Result<Self, KernelError> {
        let (ours, childs) = Channel::pair()?;
        // Out of the way of the descriptors that a program begins with.
        let childs = rustix::io::fcntl_dupfd_cloexec(childs.into_fd(), 5).at(Step::HandOverListener)?;
        Ok(Self { ours, childs })
    }

    /// What a child that executes has sent.
    fn take(self) -> Result<Listener, KernelError> {
        let received = self.ours.try_receive::<u8>()?;
        let listener = received.and_then(|(_, fds)| fds.into_iter().next());
        let missing = KernelError { step: Step::HandOverListener, errno: libc::EPROTO };
        listener.map(Listener::from_fd).ok_or(missing)
    }
}

/// The child: a checklist, one system call a line. Allocates nothing and returns only to fail.
extern "C" fn run_child(plan: *mut libc::c_void) -> libc::c_int {
    // SAFETY: `spawn` passes its Plan and waits until this function is done with it.
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
    // A session of its own: no terminal of ours to talk to.
    must!(NewSession, libc::setsid());
    if plan.terminal != NO_TERMINAL {
        // Only the leader of a session without one can, and only while the terminal is nobody's.
        must!(TakeTerminal, libc::ioctl(plan.terminal, libc::TIOCSCTTY, 0));
    }
    if plan.filter.is_some() {
        // Before the ids change, while /proc/self still belongs to us: guests are the first that the kernel kills.
        must!(SetDumpable, libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0));
        must!(OomScore, raise_oom_score());
    }
    must!(Priority, reset_priority());
    // A host that refuses it has refused us short ones, too.
    // SAFETY: touches no memory but its own and the errno of this thread.
    let _refused = unsafe { crate::timeslice::reset_timeslice() };
    if plan.settings != NO_NETWORK {
        // While we have the capabilities for it.
        must!(UnshareNetwork, libc::unshare(libc::CLONE_NEWNET));
        must!(BoundBuffers, write_sysctl(plan.settings, c"net/ipv4/tcp_rmem", TCP_BUFFER_SIZES));
        must!(BoundBuffers, write_sysctl(plan.settings, c"net/ipv4/tcp_wmem", TCP_BUFFER_SIZES));
        // What a client sends before its connection is accepted counts as nobody's memory.
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
        // Open until exec.
        must!(RedirectStreams, libc::dup3(plan.handover, handover, libc::O_CLOEXEC));
        first_to_close += 1;
    }
    // Everything else of ours goes, whatever its flags say.
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
    // Rust ignores SIGPIPE and init blocks SIGCHLD, and whoever started the server may have ignored and blocked more; a program
    // starts with none of it.
    must!(ResetSignals, crate::inherited_state::reset_all_signals());
    let outcome = match &plan.filter {
        // SAFETY: the filter is that of `plan`.
        Some((filter, lethal_calls)) => unsafe { become_guest(plan, filter, *lethal_calls, handover) },
        // SAFETY: touches no memory.
        None => unsafe { become_template() },
    };
    if let Err(step) = outcome {
        return step;
    }
    // Only now, with every restriction in place, does anything else run.
    // SAFETY: both lists end with a null pointer, and all that they point to is alive.
    unsafe { libc::execve(plan.argv[0], plan.argv.as_ptr(), plan.env.as_ptr()) };
    Step::Exec
}

/// Gives up everything that a guest has no business with, and sends the filter's listener, if it has one, over `handover`. The
/// error is the step that failed.
///
/// # Safety
/// `filter` points to a valid program.
unsafe fn become_guest(
    plan: &SpawnPlan,
    filter: &libc::sock_fprog,
    lethal_calls: LethalCalls,
    handover: RawFd,
) -> Result<(), Step> {
    // Raw calls: the C library's would ask all threads of the (shared) process to change theirs.
    if plan.change_ids {
        let guest = Identity::GUEST;
        // SAFETY: no group is read where none is announced.
        step_result(Step::DropGroups, unsafe {
            libc::syscall(libc::SYS_setgroups, 0, ptr::null::<libc::gid_t>())
        })?;
        // SAFETY: these touch no memory.
        step_result(Step::SetGid, unsafe { libc::syscall(libc::SYS_setresgid, guest, guest, guest) })?;
        // SAFETY: as above.
        step_result(Step::SetUid, unsafe { libc::syscall(libc::SYS_setresuid, guest, guest, guest) })?;
    }
    // SAFETY: touches no memory of anybody else's.
    unsafe { set_capabilities(0, 0) }?;
    // SAFETY: the caller's promise.
    let listener = unsafe { install_filter(filter, lethal_calls) };
    step_result(Step::InstallFilter, listener)?;
    match (lethal_calls, RawFd::try_from(listener)) {
        // SAFETY: touches no memory of anybody else's.
        (LethalCalls::Report, Ok(listener)) if unsafe { send(handover, listener) } < 0 => {
            Err(Step::HandOverListener)
        }
        (LethalCalls::Report | LethalCalls::Kill, _) => Ok(()),
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
    // SAFETY: all zeroes are a valid value of each: some C libraries have fields of padding.
    let (mut control, mut message) = unsafe { std::mem::zeroed::<(Control, libc::msghdr)>() };
    control.header.cmsg_level = libc::SOL_SOCKET;
    control.header.cmsg_type = libc::SCM_RIGHTS;
    control.header.cmsg_len = size_of::<libc::cmsghdr>() + size_of::<RawFd>();
    control.fd = fd;
    message.msg_iov = &raw mut bytes;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = size_of::<Control>();
    // SAFETY: all that the message points to outlives the call.
    unsafe { libc::sendmsg(socket, &raw const message, libc::MSG_NOSIGNAL) }
}

/// Keeps what entering a sandbox and becoming its guest take, and nothing else. The error is the step that failed.
///
/// # Safety
/// To be called between clone and exec.
unsafe fn become_template() -> Result<(), Step> {
    let rights = TEMPLATE_CAPABILITIES.bits();
    // SAFETY: touches no memory of anybody else's.
    unsafe { set_capabilities(rights, rights) }?;
    // Who is not root keeps over an exec only what is ambient.
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

/// Sets the capabilities that hold now, and those that a program executed may hold.
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

/// The usual one, or a lower one that we run with ourselves and may not leave.
unsafe fn reset_priority() -> libc::c_int {
    // SAFETY: these touch no memory but the errno of this thread.
    unsafe {
        match libc::setpriority(libc::PRIO_PROCESS, 0, 0) {
            -1 if *libc::__errno_location() == libc::EACCES => 0,
            result => result,
        }
    }
}

/// Sets a setting of the kernel's that belongs to this process's namespaces.
unsafe fn write_sysctl(settings: RawFd, name: &CStr, value: &CStr) -> libc::ssize_t {
    // SAFETY: both are C strings; the descriptor is closed with all others before exec.
    unsafe {
        match libc::openat(settings, name.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) {
            file if file < 0 => -1,
            file => libc::write(file, value.as_ptr().cast(), value.count_bytes()),
        }
    }
}

/// The same for a setting that not every kernel has in a user namespace.
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
