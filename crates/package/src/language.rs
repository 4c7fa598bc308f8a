//! The language of a program, by its files' names. The codes are those of the Kattis formats, which are also ours, but that all
//! Pythons are `python`.

use crate::{Build, File, Folder, Format, Program};

/// Endings and the languages they stand for, from the formats' table of languages.
const ENDINGS: &[(&str, &str)] = &[
    ("py", "python"),
    ("py2", "python"),
    ("py3", "python"),
    ("c", "c"),
    ("cc", "cpp"),
    ("cpp", "cpp"),
    ("cxx", "cpp"),
    ("c++", "cpp"),
    ("C", "cpp"),
    ("java", "java"),
    ("js", "javascript"),
    ("ts", "typescript"),
    ("rs", "rust"),
    ("go", "go"),
    ("rb", "ruby"),
    ("php", "php"),
    ("sh", "bash"),
    ("lua", "lua"),
    ("pm", "perl"),
    ("kt", "kotlin"),
    ("cs", "csharp"),
    ("hs", "haskell"),
    ("ml", "ocaml"),
    ("pas", "pascal"),
    ("pl", "prolog"),
    ("scala", "scala"),
    ("swift", "swift"),
    ("d", "d"),
    ("dart", "dart"),
    ("jl", "julia"),
    ("lisp", "lisp"),
    ("cl", "lisp"),
    ("m", "objectivec"),
    ("f90", "fortran"),
    ("fs", "fsharp"),
    ("nim", "nim"),
    ("zig", "zig"),
    ("ex", "elixir"),
    ("erl", "erlang"),
    ("adb", "ada"),
    ("ads", "ada"),
    ("cr", "crystal"),
    ("rkt", "racket"),
    ("vb", "visualbasic"),
    ("cob", "cobol"),
    ("viva", "viva"),
    ("ctd", "checktestdata"),
];

/// The language that a file's ending stands for.
pub fn language_of_file(name: &str) -> Option<&'static str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let found = ENDINGS.iter().find(|(known, _)| *known == ending);
    let found = found.or_else(|| ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)));
    found.filter(|_| !stem.is_empty()).map(|(_, language)| *language)
}

/// The same, in a package of this format: what ends in `.pl` is Perl in a lesson, as in our registry of languages, and Prolog in
/// the formats of others.
pub(crate) fn language_in(format: Format, name: &str) -> Option<&'static str> {
    match language_of_file(name) {
        Some("prolog") if format.is_lesson() => Some("perl"),
        other => other,
    }
}

/// Our name for a language's code in a package: `python3` is `python`.
pub fn language_of_code(code: &str) -> String {
    match code.to_ascii_lowercase().as_str() {
        "python2" | "python3" | "python3numpy" | "pypy" | "pypy2" | "pypy3" | "py" | "py3" => {
            "python".to_owned()
        }
        "cppgmp" | "c++" => "cpp".to_owned(),
        "cgmp" => "c".to_owned(),
        "javaalgs4" => "java".to_owned(),
        other => other.to_owned(),
    }
}

/// The one language of a program's files; `None` where there is none, or more than one.
pub(crate) fn language_of_files<'a>(
    format: Format,
    names: impl Iterator<Item = &'a str>,
) -> Option<&'static str> {
    let mut found = names.filter_map(|name| language_in(format, name));
    let first = found.next()?;
    found.all(|next| next == first).then_some(first)
}

/// The programs of a folder such as `input_validators`: each file and each folder is one. Files that go together only
/// (headers, a `build` script) make one program of the folder's loose files.
pub(crate) fn programs(format: Format, folder: &Folder) -> Vec<Program> {
    const NOTES: [&str; 4] = ["md", "txt", "yaml", "in"];
    let is_note = |name: &str| {
        name.rsplit_once('.').is_some_and(|(_, ending)| NOTES.contains(&ending)) || name.starts_with("README")
    };
    let loose: Vec<_> = folder.files.values().filter(|file| !is_note(file.name())).cloned().collect();
    let mut programs: Vec<_> = folder
        .folders
        .values()
        .map(|inner| program(format, inner.name(), inner.all_files().into_iter().cloned().collect()))
        .filter(|program| !program.files.is_empty())
        .collect();
    if loose.iter().any(|file| language_of_file(file.name()).is_none()) && !loose.is_empty() {
        programs.push(program(format, folder.name(), loose));
    } else {
        programs.extend(loose.into_iter().map(|file| program(format, file.name(), vec![file.clone()])));
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

fn program(format: Format, name: &str, files: Vec<File>) -> Program {
    let has = |script: &str| files.iter().any(|file| file.name() == script);
    let build = if has("build") {
        Build::OwnBuild
    } else if has("run") {
        Build::OwnRun
    } else {
        Build::ByLanguage
    };
    let language = language_of_files(format, files.iter().map(File::name)).map(str::to_owned);
    Program { name: name.to_owned(), files, language, build }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_ending() {
        for (name, expected) in [
            ("sum.py", Some("python")),
            ("sum.py2", Some("python")),
            ("a.b.C", Some("cpp")),
            ("a.c", Some("c")),
            ("Main.JAVA", Some("java")),
            ("validate.h", None),
            (".py", None),
            ("Makefile", None),
        ] {
            assert_eq!(language_of_file(name), expected, "{name}");
        }
        assert_eq!(language_of_code("Python3"), "python");
        assert_eq!(language_of_code("rust"), "rust");
    }

    #[test]
    fn what_ends_in_pl_is_perl_in_a_lesson_and_prolog_elsewhere() {
        assert_eq!(language_in(Format::Lesson, "greet.pl"), Some("perl"));
        assert_eq!(language_in(Format::Legacy, "greet.pl"), Some("prolog"));
        assert_eq!(language_in(Format::V2025, "greet.pm"), Some("perl"));
        assert_eq!(language_of_files(Format::Lesson, ["a.pl", "b.pm"].into_iter()), Some("perl"));
    }

    #[test]
    fn files_of_two_languages_have_none() {
        assert_eq!(
            language_of_files(Format::Legacy, ["a.py", "b.py", "notes.txt"].into_iter()),
            Some("python")
        );
        assert_eq!(language_of_files(Format::Legacy, ["a.py", "b.c"].into_iter()), None);
        assert_eq!(language_of_files(Format::Legacy, ["a.h"].into_iter()), None);
    }
}
