//! A syntax error as rules see it: its message and line, with the tokens there.

use crate::{
    finding::Finding,
    python::{
        builtins::BUILTINS,
        mistake::Mistake,
        source::{Source, Statement},
        token::Token,
    },
};

/// A syntax error as rules see it.
pub(super) struct Context<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) message: &'a str,
    pub(super) line: u32,
    pub(super) column: Option<u32>,
    /// The tokens of the reported line, and their texts.
    pub(super) tokens: &'a [Token<'a>],
    pub(super) texts: Vec<&'a str>,
}

impl<'a> Context<'a> {
    pub(super) fn on(mistake: &'a Mistake<'a>, line: u32) -> Self {
        let tokens = mistake.source.on_line(line);
        Self {
            source: mistake.source,
            message: mistake.report.message,
            line,
            column: mistake.report.columns.map(|(start, _)| start).filter(|_| line == mistake.report.line),
            tokens,
            texts: tokens.iter().map(|token| token.text).collect(),
        }
    }

    pub(super) fn finding(&self, code: &'static str) -> Finding {
        Finding::on_line(code, self.line)
    }

    /// The first token of a text, outside of string literals.
    pub(super) fn token(&self, text: &str) -> Option<&'a Token<'a>> {
        self.tokens.iter().find(|token| token.is(text))
    }

    /// Whether a token is a name that stands on no other line and is none of Python's own.
    pub(super) fn is_strange(&self, name: &Token<'_>) -> bool {
        let stands_elsewhere =
            || self.source.tokens.iter().any(|token| token.is(name.text) && token.line != name.line);
        name.is_name() && !BUILTINS.contains(&name.text) && !stands_elsewhere()
    }

    pub(super) fn first(&self) -> &'a str {
        self.texts.first().copied().unwrap_or("")
    }

    /// The statements before the reported line, the nearest one first.
    pub(super) fn before(&self) -> Vec<Statement<'a>> {
        let mut all = self.source.statements();
        all.retain(|statement| statement.line() < self.line);
        all.reverse();
        all
    }
}
