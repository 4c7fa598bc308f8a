//! Durability: a job acknowledged with 202 gets exactly one result, also if the server is killed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use testkit::{Client, Server, Setup, bash, eventually, host, python};
use wire::{AcceptedBody, JobStatusName, ResultBody, SubmitBody};

/// A program that prints `number`, waits a moment, and prints it again.
fn program_printing(number: usize) -> SubmitBody {
    bash(&format!("echo {number}; sleep 0.1; echo {number}"))
}

fn expected_output(number: usize) -> String {
    format!("{number}\n{number}\n")
}

async fn status(client: &Client, id: &str) -> JobStatusName {
    client.result(id).await.status
}

/// Waits until so many of these jobs have ended.
async fn until_ended(client: &Client, ids: &[String], least: usize) {
    eventually("some jobs end", Duration::from_secs(30), async || {
        let mut ended = 0;
        for id in ids {
            ended += usize::from(status(client, id).await == JobStatusName::Completed);
        }
        (ended >= least).then_some(())
    })
    .await;
}

async fn wait_for_status(client: &Client, id: &str, wanted: JobStatusName) {
    eventually("the job gets there", Duration::from_secs(20), async || {
        (status(client, id).await == wanted).then_some(())
    })
    .await;
}

/// All of these jobs as they are now, by id.
async fn results(client: &Client, ids: &[String]) -> BTreeMap<String, ResultBody> {
    join_all(ids.iter().map(async |id| (id.clone(), client.result(id).await))).await.into_iter().collect()
}

/// Number of jobs that the server's current process has finished.
async fn ended_in_this_life(server: &Server) -> u64 {
    let metrics = server.admin().get("/metrics").await.text();
    let counts = metrics.lines().filter(|line| line.starts_with("coderunner_jobs_total{"));
    counts.map(|line| line.rsplit_once(' ').expect("a value").1.parse::<u64>().expect("a count")).sum()
}

#[tokio::test]
async fn jobs_outlive_a_killed_server_and_each_ends_once() {
    let mut server = Server::start().await;
    let submit = async |number| server.client().submit(&program_printing(number)).await;
    let ids = join_all((0..40).map(submit)).await;
    let mut ended = BTreeMap::new();
    for least in [6, 14, 22] {
        until_ended(server.client(), &ids, least).await;
        server.kill().await;
        server.restart().await;
        // Finished results stay identical.
        let before = std::mem::replace(&mut ended, results(server.client(), &ids).await);
        ended.retain(|_, job: &mut ResultBody| job.status == JobStatusName::Completed);
        for (id, job) in before {
            assert_eq!(ended.get(&id), Some(&job));
        }
    }
    join_all(ids.iter().map(|id| server.client().wait_for_result(id))).await;
    let all = results(server.client(), &ids).await;
    for (number, id) in ids.iter().enumerate() {
        let job = &all[id];
        assert_eq!(
            (job.status, &job.output),
            (JobStatusName::Completed, &expected_output(number)),
            "{job:#?}"
        );
        assert!((1..=3).contains(&job.attempt), "{job:#?}");
    }
    assert!(all.values().any(|job| job.attempt > 1), "nothing ran when the server was killed");
    assert!(ended.iter().all(|(id, job)| all[id] == *job), "a result was replaced");
    // Some may have ended between the start and our look at it, so this is the most that there may be.
    let in_this_life = ended_in_this_life(&server).await;
    assert!(in_this_life <= 40 - 22, "{in_this_life} jobs ended after the last kill, of 18 that had not");
    let queue = server.client().queue().await;
    let left: u64 = queue.pools.iter().map(|pool| pool.waiting.normal + pool.running).sum();
    assert_eq!((left, queue.dead_letters), (0, 0), "{queue:?}");
}

#[tokio::test]
async fn whatever_was_answered_before_the_kill_is_there_after_it() {
    let mut server = Server::start().await;
    let client = server.client().clone();
    // Eight clients that submit until the server no longer answers.
    let submit = async |lane: usize| {
        let mut accepted = Vec::new();
        for number in (lane * 1000).. {
            let Ok(answer) = client.try_submit("", &bash(&format!("echo {number}"))).await else { break };
            let body: AcceptedBody = answer.expect(202).parse();
            accepted.push((body.job_id, format!("{number}\n")));
        }
        accepted
    };
    let kill = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        server.kill().await;
    };
    let (accepted, ()) = tokio::join!(join_all((0..8).map(submit)), kill);
    let accepted = accepted.concat();
    assert!(accepted.len() > 20, "only {} submissions", accepted.len());
    server.restart().await;
    for (id, said) in &accepted {
        let job = server.client().wait_for_result(id).await;
        assert_eq!((job.status, &job.output), (JobStatusName::Completed, said), "{job:#?}");
    }
}

#[tokio::test]
async fn an_idempotency_key_leads_to_the_same_job_after_a_kill() {
    let mut server = Server::start().await;
    let submit = async |client: &Client, key: &str, program: &SubmitBody| {
        let request = client.request(Method::POST, "/api/execution/submit").json(program);
        client.send(request.header("idempotency-key", key)).await
    };
    let first: AcceptedBody = submit(server.client(), "a", &program_printing(1)).await.expect(202).parse();
    let again: ResultBody = {
        server.client().wait_for_result(&first.job_id).await;
        submit(server.client(), "a", &program_printing(1)).await.expect(200).parse()
    };
    assert_eq!((&again.job_id, again.status), (&first.job_id, JobStatusName::Completed));
    server.kill().await;
    server.restart().await;
    let again: ResultBody = submit(server.client(), "a", &program_printing(1)).await.expect(200).parse();
    assert_eq!((&again.job_id, again.output), (&first.job_id, expected_output(1)));
    submit(server.client(), "a", &program_printing(2)).await.problem(422, "idempotency-key-reused");
    let other: AcceptedBody = submit(server.client(), "b", &program_printing(1)).await.expect(202).parse();
    assert_ne!(other.job_id, first.job_id);
}

#[tokio::test]
async fn a_job_that_crashes_the_server_repeatedly_fails() {
    let mut server = Setup::with_slots(1).start().await;
    let id = server.client().submit(&bash("sleep 60")).await;
    for attempt in 1..=3 {
        eventually("the next attempt begins", Duration::from_secs(20), async || {
            (server.client().result(&id).await.attempt == attempt).then_some(())
        })
        .await;
        server.kill().await;
        server.restart().await;
    }
    let job = server.client().wait_for_result(&id).await;
    assert_eq!((job.status, job.attempt), (JobStatusName::Failed, 3), "{job:#?}");
    let error = job.error.expect("a reason");
    assert!(error.contains("lost 3 times") && error.contains("not the program's"), "{error}");
    assert_eq!(server.client().queue().await.dead_letters, 1);
    assert_eq!(server.client().run(&bash("echo hello")).await.output, "hello\n");
}

/// Stops a server in this way while two programs run and two wait, and checks the end of each.
async fn check_stop(stop: fn(&Server)) {
    let mut server = Server::start().await;
    let client = server.client().clone();
    let slow = python("import time\nprint('begun', flush=True)\ntime.sleep(1)\nprint('ended')");
    let running = [client.submit(&slow).await, client.submit(&slow).await];
    for id in &running {
        client.follow(id, None).await.until_output("begun\n").await;
    }
    let waiting = [client.submit(&program_printing(1)).await, client.submit(&program_printing(2)).await];

    // A client waits for one of the running programs, and gets its result.
    let path = format!("/api/execution/result/{}?wait=30", running[0]);
    let waits = client.get(&path);
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop(&server);
        tokio::time::sleep(Duration::from_millis(200)).await;
        let late = Client::new(client.base()).try_submit("", &program_printing(3)).await;
        assert!(late.is_err_and(|error| error.is_connect()), "a stopping server takes new work");
    };
    let (answer, ()) = tokio::join!(waits, stopping);
    let told: ResultBody = answer.expect(200).parse();
    assert_eq!(
        (told.status, told.output.as_str()),
        (JobStatusName::Completed, "begun\nended\n"),
        "{told:#?}"
    );
    assert!(server.wait().await.success());

    server.restart().await;
    let client = server.client();
    for (id, job) in results(client, &running).await {
        assert_eq!((job.status, job.attempt), (JobStatusName::Completed, 1), "{id}: {job:#?}");
        assert_eq!(job.output, "begun\nended\n");
    }
    for (number, id) in (1..).zip(&waiting) {
        let job = client.wait_for_result(id).await;
        assert_eq!(
            (job.status, job.attempt, job.output),
            (JobStatusName::Completed, 1, expected_output(number))
        );
    }
}

#[tokio::test]
async fn a_shutdown_finishes_running_jobs_and_keeps_waiting_ones() {
    check_stop(Server::send_sigterm).await;
}

#[tokio::test]
async fn so_does_ctrl_c_in_a_terminal_which_goes_to_every_process() {
    check_stop(Server::send_sigint).await;
}

#[tokio::test]
async fn what_does_not_end_in_time_runs_again_after_a_stop() {
    let mut server = Setup::default().config("drain_seconds = 1\n").start().await;
    let id = server.client().submit(&python("import time\ntime.sleep(3)\nprint('ended')")).await;
    wait_for_status(server.client(), &id, JobStatusName::Processing).await;
    assert!(server.stop().await.success());
    server.restart().await;
    let job = server.client().wait_for_result(&id).await;
    assert_eq!((job.status, job.attempt, job.output.as_str()), (JobStatusName::Completed, 2, "ended\n"));
}

#[tokio::test]
async fn a_cancelled_job_stays_cancelled_after_a_kill() {
    let mut server = Setup::with_slots(1).start().await;
    let [running, waiting] =
        [server.client().submit(&bash("sleep 60")).await, server.client().submit(&program_printing(1)).await];
    wait_for_status(server.client(), &running, JobStatusName::Processing).await;
    server.client().cancel(&waiting).await.expect(200);
    // Told to stop, and killed before it may have.
    server.client().cancel(&running).await.expect(202);
    server.kill().await;
    server.restart().await;
    for id in [&running, &waiting] {
        assert_eq!(server.client().wait_for_result(id).await.status, JobStatusName::Cancelled);
    }
}

#[tokio::test]
async fn a_killed_server_leaves_nothing_on_the_host() {
    let (mounts, no_groups) = (host::mounts(), Vec::<PathBuf>::new());
    let mut server = Server::start().await;
    let program = "import os, time\n\
        for _ in range(5):\n  if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(60)\n    os._exit(0)\n\
        print('up', flush=True)\ntime.sleep(60)";
    let ids =
        [server.client().submit(&python(program)).await, server.client().submit(&python(program)).await];
    for id in &ids {
        server.client().follow(id, None).await.until_output("up\n").await;
    }
    let old = server.pid();
    let family = host::descendants(old);
    assert!(family.len() > 10, "the guests are among {family:?}");
    if host::is_root() {
        assert!(host::processes_of(server.ids()).len() > 10, "the guests have ids of their own");
    }
    server.kill().await;
    let alive = || family.iter().filter(|process| process.is_alive()).collect::<BTreeSet<_>>();
    eventually("all of its processes end with it", Duration::from_secs(5), async || {
        alive().is_empty().then_some(())
    })
    .await;
    assert_eq!(host::processes_of(server.ids()), []);
    assert_eq!(host::mounts(), mounts);
    server.restart().await;
    assert_eq!(host::cgroups_of(old), no_groups, "the next start sweeps");
    for id in &ids {
        server.client().cancel(id).await;
    }
    let fresh = server.pid();
    assert!(server.stop().await.success());
    assert_eq!(host::cgroups_of(fresh), no_groups, "a stop removes its own");
}

#[tokio::test]
async fn a_second_stop_signal_ends_the_server_at_once() {
    let mut server = Server::start().await;
    let id = server.client().submit(&bash("sleep 20")).await;
    wait_for_status(server.client(), &id, JobStatusName::Processing).await;
    server.send_sigterm();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let not_ready = Client::new(server.admin().base()).get("/ready").await;
    assert_eq!(not_ready.status, StatusCode::SERVICE_UNAVAILABLE.as_u16(), "{}", not_ready.text());
    server.send_sigterm();
    assert_eq!(server.wait().await.code(), Some(130));
}
