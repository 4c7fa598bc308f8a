//! The words of the table: what is done about a call, and when.

use std::collections::BTreeMap;

use super::{Machine, conditions, table::FAMILIES};

/// What is done about a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is made.
    Allow,
    /// It is not made, and fails with this errno.
    Refuse(i32),
    /// It ends the process, and the outcome says so: no ordinary program makes it, so making it says what the program is.
    Kill,
}

/// Calls that belong together.
#[derive(Debug)]
pub struct Family {
    /// What they are.
    pub name: &'static str,
    /// Why they get this answer.
    pub why: &'static str,
    /// What is done about each.
    pub answer: Answer,
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
    pub rows: &'static [&'static [Argument]],
    /// The errno otherwise.
    pub otherwise: i32,
}

/// A test of one argument, by index from 0; 32 bits of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Which argument.
    pub index: u8,
    /// What must hold.
    pub test: Test,
}

/// What must hold for an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// It has this value.
    Is(u32),
    /// It has one of these values.
    IsOneOf(&'static [u32]),
    /// None of these bits is set.
    HasNone(u32),
    /// It is a null pointer, in all 64 bits.
    IsNull,
}

/// What is done about the calls with one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Always this.
    Always(Answer),
    /// It depends.
    When(&'static Condition),
}

/// What is done about a call that has no rule: C libraries fall back to older ones.
pub const UNKNOWN: Answer = Answer::Refuse(libc::ENOSYS);

/// What the table says about each call of a machine.
pub fn rules(machine: Machine) -> BTreeMap<u32, Rule> {
    let families = FAMILIES
        .iter()
        .flat_map(|family| family.calls.iter().map(|&call| (call, Rule::Always(family.answer))));
    let conditions = conditions::all().map(|condition| (condition.call, Rule::When(condition)));
    let here = |(call, rule)| Some((machine.number(call)?, rule));
    families.chain(conditions).filter_map(here).collect()
}

/// The same, but these calls are refused, or, as `mmap`, held to a stricter condition.
pub fn rules_without(machine: Machine, calls: &[&str]) -> BTreeMap<u32, Rule> {
    let mapping = &conditions::COUNTED_MAPPING;
    let stricter =
        |call: &str| if call == mapping.call { Rule::When(mapping) } else { Rule::Always(UNKNOWN) };
    let mut rules = rules(machine);
    rules.extend(calls.iter().filter_map(|call| Some((machine.number(call)?, stricter(call)))));
    rules
}

/// These rules, but of sockets only those between a program's own processes are allowed.
#[must_use]
pub fn local(machine: Machine, mut rules: BTreeMap<u32, Rule>) -> BTreeMap<u32, Rule> {
    rules.extend(
        machine
            .number(conditions::LOCAL_SOCKET.call)
            .map(|number| (number, Rule::When(&conditions::LOCAL_SOCKET))),
    );
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(call: &str) -> usize {
        let families: usize =
            FAMILIES.iter().map(|family| family.calls.iter().filter(|name| **name == call).count()).sum();
        families + conditions::all().filter(|condition| condition.call == call).count()
    }

    #[test]
    fn each_call_that_the_kernel_has_is_in_one_place() {
        for machine in Machine::ALL {
            let names = (0..1024).filter_map(|number| machine.name(number));
            let elsewhere: Vec<_> =
                names.map(|name| (name, places(name))).filter(|(_, places)| *places != 1).collect();
            assert!(elsewhere.is_empty(), "{machine:?}, by how many places each has: {elsewhere:?}");
        }
    }

    #[test]
    fn each_name_is_that_of_a_call_somewhere() {
        let all = FAMILIES.iter().flat_map(|family| family.calls);
        let nobodys: Vec<_> =
            all.filter(|call| Machine::ALL.iter().all(|machine| machine.number(call).is_none())).collect();
        assert!(nobodys.is_empty(), "{nobodys:?}");
    }

    #[test]
    fn the_machines_numbers_are_those_of_the_c_library() {
        for (name, number) in
            [("openat", libc::SYS_openat), ("clone3", libc::SYS_clone3), ("bpf", libc::SYS_bpf)]
        {
            assert_eq!(Machine::THIS.number(name).map(i64::from), Some(number), "{name}");
        }
    }
}
