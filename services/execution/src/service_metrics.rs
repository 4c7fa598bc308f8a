//! Metrics of the service, with their descriptions and initial values.

use metrics::{counter, describe_counter, describe_gauge, gauge};

/// Counts a failure of a backend: `records`, `queue` or `objects`.
pub(crate) fn engine_failed(engine: &'static str) {
    counter!("coderunner_engine_errors_total", "engine" => engine).increment(1);
}

/// Counts a shared program that was `created` or `read`.
pub(crate) fn count_share(action: &'static str) {
    counter!("coderunner_shares_total", "action" => action).increment(1);
}

/// Registers descriptions and initial values. Idempotent.
pub(crate) fn describe() {
    describe_counter!("coderunner_submissions_total", "Submissions, by language and by what became of them.");
    describe_counter!(
        "coderunner_reconciled_jobs_total",
        "Jobs that the queue had lost or given up on, by what was done."
    );
    describe_counter!("coderunner_forgotten_records_total", "Records of jobs removed because of their age.");
    describe_counter!("coderunner_deleted_records_total", "Records of jobs deleted on request.");
    describe_counter!("coderunner_shares_total", "Shared programs, by action: created, read or expired.");
    describe_gauge!(
        "coderunner_shedding_level",
        "Which priorities are refused for lack of room: 0 none, 1 low, 2 normal too."
    );
    describe_gauge!("coderunner_queue_waiting_jobs", "Jobs that wait, by pool and priority.");
    describe_gauge!("coderunner_queue_running_jobs", "Jobs that a worker holds, by pool.");
    describe_gauge!(
        "coderunner_queue_oldest_wait_seconds",
        "How long the oldest waiting job has waited, by pool."
    );
    describe_gauge!("coderunner_queue_workers", "Workers that are about, by pool.");
    describe_gauge!("coderunner_queue_slots", "Jobs that these can run at once, by pool.");
    describe_counter!(
        "coderunner_engine_errors_total",
        "Failures of what the program stands on, by which: records, queue or objects."
    );
    describe_gauge!(
        "coderunner_reconciling",
        "Whether this process is the one that looks after leases, lost jobs and old records: 1 for one of all."
    );
    describe_gauge!(
        "coderunner_queue_dead_letters",
        "Jobs given up on after their worker was lost too often."
    );
    describe_gauge!(
        "coderunner_waiting_clients",
        "Clients that wait for a result, follow a job or hold a session."
    );
    // Counters start at 0, so that the first event is visible as an increase.
    for engine in ["records", "queue", "objects"] {
        counter!("coderunner_engine_errors_total", "engine" => engine).increment(0);
    }
    for action in ["requeued", "failed"] {
        counter!("coderunner_reconciled_jobs_total", "action" => action).increment(0);
    }
    for action in ["created", "read", "expired"] {
        counter!("coderunner_shares_total", "action" => action).increment(0);
    }
    for how in ["wait", "stream", "session"] {
        gauge!("coderunner_waiting_clients", "how" => how).increment(0.0);
    }
    counter!("coderunner_forgotten_records_total").increment(0);
    counter!("coderunner_deleted_records_total").increment(0);
    gauge!("coderunner_reconciling").increment(0.0);
}

/// Whether this process leads reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leadership {
    /// It reconciles for all processes.
    Leader,
    /// Another process does, or none.
    Follower,
}

/// Sets the gauge of the leader of reconciliation.
pub(crate) fn set_leadership(leadership: Leadership) {
    gauge!("coderunner_reconciling").set(match leadership {
        Leadership::Leader => 1.0,
        Leadership::Follower => 0.0,
    });
}
