//! Programs that mean harm, or merely do it: each ends at the limit that it ran into, which is named, with its output up to
//! there; and nobody else notices.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use testkit::{Server, bash, host, python, within, written_in};
use wire::{LimitsBody, ResultBody, RunBody, RunReason, Status, SubmitBody};

/// A program that says `on` first, and what comes of it.
struct Case {
    name: &'static str,
    program: SubmitBody,
    reason: RunReason,
}

/// Low limits, so that each is met soon. A test that waits for one keeps the others out of its way, for on a busy machine a
/// little CPU time may take long on the clock.
const SHORT: LimitsBody = LimitsBody {
    cpu_ms: Some(2000),
    wall_ms: Some(10_000),
    memory_bytes: Some(64 << 20),
    output_bytes: Some(10_000),
    processes: Some(20),
};

/// On a busy machine, from a limit being hit to the program's end.
const GRACE: Duration = Duration::from_millis(1500);

fn case(name: &'static str, program: SubmitBody, reason: RunReason) -> Case {
    let limits = match reason {
        RunReason::CpuLimit => LimitsBody { cpu_ms: Some(400), ..SHORT },
        RunReason::WallLimit => LimitsBody { wall_ms: Some(700), ..SHORT },
        // Files take memory too, so that filling the disk takes more of it.
        RunReason::DiskLimit => LimitsBody { memory_bytes: Some(200 << 20), ..SHORT },
        _ => SHORT,
    };
    Case { name, program: within(limits, program), reason }
}

fn c(code: &str) -> SubmitBody {
    let headers = ["fcntl", "pthread", "stdio", "stdlib", "string", "unistd"];
    let includes = headers.map(|name| format!("#include <{name}.h>\n")).concat();
    let start = "int main(void) { puts(\"on\"); fflush(stdout);";
    written_in("c", &format!("#define _GNU_SOURCE\n{includes}{start} {code} }}"))
}

fn busy_and_idle() -> Vec<Case> {
    use RunReason::{CpuLimit, WallLimit};
    let two = "echo on; while :; do :; done & while :; do :; done";
    let deaf = "trap '' TERM INT HUP; echo on; while :; do sleep 60; done";
    vec![
        case("an endless loop", c("for (;;);"), CpuLimit),
        case("an endless loop in Python", python("print('on')\nwhile True: pass"), CpuLimit),
        case("two endless loops", bash(two), CpuLimit),
        case("a sleeper", bash("echo on; sleep 60"), WallLimit),
        case("a sleeper that hears nothing", bash(deaf), WallLimit),
        case("one that waits for ever", bash("echo on; mkfifo /tmp/f; cat /tmp/f"), WallLimit),
        case(
            "one with a child in a session of its own",
            bash("echo on; (setsid sleep 60 &); sleep 60"),
            WallLimit,
        ),
        case("one that kills all it can", bash("echo on; kill -9 -1; kill -9 1; sleep 60"), WallLimit),
    ]
}

fn too_much_of_something() -> Vec<Case> {
    use RunReason::{DiskLimit, ForbiddenCall, MemoryLimit, OutputLimit, ProcessLimit};
    let flood = "echo on; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done";
    let eater = "print('on')\nx = []\nwhile True: x.append(bytearray(1 << 20))";
    let files = "echo on; head -c 49M /dev/zero > /tmp/a; head -c 49M /dev/zero > /dev/shm/b; echo off";
    let threads = "pthread_t t; for (;;) pthread_create(&t, 0, (void *(*)(void *))pause, 0);";
    vec![
        case("a flood", bash(flood), OutputLimit),
        case("a flood of errors", bash(&flood.replace("; done", " >&2; done")), OutputLimit),
        case("a flood from a child", bash("echo on; (yes | cat) & wait"), OutputLimit),
        case("a memory eater", c("for (;;) memset(malloc(1 << 20), 1, 1 << 20);"), MemoryLimit),
        case("a memory eater in Python", python(eater), MemoryLimit),
        case("files in memory", bash(files), MemoryLimit),
        case("a fork bomb", c("for (;;) fork();"), ProcessLimit),
        case("a fork bomb in Bash", bash("echo on; f() { f | f & }; f; wait; sleep 60"), ProcessLimit),
        case("a thread bomb", c(threads), ProcessLimit),
        case("a full disk", bash("echo on; head -c 1G /dev/zero > /box/a"), DiskLimit),
        case(
            "too many files",
            python("print('on')\nfor n in range(5000): open(f'/box/{n}', 'w')"),
            DiskLimit,
        ),
        case("a forbidden call", c("syscall(101, 0, 0, 0, 0);"), ForbiddenCall),
    ]
}

#[track_caller]
fn check_run(case: &Case, job: &ResultBody) {
    let shown = || format!("{}: {:?} {:?}", case.name, job.status, job.run.as_ref().map(brief));
    assert_eq!((job.status, job.attempt), (Status::Completed, 1), "{}", shown());
    let run = job.run.as_ref().unwrap_or_else(|| panic!("{}", shown()));
    assert_eq!((run.reason, run.exit_code, &run.signal), (case.reason, None, &None), "{}", shown());
    assert!(run.stdout.starts_with("on\n"), "{}", shown());
    let limits = case.program.limits.expect("limits of its own");
    let wall = Duration::from_millis(limits.wall_ms.expect("a limit")) + GRACE;
    assert!(Duration::from_millis(run.wall_ms) < wall, "{}", shown());
    let used_up = run.cpu_ms >= limits.cpu_ms.expect("a limit");
    assert_eq!(used_up, case.reason == RunReason::CpuLimit, "{}", shown());
    assert!(run.stdout.len() <= 10_000 && run.stderr.len() <= 10_000, "{}", shown());
    let full = run.stdout.len().max(run.stderr.len()) == 10_000;
    let truncated = run.stdout_truncated || run.stderr_truncated;
    assert_eq!(full, case.reason == RunReason::OutputLimit, "{}", shown());
    assert_eq!(full, truncated, "{}", shown());
    assert!(run.memory_bytes <= 210 << 20, "{}", shown());
}

/// The facts of a run, without ten thousand bytes of output.
fn brief(run: &RunBody) -> String {
    let start = |text: &str| text.chars().take(200).collect::<String>();
    format!("{:?}", RunBody { stdout: start(&run.stdout), stderr: start(&run.stderr), ..run.clone() })
}

/// Checks that nothing that ran is left, and that the server answers as if nothing had happened.
async fn check_nothing_left(server: &Server) {
    let began = Instant::now();
    assert_eq!(server.client().run(&bash("echo hello")).await.output, "hello\n");
    assert!(began.elapsed() < Duration::from_secs(2), "a hello took {:?}", began.elapsed());
    server.until_no_guests(Duration::from_secs(5)).await;
    let log = server.log();
    assert!(!log.contains("panic") && !log.contains("ERROR"), "it complained of itself");
}

#[tokio::test]
async fn each_ends_at_its_limit_and_keeps_its_output() {
    let (mounts, server) = (host::mounts(), Server::start().await);
    let cases = [busy_and_idle(), too_much_of_something()];
    let jobs =
        cases.iter().flatten().map(async |case| check_run(case, &server.client().run(&case.program).await));
    join_all(jobs).await;
    check_nothing_left(&server).await;
    assert_eq!(host::mounts(), mounts);
}

#[tokio::test]
async fn an_innocent_program_runs_beside_a_bomb() {
    let server = Server::start().await;
    let client = server.client();
    for bomb in [
        "import os\nprint('on', flush=True)\nwhile True:\n  try: os.fork()\n  except OSError: pass",
        "import sys\nprint('on', flush=True)\nx = []\nwhile True: x.append(bytearray(1 << 20))",
        "print('on', flush=True)\nwhile True: pass",
    ] {
        // Again and again, for as long as the innocent ones run.
        let bombing = async {
            loop {
                let job = client.run(&within(SHORT, python(bomb))).await;
                assert_ne!(job.run.map(|run| run.reason), Some(RunReason::Exited));
            }
        };
        let innocents = async {
            for _ in 0..5 {
                let began = Instant::now();
                let job = client.run(&bash("for n in 1 2 3; do echo $n | cat; done")).await;
                assert_eq!((job.status, job.output.as_str()), (Status::Completed, "1\n2\n3\n"), "{job:#?}");
                assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
            }
        };
        tokio::select! {
            () = bombing => {}
            () = innocents => {}
        }
    }
}

/// Checks that this does not compile, within its time, and says something of why.
async fn check_bomb(server: &Server, (name, says): (&str, &str), language: &str, code: &str) {
    let began = Instant::now();
    let job = server.client().run(&written_in(language, code)).await;
    let took = began.elapsed();
    let shown = format!("{name}: {:.3000}", format!("{job:#?}"));
    assert_eq!((job.status, &job.run), (Status::Completed, &None), "{shown}");
    let compile = job.compile.expect("it is compiled");
    let told = format!("{}\n{}", compile.output, job.explanation.unwrap_or_default());
    assert!(told.contains(says), "{says:?}: {shown}");
    assert!(!compile.ok && compile.output.len() <= 2 << 20, "{shown}");
    // The compiler's own limits, and some time in the queue behind the other bombs.
    assert!(Duration::from_millis(compile.wall_ms) < Duration::from_secs(27), "{shown}");
    assert!(took < Duration::from_mins(1), "{took:?}: {shown}");
}

#[tokio::test]
async fn a_compiler_that_is_made_to_misbehave_is_stopped() {
    let server = Server::start().await;
    let check = async |of, language, code: &str| check_bomb(&server, of, language, code).await;
    let errors = "#define A x y z;\n#define B A A A A A A A A\n#define C B B B B B B B B\n#define D C C C C C C C C\nD D D D D D D D\n";
    let endless = "template <int N> struct T { enum { v = T<N + 1>::v }; };\nint main() { return T<0>::v; }";
    tokio::join!(
        check(
            ("a device without end", "memory"),
            "c",
            "#include \"/dev/zero\"\nint main(void) { return 0; }"
        ),
        check(
            ("a device that is chance", "memory"),
            "c",
            "#include \"/dev/random\"\nint main(void) { return 0; }"
        ),
        check(
            ("a file that includes itself", "nested"),
            "c",
            "#include __FILE__\n#include __FILE__\nint main(void) {}"
        ),
        check(
            ("the host's secrets", "No such file"),
            "c",
            "#include \"/etc/shadow\"\nint main(void) { return 0; }"
        ),
        check(
            ("a huge array", "limit"),
            "c",
            "char a[3000000000000] = {1};\nint main(void) { return a[0]; }"
        ),
        check(
            ("a huge array, in the program's file", "limit"),
            "c",
            "char a[200 << 20] = {1};\nint main(void) { return a[0]; }"
        ),
        check(("a template without end", "template instantiation depth"), "cpp", endless),
        check(("a flood of errors", "error:"), "cpp", errors),
    );
    check_nothing_left(&server).await;
}
