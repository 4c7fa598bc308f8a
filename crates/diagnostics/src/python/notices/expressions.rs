//! Expressions that say something else than they seem to.

use super::context::Context;
use crate::{
    finding::Finding,
    python::{
        kinds::Kind,
        token::{Kind as TokenKind, Token},
    },
};

fn is_comparison(token: &Token<'_>) -> bool {
    matches!(token.text, "==" | "!=" | "<" | ">" | "<=" | ">=") && token.kind == TokenKind::Operator
}

/// `if n == 1 or 2:`.
pub(crate) fn or_with_constant(context: &Context<'_>) -> Vec<Finding> {
    let conditions =
        context.statements.iter().filter(|statement| matches!(statement.first(), "if" | "elif" | "while"));
    let all = conditions.filter_map(|statement| {
        let tokens = statement.tokens;
        let position = tokens.windows(3).position(|three| {
            let is_literal = matches!(three[1].kind, TokenKind::Number | TokenKind::Text);
            matches!(three[0].text, "or" | "and")
                && is_literal
                && matches!(three[2].text, ":" | "or" | "and" | ")")
        })?;
        let comparison = tokens[..position].iter().rposition(is_comparison)?;
        let subject = tokens.get(comparison.checked_sub(1)?)?;
        let word = &tokens[position];
        let found = Finding::new("quiet-or-constant", tokens[position + 1].place())
            .with("word", word.text)
            .with("name", subject.text);
        Some(found.with("operator", tokens[comparison].text).with("value", tokens[position + 1].text))
    });
    all.collect()
}

/// `n is "a"`.
pub(crate) fn is_literal(context: &Context<'_>) -> Vec<Finding> {
    let tokens = &context.source.tokens;
    let all = tokens.windows(3).filter_map(|three| {
        let (next, operator) = if three[1].is("not") { (&three[2], "!=") } else { (&three[1], "==") };
        let is_literal = matches!(next.kind, TokenKind::Text | TokenKind::Number);
        (three[0].is("is") && is_literal)
            .then(|| Finding::new("quiet-is", three[0].place()).with("operator", operator))
    });
    all.collect()
}

/// Names and operators of `a OPERATOR b` with what was typed on both sides, or on one and a number on the other.
fn typed_pairs(
    context: &Context<'_>,
    is_meant: impl Fn(&Token<'_>) -> bool,
    code: &'static str,
) -> Vec<Finding> {
    let all = context.statements.iter().filter_map(|statement| {
        let kinds = context.kinds(statement);
        let is_typed = |token: &Token<'_>| token.is_name() && kinds.kind(token.text) == Kind::Input;
        let three = statement
            .tokens
            .windows(3)
            .find(|three| is_meant(&three[1]) && is_typed(&three[0]) && is_typed(&three[2]))?;
        let found =
            Finding::new(code, three[1].place()).with("left", three[0].text).with("right", three[2].text);
        Some(found.with("operator", three[1].text))
    });
    all.collect()
}

/// `a < b` with two typed texts; `a == 5` with one.
pub(crate) fn typed_text_compared(context: &Context<'_>) -> Vec<Finding> {
    let orders = |token: &Token<'_>| {
        matches!(token.text, "<" | ">" | "<=" | ">=") && token.kind == TokenKind::Operator
    };
    let mut found = typed_pairs(context, orders, "quiet-text-number-compare");
    let with_number = context.statements.iter().filter_map(|statement| {
        let kinds = context.kinds(statement);
        let three = statement.tokens.windows(3).find(|three| {
            let is_typed = three[0].is_name() && kinds.kind(three[0].text) == Kind::Input;
            is_typed && matches!(three[1].text, "==" | "!=") && three[2].kind == TokenKind::Number
        })?;
        Some(
            Finding::new("quiet-text-equals-number", three[1].place())
                .with("name", three[0].text)
                .with("number", three[2].text),
        )
    });
    found.extend(with_number);
    found
}

pub(crate) fn typed_text_added(context: &Context<'_>) -> Vec<Finding> {
    // Joined text is what is meant where it is words: only digits in the output tell that numbers were meant.
    let prints_digits = context.stdout.chars().any(|letter| letter.is_ascii_digit());
    if !prints_digits {
        return Vec::new();
    }
    typed_pairs(context, |token| token.is("+"), "quiet-text-addition")
}

/// `2 ^ 3`.
pub(crate) fn caret(context: &Context<'_>) -> Vec<Finding> {
    let tokens = &context.source.tokens;
    // Programs that work with bits mean it.
    let uses_bits = tokens.iter().any(|token| {
        matches!(token.text, "&" | "|" | "<<" | ">>" | "~" | "^=")
            || token.text.starts_with("0x")
            || token.text.starts_with("0b")
    });
    if uses_bits {
        return Vec::new();
    }
    let all = tokens.windows(3).filter_map(|three| {
        let is_number = |token: &Token<'_>| token.kind == TokenKind::Number;
        let found = three[1].is("^") && (is_number(&three[0]) || is_number(&three[2]));
        found.then(|| {
            Finding::new("quiet-caret", three[1].place())
                .with("left", three[0].text)
                .with("right", three[2].text)
        })
    });
    all.collect()
}

/// `0.1 + 0.2 == 0.3`.
pub(crate) fn fractions_compared(context: &Context<'_>) -> Vec<Finding> {
    let tokens = &context.source.tokens;
    let is_fraction = |token: &Token<'_>| token.kind == TokenKind::Number && token.text.contains('.');
    let all = tokens.iter().enumerate().filter_map(|(position, token)| {
        let next = tokens.get(position + 1).filter(|next| is_fraction(next))?;
        let line = context.source.on_line(token.line);
        let calculates = line
            .iter()
            .filter(|other| other.start < token.start)
            .any(|other| matches!(other.text, "+" | "-" | "*" | "/"));
        let found = matches!(token.text, "==" | "!=") && calculates;
        found.then(|| Finding::new("quiet-float", token.place()).with("value", next.text))
    });
    all.collect()
}

/// `"C:\temp"`.
pub(crate) fn escape_in_path(context: &Context<'_>) -> Vec<Finding> {
    let texts = context
        .source
        .tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Text && token.text.starts_with(['"', '\'']));
    let all = texts.filter_map(|token| {
        let letters: Vec<char> = token.text.chars().collect();
        // At the beginning of the text, after its quote.
        let drive = matches!(letters.as_slice(), [_, letter, ':', '\\', ..] if letter.is_ascii_alphabetic());
        let escape = letters.windows(2).find(|two| two[0] == '\\' && "abfnrtv0x".contains(two[1]))?;
        drive.then(|| Finding::new("quiet-escape", token.place()).with("escape", format!("\\{}", escape[1])))
    });
    all.collect()
}
