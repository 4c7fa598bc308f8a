//! Size: an amount of memory as text, in the unit that suits it.

/// As `512 MiB` or `16 GiB`, rounded down.
pub(super) fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes / MIB {
        mib if mib < 4096 => format!("{mib} MiB"),
        mib => format!("{} GiB", mib / 1024),
    }
}
