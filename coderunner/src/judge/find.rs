//! The submission that is meant: a file, a folder, or one that the package brings.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use languages::Registry;
use model::SourceFile;
use package::regular;

use crate::{
    cli::JudgeArgs,
    problem::{Contestant, Entry, Subject, find_language, of_answers},
};

/// As many files as a submission may have.
const MOST_FILES: usize = 100;
/// As many bytes as one of them may have.
const MOST_BYTES: u64 = 2 * 1024 * 1024;

/// The submission that the command line names.
pub(super) fn contestant(
    args: &JudgeArgs,
    subject: &Subject,
    languages: &Registry,
) -> anyhow::Result<Contestant> {
    let path = &args.submission;
    let named = path.to_string_lossy();
    if path.exists() {
        return of_files(args, path, subject, languages);
    }
    let inside = named.trim_start_matches("submissions/").trim_end_matches('/');
    let own = subject.package.submissions.iter().find(|one| one.path == inside);
    let Some(own) = own else {
        let names: Vec<_> = subject.package.submissions.iter().map(|one| one.path.as_str()).collect();
        bail!(
            "there is no file {named}, and no such submission in the package, which has: {}",
            names.join(", ")
        );
    };
    let mut own = own.clone();
    if args.language.is_some() {
        own.language.clone_from(&args.language);
    }
    Ok(Contestant::of(&subject.package, &own, languages, true))
}

fn of_files(
    args: &JudgeArgs,
    path: &Path,
    subject: &Subject,
    languages: &Registry,
) -> anyhow::Result<Contestant> {
    let files = read(path)?;
    if subject.package.kind.submit_answer {
        let entry = of_answers(files, languages);
        let (name, language) = (path.display().to_string(), "answers".to_owned());
        return Ok(Contestant {
            name,
            language,
            entry,
            rules: Vec::new(),
            wanted: true,
            extent: worker::Extent::AsScored,
        });
    }
    let said = args.language.clone().or_else(|| language_of(&files, languages));
    let language = find_language(said.as_deref(), languages)
        .with_context(|| format!("{} cannot be judged", path.display()))?;
    Ok(Contestant {
        name: path.display().to_string(),
        language: language.id.as_str().to_owned(),
        entry: Ok(Entry::new(language, files, None)),
        rules: Vec::new(),
        wanted: true,
        extent: worker::Extent::AsScored,
    })
}

/// The one language of all files that have one.
fn language_of(files: &[SourceFile], languages: &Registry) -> Option<String> {
    let mut found = files.iter().filter_map(|file| languages.by_file_name(&file.name));
    let first = found.next()?;
    found.all(|next| next.id == first.id).then(|| first.id.as_str().to_owned())
}

fn read(path: &Path) -> anyhow::Result<Vec<SourceFile>> {
    if !path.is_dir() {
        let name = path.file_name().with_context(|| format!("{} is no file", path.display()))?;
        return Ok(vec![source(path, &name.to_string_lossy())?]);
    }
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let whole = path.join(&folder);
        for entry in fs::read_dir(&whole).with_context(|| format!("cannot read {}", whole.display()))? {
            let entry = entry?;
            let inner = folder.join(entry.file_name());
            // Links are not followed: a folder may lead round to itself.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(inner);
            } else if kind.is_file() {
                ensure!(files.len() < MOST_FILES, "{} has more than {MOST_FILES} files", path.display());
                files.push(source(&entry.path(), &inner.to_string_lossy())?);
            }
        }
    }
    ensure!(!files.is_empty(), "{} has no files", path.display());
    Ok(files)
}

fn source(path: &Path, name: &str) -> anyhow::Result<SourceFile> {
    let cannot = || format!("cannot read {}", path.display());
    let bytes = fs::metadata(path).with_context(cannot)?.len();
    ensure!(bytes <= MOST_BYTES, "{} has {bytes} bytes, and {MOST_BYTES} are the most", path.display());
    Ok(SourceFile { name: name.to_owned(), content: regular::read(path).with_context(cannot)?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_with_the_folders_in_it_and_without_links() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, name).expect("written");
        };
        write("main.py");
        write("inner/other.py");
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link.py")).expect("a link");
        let mut names: Vec<_> =
            read(folder.path()).expect("reads").into_iter().map(|file| file.name).collect();
        names.sort();
        assert_eq!(names, ["inner/other.py", "main.py"]);
    }
}
