//! System call table: the action for each call, grouped by purpose.
//!
//! Data, and the same for all machines: calls have their names, and [`super::Architecture`] knows numbers. A test checks that each system
//! call of the kernel occurs here exactly once. A call of a newer kernel does not occur, and is refused. To allow a call, move it to its
//! group, and state its purpose there.

use libc::{ENOSYS, EPERM};

use super::rule::{Action, CallGroup};

macro_rules! calls {
    ($($name:ident)*) => { &[$(stringify!($name)),*] };
}

/// Calls whose action does not depend on their arguments.
pub const CALL_GROUPS: &[CallGroup] = &[
    CallGroup {
        name: "files",
        reason: "opening, reading, writing, looking, changing; what is the host's is mounted read-only",
        action: Action::Allow,
        calls: calls! {
            read write readv writev pread64 pwrite64 preadv pwritev openat openat2 close lseek
            dup dup3 flock fsync fdatasync sync_file_range truncate ftruncate fallocate readahead fstat
            newfstatat fstatat statx statfs fstatfs faccessat faccessat2 getdents64 getcwd chdir fchdir mkdirat mknodat
            unlinkat renameat renameat2 linkat symlinkat readlinkat fchmod fchmodat fchmodat2 fchown fchownat utimensat
            umask getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr copy_file_range sendfile splice tee pipe2
        },
    },
    CallGroup {
        name: "watching files",
        reason: "Node.js and build tools watch files; each sandbox has few watches, and sees only inodes of its own",
        action: Action::Allow,
        calls: calls! { inotify_init inotify_init1 inotify_add_watch inotify_rm_watch },
    },
    CallGroup {
        name: "memory",
        reason: "allocating, protecting, sharing; locked pages count as the run's memory, and few may be locked",
        action: Action::Allow,
        calls: calls! {
            brk munmap mprotect mremap msync mincore mlock mlock2 munlock mlockall munlockall pkey_alloc
            pkey_free pkey_mprotect shmat shmdt
        },
    },
    CallGroup {
        name: "processes and threads",
        reason: "starting, waiting, signalling, limiting oneself",
        action: Action::Allow,
        calls: calls! {
            execve execveat exit exit_group wait4 waitid kill tkill tgkill pidfd_send_signal getpid getppid gettid
            getpgid setpgid getsid setsid set_tid_address set_robust_list get_robust_list rseq futex futex_waitv
            sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_getattr sched_get_priority_max sched_get_priority_min
            sched_rr_get_interval getpriority getrlimit getrusage times getcpu
        },
    },
    CallGroup {
        name: "identity",
        reason: "who one is; changing it fails for want of capabilities, in the way that programs expect",
        action: Action::Allow,
        calls: calls! {
            getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid
            setgroups setfsuid setfsgid capget capset
        },
    },
    CallGroup {
        name: "signals and time",
        reason: "handlers, timers, clocks",
        action: Action::Allow,
        calls: calls! {
            rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo
            rt_sigsuspend sigaltstack signalfd4 restart_syscall nanosleep clock_nanosleep clock_gettime clock_getres
            gettimeofday getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete
            timerfd_create timerfd_settime timerfd_gettime
        },
    },
    CallGroup {
        name: "waiting and talking",
        reason: "between a program's own processes: the namespaces of network and IPC are the sandbox's own",
        action: Action::Allow,
        calls: calls! {
            ppoll pselect6 epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 eventfd2 connect accept accept4 bind listen
            sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown getsockname getpeername semget semop
            semtimedop msgget msgsnd msgrcv mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify
            mq_getsetattr
        },
    },
    CallGroup {
        name: "the machine",
        reason: "what a program may know of it",
        action: Action::Allow,
        calls: calls! { uname sysinfo getrandom },
    },
    CallGroup {
        name: "calls of old",
        reason: "shapes that only x86-64 still has of what is allowed above",
        action: Action::Allow,
        calls: calls! {
            open creat stat lstat access getdents mkdir rmdir mknod unlink rename link symlink readlink chmod chown lchown
            utime utimes futimesat dup2 pipe poll select epoll_create epoll_wait eventfd signalfd fork vfork getpgrp alarm
            pause time
        },
    },
    CallGroup {
        name: "mounts",
        reason: "only somebody who wants out changes what is mounted",
        action: Action::Kill,
        calls: calls! {
            mount umount2 pivot_root move_mount open_tree open_tree_attr fsopen fsmount fsconfig fspick mount_setattr
        },
    },
    CallGroup {
        name: "entering namespaces",
        reason: "there is none that a program could have business in",
        action: Action::Kill,
        calls: calls! { setns },
    },
    CallGroup {
        name: "other processes' insides",
        reason: "memory and descriptors of others, which no exercise needs",
        action: Action::Kill,
        calls: calls! { ptrace process_vm_readv process_vm_writev pidfd_getfd },
    },
    CallGroup {
        name: "the host's kernel",
        reason: "replacing it, stopping it, loading code into it",
        action: Action::Kill,
        calls: calls! {
            kexec_load kexec_file_load reboot init_module finit_module delete_module create_module bpf swapon swapoff acct
            iopl ioperm
        },
    },
    CallGroup {
        name: "files by handle",
        reason: "opens what no path leads to: how containers were left in 2014",
        action: Action::Kill,
        calls: calls! { open_by_handle_at },
    },
    CallGroup {
        name: "roots and namespaces of one's own",
        reason: "a new user namespace gives capabilities over the others; tools that try without need take EPERM well",
        action: Action::Refuse(EPERM),
        calls: calls! { unshare chroot },
    },
    CallGroup {
        name: "flags behind a pointer",
        reason: "no filter can see which namespaces or which precedence they ask for; C libraries use clone and sched_setscheduler",
        action: Action::Refuse(ENOSYS),
        calls: calls! { clone3 sched_setattr },
    },
    CallGroup {
        name: "choosing processors",
        reason: "a judged program that is held to one core must not leave it, nor may its children",
        action: Action::Refuse(EPERM),
        calls: calls! { sched_setaffinity },
    },
    CallGroup {
        name: "clocks and names of the host",
        reason: "takes capabilities that nobody has; EPERM is what everybody else gets who is not root",
        action: Action::Refuse(EPERM),
        calls: calls! {
            settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname vhangup quotactl quotactl_fd syslog
        },
    },
    CallGroup {
        name: "keyrings",
        reason: "keys are shared by all with the same user id, and no namespace parts them",
        action: Action::Refuse(ENOSYS),
        calls: calls! { add_key request_key keyctl },
    },
    CallGroup {
        name: "calls made by the kernel",
        reason: "what rings ask for passes no filter, and their code has had many holes; event loops fall back",
        action: Action::Refuse(ENOSYS),
        calls: calls! {
            io_uring_setup io_uring_enter io_uring_register io_setup io_destroy io_submit io_cancel io_getevents
            io_pgetevents
        },
    },
    CallGroup {
        name: "filters of one's own",
        reason: "code that the kernel compiles and runs; no language installs any, and ours must stay the last word",
        action: Action::Refuse(ENOSYS),
        calls: calls! { seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self },
    },
    CallGroup {
        name: "what makes the kernel's races easy to win",
        reason: "page faults served by the attacker, and the tools that measure the kernel",
        action: Action::Refuse(ENOSYS),
        calls: calls! { userfaultfd perf_event_open vmsplice process_madvise process_mrelease kcmp memfd_secret },
    },
    CallGroup {
        name: "where memory lies",
        reason: "for machines with several memories; a kernel for one memory answers the same",
        action: Action::Refuse(ENOSYS),
        calls: calls! {
            get_mempolicy set_mempolicy mbind migrate_pages move_pages set_mempolicy_home_node remap_file_pages
        },
    },
    CallGroup {
        name: "the host's disks",
        reason: "writes out, or puts first, what others have on them; sync(2) cannot fail, so nobody notices",
        action: Action::Refuse(ENOSYS),
        calls: calls! { sync syncfs ioprio_get ioprio_set cachestat },
    },
    CallGroup {
        name: "the host's file systems",
        reason: "handles, notices, attributes and mounts that no program in a fresh tmpfs needs",
        action: Action::Refuse(ENOSYS),
        calls: calls! {
            name_to_handle_at fanotify_init fanotify_mark statmount listmount sysfs ustat nfsservctl setxattr lsetxattr
            fsetxattr removexattr lremovexattr fremovexattr setxattrat getxattrat listxattrat removexattrat file_getattr
            file_setattr
        },
    },
    CallGroup {
        name: "too new to be needed",
        reason: "C libraries and runtimes ask, and go on without",
        action: Action::Refuse(ENOSYS),
        calls: calls! {
            map_shadow_stack futex_wake futex_wait futex_requeue lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal
            pidfd_open
        },
    },
    CallGroup {
        name: "too old to be there",
        reason: "most kernels have them no more; the rest are for programs of another age",
        action: Action::Refuse(ENOSYS),
        calls: calls! {
            uselib get_kernel_syms query_module getpmsg putpmsg afs_syscall tuxcall security vserver _sysctl modify_ldt
            set_thread_area get_thread_area epoll_ctl_old epoll_wait_old lookup_dcookie
        },
    },
    CallGroup {
        name: "numbers of 32-bit machines",
        reason: "listed for 64-bit ARM, and not there",
        action: Action::Refuse(ENOSYS),
        calls: calls! {
            clock_adjtime64 clock_getres_time64 clock_gettime64 clock_nanosleep_time64 clock_settime64 futex_time64
            io_pgetevents_time64 mq_timedreceive_time64 mq_timedsend_time64 ppoll_time64 pselect6_time64 recvmmsg_time64
            rt_sigtimedwait_time64 sched_rr_get_interval_time64 semtimedop_time64 timer_gettime64 timer_settime64
            timerfd_gettime64 timerfd_settime64 utimensat_time64
        },
    },
    CallGroup {
        name: "the kernel's own trampolines",
        reason: "made by code that the kernel put into a traced program; newer kernels answer them before any filter",
        action: Action::Refuse(ENOSYS),
        calls: calls! { uretprobe uprobe },
    },
];

/// Memory that belongs to no process and is in no folder, so only the kernel could account for it: refused if the kernel does not.
pub const UNCOUNTED_MEMORY: &[&str] = &["memfd_create", "shmget", "semget", "msgget", "mmap"];

/// Calls that affect other sandboxes and the host through a shared inode: refused if toolchains have no inodes of their own. On read-only
/// files the kernel permits only shared record locks, which block no other process here.
pub const SHARED_INODES: &[&str] =
    &["inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "flock"];

/// Calls that create objects outside of any folder, which outlive processes and disappear only with their namespace. They are refused
/// if programs that must be isolated from each other share a namespace.
pub const PERSISTENT_OBJECTS: &[&str] = &["shmget", "semget", "msgget", "mq_open"];
