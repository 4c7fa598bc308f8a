//! Chaos jobs: programs with unique output, so that a mixed-up result is noticed.

use std::time::Duration;

use testkit::bash;
use wire::SubmitBody;

/// First number of additional jobs.
const PROBES: usize = 1_200_000;
/// Number of jobs of one probe; the first is neither cancelled nor repeated, and ends at once.
const FAMILY: usize = 60;
/// The one that takes long.
const LONG: usize = 1;

/// The job with this number of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(pub(crate) usize);

impl Number {
    /// Its output if it runs to its end.
    pub(crate) fn expected_output(self) -> String {
        format!("begun {0}\nended {0}\n", self.0)
    }

    pub(crate) fn program(self) -> SubmitBody {
        let number = self.0;
        let pause = match self.duration() {
            Duration::ZERO => String::new(),
            pause => format!("sleep {}; ", pause.as_secs_f64()),
        };
        bash(&format!("echo begun {number}; {pause}echo ended {number}"))
    }

    /// An additional job, which ends at once.
    pub(crate) const fn probe(nth: usize) -> Self {
        Self(PROBES + nth * FAMILY)
    }

    /// A further job that takes long, to be there when something happens.
    pub(crate) const fn long_running(nth: usize) -> Self {
        Self(PROBES + nth * FAMILY + LONG)
    }

    const fn is_long(self) -> bool {
        self.0 >= PROBES && self.0 % FAMILY == LONG
    }

    /// Most are over at once; some take long enough for something to happen to them.
    const fn duration(self) -> Duration {
        if self.is_long() {
            return Duration::from_secs(5);
        }
        match self.0 % 10 {
            3 => Duration::from_millis(500),
            7 => Duration::from_millis(1500),
            _ => Duration::ZERO,
        }
    }

    /// Whether its client cancels it.
    pub(crate) const fn is_cancelled(self) -> bool {
        self.0 % 20 == 13 || self.0 % 20 == 18
    }

    /// Whether it is sent once more after it was acknowledged, as by a client that did not get to read the answer.
    pub(crate) const fn is_repeated(self) -> bool {
        self.0 % 6 == 5
    }
}
