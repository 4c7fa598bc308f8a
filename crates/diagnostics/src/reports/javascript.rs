//! Node.js: a place, the source line with carets, and a message such as `TypeError: x is not a function`.

use super::{
    report::{Report, has_word, source_line},
    rule::{Rule, rule, rule_if},
};
use crate::run::Run;

pub(super) fn read<'a>(run: &Run<'a>) -> Option<Report<'a>> {
    let lines: Vec<&str> = run.stderr.lines().collect();
    let at = lines.iter().position(|line| is_error(line))?;
    let head = lines[..at].iter().rposition(|line| place(line, run.file).is_some());
    let (line, column) = match head {
        Some(head) => {
            let is_carets =
                |line: &&&str| !line.trim().is_empty() && line.trim().chars().all(|letter| letter == '^');
            let carets = lines[head + 1..at].iter().find(is_carets);
            (place(lines[head], run.file)?, carets.and_then(|line| u32::try_from(line.find('^')? + 1).ok()))
        }
        None => lines[at..]
            .iter()
            .find_map(|line| in_stack(line, run.file))
            .map(|(line, column)| (line, Some(column)))?,
    };
    // What is missing at the end is reported after the last line.
    let last = u32::try_from(run.source.trim_end().lines().count()).unwrap_or(1).max(1);
    let line = line.min(last);
    let message = lines[at].trim_start_matches("Uncaught ").to_owned();
    Some(Report { line, column, message, source_line: source_line(run.source, line) })
}

fn is_error(line: &str) -> bool {
    let kind = line.trim_start_matches("Uncaught ").split(':').next().unwrap_or("");
    ["SyntaxError", "ReferenceError", "TypeError", "RangeError", "Error"].contains(&kind)
        && line.contains(": ")
}

/// The line number of `/box/main.js:3`.
fn place(line: &str, file: &str) -> Option<u32> {
    let (path, number) = line.trim_end().rsplit_once(':')?;
    let is_ours = path.rsplit('/').next() == Some(file);
    if is_ours { number.parse().ok() } else { None }
}

/// The place of `at f (/box/main.js:3:5)`.
fn in_stack(line: &str, file: &str) -> Option<(u32, u32)> {
    let (_, rest) = line.split_once(&format!("{file}:"))?;
    let mut numbers = rest.split([':', ')']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Whether a line begins with one of these words, after closing braces.
fn begins(line: &str, words: &[&str]) -> bool {
    let rest = line.trim_start_matches([' ', '\t', '}']);
    let first = rest.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    words.contains(&first)
}

fn lacks_brackets(line: &str) -> bool {
    let rest = line.trim_start_matches([' ', '\t', '}']);
    let after = ["if", "while", "for", "switch"].iter().find_map(|word| rest.strip_prefix(word));
    after.is_some_and(|after| after.starts_with(' ') && !after.trim_start().starts_with('('))
}

fn begins_with_digit(line: &str) -> bool {
    line.split_whitespace().any(|word| {
        word.starts_with(|letter: char| letter.is_ascii_digit())
            && word.contains(|letter: char| letter.is_alphabetic())
    })
}

fn has_open_quote(line: &str) -> bool {
    line.matches('"').count() % 2 == 1 || line.matches('\'').count() % 2 == 1
}

pub(super) const RULES: &[Rule] = &[
    rule_if("SyntaxError: {rest}", "smart-quotes-plain", |line| line.contains(['“', '”', '‘', '’'])),
    rule_if("SyntaxError: {rest}", "comment-of-python", |line| line.trim_start().starts_with('#')),
    rule_if("SyntaxError: {rest}", "for-with-commas", |line| {
        has_word(line, "for") && line.matches(';').count() < 2 && line.contains(',') && line.contains('<')
    }),
    rule_if("SyntaxError: {rest}", "elseif-in-c", |line| has_word(line, "elseif") || has_word(line, "elif")),
    rule_if("SyntaxError: Unexpected identifier '{name}'", "and-in-java", |line| {
        has_word(line, "and") || has_word(line, "or")
    }),
    rule_if("SyntaxError: Unexpected {rest}", "python-in-javascript", |line| {
        begins(line, &["def", "elif", "except", "lambda"])
    }),
    rule_if("SyntaxError: Unexpected {rest}", "condition-without-brackets", lacks_brackets),
    rule_if("SyntaxError: Unexpected identifier '{name}'", "type-before-name", |line| {
        begins(line, &["int", "double", "float", "String", "string", "char", "boolean", "bool", "auto"])
    }),
    rule_if("SyntaxError: Unexpected identifier '{name}'", "function-misspelled", |line| {
        line.contains('(') && line.trim_end().ends_with('{')
    }),
    rule_if("SyntaxError: Unexpected token '>'", "arrow-turned", |line| line.contains("->")),
    rule_if("SyntaxError: Invalid or unexpected token", "digit-first", begins_with_digit),
    rule_if("SyntaxError: Invalid or unexpected token", "text-not-closed", has_open_quote),
    rule("SyntaxError: Invalid or unexpected token", "unexpected-character"),
    rule("SyntaxError: missing ) after argument list", "round-bracket-missing"),
    rule("SyntaxError: Unexpected end of input", "brace-missing"),
    rule("SyntaxError: Unexpected token '}'", "brace-too-many"),
    rule("SyntaxError: Unexpected token 'else'", "else-after-semicolon"),
    rule_if("SyntaxError: Unexpected token '{name}'", "name-is-keyword", |line| {
        begins(line, &["let", "const", "var"])
    }),
    rule("SyntaxError: Unexpected token '{token}'", "unexpected-token"),
    rule("SyntaxError: Unexpected number", "two-values-plain"),
    rule("SyntaxError: Unexpected string", "two-values-plain"),
    rule("SyntaxError: Unexpected identifier '{name}'", "unexpected-name"),
    rule("SyntaxError: Identifier '{name}' has already been declared", "name-twice"),
    rule("SyntaxError: Invalid shorthand property initializer", "equals-in-object"),
    rule("SyntaxError: Invalid left-hand side in assignment", "assignment-turned"),
    rule("SyntaxError: Illegal break statement", "break-outside"),
    rule("SyntaxError: Illegal return statement", "return-outside-plain"),
    rule("SyntaxError: Missing } in template expression", "template-not-closed"),
    rule("SyntaxError: Unterminated template literal", "template-text-not-closed"),
    rule("SyntaxError: Missing initializer in const declaration", "const-without-value"),
    rule("SyntaxError: {message} in JSON at position {position}", "json-broken"),
    rule("SyntaxError: Unexpected end of JSON input", "json-ended"),
    rule("SyntaxError: await is only valid in {rest}", "await-outside"),
    rule("ReferenceError: {name} is not defined", "print-in-javascript")
        .only(&["print", "println", "echo", "printf"]),
    rule("ReferenceError: {name} is not defined", "console-capital").only(&["Console"]),
    rule("ReferenceError: {name} is not defined", "browser-only-name").only(&[
        "document",
        "window",
        "alert",
        "prompt",
        "localStorage",
    ]),
    rule("ReferenceError: {name} is not defined", "constant-of-python").only(&["True", "False", "None"]),
    rule("ReferenceError: {name} is not defined", "name-not-known"),
    rule("ReferenceError: Cannot access '{name}' before initialization", "name-before-let"),
    rule("TypeError: Assignment to constant variable.", "constant-changed-plain"),
    rule("TypeError: console.{member} is not a function", "console-member"),
    rule("TypeError: Class constructor {name} cannot be invoked without 'new'", "new-missing"),
    rule("TypeError: Cannot read properties of {value} (reading '{member}')", "member-of-nothing"),
    rule("TypeError: Cannot set properties of {value} (setting '{member}')", "member-of-nothing"),
    rule("TypeError: {name} is not a function", "not-a-function"),
    rule("TypeError: {name} is not iterable", "not-iterable-plain"),
    rule("TypeError: {name} is not a constructor", "not-a-constructor"),
    rule("RangeError: Maximum call stack size exceeded", "thrown-stack"),
    rule("RangeError: Invalid array length", "thrown-array-length"),
    rule("Error: Cannot find module '{name}'", "module-not-there-plain"),
    rule("{kind}: {message}", "thrown-other"),
];
