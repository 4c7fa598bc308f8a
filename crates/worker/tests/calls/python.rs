//! Python submissions: what honest ones may do, and the messages that their authors get.

use model::{CallRules, Verdict};

use crate::bench::{CallFixture, JudgedCall, Test, check_accepted};

const ADD: &str = "def add(a, b):\n    return a + b\n";

/// Checks that a function of nothing, `f`, returns this.
async fn check_return(bench: &CallFixture, body: &str, value: &str) -> JudgedCall {
    let expected: &'static str = format!(r#"{{"value":{value}}}"#).leak();
    bench.call(&format!("def f():\n    {body}\n"), (r#"{"function":"f"}"#, expected)).await
}

#[tokio::test]
async fn arguments_and_values_of_every_kind_go_in_and_come_out() {
    let same = "def same(value, *, times=1):\n    return [value] * times\n";
    let values = [
        "null",
        "true",
        "-3",
        "9223372036854775807",
        r#"{"$int":"-170141183460469231731687303715884105728"}"#,
        "3.5",
        "-0.0",
        "1e300",
        r#"{"$float":"nan"}"#,
        r#"{"$float":"-inf"}"#,
        r#""naïve 🐍 \u0000\n\"""#,
        r#"{"$bytes":"/wA="}"#,
        r#"[1,[2.5,"x"],[]]"#,
        r#"{"$tuple":[1,{"$tuple":[]}]}"#,
        r#"{"$set":[1,"a",{"$tuple":[2]}]}"#,
        r#"{"a":1,"b":{}}"#,
        r#"{"$dict":[[1,"x"],[{"$tuple":[1,2]},null]]}"#,
        r#"{"$dict":[["$int","5"]]}"#,
    ];
    let tests: Vec<Test> = values
        .iter()
        .map(|value| {
            let call = format!(r#"{{"function":"same","arguments":[{value}],"named":[["times",2]]}}"#);
            let expected = format!(r#"{{"value":[{value},{value}]}}"#);
            (&*call.leak(), &*expected.leak())
        })
        .collect();
    check_accepted("python", &[("main.py", same)], &tests).await;
}

#[tokio::test]
async fn what_looks_like_the_value_and_is_of_another_type_is_wrong() {
    let bench = CallFixture::of("python").await;
    for (body, value) in [
        ("return True", "1"),
        ("return 1", "true"),
        ("return '1'", "1"),
        ("return b'a'", r#""a""#),
        ("return (1, 2)", "[1,2]"),
        ("return [1, 2]", r#"{"$set":[1,2]}"#),
        ("return {'$set': [1]}", r#"{"$set":[1]}"#),
        ("return {'$int': '1'}", "1"),
        ("return 'nan'", r#"{"$float":"nan"}"#),
        ("return {'1': 2}", r#"{"$dict":[[1,2]]}"#),
        ("return None", "0"),
    ] {
        let tried = check_return(&bench, body, value).await;
        assert_eq!(tried.verdict, Verdict::WrongAnswer, "{body}: {tried:#?}");
    }
}

#[tokio::test]
async fn classes_of_the_standard_library_count_as_their_base_types() {
    let bench = CallFixture::of("python").await;
    for (body, value) in [
        ("import collections; return collections.Counter('aab')", r#"{"b":1,"a":2}"#),
        ("import collections; return collections.defaultdict(list, {1: [2]})", r#"{"$dict":[[1,[2]]]}"#),
        ("import collections; return collections.namedtuple('P', 'x y')(1, 2)", r#"{"$tuple":[1,2]}"#),
        ("import enum; return enum.IntEnum('E', 'A B').B", "2"),
        ("return frozenset({1})", r#"{"$set":[1]}"#),
        ("return bytearray(b'a')", r#"{"$bytes":"YQ=="}"#),
        ("return 3.0", "3"),
        ("return 3", "3.0"),
    ] {
        let tried = check_return(&bench, body, value).await;
        assert_eq!(tried.verdict, Verdict::Accepted, "{body}: {tried:#?}");
    }
}

#[tokio::test]
async fn what_cannot_be_compared_is_said_by_name() {
    let bench = CallFixture::of("python").await;
    for (body, wrong) in [
        ("return object()", "returned a value of type object, which cannot be compared"),
        (
            "return (n for n in [1])",
            "of type generator, which cannot be compared; make a list of it, with list(...)",
        ),
        ("return range(3)", "of type range, which cannot be compared; make a list of it"),
        ("import decimal; return [decimal.Decimal(1)]", "of type Decimal, which cannot be compared"),
        ("return f", "of type function"),
        ("a = []; a.append(a); return a", "nested deeper than 64 levels, or contains itself"),
        ("return [0] * 200_000", "more than 100,000 values in one"),
        ("return chr(0xd800)", "a lone surrogate"),
        ("import os; os._exit(0)", "the program ended before the function returned"),
    ] {
        let tried = check_return(&bench, body, "1").await;
        assert_eq!(tried.verdict, Verdict::WrongAnswer, "{body}: {tried:#?}");
        assert!(tried.message.contains(wrong), "{body}: {tried:#?}");
    }
    for (call, wrong) in [
        (r#"{"function":"g"}"#, "there is no function g in main.py"),
        (r#"{"function":"n"}"#, "n is no function, but a value of type int"),
    ] {
        let tried = bench.call("n = 1\n", (call, r#"{"value":1}"#)).await;
        assert_eq!((tried.verdict, tried.message.as_str()), (Verdict::WrongAnswer, wrong));
    }
}

#[tokio::test]
async fn a_traceback_shows_the_students_file_and_none_of_ours() {
    let bench = CallFixture::of("python").await;
    let code = "def half(n):\n    return n / 0\n\n\ndef f(n):\n    return half(n)\n";
    let tried = bench.call(code, (r#"{"function":"f","arguments":[1]}"#, r#"{"value":1}"#)).await;
    assert_eq!(tried.verdict, Verdict::RuntimeError);
    assert_eq!(tried.message, "got ZeroDivisionError: division by zero, expected 1");
    let lines = ["File \"/box/main.py\", line 6, in f", "return half(n)", "line 2, in half", "return n / 0"];
    assert!(lines.iter().all(|line| tried.stderr.contains(line)), "{}", tried.stderr);
    assert_eq!(tried.stderr.matches("File ").count(), 2, "{}", tried.stderr);
    let tried = bench.call(ADD, (r#"{"function":"add","arguments":[1]}"#, r#"{"value":1}"#)).await;
    assert_eq!(tried.stderr, "TypeError: add() missing 1 required positional argument: 'b'\n");
}

#[tokio::test]
async fn a_submission_that_does_not_load_fails_as_a_program_would() {
    let bench = CallFixture::of("python").await;
    for (code, stderr) in [
        ("import nothing_like_it\n", "line 1, in <module>"),
        ("def add(a, b)\n    return a\n", "SyntaxError: expected ':'"),
        ("raise SystemExit(3)\n", ""),
        ("input()\n", "EOFError"),
    ] {
        let tried = bench.call(code, (r#"{"function":"add"}"#, r#"{"raised":{}}"#)).await;
        assert_eq!(tried.verdict, Verdict::RuntimeError, "{code}: {tried:#?}");
        assert!(tried.stderr.contains(stderr) && tried.stderr.matches("File ").count() < 2, "{tried:#?}");
    }
}

#[tokio::test]
async fn exceptions_are_expected_by_name_and_message_or_not_at_all() {
    let code = "class Own(Exception):\n    pass\n\n\ndef f(kind):\n    raise eval(kind)('no')\n";
    let call = |kind: &str| &*format!(r#"{{"function":"f","arguments":["{kind}"]}}"#).leak();
    let tests = [
        (call("ValueError"), r#"{"raised":{"kind":"ValueError","message":"no"}}"#),
        (call("Own"), r#"{"raised":{"kind":"Own"}}"#),
        (call("SystemExit"), r#"{"raised":{"kind":"SystemExit"}}"#),
        (call("nothing"), r#"{"raised":{"kind":"NameError"}}"#),
        (call("Own"), r#"{"raised":{}}"#),
    ];
    check_accepted("python", &[("main.py", code)], &tests).await;
    let bench = CallFixture::of("python").await;
    let other = bench.call(code, (call("KeyError"), r#"{"raised":{"kind":"LookupError"}}"#)).await;
    assert_eq!(
        (other.verdict, other.message.as_str()),
        (Verdict::WrongAnswer, "got KeyError: 'no', expected LookupError")
    );
}

#[tokio::test]
async fn printed_output_is_separate_from_the_returned_value() {
    let code = "print('loading', end='')\n\n\ndef add(a, b):\n    print('\\nadding')\n    return a + b\n\n\n\
                if __name__ == '__main__':\n    print('not this')\n";
    let bench = CallFixture::of("python").await;
    let tried = bench.call(code, (r#"{"function":"add","arguments":[1,2]}"#, r#"{"value":3}"#)).await;
    assert_eq!(
        (tried.verdict, tried.stdout.as_str()),
        (Verdict::Accepted, "loading\nadding\n"),
        "{tried:#?}"
    );
}

/// Each of these does something that a careless harness would stumble over.
#[tokio::test]
async fn honest_submissions_may_do_odd_things() {
    let odd = [
        "import sys\nsys.stdout = open('out', 'w')\nprint('elsewhere')\n",
        "import os\nos.close(1)\n",
        "import sys, io\nsys.stdout = io.StringIO()\n",
        "import sys\nsys.setrecursionlimit(100)\n",
        "import sys\nsys.set_int_max_str_digits(640)\n",
        "import threading, time\nthreading.Thread(target=lambda: time.sleep(60)).start()\n",
        "import atexit\natexit.register(print, 'bye')\n",
        "import builtins\ndel builtins.open\n",
        "len = sum = list = type = print = None\n",
        "import os\nos.chdir('/tmp')\n",
        "from dataclasses import dataclass\n\n\n@dataclass\nclass Point:\n    x: int = 0\n",
        "import pickle\n\n\nclass P:\n    pass\n\n\npickle.loads(pickle.dumps(P()))\n",
        "assert 'def add' in open(__file__).read()\n",
        "import main\n",
        "import inspect\n\n\ndef g():\n    return 1\n\n\nassert 'return 1' in inspect.getsource(g)\n",
        "\u{feff}# coding: utf-8\nfrom __future__ import annotations\n",
    ];
    let bench = CallFixture::of("python").await;
    for code in odd {
        let code = format!("{code}\n\n{ADD}");
        let test = (
            r#"{"function":"add","arguments":[{"$int":"99999999999999999999"},1]}"#,
            r#"{"value":{"$int":"100000000000000000000"}}"#,
        );
        let tried = bench.call(&code, test).await;
        assert_eq!(tried.verdict, Verdict::Accepted, "{code}: {tried:#?}");
    }
}

#[tokio::test]
async fn a_submission_may_have_several_files_with_any_names() {
    let test = (r#"{"function":"add","arguments":[1,2]}"#, r#"{"value":3}"#);
    for files in [
        [("solve.py", "from main import add\n"), ("main.py", ADD)],
        [("main.py", "from json import add\n"), ("json.py", ADD)],
        [("main.py", "from os_ import add\nimport json\nassert json.loads('1') == 1\n"), ("os_.py", ADD)],
        [("binascii.py", ADD), ("main.py.submitted", "")],
    ] {
        check_accepted("python", &files, &[test]).await;
    }
}

#[tokio::test]
async fn floats_may_be_off_by_the_tolerance() {
    let bench = CallFixture::of("python").await;
    let rules = CallRules { relative: None, absolute: Some(1e-6) };
    let test = (r#"{"function":"add","arguments":[0.1,0.2]}"#, r#"{"value":0.3}"#);
    let files = [("main.py", ADD)];
    assert_eq!(bench.call_within(&rules, &files, test).await.verdict, Verdict::Accepted);
    assert_eq!(bench.call(ADD, test).await.verdict, Verdict::WrongAnswer);
}

#[tokio::test]
async fn a_call_is_made_by_a_python_that_was_started_ahead() {
    let bench = CallFixture::of("python").await;
    // Only what was imported before a fork is out of the collector's sight.
    let code = "import gc\n\n\ndef f():\n    return gc.get_freeze_count() > 0\n";
    let look = async || {
        let verdicts =
            bench.judge_calls(&[("main.py", code)], &[(r#"{"function":"f"}"#, r#"{"value":true}"#)]).await;
        (verdicts == [Verdict::Accepted]).then_some(())
    };
    testkit::eventually("a fork", std::time::Duration::from_secs(10), look).await;
}
