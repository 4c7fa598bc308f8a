//! A program that ended well, as quiet rules see it: its statements, its output and the kinds of names.

use crate::python::{
    kinds::Kinds,
    source::{Source, Statement, block},
};

/// A program as quiet rules see it.
pub(super) struct Context<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) stdout: &'a str,
    pub(super) statements: Vec<Statement<'a>>,
    pub(super) kinds: Kinds<'a>,
}

impl<'a> Context<'a> {
    pub(super) fn kinds(&self, statement: &Statement<'_>) -> Kinds<'a> {
        self.kinds.at(statement.line())
    }

    /// Headers that begin with a word, with their blocks.
    pub(super) fn blocks(
        &self,
        word: &'static str,
    ) -> impl Iterator<Item = (&Statement<'a>, &[Statement<'a>])> {
        let all =
            self.statements.iter().enumerate().filter(move |(_, statement)| statement.starts_with(word));
        all.map(|(at, statement)| (statement, block(&self.statements, at)))
    }
}
