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
use store::{ContentKey, Numbered, Objects, ObjectsError, PackageName, Store, StoreError};

use crate::{
    Settings, find,
    read::{self, ReadPackage, Unusable},
};

/// Result of loading.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The problems that are served.
    pub catalogue: Catalogue,
    /// Number of packages that are not served. The log has the reason for each.
    pub unusable: usize,
}

/// Why a package is not served. Each message says what to change.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Slug(&'static str),
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("another problem has the same name: rename one of the two folders")]
    SameSlug,
    #[error("another problem has the same uuid: give each its own")]
    SameId,
    #[error("its tests cannot be kept: {0}: {source}", source = cause(.0))]
    Objects(#[from] ObjectsError),
    #[error("it cannot be given a number: {0}")]
    Store(#[from] StoreError),
    #[error("reading it broke off")]
    BrokeOff(#[from] tokio::task::JoinError),
}

fn cause(error: &ObjectsError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

/// Reads every package in this folder. A package that cannot be used is logged and counted; so is an unreadable folder.
pub async fn load(folder: &Path, store: &Store, objects: &Objects, settings: Settings) -> Loaded {
    let packages = match find::packages(folder) {
        Ok(packages) => packages,
        Err(error) => {
            tracing::error!(folder = %folder.display(), %error, "the folder of problems cannot be read: set content.folder to one that can");
            return Loaded { unusable: 1, ..Loaded::default() };
        }
    };
    if packages.len() > settings.problems {
        let (found, most) = (packages.len(), settings.problems);
        tracing::error!(found, most, "there are more problems than are read: raise content.most_problems");
    }
    let mut shelf = Shelf { store, objects, settings, problems: Vec::new(), taken: HashSet::new() };
    let mut unusable = packages.len().saturating_sub(settings.problems);
    for package in packages.into_iter().take(settings.problems) {
        if let Err(trouble) = shelf.add(&package).await {
            tracing::error!(package = %package.display(), "this problem is not served: {trouble}");
            unusable += 1;
        }
    }
    tracing::info!(problems = shelf.problems.len(), unusable, "problems are loaded");
    Loaded { catalogue: Catalogue::new(shelf.problems), unusable }
}

/// The catalogue under construction.
struct Shelf<'a> {
    store: &'a Store,
    objects: &'a Objects,
    settings: Settings,
    problems: Vec<Problem>,
    /// Slugs and ids of the packages loaded so far.
    taken: HashSet<String>,
}

impl Shelf<'_> {
    async fn add(&mut self, folder: &Path) -> Result<(), Trouble> {
        let slug = find::slug(folder).map_err(Trouble::Slug)?;
        if !self.taken.insert(format!("slug {slug}")) {
            return Err(Trouble::SameSlug);
        }
        let read = self.read(folder.to_owned(), slug.clone()).await?;
        if read.id.is_some_and(|id| !self.taken.insert(format!("id {id}"))) {
            return Err(Trouble::SameId);
        }
        let warnings = read.package.warnings.len();
        if warnings > 0 {
            // Only the number: the texts may be about hidden tests.
            tracing::info!(
                problem = slug,
                warnings,
                "a problem has oddities; verifying its package tells which"
            );
        }
        self.keep(&read).await?;
        let name = read.id.map_or_else(|| PackageName::Folder(slug), PackageName::Id);
        let Numbered { id, number } = self.store.number_problem(&name).await?;
        self.problems.push(Problem { id, number, ..read.problem });
        Ok(())
    }

    async fn read(&self, folder: PathBuf, slug: String) -> Result<ReadPackage, Trouble> {
        let settings = self.settings;
        let read = tokio::task::spawn_blocking(move || read::read(&folder, &slug, &settings));
        Ok(read.await??)
    }

    async fn keep(&self, read: &ReadPackage) -> Result<(), Trouble> {
        for (data, file) in &read.objects {
            let TestContent::Object { digest, size } = data else { continue };
            let key = ContentKey::TestData(*digest);
            if self.objects.size_of_content(key).await? != Some(*size) {
                let source = read.package.tree.open(file).map_err(Unusable::from)?;
                self.objects.keep_content(key, source).await?;
            }
        }
        let key = ContentKey::Suite(read.problem.suite);
        if !self.is_sound(key).await? {
            self.objects.keep_content(key, Box::new(Cursor::new(read.suite.clone()))).await?;
        }
        Ok(())
    }

    /// Whether a suite is stored and matches its digest. A damaged one is written again.
    async fn is_sound(&self, key: ContentKey) -> Result<bool, ObjectsError> {
        let Some(found) = self.objects.content(key).await? else { return Ok(false) };
        match found.pieces.try_for_each(|_| async { Ok(()) }).await {
            Ok(()) => Ok(true),
            Err(ObjectsError::NotWhatItsNamed(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
