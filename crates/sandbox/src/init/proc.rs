//! Restrictions of a guest's `/proc`: entries that belong to no process of the guest are the host's, and are covered or
//! read-only.
//!
//! Entries that runtimes read to learn about the machine stay visible: processors, memory, load, version, control groups.

use std::{
    ffi::CStr,
    fs::OpenOptions,
    io::{ErrorKind, Write},
};

use kernel::{KernelError, Step, StepContext};

/// Files about the kernel, its memory, its keys, and the activity of devices and other processes (used for side channels),
/// counters of the host's memory, which persist, and one file that triggers actions.
const MASKED_FILES: [&CStr; 24] = [
    c"/proc/buddyinfo",
    c"/proc/cmdline",
    c"/proc/config.gz",
    c"/proc/diskstats",
    c"/proc/interrupts",
    c"/proc/kallsyms",
    c"/proc/kcore",
    c"/proc/key-users",
    c"/proc/keys",
    c"/proc/kmsg",
    c"/proc/latency_stats",
    c"/proc/locks",
    c"/proc/modules",
    c"/proc/mtrr",
    c"/proc/sched_debug",
    c"/proc/schedstat",
    c"/proc/slabinfo",
    c"/proc/softirqs",
    c"/proc/sysrq-trigger",
    c"/proc/timer_list",
    c"/proc/timer_stats",
    c"/proc/vmallocinfo",
    c"/proc/vmstat",
    c"/proc/zoneinfo",
];

/// Folders about devices and disks of the host, and about memory pressure: persistent counters can carry a message to a later
/// program.
const MASKED_FOLDERS: [&CStr; 6] =
    [c"/proc/acpi", c"/proc/asound", c"/proc/fs", c"/proc/irq", c"/proc/pressure", c"/proc/scsi"];

/// An empty folder of the sandbox's root.
const EMPTY: &CStr = c"/run";

/// Maximum of inotify instances of the programs of a sandbox, and of watches in all of them. The kernel allows the server's
/// user 128 instances (`fs.inotify.max_user_instances`), which include those of all sandboxes.
const INOTIFY_LIMITS: [(&str, &str); 2] =
    [("/proc/sys/user/max_inotify_instances", "4"), ("/proc/sys/user/max_inotify_watches", "1024")];

/// Sets the limits of the user namespace. To be called before [`mask_host_entries`].
pub(super) fn limit_inotify() -> Result<(), KernelError> {
    INOTIFY_LIMITS.into_iter().try_for_each(|(setting, most)| {
        match OpenOptions::new().write(true).open(setting) {
            // The kernel has no inotify.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            opened => opened.and_then(|mut file| file.write_all(most.as_bytes())).at(Step::LimitWatches),
        }
    })
}

/// Covers these entries in the mounted `/proc`. Entries that the kernel does not have need no cover.
pub(super) fn mask_host_entries() -> Result<(), KernelError> {
    for file in MASKED_FILES {
        kernel::mask_path(file, c"/dev/null")?;
    }
    for folder in MASKED_FOLDERS {
        kernel::mask_path(folder, EMPTY)?;
    }
    // Root of the sandbox's namespaces could change their settings. No guest is root, and this holds even if one became root.
    kernel::make_read_only(c"/proc/sys")
}
