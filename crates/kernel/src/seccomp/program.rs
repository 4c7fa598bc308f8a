//! BPF compiler: translation of rules to a classic BPF program for seccomp(2).
//!
//! When a filter is installed, the kernel runs it once for every system call there is, to learn which it always allows.
//! So its depth counts: the rules become a binary search over ranges of numbers, some seven comparisons deep, which takes
//! a tenth of the time that a list of them would.

use std::collections::BTreeMap;

use libc::sock_filter;

use super::{
    Architecture, KillMode,
    rule::{Action, ArgumentPredicate, ArgumentTest, Condition, DEFAULT_ACTION, Rule},
};

// Offsets in `struct seccomp_data`; the lower half of an argument comes first on the little-endian machines that we know.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// The program for these rules; calls without one are refused, and calls of another architecture are lethal.
pub(super) fn assemble(
    machine: Architecture,
    rules: &BTreeMap<u32, Rule>,
    kill_mode: KillMode,
) -> Vec<sock_filter> {
    let mut program = assemble_killing(machine, rules);
    if kill_mode == KillMode::Report {
        let kill = return_action(Action::Kill);
        let kills = |one: &&mut sock_filter| one.code == kill.code && one.k == kill.k;
        program.iter_mut().filter(kills).for_each(|one| one.k = libc::SECCOMP_RET_USER_NOTIF);
    }
    program
}

fn assemble_killing(machine: Architecture, rules: &BTreeMap<u32, Rule>) -> Vec<sock_filter> {
    let ours = jump(libc::BPF_JEQ, machine.audit_arch(), 1, 0);
    let mut program = vec![load(ARCHITECTURE), ours, return_action(Action::Kill)];
    program.push(load(NUMBER));
    let mut conditions = Vec::new();
    program.extend(search(&ranges(rules), &mut conditions));
    // After the search, which stays short and has near jumps only.
    for condition in conditions {
        let asks = program
            .iter()
            .position(|one| one.code == PLACEHOLDER)
            .expect("one for each condition, in their order");
        program[asks] = jump_over(program.len() - asks - 1);
        program.extend(compile_condition(condition));
    }
    program
}

/// Stands in a search for the jump to the next condition. No instruction has this code.
const PLACEHOLDER: u16 = u16::MAX;

/// Where the rule changes, from call 0 on: each entry holds up to the next.
fn ranges(rules: &BTreeMap<u32, Rule>) -> Vec<(u32, Rule)> {
    let unknown = Rule::Always(DEFAULT_ACTION);
    let mut ranges = vec![(0, unknown)];
    let mut next = 0;
    let mut push = |start, rule| match ranges.last_mut() {
        Some((_, last)) if *last == rule => {}
        Some(last) if last.0 == start => last.1 = rule,
        _ => ranges.push((start, rule)),
    };
    for (&number, &rule) in rules {
        if number > next {
            push(next, unknown);
        }
        push(number, rule);
        next = number + 1;
    }
    push(next, unknown);
    ranges
}

/// Halves the ranges until one is left. The number is loaded. Where a condition decides, there is a place for the jump to it.
fn search(ranges: &[(u32, Rule)], conditions: &mut Vec<&'static Condition>) -> Vec<sock_filter> {
    let [_, .., _] = ranges else {
        return match ranges.first() {
            None => vec![],
            Some((_, Rule::Always(answer))) => vec![return_action(*answer)],
            Some((_, Rule::When(condition))) => {
                conditions.push(condition);
                vec![sock_filter { code: PLACEHOLDER, jt: 0, jf: 0, k: 0 }]
            }
        };
    };
    let (lower, upper) = ranges.split_at(ranges.len() / 2);
    let below = search(lower, conditions);
    let above = search(upper, conditions);
    let start = upper[0].0;
    let mut program = match u8::try_from(below.len()) {
        Ok(over) => vec![jump(libc::BPF_JGE, start, over, 0)],
        // Further than a condition can jump.
        Err(_) => vec![jump(libc::BPF_JGE, start, 0, 1), jump_over(below.len())],
    };
    program.extend(below);
    program.extend(above);
    program
}

fn compile_condition(Condition { alternatives: rows, errno: otherwise, .. }: &Condition) -> Vec<sock_filter> {
    let mut program: Vec<sock_filter> = rows.iter().flat_map(|row| allow_if_all(row)).collect();
    program.push(return_action(Action::Refuse(*otherwise)));
    program
}

/// Allows the call if all tests hold; otherwise execution continues after it.
fn allow_if_all(tests: &[ArgumentTest]) -> Vec<sock_filter> {
    let mut program = vec![return_action(Action::Allow)];
    for argument in tests.iter().rev() {
        let past = u8::try_from(program.len()).expect("a row has few tests");
        let mut tested = skip_unless(*argument, past);
        tested.extend(program);
        program = tested;
    }
    program
}

/// Loads an argument. The kernel reads these as 32-bit ints and ignores the upper half. The filter must do the same, or a
/// high bit would bypass it.
fn load_argument(index: u8) -> sock_filter {
    load(ARGUMENTS + 8 * u32::from(index))
}

/// Continues if the argument passes, and skips `past` more instructions otherwise.
fn skip_unless(ArgumentTest { index, predicate: test }: ArgumentTest, past: u8) -> Vec<sock_filter> {
    match test {
        ArgumentPredicate::Equals(value) => vec![load_argument(index), jump(libc::BPF_JEQ, value, 0, past)],
        ArgumentPredicate::NoBitsOf(bits) => vec![load_argument(index), jump(libc::BPF_JSET, bits, past, 0)],
        ArgumentPredicate::OneOf(values) => match_any(index, values, past),
        ArgumentPredicate::IsNull => vec![
            load_argument(index),
            jump(libc::BPF_JEQ, 0, 0, past + 2),
            load(ARGUMENTS + 8 * u32::from(index) + 4),
            jump(libc::BPF_JEQ, 0, 0, past),
        ],
    }
}

/// Values that are tested together: the time to install a program grows with its length.
enum ValueGroup {
    One(u32),
    /// The values from this one on whose bit is set.
    Window(u32, u32),
}

/// Minimum number of values within 32 that are tested as bits of one word, which takes eight instructions.
const MIN_WINDOW_VALUES: usize = 9;

/// Single values first, since the test of a window overwrites the argument.
fn groups(values: &[u32]) -> Vec<ValueGroup> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let (mut ones, mut windows) = (Vec::new(), Vec::new());
    let mut rest = sorted.as_slice();
    while let [first, others @ ..] = rest {
        let near = rest.iter().take_while(|value| **value - first < u32::BITS).count();
        if near < MIN_WINDOW_VALUES {
            ones.push(ValueGroup::One(*first));
            rest = others;
        } else {
            let bits = rest[..near].iter().fold(0, |bits, value| bits | 1 << (value - first));
            windows.push(ValueGroup::Window(*first, bits));
            rest = &rest[near..];
        }
    }
    ones.extend(windows);
    ones
}

/// Goes on if the argument is one of these, and over `past` instructions more if it is none.
fn match_any(index: u8, values: &[u32], past: u8) -> Vec<sock_filter> {
    let mut program: Vec<sock_filter> = Vec::new();
    for group in groups(values).into_iter().rev() {
        let found = u8::try_from(program.len()).expect("a list is short");
        let missed = if program.is_empty() { past } else { 0 };
        let mut sought = match group {
            ValueGroup::One(value) => vec![jump(libc::BPF_JEQ, value, found, missed)],
            ValueGroup::Window(first, bits) => test_window(index, (first, bits), found, missed),
        };
        sought.extend(program);
        program = sought;
    }
    program.insert(0, load_argument(index));
    program
}

/// Goes over `found` instructions if the argument's bit is set in the window, over `missed` if not.
fn test_window(index: u8, (first, bits): (u32, u32), found: u8, missed: u8) -> Vec<sock_filter> {
    let last = [
        // Values below the window wrap to values above it.
        instruction(libc::BPF_ALU | libc::BPF_SUB | libc::BPF_K, first, 0, 0),
        jump(libc::BPF_JGE, u32::BITS, missed.checked_add(4).expect("a list is short"), 0),
        instruction(libc::BPF_MISC | libc::BPF_TAX, 0, 0, 0),
        instruction(libc::BPF_LD | libc::BPF_IMM, 1, 0, 0),
        instruction(libc::BPF_ALU | libc::BPF_LSH | libc::BPF_X, 0, 0, 0),
        jump(libc::BPF_JSET, bits, found, missed),
    ];
    [load_argument(index)].into_iter().chain(last).collect()
}

fn return_action(answer: Action) -> sock_filter {
    let value = match answer {
        Action::Allow => libc::SECCOMP_RET_ALLOW,
        Action::Kill => libc::SECCOMP_RET_KILL_PROCESS,
        Action::Refuse(errno) => libc::SECCOMP_RET_ERRNO | errno.cast_unsigned(),
    };
    instruction(libc::BPF_RET | libc::BPF_K, value, 0, 0)
}

fn jump_over(instructions: usize) -> sock_filter {
    let over = u32::try_from(instructions).expect("a program is short");
    instruction(libc::BPF_JMP | libc::BPF_JA, over, 0, 0)
}

fn load(offset: u32) -> sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0)
}

fn jump(condition: u32, value: u32, if_true: u8, if_false: u8) -> sock_filter {
    instruction(libc::BPF_JMP | condition | libc::BPF_K, value, if_true, if_false)
}

fn instruction(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: u16::try_from(code).expect("codes have 16 bits"), jt, jf, k }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seccomp::policy::rules;

    /// Too far apart to be sought together.
    const FAR: [u32; 200] = {
        let (mut values, mut at, mut value) = ([1; 200], 0, 1);
        while at < values.len() {
            values[at] = value;
            at += 1;
            value += 100;
        }
        values
    };

    /// Runs a program as the kernel would: the value that it returns, and after how many instructions.
    fn run(program: &[sock_filter], architecture: u32, number: u32, arguments: &[u64]) -> (u32, usize) {
        let word = |offset: u32| match offset {
            NUMBER => number,
            ARCHITECTURE => architecture,
            argument => {
                let value = arguments.get(((argument - ARGUMENTS) / 8) as usize).copied().unwrap_or(0);
                let half = if (argument - ARGUMENTS).is_multiple_of(8) { value } else { value >> 32 };
                u32::try_from(half & 0xFFFF_FFFF).expect("masked")
            }
        };
        let (mut at, mut accumulator, mut index) = (0, 0_u32, 0_u32);
        for steps in 1..=program.len() {
            let sock_filter { code, jt, jf, k } = program[at];
            at += 1;
            let code = u32::from(code);
            let holds = match code & 0xF0 {
                libc::BPF_JEQ => accumulator == k,
                libc::BPF_JGE => accumulator >= k,
                libc::BPF_JSET => accumulator & k != 0,
                _ => false,
            };
            match code & 0x07 {
                libc::BPF_LD if code & 0xE0 == libc::BPF_IMM => accumulator = k,
                libc::BPF_LD => accumulator = word(k),
                libc::BPF_ALU if code & 0xF0 == libc::BPF_SUB => accumulator = accumulator.wrapping_sub(k),
                libc::BPF_ALU => accumulator <<= index,
                libc::BPF_MISC => index = accumulator,
                libc::BPF_RET => return (k, steps),
                _ if code & 0xF0 == libc::BPF_JA => at += k as usize,
                _ => at += usize::from(if holds { jt } else { jf }),
            }
        }
        panic!("a program that does not return");
    }

    fn value(answer: Action) -> u32 {
        return_action(answer).k
    }

    #[track_caller]
    fn check(
        machine: Architecture,
        rules: &BTreeMap<u32, Rule>,
        number: u32,
        arguments: &[u64],
        expected: Action,
    ) {
        let (answer, _) = run(&assemble_killing(machine, rules), machine.audit_arch(), number, arguments);
        assert_eq!(
            format!("{answer:#x}"),
            format!("{:#x}", value(expected)),
            "{machine:?}: {} ({number}) with {arguments:#x?}",
            machine.name(number).unwrap_or("no call")
        );
    }

    #[test]
    fn each_call_gets_its_own_answer_and_every_other_is_refused() {
        use Action::{Allow, Kill};
        let rules: BTreeMap<u32, Rule> =
            [(0, Allow), (1, Allow), (3, Kill), (4, Allow), (9, Kill), (11, Action::Refuse(libc::EPERM))]
                .map(|(number, answer)| (number, Rule::Always(answer)))
                .into();
        for (number, expected) in [
            (0, Allow),
            (1, Allow),
            (2, DEFAULT_ACTION),
            (3, Kill),
            (4, Allow),
            (5, DEFAULT_ACTION),
            (8, DEFAULT_ACTION),
            (9, Kill),
            (10, DEFAULT_ACTION),
            (11, Action::Refuse(libc::EPERM)),
            (12, DEFAULT_ACTION),
            // The numbers of the x32 calls.
            (0x4000_0000, DEFAULT_ACTION),
            (u32::MAX, DEFAULT_ACTION),
        ] {
            check(Architecture::X86_64, &rules, number, &[], expected);
        }
    }

    #[test]
    fn tests_on_arguments_see_the_lower_half_only() {
        static SOME: Condition = Condition {
            call: "some",
            reason: "",
            alternatives: &[
                &[
                    ArgumentTest { index: 1, predicate: ArgumentPredicate::NoBitsOf(7) },
                    ArgumentTest { index: 2, predicate: ArgumentPredicate::NoBitsOf(0xF0) },
                    ArgumentTest { index: 0, predicate: ArgumentPredicate::OneOf(&[0, 1, 2]) },
                ],
                &[ArgumentTest { index: 0, predicate: ArgumentPredicate::Equals(5) }],
            ],
            errno: libc::EPERM,
        };
        let rules: BTreeMap<u32, Rule> = [(6, Rule::When(&SOME))].into();
        let refused = Action::Refuse(libc::EPERM);
        for (arguments, expected) in [
            ([0, 0, 0], Action::Allow),
            ([1, 0, 0], Action::Allow),
            ([2, 0, 0], Action::Allow),
            ([3, 0, 0], refused),
            ([0, 7, 0], refused),
            ([0, 8, 0], Action::Allow),
            ([0, 9, 0], refused),
            ([0, 1 | 1 << 32, 0], refused),
            ([0, 0, 0x10], refused),
            ([0, 0, 0x10_0000_0000], Action::Allow),
            ([5, 7, 0], Action::Allow),
            ([5 | 1 << 40, 7, 0], Action::Allow),
        ] {
            check(Architecture::Aarch64, &rules, 6, &arguments, expected);
        }
    }

    #[test]
    fn one_of_many_values_is_found_and_no_other() {
        static MANY: Condition = Condition {
            call: "many",
            reason: "",
            alternatives: &[
                &[
                    ArgumentTest { index: 1, predicate: ArgumentPredicate::Equals(7) },
                    ArgumentTest {
                        index: 0,
                        predicate: ArgumentPredicate::OneOf(&[
                            500,
                            1,
                            3,
                            4,
                            5,
                            6,
                            7,
                            8,
                            9,
                            10,
                            32,
                            33,
                            100,
                            101,
                            102,
                            103,
                            104,
                            105,
                            106,
                            107,
                            108,
                            131,
                            132,
                            0xffff_ffff,
                        ]),
                    },
                    ArgumentTest { index: 2, predicate: ArgumentPredicate::NoBitsOf(1) },
                ],
                &[ArgumentTest { index: 1, predicate: ArgumentPredicate::Equals(8) }],
            ],
            errno: libc::EPERM,
        };
        let ArgumentPredicate::OneOf(values) = MANY.alternatives[0][1].predicate else { panic!("a list") };
        assert!(groups(values).len() < 8, "some are sought together");
        let rules: BTreeMap<u32, Rule> = [(6, Rule::When(&MANY))].into();
        for value in (0..600).chain([u32::MAX - 1, u32::MAX]) {
            let is_there = values.contains(&value);
            let expected = if is_there { Action::Allow } else { Action::Refuse(libc::EPERM) };
            check(Architecture::THIS, &rules, 6, &[value.into(), 7, 0], expected);
            check(Architecture::THIS, &rules, 6, &[value.into(), 8, 0], Action::Allow);
            check(Architecture::THIS, &rules, 6, &[value.into(), 7, 1], Action::Refuse(libc::EPERM));
        }
    }

    #[test]
    fn each_value_in_a_list_of_the_table_is_allowed_and_its_neighbours_are_not() {
        use crate::seccomp::conditions;
        let rules = rules(Architecture::THIS);
        for condition in conditions::all() {
            let [[ArgumentTest { index, predicate: ArgumentPredicate::OneOf(values) }]] =
                condition.alternatives
            else {
                continue;
            };
            let Some(number) = Architecture::THIS.number(condition.call) else { continue };
            for value in
                values.iter().flat_map(|value| [value.wrapping_sub(1), *value, value.wrapping_add(1)])
            {
                let mut arguments = [0; 6];
                arguments[usize::from(*index)] = value.into();
                let is_there = values.contains(&value);
                let expected = if is_there { Action::Allow } else { Action::Refuse(condition.errno) };
                check(Architecture::THIS, &rules, number, &arguments, expected);
            }
        }
    }

    #[test]
    fn a_reporting_filter_differs_only_in_lethal_calls() {
        for machine in Architecture::ALL {
            let rules = rules(machine);
            let [kills, reports] =
                [KillMode::Kill, KillMode::Report].map(|kill_mode| assemble(machine, &rules, kill_mode));
            let (kill, report) = (value(Action::Kill), libc::SECCOMP_RET_USER_NOTIF);
            for number in 0..1024 {
                for architecture in [machine.audit_arch(), 0x4000_0003] {
                    let [before, after] =
                        [&kills, &reports].map(|program| run(program, architecture, number, &[]).0);
                    assert_eq!(after, if before == kill { report } else { before }, "{machine:?}: {number}");
                }
            }
            assert!(reports.iter().all(|one| u32::from(one.code) & 7 != libc::BPF_RET || one.k != kill));
        }
    }

    #[test]
    fn a_far_half_is_reached() {
        const ROW: &[ArgumentTest] = &[ArgumentTest { index: 0, predicate: ArgumentPredicate::OneOf(&FAR) }];
        static LONG: Condition =
            Condition { call: "long", reason: "", alternatives: &[ROW, ROW, ROW], errno: libc::EPERM };
        let rules: BTreeMap<u32, Rule> = [(6, Rule::When(&LONG)), (9, Rule::Always(Action::Kill))].into();
        check(Architecture::THIS, &rules, 6, &[0], Action::Refuse(libc::EPERM));
        check(Architecture::THIS, &rules, 9, &[], Action::Kill);
        check(Architecture::THIS, &rules, 10, &[], DEFAULT_ACTION);
    }

    #[test]
    fn calls_of_another_architecture_kill() {
        // 32-bit Intel, 32-bit ARM, and each of ours on the other.
        for machine in Architecture::ALL {
            let program = assemble_killing(machine, &rules(machine));
            for other in [0x4000_0003, 0x4000_0028, 0xC000_003E, 0xC000_00B7] {
                if other != machine.audit_arch() {
                    assert_eq!(run(&program, other, 1, &[]).0, value(Action::Kill), "{other:#x}");
                }
            }
        }
    }

    #[test]
    fn the_guests_program_answers_as_its_table_says_and_soon() {
        for machine in Architecture::ALL {
            let rules = rules(machine);
            let program = assemble_killing(machine, &rules);
            for number in (0..1024).chain(0x4000_0000..0x4000_0400) {
                // Where arguments decide, the kernel stops looking ahead at the first of them.
                let expected = match rules.get(&number) {
                    None => DEFAULT_ACTION,
                    Some(Rule::Always(answer)) => *answer,
                    Some(Rule::When(_)) => continue,
                };
                check(machine, &rules, number, &[], expected);
                let (_, steps) = run(&program, machine.audit_arch(), number, &[]);
                assert!(steps < 20, "{machine:?}: call {number} takes {steps} steps");
            }
        }
    }

    #[test]
    fn each_call_of_which_arguments_decide_is_tried_with_some_that_are_refused_and_some_that_are_not() {
        use crate::seccomp::{conditions, probes::PROBES};
        for condition in conditions::all() {
            let mut tried = PROBES.iter().filter(|probe| probe.call == condition.call);
            let (allowed, refused): (Vec<_>, Vec<_>) =
                tried.by_ref().partition(|probe| probe.expected == Action::Allow);
            assert!(!allowed.is_empty() && !refused.is_empty(), "{}", condition.call);
        }
    }

    #[test]
    fn what_arguments_decide_is_decided_alike_on_all_machines() {
        use crate::seccomp::probes::{PROBES, Probe};
        for machine in Architecture::ALL {
            let rules = rules(machine);
            for Probe { call, arguments, expected, .. } in PROBES {
                assert!(Architecture::ALL.iter().any(|one| one.number(call).is_some()), "{call} is no call");
                // 64-bit ARM lacks the calls that only x86-64 has.
                let Some(number) = machine.number(call) else { continue };
                check(machine, &rules, number, arguments, *expected);
            }
        }
    }
}
