//! Package loading: reads a folder or a zip archive, once the tests that it lacks have been made by its programs.

use std::{path::Path, sync::Arc, time::Duration};

use host::HostError;
use languages::Registry;
use model::wording::count_text;
use package::{Caps, Package};
use tokio::sync::OnceCell;

use crate::{
    console::Console,
    error::LoadError,
    loaded_package::LoadedPackage,
    local_judge::LocalJudge,
    settings::Settings,
    test_generation::{GeneratedFiles, generate_tests},
};

/// A local judge that is started when it is first needed: a package that cannot be read needs no sandboxes.
pub struct LazyLocalJudge {
    settings: Settings,
    languages: Arc<Registry>,
    /// Time for one submission, or for all generators.
    timeout: Duration,
    console: Arc<dyn Console>,
    started: OnceCell<LocalJudge>,
}

impl LazyLocalJudge {
    /// A judge that is not started yet, with so much time for each submission.
    pub fn new(
        settings: Settings,
        languages: Arc<Registry>,
        timeout: Duration,
        console: Arc<dyn Console>,
    ) -> Self {
        Self { settings, languages, timeout, console, started: OnceCell::new() }
    }

    /// The judge, which this starts unless it is started.
    ///
    /// # Errors
    ///
    /// If sandboxes cannot be made here.
    pub async fn get(&self) -> Result<&LocalJudge, HostError> {
        let start =
            || LocalJudge::start(&self.settings, self.languages.clone(), self.timeout, self.console.clone());
        self.started.get_or_try_init(start).await
    }
}

/// Reads a package, and runs its generators for the tests that it lacks.
///
/// The inner error is about the package.
///
/// # Errors
///
/// If there are generators, and sandboxes cannot be made here.
pub async fn load_package(
    path: &Path,
    local_judge: &LazyLocalJudge,
) -> Result<Result<LoadedPackage, LoadError>, HostError> {
    if !path.exists() {
        return Ok(Err(LoadError::Missing));
    }
    let package = match Package::open(path, Caps::default()) {
        Ok(package) => package,
        Err(error) => return Ok(Err(error.into())),
    };
    if package.planned_tests.is_empty() {
        return Ok(LoadedPackage::of(package));
    }
    let files = match generate_tests(local_judge.get().await?, &package).await {
        Ok(files) => files,
        Err(error) => return Ok(Err(error.into())),
    };
    Ok(load_with_generated(path, files, package.planned_tests.len()))
}

fn load_with_generated(path: &Path, files: GeneratedFiles, tests: usize) -> Result<LoadedPackage, LoadError> {
    let mut package = Package::open_with_generated(path, Caps::default(), files)?;
    let tests = count_text(tests, "test");
    package.notes.push(format!("{tests} of generators/generators.yaml made by running programs"));
    LoadedPackage::of(package)
}
