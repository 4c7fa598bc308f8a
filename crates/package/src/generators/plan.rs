//! Plan of generated tests, and its merge into `data/`.

use std::collections::BTreeMap;

use super::facts::{FILE, PackageFacts};
use crate::{
    File, Folder, GeneratedContent, PackageError, PlannedAnswer, PlannedInput, PlannedTest, Program, Tree,
};

/// Maximum number of tests in one file.
const MAX_TESTS: usize = 5_000;

/// The incomplete tests.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    /// Tests for which programs must be run.
    pub(crate) ungenerated: Vec<PlannedTest>,
}

/// All planned tests and files.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(super) tests: Vec<Entry>,
    /// Default solution.
    pub(super) solution: Option<Program>,
    /// Other files, such as group settings, by their path below `data`.
    pub(super) settings: Vec<(String, String)>,
}

/// One test.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// `secret/group/1`.
    pub(super) name: String,
    /// Existing or inline files, by extension: `in`, `ans`, `hint`.
    pub(super) files: BTreeMap<String, Content>,
    /// Generator of the input, if it is not among the files.
    pub(super) generator: Option<(Program, Vec<String>)>,
    /// Generator of the answer, if it is not among the files.
    pub(super) solution: Option<Program>,
}

/// The content of a file beside a test.
#[derive(Debug, Clone)]
pub(super) enum Content {
    File(File),
    Text(String),
}

impl Plan {
    /// Adds a test, unless there are too many.
    pub(super) fn add(&mut self, entry: Entry) -> Result<(), PackageError> {
        if self.tests.len() >= MAX_TESTS {
            let message = format!("plans more tests than the {MAX_TESTS} that are allowed");
            return Err(PackageError::content(FILE, message));
        }
        self.tests.push(entry);
        Ok(())
    }

    /// Number of planned tests in `sample` or `secret`.
    pub(super) fn count(&self, part: &str) -> usize {
        self.tests.iter().filter(|test| is_in(&test.name, part)).count()
    }

    /// Drops the tests of a part, and plans the answers of existing tests without one.
    pub(super) fn drop_part(&mut self, part: &str, folder: &mut Folder) -> Result<(), PackageError> {
        self.tests.retain(|test| !is_in(&test.name, part));
        self.settings.retain(|(path, _)| !is_in(path, part));
        self.plan_answers(folder)
    }

    fn plan_answers(&mut self, folder: &mut Folder) -> Result<(), PackageError> {
        let names = folder.files.keys().filter_map(|name| name.strip_suffix(".in"));
        let lonely: Vec<_> = names
            .filter(|stem| !folder.files.contains_key(&format!("{stem}.ans")))
            .map(str::to_owned)
            .collect();
        for stem in lonely {
            let Some(input) = folder.files.remove(&format!("{stem}.in")) else { continue };
            let path = format!("{}/{stem}", folder.path);
            self.add(Entry {
                name: path.strip_prefix("data/").unwrap_or(&path).to_owned(),
                files: BTreeMap::from([("in".to_owned(), Content::File(input))]),
                generator: None,
                solution: self.solution.clone(),
            })?;
        }
        folder.folders.values_mut().try_for_each(|inner| self.plan_answers(inner))
    }

    /// Inserts all complete tests into `data`.
    pub(super) fn into_folder(
        self,
        tree: &mut Tree,
        data: &mut Folder,
        about: &PackageFacts<'_>,
    ) -> Result<Completion, PackageError> {
        let mut completed = Completion::default();
        for (path, text) in self.settings {
            // All tests may have answers already.
            if data.files.contains_key(&path) {
                continue;
            }
            let file = tree.make(&format!("data/{path}"), GeneratedContent::Bytes(text.into_bytes().into()));
            insert(data, &path, file);
        }
        for entry in self.tests {
            if let Some(planned) = put_into(entry, tree, data, about)? {
                completed.ungenerated.push(planned);
            }
        }
        Ok(completed)
    }
}

fn is_in(name: &str, part: &str) -> bool {
    name.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'))
}

/// Inserts a file into a folder of `data`, under a path relative to it.
fn insert(data: &mut Folder, path: &str, file: File) {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut at = data;
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        let below = format!("{}/{part}", at.path);
        at = at.folders.entry(part.to_owned()).or_insert_with(|| Folder { path: below, ..Folder::default() });
    }
    at.files.insert(name.to_owned(), file);
}

/// Inserts a test into `data`; returns it if it is incomplete.
fn put_into(
    entry: Entry,
    tree: &mut Tree,
    data: &mut Folder,
    about: &PackageFacts<'_>,
) -> Result<Option<PlannedTest>, PackageError> {
    let mut files = BTreeMap::new();
    for (ending, content) in entry.files {
        let path = format!("data/{}.{ending}", entry.name);
        let file = match content {
            Content::File(file) => file.named(path),
            Content::Text(text) => tree.make(&path, GeneratedContent::Bytes(text.into_bytes().into())),
        };
        files.insert(ending, file);
    }
    let prefix = format!("data/{}.", entry.name);
    for (path, made) in about.made.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)) {
        let ending = path[prefix.len()..].to_owned();
        // A file of a test whose name has a further dot.
        let is_anothers = [".in", ".ans"].iter().any(|other| ending.strip_suffix(other).is_some());
        if !is_anothers && !files.contains_key(&ending) {
            files.insert(ending, tree.make(path, made.clone()));
        }
    }
    if about.without_answers && !files.contains_key("ans") {
        let empty = tree.make(&format!("{prefix}ans"), GeneratedContent::Bytes(Vec::new().into()));
        files.insert("ans".to_owned(), empty);
    }
    let (input, answer) = (files.get("in").cloned(), files.get("ans").cloned());
    if input.is_some() && answer.is_some() {
        for (ending, file) in files {
            insert(data, &format!("{}.{ending}", entry.name), file);
        }
        return Ok(None);
    }
    let input = match (input, entry.generator) {
        (Some(file), _) => PlannedInput::File(file),
        (None, Some((program, args))) => PlannedInput::Program { program, args },
        (None, None) => {
            let message = format!("says nothing of where the input of {} comes from", entry.name);
            return Err(PackageError::content(FILE, message));
        }
    };
    let solution = entry.solution.or_else(|| about.solution.clone());
    let answer = match (answer, solution) {
        (Some(file), _) => PlannedAnswer::File(file),
        (None, Some(solution)) => PlannedAnswer::Solution(solution),
        (None, None) => PlannedAnswer::Empty,
    };
    Ok(Some(PlannedTest { name: entry.name, input, answer }))
}
