//! Live sessions in a worker: kept while heartbeats come, and run only once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use broker::{AbandonReason, Broker, Claimant, Control, Delivery, EmbeddedBroker, EmbeddedSettings, Ticket};
use kernel::cgroup::Layout;
use languages::{Registry, SystemHost};
use model::{
    Job, JobEvent, JobId, JobRecord, JobStatus, LanguageId, PoolKind, SessionOptions, SourceFile,
    TerminalSize, Timestamp, ToolchainInfo, WorkerName,
};
use sandbox::{LauncherCommand, Pool, PoolSettings};
use store::{BeginOutcome, Objects, Store};
use tempfile::TempDir;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use worker::{Grader, Runner, TestDataCache, TestDataCacheSettings, Worker, WorkerParts, WorkerSettings};

const BEAT: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(20);

/// Records, a queue, and a worker once it is let work.
struct SessionFixture {
    store: Store,
    broker: Arc<EmbeddedBroker>,
    worker: Option<(CancellationToken, JoinHandle<()>)>,
    folder: TempDir,
}

fn job(code: &str, session: Option<SessionOptions>) -> Job {
    let mut job = Job { session, ..testkit::job(JobId::generate(), "bash") };
    job.submission.files = vec![SourceFile { name: "main.sh".into(), content: code.into() }];
    job
}

fn session() -> SessionOptions {
    SessionOptions {
        terminal: Some(TerminalSize { cols: 80, rows: 24 }),
        idle_timeout: Duration::from_mins(1),
    }
}

impl SessionFixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).await.expect("a store");
        let queue = EmbeddedBroker::open(folder.path(), EmbeddedSettings::default()).await.expect("a broker");
        Self { store, broker: Arc::new(queue), worker: None, folder }
    }

    async fn enqueue(&self, job: &Job) {
        self.store.submit(job, "").await.expect("submits");
        self.broker.enqueue(Ticket::for_job(job, job.submitted_at)).await.expect("enqueues");
    }

    /// Starts a worker with one slot, which hears of a session's other end this often.
    async fn work(&mut self) {
        let languages = Arc::new(Registry::builtin(&SystemHost::new()).expect("languages"));
        let pool = PoolSettings {
            memory: model::Bytes::mib(1024),
            waiting: sandbox::WaitingLimits::default(),
            slots: 1,
            warm: Vec::new(),
            first_id: PoolSettings::DEFAULT_FIRST_ID + 50_000_000 + std::process::id() % 1_000_000 * 2,
            folders: Vec::new(),
            files: Vec::new(),
            launcher: LauncherCommand { program: testkit::binary().into(), args: vec!["launcher".into()] },
            cgroups: Layout::of_this_process(),
            launcher_timeout: PoolSettings::DEFAULT_LAUNCHER_TIMEOUT,
        };
        let runner = Runner::new(Pool::start(pool).await.expect("the pool starts"), languages);
        let name = WorkerName::new("test-worker");
        let settings =
            WorkerSettings { heartbeat: BEAT, ..WorkerSettings::new(name, PoolKind::Container, 1) };
        let stop = CancellationToken::new();
        let objects = Objects::open_folder(&self.folder.path().join("objects")).expect("objects");
        let parts = WorkerParts {
            store: self.store.clone(),
            objects: objects.clone(),
            broker: self.broker.clone(),
            test_data: TestDataCache::new(objects, self.folder.path(), TestDataCacheSettings::default()),
            grader: Grader::new(runner),
        };
        let worker = Worker::new(parts, settings);
        self.worker = Some((stop.clone(), tokio::spawn(worker.work(stop))));
    }

    /// Waits until the program has written this.
    async fn until_output(&self, id: JobId, text: &str) {
        let mut events = self.broker.events(id, None).await.expect("events");
        let mut written = String::new();
        while !written.contains(text) {
            let event = timeout(PATIENCE, events.next()).await.expect("an event in time").expect("an event");
            if let JobEvent::Output { text, .. } = event.event {
                written.push_str(&text);
            }
        }
    }

    async fn end_of(&self, id: JobId) -> JobRecord {
        let began = Instant::now();
        loop {
            let record = self.store.record(id).await.expect("reads").expect("a record");
            if record.status.is_final() {
                return record;
            }
            assert!(began.elapsed() < PATIENCE, "{record:#?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits for the worker to finish, so that its sandboxes are gone before the test is.
    async fn stop(self) {
        let (stop, working) = self.worker.expect("it works");
        stop.cancel();
        timeout(PATIENCE, working).await.expect("it stops").expect("no panic");
    }
}

#[tokio::test]
async fn a_session_is_held_by_beats_and_ends_without_them() {
    let mut bench = SessionFixture::new().await;
    bench.work().await;
    let held = job("echo on; sleep 60 & while :; do sleep 0.1; done", Some(session()));
    bench.enqueue(&held).await;
    bench.until_output(held.id, "on").await;
    // Far longer than it would last without.
    for _ in 0..10 {
        let told = bench.broker.control(held.id, Control::KeepAlive).await.expect("tells");
        assert_eq!(told, Delivery::Delivered);
        sleep(BEAT).await;
    }
    let began = Instant::now();
    let record = bench.end_of(held.id).await;
    assert_eq!(record.status, JobStatus::Cancelled, "{record:#?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let completion = record.completion.expect("an end");
    let run = completion.report().and_then(|report| report.run.as_ref()).expect("it ran");
    assert_eq!(run.transcript.all_output(), b"on\r\n", "what it wrote is kept");
    bench.stop().await;
}

#[tokio::test]
async fn a_plain_job_needs_no_connected_client() {
    let mut bench = SessionFixture::new().await;
    bench.work().await;
    let plain = job("sleep 1; echo done", None);
    bench.enqueue(&plain).await;
    assert_eq!(bench.end_of(plain.id).await.status, JobStatus::Completed);
    bench.stop().await;
}

#[tokio::test]
async fn a_session_whose_attempt_was_lost_fails_instead_of_being_run_again() {
    let mut bench = SessionFixture::new().await;
    let lost = job("echo again", Some(session()));
    bench.enqueue(&lost).await;
    let claimant = Claimant {
        worker: WorkerName::new("lost-worker"),
        pools: vec![(PoolKind::Container, 1)],
        offers: vec![ToolchainInfo {
            language: LanguageId::new("bash"),
            version: "5.2.15".to_owned(),
            description: String::new(),
            libraries: Vec::new(),
        }],
        preparing: Vec::new(),
    };
    let claim = bench.broker.claim(&claimant, 1).await.expect("claims").pop().expect("one claim");
    let begun = bench.store.begin_attempt(lost.id, 1, &claimant.worker, Timestamp::now()).await;
    assert!(matches!(begun.expect("begins"), BeginOutcome::Run(_)));
    let reason = AbandonReason::Fault("the machine burned down".into());
    bench.broker.abandon(&claim.attempt, reason).await.expect("abandons");
    bench.work().await;
    // A failed attempt is followed by the next after a while, and somebody must see that the while is over.
    let expiring = tokio::spawn({
        let broker = bench.broker.clone();
        async move {
            loop {
                broker.expire_leases().await.expect("expires");
                sleep(Duration::from_millis(100)).await;
            }
        }
    });
    let record = bench.end_of(lost.id).await;
    expiring.abort();
    assert_eq!((record.status, record.job.attempt), (JobStatus::Failed, 2), "{record:#?}");
    assert!(record.completion.is_some_and(|completion| completion.report().is_none()), "it was not run");
    bench.stop().await;
}
