//! Language tests: programs with accepted and rejected inputs.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use checktestdata::{CheckError, Limits, Program, SyntaxError};

fn check(program: &str, input: &str) -> Result<(), CheckError> {
    let program = Program::parse(program.as_bytes()).unwrap_or_else(|error| panic!("{program}: {error}"));
    program.check(input.as_bytes(), &Limits::default(), &|| false)
}

#[track_caller]
fn valid(program: &str, inputs: &[&str]) {
    for input in inputs {
        assert_eq!(check(program, input), Ok(()), "{program} and {input:?}");
    }
}

/// Each is not what the program describes, and the reason says this.
#[track_caller]
fn invalid(program: &str, inputs: &[(&str, &str)]) {
    for (input, says) in inputs {
        let error = check(program, input).expect_err(input);
        assert!(matches!(error, CheckError::Mismatch { .. }), "{program} and {input:?}: {error}");
        assert!(error.to_string().contains(says), "{program} and {input:?}: {error} does not say {says:?}");
    }
}

/// The program makes no sense for this input, and the reason says this.
#[track_caller]
fn senseless(program: &str, input: &str, says: &str) {
    let error = check(program, input).unwrap_err();
    assert!(matches!(error, CheckError::Program { .. }), "{program}: {error}");
    assert!(error.to_string().contains(says), "{program}: {error} does not say {says:?}");
}

#[track_caller]
fn unread(program: &str, says: &str) {
    let error = Program::parse(program.as_bytes()).unwrap_err().to_string();
    assert!(error.contains(says), "{program}: {error} does not say {says:?}");
}

#[test]
fn whole_numbers_have_one_way_to_be_written() {
    let program = "INT(-10, 10) NEWLINE";
    valid(program, &["0\n", "-10\n", "10\n"]);
    invalid(
        program,
        &[
            ("11\n", "11 is not in -10..10"),
            ("-11\n", "-11 is not in -10..10"),
            ("00\n", "begins with a zero"),
            ("01\n", "begins with a zero"),
            ("-0\n", "-0"),
            ("+1\n", "\"+1\" is there instead of a whole number"),
            ("-\n", "instead of a whole number"),
            ("\n", "the end of the line is there instead of a whole number"),
            ("1", "the end is there instead of the end of the line"),
            ("1 \n", "a space is there"),
            ("1\r\n", "line ends of Windows"),
            ("1\n\n", "instead of the end"),
        ],
    );
}

#[test]
fn an_error_names_line_column_and_command() {
    let error = check("INT(1,9)\nSPACE\n INT(1,\n 5) NEWLINE\nINT(1,2) NEWLINE", "3 4\n12\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 1: 12 is not in 1..2, as INT(1,2) (line 5 of the program) asks"
    );
}

#[test]
fn numbers_may_be_larger_than_any_machine_word() {
    let program = "INT(0, 10^40, n) NEWLINE INT(n+1, n*n) NEWLINE";
    valid(program, &["9999999999999999999999\n10000000000000000000000\n"]);
    invalid(program, &[("9999999999999999999999\n9999999999999999999999\n", "is not in")]);
}

#[test]
fn floats_may_be_fixed_or_scientific_and_have_so_many_decimals() {
    valid("FLOAT(0, 1) NEWLINE", &["0\n", "1.000\n", "5e-1\n", "0.1E+0\n", "00.5\n"]);
    invalid(
        "FLOAT(0, 1) NEWLINE",
        &[
            ("1.00000000000000000000000000000001\n", "is not in 0..1"),
            (".5\n", "instead of a number"),
            ("1.\n", "\".\" is there"),
            ("-0.0001\n", "is not in"),
            ("1e\n", "\"e\" is there"),
        ],
    );
    valid("FLOAT(0, 10, x, FIXED) NEWLINE", &["2.5\n"]);
    invalid("FLOAT(0, 10, x, FIXED) NEWLINE", &[("2e0\n", "\"e0\" is there")]);
    valid("FLOAT(0, 10, x, SCIENTIFIC) NEWLINE", &["2e0\n"]);
    invalid("FLOAT(0, 10, x, SCIENTIFIC) NEWLINE", &[("2.5\n", "no exponent")]);
    valid("FLOATP(0, 10, 1, 3) NEWLINE FLOATP(0, 10, 0, 0, x) NEWLINE", &["2.5\n3\n", "2.500\n3\n"]);
    invalid(
        "FLOATP(0, 10, 1, 3) NEWLINE",
        &[("2\n", "0 digits are behind the point"), ("2.5000\n", "4 digits are behind the point")],
    );
}

#[test]
fn text_and_patterns_are_matched_from_where_the_reader_is() {
    valid("STRING(\"a \\\"b\\\\\\n\\101\")", &["a \"b\\\nA"]);
    valid("REGEX(\"[a-z]+\", s) SPACE STRING(s) NEWLINE", &["abc abc\n"]);
    invalid(
        "REGEX(\"[a-z]+\", s) SPACE STRING(s) NEWLINE",
        &[("abc abd\n", "\"d\" is there"), ("ABC abc\n", "\"ABC\" does not match \"[a-z]+\"")],
    );
    valid("REGEX(\".*\") NEWLINE EOF", &["\n", "any thing\n"]);
    valid("STRING(\"one \\\ntwo\")", &["one two"]);
}

#[test]
fn loops_count_and_have_separators() {
    let list = "INT(0, 9, n) NEWLINE REPI(i, n, SPACE) INT(0, 9, a[i]) END NEWLINE ASSERT(i == n)";
    valid(list, &["0\n\n", "1\n5\n", "3\n1 2 3\n"]);
    invalid(
        list,
        &[("2\n1 2 3\n", "a space is there"), ("2\n1\n", "instead of a space"), ("2\n1 \n", "line 2")],
    );
    let words = "WHILEI(i, !ISEOF, NEWLINE) REP(2, STRING(\",\")) INT(0, 9) END END";
    valid(words, &["1,2", "1,2\n3,4"]);
    invalid(words, &[("1,2\n", "the end is there"), ("1;2", "\";2\" is there")]);
    valid("WHILE(MATCH(\"01\")) REGEX(\"[01]\") END NEWLINE", &["0110\n", "\n"]);
    valid("REP(2) REP(2) STRING(\"x\") END NEWLINE END", &["xx\nxx\n"]);
}

#[test]
fn blocks_depend_on_conditions() {
    let program = "INT(0, 2, n) IF(n == 0) NEWLINE ELSE IF(n == 1) SPACE INT(5,5) END NEWLINE END";
    valid(program, &["0\n", "1 5\n", "2\n"]);
    invalid(program, &[("1\n", "instead of a space"), ("2 5\n", "a space is there")]);
}

#[test]
fn operators_bind_as_usual() {
    for (expression, value) in [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 / 2", "3"),
        ("-7 % 3", "-1"),
        ("2 ^ 3 ^ 2", "64"),
        ("-2 ^ 2", "-4"),
        ("10 - 3 - 2", "5"),
        ("1.5 * 2", "3"),
        ("2 * STRLEN(\"abc\")", "6"),
    ] {
        valid(&format!("ASSERT({expression} == {value})"), &[""]);
    }
    for condition in [
        "1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 1 != 2",
        "1 == 2 || 2 == 2",
        "1 == 1 || 1 / 0 == 1",
        "!(1 == 2) && !(1 > 2 || 1 == 2)",
        "!ISEOF || ISEOF && 1 == 1",
        "\"abc\" < \"abd\"",
        "1 == 1.0",
    ] {
        valid(&format!("ASSERT({condition})"), &[""]);
    }
    invalid("ASSERT(1 == 2)", &[("", "what must hold does not, as ASSERT(1 == 2)")]);
}

#[test]
fn arrays_are_unique_and_looked_up_and_unset() {
    let points = "REPI(i, 3, NEWLINE) INT(0,9,x[i]) SPACE INT(0,9,y[i]) END NEWLINE ASSERT(UNIQUE(x, y))";
    valid(points, &["1 2\n2 1\n1 1\n"]);
    invalid(points, &[("1 2\n2 1\n1 2\n", "UNIQUE")]);
    let fresh = "REPI(i, 3, SPACE) INT(0,9,v) ASSERT(!INARRAY(v, seen)) SET(seen[i] = v) END NEWLINE";
    valid(fresh, &["1 2 3\n"]);
    invalid(fresh, &[("1 2 1\n", "INARRAY")]);
    valid(
        "SET(a[1] = 1, b = 2) UNSET(a, b) SET(a[2] = 1.5) ASSERT(INARRAY(1.50, a) && !INARRAY(1, a))",
        &[""],
    );
    // A value that is written over is there no more.
    valid("SET(a[1] = 1) ASSERT(INARRAY(1, a)) SET(a[1] = 2) ASSERT(!INARRAY(1, a) && INARRAY(2, a))", &[""]);
    valid("SET(a[1, 2] = 5, a[0+1, 3] = 6) ASSERT(a[1, 1 + 1] + a[1,3] == 11)", &[""]);
}

#[test]
fn a_program_that_makes_no_sense_says_where() {
    senseless("INT(1, n) NEWLINE", "1\n", "line 1 of the program, INT(1, n): n has no value");
    senseless(
        "SET(a[1] = 1)\nASSERT(a[2] == 1)",
        "",
        "line 2 of the program, ASSERT(a[2] == 1): a[2] has no value",
    );
    senseless("ASSERT(1 == \"1\")", "", "cannot be compared");
    senseless("ASSERT(1)", "", "neither true nor false");
    senseless("SET(a = 1 / 0)", "", "divides by zero");
    senseless("INT(0.5, 1)", "1", "no whole number");
    senseless("STRING(5)", "5", "no text");
    senseless("REP(-1) END", "", "less than no times");
    senseless("REGEX(\"(\")", "(", "no regular expression");
    senseless("SET(a = 2 ^ -1)", "", "negative exponent");
}

#[test]
fn what_is_no_program_says_what_is_missing() {
    unread("INT(1, 2", "line 1: ) is expected, not the end of the program");
    unread("REP(2)\nSPACE", "END of the REP of line 1");
    unread("SPACE END", "END ends or parts a block, and none is open");
    unread("FOO(1)", "FOO is no command");
    unread("INT(1,\n2,\nX)", "line 3: a variable is expected, not X");
    unread("STRING(\"abc", "never ends");
    unread("STRING(\"\\777\")", "no byte");
    unread("int(1, 2)", "a command is expected, not int");
    unread("SPACE @", "no part of the language");
    unread("SET(a = 1e)", "no number");
    unread("ELSE", "none is open");
    assert_eq!(
        Program::parse(&vec![b' '; Limits::MAX_PROGRAM_BYTES + 1]).unwrap_err(),
        SyntaxError::TooLong(Limits::MAX_PROGRAM_BYTES + 1)
    );
}

#[test]
fn comments_and_a_byte_order_mark_are_passed_over() {
    valid("\u{feff}# first\nINT(1, 2) # behind\n# last", &["1"]);
}
