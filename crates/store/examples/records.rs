//! Measures the records of this machine: durable submissions, whole lives of jobs and reads a second, on SQLite and on a
//! PostgreSQL of its own that flushes each commit.
//!
//! `cargo run --release -p store --example records`

use std::{
    path::Path,
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use model::{
    AttemptEnd, AttemptLog, Completion, Content, Fault, Job, JobId, JobKind, LanguageId, Limits, Moments,
    PlanName, PoolKind, Principal, Priority, SourceFile, Submission, Tenant, Timestamp, WorkerName,
};
use store::{PostgresSettings, Store};
use testkit::Postgres;

/// Callers at once.
const CALLERS: usize = 512;
/// How long each thing is done.
const TIME: Duration = Duration::from_secs(8);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir_in(std::env::var_os("RECORDS_FOLDER").unwrap_or_else(|| ".".into()))
        .expect("a folder");
    measure("SQLite", sqlite(folder.path()).await).await;
    let server = Postgres::start_durable().await;
    let store = Store::connect(&server.url(), PostgresSettings::default()).await.expect("connects");
    measure("PostgreSQL", store).await;
}

async fn sqlite(folder: &Path) -> Store {
    Store::open(folder).await.expect("opens")
}

async fn measure(engine: &str, store: Store) {
    let submit = async |store: &Store| {
        store.submit(&job(), "print").await.expect("submits");
    };
    println!("{engine}: {:>6} submissions/s", rate(&store, submit).await);
    let live = async |store: &Store| {
        let job = job();
        store.submit(&job, "print").await.expect("submits");
        let (worker, now) = (WorkerName::new("ada"), Timestamp::now());
        store.begin_attempt(job.id, 1, &worker, now).await.expect("begins");
        let completion = Completion::Failed(Fault::new("it was only measured"));
        let complete = store.complete(job.id, 1, &completion, now);
        let log = log(&job, worker, now);
        let (completed, logged) = tokio::join!(complete, store.log_attempt(&log));
        completed.expect("completes");
        logged.expect("is logged");
    };
    println!("{engine}: {:>6} jobs/s, each submitted, begun, completed and logged", rate(&store, live).await);
    let known = job();
    store.submit(&known, "print").await.expect("submits");
    let read = async |store: &Store| {
        store.record(known.id).await.expect("reads").expect("is there");
    };
    println!("{engine}: {:>6} reads/s of a record", rate(&store, read).await);
    store.close().await;
}

/// How often a second it was done by all callers together.
async fn rate(store: &Store, once: impl AsyncFn(&Store)) -> u64 {
    let (done, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    join_all((0..CALLERS).map(|_| async {
        while began.elapsed() < TIME {
            once(store).await;
            done.fetch_add(1, Ordering::Relaxed);
        }
    }))
    .await;
    done.load(Ordering::Relaxed) * 1_000 / u64::try_from(began.elapsed().as_millis()).unwrap_or(1)
}

fn job() -> Job {
    Job {
        schema: Job::SCHEMA,
        id: JobId::generate(),
        kind: JobKind::Run,
        principal: Principal::Anonymous("192.0.2.1".into()),
        tenant: Tenant::new("anonymous"),
        plan: PlanName::new("anonymous"),
        pool: PoolKind::Container,
        priority: Priority::Normal,
        idempotency_key: None,
        submitted_at: Timestamp::now(),
        deadline: Duration::from_secs(30),
        attempt: 0,
        trace: None,
        request_id: None,
        submission: Submission {
            language: LanguageId::new("python"),
            version: None,
            files: vec![SourceFile { name: "main.py".into(), content: "print('hello')\n".into() }],
            stdin: Content::default(),
            args: Vec::new(),
            limits: Limits::STUDENT,
            artifacts: false,
        },
        session: None,
        judged_by: None,
    }
}

fn log(job: &Job, worker: WorkerName, now: Timestamp) -> AttemptLog {
    let (queued, claimed, ran) = (Some(job.submitted_at), Some(now), Some(now));
    AttemptLog {
        job: job.id,
        attempt: 1,
        worker,
        pool: job.pool,
        language: job.submission.language.clone(),
        toolchain: Some("CPython 3.11.2".into()),
        end: AttemptEnd::Failed,
        error: None,
        moments: Moments { queued, claimed, ran, recorded: Some(now), ..Moments::default() },
    }
}
