//! Missing dependencies: modules, headers and commands recognized in the error messages of each language.

use crate::escape_invisible;

/// Error message of a language about a missing dependency: its name stands between two texts.
struct Pattern {
    /// The kind of dependency, such as `Python module`.
    thing: &'static str,
    /// The text in front of the name; behind it, if `end` is empty.
    before: &'static str,
    /// The name ends before the first of these characters, or at the end of the line.
    end: &'static [char],
}

const fn pattern(thing: &'static str, before: &'static str, end: &'static [char]) -> Pattern {
    Pattern { thing, before, end }
}

/// Longer names are not repeated, in bytes.
const MAX_NAME_LENGTH: usize = 100;

/// Only the end of the messages is scanned, in bytes: the error that ended the program comes last.
const MAX_SCANNED: usize = 16 * 1024;

const PATTERNS: [Pattern; 17] = [
    // Python
    pattern("Python module", "ModuleNotFoundError: No module named '", &['\'']),
    // Node.js and TypeScript
    pattern("module", "Cannot find module '", &['\'']),
    pattern("module", "Cannot find package '", &['\'']),
    // GCC and Clang
    pattern("header", "fatal error: '", &['\'']),
    pattern("header", "fatal error: ", &[':']),
    // Ruby
    pattern("Ruby library", "cannot load such file -- ", &[' ']),
    // PHP
    pattern("PHP file", "Failed opening required '", &['\'']),
    // Java
    pattern("Java package", "error: package ", &[' ']),
    // Go
    pattern("Go package", "no required module provides package ", &[':', ';', ' ']),
    pattern("Go package", "cannot find package \"", &['"']),
    pattern("Go package", ": package ", &[' ']),
    // Rust
    pattern("Rust crate", "can't find crate for `", &['`']),
    pattern("Rust crate", "use of unresolved module or unlinked crate `", &['`']),
    pattern("Rust crate", "use of undeclared crate or module `", &['`']),
    // Perl, Lua, Bash
    pattern("Perl module", "Can't locate ", &[' ']),
    pattern("Lua module", "module '", &['\'']),
    pattern("command", ": command not found", &[]),
];

/// Text that must follow the name on the same line, for patterns that are ambiguous without it.
const CONFIRMATIONS: [(&str, &str); 6] = [
    ("fatal error: ", "No such file or directory"),
    ("fatal error: '", "file not found"),
    ("error: package ", "does not exist"),
    (": package ", "is not in "),
    ("Can't locate ", "in @INC"),
    ("module '", "not found:"),
];

/// Explanation of the missing dependency in these messages, if there is one.
pub(super) fn explain(errors: &[u8]) -> Option<String> {
    let errors = String::from_utf8_lossy(crate::utf8_suffix(errors, MAX_SCANNED));
    // The last error ended the program; earlier ones were caught by it.
    let (thing, name) = errors.lines().rev().find_map(missing)?;
    let name = escape_invisible(&name).into_owned();
    Some(format!(
        "The {thing} \"{name}\" was not found: it is not installed here, and it is no file of the program. Check how it is \
         written, or do without it."
    ))
}

/// The kind and name of the missing dependency in this line.
fn missing(line: &str) -> Option<(&'static str, String)> {
    PATTERNS.iter().find_map(|pattern| {
        let name = if pattern.end.is_empty() {
            word_before_text(line, pattern)
        } else {
            word_after_text(line, pattern)
        }?;
        let is_name =
            !name.is_empty() && name.len() <= MAX_NAME_LENGTH && !name.contains(char::is_whitespace);
        is_name.then(|| (pattern.thing, name.to_owned()))
    })
}

fn word_after_text<'a>(line: &'a str, pattern: &Pattern) -> Option<&'a str> {
    let (_, rest) = line.split_once(pattern.before)?;
    let name = rest.split(pattern.end).next()?;
    let confirmation = CONFIRMATIONS.iter().find(|(before, _)| *before == pattern.before);
    let is_confirmed = confirmation.is_none_or(|(_, said)| rest[name.len()..].contains(said));
    is_confirmed.then_some(name)
}

/// The name in front of a text: `main.sh: line 1: cowsay: command not found`.
fn word_before_text<'a>(line: &'a str, pattern: &Pattern) -> Option<&'a str> {
    line.trim_end().strip_suffix(pattern.before)?.rsplit(": ").next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, said: &str) {
        let errors = format!("some more\n{line}\n    at somewhere\n");
        let explained =
            explain(errors.as_bytes()).unwrap_or_else(|| panic!("nothing is missing by {line:?}"));
        assert!(
            explained.starts_with(&format!("The {said} was not found: it is not installed here")),
            "{explained}"
        );
    }

    #[test]
    fn the_message_of_each_language_is_recognized() {
        check("ModuleNotFoundError: No module named 'numpy'", "Python module \"numpy\"");
        check("ModuleNotFoundError: No module named 'a.b'; 'a' is not a package", "Python module \"a.b\"");
        check("Error: Cannot find module 'left-pad'", "module \"left-pad\"");
        check(
            "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'chalk' imported from /box/main.mjs",
            "module \"chalk\"",
        );
        check(
            "main.ts(1,17): error TS2307: Cannot find module 'lodash' or its corresponding type declarations.",
            "module \"lodash\"",
        );
        check("main.c:1:10: fatal error: SDL2/SDL.h: No such file or directory", "header \"SDL2/SDL.h\"");
        check("main.c:1:10: fatal error: 'boost/any.hpp' file not found", "header \"boost/any.hpp\"");
        check(
            "<internal:/usr/lib/ruby>:86:in `require': cannot load such file -- nokogiri (LoadError)",
            "Ruby library \"nokogiri\"",
        );
        check(
            "PHP Fatal error:  Uncaught Error: Failed opening required 'vendor/autoload.php' (include_path='.')",
            "PHP file \"vendor/autoload.php\"",
        );
        check("Main.java:1: error: package org.junit does not exist", "Java package \"org.junit\"");
        check(
            "main.go:3:8: no required module provides package github.com/a/b: go.mod file not found",
            "Go package \"github.com/a/b\"",
        );
        check(
            "main.go:3:8: package foo/bar is not in std (/usr/lib/go/src/foo/bar)",
            "Go package \"foo/bar\"",
        );
        check("error[E0463]: can't find crate for `rand`", "Rust crate \"rand\"");
        check(
            "error[E0432]: unresolved import: use of unresolved module or unlinked crate `serde`",
            "Rust crate \"serde\"",
        );
        check(
            "Can't locate Moose.pm in @INC (you may need to install the Moose module)",
            "Perl module \"Moose.pm\"",
        );
        check("lua: main.lua:1: module 'socket' not found:", "Lua module \"socket\"");
        check("/box/main.sh: line 1: cowsay: command not found", "command \"cowsay\"");
    }

    #[test]
    fn other_messages_are_not_explained() {
        for line in [
            "",
            "ZeroDivisionError: division by zero",
            "main.c:1:1: fatal error: too many errors emitted, stopping now",
            "fatal error: all goroutines are asleep - deadlock!",
            "ModuleNotFoundError: No module named ''",
            "the module 'x' is fine",
            "Main.java:3: error: package a should be mentioned",
            "ImportError: cannot import name 'x' from 'y'",
        ] {
            assert_eq!(explain(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn the_last_missing_dependency_is_explained() {
        let errors = b"ModuleNotFoundError: No module named 'first'\n\nDuring handling\nModuleNotFoundError: No module named 'second'\n";
        assert!(explain(errors).is_some_and(|said| said.contains("\"second\"")));
    }

    #[test]
    fn a_forged_name_cannot_be_long_or_contain_invisible_characters() {
        let long = format!("ModuleNotFoundError: No module named '{}'", "x".repeat(MAX_NAME_LENGTH + 1));
        assert_eq!(explain(long.as_bytes()), None);
        let spoofed = explain("Error: Cannot find module 'a\u{202e}b\u{1b}'".as_bytes()).expect("explained");
        assert!(!spoofed.contains('\u{202e}') && !spoofed.contains('\u{1b}'), "{spoofed}");
        assert_eq!(explain(b"Error: Cannot find module 'two words'"), None);
    }
}
