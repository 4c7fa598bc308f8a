//! Cancellation of a job: in the queue, during compilation, during the run; and of jobs that cannot be cancelled.

use std::time::{Duration, Instant};

use testkit::{Client, Server, Setup, bash, eventually, program, python};
use wire::{CancellingBody, CancellingStatus, JobStatusName, ResultBody, RunReason};

/// From asking to the end: a program must not be able to put it off.
const SOON: Duration = Duration::from_millis(1500);

async fn until_running(client: &Client, id: &str) {
    eventually("the job runs", Duration::from_secs(20), async || {
        (client.result(id).await.status == JobStatusName::Processing).then_some(())
    })
    .await;
}

/// Cancels a running job and returns its end.
async fn end_of_cancelled(client: &Client, id: &str) -> ResultBody {
    let began = Instant::now();
    let told: CancellingBody = client.cancel(id).await.expect(202).parse();
    assert_eq!((told.job_id.as_str(), told.status), (id, CancellingStatus::Cancelling));
    let job = client.wait_for_result(id).await;
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    assert_eq!((job.status, job.attempt, &job.error), (JobStatusName::Cancelled, 1, &None), "{job:#?}");
    assert!(job.finished_at.is_some(), "{job:#?}");
    job
}

/// Runs an endless program, cancels it after its output `on`, and checks that the output is kept.
async fn check_running(client: &Client, language: &str, code: &str) {
    let id = client.submit(&program(language, code)).await;
    let mut events = client.follow(&id, None).await;
    events.until_output("on\n").await;
    let job = end_of_cancelled(client, &id).await;
    let run = job.run.as_ref().expect("it ran");
    assert_eq!((run.reason, run.signal.as_deref()), (RunReason::Signalled, Some("SIGKILL")), "{job:#?}");
    assert_eq!((run.stdout.as_str(), job.output.as_str()), ("on\n", "on\n"), "{job:#?}");
    let last = events.rest().await.pop().expect("an end");
    assert_eq!(last.result(), job, "whoever follows is told the same");
}

#[tokio::test]
async fn a_running_job_ends_soon_and_keeps_its_output() {
    let server = Server::start().await;
    let client = server.client();
    check_running(client, "python", "print('on', flush=True)\nwhile True: pass").await;
    check_running(client, "python", "import time\nprint('on', flush=True)\ntime.sleep(25)").await;
    let deaf = "import signal\nfor n in range(1, 32):\n  try: signal.signal(n, signal.SIG_IGN)\n  except OSError: pass\n\
                print('on', flush=True)\nwhile True: pass";
    check_running(client, "python", deaf).await;
    check_running(client, "bash", "sleep 25 & sleep 25 & echo on; wait").await;
    check_running(client, "bash", "echo on; exec >&- 2>&-; sleep 25").await;
    server.wait_for_no_guests(Duration::from_secs(3)).await;
    assert_eq!(client.run(&bash("echo hello")).await.output, "hello\n");
}

#[tokio::test]
async fn a_job_that_is_being_compiled_ends_soon_and_never_runs() {
    let server = Server::start().await;
    // Millions of types, none of them deep.
    let endless = "template <int A, int B, int C> struct T {
            enum { v = sizeof(T<A - 1, B, C>) + sizeof(T<A, B - 1, C>) + sizeof(T<A, B, C - 1>) };
        };
        template <int B, int C> struct T<-1, B, C> {};
        template <int A, int C> struct T<A, -1, C> {};
        template <int A, int B> struct T<A, B, -1> {};
        int main() { return T<250, 250, 250>::v; }";
    let id = server.client().submit(&program("cpp", endless)).await;
    until_running(server.client(), &id).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let job = end_of_cancelled(server.client(), &id).await;
    assert_eq!(job.run, None, "{job:#?}");
    assert!(job.compile.as_ref().is_some_and(|compile| !compile.ok), "{job:#?}");
}

#[tokio::test]
async fn a_waiting_job_ends_at_once_and_never_runs() {
    let server = Setup::with_slots(1).start().await;
    let client = server.client();
    let running = client.submit(&bash("sleep 1; echo undisturbed")).await;
    until_running(client, &running).await;
    let [waiting, next] = [client.submit(&bash("echo never")).await, client.submit(&bash("echo next")).await];
    let mut events = client.follow(&waiting, None).await;
    assert_eq!(events.next().await.expect("an event").name, "queued");

    let job: ResultBody = client.cancel(&waiting).await.expect(200).parse();
    assert_eq!((job.status, job.attempt, &job.run), (JobStatusName::Cancelled, 0, &None), "{job:#?}");
    assert_eq!(client.result(&waiting).await, job);
    let rest = events.rest().await;
    assert_eq!(rest.last().expect("an end").result(), job, "{rest:?}");
    assert!(rest.iter().all(|event| event.name != "started"), "{rest:?}");

    assert_eq!(client.wait_for_result(&running).await.output, "undisturbed\n");
    assert_eq!(client.wait_for_result(&next).await.output, "next\n");
    assert_eq!(client.result(&waiting).await, job);
}

#[tokio::test]
async fn what_has_ended_or_never_was_cannot_be_cancelled() {
    let server = Setup::with_slots(1).start().await;
    let client = server.client();
    let done = client.submit(&bash("echo done")).await;
    let before = client.wait_for_result(&done).await;
    let problem = client.cancel(&done).await.problem(409, "already-finished");
    assert!(problem.detail.contains("completed"), "{problem:?}");
    assert_eq!(client.result(&done).await, before);

    let running = client.submit(&python("while True: pass")).await;
    until_running(client, &running).await;
    let waiting = client.submit(&bash("true")).await;
    client.cancel(&waiting).await.expect(200);
    let problem = client.cancel(&waiting).await.problem(409, "already-finished");
    assert!(problem.detail.contains("cancelled"), "{problem:?}");
    end_of_cancelled(client, &running).await;
    client.cancel(&running).await.problem(409, "already-finished");

    client.cancel("0192d3a4-5b6c-7d8e-9f01-23456789abcd").await.problem(404, "job-not-found");
    client.cancel("not-an-id").await.problem(400, "bad-parameter");
}
