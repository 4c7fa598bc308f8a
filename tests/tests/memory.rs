//! Memory admission: programs wait until their memory is available. If memory runs out nevertheless, programs are killed first and the
//! server last.

use std::{collections::BTreeSet, fs, time::Duration};

use testkit::{Client, Server, Setup, bash, eventually, host, python};
use wire::{JobStatusName, LimitsBody, SubmitBody};

const SOON: Duration = Duration::from_secs(20);

/// A server with slots enough, and memory for one usual program.
async fn server() -> Server {
    let setup = Setup::with_slots(4);
    Setup { env: vec![("CODERUNNER_SANDBOX__MEMORY_MIB", "128".to_owned())], ..setup }.start().await
}

fn program_with_memory(mebibytes: u64, code: &str) -> SubmitBody {
    let memory = Some(mebibytes * 1024 * 1024);
    SubmitBody { limits: Some(LimitsBody { memory_bytes: memory, ..LimitsBody::default() }), ..bash(code) }
}

async fn wait_for_metric(server: &Server, metric: &str) {
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
    let large = client.submit(&program_with_memory(100, "echo on; sleep 20")).await;
    until_it_says(client, &large, "on\n").await;
    let small = client.submit(&program_with_memory(28, "echo hello")).await;
    assert_eq!(client.wait_for_result(&small).await.output, "hello\n", "there is just enough for it");

    let waiting = client.submit(&program_with_memory(29, "echo hello")).await;
    wait_for_metric(&server, "coderunner_memory_waiting 1").await;
    wait_for_metric(&server, "coderunner_memory_admitted_bytes 104857600").await;
    client.cancel(&large).await.expect(202);
    assert_eq!(client.wait_for_result(&waiting).await.output, "hello\n");
    wait_for_metric(&server, "coderunner_memory_waiting 0").await;
    wait_for_metric(&server, "coderunner_memory_admitted_bytes 0").await;
}

#[tokio::test]
async fn whoever_waits_for_memory_can_be_cancelled() {
    let server = server().await;
    let client = server.client();
    let large = client.submit(&program_with_memory(128, "echo on; sleep 20")).await;
    until_it_says(client, &large, "on\n").await;
    let waiting = client.submit(&program_with_memory(64, "echo never")).await;
    wait_for_metric(&server, "coderunner_memory_waiting 1").await;
    client.cancel(&waiting).await.expect(202);
    let job = client.wait_for_result(&waiting).await;
    assert_eq!((job.status, job.output.as_str()), (JobStatusName::Cancelled, ""), "{job:#?}");
    assert_eq!(client.result(&large).await.status, JobStatusName::Processing);
    client.cancel(&large).await.expect(202);
}

#[tokio::test]
async fn memory_beyond_the_budget_is_refused_and_readiness_shows_the_budget() {
    let server = server().await;
    let client = server.client();
    let refused = client.try_submit("", &program_with_memory(129, "echo never")).await.expect("an answer");
    let problem = refused.problem(422, "invalid-request");
    assert_eq!(
        problem.errors.first().map(|error| error.field.as_str()),
        Some("limits.memoryBytes"),
        "{problem:?}"
    );
    assert!(problem.errors[0].message.ends_with("and 134217728"), "{problem:?}");

    let ready = client.get("/ready").await.text();
    assert!(ready.contains("so that 1 with the usual limit of 128 MiB run at once, and not 4"), "{ready}");
    // Its compiler's limit exceeds the budget, and is capped to it.
    let hello = "int main(void) { return 0; }";
    let job = client.run(&testkit::program("c", hello)).await;
    assert!(job.compile.is_some_and(|compile| compile.ok));
}

/// OOM score of this process, which includes its adjustment.
fn score(pid: u32) -> u32 {
    let score = fs::read_to_string(format!("/proc/{pid}/oom_score")).expect("it is alive");
    score.trim().parse().expect("a number")
}

fn oom_score_adj(pid: u32) -> i32 {
    let added = fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).expect("it is alive");
    added.trim().parse().expect("a number")
}

/// Whether this process, and so the server, has `CAP_SYS_RESOURCE`.
fn may_be_spared() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("our own status");
    let held = status.lines().find_map(|line| line.strip_prefix("CapEff:\t")).expect("capabilities");
    u64::from_str_radix(held, 16).expect("a number") >> 24 & 1 == 1
}

#[tokio::test]
async fn when_memory_runs_out_programs_go_first_and_the_server_last() {
    let server = Server::start().await;
    let client = server.client();
    // One of them forked from a template, one started.
    let eaters = [
        client
            .submit(&python("x = bytearray(60 << 20)\nprint('on', flush=True)\nimport time\ntime.sleep(20)"))
            .await,
        client.submit(&bash("x=$(head -c 10M /dev/zero | tr '\\0' x); echo on; sleep 20")).await,
    ];
    for eater in &eaters {
        until_it_says(client, eater, "on\n").await;
    }
    // In this order: what a program starts in between is then no process of ours.
    let below = host::descendants(server.pid());
    let guests = host::guest_processes(server.pid(), server.ids());
    let first: BTreeSet<u32> = guests.iter().map(|guest| guest.pid).collect();
    let ours: Vec<u32> = below.iter().map(|process| process.pid).filter(|pid| !first.contains(pid)).collect();
    assert!(first.len() >= 2 && ours.len() >= 4, "{guests:?}, {ours:?}");
    assert!(first.iter().all(|pid| oom_score_adj(*pid) == 1000), "{guests:?}");
    let least = first.iter().map(|pid| score(*pid)).min().expect("some run");
    let most = ours.iter().map(|pid| score(*pid)).max().expect("launchers and inits");
    assert!(least > most, "{least} of {guests:?}, {most} of {ours:?}");

    // Lowering the score needs a privilege; raising it does not.
    let own = if may_be_spared() { -900 } else { oom_score_adj(std::process::id()) };
    assert_eq!(oom_score_adj(server.pid()), own);
    let least = ours.iter().map(|pid| score(*pid)).min().expect("launchers and inits");
    assert!(least > score(server.pid()), "{least} of {ours:?}, {} of the server", score(server.pid()));
    for eater in &eaters {
        client.cancel(eater).await.expect(202);
    }
}
