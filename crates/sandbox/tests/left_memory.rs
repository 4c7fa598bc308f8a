//! Memory that outlives a program, such as System V segments: it belongs to the next program by the time that one starts, and no
//! program is told of a limit that another has reached.

mod common;

use common::pool;
use model::{Bytes, Ending, Limits, Outcome};
use sandbox::{DiskQuota, OpenSandbox, Pool, Program};
use tokio_util::sync::CancellationToken;

const LIMITS: Limits = Limits { memory: Bytes::mib(96), ..Limits::STUDENT };
/// Memory of a run is reclaimed in the background, sometimes before the test can observe it.
const ROUNDS: usize = 8;

/// Fills segments up to just below the limit, and leaves them.
const LEAVES: &str = "
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for _ in range(4):
    ctypes.memset(libc.shmat(libc.shmget(0, 18 << 20, 0o1600), None, 0), 1, 18 << 20)
";
const TAKES: &str = "x = bytearray(b'x') * (60 << 20)";

async fn run(sandbox: &mut OpenSandbox, code: &str) -> Outcome {
    let argv = ["/usr/bin/python3", "-c", code].map(str::to_owned).to_vec();
    let program = Program::new(argv, vec![], LIMITS);
    sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run")
}

async fn open(pool: &Pool) -> OpenSandbox {
    pool.lease(None, LIMITS.memory).await.expect("a lease").open(&[], DiskQuota::STANDARD).expect("a sandbox")
}

#[tokio::test]
async fn what_a_program_leaves_in_segments_is_not_the_next_sandboxs() {
    let pool = pool(None).await;
    for code in [LEAVES, TAKES].repeat(ROUNDS) {
        let mut sandbox = open(&pool).await;
        let outcome = run(&mut sandbox, code).await;
        assert_eq!(outcome.ending, Ending::Exited(0), "{outcome:?}");
        pool.take_back(sandbox.finish());
    }
}

#[tokio::test]
async fn what_a_program_leaves_in_segments_is_not_that_of_the_next_in_its_sandbox() {
    let pool = pool(None).await;
    let mut sandbox = open(&pool).await;
    for code in [LEAVES, TAKES].repeat(ROUNDS) {
        let outcome = run(&mut sandbox, code).await;
        assert_eq!(outcome.ending, Ending::Exited(0), "{outcome:?}");
        sandbox.reset(&[], DiskQuota::STANDARD).expect("orders");
    }
    pool.take_back(sandbox.finish());
}
