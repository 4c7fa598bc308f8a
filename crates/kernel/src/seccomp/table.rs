//! The table: one row per system call or family, by what a program needs it for.
//!
//! To allow a call, add it to the family it belongs to. What is in no list is refused with `ENOSYS`. Left out on purpose,
//! besides what [`LETHAL`] names: the keyrings (not namespaced), `io_uring` (it makes calls that no filter sees),
//! `userfaultfd` (it widens kernel races), `perf_event_open`, `fanotify`, `quotactl`, `vmsplice`, `clone3` (its flags are
//! behind a pointer; the C library falls back to `clone`), `unshare`, and all that sets clocks, host names or modules.

use std::collections::BTreeMap;

use super::program::Action;

macro_rules! calls {
    ($($name:ident)*) => { &[$(libc::$name),*] };
}

/// A test of one argument, by index from 0; 32 bits of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Which argument.
    pub index: u8,
    /// What must hold.
    pub test: Test,
}

/// What must hold for an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// It has this value.
    Is(u32),
    /// It has another value.
    IsNot(u32),
    /// None of these bits is set.
    HasNone(u32),
}

/// Calls that end the process: no ordinary program makes them, so making one says what the program is.
pub const LETHAL: &[i64] = calls! {
    SYS_mount SYS_umount2 SYS_pivot_root SYS_move_mount SYS_open_tree SYS_fsopen SYS_fsmount SYS_fsconfig SYS_fspick
    SYS_mount_setattr SYS_setns SYS_ptrace SYS_process_vm_readv SYS_process_vm_writev SYS_kexec_load SYS_reboot
    SYS_init_module SYS_finit_module SYS_delete_module SYS_open_by_handle_at SYS_swapon SYS_swapoff SYS_acct SYS_bpf
};

/// Files: opening, reading, writing, looking, changing.
const FILES: &[i64] = calls! {
    SYS_read SYS_write SYS_readv SYS_writev SYS_pread64 SYS_pwrite64 SYS_preadv SYS_pwritev SYS_preadv2 SYS_pwritev2
    SYS_openat SYS_openat2 SYS_close SYS_close_range SYS_lseek SYS_dup SYS_dup3 SYS_fcntl SYS_flock SYS_fsync
    SYS_fdatasync SYS_sync_file_range SYS_sync SYS_syncfs SYS_truncate SYS_ftruncate SYS_fallocate SYS_fadvise64 SYS_readahead
    SYS_fstat SYS_newfstatat SYS_statx SYS_statfs SYS_fstatfs SYS_faccessat SYS_faccessat2 SYS_getdents64
    SYS_getcwd SYS_chdir SYS_fchdir SYS_mkdirat SYS_mknodat SYS_unlinkat SYS_renameat SYS_renameat2 SYS_linkat
    SYS_symlinkat SYS_readlinkat SYS_fchmod SYS_fchmodat SYS_fchown SYS_fchownat SYS_utimensat SYS_umask
    SYS_getxattr SYS_lgetxattr SYS_fgetxattr SYS_listxattr SYS_llistxattr SYS_flistxattr
    SYS_copy_file_range SYS_sendfile SYS_splice SYS_tee SYS_pipe2 SYS_memfd_create
    SYS_inotify_init1 SYS_inotify_add_watch SYS_inotify_rm_watch
};

/// Memory.
const MEMORY: &[i64] = calls! {
    SYS_brk SYS_mmap SYS_munmap SYS_mprotect SYS_mremap SYS_madvise SYS_msync SYS_mincore SYS_mlock SYS_mlock2 SYS_munlock
    SYS_mlockall SYS_munlockall SYS_membarrier SYS_pkey_alloc SYS_pkey_free SYS_pkey_mprotect SYS_get_mempolicy
    SYS_set_mempolicy SYS_mbind SYS_shmget SYS_shmat SYS_shmctl SYS_shmdt
};

/// Processes and threads. `clone` and `prctl` have rows of their own.
const PROCESSES: &[i64] = calls! {
    SYS_execve SYS_execveat SYS_exit SYS_exit_group SYS_wait4 SYS_waitid SYS_kill SYS_tkill SYS_tgkill SYS_pidfd_open
    SYS_pidfd_send_signal SYS_getpid SYS_getppid SYS_gettid SYS_getpgid SYS_setpgid SYS_getsid SYS_setsid
    SYS_set_tid_address SYS_set_robust_list SYS_get_robust_list SYS_rseq SYS_futex SYS_futex_waitv SYS_prctl
    SYS_sched_yield SYS_sched_getaffinity SYS_sched_setaffinity SYS_sched_getparam SYS_sched_setparam
    SYS_sched_getscheduler SYS_sched_setscheduler SYS_sched_getattr SYS_sched_setattr SYS_sched_get_priority_max
    SYS_sched_get_priority_min SYS_sched_rr_get_interval SYS_getpriority SYS_setpriority SYS_ioprio_get SYS_ioprio_set
    SYS_getrlimit SYS_setrlimit SYS_getrusage SYS_times SYS_getcpu SYS_seccomp
};

/// Who one is; changing it fails for want of capabilities, in the way that programs expect.
const IDENTITY: &[i64] = calls! {
    SYS_getuid SYS_geteuid SYS_getgid SYS_getegid SYS_getresuid SYS_getresgid SYS_getgroups SYS_setuid SYS_setgid
    SYS_setreuid SYS_setregid SYS_setresuid SYS_setresgid SYS_setgroups SYS_setfsuid SYS_setfsgid SYS_capget SYS_capset
};

/// Signals, timers, clocks.
const SIGNALS_AND_TIME: &[i64] = calls! {
    SYS_rt_sigaction SYS_rt_sigprocmask SYS_rt_sigreturn SYS_rt_sigpending SYS_rt_sigtimedwait SYS_rt_sigqueueinfo
    SYS_rt_tgsigqueueinfo SYS_rt_sigsuspend SYS_sigaltstack SYS_signalfd4 SYS_restart_syscall SYS_nanosleep SYS_clock_nanosleep
    SYS_clock_gettime SYS_clock_getres SYS_gettimeofday SYS_getitimer SYS_setitimer SYS_timer_create SYS_timer_settime
    SYS_timer_gettime SYS_timer_getoverrun SYS_timer_delete SYS_timerfd_create SYS_timerfd_settime SYS_timerfd_gettime
};

/// Waiting for many things, and talking between one's own processes. `socket` has rows of its own.
const WAITING_AND_TALKING: &[i64] = calls! {
    SYS_ppoll SYS_pselect6 SYS_epoll_create1 SYS_epoll_ctl SYS_epoll_pwait SYS_epoll_pwait2 SYS_eventfd2
    SYS_connect SYS_accept SYS_accept4 SYS_bind SYS_listen SYS_sendto SYS_recvfrom SYS_sendmsg SYS_recvmsg SYS_sendmmsg
    SYS_recvmmsg SYS_shutdown SYS_getsockname SYS_getpeername SYS_setsockopt SYS_getsockopt
    SYS_semget SYS_semop SYS_semctl SYS_semtimedop SYS_msgget SYS_msgsnd SYS_msgrcv SYS_msgctl
    SYS_mq_open SYS_mq_unlink SYS_mq_timedsend SYS_mq_timedreceive SYS_mq_notify SYS_mq_getsetattr
};

/// About the machine, as far as a program may know.
const MACHINE: &[i64] = calls! { SYS_uname SYS_sysinfo SYS_getrandom };

/// Calls that only x86-64 still has, in the shapes of old.
#[cfg(target_arch = "x86_64")]
const OLD: &[i64] = calls! {
    SYS_open SYS_creat SYS_stat SYS_lstat SYS_access SYS_getdents SYS_mkdir SYS_rmdir SYS_mknod SYS_unlink SYS_rename SYS_link
    SYS_symlink SYS_readlink SYS_chmod SYS_chown SYS_lchown SYS_utime SYS_utimes SYS_futimesat SYS_dup2 SYS_pipe SYS_poll
    SYS_select SYS_epoll_create SYS_epoll_wait SYS_eventfd SYS_signalfd SYS_inotify_init SYS_fork SYS_vfork SYS_getpgrp
    SYS_alarm SYS_pause SYS_time SYS_arch_prctl
};
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[i64] = &[];

/// Namespaces that `clone` could make: none may.
const NEW_NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u32
    | 0x80; // CLONE_NEWTIME

/// Rows with tests on arguments: the call is allowed when all tests of one of its rows hold.
const CONDITIONAL: &[(i64, &[Argument])] = &[
    (libc::SYS_clone, &[Argument { index: 0, test: Test::HasNone(NEW_NAMESPACES) }]),
    // Sockets inside the sandbox, and internet ones, which reach nowhere. Not AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK: they
    // talk to the kernel or past the network namespace.
    (libc::SYS_socket, &[Argument { index: 0, test: Test::Is(libc::AF_UNIX as u32) }]),
    (libc::SYS_socket, &[Argument { index: 0, test: Test::Is(libc::AF_INET as u32) }]),
    (libc::SYS_socket, &[Argument { index: 0, test: Test::Is(libc::AF_INET6 as u32) }]),
    (libc::SYS_socketpair, &[Argument { index: 0, test: Test::Is(libc::AF_UNIX as u32) }]),
    // Typing into a terminal on somebody's behalf, the console's own tricks, and line disciplines: drivers for modems and
    // the like, which the kernel loads for whoever has a terminal, and which have had many holes.
    (
        libc::SYS_ioctl,
        &[
            Argument { index: 1, test: Test::IsNot(TIOCSTI) },
            Argument { index: 1, test: Test::IsNot(TIOCLINUX) },
            Argument { index: 1, test: Test::IsNot(TIOCSETD) },
        ],
    ),
    // One's own limits: without ids of its own a guest has init's, and the kernel would let it change init's too.
    (libc::SYS_prlimit64, &[Argument { index: 0, test: Test::Is(0) }]),
    // Asking for the execution domain, or for the usual one; not for a fixed address layout.
    (libc::SYS_personality, &[Argument { index: 0, test: Test::Is(0) }]),
    (libc::SYS_personality, &[Argument { index: 0, test: Test::Is(0xffff_ffff) }]),
];

// `include/uapi/asm-generic/ioctls.h`.
const TIOCSTI: u32 = 0x5412;
const TIOCLINUX: u32 = 0x541C;
const TIOCSETD: u32 = 0x5423;

/// Memory that belongs to no process and is in no folder, so that only the kernel could count it.
pub const UNCOUNTED: &[i64] = calls! { SYS_memfd_create SYS_shmget };

/// As [`rules`], where the kernel does not count memory.
pub(super) fn rules_without_cgroups() -> BTreeMap<u32, Action> {
    let mut rules = rules();
    rules.extend(UNCOUNTED.iter().map(|call| (number(*call), Action::Refuse)));
    rules
}

/// What is done about each call that is in the table.
pub(super) fn rules() -> BTreeMap<u32, Action> {
    let plain = [FILES, MEMORY, PROCESSES, IDENTITY, SIGNALS_AND_TIME, WAITING_AND_TALKING, MACHINE, OLD];
    let allowed = plain.into_iter().flatten().map(|call| (number(*call), Action::Allow));
    let mut rules: BTreeMap<_, _> = allowed.collect();
    for (call, tests) in CONDITIONAL {
        match rules.entry(number(*call)).or_insert_with(|| Action::AllowIf(Vec::new())) {
            Action::AllowIf(rows) => rows.push(*tests),
            Action::Allow | Action::Refuse | Action::Kill => {}
        }
    }
    rules.extend(LETHAL.iter().map(|call| (number(*call), Action::Kill)));
    rules
}

fn number(call: i64) -> u32 {
    u32::try_from(call).expect("system calls have small numbers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_in_one_list_only() {
        let conditional: Vec<i64> = CONDITIONAL.iter().map(|(call, _)| *call).collect();
        for call in LETHAL.iter().chain(&conditional) {
            let lists =
                [FILES, MEMORY, PROCESSES, IDENTITY, SIGNALS_AND_TIME, WAITING_AND_TALKING, MACHINE, OLD];
            assert!(lists.iter().all(|list| !list.contains(call)), "system call {call} is allowed elsewhere");
        }
        assert!(LETHAL.iter().all(|call| !conditional.contains(call)));
    }
}
