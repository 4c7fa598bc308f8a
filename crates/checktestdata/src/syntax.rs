//! A program as a tree.

use std::ops::Range;

use crate::{number::Operation, value::Value};

/// A program that has been read.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) source: Vec<u8>,
    /// Names of variables; elsewhere a variable is its place here.
    pub(crate) names: Vec<String>,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// Where it begins, from 1.
    pub(crate) line: usize,
    /// Itself in the source, without a block that belongs to it.
    pub(crate) span: Range<usize>,
    pub(crate) action: Action,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Space,
    Newline,
    EndOfFile,
    Int { range: (Expr, Expr), into: Option<Variable> },
    Float(Box<Float>),
    Text(Expr),
    Regex { pattern: Expr, into: Option<Variable> },
    Assert(Expr),
    Set(Vec<(Variable, Expr)>),
    Unset(Vec<usize>),
    Loop(Box<Loop>),
    If { condition: Expr, then: Vec<Command>, otherwise: Vec<Command> },
}

#[derive(Debug, Clone)]
pub(crate) struct Float {
    pub(crate) range: (Expr, Expr),
    /// `FLOATP`: how many digits there are behind the point.
    pub(crate) decimals: Option<(Expr, Expr)>,
    pub(crate) into: Option<Variable>,
    pub(crate) form: FloatForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FloatForm {
    Any,
    Fixed,
    Scientific,
}

#[derive(Debug, Clone)]
pub(crate) struct Loop {
    /// Counts from 0.
    pub(crate) index: Option<Variable>,
    pub(crate) rounds: Rounds,
    /// Between two rounds.
    pub(crate) separator: Option<Command>,
    pub(crate) body: Vec<Command>,
}

#[derive(Debug, Clone)]
pub(crate) enum Rounds {
    /// `REP`.
    Count(Expr),
    /// `WHILE`.
    While(Expr),
}

#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: usize,
    pub(crate) indices: Vec<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Literal(Value),
    Variable(Variable),
    Negative(Box<Expr>),
    Not(Box<Expr>),
    Binary(Binary, Box<(Expr, Expr)>),
    Length(Box<Expr>),
    Match(Box<Expr>),
    IsEndOfFile,
    Unique(Vec<usize>),
    InArray(Box<Expr>, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    Compare(Comparison),
    Calculate(Operation),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Equal,
    Different,
}
