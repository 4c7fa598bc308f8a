//! Language detection by file names, with the codes of the Kattis formats, which are also ours, except that
//! all Pythons are `python`.

use crate::{Build, File, Folder, Format, Program, Warning, leftovers};

/// Extensions and their languages, from the formats' table of languages.
const ENDINGS: &[(&str, &str)] = &[
    ("py", "python"),
    ("py2", "python"),
    ("py3", "python"),
    ("pyw", "python"),
    ("c", "c"),
    ("cc", "cpp"),
    ("cpp", "cpp"),
    ("cxx", "cpp"),
    ("c++", "cpp"),
    ("C", "cpp"),
    ("java", "java"),
    ("js", "javascript"),
    ("mjs", "javascript"),
    ("cjs", "javascript"),
    ("ts", "typescript"),
    ("mts", "typescript"),
    ("cts", "typescript"),
    ("rs", "rust"),
    ("go", "go"),
    ("rb", "ruby"),
    ("rbw", "ruby"),
    ("php", "php"),
    ("sh", "bash"),
    ("bash", "bash"),
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
    ("f95", "fortran"),
    ("f", "fortran"),
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
    ("cbl", "cobol"),
    ("lhs", "haskell"),
    ("kts", "kotlin"),
    ("clj", "clojure"),
    ("exs", "elixir"),
    ("groovy", "groovy"),
    ("r", "r"),
    ("tcl", "tcl"),
    ("awk", "awk"),
    ("scm", "scheme"),
    ("viva", "viva"),
    ("ctd", "checktestdata"),
];

/// The language of a file's extension.
pub fn detect_language(name: &str) -> Option<&'static str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let found = ENDINGS.iter().find(|(known, _)| *known == ending);
    let found = found.or_else(|| ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)));
    found.filter(|_| !stem.is_empty()).map(|(_, language)| *language)
}

/// The language in a package of this format: `.pl` is Perl in a lesson, as in our registry, and Prolog in the
/// other formats.
pub(crate) fn detect_language_in(format: Format, name: &str) -> Option<&'static str> {
    match detect_language(name) {
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

/// The single language of a program's files; `None` if there is none, or more than one.
pub(crate) fn detect_language_of_files<'a>(
    format: Format,
    names: impl Iterator<Item = &'a str>,
) -> Option<&'static str> {
    let mut found = names.filter_map(|name| detect_language_in(format, name));
    let first = found.next()?;
    found.try_fold(first, |one, next| match (one, next) {
        (one, next) if one == next => Some(one),
        // A C++ compiler takes both.
        ("c", "cpp") | ("cpp", "c") => Some("cpp"),
        _ => None,
    })
}

/// Whether a file in a folder of programs is a note.
fn is_note(name: &str) -> bool {
    const ENDINGS: [&str; 6] = ["md", "txt", "yaml", "yml", "in", "ans"];
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.contains(&ending))
        || name.starts_with("README")
        || matches!(name, "Makefile" | "makefile" | "CMakeLists.txt" | "LICENSE")
}

/// The programs of a folder such as `input_validators`: each file and each subfolder is one. Headers belong
/// to each, and a script `build` or `run` makes one program of all loose files. Without a source there is no
/// program.
pub(crate) fn programs(format: Format, mut folder: Folder, warnings: &mut Vec<Warning>) -> Vec<Program> {
    leftovers::remove_leftovers(&mut folder, warnings);
    let mut programs = Vec::new();
    for inner in folder.folders.values() {
        let mut files: Vec<_> = inner.all_files().into_iter().cloned().collect();
        remove_compiler_output(format, &mut files);
        let program = program(format, inner.name(), files);
        if program.is_any(format) {
            programs.push(program);
        } else {
            warnings.push(leftovers::no_program(&inner.path, &program.files));
        }
    }
    programs.extend(loose_programs(format, &folder, warnings));
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

fn loose_programs(format: Format, folder: &Folder, warnings: &mut Vec<Warning>) -> Vec<Program> {
    let is_source = |file: &File| detect_language_in(format, file.name()).is_some();
    let loose: Vec<_> = folder.files.values().filter(|file| !is_note(file.name())).cloned().collect();
    if loose.iter().any(|file| matches!(file.name(), "build" | "run")) {
        return vec![program(format, folder.name(), loose)];
    }
    let (sources, others): (Vec<_>, Vec<_>) = loose.into_iter().partition(is_source);
    let mut others = others;
    others.retain(|file| !is_compiled_from(&sources, file));
    if sources.is_empty() {
        let odd = others.iter().map(|file| leftovers::no_program(&file.path, std::slice::from_ref(file)));
        warnings.extend(odd);
        return Vec::new();
    }
    let with_others = |source: File| {
        let name = source.name().to_owned();
        program(format, &name, std::iter::once(source).chain(others.iter().cloned()).collect())
    };
    sources.into_iter().map(with_others).collect()
}

/// Whether it is a compiler's output of one of these: the same name without extension.
fn is_compiled_from(sources: &[File], file: &File) -> bool {
    sources.iter().any(|source| source.path.rsplit_once('.').is_some_and(|(stem, _)| stem == file.path))
}

/// Removes compiler output beside its sources.
fn remove_compiler_output(format: Format, files: &mut Vec<File>) {
    let is_source = |file: &&File| detect_language_in(format, file.name()).is_some();
    let sources: Vec<_> = files.iter().filter(is_source).cloned().collect();
    files.retain(|file| matches!(file.name(), "build" | "run") || !is_compiled_from(&sources, file));
}

impl Program {
    /// Whether it is a single file, possibly with headers, rather than a folder.
    pub(crate) fn is_loose(&self) -> bool {
        self.build == Build::ByLanguage && self.files.iter().any(|file| file.name() == self.name)
    }

    /// The name of one of its files, relative to its folder.
    pub fn name_of(&self, file: &File) -> String {
        let (path, folder) = (format!("/{}", file.path), format!("/{}/", self.name));
        path.split_once(&folder).map_or_else(|| file.name().to_owned(), |(_, inside)| inside.to_owned())
    }

    /// Whether it contains a runnable file.
    fn is_any(&self, format: Format) -> bool {
        self.build != Build::ByLanguage || has_source(format, &self.files)
    }
}

/// Whether any of these files has a known extension.
pub(crate) fn has_source(format: Format, files: &[File]) -> bool {
    files.iter().any(|file| detect_language_in(format, file.name()).is_some())
}

/// A program of these files.
pub(crate) fn program(format: Format, name: &str, files: Vec<File>) -> Program {
    let has = |script: &str| files.iter().any(|file| file.name() == script);
    let build = if has("build") {
        Build::OwnBuild
    } else if has("run") {
        Build::OwnRun
    } else {
        Build::ByLanguage
    };
    let language = detect_language_of_files(format, files.iter().map(File::name)).map(str::to_owned);
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
            ("sum.pyw", Some("python")),
            ("sum.mts", Some("typescript")),
            ("sum.cts", Some("typescript")),
            ("sum.rbw", Some("ruby")),
            ("a.b.C", Some("cpp")),
            ("a.c", Some("c")),
            ("Main.JAVA", Some("java")),
            ("validate.h", None),
            (".py", None),
            ("Makefile", None),
        ] {
            assert_eq!(detect_language(name), expected, "{name}");
        }
        assert_eq!(language_of_code("Python3"), "python");
        assert_eq!(language_of_code("rust"), "rust");
    }

    #[test]
    fn what_ends_in_pl_is_perl_in_a_lesson_and_prolog_elsewhere() {
        assert_eq!(detect_language_in(Format::Lesson, "greet.pl"), Some("perl"));
        assert_eq!(detect_language_in(Format::Legacy, "greet.pl"), Some("prolog"));
        assert_eq!(detect_language_in(Format::V2025, "greet.pm"), Some("perl"));
        assert_eq!(detect_language_of_files(Format::Lesson, ["a.pl", "b.pm"].into_iter()), Some("perl"));
    }

    #[test]
    fn files_of_two_languages_have_none() {
        assert_eq!(
            detect_language_of_files(Format::Legacy, ["a.py", "b.py", "notes.txt"].into_iter()),
            Some("python")
        );
        assert_eq!(detect_language_of_files(Format::Legacy, ["a.py", "b.c"].into_iter()), None);
        assert_eq!(detect_language_of_files(Format::Legacy, ["a.h"].into_iter()), None);
    }
}
