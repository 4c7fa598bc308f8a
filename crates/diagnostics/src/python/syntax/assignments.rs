//! Assignments and operators: what stands on the left of `=`, and operators of other languages.

use model::Place;

use super::context::Context;
use crate::{
    finding::Finding,
    python::{
        source::{is_augmented, open_brackets, text_of},
        token::{Kind, Token},
    },
};

/// `=>` and `=<`.
pub(crate) fn operator_turned(context: &Context<'_>) -> Option<Finding> {
    let token = context.tokens.iter().find(|token| token.is("=>") || token.is("=<"))?;
    let right = if token.is("=>") { ">=" } else { "<=" };
    Some(Finding::new("operator-turned", token.place()).with("written", token.text).with("operator", right))
}

/// `&&`, `||`, `!x`, `++`, `===`, `<>`.
pub(crate) fn foreign_operator(context: &Context<'_>) -> Option<Finding> {
    let (at, operator) = context.tokens.iter().enumerate().find_map(|(at, token)| {
        let is_step =
            matches!(token.text, "++" | "--") && !context.tokens.get(at + 1).is_some_and(is_operand);
        let operator = match token.text {
            "&&" => "and",
            "||" => "or",
            "!" => "not",
            "<>" | "!==" => "!=",
            "===" => "==",
            "++" if is_step || at == 0 => "+= 1",
            "--" if is_step || at == 0 => "-= 1",
            _ => return None,
        };
        (token.kind == Kind::Operator).then_some((at, operator))
    })?;
    let token = &context.tokens[at];
    let code = if operator.ends_with("= 1") { "increment-operator" } else { "operator-of-another-language" };
    let name = at
        .checked_sub(1)
        .and_then(|before| context.tokens.get(before))
        .or_else(|| context.tokens.get(at + 1));
    let finding = Finding::new(code, token.place()).with("written", token.text).with("operator", operator);
    Some(finding.with("name", name.map_or("n", |token| token.text)))
}

fn is_operand(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Name | Kind::Number | Kind::Text) || token.is("(")
}

/// `+ =`, `! =`, `> =` and `in not`.
pub(crate) fn operator_with_space(context: &Context<'_>) -> Option<Finding> {
    for pair in context.tokens.windows(2) {
        let [left, right] = pair else { continue };
        if left.is("in") && right.is("not") {
            return Some(Finding::new("in-not", left.place()));
        }
        let splits = right.is("=")
            && left.kind == Kind::Operator
            && matches!(left.text, "+" | "-" | "*" | "/" | "!" | "<" | ">" | "=" | "%" | "//" | "**");
        if splits && !left.touches(right) {
            return Some(
                Finding::new("operator-with-space", left.place()).with("operator", format!("{}=", left.text)),
            );
        }
        if left.is("=") && right.kind == Kind::Operator && matches!(right.text, "!" | "+" | "*" | "/" | "%") {
            let code = if left.touches(right) { "operator-turned" } else { "operator-with-space" };
            let operator = format!("{}=", right.text);
            return Some(
                Finding::new(code, left.place())
                    .with("written", format!("={}", right.text))
                    .with("operator", operator),
            );
        }
    }
    None
}

/// `if n = 3:`.
pub(crate) fn in_condition(context: &Context<'_>) -> Option<Finding> {
    let word = context.first();
    if !matches!(word, "if" | "elif" | "while" | "return" | "assert") {
        return None;
    }
    let at = context.tokens.iter().position(|token| token.is("="))?;
    let is_argument = open_brackets(&context.tokens[..at]).iter().any(|open| open.is("("))
        && context.tokens[..at].windows(2).any(|two| two[0].is_name() && two[1].is("("));
    (!is_argument).then(|| Finding::new("assign-in-condition", context.tokens[at].place()).with("word", word))
}

pub(crate) fn equals_in_dict(context: &Context<'_>) -> Option<Finding> {
    let equals = context.tokens.iter().filter(|token| token.is("=")).find(|equals| {
        let before: Vec<_> =
            context.source.tokens.iter().take_while(|token| token.start < equals.start).copied().collect();
        open_brackets(&before).last().is_some_and(|open| open.is("{"))
    });
    if let Some(equals) = equals {
        return Some(Finding::new("equals-in-dict", equals.place()));
    }
    if context.message.starts_with("expression expected after dictionary key") {
        let colon =
            context.tokens.windows(2).find(|two| two[0].is(":") && (two[1].is(",") || two[1].is("}")));
        let key = colon.and_then(|pair| context.tokens.iter().rfind(|token| token.end <= pair[0].start));
        return Some(context.finding("missing-dict-value").with("key", key.map_or("", |token| token.text)));
    }
    if context.message.starts_with("':' expected after dictionary key") {
        let is_key = |token: &Token<'_>| {
            let rest = context.tokens.iter().skip_while(|other| other.end <= token.start).skip(1);
            !rest.take_while(|other| !other.is(",")).any(|other| other.is(":"))
        };
        let key = context.tokens.windows(2).find(|two| matches!(two[0].text, "," | "{") && is_key(&two[1]));
        return Some(context.finding("missing-dict-colon").with("left", key.map_or("", |two| two[1].text)));
    }
    None
}

/// A keyword as a name: `class = "7b"`, `True = 1`.
pub(crate) fn to_keyword(context: &Context<'_>) -> Option<Finding> {
    let at = context
        .tokens
        .windows(2)
        .position(|two| two[0].is_keyword() && (two[1].is("=") || two[1].is("+=") || two[1].is("-=")));
    let token = if let Some(at) = at {
        &context.tokens[at]
    } else {
        let word = context
            .message
            .strip_prefix("cannot assign to ")
            .map(|rest| rest.split([' ', '\'']).next().unwrap_or(""));
        context.token(word.filter(|word| matches!(*word, "True" | "False" | "None"))?)?
    };
    Some(Finding::new("keyword-as-name", token.place()).with("word", token.text))
}

/// Words before a declaration in Java and C.
const CLASSES: [&str; 3] = ["public", "private", "static"];

/// Types and words that declare a variable in other languages.
const DECLARE: [&str; 21] = [
    "int", "float", "double", "string", "String", "str", "char", "bool", "boolean", "var", "let", "const",
    "auto", "dim", "Dim", "final", "static", "public", "private", "list", "dict",
];

/// `int n = 5`, `var x = 1`, `n := 5`.
pub(crate) fn declaration(context: &Context<'_>) -> Option<Finding> {
    if context.tokens.len() > 3 && CLASSES.contains(&context.first()) {
        return Some(context.finding("another-language").with("word", context.first()));
    }
    match context.tokens {
        [kind, name, ..] if DECLARE.contains(&kind.text) && name.is_name() && !kind.touches(name) => {
            let rest = text_of(context.source.text, &context.tokens[1..]);
            Some(
                Finding::new("foreign-declaration", kind.place())
                    .with("word", kind.text)
                    .with("rest", rest.trim_end_matches(';')),
            )
        }
        [name, walrus, ..] if walrus.is(":=") => {
            Some(Finding::new("walrus-for-assign", walrus.place()).with("name", name.text))
        }
        [name, colon, equals, ..] if colon.is(":") && equals.is("=") && name.is_name() => {
            Some(Finding::new("walrus-for-assign", colon.place()).with("name", name.text))
        }
        [set, name, to, ..]
            if matches!(set.text, "set" | "Set" | "let")
                && name.is_name()
                && matches!(to.text, "to" | "be") =>
        {
            Some(
                Finding::new("foreign-declaration", set.place())
                    .with("word", set.text)
                    .with("rest", format!("{} = ...", name.text)),
            )
        }
        _ => None,
    }
}

/// The left side of `=` is no name.
pub(crate) fn targets(context: &Context<'_>) -> Option<Finding> {
    if let Some(finding) = odd_name(context) {
        return Some(finding);
    }
    let equals = context.tokens.iter().position(|token| token.is("="))?;
    let (left, right) = (&context.tokens[..equals], &context.tokens[equals + 1..]);
    let right_text = text_of(context.source.text, right);
    let about = context.message.strip_prefix("cannot assign to ")?;
    let place = Place::columns(context.line, left.first()?.column, left.last()?.end_column);
    let inside_call = !open_brackets(left).is_empty();
    let (code, name) = match left {
        _ if inside_call => ("equals-in-call", ""),
        [only] if only.kind == Kind::Text => ("assign-to-text", only.text.trim_matches(['"', '\''])),
        [only] if only.kind == Kind::Number => ("assign-to-number", only.text),
        _ if about.starts_with("function call") => ("assign-to-call", left[0].text),
        _ => ("assign-to-expression", ""),
    };
    let finding =
        Finding::new(code, place).with("left", text_of(context.source.text, left)).with("right", right_text);
    Some(finding.with("name", name))
}

/// `my-age = 12`, `my age = 12`, `2nd = 1`.
fn odd_name(context: &Context<'_>) -> Option<Finding> {
    let [first, second, rest @ ..] = context.tokens else { return None };
    let equals = context.tokens.iter().position(|token| token.is("="))?;
    let is_before = |count: usize| equals >= count;
    if first.kind == Kind::Number && first.touches(second) && second.kind == Kind::Name && is_before(2) {
        let name = format!("{}{}", first.text, second.text);
        return Some(Finding::new("name-starts-with-digit", first.place()).with("name", name));
    }
    if !first.is_name() {
        return None;
    }
    if second.is("-") && is_before(3) && rest.first().is_some_and(Token::is_name) && equals == 3 {
        let right = rest.first().map_or("", |token| token.text);
        return Some(
            Finding::new("hyphen-in-name", first.place()).with("left", first.text).with("right", right),
        );
    }
    if second.is_name() && is_before(2) && context.tokens[..equals].iter().all(Token::is_name) {
        return Some(
            Finding::new("space-in-name", first.place()).with("left", first.text).with("right", second.text),
        );
    }
    None
}

/// `score =`, `total = a +`.
pub(crate) fn unfinished(context: &Context<'_>) -> Option<Finding> {
    let last = context.tokens.last()?;
    let is_operator = matches!(
        last.text,
        "+" | "-"
            | "*"
            | "/"
            | "//"
            | "%"
            | "**"
            | "=="
            | "<"
            | ">"
            | "<="
            | ">="
            | "!="
            | "and"
            | "or"
            | "not"
    );
    if last.kind == Kind::Text || context.message.contains("never closed") {
        return None;
    }
    if last.is("=") || is_augmented(last.text) {
        return Some(Finding::new("unfinished-assignment", last.place()).with("sign", last.text));
    }
    is_operator.then(|| Finding::new("unfinished-expression", last.place()).with("sign", last.text))
}
