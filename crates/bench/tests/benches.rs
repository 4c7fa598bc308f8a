//! Bench smoke tests: every bench runs in a small size without errors. Speed is measured only on an idle
//! machine.

use std::path::Path;

use serde_json::Value;
use testkit::Invocation;

/// Runs a benchmark and returns its report, which must contain no errors.
async fn run_benchmark(args: &[&str]) -> Value {
    // Each bench starts the server that lies beside it.
    let server = testkit::binary();
    let program = Path::new(env!("CARGO_BIN_EXE_coderunner-bench"));
    assert_eq!(program.parent(), server.parent());
    let ended = Invocation::of_program(program, args).output().await;
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    serde_json::from_str(&ended.stdout).expect("JSON")
}

fn number(found: &Value, pointer: &str) -> f64 {
    let number = found.pointer(pointer).and_then(Value::as_f64);
    number.unwrap_or_else(|| panic!("no number at {pointer}: {found:#}"))
}

#[tokio::test]
async fn a_small_class_gets_all_its_results_and_waiting_clients_are_notified() {
    let class = ["class", "--json", "--students", "20", "--per-minute", "30", "--minutes", "0.1"];
    let found = run_benchmark(&[&class[..], &["--waiting", "40"]].concat()).await;
    assert_eq!(found.pointer("/lessons/errors"), Some(&serde_json::json!({})));
    // Sixty on average; the same each time, since chance has a seed.
    assert!(number(&found, "/lessons/runs") >= 40.0, "{found:#}");
    for heard in ["/waited/oneByOne/heard", "/waited/atOnce/heard"] {
        assert!((number(&found, heard) - 40.0).abs() < 0.5, "{heard}: {found:#}");
    }
}

#[tokio::test]
async fn the_queue_takes_submissions_and_jobs_without_an_error() {
    let found =
        run_benchmark(&["queue", "--json", "--rounds", "1", "--window-ms", "200", "--clients", "8"]).await;
    check_rates(&found, 5);
}

#[tokio::test]
async fn a_queue_on_redis_takes_jobs_without_an_error() {
    let found =
        run_benchmark(&["queue", "--json", "--engine", "redis", "--rounds", "1", "--window-ms", "200"]).await;
    check_rates(&found, 3);
}

fn check_rates(found: &Value, rates: usize) {
    assert_eq!(found.pointer("/rates").and_then(Value::as_array).map(Vec::len), Some(rates), "{found:#}");
    for rate in 0..rates {
        assert!(number(found, &format!("/rates/{rate}/perSecond")) > 0.0, "{found:#}");
    }
    assert!(number(found, "/waits/0/runs") > 0.0, "{found:#}");
}
