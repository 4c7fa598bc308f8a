//! The kernel, as Code Runner uses it: one function per thing to ask of it, each failing with the step it failed at.
//!
//! This is the only crate with `unsafe` code. It knows no jobs, languages or limits of the product; it decides nothing.
//! What runs between `clone` and `exec` allocates nothing, takes no lock and logs nothing.
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
mod inherited;
mod input_wait;
mod leftovers;
mod lent;
mod locks;
mod mounts;
mod namespaces;
pub mod probe;
mod process;
pub mod seccomp;
mod spawn;
mod terminal;
mod turns;

pub use census::{Census, Count, open_for_census, socket_capacity};
pub use channel::{Channel, MAX_FDS, MAX_MESSAGE, Received};
pub use error::{At, KernelError, Step};
pub use fds::{
    MemoryFile, close_all_but, input_pipe, output_pipe, read_pieces, read_with_fds, sealed_bytes, stream_pair,
};
pub use identity::{
    Identity, Mapper, be_spared_for_memory, core_dump_limit, drop_bounding_set, forgo_new_privileges,
    have_root, hide_from_peers, obstacle_to_lent_ids, restrict_core_dumps, settle_login_id,
    supplementary_groups, take_precedence, yield_memory_before_launcher,
};
pub use inherited::{Ignored, reset_attributes, reset_signals};
pub use input_wait::{InputWait, PipeId, input_wait};
pub use leftovers::{ProcessNumbers, collect_unreachable_sockets, forget_sockets, open_settings};
pub use lent::Obstacle;
pub use locks::{RecordLocks, open_for_record_locks};
pub use mounts::{
    Access, Tree, clone_tree, in_private_mounts, make_devices, mask, mount_proc, mount_tmpfs, mount_view,
    move_mount_to, pivot_into, resize_tmpfs, seal_in_place, seal_root, show_also, unmount,
};
pub use namespaces::{CloneOutcome, clone_init, detach, own_namespaces, renew_ipc};
pub use process::{
    ChildSignals, Exit, Reaped, adopt_orphans, check_guest, die_with_parent, exit_now, kill_all, kill_pidfd,
    open_pidfd, pin, pin_self, process_usage, processors, reap, space_left, uptime, wait_for_children_again,
    wait_gone, wait_pidfd,
};
pub use spawn::{NetworkNamespace, Program, Rlimit, Spawned, Standing, UserLimits, limit_process, spawn};
pub use terminal::{END_OF_INPUT, Pair, Terminal, foreground_of, mount_devpts, signal_group};
pub use turns::take_short_turns;
