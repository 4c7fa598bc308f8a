//! Values within values, as deep as the guide promises: 64 levels, of which a map with keys that are no text takes three each in
//! the JSON in which it comes and goes.

use model::Verdict;

use crate::bench::{CallFixture, Test};

/// A map with a number for its key in another, so many of them, with a number in the innermost.
fn maps(levels: usize) -> String {
    format!("{}0{}", r#"{"$dict":[[1,"#.repeat(levels), "]]}".repeat(levels))
}

/// Checks a function `same`, which gives back what it is given, and `deeper`, which puts that into a list.
async fn check_deep_values(language: &str, code: &str) {
    let bench = CallFixture::of(language).await;
    let tried = |function: &'static str, argument: String, returned: String| {
        let call = format!(r#"{{"function":"{function}","arguments":[{argument}]}}"#);
        let test: Test = (call.leak(), format!(r#"{{"value":{returned}}}"#).leak());
        bench.call(code, test)
    };
    for levels in [42, 43, 63] {
        let same = tried("same", maps(levels), maps(levels)).await;
        assert_eq!(same.verdict, Verdict::Accepted, "{language} {levels}: {same:#?}");
    }
    let deeper = tried("deeper", maps(63), "0".to_owned()).await;
    assert_eq!(deeper.verdict, Verdict::WrongAnswer, "{language}: {deeper:#?}");
    assert!(deeper.message.contains("nested deeper than 64 levels"), "{language}: {deeper:#?}");
}

#[tokio::test]
async fn python_keeps_maps_of_64_levels() {
    check_deep_values("python", "def same(value): return value\ndef deeper(value): return [value]\n").await;
}

#[tokio::test]
async fn javascript_keeps_maps_of_64_levels() {
    check_deep_values("javascript", "const same = (value) => value;\nconst deeper = (value) => [value];\n")
        .await;
}

#[tokio::test]
async fn typescript_keeps_maps_of_64_levels() {
    let code = "function same(value: unknown) { return value; }\nfunction deeper(value: unknown) { return [value]; }\n";
    check_deep_values("typescript", code).await;
}

#[tokio::test]
async fn ruby_keeps_maps_of_64_levels() {
    check_deep_values("ruby", "def same(value) = value\ndef deeper(value) = [value]\n").await;
}

#[tokio::test]
async fn php_keeps_maps_of_64_levels() {
    let code =
        "<?php\nfunction same($value) { return $value; }\nfunction deeper($value) { return [$value]; }\n";
    check_deep_values("php", code).await;
}
