//! Loaded package: a package, and the suite that is made from it.

use std::sync::Arc;

use model::{GroupMember, Suite, TestGroup};
use package::Package;

use crate::{error::LoadError, large_test_files::LargeTestFiles};

/// A package, ready to be judged by.
#[derive(Debug)]
pub struct LoadedPackage {
    /// The package.
    pub package: Arc<Package>,
    /// Its tests.
    pub suite: Suite,
    /// Those that are too large for the suite.
    pub large: LargeTestFiles,
}

/// Bytes of all submissions together.
const MAX_SUBMITTED_BYTES: u64 = 256 * 1024 * 1024;

impl LoadedPackage {
    /// Of a package that has been read.
    pub(crate) fn of(package: Package) -> Result<Self, LoadError> {
        let package = Arc::new(package);
        let submitted = package.submissions.iter().flat_map(|one| &one.files).map(|file| file.bytes).sum();
        if submitted > MAX_SUBMITTED_BYTES {
            return Err(LoadError::Submissions { bytes: submitted, max: MAX_SUBMITTED_BYTES });
        }
        let converted = package.suite(None)?;
        let large = LargeTestFiles::new(package.clone(), converted.objects);
        Ok(Self { package, suite: converted.suite, large })
    }

    /// Leaves only these tests. Which groups hang on which is not asked for then.
    pub fn keep_tests(&mut self, is_kept: &dyn Fn(&str) -> bool) {
        keep(&mut self.suite.root, is_kept);
    }

    /// Its name in this language, if it has one.
    pub fn name(&self, language: &str) -> &str {
        self.package.name(language).unwrap_or("without a name")
    }
}

fn keep(group: &mut TestGroup, is_kept: &dyn Fn(&str) -> bool) {
    group.rules.require_pass.clear();
    group.rules.ignore_sample = false;
    group.members.retain_mut(|member| match member {
        GroupMember::Test(test) => is_kept(&test.name),
        GroupMember::Group(inner) => {
            keep(inner, is_kept);
            !inner.members.is_empty()
        }
    });
}
