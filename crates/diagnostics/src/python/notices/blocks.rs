//! Blocks that are never reached, end too early, or change what they go through.

use std::collections::HashSet;

use super::context::Context;
use crate::{
    finding::Finding,
    python::{
        source::{Statement, text_of},
        token::{Kind as TokenKind, Token},
    },
};

/// `print(double(4))` where `double` returns nothing.
pub(crate) fn prints_none(context: &Context<'_>) -> Vec<Finding> {
    if !context.stdout.contains("None") {
        return Vec::new();
    }
    // Functions whose results are printed or kept.
    let used: HashSet<&str> = context
        .source
        .tokens
        .windows(4)
        .filter(|four| {
            let is_value = matches!(four[0].text, "print" | "str") && four[1].is("(") || four[1].is("=");
            is_value && four[3].is("(")
        })
        .map(|four| four[2].text)
        .collect();
    let all = context.blocks("def").filter_map(|(header, block)| {
        let name = header.defines().filter(|name| used.contains(name))?;
        let gives = block.iter().any(|statement| {
            matches!(statement.first(), "return" | "yield") && statement.tokens.len() > 1
                || statement.mentions("yield")
        });
        let last = block.last().filter(|_| !gives)?;
        Some(
            Finding::new("quiet-no-return", last.tokens[0].place()).with("name", name).related(header.line()),
        )
    });
    all.collect()
}

pub(crate) fn unreachable(context: &Context<'_>) -> Vec<Finding> {
    let all = context.statements.windows(2).filter_map(|two| {
        let leaves = matches!(two[0].first(), "return" | "break" | "continue" | "raise");
        let found = leaves
            && two[1].indent == two[0].indent
            && two[0].indent > 0
            && two[1].line() > two[0].end_line();
        found.then(|| {
            Finding::new("quiet-unreachable", two[1].tokens[0].place())
                .with("word", two[0].first())
                .related(two[0].line())
        })
    });
    all.collect()
}

/// `return` at the end of a loop's body: the loop ends in its first round.
pub(crate) fn return_in_loop(context: &Context<'_>) -> Vec<Finding> {
    let loops = context.blocks("for").chain(context.blocks("while"));
    let all = loops.filter_map(|(header, block)| {
        let inner = block.first()?.indent;
        let last = block.iter().rfind(|statement| statement.indent == inner)?;
        let works = block.len() > 1
            && block.iter().any(|statement| statement.augmented().is_some() || accumulates(statement));
        let leaves_by_branch = block.iter().any(|statement| matches!(statement.first(), "if" | "continue"));
        let found = last.starts_with("return")
            && (works || block.len() == 1 && combines(header, last))
            && !leaves_by_branch
            && !(header.starts_with("while") && header.mentions("True"));
        found.then(|| {
            Finding::new("quiet-return-in-loop", last.tokens[0].place())
                .with("word", header.first())
                .related(header.line())
        })
    });
    all.collect()
}

/// `return s + x` in a loop over `x`: the names of a sum are more than the loop's own.
fn combines(header: &Statement<'_>, last: &Statement<'_>) -> bool {
    let [_, name, operator, other] = last.tokens else { return false };
    let is_own = |token: &Token<'_>| header.tokens.get(1).is_some_and(|variable| variable.is(token.text));
    let is_sum = matches!(operator.text, "+" | "*") && name.is_name() && other.is_name();
    is_sum && header.starts_with("for") && is_own(name) != is_own(other)
}

/// `s = s + x` or `s.append(x)`.
fn accumulates(statement: &Statement<'_>) -> bool {
    let by_method = statement
        .tokens
        .windows(2)
        .any(|two| two[0].is(".") && matches!(two[1].text, "append" | "add" | "extend"));
    by_method || statement.assignment().is_some_and(|(name, value)| value.iter().any(|token| token.is(name)))
}

/// `s = 0` in the loop that adds to it.
pub(crate) fn reset_in_loop(context: &Context<'_>) -> Vec<Finding> {
    let loops = context.blocks("for").chain(context.blocks("while"));
    let all = loops.filter_map(|(header, block)| {
        let inner = block.first()?.indent;
        let start = block.iter().take_while(|statement| statement.indent == inner && statement.assignment().is_some());
        let reset = start.into_iter().find(|statement| {
            let Some((name, value)) = statement.assignment() else { return false };
            let is_start = matches!(value, [only] if only.text == "0" || only.text == "\"\"" || only.text == "''" || only.text == "1")
                || matches!(value, [open, close] if open.is("[") && close.is("]"));
            let adds = block.iter().filter(|other| other.indent == inner && other.line() > statement.line()).any(|other| {
                other.augmented().is_some_and(|(changed, _)| changed == name)
                    || other.assignment().is_some_and(|(changed, value)| changed == name && value.iter().any(|token| token.is(name)))
            });
            // Read in the loop, it is meant for each round.
            let is_read = block.iter().filter(|other| other.augmented().is_none() && other.line() > statement.line()).any(|other| {
                other.mentions(name) && other.assignment().is_none_or(|(changed, _)| changed != name)
            });
            is_start && adds && !is_read
        })?;
        let (name, _) = reset.assignment()?;
        Some(Finding::new("quiet-reset-in-loop", reset.tokens[0].place()).with("name", name).with("header", header.line()).related(header.line()))
    });
    all.collect()
}

/// `i += 10` in `for i in range(3)`.
pub(crate) fn loop_variable_changed(context: &Context<'_>) -> Vec<Finding> {
    let all = context.blocks("for").filter_map(|(header, block)| {
        let [_, variable, over, range, ..] = header.tokens else { return None };
        let change = block.iter().find(|statement| {
            statement.augmented().is_some_and(|(name, _)| name == variable.text)
                || statement
                    .assignment()
                    .is_some_and(|(name, value)| name == variable.text && value[0].is(variable.text))
        })?;
        (over.is("in") && range.is("range")).then(|| {
            Finding::new("quiet-loop-variable", change.tokens[0].place())
                .with("name", variable.text)
                .related(header.line())
        })
    });
    all.collect()
}

pub(crate) fn changed_while_looping(context: &Context<'_>) -> Vec<Finding> {
    let all = context.blocks("for").filter_map(|(header, block)| {
        let at_in = header.tokens.iter().position(|token| token.is("in"))?;
        let [list, colon] = &header.tokens[at_in + 1..] else { return None };
        let change = block.iter().flat_map(|statement| statement.tokens.windows(3)).find(|three| {
            let by_method = three[0].is(list.text)
                && three[1].is(".")
                && matches!(three[2].text, "remove" | "pop" | "append" | "insert");
            by_method || three[0].is("del") && three[1].is(list.text)
        })?;
        let method = if change[0].is("del") { "del" } else { change[2].text };
        let leaves = block.iter().any(|statement| matches!(statement.first(), "break" | "return"));
        let found = list.is_name() && colon.is(":") && !leaves;
        found.then(|| {
            Finding::new("quiet-changed-while-looping", change[0].place())
                .with("name", list.text)
                .with("method", method)
                .related(header.line())
        })
    });
    all.collect()
}

/// `def add(x, n=[])`.
pub(crate) fn mutable_default(context: &Context<'_>) -> Vec<Finding> {
    let all = context.blocks("def").filter_map(|(header, block)| {
        let four = header.tokens.windows(4).find(|four| {
            let is_empty = four[2].is("[") && four[3].is("]") || four[2].is("{") && four[3].is("}");
            four[0].is_name() && four[1].is("=") && is_empty
        })?;
        let name = four[0].text;
        let changes = block
            .iter()
            .flat_map(|statement| statement.tokens.windows(2))
            .any(|two| two[0].is(name) && (two[1].is(".") || two[1].is("[") || two[1].is("+=")));
        changes.then(|| {
            Finding::new("quiet-mutable-default", four[2].place())
                .with("name", name)
                .with("value", format!("{}{}", four[2].text, four[3].text))
        })
    });
    all.collect()
}

/// A comparison of a name with a number, as in `n > 50`.
fn bound<'a>(statement: &Statement<'a>) -> Option<(&'a str, &'a str, f64)> {
    match statement.tokens {
        [_, name, operator, number, colon]
            if name.is_name() && number.kind == TokenKind::Number && colon.is(":") =>
        {
            Some((name.text, operator.text, number.text.parse().ok()?))
        }
        _ => None,
    }
}

/// `if n > 50` before `elif n > 90`.
pub(crate) fn order_of_conditions(context: &Context<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (position, first) in
        context.statements.iter().enumerate().filter(|(_, statement)| statement.starts_with("if"))
    {
        let Some((name, operator, value)) = bound(first) else { continue };
        let rest = context.statements[position + 1..].iter().take_while(|later| {
            later.indent > first.indent
                || later.indent == first.indent && matches!(later.first(), "elif" | "else")
        });
        let branches = rest.filter(|later| later.indent == first.indent && later.starts_with("elif"));
        let never = branches.into_iter().find(|later| {
            bound(later).is_some_and(|(other, other_operator, other_value)| {
                let is_inside = match operator {
                    ">" => matches!(other_operator, ">" | ">=" | "==") && other_value > value,
                    ">=" => matches!(other_operator, ">" | ">=" | "==") && other_value >= value,
                    "<" => matches!(other_operator, "<" | "<=" | "==") && other_value < value,
                    "<=" => matches!(other_operator, "<" | "<=" | "==") && other_value <= value,
                    _ => false,
                };
                other == name && is_inside
            })
        });
        let Some(never) = never else { continue };
        let text = |statement: &Statement<'_>| {
            text_of(context.source.text, &statement.tokens[1..statement.tokens.len() - 1]).to_owned()
        };
        let finding = Finding::new("quiet-order-of-conditions", never.tokens[0].place())
            .with("first", text(first))
            .with("second", text(never));
        found.push(finding.with("line", first.line()).related(first.line()));
    }
    found
}

/// `for i in range(1, 3): print(i)`.
pub(crate) fn range_ends_early(context: &Context<'_>) -> Vec<Finding> {
    let all = context.blocks("for").filter_map(|(header, block)| {
        let [_, variable, _, range, open, start, comma, end, close, _] = header.tokens else { return None };
        let is_plain = range.is("range") && open.is("(") && start.is("1") && comma.is(",") && end.kind == TokenKind::Number && close.is(")");
        let value: u64 = end.text.parse().ok()?;
        let prints = |statement: &Statement<'_>| matches!(statement.tokens, [print, _, name, ..] if print.is("print") && name.is(variable.text));
        // Ends such as 11 and 101 are meant.
        let is_round = value < 10 || value.is_multiple_of(5);
        let found = is_plain && is_round && block.iter().any(prints);
        found.then(|| Finding::new("quiet-off-by-one", end.place()).with("end", end.text).with("last", value.saturating_sub(1)).with("next", value + 1))
    });
    all.collect()
}
