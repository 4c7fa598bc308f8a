//! A module, header or other part that a program needs and that is not here, found in the messages of its language.

use crate::visible;

/// How a language says that something is not there: the name stands between two texts.
struct Pattern {
    /// What the thing is called.
    thing: &'static str,
    before: &'static str,
    /// The first of these characters ends the name; the end of the line does, too.
    end: &'static [char],
}

const fn pattern(thing: &'static str, before: &'static str, end: &'static [char]) -> Pattern {
    Pattern { thing, before, end }
}

/// Names longer than this are not repeated.
const LONGEST: usize = 100;

/// The messages are long where a program wrote much; what ended it comes last.
const LOOKED_AT: usize = 16 * 1024;

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

/// What must stand on the same line after the name, where the text before it is not enough to tell.
const CONFIRMED_BY: [(&str, &str); 6] = [
    ("fatal error: ", "No such file or directory"),
    ("fatal error: '", "file not found"),
    ("error: package ", "does not exist"),
    (": package ", "is not in "),
    ("Can't locate ", "in @INC"),
    ("module '", "not found:"),
];

/// What is missing by these messages, in a sentence; none if they tell of nothing that is.
pub(super) fn explain(errors: &[u8]) -> Option<String> {
    let errors = String::from_utf8_lossy(crate::text_end(errors, LOOKED_AT));
    // The last thing that was missing is what ended the program; what was caught before does not matter.
    let (thing, name) = errors.lines().rev().find_map(missing)?;
    let name = visible(&name).into_owned();
    Some(format!(
        "The {thing} \"{name}\" was not found: it is not installed here, and it is no file of the program. Check how it is \
         written, or do without it."
    ))
}

/// What this line says is missing.
fn missing(line: &str) -> Option<(&'static str, String)> {
    PATTERNS.iter().find_map(|pattern| {
        let name = if pattern.end.is_empty() { before(line, pattern) } else { after(line, pattern) }?;
        let is_name = !name.is_empty() && name.len() <= LONGEST && !name.contains(char::is_whitespace);
        is_name.then(|| (pattern.thing, name.to_owned()))
    })
}

fn after<'a>(line: &'a str, pattern: &Pattern) -> Option<&'a str> {
    let (_, rest) = line.split_once(pattern.before)?;
    let name = rest.split(pattern.end).next()?;
    let confirmation = CONFIRMED_BY.iter().find(|(before, _)| *before == pattern.before);
    let is_confirmed = confirmation.is_none_or(|(_, said)| rest[name.len()..].contains(said));
    is_confirmed.then_some(name)
}

/// The name in front of a text: `main.sh: line 1: cowsay: command not found`.
fn before<'a>(line: &'a str, pattern: &Pattern) -> Option<&'a str> {
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
    fn each_language_says_in_its_way_what_is_missing() {
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
    fn other_messages_tell_of_nothing_that_is_missing() {
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
    fn the_last_thing_that_is_missing_is_told() {
        let errors = b"ModuleNotFoundError: No module named 'first'\n\nDuring handling\nModuleNotFoundError: No module named 'second'\n";
        assert!(explain(errors).is_some_and(|said| said.contains("\"second\"")));
    }

    #[test]
    fn a_name_that_a_program_makes_up_cannot_be_long_or_look_like_something_else() {
        let long = format!("ModuleNotFoundError: No module named '{}'", "x".repeat(LONGEST + 1));
        assert_eq!(explain(long.as_bytes()), None);
        let spoofed = explain("Error: Cannot find module 'a\u{202e}b\u{1b}'".as_bytes()).expect("explained");
        assert!(!spoofed.contains('\u{202e}') && !spoofed.contains('\u{1b}'), "{spoofed}");
        assert_eq!(explain(b"Error: Cannot find module 'two words'"), None);
    }
}
