//! Fuzzing: properties of the parsers of cgroup and `/proc` files. Called by `fuzz/targets` and by the test below.
//!
//! An input is text. Parsers of two files get the parts before and after the first NUL.

use crate::{
    IdMapper, Identity,
    cgroup::{CgroupVersion, Layout, fuzzing as cgroup},
    identity, process,
};

/// Reads all of them as each of the files that there are.
///
/// # Panics
/// When something does not hold.
pub fn files(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (first, second) = text.split_once('\0').unwrap_or((&text, ""));
    layout(first, second);
    cgroup::counters(first);
    let range = Identity::Range { uids: 10_000, gids: 10_000, mapper: IdMapper::Itself };
    for identity in [range, Identity::Single { uid: 1000, gid: 1000 }] {
        guest(first, identity);
    }
    identity::fuzz(first);
}

fn layout(mountinfo: &str, own: &str) {
    let all = Layout::detect(mountinfo, own, &|_| "memory pids".to_owned());
    let none = Layout::detect(mountinfo, own, &|_| String::new());
    match all.version() {
        CgroupVersion::V1 => assert_eq!(all, none, "version 1 has its controllers elsewhere"),
        CgroupVersion::V2 | CgroupVersion::None => assert_eq!(none.version(), CgroupVersion::None),
    }
}

/// A process that passes the check as a guest must fail it if any single field is changed: without any of these lines, or
/// with another number in it, it does not.
fn guest(status: &str, identity: Identity) {
    if !process::is_guest(status, identity) {
        return;
    }
    for field in ["PPid:", "Threads:", "NoNewPrivs:", "Seccomp:", "Uid:", "Gid:", "CapEff:", "CapBnd:"] {
        let without: String =
            status.lines().filter(|line| !line.starts_with(field)).collect::<Vec<_>>().join("\n");
        assert!(!process::is_guest(&without, identity), "is a guest without {field} {status:?}");
        let other: String = status
            .lines()
            .map(|line| if line.starts_with(field) { format!("{line} 7\n") } else { format!("{line}\n") })
            .collect();
        assert!(!process::is_guest(&other, identity), "is a guest with another {field} {status:?}");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn whatever_stands_in_the_kernels_files_is_read_without_harm() {
        fuzzkit::try_corpus_and_mutations("files", super::files);
    }
}
