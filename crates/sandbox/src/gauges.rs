//! Metrics of a pool: slots by state, sandboxes by how they were prepared, launchers that do not answer or end.

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};

/// Launchers that have been killed and have not ended yet.
const LAUNCHERS_ENDING: &str = "coderunner_sandbox_launchers_ending";

const STUCK: &str = "coderunner_sandbox_launchers_stuck_total";

/// Preparation of a sandbox at the time of its lease.
const STARTS: [&str; 3] = ["cold", "warm", "started"];

/// Sets the number of slots in each state.
#[allow(clippy::cast_precision_loss, reason = "nobody has that many slots")]
pub(crate) fn set_slots(busy: usize, ready: usize, bare: usize) {
    for (state, count) in [("busy", busy), ("ready", ready), ("bare", bare)] {
        gauge!("coderunner_sandbox_slots", "state" => state).set(count as f64);
    }
}

/// Sets the number of slots whose program waits for its user.
#[allow(clippy::cast_precision_loss, reason = "nobody has that many slots")]
pub(crate) fn set_waiting(count: usize) {
    gauge!("coderunner_sandbox_slots", "state" => "waiting").set(count as f64);
}

/// Counts launchers that were killed and have not ended.
pub(crate) fn ending_launchers() -> metrics::Gauge {
    gauge!(LAUNCHERS_ENDING)
}

/// Preparation of a sandbox at the time of its lease.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StartKind {
    /// Not at all.
    Cold,
    /// The sandbox was made in advance.
    Warm,
    /// A runtime was waiting in it.
    Started,
}

/// Counts a sandbox that is given to a submission.
pub(crate) fn count_start(start: StartKind) {
    let [cold, warm, started] = STARTS;
    let start = match start {
        StartKind::Cold => cold,
        StartKind::Warm => warm,
        StartKind::Started => started,
    };
    counter!("coderunner_sandbox_starts_total", "start" => start).increment(1);
}

/// Counts a launcher that did not answer in time.
pub(crate) fn count_stuck_launcher() {
    counter!(STUCK).increment(1);
}

/// Says what all that is, and shows what has not happened yet as zero.
pub(crate) fn describe() {
    describe_counter!(
        "coderunner_sandbox_starts_total",
        "Sandboxes given to a submission: cold, warm (made ahead) or started (with its runtime waiting)."
    );
    describe_gauge!(
        "coderunner_sandbox_slots",
        "Slots: busy (in use or being made ready), ready (with a sandbox made ahead), bare, or waiting (with a program that \
         waits for its user)."
    );
    describe_histogram!(
        "coderunner_sandbox_lease_seconds",
        Unit::Seconds,
        "How long submissions waited for memory and a slot."
    );
    describe_counter!(STUCK, "Launchers that did not answer in time and were given up.");
    describe_gauge!(
        LAUNCHERS_ENDING,
        "Launchers that were killed and have not ended: for long, the kernel does not let them."
    );
    counter!(STUCK).increment(0);
    gauge!(LAUNCHERS_ENDING).increment(0.0);
    for start in STARTS {
        counter!("coderunner_sandbox_starts_total", "start" => start).increment(0);
    }
}
