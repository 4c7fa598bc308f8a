//! Square brackets: positions and keys that are not there, and values that have none.

use super::{
    context::{Context, all_quoted, is_text},
    operators::{none_on_line, type_word},
};
use crate::{
    finding::Finding,
    python::{
        kinds::{Assigned, Kind, split_at_commas},
        source::{closing, is_augmented, text_of},
        token::{Kind as TokenKind, Token},
    },
    spelling::{differs_by_capitals, nearest},
};

/// `name[index]` on the line: the name and the index's tokens.
fn subscript<'a>(context: &Context<'a>) -> Option<(&'a Token<'a>, &'a [Token<'a>])> {
    let find = |tokens: &'a [Token<'a>]| {
        let mut all = (1..tokens.len()).filter_map(|at| {
            let is_open = tokens[at].is("[")
                && (tokens[at - 1].is_name()
                    || matches!(tokens[at - 1].text, ")" | "]")
                    || is_text(&tokens[at - 1]));
            let end = closing(tokens, at).filter(|_| is_open)?;
            Some((&tokens[at - 1], &tokens[at + 1..end]))
        });
        all.next_back()
    };
    find(context.marked()).or_else(|| find(context.tokens))
}

pub(crate) fn explain(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    if message.ends_with("is not subscriptable") {
        return not_subscriptable(context);
    }
    if message.contains("indices must be integers") {
        return index_kind(context);
    }
    if message.ends_with("does not support item assignment")
        || message.contains("does not support item deletion")
    {
        let kind = all_quoted(message).first().copied()?;
        let name = subscript(context).map_or("it", |(name, _)| name.text);
        let code = match kind {
            "str" => "text-cannot-change",
            "tuple" => "tuple-cannot-change",
            _ => "item-assignment",
        };
        return Some(context.finding(code).with("name", name).with_word("kind", type_word(kind)));
    }
    let kind = message.strip_prefix("unhashable type: ")?.trim_matches('\'');
    Some(context.finding("unhashable-key").with_word("kind", type_word(kind)))
}

fn not_subscriptable(context: &Context<'_>) -> Option<Finding> {
    let kind = all_quoted(context.message).first().copied()?;
    let name = context.name_before("[").or_else(|| subscript(context).map(|(name, _)| name));
    let text = name.map_or("", |token| token.text);
    let finding = |code| {
        name.map_or_else(|| context.finding(code), |token| Finding::new(code, token.place()))
            .with("name", text)
    };
    Some(match kind {
        "builtin_function_or_method" | "function" | "method" | "type" => finding("square-for-round"),
        "int" | "float" => finding("index-into-number").with_word("kind", type_word(kind)),
        "NoneType" => none_subscript(context, text),
        "set" => finding("index-into-set"),
        "dict_keys" | "dict_values" | "dict_items" | "generator" | "map" | "zip" | "filter" | "enumerate"
        | "reversed" => context.finding("index-into-keys").with("kind", kind),
        _ => finding("index-into-other").with_word("kind", type_word(kind)),
    })
}

fn none_subscript(context: &Context<'_>, name: &str) -> Finding {
    let given = context.kinds.get(name).filter(|assigned| assigned.kind == Kind::Nothing);
    if given.is_some() { none_on_line(context) } else { context.finding("none-somewhere") }
}

fn index_kind(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    let (name, index) = subscript(context)?;
    let text = text_of(context.source.text, index);
    let finding = |code| context.finding(code).with("name", name.text).with("index", text);
    let found = message.rsplit(['\'', ' ']).find(|part| !part.is_empty())?;
    if message.starts_with("string indices") {
        return Some(finding("text-with-key"));
    }
    Some(match found {
        "str" => {
            if context.kinds.of(index) == Kind::Input {
                return Some(finding("index-is-text"));
            }
            match loop_with(context, text) {
                Some(line) => finding("item-used-as-index").related(line),
                None => finding("list-with-text-key"),
            }
        }
        "float" => finding("index-is-fraction"),
        "tuple" => {
            let parts: Vec<String> = split_at_commas(index)
                .iter()
                .map(|part| format!("[{}]", text_of(context.source.text, part)))
                .collect();
            finding("index-with-comma").with("right", parts.concat())
        }
        "list" => finding("index-is-list"),
        "NoneType" => context.finding("none-somewhere"),
        kind => finding("index-is-other").with_word("kind", type_word(kind)),
    })
}

/// The line of the loop whose variable has a name.
fn loop_with(context: &Context<'_>, name: &str) -> Option<u32> {
    let header = context.statements.iter().rfind(|statement| {
        statement.line() < context.line
            && matches!(statement.tokens, [first, variable, ..] if first.is("for") && variable.is(name))
    })?;
    Some(header.line())
}

pub(crate) fn index(context: &Context<'_>) -> Finding {
    let message = context.message;
    if message.contains("pop from empty") {
        return context.finding("pop-from-empty");
    }
    if message.starts_with("Replacement index") {
        return context.finding("format-places");
    }
    if message.contains("Cannot choose from an empty") {
        return context.finding("choice-from-empty");
    }
    let Some((name, index)) = subscript(context).filter(|(name, _)| name.is_name()) else {
        return context.finding("index-past-end-plain");
    };
    let text = text_of(context.source.text, index);
    let finding = |code| context.finding(code).with("name", name.text).with("index", text);
    let given = context.kinds.get(name.text);
    if message.contains("assignment index") {
        return finding("assign-past-end");
    }
    if message.starts_with("string") {
        let count = given.filter(|assigned| assigned.kind == Kind::Text).and_then(Assigned::count);
        return match count {
            Some(0) => finding("index-into-empty"),
            Some(count) => finding("text-index-past-end").with("count", count).with("last", count - 1),
            None => finding("text-index-past-end-unknown"),
        };
    }
    if given.is_some_and(Assigned::is_empty) && !grows(context, name.text) {
        return finding("index-into-empty");
    }
    if let Some(finding) = loop_past_end(context, name.text, index) {
        return finding;
    }
    if given.is_some_and(|assigned| assigned.kind == Kind::Parts) {
        return finding("parts-missing");
    }
    if name.is("argv") {
        return finding("argument-missing");
    }
    match given
        .filter(|assigned| assigned.kind == Kind::List && !grows(context, name.text))
        .and_then(Assigned::count)
    {
        Some(count) if count > 0 => finding("index-past-end").with("count", count).with("last", count - 1),
        _ => finding("index-past-end-unknown"),
    }
}

/// Whether elements are added to a list before the error.
fn grows(context: &Context<'_>, name: &str) -> bool {
    context.statements.iter().filter(|statement| statement.line() <= context.line).any(|statement| {
        statement.tokens.windows(3).any(|three| {
            three[0].is(name) && three[1].is(".") && matches!(three[2].text, "append" | "extend" | "insert")
        }) || statement.augmented().is_some_and(|(changed, _)| changed == name)
    })
}

/// A loop that goes one step too far: `n[i + 1]`, `while i <= len(n)`, `range(len(n) + 1)`.
fn loop_past_end(context: &Context<'_>, name: &str, index: &[Token<'_>]) -> Option<Finding> {
    let variable = index.iter().find(|token| token.is_name())?.text;
    let header = context.statements.iter().rfind(|statement| {
        statement.line() < context.line
            && matches!(statement.first(), "for" | "while")
            && statement.mentions(variable)
    })?;
    let text = text_of(context.source.text, index);
    let place = |code| {
        context
            .finding(code)
            .with("name", name)
            .with("index", text)
            .with("header", header.line())
            .with("variable", variable)
            .related(header.line())
    };
    if index.iter().any(|token| token.is("+")) {
        return Some(place("loop-next-past-end"));
    }
    if header.starts_with("while") {
        let is_inclusive = header.mentions("<=");
        return Some(place(if is_inclusive { "loop-counts-too-far" } else { "loop-past-end" }));
    }
    let counts_past =
        header.mentions("len") && (header.mentions("+") || header.tokens.iter().any(|token| token.is("1")));
    if counts_past {
        return Some(place("loop-counts-too-far"));
    }
    header.mentions("range").then(|| place("loop-past-end"))
}

pub(crate) fn key(context: &Context<'_>) -> Finding {
    let key = context.message;
    if key.contains("pop from an empty set") || key.contains("dictionary is empty") {
        return context.finding("pop-from-empty");
    }
    let name = subscript(context).map_or("", |(name, _)| name.text);
    let finding = |code| context.finding(code).with("name", name).with("key", key);
    let adds = context.tokens.iter().any(|token| is_augmented(token.text));
    let is_call = context.tokens.windows(2).any(|two| two[0].is("[") && two[1].kind == TokenKind::Name);
    let keys: Vec<&str> = context.kinds.get(name).map_or_else(Vec::new, |assigned| {
        let texts = assigned.value.iter().filter(|token| is_text(token));
        texts.map(|token| token.text.trim_matches(['"', '\''])).collect()
    });
    let word = key.trim_matches(['"', '\'']);
    let is_number_key = key.parse::<i64>().is_ok();
    if let Some(right) =
        differs_by_capitals(word, keys.iter().copied()).or_else(|| nearest(word, keys.iter().copied()))
    {
        return finding("key-misspelled").with("right", right);
    }
    if keys.contains(&word) && is_number_key {
        return finding("key-is-text");
    }
    let has_number = |value: &Assigned<'_>| {
        value.value.iter().any(|token| token.kind == TokenKind::Number && token.text == word)
    };
    if !is_number_key && context.kinds.get(name).is_some_and(has_number) {
        return finding("key-is-number").with("number", word);
    }
    if adds && is_call {
        let index = subscript(context).map_or("", |(_, index)| text_of(context.source.text, index));
        return finding("key-not-there-yet").with("index", index);
    }
    if name.is_empty() || is_call_of_remove(context) {
        return context.finding("key-not-there-plain").with("key", key);
    }
    finding("key-not-there")
}

fn is_call_of_remove(context: &Context<'_>) -> bool {
    context.tokens.windows(2).any(|two| two[0].is(".") && matches!(two[1].text, "remove" | "pop"))
}
