//! Webhooks: pending notifications of ended jobs, stored beside the records, with leases.
//!
//! A webhook is stored before its job is recorded, so that no recorded job lacks its webhook even after a
//! crash. A webhook whose job was never recorded is deleted after a while. Sending requires a lease: one of
//! many processes sends a webhook, and another one does if that process dies.

use std::time::Duration;

use model::{JobId, Timestamp};

use crate::{
    codec::decode_error,
    engine::{BindResult, Parameters, Row, StatementResult, from_row},
    error::StoreError,
    store::Store,
    writer::Write,
};

/// A webhook whose job has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWebhook {
    /// The job.
    pub job: JobId,
    /// The address to notify.
    pub url: String,
    /// Number of leases, including this one.
    pub tries: u32,
}

impl Store {
    /// Stores a webhook for a job that is about to be recorded.
    pub async fn add_webhook(&self, job: JobId, url: &str, now: Timestamp) -> Result<(), StoreError> {
        self.writer.write(AddWebhook { job, url: url.to_owned(), now }).await
    }

    /// Leases up to `max` due webhooks of ended jobs: the submitters in turn, and for each the longest due
    /// first, so that a submitter with thousands of webhooks does not delay the others. They are due again after
    /// `term`, unless they are deleted or rescheduled.
    pub async fn lease_webhooks(
        &self,
        now: Timestamp,
        term: Duration,
        max: usize,
    ) -> Result<Vec<DueWebhook>, StoreError> {
        // Usually there is none, and a read costs less than a write.
        let statement = "SELECT w.job FROM webhooks w JOIN jobs j ON j.id = w.job
             WHERE w.due_at <= $1 AND j.finished_at IS NOT NULL LIMIT 1";
        if self.readers.row(statement, |to| to.number(now.as_millis())).await?.is_none() {
            return Ok(Vec::new());
        }
        let rows = self.writer.write(LeaseWebhooks { now, until: now.plus(term), max }).await?;
        rows.into_iter().map(DueWebhookRow::decode).collect()
    }

    /// Makes a webhook due at this time.
    pub async fn reschedule_webhook(&self, job: JobId, due: Timestamp) -> Result<(), StoreError> {
        self.writer.write(RescheduleWebhook { job, due }).await
    }

    /// Deletes a webhook that was sent or never will be.
    pub async fn delete_webhook(&self, job: JobId) -> Result<(), StoreError> {
        self.writer.write(DeleteWebhook { job }).await
    }

    /// Deletes webhooks from before `cutoff` whose job was never recorded or has been deleted.
    pub async fn delete_orphaned_webhooks(&self, cutoff: Timestamp) -> Result<(), StoreError> {
        self.writer.write(DeleteOrphanedWebhooks { cutoff }).await
    }
}

struct DueWebhookRow {
    job: String,
    url: String,
    tries: i64,
}

from_row!(DueWebhookRow { job, url, tries });

impl DueWebhookRow {
    fn decode(self) -> Result<DueWebhook, StoreError> {
        // An id that cannot be parsed cannot be reported.
        let job = self.job.parse().map_err(|error| decode_error(JobId::from_u128(0), "id")(error))?;
        let tries = u32::try_from(self.tries).map_err(decode_error(job, "webhook"))?;
        Ok(DueWebhook { job, url: self.url, tries })
    }
}

struct AddWebhook {
    job: JobId,
    url: String,
    now: Timestamp,
}

impl Write for AddWebhook {
    type Output = ();

    const STATEMENT: &'static str = "INSERT INTO webhooks (job, url, noted_at, due_at, tries)
         VALUES ($1, $2, $3, $3, 0) ON CONFLICT DO NOTHING";

    fn conflict_key(&self) -> u128 {
        self.job.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.job.to_string())?;
        to.text(&self.url)?;
        to.number(self.now.as_millis())
    }

    fn on_changed(&self, _: &StatementResult) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct LeaseWebhooks {
    now: Timestamp,
    until: Timestamp,
    max: usize,
}

impl Write for LeaseWebhooks {
    type Output = Vec<DueWebhookRow>;

    /// The outer condition repeats the due time: of two concurrent leases, the later finds that the row is not
    /// due any more.
    const STATEMENT: &'static str =
        "UPDATE webhooks SET due_at = $2, tries = tries + 1 WHERE due_at <= $1 AND job IN (
             SELECT job FROM (
                 SELECT w.job AS job, w.due_at AS due_at,
                     ROW_NUMBER() OVER (PARTITION BY j.principal ORDER BY w.due_at) AS turn
                 FROM webhooks w JOIN jobs j ON j.id = w.job
                 WHERE w.due_at <= $1 AND j.finished_at IS NOT NULL) AS due
             ORDER BY turn, due_at LIMIT $3)
         RETURNING job, url, tries";

    /// All conflict with each other.
    fn conflict_key(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.number(self.now.as_millis())?;
        to.number(self.until.as_millis())?;
        to.number(i64::try_from(self.max).unwrap_or(i64::MAX))
    }

    fn on_changed(&self, result: &StatementResult) -> Result<Vec<DueWebhookRow>, sqlx::Error> {
        result.rows.iter().map(Row::read).collect()
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<Vec<DueWebhookRow>, sqlx::Error> {
        Ok(Vec::new())
    }
}

struct RescheduleWebhook {
    job: JobId,
    due: Timestamp,
}

impl Write for RescheduleWebhook {
    type Output = ();

    const STATEMENT: &'static str = "UPDATE webhooks SET due_at = $2 WHERE job = $1";

    fn conflict_key(&self) -> u128 {
        self.job.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.job.to_string())?;
        to.number(self.due.as_millis())
    }

    fn on_changed(&self, _: &StatementResult) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct DeleteWebhook {
    job: JobId,
}

impl Write for DeleteWebhook {
    type Output = ();

    const STATEMENT: &'static str = "DELETE FROM webhooks WHERE job = $1";

    fn conflict_key(&self) -> u128 {
        self.job.as_u128()
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.job.to_string())
    }

    fn on_changed(&self, _: &StatementResult) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}

struct DeleteOrphanedWebhooks {
    cutoff: Timestamp,
}

impl Write for DeleteOrphanedWebhooks {
    type Output = ();

    const STATEMENT: &'static str = "DELETE FROM webhooks WHERE noted_at < $1
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = webhooks.job)";

    /// All conflict with each other.
    fn conflict_key(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.number(self.cutoff.as_millis())
    }

    fn on_changed(&self, _: &StatementResult) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn on_unchanged(&self, _: Option<&Row>) -> Result<(), sqlx::Error> {
        Ok(())
    }
}
