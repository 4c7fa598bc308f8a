//! Job pipeline without sandbox: jobs pass through the real store and queue.
//!
//! The steps of a service and a worker are done here in the same order: record, ticket, claim, begin, events,
//! completion, settlement. Only the sandbox and HTTP are left out.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use broker::{Broker, Claim, Claimant, Ticket};
use model::{
    Artifacts, Bytes, Completion, Ending, Event, Job, JobEvent, JobId, JobKind, LanguageId, Limits, Outcome,
    PlanName, PoolKind, Principal, Priority, Report, Seq, SourceFile, Stream, Submission, Tenant, Timestamp,
    ToolchainInfo, Transcript, Usage, WorkerName,
};
use store::{BeginOutcome, CompleteOutcome, Store, SubmitOutcome};
use tokio::sync::mpsc;

/// Maximum number of claims per request.
const BATCH: usize = 64;

const TOOLCHAIN: &str = "CPython 3.11.2";

/// Store and broker of the pipeline.
#[derive(Clone)]
pub(super) struct Engine {
    pub(super) store: Store,
    pub(super) broker: Arc<dyn Broker>,
}

/// A completed job.
pub(super) struct CompletedJob {
    pub(super) job: JobId,
    /// Time of its claim.
    pub(super) claimed: Instant,
    /// The error, if it failed.
    pub(super) end: Result<(), String>,
}

impl Engine {
    /// Records a job, as a service does before it responds.
    pub(super) async fn record(&self, job: &Job) -> Result<(), String> {
        match self.store.submit(job, "").await {
            Ok(SubmitOutcome::New) => Ok(()),
            Ok(other) => Err(format!("a submission was {other:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Records a job and puts it into the queue.
    pub(super) async fn submit(&self, job: &Job) -> Result<(), String> {
        self.record(job).await?;
        self.broker
            .enqueue(Ticket::for_job(job, job.submitted_at))
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    /// Claims jobs and does all steps around a run, until dropped. Reports each settled job.
    pub(super) async fn work(&self, gone: mpsc::UnboundedSender<CompletedJob>) -> Result<(), String> {
        let claimant = Claimant {
            worker: WorkerName::new("bench"),
            pools: vec![(PoolKind::Container, 1)],
            offers: vec![offer()],
            preparing: Vec::new(),
        };
        loop {
            let claims = self.broker.claim(&claimant, BATCH).await.map_err(|error| error.to_string())?;
            let claimed = Instant::now();
            for claim in claims {
                let (engine, gone) = (self.clone(), gone.clone());
                tokio::spawn(async move {
                    let job = claim.attempt.job;
                    let end = engine.attempt(claim).await;
                    // The receiver is gone when the time is up.
                    let _late = gone.send(CompletedJob { job, claimed, end });
                });
            }
        }
    }

    async fn attempt(&self, claim: Claim) -> Result<(), String> {
        let Claim { attempt, .. } = claim;
        let (id, number) = (attempt.job, attempt.number);
        let begun = self.store.begin_attempt(id, number, &attempt.worker, Timestamp::now()).await;
        let BeginOutcome::Run(_job) = begun.map_err(|error| error.to_string())? else {
            return Err("an attempt was not to run".to_owned());
        };
        let tell = |place, event| self.broker.publish(id, Event { seq: Seq::of(number, place), event });
        tell(0, JobEvent::Started { attempt: number }).await;
        let completed = self.store.complete(id, number, &completion(), Timestamp::now()).await;
        if completed.map_err(|error| error.to_string())? != CompleteOutcome::Recorded {
            return Err("an end was not recorded".to_owned());
        }
        tell(1, JobEvent::Finished).await;
        self.broker.settle(&attempt).await.map(drop).map_err(|error| error.to_string())
    }
}

fn offer() -> ToolchainInfo {
    ToolchainInfo {
        language: language(),
        version: "3.11.2".to_owned(),
        description: TOOLCHAIN.to_owned(),
        libraries: Vec::new(),
    }
}

fn language() -> LanguageId {
    LanguageId::new("python")
}

/// A typical submission of a few lines.
pub(super) fn job() -> Job {
    let principal = Principal::Anonymous("127.0.0.1".to_owned());
    let code = "print('Hello,', input())\n";
    let files = vec![SourceFile { name: "main.py".to_owned(), content: code.into() }];
    Job {
        schema: Job::SCHEMA,
        id: JobId::generate(),
        kind: JobKind::Run,
        tenant: Tenant::new(principal.key()),
        principal,
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
            stdin: "world
"
            .into(),
            ..Submission::new(language(), files, Limits::STUDENT)
        },
        session: None,
        suite_ref: None,
    }
}

/// Completion of a hello world.
fn completion() -> Completion {
    let mut transcript = Transcript::default();
    transcript.push(Stream::Stdout, b"Hello, world\n");
    let millis = Duration::from_millis;
    let run = Outcome {
        ending: Ending::Exited(0),
        forbidden_call: None,
        usage: Usage { cpu: millis(4), wall: millis(5), memory: Bytes::mib(8), ..Usage::default() },
        transcript,
        stdout_truncated: false,
        stderr_truncated: false,
    };
    Completion::Completed(Report {
        toolchain: TOOLCHAIN.to_owned(),
        compile: None,
        run: Some(run),
        artifacts: Artifacts::default(),
        grading: None,
    })
}
