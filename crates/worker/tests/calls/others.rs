//! Languages with a harness of their own that nobody else shares: Ruby and PHP.

use model::Verdict;

use crate::bench::{CallFixture, Test, check_accepted};

const ADD: Test = (r#"{"function":"add","arguments":[1,2]}"#, r#"{"value":3}"#);

/// Checks that a function `same` gives back what it is given: these and those that all languages know.
async fn check_round_trip(language: &str, same: (&str, &str), own: &[&str]) {
    let common = [
        "null",
        "true",
        "-3",
        "9223372036854775807",
        "3.5",
        "-0.0",
        "1e300",
        r#"{"$float":"nan"}"#,
        r#"{"$float":"-inf"}"#,
        r#""naïve \u0000\n\" $x #{1} 12345678901234567890""#,
        r#"{"$bytes":"/wA="}"#,
        r#"[1,[2.5,"x"],[]]"#,
        r#"{"a":1,"b":[]}"#,
        r#"{"$dict":[[1,"x"],["a",null]]}"#,
        r#"{"$dict":[["$int","5"]]}"#,
    ];
    let test = |value: &&str| -> Test {
        let call = format!(r#"{{"function":"same","arguments":[{value}]}}"#);
        (call.leak(), format!(r#"{{"value":[{value}]}}"#).leak())
    };
    let tests: Vec<Test> = common.iter().chain(own).map(test).collect();
    check_accepted(language, &[same], &tests).await;
}

/// Checks what is said of a function `add` with this in it.
async fn check_messages(language: &str, code: impl Fn(&str) -> String, cases: &[(&str, &str)]) {
    let bench = CallFixture::of(language).await;
    for (body, wrong) in cases {
        let tried = bench.call(&code(body), ADD).await;
        assert_eq!(tried.verdict, Verdict::WrongAnswer, "{body}: {tried:#?}");
        assert!(tried.message.contains(wrong), "{body}: {tried:#?}");
    }
}

#[tokio::test]
async fn values_round_trip_through_ruby() {
    let own = [
        r#"{"$int":"-170141183460469231731687303715884105728"}"#,
        r#"{"$set":[1,"a"]}"#,
        r#"{"$dict":[[[1],{}]]}"#,
    ];
    check_round_trip("ruby", ("main.rb", "def same(value) = [value]\n"), &own).await;
}

#[tokio::test]
async fn values_round_trip_through_php() {
    check_round_trip("php", ("main.php", "<?php\nfunction same($value) { return [$value]; }\n"), &[]).await;
}

#[tokio::test]
async fn methods_in_ruby_are_found_and_called() {
    let main = (
        "main.rb",
        "require_relative 'parts'\nputs 'hi'\ndef add(a, b) = sum([a, b])\nexit(1) if __FILE__ == $0\n",
    );
    check_accepted("ruby", &[main, ("parts.rb", "def sum(all) = all.sum\n")], &[ADD]).await;
    let module = "module Shapes\n  def self.area(w, h: 1) = w * h\nend\ndef fail_with(text) = raise(ArgumentError, text)\n";
    let tests = [
        (r#"{"function":"Shapes.area","arguments":[3],"named":[["h",2]]}"#, r#"{"value":6}"#),
        (
            r#"{"function":"fail_with","arguments":["no"]}"#,
            r#"{"raised":{"kind":"ArgumentError","message":"no"}}"#,
        ),
    ];
    check_accepted("ruby", &[("main.rb", module)], &tests).await;
}

#[tokio::test]
async fn functions_in_php_are_found_and_called() {
    let code = "<?php\necho 'hi';\n$base = 0;\nfunction add($a, $b) { global $base; return $base + $a + $b; }\n\
                class Shapes { static function area($w, $h = 1) { return $w * $h; } }\n\
                function fail($text) { throw new InvalidArgumentException($text); }\n";
    let tests = [
        ADD,
        (r#"{"function":"Shapes.area","arguments":[3],"named":[["h",2]]}"#, r#"{"value":6}"#),
        (
            r#"{"function":"fail","arguments":["no"]}"#,
            r#"{"raised":{"kind":"InvalidArgumentException","message":"no"}}"#,
        ),
    ];
    check_accepted("php", &[("main.php", code)], &tests).await;
}

#[tokio::test]
async fn what_cannot_be_compared_in_ruby_is_said_by_name() {
    let code = |body: &str| format!("class Point; end\ndef add(a, b)\n  {body}\nend\n");
    let cases = [
        ("Point.new", "returned an object of class Point, which cannot be compared"),
        ("(1..3)", "an object of class Range, which cannot be compared; make an array of it, with to_a"),
        ("a = []; a << a", "or contains itself"),
        ("exit! 0", "the program ended before the function returned"),
        ("true", "got true, expected 3"),
        ("puts 3", "got null, expected 3"),
    ];
    check_messages("ruby", code, &cases).await;
    check_messages("ruby", |_| "def sub; end\n".to_owned(), &[("", "there is no method add in main.rb")])
        .await;
}

#[tokio::test]
async fn what_cannot_be_compared_in_php_is_said_by_name() {
    let code = |body: &str| format!("<?php\nclass Point {{}}\nfunction add($a, $b) {{ {body} }}\n");
    let cases = [
        ("return new Point();", "returned an object of class Point, which cannot be compared"),
        ("yield 3;", "an object of class Generator, which cannot be compared; make an array of it"),
        ("$a = []; $a[0] = &$a; return $a;", "or contains itself"),
        ("exit(0);", "the program ended before the function returned"),
        ("return true;", "got true, expected 3"),
        ("echo 3;", "got null, expected 3"),
    ];
    check_messages("php", code, &cases).await;
    check_messages("php", |_| "<?php\n".to_owned(), &[("", "there is no function add in main.php")]).await;
}

#[tokio::test]
async fn errors_in_ruby_and_php_name_the_students_file_and_none_of_ours() {
    let ruby = "def half(n)\n  n / 0\nend\n\ndef add(a, b)\n  half(a)\nend\n";
    let php = "<?php\nfunction half($n) {\n  return intdiv($n, 0);\n}\nfunction add($a, $b) {\n  return half($a);\n}\n";
    for (language, code, lines) in [
        ("ruby", ruby, ["/box/main.rb:2:in", "/box/main.rb:6:in `add'"]),
        ("php", php, ["Division by zero in /box/main.php:3", "half() called at /box/main.php:6"]),
    ] {
        let bench = CallFixture::of(language).await;
        let tried = bench.call(code, ADD).await;
        assert_eq!(tried.verdict, Verdict::RuntimeError, "{tried:#?}");
        assert!(lines.iter().all(|line| tried.stderr.contains(line)), "{}", tried.stderr);
        assert!(!tried.stderr.to_lowercase().contains("coderunner"), "{}", tried.stderr);
        let broken = bench.call(&code.replacen("half(", "half(((", 1), ADD).await;
        assert_eq!(broken.verdict, Verdict::RuntimeError, "{broken:#?}");
        assert!(broken.stderr.contains("/box/main."), "{}", broken.stderr);
    }
}
