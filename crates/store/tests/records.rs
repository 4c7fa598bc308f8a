//! What the store promises about records.

use std::{collections::HashSet, path::Path, sync::Arc, time::Duration};

use futures_util::future::join_all;
use model::{
    Artifacts, Completion, Content, Ending, Fault, IdempotencyKey, Job, JobId, JobKind, JobStatus,
    LanguageId, Limits, Outcome, PlanName, PoolKind, Principal, Priority, Report, RequestId, Session,
    SourceFile, Stream, Submission, Tenant, TerminalSize, Timestamp, Transcript, Usage, WorkerName,
};
use sqlx::{ConnectOptions as _, SqliteConnection, query, sqlite::SqliteConnectOptions};
use store::{Begun, Cancelled, Completed, DataLock, GivenBack, Store, StoreError, Submitted};
use tempfile::TempDir;

const ID: JobId = JobId::from_u128(1);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn job(id: u128) -> Job {
    Job {
        schema: Job::SCHEMA,
        id: JobId::from_u128(id),
        kind: JobKind::Run,
        principal: Principal::Account("42".into()),
        tenant: Tenant::new("class-7b"),
        plan: PlanName::new("student"),
        pool: PoolKind::Container,
        priority: Priority::Normal,
        idempotency_key: None,
        submitted_at: at(1_000),
        deadline: Duration::from_secs(30),
        attempt: 0,
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        request_id: Some(RequestId::new("req-1")),
        submission: Submission {
            language: LanguageId::new("python"),
            version: None,
            files: vec![SourceFile { name: "main.py".into(), content: "print('hé')".into() }],
            stdin: Content::from(vec![0xff, 0x00]),
            args: vec!["--verbose".into()],
            limits: Limits::STUDENT,
            artifacts: false,
        },
        session: None,
        judged_by: None,
    }
}

fn keyed(id: u128, principal: &Principal, key: &str) -> Job {
    Job { principal: principal.clone(), idempotency_key: Some(IdempotencyKey::new(key)), ..job(id) }
}

fn report() -> Report {
    let mut transcript = Transcript::default();
    transcript.push(Stream::Stdout, b"h\xc3\xa9\n");
    let run = Outcome {
        ending: Ending::Exited(0),
        usage: Usage::default(),
        transcript,
        stdout_truncated: false,
        stderr_truncated: false,
    };
    Report {
        toolchain: "CPython 3.11.2".into(),
        compile: None,
        run: Some(run),
        artifacts: Artifacts::default(),
        grading: None,
    }
}

fn completed() -> Completion {
    Completion::Completed(report())
}

fn ada() -> WorkerName {
    WorkerName::new("ada")
}

struct Bench {
    dir: TempDir,
    store: Store,
}

impl Bench {
    async fn open() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let store = open(dir.path()).await;
        Self { dir, store }
    }

    /// With job 1 queued.
    async fn with_a_job() -> Self {
        let bench = Self::open().await;
        bench.submit(&job(1)).await;
        bench
    }

    /// With job 1 processing under attempt 1.
    async fn with_an_attempt() -> Self {
        let bench = Self::with_a_job().await;
        bench.begin(1).await;
        bench
    }

    /// As after the death of the process: nothing was closed.
    async fn reopen(self) -> Self {
        let Self { dir, store } = self;
        drop(store);
        let store = open(dir.path()).await;
        Self { dir, store }
    }

    async fn submit(&self, job: &Job) {
        assert_eq!(self.store.submit(job, "print").await.expect("submits"), Submitted::New);
    }

    async fn begin(&self, attempt: u32) -> Begun {
        self.store.begin_attempt(ID, attempt, &ada(), at(2_000)).await.expect("begins")
    }

    async fn complete(&self, attempt: u32) -> Completed {
        self.store.complete(ID, attempt, &completed(), at(3_000)).await.expect("completes")
    }

    async fn cancel(&self) -> Cancelled {
        self.store.cancel(ID, at(2_500)).await.expect("cancels")
    }

    async fn status(&self) -> JobStatus {
        self.record().await.status
    }

    async fn record(&self) -> model::JobRecord {
        self.store.record(ID).await.expect("reads").expect("is there")
    }

    async fn sqlite(&self) -> SqliteConnection {
        let file = self.dir.path().join("records.db");
        SqliteConnectOptions::new().filename(file).connect().await.expect("opens")
    }
}

async fn open(dir: &Path) -> Store {
    Store::open(dir).await.expect("opens")
}

// Submitting

#[tokio::test]
async fn a_submitted_job_reads_back_whole_and_queued() {
    let bench = Bench::with_a_job().await;
    let record = bench.record().await;
    assert_eq!(record.job, job(1));
    assert_eq!(record.status, JobStatus::Queued);
    assert_eq!((record.started_at, record.finished_at), (None, None));
    assert_eq!((record.worker, record.completion), (None, None));
}

#[tokio::test]
async fn a_live_session_is_remembered_as_one() {
    let bench = Bench::open().await;
    let terminal = Some(TerminalSize { cols: 80, rows: 24 });
    let session = Some(Session { terminal, idle: Duration::from_mins(2) });
    let held = Job { session, ..job(1) };
    assert_eq!(bench.store.submit(&held, "a").await.expect("submits"), Submitted::New);
    assert_eq!(bench.record().await.job, held);
}

#[tokio::test]
async fn an_unknown_job_has_no_record() {
    let bench = Bench::open().await;
    assert_eq!(bench.store.record(ID).await.expect("reads"), None);
}

#[tokio::test]
async fn sending_twice_with_a_key_gives_the_first_job() {
    let bench = Bench::open().await;
    let me = Principal::Account("me".into());
    let submit = async |job: Job, fingerprint| bench.store.submit(&job, fingerprint).await.expect("submits");
    assert_eq!(submit(keyed(1, &me, "k"), "a").await, Submitted::New);
    assert_eq!(submit(keyed(2, &me, "k"), "a").await, Submitted::Existing(ID));
    assert_eq!(submit(keyed(3, &me, "k"), "b").await, Submitted::KeyReused);
    assert_eq!(submit(keyed(4, &me, "other"), "b").await, Submitted::New);
    assert_eq!(submit(keyed(5, &Principal::Key("me".into()), "k"), "b").await, Submitted::New);
    assert_eq!(submit(job(6), "a").await, Submitted::New);
    assert_eq!(submit(job(7), "a").await, Submitted::New, "without a key nothing is ever the same");
    assert_eq!(bench.store.record(JobId::from_u128(2)).await.expect("reads"), None);
}

#[tokio::test]
async fn the_very_same_job_submitted_again_is_found() {
    let bench = Bench::with_a_job().await;
    let again = bench.store.submit(&job(1), "print").await.expect("submits");
    assert_eq!(again, Submitted::Existing(ID));
}

#[tokio::test]
async fn of_many_sent_at_once_with_one_key_one_is_new() {
    let bench = Bench::open().await;
    let me = Principal::Anonymous("192.0.2.1".into());
    let sent = (1..=100).map(|id| {
        let (store, job) = (bench.store.clone(), keyed(id, &me, "k"));
        async move { store.submit(&job, "same").await.expect("submits") }
    });
    let answers = join_all(sent).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Submitted::New).count(), 1);
    let existing: HashSet<_> = answers
        .iter()
        .filter_map(|answer| match answer {
            Submitted::Existing(id) => Some(*id),
            _ => None,
        })
        .collect();
    assert_eq!(existing.len(), 1, "all are told the same job");
}

#[tokio::test]
async fn a_key_lives_as_long_as_its_record() {
    let bench = Bench::open().await;
    let me = Principal::Account("me".into());
    bench.submit(&keyed(1, &me, "k")).await;
    bench.cancel().await;
    let again = bench.store.submit(&keyed(2, &me, "k"), "print").await.expect("submits");
    assert_eq!(again, Submitted::Existing(ID));
    assert_eq!(bench.store.forget_finished_before(at(9_000), 10).await.expect("forgets"), [ID]);
    let again = bench.store.submit(&keyed(2, &me, "k"), "print").await.expect("submits");
    assert_eq!(again, Submitted::New);
}

// Attempts

#[tokio::test]
async fn an_attempt_begins_with_the_job_and_marks_the_record() {
    let bench = Bench::with_a_job().await;
    let begun = bench.begin(1).await;
    assert_eq!(begun, Begun::Run(Box::new(Job { attempt: 1, ..job(1) })));
    let record = bench.record().await;
    assert_eq!((record.status, record.job.attempt), (JobStatus::Processing, 1));
    assert_eq!((record.started_at, record.worker), (Some(at(2_000)), Some(ada())));
}

#[tokio::test]
async fn an_attempt_begins_once_and_only_forward() {
    let bench = Bench::with_an_attempt().await;
    assert_eq!(bench.begin(1).await, Begun::Stale);
    assert!(matches!(bench.begin(3).await, Begun::Run(job) if job.attempt == 3));
    assert_eq!(bench.begin(2).await, Begun::Stale);
    assert_eq!(bench.record().await.job.attempt, 3);
}

#[tokio::test]
async fn of_many_that_begin_the_same_attempt_one_does() {
    let bench = Bench::with_a_job().await;
    let begun = join_all((0..50).map(|_| bench.begin(1))).await;
    assert_eq!(begun.iter().filter(|begun| matches!(begun, Begun::Run(_))).count(), 1);
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::Stale).count(), 49);
}

#[tokio::test]
async fn no_attempt_begins_at_what_has_ended_or_never_was() {
    let bench = Bench::open().await;
    assert_eq!(bench.begin(1).await, Begun::Missing);
    bench.submit(&job(1)).await;
    bench.cancel().await;
    assert_eq!(bench.begin(1).await, Begun::Ended);
}

#[tokio::test]
async fn an_attempt_given_back_leaves_the_job_queued() {
    let bench = Bench::with_an_attempt().await;
    let give_back = async |attempt| bench.store.give_back(ID, attempt).await.expect("gives back");
    assert_eq!(give_back(2).await, GivenBack::Stale);
    assert_eq!(give_back(1).await, GivenBack::Requeued);
    assert_eq!(give_back(1).await, GivenBack::Stale);
    let record = bench.record().await;
    assert_eq!((record.status, record.started_at), (JobStatus::Queued, None));
    assert_eq!(bench.complete(1).await, Completed::Stale, "an attempt given back cannot complete");
    assert_eq!(bench.begin(1).await, Begun::Stale, "nor begin again");
    assert!(matches!(bench.begin(2).await, Begun::Run(_)));
    assert_eq!(give_back(1).await, GivenBack::Stale, "nor take the next one back");
}

// Ends

#[tokio::test]
async fn a_completion_ends_the_record() {
    let bench = Bench::with_an_attempt().await;
    assert_eq!(bench.complete(1).await, Completed::Recorded);
    let record = bench.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Completed, Some(at(3_000))));
    assert_eq!(record.completion, Some(completed()));
}

#[tokio::test]
async fn each_kind_of_end_reads_back() {
    for completion in [
        completed(),
        Completion::Failed(Fault::new("the sandbox did not start")),
        Completion::Cancelled(None),
        Completion::Cancelled(Some(report())),
    ] {
        let bench = Bench::with_an_attempt().await;
        bench.store.complete(ID, 1, &completion, at(3_000)).await.expect("completes");
        let record = bench.record().await;
        assert_eq!(record.status, completion.status());
        assert_eq!(record.completion, Some(completion));
    }
}

#[tokio::test]
async fn only_the_running_attempt_can_complete() {
    let bench = Bench::with_a_job().await;
    assert_eq!(bench.complete(0).await, Completed::Stale, "none has begun");
    bench.begin(1).await;
    bench.begin(2).await;
    assert_eq!(bench.complete(1).await, Completed::Stale, "a zombie");
    assert_eq!(bench.complete(3).await, Completed::Stale, "one to come");
    assert_eq!(bench.complete(2).await, Completed::Recorded);
    assert_eq!(bench.complete(2).await, Completed::Stale, "twice");
}

#[tokio::test]
async fn of_many_completions_one_counts() {
    let bench = Bench::with_an_attempt().await;
    let done = join_all((0..50).map(|_| bench.complete(1))).await;
    assert_eq!(done.iter().filter(|done| **done == Completed::Recorded).count(), 1);
}

#[tokio::test]
async fn a_queued_job_is_cancelled_for_good() {
    let bench = Bench::with_a_job().await;
    assert_eq!(bench.cancel().await, Cancelled::WasQueued);
    let record = bench.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Cancelled, Some(at(2_500))));
    assert_eq!(record.completion, Some(Completion::Cancelled(None)));
    assert_eq!(bench.cancel().await, Cancelled::AlreadyFinal(JobStatus::Cancelled));
}

#[tokio::test]
async fn cancelling_a_running_job_leaves_the_end_to_its_attempt() {
    let bench = Bench::with_an_attempt().await;
    assert_eq!(bench.cancel().await, Cancelled::Requested);
    assert_eq!(bench.cancel().await, Cancelled::Requested);
    let record = bench.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Processing, None));
    assert_eq!(bench.complete(1).await, Completed::Recorded);
    assert_eq!(bench.cancel().await, Cancelled::AlreadyFinal(JobStatus::Completed));
}

#[tokio::test]
async fn the_wish_to_cancel_reaches_the_next_attempt() {
    let bench = Bench::with_an_attempt().await;
    bench.cancel().await;
    let begun = bench.begin(2).await;
    assert_eq!(begun, Begun::CancelRequested(Box::new(Job { attempt: 2, ..job(1) })));
    let cancelled = Completion::Cancelled(None);
    let done = bench.store.complete(ID, 2, &cancelled, at(3_000)).await.expect("completes");
    assert_eq!(done, Completed::Recorded);
}

#[tokio::test]
async fn a_cancellation_that_races_with_an_attempt_has_one_outcome() {
    for _ in 0..30 {
        let bench = Bench::with_a_job().await;
        let (cancelled, begun) = tokio::join!(bench.cancel(), bench.begin(1));
        match (cancelled, begun) {
            (Cancelled::WasQueued, Begun::Ended) | (Cancelled::Requested, Begun::Run(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn cancelling_what_never_was_says_so() {
    let bench = Bench::open().await;
    assert_eq!(bench.cancel().await, Cancelled::Missing);
}

#[tokio::test]
async fn a_dead_letter_fails_whatever_is_unfinished() {
    let fault = Fault::new("it was tried three times");
    for attempts in 0..=1 {
        let bench = Bench::with_a_job().await;
        for attempt in 1..=attempts {
            bench.begin(attempt).await;
        }
        assert!(bench.store.fail_unfinished(ID, &fault, at(4_000)).await.expect("fails"));
        assert!(!bench.store.fail_unfinished(ID, &fault, at(5_000)).await.expect("fails"));
        let record = bench.record().await;
        assert_eq!((record.status, record.finished_at), (JobStatus::Failed, Some(at(4_000))));
        assert_eq!(record.completion, Some(Completion::Failed(fault.clone())));
        assert_eq!(bench.complete(1).await, Completed::Stale);
    }
}

// Paging, retention

#[tokio::test]
async fn unfinished_jobs_are_paged_through_by_id() {
    let bench = Bench::open().await;
    for id in (1..=7).rev() {
        bench.submit(&job(id)).await;
    }
    bench.begin(4).await;
    bench.store.cancel(JobId::from_u128(3), at(1)).await.expect("cancels");

    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = bench.store.unfinished(after, 2).await.expect("reads");
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        pages.push(page);
    }
    let ids: Vec<_> = pages.iter().flatten().map(|job| job.id).collect();
    assert_eq!(ids, [1, 2, 4, 5, 6, 7].map(JobId::from_u128));
    assert_eq!(pages[0][0], Job { attempt: 4, ..job(1) }, "with the attempts begun so far");
}

#[tokio::test]
async fn retention_forgets_what_ended_before_the_cutoff_oldest_first() {
    let bench = Bench::open().await;
    for id in 1..=5 {
        bench.submit(&job(id)).await;
    }
    for (id, ms) in [(1, 300), (2, 100), (3, 200), (4, 400)] {
        bench.store.cancel(JobId::from_u128(id), at(ms)).await.expect("cancels");
    }
    let forget = async |most| {
        let mut gone = bench.store.forget_finished_before(at(400), most).await.expect("forgets");
        gone.sort_unstable();
        gone
    };
    let is_there = async |id| bench.store.record(JobId::from_u128(id)).await.expect("reads").is_some();
    assert_eq!(forget(2).await, [2, 3].map(JobId::from_u128));
    assert!(is_there(1).await && !is_there(2).await && !is_there(3).await);
    assert_eq!(forget(10).await, [JobId::from_u128(1)]);
    assert_eq!(forget(10).await, []);
    assert!(is_there(4).await, "ended at the cutoff");
    assert!(is_there(5).await, "not ended");
}

#[tokio::test]
async fn the_reconciler_reads_no_finished_records() {
    let bench = Bench::open().await;
    let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(
        "EXPLAIN QUERY PLAN SELECT id, attempt, job_schema, job FROM jobs
         WHERE finished_at IS NULL AND id > $1 ORDER BY id LIMIT $2",
    )
    .bind("")
    .bind(10)
    .fetch_all(&mut bench.sqlite().await)
    .await
    .expect("explains");
    let plan: Vec<_> = rows.iter().map(|row| row.3.as_str()).collect();
    assert!(plan.iter().all(|step| step.contains("jobs_unfinished")), "{plan:?}");
}

// Durability

#[tokio::test]
async fn what_was_answered_is_there_after_a_death() {
    let bench = Bench::open().await;
    let submitted = (1..=300).map(|id| {
        let (store, job) = (bench.store.clone(), job(id));
        async move { store.submit(&job, "print").await.expect("submits") }
    });
    join_all(submitted).await;
    bench.begin(1).await;
    bench.complete(1).await;
    let bench = bench.reopen().await;
    assert_eq!(bench.status().await, JobStatus::Completed);
    assert_eq!(bench.store.unfinished(None, 1_000).await.expect("reads").len(), 299);
}

#[tokio::test]
async fn a_failing_write_fails_alone() {
    let bench = Bench::open().await;
    // Stands for whatever may be wrong with one row: writing job 13 is an error.
    query(
        "CREATE TRIGGER unlucky BEFORE INSERT ON jobs WHEN NEW.id LIKE '%00000d'
         BEGIN SELECT RAISE(ROLLBACK, 'unlucky'); END",
    )
    .execute(&mut bench.sqlite().await)
    .await
    .expect("makes the trap");
    let submitted = (1..=60).map(|id| {
        let (store, job) = (bench.store.clone(), job(id));
        async move { store.submit(&job, "print").await }
    });
    let answers = join_all(submitted).await;
    for (id, answer) in (1..).zip(answers) {
        let there = bench.store.record(JobId::from_u128(id)).await.expect("reads").is_some();
        assert_eq!(there, id != 13, "job {id}");
        match answer {
            Ok(answer) => assert!(answer == Submitted::New && id != 13, "job {id}: {answer:?}"),
            Err(error) => assert!(matches!(error, StoreError::Write(_)) && id == 13, "job {id}: {error}"),
        }
    }
}

#[tokio::test]
async fn closing_writes_what_waits_and_ends_every_handle() {
    let bench = Bench::open().await;
    let waiting: Vec<_> = (1..=50)
        .map(|id| {
            let (store, job) = (bench.store.clone(), job(id));
            tokio::spawn(async move { store.submit(&job, "print").await })
        })
        .collect();
    tokio::task::yield_now().await;
    let other = bench.store.clone();
    bench.store.close().await;
    let mut written = 0;
    for answer in join_all(waiting).await {
        match answer.expect("runs") {
            Ok(_) => written += 1,
            Err(error) => assert!(matches!(error, StoreError::Closed), "{error}"),
        }
    }
    assert!(matches!(other.submit(&job(99), "print").await, Err(StoreError::Closed)));
    assert!(matches!(other.record(ID).await, Err(StoreError::Closed)));
    assert!(matches!(other.ping().await, Err(StoreError::Closed)));
    let store = open(bench.dir.path()).await;
    assert_eq!(store.unfinished(None, 100).await.expect("reads").len(), written);
}

#[tokio::test]
async fn an_open_store_answers_a_ping() {
    Bench::open().await.store.ping().await.expect("answers");
}

// What others wrote

#[tokio::test]
async fn a_record_of_a_newer_version_is_refused_by_name() {
    let bench = Bench::with_an_attempt().await;
    bench.complete(1).await;
    for column in ["job_schema", "completion_schema"] {
        let set = format!("UPDATE jobs SET {column} = 7");
        query(sqlx::AssertSqlSafe(set)).execute(&mut bench.sqlite().await).await.expect("sets");
        let error = bench.store.record(ID).await.expect_err("is newer");
        assert!(matches!(error, StoreError::Newer { found: 7, known: 1, .. }), "{error}");
        let unset = format!("UPDATE jobs SET {column} = 1");
        query(sqlx::AssertSqlSafe(unset)).execute(&mut bench.sqlite().await).await.expect("sets");
    }
}

#[tokio::test]
async fn a_damaged_record_is_an_error_that_names_the_part() {
    let bench = Bench::with_an_attempt().await;
    bench.complete(1).await;
    query("UPDATE jobs SET completion = '{}'").execute(&mut bench.sqlite().await).await.expect("sets");
    let error = bench.store.record(ID).await.expect_err("is damaged");
    assert!(matches!(error, StoreError::Decode { part: "completion", .. }), "{error}");
}

// The folder

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("writes");
    let Err(error) = Store::open(&file).await else { panic!("opened") };
    assert!(matches!(error, StoreError::Folder { .. }), "{error}");
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
}

#[test]
fn a_folder_belongs_to_one_process() {
    let dir = tempfile::tempdir().expect("a folder");
    let below = dir.path().join("made/on/the/way");
    let lock = DataLock::take(&below).expect("takes");
    let error = DataLock::take(&below).expect_err("is taken");
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("made/on/the/way"), "{error}");
    drop(lock);
    DataLock::take(&below).expect("is free again");
}

#[tokio::test]
async fn reading_goes_on_while_much_is_written() {
    let bench = Bench::with_a_job().await;
    let store = Arc::new(bench.store.clone());
    let writers = (2..=400).map(|id| {
        let store = Arc::clone(&store);
        async move { store.submit(&job(id), "print").await.map(drop) }
    });
    let readers = (0..400).map(|_| {
        let store = Arc::clone(&store);
        async move { store.record(ID).await.map(drop) }
    });
    let (written, read) = tokio::join!(join_all(writers), join_all(readers));
    for answer in written.into_iter().chain(read) {
        answer.expect("neither waits for the other");
    }
}
