//! Source files of a command line: one file, or a folder with everything in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use languages::{Language, Registry};
use model::{FileNameLimits, SourceFile};
use package::regular_file;
use verifier::main_file_rank;

/// As many files as a submission may have.
const MAX_FILES: usize = 100;
/// As many bytes as one of them may have.
const MAX_BYTES: u64 = 2 * 1024 * 1024;

/// The file under its own name, or the files of a folder, each named from the folder on. Hidden files (names with a leading dot) is
/// left out, and so are links: a folder may lead round to itself.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<SourceFile>> {
    if path.is_dir() {
        return read_folder(path);
    }
    let name = path.file_name().with_context(|| format!("{} is no file", path.display()))?;
    Ok(vec![source(path, &name.to_string_lossy())?])
}

fn read_folder(path: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let whole = path.join(&folder);
        for entry in fs::read_dir(&whole).with_context(|| format!("cannot read {}", whole.display()))? {
            let entry = entry?;
            let (inner, kind) = (folder.join(entry.file_name()), entry.file_type()?);
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if kind.is_dir() {
                folders.push(inner);
            } else if kind.is_file() {
                ensure!(files.len() < MAX_FILES, "{} has more than {MAX_FILES} files", path.display());
                files.push(source(&entry.path(), &submitted_name(&inner, &entry.path())?)?);
            }
        }
    }
    ensure!(!files.is_empty(), "{} has no files", path.display());
    Ok(files)
}

/// The name of a file in a folder, by the rule for all submitted files.
fn submitted_name(inner: &Path, path: &Path) -> anyhow::Result<String> {
    let name = inner.to_str().with_context(|| format!("{} has no name that is text", path.display()))?;
    FileNameLimits::default()
        .check(name)
        .map_err(|error| anyhow::anyhow!("the name of {} {error}", path.display()))?;
    Ok(name.to_owned())
}

fn source(path: &Path, name: &str) -> anyhow::Result<SourceFile> {
    let cannot = || format!("cannot read {}", path.display());
    let bytes = fs::metadata(path).with_context(cannot)?.len();
    ensure!(bytes <= MAX_BYTES, "{} has {bytes} bytes, and {MAX_BYTES} are the most", path.display());
    Ok(SourceFile { name: name.to_owned(), content: regular_file::read(path).with_context(cannot)?.into() })
}

/// The one language of all files that have one.
pub(crate) fn detect_language(files: &[SourceFile], languages: &Registry) -> Option<String> {
    let mut found = files.iter().filter_map(|file| languages.detect_language(&file.name));
    let first = found.next()?;
    found.all(|next| next.id == first.id).then(|| first.id.as_str().to_owned())
}

/// The files with the one first that the program begins in: the one that is named, or the one that looks most like it.
pub(crate) fn main_first(
    mut files: Vec<SourceFile>,
    language: &Language,
    main: Option<&str>,
) -> anyhow::Result<Vec<SourceFile>> {
    let likeness = |file: &SourceFile| (main_file_rank(language, file, None), file.name.matches('/').count());
    files.sort_by_cached_key(|file| (likeness(file), file.name.clone()));
    let place = match main {
        Some(main) => files.iter().position(|file| file.name == main),
        None => Some(0),
    };
    let Some(place) = place else {
        bail!("there is no {}; the files are: {}", main.unwrap_or_default(), names(&files));
    };
    if let (None, [first, second, ..]) = (main, files.as_slice())
        && likeness(first) == likeness(second)
    {
        bail!(
            "{} and {} could both be where the program begins; say which with --main FILE",
            first.name,
            second.name
        );
    }
    let first = files.remove(place);
    files.insert(0, first);
    Ok(files)
}

fn names(files: &[SourceFile]) -> String {
    files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use languages::SystemHost;

    use super::*;

    fn write(folder: &Path, name: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, name).expect("written");
    }

    #[test]
    fn a_folder_is_read_with_the_folders_in_it_and_without_links_and_hidden_files() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["main.py", "inner/other.py", ".git/config", "inner/.hidden"] {
            write(folder.path(), name);
        }
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link.py")).expect("a link");
        let mut names: Vec<_> =
            read(folder.path()).expect("reads").into_iter().map(|file| file.name).collect();
        names.sort();
        assert_eq!(names, ["inner/other.py", "main.py"]);
        assert_eq!(read(&folder.path().join("inner/other.py")).expect("reads")[0].name, "other.py");
    }

    #[test]
    fn a_folder_of_very_many_or_very_large_files_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 0..=MAX_FILES {
            write(folder.path(), &format!("{number}.py"));
        }
        let error = read(folder.path()).expect_err("too many").to_string();
        assert!(error.contains("more than 100 files"), "{error}");
        let large = folder.path().join("large.py");
        fs::write(&large, vec![b'#'; usize::try_from(MAX_BYTES).expect("fits") + 1]).expect("written");
        assert!(read(&large).expect_err("too large").to_string().contains("2097153 bytes"));
        let deep = folder.path().join("deep");
        write(&deep, "1/2/3/4/5/6/7/8/9/x.py");
        let error = read(&deep).expect_err("too deep").to_string();
        assert!(error.contains("at most 8 folders; it is in 9"), "{error}");
    }

    #[track_caller]
    fn check_main_file(names: &[&str], main: Option<&str>, expected: Result<&str, &str>) {
        let languages = Registry::builtin(&SystemHost::new()).expect("sound language files");
        let python = languages.find("python").expect("a language");
        let files = names.iter().map(|name| SourceFile { name: (*name).to_owned(), content: "".into() });
        match (main_first(files.collect(), python, main), expected) {
            (Ok(files), Ok(expected)) => assert_eq!(files[0].name, expected),
            (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
            (found, expected) => panic!("{names:?}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_program_begins_in_the_file_that_is_named_or_that_looks_most_like_it() {
        check_main_file(&["a.py", "pkg/main.py", "main.py"], None, Ok("main.py"));
        check_main_file(&["a.txt", "only.py"], None, Ok("only.py"));
        check_main_file(&["pkg/b.py", "a.py"], None, Ok("a.py"));
        check_main_file(
            &["a.py", "b.py"],
            None,
            Err("a.py and b.py could both be where the program begins; say which with --main"),
        );
        check_main_file(&["a.py", "b.py"], Some("b.py"), Ok("b.py"));
        check_main_file(
            &["a.py", "main.py"],
            Some("pkg/a.py"),
            Err("there is no pkg/a.py; the files are: main.py, a.py"),
        );
    }
}
