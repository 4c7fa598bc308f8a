//! Generators: tests of `generators/generators.yaml` (BAPCtools) that are copied, inline, or produced by
//! programs.
//!
//! Tests without programs are completed here. Others become a [`PlannedTest`]: the caller runs the programs
//! in a sandbox and opens the package again with their output
//! ([`Package::open_with_generated`](crate::Package::open_with_generated)). Existing tests of `sample` or `secret` in `data/`
//! have priority over generated ones of the same part.

mod emit;
mod names;
mod plan;
mod read;

use std::collections::BTreeMap;

pub(crate) use plan::Plan;

use crate::{File, Folder, Format, GeneratedContent, PackageError, Program, Tree, Warning};

/// Path of the file.
pub(crate) const FILE: &str = "generators/generators.yaml";

/// Maximum number of tests in one file.
pub(crate) const MAX_TESTS: usize = 5_000;

/// A test that is incomplete until a program has run.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTest {
    /// Its name, as [`Case::name`](crate::Case::name).
    pub name: String,
    /// Source of its input.
    pub input: PlannedInput,
    /// Source of its answer, unless the generator writes it.
    pub answer: PlannedAnswer,
}

/// The source of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedInput {
    /// It exists.
    File(File),
    /// A program writes it to its output, or to `testcase.in`.
    Program {
        /// The program.
        program: Program,
        /// Its arguments.
        args: Vec<String>,
    },
}

/// The source of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedAnswer {
    /// It exists.
    File(File),
    /// A solution writes it from the input.
    Solution(Program),
    /// Empty: the validator needs none.
    Empty,
}

/// The incomplete tests.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    /// Tests for which programs must be run.
    pub(crate) ungenerated: Vec<PlannedTest>,
}

/// Facts about the package that completion needs.
pub(crate) struct PackageFacts<'a> {
    pub(crate) format: Format,
    /// Whether there are no answers, since the validator is interactive.
    pub(crate) without_answers: bool,
    /// Output of the programs by file name: `data/secret/1.in`.
    pub(crate) made: BTreeMap<String, GeneratedContent>,
    /// Default solution for answers.
    pub(crate) solution: Option<Program>,
    pub(crate) warnings: &'a mut Vec<Warning>,
}

/// Adds the tests of `generators.yaml` and the output of its programs to `data`.
pub(crate) fn complete(
    tree: &mut Tree,
    data: &mut Folder,
    mut about: PackageFacts<'_>,
) -> Result<Completion, PackageError> {
    let Some(file) = tree.file(FILE)? else { return Ok(Completion::default()) };
    let mut plan = read::read(tree, &file, &mut about)?;
    for part in ["sample", "secret"] {
        let here = data.folders.get(part).map_or(0, count_inputs);
        let planned = plan.count(part);
        if here == 0 {
            continue;
        }
        if planned > here {
            let message = format!(
                "plans {planned} tests for data/{part}, where {here} are; those count, and no generator is run"
            );
            about.warnings.push(Warning::new(FILE, &message));
        }
        if let Some(folder) = data.folders.get_mut(part) {
            plan.drop_part(part, folder)?;
        }
    }
    plan.into_folder(tree, data, &about)
}

fn count_inputs(folder: &Folder) -> usize {
    folder.all_files().iter().filter(|file| file.name().strip_suffix(".in").is_some()).count()
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
