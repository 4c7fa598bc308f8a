//! Indentation: missing, not expected, not matching, or made of tabs and spaces.

use super::Scene;
use crate::finding::Finding;

pub(crate) fn tabs_and_spaces(scene: &Scene<'_>) -> Option<Finding> {
    scene.message.starts_with("inconsistent use of tabs").then(|| scene.finding("tabs-and-spaces"))
}

pub(crate) fn missing(scene: &Scene<'_>) -> Option<Finding> {
    let rest = scene.message.strip_prefix("expected an indented block")?;
    let header = rest.rsplit_once(" on line ").and_then(|(_, line)| line.parse::<u32>().ok());
    let Some(header) = header else { return Some(scene.finding("missing-indent-somewhere")) };
    let word = scene.source.on_line(header).first().map_or("", |token| token.text);
    // A block of comments only, or nothing at all: the reported line is where the next block begins.
    let has_next = scene.line > header && !scene.tokens.is_empty();
    let is_empty = !has_next || scene.source.indent(scene.line) < scene.source.indent(header);
    if is_empty {
        return Some(Finding::on_line("empty-block", header).with("word", word));
    }
    Some(scene.finding("missing-indent").with("word", word).with("header", header).related(header))
}

pub(crate) fn unexpected(scene: &Scene<'_>) -> Option<Finding> {
    if scene.message != "unexpected indent" {
        return None;
    }
    let above = scene.before().first().map(|statement| (statement.line(), statement.indent));
    let Some((line, indent)) = above else { return Some(scene.finding("unexpected-indent-first")) };
    Some(scene.finding("unexpected-indent").with("above", line).with("spaces", indent))
}

pub(crate) fn unmatched(scene: &Scene<'_>) -> Option<Finding> {
    scene.message.starts_with("unindent does not match").then(|| {
        let width = scene.source.indent(scene.line);
        scene.finding("unindent-mismatch").with("spaces", width)
    })
}
