//! Who is to be told that a job has ended, kept beside the records so that a restart loses nobody.
//!
//! A webhook is noted before its job is recorded: whatever is killed in between, no recorded job lacks its webhook. One whose job was
//! never recorded is forgotten after a while. Taking one leases it, so that of many processes one sends it, and another does if
//! that one dies.

use std::time::Duration;

use model::{JobId, Timestamp};

use crate::{
    Store, StoreError,
    engine::{Bound, Made, Parameters, Row, from_row},
    stored::damaged,
    writer::Write,
};

/// A webhook whose job has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWebhook {
    /// The job.
    pub job: JobId,
    /// Whom to tell.
    pub url: String,
    /// How often it was taken, this time included.
    pub tries: u32,
}

impl Store {
    /// Notes that this address is to be told of the end of a job that will be recorded now.
    pub async fn note_webhook(&self, job: JobId, url: &str, now: Timestamp) -> Result<(), StoreError> {
        self.writer.make(Note { job, url: url.to_owned(), now }).await
    }

    /// Takes up to `most` webhooks of jobs that have ended and that are due: of each submitter in turn the one that has been due
    /// longest, so that nobody's thousand keeps the others waiting. They are due again after `term`, unless they are dropped or
    /// put off.
    pub async fn take_webhooks(
        &self,
        now: Timestamp,
        term: Duration,
        most: usize,
    ) -> Result<Vec<DueWebhook>, StoreError> {
        // Usually there is none, and a look costs less than a write.
        let question = "SELECT w.job FROM webhooks w JOIN jobs j ON j.id = w.job
             WHERE w.due_at <= $1 AND j.finished_at IS NOT NULL LIMIT 1";
        if self.readers.row(question, |to| to.number(now.as_millis())).await?.is_none() {
            return Ok(Vec::new());
        }
        let rows = self.writer.make(Take { now, until: now.plus(term), most }).await?;
        rows.into_iter().map(DueRow::read).collect()
    }

    /// Has a webhook be due at this moment.
    pub async fn put_off_webhook(&self, job: JobId, due: Timestamp) -> Result<(), StoreError> {
        self.writer.make(PutOff { job, due }).await
    }

    /// Forgets a webhook: it was sent, or never will be.
    pub async fn drop_webhook(&self, job: JobId) -> Result<(), StoreError> {
        self.writer.make(Drop { job }).await
    }

    /// Forgets webhooks noted before `cutoff` whose job was never recorded, or is forgotten.
    pub async fn forget_webhooks_without_a_job(&self, cutoff: Timestamp) -> Result<(), StoreError> {
        self.writer.make(ForgetStray { cutoff }).await
    }
}

struct DueRow {
    job: String,
    url: String,
    tries: i64,
}

from_row!(DueRow { job, url, tries });

impl DueRow {
    fn read(self) -> Result<DueWebhook, StoreError> {
        // An id that does not parse has no id to report it by.
        let job = self.job.parse().map_err(|error| damaged(JobId::from_u128(0), "id")(error))?;
        let tries = u32::try_from(self.tries).map_err(damaged(job, "webhook"))?;
        Ok(DueWebhook { job, url: self.url, tries })
    }
}

struct Note {
    job: JobId,
    url: String,
    now: Timestamp,
}

impl Write for Note {
    type Answer = ();

    const STATEMENT: &'static str = "INSERT INTO webhooks (job, url, noted_at, due_at, tries)
         VALUES ($1, $2, $3, $3, 0) ON CONFLICT DO NOTHING";

    fn about(&self) -> u128 {
        self.job.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.job.to_string())?;
        to.text(&self.url)?;
        to.number(self.now.as_millis())
    }

    fn changed(&self, _: &Made) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct Take {
    now: Timestamp,
    until: Timestamp,
    most: usize,
}

impl Write for Take {
    type Answer = Vec<DueRow>;

    /// Due in the outer condition, too: of two that take at once, the later finds that a row is not due any more.
    const STATEMENT: &'static str =
        "UPDATE webhooks SET due_at = $2, tries = tries + 1 WHERE due_at <= $1 AND job IN (
             SELECT job FROM (
                 SELECT w.job AS job, w.due_at AS due_at,
                     ROW_NUMBER() OVER (PARTITION BY j.principal ORDER BY w.due_at) AS turn
                 FROM webhooks w JOIN jobs j ON j.id = w.job
                 WHERE w.due_at <= $1 AND j.finished_at IS NOT NULL) AS due
             ORDER BY turn, due_at LIMIT $3)
         RETURNING job, url, tries";

    /// One at a time.
    fn about(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.number(self.now.as_millis())?;
        to.number(self.until.as_millis())?;
        to.number(i64::try_from(self.most).unwrap_or(i64::MAX))
    }

    fn changed(&self, made: &Made) -> Result<Vec<DueRow>, sqlx::Error> {
        made.rows.iter().map(Row::read).collect()
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<Vec<DueRow>, sqlx::Error> {
        Ok(Vec::new())
    }
}

struct PutOff {
    job: JobId,
    due: Timestamp,
}

impl Write for PutOff {
    type Answer = ();

    const STATEMENT: &'static str = "UPDATE webhooks SET due_at = $2 WHERE job = $1";

    fn about(&self) -> u128 {
        self.job.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.job.to_string())?;
        to.number(self.due.as_millis())
    }

    fn changed(&self, _: &Made) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct Drop {
    job: JobId,
}

impl Write for Drop {
    type Answer = ();

    const STATEMENT: &'static str = "DELETE FROM webhooks WHERE job = $1";

    fn about(&self) -> u128 {
        self.job.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.job.to_string())
    }

    fn changed(&self, _: &Made) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct ForgetStray {
    cutoff: Timestamp,
}

impl Write for ForgetStray {
    type Answer = ();

    const STATEMENT: &'static str = "DELETE FROM webhooks WHERE noted_at < $1
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = webhooks.job)";

    /// One at a time.
    fn about(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.number(self.cutoff.as_millis())
    }

    fn changed(&self, _: &Made) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}
