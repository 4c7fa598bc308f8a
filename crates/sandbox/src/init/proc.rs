//! Restrictions of a guest's `/proc`: entries that belong to no process of the guest are the host's, and are covered or
//! read-only.
//!
//! Entries that runtimes read to learn about the machine stay visible: processors, memory, load, version, control groups.

use std::{
    ffi::CStr,
    fs::OpenOptions,
    io::{ErrorKind, Write},
};

use kernel::{At, KernelError, Step};

/// Files that say what the kernel, its memory and its keys are like, or when the host's devices and other people's programs
/// do something, which is how side channels measure; counters of the host's memory, which last; and one that makes the kernel act.
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

/// Folders of the host's devices and disks, and of how long processes wait for memory: counters that last are how one program
/// tells a later one something.
const MASKED_FOLDERS: [&CStr; 6] =
    [c"/proc/acpi", c"/proc/asound", c"/proc/fs", c"/proc/irq", c"/proc/pressure", c"/proc/scsi"];

/// A folder of the sandbox's root with nothing in it.
const EMPTY: &CStr = c"/run";

/// Most instances of inotify that the programs of a sandbox have at once, and watches in all of them. The kernel gives the
/// user of the server 128 instances (`fs.inotify.max_user_instances`), of which those of all sandboxes are a part.
const INOTIFY_LIMITS: [(&str, &str); 2] =
    [("/proc/sys/user/max_inotify_instances", "4"), ("/proc/sys/user/max_inotify_watches", "1024")];

/// Puts the limits of watches in force, which are the user namespace's own. To be called before [`close`].
pub(super) fn limit_inotify() -> Result<(), KernelError> {
    INOTIFY_LIMITS.into_iter().try_for_each(|(setting, most)| {
        match OpenOptions::new().write(true).open(setting) {
            // A kernel without inotify.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            opened => opened.and_then(|mut file| file.write_all(most.as_bytes())).at(Step::LimitWatches),
        }
    })
}

/// Covers them in the `/proc` that has been mounted. What this kernel does not have needs no cover.
pub(super) fn mask_host_entries() -> Result<(), KernelError> {
    for file in MASKED_FILES {
        kernel::mask(file, c"/dev/null")?;
    }
    for folder in MASKED_FOLDERS {
        kernel::mask(folder, EMPTY)?;
    }
    // Root of the sandbox's namespaces may set what belongs to them. Nobody in here is, and if somebody became it, it would
    // not help.
    kernel::seal_in_place(c"/proc/sys")
}
