//! Prestarted programs: they behave as if they had been started when they were requested.

mod common;

use std::{collections::HashSet, time::Duration};

use common::{MEMORY, pool};
use languages::{ENVIRONMENT, Registry, SystemHost, Warmup};
use model::{Bytes, Ending, Limits, Outcome, Stream};
use sandbox::{DiskQuota, Pool, Prestart, PrestartMode, PrestartedRun, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

const PYTHON: &str = "/usr/bin/python3";
const NODE: &str = "/usr/bin/node";

/// As the language's file has it.
fn prestart(language: &str) -> Prestart {
    let registry = Registry::builtin(&SystemHost::new()).expect("valid files");
    let language = registry.find(language).expect("it is there");
    let waiting = language.prestart().expect("it can be started ahead");
    Prestart {
        name: language.id.as_str().to_owned(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        min_memory: waiting.min_memory,
        checks_syntax: waiting.checks_syntax,
        mode: if language.warmup == Warmup::Fork { PrestartMode::Fork } else { PrestartMode::Spawn },
    }
}

/// Environment of a run in this language.
fn run_environment(language: &str) -> Vec<(String, String)> {
    let registry = Registry::builtin(&SystemHost::new()).expect("valid files");
    let language = registry.find(language).expect("it is there");
    language.run(&[], &[], Bytes::mib(256)).env
}

/// As a run has it.
fn environment() -> Vec<(String, String)> {
    ENVIRONMENT.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn run_in(pool: &Pool, name: &str, tool: &str, file: &str, code: &str) -> Outcome {
    run_in_round(0, pool, name, [tool, file, code]).await
}

/// In a later round of its submission; 0 is the first.
async fn run_in_round(round: u32, pool: &Pool, name: &str, [tool, file, code]: [&str; 3]) -> Outcome {
    let limits = Limits { memory: Bytes::mib(256), ..Limits::STUDENT };
    let args = vec!["a b".to_owned(), String::new(), "é".to_owned()];
    let argv = [tool, file].map(str::to_owned).into_iter().chain(args.clone()).collect();
    let program = Program {
        stdin: b"line one\nline two\n".to_vec().into(),
        prestarted: Some(PrestartedRun { prestart: name.to_owned(), args, env: Vec::new() }),
        ..Program::new(argv, run_environment(name), limits)
    };
    let files = [SandboxFile::plain(file, code)];
    let lease = pool.lease(Some(name), MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&files, DiskQuota::for_limits(&limits)).expect("a sandbox");
    let stop = CancellationToken::new();
    for round in 1..=round {
        if round > 1 {
            sandbox.run(&program, &stop, &mut |_, _| {}).await.expect("a run");
        }
        sandbox.reset(&files, DiskQuota::for_limits(&limits)).expect("orders");
    }
    let outcome = sandbox.run(&program, &stop, &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    outcome
}

/// Waits until the pool has one ready again.
async fn until_waiting(pool: &Pool, name: &str) {
    let ready = async {
        while pool.count_prestarted(name) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ready).await.expect("one waits before long");
}

/// Runs the program both ways and compares all that can be seen of it.
async fn check(ahead: Prestart, tool: &str, file: &str, programs: &[&str]) {
    check_in_round(0, ahead, tool, file, programs).await;
}

/// The same, but ahead it is run in a later round of its submission.
async fn check_in_round(round: u32, ahead: Prestart, tool: &str, file: &str, programs: &[&str]) {
    let name = ahead.name.clone();
    let started = pool(Some(ahead)).await;
    let fresh = pool(None).await;
    let mut differing = Vec::new();
    for code in programs {
        until_waiting(&started, &name).await;
        let one = run_in_round(round, &started, &name, [tool, file, code]).await;
        let other = run_in(&fresh, &name, tool, file, code).await;
        let seen = |outcome: &Outcome| {
            let text = |stream| without_addresses(&String::from_utf8_lossy(&outcome.transcript.of(stream)));
            (outcome.ending, text(Stream::Stdout), text(Stream::Stderr))
        };
        if seen(&one) != seen(&other) {
            differing.push(format!("{code}\n  ahead: {:?}\n  fresh: {:?}", seen(&one), seen(&other)));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// No two processes have the same.
fn without_addresses(text: &str) -> String {
    let mut pieces = text.split(" at 0x");
    let first = pieces.next().unwrap_or_default().to_owned();
    let is_digit = |letter: char| letter.is_ascii_hexdigit();
    pieces.fold(first, |text, piece| text + " at …" + piece.trim_start_matches(is_digit))
}

const PYTHON_PROGRAMS: &[&str] = &[
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
    // Modules that the template has imported appear loaded only when the program imports them.
    "import random, sys\nprint(sorted(sys.modules))",
    "import json, sys\nprint(sorted(sys.modules), json.__spec__.origin, type(json.__spec__.loader), json.__path__, json.decoder.__spec__.origin)",
    "import datetime, sys\nprint(sorted(sys.modules), datetime.date(2024, 2, 29) + datetime.timedelta(366))",
    "import statistics, sys\nprint(sorted(sys.modules), statistics.median([3, 1, 2]))",
    "import dataclasses, sys\nprint(sorted(sys.modules))\n@dataclasses.dataclass(order=True)\nclass P:\n  x: int = 0\nprint(P(2) > P(1), P())",
    "import typing, sys\nprint(sorted(sys.modules))\ndef f(x: typing.Optional[int]) -> list[str]: ...\nprint(typing.get_type_hints(f))",
    "import collections.abc, sys\nprint(sorted(sys.modules), isinstance([], collections.abc.Sequence))",
    "from collections import Counter, deque, namedtuple\nprint(Counter('abca'), deque([1], 3), namedtuple('T', 'a b')(1, 2))",
    "import csv, io, sys\nprint(list(csv.reader(io.StringIO('a,b\\n1,2'))), sorted(sys.modules))",
    "import decimal, fractions\nprint(decimal.Decimal('0.1') * 3, decimal.getcontext(), fractions.Fraction(1, 3) + 1)",
    "import enum\nclass C(enum.Enum):\n  A = 1\nprint(list(C), C(1), repr(enum.auto()))\nC(2)",
    "import re, sys\nprint(re.findall(r'\\w+', 'a bc'), re.compile('(').pattern)",
    "import math, time, itertools, functools, operator, heapq, bisect, copy, string, textwrap, queue, threading\nprint(math.pi, string.ascii_letters, heapq.nsmallest(2, [3, 1, 2]), functools.reduce(operator.mul, [1, 2, 3]))",
    "import importlib, random\nprint(importlib.reload(random) is random, random.__loader__.__class__.__name__, random.__file__, random.__cached__)",
    "import sys\nbefore = set(sys.modules)\nimport json\nfrom json import decoder\nprint(sys.modules['json.decoder'] is decoder, sorted(set(sys.modules) - before), sorted(sys.path_importer_cache))",
    "import importlib.util\nprint(importlib.util.find_spec('random').origin, importlib.util.find_spec('json').submodule_search_locations, importlib.util.find_spec('nonesuch'))",
    "import pkgutil\nprint(len(list(pkgutil.iter_modules())) > 100, 'random' in {m.name for m in pkgutil.iter_modules()})",
    "open('bisect.py', 'w').write('def bisect(*a): return 7')\nimport random, bisect\nprint(bisect.bisect(), bisect.__file__, random._bisect(1))",
    "open('random.py', 'w').write('print(\"my own\")')\nimport random\nprint(random.__file__)",
    "import sys\nsys.modules['re'] = None\ntry:\n  import json\nexcept ImportError as e: print(e)",
    "import pickle, datetime\nprint(pickle.loads(pickle.dumps(datetime.datetime(2024, 1, 2))))",
    "import ctypes, struct, socket\nprint(struct.calcsize('P'), ctypes.sizeof(ctypes.c_void_p), ctypes.CDLL(None).abs(-3), socket.AF_INET)",
    "import unittest\nclass T(unittest.TestCase):\n  def test(self): self.assertEqual(1, 1)\nunittest.main(exit=False, argv=['x'], testRunner=unittest.TextTestRunner(stream=open('/dev/null', 'w')))\nprint('done')",
    // The end of a program.
    "class D:\n  def __del__(self): print('gone')\nd = D()\nprint('end')",
    "class D:\n  def __del__(self): print('gone', __name__)\na, b = D(), D()\na.b, b.a = b, a",
    "f = open('out.txt', 'w')\nf.write('unflushed')\nimport os, atexit\natexit.register(lambda: print(os.path.getsize('out.txt')))",
    "import weakref\nclass C: pass\nc = C()\nweakref.finalize(c, print, 'finalized')",
    "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.5), print('late'))).start()\nprint('main ends')",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()\nprint(threading.main_thread().name, threading.active_count(), threading.main_thread().native_id == threading.get_native_id())",
    "import sys\nsys.stdout.write('no newline')\nsys.stderr.write('err')\nsys.exit()",
    "import sys\nsys.excepthook = lambda t, v, tb: print('hook', t.__name__, v)\nraise ValueError('x')",
    "import os\npid = os.fork()\nif pid == 0:\n  print('child', os.getppid() == os.getpid() - 1 or True); raise SystemExit(3)\nprint(os.waitpid(pid, 0)[1])",
    "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'import sys; print(sys.flags, sorted(sys.modules))'], capture_output=True, text=True).stdout)",
    "import concurrent.futures as c\nwith c.ProcessPoolExecutor(2) as p: print(list(p.map(abs, [-1, 2])))",
    "import multiprocessing as m\ndef f(q): q.put('x')\nif __name__ == '__main__':\n  m.set_start_method('spawn'); q = m.Queue(); p = m.Process(target=f, args=(q,)); p.start(); print(q.get()); p.join(); print(p.exitcode)",
    "import signal\nsignal.alarm(1)\nsignal.pause()",
    "import sys\nprint(sys.getrecursionlimit(), sys.getswitchinterval(), sys.gettrace(), sys.warnoptions, sys._xoptions, [getattr(f, '__name__', type(f)) for f in sys.meta_path], sys.prefix)",
    "import gc\nclass N: pass\na = N(); a.a = a\ndel a\nprint(gc.collect() >= 1, gc.isenabled(), gc.get_threshold())",
    "import warnings\nwarnings.warn('careful')\nprint(warnings.filters)",
    "import locale, sys\nprint(locale.getlocale(), sys.getfilesystemencoding(), sys.getdefaultencoding())",
    "print(open('/proc/self/cmdline', 'rb').read().split(b'\\0')[0].rpartition(b'/')[2][:6], [l.split()[-1] for l in open('/proc/self/limits')][1:9])",
    "import tempfile, shutil\nprint(tempfile.gettempdir(), shutil.disk_usage('/box').total)",
    "import logging\nlogging.warning('w')\nlogging.basicConfig(format='%(message)s')",
    "import hashlib, secrets, uuid, base64\nprint(hashlib.sha256(b'x').hexdigest(), len(secrets.token_hex(4)), base64.b64encode(b'x'))",
    "async def f(): raise KeyError('k')\nimport asyncio\nasyncio.run(f())",
    "import time\nprint(time.process_time() < 1, time.thread_time() < 1, time.perf_counter() > 0)",
    "def f():\n  yield 1\n  raise RuntimeError('in generator')\nfor x in f(): print(x)",
    "import traceback\ntry: int('x')\nexcept ValueError: traceback.print_exc(); print(traceback.extract_stack())",
    "exec(compile('1/0', 'inner.py', 'exec'))",
    "print('\\udcff')",
    "import os\nprint([(n, os.stat(f'/proc/self/ns/{n}').st_ino == os.stat(f'/proc/1/ns/{n}').st_ino if os.access(f'/proc/1/ns', os.R_OK) else None) for n in ('pid', 'mnt')], sorted(p for p in os.listdir('/proc') if p.isdigit())[0] != '')",
];

#[tokio::test]
async fn python_that_was_started_ahead_runs_as_if_it_had_not_been() {
    check(prestart("python"), PYTHON, "main.py", PYTHON_PROGRAMS).await;
}

#[tokio::test]
async fn a_python_in_calm_times_has_a_hash_seed_of_its_own() {
    let pool = pool(Some(prestart("python"))).await;
    let mut seen = HashSet::new();
    for _ in 0..3 {
        until_waiting(&pool, "python").await;
        let outcome = run_in(&pool, "python", PYTHON, "main.py", "print(hash('seed'))").await;
        seen.insert(outcome.transcript.of(Stream::Stdout));
        // Long enough, mostly, for the template to be started anew; it is forked once more before.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    assert!(seen.len() > 1, "{seen:?}");
}

#[tokio::test]
async fn pythons_of_one_template_draw_different_random_numbers() {
    let pool = pool(Some(prestart("python"))).await;
    let code = "import random, os, uuid\nprint(random.random(), os.urandom(4), uuid.uuid4())";
    let mut seen = HashSet::new();
    for _ in 0..5 {
        until_waiting(&pool, "python").await;
        seen.insert(run_in(&pool, "python", PYTHON, "main.py", code).await.transcript.of(Stream::Stdout));
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[tokio::test]
async fn python_runs_in_each_round_of_a_submission_as_if_it_were_the_only_one() {
    for round in [1, 2] {
        check_in_round(round, prestart("python"), PYTHON, "main.py", PYTHON_PROGRAMS).await;
    }
}

#[tokio::test]
async fn python_ends_in_each_round_of_a_submission_as_it_ends_by_itself() {
    check_in_round(1, prestart("python"), PYTHON, "main.py", PYTHON_ENDINGS).await;
}

/// Rounds of one submission in Python, each with these files and after a reset; what each of them wrote.
async fn rounds(pool: &Pool, codes: &[&str]) -> Vec<String> {
    let limits = Limits { memory: Bytes::mib(256), ..Limits::STUDENT };
    let lease = pool.lease(Some("python"), Bytes::mib(256)).await.expect("a lease");
    let mut sandbox = lease.open(&[], DiskQuota::STANDARD).expect("a sandbox");
    let mut said = Vec::new();
    for code in codes {
        sandbox.reset(&[SandboxFile::plain("main.py", *code)], DiskQuota::STANDARD).expect("orders");
        let program = Program {
            prestarted: Some(PrestartedRun { prestart: "python".to_owned(), args: vec![], env: Vec::new() }),
            ..Program::new([PYTHON, "main.py"].map(str::to_owned).to_vec(), environment(), limits)
        };
        let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
        said.push(format!(
            "{:?} {}",
            outcome.ending,
            String::from_utf8_lossy(outcome.transcript.all_output())
        ));
    }
    pool.take_back(sandbox.finish());
    said
}

/// Tells whether a zygote forked it: only then is it without the calls that make what outlives a program.
const TELLS: &str = "import ctypes\nprint(ctypes.CDLL(None).shmget(0, 4096, 0o1666) < 0)";

#[tokio::test]
async fn rounds_of_a_submission_are_forked_from_a_zygote() {
    let pool = pool(Some(prestart("python"))).await;
    assert_eq!(rounds(&pool, &[TELLS; 3]).await, ["Exited(0) True\n"; 3]);
    let outcome = run_in(&pool, "python", PYTHON, "main.py", TELLS).await;
    assert_eq!(outcome.transcript.of(Stream::Stdout), b"False\n", "one program alone needs no zygote");
}

#[tokio::test]
async fn a_zygote_runs_no_program_but_the_one_that_it_has_read() {
    let pool = pool(Some(prestart("python"))).await;
    let said = rounds(&pool, &["print(1)", "print(2)", "print(1)", "print(11)", ""]).await;
    assert_eq!(said, ["Exited(0) 1\n", "Exited(0) 2\n", "Exited(0) 1\n", "Exited(0) 11\n", "Exited(0) "]);
}

#[tokio::test]
async fn a_program_that_is_hard_to_read_gets_no_zygote_and_the_same_result() {
    let pool = pool(Some(prestart("python"))).await;
    let tells = TELLS.replace("print(", "print(1 is 1, ");
    let said = rounds(&pool, &[&tells, &tells]).await;
    assert!(
        said.iter().all(|said| said.contains("SyntaxWarning") && said.contains("True False")),
        "{said:?}"
    );
    let nested = format!("print({}1{})", "(".repeat(5000), ")".repeat(5000));
    let said = rounds(&pool, &[&nested, &nested]).await;
    assert!(said.iter().all(|said| said.contains("too many nested parentheses")), "{said:?}");
    let long = format!("x = [{}]\nprint(len(x))", "'a' + 'b',".repeat(50_000));
    assert_eq!(rounds(&pool, &[&long, &long]).await, ["Exited(0) 50000\n"; 2]);
}

#[tokio::test]
async fn nothing_that_a_round_does_reaches_the_next() {
    let pool = pool(Some(prestart("python"))).await;
    let code = r#"
import builtins, ctypes, gc, os, random, resource, signal, sys
print(os.listdir("/tmp"), os.listdir("."), hasattr(builtins, "left"), hasattr(random, "left"), os.nice(0))
print(signal.getsignal(signal.SIGTERM), resource.getrlimit(resource.RLIMIT_NOFILE), gc.isenabled(), sorted(os.environ))
print(os.sched_getaffinity(0), [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()])
builtins.left = random.left = 1
os.environ["LEFT"] = "1"
gc.disable()
os.nice(5)
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("/tmp/left", "w"), open("left", "w"), open("main.py", "a")
for target in (0, -1, os.getppid()):
    try: os.kill(target, signal.SIGCONT)
    except OSError: pass
if os.fork() == 0:
    os.setsid()
    signal.pause()
"#;
    let said = rounds(&pool, &[code; 4]).await;
    assert!(said[0].contains("['main.py'] False False 0"), "{}", said[0]);
    assert!(said.iter().all(|one| one[8..] == said[0][8..]), "{said:#?}");
}

#[tokio::test]
async fn each_round_draws_its_own_random_numbers() {
    let pool = pool(Some(prestart("python"))).await;
    let code = "import random, os, uuid\nprint(random.random(), os.urandom(4), uuid.uuid4())";
    let said: HashSet<String> = rounds(&pool, &[code; 5]).await.into_iter().collect();
    assert_eq!(said.len(), 5, "{said:?}");
}

#[tokio::test]
async fn limits_hold_in_each_round_and_end_only_that_round() {
    let pool = pool(Some(prestart("python"))).await;
    let hog = "x = bytearray(400 << 20)";
    let said = rounds(&pool, &[hog; 3]).await;
    assert!(said.iter().all(|one| one.starts_with("MemoryLimit")), "{said:?}");
    let bomb = "import os\nwhile True: os.fork()";
    let said = rounds(&pool, &[bomb; 3]).await;
    assert!(said.iter().all(|one| one.starts_with("ProcessLimit")), "{said:?}");
}

/// All that Python does when a program ends, as far as the program can see it.
const PYTHON_ENDINGS: &[&str] = &[
    "raise SystemExit(None)",
    "raise SystemExit(True)",
    "raise SystemExit(-1)",
    "raise SystemExit(300)",
    "raise SystemExit(1 << 40)",
    "raise SystemExit(1 << 70)",
    "raise SystemExit(2.5)",
    "raise SystemExit((1, 'two'))",
    "raise SystemExit('a', 'b')",
    "class E(SystemExit):\n  code = 9\nraise E",
    "class E(SystemExit):\n  @property\n  def code(self): 1 / 0\nraise E('said')",
    "class E(KeyboardInterrupt): pass\nraise E",
    "class E(BaseException): pass\nraise E('x')",
    "def f():\n  try: 1 / 0\n  finally: raise KeyError('k')\nf()",
    "try: 1 / 0\nexcept ZeroDivisionError as e: raise ValueError from e",
    "e = ValueError('noted')\ne.add_note('a note')\nraise e",
    "raise ExceptionGroup('many', [ValueError(1), ExceptionGroup('more', [KeyError(2)])])",
    "import os\nos._exit(5)",
    "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "import os, signal\nos.kill(os.getpid(), signal.SIGINT)",
    "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nos.kill(os.getpid(), signal.SIGINT)",
    "import ctypes\nctypes.string_at(0)",
    "import sys\nsys.excepthook = lambda *a: sys.exit(4)\n1 / 0",
    "import sys\nsys.excepthook = lambda *a: 1 / 0\nraise KeyError('first')",
    "import sys\ndel sys.excepthook\nraise KeyError('first')",
    "import sys, traceback\ndef hook(*a):\n  traceback.print_exc(); traceback.print_stack(); print(sys.exc_info())\nsys.excepthook = hook\n1 / 0",
    "import sys\nprint('gone', end='')\nsys.stdout = None",
    "import sys\nsys.stderr = None\nraise SystemExit('unheard')",
    "import sys\nsys.stdout.close()",
    "import os\nprint('lost')\nos.close(1)",
    "import os, sys\nos.close(1)\nsys.stdout.write('lost')\nsys.exit(3)",
    "import os, sys, io\nsys.stdout = io.TextIOWrapper(os.fdopen(1, 'wb', closefd=False))\nprint('late')",
    "f = open('/proc/self/fd/1', 'w')\nf.write('never flushed')",
    "import sys\nclass S:\n  def write(self, t): sys.__stdout__.write(t.upper())\n  def flush(self): sys.__stdout__.write('[flushed]')\nsys.stdout = S()\nprint('shout')",
    "import sys\nclass S:\n  def write(self, t): pass\n  def flush(self): raise OSError('no')\nsys.stdout = S()",
    "import atexit\n@atexit.register\ndef f(): 1 / 0",
    "import atexit, sys\natexit.register(sys.exit, 7)\natexit.register(print, 'second')",
    "import atexit, inspect, sys\natexit.register(lambda: print(len(inspect.stack()), '__file__' in globals(), sys.exc_info()))",
    "import atexit, sys\natexit.register(lambda: print('__file__' in globals()))\nsys.exit(2)",
    "import atexit, threading, time\natexit.register(lambda: print(threading.main_thread().is_alive(), threading.active_count()))\nthreading.Thread(target=time.sleep, args=(0.1,)).start()",
    "import atexit, threading\natexit.register(lambda: print(threading.main_thread().is_alive(), threading.active_count()))",
    "import threading\ndef f(): raise SystemExit(5)\nt = threading.Thread(target=f)\nt.start(); t.join()\nprint('on')",
    "import threading, time\ndef f():\n  time.sleep(0.05); raise KeyError('late')\nthreading.Thread(target=f).start()\n1 / 0",
    "import _thread, time\n_thread.start_new_thread(time.sleep, (9,))\nprint('done')",
    "import concurrent.futures as c\ne = c.ThreadPoolExecutor(2)\ne.submit(print, 'pooled')",
    "class D:\n  def __del__(self): 1 / 0\nd = D()",
    "class D:\n  def __del__(self):\n    import sys; print(sys.meta_path, sys.path, len(sys.modules), sys.argv, __name__)\nd = D()",
    "class D:\n  def __del__(self):\n    import json\nd = D()",
    "class D:\n  def __del__(self): print('gone', self.name)\n  def __init__(self, name): self.name = name\na = D('a'); b = D('b'); c = [D('c')]; c.append(c)\ndef f(x=D('default')): pass",
    "import gc\ngc.disable()\nclass D:\n  def __del__(self): print('gone')\na = D(); a.a = a\ndel a",
    "import sys\nclass D:\n  def __del__(self): print('from sys')\nsys.kept = D()",
    "import builtins\nclass D:\n  def __del__(self): print('from builtins')\nbuiltins.kept = D()",
    "import builtins\nbuiltins.print = None\nbuiltins.getattr = 5\nbuiltins.list = builtins.isinstance = builtins.vars = None",
    "import random\nclass D:\n  def __del__(self): print('from random')\nrandom.kept = D()",
    "import os\nclass D:\n  def __del__(self): print('from os')\nos.kept = D()",
    "import os, sys, gc\nos._exit = os.kill = gc.collect = sys.exit = None\nprint('mine now')",
    "def g():\n  try: yield 1\n  finally: print('closed')\nx = g()\nnext(x)",
    "async def f(): pass\nc = f()",
    "import sys\ndef g():\n  try: yield 1\n  finally: print('closed')\nsys.g = g()\nnext(sys.g)",
    "import weakref\nclass C: pass\nc = C()\nr = weakref.ref(c, lambda r: print('dead'))",
    "import weakref, os\nclass C: pass\nos.c = C()\nos.r = weakref.ref(os.c, lambda r: print('dead'))",
    "class C:\n  def __del__(self): print('in the traceback')\ndef f():\n  c = C(); 1 / 0\nf()",
    "import sys\nsys.modules['__main__'] = None\nclass D:\n  def __del__(self): print('gone')\nd = D()",
    "import sys\nsys.modules.clear()\nprint('none')",
    "import sys\ndel sys.modules['sys']\nprint(sys.argv)",
    "open('own.py', 'w').write('class D:\\n  def __del__(self): print(\"of a module\", __name__)\\nd = D()')\nimport own",
    "open('own.py', 'w').write('class D:\\n  def __del__(self): print(\"of a module\", __name__)\\nd = D()')\nimport own, sys\nsys.held = own",
    "import sys, atexit\nsys.unraisablehook = lambda u: print('unraisable', u.exc_type.__name__)\nclass D:\n  def __del__(self): 1 / 0\nd = D()\natexit.register(lambda: 1 / 0)",
    "import sys\nsys.setrecursionlimit(60)\ndef f(n): return f(n + 1)\nf(0)",
    "def f(n):\n  try: return f(n + 1)\n  except RecursionError: return n\nprint(f(0), f(0))",
    "import sys\nsys.settrace(lambda f, e, a: print(e, f.f_code.co_name))\ndef f(): pass\nf()\nsys.settrace(None)",
    "import sys\nf = sys._getframe()\nprint(f.f_back, f.f_code.co_name, f.f_lineno, f.f_locals is globals())",
    "print(__loader__.name, __loader__.path, __file__, __cached__, list(globals()))",
    "import ctypes\nctypes.CDLL(None).printf(b'by C')",
    "import signal\nsignal.signal(signal.SIGTERM, lambda *a: print('term'))\nsignal.raise_signal(signal.SIGTERM)",
    "import asyncio\nasync def f(): await asyncio.sleep(9)\nloop = asyncio.new_event_loop()\nt = loop.create_task(f())",
    "import logging\nlogging.getLogger().addHandler(logging.StreamHandler())\nlogging.warning('w')\nlogging.shutdown()",
    "import multiprocessing.shared_memory as s\nm = s.SharedMemory(create=True, size=10)\nprint(len(m.buf) >= 10)",
    "import tempfile\nd = tempfile.TemporaryDirectory()\nf = tempfile.NamedTemporaryFile()",
    "# coding: latin-1\nprint('ok')",
    "print(1 is 1)",
    "assert (1, 'always')",
    "x = '\\d'",
    "from __future__ import annotations\ndef f(x: nowhere): pass\nprint(f.__annotations__)",
    "",
    "return 1",
    "\tx = 1",
    "print('a\0b')",
    "print('one')\r\nprint('''two\r\nthree'''.encode())\r\n",
    "'doc'\nprint(__doc__, __annotations__)\nx: int = 1\nprint(__annotations__)",
    "import linecache, inspect\ndef f(): pass\nprint(inspect.getsource(f), linecache.getline(__file__, 1))",
    "import os\nprint(os.getppid(), os.getpgid(0) == os.getpid(), sorted(os.listdir('/proc/self/fd')))",
    "import gc\nclass C: pass\nprint(sum(type(o) is C for o in gc.get_objects()))",
    "import code\ncode.interact(banner='b', exitmsg='e', local={})",
    "import pdb\npdb.set_trace()",
    "import os\nif os.fork() == 0: raise SystemExit(3)\nprint(os.wait()[1])",
    "import os\nif os.fork() == 0: os.kill(-1, 9)\nimport time\ntime.sleep(9)",
];

const NODE_PROGRAMS: &[&str] = &[
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

#[tokio::test]
async fn node_that_was_started_ahead_runs_as_if_it_had_not_been() {
    check(prestart("javascript"), NODE, "main.js", NODE_PROGRAMS).await;
}

#[tokio::test]
async fn an_unneeded_prestarted_program_is_replaced() {
    let pool = pool(Some(prestart("python"))).await;
    let limits = Limits::STUDENT;
    let argv = ["/bin/bash", "-c", "cat; ls /proc | grep -c '^[0-9]'"].map(str::to_owned).to_vec();
    let program = Program { stdin: b"in\n".to_vec().into(), ..Program::new(argv, environment(), limits) };
    let lease = pool.lease(None, MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&[], DiskQuota::for_limits(&limits)).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    assert_eq!(outcome.ending, Ending::Exited(0));
    let text = String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text");
    // bash, ls and grep; no Python.
    assert!(text == "in\n3\n" || text == "in\n2\n", "{text}");
    assert!(outcome.usage.memory < Bytes::mib(8), "{:?}", outcome.usage);
}

#[tokio::test]
async fn a_tight_memory_limit_gets_a_fresh_program() {
    let pool = pool(Some(prestart("python"))).await;
    let limits = Limits { memory: Bytes::mib(24), ..Limits::STUDENT };
    let argv = [PYTHON, "main.py"].map(str::to_owned).to_vec();
    let prestarted = Some(PrestartedRun { prestart: "python".to_owned(), args: vec![], env: Vec::new() });
    let program = Program { prestarted, ..Program::new(argv, environment(), limits) };
    let files = [SandboxFile::plain("main.py", "x = bytearray(64 << 20)")];
    let lease = pool.lease(Some("python"), MEMORY).await.expect("a lease");
    let mut sandbox = lease.open(&files, DiskQuota::for_limits(&limits)).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    assert_eq!(outcome.ending, Ending::MemoryLimit);
}
