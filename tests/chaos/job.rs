//! Chaos jobs: programs with unique output, so that a mixed-up result is noticed.

use std::time::Duration;

use testkit::bash;
use wire::SubmitBody;

/// Jobs beside those of the crowd have numbers from here on.
const PROBES: usize = 1_200_000;
/// Those that belong to one probe; the first is neither cancelled nor repeated, and takes no time.
const FAMILY: usize = 60;
/// The one that takes long.
const LONG: usize = 1;

/// The job with this number of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(pub(crate) usize);

impl Number {
    /// What it says when it runs to its end.
    pub(crate) fn says(self) -> String {
        format!("begun {0}\nended {0}\n", self.0)
    }

    pub(crate) fn program(self) -> SubmitBody {
        let number = self.0;
        let pause = match self.takes() {
            Duration::ZERO => String::new(),
            pause => format!("sleep {}; ", pause.as_secs_f64()),
        };
        bash(&format!("echo begun {number}; {pause}echo ended {number}"))
    }

    /// A further job beside those of the crowd, at once over.
    pub(crate) const fn probe(nth: usize) -> Self {
        Self(PROBES + nth * FAMILY)
    }

    /// A further job that takes long, to be there when something happens.
    pub(crate) const fn long(nth: usize) -> Self {
        Self(PROBES + nth * FAMILY + LONG)
    }

    const fn is_long(self) -> bool {
        self.0 >= PROBES && self.0 % FAMILY == LONG
    }

    /// Most are over at once; some take long enough for something to happen to them.
    const fn takes(self) -> Duration {
        if self.is_long() {
            return Duration::from_secs(5);
        }
        match self.0 % 10 {
            3 => Duration::from_millis(500),
            7 => Duration::from_millis(1500),
            _ => Duration::ZERO,
        }
    }

    /// Whether somebody changes their mind about it.
    pub(crate) const fn is_cancelled(self) -> bool {
        self.0 % 20 == 13 || self.0 % 20 == 18
    }

    /// Whether it is sent once more after it was acknowledged, as by a client that did not get to read the answer.
    pub(crate) const fn is_repeated(self) -> bool {
        self.0 % 6 == 5
    }
}
