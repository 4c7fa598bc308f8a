//! Live sessions without a `WebSocket`: a stream for output, and requests for input.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{ApiResponse, Client, Server, Setup, eventually};
use wire::{AcceptedBody, JobStatusName, RunReason};

const SOON: std::time::Duration = std::time::Duration::from_secs(40);

async fn post(client: &Client, path: &str, body: &Value) -> ApiResponse {
    client.send(client.request(Method::POST, path).json(body)).await
}

async fn start(client: &Client, code: &str, pty: Value) -> String {
    let body = json!({"language": "python", "code": code, "pty": pty});
    let accepted: AcceptedBody = post(client, "/api/execution/session", &body).await.expect(202).parse();
    accepted.job_id
}

async fn say(client: &Client, id: &str, what: &str, body: Value) -> ApiResponse {
    post(client, &format!("/api/execution/{id}/{what}"), &body).await
}

#[tokio::test]
async fn a_program_asks_and_is_answered() {
    let server = Server::start().await;
    let client = server.client();
    let code =
        "name = input('name? ')\nprint('hello', name)\ntry:\n  input()\nexcept EOFError:\n  print('over')";
    let id = start(client, code, Value::Null).await;
    let mut stream = client.follow(&id, None).await;
    stream.until_output("name? ").await;
    say(client, &id, "stdin", json!({"text": "Ada\n"})).await.expect(204);
    stream.until_output("hello Ada").await;
    say(client, &id, "eof", json!({})).await.expect(204);
    stream.until_output("over").await;
    let result = client.wait_for_result(&id).await;
    assert_eq!(
        (result.status, result.run.and_then(|run| run.exit_code)),
        (JobStatusName::Completed, Some(0))
    );
    say(client, &id, "eof", json!({})).await.problem(409, "already-finished");
}

#[tokio::test]
async fn a_terminal_has_its_size_and_signals() {
    let server = Server::start().await;
    let client = server.client();
    let code = "import os, signal\nresized = {signal.SIGWINCH}\nsignal.pthread_sigmask(signal.SIG_BLOCK, resized)\n\
                print(os.get_terminal_size())\nsignal.sigwait(resized)\nprint(os.get_terminal_size())\nsignal.pause()";
    let id = start(client, code, json!({"cols": 80, "rows": 24})).await;
    let mut stream = client.follow(&id, None).await;
    stream.until_output("columns=80, lines=24").await;
    say(client, &id, "resize", json!({"cols": 132, "rows": 50})).await.expect(204);
    stream.until_output("columns=132, lines=50").await;
    say(client, &id, "signal", json!({"name": "TERM"})).await.expect(204);
    let run = client.wait_for_result(&id).await.run.expect("it ran");
    assert_eq!((run.reason, run.signal.as_deref()), (RunReason::Signalled, Some("SIGTERM")));
}

#[tokio::test]
async fn what_is_typed_before_the_program_has_its_turn_is_not_lost() {
    let server = Setup::with_slots(1).start().await;
    let client = server.client();
    let busy = client.submit(&testkit::bash("sleep 1")).await;
    let id = start(client, "print(input() + input())", Value::Null).await;
    say(client, &id, "stdin", json!({"text": "6\n"})).await.expect(204);
    say(client, &id, "stdin", json!({"text": "7\n"})).await.expect(204);
    assert_eq!(client.wait_for_result(&id).await.output, "67\n");
    assert_eq!(client.wait_for_result(&busy).await.status, JobStatusName::Completed);
}

#[tokio::test]
async fn a_session_ends_after_its_client_has_gone() {
    let server = Server::start().await;
    let client = server.client();
    let id = start(client, "print('on', flush=True)\ninput()", Value::Null).await;
    let mut stream = client.follow(&id, None).await;
    let last = stream.until_output("on\n").await.id;
    drop(stream);
    // It may come back.
    let mut stream = client.follow(&id, Some(last)).await;
    say(client, &id, "stdin", json!({"text": ""})).await.expect(204);
    assert!(
        tokio::time::timeout(std::time::Duration::from_secs(21), stream.next()).await.is_err(),
        "it is kept"
    );
    drop(stream);
    let status = eventually("the session ends", SOON, async || {
        Some(client.result(&id).await.status).filter(|status| *status != JobStatusName::Processing)
    });
    assert_eq!(status.await, JobStatusName::Cancelled);
}
