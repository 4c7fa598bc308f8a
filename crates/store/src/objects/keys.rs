//! Keys of objects and their paths.

use std::fmt;

use model::{Digest, JobId};
use object_store::path::Path as ObjectPath;

/// Folder of artifacts.
pub(crate) const ARTIFACTS: &str = "artifacts";

/// The folder of a job's large content, beside those of its attempts.
pub(crate) const INPUT: &str = "input";

/// Key of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectKey {
    /// The job.
    pub job: JobId,
    /// The attempt.
    pub attempt: u32,
    /// Index in the attempt's list of artifacts.
    pub index: usize,
}

impl ObjectKey {
    pub(super) fn path(self) -> ObjectPath {
        ObjectPath::from_iter([
            ARTIFACTS.to_owned(),
            self.job.to_string(),
            self.attempt.to_string(),
            self.index.to_string(),
        ])
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.job, self.attempt, self.index)
    }
}

/// Key of a content-addressed object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentKey {
    /// A suite, by the digest of its stored form.
    Suite(Digest),
    /// Data of a test.
    TestData(Digest),
}

impl ContentKey {
    pub(super) const fn digest(self) -> Digest {
        match self {
            Self::Suite(digest) | Self::TestData(digest) => digest,
        }
    }

    /// Folder of suites.
    pub(crate) const SUITES: &str = "suites";
    /// Folder of large test data.
    pub(crate) const TESTS: &str = "tests";

    pub(super) fn path(self) -> ObjectPath {
        let folder = match self {
            Self::Suite(_) => Self::SUITES,
            Self::TestData(_) => Self::TESTS,
        };
        ObjectPath::from_iter([folder.to_owned(), self.digest().to_string()])
    }
}

/// Without the digest: with it, a guess of a hidden test could be verified.
impl fmt::Display for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Suite(_) => "the tests of a problem",
            Self::TestData(_) => "the data of a test",
        })
    }
}

/// The job of an object.
pub(super) fn job_of(object: &ObjectPath) -> Option<JobId> {
    object.parts().nth(1)?.as_ref().parse().ok()
}
