//! Loading of a folder of packages: builds the catalogue and writes suites and test data to the object store.
//!
//! A suite is stored after the data that it refers to, so a stored suite is complete. Objects are named by their content, so
//! nothing is written twice, however often a server starts.

use std::{
    collections::HashSet,
    io::Cursor,
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt as _;
use model::{Catalogue, Problem, TestContent};
use store::{ContentKey, Objects, ObjectsError, PackageKey, ProblemNumber, Store, StoreError};

use crate::{
    Settings, discovery,
    package_reader::{self, ConvertedPackage, PackageReadError},
};

/// Result of loading.
#[derive(Debug, Default)]
pub struct LoadedProblems {
    /// The problems that are served.
    pub catalogue: Catalogue,
    /// Number of packages that are not served. The log has the reason for each.
    pub rejected: usize,
}

/// Why a package is not served. Each message says what to change.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("{0}")]
    Slug(&'static str),
    #[error(transparent)]
    Read(#[from] PackageReadError),
    #[error("another problem has the same name: rename one of the two folders")]
    SameSlug,
    #[error("another problem has the same uuid: give each its own")]
    SameId,
    #[error("its tests cannot be kept: {0}: {source}", source = cause(.0))]
    Objects(#[from] ObjectsError),
    #[error("it cannot be given a number: {0}")]
    Store(#[from] StoreError),
    #[error("reading it broke off")]
    Interrupted(#[from] tokio::task::JoinError),
}

fn cause(error: &ObjectsError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

/// Reads every package in this folder. A package that cannot be used is logged and counted; so is an unreadable folder.
pub async fn load(folder: &Path, store: &Store, objects: &Objects, settings: Settings) -> LoadedProblems {
    let packages = match discovery::find_packages(folder) {
        Ok(packages) => packages,
        Err(error) => {
            tracing::error!(folder = %folder.display(), %error, "the folder of problems cannot be read: set content.folder to one that can");
            return LoadedProblems { rejected: 1, ..LoadedProblems::default() };
        }
    };
    if packages.len() > settings.max_problems {
        let (found, max) = (packages.len(), settings.max_problems);
        tracing::error!(found, max, "there are more problems than are read: raise content.max_problems");
    }
    let mut builder =
        CatalogueBuilder { store, objects, settings, problems: Vec::new(), used_names: HashSet::new() };
    let mut rejected = packages.len().saturating_sub(settings.max_problems);
    for package in packages.into_iter().take(settings.max_problems) {
        if let Err(error) = builder.add(&package).await {
            tracing::error!(package = %package.display(), "this problem is not served: {error}");
            rejected += 1;
        }
    }
    tracing::info!(problems = builder.problems.len(), rejected, "problems are loaded");
    LoadedProblems { catalogue: Catalogue::new(builder.problems), rejected }
}

/// The catalogue under construction.
struct CatalogueBuilder<'a> {
    store: &'a Store,
    objects: &'a Objects,
    settings: Settings,
    problems: Vec<Problem>,
    /// Slugs and ids of the packages loaded so far.
    used_names: HashSet<String>,
}

impl CatalogueBuilder<'_> {
    async fn add(&mut self, folder: &Path) -> Result<(), LoadError> {
        let slug = discovery::slug_of(folder).map_err(LoadError::Slug)?;
        if !self.used_names.insert(format!("slug {slug}")) {
            return Err(LoadError::SameSlug);
        }
        let converted = self.read(folder.to_owned(), slug.clone()).await?;
        if converted.id.is_some_and(|id| !self.used_names.insert(format!("id {id}"))) {
            return Err(LoadError::SameId);
        }
        let warnings = converted.package.warnings.len();
        if warnings > 0 {
            // Only the number: the texts may be about hidden tests.
            tracing::info!(
                problem = slug,
                warnings,
                "a problem has oddities; verifying its package tells which"
            );
        }
        self.store_suite(&converted).await?;
        let name = converted.id.map_or_else(|| PackageKey::Folder(slug), PackageKey::Id);
        let ProblemNumber { id, number } = self.store.number_problem(&name).await?;
        self.problems.push(Problem { id, number, ..converted.problem });
        Ok(())
    }

    async fn read(&self, folder: PathBuf, slug: String) -> Result<ConvertedPackage, LoadError> {
        let settings = self.settings;
        let converted = tokio::task::spawn_blocking(move || package_reader::read(&folder, &slug, &settings));
        Ok(converted.await??)
    }

    async fn store_suite(&self, converted: &ConvertedPackage) -> Result<(), LoadError> {
        for (data, file) in &converted.objects {
            let TestContent::Object { digest, size } = data else { continue };
            let key = ContentKey::TestData(*digest);
            if self.objects.content_size(key).await? != Some(*size) {
                let source = converted.package.tree.open(file).map_err(PackageReadError::from)?;
                self.objects.put_content(key, source).await?;
            }
        }
        let key = ContentKey::Suite(converted.problem.suite);
        if !self.is_intact(key).await? {
            self.objects.put_content(key, Box::new(Cursor::new(converted.suite.clone()))).await?;
        }
        Ok(())
    }

    /// Whether a suite is stored and matches its digest. A damaged one is written again.
    async fn is_intact(&self, key: ContentKey) -> Result<bool, ObjectsError> {
        let Some(found) = self.objects.get_content(key).await? else { return Ok(false) };
        match found.pieces.try_for_each(|_| async { Ok(()) }).await {
            Ok(()) => Ok(true),
            Err(ObjectsError::DigestMismatch(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
