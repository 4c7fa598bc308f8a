//! Sessions that wait for their users: they take no slots, and go on in turn.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{LiveSession, Server, Setup, bash, eventually, python};
use wire::JobStatusName;

/// A busy machine, and a debug build.
const SOON: Duration = Duration::from_secs(40);

const ASKS: &str = "print('hello', input('? '))";

/// A server with as many slots as by default.
async fn usual_server() -> Server {
    Setup { slots: 8, prestarted: vec![("python", 3), ("any", 5)], ..Setup::default() }.start().await
}

async fn start(server: &Server, code: &str, pty: Value) -> LiveSession {
    LiveSession::start(server.client(), "python", code, pty).await
}

async fn asks(server: &Server, pty: Value) -> LiveSession {
    let mut session = start(server, ASKS, pty).await;
    session.until_output("? ").await;
    session
}

/// Waits until so many sessions have given their slots back.
async fn until_waiting(server: &Server, count: usize) {
    let metric = format!("coderunner_sandbox_slots{{state=\"waiting\"}} {count}\n");
    let until = async || server.admin().get("/metrics").await.text().contains(&metric).then_some(());
    eventually(&metric, SOON, until).await;
}

#[tokio::test]
async fn thirty_programs_wait_for_their_users_and_others_run() {
    let server = usual_server().await;
    let mut sessions = Vec::new();
    for number in 0..30 {
        let pty = if number % 3 == 0 { json!({"cols": 80, "rows": 24}) } else { Value::Null };
        sessions.push(asks(&server, pty).await);
    }
    until_waiting(&server, 30).await;

    let began = Instant::now();
    assert_eq!(server.client().run(&python("print('hello')")).await.output, "hello\n");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let mut one_more = asks(&server, Value::Null).await;
    one_more.send_stdin("you\n").await;
    one_more.until_output("hello you").await;
    assert_eq!(one_more.wait_for_result().await.status, JobStatusName::Completed);

    for (number, session) in sessions.iter_mut().enumerate() {
        session.send_stdin(&format!("{number}\n")).await;
    }
    for (number, mut session) in sessions.into_iter().enumerate() {
        session.until_output(&format!("hello {number}")).await;
        assert_eq!(session.wait_for_result().await.status, JobStatusName::Completed);
    }
    until_waiting(&server, 0).await;
    assert_eq!(server.client().run(&python("print('hello')")).await.output, "hello\n");
}

#[tokio::test]
async fn a_session_with_input_takes_its_turn_behind_a_job() {
    let server = Setup::with_slots(1).start().await;
    let mut session = asks(&server, Value::Null).await;
    until_waiting(&server, 1).await;
    let job = server.client().submit(&bash("echo on; sleep 2; echo off")).await;
    server.client().follow(&job, None).await.until_output("on\n").await;
    let began = Instant::now();
    session.send_stdin("Ada\n").await;
    session.until_output("hello Ada").await;
    assert!(began.elapsed() > Duration::from_millis(1000), "{:?}: it ran beside the job", began.elapsed());
    assert_eq!(session.wait_for_result().await.status, JobStatusName::Completed);
    assert_eq!(server.client().wait_for_result(&job).await.output, "on\noff\n");
}

#[tokio::test]
async fn a_session_that_asks_again_and_again_has_its_slot_each_time() {
    let server = Setup::with_slots(1).start().await;
    let mut session = start(&server, "for n in range(3): print(n + int(input('? ')))", Value::Null).await;
    for number in 0..3 {
        session.until_output("? ").await;
        until_waiting(&server, 1).await;
        assert_eq!(server.client().run(&bash("echo hello")).await.output, "hello\n");
        session.send_stdin("10\n").await;
        session.until_output(&format!("{}\n", 10 + number)).await;
    }
    assert_eq!(session.wait_for_result().await.status, JobStatusName::Completed);
}

#[tokio::test]
async fn sessions_that_never_wait_leave_half_of_the_slots() {
    let server = Setup::with_slots(2).start().await;
    let code = "import time\nprint('on', flush=True)\nwhile True: time.sleep(0.01)";
    let mut first = start(&server, code, Value::Null).await;
    first.until_output("on").await;
    let mut others = Vec::new();
    for _ in 0..4 {
        let mut session = start(&server, code, Value::Null).await;
        session.until_started().await;
        others.push(session);
    }
    assert_eq!(server.client().run(&bash("echo hello")).await.output, "hello\n");
    first.send(json!({"type": "stop"})).await;
    assert_eq!(first.wait_for_result().await.status, JobStatusName::Cancelled);
    others[0].until_output("on").await;
    for mut session in others {
        session.send(json!({"type": "stop"})).await;
        assert_eq!(session.wait_for_result().await.status, JobStatusName::Cancelled);
    }
}

#[tokio::test]
async fn a_program_that_only_seems_to_wait_keeps_its_slot() {
    let server = Setup::with_slots(2).start().await;
    // One process waits for input. In another, the main thread has ended, and a thread with the name of one of Java's goes on.
    let code = "import ctypes, os, threading, time\n\
                def work():\n  open('/proc/thread-self/comm', 'w').write('VM Thread')\n  while True: time.sleep(0.01)\n\
                if os.fork() == 0:\n  threading.Thread(target=work).start()\n  ctypes.CDLL(None).pthread_exit(None)\n\
                input('? ')";
    let mut session = start(&server, code, Value::Null).await;
    session.until_output("? ").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let shown = server.admin().get("/metrics").await.text();
    assert!(shown.contains("coderunner_sandbox_slots{state=\"waiting\"} 0\n"), "{shown}");
    session.send(json!({"type": "stop"})).await;
    assert_eq!(session.wait_for_result().await.status, JobStatusName::Cancelled);
}

#[tokio::test]
async fn without_memory_for_it_a_session_keeps_its_slot_while_it_waits() {
    let config = "[session]\nwaiting_memory_mib = 0\nmax = 3\n";
    let server = Setup::with_slots(2).config(config).start().await;
    let mut first = asks(&server, Value::Null).await;
    let mut second = start(&server, ASKS, Value::Null).await;
    second.until_started().await;
    assert_eq!(server.client().run(&bash("sleep 1; echo hello")).await.output, "hello\n");
    let shown = server.admin().get("/metrics").await.text();
    assert!(shown.contains("coderunner_sandbox_slots{state=\"waiting\"} 0\n"), "{shown}");
    first.send_stdin("1\n").await;
    first.wait_for_result().await;
    second.until_output("? ").await;
    second.send_stdin("2\n").await;
    assert_eq!(second.wait_for_result().await.status, JobStatusName::Completed);
}

#[tokio::test]
async fn a_session_ends_by_its_limits_while_it_waits() {
    let server = Setup::with_slots(1).config("[session]\nidle_ms = 1500\n").start().await;
    let session = asks(&server, Value::Null).await;
    until_waiting(&server, 1).await;
    assert_eq!(session.wait_for_result().await.status, JobStatusName::Completed);
    let mut session = asks(&server, json!({"cols": 80, "rows": 24})).await;
    until_waiting(&server, 1).await;
    session.send(json!({"type": "stop"})).await;
    assert_eq!(session.wait_for_result().await.status, JobStatusName::Cancelled);
    until_waiting(&server, 0).await;
    assert_eq!(server.client().run(&bash("echo hello")).await.output, "hello\n");
}
