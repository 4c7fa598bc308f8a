//! What the service's metrics mean, in words for operators.

use metrics::{describe_counter, describe_gauge};

/// Tells it to whoever collects metrics. Any number of times is fine.
pub(crate) fn describe() {
    describe_counter!("coderunner_submissions_total", "Submissions, by language and by what became of them.");
    describe_counter!(
        "coderunner_reconciled_jobs_total",
        "Jobs that the queue had lost or given up on, by what was done."
    );
    describe_counter!("coderunner_forgotten_records_total", "Records of jobs removed because of their age.");
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
    describe_gauge!(
        "coderunner_queue_dead_letters",
        "Jobs given up on after their worker was lost too often."
    );
    describe_gauge!(
        "coderunner_waiting_clients",
        "Clients that wait for a result, follow a job or hold a session."
    );
}
