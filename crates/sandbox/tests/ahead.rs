//! Programs that are started ahead run as if they had been started only when they were wanted.

use kernel::cgroup::Layout;
use languages::{ENVIRONMENT, Language, Registry, SystemHost};
use model::{Bytes, Ending, Limits, Outcome, Stream};
use sandbox::{Ahead, LauncherCommand, Pool, PoolSettings, Prestart, Program, SandboxFile, Space, Warm};
use tokio_util::sync::CancellationToken;

const PYTHON: &str = "/usr/bin/python3";
const NODE: &str = "/usr/bin/node";

/// As the language's file has it.
fn prestart(language: &str) -> Prestart {
    let registry = Registry::builtin(&SystemHost::new()).expect("valid files");
    let waiting = registry.find(language).and_then(Language::prestart).expect("it can be started ahead");
    Prestart {
        name: language.to_owned(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        least_memory: waiting.least_memory,
    }
}

/// As a run has it.
fn environment() -> Vec<(String, String)> {
    ENVIRONMENT.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn pool(warm: Vec<Warm>) -> Pool {
    // Test processes run side by side, and each needs ids of its own.
    let first_id = PoolSettings::DEFAULT_FIRST_ID + std::process::id() % 1_000_000 * 4;
    let launcher = LauncherCommand { program: env!("CARGO_BIN_EXE_launcher").into(), args: vec![] };
    let settings = PoolSettings {
        slots: 1,
        first_id,
        folders: vec![],
        warm,
        launcher,
        cgroups: Layout::of_this_process(),
    };
    Pool::start(settings).await.expect("the pool starts")
}

async fn run_in(pool: &Pool, name: &str, tool: &str, file: &str, code: &str) -> Outcome {
    let limits = Limits { memory: Bytes::mib(256), ..Limits::STUDENT };
    let args = vec!["a b".to_owned(), String::new(), "é".to_owned()];
    let argv = [tool, file].map(str::to_owned).into_iter().chain(args.clone()).collect();
    let program = Program {
        argv,
        env: environment(),
        stdin: b"line one\nline two\n".to_vec(),
        limits,
        ahead: Some(Ahead { prestart: name.to_owned(), args }),
    };
    let files = [SandboxFile::plain(file, code)];
    let lease = pool.lease(Some(name)).await.expect("a lease");
    let mut sandbox = lease.open(&files, Space::of(&limits)).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    outcome
}

/// Runs the program both ways and compares all that can be seen of it.
async fn check(ahead: Prestart, tool: &str, file: &str, programs: &[&str]) {
    let name = ahead.name.clone();
    let started = pool(vec![Warm { prestart: Some(ahead), count: 1 }]).await;
    let fresh = pool(vec![]).await;
    for code in programs {
        let [one, other] =
            [run_in(&started, &name, tool, file, code).await, run_in(&fresh, &name, tool, file, code).await];
        let seen = |outcome: &Outcome| {
            let text = |stream| String::from_utf8_lossy(&outcome.transcript.of(stream)).into_owned();
            (outcome.ending, text(Stream::Stdout), text(Stream::Stderr))
        };
        assert_eq!(seen(&one), seen(&other), "{code}");
    }
}

#[tokio::test]
async fn python_that_was_started_ahead_runs_as_if_it_had_not_been() {
    let programs = [
        "print('hello')",
        "import sys\nprint(sys.argv, sys.orig_argv[1:], sys.flags, sys.path, __name__, __file__)",
        "print(input(), '|', input())\nprint(input())",
        "import sys\nprint(sorted(sys.modules))",
        "import os\nprint(sorted(os.environ.items()), os.getcwd(), os.listdir('.'))",
        "print(globals().keys(), __builtins__, __spec__, __doc__)",
        "import sys\nsys.exit(7)",
        "import sys\nsys.exit('a message')",
        "raise SystemExit",
        "def f():\n  g()\ndef g():\n  1 / 0\nf()",
        "x = (\nprint('never')",
        "raise KeyboardInterrupt",
        "import atexit\natexit.register(print, 'bye')\nprint('on')",
        "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='T')\nt.start()\nt.join()",
        "import multiprocessing\nif __name__ == '__main__':\n  with multiprocessing.Pool(2) as p: print(p.map(abs, [-1, -2]))",
        "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
        "import os\nos.abort()",
        "import sys\nprint(sys.stdin.isatty(), sys.stdout.encoding, sys.stdin.encoding, sys.stdout.line_buffering)",
        "import subprocess\nprint(subprocess.run(['/bin/echo', 'x'], capture_output=True).stdout)",
        "import os\nprint(sorted(os.listdir('/proc/self/fd')))",
        "import resource\nprint([resource.getrlimit(getattr(resource, n)) for n in ('RLIMIT_NOFILE', 'RLIMIT_STACK', 'RLIMIT_CORE', 'RLIMIT_FSIZE', 'RLIMIT_CPU', 'RLIMIT_NPROC')])",
        "def f(n): return f(n + 1)\nf(0)",
        "import inspect, sys\nprint(len(inspect.stack()), sys._getframe().f_code.co_filename)",
        "import sys\nprint(sorted(sys.path_importer_cache), sys.path_hooks.__len__())",
        "import signal\nprint([(s, signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD)], signal.pthread_sigmask(0, []))",
        "import os\nprint(os.getpid() == os.getpgid(0) == os.getsid(0), os.getuid(), os.umask(0))",
        "print(open('/proc/self/oom_score_adj').read(), [l for l in open('/proc/self/status') if l.startswith(('Cap', 'NoNew', 'Seccomp:'))])",
        "import asyncio\nasync def main():\n  await asyncio.sleep(0.01); print('done')\nasyncio.run(main())",
        "import random, sys\nprint(random.seed(1), random.random(), sys.hash_info)",
        "import runpy\nopen('other.py', 'w').write('print(__name__)')\nimport other\nrunpy.run_path('other.py', run_name='__main__')",
    ];
    check(prestart("python"), PYTHON, "main.py", &programs).await;
}

#[tokio::test]
async fn each_python_that_was_started_ahead_has_a_hash_seed_of_its_own() {
    let pool = pool(vec![Warm { prestart: Some(prestart("python")), count: 1 }]).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let outcome = run_in(&pool, "python", PYTHON, "main.py", "print(hash('seed'))").await;
        seen.push(outcome.transcript.of(Stream::Stdout));
    }
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn node_that_was_started_ahead_runs_as_if_it_had_not_been() {
    let programs = [
        "console.log('hello')",
        "console.log(process.argv, process.execArgv, process.argv0, __filename, __dirname)",
        "console.log(require.main === module, module.paths, module.id, module.children.length, Object.keys(require.cache))",
        "process.stdin.on('data', d => process.stdout.write(d.toString().toUpperCase()))",
        "console.log(require('fs').readFileSync(0, 'utf8'))",
        "const rl = require('readline').createInterface({input: process.stdin}); rl.on('line', l => console.log('>' + l)).on('close', () => console.log('end'))",
        "process.exit(7)",
        "process.exitCode = 3; setTimeout(() => console.log('later'), 10)",
        "throw new Error('thrown')",
        "function f() { null.x } f()",
        "Promise.reject(new Error('rejected'))",
        "const x = ;",
        "console.error('to stderr'); console.log([1, {a: 2}], new Map([[1, 2]]))",
        "console.log(Object.entries(process.env).sort(), process.cwd(), require('fs').readdirSync('.'))",
        "const {execSync} = require('child_process'); console.log(execSync('/bin/echo x').toString())",
        "const {Worker, isMainThread} = require('worker_threads'); if (isMainThread) new Worker(__filename).on('exit', c => console.log('exit', c)); else console.log('worker')",
        "process.on('exit', c => console.log('exiting', c)); console.log(1)",
        "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 1000)",
        "process.abort()",
        "console.log(process.stdin.isTTY, process.stdout.isTTY, process.stdout.writable)",
        "console.log(require('fs').readdirSync('/proc/self/fd').length < 40, process.title, process.platform)",
        "import('node:path').then(p => console.log(p.join('a', 'b')))",
        "console.log(new Error('x').stack.split('\\n').length)",
        "(function f() { f() })()",
        "console.log(process.getuid(), process.umask(), process.memoryUsage().rss > 0)",
        "console.log([...Array(3).keys()].map(String), 0.1 + 0.2, 10n ** 20n)",
        "setImmediate(() => console.log('immediate')); process.nextTick(() => console.log('tick')); console.log('sync')",
        "console.log(globalThis.told, typeof piece, typeof pieces, typeof fs)",
        "process.on('SIGUSR2', () => { console.log('signal'); process.exit(0) }); process.kill(process.pid, 'SIGUSR2'); setTimeout(() => {}, 1000)",
        "console.log(process.features.inspector, process.release.name, process.config.variables.napi_build_version > 0)",
    ];
    check(prestart("javascript"), NODE, "main.js", &programs).await;
}

#[tokio::test]
async fn a_program_that_nobody_needs_makes_way_for_another() {
    let pool = pool(vec![Warm { prestart: Some(prestart("python")), count: 1 }]).await;
    let limits = Limits::STUDENT;
    let program = Program {
        argv: ["/bin/bash", "-c", "cat; ls /proc | grep -c '^[0-9]'"].map(str::to_owned).to_vec(),
        env: environment(),
        stdin: b"in\n".to_vec(),
        limits,
        ahead: None,
    };
    let lease = pool.lease(None).await.expect("a lease");
    let mut sandbox = lease.open(&[], Space::of(&limits)).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    assert_eq!(outcome.ending, Ending::Exited(0));
    let text = String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text");
    // bash, ls and grep; no Python.
    assert!(text == "in\n3\n" || text == "in\n2\n", "{text}");
    assert!(outcome.usage.memory < Bytes::mib(8), "{:?}", outcome.usage);
}

#[tokio::test]
async fn a_tight_memory_limit_gets_a_fresh_program() {
    let pool = pool(vec![Warm { prestart: Some(prestart("python")), count: 1 }]).await;
    let limits = Limits { memory: Bytes::mib(24), ..Limits::STUDENT };
    let argv = [PYTHON, "main.py"].map(str::to_owned).to_vec();
    let ahead = Some(Ahead { prestart: "python".to_owned(), args: vec![] });
    let program = Program { argv, env: environment(), stdin: vec![], limits, ahead };
    let files = [SandboxFile::plain("main.py", "x = bytearray(64 << 20)")];
    let lease = pool.lease(Some("python")).await.expect("a lease");
    let mut sandbox = lease.open(&files, Space::of(&limits)).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    assert_eq!(outcome.ending, Ending::MemoryLimit);
}
