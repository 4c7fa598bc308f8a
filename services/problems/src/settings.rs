//! Settings of loading problems, with defaults; the values come from the configuration of the server.

use std::time::Duration;

use model::Bytes;
use package::Caps;

/// The settings of reading problems.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Maximum number of packages; the rest are not read.
    pub max_problems: usize,
    /// Maximum number of tests of a problem.
    pub max_tests: usize,
    /// Maximum size of a suite without large test data.
    pub max_suite: Bytes,
    /// CPU time limit of a test if the package does not set one. The formats derive it from the package's own submissions, which
    /// needs a worker and is not done at the start. A limit that is too short would fail correct submissions, so the default is
    /// longer than the one second that the formats use without measurements.
    pub time_limit: Duration,
    /// Limits on reading a package.
    pub caps: Caps,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_problems: 5_000,
            max_tests: 1_000,
            max_suite: Bytes::mib(16),
            time_limit: Duration::from_secs(2),
            caps: Caps::default(),
        }
    }
}
