//! Limit of record locks, with cgroups and without.

mod common;

use kernel::cgroup::Layout;
use model::{Ending, Limits};
use sandbox::{DiskQuota, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

/// Holds so many, and then has the kernel work for a while.
async fn outcome(cgroups: Layout, locks: u32, hide: &str) -> (Ending, u64) {
    let pool = common::pool_within(cgroups, None).await;
    let code = format!(
        "import ctypes, fcntl, os, time\n{hide}\nf = open('/tmp/locked', 'w')\n\
         for at in range({locks}, 0, -1): fcntl.lockf(f, fcntl.LOCK_EX, 1, 2 * at)\n\
         noise, end = os.open('/dev/urandom', os.O_RDONLY), time.time() + 0.6\nwhile time.time() < end: os.read(noise, 65536)"
    );
    let argv = ["/usr/bin/python3", "-I", "main"].map(str::to_owned).into();
    let program = Program::new(argv, vec![], Limits::STUDENT);
    let lease = pool.lease(None, common::MEMORY).await.expect("a lease");
    let files = [SandboxFile::plain("main", code)];
    let mut sandbox = lease.open(&files, DiskQuota::STANDARD).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    (outcome.ending, outcome.usage.memory.get())
}

fn without_cgroups() -> Layout {
    Layout::None { reason: String::new() }
}

#[tokio::test]
async fn a_run_that_holds_too_many_ends_as_one_with_too_much_memory() {
    for layout in [Layout::of_this_process(), without_cgroups()] {
        assert_eq!(outcome(layout, 5000, "").await.0, Ending::MemoryLimit);
    }
}

#[tokio::test]
async fn a_process_that_hides_from_its_fellows_is_counted() {
    // PR_SET_DUMPABLE: its files in /proc are root's from now on.
    let hide = "ctypes.CDLL(None).prctl(4, 0)";
    assert_eq!(outcome(Layout::of_this_process(), 5000, hide).await.0, Ending::MemoryLimit);
}

#[tokio::test]
async fn fewer_are_memory_that_the_run_used() {
    let (few, many) = (
        outcome(Layout::of_this_process(), 10, "").await,
        outcome(Layout::of_this_process(), 4000, "").await,
    );
    assert_eq!([few.0, many.0], [Ending::Exited(0), Ending::Exited(0)]);
    assert!(many.1 > few.1 + 700_000, "{} and {} bytes", few.1, many.1);
}
