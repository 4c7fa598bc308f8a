//! Value tests: equality of return values, and messages about differences.

use judge::values::{
    MAX_SHOWN_CHARS, ReadValueError, ValueLimits, check, format_call, format_value, read, values_equal,
};
use model::{Call, CallResult, CallRules, Exception, Value};

fn value(json: &str) -> Value {
    match read(format!("{{\"value\":{json}}}").as_bytes(), &ValueLimits::default()) {
        Ok(CallResult::Value(value)) => value,
        other => panic!("{json}: {other:?}"),
    }
}

const EXACT: CallRules = CallRules { relative: None, absolute: None };
const NEAR: CallRules = CallRules { relative: Some(1e-6), absolute: Some(1e-9) };

#[track_caller]
fn table(rules: &CallRules, table: &[(&str, &str, bool)]) {
    for (got, expected, same) in table {
        assert_eq!(values_equal(rules, &value(got), &value(expected)), *same, "{got} for {expected}");
    }
}

#[test]
fn values_are_the_same_by_kind_and_content() {
    table(
        &EXACT,
        &[
            ("null", "null", true),
            ("null", "false", false),
            ("true", "true", true),
            ("true", "1", false),
            ("0", "false", false),
            ("3", "3", true),
            ("3", "3.0", true),
            ("3.0", "3", true),
            ("3.5", "3", false),
            ("9007199254740993", "9007199254740992.0", false),
            (r#"{"$int":"100000000000000000000"}"#, "1e20", true),
            (r#"{"$int":"100000000000000000001"}"#, r#"{"$int":"100000000000000000000"}"#, false),
            ("0.1", "0.1", true),
            ("0.30000000000000004", "0.3", false),
            ("-0.0", "0.0", true),
            ("-0.0", "0", true),
            (r#"{"$float":"nan"}"#, r#"{"$float":"nan"}"#, true),
            (r#"{"$float":"inf"}"#, r#"{"$float":"-inf"}"#, false),
            (r#""a""#, r#""a""#, true),
            (r#""a""#, r#""A""#, false),
            (r#""1""#, "1", false),
            (r#"{"$bytes":"YQ=="}"#, r#""a""#, false),
            ("[1,2]", "[1,2]", true),
            ("[2,1]", "[1,2]", false),
            ("[1]", "[1,2]", false),
            ("[1]", r#"{"$tuple":[1]}"#, false),
        ],
    );
}

#[test]
fn dicts_and_sets_have_no_order() {
    table(
        &EXACT,
        &[
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false),
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"c":2}"#, false),
            (r#"{"$dict":[[1,"x"],[2,"y"]]}"#, r#"{"$dict":[[2,"y"],[1,"x"]]}"#, true),
            (r#"{"$dict":[[1,"x"]]}"#, r#"{"1":"x"}"#, false),
            (r#"{"$dict":[["a",1]]}"#, r#"{"a":1}"#, true),
            (r#"{"$set":[1,2,3]}"#, r#"{"$set":[3,1,2]}"#, true),
            (r#"{"$set":[1,2,2]}"#, r#"{"$set":[1,1,2]}"#, false),
            (r#"{"$set":[1]}"#, "[1]", false),
        ],
    );
}

#[test]
fn a_tolerance_is_for_floats_at_any_depth_and_never_for_keys() {
    table(
        &NEAR,
        &[
            ("0.30000000000000004", "0.3", true),
            ("[{\"a\":1.0000001}]", "[{\"a\":1}]", true),
            ("1000001", "1000000.5", true),
            ("1000001", "1000000", false),
            ("0.0000000001", "0", true),
            ("1.1", "1", false),
            (r#"{"$float":"inf"}"#, "1e308", false),
            ("1e308", r#"{"$float":"inf"}"#, false),
            (r#"{"$float":"nan"}"#, "0.0", false),
            (r#"{"$dict":[[1.0000001,0]]}"#, r#"{"$dict":[[1.0,0]]}"#, false),
            (r#"{"$set":[2.0000001,1.0]}"#, r#"{"$set":[1.0,2.0]}"#, true),
        ],
    );
}

#[track_caller]
fn check_message(got: &CallResult, expected: &CallResult, message: &str) {
    assert_eq!(check(&EXACT, got, expected), Err(message.to_owned()));
}

#[test]
fn a_difference_is_described_in_a_sentence() {
    let returned = |json: &str| CallResult::Value(value(json));
    check_message(&returned("[1,2]"), &returned("[1,2,3]"), "got [1, 2], expected [1, 2, 3]");
    check_message(&returned(r#""a\n""#), &returned(r#""a""#), r#"got "a\n", expected "a""#);
    check_message(
        &returned("null"),
        &returned(r#"{"k":{"$tuple":[1]}}"#),
        r#"got null, expected {"k": (1,)}"#,
    );
    check_message(&returned("true"), &returned("1"), "got true, expected 1");
    let empty = (returned(r#"{"$bytes":""}"#), returned(r#"{"$set":[]}"#));
    check_message(&empty.0, &empty.1, "got bytes , expected set()");
}

#[test]
fn an_expected_exception_is_compared_as_far_as_it_says() {
    let raised = |kind: Option<&str>, message: Option<&str>| {
        CallResult::Raised(Exception { kind: kind.map(str::to_owned), message: message.map(str::to_owned) })
    };
    let got = raised(Some("ValueError"), Some("too small"));
    for expected in [raised(None, None), raised(Some("ValueError"), None), got.clone()] {
        assert_eq!(check(&EXACT, &got, &expected), Ok(()));
    }
    check_message(&got, &raised(Some("KeyError"), None), "got ValueError: too small, expected KeyError");
    check_message(&got, &CallResult::Value(Value::from(3)), "got ValueError: too small, expected 3");
    check_message(&CallResult::Value(Value::from(3)), &raised(None, None), "got 3, expected any exception");
}

#[test]
fn a_large_value_is_cut_where_it_is_shown() {
    let many = Value::List(vec![Value::from(7); 50_000]);
    let long = Value::Text("é".repeat(50_000));
    for value in [many, long, Value::Bytes(vec![0; 50_000])] {
        let shown = format_value(&value);
        assert!(
            shown.ends_with('…') && shown.chars().count() <= MAX_SHOWN_CHARS + 7,
            "{}",
            shown.chars().count()
        );
    }
}

#[test]
fn a_call_is_shown_as_it_is_written() {
    let call = Call {
        function: "add".to_owned(),
        arguments: vec![Value::from(1), Value::from("x")],
        named: vec![("step".to_owned(), Value::Float(0.5))],
    };
    assert_eq!(format_call(&call), r#"add(1, "x", step=0.5)"#);
    assert_eq!(format_call(&Call { arguments: Vec::new(), ..call }), "add(step=0.5)");
}

#[test]
fn what_a_strangers_program_wrote_is_read_within_caps() {
    let caps = ValueLimits { max_bytes: 1000, max_depth: 4, max_items: 10 };
    let read = |json: &str| read(json.as_bytes(), &caps);
    assert!(read(r#"{"value":[[[1]]]}"#).is_ok());
    assert!(matches!(read(r#"{"value":[[[[1]]]]}"#), Err(ReadValueError::TooDeep(4))));
    assert!(matches!(read(r#"{"value":[1,2,3,4,5,6,7,8,9,0]}"#), Err(ReadValueError::TooManyItems(10))));
    assert!(matches!(read(&" ".repeat(1001)), Err(ReadValueError::TooLarge(1001, 1000))));
    for json in ["", "3", "{", r#"{"value":1,"raised":{}}"#, r#"{"value":{"$what":1}}"#] {
        assert!(matches!(read(json), Err(ReadValueError::Unreadable(_))), "{json}");
    }
    let deep = format!("{{\"value\":{}1{}}}", "[".repeat(400), "]".repeat(400));
    assert!(matches!(read(&deep), Err(ReadValueError::TooDeep(4))), "and no stack overflows");
}

#[test]
fn a_large_set_in_reverse_order_takes_no_quadratic_time() {
    // Quadratic, this would be 10^10 comparisons, and the runner would kill it.
    let numbers = |order: &mut dyn Iterator<Item = i64>| Value::Set(order.map(Value::from).collect());
    assert!(values_equal(&EXACT, &numbers(&mut (0..100_000).rev()), &numbers(&mut (0..100_000))));
}

#[test]
fn a_value_may_have_64_levels_in_every_encoding() {
    for (before, after) in
        [("[", "]"), (r#"{"a":"#, "}"), (r#"{"$tuple":["#, "]}"), (r#"{"$dict":[[1,"#, "]]}")]
    {
        let read = |levels: usize| {
            let json = format!("{{\"value\":{}1{}}}", before.repeat(levels), after.repeat(levels));
            read(json.as_bytes(), &ValueLimits::default())
        };
        assert!(read(63).is_ok(), "{before}: {:?}", read(63));
        for levels in [64, 65, 1000, 20_000] {
            assert!(matches!(read(levels), Err(ReadValueError::TooDeep(64))), "{before} {levels}");
        }
    }
}
