//! Test harness of the suite: an open store, a job, and helpers.

use std::time::Duration;

use model::{
    Artifacts, Completion, Content, Ending, IdempotencyKey, Job, JobId, JobKind, JobRecord, JobStatus,
    LanguageId, Limits, Outcome, PlanName, PoolKind, Principal, Priority, Report, RequestId, SourceFile,
    Stream, Submission, Tenant, Timestamp, Transcript, Usage, WorkerName,
};
use store::{BeginOutcome, CompleteOutcome, RecordCancelOutcome, Store, SubmitOutcome};

use super::Engine;

/// The job of most tests.
pub(crate) const ID: JobId = JobId::from_u128(1);

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

pub(crate) fn job(id: u128) -> Job {
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
            version: None,
            options: model::LanguageOptions::default(),
            language: LanguageId::new("python"),
            files: vec![SourceFile { name: "main.py".into(), content: "print('hé')".into() }],
            stdin: Content::from(vec![0xff, 0x00]),
            args: vec!["--verbose".into()],
            limits: Limits::STUDENT,
            network: None,
            artifacts: false,
            large: Vec::new(),
        },
        session: None,
        suite_ref: None,
    }
}

pub(crate) fn keyed(id: u128, principal: &Principal, key: &str) -> Job {
    Job { principal: principal.clone(), idempotency_key: Some(IdempotencyKey::new(key)), ..job(id) }
}

pub(crate) fn report() -> Report {
    let mut transcript = Transcript::default();
    transcript.push(Stream::Stdout, b"h\xc3\xa9\n");
    let run = Outcome {
        ending: Ending::Exited(0),
        forbidden_call: None,
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

pub(crate) fn completion() -> Completion {
    Completion::Completed(report())
}

pub(crate) fn worker_name() -> WorkerName {
    WorkerName::new("ada")
}

/// A store and a job.
pub(crate) struct Harness {
    pub(crate) store: Store,
    pub(crate) id: JobId,
}

impl Harness {
    pub(crate) async fn open(engine: &dyn Engine) -> Self {
        Self { store: engine.open().await, id: ID }
    }

    /// With job 1 queued.
    pub(crate) async fn with_a_job(engine: &dyn Engine) -> Self {
        let harness = Self::open(engine).await;
        harness.submit(&job(1)).await;
        harness
    }

    /// With job 1 processing under attempt 1.
    pub(crate) async fn with_an_attempt(engine: &dyn Engine) -> Self {
        let harness = Self::with_a_job(engine).await;
        harness.begin(1).await;
        harness
    }

    /// The same store with another job, which is queued.
    pub(crate) async fn with_another_job(&self, id: u128) -> Self {
        self.submit(&job(id)).await;
        Self { store: self.store.clone(), id: JobId::from_u128(id) }
    }

    /// Reopens the store as after the death of the process, without closing it.
    pub(crate) async fn reopen(self, engine: &dyn Engine) -> Self {
        let Self { store, id } = self;
        drop(store);
        Self { store: engine.open().await, id }
    }

    pub(crate) async fn submit(&self, job: &Job) {
        assert_eq!(self.store.submit(job, "print").await.expect("submits"), SubmitOutcome::New);
    }

    pub(crate) async fn begin(&self, attempt: u32) -> BeginOutcome {
        self.store.begin_attempt(self.id, attempt, &worker_name(), at(2_000)).await.expect("begins")
    }

    pub(crate) async fn complete(&self, attempt: u32) -> CompleteOutcome {
        self.store.complete(self.id, attempt, &completion(), at(3_000)).await.expect("completes")
    }

    pub(crate) async fn cancel(&self) -> RecordCancelOutcome {
        self.store.cancel(self.id, at(2_500)).await.expect("cancels")
    }

    pub(crate) async fn status(&self) -> JobStatus {
        self.record().await.status
    }

    pub(crate) async fn record(&self) -> JobRecord {
        self.store.record(self.id).await.expect("reads").expect("is there")
    }
}
