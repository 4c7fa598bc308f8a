//! Seccomp policy: the rule of each system call of an architecture, from the table and the conditions.

use std::collections::BTreeMap;

use super::{
    Architecture, conditions,
    rule::{DEFAULT_ACTION, Rule},
    table::CALL_GROUPS,
};

/// The table's action for each call of a machine.
pub fn rules(architecture: Architecture) -> BTreeMap<u32, Rule> {
    let families = CALL_GROUPS
        .iter()
        .flat_map(|family| family.calls.iter().map(|&call| (call, Rule::Always(family.action))));
    let conditions = conditions::all().map(|condition| (condition.call, Rule::When(condition)));
    let here = |(call, rule)| Some((architecture.number(call)?, rule));
    families.chain(conditions).filter_map(here).collect()
}

/// The same, but these calls are refused, or, as `mmap`, held to a stricter condition.
pub fn rules_excluding(architecture: Architecture, calls: &[&str]) -> BTreeMap<u32, Rule> {
    let mapping = &conditions::COUNTED_MAPPING;
    let stricter =
        |call: &str| if call == mapping.call { Rule::When(mapping) } else { Rule::Always(DEFAULT_ACTION) };
    let mut rules = rules(architecture);
    rules.extend(calls.iter().filter_map(|call| Some((architecture.number(call)?, stricter(call)))));
    rules
}

/// These rules, but only sockets between a program's own processes are allowed.
#[must_use]
pub fn without_internet(architecture: Architecture, mut rules: BTreeMap<u32, Rule>) -> BTreeMap<u32, Rule> {
    rules.extend(
        architecture
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
            CALL_GROUPS.iter().map(|family| family.calls.iter().filter(|name| **name == call).count()).sum();
        families + conditions::all().filter(|condition| condition.call == call).count()
    }

    #[test]
    fn each_call_that_the_kernel_has_is_in_one_place() {
        for machine in Architecture::ALL {
            let names = (0..1024).filter_map(|number| machine.name(number));
            let elsewhere: Vec<_> =
                names.map(|name| (name, places(name))).filter(|(_, places)| *places != 1).collect();
            assert!(elsewhere.is_empty(), "{machine:?}, by how many places each has: {elsewhere:?}");
        }
    }

    #[test]
    fn each_name_is_that_of_a_call_somewhere() {
        let all = CALL_GROUPS.iter().flat_map(|family| family.calls);
        let nobodys: Vec<_> = all
            .filter(|call| Architecture::ALL.iter().all(|machine| machine.number(call).is_none()))
            .collect();
        assert!(nobodys.is_empty(), "{nobodys:?}");
    }

    #[test]
    fn the_machines_numbers_are_those_of_the_c_library() {
        for (name, number) in
            [("openat", libc::SYS_openat), ("clone3", libc::SYS_clone3), ("bpf", libc::SYS_bpf)]
        {
            assert_eq!(Architecture::THIS.number(name).map(i64::from), Some(number), "{name}");
        }
    }
}
