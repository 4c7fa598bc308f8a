//! Sources of `coderunner run`: a file, a folder, or standard input, and their language. Each error includes advice.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, IsTerminal as _, Read as _},
    path::Path,
};

use anyhow::{Context as _, bail, ensure};
use languages::{Availability, Language, Registry};
use model::{Bytes, SourceFile};
use package::regular_file;

use crate::{cli::RunArgs, sources};

/// The name that stands for standard input.
const STDIN: &str = "-";

/// Whether the program is read from standard input.
pub(super) fn is_stdin(args: &RunArgs) -> bool {
    args.file == Path::new(STDIN)
}

/// The program and its language; of a folder all files, the one first in which it begins.
pub(super) fn read<'a>(
    args: &RunArgs,
    languages: &'a Registry,
) -> anyhow::Result<(&'a Language, Vec<SourceFile>)> {
    let (language, files) = if is_stdin(args) {
        let (language, source) = from_stdin(args, languages)?;
        (language, vec![source])
    } else if args.file.is_dir() {
        from_folder(args, languages)?
    } else {
        let (language, source) = from_file(args, languages)?;
        (language, vec![source])
    };
    match &language.availability {
        Availability::Available(_) => Ok((language, files)),
        Availability::Unavailable { reason } => bail!("{} cannot be run here: {reason}", language.name),
    }
}

fn from_stdin<'a>(args: &RunArgs, languages: &'a Registry) -> anyhow::Result<(&'a Language, SourceFile)> {
    let named = args.language.as_ref().with_context(|| {
        format!(
            "a program from standard input does not say its language; name it with --language: {}",
            known_languages(languages)
        )
    })?;
    let language = named_language(named, languages)?;
    if io::stdin().is_terminal() {
        eprintln!("coderunner: type the program, then Ctrl-D on a line of its own");
    }
    let mut content = Vec::new();
    io::stdin().read_to_end(&mut content).context("standard input cannot be read")?;
    check_text("standard input", &content)?;
    Ok((language, SourceFile { name: language.main_file.clone(), content: content.into() }))
}

fn from_file<'a>(args: &RunArgs, languages: &'a Registry) -> anyhow::Result<(&'a Language, SourceFile)> {
    let path = &args.file;
    ensure!(args.main.is_none(), "--main says where a folder begins, and {} is a file", path.display());
    let source = file(path)?;
    check_text(&path.display().to_string(), source.content.as_bytes())?;
    let language = match &args.language {
        Some(name) => named_language(name, languages)?,
        None => languages.detect_language(&source.name).with_context(|| no_language(path, languages))?,
    };
    Ok((language, source))
}

fn from_folder<'a>(
    args: &RunArgs,
    languages: &'a Registry,
) -> anyhow::Result<(&'a Language, Vec<SourceFile>)> {
    let files = sources::read(&args.file)?;
    let named = args.language.clone().or_else(|| sources::detect_language(&files, languages));
    let named = named.with_context(|| {
        let (folder, known) = (args.file.display(), known_languages(languages));
        format!("the files in {folder} do not say one language; name it with --language: {known}")
    })?;
    let language = named_language(&named, languages)?;
    let files = sources::main_first(files, language, args.main.as_deref())?;
    check_text(&files[0].name, files[0].content.as_bytes())?;
    Ok((language, files))
}

/// A file with the name that it has without its folders.
pub(super) fn file(path: &Path) -> anyhow::Result<SourceFile> {
    let content = bytes(path)?;
    let name = path.file_name().and_then(OsStr::to_str);
    let name = name.with_context(|| {
        format!("{} has a name that is not text in UTF-8: give the file another one", path.display())
    })?;
    Ok(SourceFile { name: name.to_owned(), content: content.into() })
}

/// Content of a regular file.
fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    regular_file::read(path).map_err(|error| unreadable(path, error))
}

/// The largest input that `--stdin` takes, in bytes: it is held in memory.
const MAX_INPUT: u64 = 256 * 1024 * 1024;

/// Input of the program. It may also be a pipe, as shells make them of `<(command)`: unlike a file of a package, it is the
/// user's own.
pub(super) fn input(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    file.take(MAX_INPUT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, error))?;
    ensure!(
        bytes.len() as u64 <= MAX_INPUT,
        "{} has more than {}: pipe it in instead, so that the program reads it as it comes",
        path.display(),
        Bytes(MAX_INPUT)
    );
    Ok(bytes)
}

fn unreadable(path: &Path, error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::NotFound => anyhow::anyhow!("cannot read {}: there is no such file", path.display()),
        _ => anyhow::Error::from(error).context(format!("cannot read {}", path.display())),
    }
}

fn named_language<'a>(name: &str, languages: &'a Registry) -> anyhow::Result<&'a Language> {
    languages.find(name).with_context(|| match languages.nearest(name) {
        Some(near) => {
            format!(
                "unknown language `{name}`; did you mean `{near}`? There are: {}",
                known_languages(languages)
            )
        }
        None => format!("unknown language `{name}`; there are: {}", known_languages(languages)),
    })
}

fn no_language(path: &Path, languages: &Registry) -> String {
    let reason = match path.extension() {
        Some(ending) => format!("no language has files that end in .{}", ending.display()),
        None => "its name has no ending that says its language".to_owned(),
    };
    format!("{}: {reason}; name the language with --language: {}", path.display(), known_languages(languages))
}

fn known_languages(languages: &Registry) -> String {
    languages.all().map(|language| language.id.as_str()).collect::<Vec<_>>().join(", ")
}

/// A program is text, and there is some.
fn check_text(name: &str, content: &[u8]) -> anyhow::Result<()> {
    ensure!(!content.trim_ascii().is_empty(), "{name} is empty: write the program into it first");
    ensure!(
        !content.starts_with(b"\x7fELF"),
        "{name} is a compiled program: name its source instead, which is compiled and run in the sandbox"
    );
    ensure!(
        !content.contains(&0),
        "{name} is not text: it has a byte that is zero; name the source of a program"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_text_and_there_is_some() {
        let told = |content: &[u8]| check_text("a.py", content).map_err(|error| error.to_string());
        assert_eq!(told(b"print(1)"), Ok(()));
        assert_eq!(told(b"print('\xe9')"), Ok(()), "in an old encoding");
        for (content, says) in [
            (&b""[..], "a.py is empty"),
            (b" \n\t\n", "a.py is empty"),
            (b"\x7fELF\x02\x01", "a.py is a compiled program"),
            (b"PK\x03\x04\x00", "a.py is not text"),
        ] {
            let problem = told(content).expect_err(says);
            assert!(problem.starts_with(says), "{problem}");
        }
    }
}
