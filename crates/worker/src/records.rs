//! Retrying store: writes of an attempt, repeated while the database is away.
//!
//! While the database is away, an attempt waits for it for as long as it holds its lease, because it has the only copy of the
//! result. If the response to a write was lost, the write may have succeeded. The repeated write is then stale, and the record
//! shows whether this attempt wrote it.

use std::time::Duration;

use broker::Attempt;
use model::{AttemptLog, Completion, Timestamp};
use store::{BeginOutcome, CompleteOutcome, Store, StoreError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::counts;

/// Delay before the second try; doubled each time.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// And at most.
const MAX_DELAY: Duration = Duration::from_secs(2);

/// The records, and the token that is cancelled when the lease is lost.
#[derive(Clone, Copy)]
pub(crate) struct RetryingStore<'a> {
    pub(crate) store: &'a Store,
    pub(crate) lost: &'a CancellationToken,
}

impl RetryingStore<'_> {
    /// Begins the attempt. An earlier one that was never heard of again is logged as lost.
    pub(crate) async fn begin(self, attempt: &Attempt, now: Timestamp) -> Result<BeginOutcome, StoreError> {
        let Attempt { job, number, worker } = attempt;
        let before = match number {
            1 => None,
            _ => self.with_retries(|| self.store.record(*job)).await?.0,
        };
        let begin = || self.store.begin_attempt(*job, *number, worker, now);
        let begun = match self.with_retries(begin).await? {
            (BeginOutcome::Stale, Responses::OneLost) => {
                let ask = || self.store.confirm_attempt(*job, *number, worker, now);
                self.with_retries(ask).await?.0
            }
            (begun, _) => begun,
        };
        if let (Some(before), BeginOutcome::Run(_) | BeginOutcome::CancelRequested(_)) = (before, &begun)
            && let Err(error) = self.store.log_lost_attempt(&before, now).await
        {
            tracing::warn!(%job, %error, "an attempt that was lost could not be logged");
        }
        Ok(begun)
    }

    /// Ends the job, and logs the attempt beside it.
    pub(crate) async fn complete(
        self,
        log: &AttemptLog,
        completion: &Completion,
        now: Timestamp,
    ) -> Result<CompleteOutcome, StoreError> {
        let complete = || async {
            // Together, so that one flush of the disk does for both.
            let complete = self.store.complete(log.job, log.attempt, completion, now);
            let (completed, ()) = tokio::join!(complete, self.log(log));
            completed
        };
        match self.with_retries(complete).await? {
            (CompleteOutcome::Stale, Responses::OneLost) => {
                let ask = || self.store.is_completed(log.job, log.attempt, now);
                let is_ours = self.with_retries(ask).await?.0;
                Ok(if is_ours { CompleteOutcome::Recorded } else { CompleteOutcome::Stale })
            }
            (completed, _) => Ok(completed),
        }
    }

    /// Logs the attempt. That may fail: nothing depends on it.
    pub(crate) async fn log(self, log: &AttemptLog) {
        if let Err(error) = self.store.log_attempt(log).await {
            counts::engine_failed("records");
            tracing::warn!(job = %log.job, attempt = log.attempt, %error, "an attempt could not be logged");
        }
    }

    async fn with_retries<T, Once>(self, mut once: impl FnMut() -> Once) -> Result<(T, Responses), StoreError>
    where
        Once: Future<Output = Result<T, StoreError>>,
    {
        let (mut delay, mut responses) = (FIRST_DELAY, Responses::All);
        loop {
            match once().await {
                Err(error) if error.is_transient() => {
                    counts::engine_failed("records");
                    if responses == Responses::All {
                        tracing::warn!(%error, "the records are away; an attempt waits for them");
                    }
                    if self.lost.run_until_cancelled(sleep(delay)).await.is_none() {
                        return Err(error);
                    }
                    (delay, responses) = ((delay * 2).min(MAX_DELAY), Responses::OneLost);
                }
                done => return done.map(|answer| (answer, responses)),
            }
        }
    }
}

/// Whether every try was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Responses {
    All,
    OneLost,
}

#[cfg(test)]
mod tests {
    use model::{
        AttemptEnd, AttemptTimestamps, Fault, Job, JobId, JobStatus, LanguageId, PoolKind, WorkerName,
    };
    use store::PostgresSettings;
    use testkit::Postgres;

    use super::*;

    const ID: JobId = JobId::from_u128(1);

    fn job() -> Job {
        testkit::job(ID, "bash")
    }

    fn attempt(number: u32) -> Attempt {
        Attempt { job: ID, number, worker: WorkerName::new("ada") }
    }

    fn log(number: u32) -> AttemptLog {
        AttemptLog {
            job: ID,
            attempt: number,
            worker: WorkerName::new("ada"),
            pool: PoolKind::Container,
            language: LanguageId::new("bash"),
            toolchain: None,
            end: AttemptEnd::Failed,
            error: None,
            timestamps: AttemptTimestamps::default(),
        }
    }

    /// With one job queued, and little patience for a server that does not answer.
    async fn records(server: &Postgres) -> Store {
        let soon = Duration::from_millis(500);
        let settings = PostgresSettings {
            acquire_timeout: soon,
            statement_timeout: soon,
            ..PostgresSettings::default()
        };
        let store = Store::connect(&server.url(), settings).await.expect("connects");
        store.submit(&job(), "").await.expect("submits");
        store
    }

    #[tokio::test]
    async fn an_attempt_begins_and_ends_though_the_records_were_away() {
        let mut server = Postgres::start().await;
        let (store, lost) = (records(&server).await, CancellationToken::new());
        let patient = RetryingStore { store: &store, lost: &lost };
        let back_after_a_while = async |server: &mut Postgres| {
            sleep(Duration::from_secs(1)).await;
            server.restart().await;
        };
        server.kill();
        let (first, now) = (attempt(1), Timestamp::now());
        let (begun, ()) = tokio::join!(patient.begin(&first, now), back_after_a_while(&mut server));
        assert!(matches!(begun.expect("begins"), BeginOutcome::Run(job) if job.attempt == 1));
        server.kill();
        let (log, completion) = (log(1), Completion::Failed(Fault::new("it was a test")));
        let complete = patient.complete(&log, &completion, Timestamp::now());
        let (completed, ()) = tokio::join!(complete, back_after_a_while(&mut server));
        assert_eq!(completed.expect("completes"), CompleteOutcome::Recorded);
        let record = store.record(ID).await.expect("reads").expect("is there");
        assert_eq!((record.status, record.completion), (JobStatus::Failed, Some(completion)));
        assert_eq!(store.attempt_logs(ID).await.expect("reads"), [log], "the log was kept with it");
    }

    #[tokio::test]
    async fn an_attempt_whose_lease_is_lost_waits_no_longer() {
        let mut server = Postgres::start().await;
        let (store, lost) = (records(&server).await, CancellationToken::new());
        let patient = RetryingStore { store: &store, lost: &lost };
        server.kill();
        let first = attempt(1);
        let lose = async {
            sleep(Duration::from_millis(300)).await;
            lost.cancel();
        };
        let (begun, ()) = tokio::join!(patient.begin(&first, Timestamp::now()), lose);
        assert!(begun.expect_err("is away").is_transient());
        server.restart().await;
    }

    #[tokio::test]
    async fn an_attempt_that_follows_one_that_was_lost_logs_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).await.expect("opens");
        store.submit(&job(), "").await.expect("submits");
        let lost = CancellationToken::new();
        let patient = RetryingStore { store: &store, lost: &lost };
        for number in [1, 2] {
            patient.begin(&attempt(number), Timestamp::now()).await.expect("begins");
        }
        let logged = store.attempt_logs(ID).await.expect("reads");
        let ends: Vec<_> = logged.iter().map(|log| (log.attempt, log.end)).collect();
        assert_eq!(ends, [(1, AttemptEnd::Lost)]);
    }
}
