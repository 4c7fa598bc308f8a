//! Webhooks: deliveries, retries and signatures, from the receiver's side.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Reply, Server, Setup, WebhookReceiver, eventually, grade_request, python};
use webhooks::Secret;
use wire::{GradeBody, SubmitBody, WebhookBody, WebhookMessage};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PATIENCE: Duration = Duration::from_secs(20);
const ADD: &str = "title: Add\nlanguages: [python]\ntests:\n  - input: 1 2\n    output: '3'\nhidden_tests:\n  - input: 3 4\n    output: '7'\n";

/// A server that sends webhooks, to this machine and over HTTP without TLS.
fn server_setup() -> Setup {
    Setup::default()
        .config(&format!(
            "[webhooks]\nsecret = \"{SECRET}\"\nallowed_networks = [\"127.0.0.0/8\"]\nplain_http = \"allowed\"\nfirst_pause_seconds = 1\n"
        ))
        .with_content("add/problem.yaml", ADD)
}

fn webhook_body(url: String) -> WebhookBody {
    WebhookBody { url }
}

async fn submit(server: &Server, code: &str, url: String) -> String {
    server.client().submit(&SubmitBody { webhook: Some(webhook_body(url)), ..python(code) }).await
}

/// Checks the signature, and returns the message.
fn verified_message(received: &testkit::ReceivedRequest) -> WebhookMessage {
    let header = |name: &str| received.headers.get(name).cloned().unwrap_or_default();
    let seconds = header("webhook-timestamp").parse().expect("a number");
    let signed =
        Secret::parse(SECRET).expect("a secret").sign(&header("webhook-id"), seconds, &received.body);
    assert_eq!(header("webhook-signature"), signed);
    serde_json::from_slice(&received.body).expect("a message")
}

#[tokio::test]
async fn the_end_of_a_job_sends_a_signed_message() {
    let (server, receiver) = (server_setup().start().await, WebhookReceiver::with_replies([]).await);
    let job = submit(&server, "print(1)", receiver.url("/run")).await;
    let received = receiver.wait_for(1, PATIENCE).await;
    let message = verified_message(&received[0]);
    assert_eq!(received[0].line, "POST /run");
    assert_eq!((message.kind.as_str(), &message.data.job_id), ("job.ended", &job));
    let body: Value = serde_json::from_slice(&received[0].body).expect("JSON");
    assert_eq!(
        body["data"],
        json!({"jobId": job, "kind": "run", "status": "completed", "result": format!("/api/execution/result/{job}")})
    );
    server.client().get(&message.data.result).await.expect(200);

    let program = GradeBody {
        webhook: Some(webhook_body(receiver.url("/grade"))),
        ..grade_request("add", "python", "print(3)")
    };
    server.client().submit_to_grade(&program).await;
    let received = receiver.wait_for(2, PATIENCE).await;
    let body: Value = serde_json::from_slice(&received[1].body).expect("JSON");
    assert_eq!(
        (&body["data"]["verdict"], &body["data"]["passed"], &body["data"]["total"]),
        (&json!("wrongAnswer"), &json!(1), &json!(2))
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(receiver.requests().len(), 2, "each is told once where nothing goes wrong");
}

#[tokio::test]
async fn a_message_that_did_not_arrive_is_sent_again_also_by_a_server_that_was_killed_meanwhile() {
    let receiver = WebhookReceiver::with_replies([Reply::Status(503), Reply::Status(500)]).await;
    let mut server = server_setup().start().await;
    let job = submit(&server, "print(1)", receiver.url("/")).await;
    receiver.wait_for(1, PATIENCE).await;
    server.kill().await;
    server.restart().await;
    let received = receiver.wait_for(3, Duration::from_mins(1)).await;
    let ids: Vec<_> = received.iter().map(|one| one.headers["webhook-id"].clone()).collect();
    assert_eq!(ids, vec![format!("msg_{job}"); 3], "it is the same message");
    assert!(received.iter().all(|one| verified_message(one).data.job_id == job));
}

#[tokio::test]
async fn a_cancelled_job_and_a_repeated_job_are_notified_once() {
    let (server, receiver) = (server_setup().start().await, WebhookReceiver::with_replies([]).await);
    let job = submit(&server, "import time; time.sleep(60)", receiver.url("/cancelled")).await;
    server.client().cancel(&job).await;
    let received = receiver.wait_for(1, PATIENCE).await;
    let body: Value = serde_json::from_slice(&received[0].body).expect("JSON");
    assert_eq!(body["data"]["status"], "cancelled");

    let program = SubmitBody { webhook: Some(webhook_body(receiver.url("/twice"))), ..python("print(1)") };
    for _ in 0..2 {
        let request = server.client().request(reqwest::Method::POST, "/api/execution/submit").json(&program);
        server.client().send(request.header("idempotency-key", "k1")).await;
    }
    receiver.wait_for(2, PATIENCE).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(receiver.requests().len(), 2);
}

/// A server that sends webhooks over TLS alone, to this machine, and optionally trusts the authority of the tests.
async fn sending_over_tls(trusted: &[&str]) -> Server {
    let mut setup = Setup::default().config(&format!(
        "[webhooks]\nsecret = \"{SECRET}\"\nallowed_networks = [\"127.0.0.0/8\"]\nfirst_pause_seconds = 1\nattempts = 2\n"
    ));
    setup.env.extend(trusted.iter().map(|file| ("SSL_CERT_FILE", (*file).to_owned())));
    setup.start().await
}

#[tokio::test]
async fn a_message_goes_over_tls_to_whom_its_certificate_names() {
    let authority = WebhookReceiver::ca_certificate();
    let server = sending_over_tls(&[authority.to_str().expect("text")]).await;
    let receiver = WebhookReceiver::answering_over_tls([]).await;
    let job = submit(&server, "print(1)", receiver.url("/run")).await;
    let received = receiver.wait_for(1, PATIENCE).await;
    assert_eq!(verified_message(&received[0]).data.job_id, job);
}

#[tokio::test]
async fn a_receiver_whose_certificate_is_not_good_gets_no_message() {
    let authority = WebhookReceiver::ca_certificate();
    let trusting = sending_over_tls(&[authority.to_str().expect("text")]).await;
    let other_name = WebhookReceiver::answering_over_tls([]).await;
    let url = format!("https://localhost:{}/", other_name.address().port());
    let usual = sending_over_tls(&[]).await;
    let unknown = WebhookReceiver::answering_over_tls([]).await;
    for (server, receiver, url, path) in [
        (&trusting, &other_name, url, "it is for 127.0.0.1"),
        (&usual, &unknown, unknown.url("/"), "nobody knows its authority"),
    ] {
        submit(server, "print(1)", url).await;
        eventually("it is given up", PATIENCE, async || {
            server.log().contains("a webhook is given up").then_some(())
        })
        .await;
        assert!(receiver.connections() > 0 && receiver.requests().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn an_address_of_this_network_is_refused_unless_it_is_allowed_and_every_one_where_none_is_sent() {
    let refused = async |setup: Setup, url: &str, says: &str| {
        let server = setup.start().await;
        let program = SubmitBody { webhook: Some(webhook_body(url.to_owned())), ..python("print(1)") };
        let answer = server.client().try_submit("", &program).await.expect("an answer");
        let problem = answer.problem(422, "invalid-request");
        assert!(problem.detail.contains(says), "{problem:?}");
    };
    let secret_only = Setup::default().config(&format!("[webhooks]\nsecret = \"{SECRET}\"\n"));
    refused(secret_only, "https://127.0.0.1/", "public internet").await;
    refused(Setup::default(), "https://school.example/", "webhooks.secret").await;
    refused(server_setup(), "https://169.254.169.254/", "public internet").await;
}
