//! Runs in a sandbox: each limit is named, and each layer of protection is in force.

mod common;

use std::time::Duration;

use common::{MEMORY, pool};
use model::{Bytes, Ending, Limits, Network, Outcome, Stream};
use sandbox::{DiskQuota, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

const PYTHON: &str = "/usr/bin/python3";

/// Wide enough for an emulated processor: tests that wait for a limit on time set their own.
fn limits() -> Limits {
    Limits { cpu: Duration::from_secs(20), wall: Duration::from_secs(30), ..Limits::STUDENT }
}

fn program(argv: &[&str], limits: Limits) -> Program {
    let argv = argv.iter().map(|&arg| arg.to_owned()).collect();
    let env = vec![("PATH".into(), "/usr/bin:/bin".into()), ("HOME".into(), "/box".into())];
    Program { stdin: b"to stdin\n".to_vec().into(), ..Program::new(argv, env, limits) }
}

async fn run_with(argv: &[&str], code: &str, limits: Limits, stop: &CancellationToken) -> Outcome {
    let pool = pool(None).await;
    let files = [SandboxFile::plain("main", code)];
    let lease = pool.lease(None, MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&files, DiskQuota::for_limits(&limits)).expect("a sandbox");
    let outcome = sandbox.run(&program(argv, limits), stop, &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    outcome
}

async fn python_within(limits: Limits, code: &str) -> Outcome {
    run_with(&[PYTHON, "main"], code, limits, &CancellationToken::new()).await
}

async fn python(code: &str) -> Outcome {
    python_within(limits(), code).await
}

fn stdout(outcome: &Outcome) -> String {
    String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text")
}

async fn check_output(code: &str, expected: &str) {
    let outcome = python(code).await;
    assert_eq!((outcome.ending, stdout(&outcome).as_str()), (Ending::Exited(0), expected), "{outcome:?}");
}

async fn check_ending(code: &str, expected: Ending) {
    let outcome = python(code).await;
    assert_eq!(outcome.ending, expected, "{outcome:?}");
}

#[tokio::test]
async fn a_program_reads_its_input_and_writes_its_output() {
    let outcome =
        python("import sys\nprint(input().upper())\nprint('oops', file=sys.stderr)\nsys.exit(3)").await;
    assert_eq!(outcome.ending, Ending::Exited(3));
    assert_eq!(stdout(&outcome), "TO STDIN\n");
    assert_eq!(outcome.transcript.of(Stream::Stderr), b"oops\n");
    assert!(outcome.usage.cpu > Duration::from_millis(1) && outcome.usage.wall >= Duration::from_millis(5));
    assert!(
        outcome.usage.memory > Bytes::mib(2) && outcome.usage.memory < Bytes::mib(100),
        "{:?}",
        outcome.usage
    );
}

#[tokio::test]
async fn a_true_costs_next_to_nothing() {
    let outcome = run_with(&["/bin/true"], "", limits(), &CancellationToken::new()).await;
    assert_eq!(outcome.ending, Ending::Exited(0));
    assert!(outcome.usage.memory < Bytes::mib(4), "{:?}", outcome.usage);
}

#[tokio::test]
async fn the_guest_is_unprivileged_and_alone() {
    let code = "import os\nprint(os.getuid(), os.getgid(), os.getgroups(), os.uname().nodename, os.getcwd())\n\
                print(sorted(p for p in os.listdir('/proc') if p.isdigit()))\n\
                print([l.split()[1] for l in open('/proc/self/status') if l.startswith(('CapEff','CapPrm','CapBnd','NoNewPrivs','Seccomp:'))])";
    check_output(
        code,
        "1000 1000 [] sandbox /box\n['2']\n['0000000000000000', '0000000000000000', '0000000000000000', '1', '2']\n",
    )
    .await;
}

#[tokio::test]
async fn nothing_but_box_tmp_and_shm_can_be_written() {
    let code = "import os\nfor d in ['/', '/etc', '/usr/bin', '/dev', '/proc', '/root', '/var/tmp', '/box', '/tmp', '/dev/shm']:\n  \
                try:\n    open(d + '/x', 'w').write('x'); print(d)\n  except OSError: pass";
    check_output(code, "/box\n/tmp\n/dev/shm\n").await;
}

#[tokio::test]
async fn the_hosts_files_and_descriptors_are_not_there() {
    let code = "import os\nprint(sorted(os.listdir('/')))\nprint(len(os.listdir('/proc/self/fd')))\nprint(open('/etc/hostname').read().strip())\n\
                print(os.path.exists('/sys'), os.listdir('/.host-proc'), os.path.exists('/home'))";
    let outcome = python(code).await;
    let text = stdout(&outcome);
    assert!(!text.contains("work") && !text.contains("'var', 'work'"), "{text}");
    assert!(text.contains("\n4\nsandbox\nFalse [] False\n"), "{text} {outcome:?}");
}

#[tokio::test]
async fn time_slices_are_independent_of_the_servers() {
    kernel::request_short_timeslice();
    let code = "import ctypes\nattributes = (ctypes.c_uint64 * 6)()\n\
                print(ctypes.CDLL(None).syscall({'x86_64': 315, 'aarch64': 275}[__import__('os').uname().machine], 0, attributes, 48, 0))\n\
                print(attributes[3] == 100_000)";
    check_output(code, "0\nFalse\n").await;
}

#[tokio::test]
async fn there_is_no_network() {
    let code = "import socket\nfor family in socket.AF_INET, socket.AF_INET6:\n  try: socket.socket(family)\n  \
                except OSError as e: print(e.errno)\nprint(len(socket.socketpair()))";
    check_output(code, "97\n97\n2\n").await;
}

async fn with_loopback(code: &str) -> Outcome {
    let pool = pool(None).await;
    let program =
        Program { network: Network::Loopback, ..program(&["/usr/bin/python3", "-c", code], limits()) };
    let mut sandbox =
        pool.lease(None, MEMORY).await.expect("a lease").open(&[], DiskQuota::STANDARD).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    outcome
}

#[tokio::test]
async fn a_program_with_a_loopback_interface_reaches_itself() {
    let code = "import socket\ns = socket.create_server(('127.0.0.1', 80 + 8000))\n\
                c = socket.create_connection(s.getsockname())\na = s.accept()[0]\na.sendall(b'over TCP')\nprint(c.recv(9).decode())\n\
                u = socket.socket(type=socket.SOCK_DGRAM)\nu.bind(('127.0.0.1', 0))\nu.sendto(b'over UDP', u.getsockname())\n\
                print(u.recv(9).decode())";
    let outcome = with_loopback(code).await;
    assert_eq!(
        (outcome.ending, stdout(&outcome).as_str()),
        (Ending::Exited(0), "over TCP\nover UDP\n"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_program_with_a_loopback_interface_reaches_nothing_else() {
    let code = "import socket\nprint([line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line])\nfor host in '10.0.0.1', '1.1.1.1', '169.254.169.254':\n  \
                try: socket.create_connection((host, 80), 1)\n  except OSError as e: print(e.errno)";
    let outcome = with_loopback(code).await;
    let text = stdout(&outcome);
    assert!(text.ends_with("101\n101\n101\n") && text.starts_with("['lo'"), "{outcome:?}");
}

#[tokio::test]
async fn a_busy_loop_ends_at_the_cpu_limit() {
    let short = Limits { cpu: Duration::from_millis(300), ..limits() };
    let outcome = python_within(short, "print('before', flush=True)\nwhile True: pass").await;
    assert_eq!(outcome.ending, Ending::CpuLimit);
    assert_eq!(stdout(&outcome), "before\n");
    assert!(outcome.usage.cpu >= short.cpu && outcome.usage.cpu < short.cpu * 2, "{:?}", outcome.usage);
}

#[tokio::test]
async fn cpu_time_of_children_counts() {
    let short = Limits { cpu: Duration::from_millis(400), ..limits() };
    let outcome = python_within(short, "import os\nfor _ in range(3): os.fork()\nwhile True: pass").await;
    assert_eq!(outcome.ending, Ending::CpuLimit);
}

#[tokio::test]
async fn a_sleeper_ends_at_the_wall_limit() {
    let short = Limits { wall: Duration::from_millis(300), ..limits() };
    let outcome = python_within(short, "import time\ntime.sleep(60)").await;
    assert_eq!(outcome.ending, Ending::WallLimit);
    assert!(
        outcome.usage.wall >= short.wall && outcome.usage.cpu < Duration::from_millis(250),
        "{:?}",
        outcome.usage
    );
}

#[tokio::test]
async fn a_memory_eater_ends_at_the_memory_limit() {
    check_ending("x = []\nwhile True: x.append(bytearray(1 << 20))", Ending::MemoryLimit).await;
}

#[tokio::test]
async fn files_in_memory_count_as_memory() {
    let tight = Limits { memory: Bytes::mib(40), ..limits() };
    let outcome = python_within(tight, "open('/tmp/x', 'wb').write(bytes(45 << 20))").await;
    assert_eq!(outcome.ending, Ending::MemoryLimit);
}

#[tokio::test]
async fn a_fork_bomb_ends_at_the_process_limit() {
    check_ending("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", Ending::ProcessLimit)
        .await;
}

#[tokio::test]
async fn orphans_and_double_forks_do_not_outlive_the_program() {
    let code = "import os, time\nfor _ in range(5):\n  if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(60)\n    os._exit(0)\n\
                print('done')";
    let outcome = python(code).await;
    assert_eq!((outcome.ending, stdout(&outcome).as_str()), (Ending::Exited(0), "done\n"));
    assert!(outcome.usage.wall < Duration::from_secs(2), "{:?}", outcome.usage);
}

#[tokio::test]
async fn many_short_lived_orphans_are_reaped_as_they_end() {
    let code = "import os\nfor _ in range(200):\n  if os.fork() == 0:\n    if os.fork() == 0: os._exit(0)\n    os._exit(0)\n  os.wait()\nprint('done')";
    check_output(code, "done\n").await;
}

#[tokio::test]
async fn a_flood_ends_at_the_output_limit_and_earlier_output_is_kept() {
    let small = Limits { output: Bytes::kib(10), ..limits() };
    let outcome =
        python_within(small, "import sys\nprint('note', file=sys.stderr)\nwhile True: print('x' * 100)")
            .await;
    assert_eq!(outcome.ending, Ending::OutputLimit);
    assert_eq!(outcome.transcript.of(Stream::Stdout).len(), 10 * 1024);
    assert_eq!(outcome.transcript.of(Stream::Stderr), b"note\n");
    assert!(outcome.stdout_truncated && !outcome.stderr_truncated);
}

#[tokio::test]
async fn a_full_disk_is_named() {
    check_ending(
        "f = open('/box/big', 'wb')\nwhile True: f.write(bytes(1 << 20)); f.flush()",
        Ending::DiskLimit,
    )
    .await;
}

#[tokio::test]
async fn too_many_files_are_named() {
    check_ending("for n in range(5000): open(f'/box/{n}', 'w')", Ending::DiskLimit).await;
}

#[tokio::test]
async fn a_forbidden_call_is_named() {
    // ptrace(PTRACE_TRACEME)
    let code = "import ctypes\nprint(ctypes.CDLL(None).syscall(101, 0, 0, 0, 0))";
    check_ending(code, if cfg!(target_arch = "x86_64") { Ending::ForbiddenCall } else { Ending::Exited(0) })
        .await;
}

#[tokio::test]
async fn a_crash_is_named_by_its_signal() {
    check_ending("import ctypes\nctypes.string_at(0)", Ending::Signalled(11)).await;
}

#[tokio::test]
async fn a_run_can_be_stopped() {
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stopper.cancel();
    });
    let outcome =
        run_with(&[PYTHON, "main"], "print('on', flush=True)\nwhile True: pass", limits(), &stop).await;
    assert_eq!((outcome.ending, stdout(&outcome).as_str()), (Ending::Cancelled, "on\n"));
}

#[tokio::test]
async fn signals_to_all_processes_do_not_reach_init() {
    // Init has an id of its own only as root; without, the kernel takes the signal, and drops it.
    let refused = i32::from(rustix::process::geteuid().is_root());
    check_ending("import os, signal\nos.kill(1, signal.SIGKILL)", Ending::Exited(refused)).await;
    let everybody = "import os, signal\nif os.fork() == 0:\n  while True: pass\nos.kill(-1, signal.SIGKILL)\nprint(os.wait()[1])";
    check_output(everybody, "9\n").await;
}

#[tokio::test]
async fn the_next_sandbox_of_a_slot_sees_nothing_of_the_last() {
    let pool = pool(None).await;
    for _ in 0..2 {
        let lease = pool.lease(None, MEMORY).await.expect("a lease");
        let mut sandbox = lease.open(&[], DiskQuota::for_limits(&limits())).expect("a sandbox");
        let shell = "ls -A /box /tmp /dev/shm; ls /proc | grep -c '^[0-9]'; echo left > /box/x > /tmp/y > /dev/shm/z; sleep 60 &";
        let outcome = sandbox
            .run(&program(&["/bin/bash", "-c", shell], limits()), &CancellationToken::new(), &mut |_, _| {})
            .await
            .expect("a run");
        let text = stdout(&outcome);
        assert!(text.starts_with("/box:\n\n/dev/shm:\n\n/tmp:\n"), "{text}");
        pool.take_back(sandbox.finish());
    }
}

#[tokio::test]
async fn two_programs_share_a_work_folder_but_no_process() {
    let pool = pool(None).await;
    let lease = pool.lease(None, MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&[], DiskQuota::for_limits(&limits())).expect("a sandbox");
    let mut texts = Vec::new();
    for shell in ["echo kept > made; sleep 60 & echo started", "cat made; ls /proc | grep '^[0-9]*$' | wc -l"]
    {
        let program = program(&["/bin/bash", "-c", shell], limits());
        let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
        texts.push(stdout(&outcome));
    }
    assert_eq!(texts[0], "started\n");
    // bash, ls, grep and wc at most.
    assert!(
        texts[1].starts_with("kept\n") && texts[1][5..].trim().parse::<u32>().expect("a number") <= 4,
        "{texts:?}"
    );
}

#[tokio::test]
async fn a_dropped_lease_and_a_dropped_run_leave_the_slot_usable() {
    let pool = pool(None).await;
    drop(pool.lease(None, MEMORY).await.expect("a lease"));
    let lease = pool.lease(None, MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&[], DiskQuota::for_limits(&limits())).expect("a sandbox");
    let sleeper = program(&["/bin/sleep", "60"], Limits { wall: Duration::from_secs(1), ..limits() });
    let run = sandbox.run(&sleeper, &CancellationToken::new(), &mut |_, _| {}).await;
    drop(run.map(|outcome| assert_eq!(outcome.ending, Ending::WallLimit)));
    drop(sandbox);
    let lease = pool.lease(None, MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&[], DiskQuota::for_limits(&limits())).expect("a sandbox");
    let outcome =
        sandbox.run(&program(&["/bin/true"], limits()), &CancellationToken::new(), &mut |_, _| {}).await;
    assert!(outcome.expect("a run").is_success());
}

#[tokio::test]
async fn a_free_slot_goes_to_the_lease_that_waits_for_it_and_not_to_the_refill() {
    let pool = pool(None).await;
    let lease = pool.lease(None, MEMORY).await.expect("a lease");
    let sandbox = lease.open(&[], DiskQuota::for_limits(&limits())).expect("a sandbox");
    // Longer than it takes for a pool to be calm.
    tokio::time::sleep(Duration::from_millis(200)).await;
    pool.take_back(sandbox.finish());
    // The refill, which wants the slot too, once kept this one thread busy for ever.
    pool.lease(None, MEMORY).await.expect("a lease");
}

#[tokio::test]
async fn output_is_handed_on_as_it_comes() {
    let pool = pool(None).await;
    let lease = pool.lease(None, MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&[], DiskQuota::for_limits(&limits())).expect("a sandbox");
    let program =
        program(&["/bin/bash", "-c", "echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three"], limits());
    let mut pieces = Vec::new();
    let outcome = sandbox
        .run(&program, &CancellationToken::new(), &mut |stream, piece| pieces.push((stream, piece.to_vec())))
        .await
        .expect("a run");
    let expected = [(Stream::Stdout, "one\n"), (Stream::Stderr, "two\n"), (Stream::Stdout, "three\n")];
    assert_eq!(pieces, expected.map(|(stream, text)| (stream, text.as_bytes().to_vec())));
    assert_eq!(outcome.transcript.all_output(), b"one\ntwo\nthree\n");
}
