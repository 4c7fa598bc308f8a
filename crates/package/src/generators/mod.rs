//! `generators/generators.yaml`, as BAPCtools has it: tests that are copied, written there, or made by programs.
//!
//! What needs no program is taken as it is. What does is a [`PlannedTest`]: somebody runs its programs, in a sandbox, and opens
//! the package again with what they made ([`Package::open_with`](crate::Package::open_with)). Where `data/` already has the tests
//! of `sample` or `secret`, it counts, and nothing of these is made.

mod emit;
mod names;
mod plan;
mod read;

use std::collections::BTreeMap;

pub(crate) use plan::Plan;

use crate::{File, Folder, Format, Made, PackageError, Program, Tree, Warning};

/// Where it stands.
pub(crate) const FILE: &str = "generators/generators.yaml";

/// The most tests that one file may plan.
pub(crate) const MOST_TESTS: usize = 5_000;

/// A test that is not whole before a program has been run.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTest {
    /// Its name, as [`Case::name`](crate::Case::name).
    pub name: String,
    /// Where its input comes from.
    pub input: PlannedInput,
    /// Where its answer comes from, if the generator does not write it.
    pub answer: PlannedAnswer,
}

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedInput {
    /// It is there.
    File(File),
    /// This program writes it to its output, or to `testcase.in`.
    Program {
        /// The program.
        program: Program,
        /// Its arguments.
        args: Vec<String>,
    },
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedAnswer {
    /// It is there.
    File(File),
    /// This solution, given the input, writes it.
    Solution(Program),
    /// It is empty: the validator needs none.
    Empty,
}

/// What is planned and not there.
#[derive(Debug, Default)]
pub(crate) struct Completed {
    /// Tests for which programs must be run.
    pub(crate) ungenerated: Vec<PlannedTest>,
}

/// What completing needs to know of the package.
pub(crate) struct About<'a> {
    pub(crate) format: Format,
    /// Whether answers are made by nobody: the validator talks to the program.
    pub(crate) without_answers: bool,
    /// What programs have made, by the names of files: `data/secret/1.in`.
    pub(crate) made: BTreeMap<String, Made>,
    /// Makes answers where the file names no solution.
    pub(crate) solution: Option<Program>,
    pub(crate) warnings: &'a mut Vec<Warning>,
}

/// Adds to `data` what the package's `generators.yaml` says and what has been made.
pub(crate) fn complete(
    tree: &mut Tree,
    data: &mut Folder,
    mut about: About<'_>,
) -> Result<Completed, PackageError> {
    let Some(file) = tree.file(FILE)? else { return Ok(Completed::default()) };
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

/// Puts a file into a folder of `data`, under a path that is seen from there.
fn insert(data: &mut Folder, path: &str, file: File) {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut at = data;
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        let below = format!("{}/{part}", at.path);
        at = at.folders.entry(part.to_owned()).or_insert_with(|| Folder { path: below, ..Folder::default() });
    }
    at.files.insert(name.to_owned(), file);
}
