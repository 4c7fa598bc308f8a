//! Other statements: imports, calls, numbers, words that are no program, and statements in the wrong place.

use super::context::Context;
use crate::{
    finding::Finding,
    python::{
        source::{HEADERS, text_of},
        token::{Kind, Token},
    },
};

pub(crate) fn imports(context: &Context<'_>) -> Option<Finding> {
    match context.texts.as_slice() {
        ["import", name, "from", module, ..] => {
            Some(context.finding("import-turned").with("name", name).with("module", module))
        }
        ["from", module, "import"] | ["from", module] => {
            Some(context.finding("unfinished-import").with("module", module))
        }
        ["from" | "import", .., "as"] => Some(context.finding("import-as-nothing")),
        ["import" | "from"] => Some(context.finding("import-without-name")),
        ["from" | "import", .., "," | "."] => Some(
            context.finding("trailing-comma-import").with("sign", context.texts[context.texts.len() - 1]),
        ),
        ["import" | "from", module, ..] if context.tokens[1].kind == Kind::Text => {
            Some(context.finding("import-with-quotes").with("module", module.trim_matches(['"', '\''])))
        }
        ["include" | "using" | "require" | "use", module, ..]
            if context.tokens[0].kind == Kind::Name && *module != "=" =>
        {
            Some(context.finding("foreign-import").with("word", context.first()).with("module", module))
        }
        _ => None,
    }
}

pub(crate) fn lambda_return(context: &Context<'_>) -> Option<Finding> {
    let lambda = context.tokens.iter().position(|token| token.is("lambda"))?;
    let word = context.tokens[lambda..].iter().find(|token| token.is("return"))?;
    Some(Finding::new("return-in-lambda", word.place()))
}

pub(crate) fn ternary_without_else(context: &Context<'_>) -> Option<Finding> {
    context.message.starts_with("expected 'else' after 'if'").then(|| context.finding("ternary-without-else"))
}

/// `[i for i in range(5) if i > 2 else 0]`.
pub(crate) fn comprehension_else(context: &Context<'_>) -> Option<Finding> {
    let position = |word: &str| context.tokens.iter().position(|token| token.is(word));
    let (loop_at, if_at, else_at) = (position("for")?, position("if")?, position("else")?);
    (0 < loop_at && loop_at < if_at && if_at < else_at).then(|| context.finding("comprehension-if-else"))
}

pub(crate) fn print_without_brackets(context: &Context<'_>) -> Option<Finding> {
    let [word, next, rest @ ..] = context.tokens else { return None };
    let takes = matches!(word.text, "print" | "input" | "Print" | "echo" | "puts" | "printf" | "console")
        && !next.is("(");
    let follows = matches!(next.kind, Kind::Text | Kind::OpenText | Kind::Number) || next.kind == Kind::Name;
    if !takes || !follows {
        return None;
    }
    if matches!(rest, [.., last] if last.is(")")) && context.message.starts_with("unmatched") {
        return Some(Finding::new("print-open-bracket", word.place()).with("word", word.text));
    }
    let value = text_of(context.source.text, &context.tokens[1..]);
    let word_shown = if word.text == "input" { "input" } else { "print" };
    Some(Finding::new("print-without-brackets", word.place()).with("word", word_shown).with("value", value))
}

/// Arguments of calls: order, repetition, `=` that is no name's.
pub(crate) fn arguments(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    if message.starts_with("positional argument follows keyword argument") {
        let keyword = context.tokens.windows(2).find(|two| two[0].is_name() && two[1].is("="));
        let keyword = keyword.map_or("", |two| two[0].text);
        return Some(context.finding("keyword-before-positional").with("keyword", keyword));
    }
    if let Some(keyword) = message.strip_prefix("keyword argument repeated: ") {
        return Some(context.finding("keyword-twice").with("keyword", keyword));
    }
    message
        .starts_with("expression cannot contain assignment")
        .then(|| context.finding("equals-in-call-expression"))
}

pub(crate) fn outside(context: &Context<'_>) -> Option<Finding> {
    match context.message {
        "'return' outside function" => Some(context.finding("return-outside-function")),
        "'break' outside loop" => Some(context.finding("break-outside-loop").with("word", "break")),
        "'continue' not properly in loop" => {
            Some(context.finding("break-outside-loop").with("word", "continue"))
        }
        "'yield' outside function" => Some(context.finding("yield-outside-function").with("word", "yield")),
        "'await' outside function" => Some(context.finding("yield-outside-function").with("word", "await")),
        _ => None,
    }
}

pub(crate) fn global_late(context: &Context<'_>) -> Option<Finding> {
    let name = context.message.strip_prefix("name '")?.split('\'').next()?;
    let rest = &context.message["name ''".len() + name.len()..];
    if rest.contains("before global declaration") || rest.contains("prior to global declaration") {
        return Some(context.finding("global-after-use").with("name", name));
    }
    rest.contains("is parameter and global").then(|| context.finding("global-parameter").with("name", name))
}

pub(crate) fn numbers(context: &Context<'_>) -> Option<Finding> {
    if context.message.starts_with("leading zeros") {
        let zero = context.tokens.iter().find(|token| {
            token.kind == Kind::Number
                && token.text.len() > 1
                && token.text.starts_with('0')
                && !token.text.contains('.')
        });
        let text = zero.map_or("", |token| token.text);
        let plain = text.trim_start_matches('0');
        let plain = if plain.is_empty() { "0" } else { plain };
        return Some(context.finding("leading-zero").with("number", text).with("plain", plain));
    }
    for pair in context.tokens.windows(2) {
        let [left, right] = pair else { continue };
        if left.kind != Kind::Number || !left.touches(right) {
            continue;
        }
        if right.kind == Kind::Number {
            let written = format!("{}{}", left.text, right.text);
            return Some(Finding::new("number-with-two-dots", left.place()).with("number", written));
        }
        if right.kind == Kind::Name && !right.is_keyword() {
            return Some(number_and_name(context, left, right));
        }
        if right.is("(") {
            return Some(
                Finding::new("missing-multiply", left.place()).with("left", left.text).with("right", "(...)"),
            );
        }
    }
    None
}

/// A name that touches the number before it: `2x`, `5cm`, `1O`.
fn number_and_name(context: &Context<'_>, number: &Token<'_>, name: &Token<'_>) -> Finding {
    let first = name.text.chars().next().unwrap_or(' ');
    let is_digit_like =
        name.text.chars().all(|letter| "OolIS0123456789".contains(letter)) && "OolI".contains(first);
    if is_digit_like {
        let digit = if "Oo".contains(first) { "0" } else { "1" };
        return Finding::new("letter-for-digit", name.place()).with("letter", first).with("digit", digit);
    }
    let is_known = context.source.statements().iter().any(|statement| {
        statement.assignment().is_some_and(|(known, _)| known == name.text)
            || (matches!(statement.first(), "for" | "def")
                && statement.mentions(name.text)
                && statement.line() < context.line)
    });
    if is_known || name.text.chars().count() == 1 {
        return Finding::new("missing-multiply", number.place())
            .with("left", number.text)
            .with("right", name.text);
    }
    Finding::new("number-with-unit", name.place()).with("number", number.text).with("unit", name.text)
}

/// `print("a") print("b")`: two statements on one line.
pub(crate) fn two_statements(context: &Context<'_>) -> Option<Finding> {
    let pair = context.tokens.windows(2).find(|two| {
        let ends = two[0].is(")") || two[0].is("]");
        let begins = two[1].kind == Kind::Name
            && !matches!(two[1].text, "and" | "or" | "in" | "is" | "not" | "if" | "for" | "as");
        ends && (begins || matches!(two[1].kind, Kind::Text | Kind::Number))
    })?;
    Some(Finding::new("two-statements", pair[1].place()).with("right", pair[1].text))
}

/// A line of words: a comment without its sign, or two things side by side.
pub(crate) fn plain_words(context: &Context<'_>) -> Option<Finding> {
    if context.message.starts_with("unexpected character after line continuation") {
        let slash = context.token("\\");
        let finding = slash.map_or_else(
            || context.finding("after-backslash"),
            |token| Finding::new("after-backslash", token.place()),
        );
        return Some(finding);
    }
    let words = context.tokens.iter().take_while(|token| token.kind == Kind::Name).count();
    let is_header = HEADERS.contains(&context.first());
    let is_sentence = !is_header
        && words >= 3
        && context.tokens[..words].iter().filter(|token| token.is_name()).count() >= 2;
    if is_sentence {
        return Some(context.finding("text-without-hash"));
    }
    let pair = context.tokens.windows(2).find(|two| {
        let value = |token: &Token<'_>| token.is_name() || matches!(token.kind, Kind::Number | Kind::Text);
        value(&two[0]) && value(&two[1]) && !(two[0].kind == Kind::Text && two[1].kind == Kind::Text)
    })?;
    Some(Finding::new("two-values", pair[0].place()).with("left", pair[0].text).with("right", pair[1].text))
}
