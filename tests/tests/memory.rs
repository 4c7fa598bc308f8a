//! What programs may use together is never more than there is: who wants more than is left waits.

use std::time::Duration;

use testkit::{Client, Server, Setup, bash, eventually};
use wire::{LimitsBody, Status, SubmitBody};

const SOON: Duration = Duration::from_secs(20);

/// A server with slots enough, and memory for one usual program.
async fn server() -> Server {
    let setup = Setup::with_slots(4);
    Setup { env: vec![("CODERUNNER_SANDBOX__MEMORY_MIB", "128".to_owned())], ..setup }.start().await
}

fn within(mebibytes: u64, code: &str) -> SubmitBody {
    let memory = Some(mebibytes * 1024 * 1024);
    SubmitBody { limits: Some(LimitsBody { memory_bytes: memory, ..LimitsBody::default() }), ..bash(code) }
}

async fn until(server: &Server, metric: &str) {
    eventually(metric, SOON, async || {
        server.admin().get("/metrics").await.text().contains(metric).then_some(())
    })
    .await;
}

async fn until_it_says(client: &Client, id: &str, text: &str) {
    client.follow(id, None).await.until_output(text).await;
}

#[tokio::test]
async fn a_program_waits_until_there_is_memory_for_it() {
    let server = server().await;
    let client = server.client();
    let large = client.submit(&within(100, "echo on; sleep 20")).await;
    until_it_says(client, &large, "on\n").await;
    let small = client.submit(&within(28, "echo hello")).await;
    assert_eq!(client.end_of(&small).await.output, "hello\n", "there is just enough for it");

    let waiting = client.submit(&within(29, "echo hello")).await;
    until(&server, "coderunner_memory_waiting 1").await;
    until(&server, "coderunner_memory_admitted_bytes 104857600").await;
    client.cancel(&large).await.expect(202);
    assert_eq!(client.end_of(&waiting).await.output, "hello\n");
    until(&server, "coderunner_memory_waiting 0").await;
    until(&server, "coderunner_memory_admitted_bytes 0").await;
}

#[tokio::test]
async fn whoever_waits_for_memory_can_be_cancelled() {
    let server = server().await;
    let client = server.client();
    let large = client.submit(&within(128, "echo on; sleep 20")).await;
    until_it_says(client, &large, "on\n").await;
    let waiting = client.submit(&within(64, "echo never")).await;
    until(&server, "coderunner_memory_waiting 1").await;
    client.cancel(&waiting).await.expect(202);
    let job = client.end_of(&waiting).await;
    assert_eq!((job.status, job.output.as_str()), (Status::Cancelled, ""), "{job:#?}");
    assert_eq!(client.result(&large).await.status, Status::Processing);
    client.cancel(&large).await.expect(202);
}

#[tokio::test]
async fn memory_that_can_never_be_had_is_refused_and_readiness_says_what_there_is() {
    let server = server().await;
    let client = server.client();
    let refused = client.try_submit("", &within(129, "echo never")).await.expect("an answer");
    let problem = refused.problem(422, "invalid-request");
    assert_eq!(
        problem.errors.first().map(|error| error.field.as_str()),
        Some("limits.memoryBytes"),
        "{problem:?}"
    );
    assert!(problem.errors[0].message.ends_with("and 134217728"), "{problem:?}");

    let ready = client.get("/ready").await.text();
    assert!(ready.contains("so that 1 with the usual limit of 128 MiB run at once, and not 4"), "{ready}");
    // Its compiler may use more than there is, and gets what there is.
    let hello = "int main(void) { return 0; }";
    let job = client.run(&testkit::written_in("c", hello)).await;
    assert!(job.compile.is_some_and(|compile| compile.ok));
}
