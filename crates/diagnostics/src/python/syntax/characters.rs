//! Characters and lines that are no Python: pasted text, other languages' comments, signs of word processors.

use model::Place;

use super::context::Context;
use crate::{finding::Finding, python::token::Kind};

/// The character that a message of CPython names, as in `invalid character '×' (U+00D7)`.
fn named<'a>(context: &Context<'a>) -> Option<&'a str> {
    context.message.strip_prefix("invalid character '")?.split_once('\'').map(|(character, _)| character)
}

pub(crate) fn invisible(context: &Context<'_>) -> Option<Finding> {
    let code = context.message.strip_prefix("invalid non-printable character ")?;
    let finding = match context.column {
        Some(column) => Finding::new("invisible-character", Place::columns(context.line, column, column + 1)),
        None => context.finding("invisible-character"),
    };
    Some(finding.with("character", code))
}

pub(crate) fn smart_quotes(context: &Context<'_>) -> Option<Finding> {
    let quote = named(context).filter(|character| "“”„‟‘’‚‛«»‹›″′´".contains(*character))?;
    Some(context.finding("smart-quotes").with("character", quote))
}

pub(crate) fn odd(context: &Context<'_>) -> Option<Finding> {
    if let Some(character) = named(context) {
        let plain = match character {
            "−" | "–" | "—" | "‐" => "-",
            "×" | "∙" | "·" | "⋅" | "∗" => "*",
            "÷" => "/",
            "≤" => "<=",
            "≥" => ">=",
            "≠" => "!=",
            "²" => "** 2",
            "³" => "** 3",
            "（" => "(",
            "）" => ")",
            "，" | "、" => ",",
            "：" => ":",
            "；" => ";",
            "＝" => "=",
            "＋" => "+",
            "！" => "!",
            "…" => "...",
            _ => return Some(context.finding("odd-character").with("character", character)),
        };
        return Some(
            context.finding("typographic-character").with("character", character).with("plain", plain),
        );
    }
    let token = context.tokens.iter().find(|token| token.kind == Kind::Odd)?;
    Some(Finding::new("odd-character", token.place()).with("character", token.text))
}

pub(crate) fn fence(context: &Context<'_>) -> Option<Finding> {
    context.source.line(context.line).trim_start().starts_with("```").then(|| context.finding("pasted-fence"))
}

pub(crate) fn prompt(context: &Context<'_>) -> Option<Finding> {
    let line = context.source.line(context.line).trim_start();
    let prompt = [">>>", "...", "In ["].into_iter().find(|prompt| line.starts_with(prompt))?;
    Some(context.finding("pasted-prompt").with("prompt", prompt))
}

/// `1 print("a")`: a number at the start of each line.
pub(crate) fn line_numbers(context: &Context<'_>) -> Option<Finding> {
    let [number, next, ..] = context.tokens else { return None };
    let is_number = number.kind == Kind::Number && number.text.chars().all(|letter| letter.is_ascii_digit());
    let continues = next.kind == Kind::Name || (next.is(".") || next.is(":"));
    let is_numbered = |line: u32, expected: u64| {
        let first = context.source.on_line(line).first();
        first.is_some_and(|token| token.text.parse() == Ok(expected))
    };
    let value: u64 = number.text.parse().ok().filter(|_| is_number && continues && !number.touches(next))?;
    let follows = is_numbered(context.line + 1, value + 1)
        || (context.line > 1 && is_numbered(context.line - 1, value.wrapping_sub(1)));
    let operator = matches!(next.text, "if" | "and" | "or" | "in" | "not" | "is" | "else" | "for");
    (follows || value == 1 && !operator)
        .then(|| Finding::new("pasted-line-numbers", number.place()).with("number", number.text))
}

/// Programs of a terminal that beginners are told to start.
const COMMANDS: [&str; 12] =
    ["pip", "pip3", "python", "python3", "py", "cd", "ls", "sudo", "apt", "conda", "npm", "git"];

pub(crate) fn shell_command(context: &Context<'_>) -> Option<Finding> {
    let [first, second, ..] = context.tokens else { return None };
    let is_command = COMMANDS.contains(&first.text) || (first.is("$") && COMMANDS.contains(&second.text));
    let has_argument =
        matches!(second.kind, Kind::Name | Kind::Number) || second.text.starts_with('-') || first.is("$");
    let command = if first.is("$") { second.text } else { first.text };
    (is_command && has_argument && !first.touches(second))
        .then(|| context.finding("shell-command").with("command", command))
}

pub(crate) fn foreign_comment(context: &Context<'_>) -> Option<Finding> {
    let sign = context.first();
    if matches!(sign, "//" | "/*" | "*/")
        || sign == "--"
        || context.source.line(context.line).trim_start().starts_with("<!--")
    {
        let sign = if sign == "<" { "<!--" } else { sign };
        return Some(context.finding("foreign-comment").with("sign", sign));
    }
    // After a statement: `x = 5 // the age`.
    let at = context.tokens.iter().position(|token| token.is("//") || token.is("/*"))?;
    let after = &context.tokens[at + 1..];
    let are_words = matches!(after, [first, second, ..]
        if first.kind == Kind::Name && second.kind == Kind::Name && !second.is_keyword());
    (are_words || context.tokens[at].is("/*")).then(|| {
        Finding::new("foreign-comment", context.tokens[at].place()).with("sign", context.tokens[at].text)
    })
}
