//! Operators between values that do not go together.

use super::{Scene, all_quoted, is_text};
use crate::{
    finding::Finding,
    python::{kinds::Kind, source::text_of, token::Token},
};

pub(crate) fn explain(scene: &Scene<'_>) -> Option<Finding> {
    let message = scene.message;
    if message.starts_with("unsupported operand type(s) for") {
        return unsupported(scene);
    }
    if message.starts_with("can only concatenate") {
        return concatenation(scene);
    }
    if message.starts_with("can't multiply sequence by non-int") {
        return repetition(scene);
    }
    if message.contains("not supported between instances of") {
        return comparison(scene);
    }
    if message.contains(" format: a ") && message.ends_with("not str") {
        return Some(
            scene.finding("format-needs-number").with("sign", message.split(' ').next().unwrap_or("%d")),
        );
    }
    if message.starts_with("bad operand type for") {
        let kind = all_quoted(message).last().copied().unwrap_or("");
        return Some(scene.finding("bad-operand").with_word("kind", type_word(kind)));
    }
    if message.starts_with("not enough arguments for format string")
        || message.starts_with("not all arguments converted")
    {
        return Some(format_count(scene));
    }
    let item = message.strip_prefix("sequence item ")?;
    let kind = item.rsplit_once(", ").and_then(|(_, rest)| rest.strip_suffix(" found"))?;
    Some(scene.finding("join-non-text").with_word("kind", type_word(kind)))
}

/// The catalogue's key for a type of Python.
pub(crate) fn type_word(name: &str) -> String {
    format!("type-{name}")
}

fn unsupported(scene: &Scene<'_>) -> Option<Finding> {
    let (operator, kinds) =
        scene.message.strip_prefix("unsupported operand type(s) for ")?.split_once(": ")?;
    let operator = operator.split(" or ").next().unwrap_or(operator);
    let [left, right] = all_quoted(kinds)[..] else { return None };
    let pair = (left, right);
    if let Some(finding) = not_called(scene, left, right) {
        return Some(finding);
    }
    if left == "NoneType" || right == "NoneType" {
        return Some(nothing(scene, operator));
    }
    if scene.calls("sum") && operator == "+" && right == "str" {
        return Some(scene.finding("sum-of-text"));
    }
    let base = operator.trim_end_matches('=');
    let is_number = |kind: &str| matches!(kind, "int" | "float" | "bool" | "complex");
    match pair {
        ("str", other) | (other, "str") if base == "+" && is_number(other) => {
            Some(text_plus_number(scene, other))
        }
        (kind, "str") if base == "+" => {
            Some(scene.finding("text-plus-other").with_word("kind", type_word(kind)))
        }
        ("str", _) | (_, "str") => Some(text_operator(scene, base, pair)),
        ("list", _) | (_, "list") => {
            Some(types(scene.finding("list-in-calculation"), pair).with("operator", base))
        }
        ("dict", "dict") if base == "+" => Some(scene.finding("dict-plus-dict")),
        _ => Some(types(scene.finding("operand-types"), pair).with("operator", base)),
    }
}

fn types(finding: Finding, (left, right): (&str, &str)) -> Finding {
    finding.with_word("left", type_word(left)).with_word("right", type_word(right))
}

/// A function used as a value.
fn not_called(scene: &Scene<'_>, left: &str, right: &str) -> Option<Finding> {
    let is_function = |kind: &str| matches!(kind, "function" | "builtin_function_or_method" | "method");
    if !is_function(left) && !is_function(right) {
        return None;
    }
    let tokens = scene.marked();
    let at = tokens.iter().enumerate().position(|(at, token)| {
        let is_known = scene.kinds.kind(token.text) == Kind::Function
            || super::names::BUILTINS.contains(&token.text)
            || (at > 0 && tokens[at - 1].is("."));
        token.is_name() && is_known && !tokens.get(at + 1).is_some_and(|next| next.is("(") || next.is("."))
    })?;
    Some(Finding::at_token("function-not-called", &tokens[at]).with("name", tokens[at].text))
}

/// `None` in a calculation: from `print(...) + ...`, a function without `return`, or a method that gives none.
fn nothing(scene: &Scene<'_>, operator: &str) -> Finding {
    if let Some(print) = scene.marked().iter().find(|token| token.is("print")) {
        return Finding::at_token("print-in-calculation", print).with("operator", operator);
    }
    let source = scene.marked().iter().find(|token| scene.kinds.kind(token.text) == Kind::Function);
    if let Some(function) = source {
        return Finding::at_token("function-gives-none", function).with("name", function.text);
    }
    match scene.name_that(|kind| kind == Kind::Nothing) {
        Some(name) => {
            let line = scene.kinds.get(name.text).map_or(scene.line, |assigned| assigned.line);
            Finding::at_token("none-in-calculation", name)
                .with("name", name.text)
                .with("line", line)
                .related(line)
        }
        None => scene.finding("none-somewhere"),
    }
}

/// The operand that is a number, as it is written.
fn number_operand<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let tokens = scene.marked();
    let plus = tokens.iter().position(|token| token.is("+") || token.is("+="))?;
    let (left, right) = (&tokens[..plus], &tokens[plus + 1..]);
    let end = right.iter().position(|token| token.is("+")).unwrap_or(right.len());
    let sides = [left, &right[..end]];
    let is_number = |side: &[Token<'_>]| matches!(scene.kinds.of(side), Kind::Whole | Kind::Fraction);
    let is_sure_text = |side: &[Token<'_>]| matches!(scene.kinds.of(side), Kind::Text | Kind::Input);
    let chosen = sides
        .iter()
        .find(|side| is_number(side))
        .or_else(|| sides.iter().find(|side| !is_sure_text(side)))?;
    Some(text_of(scene.source.text, chosen)).filter(|text| !text.is_empty() && text.len() < 40)
}

fn text_plus_number(scene: &Scene<'_>, kind: &str) -> Finding {
    // Text that was typed and a number: perhaps a sum is meant.
    if let Some(input) = scene.name_that(|kind| kind == Kind::Input) {
        let finding = scene.finding("input-plus-number").with("name", input.text);
        return finding.with("number", number_operand(scene).unwrap_or("..."));
    }
    let number = number_operand(scene).unwrap_or("x");
    scene.finding("text-plus-number").with("number", number).with_word("kind", type_word(kind))
}

fn text_operator(scene: &Scene<'_>, operator: &str, pair: (&str, &str)) -> Finding {
    if let Some(input) = scene.name_that(|kind| kind == Kind::Input) {
        return scene.finding("input-in-calculation").with("name", input.text).with("operator", operator);
    }
    if scene.tokens.windows(2).any(|two| two[0].is("input") && two[1].is("(")) {
        return scene.finding("input-in-calculation").with("name", "input()").with("operator", operator);
    }
    let code = if operator == "-" { "text-minus" } else { "text-in-calculation" };
    types(scene.finding(code), pair).with("operator", operator)
}

fn concatenation(scene: &Scene<'_>) -> Option<Finding> {
    let rest = scene.message.strip_prefix("can only concatenate ")?;
    let (kind, rest) = rest.split_once(" (not \"")?;
    let other = rest.split('"').next()?;
    if let Some(finding) = not_called(scene, kind, other) {
        return Some(finding);
    }
    match (kind, other) {
        ("str", "int" | "float" | "bool") => Some(text_plus_number(scene, other)),
        ("str", "NoneType") => Some(nothing(scene, "+")),
        ("str", _) => Some(scene.finding("text-plus-other").with_word("kind", type_word(other))),
        ("list", _) => {
            let name = scene
                .name_that(|kind| matches!(kind, Kind::List | Kind::Parts))
                .map_or("list", |token| token.text);
            let finding = scene.finding("list-plus-item").with("name", name);
            Some(finding.with_word("kind", type_word(other)))
        }
        _ => Some(types(scene.finding("operand-types"), (kind, other)).with("operator", "+")),
    }
}

fn repetition(scene: &Scene<'_>) -> Option<Finding> {
    // Not by the quotes: the message begins with `can't`.
    let kind = scene.message.rsplit_once(" of type ")?.1.trim_matches('\'');
    match kind {
        "float" if scene.name_that(|kind| kind == Kind::Input).is_some() => {
            let name = scene.name_that(|kind| kind == Kind::Input).map_or("", |token| token.text);
            Some(scene.finding("input-in-calculation").with("name", name).with("operator", "*"))
        }
        "float" => {
            let name = scene.name_that(|kind| kind == Kind::Fraction).map_or("...", |token| token.text);
            Some(scene.finding("text-times-fraction").with("name", name))
        }
        "str" => Some(match scene.name_that(|kind| kind == Kind::Input) {
            Some(input) => {
                scene.finding("input-in-calculation").with("name", input.text).with("operator", "*")
            }
            None => scene.finding("text-times-text"),
        }),
        _ => Some(scene.finding("text-times-other").with_word("kind", type_word(kind))),
    }
}

fn comparison(scene: &Scene<'_>) -> Option<Finding> {
    let [operator, left, right] = all_quoted(scene.message)[..] else { return None };
    let sorts = scene
        .tokens
        .iter()
        .find(|token| matches!(token.text, "sort" | "sorted" | "max" | "min") && !is_text(token));
    if let Some(function) = sorts.filter(|_| left != right) {
        return Some(
            types(Finding::at_token("sort-mixed", function), (left, right)).with("function", function.text),
        );
    }
    if let Some(finding) = not_called(scene, left, right) {
        return Some(finding);
    }
    if left == "NoneType" || right == "NoneType" {
        return Some(nothing(scene, operator));
    }
    let is_text_and_number = matches!((left, right), ("str", "int" | "float") | ("int" | "float", "str"));
    if is_text_and_number {
        let name = scene.name_that(|kind| kind == Kind::Input).map(|token| token.text);
        let typed = name.or_else(|| scene.calls("input").then_some("input()"));
        if let Some(name) = typed {
            return Some(scene.finding("compare-input").with("name", name).with("operator", operator));
        }
    }
    Some(types(scene.finding("compare-types"), (left, right)).with("operator", operator))
}

/// `"%s and %s" % "Ada"`.
fn format_count(scene: &Scene<'_>) -> Finding {
    let text = scene.tokens.iter().find(|token| is_text(token) && token.text.contains('%'));
    let Some(text) = text else { return scene.finding("format-leftover") };
    let count = text.text.matches('%').count() - 2 * text.text.matches("%%").count();
    let first = text.text.split('%').nth(1).and_then(|rest| rest.chars().next()).unwrap_or('s');
    let code = if scene.message.starts_with("not enough") { "format-count" } else { "format-too-many" };
    scene.finding(code).with("count", count).with("sign", format!("%{first}"))
}
