//! Loaded package: a package, and the suite that is made from it.

use std::sync::Arc;

use model::{GroupMember, Suite, TestGroup};
use package::{Package, PackageError, SuiteError};

use super::{generate::GenerateError, large_tests::LargeTestFiles};

/// A package, ready to be judged by.
#[derive(Debug)]
pub(crate) struct LoadedPackage {
    /// The package.
    pub package: Arc<Package>,
    /// Its tests.
    pub suite: Suite,
    /// Those that are too large for the suite.
    pub large: LargeTestFiles,
}

/// Bytes of all submissions together.
const MAX_SUBMITTED_BYTES: u64 = 256 * 1024 * 1024;

/// Why a package cannot be judged by.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// It is not there.
    #[error("there is no such folder or archive")]
    Missing,
    /// It cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Its submissions, which are held in memory while they are judged, are too many.
    #[error(
        "the submissions have {0} bytes together, and {MAX_SUBMITTED_BYTES} are the most: take out what is no program"
    )]
    Submissions(u64),
    /// It asks for what we do not have, or contradicts itself.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// Its tests cannot be made.
    #[error(transparent)]
    Generated(#[from] GenerateError),
}

impl LoadedPackage {
    /// Of a package that has been read.
    pub(super) fn of(package: Package) -> Result<Self, LoadError> {
        let package = Arc::new(package);
        let submitted = package.submissions.iter().flat_map(|one| &one.files).map(|file| file.bytes).sum();
        if submitted > MAX_SUBMITTED_BYTES {
            return Err(LoadError::Submissions(submitted));
        }
        let converted = package.suite(None)?;
        let large = LargeTestFiles::new(package.clone(), converted.objects);
        Ok(Self { package, suite: converted.suite, large })
    }

    /// Leaves only these tests. Which groups hang on which is not asked for then.
    pub(crate) fn keep_tests(&mut self, is_kept: &dyn Fn(&str) -> bool) {
        keep(&mut self.suite.root, is_kept);
    }

    /// Its name in this language, if it has one.
    pub(crate) fn name(&self, language: &str) -> &str {
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

/// The format's name, as people know it.
pub(crate) const fn format_name(format: package::Format) -> &'static str {
    match format {
        package::Format::Lesson => "lesson",
        package::Format::Legacy => "legacy",
        package::Format::LegacyIcpc => "legacy-icpc",
        package::Format::Draft2023 => "2023-07-draft",
        package::Format::V2025 => "2025-09",
    }
}
