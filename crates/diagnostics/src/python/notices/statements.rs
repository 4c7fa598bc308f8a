//! Statements without an effect, and assignments that give something else than it looks.

use super::context::Context;
use crate::{
    finding::Finding,
    python::{
        builtins::BUILTINS,
        kinds::{GIVES_NOTHING, Kind},
        source::{Statement, closing, text_of},
        token::{Kind as TokenKind, Token},
    },
};

/// `n == 5` as a statement.
pub(crate) fn compares_instead_of_assigning(context: &Context<'_>) -> Vec<Finding> {
    let all = context.statements.iter().filter_map(|statement| match statement.tokens {
        [name, equals, ..] if name.is_name() && equals.is("==") => {
            let found = Finding::new("quiet-compare-for-assign", equals.place()).with("name", name.text);
            Some(found.with("value", text_of(context.source.text, &statement.tokens[2..])))
        }
        _ => None,
    });
    all.collect()
}

/// `greet` or `name.upper` as a statement.
pub(crate) fn not_called(context: &Context<'_>) -> Vec<Finding> {
    let own: Vec<&str> = context.statements.iter().filter_map(Statement::defines).collect();
    let is_function = |name: &str| own.contains(&name) || BUILTINS.contains(&name);
    let all = context.statements.iter().filter_map(|statement| match statement.tokens {
        [name] if name.is_name() && is_function(name.text) => {
            Some(Finding::new("quiet-not-called", name.place()).with("name", name.text))
        }
        [owner, dot, name] if owner.is_name() && dot.is(".") && is_method(name.text) => Some(
            Finding::new("quiet-not-called", name.place())
                .with("name", format!("{}.{}", owner.text, name.text)),
        ),
        _ => None,
    });
    all.collect()
}

fn is_method(name: &str) -> bool {
    GIVES_NOTHING.contains(&name) || MAKES_NEW.contains(&name) || matches!(name, "pop" | "close")
}

/// Methods of text that give back a new one.
const MAKES_NEW: [&str; 13] = [
    "upper",
    "lower",
    "replace",
    "strip",
    "lstrip",
    "rstrip",
    "title",
    "capitalize",
    "swapcase",
    "split",
    "join",
    "format",
    "zfill",
];

/// Functions that do nothing but give something back.
const PURE: [&str; 14] = [
    "len", "int", "str", "float", "abs", "round", "sorted", "sum", "max", "min", "range", "reversed", "type",
    "list",
];

/// `name.upper()` or `double(n)` as a statement.
pub(crate) fn result_unused(context: &Context<'_>) -> Vec<Finding> {
    context.statements.iter().filter_map(|statement| unused(context, statement)).collect()
}

fn unused(context: &Context<'_>, statement: &Statement<'_>) -> Option<Finding> {
    let tokens = statement.tokens;
    let is_whole = |open: usize| closing(tokens, open) == Some(tokens.len() - 1);
    match tokens {
        [owner, dot, method, open, ..] if owner.is_name() && dot.is(".") && open.is("(") && is_whole(3) => {
            let is_text = !matches!(
                context.kinds(statement).kind(owner.text),
                Kind::Module | Kind::List | Kind::Dict | Kind::Set
            );
            // Threads and processes have a `join` without arguments.
            let is_wait = method.is("join") && tokens.len() == 5;
            let found = MAKES_NEW.contains(&method.text) && is_text && !is_wait;
            found.then(|| {
                Finding::new("quiet-method-unused", method.place())
                    .with("name", owner.text)
                    .with("method", method.text)
            })
        }
        [name, open, ..] if name.is_name() && open.is("(") && is_whole(1) => {
            let is_pure = PURE.contains(&name.text) && tokens.len() > 3 || only_returns(context, name.text);
            is_pure.then(|| Finding::new("quiet-result-unused", name.place()).with("name", name.text))
        }
        _ => None,
    }
}

/// Whether an own function does nothing but give back a value.
fn only_returns(context: &Context<'_>, name: &str) -> bool {
    let Some((_, block)) = context.blocks("def").find(|(header, _)| header.defines() == Some(name)) else {
        return false;
    };
    let gives = block.iter().any(|statement| statement.starts_with("return") && statement.tokens.len() > 1);
    let acts = block.iter().any(|statement| {
        let calls = statement.tokens.windows(2).any(|two| {
            two[0].is_name()
                && two[1].is("(")
                && !PURE.contains(&two[0].text)
                && !MAKES_NEW.contains(&two[0].text)
        });
        let changes = statement.tokens.iter().position(|token| token.is("=")).is_some_and(|equals| {
            statement.tokens[..equals].iter().any(|token| token.is(".") || token.is("["))
        });
        let is_other = matches!(
            statement.first(),
            "global" | "nonlocal" | "raise" | "del" | "import" | "from" | "assert" | "yield"
        );
        calls || changes || is_other
    });
    gives && !acts
}

/// `n = n.sort()`.
pub(crate) fn method_gives_none(context: &Context<'_>) -> Vec<Finding> {
    let all = context.statements.iter().filter_map(|statement| {
        let (name, value) = statement.assignment()?;
        let method = value
            .windows(3)
            .find(|three| three[0].is(".") && GIVES_NOTHING.contains(&three[1].text) && three[2].is("("))?;
        let at_end = context.kinds(statement).of(value) == Kind::Nothing && !statement.mentions(";");
        at_end.then(|| {
            Finding::new("quiet-method-gives-none", method[1].place())
                .with("name", name)
                .with("method", method[1].text)
        })
    });
    all.collect()
}

/// `"Hi {name}"` without its f.
pub(crate) fn missing_f(context: &Context<'_>) -> Vec<Finding> {
    let own: Vec<&str> = context
        .statements
        .iter()
        .filter_map(|statement| {
            statement.assignment().map(|(name, _)| name).or_else(|| {
                statement.tokens.get(1).filter(|_| statement.starts_with("for")).map(|token| token.text)
            })
        })
        .collect();
    let tokens = &context.source.tokens;
    let all = tokens.iter().enumerate().filter_map(|(position, token)| {
        let plain = token.kind == TokenKind::Text && token.text.starts_with(['"', '\'']);
        let is_formatted = tokens.get(position + 1).is_some_and(|next| next.is("."));
        let inside =
            token.text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(inner, _)| inner));
        let name = inside
            .map(|inner| inner.split(['[', '.', '(', ':', ' ']).next().unwrap_or(""))
            .find(|name| own.contains(name))?;
        let is_printed = context.stdout.contains(&format!("{{{name}"));
        (plain && !is_formatted && is_printed)
            .then(|| Finding::new("quiet-missing-f", token.place()).with("name", name))
    });
    all.collect()
}

/// `price = 1,500`.
pub(crate) fn comma_in_number(context: &Context<'_>) -> Vec<Finding> {
    let all = context.statements.iter().filter_map(|statement| {
        let (name, value) = statement.assignment()?;
        match value {
            [left, comma, right]
                if left.kind == TokenKind::Number
                    && comma.is(",")
                    && right.kind == TokenKind::Number
                    && comma.touches(right) =>
            {
                let joined = format!("{}{}", left.text, right.text);
                let pointed = format!("{}.{}", left.text, right.text.replace('.', ""));
                let found = Finding::new("quiet-comma-number", comma.place())
                    .with("name", name)
                    .with("joined", joined);
                Some(found.with("pointed", pointed).with("left", left.text).with("right", right.text))
            }
            _ => None,
        }
    });
    all.collect()
}

/// `a = b = []`.
pub(crate) fn one_list_two_names(context: &Context<'_>) -> Vec<Finding> {
    let all = context.statements.iter().filter_map(|statement| match statement.tokens {
        [left, first, right, second, open, close]
            if left.is_name()
                && first.is("=")
                && right.is_name()
                && second.is("=")
                && is_pair(open, close) =>
        {
            Some(Finding::new("quiet-alias", open.place()).with("left", left.text).with("right", right.text))
        }
        _ => None,
    });
    all.collect()
}

fn is_pair(open: &Token<'_>, close: &Token<'_>) -> bool {
    open.is("[") && close.is("]") || open.is("{") && close.is("}")
}

/// `list = [1, 2]`.
pub(crate) fn builtin_overwritten(context: &Context<'_>) -> Vec<Finding> {
    const COMMON: [&str; 16] = [
        "list", "str", "int", "float", "input", "print", "sum", "max", "min", "len", "dict", "set", "range",
        "sorted", "tuple", "type",
    ];
    let all = context.statements.iter().filter_map(|statement| {
        let (name, _) = statement.assignment()?;
        let found = Finding::new("quiet-builtin-overwritten", statement.tokens[0].place()).with("name", name);
        COMMON.contains(&name).then_some(found)
    });
    all.collect()
}
