//! Generators: tests of `generators/generators.yaml` (BAPCtools) that are copied, inline, or produced by
//! programs.
//!
//! Tests without programs are completed here. Others become a [`PlannedTest`](crate::PlannedTest): the caller runs the programs
//! in a sandbox and opens the package again with their output
//! ([`Package::open_with_generated`](crate::Package::open_with_generated)). Existing tests of `sample` or `secret` in `data/`
//! have priority over generated ones of the same part.

mod emit;
mod facts;
mod names;
mod plan;
mod read;

pub(crate) use facts::{FILE, PackageFacts};
pub(crate) use plan::Completion;

use crate::{Folder, PackageError, Tree, Warning};

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
