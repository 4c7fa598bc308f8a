//! Linux kernel interface: cgroups, namespaces, mounts, seccomp and processes, one function per operation.
//!
//! Every error names the step that failed. This is the only crate with `unsafe` code. It knows no jobs and no languages, and it has no
//! policy of its own. Code between `clone` and `exec` allocates nothing, takes no lock and logs nothing.
#![allow(unsafe_code)]

mod census;
pub mod cgroup;
mod channel;
mod error;
mod fds;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod identity;
mod inherited_state;
mod input_wait;
mod mounts;
mod namespace_state;
mod namespaces;
pub mod probe;
mod process;
mod record_locks;
pub mod seccomp;
mod spawn;
mod subid;
mod terminal;
mod timeslice;

pub use census::{Census, CensusReading, open_for_census, socket_capacity};
pub use channel::{Channel, MAX_FDS, MAX_MESSAGE, MessageWithFds};
pub use error::{KernelError, Step, StepContext};
pub use fds::{
    MemoryFile, close_fds_except, input_pipe, output_pipe, read_chunks, read_with_fds, sealed_memfd,
    socket_pair,
};
pub use identity::{
    IdMapper, Identity, core_dump_limit, drop_bounding_set, has_root_capabilities, lower_oom_score,
    make_undumpable, raise_init_oom_score, raise_precedence, restrict_core_dumps, set_login_uid,
    set_no_new_privs, subid_error, supplementary_groups,
};
pub use inherited_state::{IgnoredSignals, reset_attributes, reset_signals};
pub use input_wait::{InputSource, InputWait, PipeId, RuntimeThreads, input_wait};
pub use mounts::{
    MountAccess, MountTree, bind_mount, clone_mount_tree, make_devices, make_mounts_private, make_read_only,
    make_root_read_only, mask_path, mount_overlay, mount_proc, mount_tmpfs, move_mount_to, pivot_root_to,
    resize_tmpfs, unmount,
};
pub use namespace_state::{PidCounter, collect_unreachable_sockets, open_sysctl, wait_for_closed_sockets};
pub use namespaces::{CloneOutcome, clone_init, open_namespaces, unshare_all, unshare_ipc};
pub use process::{
    ChildSignals, ExitStatus, ReapOutcome, adopt_orphans, check_guest, children_cpu_time, die_with_parent,
    exit_now, has_free_space, kill_all, kill_pidfd, open_pidfd, pin_child, pin_self, processors, reap,
    reset_sigchld, uptime, wait_for_all_children, wait_pidfd,
};
pub use record_locks::{RecordLocks, open_for_record_locks};
pub use spawn::{
    NetworkNamespace, Privileges, Program, Rlimit, SpawnedProcess, UserLimits, limit_process, spawn,
};
pub use subid::SubidError;
pub use terminal::{END_OF_INPUT, PtyPair, Terminal, foreground_group, mount_devpts, signal_group};
pub use timeslice::request_short_timeslice;
