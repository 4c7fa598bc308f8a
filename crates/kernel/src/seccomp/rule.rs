//! Seccomp rules: actions, conditions and argument tests.

/// The action of the filter for a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is made.
    Allow,
    /// It is not made, and fails with this errno.
    Refuse(i32),
    /// It ends the process, and the outcome says so: no ordinary program makes it, so making it says what the program is.
    Kill,
}

/// Calls that belong together.
#[derive(Debug)]
pub struct CallGroup {
    /// What they are.
    pub name: &'static str,
    /// Why they get this answer.
    pub why: &'static str,
    /// What is done about each.
    pub action: Action,
    /// Their names in the kernel's tables; not each machine has each.
    pub calls: &'static [&'static str],
}

/// A call of which it depends on the arguments whether it is made.
#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its name.
    pub call: &'static str,
    /// What it is for.
    pub why: &'static str,
    /// It is made when all tests of one of these hold.
    pub alternatives: &'static [&'static [ArgumentTest]],
    /// The errno otherwise.
    pub errno: i32,
}

/// A test of one argument, by index from 0; 32 bits of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgumentTest {
    /// Which argument.
    pub index: u8,
    /// What must hold.
    pub predicate: ArgumentPredicate,
}

/// What must hold for an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentPredicate {
    /// It has this value.
    Equals(u32),
    /// It has one of these values.
    OneOf(&'static [u32]),
    /// None of these bits is set.
    NoBitsOf(u32),
    /// It is a null pointer, in all 64 bits.
    IsNull,
}

/// What is done about the calls with one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Always this.
    Always(Action),
    /// It depends.
    When(&'static Condition),
}

/// What is done about a call that has no rule: C libraries fall back to older ones.
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
