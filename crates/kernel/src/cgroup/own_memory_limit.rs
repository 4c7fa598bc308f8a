//! Memory limit of this process's own cgroups, including those around them.

use std::{fs, path::Path};

use super::layout::memory_folders;

/// The file with a group's limit, in version 1 and in version 2.
const LIMITS: [&str; 2] = ["memory.limit_in_bytes", "memory.max"];

/// The lowest memory limit, in bytes, of this process's cgroups and their ancestors; `None` if none is set or visible. Groups that
/// this process cannot write count too, such as the limit of a container.
pub fn own_memory_limit() -> Option<u64> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let folders = memory_folders(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"));
    folders.iter().filter_map(|own| lowest_limit(own)).min()
}

/// The lowest limit of the group `own` and its ancestors. Groups without the file have no limit: in version 2 the root, and groups
/// without the memory controller.
fn lowest_limit(own: &Path) -> Option<u64> {
    own.ancestors()
        .flat_map(|group| LIMITS.map(|file| group.join(file)))
        .filter_map(|file| limit(&file))
        .min()
}

fn limit(file: &Path) -> Option<u64> {
    // "max" is no number, and no limit.
    let limit = fs::read_to_string(file).ok()?.trim().parse().ok()?;
    (limit < UNLIMITED).then_some(limit)
}

/// Version 1 shows a number even without a limit: its maximum, in whole pages of any size.
const UNLIMITED: u64 = (i64::MAX as u64) & !0xffff;

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of groups, `a/b/c`, in which these have these limits.
    #[track_caller]
    fn check(limits: &[(&str, &str)], expected: Option<u64>) {
        let root = tempfile::tempdir().expect("a folder");
        let own = root.path().join("a/b/c");
        fs::create_dir_all(&own).expect("folders");
        for (file, text) in limits {
            fs::write(root.path().join(file), text).expect("a file");
        }
        assert_eq!(lowest_limit(&own), expected, "{limits:?}");
    }

    #[test]
    fn the_least_limit_of_all_groups_around_holds() {
        check(&[("a/b/c/memory.max", "3000\n"), ("a/memory.max", "2000\n")], Some(2000));
        check(&[("a/b/c/memory.max", "max\n"), ("a/memory.max", "2000\n")], Some(2000));
        check(&[("a/b/c/memory.limit_in_bytes", "1000\n"), ("memory.limit_in_bytes", "5000\n")], Some(1000));
    }

    #[test]
    fn what_is_not_limited_has_no_limit() {
        check(&[], None);
        check(&[("a/b/c/memory.max", "max\n")], None);
        check(&[("a/b/c/memory.limit_in_bytes", "9223372036854771712\n")], None);
        check(&[("a/b/c/memory.limit_in_bytes", "9223372036854710272\n")], None);
    }
}
