//! JavaScript and TypeScript submissions: what honest ones may do, and the messages that their authors get.

use model::Verdict;

use crate::bench::{CallFixture, Test, check_accepted};

const ADD: Test = (r#"{"function":"add","arguments":[1,2]}"#, r#"{"value":3}"#);

#[tokio::test]
async fn arguments_and_values_go_in_and_come_out() {
    let same = "const same = (value) => [value];\n";
    let values = [
        ("null", "null"),
        ("true", "true"),
        ("-3", "-3"),
        ("3.0", "3"),
        ("9007199254740993", r#"{"$int":"9007199254740993"}"#),
        (
            r#"{"$int":"-170141183460469231731687303715884105728"}"#,
            r#"{"$int":"-170141183460469231731687303715884105728"}"#,
        ),
        ("-0.0", "0"),
        ("1e300", "1e300"),
        (r#"{"$float":"nan"}"#, r#"{"$float":"nan"}"#),
        (r#""naïve 🐢 \u0000\n\" 12345678901234567890""#, r#""naïve 🐢 \u0000\n\" 12345678901234567890""#),
        (r#"{"$bytes":"/wA="}"#, r#"{"$bytes":"/wA="}"#),
        (r#"{"$tuple":[1,[2.5]]}"#, "[1,[2.5]]"),
        (r#"{"$set":[1,"a"]}"#, r#"{"$set":["a",1]}"#),
        (r#"{"a":1,"b":{}}"#, r#"{"b":{},"a":1}"#),
        (r#"{"$dict":[[1,"x"]]}"#, r#"{"$dict":[[1,"x"]]}"#),
    ];
    let tests: Vec<Test> = values
        .iter()
        .map(|(given, got)| {
            let call = format!(r#"{{"function":"same","arguments":[{given}]}}"#);
            let expected = format!(r#"{{"value":[{got}]}}"#);
            (&*call.leak(), &*expected.leak())
        })
        .collect();
    check_accepted("javascript", &[("main.js", same)], &tests).await;
}

#[tokio::test]
async fn a_function_is_found_however_it_is_written() {
    let bench = CallFixture::of("javascript").await;
    for code in [
        "function add(a, b) { return a + b; }",
        "const add = (a, b) => a + b; // the end",
        "let add = function (a, b) { return a + b; }",
        "async function add(a, b) { return a + b; }",
        "exports.add = (a, b) => a + b;",
        "module.exports = { add: (a, b) => a + b };",
        "module.exports = function add(a, b) { return a + b; };",
        "export function add(a, b) { return a + b; }",
        "export default { add: (a, b) => a + b };",
        "'use strict';\nconst { sum } = { sum: (a, b) => a + b };\nvar add = sum;",
        "#!/usr/bin/env node\nfunction add(a, b) { return a + b; }\nif (require.main === module) process.exit(1);",
        "setInterval(() => {}, 1000); function add(a, b) { return a + b; }",
        "process.on('exit', () => console.log('bye')); function add(a, b) { return a + b; }",
        "const add = (a, b) => new Promise((done) => setTimeout(() => done(a + b), 10));",
    ] {
        let tried = bench.call(code, ADD).await;
        assert_eq!(tried.verdict, Verdict::Accepted, "{code}: {tried:#?}");
    }
}

#[tokio::test]
async fn what_cannot_be_compared_is_said_by_name() {
    let bench = CallFixture::of("javascript").await;
    for (body, wrong) in [
        (
            "class Point {}; return new Point();",
            "returned an object of class Point, which cannot be compared",
        ),
        ("return new Date();", "an object of class Date"),
        ("return [1, 2][Symbol.iterator]();", "make an array of it, with [...value]"),
        ("return () => 1;", "returned a function, which cannot be compared"),
        ("const a = []; a.push(a); return a;", "or contains itself"),
        ("return new Array(200000).fill(0);", "more than 100000 values"),
        ("return '\\ud800';", "a lone surrogate"),
        ("process.exit(0);", "the program ended before the function returned"),
        ("return true;", "got true, expected 3"),
    ] {
        let tried = bench.call(&format!("function add() {{ {body} }}"), ADD).await;
        assert_eq!(tried.verdict, Verdict::WrongAnswer, "{body}: {tried:#?}");
        assert!(tried.message.contains(wrong), "{body}: {tried:#?}");
    }
    let tried = bench.call("function sub() {}", ADD).await;
    assert_eq!(tried.message, "there is no function add in main.js");
}

#[tokio::test]
async fn what_is_thrown_is_a_run_time_error_unless_it_is_expected() {
    let bench = CallFixture::of("javascript").await;
    let code = "const half = (n) => n.a.b;\nfunction add(a) {\n  return half(a);\n}\n";
    let tried = bench.call(code, ADD).await;
    assert_eq!(tried.verdict, Verdict::RuntimeError, "{tried:#?}");
    assert!(
        tried.stderr.contains("main.js:1:") && tried.stderr.contains("at add (/box/main.js:3:"),
        "{tried:#?}"
    );
    assert_eq!(tried.stderr.matches("\n    at ").count(), 2, "{}", tried.stderr);
    let expected = (ADD.0, r#"{"raised":{"kind":"TypeError"}}"#);
    assert_eq!(bench.call(code, expected).await.verdict, Verdict::Accepted);
    let own = "class Own extends Error {}\nasync function add() { throw new Own('no'); }";
    let expected = (ADD.0, r#"{"raised":{"kind":"Own","message":"no"}}"#);
    assert_eq!(bench.call(own, expected).await.verdict, Verdict::Accepted);
    let broken = bench.call("function add( {\n}\n", expected).await;
    assert_eq!(broken.verdict, Verdict::RuntimeError);
    assert!(broken.stderr.contains("/box/main.js:") && broken.stderr.contains("SyntaxError"), "{broken:#?}");
}

#[tokio::test]
async fn printed_output_is_separate_from_the_returned_value() {
    let code =
        "console.log('loading');\nfunction add(a, b) { process.stdout.write('adding'); return a + b; }\n";
    let tried = CallFixture::of("javascript").await.call(code, ADD).await;
    assert_eq!((tried.verdict, tried.stdout.as_str()), (Verdict::Accepted, "loading\nadding"), "{tried:#?}");
}

#[tokio::test]
async fn a_submission_in_typescript_is_compiled_and_called() {
    let plain = "function add(a: number, b: number): number {\n  return a + b;\n}\n";
    check_accepted("typescript", &[("main.ts", plain)], &[ADD]).await;
    let parts = [
        (
            "solve.ts",
            "import { sum } from './sum';\nexport const add = (a: number, b: number): number => sum([a, b]);\n",
        ),
        ("sum.ts", "export const sum = (all: number[]): number => all.reduce((a, b) => a + b, 0);\n"),
    ];
    check_accepted("typescript", &parts, &[ADD]).await;
}

#[tokio::test]
async fn an_error_in_typescript_names_its_line_there() {
    let code = "interface Pair { a: number }\n\nfunction add(pair: Pair): number {\n  return (pair as any).b.c;\n}\n";
    let tried = CallFixture::of("typescript").await.call(code, ADD).await;
    assert_eq!(tried.verdict, Verdict::RuntimeError, "{tried:#?}");
    assert!(tried.stderr.contains("main.ts:4"), "{}", tried.stderr);
    assert!(!tried.stderr.contains("coderunner"), "{}", tried.stderr);
}
