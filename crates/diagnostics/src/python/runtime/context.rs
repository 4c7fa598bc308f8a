//! A run-time error as rules see it: its message and place, with the tokens there and the kinds of names.

use model::Place;

use crate::{
    finding::Finding,
    python::{
        kinds::{self, Kinds},
        mistake::Mistake,
        source::{Source, Statement},
        token::{Kind, Token},
    },
};

/// A run-time error as rules see it.
pub(super) struct Context<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) message: &'a str,
    pub(super) line: u32,
    /// The function in which it happened.
    pub(super) function: Option<&'a str>,
    /// Characters that the traceback marks.
    pub(super) columns: Option<(u32, u32)>,
    /// The tokens of the line.
    pub(super) tokens: &'a [Token<'a>],
    pub(super) statements: Vec<Statement<'a>>,
    pub(super) kinds: Kinds<'a>,
}

impl<'a> Context<'a> {
    pub(super) fn new(mistake: &'a Mistake<'a>) -> Self {
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
    pub(super) fn finding(&self, code: &'static str) -> Finding {
        let place =
            self.columns.map_or(Place::line(self.line), |(start, end)| Place::columns(self.line, start, end));
        Finding::new(code, place)
    }

    /// The tokens that the traceback marks, or all of the line.
    pub(super) fn marked(&self) -> &'a [Token<'a>] {
        let Some((start, end)) = self.columns else { return self.tokens };
        let from = self.tokens.partition_point(|token| token.column < start);
        let to = self.tokens.partition_point(|token| token.column < end);
        if from < to { &self.tokens[from..to] } else { self.tokens }
    }

    pub(super) fn token(&self, text: &str) -> Option<&'a Token<'a>> {
        self.tokens.iter().find(|token| token.is(text))
    }

    /// The name before the first bracket of a kind, among the marked tokens or on the line.
    pub(super) fn name_before(&self, bracket: &str) -> Option<&'a Token<'a>> {
        let find = |tokens: &'a [Token<'a>]| {
            tokens.windows(2).find(|two| two[0].is_name() && two[1].is(bracket)).map(|two| &two[0])
        };
        find(self.marked()).or_else(|| find(self.tokens))
    }

    /// Whether a name on the line is called.
    pub(super) fn calls(&self, name: &str) -> bool {
        self.tokens.windows(2).any(|two| two[0].is(name) && two[1].is("("))
    }

    /// A name on the line whose last value satisfies a condition.
    pub(super) fn name_that(&self, condition: impl Fn(kinds::Kind) -> bool) -> Option<&'a Token<'a>> {
        self.marked().iter().find(|token| token.is_name() && condition(self.kinds.kind(token.text)))
    }

    /// Names that the program gives something, anywhere.
    pub(super) fn own_names(&self) -> Vec<&'a str> {
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

/// The text between quotes that follows a prefix of a message.
pub(super) fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(prefix)?;
    let quote = rest.chars().next().filter(|letter| "'\"".contains(*letter))?;
    rest[1..].split(quote).next()
}

/// The texts in single quotes of a message, in order.
pub(super) fn all_quoted(message: &str) -> Vec<&str> {
    message.split('\'').skip(1).step_by(2).collect()
}

pub(super) fn is_text(token: &Token<'_>) -> bool {
    token.kind == Kind::Text
}
