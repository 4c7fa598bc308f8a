//! What an installation allows of problems. Defaults here, values from its configuration.

use std::time::Duration;

use model::Bytes;
use package::Caps;

/// The settings of reading problems.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many packages the folder may have; those beyond are not read.
    pub problems: usize,
    /// How many tests a problem may have.
    pub tests: usize,
    /// How large a suite may be, large data of tests not counted.
    pub suite: Bytes,
    /// The CPU time of a test, where the package does not fix it. Formats have it measured with the package's own submissions,
    /// which takes a worker and is not done at a start; one that is too short would fail those who are right, so this is longer
    /// than the second that the formats' rules come to where nothing is measured.
    pub time_limit: Duration,
    /// What a package may ask for while it is read.
    pub caps: Caps,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            problems: 5_000,
            tests: 1_000,
            suite: Bytes::mib(16),
            time_limit: Duration::from_secs(2),
            caps: Caps::default(),
        }
    }
}
