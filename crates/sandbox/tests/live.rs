//! Live input and output: through pipes, and through a terminal.

mod common;

use std::time::{Duration, Instant};

use common::{MEMORY, pool};
use model::{Bytes, Ending, Limits, Outcome, SessionSignal, Stream, TerminalSize};
use sandbox::{DiskQuota, InputMessage, InputSender, LiveIo, MAX_UNREAD, Program, SandboxFile, SendOutcome};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

const PYTHON: &str = "/usr/bin/python3";
const PATIENCE: Duration = Duration::from_secs(20);
const SIZE: TerminalSize = TerminalSize { cols: 80, rows: 24 };

/// A program that runs, and the two ends at which to talk to it.
struct Running {
    sender: Option<InputSender>,
    output: mpsc::UnboundedReceiver<(Stream, Vec<u8>)>,
    unmatched: String,
    stop: CancellationToken,
    outcome: JoinHandle<Outcome>,
}

fn limits() -> Limits {
    Limits { cpu: Duration::from_secs(5), wall: Duration::from_secs(20), ..Limits::STUDENT }
}

impl Running {
    async fn start(terminal: Option<TerminalSize>, code: &str) -> Self {
        Self::start_with(terminal, None, limits(), code).await
    }

    async fn start_with(
        terminal: Option<TerminalSize>,
        idle: Option<Duration>,
        limits: Limits,
        code: &str,
    ) -> Self {
        let pool = pool(None).await;
        let (sender, live) = LiveIo::new(terminal, idle);
        let (pieces, output) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let files = [SandboxFile::plain("main.py", code.as_bytes().to_vec())];
        let argv = [PYTHON, "main.py"].map(str::to_owned).to_vec();
        let env = vec![("PATH".into(), "/usr/bin:/bin".into()), ("TERM".into(), "dumb".into())];
        let program = Program::new(argv, env, limits);
        let stopped = stop.clone();
        let outcome = tokio::spawn(async move {
            let lease = pool.lease(None, MEMORY).await.expect("a lease");
            let mut sandbox = lease.open(&files, DiskQuota::for_limits(&limits)).expect("a sandbox");
            let mut sink = |stream, piece: &[u8]| {
                let _unread = pieces.send((stream, piece.to_vec()));
            };
            let outcome = sandbox.run_live(&program, live, &stopped, &mut sink).await.expect("a run");
            pool.take_back(sandbox.finish());
            outcome
        });
        Self { sender: Some(sender), output, unmatched: String::new(), stop, outcome }
    }

    fn send(&self, said: InputMessage) {
        assert_eq!(self.sender.as_ref().expect("not hung up").try_send(said), SendOutcome::Queued);
    }

    fn type_in(&self, text: &str) {
        self.send(InputMessage::Stdin(text.as_bytes().to_vec()));
    }

    /// Waits until it has written this, after what was waited for before.
    async fn wait_for_output(&mut self, text: &str) {
        while !self.unmatched.contains(text) {
            let piece = timeout(PATIENCE, self.output.recv()).await.expect("more output in time");
            let (_, bytes) = piece.unwrap_or_else(|| panic!("no {text:?} but {:?}", self.unmatched));
            self.unmatched.push_str(&String::from_utf8_lossy(&bytes));
        }
        let end = self.unmatched.find(text).expect("it is there") + text.len();
        self.unmatched.drain(..end);
    }

    async fn end(self) -> Outcome {
        timeout(PATIENCE, self.outcome).await.expect("an end in time").expect("no panic")
    }

    async fn ends_as(self, expected: Ending) -> String {
        let outcome = self.end().await;
        let text = String::from_utf8_lossy(outcome.transcript.all_output()).into_owned();
        assert_eq!(outcome.ending, expected, "{text}");
        text
    }
}

#[tokio::test]
async fn a_program_is_answered_while_it_asks() {
    let code = "a = input('first? ')\nb = input('second? ')\nprint(b, a)";
    let mut running = Running::start(None, code).await;
    running.wait_for_output("first? ").await;
    running.type_in("one\n");
    running.wait_for_output("second? ").await;
    running.type_in("two\n");
    running.wait_for_output("two one\n").await;
    running.ends_as(Ending::Exited(0)).await;
}

#[tokio::test]
async fn the_end_of_input_is_seen_through_pipes_and_terminals() {
    for terminal in [None, Some(SIZE)] {
        let code = "import sys\nprint('on', flush=True)\nprint(len(sys.stdin.read()))";
        let mut running = Running::start(terminal, code).await;
        running.wait_for_output("on").await;
        running.type_in("four\n");
        running.send(InputMessage::Eof);
        running.wait_for_output("5").await;
        running.ends_as(Ending::Exited(0)).await;
    }
}

#[tokio::test]
async fn hanging_up_ends_the_input() {
    let mut running = Running::start(None, "import sys\nprint(sys.stdin.read() == '')").await;
    running.sender = None;
    running.wait_for_output("True").await;
    running.ends_as(Ending::Exited(0)).await;
}

#[tokio::test]
async fn a_terminal_is_one_in_every_respect() {
    let code = "import os, sys\n\
        print(*(os.isatty(n) for n in range(3)), os.ttyname(0), os.environ['TERM'])\n\
        print(os.get_terminal_size(), os.getsid(0) == os.getpid(), os.tcgetpgrp(0) == os.getpgrp())\n\
        open('/dev/tty', 'w').write('by name\\n')\n\
        print(os.stat('/dev/pts/0').st_uid, oct(os.stat('/dev/pts/0').st_mode), sorted(os.listdir('/dev/pts')))\n\
        print('err', file=sys.stderr)";
    let outcome = Running::start(Some(SIZE), code).await.end().await;
    let text = String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text");
    assert_eq!(
        text,
        "True True True /dev/pts/0 xterm-256color\r\n\
         os.terminal_size(columns=80, lines=24) True True\r\n\
         by name\r\n\
         1000 0o20600 ['0', 'ptmx']\r\n\
         err\r\n"
    );
    assert_eq!(outcome.ending, Ending::Exited(0));
}

#[tokio::test]
async fn a_run_without_a_terminal_has_none() {
    let code = "import os\nprint(os.listdir('/dev/pts'), os.path.exists('/dev/ptmx'))\n\
        try: open('/dev/tty')\nexcept OSError as error: print(error.strerror)";
    let outcome = Running::start(None, code).await.end().await;
    let text = String::from_utf8_lossy(outcome.transcript.all_output()).into_owned();
    assert_eq!(text, "[] False\nNo such device or address\n");
}

#[tokio::test]
async fn a_program_at_a_terminal_can_open_terminals_of_its_own() {
    let code = "import pty, os\nprint(pty.spawn(['/bin/sh', '-c', 'tty; test -t 0 && echo inner']))";
    let text = Running::start(Some(SIZE), code).await.ends_as(Ending::Exited(0)).await;
    assert!(text.contains("/dev/pts/1\r\n") && text.contains("inner\r\n"), "{text:?}");
    let greedy = "import os, pty\nn = 0\ntry:\n  while True: pty.openpty(); n += 1\nexcept OSError: print(n)";
    let text = Running::start(Some(SIZE), greedy).await.ends_as(Ending::Exited(0)).await;
    assert!(text.trim().parse::<u32>().is_ok_and(|opened| opened < 20), "{text:?}");
}

#[tokio::test]
async fn a_terminal_denies_dangerous_requests_of_its_program() {
    let code = "import ctypes, os, fcntl, termios\n\
        def attempt(name, request, argument):\n  \
        try: fcntl.ioctl(0, request, argument); print(name)\n  \
        except OSError: pass\n\
        attempt('types', termios.TIOCSTI, b'x')\n\
        attempt('console', termios.TIOCLINUX, b'\\x02')\n\
        for discipline in range(1, 31): attempt(f'discipline {discipline}', termios.TIOCSETD, discipline.to_bytes(4, 'little'))\n\
        try: os.open('/dev/pts/1', os.O_RDWR); print('another')\n\
        except OSError: pass\n\
        print('done')";
    let text = Running::start(Some(SIZE), code).await.ends_as(Ending::Exited(0)).await;
    assert_eq!(text, "done\r\n");
}

#[tokio::test]
async fn a_program_may_let_go_of_its_terminal_and_go_on() {
    let code = "import os, time\nprint('on', flush=True)\nfor n in range(3): os.close(n)\ntime.sleep(0.5)\nos._exit(4)";
    let mut running = Running::start(Some(SIZE), code).await;
    running.wait_for_output("on").await;
    running.type_in("to nobody\n");
    let began = Instant::now();
    running.ends_as(Ending::Exited(4)).await;
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_is_typed_is_echoed_and_erased_by_whole_characters() {
    let mut running = Running::start(Some(SIZE), "print(ascii(input('? ')))").await;
    running.wait_for_output("? ").await;
    running.type_in("a\u{e9}\u{7f}b\n");
    running.wait_for_output("'ab'").await;
    running.ends_as(Ending::Exited(0)).await;
}

#[tokio::test]
async fn ctrl_c_interrupts_the_program_in_the_terminal() {
    let code = "try:\n  print('on')\n  while True: pass\nexcept KeyboardInterrupt: print('caught')";
    let mut running = Running::start(Some(SIZE), code).await;
    running.wait_for_output("on").await;
    running.type_in("\u{3}");
    running.wait_for_output("caught").await;
    running.ends_as(Ending::Exited(0)).await;
}

#[tokio::test]
async fn a_resize_is_signalled_to_the_program() {
    let code = "import os, signal\nresized = {signal.SIGWINCH}\n\
        signal.pthread_sigmask(signal.SIG_BLOCK, resized)\nprint('on')\n\
        for _ in range(2):\n  signal.sigwait(resized)\n  print(os.get_terminal_size())";
    let mut running = Running::start(Some(SIZE), code).await;
    running.wait_for_output("on").await;
    running.send(InputMessage::Resize(TerminalSize { cols: 132, rows: 50 }));
    running.wait_for_output("columns=132, lines=50").await;
    running.send(InputMessage::Resize(TerminalSize { cols: 40, rows: 10 }));
    running.wait_for_output("columns=40, lines=10").await;
    running.ends_as(Ending::Exited(0)).await;
}

#[tokio::test]
async fn signals_reach_the_program_and_its_children() {
    for terminal in [None, Some(SIZE)] {
        let code = "import signal, subprocess, sys\n\
            signal.signal(signal.SIGUSR1, lambda *_: print('parent', flush=True))\n\
            child = subprocess.Popen(['sh', '-c', 'trap \"echo child; exit\" USR1; echo up; while :; do sleep 0.05; done'])\n\
            child.wait()";
        let mut running = Running::start(terminal, code).await;
        running.wait_for_output("up").await;
        running.send(InputMessage::Signal(SessionSignal::Usr1));
        let text = running.ends_as(Ending::Exited(0)).await;
        assert!(text.contains("child") && text.contains("parent"), "{text:?}");
    }
}

#[tokio::test]
async fn a_signal_that_ends_the_program_is_named() {
    for (signal, number) in [
        (SessionSignal::Term, 15),
        (SessionSignal::Kill, 9),
        (SessionSignal::Hup, 1),
        (SessionSignal::Quit, 3),
    ] {
        let mut running = Running::start(None, "print('on', flush=True)\nwhile True: pass").await;
        running.wait_for_output("on").await;
        running.send(InputMessage::Signal(signal));
        running.ends_as(Ending::Signalled(number)).await;
    }
}

#[tokio::test]
async fn a_signal_in_a_terminal_goes_to_the_foreground() {
    // A shell with job control puts what it starts into the foreground, and lives on when that is interrupted.
    let code = "import os\nos.execv('/bin/bash', ['bash', '--norc', '-i'])";
    let mut running = Running::start(Some(SIZE), code).await;
    running.type_in("PS1=; echo rea''dy; sleep 30; echo co''de $?\n");
    running.wait_for_output("ready").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.send(InputMessage::Signal(SessionSignal::Int));
    running.type_in("echo sti''ll; exit 7\n");
    running.wait_for_output("still").await;
    running.ends_as(Ending::Exited(7)).await;
}

#[tokio::test]
async fn what_a_session_leaves_behind_dies_with_it() {
    let code = "import os, sys, time\n\
        if os.fork() == 0:\n  os.setsid()\n  time.sleep(60)\n\
        print('leaving')";
    let began = Instant::now();
    let running = Running::start(Some(SIZE), code).await;
    let text = running.ends_as(Ending::Exited(0)).await;
    assert!(text.contains("leaving"), "{text:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_session_can_be_stopped() {
    for terminal in [None, Some(SIZE)] {
        let code = "import signal\nfor n in (1, 2, 3, 15): signal.signal(n, signal.SIG_IGN)\n\
            print('on', flush=True)\ninput()";
        let mut running = Running::start(terminal, code).await;
        running.wait_for_output("on").await;
        running.stop.cancel();
        running.ends_as(Ending::Cancelled).await;
    }
}

#[tokio::test]
async fn a_quiet_session_ends_and_a_busy_one_does_not() {
    let idle = Some(Duration::from_millis(700));
    let code = "for n in range(4): print(input(), flush=True)\ninput()";
    let mut running = Running::start_with(None, idle, limits(), code).await;
    for text in ["a", "b", "c", "d"] {
        tokio::time::sleep(Duration::from_millis(400)).await;
        running.type_in(&format!("{text}\n"));
        running.wait_for_output(text).await;
    }
    let began = Instant::now();
    running.ends_as(Ending::IdleLimit).await;
    assert!(began.elapsed() >= Duration::from_millis(600), "{:?}", began.elapsed());
    let writer = "import time\nfor n in range(4):\n  time.sleep(0.4)\n  print(n, flush=True)";
    Running::start_with(Some(SIZE), idle, limits(), writer).await.ends_as(Ending::Exited(0)).await;
}

#[tokio::test]
async fn limits_hold_in_a_session() {
    let check = async |limits: Limits, code: &str, expected: Ending| {
        Running::start_with(Some(SIZE), None, limits, code).await.ends_as(expected).await;
    };
    check(Limits { wall: Duration::from_millis(600), ..limits() }, "input()", Ending::WallLimit).await;
    check(Limits { cpu: Duration::from_millis(300), ..limits() }, "while True: pass", Ending::CpuLimit).await;
    let flood = "while True: print('x' * 1000)";
    check(Limits { output: Bytes::kib(64), ..limits() }, flood, Ending::OutputLimit).await;
}

#[tokio::test]
async fn more_input_does_not_end_a_program_with_closed_input() {
    // Python closes its own object only: the descriptor stays open, with nobody who would read.
    let code = "import signal, sys\nsys.stdin.close()\nprint('on', flush=True)\nsignal.sigwait([signal.SIGINT])\nprint('end')";
    let code = &format!("import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n{code}");
    let mut running = Running::start(None, code).await;
    running.wait_for_output("on").await;
    running.send(InputMessage::Stdin(vec![b'x'; MAX_UNREAD / 2]));
    // Behind what nobody reads.
    running.send(InputMessage::Signal(SessionSignal::Cont));
    let sender = running.sender.clone().expect("not hung up");
    while sender.try_send(InputMessage::Stdin(vec![b'x'; 64 * 1024])) == SendOutcome::Queued {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Behind what nobody reads, and after what was dropped.
    running.send(InputMessage::Signal(SessionSignal::Int));
    let text = running.ends_as(Ending::Exited(0)).await;
    assert!(text.ends_with("end\n"), "{text}");
}

#[tokio::test]
async fn much_input_goes_through_as_fast_as_it_is_read() {
    let running = Running::start(None, "import sys\nprint(len(sys.stdin.buffer.read()))").await;
    let sender = running.sender.clone().expect("not hung up");
    for _ in 0..64 {
        assert!(sender.send(InputMessage::Stdin(vec![b'x'; 128 * 1024])).await);
    }
    running.send(InputMessage::Eof);
    let text = running.ends_as(Ending::Exited(0)).await;
    assert_eq!(text, "8388608\n");
}
