//! Reports of compilers and runtimes other than Python: the first error of gcc, javac, the Java machine and Node.js, matched against
//! tables of message patterns.
//!
//! A pattern is a message with placeholders (`'{name}' undeclared`), whose values the sentences use. A rule may also look at the
//! source line, where one message has several causes.

mod c;
mod java;
mod javascript;
mod report;
mod rule;

use model::Place;

use report::Report;
use rule::{Mark, Rule};

use crate::{
    finding::Finding,
    run::{Ending, Run},
    spelling::{differs_by_capitals, nearest},
};

/// Help with an error in C or C++.
pub(crate) fn explain_c(run: &Run<'_>) -> Option<Finding> {
    explain(run, &c::read(run)?, c::RULES)
}

/// Help with an error in Java.
pub(crate) fn explain_java(run: &Run<'_>) -> Option<Finding> {
    explain(run, &java::read(run)?, java::RULES)
}

/// Help with an error in JavaScript.
pub(crate) fn explain_javascript(run: &Run<'_>) -> Option<Finding> {
    explain(run, &javascript::read(run)?, javascript::RULES)
}

fn explain(run: &Run<'_>, report: &Report<'_>, rules: &[Rule]) -> Option<Finding> {
    // What a limit ended has no message of its own, or one that the limit caused.
    if !matches!(run.ending, Ending::Failure | Ending::MemoryLimit) {
        return None;
    }
    let (rule, values) = rules.iter().find_map(|rule| {
        let values = captures(rule.pattern, &report.message)?;
        (rule.is_about(&values) && (rule.applies)(report.source_line)).then_some((rule, values))
    })?;
    let mut finding = Finding::new(rule.code, place(run.source, report, rule.place));
    for (name, value) in &values {
        finding = finding.with(name, value);
    }
    Some(with_spelling(finding, run.source, &values))
}

fn place(source: &str, report: &Report<'_>, mark: Mark) -> Place {
    let is_first = report.column.is_none_or(|column| {
        report.source_line.chars().take(column.saturating_sub(1) as usize).all(char::is_whitespace)
    });
    if mark == Mark::EndOfLineBefore && is_first {
        let before = source.lines().take(report.line.saturating_sub(1) as usize).enumerate();
        if let Some((at, text)) = before.filter(|(_, text)| is_code(text)).last() {
            let width = u32::try_from(text.trim_end().chars().count()).unwrap_or(0);
            return Place::columns(u32::try_from(at + 1).unwrap_or(report.line), width.max(1), width + 1);
        }
    }
    match report.column {
        Some(column) => Place::columns(report.line, column, column + word_length(report.source_line, column)),
        None => Place::line(report.line),
    }
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

/// The length of the word at a column, at least 1.
fn word_length(line: &str, column: u32) -> u32 {
    let rest = line.chars().skip(column.saturating_sub(1) as usize);
    let length = rest.take_while(|letter| letter.is_alphanumeric() || *letter == '_').count();
    u32::try_from(length).unwrap_or(1).max(1)
}

/// Adds the word that was meant, where a name is not known and the program has one like it.
fn with_spelling(finding: Finding, source: &str, values: &[(&'static str, String)]) -> Finding {
    let Some((_, name)) = values.iter().find(|(key, _)| *key == "name") else { return finding };
    if finding.code != "name-not-known" || values.iter().any(|(key, _)| *key == "right") {
        return finding;
    }
    let words =
        source.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| word.len() > 1);
    let words: Vec<&str> =
        words.filter(|word| word.starts_with(|letter: char| letter.is_alphabetic())).collect();
    let right =
        differs_by_capitals(name, words.iter().copied()).or_else(|| nearest(name, words.iter().copied()));
    match right {
        Some(right) => Finding { code: "name-misspelled", ..finding }.with("right", right),
        None => finding,
    }
}

/// The values of a pattern's placeholders in a message that has it, from its beginning.
fn captures(pattern: &'static str, message: &str) -> Option<Vec<(&'static str, String)>> {
    let mut values = Vec::new();
    let (first, mut pattern) =
        pattern.split_once('{').map_or((pattern, None), |(first, rest)| (first, Some(rest)));
    let mut rest = message.strip_prefix(first)?;
    while let Some(next) = pattern {
        let (name, after) = next.split_once('}')?;
        let (literal, more) =
            after.split_once('{').map_or((after, None), |(literal, more)| (literal, Some(more)));
        let end = if literal.is_empty() { rest.len() } else { rest.find(literal)? };
        values.push((name, rest[..end].to_owned()));
        rest = &rest[end + literal.len()..];
        pattern = more;
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::captures;

    #[test]
    fn a_pattern_captures_what_its_placeholders_stand_for() {
        let found =
            captures("'{name}' undeclared (first use{rest}", "'x' undeclared (first use in this function)")
                .unwrap();
        assert_eq!(found[0], ("name", "x".to_owned()));
        assert_eq!(captures("'{name}' undeclared", "expected ';'"), None);
    }
}
