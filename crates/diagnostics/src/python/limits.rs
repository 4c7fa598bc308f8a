//! Programs that a limit ended: loops that never end, lists that grow for ever, and waits.

use super::{
    source::{Source, Statement, block, text_of},
    token::{Kind, Token},
};
use crate::{finding::Finding, run::Ending};

pub(crate) fn explain(source: &Source<'_>, ending: Ending) -> Option<Finding> {
    let statements = source.statements();
    let found = loops(&statements, source).into_iter().next();
    let found = found.or_else(|| grows_while_looping(&statements)).or_else(|| waits(&statements));
    match ending {
        Ending::MemoryLimit => {
            found.or_else(|| Some(Finding::on_line("too-much-memory", first_line(&statements))))
        }
        Ending::TimeLimit => {
            found.or_else(|| slow_recursion(&statements)).or_else(|| nested_loops(&statements))
        }
        Ending::WallLimit => waits(&statements).or(found),
        Ending::OutputLimit => found,
        Ending::Success
        | Ending::Failure
        | Ending::ProcessLimit
        | Ending::DiskLimit
        | Ending::IdleLimit
        | Ending::ForbiddenCall
        | Ending::CompilerLimit => None,
    }
}

fn first_line(statements: &[Statement<'_>]) -> u32 {
    statements.first().map_or(1, Statement::line)
}

/// `while` loops that can't end, in order.
fn loops(statements: &[Statement<'_>], source: &Source<'_>) -> Vec<Finding> {
    let headers = statements.iter().enumerate().filter(|(_, statement)| statement.starts_with("while"));
    let all = headers.filter_map(|(at, header)| {
        let block = block(statements, at);
        endless(header, block, statements.get(at + 1 + block.len()), source)
    });
    all.collect()
}

fn endless(
    header: &Statement<'_>,
    block: &[Statement<'_>],
    after: Option<&Statement<'_>>,
    source: &Source<'_>,
) -> Option<Finding> {
    let colon = header.tokens.iter().rposition(|token| token.is(":"))?;
    let (condition, on_line) = (&header.tokens[1..colon], &header.tokens[colon + 1..]);
    let leaves = block.iter().any(|statement| {
        matches!(statement.first(), "break" | "return" | "raise")
            || statement.mentions("exit")
            || statement.mentions("break")
    });
    if leaves || on_line.iter().any(|token| token.is("break")) {
        return None;
    }
    let word = &header.tokens[0];
    let text = text_of(source.text, condition);
    let prints = block.iter().any(|statement| statement.mentions("print"))
        || on_line.iter().any(|token| token.is("print"));
    let is_called = |at: usize| condition.get(at + 1).is_some_and(|next| next.is("("));
    let names: Vec<&Token<'_>> = condition
        .iter()
        .enumerate()
        .filter(|(at, token)| token.is_name() && !is_called(*at))
        .map(|(_, token)| token)
        .collect();
    let always =
        matches!(condition, [only] if only.is("True") || only.kind == Kind::Number && only.text != "0");
    if always {
        let grows = block.iter().find(|statement| statement.mentions("append"));
        let code = match (prints, grows) {
            (true, _) => "endless-output",
            (false, Some(_)) => "endless-growing",
            (false, None) => "endless-loop",
        };
        return Some(Finding::new(code, word.place()));
    }
    // A body on the header's own line, or a condition that asks a function, may change anything.
    let asks = condition.windows(2).any(|two| two[0].is_name() && two[1].is("(") && two[0].text != "len");
    if asks || !on_line.is_empty() {
        return None;
    }
    let name = names.first()?;
    let changes: Vec<&Statement<'_>> =
        block.iter().filter(|statement| changes(statement, name.text)).collect();
    let finding = |code| Finding::new(code, word.place()).with("condition", text).with("name", name.text);
    let others =
        names.iter().skip(1).any(|other| block.iter().any(|statement| self::changes(statement, other.text)));
    let after = after.filter(|after| self::changes(after, name.text) && after.augmented().is_some());
    if let Some(after) = after.filter(|_| changes.is_empty() && !others) {
        return Some(finding("loop-change-outside").with("line", after.line()).related(after.line()));
    }
    if changes.is_empty() && !others {
        return Some(finding(if prints { "loop-output-never-changes" } else { "loop-never-changes" }));
    }
    let change = changes.first()?;
    let skipped = block.iter().find(|statement| statement.starts_with("continue"));
    if let Some(skip) = skipped.filter(|skip| changes.iter().all(|change| change.line() > skip.line())) {
        return Some(finding("loop-continue-skips").with("line", skip.line()).related(skip.line()));
    }
    let operator = condition.iter().find(|token| matches!(token.text, "<" | "<=" | ">" | ">=" | "!="))?;
    let wants_down = matches!(operator.text, ">" | ">=");
    let wants_up = matches!(operator.text, "<" | "<=");
    let is_left = condition.first().is_some_and(|token| token.is(name.text));
    let wrong = changes.iter().all(|change| {
        let direction = direction(change, name.text);
        is_left && (wants_down && direction == Some(true) || wants_up && direction == Some(false))
    });
    wrong.then(|| {
        finding(if wants_down { "loop-grows-away" } else { "loop-shrinks-away" })
            .with("line", change.line())
            .related(change.line())
    })
}

/// Whether a statement may give a name another value, or change what it holds.
fn changes(statement: &Statement<'_>, name: &str) -> bool {
    let tokens = statement.tokens;
    let equals = tokens.iter().position(|token| token.is("=") || super::source::is_augmented(token.text));
    let is_target = equals.is_some_and(|equals| tokens[..equals].iter().any(|token| token.is(name)));
    let is_loop = statement.starts_with("for")
        && tokens.iter().take_while(|token| !token.is("in")).any(|token| token.is(name));
    let by_method = tokens.windows(2).any(|two| two[0].is(name) && two[1].is("."));
    let is_passed = tokens.windows(2).any(|two| (two[0].is("(") || two[0].is(",")) && two[1].is(name))
        && !statement.mentions("print");
    is_target || is_loop || by_method || is_passed || statement.mentions(":=")
}

/// Whether a statement makes a number larger; none if that is not to be seen.
fn direction(statement: &Statement<'_>, name: &str) -> Option<bool> {
    if let Some((_, value)) = statement.augmented() {
        let is_number = value.first().is_some_and(|token| token.kind == Kind::Number);
        return match statement.tokens[1].text {
            "+=" if is_number => Some(true),
            "-=" if is_number => Some(false),
            _ => None,
        };
    }
    match statement.assignment()?.1 {
        [own, sign, number] if own.is(name) && number.kind == Kind::Number => match sign.text {
            "+" => Some(true),
            "-" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// `for i in n: n.append(i)`.
fn grows_while_looping(statements: &[Statement<'_>]) -> Option<Finding> {
    let headers = statements.iter().enumerate().filter(|(_, statement)| statement.starts_with("for"));
    headers.into_iter().find_map(|(position, header)| {
        let list = header.tokens.iter().skip_while(|token| !token.is("in")).nth(1)?;
        let adds = block(statements, position)
            .iter()
            .flat_map(|statement| statement.tokens.windows(3))
            .find(|three| {
                three[0].is(list.text)
                    && three[1].is(".")
                    && matches!(three[2].text, "append" | "insert" | "extend")
            })?;
        let found = Finding::new("loop-over-growing-list", adds[2].place())
            .with("name", list.text)
            .with("method", adds[2].text);
        Some(found.related(header.line()))
    })
}

fn waits(statements: &[Statement<'_>]) -> Option<Finding> {
    statements.iter().find_map(|statement| {
        let three = statement.tokens.windows(3).find(|three| three[0].is("sleep") && three[1].is("("))?;
        let seconds: f64 = three[2].text.parse().ok().filter(|seconds| *seconds >= 5.0)?;
        Some(Finding::new("waits-too-long", three[0].place()).with("seconds", seconds))
    })
}

/// A function that calls itself more than once for each result.
fn slow_recursion(statements: &[Statement<'_>]) -> Option<Finding> {
    statements.iter().enumerate().find_map(|(position, header)| {
        let name = header.defines()?;
        let calls = |statement: &Statement<'_>| {
            statement.tokens.windows(2).filter(|two| two[0].is(name) && two[1].is("(")).count()
        };
        let twice = block(statements, position).iter().find(|statement| calls(statement) >= 2)?;
        let call = twice.tokens.iter().find(|token| token.is(name))?;
        Some(Finding::new("slow-recursion", call.place()).with("name", name).related(header.line()))
    })
}

fn nested_loops(statements: &[Statement<'_>]) -> Option<Finding> {
    let is_loop = |statement: &Statement<'_>| matches!(statement.first(), "for" | "while");
    let all = statements.iter().enumerate().filter(|(_, statement)| is_loop(statement));
    let mut any = None;
    for (position, header) in all {
        if let Some(inner) = block(statements, position).iter().find(|statement| is_loop(statement)) {
            return Some(Finding::new("slow-nested-loops", inner.tokens[0].place()).related(header.line()));
        }
        any = any.or(Some(header));
    }
    any.map(|header| Finding::new("slow-loop", header.tokens[0].place()).with("word", header.first()))
}
