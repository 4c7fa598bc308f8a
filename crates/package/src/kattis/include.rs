//! Files for submissions (`include`) and for solvers (`attachments`).

use std::collections::BTreeMap;

use crate::{File, PackageError, Tree, Warning, language_of_code, leftovers};

/// Files added to each submission, by language.
pub(super) fn includes(
    tree: &Tree,
    warnings: &mut Vec<Warning>,
) -> Result<BTreeMap<String, Vec<File>>, PackageError> {
    let Some(mut folder) = tree.folder("include")? else { return Ok(BTreeMap::new()) };
    leftovers::remove_leftovers(&mut folder, warnings);
    let by_language = folder
        .folders
        .iter()
        .map(|(code, inner)| (language_of_code(code), inner.all_files().into_iter().cloned().collect()));
    Ok(by_language.collect())
}

/// All files of a folder.
pub(super) fn all_files(tree: &Tree, folder: &str) -> Result<Vec<File>, PackageError> {
    let folder = tree.folder(folder)?.unwrap_or_default();
    Ok(folder.all_files().into_iter().cloned().collect())
}
