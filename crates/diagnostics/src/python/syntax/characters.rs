//! Characters and lines that are no Python: pasted text, other languages' comments, signs of word processors.

use model::Place;

use super::Scene;
use crate::{finding::Finding, python::token::Kind};

/// The character that a message of CPython names, as in `invalid character '×' (U+00D7)`.
fn named<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    scene.message.strip_prefix("invalid character '")?.split_once('\'').map(|(character, _)| character)
}

pub(crate) fn invisible(scene: &Scene<'_>) -> Option<Finding> {
    let code = scene.message.strip_prefix("invalid non-printable character ")?;
    let finding = match scene.column {
        Some(column) => Finding::new("invisible-character", Place::columns(scene.line, column, column + 1)),
        None => scene.finding("invisible-character"),
    };
    Some(finding.with("character", code))
}

pub(crate) fn smart_quotes(scene: &Scene<'_>) -> Option<Finding> {
    let quote = named(scene).filter(|character| "“”„‟‘’‚‛«»‹›″′´".contains(*character))?;
    Some(scene.finding("smart-quotes").with("character", quote))
}

pub(crate) fn odd(scene: &Scene<'_>) -> Option<Finding> {
    if let Some(character) = named(scene) {
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
            _ => return Some(scene.finding("odd-character").with("character", character)),
        };
        return Some(
            scene.finding("typographic-character").with("character", character).with("plain", plain),
        );
    }
    let token = scene.tokens.iter().find(|token| token.kind == Kind::Odd)?;
    Some(Finding::at_token("odd-character", token).with("character", token.text))
}

pub(crate) fn fence(scene: &Scene<'_>) -> Option<Finding> {
    scene.source.line(scene.line).trim_start().starts_with("```").then(|| scene.finding("pasted-fence"))
}

pub(crate) fn prompt(scene: &Scene<'_>) -> Option<Finding> {
    let line = scene.source.line(scene.line).trim_start();
    let prompt = [">>>", "...", "In ["].into_iter().find(|prompt| line.starts_with(prompt))?;
    Some(scene.finding("pasted-prompt").with("prompt", prompt))
}

/// `1 print("a")`: a number at the start of each line.
pub(crate) fn line_numbers(scene: &Scene<'_>) -> Option<Finding> {
    let [number, next, ..] = scene.tokens else { return None };
    let is_number = number.kind == Kind::Number && number.text.chars().all(|letter| letter.is_ascii_digit());
    let continues = next.kind == Kind::Name || (next.is(".") || next.is(":"));
    let is_numbered = |line: u32, expected: u64| {
        let first = scene.source.on_line(line).first();
        first.is_some_and(|token| token.text.parse() == Ok(expected))
    };
    let value: u64 = number.text.parse().ok().filter(|_| is_number && continues && !number.touches(next))?;
    let follows = is_numbered(scene.line + 1, value + 1)
        || (scene.line > 1 && is_numbered(scene.line - 1, value.wrapping_sub(1)));
    let operator = matches!(next.text, "if" | "and" | "or" | "in" | "not" | "is" | "else" | "for");
    (follows || value == 1 && !operator)
        .then(|| Finding::at_token("pasted-line-numbers", number).with("number", number.text))
}

/// Programs of a terminal that beginners are told to start.
const COMMANDS: [&str; 12] =
    ["pip", "pip3", "python", "python3", "py", "cd", "ls", "sudo", "apt", "conda", "npm", "git"];

pub(crate) fn shell_command(scene: &Scene<'_>) -> Option<Finding> {
    let [first, second, ..] = scene.tokens else { return None };
    let is_command = COMMANDS.contains(&first.text) || (first.is("$") && COMMANDS.contains(&second.text));
    let has_argument =
        matches!(second.kind, Kind::Name | Kind::Number) || second.text.starts_with('-') || first.is("$");
    let command = if first.is("$") { second.text } else { first.text };
    (is_command && has_argument && !first.touches(second))
        .then(|| scene.finding("shell-command").with("command", command))
}

pub(crate) fn foreign_comment(scene: &Scene<'_>) -> Option<Finding> {
    let sign = scene.first();
    if matches!(sign, "//" | "/*" | "*/")
        || sign == "--"
        || scene.source.line(scene.line).trim_start().starts_with("<!--")
    {
        let sign = if sign == "<" { "<!--" } else { sign };
        return Some(scene.finding("foreign-comment").with("sign", sign));
    }
    // After a statement: `x = 5 // the age`.
    let at = scene.tokens.iter().position(|token| token.is("//") || token.is("/*"))?;
    let after = &scene.tokens[at + 1..];
    let are_words = matches!(after, [first, second, ..]
        if first.kind == Kind::Name && second.kind == Kind::Name && !second.is_keyword());
    (are_words || scene.tokens[at].is("/*"))
        .then(|| Finding::at_token("foreign-comment", &scene.tokens[at]).with("sign", scene.tokens[at].text))
}
