//! Grading on a real server: from a package in a folder to a result over HTTP.

use std::{fs, time::Duration};

use serde_json::Value;
use testkit::{Client, Setup, grade_request};
use wire::{
    GradingBody, JobStatusName, PublicTestBody, ReadinessBody, ResultBody, TestResultBody, VerdictName,
};

const PATIENCE: Duration = Duration::from_secs(30);

const ADD: &str = "title: Add two numbers\nlimits: {time: 1}\n\
    tests:\n  - input: 1 2\n    output: '3'\n  - input: 20 22\n    output: '42'\n    hint: Read both numbers.\n\
    hidden_tests:\n  - input: 5 5\n    output: '10'\n  - input: 0 0\n    output: '0'\n";
const RIGHT: &str = "print(sum(map(int, input().split())))";

fn setup() -> Setup {
    Setup::default().with_content("problems/add/problem.yaml", ADD)
}

#[track_caller]
fn judgement(job: &ResultBody) -> &GradingBody {
    assert_eq!(job.status, JobStatusName::Completed, "{job:?}");
    job.grading.as_ref().unwrap_or_else(|| panic!("was not judged: {job:?}"))
}

/// Public tests and hidden ones that were passed, in order.
fn passed_tests(grading: &GradingBody) -> Vec<(bool, bool)> {
    let seen = |test: &TestResultBody| match test {
        TestResultBody::Public(test) => (false, test.passed),
        TestResultBody::Hidden(test) => (test.hidden, test.passed),
    };
    grading.test_results.iter().map(seen).collect()
}

#[track_caller]
fn public(grading: &GradingBody, place: usize) -> &PublicTestBody {
    match &grading.test_results[place] {
        TestResultBody::Public(test) => test,
        TestResultBody::Hidden(_) => panic!("{place} is hidden"),
    }
}

/// Submits a program to be judged and checks the result.
async fn check(
    client: &Client,
    (language, code): (&str, &str),
    verdict: VerdictName,
    passed: u32,
) -> ResultBody {
    let job = client.grade(&grade_request("add", language, code)).await;
    let grading = judgement(&job);
    assert_eq!((grading.verdict, grading.passed, grading.total), (verdict, passed, 4), "{code}: {job:?}");
    assert!(job.run.is_none() && job.artifacts.is_empty(), "{job:?}");
    job
}

#[tokio::test]
async fn programs_get_the_verdicts_that_they_deserve() {
    let server = setup().start().await;
    let client = server.client();
    let python = |code| ("python", code);
    let job = check(client, python(RIGHT), VerdictName::Accepted, 4).await;
    let grading = judgement(&job);
    assert_eq!(passed_tests(grading), [(false, true), (false, true), (true, true), (true, true)]);
    assert!((grading.score, grading.pass_rate) == (100.0, 100.0) && grading.max_score == Some(100.0));
    let most = grading.peak_usage.expect("public tests were run");
    assert!(job.time == Some(most.wall_ms) && most.memory_bytes > 0 && job.compile.is_none(), "{job:?}");
    assert_eq!(public(grading, 0).input, "1 2\n");

    let job = check(client, python("print(3)"), VerdictName::WrongAnswer, 1).await;
    let test = public(judgement(&job), 1);
    assert_eq!((test.expected.as_str(), test.actual.as_str(), test.passed), ("42\n", "3\n", false));
    assert!(test.message.is_some() && test.diff.is_some() && test.cpu_ms.is_some(), "{test:?}");
    assert_eq!(test.hint.as_deref(), Some("Read both numbers."));
    assert_eq!(public(judgement(&job), 0).hint, None, "it was passed");

    check(client, python("1 / 0"), VerdictName::RuntimeError, 0).await;
    check(client, python("while True: pass"), VerdictName::TimeLimit, 0).await;
    check(client, python("while True: print('x' * 1000)"), VerdictName::OutputLimit, 0).await;

    let job = check(client, ("c", "int main(void) { retrun 0; }"), VerdictName::CompileError, 0).await;
    let compile = job.compile.as_ref().expect("was compiled");
    assert!(!compile.ok && compile.output.contains("retrun"), "{compile:?}");
    assert_eq!(job.output, compile.output);
    let code =
        "#include <stdio.h>\nint main(void) { int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\\n\", a + b); }";
    check(client, ("c", code), VerdictName::Accepted, 4).await;
}

#[tokio::test]
async fn perl_code_that_exits_while_it_is_compiled_has_no_syntax_error() {
    let server = setup().start().await;
    let client = server.client();
    let exits = "BEGIN { print STDERR \"no\\n\"; exit 255 }\nprint 3;";
    check(client, ("perl", exits), VerdictName::RuntimeError, 0).await;
    check(client, ("perl", "CHECK { warn 'no'; exit(255) }\nprint 3;"), VerdictName::RuntimeError, 0).await;
    check(client, ("perl", "print 3 print;"), VerdictName::CompileError, 0).await;
    let right = "my ($a, $b) = split ' ', <STDIN>; print $a + $b, \"\\n\"; exit 0;";
    check(client, ("perl", right), VerdictName::Accepted, 4).await;
}

#[tokio::test]
async fn a_python_program_that_prints_its_stack_sees_no_file_of_ours() {
    let server = setup().start().await;
    let code = "import faulthandler, sys, traceback\nfaulthandler.dump_traceback(sys.stdout)\n\
                sys.stdout.flush()\ntraceback.print_stack(file=sys.stdout)";
    let job = server.client().grade(&grade_request("add", "python", code)).await;
    // The second is forked from a guest that has read the program.
    for place in [0, 1] {
        let stack = &public(judgement(&job), place).actual;
        assert!(stack.contains("main.py\", line 2 in <module>"), "{stack}");
        assert!(!stack.contains("sitecustomize") && !stack.contains("coderunner"), "{stack}");
    }
}

#[tokio::test]
async fn public_tests_are_published_one_by_one_and_hidden_ones_together() {
    let server = setup().start().await;
    let client = server.client();
    let code = format!("import time\ntime.sleep(0.2)\n{RIGHT}");
    let id = client.submit_to_grade(&grade_request("add", "python", &code)).await;
    let events = client.follow(&id, None).await.rest().await;
    let told: Vec<_> = events.iter().filter(|event| event.name != "queued").collect();
    let names: Vec<_> = told.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["started", "test", "test", "test", "test", "finished"]);
    for (index, event) in told[1..5].iter().enumerate() {
        let expected = serde_json::json!({"index": index, "passed": true, "hidden": index >= 2});
        assert_eq!(event.data, expected);
    }
    let between = |earlier: usize, later: usize| told[later].at - told[earlier].at;
    assert!(between(1, 2) > Duration::from_millis(150), "as they are judged");
    assert!(between(2, 3) > Duration::from_millis(350), "both hidden tests were over");
    assert!(between(3, 4) < Duration::from_millis(150), "together");
    assert_eq!(told[5].result(), client.result(&id).await);
    let rest = client.follow(&id, Some(told[2].id)).await.rest().await;
    let ids: Vec<_> = rest.iter().map(|event| event.id).collect();
    assert_eq!(ids, told[3..].iter().map(|event| event.id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_grading_is_stopped_between_its_tests_and_within_one() {
    let server = setup().start().await;
    let client = server.client();
    let code = "import time\ntime.sleep(2.5)";
    let id = client.submit_to_grade(&grade_request("add", "python", code)).await;
    client.follow(&id, None).await.next_named("started").await;
    client.cancel(&id).await.expect(202);
    let job = client.wait_for_result(&id).await;
    assert!(job.status == JobStatusName::Cancelled && job.grading.is_none(), "{job:?}");
    server.wait_for_no_guests(PATIENCE).await;
}

#[tokio::test]
async fn a_job_is_judged_by_the_version_of_its_problem_at_acceptance() {
    let mut server = Setup { slots: 1, ..setup() }.start().await;
    let hold = server.client().submit(&testkit::bash("sleep 30")).await;
    server.client().follow(&hold, None).await.next_named("started").await;
    let id = server.client().submit_to_grade(&grade_request("add", "python", RIGHT)).await;
    server.kill().await;
    server.write_content("problems/add/problem.yaml", ADD.replace("'10'", "'11'").as_bytes());
    server.restart().await;
    let client = server.client();
    client.cancel(&hold).await;
    assert_eq!(judgement(&client.wait_for_result(&id).await).verdict, VerdictName::Accepted);
    check(client, ("python", RIGHT), VerdictName::WrongAnswer, 3).await;
}

#[tokio::test]
async fn a_grading_outlives_the_death_of_the_server() {
    let mut server = setup().start().await;
    let code = format!("import time\ntime.sleep(0.3)\n{RIGHT}");
    let id = server.client().submit_to_grade(&grade_request("add", "python", &code)).await;
    server.client().follow(&id, None).await.next_named("test").await;
    server.kill().await;
    server.restart().await;
    let job = server.client().wait_for_result(&id).await;
    assert_eq!((judgement(&job).passed, job.attempt), (4, 2), "{job:?}");
}

#[tokio::test]
async fn large_tests_come_from_objects() {
    let numbers = "7 ".repeat(20_000);
    let server = Setup::default()
        .with_content("many/problem.yaml", "title: Many\n")
        .with_content("many/tests/1.in", "1 2\n")
        .with_content("many/tests/1.out", "3\n")
        .with_content("many/tests/hidden/1.in", numbers)
        .with_content("many/tests/hidden/1.out", "140000\n")
        .start()
        .await;
    // Twice: fetched, and kept.
    for _ in 0..2 {
        let job = server.client().grade(&grade_request("many", "python", RIGHT)).await;
        assert_eq!((judgement(&job).verdict, judgement(&job).total), (VerdictName::Accepted, 2), "{job:?}");
    }
    let objects = server.data().join("objects");
    let count = |folder: &str| fs::read_dir(objects.join(folder)).expect("is there").count();
    assert_eq!((count("suites"), count("tests")), (1, 1));
}

#[tokio::test]
async fn what_it_is_judged_by_being_lost_is_our_fault_and_no_verdict() {
    let server = setup().start().await;
    fs::remove_dir_all(server.data().join("objects/suites")).expect("is removed");
    let job = server.client().grade(&grade_request("add", "python", RIGHT)).await;
    assert!(job.status == JobStatusName::Failed && job.grading.is_none() && job.error.is_some(), "{job:?}");
    assert_eq!(job.attempt, 3, "it was tried again");
}

#[tokio::test]
async fn time_for_all_tests_runs_out_and_only_a_slow_program_is_blamed() {
    let tests = "  - input: 1 2\n    output: '3'\n".repeat(30);
    let many = format!("title: Many\nlimits: {{time: 0.5}}\nhidden_tests:\n{tests}");
    let server = Setup::default()
        .with_content("many/problem.yaml", many)
        .config("[grading]\nmax_seconds = 5\n")
        .start()
        .await;
    let judged = async |code: &str| server.client().grade(&grade_request("many", "python", code)).await;
    let job = judged(&format!("import time\ntime.sleep(0.4)\n{RIGHT}")).await;
    assert_eq!(job.status, JobStatusName::Failed, "{job:?}");
    assert!(job.error.as_ref().is_some_and(|error| error.contains("grading.max_seconds")), "{job:?}");
    let job = judged("while True: pass").await;
    let grading = judgement(&job);
    assert_eq!((grading.verdict, grading.passed, grading.total), (VerdictName::TimeLimit, 0, 30), "{job:?}");
}

#[tokio::test]
async fn a_broken_package_is_reported_and_the_others_are_served() {
    let server = setup()
        .with_content(
            "problems/broken/problem.yaml",
            "title: Broken\nlimits: {time: fast}\ntests:\n  - input: a\n    output: b\n",
        )
        .start()
        .await;
    let ready: ReadinessBody = server.client().get("/ready").await.expect(200).parse();
    let note = ready.notes.iter().find(|note| note.contains("1 problem package cannot be used"));
    assert!(note.is_some_and(|note| !note.contains("broken")), "{:?}", ready.notes);
    let log = server.log();
    assert!(log.contains("problems/broken") && log.contains("limits.time"), "{log}");
    let listed: Value = server.client().get("/api/problems").await.expect(200).json();
    assert_eq!(listed["problems"].as_array().map(Vec::len), Some(1), "{listed}");
    check(server.client(), ("python", RIGHT), VerdictName::Accepted, 4).await;
}

#[tokio::test]
async fn a_folder_of_problems_can_be_named() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("add")).expect("a folder");
    fs::write(folder.path().join("add/problem.yaml"), ADD).expect("a file");
    let flags = vec!["--content".to_owned(), folder.path().display().to_string()];
    let server = Setup { flags, ..Setup::default() }.start().await;
    check(server.client(), ("python", RIGHT), VerdictName::Accepted, 4).await;
}

#[tokio::test]
async fn a_function_is_called_and_languages_without_that_are_refused() {
    let double = "title: Double\ntests:\n  - call: double(2)\n    returns: 4\nhidden_tests:\n  - call: double(21)\n    returns: 42\n";
    let server = Setup::default().with_content("double/problem.yaml", double).start().await;
    let client = server.client();
    let job = client.grade(&grade_request("double", "python", "def double(n):\n    return 4")).await;
    let grading = judgement(&job);
    assert_eq!(
        (grading.verdict, passed_tests(grading)),
        (VerdictName::WrongAnswer, vec![(false, true), (true, false)])
    );
    assert_eq!((public(grading, 0).input.as_str(), public(grading, 0).actual.as_str()), ("double(2)", "4"));
    let answer = client.try_grade("", &grade_request("double", "bash", "echo 4")).await.expect("an answer");
    let problem = answer.problem(422, "invalid-request");
    assert!(problem.detail.contains("calls a function"), "{problem:?}");
    let shown = client.get("/api/problems/double").await.expect(200).json();
    assert_eq!((&shown["style"], &shown["publicTests"][0]["input"]), (&"calls".into(), &"double(2)".into()));
}
