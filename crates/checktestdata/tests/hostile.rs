//! Hostile programs and inputs: every check ends, and soon.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use checktestdata::{CheckError, Limits, Program};
use proptest::prelude::*;

const SMALL: Limits = Limits { steps: 200_000, memory: 1 << 20, digits: 500, regex_bytes: 1 << 16 };

fn check(program: &str, input: &[u8]) -> Result<(), CheckError> {
    Program::parse(program.as_bytes()).unwrap().check(input, &SMALL, &|| false)
}

/// It ends at this limit.
#[track_caller]
fn ends_at(program: &str, input: &[u8], limit: &str) {
    let error = check(program, input).unwrap_err();
    assert!(matches!(error, CheckError::Limit(name) if name.contains(limit)), "{program}: {error}");
}

#[test]
fn what_never_ends_ends_at_the_steps() {
    ends_at("WHILE(1 == 1) END", b"", "steps");
    ends_at("REP(10^18) END", b"", "steps");
    ends_at("REP(10^9) REP(10^9) END END", b"", "steps");
    ends_at("REPI(i, 10^9) SET(a = i * i) END", b"", "steps");
}

#[test]
fn what_grows_ends_at_the_memory() {
    ends_at("REPI(i, 10^9) SET(a[i] = 1) END", b"", "memory");
    ends_at("REGEX(\"x*\", s) REPI(i, 10^9) SET(a[i] = s) END", &[b'x'; 10_000], "memory");
}

#[test]
fn numbers_end_at_their_digits() {
    ends_at("SET(a = 2 ^ (10 ^ 9))", b"", "digits");
    ends_at("SET(a = 10) REP(100) SET(a = a * a) END", b"", "digits");
    ends_at("SET(a = 10.5) REP(100) SET(a = a * a) END", b"", "");
    ends_at("INT(0, 10, a)", &[b'9'; 501], "digits");
    ends_at("FLOAT(0, 10, a)", b"1e999999999999", "digits");
    assert!(check("FLOAT(0, 10) NEWLINE", b"1e-90000\n").is_ok());
}

#[test]
fn patterns_end_at_their_size_and_never_go_back() {
    ends_at("REGEX(\"((x{1000}){1000}){1000}\")", b"x", "regular expression");
    assert!(check("REGEX(\"(x+x+)+y\")", &[b'x'; 5000]).is_err());
}

#[test]
fn deep_programs_are_refused_and_those_below_fit_a_small_stack() {
    let nested = |depth: usize| {
        [
            format!("ASSERT({}1 == 1{})", "(".repeat(depth), ")".repeat(depth)),
            format!("ASSERT({}1 == 1)", "1 + ".repeat(depth)),
            format!("SET(a = {}1)", "-".repeat(depth)),
            format!("ASSERT({}(1 == 1))", "!".repeat(depth)),
            format!("SET(a = {}1{})", "a[".repeat(depth), "]".repeat(depth)),
            format!("{}{}", "REP(1) ".repeat(depth), "END ".repeat(depth)),
            format!("{}{}", "IF(1 == 1) ".repeat(depth), "END ".repeat(depth)),
            format!("{}SPACE{}", "REP(1, ".repeat(depth), ")".repeat(depth)),
            format!("SET(a = 1{})", " ^ 1".repeat(depth)),
        ]
    };
    let small = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        for program in nested(5_000) {
            let error = Program::parse(program.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("within each other"), "{error}");
        }
        for program in nested(40) {
            if let Ok(program) = Program::parse(program.as_bytes()) {
                let _ = program.check(b"", &SMALL, &|| false);
            }
        }
    });
    small.unwrap().join().unwrap();
}

#[test]
fn whoever_asks_to_stop_is_heard() {
    let program = Program::parse(b"WHILE(1 == 1) END").unwrap();
    assert_eq!(program.check(b"", &Limits::default(), &|| true), Err(CheckError::Stopped));
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "INT(0,",
        "INT(",
        "FLOAT(0.5,",
        "STRING(",
        "REGEX(\"[a-z]*\")",
        "REP(3)",
        "REPI(i,3,SPACE)",
        "WHILE(",
        "WHILEI(",
        "IF(",
        "ELSE",
        "END",
        "ASSERT(",
        "SET(a[",
        "UNSET(a)",
        "UNIQUE(a)",
        "INARRAY(1,a)",
        "ISEOF",
        "MATCH(\"ab\")",
        "SPACE",
        "NEWLINE",
        "EOF",
        "a",
        "i",
        "a[i]",
        "9",
        "10^9",
        "1e5",
        "\"x\"",
        "(",
        ")",
        ")",
        ")",
        ",",
        "=",
        "==",
        "<",
        "&&",
        "||",
        "!",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "]",
        "#",
        "\n",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_looks_like_a_program_is_read_or_refused_and_ends(
        words in prop::collection::vec(word(), 0..40),
        input in prop::collection::vec(prop::sample::select(b"0123456789 \nabx-.e".to_vec()), 0..60),
    ) {
        if let Ok(program) = Program::parse(words.join(" ").as_bytes()) {
            let _ = program.check(&input, &SMALL, &|| false);
        }
    }

    #[test]
    fn whatever_bytes_there_are_nothing_breaks(
        program in prop::collection::vec(any::<u8>(), 0..200),
        pattern in prop::collection::vec(any::<u8>(), 0..40),
        input in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(program) = Program::parse(&program) {
            let _ = program.check(&input, &SMALL, &|| false);
        }
        let mut quoted = b"REGEX(\"".to_vec();
        quoted.extend(pattern.iter().filter(|byte| !b"\"\\".contains(byte)));
        quoted.extend(b"\")");
        if let Ok(program) = Program::parse(&quoted) {
            let _ = program.check(&input, &SMALL, &|| false);
        }
    }

    #[test]
    fn numbers_that_a_machine_can_hold_are_calculated_as_by_it(a in -1_000_000_i64..1_000_000, b in 1_i64..1_000) {
        let program = format!(
            "SET(a = {a}, b = {b}) ASSERT(a + b == {} && a - b == {} && a * b == {} && a / b == {} && a % b == {})",
            a + b, a - b, a * b, a / b, a % b,
        );
        prop_assert_eq!(check(&program, b""), Ok(()));
        let ordered = format!("ASSERT({a} < {b} == ({a}.0 < {b}.0) && {a}.5 / {b} * {b} - {a}.5 < 0.0000001)");
        prop_assert_eq!(check(&ordered, b""), Ok(()));
    }
}
