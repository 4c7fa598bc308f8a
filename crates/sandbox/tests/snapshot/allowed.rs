//! Allowed differences between two programs in one slot, with reasons.

/// Patterns of keys, in which a `*` stands for anything, each with the reason why it may differ.
const ALLOWED: &[(&str, &str)] = &[
    // The program itself.
    (
        "file /proc/self/maps",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/smaps",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/smaps_rollup",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/numa_maps",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/auxv",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/stat",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/statm",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/syscall",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/status Vm*",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    (
        "file /proc/self/status Rss*",
        "its memory lies at random addresses, and how much is in use differs a little by that",
    ),
    ("file /proc/self/io", "what it has done so far, and for how long"),
    ("file /proc/self/sched", "what it has done so far, and for how long"),
    ("file /proc/self/schedstat", "what it has done so far, and for how long"),
    ("file /proc/self/arch_status", "what it has done so far, and for how long"),
    ("file /proc/self/wchan", "what it has done so far, and for how long"),
    ("file /proc/self/status *ctxt_switches", "what it has done so far, and for how long"),
    ("port", "drawn at random"),
    ("file /proc/sys/kernel/random/uuid", "drawn at random"),
    ("statvfs * fsid", "drawn at random"),
    // Time goes on.
    ("clock *", "clocks"),
    ("file /proc/uptime", "clocks"),
    ("stat * *time_ns", "when folders were made, which is just before"),
    // Numbers that the kernel gives out for the whole host: see the threat model.
    ("inode of *", "of pipes, sockets and nameless files"),
    ("link /proc/self/ns/*", "of namespaces"),
    ("file /proc/self/mountinfo", "of mounts and devices"),
    ("stat * dev", "of mounts and devices"),
    ("statvfs /proc fsid", "of mounts and devices"),
    ("file /proc/self/autogroup", "of sessions"),
    ("file /proc/self/net/unix", "of sockets, which are ours or the kernel's"),
    ("file /proc/self/net/netlink", "of sockets, which are ours or the kernel's"),
    // State of the whole host: see the threat model.
    ("file /proc/stat", "runtimes read it to learn of the machine"),
    ("file /proc/loadavg", "runtimes read it to learn of the machine"),
    ("file /proc/meminfo", "runtimes read it to learn of the machine"),
    ("file /proc/cpuinfo", "runtimes read it to learn of the machine"),
    ("sysinfo", "likewise"),
    ("statvfs /usr bfree", "how full its disk is"),
    ("statvfs /usr bavail", "how full its disk is"),
    ("statvfs /usr ffree", "how full its disk is"),
    ("file /proc/sys/fs/*-nr", "how many files, terminals, groups and processes there are"),
    ("file /proc/sys/fs/*-state", "how many files, terminals, groups and processes there are"),
    (
        "file /proc/sys/kernel/random/entropy_avail",
        "how many files, terminals, groups and processes there are",
    ),
    ("file /proc/sys/kernel/pty/nr", "how many files, terminals, groups and processes there are"),
    ("file /proc/cgroups", "how many files, terminals, groups and processes there are"),
    ("stat /proc nlink", "how many files, terminals, groups and processes there are"),
    ("stat / nlink", "how many files, terminals, groups and processes there are"),
    (
        "file /proc/self/net/softnet_stat",
        "packets and buffers of all network namespaces together; no file of a process's folder can be covered ahead",
    ),
    (
        "file /proc/self/net/stat/*",
        "packets and buffers of all network namespaces together; no file of a process's folder can be covered ahead",
    ),
    (
        "file /proc/self/net/sockstat*",
        "packets and buffers of all network namespaces together; no file of a process's folder can be covered ahead",
    ),
    (
        "file /proc/self/net/protocols",
        "packets and buffers of all network namespaces together; no file of a process's folder can be covered ahead",
    ),
];

/// Whether this may differ.
pub(crate) fn is_allowed(key: &str) -> bool {
    ALLOWED.iter().any(|(pattern, _)| matches(pattern, key))
}

fn matches(pattern: &str, key: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == key,
        Some((start, rest)) => key.strip_prefix(start).is_some_and(|left| {
            (0..=left.len()).filter(|at| left.is_char_boundary(*at)).any(|at| matches(rest, &left[at..]))
        }),
    }
}

#[test]
fn a_pattern_stands_for_keys() {
    assert!(matches("clock *", "clock CLOCK_BOOTTIME") && matches("a * c", "a b c") && matches("a", "a"));
    assert!(!matches("clock *", "clocks") && !matches("a * c", "a b d") && !matches("a", "ab"));
}
