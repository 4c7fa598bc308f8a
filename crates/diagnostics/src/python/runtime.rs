//! Run-time errors: rules by the type of the exception, over its message and the source.

mod attributes;
mod calls;
mod imports;
mod names;
mod operators;
mod subscripts;
mod values;

pub(crate) use names::BUILTINS;

use model::Place;

use super::{
    Mistake,
    kinds::Kinds,
    source::{Source, Statement},
    token::{Kind, Token},
};
use crate::finding::Finding;

/// A run-time error as rules see it.
struct Context<'a> {
    source: &'a Source<'a>,
    message: &'a str,
    line: u32,
    /// The function in which it happened.
    function: Option<&'a str>,
    /// Characters that the traceback marks.
    columns: Option<(u32, u32)>,
    /// The tokens of the line.
    tokens: &'a [Token<'a>],
    statements: Vec<Statement<'a>>,
    kinds: Kinds<'a>,
}

impl<'a> Context<'a> {
    fn new(mistake: &'a Mistake<'a>) -> Self {
        let (source, report) = (mistake.source, &mistake.report);
        Self {
            source,
            message: report.message,
            line: report.line,
            function: report.function,
            columns: report.columns,
            tokens: source.on_line(report.line),
            statements: source.statements(),
            kinds: Kinds::before(source, report.line),
        }
    }

    /// The finding, at what the traceback marks.
    fn finding(&self, code: &'static str) -> Finding {
        let place =
            self.columns.map_or(Place::line(self.line), |(start, end)| Place::columns(self.line, start, end));
        Finding::new(code, place)
    }

    /// The tokens that the traceback marks, or all of the line.
    fn marked(&self) -> &'a [Token<'a>] {
        let Some((start, end)) = self.columns else { return self.tokens };
        let from = self.tokens.partition_point(|token| token.column < start);
        let to = self.tokens.partition_point(|token| token.column < end);
        if from < to { &self.tokens[from..to] } else { self.tokens }
    }

    fn token(&self, text: &str) -> Option<&'a Token<'a>> {
        self.tokens.iter().find(|token| token.is(text))
    }

    /// The name before the first bracket of a kind, among the marked tokens or on the line.
    fn name_before(&self, bracket: &str) -> Option<&'a Token<'a>> {
        let find = |tokens: &'a [Token<'a>]| {
            tokens.windows(2).find(|two| two[0].is_name() && two[1].is(bracket)).map(|two| &two[0])
        };
        find(self.marked()).or_else(|| find(self.tokens))
    }

    /// Whether a name on the line is called.
    fn calls(&self, name: &str) -> bool {
        self.tokens.windows(2).any(|two| two[0].is(name) && two[1].is("("))
    }

    /// A name on the line whose last value satisfies a condition.
    fn name_that(&self, condition: impl Fn(super::kinds::Kind) -> bool) -> Option<&'a Token<'a>> {
        self.marked().iter().find(|token| token.is_name() && condition(self.kinds.kind(token.text)))
    }

    /// Names that the program gives something, anywhere.
    fn own_names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for statement in &self.statements {
            let tokens = statement.tokens;
            match statement.first() {
                "def" | "class" => {
                    names.extend(tokens.get(1).map(|token| token.text));
                    let parameters =
                        tokens.windows(2).filter(|two| matches!(two[0].text, "(" | ",") && two[1].is_name());
                    names.extend(parameters.map(|two| two[1].text));
                }
                "for" => {
                    let targets = tokens.iter().skip(1).take_while(|token| !token.is("in"));
                    names.extend(targets.filter(|token| token.is_name()).map(|token| token.text));
                }
                "import" | "from" => {
                    names.extend(tokens.iter().filter(|token| token.is_name()).map(|token| token.text));
                }
                "with" | "except" => {
                    names.extend(tokens.windows(2).filter(|two| two[0].is("as")).map(|two| two[1].text));
                }
                _ => {
                    let equals = tokens.iter().position(|token| token.is("=")).unwrap_or(0);
                    let targets = tokens[..equals].iter().filter(|token| token.is_name());
                    names.extend(targets.map(|token| token.text));
                }
            }
        }
        names
    }
}

pub(crate) fn explain(mistake: &Mistake<'_>) -> Option<Finding> {
    let context = Context::new(mistake);
    match mistake.report.kind {
        "NameError" => names::not_defined(&context),
        "UnboundLocalError" => names::unbound(&context),
        "TypeError" => operators::explain(&context)
            .or_else(|| subscripts::explain(&context))
            .or_else(|| calls::explain(&context)),
        "ValueError" => values::value(&context),
        "ZeroDivisionError" => Some(values::zero_division(&context)),
        "OverflowError" => Some(values::overflow(&context)),
        "IndexError" => Some(subscripts::index(&context)),
        "KeyError" => Some(subscripts::key(&context)),
        "AttributeError" => attributes::explain(&context),
        "ModuleNotFoundError" | "ImportError" => imports::explain(&context),
        "FileNotFoundError" | "IsADirectoryError" | "PermissionError" => {
            Some(values::file(&context, mistake.report.kind))
        }
        "EOFError" => Some(values::input_ended(&context)),
        "RecursionError" => Some(calls::recursion(&context)),
        "AssertionError" => Some(values::assertion(&context)),
        "MemoryError" => Some(values::memory(&context)),
        kind => raised(&context, kind),
    }
}

/// An exception that the program raises itself.
fn raised(context: &Context<'_>, kind: &str) -> Option<Finding> {
    let first = context.tokens.first().filter(|first| first.is("raise"))?;
    Some(Finding::at_token("raised-by-program", first).with("kind", kind).with("message", context.message))
}

/// The text between quotes that follows a prefix of a message.
fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(prefix)?;
    let quote = rest.chars().next().filter(|letter| "'\"".contains(*letter))?;
    rest[1..].split(quote).next()
}

/// The texts in single quotes of a message, in order.
fn all_quoted(message: &str) -> Vec<&str> {
    message.split('\'').skip(1).step_by(2).collect()
}

fn is_text(token: &Token<'_>) -> bool {
    token.kind == Kind::Text
}
