//! Pools for tests.

use kernel::cgroup::Layout;
use model::{Bytes, Ending, Limits, Stream};
use sandbox::{
    DiskQuota, LauncherCommand, Lease, Pool, PoolSettings, PreparedKind, Prestart, Program, SandboxFile,
};
use tokio_util::sync::CancellationToken;

/// Memory of the pool; each lease takes all of it.
pub(crate) const MEMORY: Bytes = Bytes::mib(512);

/// One slot that makes a sandbox ahead, with this program waiting in it, if one is given.
#[allow(dead_code, reason = "each file of tests takes the pool that it needs")]
pub(crate) async fn pool(prestart: Option<Prestart>) -> Pool {
    pool_within(Layout::of_this_process(), prestart).await
}

/// One slot that makes nothing ahead.
#[allow(dead_code, reason = "as above")]
pub(crate) async fn pool_without_sandboxes_ahead() -> Pool {
    start(PoolSettings { warm: vec![], ..settings(Layout::of_this_process(), None) }).await
}

/// So many slots.
#[allow(dead_code, reason = "as above")]
pub(crate) async fn pool_of(slots: u32) -> Pool {
    start(PoolSettings { slots, ..settings(Layout::of_this_process(), None) }).await
}

/// Likewise, with these cgroups.
#[allow(dead_code, reason = "as above")]
pub(crate) async fn pool_within(cgroups: Layout, prestart: Option<Prestart>) -> Pool {
    start(settings(cgroups, prestart)).await
}

async fn start(settings: PoolSettings) -> Pool {
    Pool::start(settings).await.expect("the pool starts")
}

/// The settings of such a pool.
#[allow(dead_code, reason = "as above")]
pub(crate) fn settings(cgroups: Layout, prestart: Option<Prestart>) -> PoolSettings {
    // Test processes run side by side, and each needs ids of its own.
    let first_id = PoolSettings::DEFAULT_FIRST_ID + std::process::id() % 1_000_000 * 4;
    PoolSettings {
        slots: 1,
        memory: MEMORY,
        waiting: sandbox::WaitingLimits::default(),
        warm: vec![PreparedKind { prestart, count: 1 }],
        first_id,
        folders: vec![],
        files: Vec::new(),
        launcher: LauncherCommand { program: env!("CARGO_BIN_EXE_launcher").into(), args: vec![] },
        cgroups,
        launcher_timeout: PoolSettings::DEFAULT_LAUNCHER_TIMEOUT,
    }
}

/// Output of a program with this file, in the sandbox of this lease; it must exit with 0.
#[allow(dead_code, reason = "as above")]
pub(crate) async fn run_and_read_output(
    pool: &Pool,
    lease: Lease,
    argv: &[&str],
    file: SandboxFile,
) -> String {
    let program = Program::new(argv.iter().map(ToString::to_string).collect(), vec![], Limits::STUDENT);
    let mut sandbox = lease.open(&[file], DiskQuota::STANDARD).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    assert_eq!(outcome.ending, Ending::Exited(0), "{outcome:?}");
    String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text")
}
