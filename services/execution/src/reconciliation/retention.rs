//! Retention: deletes results, shared programs and attempt logs that are older than the settings keep them, a page at a time.

use model::Timestamp;

use crate::{Execution, reconciliation::error::ReconcileError};

/// Number of records that one statement deletes.
const PAGE_SIZE: usize = 500;

/// Deletes jobs that ended before the retention time, with their files.
pub(super) async fn delete_expired_results(execution: &Execution) -> Result<(), ReconcileError> {
    let cutoff = Timestamp::now().minus(execution.settings().retention);
    loop {
        let deleted = execution.store().delete_finished_before(cutoff, PAGE_SIZE).await?;
        metrics::counter!("coderunner_forgotten_records_total").increment(deleted.len() as u64);
        // Objects that cannot be deleted now are left to the sweep.
        execution.objects().delete_jobs(&deleted).await?;
        if deleted.len() < PAGE_SIZE {
            return Ok(());
        }
    }
}

/// Deletes shared programs whose time is over.
pub(super) async fn delete_expired_shares(execution: &Execution) -> Result<(), ReconcileError> {
    loop {
        let deleted = execution.store().delete_expired_shares(Timestamp::now(), PAGE_SIZE).await?;
        metrics::counter!("coderunner_shares_total", "action" => "expired").increment(deleted as u64);
        if deleted < PAGE_SIZE {
            return Ok(());
        }
    }
}

/// Deletes logs of attempts that are older than the settings keep them.
pub(super) async fn delete_expired_attempt_logs(execution: &Execution) -> Result<(), ReconcileError> {
    let cutoff = Timestamp::now().minus(execution.settings().attempt_log);
    while execution.store().delete_attempt_logs_before(cutoff, PAGE_SIZE).await? == PAGE_SIZE {}
    Ok(())
}
