//! Cluster: several processes that share a Redis, a PostgreSQL and an object folder. One accepts and another runs jobs, any of them may
//! stop, and nothing is lost.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::json;
use testkit::{
    Client, CloseFrame, Cluster, Invocation, LiveSession, Nginx, Server, Setup, bash, eventually,
    grade_request, host, python,
};
use wire::{AcceptedBody, BatchBody, BatchItemBody, BatchResponseBody, JobStatusName, ResultBody};

const API: &str = "gateway,execution,problems";
const SOON: Duration = Duration::from_secs(20);

fn terminal() -> serde_json::Value {
    json!({"cols": 80, "rows": 24})
}

/// A problem that all processes with services read at once.
fn doubling() -> Setup {
    let package = "title: Double it\ntests:\n  - input: \"21\"\n    output: \"42\"\nhidden_tests:\n  - input: \"4\"\n    output: \"8\"\n";
    Setup::default().with_content("problems/double/problem.yaml", package)
}

#[tokio::test]
async fn what_one_process_takes_in_another_one_runs_and_a_third_one_tells() {
    let cluster = Cluster::start_as(&doubling(), &[API, API, "worker"]).await;
    let [here, there] = [cluster.servers[0].client(), cluster.servers[1].client()];
    let id = here.submit(&python("open('left.txt', 'w').write('kept')\nprint('hi')")).await;
    let job = there.wait_for_result(&id).await;
    assert_eq!((job.status, job.output.as_str()), (JobStatusName::Completed, "hi\n"), "{job:#?}");

    let graded = here.grade(&grade_request("double", "python", "print(int(input()) * 2)")).await;
    assert_eq!(there.result(&graded.job_id).await, graded);
    assert_eq!((graded.status, graded.grading.expect("it is judged").passed), (JobStatusName::Completed, 2));
    let numbers = join_all([here, there].map(async |client| client.get("/api/problems").await.json())).await;
    assert_eq!(numbers[0], numbers[1], "one number for a problem, whoever read it");

    let languages = there.get("/api/languages").await.json();
    assert!(languages.to_string().contains("CPython"), "known from the worker: {languages}");
    assert!(cluster.servers[2].log().contains("the test run passed"));
    assert_eq!(cluster.servers[2].admin().get("/health").await.status, 200);
}

#[tokio::test]
async fn long_code_that_one_process_takes_in_another_one_runs_and_a_third_one_deletes() {
    let cluster = Cluster::start_as(&Setup::default(), &[API, API, "worker"]).await;
    let [here, there] = [cluster.servers[0].client(), cluster.servers[1].client()];
    let job = here.run(&bash(&format!("echo long\n#{}", "x".repeat(200_000)))).await;
    assert_eq!((job.status, job.output.as_str()), (JobStatusName::Completed, "long\n"), "{job:#?}");
    let result = format!("/api/execution/result/{}", job.job_id);
    there.send(there.request(reqwest::Method::DELETE, &result)).await.expect(204);
    here.get(&result).await.problem(404, "job-not-found");
}

#[tokio::test]
async fn each_submission_of_a_batch_counts_at_a_gateway_of_its_own() {
    let cluster = Cluster::start_as(&Setup::default(), &["execution,problems", "worker"]).await;
    let address = cluster.servers[0].client().base().to_owned();
    let mut setup =
        Setup::default().config("[plans.anonymous]\nsubmissions = \"3/h\"\n").with_local_rate_limits();
    setup.env.extend([
        ("CODERUNNER_ROLES", "gateway".to_owned()),
        ("CODERUNNER_GATEWAY__UPSTREAMS__EXECUTION", address.clone()),
        ("CODERUNNER_GATEWAY__UPSTREAMS__PROBLEMS", address),
    ]);
    let gateway = setup.start().await;
    let client = gateway.client();
    let body = BatchBody { submissions: vec![bash("echo batch"); 5] };
    let request = client.request(reqwest::Method::POST, "/api/execution/batch").json(&body);
    let answer: BatchResponseBody = client.send(request).await.expect(200).parse();
    let refused = answer.submissions.iter().filter(|item| match item {
        BatchItemBody::Accepted(_) => false,
        BatchItemBody::Refused(problem) => problem.status == 429,
    });
    assert_eq!((answer.submissions.len(), refused.count()), (5, 2), "{answer:?}");
    let BatchItemBody::Accepted(first) = &answer.submissions[0] else { panic!("{answer:?}") };
    assert_eq!(client.wait_for_result(&first.job_id).await.output, "batch\n");
}

#[tokio::test]
async fn a_process_that_started_before_its_records_ended() {
    let mut cluster = Cluster::engines().await;
    cluster.postgres.kill();
    let setup = cluster.process(Setup::default(), API);
    let back = async {
        tokio::time::sleep(Duration::from_secs(8)).await;
        cluster.postgres.restart().await;
    };
    let (server, ()) = tokio::join!(setup.start(), back);
    server.client().get("/api/problems").await.expect(200);
    assert!(server.log().contains("They are waited for."), "{}", server.log());
}

#[tokio::test]
async fn a_gateway_passes_on_to_services_elsewhere_and_goes_on_when_one_dies() {
    let mut cluster =
        Cluster::start_as(&doubling(), &["execution,problems", "execution,problems", "worker"]).await;
    let addresses = cluster.servers[..2].iter().map(|server| server.client().base().to_owned());
    let addresses = addresses.collect::<Vec<_>>().join(",");
    let mut setup = Setup::default();
    setup.env.extend([
        ("CODERUNNER_ROLES", "gateway".to_owned()),
        ("CODERUNNER_GATEWAY__UPSTREAMS__EXECUTION", addresses.clone()),
        ("CODERUNNER_GATEWAY__UPSTREAMS__PROBLEMS", addresses),
    ]);
    let gateway = setup.start().await;
    let client = gateway.client();
    assert_eq!(client.run(&bash("echo through")).await.output, "through\n");
    assert_eq!(client.get("/api/problems/double").await.expect(200).json()["title"], "Double it");
    client.get("/api/execution/result/nonsense").await.problem(400, "bad-parameter");
    let documented = client.get("/openapi.json").await.expect(200).json();
    assert!(documented["paths"]["/api/execution/result/{id}"].is_object(), "of services elsewhere, too");

    let mut session = LiveSession::start(client, "python", "print(input('? ')[::-1])", terminal()).await;
    session.until_output("? ").await;
    session.send_stdin("olleh\n").await;
    session.until_output("hello").await;
    assert_eq!(session.wait_for_result().await.status, JobStatusName::Completed);

    cluster.servers[0].kill().await;
    for number in 0..6 {
        let job = client.run(&bash(&format!("echo {number}"))).await;
        assert_eq!((job.status, job.output), (JobStatusName::Completed, format!("{number}\n")));
    }
    cluster.servers[1].kill().await;
    client.try_submit("", &bash("echo nobody")).await.expect("an answer").problem(503, "service-unreachable");
    assert_eq!(client.get("/health").await.status, 200, "the gateway itself lives");
}

#[tokio::test]
async fn services_run_unprivileged_and_learn_languages_from_workers() {
    let mut cluster = Cluster::engines().await;
    let nobody = Setup { user: Some(65534), ..Setup::default() };
    let services = cluster.process(nobody, API).start().await;
    assert!(!services.data().exists(), "it keeps nothing");
    assert_eq!(host::descendants(services.pid()), BTreeSet::new(), "nor has it sandboxes");
    let waiting = services.client().submit(&bash("echo at last")).await;
    let worker = cluster.process(Setup::default(), "worker").start().await;
    let job = services.client().wait_for_result(&waiting).await;
    assert_eq!((job.status, job.output.as_str()), (JobStatusName::Completed, "at last\n"));
    cluster.servers.extend([services, worker]);
}

#[tokio::test]
async fn roles_without_their_requirements_are_refused_with_advice() {
    let refused = async |args: &[&str]| {
        let ended = Invocation::new(args).output().await;
        assert_ne!(ended.code, Some(0), "{ended:?}");
        ended.stderr
    };
    let serve =
        |roles| ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--roles", roles];
    let told = refused(&serve("gateway,cook")).await;
    assert!(
        told.contains("\"cook\" is no role; there are gateway, execution, problems and worker"),
        "{told}"
    );
    let told = refused(&serve("worker")).await;
    assert!(
        told.contains("set broker.url (redis://…), records.url (postgres://…) and objects.url"),
        "{told}"
    );
    let told = refused(&serve("gateway")).await;
    assert!(told.contains("set gateway.upstreams.execution"), "{told}");
}

/// Clients that submit and wait, one program after another, until they are stopped, with their answers.
struct BackgroundLoad {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    lanes: Vec<tokio::task::JoinHandle<Vec<(String, String)>>>,
}

impl BackgroundLoad {
    fn begin(client: &Client, lanes: usize) -> Self {
        let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let lane = |lane: usize| {
            let (client, over, answered) = (client.clone(), over.clone(), answered.clone());
            tokio::spawn(async move {
                let mut jobs = Vec::new();
                for number in (lane * 100_000).. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let said = format!("{number}\n");
                    let answer = client.try_submit("?wait=10", &bash(&format!("echo {number}"))).await;
                    let answer = answer.unwrap_or_else(|error| panic!("no answer: {error:?}"));
                    assert!(matches!(answer.status, 200 | 202), "{}", answer.text());
                    let id = match answer.status {
                        200 => answer.parse::<ResultBody>().job_id,
                        _ => answer.parse::<AcceptedBody>().job_id,
                    };
                    answered.fetch_add(1, Ordering::Relaxed);
                    jobs.push((id, said));
                }
                jobs
            })
        };
        let lanes = (1..=lanes).map(lane).collect();
        Self { stop: over, answered, lanes }
    }

    /// Waits for this number of further answers.
    async fn wait_for_answers(&self, more: usize) {
        let before = self.answered.load(Ordering::Relaxed);
        eventually("requests are answered", SOON, async || {
            (self.answered.load(Ordering::Relaxed) >= before + more).then_some(())
        })
        .await;
    }

    async fn end(self) -> Vec<(String, String)> {
        self.stop.store(true, Ordering::Relaxed);
        let lanes = join_all(self.lanes).await;
        lanes.into_iter().flat_map(|lane| lane.expect("no request was lost")).collect()
    }
}

#[tokio::test]
async fn a_rolling_restart_under_load_loses_no_request_and_no_job() {
    let mut cluster = Cluster::start(&[API, API, "worker", "worker"]).await;
    let nginx = Nginx::in_front_of(&[&cluster.servers[0], &cluster.servers[1]]).await;
    let client = nginx.client();
    let load = BackgroundLoad::begin(&client, 6);
    load.wait_for_answers(10).await;
    for server in &mut cluster.servers {
        assert!(server.stop().await.success(), "{}", server.log());
        load.wait_for_answers(5).await;
        server.restart().await;
        load.wait_for_answers(5).await;
    }
    let jobs = load.end().await;
    let ids: BTreeSet<_> = jobs.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), jobs.len(), "each request has a job of its own");
    for (id, said) in &jobs {
        let job = client.wait_for_result(id).await;
        assert_eq!((job.status, &job.output), (JobStatusName::Completed, said), "{job:#?}");
    }
    let recorded = cluster.postgres.sql("SELECT count(*) FROM jobs");
    assert_eq!(recorded, jobs.len().to_string(), "no request became two jobs");
}

#[tokio::test]
async fn a_session_goes_through_one_process_to_a_worker_in_another_and_a_third_can_follow() {
    let cluster = Cluster::start(&[API, API, "worker"]).await;
    let [here, there] = [cluster.servers[0].client(), cluster.servers[1].client()];
    let program = "import sys\nprint(sys.stdin.isatty())\ntry:\n  while True: print(input('? ').upper())\nexcept KeyboardInterrupt:\n  print('stopped')";
    let mut session = LiveSession::start(here, "python", program, terminal()).await;
    let id = session.until_started().await;
    let mut followed = there.follow(&id, None).await;
    session.until_output("True").await;
    session.send_stdin("hello\n").await;
    session.until_output("HELLO").await;
    followed.until_output("HELLO").await;
    session.send_stdin("\u{3}").await;
    session.until_output("stopped").await;
    let result = session.wait_for_result().await;
    assert_eq!(result.status, JobStatusName::Completed, "{result:#?}");
    assert_eq!(followed.next_named("finished").await.result(), result);

    // A client that hangs up ends its program, wherever that runs.
    let mut session = LiveSession::start(here, "python", "input('? ')", terminal()).await;
    let id = session.until_started().await;
    session.until_output("? ").await;
    drop(session);
    assert_eq!(there.wait_for_result(&id).await.status, JobStatusName::Cancelled);
}

#[tokio::test]
async fn a_session_ends_when_the_process_that_holds_it_is_killed() {
    let mut cluster = Cluster::start(&[API, API, "worker"]).await;
    let mut session =
        LiveSession::start(cluster.servers[0].client(), "python", "input('? ')", terminal()).await;
    let id = session.until_started().await;
    session.until_output("? ").await;
    cluster.servers[0].kill().await;
    assert_eq!(session.next().await, Err(CloseFrame { code: None }));
    let ended = cluster.servers[1].client().wait_for_result(&id).await;
    assert_eq!(ended.status, JobStatusName::Cancelled, "{ended:#?}");
    cluster.servers[2].wait_for_no_guests(SOON).await;
}

#[tokio::test]
async fn a_stopping_worker_abandons_unfinished_jobs_and_another_one_runs_them() {
    let setup = Setup::default().config("drain_seconds = 2\n");
    let mut cluster = Cluster::start_as(&setup, &[API, "worker"]).await;
    let client = cluster.servers[0].client().clone();
    let id = client
        .submit(&python("import time\nprint('begun', flush=True)\ntime.sleep(4)\nprint('ended')"))
        .await;
    client.follow(&id, None).await.until_output("begun").await;
    let second = cluster.process(setup, "worker").start().await;
    assert!(cluster.servers[1].stop().await.success());
    let job = client.wait_for_result(&id).await;
    assert_eq!(
        (job.status, job.attempt, job.output.as_str()),
        (JobStatusName::Completed, 2, "begun\nended\n"),
        "{job:#?}"
    );
    assert!(cluster.servers[1].log().contains("a job was requeued"), "{}", cluster.servers[1].log());
    drop(second);
}

#[tokio::test]
async fn a_stopping_process_is_not_ready_before_it_accepts_no_more() {
    let mut setup = Setup::default();
    setup.env.push(("CODERUNNER_GATEWAY__LAME_DUCK_MS", "1500".to_owned()));
    let mut server: Server = setup.start().await;
    server.send_sigterm();
    let told = eventually("it says that it is not ready", SOON, async || {
        let answer = server.client().get("/ready").await;
        (answer.status == 503).then_some(answer)
    })
    .await;
    assert_eq!(
        told.header("connection"),
        Some("close"),
        "whoever keeps connections keeps this one no longer"
    );
    let id = server.client().submit(&bash("echo late")).await;
    assert!(server.wait().await.success());
    server.restart().await;
    assert_eq!(server.client().wait_for_result(&id).await.output, "late\n");
}
