//! Limits that the kernel counts per user of the host: a guest that reaches all of them takes nothing from another slot, nor
//! from a process of the server's user.

mod common;

use std::{process::Command, time::Duration};

use common::pool_of;
use model::{Bytes, Ending, Limits, Outcome, Stream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sandbox::{DiskQuota, Pool, Program};
use tokio_util::sync::CancellationToken;

const PYTHON: &str = "/usr/bin/python3";

fn program(code: &str) -> Program {
    let limits = Limits { wall: Duration::from_secs(20), memory: Bytes::mib(200), ..Limits::STUDENT };
    Program::new([PYTHON, "-c", code].map(str::to_owned).to_vec(), vec![], limits)
}

async fn run(pool: &Pool, code: &str, stop: &CancellationToken, mut said: impl FnMut() + Send) -> Outcome {
    let lease = pool.lease(None, Bytes::mib(200)).await.expect("a lease");
    let mut sandbox = lease.open(&[], DiskQuota::STANDARD).expect("a sandbox");
    let outcome = sandbox.run(&program(code), stop, &mut |_, _| said()).await.expect("a run");
    pool.take_back(sandbox.finish());
    outcome
}

/// Common beginning of both programs.
const TOOLS: &str = r#"
import array, ctypes, mmap, os, signal, socket, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
signal.pthread_sigmask(signal.SIG_BLOCK, [40])
kept = []
def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def queue_signal():
    info = (ctypes.c_int * 32)(40, 0, -1)
    call(129, os.getpid(), 40, ctypes.byref(info))
def make_timer():
    call(222, 0, (ctypes.c_int * 16)(0, 0, 40), ctypes.byref(ctypes.c_int()))
def open_queue():
    attributes = (ctypes.c_long * 8)(0, 1, 64)
    # The queue stays without its descriptor.
    os.close(call(240, b"q%d" % len(kept), 0o102, 0o600, ctypes.byref(attributes)))
    kept.append(0)
def pass_descriptor():
    kept.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) if len(kept) < 20 else kept[len(kept) % 20])
    socket.send_fds(kept[-1][0], [b"x"], [0])
def lock_memory():
    kept.append(mmap.mmap(-1, 4096))
    if libc.mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(kept[-1]))), 4096): raise OSError(ctypes.get_errno(), "mlock")
def end_queues():
    for number in range(len(kept)): libc.syscall(241, b"q%d" % number)
"#;

/// One guest does `attempt` until it is refused, and holds what it has; meanwhile another one, and a process of this user, can do it.
async fn check(attempt: &str) {
    let hold = format!(
        "{TOOLS}\ntry:\n  for n in range(24000): {attempt}()\nexcept OSError as e: pass\nprint(n, flush=True)\ntime.sleep(15)"
    );
    let probe = format!("{TOOLS}\n{attempt}()\nend_queues()\nprint('could')");
    let pool = pool_of(2).await;
    let (stop, held) = (CancellationToken::new(), CancellationToken::new());
    let meanwhile = async {
        held.cancelled().await;
        let own = Command::new(PYTHON).args(["-c", &probe]).output().expect("it runs");
        let other = run(&pool, &probe, &CancellationToken::new(), || {}).await;
        stop.cancel();
        (own, other)
    };
    let (holder, (own, other)) = tokio::join!(run(&pool, &hold, &stop, || held.cancel()), meanwhile);
    assert_eq!(holder.ending, Ending::Cancelled, "{holder:?}");
    let text =
        |outcome: &Outcome| String::from_utf8_lossy(&outcome.transcript.of(Stream::Stdout)).into_owned();
    let count: u32 = text(&holder).trim().parse().expect("how many");
    assert!((1..23_999).contains(&count), "it was refused nothing, after {count}");
    assert_eq!((other.ending, text(&other).as_str()), (Ending::Exited(0), "could\n"), "{other:?}");
    assert_eq!(String::from_utf8_lossy(&own.stdout), "could\n", "{own:?}");
}

/// Has this process's user have only so much, as on a small machine.
fn have_only(resource: Resource, most: u64) {
    let maximum = getrlimit(resource).maximum;
    setrlimit(resource, Rlimit { current: Some(most), maximum }).expect("less than before");
}

#[tokio::test]
async fn signals_that_wait_are_not_taken_from_others() {
    have_only(Resource::Sigpending, 2000);
    check("queue_signal").await;
}

#[tokio::test]
async fn timers_are_not_taken_from_others() {
    have_only(Resource::Sigpending, 2000);
    check("make_timer").await;
}

#[tokio::test]
async fn message_queues_are_not_taken_from_others() {
    have_only(Resource::Msgqueue, 16 * 1024);
    check("open_queue").await;
}

#[tokio::test]
async fn locked_memory_is_not_taken_from_others() {
    check("lock_memory").await;
}

#[tokio::test]
async fn descriptors_in_flight_are_not_taken_from_others() {
    check("pass_descriptor").await;
}
