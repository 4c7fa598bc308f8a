//! Hosts without cgroups: the launcher samples usage, and each limit still ends the run and is named.

mod common;

use std::time::Duration;

use common::{MEMORY, pool_within};
use kernel::cgroup::Layout;
use model::{Bytes, Ending, Limits, Network, Outcome, Stream};
use sandbox::{DiskQuota, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

fn limits() -> Limits {
    Limits { cpu: Duration::from_secs(10), wall: Duration::from_secs(20), ..Limits::STUDENT }
}

async fn python_within(limits: Limits, code: &str) -> Outcome {
    let pool = pool_within(Layout::None { reason: "a test".to_owned() }, None).await;
    let lease = pool.lease(None, MEMORY).await.expect("a lease");
    let mut sandbox =
        lease.open(&[SandboxFile::plain("main", code)], DiskQuota::for_limits(&limits)).expect("a sandbox");
    let argv = ["/usr/bin/python3", "main"].map(str::to_owned).into();
    let env = vec![("HOME".into(), "/box".into())];
    let program = Program { network: Network::Loopback, ..Program::new(argv, env, limits) };
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    outcome
}

async fn check_ending(code: &str, expected: Ending) {
    let outcome = python_within(limits(), code).await;
    assert_eq!(outcome.ending, expected, "{outcome:?}");
}

async fn check_output(code: &str, expected: &str) -> Outcome {
    let outcome = python_within(limits(), code).await;
    let text = String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text");
    assert_eq!((outcome.ending, text.as_str()), (Ending::Exited(0), expected), "{outcome:?}");
    outcome
}

#[tokio::test]
async fn a_memory_eater_ends_at_the_memory_limit() {
    check_ending("x = []\nwhile True: x.append(bytearray(b'x') * (1 << 20))", Ending::MemoryLimit).await;
}

#[tokio::test]
async fn memory_of_the_whole_tree_counts() {
    // None of the four is over the limit.
    let code = "import os, time\nfor _ in range(3):\n  if os.fork() == 0: break\nx = b'x' * (45 << 20)\ntime.sleep(60)";
    check_ending(code, Ending::MemoryLimit).await;
}

#[tokio::test]
async fn what_forks_share_counts_once() {
    // They end one by one: what several share that end while they are counted is counted more than once.
    let code = "import os, time\nx = b'x' * (60 << 20)\nfor i in range(4):\n  if os.fork() == 0:\n    time.sleep(0.2 + i / 10); os._exit(0)\n\
                for _ in range(4): os.wait()\nprint('done')";
    let outcome = check_output(code, "done\n").await;
    assert!(
        outcome.usage.memory > Bytes::mib(60) && outcome.usage.memory < Bytes::mib(100),
        "{:?}",
        outcome.usage
    );
}

#[tokio::test]
async fn files_in_memory_count_as_memory() {
    let tight = Limits { memory: Bytes::mib(40), ..limits() };
    for code in [
        "open('/tmp/x', 'wb').write(bytes(45 << 20))",
        "import mmap, time\nf = open('/dev/shm/x', 'w+b')\nf.truncate(45 << 20)\nm = mmap.mmap(f.fileno(), 45 << 20)\nm.write(b'x' * (45 << 20))\ndel m",
    ] {
        assert_eq!(python_within(tight, code).await.ending, Ending::MemoryLimit, "{code}");
    }
}

#[tokio::test]
async fn memory_that_cannot_be_accounted_is_refused() {
    let code = "import os, ctypes, mmap\ntry: os.memfd_create('x')\nexcept OSError as e: print(e.errno)\n\
                try: mmap.mmap(-1, 4096)\nexcept OSError as e: print(e.errno)\n\
                c = ctypes.CDLL(None, use_errno=True)\nprint(c.shmget(0, 4096, 0o1600), ctypes.get_errno())\n\
                print(c.semget(0, 32000, 0o1600), ctypes.get_errno())\nprint(c.msgget(0, 0o1600), ctypes.get_errno())";
    check_output(code, "38\n12\n-1 38\n-1 38\n-1 38\n").await;
}

/// Ways to hold memory that is neither mapped nor in a file, each far more than the limit.
const HOARDS: [(&str, &str); 5] = [
    (
        "page tables",
        "import ctypes, time\nl = ctypes.CDLL(None)\nl.mmap.restype = ctypes.c_void_p\n\
         l.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]\n\
         n = 40 << 30\na = l.mmap(None, n, 1, 0x4022, -1, 0)\n\
         for i in range(0, n, 2 << 20): ctypes.c_char.from_address(a + i).value\ntime.sleep(3)",
    ),
    (
        "full sockets",
        "import os, socket, time\n\
         def fill():\n  pairs = [socket.socketpair() for _ in range(26)]\n  for pair in pairs:\n    for end in pair:\n      end.setblocking(False)\n      \
         try:\n        while True: end.send(bytes(4096))\n      except BlockingIOError: pass\n  time.sleep(3)\n\
         for _ in range(10):\n  if os.fork() == 0: fill()\ntime.sleep(3)",
    ),
    (
        "sockets that nobody accepts",
        "import os, socket, time\ns = socket.socket(socket.AF_UNIX)\ns.bind('x')\ns.listen(4096)\n\
         def fill():\n  kept = []\n  for _ in range(50):\n    kept.append(socket.socket(socket.AF_UNIX))\n    kept[-1].connect('x')\n    \
         kept[-1].setblocking(False)\n    try:\n      while True: kept[-1].send(bytes(4096))\n    except BlockingIOError: pass\n  \
         time.sleep(3)\nfor _ in range(10):\n  if os.fork() == 0: fill()\ntime.sleep(3)",
    ),
    (
        "full pipes",
        "import os, time\n\
         def fill():\n  for _ in range(29):\n    r, w = os.pipe()\n    os.set_blocking(w, False)\n    try:\n      while True: os.write(w, bytes(4096))\n    \
         except BlockingIOError: pass\n  time.sleep(3)\nfor _ in range(40):\n  if os.fork() == 0: fill()\ntime.sleep(3)",
    ),
    (
        "sockets of the internet",
        "import os, socket, time\n\
         def fill():\n  s = socket.create_server(('127.0.0.1', 0))\n  kept = []\n  for _ in range(25):\n    c = socket.create_connection(s.getsockname())\n    \
         kept += [c, s.accept()[0]]\n    for end in kept[-2:]:\n      end.setblocking(False)\n      try:\n        while True: end.send(bytes(4096))\n      \
         except BlockingIOError: pass\n  time.sleep(3)\nfor _ in range(10):\n  if os.fork() == 0: fill()\ntime.sleep(3)",
    ),
];

#[tokio::test]
async fn memory_of_the_kernels_that_a_program_fills_ends_it() {
    let tight = Limits { memory: Bytes::mib(48), ..limits() };
    for (name, code) in HOARDS {
        let outcome = python_within(tight, code).await;
        assert_eq!(outcome.ending, Ending::MemoryLimit, "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn as_many_sockets_and_pipes_as_programs_use_count_for_little() {
    let code = "import os, socket\nkept = [socket.socketpair() for _ in range(12)], [os.pipe() for _ in range(12)]\nprint('done')";
    let outcome = check_output(code, "done\n").await;
    assert!(outcome.usage.memory < Bytes::mib(20), "{:?}", outcome.usage);
}

#[tokio::test]
async fn what_forks_share_that_end_while_they_are_counted_counts_once() {
    let code = "import os, time\nx = b'x' * (40 << 20)\nfor round in range(8):\n  for i in range(24):\n    if os.fork() == 0:\n      \
                time.sleep(0.05 + i / 1000); os._exit(0)\n  for _ in range(24): os.wait()\nprint('done')";
    let outcome = check_output(code, "done\n").await;
    assert!(outcome.usage.memory < Bytes::mib(80), "{:?}", outcome.usage);
}

#[tokio::test]
async fn what_is_asked_for_at_once_and_far_over_the_limit_is_refused() {
    check_output("try: bytearray(4 << 30)\nexcept MemoryError: print('refused')", "refused\n").await;
}

#[tokio::test]
async fn a_process_that_hides_from_its_fellows_is_counted() {
    // PR_SET_DUMPABLE: its files in /proc are root's from now on.
    let code = "import ctypes, time\nctypes.CDLL(None).prctl(4, 0)\nx = b'x' * (200 << 20)\ntime.sleep(60)";
    check_ending(code, Ending::MemoryLimit).await;
}

#[tokio::test]
async fn a_fork_bomb_ends_at_the_process_limit() {
    check_ending("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", Ending::ProcessLimit)
        .await;
}

#[tokio::test]
async fn threads_are_processes() {
    let code = "import threading, time\nthreading.stack_size(65536)\nfor _ in range(52): threading.Thread(target=time.sleep, args=(60,)).start()";
    check_ending(code, Ending::ProcessLimit).await;
}

#[tokio::test]
async fn cpu_time_of_children_counts_while_they_run() {
    let short = Limits { cpu: Duration::from_millis(400), ..limits() };
    let code = "import os\nfor _ in range(3): os.fork()\nwhile True: pass";
    let outcome = python_within(short, code).await;
    assert_eq!(outcome.ending, Ending::CpuLimit);
    assert!(outcome.usage.cpu >= short.cpu, "{:?}", outcome.usage);
}

#[tokio::test]
async fn cpu_time_of_children_without_a_wait_counts() {
    let short = Limits { cpu: Duration::from_millis(500), ..limits() };
    let code = "import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n  if os.fork() == 0:\n    \
                end = time.process_time() + 0.1\n    while time.process_time() < end: pass\n    os._exit(0)\n  time.sleep(0.1)";
    assert_eq!(python_within(short, code).await.ending, Ending::CpuLimit);
}

#[tokio::test]
async fn the_reported_usage_of_a_run_is_close_to_the_actual_one() {
    let code = "import time\nx = b'x' * (50 << 20)\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint('done')";
    let outcome = check_output(code, "done\n").await;
    let usage = outcome.usage;
    assert!(usage.memory > Bytes::mib(50) && usage.memory < Bytes::mib(70), "{usage:?}");
    assert!(usage.cpu >= Duration::from_millis(290) && usage.cpu < Duration::from_secs(1), "{usage:?}");
}

/// Starts a function in a thread of its own, and ends the first one: its entries in `/proc` have nothing in them from then on.
const GO_ON_WITHOUT_FIRST_THREAD: &str = "import ctypes, os, socket, threading, time\n\
    def go_on(work):\n  threading.Thread(target=work).start()\n  ctypes.CDLL(None).syscall(60, 0)\n";

/// Ways to hold memory in processes whose first thread has ended.
const HOARDS_WITHOUT_FIRST_THREAD: [(&str, &str); 3] = [
    ("memory", "def work():\n  time.sleep(0.1)\n  x = b'x' * (100 << 20)\n  time.sleep(3)\ngo_on(work)"),
    (
        "full pipes",
        "def fill():\n  for _ in range(29):\n    r, w = os.pipe()\n    os.set_blocking(w, False)\n    try:\n      while True: os.write(w, bytes(4096))\n    \
         except BlockingIOError: pass\n  time.sleep(3)\n\
         for _ in range(23):\n  if os.fork() == 0: go_on(fill)\ntime.sleep(3)",
    ),
    (
        "full sockets",
        "def fill():\n  pairs = [socket.socketpair() for _ in range(26)]\n  for pair in pairs:\n    for end in pair:\n      end.setblocking(False)\n      \
         try:\n        while True: end.send(bytes(4096))\n      except BlockingIOError: pass\n  time.sleep(3)\n\
         for _ in range(10):\n  if os.fork() == 0: go_on(fill)\ngo_on(lambda: time.sleep(3))",
    ),
];

#[tokio::test]
async fn processes_whose_first_thread_has_ended_are_counted() {
    let tight = Limits { memory: Bytes::mib(36), ..limits() };
    for (name, code) in HOARDS_WITHOUT_FIRST_THREAD {
        let outcome = python_within(tight, &format!("{GO_ON_WITHOUT_FIRST_THREAD}{code}")).await;
        assert_eq!(outcome.ending, Ending::MemoryLimit, "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn pipes_of_processes_that_may_not_read_their_own_program_are_counted() {
    // Where guests have one id only, their descriptors cannot be listed then.
    let code = "import os, shutil\nshutil.copy('/usr/bin/python3', 'p')\nos.chmod('p', 0o111)\n\
        os.execv('./p', ['p', '-c', '''import os, time\n\
        def fill():\n  for _ in range(29):\n    r, w = os.pipe()\n    os.set_blocking(w, False)\n    try:\n      while True: os.write(w, bytes(4096))\n    \
        except BlockingIOError: pass\n  time.sleep(3)\n\
        for _ in range(40):\n  if os.fork() == 0: fill()\ntime.sleep(3)'''])";
    let tight = Limits { memory: Bytes::mib(56), ..limits() };
    let outcome = python_within(tight, code).await;
    assert_eq!(outcome.ending, Ending::MemoryLimit, "{outcome:?}");
}
