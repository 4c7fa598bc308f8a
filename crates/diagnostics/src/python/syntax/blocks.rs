//! Headers of blocks: `if`, `else`, loops and definitions, with their colons, conditions and names.

use model::Place;

use super::context::Context;
use crate::{
    finding::Finding,
    python::{
        source::{HEADERS, closing, text_of},
        token::{Kind, Token},
    },
    spelling::nearest,
};

const TAKE_CONDITIONS: [&str; 3] = ["if", "elif", "while"];

/// Position of the colon that ends the header: the first one outside of brackets.
fn colon(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        match token.text {
            "(" | "[" | "{" if token.kind == Kind::Operator => depth += 1,
            ")" | "]" | "}" if token.kind == Kind::Operator => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.is(":")
    })
}

/// A header without a colon at its end. Asked last, as other mistakes in a header also hide its colon.
pub(crate) fn colon_missing(context: &Context<'_>) -> Option<Finding> {
    let word = context.first();
    if !HEADERS.contains(&word) || colon(context.tokens).is_some() {
        return None;
    }
    let said = context.message == "expected ':'" || context.message.starts_with("invalid syntax");
    let last = context.tokens.last()?;
    let finding = Finding::new("missing-colon", Place::columns(last.line, last.column, last.end_column));
    said.then(|| finding.with("word", word))
}

/// `;`, `,`, `.` or two colons where a colon belongs.
pub(crate) fn colon_replaced(context: &Context<'_>) -> Option<Finding> {
    let word = context.first();
    if !HEADERS.contains(&word) {
        return None;
    }
    let last = context.tokens.last()?;
    match last.text {
        ";" => Some(Finding::new("semicolon-for-colon", last.place()).with("word", word)),
        "," => Some(Finding::new("comma-for-colon", last.place()).with("word", word).with("sign", ",")),
        "." => Some(Finding::new("comma-for-colon", last.place()).with("word", word).with("sign", ".")),
        "->" | "=>" | "=" if colon(context.tokens).is_none() => {
            Some(Finding::new("comma-for-colon", last.place()).with("word", word).with("sign", last.text))
        }
        "::" => Some(Finding::new("double-colon", last.place()).with("word", word)),
        _ => match context.tokens {
            [.., left, right] if left.is(":") && right.is(":") => {
                Some(Finding::new("double-colon", right.place()).with("word", word))
            }
            _ => None,
        },
    }
}

/// `else if`, `elseif`, and a condition after `else`.
pub(crate) fn else_if(context: &Context<'_>) -> Option<Finding> {
    match context.texts.as_slice() {
        ["else", "if", ..] => Some(context.finding("else-if").with("written", "else if")),
        [word @ ("elseif" | "elsif" | "elif_" | "elf" | "eif" | "elsel"), ..] if context.tokens.len() > 1 => {
            Some(context.finding("else-if").with("written", word))
        }
        ["else", next, ..] if *next != ":" => {
            let end = colon(context.tokens)?;
            let condition = text_of(context.source.text, &context.tokens[1..end]);
            Some(context.finding("else-with-condition").with("condition", condition))
        }
        _ => None,
    }
}

/// `else` or `elif` that belongs to no `if`.
pub(crate) fn misplaced_else(context: &Context<'_>) -> Option<Finding> {
    let word = context.first();
    let is_branch = matches!(word, "else" | "elif" | "except" | "finally");
    if !is_branch || context.message.starts_with("expected ':'") {
        return None;
    }
    let indent = context.source.indent(context.line);
    let before = context.before();
    let opens = |first: &str| match word {
        "except" | "finally" => first == "try",
        "else" => matches!(first, "if" | "for" | "while" | "try"),
        _ => first == "if",
    };
    // The statement at the same indentation that came last decides.
    let neighbour = before.iter().find(|statement| statement.indent <= indent)?;
    if neighbour.indent == indent && neighbour.is_header() {
        match neighbour.first() {
            "else" if word == "elif" => {
                return Some(context.finding("elif-after-else").related(neighbour.line()));
            }
            "else" if word == "else" => return Some(context.finding("else-twice").related(neighbour.line())),
            first if opens(first) || matches!(first, "elif" | "except") => return None,
            _ => {}
        }
    }
    let outer = before.iter().find(|statement| statement.indent < indent && statement.is_header());
    if let Some(outer) = outer.filter(|outer| opens(outer.first()) || outer.starts_with("elif")) {
        let finding = context.finding("else-misaligned").with("word", word).with("opener", outer.first());
        return Some(finding.with("header", outer.line()).related(outer.line()));
    }
    let earlier = before
        .iter()
        .find(|statement| statement.indent == indent && statement.is_header() && opens(statement.first()));
    Some(match earlier {
        Some(earlier) => {
            let finding = context.finding("else-cut-off").with("word", word).with("opener", earlier.first());
            finding.with("header", earlier.line()).related(earlier.line())
        }
        None => context
            .finding("else-without-if")
            .with("word", word)
            .with("opener", if opens("try") && word != "else" { "try" } else { "if" }),
    })
}

pub(crate) fn try_alone(context: &Context<'_>) -> Option<Finding> {
    if !context.message.starts_with("expected 'except' or 'finally' block") {
        return None;
    }
    let indent = context.source.indent(context.line);
    let opener = context
        .before()
        .into_iter()
        .find(|statement| statement.starts_with("try") && statement.indent <= indent)?;
    Some(Finding::on_line("try-without-except", opener.line()).related(context.line))
}

/// Loops of other languages.
pub(crate) fn foreign_loop(context: &Context<'_>) -> Option<Finding> {
    let semicolons = context.tokens.iter().filter(|token| token.is(";")).count();
    match context.texts.as_slice() {
        ["for", "(", ..] if semicolons >= 2 => Some(context.finding("loop-of-c")),
        ["for", rest @ ..] if semicolons >= 2 && rest.contains(&"=") => Some(context.finding("loop-of-c")),
        ["for", name, "=" | "from", first, "to", last, ..] => {
            let finding = context.finding("loop-from-to").with("name", name).with("first", first);
            Some(finding.with("last", last.trim_end_matches(':')))
        }
        ["for", name, "=", ..] => Some(context.finding("loop-with-equals").with("name", name)),
        ["repeat" | "loop" | "do", next, ..] if *next != "=" && *next != "(" && *next != "." => {
            Some(context.finding("loop-repeat").with("word", context.first()))
        }
        ["foreach" | "forever" | "until", ..]
            if context.texts.get(1).is_none_or(|next| *next != "=" && *next != "." && *next != "(")
                || context.first() == "foreach" =>
        {
            Some(context.finding("loop-repeat").with("word", context.first()))
        }
        _ => None,
    }
}

/// Words that begin a block in other languages, with Python's words for it.
const FOREIGN: [(&str, &str); 12] = [
    ("function", "def"),
    ("func", "def"),
    ("fun", "def"),
    ("fn", "def"),
    ("sub", "def"),
    ("define", "def"),
    ("procedure", "def"),
    ("method", "def"),
    ("switch", "if"),
    ("unless", "if"),
    ("when", "if"),
    ("catch", "except"),
];

/// Words that a statement may begin with, as candidates for a slip.
const FIRST_WORDS: [&str; 12] =
    ["def", "if", "for", "while", "else", "elif", "class", "return", "import", "from", "except", "print"];

/// `function f():`, `While x:`, `imprt random`: a statement that begins with a word that is nearly one of Python's.
pub(crate) fn foreign_block(context: &Context<'_>) -> Option<Finding> {
    let [first, second, ..] = context.tokens else { return None };
    let is_header = context.tokens.last().is_some_and(|last| last.is(":") || last.is("{"));
    let takes_value = matches!(second.kind, Kind::Name | Kind::Number | Kind::Text)
        || second.is(":")
        || (second.is("(") && is_header);
    if first.kind != Kind::Name || first.is_keyword() || !takes_value {
        return None;
    }
    let finding =
        |code, keyword| Finding::new(code, first.place()).with("word", first.text).with("keyword", keyword);
    let lower = first.text.to_lowercase();
    if let Some(keyword) = FIRST_WORDS.iter().find(|word| **word == lower) {
        return (lower != first.text).then(|| finding("keyword-capital", *keyword));
    }
    if let Some((_, keyword)) = FOREIGN.iter().find(|(word, _)| *word == first.text) {
        return Some(finding("keyword-of-another-language", *keyword));
    }
    nearest(first.text, FIRST_WORDS).map(|keyword| finding("keyword-misspelled", keyword))
}

pub(crate) fn then(context: &Context<'_>) -> Option<Finding> {
    let word = context.tokens.iter().find(|token| token.is("then") || token.is("do"))?;
    (HEADERS.contains(&context.first()) && context.tokens[0].start < word.start)
        .then(|| Finding::new("foreign-then", word.place()).with("word", word.text))
}

/// `if (n > 2) {`.
pub(crate) fn braces(context: &Context<'_>) -> Option<Finding> {
    let header = (1..=context.line).rev().find(|&line| {
        let tokens = context.source.on_line(line);
        let starts = tokens.first().is_some_and(|token| HEADERS.contains(&token.text) || token.is("}"));
        starts && tokens.last().is_some_and(|token| token.is("{")) && colon(tokens).is_none()
    });
    let next_line = context.source.on_line(context.line + 1).first();
    let is_below = HEADERS.contains(&context.first())
        && colon(context.tokens).is_none()
        && next_line.is_some_and(|token| token.is("{"));
    let line = header.or_else(|| is_below.then_some(context.line))?;
    let word = context.source.on_line(line).iter().find(|token| HEADERS.contains(&token.text))?;
    Some(Finding::on_line("braces-for-block", line).with("word", word.text))
}

pub(crate) fn definition(context: &Context<'_>) -> Option<Finding> {
    if context.first() != "def" {
        return class_header(context);
    }
    let [_, name, after, ..] = context.tokens else {
        return Some(context.finding("def-without-name"));
    };
    if name.is("(") {
        return Some(context.finding("def-without-name"));
    }
    if name.kind == Kind::Number {
        return Some(
            Finding::new("name-starts-with-digit", name.place())
                .with("name", format!("{}{}", name.text, if name.touches(after) { after.text } else { "" })),
        );
    }
    if name.is_keyword() {
        return Some(Finding::new("keyword-as-name", name.place()).with("word", name.text));
    }
    if after.is(":") || after.is("::") {
        return Some(Finding::new("def-without-brackets", name.place()).with("name", name.text));
    }
    if after.is("-") || (after.kind == Kind::Name && !after.is_keyword()) {
        let code = if after.is("-") { "hyphen-in-name" } else { "space-in-name" };
        let second = context.tokens.get(2 + usize::from(after.is("-"))).map_or("", |token| token.text);
        return Some(Finding::new(code, name.place()).with("left", name.text).with("right", second));
    }
    let open = after.is("(").then_some(2)?;
    parameters(context, name.text, open)
}

fn class_header(context: &Context<'_>) -> Option<Finding> {
    match context.tokens {
        [class, name, ..] if class.is("class") && name.is_keyword() => {
            Some(Finding::new("keyword-as-name", name.place()).with("word", name.text))
        }
        _ => None,
    }
}

/// Mistakes among the parameters of a function.
fn parameters(context: &Context<'_>, function: &str, open: usize) -> Option<Finding> {
    if context.message.contains("default argument follows")
        || context.message.contains("without a default follows")
    {
        let name = misplaced_default(&context.tokens[open + 1..]).unwrap_or("");
        return Some(context.finding("default-before-plain").with("name", name).with("function", function));
    }
    if let Some(rest) = context.message.strip_prefix("duplicate argument '") {
        let name = rest.split('\'').next().unwrap_or("");
        return Some(context.finding("duplicate-parameter").with("name", name).with("function", function));
    }
    let end = closing(context.tokens, open).unwrap_or(context.tokens.len());
    let inner = &context.tokens[open + 1..end];
    for pair in inner.windows(2) {
        let [left, right] = pair else { continue };
        if left.is_name() && right.is_name() {
            return Some(
                Finding::new("missing-comma", left.place()).with("left", left.text).with("right", right.text),
            );
        }
    }
    for (at, token) in inner.iter().enumerate() {
        let begins = at == 0 || inner[at - 1].is(",");
        if begins && token.is_keyword() && token.text != "lambda" {
            return Some(Finding::new("keyword-as-name", token.place()).with("word", token.text));
        }
        if begins && matches!(token.kind, Kind::Text | Kind::Number) {
            return Some(
                Finding::new("value-as-parameter", token.place())
                    .with("value", token.text)
                    .with("function", function),
            );
        }
    }
    None
}

/// The first parameter without a default after one that has one.
fn misplaced_default<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let mut had_default = false;
    for pair in tokens.windows(2) {
        let [name, after] = pair else { continue };
        if name.is_name() && after.is("=") {
            had_default = true;
        } else if had_default && name.is_name() && (after.is(",") || after.is(")")) {
            return Some(name.text);
        }
    }
    None
}

pub(crate) fn for_header(context: &Context<'_>) -> Option<Finding> {
    match context.tokens {
        [first, second, ..] if first.is("for") && second.is("in") => {
            Some(context.finding("for-without-name"))
        }
        [first, name, third, ..]
            if first.is("for") && name.is_name() && !context.texts.contains(&"in") && !third.is("=") =>
        {
            Some(Finding::new("for-without-in", name.place()).with("name", name.text))
        }
        [first, second, ..] if first.is("for") && second.is_keyword() => {
            Some(Finding::new("keyword-as-name", second.place()).with("word", second.text))
        }
        [first, second, third, ..] if first.is("for") && second.kind == Kind::Text && third.is("in") => {
            Some(Finding::new("value-as-loop-variable", second.place()).with("value", second.text))
        }
        _ => None,
    }
}

/// `if n > 1 and:`, `while :`, `if n ==:`.
pub(crate) fn condition_unfinished(context: &Context<'_>) -> Option<Finding> {
    let word = context.first();
    if !TAKE_CONDITIONS.contains(&word) {
        return None;
    }
    let end = colon(context.tokens)?;
    let last = &context.tokens[end - 1];
    if end == 1 {
        return Some(context.finding("condition-missing").with("word", word));
    }
    let is_operator = |token: &Token<'_>| matches!(token.text, "<" | ">" | "<=" | ">=" | "==" | "!=");
    let half =
        context.tokens.windows(2).find(|two| matches!(two[0].text, "and" | "or") && is_operator(&two[1]));
    if let Some(half) = half {
        let found = Finding::new("comparison-without-left", half[1].place()).with("word", half[0].text);
        return Some(found.with("operator", half[1].text).with("name", context.tokens[1].text));
    }
    let is_open = matches!(
        last.text,
        "and"
            | "or"
            | "not"
            | "=="
            | "!="
            | "<"
            | ">"
            | "<="
            | ">="
            | "+"
            | "-"
            | "*"
            | "/"
            | "in"
            | "is"
            | "%"
    );
    (is_open && last.kind != Kind::Text)
        .then(|| Finding::new("unfinished-condition", last.place()).with("word", last.text))
}

pub(crate) fn with_without_as(context: &Context<'_>) -> Option<Finding> {
    let is_with = context.first() == "with" && !context.texts.contains(&"as");
    let pair = context.tokens.windows(2).find(|two| two[0].is(")") && two[1].is_name())?;
    is_with.then(|| Finding::new("with-without-as", pair[1].place()).with("name", pair[1].text))
}
