//! Live sessions: interactive programs over a `WebSocket`, with their limits and endings.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{CloseFrame, LiveSession, Server, Setup, eventually};
use wire::{JobStatusName, ResultBody, RunReason, ServerFrame};

const SOON: Duration = Duration::from_secs(5);

/// A terminal of the usual size.
fn pty() -> Value {
    json!({"cols": 80, "rows": 24})
}

fn reason(result: &ResultBody) -> RunReason {
    result.run.as_ref().unwrap_or_else(|| panic!("it did not run: {result:#?}")).reason
}

fn exit_code(result: &ResultBody) -> Option<i32> {
    result.run.as_ref().and_then(|run| run.exit_code)
}

/// Runs a small program to see that the server is well.
async fn is_well(server: &Server) {
    assert_eq!(server.client().run(&testkit::bash("echo hello")).await.output, "hello\n");
}

#[tokio::test]
async fn a_program_asks_and_is_answered() {
    let server = Server::start().await;
    let code = "name = input('name? ')\nage = int(input('age? '))\nprint(f'{name} will be {age + 1}')";
    for pty in [Value::Null, pty()] {
        let mut session = LiveSession::start(server.client(), "python", code, pty).await;
        let Ok(ServerFrame::Queued(queued)) = session.next().await else { panic!("it waits") };
        assert_eq!(queued.position, 1);
        let id = session.until_started().await;
        session.until_output("name? ").await;
        session.send_stdin("Ada\n").await;
        session.until_output("age? ").await;
        session.send_stdin("36\n").await;
        session.until_output("Ada will be 37").await;
        let result = session.wait_for_result().await;
        assert_eq!((result.status, exit_code(&result)), (JobStatusName::Completed, Some(0)), "{result:#?}");
        assert_eq!((&result.job_id, result.attempt), (&id, 1));
        assert_eq!(server.client().result(&id).await, result, "it is a job like any other");
    }
}

#[tokio::test]
async fn what_is_typed_before_the_program_has_its_turn_is_not_lost() {
    let server = Setup::with_slots(1).start().await;
    let busy = server.client().submit(&testkit::bash("sleep 1")).await;
    let code = "#include <stdio.h>\nint main(void) { int a, b; scanf(\"%d %d\", &a, &b); printf(\"%d\\n\", a * b); }";
    let mut session = LiveSession::start(server.client(), "c", code, Value::Null).await;
    for text in ["6", " ", "7\n"] {
        session.send_stdin(text).await;
    }
    session.send(json!({"type": "eof"})).await;
    session.until_output("42\n").await;
    let result = session.wait_for_result().await;
    assert!(result.compile.as_ref().is_some_and(|compile| compile.ok), "{result:#?}");
    assert_eq!(server.client().wait_for_result(&busy).await.status, JobStatusName::Completed);
}

#[tokio::test]
async fn a_terminal_is_one_and_can_be_resized() {
    let server = Server::start().await;
    let code = "import os, signal\nresized = {signal.SIGWINCH}\nsignal.pthread_sigmask(signal.SIG_BLOCK, resized)\n\
                print(os.isatty(0), os.get_terminal_size())\nsignal.sigwait(resized)\nprint(os.get_terminal_size())";
    let mut session = LiveSession::start(server.client(), "python", code, pty()).await;
    session.until_output("True os.terminal_size(columns=80, lines=24)\r\n").await;
    session.send(json!({"type": "resize", "cols": 132, "rows": 50})).await;
    session.until_output("columns=132, lines=50").await;
    assert_eq!(exit_code(&session.wait_for_result().await), Some(0));
}

#[tokio::test]
async fn ctrl_c_and_signals_reach_the_program() {
    let server = Server::start().await;
    let code = "print('on', flush=True)\nwhile True: pass";
    let mut session = LiveSession::start(server.client(), "python", code, pty()).await;
    session.until_output("on").await;
    session.send_stdin("\u{3}").await;
    session.until_output("KeyboardInterrupt").await;
    assert_eq!(reason(&session.wait_for_result().await), RunReason::Signalled);

    for (name, shown) in [("INT", "SIGINT"), ("TERM", "SIGTERM"), ("KILL", "SIGKILL")] {
        let mut session =
            LiveSession::start(server.client(), "bash", "echo on; exec sleep 30", Value::Null).await;
        session.until_output("on").await;
        session.send(json!({"type": "signal", "name": name})).await;
        let result = session.wait_for_result().await;
        let run = result.run.expect("it ran");
        assert_eq!((run.reason, run.signal.as_deref()), (RunReason::Signalled, Some(shown)), "{run:#?}");
    }
}

#[tokio::test]
async fn the_end_of_input_ends_a_program_that_reads_to_it() {
    let server = Server::start().await;
    for pty in [Value::Null, pty()] {
        let mut session = LiveSession::start(server.client(), "bash", "echo on; cat; echo over", pty).await;
        session.until_output("on").await;
        session.send_stdin("a line\n").await;
        session.until_output("a line").await;
        session.send(json!({"type": "eof"})).await;
        session.until_output("over").await;
        assert_eq!(exit_code(&session.wait_for_result().await), Some(0));
    }
}

#[tokio::test]
async fn stopping_ends_the_program_and_tells_the_result() {
    let server = Server::start().await;
    let mut session = LiveSession::start(server.client(), "bash", "sleep 60 & echo on; wait", pty()).await;
    session.until_output("on").await;
    let began = Instant::now();
    session.send(json!({"type": "stop"})).await;
    let result = session.wait_for_result().await;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(result.status, JobStatusName::Cancelled, "{result:#?}");
    assert_eq!(result.output, "on\r\n", "what it wrote is kept");
    server.wait_for_no_guests(SOON).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_takes_the_whole_process_tree_with_it() {
    let server = Setup { prestarted: vec![("any", 2)], ..Setup::default() }.start().await;
    let code = "trap '' HUP INT TERM; (trap '' HUP INT TERM; setsid sleep 60) & sleep 60 & echo on; wait; wait; wait";
    for pty in [Value::Null, pty()] {
        let mut session = LiveSession::start(server.client(), "bash", code, pty).await;
        let id = session.until_started().await;
        session.until_output("on").await;
        eventually("both sleep", SOON, async || {
            let guests = testkit::host::guest_processes(server.pid(), server.ids());
            (guests.iter().filter(|guest| guest.name == "sleep").count() == 2).then_some(())
        })
        .await;
        drop(session);
        server.wait_for_no_guests(SOON).await;
        let result = server.client().wait_for_result(&id).await;
        assert_eq!((result.status, result.attempt), (JobStatusName::Cancelled, 1), "{result:#?}");
    }
    is_well(&server).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_waits_leaves_the_queue() {
    let server = Setup::with_slots(1).start().await;
    let busy = server.client().submit(&testkit::bash("sleep 2")).await;
    let mut session = LiveSession::start(server.client(), "bash", "echo never", Value::Null).await;
    let Ok(ServerFrame::Queued(queued)) = session.next().await else { panic!("it waits") };
    let job_id = queued.job_id;
    drop(session);
    let result = server.client().wait_for_result(&job_id).await;
    assert_eq!((result.status, result.attempt), (JobStatusName::Cancelled, 0), "{result:#?}");
    assert_eq!(server.client().wait_for_result(&busy).await.status, JobStatusName::Completed);
}

#[tokio::test]
async fn a_session_in_which_nothing_happens_ends_and_says_why() {
    let server = Setup::default().config("[session]\nidle_ms = 1000\n").start().await;
    let mut session = LiveSession::start(server.client(), "python", "input('? ')", pty()).await;
    session.until_output("? ").await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        session.send_stdin("x").await;
    }
    let began = Instant::now();
    let result = session.wait_for_result().await;
    assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
    assert_eq!(
        (result.status, reason(&result)),
        (JobStatusName::Completed, RunReason::WallLimit),
        "{result:#?}"
    );
    let explanation = result.explanation.expect("an explanation");
    assert!(explanation.contains("nothing was typed and nothing written for 1 s"), "{explanation}");
}

#[tokio::test]
async fn a_session_has_its_own_limits_on_time_and_those_of_any_run() {
    let server = Setup::default().config("[session]\nwall_ms = 1500\n").start().await;
    let mut session =
        LiveSession::start(server.client(), "bash", "while :; do echo on; sleep 0.2; done", pty()).await;
    session.until_output("on").await;
    let result = session.wait_for_result().await;
    assert_eq!(reason(&result), RunReason::WallLimit, "{result:#?}");
    let explanation = result.explanation.as_deref().expect("an explanation");
    assert!(explanation.contains("it was not done after 1.5 s on the clock"), "{explanation}");
    assert!((1400..5000).contains(&result.time.expect("it ran")), "{result:#?}");

    let limited = async |limits: Value, code: &str| {
        let mut session = LiveSession::connect(server.client()).await;
        session
            .send(
                json!({"type": "start", "language": "python", "code": code, "limits": limits, "pty": pty()}),
            )
            .await;
        reason(&session.wait_for_result().await)
    };
    assert_eq!(limited(json!({"wallMs": 300}), "input()").await, RunReason::WallLimit);
    assert_eq!(limited(json!({"cpuMs": 200}), "while True: pass").await, RunReason::CpuLimit);
    assert_eq!(limited(json!({"outputBytes": 500}), "while True: print('x')").await, RunReason::OutputLimit);
    let mut session = LiveSession::connect(server.client()).await;
    session.send(json!({"type": "start", "language": "c", "code": "x", "limits": {"wallMs": 1501}})).await;
    let problem = session.problem().await;
    assert_eq!(problem.detail, "limits.wallMs must be between 1 and 1500.");
}

#[tokio::test]
async fn a_first_frame_that_is_no_start_is_refused_with_advice() {
    let server = Server::start().await;
    for (text, kind, says) in [
        ("hello", "bad-frame", "not valid JSON"),
        (r#"{"type":"stdin","text":"x"}"#, "bad-frame", "The first frame must be a start"),
        (r#"{"type":"begin"}"#, "invalid-request", "type must be one of start"),
        (r#"{"type":"start","language":"pyhton","code":"1"}"#, "invalid-request", "did you mean \"python\"?"),
        (r#"{"type":"start","language":"python"}"#, "invalid-request", "code is required"),
        (
            r#"{"type":"start","language":"python","code":"1","ptty":null}"#,
            "invalid-request",
            "ptty is not a known field",
        ),
        (
            r#"{"type":"start","language":"python","code":"1","pty":{"cols":0,"rows":1}}"#,
            "invalid-request",
            "pty.cols",
        ),
    ] {
        let mut session = LiveSession::connect(server.client()).await;
        session.send_text(text).await;
        let problem = session.problem().await;
        assert_eq!(problem.kind, format!("urn:coderunner:{kind}"), "{text}: {problem:?}");
        assert!(problem.detail.contains(says), "{text}: {problem:?}");
        assert!(problem.request_id.is_some(), "{problem:?}");
        assert_eq!(session.next().await, Err(CloseFrame { code: Some(1008) }), "{text}");
    }
    let mut session = LiveSession::connect(server.client()).await;
    session.send_binary(b"\x00\x01").await;
    assert!(session.problem().await.detail.contains("not binary"));
    let mut session = LiveSession::connect(server.client()).await;
    session.send_text(&" ".repeat(5 << 20)).await;
    assert_eq!(session.problem().await.status, 413);
    assert_eq!(session.next().await, Err(CloseFrame { code: Some(1008) }));
    is_well(&server).await;
}

#[tokio::test]
async fn a_client_that_says_nothing_is_sent_away() {
    let server = Server::start().await;
    let mut session = LiveSession::connect(server.client()).await;
    let began = Instant::now();
    let problem = session.problem().await;
    assert_eq!((problem.kind.as_str(), problem.status), ("urn:coderunner:bad-frame", 400));
    assert!(began.elapsed() > Duration::from_secs(8), "{:?}", began.elapsed());
    assert_eq!(session.next().await, Err(CloseFrame { code: Some(1008) }));
}

#[tokio::test]
async fn an_invalid_frame_is_reported_and_does_not_end_the_session() {
    let server = Server::start().await;
    let mut session = LiveSession::start(server.client(), "python", "print(input('? '))", Value::Null).await;
    session.until_output("? ").await;
    for (frame, says) in [
        (json!({"type": "signal", "name": "STOP"}), "name must be one of INT"),
        (json!({"type": "stdin", "txt": "x"}), "did you mean text?"),
        (json!({"type": "start", "language": "c"}), "started already"),
        (json!({"type": "stdin", "text": "x".repeat(70_000)}), "At most 64 KiB"),
        (json!(["stop"]), "must be a JSON object"),
    ] {
        session.send(frame).await;
        let problem = session.problem().await;
        assert!(problem.detail.contains(says), "{problem:?}");
    }
    session.send_stdin("still here\n").await;
    session.until_output("still here\n").await;
    assert_eq!(exit_code(&session.wait_for_result().await), Some(0));
}

#[tokio::test]
async fn a_program_with_closed_input_ends_by_itself_despite_more_input() {
    let server = Server::start().await;
    for (language, code) in [
        (
            "python",
            "import sys, time\nsys.stdin.close()\nprint('on', flush=True)\ntime.sleep(2)\nprint('end')",
        ),
        ("bash", "exec <&-; echo on; sleep 2; echo end"),
    ] {
        let mut session = LiveSession::start(server.client(), language, code, Value::Null).await;
        session.until_output("on").await;
        for _ in 0..40 {
            session.send_stdin(&"x".repeat(60_000)).await;
        }
        session.until_output("end").await;
        assert_eq!(exit_code(&session.wait_for_result().await), Some(0), "{language}");
    }
    is_well(&server).await;
}

#[tokio::test]
async fn a_client_that_takes_its_time_gets_all_output() {
    let server = Server::start().await;
    let code = "for n in range(90_000): print(f'{n:09}')";
    let mut session = LiveSession::start(server.client(), "python", code, Value::Null).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut written = String::new();
    let result = loop {
        match session.next().await.expect("a frame") {
            ServerFrame::Output(output) => written.push_str(&output.text),
            ServerFrame::Finished(finished) => break finished.result,
            ServerFrame::Queued(_) | ServerFrame::Started(_) => {}
            ServerFrame::Error(error) => panic!("{:?}", error.problem),
            ServerFrame::Draw(_) | ServerFrame::Artifact(_) => panic!("it draws nothing"),
        }
    };
    assert_eq!(written.len(), 900_000);
    assert_eq!(result.output, written);
}

#[tokio::test]
async fn a_session_can_be_followed_and_cancelled_like_any_job() {
    let server = Server::start().await;
    let mut session = LiveSession::start(server.client(), "python", "print('on')\ninput()", pty()).await;
    let id = session.until_started().await;
    session.until_output("on").await;
    let mut events = server.client().follow(&id, None).await;
    events.until_output("on").await;
    server.client().cancel(&id).await.expect(202);
    assert_eq!(session.wait_for_result().await.status, JobStatusName::Cancelled);
    assert_eq!(events.rest().await.pop().expect("an end").result().status, JobStatusName::Cancelled);
}

#[tokio::test]
async fn only_so_many_sessions_are_held_at_once() {
    let server = Setup::with_slots(3).config("[session]\nmost = 1\n").start().await;
    let mut first = LiveSession::start(server.client(), "python", "input('? ')", Value::Null).await;
    first.until_output("? ").await;
    let mut second = LiveSession::start(server.client(), "python", "input('? ')", Value::Null).await;
    let problem = second.problem().await;
    assert_eq!((problem.kind.as_str(), problem.status), ("urn:coderunner:too-many-sessions", 503));
    assert_eq!(second.next().await, Err(CloseFrame { code: Some(1013) }));
    is_well(&server).await;
    first.send_stdin("\n").await;
    first.wait_for_result().await;
    let mut third = LiveSession::start(server.client(), "python", "input('? ')", Value::Null).await;
    third.until_output("? ").await;
}

#[tokio::test]
async fn one_session_can_follow_another_at_once() {
    let server = Setup::with_slots(2).config("[session]\nmost = 1\n").start().await;
    for _ in 0..20 {
        let mut session = LiveSession::start(server.client(), "bash", "echo on", Value::Null).await;
        session.until_output("on").await;
        // The connection may still be there when the next one is opened.
        while !matches!(session.next().await, Ok(ServerFrame::Finished(_))) {}
    }
}

#[tokio::test]
async fn pages_of_other_sites_open_no_session() {
    let server = Setup::default().config("cors_origins = [\"https://school.example\"]\n").start().await;
    let status = async |origin: &str| LiveSession::try_connect(server.client(), Some(origin)).await.err();
    assert_eq!(status("https://evil.example").await, Some(403));
    assert_eq!(status("null").await, Some(403));
    assert_eq!(status("https://school.example").await, None);
    assert_eq!(status(server.client().base()).await, None, "the server's own pages may");
    server.client().get("/api/execution/session").await.problem(400, "bad-parameter");
}

#[tokio::test]
async fn a_session_survives_no_death_of_the_server_and_says_so() {
    let mut server = Server::start().await;
    let mut session = LiveSession::start(server.client(), "python", "input('? ')", pty()).await;
    let id = session.until_started().await;
    session.until_output("? ").await;
    server.kill().await;
    assert_eq!(session.next().await, Err(CloseFrame { code: None }));
    server.restart().await;
    let result = server.client().wait_for_result(&id).await;
    assert_eq!(result.status, JobStatusName::Failed, "{result:#?}");
    assert!(result.error.as_deref().is_some_and(|error| error.contains("Start a new one")), "{result:#?}");
    server.wait_for_no_guests(SOON).await;
}

#[tokio::test]
async fn a_stopping_server_notifies_open_sessions() {
    let mut server = Setup::default().config("drain_seconds = 1\n").start().await;
    let mut session = LiveSession::start(server.client(), "python", "input('? ')", pty()).await;
    session.until_output("? ").await;
    server.send_sigterm();
    let problem = session.problem().await;
    assert_eq!(problem.kind, "urn:coderunner:not-ready", "{problem:?}");
    assert_eq!(session.next().await, Err(CloseFrame { code: Some(1001) }));
    assert!(server.wait().await.success());
}

#[tokio::test]
async fn sessions_are_counted_while_they_last() {
    let server = Server::start().await;
    let held = async || {
        let metrics = server.admin().get("/metrics").await.expect(200).text();
        let line = metrics.lines().find(|line| line.contains("waiting_clients{how=\"session\"}"))?;
        line.rsplit(' ').next()?.parse::<f64>().ok()
    };
    let mut session = LiveSession::start(server.client(), "python", "input('? ')", pty()).await;
    session.until_output("? ").await;
    assert_eq!(held().await, Some(1.0));
    session.send_stdin("\n").await;
    session.wait_for_result().await;
    eventually("the session is not counted any more", SOON, async || {
        (held().await == Some(0.0)).then_some(())
    })
    .await;
}
