//! Language detection by file names, with the codes of the Kattis formats, which are also ours, except that
//! all Pythons are `python`.

use crate::Format;

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
