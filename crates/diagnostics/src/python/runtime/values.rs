//! Values that a function or an operator can't use, input that is over, and files that are not there.

use super::{Scene, all_quoted};
use crate::{
    finding::Finding,
    python::{
        kinds::{Kind, split_at_commas},
        source::text_of,
    },
};

pub(crate) fn value(scene: &Scene<'_>) -> Option<Finding> {
    let message = scene.message;
    if message.starts_with("invalid literal for int()") {
        return message.split_once(": ").map(|(_, text)| int_of(scene, text.trim_matches(['\'', '"'])));
    }
    if let Some(text) = message.strip_prefix("could not convert string to float: ") {
        return Some(float_of(scene, text.trim_matches(['\'', '"'])));
    }
    if message.starts_with("too many values to unpack") || message.starts_with("not enough values to unpack")
    {
        return Some(unpack(scene));
    }
    let simple = match message {
        _ if message.contains("remove(x): x not in") => {
            let argument = argument(scene, "remove");
            return Some(scene.finding("remove-not-there").with("value", argument));
        }
        _ if message.ends_with("is not in list") => {
            let value = message.trim_end_matches(" is not in list");
            return Some(scene.finding("index-not-there").with("value", value));
        }
        _ if message.contains("index(x): x not in") => {
            return Some(scene.finding("index-not-there").with("value", argument(scene, "index")));
        }
        _ if message.starts_with("substring not found") => {
            return Some(scene.finding("part-not-there").with("value", argument(scene, "index")));
        }
        _ if message.contains("math domain error")
            || message.contains("expected a nonnegative input")
            || message.contains("expected a positive input") =>
        {
            let function = scene
                .tokens
                .iter()
                .find(|token| matches!(token.text, "sqrt" | "log" | "log10" | "log2" | "acos" | "asin"));
            let function = function.map_or("sqrt", |token| token.text);
            let code = if matches!(function, "acos" | "asin") { "math-domain" } else { "sqrt-of-negative" };
            return Some(scene.finding(code).with("function", function));
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
            return Some(scene.finding("empty-max").with("function", function));
        }
        _ if message.starts_with("I/O operation on closed file") => "file-closed",
        _ if message.starts_with("empty separator") => "empty-separator",
        _ if message.starts_with("Exceeds the limit") => "number-too-long",
        _ if message.starts_with("chr() arg not in range") => "chr-range",
        _ => return super::raised(scene, "ValueError"),
    };
    Some(scene.finding(simple))
}

/// The first argument of a call on the line, as it is written.
fn argument<'a>(scene: &Scene<'a>, function: &str) -> &'a str {
    let at = scene.tokens.windows(2).position(|two| two[0].is(function) && two[1].is("("));
    let end = at.and_then(|at| crate::python::source::closing(scene.tokens, at + 1));
    match (at, end) {
        (Some(at), Some(end)) => split_at_commas(&scene.tokens[at + 2..end])
            .first()
            .map_or("", |part| text_of(scene.source.text, part)),
        _ => "",
    }
}

fn int_of(scene: &Scene<'_>, text: &str) -> Finding {
    let trimmed = text.trim();
    let finding = |code| scene.finding(code).with("value", text);
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

fn float_of(scene: &Scene<'_>, text: &str) -> Finding {
    let trimmed = text.trim();
    let number = |text: &str| text.parse::<f64>().is_ok();
    let finding = |code| scene.finding(code).with("value", text);
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

fn unpack(scene: &Scene<'_>) -> Finding {
    let tokens = scene.tokens;
    let numbers: Vec<&str> = scene
        .message
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let expected = numbers.first().copied().unwrap_or("");
    if tokens.first().is_some_and(|first| first.is("for")) || tokens.iter().any(|token| token.is("for")) {
        let over = tokens.iter().position(|token| token.is("in")).and_then(|at| tokens.get(at + 1));
        if let Some(dict) = over.filter(|token| scene.kinds.kind(token.text) == Kind::Dict) {
            return Finding::at_token("items-missing", dict).with("name", dict.text);
        }
        return scene.finding("unpack-in-loop").with("expected", expected);
    }
    let equals = tokens.iter().position(|token| token.is("=")).map_or(0, |at| at + 1);
    let value = &tokens[equals..];
    let inner = match value {
        [open, inner @ .., _] if open.is("[") || open.is("(") => inner,
        _ => value,
    };
    let written = split_at_commas(inner).len();
    if scene.message.starts_with("too many") {
        let finding = scene.finding(if written > 1 { "unpack-too-many-known" } else { "unpack-too-many" });
        return finding.with("expected", expected).with("count", written);
    }
    let got = numbers.get(1).copied().unwrap_or("");
    let typed = tokens.iter().any(|token| token.is("input"));
    scene
        .finding(if typed { "unpack-too-few-typed" } else { "unpack-too-few" })
        .with("expected", expected)
        .with("got", got)
}

pub(crate) fn zero_division(scene: &Scene<'_>) -> Finding {
    if scene.message.contains("modulo") && !scene.message.contains("division")
        || scene.token("%").is_some() && scene.token("/").is_none() && scene.token("//").is_none()
    {
        let sign = scene.token("%");
        return sign.map_or_else(
            || scene.finding("modulo-by-zero"),
            |sign| Finding::at_token("modulo-by-zero", sign),
        );
    }
    if scene.message.contains("negative power") {
        return scene.finding("zero-to-negative-power");
    }
    let code = if scene.calls("len") { "average-of-nothing" } else { "divide-by-zero" };
    let sign = scene.token("/").or_else(|| scene.token("//"));
    let divisor =
        sign.and_then(|sign| scene.tokens.iter().find(|token| token.start >= sign.end && !token.is("(")));
    scene.finding(code).with("divisor", divisor.map_or("", |token| token.text))
}

pub(crate) fn overflow(scene: &Scene<'_>) -> Finding {
    scene.finding("number-too-big")
}

pub(crate) fn file(scene: &Scene<'_>, kind: &str) -> Finding {
    let name = all_quoted(scene.message).last().copied().unwrap_or("");
    let code = match kind {
        "IsADirectoryError" => "file-is-folder",
        "PermissionError" => "file-not-allowed",
        _ => "file-not-there",
    };
    scene.finding(code).with("file", name)
}

pub(crate) fn input_ended(scene: &Scene<'_>) -> Finding {
    let before = scene
        .statements
        .iter()
        .filter(|statement| statement.line() < scene.line && statement.mentions("input"))
        .count();
    let in_loop = scene.statements.iter().any(|statement| {
        statement.line() < scene.line
            && matches!(statement.first(), "for" | "while")
            && statement.indent < scene.source.indent(scene.line)
    });
    let code = if in_loop { "input-ended-in-loop" } else { "input-ended" };
    scene.finding(code).with("count", before + 1)
}

pub(crate) fn assertion(scene: &Scene<'_>) -> Finding {
    let end = scene.tokens.iter().position(|token| token.is(",")).unwrap_or(scene.tokens.len());
    let condition = scene.tokens.get(1..end).map_or("", |tokens| text_of(scene.source.text, tokens));
    let finding =
        scene.finding(if scene.message.is_empty() { "assertion" } else { "assertion-with-message" });
    finding.with("condition", condition).with("message", scene.message)
}

pub(crate) fn memory(scene: &Scene<'_>) -> Finding {
    scene.finding("too-much-memory")
}
