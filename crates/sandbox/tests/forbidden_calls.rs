//! Forbidden calls: the outcome names the call, however the program was started and however it treats the signal.

mod common;

use std::{fs, process::Command, time::Duration};

use common::{MEMORY, pool};
use languages::{ENVIRONMENT, Registry, SystemHost};
use model::{Bytes, Ending, Limits, Outcome, Stream};
use sandbox::{DiskQuota, Pool, Prestart, PrestartMode, PrestartedRun, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

const PYTHON: &str = "/usr/bin/python3";
const LIMITS: Limits = Limits {
    memory: Bytes::mib(256),
    cpu: Duration::from_secs(20),
    wall: Duration::from_secs(30),
    ..Limits::STUDENT
};

fn program(argv: &[&str]) -> Program {
    let env = ENVIRONMENT.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    Program::new(argv.iter().map(|&arg| arg.to_owned()).collect(), env, LIMITS)
}

/// Outcome of the last of several rounds.
async fn run_in(
    pool: &Pool,
    name: Option<&str>,
    rounds: usize,
    file: &SandboxFile,
    program: &Program,
) -> Outcome {
    let files = std::slice::from_ref(file);
    let lease = pool.lease(name, MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(files, DiskQuota::for_limits(&LIMITS)).expect("a sandbox");
    let stop = CancellationToken::new();
    for _ in 1..rounds {
        sandbox.run(program, &stop, &mut |_, _| {}).await.expect("a run");
        sandbox.reset(files, DiskQuota::for_limits(&LIMITS)).expect("orders");
    }
    let outcome = sandbox.run(program, &stop, &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    outcome
}

fn stdout(outcome: &Outcome) -> String {
    String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text")
}

fn forbidden_call_name(outcome: &Outcome) -> Option<&str> {
    outcome.forbidden_call.as_ref().map(|call| call.0.as_str())
}

#[track_caller]
fn assert_named(outcome: &Outcome, call: &str) {
    assert_eq!(
        (outcome.ending, forbidden_call_name(outcome)),
        (Ending::ForbiddenCall, Some(call)),
        "{outcome:?}"
    );
}

fn compile_c(code: &str) -> SandboxFile {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, program) = (folder.path().join("main.c"), folder.path().join("main"));
    fs::write(&source, code).expect("a file");
    let made = Command::new("cc").args(["-O1", "-pthread", "-o"]).arg(&program).arg(&source).status();
    assert!(made.expect("a C compiler").success(), "does not compile");
    SandboxFile { name: "main".into(), executable: true, content: fs::read(program).expect("a program") }
}

async fn c(code: &str) -> Outcome {
    run_in(&pool(None).await, None, 1, &compile_c(code), &program(&["/box/main"])).await
}

async fn python(code: &str) -> Outcome {
    let file = SandboxFile::plain("main.py", code);
    run_in(&pool(None).await, None, 1, &file, &program(&[PYTHON, "main.py"])).await
}

#[tokio::test]
async fn the_outcome_of_a_c_program_names_the_forbidden_call() {
    for (call, name) in [
        ("ptrace(0, 0, 0, 0)", "ptrace"),
        ("mount(\"a\", \"/tmp\", \"tmpfs\", 0, 0)", "mount"),
        ("syscall(SYS_bpf, 0, 0, 0)", "bpf"),
        ("setns(0, 0)", "setns"),
    ] {
        let code = format!(
            "#define _GNU_SOURCE\n#include <sched.h>\n#include <stdio.h>\n#include <sys/mount.h>\n#include <sys/ptrace.h>\n\
             #include <sys/syscall.h>\n#include <unistd.h>\nint main(void) {{ puts(\"on\"); fflush(stdout); {call}; puts(\"BROKEN\"); }}"
        );
        let outcome = c(&code).await;
        assert_named(&outcome, name);
        assert_eq!(stdout(&outcome), "on\n");
    }
}

const TRACES: &str = "import ctypes\nprint('on', flush=True)\nprint(ctypes.CDLL(None).ptrace(0, 0, 0, 0))";

#[tokio::test]
async fn the_outcome_of_a_python_program_names_the_forbidden_call() {
    assert_named(&python(TRACES).await, "ptrace");
}

fn prestart() -> Prestart {
    let registry = Registry::builtin(&SystemHost::new()).expect("valid files");
    let waiting = registry.find("python").expect("it is there").prestart().expect("it can be started ahead");
    Prestart {
        name: "python".to_owned(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        min_memory: waiting.min_memory,
        checks_syntax: waiting.checks_syntax,
        mode: PrestartMode::Fork,
    }
}

#[tokio::test]
async fn the_outcome_of_a_forked_program_names_the_forbidden_call() {
    let pool = pool(Some(prestart())).await;
    let prestarted = Some(PrestartedRun { prestart: "python".to_owned(), args: vec![], env: Vec::new() });
    let program = Program { prestarted, ..program(&[PYTHON, "main.py"]) };
    let file = SandboxFile::plain("main.py", TRACES);
    // The first is forked from the template, later ones from a zygote.
    for rounds in 1..=3 {
        let outcome = run_in(&pool, Some("python"), rounds, &file, &program).await;
        assert_named(&outcome, "ptrace");
        assert_eq!(stdout(&outcome), "on\n");
    }
}

#[tokio::test]
async fn no_process_keeps_a_descriptor_of_the_listener() {
    let pool = pool(Some(prestart())).await;
    let prestarted = Some(PrestartedRun { prestart: "python".to_owned(), args: vec![], env: Vec::new() });
    let forked = Program { prestarted, ..program(&[PYTHON, "main.py"]) };
    let code = "import os\nprint([fd for fd in range(64) if os.path.exists(f'/proc/self/fd/{fd}')])";
    let file = SandboxFile::plain("main.py", code);
    for (program, rounds) in [(&forked, 1), (&forked, 3), (&program(&[PYTHON, "main.py"]), 1)] {
        let outcome = run_in(&pool, Some("python"), rounds, &file, program).await;
        assert_eq!(stdout(&outcome), "[0, 1, 2]\n", "{outcome:?}");
    }
}

#[tokio::test]
async fn many_threads_end_like_one_with_every_treatment_of_the_signal() {
    for about_it in
        ["", "signal(SIGSYS, note);", "signal(SIGSYS, SIG_IGN);", "sigprocmask(SIG_BLOCK, &all, 0);"]
    {
        let code = format!(
            "#include <pthread.h>\n#include <signal.h>\n#include <sys/ptrace.h>\n#include <unistd.h>\n\
             static void note(int number) {{ write(1, \"caught\", 6); }}\n\
             static void *trace(void *none) {{ for (;;) ptrace(0, 0, 0, 0); }}\n\
             int main(void) {{\n  sigset_t all;\n  sigfillset(&all);\n  {about_it}\n  pthread_t thread;\n\
             for (int n = 0; n < 24; n++) pthread_create(&thread, 0, trace, 0);\n  pause();\n  write(1, \"on\", 2);\n}}"
        );
        let outcome = c(&code).await;
        assert_named(&outcome, "ptrace");
        assert_eq!(stdout(&outcome), "", "{about_it}");
        assert!(outcome.usage.wall < Duration::from_secs(5), "{about_it}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_flood_of_children_that_make_calls_ends_each_by_the_signal_and_not_the_program() {
    let code = "import ctypes, os\ntrace = ctypes.CDLL(None).ptrace\nends = set()\nfor _ in range(25):\n  \
                children = []\n  for _ in range(20):\n    child = os.fork()\n    if not child:\n      trace(0, 0, 0, 0)\n      \
                os._exit(7)\n    children.append(child)\n  for child in children:\n    ends.add(os.waitpid(child, 0)[1])\nprint(ends)";
    let outcome = python(code).await;
    assert_eq!((outcome.ending, forbidden_call_name(&outcome)), (Ending::Exited(0), None), "{outcome:?}");
    assert_eq!(stdout(&outcome), "{31}\n");
    assert!(outcome.usage.wall < Duration::from_secs(10), "{outcome:?}");
}

#[tokio::test]
async fn a_program_that_sends_itself_the_signal_has_made_no_call() {
    let outcome = python("import os, signal\nos.kill(os.getpid(), signal.SIGSYS)").await;
    assert_eq!((outcome.ending, forbidden_call_name(&outcome)), (Ending::ForbiddenCall, None), "{outcome:?}");
}

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn a_call_with_a_32_bit_number_is_reported_as_such() {
    let code = "int main(void) { int answer; __asm__ volatile(\"int $0x80\" : \"=a\"(answer) : \"a\"(20)); return answer; }";
    assert_named(&c(code).await, "getpid (32-bit)");
}
