//! The table: what is done about each system call, by what it is for.
//!
//! Data, and the same for all machines: calls have their names, and [`super::Machine`] knows numbers. Each call that the
//! kernel has is in one place here, which a test sees to; one that a newer kernel has is in none, and is refused. To allow
//! a call, move it to the family it belongs to, and say there what it is for.

use libc::{
    AF_INET, AF_INET6, AF_UNIX, CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID,
    CLONE_NEWUSER, CLONE_NEWUTS, EAFNOSUPPORT, EINVAL, ENOSYS, EPERM,
};

use super::rule::{Answer, Argument, Condition, Family, Test};

macro_rules! calls {
    ($($name:ident)*) => { &[$(stringify!($name)),*] };
}

/// Calls whose answer does not depend on their arguments.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "files",
        why: "opening, reading, writing, looking, changing; what is the host's is mounted read-only",
        answer: Answer::Allow,
        calls: calls! {
            read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 openat openat2 close close_range lseek
            dup dup3 fcntl flock fsync fdatasync sync_file_range truncate ftruncate fallocate fadvise64 readahead fstat
            newfstatat fstatat statx statfs fstatfs faccessat faccessat2 getdents64 getcwd chdir fchdir mkdirat mknodat
            unlinkat renameat renameat2 linkat symlinkat readlinkat fchmod fchmodat fchmodat2 fchown fchownat utimensat
            umask getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr copy_file_range sendfile splice tee pipe2
            memfd_create
        },
    },
    Family {
        name: "watching files",
        why: "Node.js and build tools watch files; how many is limited for each user",
        answer: Answer::Allow,
        calls: calls! { inotify_init inotify_init1 inotify_add_watch inotify_rm_watch },
    },
    Family {
        name: "memory",
        why: "allocating, protecting, sharing; locked pages count as the run's memory, and few may be locked",
        answer: Answer::Allow,
        calls: calls! {
            brk mmap munmap mprotect mremap madvise msync mincore mlock mlock2 munlock mlockall munlockall membarrier
            pkey_alloc pkey_free pkey_mprotect shmget shmat shmctl shmdt
        },
    },
    Family {
        name: "processes and threads",
        why: "starting, waiting, signalling, scheduling; nobody gets precedence without a capability",
        answer: Answer::Allow,
        calls: calls! {
            execve execveat exit exit_group wait4 waitid kill tkill tgkill pidfd_open pidfd_send_signal getpid getppid gettid
            getpgid setpgid getsid setsid set_tid_address set_robust_list get_robust_list rseq futex futex_waitv
            sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler
            sched_setscheduler sched_getattr sched_setattr sched_get_priority_max sched_get_priority_min
            sched_rr_get_interval getpriority setpriority getrlimit setrlimit getrusage times getcpu
        },
    },
    Family {
        name: "identity",
        why: "who one is; changing it fails for want of capabilities, in the way that programs expect",
        answer: Answer::Allow,
        calls: calls! {
            getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid
            setgroups setfsuid setfsgid capget capset
        },
    },
    Family {
        name: "signals and time",
        why: "handlers, timers, clocks",
        answer: Answer::Allow,
        calls: calls! {
            rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo
            rt_sigsuspend sigaltstack signalfd4 restart_syscall nanosleep clock_nanosleep clock_gettime clock_getres
            gettimeofday getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete
            timerfd_create timerfd_settime timerfd_gettime
        },
    },
    Family {
        name: "waiting and talking",
        why: "between a program's own processes: the namespaces of network and IPC are the sandbox's own",
        answer: Answer::Allow,
        calls: calls! {
            ppoll pselect6 epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 eventfd2 connect accept accept4 bind listen
            sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown getsockname getpeername setsockopt getsockopt semget
            semop semctl semtimedop msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify
            mq_getsetattr
        },
    },
    Family {
        name: "the machine",
        why: "what a program may know of it",
        answer: Answer::Allow,
        calls: calls! { uname sysinfo getrandom },
    },
    Family {
        name: "calls of old",
        why: "shapes that only x86-64 still has of what is allowed above",
        answer: Answer::Allow,
        calls: calls! {
            open creat stat lstat access getdents mkdir rmdir mknod unlink rename link symlink readlink chmod chown lchown
            utime utimes futimesat dup2 pipe poll select epoll_create epoll_wait eventfd signalfd fork vfork getpgrp alarm
            pause time arch_prctl
        },
    },
    Family {
        name: "mounts",
        why: "only somebody who wants out changes what is mounted",
        answer: Answer::Kill,
        calls: calls! {
            mount umount2 pivot_root move_mount open_tree open_tree_attr fsopen fsmount fsconfig fspick mount_setattr
        },
    },
    Family {
        name: "entering namespaces",
        why: "there is none that a program could have business in",
        answer: Answer::Kill,
        calls: calls! { setns },
    },
    Family {
        name: "other processes' insides",
        why: "memory and descriptors of others, which no exercise needs",
        answer: Answer::Kill,
        calls: calls! { ptrace process_vm_readv process_vm_writev pidfd_getfd },
    },
    Family {
        name: "the host's kernel",
        why: "replacing it, stopping it, loading code into it",
        answer: Answer::Kill,
        calls: calls! {
            kexec_load kexec_file_load reboot init_module finit_module delete_module create_module bpf swapon swapoff acct
            iopl ioperm
        },
    },
    Family {
        name: "files by handle",
        why: "opens what no path leads to: how containers were left in 2014",
        answer: Answer::Kill,
        calls: calls! { open_by_handle_at },
    },
    Family {
        name: "roots and namespaces of one's own",
        why: "a new user namespace gives capabilities over the others; tools that try without need take EPERM well",
        answer: Answer::Refuse(EPERM),
        calls: calls! { unshare chroot },
    },
    Family {
        name: "flags behind a pointer",
        why: "no filter can see which namespaces it asks for; C libraries fall back to clone",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! { clone3 },
    },
    Family {
        name: "clocks and names of the host",
        why: "takes capabilities that nobody has; EPERM is what everybody else gets who is not root",
        answer: Answer::Refuse(EPERM),
        calls: calls! {
            settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname vhangup quotactl quotactl_fd syslog
        },
    },
    Family {
        name: "keyrings",
        why: "keys are shared by all with the same user id, and no namespace parts them",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! { add_key request_key keyctl },
    },
    Family {
        name: "calls made by the kernel",
        why: "what rings ask for passes no filter, and their code has had many holes; event loops fall back",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! {
            io_uring_setup io_uring_enter io_uring_register io_setup io_destroy io_submit io_cancel io_getevents
            io_pgetevents
        },
    },
    Family {
        name: "filters of one's own",
        why: "code that the kernel compiles and runs; no language installs any, and ours must stay the last word",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! { seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self },
    },
    Family {
        name: "what makes the kernel's races easy to win",
        why: "page faults served by the attacker, and the tools that measure the kernel",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! { userfaultfd perf_event_open vmsplice process_madvise process_mrelease kcmp memfd_secret },
    },
    Family {
        name: "where memory lies",
        why: "for machines with several memories; a kernel for one memory answers the same",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! {
            get_mempolicy set_mempolicy mbind migrate_pages move_pages set_mempolicy_home_node remap_file_pages
        },
    },
    Family {
        name: "the host's disks",
        why: "writes out, or puts first, what others have on them; sync(2) cannot fail, so nobody notices",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! { sync syncfs ioprio_get ioprio_set cachestat },
    },
    Family {
        name: "the host's file systems",
        why: "handles, notices, attributes and mounts that no program in a fresh tmpfs needs",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! {
            name_to_handle_at fanotify_init fanotify_mark statmount listmount sysfs ustat nfsservctl setxattr lsetxattr
            fsetxattr removexattr lremovexattr fremovexattr setxattrat getxattrat listxattrat removexattrat file_getattr
            file_setattr
        },
    },
    Family {
        name: "too new to be needed",
        why: "C libraries and runtimes ask, and go on without",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! {
            map_shadow_stack futex_wake futex_wait futex_requeue lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal
        },
    },
    Family {
        name: "too old to be there",
        why: "most kernels have them no more; the rest are for programs of another age",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! {
            uselib get_kernel_syms query_module getpmsg putpmsg afs_syscall tuxcall security vserver _sysctl modify_ldt
            set_thread_area get_thread_area epoll_ctl_old epoll_wait_old lookup_dcookie
        },
    },
    Family {
        name: "numbers of 32-bit machines",
        why: "listed for 64-bit ARM, and not there",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! {
            clock_adjtime64 clock_getres_time64 clock_gettime64 clock_nanosleep_time64 clock_settime64 futex_time64
            io_pgetevents_time64 mq_timedreceive_time64 mq_timedsend_time64 ppoll_time64 pselect6_time64 recvmmsg_time64
            rt_sigtimedwait_time64 sched_rr_get_interval_time64 semtimedop_time64 timer_gettime64 timer_settime64
            timerfd_gettime64 timerfd_settime64 utimensat_time64
        },
    },
    Family {
        name: "the kernel's own trampolines",
        why: "made by code that the kernel put into a traced program; newer kernels answer them before any filter",
        answer: Answer::Refuse(ENOSYS),
        calls: calls! { uretprobe uprobe },
    },
];

/// Calls that are made when all tests of one of their rows hold.
pub const CONDITIONS: &[Condition] = &[
    Condition {
        call: "clone",
        why: "processes and threads, without namespaces of their own",
        rows: &[&[Argument { index: 0, test: Test::HasNone(NEW_NAMESPACES) }]],
        otherwise: EPERM,
    },
    Condition {
        call: "socket",
        why: "inside the sandbox, and of the internet, which reaches nowhere. Netlink, packets, AF_ALG and AF_VSOCK talk to the \
              kernel or past the network namespace; SCTP, DCCP and their like are drivers that asking for them loads",
        rows: &[
            &[Argument { index: 0, test: Test::Is(AF_UNIX as u32) }],
            &[
                Argument { index: 0, test: Test::IsOneOf(&[AF_INET as u32, AF_INET6 as u32]) },
                Argument { index: 1, test: Test::HasNone(RARE_SOCKETS) },
                Argument { index: 2, test: Test::IsOneOf(PROTOCOLS) },
            ],
        ],
        otherwise: EAFNOSUPPORT,
    },
    Condition {
        call: "socketpair",
        why: "between a program's own processes",
        rows: &[&[Argument { index: 0, test: Test::Is(AF_UNIX as u32) }]],
        otherwise: EAFNOSUPPORT,
    },
    Condition {
        call: "ioctl",
        why: "terminals and files, without typing on somebody's behalf, the console's own tricks, and line disciplines: \
              drivers that the kernel loads for whoever has a terminal, and which have had many holes",
        rows: &[&[Argument { index: 1, test: Test::IsNoneOf(&[TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS]) }]],
        otherwise: EPERM,
    },
    Condition {
        call: "prlimit64",
        why: "one's own limits: without ids of its own a guest has init's, and the kernel would let it change init's too",
        rows: &[&[Argument { index: 0, test: Test::Is(0) }]],
        otherwise: EPERM,
    },
    Condition {
        call: "personality",
        why: "asking for the execution domain, or for the usual one; not for a fixed address layout",
        rows: &[&[Argument { index: 0, test: Test::IsOneOf(&[0, 0xffff_ffff]) }]],
        otherwise: EPERM,
    },
    Condition {
        call: "prctl",
        why: "names, signals of a parent's death, giving up rights; EINVAL is what a kernel says that lacks an option",
        rows: &[&[Argument { index: 0, test: Test::IsOneOf(PRCTL_OPTIONS) }]],
        otherwise: EINVAL,
    },
];

/// In place of the row for `socket` above, for programs that were given no network: so they leave nothing in the counters of
/// the network namespace, which lasts longer than they do.
pub const LOCAL_SOCKET: Condition = Condition {
    call: "socket",
    why: "between a program's own processes",
    rows: &[&[Argument { index: 0, test: Test::Is(AF_UNIX as u32) }]],
    otherwise: EAFNOSUPPORT,
};

/// Memory that belongs to no process and is in no folder, so that only the kernel could count it: refused where it does not.
pub const UNCOUNTED: &[&str] = &["memfd_create", "shmget", "semget", "msgget"];

/// What makes things that outlive processes and have no place in any folder, so that only a new namespace forgets them:
/// refused where programs share one that must not know of each other.
pub const LASTING: &[&str] = &["shmget", "semget", "msgget", "mq_open"];

/// Namespaces that `clone` could make: none may.
const NEW_NAMESPACES: u32 = (CLONE_NEWNS
    | CLONE_NEWUSER
    | CLONE_NEWPID
    | CLONE_NEWNET
    | CLONE_NEWIPC
    | CLONE_NEWUTS
    | CLONE_NEWCGROUP) as u32
    | 0x80; // CLONE_NEWTIME

/// Bits of a socket's type that streams (1), datagrams (2) and raw sockets (3, which take a capability) do not have.
const RARE_SOCKETS: u32 = 0b1100;

/// The usual one, ICMP, TCP, UDP, `ICMPv6`.
const PROTOCOLS: &[u32] = &[0, 1, 6, 17, 58];

// `include/uapi/asm-generic/ioctls.h`.
const TIOCSTI: u32 = 0x5412;
const TIOCLINUX: u32 = 0x541C;
const TIOCCONS: u32 = 0x541D;
const TIOCSETD: u32 = 0x5423;

/// Of `include/uapi/linux/prctl.h`. Not among them: filters of one's own, changing what the kernel says of one's memory, and
/// what is for debuggers, emulators and machines with faulty memory.
const PRCTL_OPTIONS: &[u32] = &[
    1,
    2, // PDEATHSIG: set, get
    3,
    4, // DUMPABLE: get, set
    7,
    8, // KEEPCAPS: get, set
    15,
    16, // NAME: set, get
    21, // GET_SECCOMP
    23,
    24, // CAPBSET: read, drop
    27, // GET_SECUREBITS
    29,
    30, // TIMERSLACK: set, get
    36,
    37, // CHILD_SUBREAPER: set, get
    38,
    39, // NO_NEW_PRIVS: set, get
    40, // GET_TID_ADDRESS
    41,
    42, // THP_DISABLE: set, get
    47, // CAP_AMBIENT
    50,
    51, // SVE vector length: set, get
    52,
    53, // SPECULATION_CTRL: get, set
    54,
    55,
    56,          // PAC_RESET_KEYS; TAGGED_ADDR_CTRL: set, get
    0x4155_5856, // GET_AUXV
    0x5356_4d41, // SET_VMA: names for memory
];
