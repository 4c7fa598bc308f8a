//! Values that a function or an operator can't use, input that is over, and files that are not there.

use super::{
    context::{Context, all_quoted},
    operators::type_word,
};
use crate::{
    finding::Finding,
    python::{
        kinds::{Kind, split_at_commas},
        source::{closing, text_of},
    },
};

pub(crate) fn value(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    if message.starts_with("invalid literal for int()") {
        return message.split_once(": ").map(|(_, text)| int_of(context, text.trim_matches(['\'', '"'])));
    }
    if let Some(text) = message.strip_prefix("could not convert string to float: ") {
        return Some(float_of(context, text.trim_matches(['\'', '"'])));
    }
    if message.starts_with("too many values to unpack") || message.starts_with("not enough values to unpack")
    {
        return Some(unpack(context));
    }
    if let Some(rest) = message.strip_prefix("Unknown format code '") {
        let sign = rest.split('\'').next().unwrap_or("");
        let kind = all_quoted(message).last().copied().unwrap_or("");
        return Some(
            context.finding("format-code-does-not-fit").with("sign", sign).with_word("kind", type_word(kind)),
        );
    }
    let simple = match message {
        _ if message.contains("remove(x): x not in") => {
            let argument = argument(context, "remove");
            return Some(context.finding("remove-not-there").with("value", argument));
        }
        _ if message.ends_with("is not in list") => {
            let value = message.trim_end_matches(" is not in list");
            return Some(context.finding("index-not-there").with("value", value));
        }
        _ if message.contains("index(x): x not in") => {
            return Some(context.finding("index-not-there").with("value", argument(context, "index")));
        }
        _ if message.starts_with("substring not found") => {
            return Some(context.finding("part-not-there").with("value", argument(context, "index")));
        }
        _ if message.contains("math domain error")
            || message.contains("expected a nonnegative input")
            || message.contains("expected a positive input") =>
        {
            let function = context
                .tokens
                .iter()
                .find(|token| matches!(token.text, "sqrt" | "log" | "log10" | "log2" | "acos" | "asin"));
            let function = function.map_or("sqrt", |token| token.text);
            let code = if matches!(function, "acos" | "asin") { "math-domain" } else { "sqrt-of-negative" };
            return Some(context.finding(code).with("function", function));
        }
        _ if message.starts_with("empty range") => "randint-turned",
        _ if message.contains("range() arg 3 must not be zero")
            || message.contains("slice step cannot be zero") =>
        {
            "step-zero"
        }
        _ if message.contains("arg is an empty sequence")
            || message.contains("iterable argument is empty") =>
        {
            let function = message.split('(').next().unwrap_or("max");
            return Some(context.finding("empty-max").with("function", function));
        }
        _ if message.starts_with("I/O operation on closed file") => "file-closed",
        _ if message.starts_with("empty separator") => "empty-separator",
        _ if message.starts_with("Exceeds the limit") => "number-too-long",
        _ if message.starts_with("chr() arg not in range") => "chr-range",
        _ => return raised(context, "ValueError"),
    };
    Some(context.finding(simple))
}

/// The first argument of a call on the line, as it is written.
fn argument<'a>(context: &Context<'a>, function: &str) -> &'a str {
    let at = context.tokens.windows(2).position(|two| two[0].is(function) && two[1].is("("));
    let end = at.and_then(|at| closing(context.tokens, at + 1));
    match (at, end) {
        (Some(at), Some(end)) => split_at_commas(&context.tokens[at + 2..end])
            .first()
            .map_or("", |part| text_of(context.source.text, part)),
        _ => "",
    }
}

fn int_of(context: &Context<'_>, text: &str) -> Finding {
    let trimmed = text.trim();
    let finding = |code| context.finding(code).with("value", text);
    let number = |text: &str| text.parse::<f64>().is_ok();
    match trimmed {
        "" => finding("int-of-nothing"),
        _ if number(trimmed) => finding("int-of-decimal"),
        _ if trimmed.contains(',') && number(&trimmed.replace(',', ".")) => {
            finding("int-of-decimal-comma").with("right", trimmed.replace(',', "."))
        }
        _ if trimmed.split_whitespace().count() > 1 && trimmed.split_whitespace().all(number) => {
            finding("int-of-line")
        }
        _ if trimmed.contains(',') && trimmed.split(',').all(|part| number(part.trim())) => {
            finding("int-of-line")
        }
        _ => finding("int-of-word"),
    }
}

fn float_of(context: &Context<'_>, text: &str) -> Finding {
    let trimmed = text.trim();
    let number = |text: &str| text.parse::<f64>().is_ok();
    let finding = |code| context.finding(code).with("value", text);
    match trimmed {
        "" => finding("float-of-nothing"),
        _ if number(&trimmed.replace(',', ".")) => {
            finding("float-of-comma").with("right", trimmed.replace(',', "."))
        }
        _ if trimmed.split_whitespace().count() > 1 && trimmed.split_whitespace().all(number) => {
            finding("float-of-line")
        }
        _ => finding("float-of-word"),
    }
}

fn unpack(context: &Context<'_>) -> Finding {
    let tokens = context.tokens;
    let numbers: Vec<&str> = context
        .message
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let expected = numbers.first().copied().unwrap_or("");
    if tokens.first().is_some_and(|first| first.is("for")) || tokens.iter().any(|token| token.is("for")) {
        let over = tokens.iter().position(|token| token.is("in")).and_then(|at| tokens.get(at + 1));
        if let Some(dict) = over.filter(|token| context.kinds.kind(token.text) == Kind::Dict) {
            return Finding::new("items-missing", dict.place()).with("name", dict.text);
        }
        return context.finding("unpack-in-loop").with("expected", expected);
    }
    let equals = tokens.iter().position(|token| token.is("=")).map_or(0, |at| at + 1);
    let value = &tokens[equals..];
    let inner = match value {
        [open, inner @ .., _] if open.is("[") || open.is("(") => inner,
        _ => value,
    };
    let written = split_at_commas(inner).len();
    if context.message.starts_with("too many") {
        let finding = context.finding(if written > 1 { "unpack-too-many-known" } else { "unpack-too-many" });
        return finding.with("expected", expected).with("count", written);
    }
    let got = numbers.get(1).copied().unwrap_or("");
    let typed = tokens.iter().any(|token| token.is("input"));
    context
        .finding(if typed { "unpack-too-few-typed" } else { "unpack-too-few" })
        .with("expected", expected)
        .with("got", got)
}

pub(crate) fn zero_division(context: &Context<'_>) -> Finding {
    if context.message.contains("modulo") && !context.message.contains("division")
        || context.token("%").is_some() && context.token("/").is_none() && context.token("//").is_none()
    {
        let sign = context.token("%");
        return sign.map_or_else(
            || context.finding("modulo-by-zero"),
            |sign| Finding::new("modulo-by-zero", sign.place()),
        );
    }
    if context.message.contains("negative power") {
        return context.finding("zero-to-negative-power");
    }
    let code = if context.calls("len") { "average-of-nothing" } else { "divide-by-zero" };
    let sign = context.token("/").or_else(|| context.token("//"));
    let divisor =
        sign.and_then(|sign| context.tokens.iter().find(|token| token.start >= sign.end && !token.is("(")));
    context.finding(code).with("divisor", divisor.map_or("", |token| token.text))
}

pub(crate) fn overflow(context: &Context<'_>) -> Finding {
    context.finding("number-too-big")
}

pub(crate) fn file(context: &Context<'_>, kind: &str) -> Finding {
    let name = all_quoted(context.message).last().copied().unwrap_or("");
    let code = match kind {
        "IsADirectoryError" => "file-is-folder",
        "PermissionError" => "file-not-allowed",
        _ => "file-not-there",
    };
    context.finding(code).with("file", name)
}

/// A file that was opened for reading and is written, or the other way around.
pub(crate) fn file_mode(context: &Context<'_>) -> Option<Finding> {
    let code = match context.message {
        "not writable" => "file-not-writable",
        "not readable" => "file-not-readable",
        _ => return None,
    };
    Some(context.finding(code))
}

pub(crate) fn input_ended(context: &Context<'_>) -> Finding {
    let before = context
        .statements
        .iter()
        .filter(|statement| statement.line() < context.line && statement.mentions("input"))
        .count();
    let in_loop = context.statements.iter().any(|statement| {
        statement.line() < context.line
            && matches!(statement.first(), "for" | "while")
            && statement.indent < context.source.indent(context.line)
    });
    let code = if in_loop { "input-ended-in-loop" } else { "input-ended" };
    context.finding(code).with("count", before + 1)
}

pub(crate) fn assertion(context: &Context<'_>) -> Finding {
    let end = context.tokens.iter().position(|token| token.is(",")).unwrap_or(context.tokens.len());
    let condition = context.tokens.get(1..end).map_or("", |tokens| text_of(context.source.text, tokens));
    let finding =
        context.finding(if context.message.is_empty() { "assertion" } else { "assertion-with-message" });
    finding.with("condition", condition).with("message", context.message)
}

pub(crate) fn memory(context: &Context<'_>) -> Finding {
    context.finding("too-much-memory")
}

/// An exception that the program raises itself.
pub(super) fn raised(context: &Context<'_>, kind: &str) -> Option<Finding> {
    let first = context.tokens.first().filter(|first| first.is("raise"))?;
    Some(Finding::new("raised-by-program", first.place()).with("kind", kind).with("message", context.message))
}
