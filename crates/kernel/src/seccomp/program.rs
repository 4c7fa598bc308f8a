//! From rules to a filter program of the kernel's, in classic BPF; see seccomp(2).
//!
//! When a filter is installed, the kernel runs it once for every system call there is, to learn which it always allows.
//! So its depth counts: the rules become a binary search over ranges of numbers, some seven comparisons deep, which takes
//! a tenth of the time that a list of them would.

use std::collections::BTreeMap;

use libc::sock_filter;

use super::table::{Argument, Test};

/// What is done about a system call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// It is made.
    Allow,
    /// It is refused with `ENOSYS`.
    Refuse,
    /// The process is killed.
    Kill,
    /// It is made if all tests of one of these rows hold, and refused otherwise.
    AllowIf(Vec<&'static [Argument]>),
}

// Offsets in `struct seccomp_data`; the lower half of an argument comes first on the little-endian machines that we know.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

#[cfg(target_arch = "x86_64")]
const THIS_ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const THIS_ARCHITECTURE: u32 = 0xC000_00B7;

/// The program for these rules; calls without one are refused, and calls of another architecture kill.
pub(super) fn assemble(rules: &BTreeMap<u32, Action>) -> Vec<sock_filter> {
    let mut program =
        vec![load(ARCHITECTURE), jump(libc::BPF_JEQ, THIS_ARCHITECTURE, 1, 0), leave(&Action::Kill)];
    program.push(load(NUMBER));
    program.extend(search(&ranges(rules)));
    program
}

/// Where the action changes, from call 0 on: each entry holds up to the next.
fn ranges(rules: &BTreeMap<u32, Action>) -> Vec<(u32, &Action)> {
    let mut ranges: Vec<(u32, &Action)> = vec![(0, &Action::Refuse)];
    let mut next = 0;
    let mut push = |start, action| match ranges.last_mut() {
        Some((_, last)) if *last == action => {}
        Some(last) if last.0 == start => last.1 = action,
        _ => ranges.push((start, action)),
    };
    for (&number, action) in rules {
        if number > next {
            push(next, &Action::Refuse);
        }
        push(number, action);
        next = number + 1;
    }
    push(next, &Action::Refuse);
    ranges
}

/// Halves the ranges until one is left. The number is loaded.
fn search(ranges: &[(u32, &Action)]) -> Vec<sock_filter> {
    let [_, .., _] = ranges else {
        return ranges.first().map(|(_, action)| decide(action)).unwrap_or_default();
    };
    let (lower, upper) = ranges.split_at(ranges.len() / 2);
    let (below, above) = (search(lower), search(upper));
    let over = u8::try_from(below.len()).expect("half of the program is shorter than a jump is long");
    let mut program = vec![jump(libc::BPF_JGE, upper[0].0, over, 0)];
    program.extend(below);
    program.extend(above);
    program
}

fn decide(action: &Action) -> Vec<sock_filter> {
    let Action::AllowIf(rows) = action else { return vec![leave(action)] };
    let mut program: Vec<sock_filter> = rows.iter().flat_map(|row| allow_if_all(row)).collect();
    program.push(leave(&Action::Refuse));
    program
}

/// Allows if all tests hold; else goes on behind itself.
fn allow_if_all(tests: &[Argument]) -> Vec<sock_filter> {
    let mut program = Vec::new();
    for (index, argument) in tests.iter().enumerate() {
        // Two instructions for each test that follows, and the one that allows.
        let past = u8::try_from((tests.len() - index - 1) * 2 + 1).expect("a row has few tests");
        // The kernel takes these arguments as 32-bit ints and ignores the upper half. So must the filter, or setting a
        // high bit would get past it.
        program.push(load(ARGUMENTS + 8 * u32::from(argument.index)));
        program.push(match argument.test {
            Test::Is(value) => jump(libc::BPF_JEQ, value, 0, past),
            Test::IsNot(value) => jump(libc::BPF_JEQ, value, past, 0),
            Test::HasNone(bits) => jump(libc::BPF_JSET, bits, past, 0),
        });
    }
    program.push(leave(&Action::Allow));
    program
}

fn leave(action: &Action) -> sock_filter {
    let value = match action {
        Action::Allow => libc::SECCOMP_RET_ALLOW,
        Action::Kill => libc::SECCOMP_RET_KILL_PROCESS,
        Action::Refuse | Action::AllowIf(_) => libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned(),
    };
    instruction(libc::BPF_RET | libc::BPF_K, value, 0, 0)
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

    /// Runs a program as the kernel would: the value that it returns, and after how many instructions.
    pub(super) fn run(
        program: &[sock_filter],
        architecture: u32,
        number: u32,
        arguments: &[u64],
    ) -> (u32, usize) {
        let word = |offset: u32| match offset {
            NUMBER => number,
            ARCHITECTURE => architecture,
            argument => {
                let value = arguments.get(((argument - ARGUMENTS) / 8) as usize).copied().unwrap_or(0);
                u32::try_from(value & 0xFFFF_FFFF).expect("masked")
            }
        };
        let (mut at, mut accumulator) = (0, 0);
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
                libc::BPF_LD => accumulator = word(k),
                libc::BPF_RET => return (k, steps),
                _ => at += usize::from(if holds { jt } else { jf }),
            }
        }
        panic!("a program that does not return");
    }

    const ENOSYS: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

    fn check(rules: &BTreeMap<u32, Action>, number: u32, arguments: &[u64], expected: u32) {
        let (answer, _) = run(&assemble(rules), THIS_ARCHITECTURE, number, arguments);
        assert_eq!(answer, expected, "call {number} with {arguments:?}");
    }

    #[test]
    fn each_call_gets_its_own_answer_and_every_other_is_refused() {
        let rules: BTreeMap<u32, Action> = [
            (0, Action::Allow),
            (1, Action::Allow),
            (3, Action::Kill),
            (4, Action::Allow),
            (9, Action::Kill),
        ]
        .into();
        for (number, expected) in [
            (0, libc::SECCOMP_RET_ALLOW),
            (1, libc::SECCOMP_RET_ALLOW),
            (2, ENOSYS),
            (3, libc::SECCOMP_RET_KILL_PROCESS),
            (4, libc::SECCOMP_RET_ALLOW),
            (5, ENOSYS),
            (8, ENOSYS),
            (9, libc::SECCOMP_RET_KILL_PROCESS),
            (10, ENOSYS),
            // The numbers of the x32 calls.
            (0x4000_0000, ENOSYS),
            (u32::MAX, ENOSYS),
        ] {
            check(&rules, number, &[], expected);
        }
    }

    #[test]
    fn tests_on_arguments_see_the_lower_half_only() {
        const ROWS: [&[Argument]; 2] = [
            &[Argument { index: 1, test: Test::IsNot(7) }, Argument { index: 2, test: Test::HasNone(0xF0) }],
            &[Argument { index: 0, test: Test::Is(5) }],
        ];
        let rules: BTreeMap<u32, Action> = [(6, Action::AllowIf(ROWS.to_vec()))].into();
        for (arguments, expected) in [
            ([0, 0, 0], libc::SECCOMP_RET_ALLOW),
            ([0, 7, 0], ENOSYS),
            ([0, 7 | 1 << 32, 0], ENOSYS),
            ([0, 0, 0x10], ENOSYS),
            ([0, 0, 0x10_0000_0000], libc::SECCOMP_RET_ALLOW),
            ([5, 7, 0], libc::SECCOMP_RET_ALLOW),
            ([5 | 1 << 40, 7, 0], libc::SECCOMP_RET_ALLOW),
        ] {
            check(&rules, 6, &arguments, expected);
        }
    }

    #[test]
    fn calls_of_another_architecture_kill() {
        let program = assemble(&BTreeMap::new());
        assert_eq!(run(&program, 0x4000_0003, 1, &[]).0, libc::SECCOMP_RET_KILL_PROCESS);
    }

    #[test]
    fn the_guests_program_answers_as_its_table_says_and_soon() {
        let rules = super::super::table::rules();
        let program = assemble(&rules);
        for number in 0..1024 {
            let (answer, steps) = run(&program, THIS_ARCHITECTURE, number, &[]);
            assert!(steps < 20, "call {number} takes {steps} steps");
            match rules.get(&number) {
                None | Some(Action::Refuse) => assert_eq!(answer, ENOSYS, "call {number}"),
                Some(Action::Allow) => assert_eq!(answer, libc::SECCOMP_RET_ALLOW, "call {number}"),
                Some(Action::Kill) => assert_eq!(answer, libc::SECCOMP_RET_KILL_PROCESS, "call {number}"),
                Some(Action::AllowIf(_)) => {}
            }
        }
    }
}
