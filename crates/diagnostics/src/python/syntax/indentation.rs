//! Indentation: missing, not expected, not matching, or made of tabs and spaces.

use super::context::Context;
use crate::{finding::Finding, python::source::Statement};

pub(crate) fn tabs_and_spaces(context: &Context<'_>) -> Option<Finding> {
    context.message.starts_with("inconsistent use of tabs").then(|| context.finding("tabs-and-spaces"))
}

pub(crate) fn missing(context: &Context<'_>) -> Option<Finding> {
    let rest = context.message.strip_prefix("expected an indented block")?;
    let header = rest.rsplit_once(" on line ").and_then(|(_, line)| line.parse::<u32>().ok());
    let Some(header) = header else { return Some(context.finding("missing-indent-somewhere")) };
    let word = context.source.on_line(header).first().map_or("", |token| token.text);
    // A block of comments only, or nothing at all: the reported line is where the next block begins.
    let has_next = context.line > header && !context.tokens.is_empty();
    let is_empty = !has_next
        || context.source.indent(context.line) < context.source.indent(header)
        || is_cut_off(context, header, word);
    if is_empty {
        return Some(Finding::on_line("empty-block", header).with("word", word));
    }
    Some(context.finding("missing-indent").with("word", word).with("header", header).related(header))
}

/// Whether a header and the reported line have only comments between them, or empty lines after a definition: that line is not
/// the one that was meant to be indented.
fn is_cut_off(context: &Context<'_>, header: u32, word: &str) -> bool {
    let last = context.before().first().map_or(header, Statement::end_line);
    let between: Vec<&str> = (last + 1..context.line).map(|line| context.source.line(line).trim()).collect();
    let has_comment = between.iter().any(|line| line.starts_with('#'));
    let is_definition = matches!(word, "def" | "class");
    last >= header && (has_comment || is_definition && !between.is_empty())
}

pub(crate) fn unexpected(context: &Context<'_>) -> Option<Finding> {
    if context.message != "unexpected indent" {
        return None;
    }
    let above = context.before().first().map(|statement| (statement.line(), statement.indent));
    let Some((line, indent)) = above else { return Some(context.finding("unexpected-indent-first")) };
    Some(context.finding("unexpected-indent").with("above", line).with("spaces", indent))
}

pub(crate) fn unmatched(context: &Context<'_>) -> Option<Finding> {
    context.message.starts_with("unindent does not match").then(|| {
        let width = context.source.indent(context.line);
        context.finding("unindent-mismatch").with("spaces", width)
    })
}
