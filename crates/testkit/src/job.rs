//! Job fixture for tests that store, send or run a job.

use std::time::Duration;

use model::{
    Job, JobId, JobKind, LanguageId, Limits, PlanName, PoolKind, Principal, Priority, Submission, Tenant,
    Timestamp,
};

/// An anonymous job in this language that has not been attempted. Its submission has no files and no input.
///
/// A test changes what matters to it: `Job { attempt: 1, ..testkit::job(id, "python") }`.
pub fn job(id: JobId, language: &str) -> Job {
    Job {
        schema: Job::SCHEMA,
        id,
        kind: JobKind::Run,
        principal: Principal::Anonymous("192.0.2.1".into()),
        tenant: Tenant::new("address:192.0.2.1"),
        plan: PlanName::new("anonymous"),
        pool: PoolKind::Container,
        priority: Priority::Normal,
        idempotency_key: None,
        submitted_at: Timestamp::now(),
        deadline: Duration::from_mins(1),
        attempt: 0,
        trace: None,
        request_id: None,
        submission: Submission::new(LanguageId::new(language), Vec::new(), Limits::STUDENT),
        session: None,
        suite_ref: None,
    }
}
