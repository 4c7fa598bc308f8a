//! Planned tests: incomplete until programs of the package have run.

use crate::{File, Program};

/// A test that is incomplete until a program has run.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTest {
    /// Its name, as [`Case::name`](crate::Case::name).
    pub name: String,
    /// Source of its input.
    pub input: PlannedInput,
    /// Source of its answer, unless the generator writes it.
    pub answer: PlannedAnswer,
}

/// The source of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedInput {
    /// It exists.
    File(File),
    /// A program writes it to its output, or to `testcase.in`.
    Program {
        /// The program.
        program: Program,
        /// Its arguments.
        args: Vec<String>,
    },
}

/// The source of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedAnswer {
    /// It exists.
    File(File),
    /// A solution writes it from the input.
    Solution(Program),
    /// Empty: the validator needs none.
    Empty,
}
