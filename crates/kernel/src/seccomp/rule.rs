//! Seccomp rules: actions, conditions and argument tests.

/// The action of the filter for a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The call is allowed.
    Allow,
    /// The call fails with this errno.
    Refuse(i32),
    /// The call kills the process, and the outcome reports it: ordinary programs never make this call.
    Kill,
}

/// Group of calls with the same purpose and action.
#[derive(Debug)]
pub struct CallGroup {
    /// Purpose of the calls.
    pub name: &'static str,
    /// Reason for the action.
    pub reason: &'static str,
    /// Action for each call.
    pub action: Action,
    /// Names of the calls in the kernel's tables; some machines lack some of them.
    pub calls: &'static [&'static str],
}

/// A call that is allowed for some arguments only.
#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    /// Name of the call.
    pub call: &'static str,
    /// Purpose of the call.
    pub reason: &'static str,
    /// The call is allowed if all tests of one alternative hold.
    pub alternatives: &'static [&'static [ArgumentTest]],
    /// Errno of a refused call.
    pub errno: i32,
}

/// A test of one argument, by index from 0; 32 bits of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgumentTest {
    /// Index of the argument.
    pub index: u8,
    /// Predicate on its value.
    pub predicate: ArgumentPredicate,
}

/// Predicate on an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentPredicate {
    /// Equality with this value.
    Equals(u32),
    /// Equality with one of these values.
    OneOf(&'static [u32]),
    /// None of these bits is set.
    NoBitsOf(u32),
    /// It is a null pointer, in all 64 bits.
    IsNull,
}

/// Rule for the calls with one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The action for all arguments.
    Always(Action),
    /// The action depends on the arguments.
    When(&'static Condition),
}

/// Action for a call without a rule: C libraries then fall back to older calls.
pub const DEFAULT_ACTION: Action = Action::Refuse(libc::ENOSYS);

pub(super) const fn argument(index: u8, test: ArgumentPredicate) -> ArgumentTest {
    ArgumentTest { index, predicate: test }
}

pub(super) const fn is(index: u8, value: u32) -> ArgumentTest {
    argument(index, ArgumentPredicate::Equals(value))
}

pub(super) const fn is_one_of(index: u8, values: &'static [u32]) -> ArgumentTest {
    argument(index, ArgumentPredicate::OneOf(values))
}

pub(super) const fn has_none(index: u8, bits: u32) -> ArgumentTest {
    argument(index, ArgumentPredicate::NoBitsOf(bits))
}
