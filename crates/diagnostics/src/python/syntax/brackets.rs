//! Brackets that are open, closed twice or mixed up, and commas that are missing between them.

use model::Place;

use super::context::Context;
use crate::{
    finding::Finding,
    python::{
        source::{HEADERS, open_brackets, text_of},
        token::{Kind, Token},
    },
};

const fn partner(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        ')' => '(',
        ']' => '[',
        _ => '{',
    }
}

pub(crate) fn never_closed(context: &Context<'_>) -> Option<Finding> {
    let said = context
        .message
        .strip_suffix(" was never closed")
        .and_then(|rest| rest.trim_matches('\'').chars().next());
    let open = open_brackets(&context.source.tokens);
    let token = match said {
        Some(bracket) => {
            open.iter().find(|token| token.line == context.line && token.text.starts_with(bracket)).copied()
        }
        // Reported somewhere after it, as what follows makes no sense inside.
        None => {
            open.last().copied().filter(|token| token.line < context.line && !is_unmatched(context.message))
        }
    };
    let bracket = said.or_else(|| token.and_then(|token| token.text.chars().next()))?;
    let finding = match token {
        Some(token) => Finding::new("unclosed-bracket", token.place()),
        None => context.finding("unclosed-bracket"),
    };
    Some(finding.with("open", bracket).with("close", partner(bracket)))
}

fn is_unmatched(message: &str) -> bool {
    message.starts_with("unmatched") || message.starts_with("closing parenthesis")
}

/// `if (n > 3:`: a bracket of a header is open at its colon.
pub(crate) fn open_in_header(context: &Context<'_>) -> Option<Finding> {
    let (last, before) = context.tokens.split_last()?;
    let open = open_brackets(before).last().copied().copied()?;
    let is_header = HEADERS.contains(&context.first()) && last.is(":");
    let bracket = open.text.chars().next()?;
    let finding =
        Finding::new("unclosed-bracket", open.place()).with("open", bracket).with("close", partner(bracket));
    (is_header && !open.is("{")).then_some(finding)
}

pub(crate) fn unmatched(context: &Context<'_>) -> Option<Finding> {
    let bracket = context.message.strip_prefix("unmatched '")?.chars().next()?;
    Some(context.finding("extra-bracket").with("close", bracket).with("open", partner(bracket)))
}

pub(crate) fn wrong(context: &Context<'_>) -> Option<Finding> {
    let rest = context.message.strip_prefix("closing parenthesis '")?;
    let close = rest.chars().next()?;
    let (_, rest) = rest.split_once("opening parenthesis '")?;
    let open = rest.chars().next()?;
    let finding =
        context.finding("wrong-bracket").with("open", open).with("close", close).with("right", partner(open));
    let opened = rest.rsplit_once(" on line ").and_then(|(_, line)| line.parse().ok());
    Some(match opened {
        Some(line) => finding.related(line),
        None => finding,
    })
}

fn is_value(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Number | Kind::Text)
        || token.is_name()
        || matches!(token.text, "True" | "False" | "None")
}

/// Whether these two can't follow each other without a comma or an operator.
fn are_apart(left: &Token<'_>, right: &Token<'_>) -> bool {
    let ends = is_value(left) || matches!(left.text, ")" | "]" | "}");
    // Two texts are joined by Python.
    ends && (is_value(right) || right.is("{")) && !(left.kind == Kind::Text && right.kind == Kind::Text)
}

/// Two values side by side inside brackets.
pub(crate) fn missing_comma(context: &Context<'_>) -> Option<Finding> {
    let said = context.message.contains("forgot a comma");
    let from = context.tokens.first()?.start;
    let all = &context.source.tokens;
    let begin = all.partition_point(|token| token.start < from);
    for at in begin..all.len().saturating_sub(1) {
        let (left, right) = (&all[at], &all[at + 1]);
        if left.line > context.line + u32::from(said) {
            break;
        }
        let inside = open_brackets(&all[..=at]);
        let Some(open) = inside.last() else { continue };
        if !are_apart(left, right) {
            continue;
        }
        let place = Place::columns(left.line, left.column, left.end_column);
        if context.is_strange(left) && context.is_strange(right) {
            let place = Place::columns(left.line, left.column, right.end_column);
            let text = text_of(context.source.text, &all[at..=at + 1]);
            return Some(Finding::new("words-without-quotes", place).with("text", text));
        }
        let is_key = open.is("{")
            && right.line == left.line
            && all[..at].last().is_some_and(|token| token.is("{") || token.is(","));
        let code = if is_key { "missing-dict-colon" } else { "missing-comma" };
        return Some(Finding::new(code, place).with("left", left.text).with("right", right.text));
    }
    said.then(|| context.finding("missing-comma-somewhere"))
}
