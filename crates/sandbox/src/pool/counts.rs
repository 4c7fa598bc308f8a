//! What a pool counts, for operators.

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};

use super::Inner;
use crate::{process::ENDING, slot::Prepared};

const STUCK: &str = "coderunner_sandbox_launchers_stuck_total";

/// How a sandbox was found when it was given out.
const STARTS: [&str; 3] = ["cold", "warm", "started"];

impl Inner {
    /// Shows how many slots are what now.
    #[allow(clippy::cast_precision_loss, reason = "nobody has that many slots")]
    pub(super) fn show_slots(&self) {
        let (free, ready) = {
            let free = self.free();
            let is_ready = |prepared| prepared != Prepared::No;
            (free.len(), free.iter().filter(|slot| is_ready(slot.sandbox())).count())
        };
        let busy = (self.settings.slots as usize).saturating_sub(free);
        for (state, count) in [("busy", busy), ("ready", ready), ("bare", free - ready)] {
            gauge!("coderunner_sandbox_slots", "state" => state).set(count as f64);
        }
    }
}

/// Counts a sandbox that is given to a submission.
pub(super) fn start(made: Prepared) {
    let [cold, warm, started] = STARTS;
    let start = match made {
        Prepared::No => cold,
        Prepared::Sandbox => warm,
        Prepared::Started(_) => started,
    };
    counter!("coderunner_sandbox_starts_total", "start" => start).increment(1);
}

/// Counts a launcher that did not answer in time.
pub(crate) fn stuck_launcher() {
    counter!(STUCK).increment(1);
}

/// Says what all that is, and shows what has not happened yet as zero.
pub(super) fn describe() {
    describe_counter!(
        "coderunner_sandbox_starts_total",
        "Sandboxes given to a submission: cold, warm (made ahead) or started (with its runtime waiting)."
    );
    describe_gauge!(
        "coderunner_sandbox_slots",
        "Slots: busy (in use or being made ready), ready (with a sandbox made ahead) or bare."
    );
    describe_histogram!(
        "coderunner_sandbox_lease_seconds",
        Unit::Seconds,
        "How long submissions waited for memory and a slot."
    );
    describe_counter!(STUCK, "Launchers that did not answer in time and were given up.");
    describe_gauge!(
        ENDING,
        "Launchers that were killed and have not ended: for long, the kernel does not let them."
    );
    counter!(STUCK).increment(0);
    gauge!(ENDING).increment(0.0);
    for start in STARTS {
        counter!("coderunner_sandbox_starts_total", "start" => start).increment(0);
    }
}
