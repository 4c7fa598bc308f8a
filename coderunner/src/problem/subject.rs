//! A package that has been read, and the suite that is made of it.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use model::Suite;
use package::{Caps, Made, Package, PackageError, SuiteProblem};

use super::{Examiner, generate, tests_data::LargeTests};

/// A package, ready to be judged by.
#[derive(Debug)]
pub(crate) struct Subject {
    /// What it says.
    pub package: Arc<Package>,
    /// Its tests.
    pub suite: Suite,
    /// Those that are too large for the suite.
    pub large: LargeTests,
}

/// Bytes of all submissions together.
const MOST_SUBMITTED: u64 = 256 * 1024 * 1024;

/// Why a package cannot be judged by.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSubject {
    /// It cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Its submissions, which are held in memory while they are judged, are too many.
    #[error(
        "the submissions have {0} bytes together, and {MOST_SUBMITTED} are the most: take out what is no program"
    )]
    Submissions(u64),
    /// It asks for what we do not have, or contradicts itself.
    #[error(transparent)]
    Suite(#[from] SuiteProblem),
    /// Its tests cannot be made.
    #[error(transparent)]
    Generated(#[from] generate::GenerateError),
}

/// A package on its way to be judged by.
pub(crate) enum Opened {
    /// It is.
    Ready(Box<Subject>),
    /// Programs must make tests of it first.
    Ungenerated(Box<Package>),
}

impl Subject {
    /// Reads a folder or a zip archive.
    pub(crate) fn open(path: &Path) -> Result<Opened, NoSubject> {
        let package = Package::open(path, Caps::default())?;
        if !package.ungenerated.is_empty() {
            return Ok(Opened::Ungenerated(Box::new(package)));
        }
        Ok(Opened::Ready(Box::new(Self::of(package)?)))
    }

    /// Has the tests made that are missing, and reads it again with these; nothing if somebody pressed Ctrl-C.
    pub(crate) async fn generated(
        path: &Path,
        package: &Package,
        examiner: &Examiner,
    ) -> Option<Result<Self, NoSubject>> {
        let made = match generate::all(examiner, package).await? {
            Ok(made) => made,
            Err(error) => return Some(Err(error.into())),
        };
        Some(Self::with(path, made, package.ungenerated.len()))
    }

    fn with(path: &Path, made: BTreeMap<String, Made>, count: usize) -> Result<Self, NoSubject> {
        let mut package = Package::open_with(path, Caps::default(), made)?;
        package.warnings.push(generate::note(count));
        Self::of(package)
    }

    fn of(package: Package) -> Result<Self, NoSubject> {
        let package = Arc::new(package);
        let submitted = package.submissions.iter().flat_map(|one| &one.files).map(|file| file.bytes).sum();
        if submitted > MOST_SUBMITTED {
            return Err(NoSubject::Submissions(submitted));
        }
        let converted = package.suite(None)?;
        let large = LargeTests::new(package.clone(), converted.objects);
        Ok(Self { package, suite: converted.suite, large })
    }

    /// Its name in this language, if it has one.
    pub(crate) fn name(&self, language: &str) -> &str {
        self.package.name(language).unwrap_or("without a name")
    }
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
