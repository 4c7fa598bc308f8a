//! Observability: logs, admin endpoints, health checks and documentation pages.

use std::{collections::BTreeSet, time::Duration};

use reqwest::Method;
use serde_json::Value;
use testkit::{Client, Server, Setup, bash, eventually};
use wire::{HealthBody, ReadinessBody};

/// Checks a page in Prometheus' text format, line by line, and returns the names of its metrics.
fn names_of(page: &str) -> BTreeSet<&str> {
    let mut typed = BTreeSet::new();
    for line in page.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a kind");
            assert!(["counter", "gauge", "histogram", "summary"].contains(&kind), "{line}");
            assert!(typed.insert(name), "{name} has its type twice");
        } else if !line.starts_with("# HELP ") {
            let name = check_sample(line);
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            assert!(typed.contains(name) || base.is_some_and(|base| typed.contains(base)), "no type: {line}");
        }
    }
    typed
}

/// Checks `name{label="value",…} number` and returns the name.
fn check_sample(line: &str) -> &str {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    assert!(value.parse::<f64>().is_ok(), "{line}");
    let Some((name, labels)) = series.split_once('{') else { return series };
    let labels = labels.strip_suffix('}').expect("closed labels");
    for label in labels.split("\",").map(|label| label.trim_end_matches('"')) {
        let (key, _) = label.split_once("=\"").unwrap_or_else(|| panic!("{label}: {line}"));
        assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
    }
    assert!(name.starts_with("coderunner_") || name.starts_with("process_"), "{line}");
    name
}

#[tokio::test]
async fn metrics_are_on_the_admin_listener_and_nowhere_else() {
    let server = Server::start().await;
    server.client().run(&bash("echo hello")).await;
    server.client().run(&testkit::program("c", "int main(void) { return 0; }")).await;
    server.client().get("/api/no/such/thing").await;
    // Gauges are set once a second.
    let answer = eventually("the queue is measured", Duration::from_secs(5), async || {
        let answer = server.admin().get("/metrics").await;
        answer.text().contains("coderunner_queue_running_jobs{").then_some(answer)
    })
    .await;
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    let page = answer.text();
    let names = names_of(&page);
    for name in [
        "coderunner_http_requests_total",
        "coderunner_http_request_duration_seconds",
        "coderunner_submissions_total",
        "coderunner_jobs_total",
        "coderunner_queue_wait_seconds",
        "coderunner_queue_waiting_jobs",
        "coderunner_queue_running_jobs",
        "coderunner_run_cpu_seconds",
        "coderunner_run_wall_seconds",
    ] {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    assert!(page.contains("coderunner_jobs_total{status=\"completed\"} 2"), "{page}");
    assert!(page.contains("route=\"unmatched\",status=\"404\"") && !page.contains("/no/such"), "{page}");

    server.client().get("/metrics").await.problem(404, "not-found");
    for path in ["/api/languages", "/api/execution/queue/stats", "/docs/", "/"] {
        server.admin().get(path).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn each_metric_has_a_description() {
    let server = Server::start().await;
    server.client().run(&bash("echo hello")).await;
    let page = server.admin().get("/metrics").await.text();
    let helps: Vec<_> =
        page.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' ')).collect();
    assert!(helps.iter().all(|(_, help)| help.ends_with('.')), "{helps:?}");
    let helped: BTreeSet<_> = helps.iter().map(|(name, _)| *name).collect();
    let silent: Vec<_> = names_of(&page).into_iter().filter(|name| !helped.contains(name)).collect();
    assert_eq!(silent, [""; 0], "these have no help");
}

#[tokio::test]
async fn both_listeners_serve_health_and_readiness() {
    let server = Server::start().await;
    for client in [server.client(), server.admin()] {
        let health: HealthBody = client.get("/health").await.expect(200).parse();
        assert_eq!(health.version, env!("CARGO_PKG_VERSION"));
        let ready: ReadinessBody = client.get("/ready").await.expect(200).parse();
        assert!(ready.notes.iter().all(|note| note.ends_with('.')), "{ready:?}");
    }
}

#[tokio::test]
async fn no_job_is_taken_before_a_test_run_has_passed() {
    // A language that is there, by its version, and does not work.
    let folder = tempfile::tempdir().expect("a folder");
    let files = languages::builtin_files();
    let (name, text) = files.iter().find(|(name, _)| name == "bash.toml").expect("a language");
    let broken = text.replace(r#"argv = ["{tool}", "{source}", "{args}"]"#, r#"argv = ["/bin/false"]"#);
    assert_ne!(&broken, text);
    std::fs::write(folder.path().join(name), broken).expect("a language file");
    let config = format!("[languages]\nfolder = {:?}\n", folder.path());
    let server = Setup::default().config(&config).launch().await;
    let client = server.client();
    let id = client.submit(&testkit::python("print('hello')")).await;
    eventually("the test run fails", Duration::from_secs(20), async || {
        let problem = client.get("/ready").await.problem(503, "not-ready");
        problem.detail.contains("did not say hello").then_some(())
    })
    .await;
    assert_eq!(client.get("/health").await.status, 200);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(client.result(&id).await.status, wire::JobStatusName::Queued, "accepted, and kept for later");
}

/// A shell that works.
const WORKING: &str = "exec /bin/bash \"$@\"";

#[tokio::test]
async fn a_worker_whose_test_runs_fail_takes_itself_out_of_service_and_comes_back() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let shell = folder.path().join("shell");
    std::fs::write(&shell, WORKING).expect("a program");
    let files = languages::builtin_files();
    let (name, text) = files.iter().find(|(name, _)| name == "bash.toml").expect("a language");
    let ours = text
        .replace(r#"argv = ["{tool}","#, &format!(r#"argv = ["{{tool}}", "{}","#, shell.display()))
        .replace("[run]", &format!("folders = [{:?}]\n\n[run]", folder.path()));
    std::fs::write(folder.path().join(name), ours).expect("a language file");
    let config = format!("[languages]\nfolder = {:?}\n[worker]\ncanary_seconds = 1\n", folder.path());
    let server = Setup::default().config(&config).start().await;
    let client = server.client();
    assert_eq!(client.run(&bash("echo hello")).await.output, "hello\n");
    let long = client.submit(&testkit::python("import time\ntime.sleep(6)\nprint('undisturbed')")).await;
    client.follow(&long, None).await.next_named("started").await;

    // As when an upgrade breaks a toolchain. One that is removed or replaced stays for sandboxes that were made before.
    std::fs::write(&shell, "exit 127").expect("it is there");
    eventually("the server is not ready", Duration::from_secs(20), async || {
        let answer = client.get("/ready").await;
        (answer.status == 503).then(|| answer.problem(503, "not-ready")).map(|problem| {
            assert!(problem.detail.contains("did not say hello but ended with Exited(127)"), "{problem:?}");
        })
    })
    .await;
    let metrics = server.admin().get("/metrics").await.text();
    assert!(metrics.contains("coderunner_worker_in_service 0"), "{metrics}");
    let waiting =
        [client.submit(&bash("echo late")).await, client.submit(&testkit::python("print(1)")).await];
    tokio::time::sleep(Duration::from_millis(300)).await;
    for id in &waiting {
        assert_eq!(client.result(id).await.status, wire::JobStatusName::Queued, "kept for later");
    }
    assert_eq!(client.wait_for_result(&long).await.output, "undisturbed\n", "what runs goes on");

    std::fs::write(&shell, WORKING).expect("it is there");
    assert_eq!(client.wait_for_result(&waiting[0]).await.output, "late\n");
    assert_eq!(client.wait_for_result(&waiting[1]).await.output, "1\n");
    let ready: ReadinessBody = client.get("/ready").await.expect(200).parse();
    assert!(!ready.notes.is_empty(), "what is weaker is told again");
    assert!(server.admin().get("/metrics").await.text().contains("coderunner_worker_in_service 1"));
}

#[tokio::test]
async fn a_busy_worker_is_a_healthy_one() {
    let config = "[worker]\ncanary_seconds = 1\ncanary_failures = 1\n";
    let server = Setup::with_slots(1).config(config).start().await;
    // A slot, and memory, occupied for longer than the timeout of a test run.
    let busy = server.client().submit(&bash("sleep 25; echo done")).await;
    eventually("the program has ended", Duration::from_secs(40), async || {
        assert_eq!(server.client().get("/ready").await.status, 200, "{}", server.log());
        (server.client().result(&busy).await.status == wire::JobStatusName::Completed).then_some(())
    })
    .await;
    assert!(!server.log().contains("a test run failed"), "{}", server.log());
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    for (flags, full) in [(vec![], true), (vec!["--limits".to_owned(), "off".to_owned()], false)] {
        // Of these, a hundred are kept for jobs that came in while the queue filled up.
        let config = "max_waiting = 105\n";
        let server = Setup { flags, ..Setup::with_slots(1).config(config) }.start().await;
        let mut refused = 0;
        for _ in 0..10 {
            let answer = server.client().try_submit("", &bash("sleep 20")).await.expect("an answer");
            if answer.status != 202 {
                let problem = answer.problem(503, "queue-full");
                assert!(problem.detail.contains("Try again in 5 s"), "{problem:?}");
                assert_eq!(answer.header("retry-after"), Some("5"));
                refused += 1;
            }
        }
        assert_eq!(refused > 0, full, "{refused} refused");
    }
}

#[tokio::test]
async fn a_server_that_is_stopping_says_that_it_is_not_ready() {
    let mut server = Server::start().await;
    let id = server.client().submit(&bash("sleep 1")).await;
    server.client().follow(&id, None).await.next_named("started").await;
    server.send_sigterm();
    let problem = eventually("it is not ready", Duration::from_secs(5), async || {
        let answer = server.admin().get("/ready").await;
        (answer.status != 200).then(|| answer.problem(503, "not-ready"))
    })
    .await;
    assert!(problem.detail.contains("shutting down"), "{problem:?}");
    assert_eq!(server.admin().get("/health").await.status, 200);
    assert!(server.wait().await.success());
}

#[tokio::test]
async fn queue_statistics_follow_the_jobs() {
    let server = Server::start().await;
    let client = server.client();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(client.submit(&bash("sleep 1")).await);
    }
    let low = wire::SubmitBody { priority: Some(wire::PriorityName::Low), ..bash("true") };
    ids.push(client.submit(&low).await);
    let pool = eventually("two of them run", Duration::from_secs(5), async || {
        client.queue().await.pools.into_iter().find(|pool| pool.running == 2)
    })
    .await;
    assert_eq!((pool.workers, pool.slots), (1, 2), "{pool:?}");
    assert_eq!((pool.waiting.high, pool.waiting.normal, pool.waiting.low), (0, 3, 1), "{pool:?}");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let later = client.queue().await.pools.remove(0);
    assert!((100..3000).contains(&later.oldest_wait_ms), "{later:?}");
    for id in &ids {
        client.cancel(id).await;
        client.wait_for_result(id).await;
    }
    eventually("nothing is left", Duration::from_secs(5), async || {
        let pool = client.queue().await.pools.remove(0);
        (pool.running == 0 && pool.waiting.normal + pool.waiting.low == 0).then_some(())
    })
    .await;
}

async fn document(client: &Client) -> Value {
    let answer = client.get("/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

#[tokio::test]
async fn the_openapi_document_describes_every_route() {
    let server = Server::start().await;
    let document = document(server.client()).await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{document}");
    let paths = document["paths"].as_object().expect("paths");
    for (method, path) in [
        ("post", "/api/execution/submit"),
        ("post", "/api/submit"),
        ("get", "/api/execution/result/{id}"),
        ("get", "/api/execution/stream/{id}"),
        ("delete", "/api/execution/{id}"),
        ("get", "/api/execution/queue/stats"),
        ("get", "/api/languages"),
        ("get", "/health"),
        ("get", "/ready"),
        ("get", "/openapi.json"),
    ] {
        let operation = &paths.get(path).unwrap_or_else(|| panic!("{path} is not described"))[method];
        assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{method} {path}");
        let responses = operation["responses"].as_object().expect("responses");
        let is_told = |response: &Value| response["description"].is_string() || response["$ref"].is_string();
        assert!(responses.values().all(is_told), "{method} {path}");
    }
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 10, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let ids: Vec<_> =
        paths.values().flat_map(|path| path.as_object().expect("operations").values()).collect();
    let distinct: BTreeSet<_> = ids.iter().map(|operation| operation["operationId"].to_string()).collect();
    assert_eq!(distinct.len(), ids.len(), "operation ids are unique");
}

fn collect_references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| collect_references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Sends the document's examples of submissions: a copied example must be accepted.
#[tokio::test]
async fn every_example_of_a_submission_is_accepted() {
    let server = Server::start().await;
    let document = document(server.client()).await;
    let content =
        &document["paths"]["/api/execution/submit"]["post"]["requestBody"]["content"]["application/json"];
    let examples = content["examples"].as_object().expect("examples");
    assert!(examples.len() >= 3);
    let bodies = examples.values().map(|example| &example["value"]);
    let schema = &document["components"]["schemas"]["SubmitBody"]["example"];
    for body in bodies.chain([schema]) {
        let request = server.client().request(Method::POST, "/api/execution/submit?wait=30").json(body);
        let job = server.client().send(request).await.expect(200).json();
        assert_eq!(job["status"], "completed", "{body}: {job}");
    }
}

#[tokio::test]
async fn the_pages_for_people_need_nothing_from_elsewhere() {
    let server = Server::start().await;
    let own = format!("http://{}", server.address());
    for page in ["/docs/", "/"] {
        let answer = server.client().get(page).await.expect(200);
        assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{page}");
        let html = answer.text();
        let mut assets = 0;
        for link in ["src=\"", "href=\""].iter().flat_map(|start| html.split(start).skip(1)) {
            let link = link.split('"').next().expect("an end");
            if link.starts_with("data:") || link.starts_with('#') {
                continue;
            }
            let link = link.strip_prefix(&own).unwrap_or(link);
            assert!(!link.contains("//"), "{page} needs {link}");
            let path = if link.starts_with('/') {
                link.to_owned()
            } else {
                format!("{page}{}", link.trim_start_matches("./"))
            };
            let asset = server.client().get(&path).await.expect(200);
            assert!(!asset.body.is_empty(), "{path}");
            assets += 1;
        }
        assert!(assets >= 1, "{page} has no links:\n{html}");
    }
    let moved = server.client().get("/docs").await;
    assert_eq!(moved.status, 200, "a browser gets there without the slash");
}

#[tokio::test]
async fn a_request_keeps_its_id_or_gets_one() {
    let server = Server::start().await;
    let client = server.client();
    let id_of = async |sent: Option<&str>| {
        let mut request = client.request(Method::GET, "/api/languages");
        if let Some(sent) = sent {
            request = request.header("x-request-id", sent);
        }
        let answer = client.send(request).await;
        answer.header("x-request-id").expect("an id").to_owned()
    };
    assert_eq!(id_of(Some("my-request_1.2")).await, "my-request_1.2");
    for insane in ["two words", "a=b", "<script>", &"x".repeat(129)] {
        assert_ne!(id_of(Some(insane)).await, insane);
    }
    assert_ne!(id_of(None).await, id_of(None).await);
    let request = client.request(Method::GET, "/api/nothing").header("x-request-id", "look-for-me");
    assert_eq!(
        client.send(request).await.problem(404, "not-found").request_id.as_deref(),
        Some("look-for-me")
    );
    let log = server.log();
    assert!(log.contains("request_id=look-for-me") && log.contains("status=404"), "{log}");
}

#[tokio::test]
async fn the_log_is_for_people_or_for_machines_and_keeps_programs_to_itself() {
    for (config, is_json) in [("", false), ("[log]\nformat = \"json\"\n", true)] {
        let server = Setup::default().config(config).start().await;
        let secret = wire::SubmitBody { stdin: Some("password".into()), ..bash("echo secret; cat") };
        server.client().run(&secret).await;
        let log = server.log();
        assert!(!log.contains("secret") && !log.contains("password"), "{log}");
        assert!(log.contains("/api/execution/submit") && log.contains("202"), "{log}");
        assert!(!log.contains('\u{1b}'), "no colours in a file");
        assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok() == is_json), "{log}");
    }
}

/// Grades the document's examples, by the built-in problems.
#[tokio::test]
async fn every_example_of_a_grading_is_right() {
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/../content");
    let setup = Setup { flags: vec!["--content".to_owned(), content.to_owned()], ..Setup::default() };
    let server = setup.start().await;
    let document = document(server.client()).await;
    let path = "/api/execution/submit/grade";
    let content = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
    let examples =
        content["examples"].as_object().expect("examples").values().map(|example| &example["value"]);
    for body in examples.chain([&document["components"]["schemas"]["GradeBody"]["example"]]) {
        let request = server.client().request(Method::POST, &format!("{path}?wait=60")).json(body);
        let job = server.client().send(request).await.expect(200).json();
        assert_eq!(job["verdict"], "accepted", "{body}: {job}");
    }
}

/// Parameters that an interactive page would send: only values that are valid everywhere.
#[tokio::test]
async fn no_parameter_is_filled_in_that_means_nothing_here() {
    let server = Server::start().await;
    let document = document(server.client()).await;
    let mut examples = BTreeSet::new();
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("operations").values() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let filled = parameters.filter(|parameter| !parameter["example"].is_null());
            examples.extend(filled.map(|parameter| parameter["name"].as_str().expect("a name").to_owned()));
        }
    }
    // A waiting time, and the first hint of a built-in problem.
    assert_eq!(examples, ["id", "number", "wait"].map(str::to_owned).into());
}
