//! Operators between values that do not go together.

use super::context::{Context, all_quoted, is_text};
use crate::{
    finding::Finding,
    python::{
        builtins::BUILTINS,
        kinds::{GIVES_NOTHING, Kind},
        source::text_of,
        token::Token,
    },
};

pub(crate) fn explain(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    if message.starts_with("unsupported operand type(s) for") {
        return unsupported(context);
    }
    if message.starts_with("can only concatenate") {
        return concatenation(context);
    }
    if message.starts_with("can't multiply sequence by non-int") {
        return repetition(context);
    }
    if message.contains("not supported between instances of") {
        return comparison(context);
    }
    if message.contains(" format: a ") && message.ends_with("not str") {
        return Some(
            context.finding("format-needs-number").with("sign", message.split(' ').next().unwrap_or("%d")),
        );
    }
    if message.starts_with("bad operand type for") {
        let kind = all_quoted(message).last().copied().unwrap_or("");
        return Some(context.finding("bad-operand").with_word("kind", type_word(kind)));
    }
    if message.starts_with("not enough arguments for format string")
        || message.starts_with("not all arguments converted")
    {
        return Some(format_count(context));
    }
    let item = message.strip_prefix("sequence item ")?;
    let kind = item.rsplit_once(", ").and_then(|(_, rest)| rest.strip_suffix(" found"))?;
    Some(context.finding("join-non-text").with_word("kind", type_word(kind)))
}

/// The catalogue's key for a type of Python.
pub(crate) fn type_word(name: &str) -> String {
    format!("type-{name}")
}

fn unsupported(context: &Context<'_>) -> Option<Finding> {
    let (operator, kinds) =
        context.message.strip_prefix("unsupported operand type(s) for ")?.split_once(": ")?;
    let operator = operator.split(" or ").next().unwrap_or(operator);
    let [left, right] = all_quoted(kinds)[..] else { return None };
    let pair = (left, right);
    if let Some(finding) = not_called(context, left, right) {
        return Some(finding);
    }
    if left == "NoneType" || right == "NoneType" {
        return Some(nothing(context, operator));
    }
    if context.calls("sum") && operator == "+" && right == "str" {
        return Some(context.finding("sum-of-text"));
    }
    let base = operator.trim_end_matches('=');
    let is_number = |kind: &str| matches!(kind, "int" | "float" | "bool" | "complex");
    match pair {
        ("str", other) | (other, "str") if base == "+" && is_number(other) => {
            Some(text_plus_number(context, other))
        }
        (kind, "str") if base == "+" => {
            Some(context.finding("text-plus-other").with_word("kind", type_word(kind)))
        }
        ("str", _) | (_, "str") => Some(text_operator(context, base, pair)),
        ("list", _) | (_, "list") => {
            Some(types(context.finding("list-in-calculation"), pair).with("operator", base))
        }
        ("dict", "dict") if base == "+" => Some(context.finding("dict-plus-dict")),
        _ => Some(types(context.finding("operand-types"), pair).with("operator", base)),
    }
}

fn types(finding: Finding, (left, right): (&str, &str)) -> Finding {
    finding.with_word("left", type_word(left)).with_word("right", type_word(right))
}

/// A function used as a value.
fn not_called(context: &Context<'_>, left: &str, right: &str) -> Option<Finding> {
    let is_function = |kind: &str| matches!(kind, "function" | "builtin_function_or_method" | "method");
    if !is_function(left) && !is_function(right) {
        return None;
    }
    let tokens = context.marked();
    let at = tokens.iter().enumerate().position(|(at, token)| {
        let is_known = context.kinds.kind(token.text) == Kind::Function
            || BUILTINS.contains(&token.text)
            || (at > 0 && tokens[at - 1].is("."));
        token.is_name() && is_known && !tokens.get(at + 1).is_some_and(|next| next.is("(") || next.is("."))
    })?;
    Some(Finding::new("function-not-called", tokens[at].place()).with("name", tokens[at].text))
}

/// `None` in a calculation: from `print(...) + ...`, a function without `return`, or a method that gives none.
fn nothing(context: &Context<'_>, operator: &str) -> Finding {
    if let Some(print) = context.marked().iter().find(|token| token.is("print")) {
        return Finding::new("print-in-calculation", print.place()).with("operator", operator);
    }
    let source = context.marked().iter().find(|token| context.kinds.kind(token.text) == Kind::Function);
    if let Some(function) = source {
        return Finding::new("function-gives-none", function.place()).with("name", function.text);
    }
    none_on_line(context)
}

/// `None` in a name that the line uses: where it comes from.
pub(crate) fn none_on_line(context: &Context<'_>) -> Finding {
    let name = context.name_that(|kind| kind == Kind::Nothing);
    let given = name.and_then(|name| Some((name, context.kinds.get(name.text)?)));
    let Some((name, assigned)) = given else { return context.finding("none-somewhere") };
    let finding = |code| {
        Finding::new(code, name.place())
            .with("name", name.text)
            .with("line", assigned.line)
            .related(assigned.line)
    };
    let calls = assigned.value.windows(2).filter(|two| two[1].is("("));
    match calls.map(|two| two[0].text).find(|called| *called == "print" || GIVES_NOTHING.contains(called)) {
        Some(function) => finding("none-in-calculation").with("function", function),
        None => finding("none-kept"),
    }
}

/// The operand that is a number, as it is written.
fn number_operand<'a>(context: &Context<'a>) -> Option<&'a str> {
    let tokens = context.marked();
    let plus = tokens.iter().position(|token| token.is("+") || token.is("+="))?;
    let (left, right) = (&tokens[..plus], &tokens[plus + 1..]);
    let end = right.iter().position(|token| token.is("+")).unwrap_or(right.len());
    let sides = [left, &right[..end]];
    let is_number = |side: &[Token<'_>]| matches!(context.kinds.of(side), Kind::Whole | Kind::Fraction);
    let is_sure_text = |side: &[Token<'_>]| matches!(context.kinds.of(side), Kind::Text | Kind::Input);
    let chosen = sides
        .iter()
        .find(|side| is_number(side))
        .or_else(|| sides.iter().find(|side| !is_sure_text(side)))?;
    Some(text_of(context.source.text, chosen)).filter(|text| !text.is_empty() && text.len() < 40)
}

fn text_plus_number(context: &Context<'_>, kind: &str) -> Finding {
    // Text that was typed and a number: perhaps a sum is meant.
    if let Some(input) = context.name_that(|kind| kind == Kind::Input) {
        let finding = context.finding("input-plus-number").with("name", input.text);
        return finding.with("number", number_operand(context).unwrap_or("..."));
    }
    let number = number_operand(context).unwrap_or("x");
    context.finding("text-plus-number").with("number", number).with_word("kind", type_word(kind))
}

fn text_operator(context: &Context<'_>, operator: &str, pair: (&str, &str)) -> Finding {
    if let Some(input) = context.name_that(|kind| kind == Kind::Input) {
        return context.finding("input-in-calculation").with("name", input.text).with("operator", operator);
    }
    if context.tokens.windows(2).any(|two| two[0].is("input") && two[1].is("(")) {
        return context.finding("input-in-calculation").with("name", "input()").with("operator", operator);
    }
    let code = if operator == "-" { "text-minus" } else { "text-in-calculation" };
    types(context.finding(code), pair).with("operator", operator)
}

fn concatenation(context: &Context<'_>) -> Option<Finding> {
    let rest = context.message.strip_prefix("can only concatenate ")?;
    let (kind, rest) = rest.split_once(" (not \"")?;
    let other = rest.split('"').next()?;
    if let Some(finding) = not_called(context, kind, other) {
        return Some(finding);
    }
    match (kind, other) {
        ("str", "int" | "float" | "bool") => Some(text_plus_number(context, other)),
        ("str", "NoneType") => Some(nothing(context, "+")),
        ("str", _) => Some(context.finding("text-plus-other").with_word("kind", type_word(other))),
        ("list", _) => {
            let name = context
                .name_that(|kind| matches!(kind, Kind::List | Kind::Parts))
                .map_or("list", |token| token.text);
            let finding = context.finding("list-plus-item").with("name", name);
            Some(finding.with_word("kind", type_word(other)))
        }
        _ => Some(types(context.finding("operand-types"), (kind, other)).with("operator", "+")),
    }
}

fn repetition(context: &Context<'_>) -> Option<Finding> {
    // Not by the quotes: the message begins with `can't`.
    let kind = context.message.rsplit_once(" of type ")?.1.trim_matches('\'');
    match kind {
        "float" if context.name_that(|kind| kind == Kind::Input).is_some() => {
            let name = context.name_that(|kind| kind == Kind::Input).map_or("", |token| token.text);
            Some(context.finding("input-in-calculation").with("name", name).with("operator", "*"))
        }
        "float" => {
            let name = context.name_that(|kind| kind == Kind::Fraction).map_or("...", |token| token.text);
            Some(context.finding("text-times-fraction").with("name", name))
        }
        "str" => Some(match context.name_that(|kind| kind == Kind::Input) {
            Some(input) => {
                context.finding("input-in-calculation").with("name", input.text).with("operator", "*")
            }
            None => context.finding("text-times-text"),
        }),
        _ => Some(context.finding("text-times-other").with_word("kind", type_word(kind))),
    }
}

fn comparison(context: &Context<'_>) -> Option<Finding> {
    let [operator, left, right] = all_quoted(context.message)[..] else { return None };
    let sorts = context
        .tokens
        .iter()
        .find(|token| matches!(token.text, "sort" | "sorted" | "max" | "min") && !is_text(token));
    if let Some(function) = sorts.filter(|_| left != right) {
        return Some(
            types(Finding::new("sort-mixed", function.place()), (left, right))
                .with("function", function.text),
        );
    }
    if let Some(finding) = not_called(context, left, right) {
        return Some(finding);
    }
    if left == "NoneType" || right == "NoneType" {
        return Some(nothing(context, operator));
    }
    let is_text_and_number = matches!((left, right), ("str", "int" | "float") | ("int" | "float", "str"));
    if is_text_and_number {
        let name = context.name_that(|kind| kind == Kind::Input).map(|token| token.text);
        let typed = name.or_else(|| context.calls("input").then_some("input()"));
        if let Some(name) = typed {
            return Some(context.finding("compare-input").with("name", name).with("operator", operator));
        }
    }
    Some(types(context.finding("compare-types"), (left, right)).with("operator", operator))
}

/// `"%s and %s" % "Ada"`.
fn format_count(context: &Context<'_>) -> Finding {
    let text = context.tokens.iter().find(|token| is_text(token) && token.text.contains('%'));
    let Some(text) = text else { return context.finding("format-leftover") };
    let count = text.text.matches('%').count() - 2 * text.text.matches("%%").count();
    let first = text.text.split('%').nth(1).and_then(|rest| rest.chars().next()).unwrap_or('s');
    let code = if context.message.starts_with("not enough") { "format-count" } else { "format-too-many" };
    context.finding(code).with("count", count).with("sign", format!("%{first}"))
}
