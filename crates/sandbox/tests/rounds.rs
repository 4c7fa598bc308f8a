//! Several programs in one sandbox, one after another, like the tests of one submission: nothing of one is left for the next.

mod common;

use std::{io::Write, sync::Arc};

use common::{MEMORY, pool};
use model::{Bytes, Ending, Limits, Outcome, Stream};
use sandbox::{DiskQuota, OpenSandbox, Pool, Program, SandboxFile, Stdin};
use tokio_util::sync::CancellationToken;

const LIMITS: Limits = Limits { memory: Bytes::mib(128), ..Limits::STUDENT };

fn python(code: &str) -> Program {
    let argv = ["/usr/bin/python3", "-c", code].map(str::to_owned).to_vec();
    Program::new(argv, vec![("PATH".into(), "/usr/bin:/bin".into())], LIMITS)
}

async fn open(pool: &Pool, files: &[SandboxFile]) -> OpenSandbox {
    pool.lease(None, MEMORY).await.expect("a lease").open(files, DiskQuota::STANDARD).expect("a sandbox")
}

async fn run(sandbox: &mut OpenSandbox, program: &Program) -> Outcome {
    sandbox.run(program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run")
}

/// Its output; it must exit with 0.
async fn run_output(sandbox: &mut OpenSandbox, program: &Program) -> String {
    let outcome = run(sandbox, program).await;
    let text = |stream| String::from_utf8_lossy(&outcome.transcript.of(stream)).into_owned();
    assert_eq!(outcome.ending, Ending::Exited(0), "{}", text(Stream::Stderr));
    text(Stream::Stdout)
}

/// Leaves whatever can be left: changed and new files, full folders, System V shared memory, a socket's name, a process.
const MESS: &str = r#"
import ctypes, os, socket, time
open("given", "a").write("spoilt")
os.makedirs("a/b")
for folder in ("/box", "/tmp", "/dev/shm"):
    open(folder + "/left", "w").write("left")
    for n in range(100): open(f"{folder}/{n}", "w")
libc = ctypes.CDLL(None, use_errno=True)
assert libc.shmget(77, 4096, 0o1666) >= 0, os.strerror(ctypes.get_errno())
held = socket.socket(socket.AF_UNIX)
held.bind("\0left")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
"#;

const LOOK: &str = r#"
import ctypes, os, socket
print(open("given").read(), sorted(os.listdir("/box")), os.listdir("/tmp"), os.listdir("/dev/shm"))
print(ctypes.CDLL(None).shmget(77, 4096, 0), sum(name.isdigit() for name in os.listdir("/proc")))
socket.socket(socket.AF_UNIX).bind("\0left")
os.close(os.open("mine", os.O_CREAT))
"#;

#[tokio::test]
async fn the_next_program_finds_nothing_of_the_one_before_it() {
    let pool = pool(None).await;
    let files = [SandboxFile::plain("given", "as given")];
    let mut sandbox = open(&pool, &files).await;
    for _ in 0..3 {
        run_output(&mut sandbox, &python(MESS)).await;
        sandbox.reset(&files, DiskQuota::STANDARD).expect("orders");
        // Python itself, and perhaps init, which guests do not see.
        assert_eq!(run_output(&mut sandbox, &python(LOOK)).await, "as given ['given'] [] []\n-1 1\n");
        sandbox.reset(&files, DiskQuota::STANDARD).expect("orders");
    }
    pool.take_back(sandbox.finish());
}

#[tokio::test]
async fn numbers_of_processes_begin_anew_for_each_program() {
    let pool = pool(None).await;
    let mut sandbox = open(&pool, &[]).await;
    for forks in [1, 40, 3] {
        let code = format!(
            "import os\nprint(os.getpid())\nfor _ in range({forks}):\n  pid = os.fork()\n  if pid == 0: os._exit(0)\n  \
             os.waitpid(pid, 0)\nprint(pid - os.getpid())"
        );
        assert_eq!(run_output(&mut sandbox, &python(&code)).await, format!("2\n{forks}\n"));
        sandbox.reset(&[], DiskQuota::STANDARD).expect("orders");
    }
    pool.take_back(sandbox.finish());
}

#[tokio::test]
async fn names_of_sockets_that_are_in_flight_to_each_other_are_gone() {
    let pool = pool(None).await;
    let mut sandbox = open(&pool, &[]).await;
    let code = "import socket\nfor n in range(20):\n  s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n  s.bind('\\0left%d' % n)\n  \
                s.connect('\\0left%d' % n)\n  socket.send_fds(s, [b'x'], [s.fileno()])\nprint('left')";
    for _ in 0..4 {
        assert_eq!(run_output(&mut sandbox, &python(code)).await, "left\n");
        sandbox.reset(&[], DiskQuota::STANDARD).expect("orders");
    }
    pool.take_back(sandbox.finish());
}

/// Leaves nothing in `/tmp` that can be seen, but has been there; what it may not change, it cannot.
const BEEN_THERE: &str = r#"
import os, time
for n in range(5): open("/tmp/mine", "x"), os.unlink("/tmp/mine")
for change in (lambda: os.chmod("/tmp", 0o700), lambda: os.utime("/tmp", (1, 1)), lambda: os.setxattr("/tmp", "user.a", b"b")):
    try: change(); raise SystemExit("changed")
    except OSError: pass
"#;

#[tokio::test]
async fn folders_do_not_tell_that_files_were_made_and_removed_there() {
    let pool = pool(None).await;
    let mut sandbox = open(&pool, &[]).await;
    let number = "import os\nprint(os.fstat(os.open('/tmp', os.O_TMPFILE | os.O_RDWR)).st_ino)";
    for _ in 0..2 {
        run_output(&mut sandbox, &python(BEEN_THERE)).await;
        sandbox.reset(&[], DiskQuota::STANDARD).expect("orders");
        assert_eq!(run_output(&mut sandbox, &python(number)).await, "2\n");
        sandbox.reset(&[], DiskQuota::STANDARD).expect("orders");
    }
    pool.take_back(sandbox.finish());
}

#[tokio::test]
async fn folders_without_new_files_have_new_times() {
    let pool = pool(None).await;
    let mut sandbox = open(&pool, &[]).await;
    let code = "import os, time\nos.utime('/dev/shm')\nos.listdir('/dev/shm')\ntime.sleep(0.05)\nprint(time.time_ns())";
    let ended: u64 = run_output(&mut sandbox, &python(code)).await.trim().parse().expect("a time");
    sandbox.reset(&[], DiskQuota::STANDARD).expect("orders");
    let look = "import os\nstat = os.stat('/dev/shm')\n\
                print(min(stat.st_atime_ns, stat.st_mtime_ns, stat.st_ctime_ns))";
    let oldest: u64 = run_output(&mut sandbox, &python(look)).await.trim().parse().expect("a time");
    // The clock of files goes by ticks.
    assert!(oldest + 20_000_000 > ended, "{oldest} is before {ended}");
    pool.take_back(sandbox.finish());
}

/// The number of each file system, which the kernel draws by chance when it is made.
const FILE_SYSTEMS: &str = "import os\nprint(*(os.statvfs(f).f_fsid for f in ('/box', '/tmp', '/dev/shm')))";

#[tokio::test]
async fn all_folders_are_new_for_the_next_program_whichever_the_one_before_used() {
    let pool = pool(None).await;
    let mut sandbox = open(&pool, &[]).await;
    let mut seen = std::collections::HashSet::new();
    for used in ["", "\nopen('/tmp/a', 'w')", "\nopen('/dev/shm/a', 'w')", "\nopen('/box/a', 'w')", ""] {
        let numbers = run_output(&mut sandbox, &python(&format!("{FILE_SYSTEMS}{used}"))).await;
        for number in numbers.split_whitespace() {
            assert!(seen.insert(number.to_owned()), "{number} was there before {used:?}: {numbers}");
        }
        sandbox.reset(&[], DiskQuota::STANDARD).expect("orders");
    }
    pool.take_back(sandbox.finish());
}

#[tokio::test]
async fn a_sandbox_that_starts_over_gets_the_space_and_the_files_that_it_is_given() {
    let pool = pool(None).await;
    let mut sandbox = open(&pool, &[SandboxFile::plain("one", "1")]).await;
    let space = DiskQuota { disk: Bytes::mib(3), inodes: 50 };
    sandbox.reset(&[SandboxFile::plain("two", "2")], space).expect("orders");
    let code =
        "import os\ns = os.statvfs('/tmp')\nprint(os.listdir('.'), s.f_blocks * s.f_bsize >> 20, s.f_files)";
    assert_eq!(run_output(&mut sandbox, &python(code)).await, "['two'] 3 50\n");
    pool.take_back(sandbox.finish());
}

#[tokio::test]
async fn input_comes_out_of_a_file_however_long_it_is() {
    let pool = pool(None).await;
    let mut file = tempfile::tempfile().expect("a file");
    let line = [b'x'; 1023].iter().copied().chain([b'\n']).collect::<Vec<u8>>();
    (0..20 * 1024).for_each(|_| file.write_all(&line).expect("written"));
    let stdin = Stdin::File(Arc::new(file));
    let mut sandbox = open(&pool, &[]).await;
    let count = "import sys\nprint(sum(len(line) for line in sys.stdin))";
    for code in [count, "print('does not read it')", count] {
        let expected = if code == count { "20971520\n" } else { "does not read it\n" };
        let program = Program { stdin: stdin.clone(), ..python(code) };
        assert_eq!(run_output(&mut sandbox, &program).await, expected);
    }
    pool.take_back(sandbox.finish());
}

#[tokio::test]
async fn output_goes_by_as_a_stream_of_which_only_the_beginning_is_kept() {
    let pool = pool(None).await;
    let limits = Limits { output: Bytes::mib(32), ..LIMITS };
    let code = "import sys\nfor n in range(32): sys.stdout.write('x' * (1 << 20))";
    let program = Program { limits, max_kept: Bytes(10), ..python(code) };
    let mut sandbox = open(&pool, &[]).await;
    let mut seen = 0;
    let mut sink = |_, piece: &[u8]| seen += piece.len();
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut sink).await.expect("a run");
    assert_eq!((outcome.ending, seen), (Ending::Exited(0), 32 << 20));
    assert_eq!((outcome.transcript.all_output(), outcome.stdout_truncated), (&b"xxxxxxxxxx"[..], true));
    let program = Program { limits: Limits { output: Bytes::mib(31), ..limits }, ..program };
    assert_eq!(run(&mut sandbox, &program).await.ending, Ending::OutputLimit);
    pool.take_back(sandbox.finish());
}

#[tokio::test]
async fn a_program_stays_on_the_processors_that_it_is_given() {
    let pool = pool(None).await;
    let mut sandbox = open(&pool, &[]).await;
    let code = "import os, threading\nprint(os.sched_getaffinity(0))\n\
                t = threading.Thread(target=lambda: print(os.sched_getaffinity(0)))\nt.start()\nt.join()";
    let mine = rustix::thread::sched_getaffinity(None).expect("ours");
    for processor in (0..1024).filter(|&number| mine.is_set(number)) {
        let processors = vec![u32::try_from(processor).expect("small")];
        let program = Program { processors, ..python(code) };
        assert_eq!(run_output(&mut sandbox, &program).await, format!("{{{processor}}}\n").repeat(2));
    }
    pool.take_back(sandbox.finish());
}
