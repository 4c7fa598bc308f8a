//! Suite flaws: the kinds of contradictions in a suite, each with its remedy.

use super::group::TestGroup;

/// A contradiction in a suite; each message names the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuiteFlaw {
    /// The suite has no tests.
    #[error("the problem has no tests: add at least one")]
    NoTests,
    /// Groups are nested too deep.
    #[error("groups of tests are nested deeper than {most}: flatten {group:?}", most = TestGroup::MAX_DEPTH)]
    TooDeep {
        /// The first group that is too deep.
        group: String,
    },
    /// Two tests or two groups have the same name.
    #[error("there are two {field}s named {name:?}: rename one")]
    DuplicateName {
        /// `test` or `group`.
        field: &'static str,
        /// The name.
        name: String,
    },
    /// A number is infinite, `NaN` or negative.
    #[error(
        "{field} of {location:?} is not a usable number: it must be finite, and a tolerance or a maximum not negative"
    )]
    BadNumber {
        /// The kind of number.
        field: &'static str,
        /// The group or test that contains it.
        location: String,
    },
    /// A group requires one that does not come before it.
    #[error(
        "group {group:?} requires {required:?}, which is no group that comes before it: rename or reorder them"
    )]
    UnknownRequirement {
        /// The group.
        group: String,
        /// The name of the required group.
        required: String,
    },
    /// A legacy flag of the root is set on another group.
    #[error("ignore_sample belongs to the topmost group only: remove it from {group:?}")]
    IgnoreSampleBelowRoot {
        /// The group that has the flag.
        group: String,
    },
    /// A pass-fail group needs a maximum (2025-09).
    #[error("group {group:?} is scored pass-fail and has no max_score: give it one")]
    PassFailWithoutMaximum {
        /// The group.
        group: String,
    },
    /// The suite mixes function calls and whole programs.
    #[error("test {test:?} does not fit the problem's style: a function is called in all tests or in none")]
    WrongTestKind {
        /// The test.
        test: String,
    },
    /// A validator without sources or without passes.
    #[error("a validator needs at least one source file and at least one pass")]
    EmptyValidator,
    /// A test of sources without a static validator.
    #[error(
        "test {test:?} is about sources, and the problem has no static validator: add it, or take the test out"
    )]
    NoStaticValidator {
        /// The test.
        test: String,
    },
}
