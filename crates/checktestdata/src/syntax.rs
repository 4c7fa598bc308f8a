//! Syntax tree of a program.

use std::ops::Range;

use crate::{number::Operation, value::Value};

/// A parsed program.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) source: Vec<u8>,
    /// Variable names; other parts of the tree refer to a variable by its index here.
    pub(crate) names: Vec<String>,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// First line, from 1.
    pub(crate) line: usize,
    /// Range in the source, without the command's block.
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
    /// `FLOATP`: minimum and maximum number of digits behind the point.
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
    pub(crate) rounds: LoopCondition,
    /// Command between two iterations.
    pub(crate) separator: Option<Command>,
    pub(crate) body: Vec<Command>,
}

#[derive(Debug, Clone)]
pub(crate) enum LoopCondition {
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
